#include "sim_members.h"

#include <algorithm>

#include "wal/check.h"

namespace sim {

using pagestore::Adoption;
using pagestore::ClusterRecord;
using pagestore::MemberRole;
using pagestore::NodeIndex;
using pagestore::Placement;

SimMembers::SimMembers(World& world, SimNetwork& network, std::vector<std::unique_ptr<SimNode>>& nodes,
                       std::size_t founders, bool spreads, std::function<void(const Placement&)> changed)
    : world_(world), spreads_(spreads), network_(network), nodes_(nodes), changed_(std::move(changed)), records_(nodes.size()) {
  if (nodes.size() > founders) pace_ = world.one_in(3) ? 600'000 : 60'000;
  record_.id = {{1, 1}};
  record_.generation = 1;
  record_.founded = true;
  for (std::size_t node = 0; node < founders; ++node) {
    const std::string& name = nodes_[node]->name();
    record_.members.push_back({name, name.substr(0, 1), name, MemberRole::member, {}, nodes_[node]->kind()});
  }
  record_.sets = pagestore::spread(record_.members);
  placement_ = placement_for(record_);
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (node < founders) records_[node] = record_;
    tell(node, record_);
  }
}

// What of the record concerns the node itself. Its peers are all the others.
void SimMembers::tell(std::size_t node, const ClusterRecord& record) {
  const std::string& name = nodes_[node]->name();
  nodes_[node]->set_held(pagestore::held_by(record, name),
                         pagestore::mates_of(record, name, [&](const std::string& other) -> std::optional<std::size_t> {
                           const NodeIndex index = index_of(other);
                           return index < node ? index : index - 1;
                         }));
}

Placement SimMembers::placement_for(const ClusterRecord& record) const {
  const auto placement = pagestore::placement_of(record, [this](const std::string& name) { return index_of(name); });
  CHECK(placement);
  return *placement;
}

NodeIndex SimMembers::index_of(const std::string& name) const {
  const auto found = std::ranges::find_if(nodes_, [&](const auto& node) { return node->name() == name; });
  CHECK(found != nodes_.end());
  return static_cast<NodeIndex>(found - nodes_.begin());
}

void SimMembers::kill() {
  world_.trace("the writer's process dies");
  ++process_;
  ++attempt_;
  ++replacement_number_;
  serving_ = false;
  change_.reset();
  replacement_.reset();
  taken_over_ = nullptr;
}

void SimMembers::take_over(std::function<void()> done) {
  taken_over_ = std::move(done);
  surveyed_.clear();
  for (const auto& node : nodes_) surveyed_.push_back({node->name(), std::nullopt});
  for (std::size_t node = 0; node < nodes_.size(); ++node) survey(node, process_);
}

void SimMembers::survey(std::size_t node, std::uint64_t process) {
  auto found = std::make_shared<ClusterRecord>();
  network_.visit(
      kClient, node, [this, node, found] { *found = records_[node]; },
      [this, node, process, found](bool arrived) {
        if (process != process_ || serving_) return;
        if (arrived && !found->id.is_none()) {
          const std::string& name = nodes_[node]->name();
          surveyed_[node].welcome = pagestore::Welcome{pagestore::kProtocolVersion, name, name.substr(0, 1), *found,
                                                        nodes_[node]->kind()};
          if (!change_) decide();
        }
        if (!serving_) world_.after(world_.pick(5'000, 50'000), [this, node, process] {
          if (process == process_ && !serving_) survey(node, process);
        });
      });
}

void SimMembers::decide() {
  auto outcome = pagestore::decide_cluster(surveyed_, "sim", static_cast<std::uint32_t>(process_), {});
  CHECK(!std::holds_alternative<pagestore::Unsuitable>(outcome));
  auto* const decision = std::get_if<pagestore::Decision>(&outcome);
  if (decision == nullptr) return;
  record_ = decision->record;
  placement_ = placement_for(record_);
  change(record_, decision->seen, [this] {
    serving_ = true;
    world_.trace("a new process knows the members (epoch {})", record_.membership);
    last_.seen = pagestore::version_of(record_);
    resume();
    if (taken_over_) std::exchange(taken_over_, nullptr)();
  });
}

void SimMembers::change(ClusterRecord next, pagestore::RecordVersion seen, std::function<void()> then) {
  const Placement after = placement_for(next);
  change_ = Change{std::move(next), seen, placement_, after, {}, std::move(then)};
  last_ = *change_;
  ++attempt_;
  for (std::size_t node = 0; node < nodes_.size(); ++node) insist(node, attempt_);
}

