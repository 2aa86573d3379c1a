#include "transaction/manager.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "btree/tree.h"
#include "btree/volume_header.h"
#include "lock_manager_impl.h"
#include "manager_state.h"
#include "running.h"
#include "transaction/entry_writer.h"
#include "wal/check.h"

namespace transaction {
namespace {

// Ids given out per change of the persistent limit.
constexpr std::uint64_t kXidBlock = 4096;

// Payload of commit and abort records (wal/record.h).
std::array<std::byte, 16> end_payload(Xid xid, std::int64_t time_us) {
  std::array<std::byte, 16> payload;
  std::memcpy(payload.data(), &xid, 8);
  std::memcpy(payload.data() + 8, &time_us, 8);
  return payload;
}

std::unique_ptr<TimerService> own_timers(const TransactionManager::Options& options) {
  return options.timers == nullptr ? make_thread_timer() : nullptr;
}

}  // namespace

ManagerState::ManagerState(btree::Space& space_given,
                           const TransactionManager::Options& options_given)
    : space(space_given),
      pages(space.volume()),
      volume(pages.volume()),
      options(options_given),
      own_timers(transaction::own_timers(options)),
      locks(own_timers ? *own_timers : *options.timers),
      undo_logs(space),
      volume_header(pages.pin(btree::kVolumeHeaderPage)) {
  const std::uint64_t limit = btree::read_slot(pages, btree::VolumeSlot::xid_limit);
  next_xid = limit;
  xid_limit = limit;
  unfinished = undo_logs.open(volume.last_lsn());
  newest_end_us = undo_logs.newest_end_us();
  std::vector<Xid> in_flight;
  for (Unfinished& one : unfinished) {
    in_flight.push_back(one.xid);
    one.owner = &locks.impl().begin_owner(0);
    locks.impl().set_xid(*one.owner, one.xid);
  }
  std::sort(in_flight.begin(), in_flight.end());
  xids = std::make_unique<XidTable>(Xid{limit}, std::move(in_flight));
  rolled_back.begin(Xid{limit});
}

void ManagerState::start(TransactionManager& manager) {
  if (!options.read_only)
    std::erase_if(unfinished, [&](const Unfinished& one) {
      return one.prepared && restore_prepared(manager, *this, one);
    });
  for (const Unfinished& one : unfinished)
    recovering.push_back({.xid = one.xid, .pid = 0, .recovering = true});
  if (!unfinished.empty() && !options.read_only) {
    std::lock_guard lock(background_mutex);
    background = std::thread([this] { run_background(); });
  }
}

ManagerState::~ManagerState() { stop(); }

Xid ManagerState::assign_xid() {
  CHECK(!options.read_only);
  const std::uint64_t n = next_xid.fetch_add(1, std::memory_order_acq_rel);
  if (n >= xid_limit.load(std::memory_order_acquire)) {
    std::lock_guard lock(xid_mutex);
    std::uint64_t limit = xid_limit.load(std::memory_order_relaxed);
    if (n >= limit) {
      limit = n + kXidBlock;
      const buffer::ExclusiveGuard header = volume_header.exclusive();
      wal::MiniTransaction mtr(volume);
      btree::write_slot(mtr, header, btree::VolumeSlot::xid_limit, 0, limit);
      mtr.commit();
      xid_limit.store(limit, std::memory_order_release);
    }
  }
  xids->prepare(Xid{n});
  return Xid{n};
}

std::int64_t system_clock_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

// Never before an earlier one's, whatever the clock does: moments are found by a search over them.
std::int64_t ManagerState::end_time_us() {
  const std::int64_t now = clock_us();
  std::int64_t newest = newest_end_us.load(std::memory_order_relaxed);
  while (newest < now &&
         !newest_end_us.compare_exchange_weak(newest, now, std::memory_order_relaxed)) {
  }
  return std::max(newest, now);
}

wal::Lsn ManagerState::end_log(UndoLog* log, Xid xid, LogState log_state, wal::RecordKind kind) {
  const std::int64_t time_us = end_time_us();
  const std::array<std::byte, 16> payload = end_payload(xid, time_us);
  wal::MiniTransaction mtr(volume);
  buffer::ExclusiveGuard page;
  if (log != nullptr) {
    page = log->pin.exclusive();
    // Rounded up: what the next life of the volume starts from is not before it.
    const std::int64_t ended_ms = (time_us + 999) / 1000;
    std::array<std::byte, 7> end;
    std::memcpy(end.data(), &ended_ms, 6);
    end[6] = static_cast<std::byte>(log_state);
    mtr.write(page.page(), offsetof(UndoPageHeader, ended_ms), end);
  }
  mtr.control(kind, payload);
  return mtr.commit();
}

void TransactionManager::format(btree::Space& space) { UndoStore::format(space); }

TransactionManager::TransactionManager(btree::Space& space, Options options)
    : state_(std::make_unique<ManagerState>(space, options)) {
  state_->start(*this);
}

TransactionManager::~TransactionManager() {
  for (auto& [gid, prepared] : state_->prepared.by_gid) prepared->transaction->abandon();
  state_->prepared.by_gid.clear();
  CHECK(state_->running_count.load() == 0);
  state_->stop();
}

TransactionPtr TransactionManager::begin(const BeginOptions& options, WaitControl& wait_control) {
  return std::make_unique<Running>(*this, *state_, options, wait_control);
}

btree::Space& TransactionManager::space() const { return state_->space; }
buffer::PagedVolume& TransactionManager::pages() const { return state_->pages; }
wal::Volume& TransactionManager::volume() const { return state_->volume; }
LockManager& TransactionManager::locks() const { return state_->locks; }
Xid TransactionManager::stable_xid() const { return state_->xids->stable(); }
wal::Lsn TransactionManager::oldest_view() const { return state_->views.oldest(state_->volume); }
Xid TransactionManager::next_xid() const { return Xid{state_->next_xid.load()}; }

std::vector<RunningTransaction> TransactionManager::running() const {
  std::vector<RunningTransaction> found;
  {
    std::lock_guard lock(state_->running_mutex);
    found = state_->recovering;
  }
  for (const auto& [xid, pid] : state_->locks.impl().holders_of_xids()) {
    if (std::none_of(found.begin(), found.end(),
                     [&, id = xid](const RunningTransaction& r) { return r.xid == id; })) {
      found.push_back({.xid = xid, .pid = pid, .recovering = false});
    }
  }
  return found;
}

wal::PageNo TransactionManager::create_tree(Transaction& transaction) {
  Running& own = transaction::running(transaction);
  UndoRecord record;
  record.header.kind = UndoKind::create_tree;
  record.header.command = static_cast<std::uint32_t>(own.command());
  own.reserve_undo(record.encoded_size());
  btree::Reservation reservation = state_->space.reserve(1);
  wal::MiniTransaction mtr(state_->volume);
  const buffer::ExclusiveGuard root = btree::Tree::create(mtr, reservation);
  record.header.root = wal::raw(root.page_no());
  own.append_undo(mtr, record);
  const wal::PageNo page_no = root.page_no();
  mtr.commit();
  reservation.settle();
  own.settle();
  own.note_new_tree(page_no);
  row_id_counter(page_no).store(0);
  row_counter(page_no).store(0);
  std::lock_guard lock(state_->row_ids_mutex);
  state_->tree_memory.erase(wal::raw(page_no));
  return page_no;
}

void TransactionManager::adopt_tree(Transaction& transaction, wal::PageNo root) {
  Running& own = transaction::running(transaction);
  UndoRecord record;
  record.header.kind = UndoKind::create_tree;
  record.header.command = static_cast<std::uint32_t>(own.command());
  record.header.root = wal::raw(root);
  own.reserve_undo(record.encoded_size());
  wal::MiniTransaction mtr(state_->volume);
  own.append_undo(mtr, record);
  mtr.commit();
  own.settle();
  row_id_counter(root).store(0);
  row_counter(root).store(0);
}

void TransactionManager::drop_tree(Transaction& transaction, wal::PageNo root,
                                   bool may_have_overflow) {
  Running& own = transaction::running(transaction);
  UndoRecord record;
  record.header.kind = UndoKind::drop_tree;
  record.header.command = static_cast<std::uint32_t>(own.command());
  record.header.root = wal::raw(root);
  record.header.before_flags = may_have_overflow ? 1 : 0;
  own.reserve_undo(record.encoded_size());
  wal::MiniTransaction mtr(state_->volume);
  own.append_undo(mtr, record);
  mtr.commit();
  own.settle();
}

std::atomic<std::uint64_t>& TransactionManager::row_id_counter(wal::PageNo root) {
  std::lock_guard lock(state_->row_ids_mutex);
  return state_->row_ids[wal::raw(root)];
}

std::atomic<std::int64_t>& TransactionManager::row_counter(wal::PageNo root) {
  std::lock_guard lock(state_->row_ids_mutex);
  return state_->row_counts[wal::raw(root)];
}

void ManagerState::count_undone(wal::PageNo root, std::int64_t rows) {
  if (rows == 0) return;
  std::lock_guard lock(row_ids_mutex);
  // Only tables have one.
  if (const auto found = row_counts.find(wal::raw(root)); found != row_counts.end())
    found->second.fetch_add(rows, std::memory_order_relaxed);
}

UsageRegistry& TransactionManager::usage() const { return state_->usage; }

std::shared_ptr<TransactionManager::TreeMemory> TransactionManager::tree_memory(
    wal::PageNo root, std::shared_ptr<TreeMemory> (*make)()) {
  std::lock_guard lock(state_->row_ids_mutex);
  std::shared_ptr<TreeMemory>& memory = state_->tree_memory[wal::raw(root)];
  if (memory == nullptr) memory = make();
  return memory;
}

std::vector<std::int32_t> TransactionManager::safe_snapshot_blockers(std::int32_t pid) const {
  return state_->conflicts.safe_snapshot_blockers(pid);
}

void TransactionManager::wake_purge() { state_->wake(); }
void TransactionManager::purge_now() { state_->purge_once(); }

void TransactionManager::wait_for_recovery() {
  if (state_->options.read_only) return;
  while (true) {
    {
      std::lock_guard lock(state_->running_mutex);
      if (state_->recovering.empty()) return;
      state_->recovery_waiters.push_back(&wal::Parker::current());
    }
    wal::Parker::current().park();
  }
}

}  // namespace transaction
