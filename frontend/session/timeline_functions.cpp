#include "timeline_functions.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "database/find_database.h"
#include "moments.h"
#include "session_state.h"
#include "session_statements.h"
#include "transfers.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;
using Arguments = std::vector<std::optional<std::string>>;
using Answer = std::optional<std::string>;

const std::string& text(const Arguments& arguments, std::size_t i, const char* name) {
  if (i >= arguments.size() || !arguments[i])
    throw SqlError("22004", fmt::format("{} must not be null", name));
  return *arguments[i];
}

database::AsOf moment(SessionState& session, const Arguments& arguments, std::size_t i) {
  if (i >= arguments.size() || !arguments[i]) return {};
  return parse_moment(session, *arguments[i]);
}

void require_create_database(SessionState& session) {
  auto role = session.cluster.find_role(session.catalog->user_name());
  if (!role || (!role->superuser && !role->create_database))
    throw SqlError("42501", "permission denied to create database");
}

bool is_superuser(SessionState& session) {
  // Of the role that the session has taken on, not the one that it logged in as.
  const auto role = session.cluster.find_role(session.catalog->user_name());
  return role && role->superuser;
}

bool owns(SessionState& session, const database::DatabaseRow& row) {
  return session.catalog->has_privileges_of(session.catalog->user(), row.owner);
}

// As CREATE DATABASE asks of a template.
void require_copyable(SessionState& session, const database::DatabaseRow& row) {
  if (!row.is_template && !owns(session, row))
    throw SqlError("42501", fmt::format("permission denied to copy database \"{}\"", row.name));
}

// The database's row that a snapshot is of; nullopt when it was dropped since. 42704 when there is no snapshot.
std::optional<database::DatabaseRow> database_of_snapshot(SessionState& session, const std::string& name) {
  const auto snapshots = session.cluster.snapshots();
  const auto found = std::ranges::find(snapshots, name, &database::Snapshot::name);
  if (found == snapshots.end()) throw SqlError("42704", fmt::format("snapshot \"{}\" does not exist", name));
  return database::find_database(session.cluster, found->database);
}

// Its sessions are sent away, and this one would wait for itself.
void require_other_database(SessionState& session, const std::string& database, const char* verb) {
  if (database == session.use->name())
    throw SqlError("55006", fmt::format("cannot {} the currently open database", verb))
        .with_hint("Connect to another database, such as postgres, and call it from there.");
}

database::CreateOptions new_database(SessionState& session, const std::string& name) {
  database::CreateOptions create;
  create.name = name;
  create.owner = session.catalog->user();
  return create;
}

Answer clone(SessionState& session, const Arguments& a) {
  require_create_database(session);
  auto create = new_database(session, text(a, 1, "name"));
  create.template_name = text(a, 0, "source");
  if (const auto row = database::find_database(session.cluster, create.template_name)) require_copyable(session, *row);
  create.at = moment(session, a, 2);
  create.keep_settings = true;
  if (a.size() > 3 && a[3]) create.expires_us = parse_expiry(session, *a[3]);
  return fmt::format("{}", session.cluster.create(create));
}

Answer backtrack(SessionState& session, const Arguments& a) {
  const auto& database = text(a, 0, "database");
  auto at = parse_moment(session, text(a, 1, "to"));
  require_other_database(session, database, "backtrack");
  require_owner(session, database);
  auto reached = session.cluster.backtrack(database, at);
  return show_time(session, reached.time_us);
}

// What backtrack() would undo, as JSON.
Answer preview_backtrack(SessionState& session, const Arguments& a) {
  const auto& database = text(a, 0, "database");
  require_owner(session, database);
  auto preview = session.cluster.preview_backtrack(database, parse_moment(session, text(a, 1, "to")));
  auto time = [&](std::int64_t us) {
    return us == 0 ? std::string("null") : fmt::format("\"{}\"", show_time(session, us));
  };
  return fmt::format(R"({{"to": {}, "lsn": "{}", "commits": {}, "last_commit": {}, "log_bytes": {}}})",
                     time(preview.to.time_us), show_lsn(preview.to.lsn), preview.commits,
                     time(preview.last_commit_us), preview.log_bytes);
}

Answer reset(SessionState& session, const Arguments& a) {
  const auto& database = text(a, 0, "database");
  require_other_database(session, database, "reset");
  require_owner(session, database);
  session.cluster.reset(database);
  return "t";
}

Answer create_snapshot(SessionState& session, const Arguments& a) {
  const auto& database = text(a, 0, "database");
  require_owner(session, database);
  auto snapshot =
      session.cluster.create_snapshot(database, text(a, 1, "name"), moment(session, a, 2));
  return show_lsn(snapshot.moment.lsn);
}

// What is left of a database that was dropped is nobody's but the superusers'.
[[noreturn]] void refuse_orphan(const std::string& snapshot, const char* verb) {
  throw SqlError("42501", fmt::format("must be superuser to {} snapshot \"{}\"", verb, snapshot))
      .with_detail("Its database does not exist any more.");
}

Answer drop_snapshot(SessionState& session, const Arguments& a) {
  const auto& name = text(a, 0, "name");
  const auto row = database_of_snapshot(session, name);
  if (!is_superuser(session) && !row) refuse_orphan(name, "drop");
  if (row) require_owner(session, row->name);
  session.cluster.drop_snapshot(name, false);
  return "t";
}

// Who may copy the database may copy a moment of it.
Answer restore_snapshot(SessionState& session, const Arguments& a) {
  require_create_database(session);
  const auto& name = text(a, 0, "name");
  const auto row = database_of_snapshot(session, name);
  if (!is_superuser(session) && !row) refuse_orphan(name, "restore");
  if (row) require_copyable(session, *row);
  return fmt::format("{}", session.cluster.restore_snapshot(name, new_database(session, text(a, 1, "database"))));
}

struct TimelineFunction {
  std::string_view name;
  Answer (*call)(SessionState&, const Arguments&);
  bool changes = true;
};
constexpr std::array kTimelineFunctions{
    TimelineFunction{"sextant_export", &export_database, false},
    TimelineFunction{"sextant_restore", &restore_archive},
    TimelineFunction{"sextant_clone", &clone},
    TimelineFunction{"sextant_backtrack", &backtrack},
    TimelineFunction{"sextant_preview_backtrack", &preview_backtrack, false},
    TimelineFunction{"sextant_reset", &reset},
    TimelineFunction{"sextant_create_snapshot", &create_snapshot},
    TimelineFunction{"sextant_drop_snapshot", &drop_snapshot},
    TimelineFunction{"sextant_restore_snapshot", &restore_snapshot},
};

}  // namespace

void require_owner(SessionState& session, const std::string& database) {
  if (is_superuser(session)) return;
  if (const auto row = database::find_database(session.cluster, database); row && !owns(session, *row))
    throw SqlError("42501", fmt::format("must be owner of database {}", database));
}

bool call_timeline_function(SessionState& session, std::string_view function,
                            const std::vector<std::optional<std::string>>& arguments,
                            std::optional<std::string>& answer) {
  for (const auto& each : kTimelineFunctions)
    if (each.name == function) {
      if (each.changes)
        require_writable(session, fmt::format("sextant.{}()", function.substr(function.find('_') + 1)));
      answer = each.call(session, arguments);
      return true;
    }
  return false;
}

}  // namespace session
