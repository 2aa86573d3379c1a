// What the cumulative statistics views read: how much relations and databases are used, since the
// database was opened. Every count is there at once: there is nothing to flush.
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "backends.h"
#include "buffer/paged_volume.h"
#include "database/cluster.h"
#include "session_functions.h"
#include "session_rows.h"
#include "session_state.h"
#include "table/table.h"
#include "transaction/lock_manager.h"
#include "transaction/manager.h"
#include "transaction/usage.h"
#include "types/sql_error.h"

namespace session {
namespace {

using transaction::RelationUsage;
using transaction::UsageRegistry;
using Answer = std::optional<std::string>;

types::Oid oid_at(const TextArguments& arguments) {
  types::Oid oid = 0;
  const std::string& text = *arguments.at(0);
  std::from_chars(text.data(), text.data() + text.size(), oid);
  return oid;
}

// --- a relation ---

struct Relation {
  SessionState& session;
  types::Oid oid;
  const RelationUsage* usage;  // null: never used

  std::uint64_t sum(RelationUsage::Counter counter) const {
    return usage == nullptr ? 0 : usage->sum(counter);
  }
  RelationUsage::Maintenance analyze() const {
    return usage == nullptr ? RelationUsage::Maintenance() : usage->analyze();
  }
  RelationUsage::Maintenance vacuum() const {
    return usage == nullptr ? RelationUsage::Maintenance() : usage->vacuum();
  }
};

Answer number(std::uint64_t value) { return fmt::format("{}", value); }
Answer time_of(const Relation& relation, std::int64_t time) {
  return time == 0 ? std::nullopt : Answer(timestamp_text(relation.session, time));
}

template <RelationUsage::Counter counter>
Answer counted(const Relation& relation) {
  return number(relation.sum(counter));
}
Answer live_rows(const Relation& relation) {
  const auto descriptor = relation.session.catalog->relation(relation.oid);
  if (descriptor == nullptr || descriptor->storage == nullptr) return "0";
  return number(static_cast<std::uint64_t>(descriptor->storage->row_count()));
}
// Old versions are in undo pages, which the purge frees: no row in a table is dead, and nothing
// needs to be vacuumed or analysed behind the user's back.
Answer none(const Relation&) { return "0"; }
Answer never(const Relation&) { return std::nullopt; }

struct RelationFunction {
  std::string_view name;
  Answer (*call)(const Relation&);
};
constexpr RelationFunction kRelationFunctions[] = {
    {"numscans", &counted<RelationUsage::scans>},
    {"tuples_returned", &counted<RelationUsage::rows_returned>},
    {"tuples_fetched", &counted<RelationUsage::rows_fetched>},
    {"tuples_inserted", &counted<RelationUsage::inserted>},
    {"tuples_updated", &counted<RelationUsage::updated>},
    {"tuples_deleted", &counted<RelationUsage::deleted>},
    {"tuples_hot_updated", &counted<RelationUsage::updated_row_alone>},
    {"live_tuples", &live_rows},
    {"dead_tuples", &none},
    {"mod_since_analyze",
     [](const Relation& r) { return number(r.usage == nullptr ? 0 : r.usage->changed_since_analyze()); }},
    {"ins_since_vacuum",
     [](const Relation& r) { return number(r.usage == nullptr ? 0 : r.usage->inserted_since_vacuum()); }},
    {"last_vacuum_time", [](const Relation& r) { return time_of(r, r.vacuum().last); }},
    {"last_autovacuum_time", &never},
    {"last_analyze_time", [](const Relation& r) { return time_of(r, r.analyze().last); }},
    {"last_autoanalyze_time", &never},
    {"vacuum_count", [](const Relation& r) { return number(r.vacuum().count); }},
    {"autovacuum_count", &none},
    {"analyze_count", [](const Relation& r) { return number(r.analyze().count); }},
    {"autoanalyze_count", &none},
    // track_functions is none.
    {"function_calls", &never},
    {"function_total_time", &never},
    {"function_self_time", &never},
};

// --- a database ---

using database::Database;

const UsageRegistry& usage_of(const Database& database) { return database.transactions().usage(); }

template <UsageRegistry::Counter counter>
Answer counted(const Database& database) {
  return number(usage_of(database).sum(counter));
}
template <UsageRegistry::Counter counter>
Answer milliseconds(const Database& database) {
  return fmt::format("{}", static_cast<double>(usage_of(database).sum(counter)) / 1000);
}
template <RelationUsage::Counter counter>
Answer total(const Database& database) {
  return number(usage_of(database).total(counter));
}
Answer none(const Database&) { return "0"; }

struct DatabaseFunction {
  std::string_view name;
  Answer (*call)(const Database&);
  Answer of_closed = "0";
};
const DatabaseFunction kDatabaseFunctions[] = {
    {"xact_commit", &counted<UsageRegistry::commits>},
    {"xact_rollback", &counted<UsageRegistry::rollbacks>},
    {"blocks_fetched",
     [](const Database& database) {
       const auto usage = database.pages().usage();
       return number(usage.hits + usage.reads);
     }},
    {"blocks_hit", [](const Database& database) { return number(database.pages().usage().hits); }},
    {"tuples_returned", &total<RelationUsage::rows_returned>},
    {"tuples_fetched", &total<RelationUsage::rows_fetched>},
    {"tuples_inserted", &total<RelationUsage::inserted>},
    {"tuples_updated", &total<RelationUsage::updated>},
    {"tuples_deleted", &total<RelationUsage::deleted>},
    // With the recovery of a standby, which there is none of.
    {"conflict_all", &none},
    {"conflict_tablespace", &none},
    {"conflict_lock", &none},
    {"conflict_snapshot", &none},
    {"conflict_bufferpin", &none},
    {"conflict_startup_deadlock", &none},
    {"temp_files", &counted<UsageRegistry::temporary_files>},
    {"temp_bytes", &counted<UsageRegistry::temporary_bytes>},
    {"deadlocks", [](const Database& database) { return number(database.transactions().locks().deadlocks()); }},
    // Nodes mend pages that fail their checks from other copies: sextant.nodes() tells.
    {"checksum_failures", [](const Database&) { return Answer(); }, std::nullopt},
    {"checksum_last_failure", [](const Database&) { return Answer(); }, std::nullopt},
    // track_io_timing is off.
    {"blk_read_time", &none},
    {"blk_write_time", &none},
    {"session_time", &milliseconds<UsageRegistry::session_us>},
    {"active_time", &milliseconds<UsageRegistry::active_us>},
    {"idle_in_transaction_time", &milliseconds<UsageRegistry::idle_in_transaction_us>},
    {"sessions", &counted<UsageRegistry::sessions>},
    {"sessions_abandoned", &counted<UsageRegistry::sessions_abandoned>},
    {"sessions_fatal", &counted<UsageRegistry::sessions_fatal>},
    {"sessions_killed", &counted<UsageRegistry::sessions_killed>},
};

// --- counting from 0 again, and what is counted at all ---

void require_reset_target(const std::string& target) {
  for (const std::string_view known : {"archiver", "bgwriter", "recovery_prefetch", "wal"})
    if (target == known) return;
  throw types::SqlError("22023", fmt::format("unrecognized reset target: \"{}\"", target))
      .with_hint("Target must be \"archiver\", \"bgwriter\", \"recovery_prefetch\", or \"wal\".");
}

bool call_reset(SessionState& session, std::string_view what, const TextArguments& arguments) {
  UsageRegistry& usage = session.database().transactions().usage();
  if (what.empty()) {
    usage.reset(current_timestamp());
  } else if (what == "_single_table_counters") {
    usage.reset_relation(oid_at(arguments), current_timestamp());
  } else if (what == "_shared") {
    // What they would reset is not counted.
    require_reset_target(*arguments.at(0));
  } else if (what == "_replication_slot") {
    if (arguments.at(0))
      throw types::SqlError("22023", fmt::format("replication slot \"{}\" does not exist", *arguments.at(0)));
  } else if (what == "_subscription_stats") {
    if (arguments.at(0) && *arguments.at(0) == "0") throw types::SqlError("22023", "invalid subscription OID 0");
  } else if (what != "_slru" && what != "_single_function_counters") {
    return false;
  }
  return true;
}

bool has_statistics(SessionState& session, const TextArguments& arguments) {
  const std::string& kind = *arguments.at(0);
  for (const std::string_view always : {"archiver", "bgwriter", "checkpointer", "slru", "wal"})
    if (kind == always) return true;
  for (const std::string_view never : {"function", "replslot", "subscription"})
    if (kind == never) return false;
  types::Oid database = 0, object = 0;
  const auto read = [](const std::string& text, types::Oid& oid) { std::from_chars(text.data(), text.data() + text.size(), oid); };
  read(*arguments.at(1), database);
  read(*arguments.at(2), object);
  if (kind == "database") {
    bool found = database == 0;
    session.cluster.visit(database, [&](const Database&) { found = true; });
    return found;
  }
  if (kind != "relation") throw types::SqlError("22023", fmt::format("invalid statistics kind: \"{}\"", kind));
  return database == session.catalog->database_oid() && session.database().transactions().usage().find(object) != nullptr;
}

}  // namespace

bool call_usage_function(SessionState& session, std::string_view function,
                         const TextArguments& arguments, std::optional<std::string>& answer) {
  if (function == "pg_stat_force_next_flush") {
    answer = "";
    return true;
  }
  constexpr std::string_view kReset = "pg_stat_reset";
  if (function.starts_with(kReset)) {
    answer = "";
    return call_reset(session, function.substr(kReset.size()), arguments);
  }
  if (function == "pg_stat_have_stats") {
    answer = has_statistics(session, arguments) ? "t" : "f";
    return true;
  }
  constexpr std::string_view kRelation = "pg_stat_get_", kDatabase = "pg_stat_get_db_";
  if (function == "pg_stat_get_db_numbackends") {
    std::uint64_t sessions = 0;
    session.environment.backends->for_each([&, database = oid_at(arguments)](const Backends::Description& one) {
      if (one.database == database) ++sessions;
    });
    answer = number(sessions);
    return true;
  }
  if (function == "pg_stat_get_db_stat_reset_time") {
    answer = std::nullopt;
    session.cluster.visit(oid_at(arguments), [&](const Database& database) {
      if (const std::int64_t at = usage_of(database).reset_at()) answer = timestamp_text(session, at);
    });
    return true;
  }
  if (function.starts_with(kDatabase)) {
    for (const DatabaseFunction& entry : kDatabaseFunctions) {
      if (entry.name != function.substr(kDatabase.size())) continue;
      answer = entry.of_closed;
      session.cluster.visit(oid_at(arguments), [&](const Database& database) { answer = entry.call(database); });
      return true;
    }
    return false;
  }
  if (!function.starts_with(kRelation)) return false;
  for (const RelationFunction& entry : kRelationFunctions) {
    if (entry.name != function.substr(kRelation.size())) continue;
    const types::Oid oid = oid_at(arguments);
    const auto usage = session.use->database().transactions().usage().find(oid);
    answer = entry.call({session, oid, usage.get()});
    return true;
  }
  return false;
}

}  // namespace session
