#include "pagestore/storage_tier.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "wal/check.h"

namespace pagestore {
namespace {

constexpr std::chrono::seconds kWriteDeadline{10};
constexpr std::chrono::seconds kStatusDeadline{1};
constexpr std::chrono::milliseconds kAskAgain{20};

struct Statuses {
  std::mutex mutex;
  std::vector<std::pair<NodeIndex, NodeStatus>> nodes;
  std::size_t answered = 0;
  std::function<void(std::vector<std::pair<NodeIndex, NodeStatus>>)> callback;

  void finish(std::unique_lock<std::mutex> lock) {
    auto call = std::exchange(callback, nullptr);
    auto result = call ? std::move(nodes) : decltype(nodes)();
    lock.unlock();
    if (call) call(std::move(result));
  }
  void answer(std::size_t index, const Response& response) {
    std::unique_lock lock(mutex);
    if (!callback) return;
    if (const auto* status = std::get_if<NodeStatus>(&response)) {
      nodes[index].second = *status;
    } else if (const auto* refusal = std::get_if<Refusal>(&response)) {
      nodes[index].second.state = refusal->detail.empty() ? "stopped" : refusal->detail;
    }
    if (++answered == nodes.size()) finish(std::move(lock));
  }
};

constexpr char kNoAnswer[] = "no answer";

using KnownTimeline = StorageTier::KnownTimeline;

wal::Result<std::vector<KnownTimeline>> merge(const Placement& placement,
                                              const std::vector<std::pair<NodeIndex, NodeStatus>>& nodes) {
  NodeSet answering;
  for (const auto& [index, node] : nodes) {
    if (node.state == "ok") answering.add(index);
  }
  if (!placement.is_read_quorum(answering)) return TierErrc::no_quorum;
  std::map<TimelineId, KnownTimeline> merged;
  std::map<TimelineId, NodeSet> known_by;
  for (const auto& [index, node] : nodes) {
    for (const TimelineStatus& timeline : node.timelines) {
      if (node.state == "ok") known_by[timeline.timeline].add(index);
      const auto [at, is_new] = merged.try_emplace(timeline.timeline, KnownTimeline{timeline});
      if (is_new) continue;
      KnownTimeline& known = at->second;
      known.dropped |= timeline.dropped;
      if (known.parent == wal::kNoTimeline && timeline.parent != wal::kNoTimeline) {
        // What is left of it on another node is its name.
        known.parent = timeline.parent;
        known.branch_lsn = timeline.branch_lsn;
        known.pages_per_group = timeline.pages_per_group;
      }
      known.pages_per_group = std::max(known.pages_per_group, timeline.pages_per_group);
      known.epoch = std::max(known.epoch, timeline.epoch);
      known.horizon = std::max(known.horizon, timeline.horizon);
      known.scl = std::max(known.scl, timeline.scl);
    }
  }
  std::set<TimelineId> wanted;
  for (const auto& [id, timeline] : merged) {
    if (timeline.dropped) continue;
    for (auto at = merged.find(id); at != merged.end() && wanted.insert(at->first).second;) {
      at = merged.find(at->second.parent);
    }
  }
  std::vector<KnownTimeline> timelines;
  for (const TimelineId id : wanted) {
    timelines.push_back(merged.at(id));
    timelines.back().is_held = placement.is_write_quorum(known_by[id]);
  }
  return timelines;
}

}  // namespace

const boost::system::error_category& tier_category() {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "storage tier"; }
    std::string message(int code) const override {
      switch (static_cast<TierErrc>(code)) {
        case TierErrc::no_quorum: return "too few page-store nodes answered in time";
        case TierErrc::refused: return "too many page-store nodes refused";
      }
      return "unknown storage tier error";
    }
  };
  static const Category category;
  return category;
}

// Counts the answers to one request sent to all members. While it is under way they may change: then
// it is done when it is durable by what counts now, too. (Whoever brings a new member up to date does
// so with what was durable before it counted.)
struct StorageTier::WriteVotes {
  const std::shared_ptr<Members> members;
  const Placement asked;
  std::mutex mutex;
  NodeSet done, refused;
  DoneCallback callback;  // empty once called

  WriteVotes(std::shared_ptr<Members> current, const Placement& placement, DoneCallback call)
      : members(std::move(current)), asked(placement), callback(std::move(call)) {}

  void finish(std::unique_lock<std::mutex> lock, wal::Result<void> result) {
    auto call = std::exchange(callback, nullptr);
    lock.unlock();
    if (call) call(result);
  }
  void vote(NodeIndex node, bool yes) {
    std::unique_lock lock(mutex);
    (yes ? done : refused).add(node);
    if (!yes) {
      if (asked.blocks_writes(refused)) finish(std::move(lock), TierErrc::refused);
      return;
    }
    bool is_done = asked.is_write_quorum(done);
    {
      const std::scoped_lock members_lock(members->mutex);
      is_done = is_done && members->placement.is_write_quorum(done);
    }
    if (is_done) finish(std::move(lock), {});
  }
};

StorageTier::StorageTier(std::vector<NodeChannel*> nodes, const Placement& placement) {
  members_->placement = placement;
  for (NodeChannel* node : nodes) add_node(*node);
  CHECK(placement.all().limit() <= node_count());
}

