// Taking over: phases, handshakes and what happens when a copy goes away.
#include "log_shipper.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "wal/check.h"

namespace wal {
namespace {

using pagestore::AncestorState;
using pagestore::Refusal;
using pagestore::RefusalReason;
using pagestore::SealAck;
using pagestore::Truncation;

// An epoch is a count and, below it, what makes it this writer's own: two writers that race from
// the same count never share one.
constexpr unsigned kNonceBits = 32;
constexpr unsigned kBackoffTicksMax = 64;
// Six copies may have seen six different takeovers, each newer than what we learnt before.
constexpr unsigned kRestartsMax = 16;
constexpr unsigned kRefreshTicksMin = 16;
constexpr unsigned kRefreshTicksMax = 2048;

Epoch make_epoch(std::uint64_t count, std::uint32_t nonce) {
  return Epoch{(count << kNonceBits) | nonce};
}

const char* describe(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::stale_epoch: return "stale epoch";
    case RefusalReason::unknown_timeline: return "unknown timeline";
    case RefusalReason::not_yet: return "not yet";
    case RefusalReason::below_horizon: return "below the horizon";
    case RefusalReason::corrupt: return "corrupt";
    case RefusalReason::disk_failed: return "disk failed";
    case RefusalReason::stopped: return "stopped";
    case RefusalReason::malformed: return "malformed";
    case RefusalReason::opened_anew: return "opened anew";
  }
  return "refused";
}

// The truncations that cut into what lies below the branch.
std::vector<Truncation> up_to_branch(const std::vector<Truncation>& list, Lsn through) {
  std::vector<Truncation> below;
  std::ranges::copy_if(list, std::back_inserter(below),
                       [&](const Truncation& truncation) { return truncation.after < through; });
  return below;
}

Lsn scl_in(const AncestorState& ancestor, GroupNo group) {
  for (const auto& end : ancestor.groups) {
    if (end.group == group) return end.scl;
  }
  return ancestor.branch_lsn;
}

}  // namespace

LogShipper::LogShipper(TimelineId timeline, std::uint32_t nonce, ShipperOptions options,
                       const Placement& placement)
    : timeline_(timeline),
      nonce_(nonce),
      options_(options),
      epoch_(make_epoch(1, nonce)),
      placement_(placement),
      links_(placement.all().limit()) {}

const RecoveryPlan& LogShipper::plan() const {
  CHECK(plan_);
  return *plan_;
}

void LogShipper::start() {
  started_ = true;
  seal_all();
}

std::vector<LogShipper::Send> LogShipper::take_sends() { return std::exchange(sends_, {}); }

void LogShipper::send(Call call, pagestore::Request request) {
  call.attempt = links_[call.copy].attempt;
  call.epoch = epoch_;
  sends_.push_back({call, std::move(request)});
}

void LogShipper::fail(boost::system::error_code error) {
  if (phase_ == Phase::failed) return;
  phase_ = Phase::failed;
  error_ = error;
  sends_.clear();
}

void LogShipper::set_placement(const Placement& placement) {
  const Placement before = std::exchange(placement_, placement);
  const NodeSet gone = before.all() - placement.all();
  const NodeSet new_ones = placement.all() - before.all();
  links_.resize(std::max(links_.size(), placement.all().limit()));
  for (auto& [no, group] : groups_) group.copies.resize(links_.size());
  if (!started_ || phase_ == Phase::failed) return;
  for (const CopyIndex copy : gone) link_lost(copy, "not a member any more");
  // One that was asked for some groups alone tells what it has of the others.
  NodeSet has_more;
  for (std::size_t i = 0; i < std::max(before.size(), placement.size()); ++i) {
    const GroupNo group{static_cast<std::uint32_t>(i)};
    has_more = has_more | ((placement.of(group).all() - before.of(group).all()) & before.all());
  }
  if (tracker_) tracker_->set_placement(placement);
  for (const CopyIndex copy : has_more) {
    if (links_[copy].state == LinkState::down) continue;
    link_lost(copy, "a member for more groups");
    seal(copy);
  }
  if (phase_ == Phase::sealing) {
    for (const CopyIndex copy : new_ones) {
      ++links_[copy].attempt;
      seal(copy);
    }
    try_plan();
  } else if (phase_ == Phase::replicating) {
    try_serve();
  }
}

// --- handshake ---------------------------------------------------------------------------------

