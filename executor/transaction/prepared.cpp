#include "transaction/prepared.h"

#include <cstring>

#include <fmt/format.h>

#include "lock_manager_impl.h"
#include "manager_state.h"
#include "prepared_list.h"
#include "running.h"
#include "transaction/held_commit.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace transaction {

using types::SqlError;

Prepared::Prepared() = default;
Prepared::~Prepared() = default;
PreparedList::~PreparedList() = default;

namespace {

// Layout of the description: Head | gid | u32 count, (u8 kind, u8 mode, u32 space, u64 object)*.
struct Head {
  std::uint64_t timeline;
  std::int64_t prepared_at;
  std::uint32_t owner;
  std::uint16_t gid_size;
  std::uint8_t changed_catalog;
  std::uint8_t serializable;
};
static_assert(std::has_unique_object_representations_v<Head>);

struct HeldOnDisk {
  std::uint64_t object;
  std::uint32_t space;
  std::uint8_t kind;
  std::uint8_t mode;
  std::uint8_t padding[2];
};
static_assert(std::has_unique_object_representations_v<HeldOnDisk>);

template <typename T>
void append(std::vector<std::byte>& out, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <typename T>
T take(Bytes& from) {
  CHECK(from.size() >= sizeof(T));
  T value;
  std::memcpy(&value, from.data(), sizeof(T));
  from = from.subspan(sizeof(T));
  return value;
}

}  // namespace

std::vector<std::byte> describe_prepared(const PreparedInfo& info, std::uint64_t timeline,
                                         Running& transaction) {
  std::vector<std::byte> out;
  append(out, Head{.timeline = timeline,
                   .prepared_at = info.prepared_at,
                   .owner = info.owner,
                   .gid_size = static_cast<std::uint16_t>(info.gid.size()),
                   .changed_catalog = info.changed_catalog ? std::uint8_t{1} : std::uint8_t{0},
                   .serializable = transaction.serializable() != nullptr ? std::uint8_t{1}
                                                                         : std::uint8_t{0}});
  const auto gid = std::as_bytes(std::span(info.gid));
  out.insert(out.end(), gid.begin(), gid.end());
  LockOwner& owner = transaction.owner();
  std::lock_guard lock(owner.mutex);
  for (const auto* list : {&owner.tables, &owner.rows, &owner.advisory})
    for (const HeldLock& held : *list)
      append(out, HeldOnDisk{.object = held.tag.object,
                             .space = held.tag.space,
                             .kind = static_cast<std::uint8_t>(held.tag.kind),
                             .mode = held.mode,
                             .padding = {}});
  return out;
}

bool restore_prepared(TransactionManager& manager, ManagerState& state, const Unfinished& found) {
  // The description's parts are the transaction's newest records, the last one first.
  std::vector<std::vector<std::byte>> parts;
  std::vector<std::byte> buffer;
  for (UndoPointer at = found.last_record; at != kNoUndo;) {
    const UndoRecord record = state.undo_logs.read(at, buffer);
    if (record.header.kind != UndoKind::prepared) break;
    parts.emplace_back(record.before.begin(), record.before.end());
    at = UndoPointer{record.header.previous};
  }
  std::vector<std::byte> description;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part)
    description.insert(description.end(), part->begin(), part->end());
  Bytes rest(description);
  const auto head = take<Head>(rest);
  if (head.timeline != wal::raw(state.volume.timeline())) return false;