NodeIndex StorageTier::add_node(NodeChannel& node) {
  const std::scoped_lock lock(mutex_);
  const std::size_t index = count_;
  CHECK(index < kNodesMax);
  nodes_[index] = &node;
  count_.store(index + 1, std::memory_order_release);
  return index;
}

Placement StorageTier::placement() const {
  const std::scoped_lock lock(members_->mutex);
  return members_->placement;
}

void StorageTier::set_placement(const Placement& placement) {
  CHECK(placement.all().limit() <= node_count());
  {
    const std::scoped_lock lock(members_->mutex);
    members_->placement = placement;
  }
  for (const auto& volume : volumes()) volume->placement_changed();
}

void StorageTier::set_listed(NodeSet nodes) {
  const std::scoped_lock lock(mutex_);
  listed_ = nodes;
}

void StorageTier::opened(std::weak_ptr<OpenVolume> volume) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(volumes_, [](const auto& other) { return other.expired(); });
  volumes_.push_back(std::move(volume));
}

std::vector<std::shared_ptr<OpenVolume>> StorageTier::volumes() const {
  std::vector<std::shared_ptr<OpenVolume>> open;
  const std::scoped_lock lock(mutex_);
  for (const auto& volume : volumes_) {
    if (auto alive = volume.lock()) open.push_back(std::move(alive));
  }
  return open;
}

std::vector<KeptLog> StorageTier::kept_log() const {
  std::map<NodeIndex, KeptLog> nodes;
  for (const auto& volume : volumes()) {
    for (const KeptLog& kept : volume->kept_log()) {
      KeptLog& sum = nodes[kept.node];
      sum.node = kept.node;
      sum.bytes += kept.bytes;
      sum.is_nearly_overdue |= kept.is_nearly_overdue;
      sum.is_overdue |= kept.is_overdue;
      sum.is_given_up |= kept.is_given_up;
    }
  }
  std::vector<KeptLog> kept;
  for (const auto& [node, sum] : nodes) kept.push_back(sum);
  return kept;
}

void StorageTier::write_quorum(Request request, RefusalReason as_good_as_done, DoneCallback done) {
  const auto votes = std::make_shared<WriteVotes>(members_, placement(), std::move(done));
  for (const NodeIndex index : votes->asked.all()) {
    node(index).send(request, [votes, index, as_good_as_done](Response response) {
      const auto* refusal = std::get_if<Refusal>(&response);
      votes->vote(index, std::holds_alternative<Done>(response) ||
                             (refusal != nullptr && refusal->reason == as_good_as_done));
    });
  }
  timer_.after(kWriteDeadline, [weak = std::weak_ptr(votes)] {
    if (const auto votes = weak.lock()) {
      votes->finish(std::unique_lock(votes->mutex), TierErrc::no_quorum);
    }
  });
}

void StorageTier::create_timeline(CreateTimeline request, DoneCallback done) {
  // No refusal of a creation is as good as done.
  write_quorum(request, RefusalReason{0xff}, std::move(done));
}

void StorageTier::drop_timeline(TimelineId timeline, DoneCallback done) {
  write_quorum(DropTimeline{timeline}, RefusalReason::unknown_timeline, std::move(done));
}

void StorageTier::ask_status(NodeSet asked, std::function<void(NodeStatuses)> done) {
  auto statuses = std::make_shared<Statuses>();
  statuses->callback = std::move(done);
  for (const NodeIndex index : asked) {
    statuses->nodes.emplace_back(index, NodeStatus{.name = node(index).name(), .zone = node(index).zone(),
                                                   .state = kNoAnswer, .timelines = {}});
  }
  std::size_t place = 0;
  for (const NodeIndex index : asked) {
    node(index).send(GetStatus{}, [statuses, place](Response response) {
      statuses->answer(place, response);
    });
    ++place;
  }
  timer_.after(kStatusDeadline, [weak = std::weak_ptr(statuses)] {
    if (const auto statuses = weak.lock()) {
      statuses->finish(std::unique_lock(statuses->mutex));
    }
  });
}

void StorageTier::statuses(std::function<void(std::vector<NodeStatus>)> done) {
  NodeSet nodes = placement().all();
  {
    const std::scoped_lock lock(mutex_);
    nodes = nodes | listed_;
  }
  ask_status(nodes, [done = std::move(done)](NodeStatuses answers) {
    std::vector<NodeStatus> statuses;
    for (auto& [index, status] : answers) statuses.push_back(std::move(status));
    done(std::move(statuses));
  });
}

void StorageTier::list_timelines(std::chrono::milliseconds patience, TimelinesCallback done) {
  using Clock = std::chrono::steady_clock;
  const Placement members = placement();
  ask_status(members.all(), [this, members, until = Clock::now() + patience,
                             done = std::move(done)](const NodeStatuses& answers) {
    auto merged = merge(members, answers);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (merged || left <= kAskAgain) return done(std::move(merged));
    timer_.after(kAskAgain, [this, left, done] { list_timelines(left - kAskAgain, done); });
  });
}

}  // namespace pagestore
