#include "writer_core.h"

#include <algorithm>
#include <random>
#include <utility>

#include <spdlog/spdlog.h>

#include "wal/check.h"

namespace wal {
namespace {

constexpr std::chrono::milliseconds kTick{20};
// So much log is shipped without anybody waiting for it: a bulk load keeps the copies busy.
constexpr std::uint64_t kEagerBytes = std::uint64_t{128} << 10;

ShipperOptions shipper_options(const WriterOptions& options) {
  ShipperOptions shipper;
  shipper.quorum_ticks =
      static_cast<unsigned>(std::max<std::int64_t>(1, options.quorum_timeout / kTick));
  shipper.away_ticks = static_cast<unsigned>(std::max<std::int64_t>(1, options.away_limit / kTick));
  shipper.away_bytes = options.away_log_bytes;
  return shipper;
}

}  // namespace

WriterVolume::Core::Core(pagestore::StorageTier& tier, TimelineId timeline, WriterOptions options)
    : tier_(tier),
      timeline_(timeline),
      options_(std::move(options)),
      shipper_(timeline, std::random_device()(), shipper_options(options_), tier.placement()) {}

template <typename Input>
void WriterVolume::Core::step(Input input) {
  std::unique_lock lock(ship_mutex_);
  if (closed_) return;
  input(shipper_);
  ship_chunks_locked();
  linger_locked();
  auto sends = shipper_.take_sends();
  std::ranges::move(sends, std::back_inserter(outbox_));
  publish_locked();
  if (const auto due = shipper_.ticks_until_due()) arm_tick_locked(*due);
  send_all(std::move(lock));
}

void WriterVolume::Core::ship_chunks_locked() {
  if (shipper_.phase() == LogShipper::Phase::serving && !builder_) {
    const RecoveryPlan& plan = shipper_.plan();
    branch_lsn_ = plan.branch_lsn;
    pages_per_group_ = plan.pages_per_group;
    last_lsn_ = shipped_ = plan.vdl.value();
    log_begin_ = plan.next_lsn.value();
    const std::scoped_lock lock(append_mutex_);
    builder_.emplace(plan.vdl, plan.next_lsn, plan.branch_lsn, plan.pages_per_group, plan.tails);
  }
  for (;;) {
    // Before the look into the builder: whoever appends behind our back sees that it must ship.
    chunks_in_flight_ = shipper_.chunks_in_flight();
    if (chunks_in_flight_ >= in_flight_max(true) || !builder_) return;
    Chunk chunk;
    {
      const std::scoped_lock lock(append_mutex_);
      if (builder_->empty() || !is_due_locked() || !shipper_.may_ship(builder_->next_end())) return;
      const bool is_large =
          distance(builder_->chain_end(), builder_->next_end()) >= kEagerBytes;
      if (chunks_in_flight_ >= in_flight_max(is_large)) return;
      chunk = builder_->take();
    }
    shipped_ = chunk.end.value();
    overdue_ = false;
    shipper_.ship(std::move(chunk));
  }
}

// A chunk costs six syncs, whoever needs them. So it is closed when somebody waits for what is in
// it, or when it is large; until then what a transaction logs on its way to its commit rides along
// with other transactions' commits.
bool WriterVolume::Core::is_due_locked() const {
  return overdue_ || wanted_ > builder_->chain_end().value() ||
         distance(builder_->chain_end(), builder_->next_end()) >= kEagerBytes;
}

// Nobody may ever wait for the open chunk; pages in it cannot be evicted, nor the past purged,
// before it is durable: one or two ticks from now it goes anyhow.
void WriterVolume::Core::linger_locked() {
  if (!builder_ || lingering_ || shipper_.phase() == LogShipper::Phase::failed) return;
  {
    const std::scoped_lock lock(append_mutex_);
    if (builder_->empty()) return;
    lingering_ = true;
  }
  lingers_behind_ = Lsn(shipped_.load());
  arm_tick_locked(1);
}

void WriterVolume::Core::publish_locked() {
  if (shipper_.phase() == LogShipper::Phase::failed) {
    if (error_.exchange(shipper_.error().value()) == 0) {
      waiters_.wake(kMaxLsn);
      opener_.wake(kMaxLsn);
    }
    return;
  }
  if (shipper_.phase() != LogShipper::Phase::serving) return;
  const Lsn vdl = shipper_.vdl();
  if (vdl.value() != vdl_) {
    vdl_.store(vdl.value(), std::memory_order_release);
    waiters_.wake(vdl);
  }
  if (!opened_.exchange(true)) opener_.wake(kMaxLsn);
}

void WriterVolume::Core::opened_anew(CopyIndex copy, std::uint64_t run) {
  step([&](LogShipper& shipper) { shipper.opened_anew(copy, run); });
}

void WriterVolume::Core::send_all(std::unique_lock<std::mutex> lock) {
  if (sending_ || outbox_.empty()) return;
  sending_ = true;
  std::vector<LogShipper::Send> batch;
  while (!outbox_.empty() && !closed_) {
    batch.clear();
    std::swap(batch, outbox_);
    lock.unlock();
    for (LogShipper::Send& send : batch) {
      tier_.node(send.call.copy)
          .send(std::move(send.request),
                [self = shared_from_this(), call = send.call](pagestore::Response response) {
                  self->step([&](LogShipper& shipper) {
                    shipper.answered(call, std::move(response));
                  });
                });
    }
    lock.lock();
  }
  sending_ = false;
  if (closed_) sending_done_.notify_all();
}

// A timer already set for later stays: when it fires it finds nothing to do, or too much time gone.
void WriterVolume::Core::arm_tick_locked(unsigned ticks) {
  if (closed_) return;
  const auto now = std::chrono::steady_clock::now();
  const auto when = now + ticks * kTick;
  if (tick_due_ && *tick_due_ <= when) return;
  if (!tick_due_) last_tick_ = now;  // nothing waited until now: that time does not count
  tick_due_ = when;
  tier_.timer().after(ticks * kTick, [weak = weak_from_this(), when] {
    if (const auto self = weak.lock()) self->on_tick(when);
  });
}

void WriterVolume::Core::on_tick(std::chrono::steady_clock::time_point when) {
  const bool reads_wait = tick_reads();
  step([&](LogShipper& shipper) {
    if (tick_due_ == when) tick_due_.reset();
    if (lingering_.exchange(false)) overdue_ = lingers_behind_ == Lsn(shipped_.load());
    const auto now = std::chrono::steady_clock::now();
    const auto elapsed = static_cast<unsigned>((now - last_tick_) / kTick);
    if (elapsed > 0) {
      last_tick_ = now;
      shipper.tick(elapsed);
    }
    if (reads_wait) arm_tick_locked(1);
  });
}

boost::system::error_code WriterVolume::Core::error() const {
  const int code = error_.load(std::memory_order_acquire);
  return code == 0 ? boost::system::error_code() : VolumeErrc{code};
}

Result<void> WriterVolume::Core::open() {
  tier_.opened(weak_from_this());
  step([&](LogShipper& shipper) {
    shipper.set_placement(tier_.placement());
    shipper.start();
  });
  opener_.wait(kNoLsn, [&] {
    return error_ == 0 && !opened_;
  });
  if (const auto failed = error()) return failed;
  return {};
}

// (Whichever of two changes at once comes last looks at the newest.)
void WriterVolume::Core::placement_changed() {
  step([&](LogShipper& shipper) { shipper.set_placement(tier_.placement()); });
}

void WriterVolume::Core::close() {
  int open = 0;
  error_.compare_exchange_strong(open, static_cast<int>(VolumeErrc::closed));
  std::unique_lock lock(ship_mutex_);
  closed_ = true;
  sending_done_.wait(lock, [&] { return !sending_; });
}

Epoch WriterVolume::Core::epoch() const {
  const std::scoped_lock lock(ship_mutex_);
  return shipper_.epoch();
}

Lsn WriterVolume::Core::append(std::span<MiniTransaction::PendingRecord> records) {
  Lsn end;
  {
    const std::scoped_lock lock(append_mutex_);
    end = builder_->append(records);
    last_lsn_.store(end.value(), std::memory_order_release);
  }
  const bool is_large = end.value() - shipped_.load() >= kEagerBytes;
  if (is_large ? chunks_in_flight_ < in_flight_max(true) && error_ == 0 : !lingering_) {
    step([](LogShipper&) {});
  }
  return end;
}

Result<void> WriterVolume::Core::wait_durable(Lsn lsn) {
  if (vdl() >= lsn) return {};
  std::uint64_t wanted = wanted_;
  while (wanted < lsn.value() && !wanted_.compare_exchange_weak(wanted, lsn.value())) {
  }
  // Whoever brings the count down looks at wanted_ afterwards.
  if (lsn.value() > shipped_ && chunks_in_flight_ < in_flight_max(false) && error_ == 0) {
    step([](LogShipper&) {});
  }
  waiters_.wait(lsn, [&] { return vdl() < lsn && error_ == 0; });
  if (vdl() >= lsn) return {};
  return error();
}

Result<void> WriterVolume::Core::wait_for_room() {
  // The first LSNs lie far above the VDL that recovery found; the way between holds no log.
  const std::uint64_t last = last_lsn_.load(std::memory_order_acquire);
  const std::uint64_t durable = std::max(vdl_.load(std::memory_order_acquire), log_begin_.load());
  if (last <= durable + options_.room_bytes) return {};
  return wait_durable(Lsn(last - options_.room_bytes));
}

void WriterVolume::Core::grant_horizon(Lsn lsn, std::span<const Lsn> pins) {
  CHECK(lsn <= vdl());
  lsn = std::min(lsn, oldest_read());
  step([&](LogShipper& shipper) { shipper.grant_horizon(lsn, {pins.begin(), pins.end()}); });
  tell_kept_log();
}

std::vector<pagestore::KeptLog> WriterVolume::Core::kept_log() const {
  const std::scoped_lock lock(ship_mutex_);
  return shipper_.kept_log();
}

// Each turn for a copy once, as seen at the grants.
void WriterVolume::Core::tell_kept_log() {
  std::map<CopyIndex, pagestore::KeptLog> now;
  for (const pagestore::KeptLog& kept : kept_log()) {
    if (kept.is_nearly_overdue || kept.is_given_up) now[kept.node] = kept;
  }
  const std::scoped_lock lock(told_mutex_);
  for (const auto& [copy, kept] : now) {
    const pagestore::KeptLog told = told_[copy];
    const std::string& name = tier_.node(copy).name();
    if (kept.is_given_up && !told.is_given_up) {
      spdlog::warn("page-store node {} lacks log of timeline {} that is not kept any longer: it will copy pages "
                   "from its peers when it is back", name, raw(timeline_));
    } else if (kept.is_overdue && !told.is_overdue) {
      spdlog::warn("page-store node {} has been away too long, but too few other nodes with pages are here: its "
                   "peers keep {} bytes of timeline {}'s log for it, and more. Bring one back, or replace it",
                   name, kept.bytes, raw(timeline_));
    } else if (kept.is_nearly_overdue && !told.is_nearly_overdue) {
      spdlog::warn("page-store node {} lacks log: its peers keep {} bytes of timeline {}'s log for it, up to {} "
                   "bytes and {} minutes. Bring it back, or replace it",
                   name, kept.bytes, raw(timeline_), options_.away_log_bytes,
                   std::chrono::duration_cast<std::chrono::minutes>(options_.away_limit).count());
    }
  }
  for (const auto& [copy, told] : told_) {
    if (!now.contains(copy)) {
      spdlog::info("page-store node {} is whole, or no member any more: no log of timeline {} is kept for it",
                   tier_.node(copy).name(), raw(timeline_));
    }
  }
  told_ = std::move(now);
}

std::vector<std::string> WriterVolume::Core::copy_states() const {
  const std::scoped_lock lock(ship_mutex_);
  std::vector<std::string> states;
  for (const CopyIndex copy : shipper_.placement().all()) {
    states.push_back(shipper_.link_state(copy));
  }
  return states;
}

}  // namespace wal