void LogShipper::seal(CopyIndex copy) {
  Link& link = links_[copy];
  if (link.state != LinkState::streaming) link.state = LinkState::sealing;
  send({.copy = copy, .kind = CallKind::seal, .lsn = {}}, pagestore::Seal{timeline_, epoch_});
}

void LogShipper::seal_all() {
  for (const CopyIndex copy : placement_.all()) {
    Link& link = links_[copy];
    ++link.attempt;
    link.ack.reset();
    link.unknown = link.truncate_sent = false;
    seal(copy);
  }
}

void LogShipper::raise_epoch(Epoch seen) {
  if (seen < epoch_) return;  // an answer to an earlier, lower attempt
  epoch_ = make_epoch((raw(seen) >> kNonceBits) + 1, nonce_);
  seal_all();
}

void LogShipper::answered(const Call& call, pagestore::Response response) {
  if (phase_ == Phase::failed) return;
  if (const auto* refusal = std::get_if<Refusal>(&response)) {
    on_refusal(call, *refusal);
    return;
  }
  if (call.kind == CallKind::fetch) {
    const auto* parts = std::get_if<pagestore::LogParts>(&response);
    if (parts != nullptr && plan_ && call.epoch == epoch_) on_log_parts(call, *parts);
    return;
  }
  if (call.attempt != links_[call.copy].attempt) return;
  switch (call.kind) {
    case CallKind::seal:
      if (auto* ack = std::get_if<SealAck>(&response)) on_seal_ack(call.copy, std::move(*ack));
      break;
    case CallKind::create:
      if (std::holds_alternative<pagestore::Done>(response)) seal(call.copy);
      break;
    case CallKind::append:
      if (const auto* ack = std::get_if<pagestore::AppendAck>(&response)) {
        on_append_ack(call, *ack);
      }
      break;
    case CallKind::truncate:  // the seal sent behind it brings the proof
    case CallKind::horizon:
    case CallKind::fetch:
      break;
  }
}

void LogShipper::on_seal_ack(CopyIndex copy, SealAck ack) {
  if (ack.epoch != epoch_ || ack.timeline != timeline_) return;
  Link& link = links_[copy];
  if (link.state == LinkState::streaming && ack.run != link.run) {
    return opened_anew(copy, link.run);
  }
  // What it had when it served it may have lost since.
  if (ack.run != link.run) link.served = false;
  link.run = ack.run;
  link.kind = ack.kind;
  if (link.state == LinkState::streaming) {  // a refresh: of its ancestors, or what peers gave it
    adopt_scls(copy, ack);
    link.ancestors = std::move(ack.ancestors);
    judge_ancestors();
    return;
  }
  link.unknown = !ack.known;
  if (ack.known) link.ancestors = ack.ancestors;
  link.ack = std::move(ack);
  if (phase_ != Phase::sealing) return continue_handshake(copy);
  if (link.unknown) {  // it may hear of the timeline from its peers: it is asked again
    link.idle_ticks = link.backoff;
    link.backoff = std::min(link.backoff * 2, kBackoffTicksMax);
  }
  try_plan();
}

void LogShipper::opened_anew(CopyIndex copy, std::uint64_t run) {
  Link& link = links_[copy];
  if (phase_ == Phase::failed || link.run != run || link.state == LinkState::down) return;
  link_lost(copy, "opened anew");
}

void LogShipper::on_refusal(const Call& call, const Refusal& refusal) {
  Link& link = links_[call.copy];
  if (refusal.reason == RefusalReason::stale_epoch && refusal.epoch >= epoch_) {
    // One new attempt for the answers to one attempt, however many copies refuse it.
    if (phase_ == Phase::serving || call.attempt == link.attempt) {
      overtaken(call.copy, refusal.epoch);
    }
    return;
  }
  if (call.kind == CallKind::fetch) {
    for (auto& [no, group] : groups_) {
      if (no != call.group) continue;
      CopyOfGroup& segment = group.copies[call.target];
      segment.fetching = false;
      if (refusal.reason != RefusalReason::below_horizon ||
          links_[call.target].state != LinkState::streaming) {
        continue;
      }
      // It gets pages from its peers. How far has it come?
      segment.log_gone = true;
      seal(call.target);
    }
    retry_later(call.target);  // from another peer
    if (refusal.reason != RefusalReason::stopped) return;
  }
  if (call.attempt != link.attempt || link.state == LinkState::down) return;
  if (call.kind == CallKind::horizon && refusal.reason != RefusalReason::stopped) return;
  link.disk_failed = refusal.reason == RefusalReason::disk_failed;
  link.unknown = refusal.reason == RefusalReason::unknown_timeline;
  link_lost(call.copy, refusal.detail.empty() ? describe(refusal.reason) : refusal.detail);
  if (phase_ == Phase::sealing) try_plan();
  // A copy whose disk failed acknowledges nothing until it is repaired; a dropped timeline never
  // comes back. In both cases waiting helps nobody.
  const NodeSet failed = having(&Link::disk_failed);
  if (any_needed_set([&](const Membership& set) { return set.blocks_each(failed); })) fail(VolumeErrc::quorum_lost);
  if (placement_.blocks_each(having(&Link::unknown))) fail(VolumeErrc::unknown_timeline);
}

