#include "session_functions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "backends.h"
#include "eval/compile.h"
#include "command_dispatch.h"
#include "catalog/acl.h"
#include "catalog/database_size.h"
#include "catalog/roles.h"
#include "types/ascii.h"
#include "command_host.h"
#include "commands/object_description.h"
#include "event_triggers.h"
#include "listening.h"
#include "moments.h"
#include "session_rows.h"
#include "session_state.h"
#include "session_statements.h"
#include "object_functions.h"
#include "transaction/lock_manager.h"
#include "transaction/manager.h"
#include "transaction/outcome.h"
#include "transaction/timer_service.h"
#include "types/snapshot.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;
using Answer = std::optional<std::string>;

std::int32_t pid_at(const TextArguments& arguments, std::size_t i) {
  std::int32_t pid = 0;
  const std::string& text = *arguments.at(i);
  std::from_chars(text.data(), text.data() + text.size(), pid);
  return pid;
}

// Of the session's database, and of what all databases share.
std::vector<std::int32_t> blockers_of(SessionState& session, std::int32_t pid) {
  auto found = session.database().transactions().locks().blockers_of(pid);
  for (std::int32_t other : session.cluster.system().transactions().locks().blockers_of(pid))
    if (std::find(found.begin(), found.end(), other) == found.end()) found.push_back(other);
  return found;
}

Answer blocking_pids(SessionState& session, const TextArguments& arguments) {
  return fmt::format("{{{}}}", fmt::join(blockers_of(session, pid_at(arguments, 0)), ","));
}

Answer safe_snapshot_blocking_pids(SessionState& session, const TextArguments& arguments) {
  return fmt::format("{{{}}}", fmt::join(session.database().transactions()
                                             .safe_snapshot_blockers(pid_at(arguments, 0)), ","));
}

// For PostgreSQL's isolation tests: whether the first waits for any of the others.
Answer is_blocked(SessionState& session, const TextArguments& arguments) {
  auto blockers = blockers_of(session, pid_at(arguments, 0));
  if (blockers.empty())
    blockers = session.database().transactions().safe_snapshot_blockers(pid_at(arguments, 0));
  if (blockers.empty()) return "f";
  const std::string& list = *arguments.at(1);
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    std::int32_t pid = 0;
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error != std::errc()) {
      ++at;
      continue;
    }
    if (std::find(blockers.begin(), blockers.end(), pid) != blockers.end()) return "t";
    at = next;
  }
  return "f";
}

Answer reset_statements(SessionState& session, const TextArguments& arguments) {
  std::int64_t numbers[3] = {};
  for (std::size_t i = 0; i < 3; ++i)
    std::from_chars(arguments.at(i)->data(), arguments[i]->data() + arguments[i]->size(), numbers[i]);
  session.environment.backends->statements().reset(static_cast<std::uint32_t>(numbers[0]), static_cast<std::uint32_t>(numbers[1]),
                                                   static_cast<std::uint64_t>(numbers[2]));
  return std::nullopt;
}

Answer sleep(SessionState& session, const TextArguments& arguments) {
  double seconds = 0;
  const std::string& text = *arguments.at(0);
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!(seconds > 0)) return "";
  using transaction::Clock;
  constexpr double kLongest = 1e9;
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(std::min(seconds, kLongest)));
  wal::Parker& parker = wal::Parker::current();
  transaction::WaitControl::Waiting waiting(session.wait_control);
  auto& timers = session.cluster.timers();
  const auto timer = timers.call_at(until, [&parker] { parker.unpark(); });
  try {
    while (Clock::now() < until) {
      session.wait_control.check();
      parker.park();
    }
  } catch (...) {
    timers.cancel(timer);
    throw;
  }
  timers.cancel(timer);
  return "";
}

void require_may_signal(SessionState& session, std::int32_t pid, bool terminate) {
  std::optional<types::Oid> owner;
  session.environment.backends->for_each([&](const Backends::Description& other) {
    if (other.pid == pid) owner = other.user;
  });
  if (!owner) return;
  auto& catalog = *session.catalog;
  const types::Oid user = catalog.user();
  if (catalog.is_superuser(*owner) && !catalog.is_superuser(user))
    throw SqlError("42501", terminate ? "must be a superuser to terminate superuser process"
                                      : "must be a superuser to cancel superuser query");
  if (!catalog.has_privileges_of(user, *owner) && !catalog.has_privileges_of(user, catalog::kPgSignalBackend))
    throw SqlError("42501", terminate ? "must be a member of the role whose process is being terminated or member of "
                                        "pg_signal_backend"
                                      : "must be a member of the role whose query is being canceled or member of "
                                        "pg_signal_backend");
}

