#include "page_comparison.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "wal/check.h"

namespace sim {

using wal::GroupNo;
using wal::Lsn;
using wal::PageNo;
using wal::TimelineId;

namespace {

// Longer than a read takes on all but the slowest disks.
constexpr std::uint64_t kPatience = 20'000;

}  // namespace

struct PageComparison::Round {
  TimelineId timeline;
  GroupNo group;
  PageNo page_no;
  Lsn at;
  struct Copy {
    SimNode* node;
    History history;
    std::uint64_t incarnation;
    std::optional<pagestore::PageContents> contents;
  };
  std::vector<Copy> copies;
};

std::optional<PageComparison::History> PageComparison::history(SimNode& node, TimelineId timeline,
                                                               GroupNo group) const {
  if (!node.is_up()) return std::nullopt;
  const auto changes = std::get<pagestore::Changes>(node.answer(pagestore::GetChanges{}));
  const auto level = [&](TimelineId id) -> const pagestore::TimelineDigest* {
    const auto found = std::ranges::find(changes.timelines, id, &pagestore::TimelineDigest::timeline);
    // One without pages per group is not open there: damaged, or never created.
    return found == changes.timelines.end() || found->pages_per_group == 0 ? nullptr : &*found;
  };
  const auto scl = [&](const pagestore::TimelineDigest& digest) {
    const auto found = std::ranges::find(digest.segments, group,
                                         &pagestore::TimelineDigest::SegmentEnd::group);
    return found == digest.segments.end() ? digest.branch_lsn : found->scl;
  };
  const pagestore::TimelineDigest* digest = level(timeline);
  if (digest == nullptr || digest->dropped) return std::nullopt;
  History history{{}, digest->truncated, scl(*digest)};
  while (digest->parent != wal::kNoTimeline) {
    const Lsn branch = digest->branch_lsn;
    digest = level(digest->parent);
    if (digest == nullptr) return std::nullopt;
    history.ancestors.push_back({digest->timeline, digest->truncated, std::min(branch, scl(*digest))});
  }
  return history;
}

void PageComparison::begin(TimelineId timeline, GroupNo group, PageNo page_no) {
  const auto round = std::make_shared<Round>(Round{timeline, group, page_no, {}, {}});
  std::vector<std::pair<SimNode*, History>> found;
  for (const auto& node : nodes_) {
    if (!node->keeps_pages() || !node->holds(group)) continue;
    auto here = history(*node, timeline, group);
    if (!here) continue;
    for (const auto& [id, truncated, reach] : here->ancestors) {
      Lsn& known = reached_[{id, truncated, group, timeline}];
      known = std::max(known, reach);
    }
    found.emplace_back(node.get(), *std::move(here));
  }
  for (auto& [node, here] : found) {
    // While pages of an ancestor are being copied some are there already: no writer reads there.
    const bool is_whole = std::ranges::all_of(here.ancestors, [&](const auto& ancestor) {
      const auto& [id, truncated, reach] = ancestor;
      return reach == reached_.at({id, truncated, group, timeline});
    });
    if (!is_whole) continue;
    // Compared with the first: those that are elsewhere have their turn when that one is down.
    if (!round->copies.empty() && (here.truncated != round->copies.front().history.truncated ||
                                   here.ancestors != round->copies.front().history.ancestors)) {
      continue;
    }
    round->at = round->copies.empty() ? here.scl : std::min(round->at, here.scl);
    round->copies.push_back({node, std::move(here), node->incarnation(), std::nullopt});
  }
  if (round->copies.size() < 2) return;
  ++under_way_;
  for (auto& copy : round->copies) {
    copy.node->deliver(pagestore::ReadPage{{timeline, group}, page_no, round->at, round->at, 0},
                       [round, &copy](pagestore::Response response) {
                         if (const auto* contents = std::get_if<pagestore::PageContents>(&response)) {
                           copy.contents = *contents;
                         }
                       });
  }
  world_.after(kPatience, [this, round] {
    --under_way_;
    compare(*round);
  });
}

void PageComparison::compare(const Round& round) {
  const Round::Copy* first = nullptr;
  for (const Round::Copy& copy : round.copies) {
    if (!copy.contents || copy.node->incarnation() != copy.incarnation) continue;
    // A takeover in between may have annulled what was to be read.
    const auto now = history(*copy.node, round.timeline, round.group);
    if (!now || now->truncated != copy.history.truncated || now->ancestors != copy.history.ancestors) continue;
    if (first == nullptr) {
      first = &copy;
      continue;
    }
    static const wal::Page kZeros{};
    const wal::Page& a = first->contents->page ? *first->contents->page : kZeros;
    const wal::Page& b = copy.contents->page ? *copy.contents->page : kZeros;
    if (std::memcmp(&a, &b, sizeof(a)) != 0) {
      fmt::print(stderr, "timeline {} page {} at {}: {} has it at {}, {} at {}\n", wal::raw(round.timeline),
                 wal::raw(round.page_no), round.at.value(), first->node->name(), a.lsn().value(),
                 copy.node->name(), b.lsn().value());
    }
    CHECK(std::memcmp(&a, &b, sizeof(a)) == 0);  // byte-identical at equal LSN
    ++compared_;
  }
}

}  // namespace sim