NodeSet LogShipper::having(bool Link::* flag) const {
  NodeSet copies;
  for (const CopyIndex copy : placement_.all()) {
    if (links_[copy].*flag) copies.add(copy);
  }
  return copies;
}

// A copy has a newer epoch than ours. Somebody is taking over, or began to and died: only a quorum
// tells, so a serving writer goes on as long as it has one.
void LogShipper::overtaken(CopyIndex copy, Epoch by) {
  if (phase_ != Phase::serving) {
    // Nothing was promised yet, so we may begin again, above it. Not for ever: the other may be
    // alive and doing the same.
    if (++restarts_ > kRestartsMax) return fail(VolumeErrc::fenced);
  }
  if (phase_ == Phase::sealing) return raise_epoch(by);
  if (phase_ == Phase::replicating) {
    phase_ = Phase::sealing;
    plan_.reset();
    tracker_.reset();
    groups_.clear();
    retained_bytes_ = 0;
    for (const CopyIndex each : placement_.all()) link_lost(each, "taken over");
    return raise_epoch(by);
  }
  links_[copy].overtaken = true;
  if (links_[copy].state != LinkState::down) link_lost(copy, "sealed by another writer");
  if (placement_.blocks_writes(having(&Link::overtaken))) fail(VolumeErrc::fenced);
}

void LogShipper::try_plan() {
  // Creation reaches a write quorum, and of a timeline that exists one knows but for nodes that have just come.
  if (placement_.blocks_each(having(&Link::unknown))) return fail(VolumeErrc::unknown_timeline);
  const NodeSet copies = answering();
  if (!placement_.is_write_quorum(copies)) return;
  if (!placement_.is_sure_read_quorum(copies) && ticks_sealing_ < options_.sure_ticks) return;

  std::vector<SealAck> acks;
  for (const CopyIndex copy : placement_.all()) {
    const Link& link = links_[copy];
    if (!link.ack || !link.ack->known) continue;
    // What is left of groups that it does not hold any more nobody keeps up.
    acks.push_back(*link.ack);
    std::erase_if(acks.back().segments, [&](const pagestore::SegmentState& segment) {
      return !placement_.of(segment.group.group).contains(copy);
    });
  }
  auto plan = plan_recovery(acks, epoch_);
  if (!plan) return fail(plan.error());
  plan_ = std::move(*plan);
  tracker_.emplace(plan_->vdl, placement_);
  chain_end_ = plan_->vdl;
  phase_ = Phase::replicating;
  for (const auto& [no, tail] : plan_->tails) {
    make_group(no, tail);
  }
  for (const CopyIndex copy : placement_.all()) {
    if (phase_ != Phase::failed && links_[copy].ack) continue_handshake(copy);
  }
}

void LogShipper::continue_handshake(CopyIndex copy) {
  Link& link = links_[copy];
  const SealAck& ack = *link.ack;
  if (!ack.known) {
    link.state = LinkState::creating;
    send({.copy = copy, .kind = CallKind::create, .lsn = {}},
         pagestore::CreateTimeline{timeline_, plan_->parent, plan_->branch_lsn,
                                   plan_->pages_per_group});
    return;
  }
  if (ack.truncations == plan_->truncations) return start_streaming(copy);
  if (plan_->fresh || link.truncate_sent) {
    return link_lost(copy, "does not take over the list of truncations");
  }
  link.state = LinkState::truncating;
  link.truncate_sent = true;
  const Truncation& newest = plan_->truncations.back();
  send({.copy = copy, .kind = CallKind::truncate, .lsn = {}},
       pagestore::Truncate{timeline_, epoch_, newest.after, newest.to, plan_->truncations});
  // The same epoch again: how far its segments reach now, in the same round trip.
  send({.copy = copy, .kind = CallKind::seal, .lsn = {}}, pagestore::Seal{timeline_, epoch_});
}