Answer signal(SessionState& session, const TextArguments& arguments, bool terminate) {
  const std::int32_t pid = pid_at(arguments, 0);
  Backends& backends = *session.environment.backends;
  require_may_signal(session, pid, terminate);
  if (terminate ? backends.terminate(pid) : backends.cancel(pid)) return "t";
  session.notice(protocol::Severity::warning,
                 SqlError("01000", fmt::format("PID {} is not a PostgreSQL backend process", pid)));
  return "f";
}
Answer cancel_backend(SessionState& session, const TextArguments& arguments) {
  return signal(session, arguments, false);
}
Answer terminate_backend(SessionState& session, const TextArguments& arguments) {
  return signal(session, arguments, true);
}

Answer notify(SessionState& session, const TextArguments& arguments) {
  session.listening->notify(arguments.at(0).value_or(""), arguments.at(1).value_or(""),
                            session.block->depth());
  return "";
}
Answer queue_usage(SessionState& session, const TextArguments&) {
  return fmt::format("{}", session.environment.backends->notifications().usage());
}

Answer current_xid(SessionState& session, const TextArguments&) {
  return fmt::format("{}", wal::raw(session.block->database_transaction().assign_xid()));
}
Answer current_xid_if_any(SessionState& session, const TextArguments&) {
  const auto* transaction = session.block->database_transaction_if_any();
  if (transaction == nullptr || !transaction->has_written()) return std::nullopt;
  return fmt::format("{}", wal::raw(transaction->xid()));
}

// Of the statement that asks: what has ended is seen, but what has since the view of the transaction was taken.
Answer current_snapshot(SessionState& session, const TextArguments&) {
  auto& transaction = session.block->database_transaction();
  const transaction::View view = transaction.take_view();
  auto& manager = session.database().transactions();
  types::Snapshot snapshot;
  snapshot.xmax = wal::raw(manager.next_xid());
  for (const transaction::RunningTransaction& running : manager.running())
    if (const std::uint64_t xid = wal::raw(running.xid); xid != 0 && xid < snapshot.xmax) snapshot.running.push_back(xid);
  if (session.block->isolation() != transaction::Isolation::read_committed)
    for (std::uint64_t xid = wal::raw(manager.stable_xid()); xid < snapshot.xmax; ++xid)
      if (!view.sees(transaction::Xid{xid})) snapshot.running.push_back(xid);
  std::ranges::sort(snapshot.running);
  const auto [first, last] = std::ranges::unique(snapshot.running);
  snapshot.running.erase(first, last);
  snapshot.xmin = snapshot.running.empty() ? snapshot.xmax : snapshot.running.front();
  return types::snapshot_text(snapshot);
}

Answer export_snapshot(SessionState& session, const TextArguments&) {
  return session.export_snapshot();
}

// A session in the past reads a finished copy of it: nothing is being replayed.
Answer is_in_recovery(SessionState&, const TextArguments&) { return "f"; }

// The client's end of its connection; null without one.
Answer client_address(SessionState& session, const TextArguments&) {
  const std::string& host = session.identity.peer_host;
  return host.empty() ? std::nullopt : Answer(host);
}
Answer client_port(SessionState& session, const TextArguments&) {
  if (session.identity.peer_host.empty()) return std::nullopt;
  return fmt::format("{}", session.identity.peer_port);
}

// Where it connected to.
Answer own_address(SessionState& session, const TextArguments&) {
  const std::string& host = session.identity.own_host;
  return host.empty() ? std::nullopt : Answer(host);
}
Answer own_port(SessionState& session, const TextArguments&) {
  if (session.identity.own_host.empty()) return std::nullopt;
  return fmt::format("{}", session.identity.own_port);
}

