#include "scenario.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "member_checks.h"
#include "oracle.h"
#include "page_comparison.h"
#include "sim_members.h"
#include "sim_network.h"
#include "sim_node.h"
#include "sim_writer.h"
#include "wal/check.h"
#include "world.h"

namespace sim {
namespace {

using wal::Lsn;
using wal::TimelineId;

// Nodes that ask their peers, as clients of the network.
constexpr std::uint64_t peer_client(std::size_t node) {
  return (std::uint64_t{1} << 32) + node;
}

constexpr std::uint64_t kHealingTime = 120'000'000;   // for the healed tier to become whole
constexpr std::uint64_t kLookInterval = 1'000;
constexpr std::uint64_t kScrubLookInterval = 100'000;  // a tick: rounds take several
constexpr std::size_t kSnapshotsMax = 4;
constexpr std::uint64_t kTimelinesMax = 6;

class Scenario {
 public:
  Scenario(std::uint64_t seed, bool trace)
      : world_(seed, trace), network_(world_, nodes_), changes_members_(seed % 3 == 0),
        is_spread_(seed % 5 == 4), grows_(changes_members_ && !is_spread_ && seed / 3 % 2 == 0), has_tails_(seed % 2 == 0), newcomer_is_tail_(seed % 4 == 0),
        has_snapshots_(seed % 7 == 3), has_skew_(seed % 7 == 5), has_rewinds_(seed % 7 == 6),
        lacks_full_nodes_(seed % 14 == 2), lacks_tails_(has_tails_ && seed % 10 == 8 && !lacks_full_nodes_) {
    if (seed % 5 == 1) away_bytes_ = 256 + seed * 7919 % (16 << 10);
    // Groups lie on several sets of seven to twelve nodes.
    if (is_spread_) founders_ = 7 + seed / 5 % 6;
    // As real ones, groups share no piece of the page index.
    if (is_spread_ || grows_) pages_.pages_per_group = 64;
    make_nodes();
    members_.emplace(world_, network_, nodes_, founders_, is_spread_ || grows_,
                     [this](const wal::Placement& before) { placement_changed(before); });
    choose_weather();
    create(TimelineId{1}, wal::kNoTimeline, Lsn(world_.one_in(2) ? 0 : 5000));
  }

