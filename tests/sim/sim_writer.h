// A writer in the simulator: the real shipper and chunk builder under a random workload.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "chunk_builder.h"
#include "log_shipper.h"
#include "oracle.h"
#include "sim_network.h"
#include "wal/mini_transaction.h"
#include "wal/volume.h"
#include "world.h"

namespace sim {

// Four pages of a group are written to.
inline constexpr std::uint32_t kPagesUsed = 4;
inline constexpr std::uint32_t kPages = 14;

// Where they are: next to each other, or groups so far apart that each has shards of its own.
struct PageMap {
  std::uint64_t pages_per_group = kPagesUsed;
  std::uint32_t page(std::uint64_t index) const {
    return static_cast<std::uint32_t>(index / kPagesUsed * pages_per_group + index % kPagesUsed);
  }
  wal::GroupNo group_of(std::uint32_t page_no) const {
    return wal::GroupNo{static_cast<std::uint32_t>(page_no / pages_per_group)};
  }
};

class SimWriter : public std::enable_shared_from_this<SimWriter> {
 public:
  SimWriter(World& world, SimNetwork& network, Oracle& oracle, wal::TimelineId timeline,
            WriterId id, wal::ShipperOptions options, PageMap pages = {}, const wal::Placement& placement = {});
  ~SimWriter();

  void start();
  // Its clock runs so fast, in percent of the true time. Before start().
  void set_clock_rate(std::uint64_t percent) { tick_ = kTick * 100 / percent; }
  // So many ticks are over at once: its process stood still, or its clock was set.
  void jump_clock(unsigned ticks);
  void set_placement(const wal::Placement& placement);
  // Called after every acknowledgement.
  void when_acknowledged(std::function<void(SimWriter&)> look) { look_ = std::move(look); }
  // What of a group must be on the copies for all that was acknowledged; kNoLsn: nothing.
  wal::Lsn acknowledged_end(wal::GroupNo group) { return shipper_.required_scl(group); }
  // Stops at once: nothing is sent, heard or acknowledged any more.
  void kill() { dead_ = true; }

  WriterId id() const { return id_; }
  wal::TimelineId timeline() const { return timeline_; }
  bool is_dead() const { return dead_; }
  bool has_failed() const { return shipper_.phase() == wal::LogShipper::Phase::failed; }
  bool is_serving() const { return shipper_.phase() == wal::LogShipper::Phase::serving; }
  const wal::LogShipper& shipper() const { return shipper_; }

  // One random mini-transaction, if its pages are at hand (else they are read first).
  void work();
  // Stops changing pages, so that everything becomes durable.
  void rest() { resting_ = true; }
  // Nothing is under way any more, every copy has all of this timeline, and every page of a group can
  // be read from at least so many.
  bool is_settled(const std::function<std::size_t(wal::GroupNo)>& copies);

  // Reads a page from a random copy, now or in the past, and has the oracle look at it.
  void audit();
  // Reads every page at the VDL from every copy that has it; `done` counts the reads that came
  // back right. Returns how many were asked for.
  std::size_t audit_all(std::size_t& done);

 private:
  static constexpr std::uint64_t kTick = 20'000;
  class Volume;

  void after_input();
  void ship();
  void grant_horizon();
  void do_transaction(const std::set<std::uint32_t>& pages);
  void fetch(std::uint32_t page_no);
  void read(std::size_t copy, std::uint32_t page_no, wal::Lsn read_point, wal::Lsn required,
            std::function<void(const pagestore::PageContents*)> done);
  void schedule_tick();
  wal::GroupNo group_of(std::uint32_t page_no) const { return pages_.group_of(page_no); }
  wal::CopyIndex pick_copy(std::uint32_t page_no);
  bool can_read(std::size_t copy, std::uint32_t page_no);
  void insist(std::size_t copy, std::uint32_t page_no, std::size_t& done);

  World& world_;
  SimNetwork& network_;
  Oracle& oracle_;
  const wal::TimelineId timeline_;
  const WriterId id_;
  const PageMap pages_;
  const std::size_t chunks_in_flight_max_;
  std::function<void(SimWriter&)> look_;
  bool dead_ = false;
  bool resting_ = false;
  std::optional<std::uint64_t> tick_due_;
  std::uint64_t tick_ = kTick;
  std::uint64_t last_tick_ = 0;
  wal::LogShipper shipper_;
  std::optional<wal::ChunkBuilder> builder_;
  wal::Lsn acknowledged_;
  wal::Lsn last_lsn_;
  wal::Lsn begin_;
  std::unique_ptr<Volume> volume_;
  std::unique_ptr<wal::MiniTransaction> mtr_;
  std::map<std::uint32_t, std::unique_ptr<wal::Page>> cache_;
  std::set<std::uint32_t> fetching_;
};

}  // namespace sim
