// libpqxx: prepared statements, streams (COPY both ways), pipelines, cursors, notifications, cancel.
// Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include <pqxx/pqxx>

namespace {

void check(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

class Listener : public pqxx::notification_receiver {
 public:
  Listener(pqxx::connection& connection, std::string& heard) : notification_receiver(connection, "news"), heard_(heard) {}
  void operator()(const std::string& payload, int) override { heard_ = payload; }

 private:
  std::string& heard_;
};

void statements(pqxx::connection& connection) {
  pqxx::work work(connection);
  work.exec0("CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE, price numeric, data bytea, note text)");
  connection.prepare("add", "INSERT INTO item (name, price, data, note) VALUES ($1, $2, $3, $4) RETURNING id");
  const std::string bytes("\0\xff'", 3);
  const auto made = work.exec_prepared1("add", "it's \\", 1.5, pqxx::binarystring(bytes), nullptr);
  check(made[0].as<int>() == 1, "RETURNING");
  const auto row = work.exec1("SELECT name, price, data, note FROM item");
  check(row[0].as<std::string>() == "it's \\" && row[1].as<double>() == 1.5 && pqxx::binarystring(row[2]).str() == bytes && row[3].is_null(), "a row");
  work.commit();
  try {
    pqxx::work(connection).exec_params("INSERT INTO item (name) VALUES ($1)", "it's \\");
    check(false, "a duplicate was accepted");
  } catch (const pqxx::unique_violation& error) {
    check(error.sqlstate() == "23505", "SQLSTATE");
  }
}

void streams(pqxx::connection& connection) {
  pqxx::work work(connection);
  work.exec0("CREATE TABLE measured (n int, t text, f float8)");
  const std::vector<std::string> columns{"n", "t", "f"};
  pqxx::stream_to out(work, "measured", columns);
  for (int i = 0; i < 1000; ++i) out << std::make_tuple(i, "t" + std::to_string(i), i / 4.0);
  out.complete();
  check(work.exec1("SELECT count(*), sum(f) FROM measured")[1].as<double>() == 124875, "rows of a stream");
  pqxx::stateless_cursor<pqxx::cursor_base::read_only, pqxx::cursor_base::owned> cursor(work, "SELECT n FROM measured ORDER BY n", "c", false);
  check(cursor.size() == 1000, "size of a cursor");
  check(cursor.retrieve(998, 1000).size() == 2 && cursor.retrieve(10, 7).begin()[0].as<int>() == 10, "a cursor moves");
  pqxx::pipeline pipeline(work);
  std::vector<pqxx::pipeline::query_id> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(pipeline.insert("SELECT " + std::to_string(i)));
  for (int i = 49; i >= 0; --i) check(pipeline.retrieve(ids[static_cast<std::size_t>(i)])[0][0].as<int>() == i, "a pipeline");
  pipeline.complete();
  work.commit();
}

}  // namespace

int main() {
  try {
    pqxx::connection connection;
    statements(connection);
    streams(connection);
    std::string heard;
    {
      Listener listener(connection, heard);
      pqxx::connection other;
      pqxx::nontransaction(other).exec0("NOTIFY news, 'hello'");
      connection.await_notification(30, 0);
    }
    check(heard == "hello", "NOTIFY");
    try {
      pqxx::read_transaction work(connection);
      work.exec0("DELETE FROM item");
      check(false, "a read-only transaction wrote");
    } catch (const pqxx::sql_error& error) {
      check(error.sqlstate() == "25006", "SQLSTATE of a read-only transaction");
    }
    pqxx::perform([&connection] {
      pqxx::transaction<pqxx::isolation_level::serializable> work(connection);
      work.exec0("UPDATE item SET price = 2");
      work.commit();
    });
    std::cout << "libpqxx: ok\n";
  } catch (const std::exception& error) {
    std::cerr << "libpqxx: " << error.what() << '\n';
    return 1;
  }
}