  Outcome run() {
    // Runs differ in length and in what goes wrong how often: at times takeovers come so thick
    // that each interrupts the one before.
    const std::uint64_t trouble_time = world_.pick(200, 3'000) * 1'000;
    const auto mood = [this] { return world_.pick(1, 20) * world_.pick(1, 20) * 2'000; };
    every(500, world_.pick(4, 16) * 1'000, [this] { workload(); });
    every(2'000, 30'000, [this] { audit(); });
    every(2'000, 30'000, [this] { compare_a_page(); });
    every(1'000, mood(), [this] { node_trouble(); });
    every(1'000, mood(), [this] { writer_trouble(); });
    every(1'000, mood(), [this] { network_trouble(); });
    if (harm_.rotten) {
      every(20'000, mood() + 200'000, [this] {
        nodes_[*harm_.rotten]->rot();
        harm_.has_rotted = true;
      });
    }
    every(20'000, mood() + 100'000, [this] { maybe_clone(); });
    every(100'000, mood() + 500'000, [this] { maybe_drop(); });
    if (has_snapshots_) every(10'000, mood() + 50'000, [this] { snapshot_trouble(); });
    if (has_rewinds_) every(10'000, mood() + 50'000, [this] { rewind_trouble(); });
    if (lacks_full_nodes_) {
      away_ticks_ = 5;
      every(200'000, 600'000, [this] { full_node_trouble(); });
    }
    if (lacks_tails_) every(100'000, 300'000, [this] { tail_trouble(); });
    if (has_skew_) every(10'000, mood() + 50'000, [this] { clock_trouble(); });
    if (changes_members_) {
      every(5'000, mood() + 20'000, [this] { members_->meddle(); });
      every(50'000, mood() + 800'000, [this] { process_trouble(); });
    }
    while (world_.now() < trouble_time && world_.step()) check();
    heal_and_verify();
    outcome_.records = oracle_.records();
    return outcome_;
  }

 private:
  struct Timeline {
    TimelineId id;
    TimelineId parent;
    Lsn branch_lsn;
    bool dropped = false;
    bool rewound = false;  // its database is on another timeline: nobody writes here any more
    std::shared_ptr<SimWriter> writer;
    std::vector<std::shared_ptr<SimWriter>> former;  // some of them do not know it yet
  };

  struct Move {
    TimelineId from;
    bool drops = false;  // else it is kept, for going forward again
  };

  void make_nodes() {
    std::vector<const char*> names{"a1", "a2", "b1", "b2", "c1", "c2"};
    const char* const more[] = {"a3", "b3", "c3", "b4", "a4", "c4"};
    if (is_spread_) names.insert(names.end(), more, more + (founders_ - pagestore::kCopies));
    if (changes_members_) {
      if (is_spread_) {
        names.insert(names.end(), {"b5", "c5"});
      } else if (grows_) {  // to up to twelve
        names.insert(names.end(), more, more + 1 + world_.pick(std::size(more)));
      } else {
        names.insert(names.end(), {"a3", "c3"});
      }
    }
    pagestore::NodeOptions options;
    options.first_extent_bytes = 16 << 10;
    options.extent_bytes = world_.pick(16, 64) << 10;
    options.block_bytes = 64u << (3 * world_.pick(0, 1));
    options.checkpoint_bytes = world_.pick(4, 48) << 10;
    options.collect_bytes = world_.pick(4, 32) << 10;
    options.chain_records_max = static_cast<std::uint32_t>(world_.pick(4, 40));
    options.chain_bytes_max = 8 << 10;
    options.read_chain_records_max = static_cast<std::uint32_t>(world_.pick(2, 20));
    options.page_cache_bytes = 64 << 10;
    if (world_.one_in(4)) options.index_cache_bytes = world_.pick(1, 64) << 10;  // log waits for checkpoints
    options.peers = names.size() - 1;
    options.gossip_ticks = static_cast<unsigned>(world_.pick(1, 3));
    options.behind_ticks = static_cast<unsigned>(world_.pick(0, 3));
    options.repair_bytes_per_tick = world_.pick(1, 64) << 10;
    options.scrub_pause_ticks = static_cast<unsigned>(world_.pick(5, 100));
    for (const char* name : names) {
      options.name = name;
      options.zone = std::string(1, name[0]);
      const bool is_tail = (has_tails_ && (name[1] == '2' || name[1] == '4')) ||
                           (newcomer_is_tail_ && name == std::string_view(is_spread_ ? "c5" : "c3"));
      options.kind = is_tail ? pagestore::SegmentKind::tail : pagestore::SegmentKind::full;
      const std::size_t self = nodes_.size();
      nodes_.push_back(std::make_unique<SimNode>(
          world_, options, [this, self](std::size_t peer, auto request, auto answer) {
            network_.request(peer_client(self), peer < self ? peer : peer + 1, std::move(request),
                             std::move(answer));
          }));
    }
    // On some runs whole zones go; on most, trouble stays within what a quorum bears.
    nodes_down_max_ = world_.one_in(4) ? 4 : world_.pick(0, 2);
    // What was acknowledged by a write quorum may lose one of them.
    files_to_lose_ = world_.one_in(3) && !lacks_tails_;
    // Or one disk rots.
    if (!files_to_lose_ && world_.one_in(2) && !lacks_tails_) harm_.rotten = world_.pick(nodes_.size());
    // Then takeovers ask as many as that takes. Else any write quorum will do after a while.
    if (!files_to_lose_ && !harm_.rotten) sure_ticks_ = static_cast<unsigned>(world_.pick(0, 10));
    if (world_.one_in(2)) away_ticks_ = static_cast<unsigned>(world_.pick(5, 50));
  }

  void choose_weather() {
    SimNetwork::Weather weather;
    if (world_.one_in(2)) weather.lose_one_in = world_.pick(20, 400);
    if (world_.one_in(3)) weather.repeat_one_in = world_.pick(10, 100);
    if (world_.one_in(3)) weather.reorder_one_in = world_.pick(5, 50);
    if (world_.one_in(3)) weather.delay_one_in = world_.pick(10, 200);
    network_.set_weather(weather);
  }

  // Repeats at random intervals until the healing begins.
  void every(std::uint64_t low, std::uint64_t high, std::function<void()> event) {
    world_.after(world_.pick(low, high), [this, low, high, event = std::move(event)] {
      if (healing_) return;
      event();
      every(low, high, event);
    });
  }

  void check() {
    if (world_.one_in(32)) {
      for (const auto& node : nodes_) node->check_invariants();
    }
  }

  // --- timelines -------------------------------------------------------------------------------

  void create(TimelineId id, TimelineId parent, Lsn branch_lsn) {
    world_.trace("timeline {} is created from {} at {}", wal::raw(id), wal::raw(parent),
                 branch_lsn.value());
    const pagestore::CreateTimeline request{id, parent, branch_lsn, pages_.pages_per_group, world_.one_in(2)};
    oracle_.timeline_created(id, parent, branch_lsn);
    // Grants name it as long as it exists: a node may have to hear of it anew.
    if (parent != wal::kNoTimeline) {
      oracle_.pin(parent, branch_lsn);
      cloning_.insert(parent);
    }
    ask_to_create(std::make_shared<Creation>(Creation{request, members_->placement(), {}, false}));
  }

  struct Creation {
    pagestore::CreateTimeline request;
    wal::Placement asked;
    wal::NodeSet done;
    bool is_made = false;
  };

  void ask_to_create(const std::shared_ptr<Creation>& creation) {
    for (const wal::CopyIndex node : creation->asked.all() - creation->done) {
      insist(node, creation->request, [this, creation, node] {
        creation->done.add(node);
        // Members may have changed since: what counts now must have it, too.
        if (!creation->is_made && creation->asked.is_write_quorum(creation->done) &&
            members_->placement().is_write_quorum(creation->done)) {
          creation->is_made = true;
          made(creation->request);
        }
        if (!(creation->asked.all() - creation->done).empty()) return;
        if (!creation->is_made) {
          // So many of them that it is to be asked again, as after any creation that failed.
          creation->asked = members_->placement();
          return ask_to_create(creation);
        }
        if (creation->request.parent != wal::kNoTimeline) cloning_.erase(cloning_.find(creation->request.parent));
      });
    }
  }

  void made(const pagestore::CreateTimeline& request) {
    if (!members_->is_serving()) {
      return world_.after(10'000, [this, request] { made(request); });
    }
    timelines_.push_back({request.timeline, request.parent, request.branch_lsn, false, false, nullptr, {}});
    open(timelines_.back());
    if (const auto found = moving_.find(request.timeline); found != moving_.end()) {
      const Move move = found->second;
      moving_.erase(found);
      leave(move);
    }
  }

  // --- members ---------------------------------------------------------------------------------

  // Every volume counts by it; and what they acknowledged is on the members that count now.
  void placement_changed(const wal::Placement& before) {
    const wal::Placement now = members_->placement();
    for (Timeline& timeline : timelines_) {
      if (timeline.dropped) continue;
      for (auto& former : timeline.former) former->set_placement(now);
      timeline.writer->set_placement(now);
    }
    if (before == now || now.is_changing()) return;
    for (Timeline& timeline : timelines_) {
      if (!timeline.dropped) checks_.durable(now, *timeline.writer, groups());
    }
  }

  std::vector<wal::GroupNo> groups() const {
    std::vector<wal::GroupNo> all;
    for (std::uint32_t page = 0; page < kPages; page += kPagesUsed) all.push_back(pages_.group_of(pages_.page(page)));
    return all;
  }
  std::function<std::size_t(wal::GroupNo)> full_members() const {
    return [this](wal::GroupNo group) { return checks_.full_of(members_->placement().of(group)).size(); };
  }

  void check_seals() {
    std::map<TimelineId, std::vector<const SimWriter*>> writers;
    for (const Timeline& timeline : timelines_) {
      if (timeline.dropped) continue;
      auto& all = writers[timeline.id];
      all.push_back(timeline.writer.get());
      for (const auto& former : timeline.former) all.push_back(former.get());
    }
    checks_.seals(members_->placement(), writers);
  }

  void process_trouble() {
    if (!members_->is_serving()) return;
    for (Timeline& timeline : timelines_) {
      timeline.writer->kill();
      for (auto& former : timeline.former) former->kill();
    }
    members_->kill();
    begin_process();
  }

  void begin_process() {
    members_->take_over([this] {
      if (healing_) return;
      for (Timeline& timeline : timelines_) open(timeline);
    });
  }

  // Asks again until the node has done it; both requests sent so are idempotent.
  void insist(std::size_t node, const pagestore::Request& request, std::function<void()> done) {
    network_.request(0, node, request, [this, node, request, done = std::move(done)](auto answer) {
      const auto* refusal = std::get_if<pagestore::Refusal>(&answer);
      const bool gone = refusal != nullptr &&
                        refusal->reason == pagestore::RefusalReason::unknown_timeline &&
                        refusal->detail == "dropped before";
      if (std::holds_alternative<pagestore::Done>(answer) || gone) {
        done();
      } else {
        world_.after(world_.pick(1'000, 50'000), [=, this] { insist(node, request, done); });
      }
    });
  }

  // A name goes; what children need of it stays.
  void maybe_drop() {
    if (timelines_.size() < 2) return;
    Timeline& timeline = timelines_[world_.pick(1, timelines_.size() - 1)];
    // Nobody drops what he is just cloning. And nobody repairs a timeline that has no name any
    // more: what children need of it must be whole before.
    if (may_drop(timeline)) drop(timeline);
  }

  bool has_children(const Timeline& timeline) const {
    return std::ranges::any_of(timelines_, [&](const Timeline& other) { return other.parent == timeline.id; });
  }

  bool may_drop(const Timeline& timeline) const {
    if (timeline.dropped || timeline.rewound || cloning_.contains(timeline.id)) return false;
    return !has_children(timeline) || timeline.writer->is_settled(full_members());
  }

  void drop(Timeline& timeline) {
    std::erase_if(snapshots_, [&](const Snapshot& snapshot) {
      if (snapshot.timeline == timeline.id) oracle_.unpin(snapshot.timeline, snapshot.at);
      return snapshot.timeline == timeline.id;
    });
    world_.trace("timeline {} is dropped", wal::raw(timeline.id));
    timeline.dropped = true;
    if (!has_children(timeline) && timeline.parent != wal::kNoTimeline) {
      oracle_.unpin(timeline.parent, timeline.branch_lsn);
    }
    timeline.writer->kill();
    for (auto& former : timeline.former) former->kill();
    for (const wal::CopyIndex node : members_->placement().all()) {
      insist(node, pagestore::DropTimeline{timeline.id}, [] {});
    }
  }

  void open(Timeline& timeline) {
    if (timeline.dropped || (timeline.rewound && !healing_)) return;
    wal::ShipperOptions options;
    if (world_.one_in(2)) options.retained_bytes = world_.pick(0, 4 << 10);
    if (world_.one_in(2)) options.window_bytes = world_.pick(1, 4 << 10);
    if (world_.one_in(2)) options.fetch_bytes = world_.pick(1, 2 << 10);
    options.away_ticks = away_ticks_;
    if (away_bytes_) options.away_bytes = *away_bytes_;
    options.quorum_ticks = healing_ ? 5'000 : 100;
    options.sure_ticks = sure_ticks_;
    if (timeline.writer) timeline.former.push_back(timeline.writer);
    timeline.writer = std::make_shared<SimWriter>(world_, network_, oracle_, timeline.id,
                                                  next_writer_++, options, pages_, members_->placement());
    if (changes_members_ || is_spread_) {
      timeline.writer->when_acknowledged([this](SimWriter& writer) {
        if (world_.one_in(8)) checks_.durable(members_->placement(), writer, groups());
      });
    }
    if (has_skew_ && !healing_) timeline.writer->set_clock_rate(some_clock_rate());
    timeline.writer->start();
  }

  void maybe_clone() {
    if (timelines_.empty() || timelines_.size() >= 4) return;
    const Timeline& parent = timelines_[world_.pick(timelines_.size())];
    if (parent.dropped) return;
    const auto points = oracle_.consistency_points(parent.id);
    if (points.empty()) return;
    ++outcome_.clones;
    create(TimelineId{++last_timeline_}, parent.id, points[world_.pick(points.size())]);
  }

  // A snapshot is a pin; it expires, or a timeline begins there, however far the horizon has gone. (Going
  // back in time is the same: a timeline that begins in the past, and the drop of the one it came from.)
  void snapshot_trouble() {
    if (timelines_.empty()) return;
    if (snapshots_.empty() || (snapshots_.size() < kSnapshotsMax && world_.one_in(2))) {
      const Timeline& timeline = timelines_[world_.pick(timelines_.size())];
      if (timeline.dropped) return;
      const auto points = oracle_.consistency_points(timeline.id);
      if (points.empty()) return;
      const Lsn at = points[world_.pick(points.size())];
      world_.trace("snapshot of timeline {} at {}", wal::raw(timeline.id), at.value());
      oracle_.pin(timeline.id, at);
      snapshots_.push_back({timeline.id, at});
      return;
    }
    const std::size_t chosen = world_.pick(snapshots_.size());
    const Snapshot snapshot = snapshots_[chosen];
    if (world_.one_in(2)) {
      world_.trace("snapshot of timeline {} at {} expires", wal::raw(snapshot.timeline), snapshot.at.value());
      oracle_.unpin(snapshot.timeline, snapshot.at);
      snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(chosen));
    } else if (last_timeline_ < kTimelinesMax) {
      ++outcome_.clones;
      create(TimelineId{++last_timeline_}, snapshot.timeline, snapshot.at);
    }
  }

  // A database goes back in place: a timeline that begins in its past becomes its head. Backtrack keeps the
  // timeline it leaves, and going forward again begins at that one's end; reset begins where the database did,
  // and the timeline it leaves is dropped.
  void rewind_trouble() {
    if (timelines_.empty() || last_timeline_ >= kTimelinesMax || !moving_.empty()) return;
    const Timeline& left = timelines_[world_.pick(timelines_.size())];
    if (left.dropped) return;
    const auto points = oracle_.consistency_points(left.id);
    const TimelineId next{last_timeline_ + 1};
    if (left.rewound) {
      // Nobody has written to it since, but the head of today may have been taken over and over.
      if (points.empty()) return;
      world_.trace("forward to the end of timeline {}", wal::raw(left.id));
      ++last_timeline_;
      create(next, left.id, points.back());
    } else if (left.parent != wal::kNoTimeline && world_.one_in(2)) {
      world_.trace("timeline {} is reset", wal::raw(left.id));
      ++last_timeline_;
      moving_[next] = {left.id, true};
      create(next, left.parent, left.branch_lsn);
    } else if (!points.empty()) {
      world_.trace("timeline {} goes back", wal::raw(left.id));
      ++last_timeline_;
      moving_[next] = {left.id, false};
      create(next, left.id, points[world_.pick(points.size())]);
    }
    ++outcome_.clones;
  }

  // The new head is there: sessions of the old one end.
  void leave(Move move) {
    const auto left = std::ranges::find(timelines_, move.from, &Timeline::id);
    if (left->dropped) return;
    if (move.drops) {
      if (may_drop(*left)) return drop(*left);
      if (!healing_) world_.after(10'000, [this, move] { leave(move); });
      return;
    }
    left->rewound = true;
    left->writer->kill();
    for (auto& former : left->former) former->kill();
  }

  // Clocks of nodes, and of writers to come, run fast or slow, and jump.
  std::uint64_t some_clock_rate() { return world_.one_in(3) ? 100 : world_.pick(10, 1'000); }
  void clock_trouble() {
    nodes_[world_.pick(nodes_.size())]->set_clock_rate(some_clock_rate());
    if (world_.one_in(2)) return;
    nodes_[world_.pick(nodes_.size())]->jump_clock();
    // Often past what a silent copy is waited for, at times past what a quorum is.
    for (Timeline& timeline : timelines_) {
      if (world_.one_in(3)) timeline.writer->jump_clock(static_cast<unsigned>(world_.pick(1, 150)));
    }
  }

  // --- workload and trouble --------------------------------------------------------------------

  void workload() {
    for (Timeline& timeline : timelines_) {
      for (std::uint64_t i = world_.pick(0, 3); i > 0; --i) timeline.writer->work();
      // Who was overtaken may not have noticed.
      for (auto& former : timeline.former) former->work();
    }
  }

  void audit() {
    for (Timeline& timeline : timelines_) timeline.writer->audit();
    checks_.zones(members_->placement());
    if (has_tails_) checks_.tails(members_->placement());
    if (changes_members_ && world_.now() % 2 == 0) check_seals();
  }

  void compare_a_page() {
    if (timelines_.empty()) return;
    compare(timelines_[world_.pick(timelines_.size())].id, pages_.page(world_.pick(kPages)));
  }

  void compare(TimelineId timeline, std::uint32_t page_no) {
    comparison_.begin(timeline, pages_.group_of(page_no), wal::PageNo{page_no});
    if (page_no % kPagesUsed == 0) comparison_.begin_log(timeline, pages_.group_of(page_no));
  }

  void compare_all_pages(TimelineId timeline) {
    for (std::uint32_t i = 0; i < kPages; ++i) compare(timeline, pages_.page(i));
    run_until([&] { return comparison_.is_done(); });
  }

  // Two nodes with pages go together, for longer than log is kept for one.
  void full_node_trouble() {
    const auto& sets = members_->placement().sets();
    const wal::Membership& members = sets[sets.size() > 1 ? world_.pick(sets.size()) : 0];
    std::vector<std::size_t> full = checks_.full_of(members);
    const bool all_up = std::ranges::all_of(nodes_, [&](const auto& node) { return node->is_up(); });
    if (!all_up || full.size() < 2) {
      for (auto& node : nodes_) {
        if (!node->is_up()) node->start();
      }
      return;
    }
    full.erase(full.begin() + static_cast<std::ptrdiff_t>(world_.pick(full.size())));
    for (const std::size_t i : full) {
      checks_.goes_down(i);
      nodes_[i]->crash();
      ++outcome_.node_crashes;
    }
  }

  // All tails of a set go together: those that are full go on alone.
  void tail_trouble() {
    const auto through = [this] {
      std::map<TimelineId, Lsn> acknowledged;
      for (const Timeline& timeline : timelines_) {
        if (!timeline.dropped) acknowledged[timeline.id] = oracle_.acknowledged_through(timeline.id);
      }
      return acknowledged;
    };
    if (!tails_down_.empty()) {
      for (const auto& [id, now] : through()) {
        const auto before = acknowledged_before_.find(id);
        outcome_.without_tails += before != acknowledged_before_.end() && now > before->second;
      }
      for (const wal::CopyIndex tail : tails_down_) nodes_[tail]->start();
      tails_down_ = {};
      return;
    }
    const auto& sets = members_->placement().sets();
    const wal::Membership& members = sets[sets.size() > 1 ? world_.pick(sets.size()) : 0];
    for (const wal::CopyIndex tail : members.all() - members.full()) {
      tails_down_.add(tail);
      nodes_[tail]->crash();
      ++outcome_.node_crashes;
    }
    acknowledged_before_ = through();
  }

  void node_trouble() {
    if (lacks_full_nodes_ || lacks_tails_) return;
    std::uint64_t down = 0;
    for (const auto& node : nodes_) down += node->is_up() ? 0 : 1;
    const std::size_t place = world_.pick(nodes_.size());
    SimNode& node = *nodes_[place];
    if (!node.is_up()) {
      if (files_to_lose_ && world_.one_in(6)) {
        files_to_lose_ = false;
        node.lose_files();
        lose_record(node);
      }
      node.start();
    } else if (down < nodes_down_max_) {
      switch (world_.pick(4)) {
        case 0:
          node.set_slowness(world_.one_in(2) ? 1 : world_.pick(5, 60));
          break;
        case 1:
          if (!world_.one_in(4)) break;
          world_.trace("{}'s disk fails", node.name());
          node.fail_disk();
          break;
        default:
          if (has_tails_ && node.keeps_pages()) checks_.goes_down(place);
          node.crash();
          ++outcome_.node_crashes;
      }
    }
  }

  void lose_record(const SimNode& node) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].get() != &node) continue;
      members_->lost_files(i);
      harm_.lost_files = i;
    }
  }

  void writer_trouble() {
    if (timelines_.empty() || !members_->is_serving()) return;
    Timeline& timeline = timelines_[world_.pick(timelines_.size())];
    const bool failed = timeline.writer->is_dead();
    if (!failed && world_.one_in(3)) return;
    // It dies, or it goes on in the belief that the volume is its own.
    if (!failed && world_.one_in(2)) {
      world_.trace("writer {} dies", timeline.writer->id());
      timeline.writer->kill();
    }
    open(timeline);
  }

  void network_trouble() {
    for (Timeline& timeline : timelines_) {
      const std::size_t node = world_.pick(nodes_.size());
      network_.cut(timeline.writer->id(), node, world_.one_in(2));
    }
    network_.cut(peer_client(world_.pick(nodes_.size())), world_.pick(nodes_.size()),
                 world_.one_in(3));
  }

  // --- the end ---------------------------------------------------------------------------------

  // Everything comes back; then every copy must become whole, and read the same.
  void heal_and_verify() {
    world_.trace("--- healing ---");
    healing_ = true;
    network_.heal();
    for (auto& node : nodes_) {
      if (node->is_up()) node->crash();
      node->start();
      node->set_slowness(1);
      node->set_clock_rate(100);
    }
    members_->hurry();
    run_until([&] { return timelines_.size() == last_timeline_; });
    for (Timeline& timeline : timelines_) {
      timeline.writer->kill();
      for (auto& former : timeline.former) former->kill();
    }
    run_until([&] { return members_->is_serving(); });
    // Parents first: a child is whole when its ancestors' copies are.
    for (Timeline& timeline : timelines_) {
      if (timeline.dropped) continue;
      open(timeline);
      // Some nodes hear nothing of it but from their peers.
      std::vector<std::size_t> unreached(world_.pick(3));
      wal::NodeSet reached = members_->placement().all();
      if (harm_.harmed() != Harm::kNobody) reached.remove(harm_.harmed());  // it may wait for a takeover itself
      for (std::size_t& node : unreached) {
        node = world_.pick(nodes_.size());
        reached.remove(node);
      }
      const bool is_enough = sure_ticks_ == ~0u ? members_->placement().is_sure_read_quorum(reached)
                                                : members_->placement().is_write_quorum(reached);
      if (!is_enough) unreached.clear();
      for (const std::size_t node : unreached) network_.cut(timeline.writer->id(), node, true);
      run_until([&] {
        if (timeline.writer->is_dead()) open(timeline);  // too few nodes knew of the timeline yet
        return timeline.writer->is_serving();
      });
      const Lsn before = oracle_.acknowledged_through(timeline.id);
      run_until([&] {
        timeline.writer->work();
        return oracle_.acknowledged_through(timeline.id) > before;
      });
      timeline.writer->rest();
      run_until([&] { return is_same_everywhere(timeline.id, timeline.writer->shipper().epoch()); });
      for (const std::size_t node : unreached) network_.cut(timeline.writer->id(), node, false);
      // A serving writer goes on without a node that a newer one has sealed.
      if (std::ranges::any_of(nodes_, [&](const auto& node) {
            return epoch_on(*node, timeline.id) > timeline.writer->shipper().epoch();
          })) {
        timeline.writer->kill();
        open(timeline);
        timeline.writer->rest();
      }
      run_until([&] { return timeline.writer->is_settled(full_members()); });
      std::size_t done = 0;
      const std::size_t asked = timeline.writer->audit_all(done);
      run_until([&] { return done == asked; });
      compare_all_pages(timeline.id);
    }
    // A replacement goes on wherever it was; then all is as before, on other nodes.
    run_until([&] { return !members_->is_replacing(); });
    for (Timeline& timeline : timelines_) {
      if (timeline.dropped || !changes_members_) continue;
      run_until([&] { return timeline.writer->is_settled(full_members()); });
      std::size_t done = 0;
      const std::size_t asked = timeline.writer->audit_all(done);
      run_until([&] { return done == asked; });
      checks_.durable(members_->placement(), *timeline.writer, groups());
    }
    if (!harm_.rotten && !harm_.lost_files) falsify_and_scrub();
    outcome_.replaced = members_->replaced();
    outcome_.pages_compared = comparison_.compared();
    outcome_.parts_compared = comparison_.parts_compared();
    for (const Timeline& timeline : timelines_) {
      if (timeline.writer) ++outcome_.takeovers;
      for (const auto& former : timeline.former) outcome_.takeovers += former->is_serving();
    }
    for (const auto& node : nodes_) {
      node->check_invariants();
      const auto status = std::get<pagestore::NodeStatus>(node->answer(pagestore::GetStatus{}));
      outcome_.log_bytes_fetched += status.repair.log_bytes_fetched;
      outcome_.pages_copied += status.repair.pages_copied;
      outcome_.files_removed += node->files_removed();
    }
  }

  // One node folded pages wrong, and its checksums hold. Its scrub finds that by the other copies' pages, and
  // theirs do not take its for the right ones.
  void falsify_and_scrub() {
    std::vector<std::size_t> full;
    for (const wal::CopyIndex i : members_->placement().all()) {
      if (nodes_[i]->keeps_pages()) full.push_back(i);
    }
    SimNode& node = *nodes_[full[world_.pick(full.size())]];
    outcome_.false_images += node.falsify_images();
    node.start();
    for (Timeline& timeline : timelines_) {
      if (timeline.dropped) continue;
      run_until([&] { return timeline.writer->is_settled(full_members()); });
    }
    // Until each has gone through all it has three times since anything was found, or repaired, on any of them.
    const auto look = [&] {
      std::vector<pagestore::RepairStatus> all;
      for (const std::size_t i : full) all.push_back(repair_of(*nodes_[i]));
      return all;
    };
    auto since = look();
    run_until([&] {
      const auto now = look();
      for (std::size_t i = 0; i < full.size(); ++i) {
        if (now[i].scrub_damage == since[i].scrub_damage && now[i].pages_repaired == since[i].pages_repaired) continue;
        since = now;
        return false;
      }
      return std::ranges::equal(now, since, [](const auto& a, const auto& b) { return a.scrub_rounds >= b.scrub_rounds + 3; });
    }, kScrubLookInterval);
    for (Timeline& timeline : timelines_) {
      if (timeline.dropped) continue;
      std::size_t done = 0;
      const std::size_t asked = timeline.writer->audit_all(done);
      run_until([&] { return done == asked; });
      compare_all_pages(timeline.id);
    }
  }

  static pagestore::RepairStatus repair_of(SimNode& node) {
    return std::get<pagestore::NodeStatus>(node.answer(pagestore::GetStatus{})).repair;
  }

  static wal::Epoch epoch_on(SimNode& node, TimelineId id) {
    const auto status = std::get<pagestore::NodeStatus>(node.answer(pagestore::GetStatus{}));
    const auto found =
        std::ranges::find(status.timelines, id, &pagestore::TimelineStatus::timeline);
    return found == status.timelines.end() ? wal::Epoch{} : found->epoch;
  }

  // All nodes have the same log of the timeline, as far as its groups are to be there, but for those that
  // a newer writer has sealed and never come back to.
  bool is_same_everywhere(TimelineId id, wal::Epoch epoch) {
    std::optional<wal::Epoch> truncated;
    std::map<wal::GroupNo, std::set<Lsn>> ends;
    std::map<wal::GroupNo, std::size_t> told, holders;
    for (const auto& node : nodes_) {
      if (epoch_on(*node, id) > epoch) continue;
      const auto changes = std::get<pagestore::Changes>(node->answer(pagestore::GetChanges{}));
      const auto found = std::ranges::find(changes.timelines, id,
                                           &pagestore::TimelineDigest::timeline);
      if (found == changes.timelines.end()) return false;
      if (truncated && truncated != found->truncated) return false;
      truncated = found->truncated;
      for (const auto& segment : found->segments) {
        if (!node->holds(segment.group)) continue;
        ends[segment.group].insert(segment.scl);
        ++told[segment.group];
      }
      for (std::uint32_t i = 0; i < kPages; i += kPagesUsed) {
        const wal::GroupNo group = pages_.group_of(pages_.page(i));
        holders[group] += node->holds(group);
      }
    }
    for (const auto& [group, scl] : ends) {
      if (scl.size() != 1 || told[group] != holders[group]) return false;
    }
    return true;
  }

  // Why no progress is made, for the trace.
  void tell_state() {
    for (const Timeline& timeline : timelines_) {
      if (timeline.dropped || timeline.writer->is_dead()) continue;
      const auto& shipper = timeline.writer->shipper();
      for (const wal::CopyIndex copy : shipper.placement().all()) {
        world_.trace("timeline {}, phase {}, {}: {}", wal::raw(timeline.id),
                     static_cast<int>(shipper.phase()), nodes_[copy]->name(),
                     shipper.link_state(copy));
      }
    }
    for (const auto& node : nodes_) {
      for (std::uint32_t group = 0; group * kPagesUsed < kPages; ++group) {
        if (node->holds(wal::GroupNo{group})) world_.trace("{} is to hold group {}", node->name(), group);
      }
      const auto changes = std::get<pagestore::Changes>(node->answer(pagestore::GetChanges{}));
      for (const auto& digest : changes.timelines) {
        world_.trace("{}: timeline {}{}, truncated by {:x}", node->name(),
                     wal::raw(digest.timeline), digest.dropped ? ", dropped" : "",
                     wal::raw(digest.truncated));
        for (const auto& segment : digest.segments) {
          world_.trace("    group {}: log ({}, {}]", wal::raw(segment.group),
                       segment.log_floor.value(), segment.scl.value());
        }
      }
    }
  }

  // Looks every now and then only: a condition may ask all nodes.
  template <typename Condition>
  void run_until(Condition condition, std::uint64_t interval = kLookInterval) {
    const std::uint64_t deadline = world_.now() + kHealingTime;
    while (!condition()) {
      const std::uint64_t next_look = world_.now() + interval;
      do {
        CHECK(world_.step());
      } while (world_.now() < next_look);
      if (world_.now() >= deadline) tell_state();
      CHECK(world_.now() < deadline);  // the healed tier makes no progress
    }
  }

  World world_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  SimNetwork network_;
  Oracle oracle_;
  PageComparison comparison_{world_, nodes_};
  Harm harm_;
  MemberChecks checks_{nodes_, harm_};
  const bool changes_members_;
  const bool is_spread_;  // groups lie on several sets of nodes
  const bool grows_;      // nodes are added to six, and groups spread over them
  std::size_t founders_ = pagestore::kCopies;
  PageMap pages_;
  const bool has_tails_;  // of two nodes in a zone one keeps log alone
  struct Snapshot {
    TimelineId timeline;
    Lsn at;
  };
  std::vector<Snapshot> snapshots_;
  std::map<TimelineId, Move> moving_;  // by the timeline that becomes the head when it is made
  const bool newcomer_is_tail_;  // so a zone may have more tails than one
  const bool has_snapshots_;
  const bool has_skew_;
  const bool has_rewinds_;
  const bool lacks_full_nodes_;
  const bool lacks_tails_;
  std::optional<SimMembers> members_;
  std::vector<Timeline> timelines_;
  std::multiset<TimelineId> cloning_;  // of which not every node has the clone yet
  WriterId next_writer_ = 1;
  std::uint64_t last_timeline_ = 1;
  std::uint64_t nodes_down_max_ = 2;
  bool files_to_lose_ = false;
  unsigned sure_ticks_ = ~0u;
  wal::NodeSet tails_down_;
  std::map<TimelineId, Lsn> acknowledged_before_;  // when they went
  unsigned away_ticks_ = 180'000;
  std::optional<std::uint64_t> away_bytes_;
  bool healing_ = false;
  Outcome outcome_;
};

}  // namespace

Outcome run(std::uint64_t seed, bool trace) {
  auto scenario = std::make_unique<Scenario>(seed, trace);
  return scenario->run();
}

}  // namespace sim