void LogShipper::start_streaming(CopyIndex copy) {
  Link& link = links_[copy];
  const SealAck& ack = *link.ack;
  std::map<GroupNo, Lsn> scl;
  for (const auto& segment : ack.segments) scl[segment.group.group] = segment.scl;
  for (const auto& [no, end] : scl) {
    const auto group = groups_.find(no);
    const Lsn tail = group == groups_.end() ? plan_->branch_lsn : group->second.tail;
    if (end > tail && placement_.of(no).contains(copy)) return link_lost(copy, "holds log that no writer acknowledged");
  }
  link.state = LinkState::streaming;
  link.served = true;
  link.backoff = 1;
  link.away_ticks = 0;
  link.idle_ticks = link.refresh_after = kRefreshTicksMin;
  link.disk_failed = link.overtaken = false;
  link.trouble.clear();
  for (auto& [no, group] : groups_) {
    if (!placement_.of(no).contains(copy)) continue;
    const auto found = scl.find(no);
    const Lsn end = found == scl.end() ? plan_->branch_lsn : found->second;
    group.copies[copy] = {.sent = end};
    tracker_->reported(copy, no, end);
  }
  judge_ancestors();
  if (horizon_ > kNoLsn) {
    send({.copy = copy, .kind = CallKind::horizon, .lsn = {}},
         pagestore::GrantHorizon{timeline_, epoch_, horizon_, pins_});
  }
  pump(copy);
  try_serve();
}

void LogShipper::link_lost(CopyIndex copy, std::string why) {
  Link& link = links_[copy];
  ++link.attempt;
  link.state = LinkState::down;
  link.ack.reset();
  link.idle_ticks = link.backoff;
  link.backoff = std::min(link.backoff * 2, kBackoffTicksMax);
  link.window_used = 0;
  link.window_blocked = link.truncate_sent = false;
  link.ancestors_readable = link.ancestors_readable && link.disk_failed && link.served;
  link.retry_ticks = 0;
  link.trouble = std::move(why);
  for (auto& [no, group] : groups_) {
    group.copies[copy].outstanding = 0;
    group.copies[copy].fetching = false;
  }
}

// All that lies below a branch is durable in the ancestor. The answers of a takeover include a copy that has
// it (of four with two full ones also when one lost its files since): the highest SCL of those with the true truncations
// covers it, and who reaches that is whole. What a copy that went away once said still counts: with
// fewer answers the bar would sink below what is durable.
void LogShipper::judge_ancestors() {
  struct Said {
    TimelineId timeline;
    CopyIndex copy;
    const AncestorState* state;
  };
  std::vector<Said> said;  // thousands, of a deep ancestry
  NodeSet answers;
  for (CopyIndex copy = 0; copy < links_.size(); ++copy) {
    Link& link = links_[copy];
    link.ancestors_readable =
        link.state == LinkState::streaming || (link.disk_failed && link.served);
    link.ancestors_lack.clear();
    if (!link.ancestors) continue;
    answers.add(copy);
    for (const AncestorState& ancestor : *link.ancestors) said.push_back({ancestor.timeline, copy, &ancestor});
  }
  CHECK(answers.size() >= kReadQuorum);
  std::ranges::stable_sort(said, {}, &Said::timeline);
  std::vector<const AncestorState*> by_copy(links_.size());
  for (auto at = said.begin(); at != said.end();) {
    const auto end = std::find_if(at, said.end(), [&](const Said& each) { return each.timeline != at->timeline; });
    const std::span<const Said> states(at, end);
    at = end;
    std::ranges::fill(by_copy, nullptr);
    std::vector<const std::vector<Truncation>*> lists;
    for (const Said& each : states) {
      by_copy[each.copy] = each.state;
      lists.push_back(&each.state->truncations);
    }
    const Lsn through = states.front().state->through;
    const auto truncations = up_to_branch(true_truncations(lists), through);
    std::map<GroupNo, Lsn> required;
    for (const Said& each : states) {
      if (up_to_branch(each.state->truncations, through) != truncations) continue;
      for (const auto& reached : each.state->groups) {
        required[reached.group] = std::max(required[reached.group], reached.scl);
      }
    }
    for (CopyIndex copy = 0; copy < links_.size(); ++copy) {
      Link& link = links_[copy];
      if (!link.ancestors_readable) continue;
      const AncestorState* state = by_copy[copy];
      if (state == nullptr || up_to_branch(state->truncations, through) != truncations) {
        link.ancestors_readable = false;
        continue;
      }
      for (const auto& [group, scl] : required) {
        if (!placement_.of(group).contains(copy)) continue;  // what it has of it serves nobody
        if (scl_in(*state, group) < scl) link.ancestors_lack.insert(group);
      }
    }
  }
}

