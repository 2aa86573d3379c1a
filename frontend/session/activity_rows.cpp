#include "activity_rows.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "backends.h"
#include "catalog/roles.h"
#include "session_state.h"
#include "types/type_io.h"

namespace session {
namespace {

using Row = std::vector<std::optional<std::string>>;

// Columns of pg_stat_get_activity().
enum Column : std::size_t {
  kDatabaseId, kProcess, kUser, kApplication, kState, kQuery, kWaitType, kWaitEvent, kTransactionStart,
  kQueryStart, kBackendStart, kStateChange, kClientAddress, kClientHost, kClientPort, kXid, kXmin,
  kBackendType, kSsl, kSslVersion, kSslCipher, kSslBits, kSslDn, kSslSerial, kSslIssuer, kGss,
  kGssPrincipal, kGssEncrypted, kLeader, kQueryId, kColumns
};

std::optional<std::string> time_text(SessionState& session, std::int64_t time) {
  if (time == 0) return std::nullopt;
  return timestamp_text(session, time);
}

const char* state_name(ActivityState state) {
  switch (state) {
    case ActivityState::starting:
    case ActivityState::idle: return "idle";
    case ActivityState::active: return "active";
    case ActivityState::idle_in_transaction: return "idle in transaction";
    case ActivityState::failed_transaction: return "idle in transaction (aborted)";
  }
  return "";
}

// What the locks say of one session.
struct Locks {
  std::optional<std::string> waits_for;  // pg_locks.locktype
  std::optional<std::string> xid;
};

std::unordered_map<std::string, Locks> by_process(const TextRows& rows) {
  std::unordered_map<std::string, Locks> locks;
  for (const Row& row : rows) {
    if (!row[kPid]) continue;
    Locks& of = locks[*row[kPid]];
    if (row[kGranted] == "f") of.waits_for = row[kLockType];
    if (row[kGranted] == "t" && row[kLockType] == "transactionid") of.xid = row[kTransactionId];
  }
  return locks;
}

}  // namespace

TextRows activity_rows(SessionState& session, const TextRows& lock_rows) {
  const auto locks = by_process(lock_rows);
  std::vector<std::pair<Backends::Description, Activity::Snapshot>> all;
  session.environment.backends->for_each([&](const Backends::Description& description) {
    all.emplace_back(description, description.activity->read());
  });
  const types::Oid reader = session.catalog->user();
  const bool reads_all = session.catalog->has_privileges_of(reader, catalog::kPgReadAllStats);
  TextRows rows;
  for (const auto& [who, what] : all) {
    Row& row = rows.emplace_back(kColumns);
    const std::string pid = fmt::format("{}", who.pid);
    row[kDatabaseId] = fmt::format("{}", who.database);
    row[kProcess] = pid;
    row[kUser] = fmt::format("{}", who.user);
    row[kApplication] = who.application_name;
    if (!reads_all && !session.catalog->has_privileges_of(reader, who.user)) {
      row[kQuery] = "<insufficient privilege>";
      continue;
    }
    row[kState] = state_name(what.state);
    row[kQuery] = what.query;
    const auto of = locks.find(pid);
    if (of != locks.end()) row[kXid] = of->second.xid;
    if (what.state != ActivityState::active) {
      row[kWaitType] = "Client";
      row[kWaitEvent] = "ClientRead";
    } else if (of != locks.end() && of->second.waits_for) {
      row[kWaitType] = "Lock";
      row[kWaitEvent] = of->second.waits_for;
    }
    row[kTransactionStart] = time_text(session, what.transaction_start);
    row[kQueryStart] = time_text(session, what.query_start);
    row[kBackendStart] = time_text(session, who.started);
    row[kStateChange] = time_text(session, what.state_change);
    if (!who.client_host.empty()) {
      row[kClientAddress] = who.client_host;
      row[kClientPort] = fmt::format("{}", who.client_port);
    }
    row[kBackendType] = "client backend";
    row[kSsl] = who.encrypted ? "t" : "f";
    row[kGss] = row[kGssEncrypted] = "f";
  }
  return rows;
}

}  // namespace session