Answer cursor_row(SessionState& session, const TextArguments& arguments) {
  types::Oid relation = 0;
  const std::string& number = *arguments.at(1);
  std::from_chars(number.data(), number.data() + number.size(), relation);
  return current_row_of(session, *arguments.at(0), relation);
}

// Null: there is no such object.
Answer describe_object(SessionState& session, const TextArguments& arguments) {
  types::Oid catalog = 0, object = 0;
  int column = 0;
  const auto read = [&](std::size_t i, auto& into) {
    const std::string& text = *arguments.at(i);
    std::from_chars(text.data(), text.data() + text.size(), into);
  };
  read(0, catalog);
  read(1, object);
  read(2, column);
  CommandHost host(session, {});
  return commands::describe_object(host, catalog, object, column);
}

Answer current_query(SessionState& session, const TextArguments&) {
  return session.current_text ? Answer(*session.current_text) : std::nullopt;
}
Answer rewritten_table(SessionState& session, const TextArguments&) {
  return fmt::format("{}", event_trigger_rewritten_table(session));
}
Answer rewrite_reason(SessionState& session, const TextArguments&) {
  return fmt::format("{}", event_trigger_rewrite_reason(session));
}
Answer trigger_depth(SessionState& session, const TextArguments&) { return fmt::format("{}", session.trigger_depth); }

// Of the database's own log. A record has its place when it is appended.
Answer newest_lsn(SessionState& session, const TextArguments&) {
  return show_lsn(session.database().transactions().volume().last_lsn());
}
Answer durable_lsn(SessionState& session, const TextArguments&) {
  return show_lsn(session.database().transactions().volume().vdl());
}
// There is no standby, so nothing is replayed.
Answer never_replayed(SessionState&, const TextArguments&) { return std::nullopt; }
Answer not_in_recovery(SessionState&, const TextArguments&) {
  throw SqlError("55000", "recovery is not in progress")
      .with_hint("Recovery control functions can only be executed during recovery.");
}

Answer start_time(SessionState& session, const TextArguments&) {
  return timestamp_text(session, session.environment.backends->started());
}
// Statistics are read as they stand: there is no snapshot to forget.
Answer nothing_to_forget(SessionState&, const TextArguments&) { return ""; }
// Expressions are not compiled to machine code.
Answer answer_false(SessionState&, const TextArguments&) { return "f"; }

// How many transactions ago; permanent ones are as old as can be.
Answer age_of_xid(SessionState& session, const TextArguments& arguments) {
  constexpr std::uint32_t kFirstNormalXid = 3;
  std::uint32_t xid = 0;
  const std::string& text = *arguments.at(0);
  std::from_chars(text.data(), text.data() + text.size(), xid);
  if (xid < kFirstNormalXid) return "2147483647";
  const auto next = static_cast<std::uint32_t>(wal::raw(session.database().transactions().next_xid()));
  return fmt::format("{}", static_cast<std::int32_t>(next - xid));
}

Answer has_parameter_privilege(SessionState& session, const TextArguments& arguments) {
  auto& catalog = *session.catalog;
  types::Oid role = catalog.user();
  if (arguments.size() == 3) {
    const std::string& who = *arguments[0];
    types::Oid number = 0;
    const auto [end, error] = std::from_chars(who.data(), who.data() + who.size(), number);
    const bool by_number = error == std::errc() && end == who.data() + who.size();
    role = by_number ? number : catalog.find_role(who);
    if (role == 0 && !by_number) throw SqlError("42704", fmt::format("role \"{}\" does not exist", who));
  }
  std::string wanted = *arguments.back();
  std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::string_view kKnown[] = {"SET", "SET WITH GRANT OPTION", "ALTER SYSTEM", "ALTER SYSTEM WITH GRANT OPTION"};
  if (std::ranges::find(kKnown, wanted) == std::end(kKnown))
    throw SqlError("22023", fmt::format("unrecognized privilege type: \"{}\"", *arguments.back()));
  const catalog::Held held = catalog::held_on_parameter(catalog, role, types::lower_ascii(*arguments[arguments.size() - 2]));
  const bool set = wanted.starts_with("SET"), option = wanted.ends_with("OPTION");
  const types::Privileges asked = set ? types::privilege::set : types::privilege::alter_system;
  return ((option ? held.grant_options : held.privileges) & asked) != 0 ? "t" : "f";
}