// Until the node has adopted it, or something newer is to be adopted.
void SimMembers::insist(std::size_t node, std::uint64_t attempt) {
  const bool knows = std::ranges::count(last_.next.members, nodes_[node]->name(), &pagestore::ClusterMember::name) > 0;
  if (!knows) return;
  auto verdict = std::make_shared<Adoption>(Adoption::fenced);
  network_.visit(
      kClient, node,
      [this, node, next = last_.next, seen = last_.seen, verdict] {
        *verdict = pagestore::judge_adoption(records_[node], next, seen);
        if (*verdict != Adoption::store) return;
        records_[node] = next;
        tell(node, next);
      },
      [this, node, attempt, verdict](bool arrived) {
        if (attempt != attempt_) return;
        if (!arrived) {
          return world_.after(world_.pick(5'000, 50'000), [this, node, attempt] {
            if (attempt == attempt_) insist(node, attempt);
          });
        }
        if (*verdict == Adoption::outdated || *verdict == Adoption::fenced) {
          CHECK(!serving_);  // one process at a time: only what was found too late
          ++attempt_;
          change_.reset();
          return;
        }
        if (!change_) return;
        change_->adopted.add(node);
        if (!change_->before.is_write_quorum(change_->adopted) ||
            !change_->after.is_write_quorum(change_->adopted)) {
          return;
        }
        Change done = *std::exchange(change_, std::nullopt);
        record_ = done.next;
        placement_ = done.after;
        if (!(done.before == done.after)) {
          world_.trace("members of epoch {} count", record_.membership);
          changed_(done.before);
        }
        for (std::size_t each = 0; each < nodes_.size(); ++each) settle(each, attempt);
        done.then();
      });
}

// Until the node knows that what it has adopted holds, or something newer is to be adopted.
void SimMembers::settle(std::size_t node, std::uint64_t attempt) {
  if (std::ranges::count(last_.next.members, nodes_[node]->name(), &pagestore::ClusterMember::name) == 0) return;
  auto knows = std::make_shared<bool>(false);
  network_.visit(
      kClient, node,
      [this, node, next = last_.next, knows] {
        *knows = records_[node] == next;
        if (*knows) nodes_[node]->release(pagestore::kept_by(next, nodes_[node]->name()));
      },
      [this, node, attempt, knows](bool arrived) {
        if (attempt != attempt_ || (arrived && *knows)) return;
        world_.after(world_.pick(5'000, 50'000), [this, node, attempt] {
          if (attempt == attempt_) settle(node, attempt);
        });
      });
}

void SimMembers::meddle() {
  if (!serving_ || change_) return;
  pagestore::ChangedRecord changed;
  if (replacement_) {
    if (world_.one_in(2)) {
      changed = change_spares();
    } else if (world_.one_in(6)) {
      changed = pagestore::cancel_replacement(record_, replacement_->pair().member);
    } else {
      return;
    }
  } else if (spreads_ && world_.one_in(3)) {
    changed = pagestore::spread_groups(record_);
  } else {
    const std::size_t node = world_.pick(nodes_.size());
    const std::string& name = nodes_[node]->name();
    const auto member = std::ranges::find(record_.members, name, &pagestore::ClusterMember::name);
    if (member == record_.members.end()) {
      changed = pagestore::add_spare(record_, name, name.substr(0, 1), name, nodes_[node]->kind());
    } else if (member->role == MemberRole::member) {
      changed = pagestore::replace_member(record_, name, "");
    } else {
      return;
    }
  }
  auto* const next = std::get_if<ClusterRecord>(&changed);
  if (next == nullptr) return;
  change(*next, pagestore::version_of(*next), [this] { resume(); });
}

// Of a spare that is no part of the replacement it goes on without a break.
pagestore::ChangedRecord SimMembers::change_spares() {
  const std::size_t node = world_.pick(nodes_.size());
  const std::string& name = nodes_[node]->name();
  const bool is_known = std::ranges::count(record_.members, name, &pagestore::ClusterMember::name) > 0;
  if (!is_known) return pagestore::add_spare(record_, name, name.substr(0, 1), name, nodes_[node]->kind());
  return pagestore::remove_spare(record_, name);
}

void SimMembers::resume() {
  const auto pair = pagestore::replacement_of(record_);
  if (!pair) return replacement_.reset();
  if (replacement_ && replacement_->pair() == *pair) return replacement_->follow(record_);
  world_.trace("{} is to take the place of {} in set {}", pair->newcomer, pair->member, pair->set);
  replacement_.emplace(record_, [this](const std::string& name) { return index_of(name); });
  tick(++replacement_number_);
}

void SimMembers::tick(std::uint64_t number) {
  if (number != replacement_number_ || !replacement_) return;
  if (!change_) {
    replacement_->tick();
    drive();
  }
  world_.after(world_.pick(10'000, pace_), [this, number] { tick(number); });
}

void SimMembers::drive() {
  if (!replacement_) return;
  auto output = replacement_->take_output();
  for (auto& ask : output.asks) {
    network_.request(kClient, ask.node, std::move(ask.request),
                     [this, id = ask.id, number = replacement_number_](auto response) {
                       if (number != replacement_number_ || !replacement_) return;
                       replacement_->answered(id, response);
                       drive();
                     });
  }
  if (!output.adopt) return;
  // At times a step fails: the control store cannot be reached, or something else was being changed.
  if (change_ || world_.one_in(8)) return replacement_->not_adopted("busy");
  change(*output.adopt, pagestore::version_of(*output.adopt), [this] {
    if (!replacement_) return;
    replacement_->adopted(record_);
    if (replacement_->phase() == pagestore::NodeReplacement::Phase::done) {
      ++replaced_;
      replacement_.reset();
      resume();
    } else {
      drive();
    }
  });
}

}  // namespace sim
