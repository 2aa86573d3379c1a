#include "node_functions.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "moments.h"
#include "pagestore/cluster_control.h"
#include "pagestore/membership.h"
#include "session_state.h"
#include "session_statements.h"
#include "types/sql_error.h"

namespace session {
namespace {

using pagestore::ClusterControl;
using types::SqlError;
using NodeArguments = std::vector<std::optional<std::string>>;

ClusterControl& control(SessionState& session) {
  ClusterControl* const found = session.cluster.storage().control();
  if (found == nullptr) {
    throw SqlError("0A000", "page-store nodes that run within the server cannot be changed")
        .with_hint("Nodes of their own (sextant pagestore, sextant writer) can be added and replaced.");
  }
  return *found;
}

std::string text(const NodeArguments& arguments, std::size_t i) {
  return i < arguments.size() && arguments[i] ? *arguments[i] : std::string();
}

using Begin = void (*)(ClusterControl&, const NodeArguments&, ClusterControl::Done);

void add(ClusterControl& nodes, const NodeArguments& a, ClusterControl::Done done) {
  nodes.add_node(text(a, 0), std::move(done));
}
void drain(ClusterControl& nodes, const NodeArguments& a, ClusterControl::Done done) {
  nodes.drain_node(text(a, 0), text(a, 1), std::move(done));
}
void keep(ClusterControl& nodes, const NodeArguments& a, ClusterControl::Done done) {
  nodes.keep_node(text(a, 0), std::move(done));
}
void remove(ClusterControl& nodes, const NodeArguments& a, ClusterControl::Done done) {
  nodes.remove_node(text(a, 0), std::move(done));
}
void spread(ClusterControl& nodes, const NodeArguments&, ClusterControl::Done done) {
  nodes.spread_nodes(std::move(done));
}

struct NodeFunction {
  std::string_view name;
  Begin begin;
};
constexpr std::array kNodeFunctions{NodeFunction{"sextant_add_node", &add}, NodeFunction{"sextant_drain_node", &drain},
                                NodeFunction{"sextant_keep_node", &keep},
                                NodeFunction{"sextant_remove_node", &remove},
                                NodeFunction{"sextant_spread_nodes", &spread}};

// That groups are being moved to or from it, and why that does not go on, if it does not; empty: they are not.
std::string spreading(const pagestore::ClusterView& view, const pagestore::ClusterNode& node) {
  std::size_t gives = 0, takes = 0;
  for (const auto& move : view.moves) {
    gives += move.from == node.name;
    takes += move.to == node.name;
  }
  std::vector<std::string> parts;
  const pagestore::PlannedMove& now = view.moves.front();
  if (now.from == node.name) parts.push_back(fmt::format("gives protection groups of set {} to \"{}\"", now.set, now.to));
  if (now.to == node.name) parts.push_back(fmt::format("takes protection groups of set {} from \"{}\"", now.set, now.from));
  if (parts.empty() && gives > 0) parts.push_back(fmt::format("is to give protection groups of {} sets away", gives));
  if (parts.empty() && takes > 0) parts.push_back(fmt::format("is to take protection groups of {} sets", takes));
  if (parts.empty()) return {};
  const bool has_part = now.from == node.name || now.to == node.name;
  if (has_part && view.replacement && !view.replacement->trouble.empty()) parts.push_back("waits: " + view.replacement->trouble);
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Why its replacement, or its leaving, does not go on; empty: it does, or there is none.
std::string replacement_trouble(const pagestore::ClusterView& view, const pagestore::ClusterNode& node) {
  if (view.is_spreading && !view.moves.empty()) return spreading(view, node);
  const auto& replacement = view.replacement;
  if (!replacement) {
    if (node.role != "leaving") return {};
    return "is to leave, and no other node of its zone can take its copies";
  }
  if (replacement->trouble.empty()) return {};
  if (node.name == replacement->member) {
    return fmt::format("its replacement by \"{}\" waits: {}", replacement->newcomer, replacement->trouble);
  }
  if (node.name != replacement->newcomer) return {};
  return fmt::format("waits to take the place of \"{}\": {}", replacement->member, replacement->trouble);
}

// What a node is about, beside serving.
std::optional<std::string> describe(const pagestore::RepairStatus& repair, const pagestore::KeptLog& kept,
                                    const std::string& trouble) {
  std::vector<std::string> parts;
  if (!trouble.empty()) parts.push_back(trouble);
  if (kept.is_given_up) parts.push_back("lacks log that is not kept any longer and copies pages instead");
  if (kept.is_overdue) parts.push_back("is waited for too long: too few other nodes with pages are here");
  if (repair.segments_behind > 0) parts.push_back(fmt::format("{} segments behind", repair.segments_behind));
  if (repair.segments_copying > 0) parts.push_back(fmt::format("{} being copied", repair.segments_copying));
  if (repair.log_bytes_fetched > 0) parts.push_back(fmt::format("{} bytes of log fetched", repair.log_bytes_fetched));
  if (repair.pages_copied > 0) parts.push_back(fmt::format("{} pages copied", repair.pages_copied));
  if (repair.pages_repaired > 0) parts.push_back(fmt::format("{} pages repaired", repair.pages_repaired));
  if (repair.scrub_rounds > 0) parts.push_back(fmt::format("scrubbed {} times", repair.scrub_rounds));
  if (repair.scrub_damage > 0) parts.push_back(fmt::format("{} pages found damaged", repair.scrub_damage));
  if (parts.empty()) return std::nullopt;
  return fmt::format("{}", fmt::join(parts, ", "));
}

// "full" or "tail"; nullopt: nobody can tell.
std::optional<std::string> segments_of(const pagestore::NodeStatus& node, const pagestore::ClusterNode* known) {
  if (known == nullptr && node.state != "ok") return std::nullopt;
  const auto kind = known == nullptr ? node.kind : known->kind;
  return kind == pagestore::SegmentKind::tail ? "tail" : "full";
}

bool keeps_log_alone(const pagestore::MemberDigests& member) {
  return std::ranges::any_of(member.timelines, [](const auto& digest) {
    return digest.kind == pagestore::SegmentKind::tail;
  });
}

// How much log of timelines that exist a node lacks of what some node has.
std::map<std::string, std::uint64_t> lags(const std::vector<pagestore::NodeStatus>& nodes) {
  std::map<wal::TimelineId, wal::Lsn> ends;
  for (const auto& node : nodes) {
    for (const auto& timeline : node.timelines) {
      if (!timeline.dropped) ends[timeline.timeline] = std::max(ends[timeline.timeline], timeline.scl);
    }
  }
  std::map<std::string, std::uint64_t> lags;
  for (const auto& node : nodes) {
    std::map<wal::TimelineId, const pagestore::TimelineStatus*> has;
    for (const auto& timeline : node.timelines) has[timeline.timeline] = &timeline;
    for (const auto& [id, end] : ends) {
      const auto found = has.find(id);
      if (found == has.end()) continue;  // it has not heard of it: how much of it there is nobody says
      if (!found->second->dropped && found->second->scl < end) {
        lags[node.name] += distance(found->second->scl, end);
      }
    }
  }
  return lags;
}

// The same where a node holds some groups only: of each timeline the group that lacks most of it.
std::map<std::string, std::uint64_t> lags(const std::vector<pagestore::MemberDigests>& members) {
  std::map<pagestore::GroupId, wal::Lsn> ends;
  for (const auto& member : members) {
    for (const auto& digest : member.timelines) {
      for (const auto& segment : digest.segments) {
        wal::Lsn& end = ends[{digest.timeline, segment.group}];
        end = std::max(end, segment.scl);
      }
    }
  }
  std::map<std::string, std::uint64_t> lags;
  for (const auto& member : members) {
    std::map<pagestore::GroupId, wal::Lsn> has;
    std::map<wal::TimelineId, wal::Lsn> begins;
    for (const auto& digest : member.timelines) {
      if (!digest.dropped) begins[digest.timeline] = digest.branch_lsn;
      for (const auto& segment : digest.segments) has[{digest.timeline, segment.group}] = segment.scl;
    }
    std::map<wal::TimelineId, std::uint64_t> behind;
    for (const auto& [group, end] : ends) {
      const auto begin = begins.find(group.timeline);
      if (begin == begins.end() || !(member.is_before(group.group) || member.is_after(group.group))) continue;
      const auto found = has.find(group);
      const wal::Lsn scl = found == has.end() ? begin->second : found->second;
      if (scl < end) behind[group.timeline] = std::max(behind[group.timeline], distance(scl, end));
    }
    for (const auto& [timeline, bytes] : behind) lags[member.name] += bytes;
  }
  return lags;
}

}  // namespace

bool call_node_function(SessionState& session, std::string_view function,
                        const std::vector<std::optional<std::string>>& arguments,
                        std::optional<std::string>& answer) {
  const auto found = std::ranges::find(kNodeFunctions, function, &NodeFunction::name);
  if (found == kNodeFunctions.end()) return false;
  const std::string name = fmt::format("sextant.{}()", function.substr(function.find('_') + 1));
  require_writable(session, name);
  if (const auto role = session.cluster.find_role(session.catalog->user_name()); !role || !role->superuser) {
    throw SqlError("42501", fmt::format("permission denied for function {}",
                                        function.substr(function.find('_') + 1)));
  }
  ClusterControl& nodes = control(session);
  const auto refused = session.cluster.storage().wait_for_nodes(
      [&](ClusterControl::Done done) { found->begin(nodes, arguments, std::move(done)); });
  if (refused) {
    if (refused->hint.empty()) throw SqlError("55000", refused->why);
    throw SqlError("55000", refused->why).with_hint(refused->hint);
  }
  answer = "t";
  return true;
}

StatusRows node_rows(SessionState& session) {
  StatusRows rows;
  const auto statuses = session.cluster.storage().nodes();
  const auto kept_log = session.cluster.storage().kept_log();
  ClusterControl* const control = session.cluster.storage().control();
  const auto view = control == nullptr ? pagestore::ClusterView() : control->view();
  const auto lag = view.sets > 1 ? lags(session.cluster.storage().digests()) : lags(statuses);
  for (const auto& node : statuses) {
    const auto known = std::ranges::find(view.nodes, node.name, &pagestore::ClusterNode::name);
    const auto lagging = lag.find(node.name);
    const auto found = kept_log.find(node.name);
    const pagestore::KeptLog kept = found == kept_log.end() ? pagestore::KeptLog{} : found->second;
    rows.push_back({node.name, node.zone, node.state, fmt::format("{}", node.log_bytes),
                    fmt::format("{}", node.disk_bytes),
                    known == view.nodes.end() ? "member" : known->role,
                    segments_of(node, known == view.nodes.end() ? nullptr : &*known),
                    node.state == "ok"
                        ? std::optional(fmt::format("{}", lagging == lag.end() ? 0 : lagging->second))
                        : std::nullopt,
                    fmt::format("{}", std::max<std::uint64_t>(1, view.membership_epoch)),
                    describe(node.repair, kept,
                             known == view.nodes.end() ? std::string() : replacement_trouble(view, *known)),
                    fmt::format("{}", kept.bytes)});
  }
  return rows;
}

StatusRows log_space_rows(SessionState& session) {
  StatusRows rows;
  for (const auto& node : session.cluster.storage().nodes()) {
    if (node.state != "ok") continue;
    const pagestore::LogSpace& space = node.space;
    const std::uint64_t written = space.needed + space.dead + space.leaving + space.fresh;
    auto& row = rows.emplace_back();
    row.push_back(node.name);
    for (const std::uint64_t bytes : {node.disk_bytes, space.needed, space.dead, space.leaving, space.fresh,
                                      node.disk_bytes - std::min(node.disk_bytes, written)}) {
      row.push_back(fmt::format("{}", bytes));
    }
  }
  return rows;
}

StatusRows protection_group_rows(SessionState& session) {
  struct Group {
    std::map<std::size_t, wal::Lsn> scl;  // by place among the members
  };
  StatusRows rows;
  const auto members = session.cluster.storage().digests();
  for (const auto& volume : session.cluster.volumes()) {
    std::map<wal::GroupNo, Group> groups;
    std::uint64_t pages_per_group = 0;
    for (std::size_t place = 0; place < members.size(); ++place) {
      for (const auto& digest : members[place].timelines) {
        if (digest.timeline != volume.timeline) continue;
        pages_per_group = std::max(pages_per_group, digest.pages_per_group);
        for (const auto& segment : digest.segments) groups[segment.group].scl[place] = segment.scl;
      }
    }
    for (const auto& [number, group] : groups) {
      std::vector<std::string> names, behind;
      std::vector<wal::Lsn> before, after;
      wal::Lsn end = wal::kNoLsn;
      for (const auto& [place, scl] : group.scl) end = std::max(end, scl);
      for (std::size_t place = 0; place < members.size(); ++place) {
        const auto& member = members[place];
        const bool is_before = member.is_before(number), is_after = member.is_after(number);
        if (!is_before && !is_after) continue;  // other groups are on it
        const auto found = group.scl.find(place);
        const wal::Lsn scl = found == group.scl.end() ? wal::kNoLsn : found->second;
        if (is_before) before.push_back(scl);
        if (is_after) after.push_back(scl);
        const std::string name = keeps_log_alone(member) ? member.name + " (tail)" : member.name;
        names.push_back(is_before && is_after ? name
                        : is_before           ? name + " (leaving)"
                                                      : name + " (joining)");
        if (!member.answered) {
          behind.push_back(member.name + ": no answer");
        } else if (scl == wal::kNoLsn) {
          behind.push_back(member.name + ": has nothing");
        } else if (scl < end) {
          behind.push_back(fmt::format("{}: {} bytes", member.name, distance(scl, end)));
        }
      }
      std::ranges::sort(before, std::greater<>());
      std::ranges::sort(after, std::greater<>());
      const wal::Lsn pgcl = std::min(before.at(pagestore::kWriteQuorum - 1), after.at(pagestore::kWriteQuorum - 1));
      rows.push_back({volume.name, fmt::format("{}", wal::raw(volume.timeline)),
                      fmt::format("{}", wal::raw(number)),
                      fmt::format("{}", wal::raw(number) * pages_per_group), fmt::format("{}", pages_per_group),
                      fmt::format("{}", fmt::join(names, ", ")),
                      pgcl == wal::kNoLsn ? std::nullopt : std::optional(show_lsn(pgcl)),
                      behind.empty() ? std::nullopt : std::optional(fmt::format("{}", fmt::join(behind, ", ")))});
    }
  }
  return rows;
}

StatusRows replacement_rows(SessionState& session) {
  ClusterControl* const control = session.cluster.storage().control();
  if (control == nullptr) return {};
  const auto progress = control->view().replacement;
  if (!progress) return {};
  return {{progress->member, progress->newcomer, progress->phase, fmt::format("{}", progress->segments),
           fmt::format("{}", progress->segments_left), fmt::format("{}", progress->log_bytes_left),
           progress->trouble.empty() ? std::nullopt : std::optional(progress->trouble)}};
}

StatusRows spread_plan_rows(SessionState& session) {
  ClusterControl* const control = session.cluster.storage().control();
  if (control == nullptr) return {};
  const auto view = control->view();
  if (view.moves.empty()) return {};
  // What a move carries: its share of what the node that gives it has. The sets may yet be multiplied, so the shares
  // are counted among the moves, too.
  std::map<std::string, std::uint64_t> needed;
  for (const auto& node : session.cluster.storage().nodes()) needed[node.name] = node.space.needed + node.space.fresh;
  const std::size_t factor = std::max<std::size_t>(1, view.sets_planned / std::max<std::size_t>(1, view.sets));
  StatusRows rows;
  for (const auto& move : view.moves) {
    const auto giver = std::ranges::find(view.nodes, move.from, &pagestore::ClusterNode::name);
    const std::size_t shares = giver == view.nodes.end() ? 0 : giver->shares * factor;
    const bool is_now = view.is_spreading && rows.empty();
    const auto progress = is_now ? view.replacement : std::nullopt;
    const auto number = [&](auto member) {
      return progress ? std::optional(fmt::format("{}", (*progress).*member)) : std::nullopt;
    };
    using pagestore::ReplacementProgress;
    rows.push_back({fmt::format("{}", rows.size() + 1), fmt::format("{}", move.set), move.from, move.to,
                    progress            ? progress->phase
                    : view.is_spreading ? "waiting"
                                        : "planned",
                    fmt::format("{}", needed[move.from] / std::max<std::size_t>(1, shares)),
                    number(&ReplacementProgress::segments), number(&ReplacementProgress::segments_left),
                    number(&ReplacementProgress::log_bytes_left),
                    progress && !progress->trouble.empty() ? std::optional(progress->trouble) : std::nullopt});
  }
  return rows;
}

}  // namespace session
