#include "session_rows.h"

#include <set>
#include <tuple>

#include <fmt/format.h>

#include "activity_rows.h"
#include "event_triggers.h"
#include "extension_rows.h"
#include "listening.h"
#include "publication_rows.h"
#include "session_state.h"
#include "setting_rows.h"
#include "transaction/lock_manager.h"
#include "transaction/manager.h"
#include "transaction/prepared.h"
#include "types/type_io.h"

namespace session {
namespace {

using transaction::LockInfo;
using transaction::LockTag;
using Row = std::vector<std::optional<std::string>>;

constexpr types::Oid kPgDatabase = 1262;

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

// Row locks that are held are in the rows, as in PostgreSQL: only those waited for are shown.
void add_locks(transaction::TransactionManager& manager, types::Oid database, TextRows& rows) {
  // A session that holds an advisory lock for itself and for its transaction holds it once.
  std::set<std::tuple<std::uint32_t, std::uint64_t, std::int32_t, std::string_view>> advisory;
  for (const LockInfo& lock : manager.locks().list()) {
    if (lock.tag.kind == LockTag::Kind::row && lock.granted) continue;
    if (lock.tag.kind == LockTag::Kind::advisory && lock.granted &&
        !advisory.emplace(lock.tag.space, lock.tag.object, lock.pid, lock.mode).second)
      continue;
    Row row(kLockColumns);
    switch (lock.tag.kind) {
      case LockTag::Kind::relation:
        row[kLockType] = "relation";
        row[kDatabase] = number(database);
        row[kRelation] = number(lock.tag.object);
        break;
      case LockTag::Kind::row:
        row[kLockType] = "tuple";
        row[kDatabase] = number(database);
        break;
      case LockTag::Kind::transaction:
        row[kLockType] = lock.tag.space == transaction::kVirtualTransaction ? "virtualxid"
                                                                             : "transactionid";
        if (lock.tag.space == transaction::kVirtualTransaction)
          row[kVirtualXid] = fmt::format("{}/{}", lock.pid, lock.tag.object);
        else
          row[kTransactionId] = number(lock.tag.object);
        break;
      case LockTag::Kind::advisory:
        row[kDatabase] = number(database);
        if (lock.tag.space == 3) {
          row[kLockType] = "object";
          row[kDatabase] = "0";
          row[kClassId] = number(kPgDatabase);
          row[kObjectId] = "0";
          row[kObjectSubId] = "0";
          break;
        }
        row[kLockType] = "advisory";
        row[kClassId] = number(lock.tag.object >> 32);
        row[kObjectId] = number(lock.tag.object & 0xffff'ffff);
        row[kObjectSubId] = number(lock.tag.space);
        break;
    }
    row[kVirtualTransaction] = fmt::format("{}/{}", lock.pid > 0 ? lock.pid : -1, lock.serial);
    if (lock.pid > 0) row[kPid] = fmt::format("{}", lock.pid);
    row[kMode] = std::string(lock.mode);
    row[kGranted] = lock.granted ? "t" : "f";
    row[kFastPath] = lock.fast_path ? "t" : "f";
    rows.push_back(std::move(row));
  }
}

TextRows lock_status(SessionState& session) {
  TextRows rows;
  add_locks(session.database().transactions(), session.use->oid(), rows);
  add_locks(session.cluster.system().transactions(), 0, rows);
  return rows;
}

TextRows listening_channels(SessionState& session) {
  TextRows rows;
  for (const std::string& channel : session.listening->channels()) rows.push_back({channel});
  return rows;
}

TextRows cursors(SessionState& session) {
  TextRows rows;
  for (const auto& [name, portal] : session.portals) {
    if (!portal->visible) continue;
    rows.push_back({name, portal->text, portal->hold ? "t" : "f", portal->binary ? "t" : "f",
                    portal->scroll ? "t" : "f", timestamp_text(session, portal->creation_time)});
  }
  return rows;
}

TextRows prepared_statements(SessionState& session) {
  TextRows rows;
  for (const auto& [name, prepared] : session.prepared) {
    if (name.empty()) continue;
    std::string types = "{";
    for (const types::Oid type : prepared->compiled->parameter_types)
      types += (types.size() > 1 ? "," : "") + number(type);
    rows.push_back({name, prepared->from_sql ? prepared->sql_text : *prepared->compiled->text,
                    timestamp_text(session, prepared->prepare_time), types + "}",
                    prepared->from_sql ? "t" : "f", number(prepared->choice.generic_plans),
                    number(prepared->choice.custom_plans)});
  }
  return rows;
}

TextRows prepared_transactions(SessionState& session) {
  TextRows rows;
  for (const auto& info : transaction::prepared_transactions(session.database().transactions()))
    rows.push_back({number(wal::raw(info.xid)), info.gid, timestamp_text(session, info.prepared_at),
                    number(info.owner), number(session.use->oid())});
  return rows;
}

}  // namespace

std::string timestamp_text(SessionState& session, std::int64_t time) {
  types::Arena arena;
  auto context = session.eval_context(&arena);
  // Read again as what it is: German dates could not be where the order of fields is another.
  types::FormatSettings iso = context.format != nullptr ? *context.format : types::FormatSettings{};
  iso.date_style = types::DateStyle::iso;
  context.format = &iso;
  std::string text;
  types::type_support(types::oid::timestamptz).output(context, types::Datum::of(time), text);
  return text;
}

std::optional<TextRows> session_rows(SessionState& session, std::string_view function) {
  if (function == "pg_lock_status") return lock_status(session);
  if (function == "pg_stat_get_activity") return activity_rows(session, lock_status(session));
  if (function == "pg_listening_channels") return listening_channels(session);
  if (function == "pg_cursor") return cursors(session);
  if (function == "pg_prepared_statement") return prepared_statements(session);
  if (function == "show_all_settings") return setting_rows(session.settings);
  if (function == "pg_available_extensions") return available_extensions();
  if (function == "pg_available_extension_versions") return available_extension_versions();
  if (function == "pg_prepared_xact") return prepared_transactions(session);
  if (function == "pg_get_publication_tables") return publication_rows(session);
  if (function == "pg_event_trigger_ddl_commands") return event_trigger_commands(session);
  if (function == "pg_event_trigger_dropped_objects") return event_trigger_drops(session);
  return std::nullopt;
}

}  // namespace session
