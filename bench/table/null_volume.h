// A volume that counts its log and forgets it: nothing may be read back, so the pool holds all.
#pragma once

#include <atomic>
#include <mutex>

#include "wal/mini_transaction.h"
#include "wal/volume.h"

namespace table {

class NullVolume final : public wal::Volume {
 public:
  wal::TimelineId timeline() const override { return wal::TimelineId{9}; }
  wal::Lsn branch_lsn() const override { return wal::kNoLsn; }
  wal::Lsn vdl() const override { return last_lsn(); }
  wal::Lsn last_lsn() const override { return wal::Lsn(position_.load(std::memory_order_acquire)); }
  wal::Result<void> wait_durable(wal::Lsn) override { return {}; }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Result<void> read_page(wal::PageNo, wal::Lsn, wal::Page& into) override {
    into.bytes.fill(std::byte{0});
    return {};
  }
  wal::Lsn append_control(wal::RecordKind, std::span<const std::byte> payload) override {
    return wal::Lsn(position_.fetch_add(sizeof(wal::RecordHeader) + payload.size()) + 64);
  }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}

 private:
  wal::Lsn append(wal::MiniTransaction& mtr) override {
    std::lock_guard lock(mutex_);
    std::uint64_t position = position_.load(std::memory_order_relaxed);
    for (wal::MiniTransaction::PendingRecord& record : mtr.pending()) {
      position += record.encoded.size();
      if (record.page != nullptr) record.page->header().lsn = position;
    }
    position_.store(position, std::memory_order_release);
    return wal::Lsn(position);
  }

  std::mutex mutex_;
  std::atomic<std::uint64_t> position_{0};
};

}  // namespace table