// The one that the session is in: all of its trees. Another: what its timeline holds alone, on a node.
Answer size_of_database(SessionState& session, const database::Cluster::VolumeStatus& volume) {
  if (volume.oid == session.catalog->database_oid()) return fmt::format("{}", catalog::database_bytes(*session.catalog));
  for (const auto& timeline : session.cluster.timelines())
    if (timeline.info.timeline == volume.timeline) return fmt::format("{}", timeline.own_bytes);
  return "0";
}
Answer database_size_by_oid(SessionState& session, const TextArguments& arguments) {
  for (const auto& volume : session.cluster.volumes())
    if (fmt::format("{}", volume.oid) == *arguments.at(0)) return size_of_database(session, volume);
  return std::nullopt;
}
Answer database_size_by_name(SessionState& session, const TextArguments& arguments) {
  for (const auto& volume : session.cluster.volumes())
    if (volume.name == *arguments.at(0)) return size_of_database(session, volume);
  throw SqlError("3D000", fmt::format("database \"{}\" does not exist", *arguments.at(0)));
}

// Settings are given when the server starts and by SET: there is no file to read again.
Answer answer_true(SessionState&, const TextArguments&) { return "t"; }
Answer no_log_files(SessionState& session, const TextArguments&) {
  session.notice(protocol::Severity::warning, SqlError("01000", "rotation not possible because log collection not active"));
  return "f";
}
// As if the log lay in files of 16 MiB, which those who compare such names expect.
Answer log_file_name(SessionState&, const TextArguments& arguments) {
  constexpr int kFileBits = 24;
  const std::string& text = *arguments.at(0);
  const auto slash = text.find('/');
  std::uint64_t high = 0, low = 0;
  std::from_chars(text.data(), text.data() + slash, high, 16);
  std::from_chars(text.data() + slash + 1, text.data() + text.size(), low, 16);
  const std::uint64_t lsn = high << 32 | low;
  const std::uint64_t file = lsn == 0 ? 0 : (lsn - 1) >> kFileBits;
  return fmt::format("{:08X}{:08X}{:08X}", 1, file >> (32 - kFileBits), file & ((1u << (32 - kFileBits)) - 1));
}
Answer no_replication_slot(SessionState&, const TextArguments& arguments) {
  throw SqlError("42704", fmt::format("replication slot \"{}\" does not exist", *arguments.at(0)));
}
Answer index_progress_phase(SessionState&, const TextArguments& arguments) {
  static constexpr std::string_view kOrdered[] = {"initializing", "scanning table", "sorting live tuples",
                                                  "sorting dead tuples", "loading tuples in tree"};
  std::size_t phase = 0;
  std::from_chars(arguments.at(1)->data(), arguments.at(1)->data() + arguments.at(1)->size(), phase);
  if (*arguments.at(0) != "403" || phase < 1 || phase > std::size(kOrdered)) return std::nullopt;
  return std::string(kOrdered[phase - 1]);
}

