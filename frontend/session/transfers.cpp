#include "transfers.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "archive/archive_error.h"
#include "archive/archive_reader.h"
#include "archive/manifest.h"
#include "archive/object_store.h"
#include "database/transfer.h"
#include "moments.h"
#include "session_state.h"
#include "timeline_functions.h"
#include "types/json.h"
#include "types/sql_error.h"
#include "wal/parker.h"

namespace session {
namespace {

using types::SqlError;
using Arguments = std::vector<std::optional<std::string>>;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTold{1};

const std::string& required(const Arguments& arguments, std::size_t i, const char* name) {
  if (!arguments.at(i)) throw SqlError("22004", fmt::format("{} must not be null", name));
  return *arguments[i];
}

// It reads and writes with the server's rights.
void require_superuser(SessionState& session) {
  auto role = session.cluster.find_role(session.catalog->user_name());
  if (!role || !role->superuser)
    throw SqlError("42501", "permission denied: exports are for superusers");
}

SqlError to_sql(const archive::ArchiveError& error) {
  using archive::Problem;
  switch (error.problem()) {
    case Problem::usage: return SqlError("22023", error.what());
    case Problem::not_found: return SqlError("58P01", error.what());
    case Problem::key: return SqlError("22023", error.what());
    case Problem::busy: return SqlError("55006", error.what());
    case Problem::damaged: return SqlError("XX001", error.what());
    case Problem::store: break;
  }
  return SqlError("58030", error.what());
}

std::string progress_text(const database::Transfer& transfer, Clock::duration spent) {
  const double seconds = std::chrono::duration<double>(spent).count();
  const double rate = static_cast<double>(transfer.done()) / seconds;
  const double total = static_cast<double>(std::max(transfer.total(), transfer.done()));
  if (transfer.total() == 0 || rate <= 0) return "starting";
  return fmt::format("{:.0f} % of {:.0f} MB, {:.1f} MB/s, {:.0f} s left",
                     100 * static_cast<double>(transfer.done()) / total, total / 1e6, rate / 1e6,
                     (total - static_cast<double>(transfer.done())) / rate);
}

// Runs the work on a thread of its own: it blocks on sockets and files, the session's thread serves
// others. Throws what the work threw.
void run(SessionState& session, database::Transfer& transfer, std::function<void()> work) {
  std::mutex mutex;
  bool is_done = false;
  std::exception_ptr thrown;
  wal::Parker& parker = wal::Parker::current();
  std::thread thread([&] {
    std::exception_ptr caught;
    try {
      work();
    } catch (...) {
      caught = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    thrown = caught;
    is_done = true;
    parker.unpark();
  });
  auto done = [&] {
    const std::lock_guard lock(mutex);
    return is_done;
  };
  const auto began = Clock::now();
  auto next = began + kTold;
  auto& timers = session.cluster.timers();
  std::exception_ptr interrupted;
  {
    transaction::WaitControl::Waiting waiting(session.wait_control);
    while (!done()) {
      const auto timer = timers.call_at(next, [&parker] { parker.unpark(); });
      if (!done()) parker.park();
      timers.cancel(timer);
      try {
        session.wait_control.check();
        if (Clock::now() >= next && !done()) {
          next = Clock::now() + kTold;
          session.notice(protocol::Severity::notice, SqlError("00000", progress_text(transfer, Clock::now() - began)));
          session.output.flush();
        }
      } catch (...) {
        // The work looks now and then; nothing of ours may go before it has ended.
        interrupted = std::current_exception();
        transfer.stop();
        break;
      }
    }
  }
  while (!done()) parker.park();
  thread.join();
  if (interrupted) std::rethrow_exception(interrupted);
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const archive::ArchiveError& error) {
    throw to_sql(error);
  }
}

struct Place {
  std::unique_ptr<archive::ObjectStore> store;
  std::optional<archive::Key> key;
  const archive::Key* key_or_null() const { return key ? &*key : nullptr; }
};

Place open_place(const std::string& url, const std::optional<std::string>& key_file) {
  try {
    Place place{archive::open_store(url), std::nullopt};
    if (key_file) place.key = archive::read_key_file(*key_file);
    return place;
  } catch (const archive::ArchiveError& error) {
    throw to_sql(error);
  }
}

// A snapshot's, or a time's or LSN's.
std::optional<database::Moment> begin_of_export(SessionState& session, const std::string& database,
                                                const std::optional<std::string>& since) {
  if (!since) return std::nullopt;
  for (const auto& snapshot : session.cluster.snapshots())
    if (snapshot.name == *since && snapshot.database_name == database) return snapshot.moment;
  return session.cluster.resolve(database, parse_moment(session, *since));
}

std::string quoted(std::string_view text) {
  std::string out;
  types::append_json_string(out, text);
  return out;
}

std::string json_time(SessionState& session, std::int64_t time_us) {
  return time_us == 0 ? "null" : quoted(show_time(session, time_us));
}

// Says what is there instead.
[[noreturn]] void refuse_moment(SessionState& session, const archive::Manifest& manifest, const database::AsOf& at) {
  const auto& first = manifest.spans.front();
  const auto& last = manifest.spans.back();
  std::string what = "does not hold that moment";
  if (at.lsn ? *at.lsn > last.end : *at.time_us > last.end_us)
    what = fmt::format("ends at LSN {}", show_lsn(last.end));
  else if (at.lsn ? *at.lsn < first.base : *at.time_us < first.base_us)
    what = fmt::format("begins at LSN {}", show_lsn(first.base));
  std::string held;
  for (const auto& span : manifest.spans)
    held += fmt::format("{}{} ({}) to {} ({})", held.empty() ? "It holds LSN " : ", and ", show_lsn(span.base),
                        show_time(session, span.base_us), show_lsn(span.end), show_time(session, span.end_us));
  throw SqlError("22023", fmt::format("the export of database \"{}\" {}", manifest.database, what))
      .with_detail(held + ".");
}

}  // namespace

std::optional<std::string> export_database(SessionState& session, const Arguments& arguments) {
  const std::string& database = required(arguments, 0, "database");
  const std::string& url = required(arguments, 1, "url");
  require_superuser(session);
  const Place place = open_place(url, arguments.at(3));
  const auto since = begin_of_export(session, database, arguments.at(2));
  database::Transfer transfer;
  database::ExportSummary summary;
  run(session, transfer, [&] {
    summary = session.cluster.export_database(database, since, *place.store, place.key_or_null(), transfer);
  });
  return fmt::format(R"({{"database": {}, "from": {}, "from_lsn": "{}", "to": {}, "to_lsn": "{}", )"
                     R"("objects": {}, "bytes": {}, "added_objects": {}, "added_bytes": {}}})",
                     quoted(database), json_time(session, summary.from.time_us), show_lsn(summary.from.lsn),
                     json_time(session, summary.to.time_us), show_lsn(summary.to.lsn), summary.objects,
                     summary.bytes, summary.added_objects, summary.added_bytes);
}

std::optional<std::string> restore_archive(SessionState& session, const Arguments& arguments) {
  const std::string& url = required(arguments, 0, "url");
  database::CreateOptions create;
  create.name = required(arguments, 1, "database");
  create.owner = session.catalog->user();
  require_superuser(session);
  const Place place = open_place(url, arguments.at(3));
  const auto at = arguments.at(2) ? parse_moment(session, *arguments[2]) : database::AsOf{};
  database::Transfer transfer;
  types::Oid oid = 0;
  run(session, transfer, [&] {
    archive::ArchiveReader reader(*place.store, place.key_or_null());
    const auto commit = reader.find_commit(at.lsn, at.time_us);
    if (!commit) refuse_moment(session, reader.manifest(), at);
    oid = session.cluster.restore_archive(reader, *commit, create,
                                          session.environment.temp_directory, transfer);
  });
  return fmt::format("{}", oid);
}

}  // namespace session
