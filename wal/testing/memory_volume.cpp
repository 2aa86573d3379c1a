#include "wal/testing/memory_volume.h"

#include <algorithm>
#include <cstring>

#include <boost/system/errc.hpp>

#include "wal/check.h"
#include "wal/mini_transaction.h"
#include "wal/parker.h"
#include "wal/record_codec.h"
#include "wal/testing/replay.h"

namespace wal::testing {
namespace {

// As large as a real truncation range looks to those above: LSNs jump.
constexpr std::uint64_t kTruncatedBytes = 1 << 20;

std::shared_ptr<const MemoryVolume::Record> make_record(std::span<const std::byte> encoded) {
  auto record = std::make_shared<MemoryVolume::Record>();
  record->encoded.assign(encoded.begin(), encoded.end());
  RecordReader reader(record->encoded);
  auto view = reader.next();
  CHECK(view.has_value() && view->has_value());
  CHECK(reader.rest().empty());
  record->view = **view;
  return record;
}

// The whole way through the codec and from an empty page: nothing may hide in a cache.
void replay(const std::vector<std::shared_ptr<const MemoryVolume::Record>>& chain, Lsn read_point,
            Page& into) {
  std::memset(into.bytes.data(), 0, kPageSize);
  Lsn previous;
  for (const auto& record : chain) {
    if (record->view.lsn > read_point) break;
    CHECK(record->view.prev_page_lsn == previous);
    previous = record->view.lsn;
    apply_record(record->view, into);
  }
}

}  // namespace

MemoryVolume::MemoryVolume(TimelineId timeline, Lsn branch_lsn)
    : timeline_(timeline),
      branch_lsn_(branch_lsn),
      vdl_(branch_lsn),
      last_lsn_(branch_lsn),
      position_(branch_lsn) {}

MemoryVolume::~MemoryVolume() { CHECK(waiters_.empty()); }

Lsn MemoryVolume::append(MiniTransaction& mtr) {
  const std::scoped_lock lock(mutex_);
  const auto pending = mtr.pending();
  CHECK(!pending.empty());
  Lsn lsn = position_;
  for (auto& record : pending) {
    lsn = lsn.advanced_by(record.encoded.size());
    const Lsn prev = record.page == nullptr ? kNoLsn : record.page->lsn();
    seal_record(record.encoded, lsn, prev, &record == &pending.back());
    auto stored = make_record(record.encoded);
    log_.push_back(stored);
    if (record.page == nullptr) continue;

    auto& history = pages_[stored->view.page_no];
    if (!history) history = std::make_unique<PageHistory>();
    // The caller changed an older copy of the page than the newest one.
    CHECK(history->newest.lsn() == prev);
    apply_record(stored->view, history->newest);
    record.page->header().lsn = lsn.value();
    // The caller changed bytes behind the mini-transaction's back.
    CHECK(std::memcmp(history->newest.bytes.data(), record.page->bytes.data(), kPageSize) == 0);
    history->records.push_back(std::move(stored));
  }
  position_ = lsn;
  last_lsn_.store(lsn, std::memory_order_release);
  if (!held_) make_durable_locked(lsn);
  return lsn;
}

Lsn MemoryVolume::append_control(RecordKind kind, std::span<const std::byte> payload) {
  MiniTransaction mtr(*this);
  mtr.control(kind, payload);
  return mtr.commit();
}

Result<void> MemoryVolume::wait_durable(Lsn lsn) {
  Parker& parker = Parker::current();
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      std::erase(waiters_, &parker);
      if (vdl() >= lsn) return {};
      if (broken_) return boost::system::errc::make_error_code(boost::system::errc::io_error);
      CHECK(lsn <= position_);
      waiters_.push_back(&parker);
    }
    parker.park();
  }
}

