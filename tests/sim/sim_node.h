// A page-store node in the simulator: the real core on a disk that forgets.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "pagestore/node_core.h"
#include "pagestore/testing/memory_disk.h"
#include "world.h"

namespace sim {

class SimNode {
 public:
  using Reply = std::function<void(pagestore::Response)>;

  // Carries a question to a peer; `answer` is called exactly once.
  using AskPeer =
      std::function<void(std::size_t peer, pagestore::Request request, Reply answer)>;

  SimNode(World& world, pagestore::NodeOptions options, AskPeer ask_peer);

  bool is_up() const { return core_ != nullptr; }
  pagestore::SegmentKind kind() const { return options_.kind; }
  bool keeps_pages() const { return kind() == pagestore::SegmentKind::full; }
  const std::string& name() const { return options_.name; }
  // Another one after every crash.
  std::uint64_t incarnation() const { return incarnation_; }

  // A request has arrived. Nothing is answered when the node is down, or crashes before.
  void deliver(pagestore::Request request, Reply reply);

  // To a question that needs no disk.
  pagestore::Response answer(pagestore::Request request);

  void start();
  // Power fails: memory is gone, unsynced writes are lost or torn.
  void crash();
  // It crashes, and its disk is replaced by an empty one.
  void lose_files();
  // As the record on its disk says, which outlives crashes.
  void set_held(const pagestore::HeldSets& held, const pagestore::SetMates& mates);
  void release(const pagestore::HeldSets& kept);
  bool holds(wal::GroupNo group) const { return options_.held.holds(group); }
  // Disk commands take so many times longer.
  void set_slowness(std::uint64_t factor) { slowness_ = factor; }
  // Its clock runs so fast, in percent of the true time.
  void set_clock_rate(std::uint64_t percent) { clock_rate_ = percent; }
  // All that waits for time is due at once.
  void jump_clock();
  void fail_disk() { disk_.fail_writes(true); }
  // A bit of what is stored changes.
  void rot();
  // It crashes, and its page images show other pages, which no checksum tells. Returns how many.
  std::size_t falsify_images();
  // Log files given back so far: what collections achieved.
  std::uint64_t files_removed() const { return files_removed_; }

  void check_invariants() const {
    if (core_) core_->check_invariants();
  }

 private:
  // Carries out what the core wants and sees to it that it is called again.
  void settle();
  void carry_out(pagestore::NodeCore::Output output);
  void schedule_disk();
  void schedule_work();
  void schedule_tick();
  // The event happens unless the node crashed in between.
  template <typename F>
  void after(std::uint64_t delay, F event) {
    world_.after(delay, [this, incarnation = incarnation_, event = std::move(event)] {
      if (incarnation == incarnation_ && core_) event();
    });
  }

  World& world_;
  pagestore::NodeOptions options_;
  AskPeer ask_peer_;
  pagestore::testing::MemoryDisk disk_;
  std::unique_ptr<pagestore::NodeCore> core_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t slowness_ = 1;
  std::uint64_t clock_rate_ = 100;
  std::uint64_t files_removed_ = 0;
  std::uint64_t next_token_ = 1;
  std::map<std::uint64_t, Reply> waiting_;
  bool disk_busy_ = false;
  bool work_scheduled_ = false;
  std::uint64_t last_tick_ = 0;
  std::optional<std::uint64_t> tick_due_;
};

}  // namespace sim
