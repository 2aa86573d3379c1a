#include "pagestore/node_replacement.h"

#include <algorithm>
#include <utility>

#include "wal/check.h"

namespace pagestore {

NodeReplacement::NodeReplacement(ClusterRecord record, IndexOf index)
    : record_(std::move(record)), index_(std::move(index)) {
  const auto pair = replacement_of(record_);
  CHECK(pair);
  pair_ = *pair;
  coverage_ = nothing_yet();
  if (pair_.is_joining) phase_ = Phase::joining;
}

void NodeReplacement::follow(ClusterRecord record) {
  const auto pair = replacement_of(record);
  CHECK(pair && *pair == pair_);
  record_ = std::move(record);
}

void NodeReplacement::tick() {
  if (phase_ == Phase::done || adopting_ || !surveys_.empty()) return;
  begin_round();
}

// The holders first, the newcomer when they have answered: what it says is later than what is
// wanted of it.
void NodeReplacement::begin_round() {
  const auto placement = placement_of(record_, index_);
  CHECK(placement);
  for (const NodeIndex node : placement->sets().at(pair_.set).before()) surveys_.push_back({node, {}, false, false});
  surveys_.push_back({index_(pair_.newcomer), {}, false, false});
  for (std::size_t i = 0; i + 1 < surveys_.size(); ++i) ask(surveys_[i], 0, 0);
}

void NodeReplacement::ask(Survey& survey, std::uint64_t run, std::uint64_t since) {
  const std::uint64_t id = ++last_id_;
  asked_[id] = static_cast<std::size_t>(&survey - surveys_.data());
  output_.asks.push_back({id, survey.node, GetChanges{run, since, {}}});
}

void NodeReplacement::answered(std::uint64_t id, const Response& response) {
  const auto asked = asked_.find(id);
  if (asked == asked_.end()) return;
  Survey& survey = surveys_[asked->second];
  asked_.erase(asked);
  if (const auto* changes = std::get_if<Changes>(&response)) {
    for (const TimelineDigest& digest : changes->timelines) {
      survey.digests[digest.timeline] = digest;
    }
    if (changes->more) return ask(survey, changes->run, changes->through);
    survey.done = true;
  } else {
    survey.done = survey.failed = true;
  }
  const auto holders_done = std::all_of(surveys_.begin(), surveys_.end() - 1,
                                        [](const Survey& each) { return each.done; });
  if (!holders_done) return;
  if (surveys_.back().done) return end_round();
  ask(surveys_.back(), 0, 0);
}

void NodeReplacement::end_round() {
  auto surveys = std::exchange(surveys_, {});
  Survey newcomer = std::move(surveys.back());
  surveys.pop_back();
  std::vector<NodeDigests> holders;
  for (Survey& each : surveys) {
    if (!each.failed) holders.push_back(std::move(each.digests));
  }
  if (newcomer.failed) {
    trouble_ = "node \"" + pair_.newcomer + "\" does not answer";
    return;
  }
  if (holders.size() < kWriteQuorum) {
    trouble_ = "too few nodes answer";
    return;
  }
  trouble_.clear();
  coverage_.update(holders, newcomer.digests);
  if (!coverage_.is_complete()) return;
  propose(phase_ == Phase::copying ? join(record_) : finish(record_));
}

void NodeReplacement::propose(ClusterRecord record) {
  adopting_ = true;
  output_.adopt = std::move(record);
}

void NodeReplacement::adopted(const ClusterRecord& record) {
  CHECK(adopting_);
  adopting_ = false;
  record_ = record;
  if (phase_ == Phase::joining) {
    phase_ = Phase::done;
    return;
  }
  // What was acknowledged by the old set until now is wanted, too.
  phase_ = Phase::joining;
  pair_.is_joining = true;
  coverage_ = nothing_yet();
  begin_round();
}

void NodeReplacement::not_adopted(std::string why) {
  CHECK(adopting_);
  adopting_ = false;
  trouble_ = std::move(why);
}

NodeReplacement::Output NodeReplacement::take_output() { return std::exchange(output_, {}); }

}  // namespace pagestore