Answer xact_status(SessionState& session, const TextArguments& arguments) {
  const std::string& text = *arguments.at(0);
  std::uint64_t number = 0;
  // txid_status() has it as a bigint.
  if (text.starts_with('-')) {
    std::int64_t negative = 0;
    std::from_chars(text.data(), text.data() + text.size(), negative);
    number = static_cast<std::uint64_t>(negative);
  } else {
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  const auto& manager = session.database().transactions();
  if (number >= wal::raw(manager.next_xid()))
    throw SqlError("22023", fmt::format("transaction ID {} is in the future", number));
  if (number == 0) return std::nullopt;
  const auto outcome = transaction::outcome_of(manager, transaction::Xid{number});
  if (!outcome) return std::nullopt;
  switch (*outcome) {
    case transaction::Outcome::in_progress: return "in progress";
    case transaction::Outcome::committed: return "committed";
    case transaction::Outcome::aborted: return "aborted";
  }
  return std::nullopt;
}

struct SessionFunction {
  std::string_view name;
  Answer (*call)(SessionState&, const TextArguments&);
};
constexpr std::array kSessionFunctions = {
    SessionFunction{"pg_database_size_oid", &database_size_by_oid},
    SessionFunction{"pg_database_size_name", &database_size_by_name},
    SessionFunction{"pg_reload_conf", &answer_true},
    SessionFunction{"pg_rotate_logfile_v2", &no_log_files},
    SessionFunction{"pg_walfile_name", &log_file_name},
    SessionFunction{"pg_switch_wal", &newest_lsn},
    SessionFunction{"pg_drop_replication_slot", &no_replication_slot},
    SessionFunction{"pg_indexam_progress_phasename", &index_progress_phase},
    SessionFunction{"pg_current_snapshot", &current_snapshot},
    SessionFunction{"pg_blocking_pids", &blocking_pids},
    SessionFunction{"satisfies_hash_partition", &satisfies_hash_partition},
    SessionFunction{"pg_stat_statements_reset", &reset_statements},
    SessionFunction{"pg_safe_snapshot_blocking_pids", &safe_snapshot_blocking_pids},
    SessionFunction{"pg_isolation_test_session_is_blocked", &is_blocked},
    SessionFunction{"inet_client_addr", &client_address},
    SessionFunction{"inet_client_port", &client_port},
    SessionFunction{"inet_server_addr", &own_address},
    SessionFunction{"inet_server_port", &own_port},
    SessionFunction{"sextant_cursor_row", &cursor_row},
    SessionFunction{"pg_describe_object", &describe_object},
    SessionFunction{"pg_event_trigger_table_rewrite_oid", &rewritten_table},
    SessionFunction{"pg_event_trigger_table_rewrite_reason", &rewrite_reason},
    SessionFunction{"current_query", &current_query},
    SessionFunction{"pg_trigger_depth", &trigger_depth},
    SessionFunction{"pg_current_wal_lsn", &newest_lsn},
    SessionFunction{"pg_current_wal_insert_lsn", &newest_lsn},
    SessionFunction{"pg_current_wal_flush_lsn", &durable_lsn},
    SessionFunction{"pg_last_wal_receive_lsn", &never_replayed},
    SessionFunction{"pg_last_wal_replay_lsn", &never_replayed},
    SessionFunction{"pg_last_xact_replay_timestamp", &never_replayed},
    SessionFunction{"pg_is_wal_replay_paused", &not_in_recovery},
    SessionFunction{"pg_get_wal_replay_pause_state", &not_in_recovery},
    SessionFunction{"pg_wal_replay_pause", &not_in_recovery},
    SessionFunction{"pg_wal_replay_resume", &not_in_recovery},
    SessionFunction{"pg_postmaster_start_time", &start_time},
    SessionFunction{"pg_conf_load_time", &start_time},
    SessionFunction{"pg_stat_clear_snapshot", &nothing_to_forget},
    SessionFunction{"pg_jit_available", &answer_false},
    SessionFunction{"xid_age", &age_of_xid},
    SessionFunction{"has_parameter_privilege_name_name", &has_parameter_privilege},
    SessionFunction{"has_parameter_privilege_id_name", &has_parameter_privilege},
    SessionFunction{"has_parameter_privilege_name", &has_parameter_privilege},
    SessionFunction{"pg_sleep", &sleep},
    SessionFunction{"pg_cancel_backend", &cancel_backend},
    SessionFunction{"pg_terminate_backend", &terminate_backend},
    SessionFunction{"pg_notify", &notify},
    SessionFunction{"pg_notification_queue_usage", &queue_usage},
    SessionFunction{"pg_export_snapshot", &export_snapshot},
    SessionFunction{"pg_is_in_recovery", &is_in_recovery},
    SessionFunction{"pg_current_xact_id", &current_xid},
    SessionFunction{"pg_current_xact_id_if_assigned", &current_xid_if_any},
    SessionFunction{"pg_xact_status", &xact_status},
};

}  // namespace

bool call_session_function(SessionState& session, std::string_view function,
                           const TextArguments& arguments, std::optional<std::string>& answer) {
  if (call_advisory_function(session, function, arguments, answer)) return true;
  if (call_object_function(session, function, arguments, answer)) return true;
  if (call_usage_function(session, function, arguments, answer)) return true;
  if (session.large_objects.call(function, arguments, answer)) return true;
  for (const SessionFunction& entry : kSessionFunctions) {
    if (entry.name != function) continue;
    answer = entry.call(session, arguments);
    return true;
  }
  return false;
}

}  // namespace session