void LogShipper::try_serve() {
  if (phase_ != Phase::replicating || !placement_.is_write_quorum(answering())) return;
  for (const auto& [no, tail] : plan_->tails) {
    if (tracker_->pgcl(no) < tail) return;
  }
  phase_ = Phase::serving;
}

bool LogShipper::any_needed_set(const std::function<bool(const Membership&)>& is_so) const {
  if (phase_ != Phase::serving) return std::ranges::any_of(placement_.sets(), is_so);
  constexpr GroupNo kFirst{0};  // every commit is written there
  return is_so(placement_.of(kFirst)) ||
         std::ranges::any_of(groups_, [&](const auto& group) { return is_so(placement_.of(group.first)); });
}

NodeSet LogShipper::answering() const {
  NodeSet copies;
  for (const CopyIndex copy : placement_.all()) {
    const Link& link = links_[copy];
    const bool answers = phase_ == Phase::sealing ? link.ack && link.ack->known
                                                  : link.state == LinkState::streaming;
    if (answers) copies.add(copy);
  }
  return copies;
}

// --- time --------------------------------------------------------------------------------------

std::optional<unsigned> LogShipper::ticks_until_due() const {
  std::optional<unsigned> due;
  if (phase_ == Phase::failed) return due;
  for (const CopyIndex copy : placement_.all()) {
    const Link& link = links_[copy];
    if (link.state != LinkState::streaming) return 1;
    const auto want = [&](unsigned ticks) { due = std::min(due.value_or(ticks), ticks); };
    if (link.retry_ticks > 0) want(link.retry_ticks);
    if (!link.ancestors_readable || !link.ancestors_lack.empty()) want(link.idle_ticks);
  }
  return due;
}

void LogShipper::tick(unsigned elapsed) {
  if (phase_ == Phase::failed) return;
  const NodeSet copies = answering();
  if (!any_needed_set([&](const Membership& set) { return !set.is_write_quorum(copies); })) {
    ticks_without_quorum_ = 0;
  } else {
    ticks_without_quorum_ += elapsed;
    if (ticks_without_quorum_ >= options_.quorum_ticks) return fail(VolumeErrc::quorum_lost);
  }
  if (phase_ == Phase::sealing && (ticks_sealing_ += elapsed) >= options_.sure_ticks) {
    try_plan();
    if (phase_ == Phase::failed) return;
  }
  for (const CopyIndex copy : placement_.all()) {
    Link& link = links_[copy];
    const bool whole = link.ancestors_readable && link.ancestors_lack.empty();
    if (link.state != LinkState::streaming && link.away_ticks < options_.away_ticks) {
      link.away_ticks += elapsed;
    }
    const bool unknown = phase_ == Phase::sealing && link.unknown && link.ack;
    if (link.state == LinkState::down || unknown ||
        (link.state == LinkState::streaming && !whole)) {
      link.idle_ticks -= std::min(link.idle_ticks, elapsed);
      if (link.idle_ticks == 0) {
        // For a streaming copy this asks for news of the ancestors; somebody else repairs them.
        link.idle_ticks = unknown ? kBackoffTicksMax : link.refresh_after;
        link.refresh_after = std::min(link.refresh_after * 2, kRefreshTicksMax);
        seal(copy);
      }
    }
    if (link.state == LinkState::streaming && link.retry_ticks > 0) {
      link.retry_ticks -= std::min(link.retry_ticks, elapsed);
      if (link.retry_ticks == 0) pump(copy);
    }
  }
}

std::string LogShipper::link_state(CopyIndex copy) const {
  const Link& link = links_[copy];
  switch (link.state) {
    case LinkState::down: return "down: " + link.trouble;
    case LinkState::sealing: return "sealing";
    case LinkState::creating: return "creating";
    case LinkState::truncating: return "truncating";
    case LinkState::streaming: break;
  }
  const bool behind = std::ranges::any_of(
      groups_, [&](const auto& group) {
        return placement_.of(group.first).contains(copy) && group.second.copies[copy].sent < group.second.tail;
      });
  return behind ? "catching up" : "streaming";
}

}  // namespace wal
