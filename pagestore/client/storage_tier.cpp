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

// Counts the answers to one request sent to all six.
struct WriteVotes {
  std::mutex mutex;
  std::size_t done = 0;
  std::size_t refused = 0;
  StorageTier::DoneCallback callback;  // empty once called

  void finish(std::unique_lock<std::mutex> lock, wal::Result<void> result) {
    auto call = std::exchange(callback, nullptr);
    lock.unlock();
    if (call) call(result);
  }
  void vote(bool yes) {
    std::unique_lock lock(mutex);
    yes ? ++done : ++refused;
    if (yes && done == StorageTier::kWriteQuorum) {
      finish(std::move(lock), {});
    } else if (!yes && refused == StorageTier::kNodes - StorageTier::kWriteQuorum + 1) {
      finish(std::move(lock), TierErrc::refused);
    }
  }
};

struct Statuses {
  std::mutex mutex;
  std::vector<NodeStatus> nodes;
  std::size_t answered = 0;
  std::function<void(std::vector<NodeStatus>)> callback;

  void finish(std::unique_lock<std::mutex> lock) {
    auto call = std::exchange(callback, nullptr);
    auto result = call ? std::move(nodes) : std::vector<NodeStatus>();
    lock.unlock();
    if (call) call(std::move(result));
  }
  void answer(std::size_t index, const Response& response) {
    std::unique_lock lock(mutex);
    if (!callback) return;
    if (const auto* status = std::get_if<NodeStatus>(&response)) {
      nodes[index] = *status;
    } else if (const auto* refusal = std::get_if<Refusal>(&response)) {
      nodes[index].state = refusal->detail.empty() ? "stopped" : refusal->detail;
    }
    if (++answered == nodes.size()) finish(std::move(lock));
  }
};

constexpr char kNoAnswer[] = "no answer";

wal::Result<std::vector<TimelineStatus>> merge(const std::vector<NodeStatus>& nodes) {
  const auto answering = std::ranges::count(nodes, std::string("ok"), &NodeStatus::state);
  if (static_cast<std::size_t>(answering) < StorageTier::kReadQuorum) return TierErrc::no_quorum;
  std::map<TimelineId, TimelineStatus> merged;
  for (const NodeStatus& node : nodes) {
    for (const TimelineStatus& timeline : node.timelines) {
      const auto [at, is_new] = merged.try_emplace(timeline.timeline, timeline);
      if (is_new) continue;
      TimelineStatus& known = at->second;
      known.dropped |= timeline.dropped;
      if (known.parent == wal::kNoTimeline && timeline.parent != wal::kNoTimeline) {
        // What is left of it on another node is its name.
        known.parent = timeline.parent;
        known.branch_lsn = timeline.branch_lsn;
        known.pages_per_group = timeline.pages_per_group;
      }
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
  std::vector<TimelineStatus> timelines;
  for (const TimelineId id : wanted) timelines.push_back(merged.at(id));
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

StorageTier::StorageTier(std::vector<NodeChannel*> nodes) : nodes_(std::move(nodes)) {
  CHECK(nodes_.size() == kNodes);
}

void StorageTier::write_quorum(Request request, RefusalReason as_good_as_done, DoneCallback done) {
  auto votes = std::make_shared<WriteVotes>();
  votes->callback = std::move(done);
  for (NodeChannel* node : nodes_) {
    node->send(request, [votes, as_good_as_done](Response response) {
      const auto* refusal = std::get_if<Refusal>(&response);
      votes->vote(std::holds_alternative<Done>(response) ||
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

void StorageTier::statuses(std::function<void(std::vector<NodeStatus>)> done) {
  auto statuses = std::make_shared<Statuses>();
  statuses->callback = std::move(done);
  for (NodeChannel* node : nodes_) {
    statuses->nodes.push_back({.name = node->name(), .zone = node->zone(), .state = kNoAnswer,
                               .timelines = {}});
  }
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    nodes_[index]->send(GetStatus{}, [statuses, index](Response response) {
      statuses->answer(index, response);
    });
  }
  timer_.after(kStatusDeadline, [weak = std::weak_ptr(statuses)] {
    if (const auto statuses = weak.lock()) {
      statuses->finish(std::unique_lock(statuses->mutex));
    }
  });
}

void StorageTier::list_timelines(
    std::function<void(wal::Result<std::vector<TimelineStatus>>)> done) {
  statuses([done = std::move(done)](std::vector<NodeStatus> nodes) { done(merge(nodes)); });
}

}  // namespace pagestore
