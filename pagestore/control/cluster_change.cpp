#include "pagestore/cluster_change.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pagestore/group_sets.h"
#include "wal/check.h"

namespace pagestore {
namespace {

template <typename Record>
auto* find(Record& record, const std::string& name) {
  const auto found = std::ranges::find(record.members, name, &ClusterMember::name);
  return found == record.members.end() ? nullptr : &*found;
}

ChangeRefused unknown(const std::string& name) {
  return {fmt::format("node \"{}\" does not exist", name), {}};
}

ClusterRecord next(const ClusterRecord& record) {
  ClusterRecord changed = record;
  ++changed.membership;
  return changed;
}

// --- with sets (handshake.h): a node leaves all it is in, one after the other ---

auto* changing_set(auto& record) {
  const auto found = std::ranges::find_if(record.sets, [](const GroupSet& set) { return !set.joins.empty(); });
  return found == record.sets.end() ? nullptr : &*found;
}

// The next set of a node that is to leave; null: there is none, or nobody for its place.
void begin_next_set(ClusterRecord& record) {
  for (const ClusterMember& leaver : record.members) {
    if (leaver.role != MemberRole::leaving) continue;
    for (GroupSet& set : record.sets) {
      if (std::ranges::count(set.nodes, leaver.name) == 0) continue;
      const ClusterMember* const newcomer = successor(record, set, leaver);
      if (newcomer == nullptr) continue;
      set.leaves = leaver.name;
      set.joins = newcomer->name;
      return;
    }
  }
}

ChangedRecord leave_sets(const ClusterRecord& record, const ClusterMember& old, const std::string& spare) {
  ClusterRecord changed = next(record);
  ClusterMember& leaver = *find(changed, old.name);
  leaver.role = MemberRole::leaving;
  if (!spare.empty()) {
    ClusterMember* const newcomer = find(changed, spare);
    if (newcomer == nullptr) return unknown(spare);
    if (newcomer->name == old.name || newcomer->zone != old.zone) {
      return ChangeRefused{fmt::format("node \"{}\" is in zone \"{}\", \"{}\" in zone \"{}\"", spare, newcomer->zone,
                                       old.name, old.zone),
                           "Copies are two in each of three zones."};
    }
    newcomer->replaces = old.name;
  }
  for (const GroupSet& set : changed.sets) {
    if (std::ranges::count(set.nodes, old.name) == 0 || successor(changed, set, leaver) != nullptr) continue;
    if (!spare.empty()) {
      return ChangeRefused{
          fmt::format("node \"{}\" cannot take all places of \"{}\": of some protection groups it has a copy itself, "
                      "or no node of zone \"{}\" would keep their pages", spare, old.name, old.zone),
          "Without naming one, several nodes share its places."};
    }
    return ChangeRefused{fmt::format("zone \"{}\" has no other node for some of the protection groups of \"{}\"",
                                     old.zone, old.name),
                         "Start one there and add it first; in each zone one of two copies keeps pages."};
  }
  begin_next_set(changed);
  return changed;
}

// Whether the replacement under way moves one place of a node that keeps others, for the shares to be equal.
bool is_spreading(const ClusterRecord& record) {
  const GroupSet* const set = changing_set(record);
  return set != nullptr && find(record, set->leaves)->role != MemberRole::leaving;
}

void begin_next_move(ClusterRecord& record) {
  const auto move = next_move(record);
  if (!move) return;
  record.sets[move->set].leaves = move->from;
  record.sets[move->set].joins = move->to;
}

std::string show(const ClusterRecord& record, const ReplacementPair& pair) {
  if (is_spreading(record)) {
    return fmt::format("protection groups of node \"{}\" are being moved to \"{}\"", pair.member, pair.newcomer);
  }
  return fmt::format("node \"{}\" is being replaced by \"{}\"", pair.member, pair.newcomer);
}

}  // namespace

ChangedRecord add_spare(const ClusterRecord& record, const std::string& name,
                        const std::string& zone, const std::string& address,
                        SegmentKind kind) {
  if (find(record, name) != nullptr) {
    return ChangeRefused{fmt::format("node \"{}\" already exists", name),
                         "Each node needs a name of its own: start it with --name NAME."};
  }
  if (record.members.size() >= kNodesMax) {
    return ChangeRefused{fmt::format("a cluster has at most {} nodes", kNodesMax), {}};
  }
  ClusterRecord changed = next(record);
  changed.members.push_back({name, zone, address, MemberRole::spare, {}, kind});
  if (!replacement_of(changed)) begin_next_set(changed);  // a node that is to leave may have waited for it
  return changed;
}

ChangedRecord replace_member(const ClusterRecord& record, const std::string& member,
                             const std::string& spare) {
  if (const auto pair = replacement_of(record)) {
    return ChangeRefused{show(record, *pair), "One node is replaced at a time: wait, or cancel it."};
  }
  const ClusterMember* const old = find(record, member);
  if (old == nullptr) return unknown(member);
  const bool waits = !record.sets.empty() && old->role == MemberRole::leaving;  // for somebody to take its place
  if (old->role != MemberRole::member && !waits) {
    return ChangeRefused{fmt::format("node \"{}\" holds no copies", member), {}};
  }
  if (!record.sets.empty()) return leave_sets(record, *old, spare);
  ClusterRecord changed = next(record);
  ClusterMember* newcomer = nullptr;
  if (spare.empty()) {
    for (ClusterMember& each : changed.members) {
      if (each.role != MemberRole::spare || each.zone != old->zone) continue;
      if (newcomer == nullptr || (newcomer->kind != old->kind && each.kind == old->kind)) newcomer = &each;
    }
    if (newcomer == nullptr) {
      return ChangeRefused{fmt::format("zone \"{}\" has no spare node", old->zone),
                           "Start one there and add it first."};
    }
  } else {
    newcomer = find(changed, spare);
    if (newcomer == nullptr) return unknown(spare);
    if (newcomer->role != MemberRole::spare) {
      return ChangeRefused{fmt::format("node \"{}\" is no spare: it holds copies", spare), {}};
    }
    if (newcomer->zone != old->zone) {
      return ChangeRefused{fmt::format("node \"{}\" is in zone \"{}\", \"{}\" in zone \"{}\"", spare,
                                       newcomer->zone, member, old->zone),
                           "Copies are two in each of three zones."};
    }
  }
  newcomer->replaces = member;
  if (const auto zone = zone_without_pages(finish(join(changed)).members)) {
    return ChangeRefused{fmt::format("with node \"{}\" in the place of \"{}\" no node of zone \"{}\" keeps pages",
                                     newcomer->name, member, *zone),
                         "A node that is started without --tail keeps them."};
  }
  return changed;
}

ChangedRecord cancel_replacement(const ClusterRecord& record, const std::string& member) {
  const auto pair = replacement_of(record);
  if (const ClusterMember* const waits = find(record, member);
      !pair && !record.sets.empty() && waits != nullptr && waits->role == MemberRole::leaving) {
    ClusterRecord changed = next(record);
    find(changed, member)->role = MemberRole::member;
    settle_roles(changed);
    return changed;
  }
  if (!pair || (pair->member != member && pair->newcomer != member)) {
    return find(record, member) == nullptr
               ? unknown(member)
               : ChangeRefused{fmt::format("node \"{}\" is not being replaced", member), {}};
  }
  ClusterRecord changed = next(record);
  find(changed, pair->member)->role = MemberRole::member;
  if (GroupSet* const set = changing_set(changed)) {
    set->leaves.clear();
    set->joins.clear();
    set->counts_both = false;
    settle_roles(changed);
    return changed;
  }
  ClusterMember& newcomer = *find(changed, pair->newcomer);
  newcomer.role = MemberRole::spare;
  newcomer.replaces.clear();
  return changed;
}

ChangedRecord spread_groups(const ClusterRecord& record) {
  if (const auto pair = replacement_of(record)) {
    if (is_spreading(record)) return ChangeRefused{"protection groups are being spread already", {}};
    return ChangeRefused{show(record, *pair), "One node is replaced at a time: wait, or cancel it."};
  }
  for (const ClusterMember& each : record.members) {
    if (each.role != MemberRole::leaving) continue;
    return ChangeRefused{fmt::format("node \"{}\" is to leave, and no other node of its zone can take its copies",
                                     each.name),
                         "Add one, or keep it."};
  }
  ClusterRecord changed = next(record);
  multiply_sets(changed, sets_wanted(record));
  begin_next_move(changed);
  if (!replacement_of(changed)) {
    return ChangeRefused{"the nodes of each zone have equal shares of the protection groups already",
                         "Nodes that are added can be given some."};
  }
  settle_roles(changed);
  return changed;
}

SpreadPlan spread_plan(const ClusterRecord& record) {
  SpreadPlan plan;
  plan.is_under_way = is_spreading(record);
  plan.sets = std::max<std::size_t>(1, record.sets.size());
  ClusterRecord rest = record;
  if (!plan.is_under_way) {
    const auto begun = spread_groups(record);
    if (std::holds_alternative<ChangeRefused>(begun)) return plan;
    rest = std::get<ClusterRecord>(begun);
    plan.sets = rest.sets.size();
  }
  for (auto pair = replacement_of(rest); pair; pair = replacement_of(rest)) {
    plan.moves.push_back({pair->set, pair->member, pair->newcomer});
    rest = finish(pair->is_joining ? rest : join(rest));
  }
  return plan;
}

HeldSets kept_by(const ClusterRecord& record, const std::string& node) {
  HeldSets kept = held_by(record, node);
  if (!is_spreading(record)) return kept;
  for (const GroupMove& move : spread_plan(record).moves) {
    if (move.to == node) kept.mask |= std::uint64_t{1} << move.set;
  }
  return kept;
}

ChangedRecord remove_spare(const ClusterRecord& record, const std::string& name) {
  const ClusterMember* const node = find(record, name);
  if (node == nullptr) return unknown(name);
  if (const auto pair = replacement_of(record); pair && pair->newcomer == name) {
    return ChangeRefused{show(record, *pair), "Cancel that first."};
  }
  if (node->role != MemberRole::spare) {
    return ChangeRefused{fmt::format("node \"{}\" holds copies", name), "Drain it first."};
  }
  ClusterRecord changed = next(record);
  std::erase_if(changed.members, [&](const ClusterMember& each) { return each.name == name; });
  return changed;
}

std::optional<ReplacementPair> replacement_of(const ClusterRecord& record) {
  if (const GroupSet* const set = changing_set(record)) {
    return ReplacementPair{set->leaves, set->joins, set->counts_both,
                           static_cast<std::size_t>(set - record.sets.data())};
  }
  if (!record.sets.empty()) return std::nullopt;
  ReplacementPair pair;
  for (const ClusterMember& each : record.members) {
    if (each.role == MemberRole::spare && !each.replaces.empty()) {
      pair.newcomer = each.name;
      pair.member = each.replaces;
    }
    if (each.role == MemberRole::joining) {
      pair.newcomer = each.name;
      pair.is_joining = true;
    }
    if (each.role == MemberRole::leaving) pair.member = each.name;
  }
  if (pair.newcomer.empty() || pair.member.empty()) return std::nullopt;
  return pair;
}

ClusterRecord join(const ClusterRecord& record) {
  const auto pair = replacement_of(record);
  CHECK(pair && !pair->is_joining);
  ClusterRecord changed = next(record);
  if (GroupSet* const set = changing_set(changed)) {
    set->counts_both = true;
    settle_roles(changed);
    return changed;
  }
  find(changed, pair->member)->role = MemberRole::leaving;
  ClusterMember& newcomer = *find(changed, pair->newcomer);
  newcomer.role = MemberRole::joining;
  newcomer.replaces.clear();
  return changed;
}

ClusterRecord finish(const ClusterRecord& record) {
  const auto pair = replacement_of(record);
  CHECK(pair && pair->is_joining);
  ClusterRecord changed = next(record);
  if (GroupSet* const set = changing_set(changed)) {
    std::ranges::replace(set->nodes, set->leaves, set->joins);
    set->leaves.clear();
    set->joins.clear();
    set->counts_both = false;
    settle_roles(changed);
    begin_next_set(changed);
    if (is_spreading(record) && !replacement_of(changed)) begin_next_move(changed);
    return changed;
  }
  find(changed, pair->member)->role = MemberRole::spare;
  find(changed, pair->newcomer)->role = MemberRole::member;
  return changed;
}

std::optional<std::string> zone_without_pages(const std::vector<ClusterMember>& members) {
  std::map<std::string, bool> has_pages;
  for (const ClusterMember& each : members) {
    if (each.role == MemberRole::member) has_pages[each.zone] |= each.kind == SegmentKind::full;
  }
  for (const auto& [zone, has] : has_pages) {
    if (!has) return zone;
  }
  return std::nullopt;
}

}  // namespace pagestore