  auto prepared = std::make_unique<Prepared>();
  CHECK(rest.size() >= head.gid_size);
  prepared->info = {
      .gid = std::string(reinterpret_cast<const char*>(rest.data()), head.gid_size),
      .xid = found.xid,
      .owner = head.owner,
      .prepared_at = head.prepared_at,
      .changed_catalog = head.changed_catalog != 0};
  rest = rest.subspan(head.gid_size);
  prepared->transaction =
      std::make_unique<Running>(manager, state, found, prepared->wait_control);
  if (head.serializable != 0) prepared->transaction->restore_serializable();
  LockManager::Impl& locks = state.locks.impl();
  LockOwner& owner = prepared->transaction->owner();
  while (!rest.empty()) {
    const auto held = take<HeldOnDisk>(rest);
    const LockTag tag{.kind = static_cast<LockTag::Kind>(held.kind), .space = held.space,
                      .object = held.object};
    if (tag.kind == LockTag::Kind::relation) {
      CHECK(locks.lock_table(owner, static_cast<std::uint32_t>(held.object),
                             static_cast<TableLockMode>(held.mode), false, prepared->wait_control));
      continue;
    }
    if (!locks.table.add_grant(owner, tag, held.mode)) continue;
    std::lock_guard lock(owner.mutex);
    (tag.kind == LockTag::Kind::row ? owner.rows : owner.advisory)
        .push_back({.tag = tag, .mode = held.mode});
  }
  std::lock_guard lock(state.prepared.mutex);
  state.prepared.by_gid.emplace(prepared->info.gid, std::move(prepared));
  return true;
}

wal::Lsn prepare_transaction(TransactionPtr& transaction, PreparedInfo info) {
  TransactionManager& manager = transaction->manager();
  ManagerState& state = manager.state();
  PreparedList& list = state.prepared;
  Running& own = running(*transaction);
  const std::string gid = info.gid;
  auto prepared = std::make_unique<Prepared>();
  Prepared& place = *prepared;
  {
    // The name is taken before the work is done.
    std::lock_guard lock(list.mutex);
    prepared->ending = true;
    if (!list.by_gid.emplace(gid, std::move(prepared)).second)
      throw SqlError("42710", fmt::format("transaction identifier \"{}\" is already in use", gid));
  }
  try {
    if (state.locks.impl().holds_twice(own.owner(), transaction->pid()))
      throw SqlError("0A000", "cannot PREPARE while holding both session-level and transaction-level locks on the same object");
    own.prepare_commit();
    info.xid = own.assign_xid();
    place.info = std::move(info);
    const wal::Lsn lsn =
        own.write_prepared(describe_prepared(place.info, wal::raw(state.volume.timeline()), own));
    own.detach(place.wait_control);
    std::lock_guard lock(list.mutex);
    place.transaction.reset(static_cast<Running*>(transaction.release()));
    place.ending = false;
    return lsn;
  } catch (...) {
    std::lock_guard lock(list.mutex);
    list.by_gid.erase(gid);
    throw;
  }
}

std::vector<PreparedInfo> prepared_transactions(const TransactionManager& manager) {
  std::vector<PreparedInfo> found;
  const PreparedList& list = manager.state().prepared;
  std::lock_guard lock(list.mutex);
  for (const auto& [gid, prepared] : list.by_gid)
    if (prepared->transaction != nullptr) found.push_back(prepared->info);
  return found;
}

PreparedEnd::PreparedEnd(TransactionManager& manager, const std::string& gid, std::uint32_t role,
                         bool is_superuser)
    : manager_(manager) {
  PreparedList& list = manager_.state().prepared;
  std::lock_guard lock(list.mutex);
  const auto found = list.by_gid.find(gid);
  if (found == list.by_gid.end())
    throw SqlError("42704", fmt::format("prepared transaction with identifier \"{}\" does not exist", gid));
  prepared_ = found->second.get();
  if (prepared_->ending)
    throw SqlError("55000", fmt::format("prepared transaction with identifier \"{}\" is busy", gid));
  if (prepared_->info.owner != role && !is_superuser)
    throw SqlError("42501", "permission denied to finish prepared transaction")
        .with_hint("Must be superuser or the user that prepared the transaction.");
  prepared_->ending = true;
}

PreparedEnd::~PreparedEnd() {
  PreparedList& list = manager_.state().prepared;
  decltype(list.by_gid)::node_type ended;  // its locks go when the list is free again
  std::lock_guard lock(list.mutex);
  if (prepared_->transaction->ended())
    ended = list.by_gid.extract(prepared_->info.gid);
  else
    prepared_->ending = false;
}

const PreparedInfo& PreparedEnd::info() const { return prepared_->info; }
wal::Lsn PreparedEnd::commit() { return commit_holding_locks(*prepared_->transaction); }
void PreparedEnd::rollback() { prepared_->transaction->abort(); }

}  // namespace transaction
