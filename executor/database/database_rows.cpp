#include "database_rows.h"

#include <fmt/format.h>

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "row_changes.h"
#include "table/scan.h"
#include "transaction/manager.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace database {
namespace {

using catalog::RelationDescriptor;
using types::Arena;
using types::Datum;
using types::Vector;

constexpr Oid kPgDatabase = 1262, kPgAuthid = 1260;

types::PhysicalType physical_of(const types::TypeRef& type) {
  const auto* support = types::find_type(type.oid);
  return support != nullptr ? support->physical : types::PhysicalType::varlen;
}

// One catalogue table and the columns of it that are wanted, by name.
class CatalogTable {
 public:
  CatalogTable(Database& system, Oid oid) : relation_(system.catalog().system_relation(oid)) {
    CHECK(relation_ != nullptr && relation_->storage != nullptr);
  }

  const table::Table& table() const { return *relation_->storage; }
  const RelationDescriptor& relation() const { return *relation_; }

  int column(std::string_view name) const {
    int index = relation_->column_index(name);
    CHECK(index >= 0);
    return index;
  }

  // Calls visit(row) for every row; Row gives values by column name.
  class Row {
   public:
    Row(const CatalogTable& table, std::span<const Vector> columns, std::uint32_t row)
        : table_(table), columns_(columns), row_(row) {}
    Datum get(std::string_view name) const {
      return columns_[static_cast<std::size_t>(table_.column(name))].datum(row_);
    }
    std::string text(std::string_view name) const {
      auto value = get(name);
      return value.is_null ? std::string() : std::string(value.as<std::string_view>());
    }
    std::string row_key() const { return std::string(columns_.back().get<std::string_view>(row_)); }

   private:
    const CatalogTable& table_;
    std::span<const Vector> columns_;
    std::uint32_t row_;
  };

  template <typename Visit>
  void scan(transaction::Transaction& transaction, Visit visit) const {
    auto view = transaction.take_view();
    table::ScanRequest request;
    std::vector<Vector> columns;
    Arena arena;
    constexpr std::uint32_t kRows = 64;
    for (std::size_t i = 0; i < relation_->columns.size(); ++i) {
      request.columns.push_back(static_cast<std::int32_t>(i));
      columns.push_back(Vector::allocate(arena, physical_of(relation_->columns[i].type), kRows));
    }
    request.columns.push_back(table::kRowKey);
    columns.push_back(Vector::allocate(arena, types::PhysicalType::varlen, kRows));
    table::Scan rows(table(), view, std::move(request));
    Arena values;
    while (std::uint32_t count = rows.next(columns, kRows, values)) {
      for (std::uint32_t i = 0; i < count; ++i) visit(Row(*this, columns, i));
      values.reset();
      for (auto& column : columns) column.clear();
    }
  }

  // Calls visit(row) for the row with this value in a column that has a unique index of its own.
  template <typename Visit>
  void lookup(transaction::Transaction& transaction, std::string_view column_name,
              const Datum& key, Visit visit) const {
    int index = index_on(column(column_name));
    auto view = transaction.take_view();
    std::vector<std::int32_t> numbers;
    std::vector<Vector> columns;
    Arena arena;
    for (std::size_t i = 0; i < relation_->columns.size(); ++i) {
      numbers.push_back(static_cast<std::int32_t>(i));
      columns.push_back(Vector::allocate(arena, physical_of(relation_->columns[i].type), 1));
    }
    numbers.push_back(table::kRowKey);
    columns.push_back(Vector::allocate(arena, types::PhysicalType::varlen, 1));
    table::Scratch scratch;
    if (table().lookup(view, index, std::span(&key, 1), numbers, columns, 0, arena, scratch))
      visit(Row(*this, columns, 0));
  }

  // A row of nulls to be filled by name.
  std::vector<Datum> new_row() const { return std::vector<Datum>(relation_->columns.size()); }

 private:
  int index_on(int column) const {
    for (const auto& index : relation_->indexes)
      if (index.unique && index.keys.size() == 1 && index.keys[0].column == column)
        return index.storage_index;
    CHECK(false && "a unique index on that column");
    return 0;
  }

  std::shared_ptr<const RelationDescriptor> relation_;
};

[[noreturn]] void refuse_name(const std::string& name) {
  throw types::SqlError("42P04", fmt::format("database \"{}\" already exists", name));
}

DatabaseRow read_database(const CatalogTable::Row& row) {
  DatabaseRow out;
  out.oid = static_cast<Oid>(row.get("oid").as<std::int32_t>());
  out.name = row.text("datname");
  out.owner = static_cast<Oid>(row.get("datdba").as<std::int32_t>());
  out.is_template = row.get("datistemplate").as<bool>();
  out.allow_connections = row.get("datallowconn").as<bool>();
  out.connection_limit = row.get("datconnlimit").as<std::int32_t>();
  return out;
}

}  // namespace

