#include "pagestore/cluster_change.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

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

std::string show(const ReplacementPair& pair) {
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
  return changed;
}

ChangedRecord replace_member(const ClusterRecord& record, const std::string& member,
                             const std::string& spare) {
  if (const auto pair = replacement_of(record)) {
    return ChangeRefused{show(*pair), "One node is replaced at a time: wait, or cancel it."};
  }
  const ClusterMember* const old = find(record, member);
  if (old == nullptr) return unknown(member);
  if (old->role != MemberRole::member) {
    return ChangeRefused{fmt::format("node \"{}\" holds no copies", member), {}};
  }
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
  if (!pair || (pair->member != member && pair->newcomer != member)) {
    return find(record, member) == nullptr
               ? unknown(member)
               : ChangeRefused{fmt::format("node \"{}\" is not being replaced", member), {}};
  }
  ClusterRecord changed = next(record);
  find(changed, pair->member)->role = MemberRole::member;
  ClusterMember& newcomer = *find(changed, pair->newcomer);
  newcomer.role = MemberRole::spare;
  newcomer.replaces.clear();
  return changed;
}

ChangedRecord remove_spare(const ClusterRecord& record, const std::string& name) {
  const ClusterMember* const node = find(record, name);
  if (node == nullptr) return unknown(name);
  if (const auto pair = replacement_of(record); pair && pair->newcomer == name) {
    return ChangeRefused{show(*pair), "Cancel that first."};
  }
  if (node->role != MemberRole::spare) {
    return ChangeRefused{fmt::format("node \"{}\" holds copies", name), "Drain it first."};
  }
  ClusterRecord changed = next(record);
  std::erase_if(changed.members, [&](const ClusterMember& each) { return each.name == name; });
  return changed;
}

std::optional<ReplacementPair> replacement_of(const ClusterRecord& record) {
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

std::optional<Membership> membership_of(const ClusterRecord& record,
                                        const std::function<NodeIndex(const std::string&)>& index) {
  NodeSet before, after;
  for (const ClusterMember& each : record.members) {
    if (each.role == MemberRole::spare) continue;
    const NodeIndex node = index(each.name);
    if (each.role != MemberRole::joining) before.add(node);
    if (each.role != MemberRole::leaving) after.add(node);
  }
  if (before.size() != kCopies || after.size() != kCopies || (before - after).size() > 1) {
    return std::nullopt;
  }
  return Membership(before, after);
}

}  // namespace pagestore
