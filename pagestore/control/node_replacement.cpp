#include "pagestore/node_replacement.h"

#include <algorithm>
#include <ranges>
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
  stage_ = Stage::digests;
  for (const NodeIndex node : members_before().all()) surveys_.emplace_back().node = node;
  surveys_.emplace_back().node = index_(pair_.newcomer);
  for (std::size_t i = 0; i + 1 < surveys_.size(); ++i) ask(surveys_[i], GetChanges{});
}

void NodeReplacement::ask(Survey& survey, Request request) {
  const std::uint64_t id = ++last_id_;
  asked_[id] = static_cast<std::size_t>(&survey - surveys_.data());
  output_.asks.push_back({id, survey.node, std::move(request)});
}

void NodeReplacement::answered(std::uint64_t id, const Response& response) {
  const auto asked = asked_.find(id);
  if (asked == asked_.end()) return;
  Survey& survey = surveys_[asked->second];
  asked_.erase(asked);
  if (stage_ == Stage::seals) {  // whether it took them the next round sees
    if (--seals_left_ == 0) surveys_.clear();
    return;
  }
  take_answer(survey, response);
  const auto holders_done = std::all_of(surveys_.begin(), surveys_.end() - 1,
                                        [](const Survey& each) { return each.done; });
  if (!holders_done) return;
  if (surveys_.back().done) return stage_ == Stage::digests ? end_digests() : end_epochs();
  if (&survey != &surveys_.back()) {
    stage_ == Stage::digests ? ask(surveys_.back(), GetChanges{}) : ask(surveys_.back(), GetStatus{});
  }
}

void NodeReplacement::take_answer(Survey& survey, const Response& response) {
  if (const auto* changes = std::get_if<Changes>(&response); changes != nullptr && stage_ == Stage::digests) {
    for (const TimelineDigest& digest : changes->timelines) {
      survey.digests[digest.timeline] = digest;
    }
    if (changes->more) return ask(survey, GetChanges{changes->run, changes->through, {}});
    survey.done = true;
  } else if (const auto* status = std::get_if<NodeStatus>(&response); status != nullptr && stage_ == Stage::epochs) {
    for (const TimelineStatus& row : status->timelines) {
      if (!row.dropped) survey.epochs[row.timeline] = row.epoch;
    }
    survey.done = true;
  } else {
    survey.done = survey.failed = true;
  }
}

// The six before.
Membership NodeReplacement::members_before() const {
  const auto placement = placement_of(record_, index_);
  CHECK(placement);
  return placement->sets().at(pair_.set).unchanged();
}

std::vector<const NodeReplacement::Survey*> NodeReplacement::holders_heard() const {
  std::vector<const Survey*> heard;
  for (std::size_t i = 0; i + 1 < surveys_.size(); ++i) {
    if (!surveys_[i].failed) heard.push_back(&surveys_[i]);
  }
  return heard;
}

std::string NodeReplacement::missing_answers(const std::vector<const Survey*>& holders) const {
  if (surveys_.back().failed) return "node \"" + pair_.newcomer + "\" does not answer";
  NodeSet heard;
  for (const Survey* each : holders) heard.add(each->node);
  return members_before().is_sure_read_quorum(heard) ? "" : "too few nodes answer";
}

void NodeReplacement::end_digests() {
  const auto holders = holders_heard();
  trouble_ = missing_answers(holders);
  if (!trouble_.empty()) return surveys_.clear();
  HoldersDigests digests;
  for (const Survey* each : holders) digests[each->node] = each->digests;
  coverage_.update(members_before(), digests, surveys_.back().digests);
  if (!coverage_.is_complete()) return surveys_.clear();
  if (phase_ == Phase::copying) {
    surveys_.clear();
    return propose(join(record_));
  }
  stage_ = Stage::epochs;
  for (Survey& each : surveys_) {
    each.done = each.failed;
    each.digests.clear();
  }
  for (std::size_t i = 0; i + 1 < surveys_.size(); ++i) {
    if (!surveys_[i].failed) ask(surveys_[i], GetStatus{});
  }
}

void NodeReplacement::end_epochs() {
  const auto holders = holders_heard();
  trouble_ = missing_answers(holders);
  if (!trouble_.empty()) return surveys_.clear();
  const Membership members = members_before();
  NodeSet unheard = members.all();
  for (const Survey* each : holders) unheard.remove(each->node);
  // Of a timeline: the newest that a write quorum may have been sealed by.
  const auto promised = [&](TimelineId id) {
    std::map<Epoch, NodeSet> sealed;
    NodeSet may_know = unheard;
    for (const Survey* each : holders) {
      const auto found = each->epochs.find(id);
      if (found == each->epochs.end()) continue;
      if (found->second == Epoch{}) may_know.add(each->node);
      else sealed[found->second].add(each->node);
    }
    for (const auto& [epoch, by] : sealed | std::views::reverse) {
      may_know = may_know | by;
      if (members.is_write_quorum(may_know)) return epoch;
    }
    return Epoch{};
  };
  stage_ = Stage::seals;
  seals_left_ = 0;
  for (const auto& [id, has] : surveys_.back().epochs) {
    const Epoch wanted = promised(id);
    if (has >= wanted) continue;
    ++seals_left_;
    ask(surveys_.back(), Seal{id, wanted});
  }
  if (seals_left_ > 0) return;
  surveys_.clear();
  propose(finish(record_));
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