void insert_database(Database& system, transaction::Transaction& transaction,
                     const DatabaseRow& row) {
  CatalogTable pg_database(system, kPgDatabase);
  auto values = pg_database.new_row();
  auto set = [&](std::string_view name, Datum value) {
    values[static_cast<std::size_t>(pg_database.column(name))] = value;
  };
  auto oid = [](Oid value) { return Datum::of(static_cast<std::int32_t>(value)); };
  set("oid", oid(row.oid));
  set("datname", Datum::of(std::string_view(row.name)));
  set("datdba", oid(row.owner));
  set("encoding", Datum::of(std::int32_t{6}));  // UTF8
  set("datlocprovider", Datum::of(static_cast<std::int8_t>('c')));
  set("datistemplate", Datum::of(row.is_template));
  set("datallowconn", Datum::of(row.allow_connections));
  set("datconnlimit", Datum::of(row.connection_limit));
  set("datfrozenxid", Datum::of(std::int32_t{3}));
  set("datminmxid", Datum::of(std::int32_t{1}));
  set("dattablespace", oid(1663));  // pg_default
  set("datcollate", Datum::of(std::string_view("C")));
  set("datctype", Datum::of(std::string_view("C")));
  if (!insert_row(pg_database.table(), transaction, values)) refuse_name(row.name);
}

std::vector<std::string> stored_settings(Database& system, transaction::Transaction& transaction,
                                         Oid database, Oid role) {
  namespace setting = catalog::pg_db_role_setting;
  auto relation = system.catalog().system_relation(setting::kOid);
  catalog::RowReader rows(transaction.take_view(), *relation, 0,
                          {catalog::key_oid(database), catalog::key_oid(role)});
  return rows.next() ? rows.row().strings(setting::setconfig) : std::vector<std::string>{};
}

namespace {

void remove_settings(Database& system, transaction::Transaction& transaction, Oid database) {
  namespace setting = catalog::pg_db_role_setting;
  auto relation = system.catalog().system_relation(setting::kOid);
  std::vector<std::string> keys;
  {
    catalog::RowReader rows(transaction.take_view(), *relation, 0, {catalog::key_oid(database)});
    while (rows.next()) keys.emplace_back(rows.row().key());
  }
  for (const auto& key : keys) remove_row(*relation->storage, transaction, key);
}

}  // namespace

void copy_settings(Database& system, transaction::Transaction& transaction, Oid from, Oid to) {
  const table::View view = transaction.take_view();
  {
    namespace column = catalog::pg_database;
    auto relation = system.catalog().system_relation(kPgDatabase);
    catalog::RowReader source(view, *relation, 0, {catalog::key_oid(from)});
    catalog::RowReader target(view, *relation, 0, {catalog::key_oid(to)});
    if (!source.next()) throw types::SqlError("XX000", "tuple concurrently deleted");
    CHECK(target.next());
    const table::ColumnValue change[] = {{static_cast<table::ColumnNumber>(column::datacl),
                                          source.row().datum(column::datacl)}};
    CHECK(update_row(*relation->storage, transaction, target.row().key(), change));
  }
  namespace setting = catalog::pg_db_role_setting;
  auto relation = system.catalog().system_relation(setting::kOid);
  catalog::RowReader rows(view, *relation, 0, {catalog::key_oid(from)});
  while (rows.next()) {
    catalog::RowBuilder row(*relation);
    row.set(setting::setdatabase, to);
    row.set(setting::setrole, rows.row().oid(setting::setrole));
    row.set(setting::setconfig, std::span<const std::string>(rows.row().strings(setting::setconfig)));
    CHECK(insert_row(*relation->storage, transaction, row.values()));   // the database is new
  }
}

void remove_database(Database& system, transaction::Transaction& transaction, Oid oid) {
  CatalogTable pg_database(system, kPgDatabase);
  std::string key;
  pg_database.lookup(transaction, "oid", Datum::of(static_cast<std::int32_t>(oid)),
                     [&](const CatalogTable::Row& row) { key = row.row_key(); });
  if (key.empty()) throw types::SqlError("XX000", "tuple concurrently deleted");
  remove_row(pg_database.table(), transaction, key);
  remove_settings(system, transaction, oid);
}

std::optional<DatabaseRow> find_database(Database& system, transaction::Transaction& transaction,
                                         const std::string& name) {
  std::optional<DatabaseRow> found;
  CatalogTable(system, kPgDatabase)
      .lookup(transaction, "datname", Datum::of(std::string_view(name)),
              [&](const CatalogTable::Row& row) { found = read_database(row); });
  return found;
}

std::optional<DatabaseRow> find_database(Database& system, transaction::Transaction& transaction, Oid oid) {
  std::optional<DatabaseRow> found;
  CatalogTable(system, kPgDatabase)
      .lookup(transaction, "oid", Datum::of(static_cast<std::int32_t>(oid)),
              [&](const CatalogTable::Row& row) { found = read_database(row); });
  return found;
}

std::vector<DatabaseRow> list_databases(Database& system, transaction::Transaction& transaction) {
  std::vector<DatabaseRow> out;
  CatalogTable(system, kPgDatabase).scan(transaction, [&](const CatalogTable::Row& row) {
    out.push_back(read_database(row));
  });
  return out;
}

std::optional<RoleRow> find_role(Database& system, transaction::Transaction& transaction,
                                 const std::string& name) {
  std::optional<RoleRow> found;
  auto read = [&](const CatalogTable::Row& row) {
    RoleRow role;
    role.oid = static_cast<Oid>(row.get("oid").as<std::int32_t>());
    role.name = name;
    role.superuser = row.get("rolsuper").as<bool>();
    role.can_login = row.get("rolcanlogin").as<bool>();
    role.create_database = row.get("rolcreatedb").as<bool>();
    role.connection_limit = row.get("rolconnlimit").as<std::int32_t>();
    role.password_verifier = row.text("rolpassword");
    found = role;
  };
  CatalogTable(system, kPgAuthid)
      .lookup(transaction, "rolname", Datum::of(std::string_view(name)), read);
  return found;
}

}  // namespace database