Result<void> MemoryVolume::read_page(PageNo page_no, Lsn at_least, Page& into) {
  if (auto durable = wait_durable(at_least); !durable) return durable;
  const std::scoped_lock lock(mutex_);
  if (broken_) return boost::system::errc::make_error_code(boost::system::errc::io_error);
  std::memset(into.bytes.data(), 0, kPageSize);
  if (const auto found = pages_.find(page_no); found != pages_.end()) {
    replay(found->second->records, vdl(), into);
    if (vdl() >= last_lsn()) {
      CHECK(std::memcmp(into.bytes.data(), found->second->newest.bytes.data(), kPageSize) == 0);
    }
  }
  return {};
}

void MemoryVolume::read_page_at(PageNo page_no, Lsn read_point, Page& into) const {
  const std::scoped_lock lock(mutex_);
  std::memset(into.bytes.data(), 0, kPageSize);
  if (const auto found = pages_.find(page_no); found != pages_.end()) {
    replay(found->second->records, read_point, into);
  }
}

void MemoryVolume::grant_horizon(Lsn lsn, std::span<const Lsn>) {
  const std::scoped_lock lock(mutex_);
  CHECK(lsn <= vdl());
  horizon_ = std::max(horizon_, lsn);
}

void MemoryVolume::hold_vdl() {
  const std::scoped_lock lock(mutex_);
  held_ = true;
}

void MemoryVolume::advance_vdl(Lsn lsn) {
  const std::scoped_lock lock(mutex_);
  Lsn highest = vdl();
  for (const auto& record : log_) {
    if (record->view.lsn > lsn) break;
    if (record->view.is_consistency_point) highest = std::max(highest, record->view.lsn);
  }
  make_durable_locked(highest);
}

void MemoryVolume::release_vdl() {
  const std::scoped_lock lock(mutex_);
  held_ = false;
  make_durable_locked(last_lsn());
}

void MemoryVolume::break_quorum() {
  const std::scoped_lock lock(mutex_);
  broken_ = true;
  held_ = true;
  wake_all_locked();
}

void MemoryVolume::make_durable_locked(Lsn through) {
  if (broken_) return;
  CHECK(through >= vdl());
  vdl_.store(through, std::memory_order_release);
  wake_all_locked();
}

void MemoryVolume::wake_all_locked() {
  for (Parker* parker : waiters_) parker->unpark();
}

std::unique_ptr<MemoryVolume> MemoryVolume::reopen(Lsn durable_through) const {
  const std::scoped_lock lock(mutex_);
  Lsn through = branch_lsn_;
  for (const auto& record : log_) {
    if (record->view.lsn > durable_through) break;
    if (record->view.is_consistency_point) through = record->view.lsn;
  }
  return copy(timeline_, through, branch_lsn_,
              std::max(position_, through).advanced_by(kTruncatedBytes));
}

std::unique_ptr<MemoryVolume> MemoryVolume::clone(TimelineId child, Lsn at) const {
  const std::scoped_lock lock(mutex_);
  CHECK(at <= vdl());
  return copy(child, at, at, at);
}

std::unique_ptr<MemoryVolume> MemoryVolume::copy(TimelineId timeline, Lsn through, Lsn branch_lsn,
                                                 Lsn next) const {
  auto volume = std::make_unique<MemoryVolume>(timeline, branch_lsn);
  for (const auto& record : log_) {
    if (record->view.lsn > through) break;
    volume->log_.push_back(record);
    if (record->view.page_no == kNoPage) continue;
    auto& history = volume->pages_[record->view.page_no];
    if (!history) history = std::make_unique<PageHistory>();
    history->records.push_back(record);
  }
  for (auto& [page_no, history] : volume->pages_) {
    replay(history->records, kMaxLsn, history->newest);
  }
  volume->position_ = next;
  volume->last_lsn_ = through;
  volume->vdl_ = through;
  return volume;
}

std::vector<std::shared_ptr<const MemoryVolume::Record>> MemoryVolume::records() const {
  const std::scoped_lock lock(mutex_);
  return log_;
}

std::size_t MemoryVolume::record_count() const {
  const std::scoped_lock lock(mutex_);
  return log_.size();
}

Lsn MemoryVolume::horizon() const {
  const std::scoped_lock lock(mutex_);
  return horizon_;
}

}  // namespace wal::testing
