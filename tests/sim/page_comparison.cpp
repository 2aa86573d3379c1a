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

struct PageComparison::LogRound {
  wal::TimelineId timeline;
  GroupNo group;
  struct Copy {
    SimNode* node;
    wal::Epoch truncated;
    std::uint64_t incarnation;
    std::optional<pagestore::LogParts> log;
  };
  std::vector<Copy> copies;
};

namespace {

// One without pages per group is not open there: damaged, or never created.
const pagestore::TimelineDigest* find(const pagestore::Changes& changes, TimelineId id) {
  const auto found = std::ranges::find(changes.timelines, id, &pagestore::TimelineDigest::timeline);
  return found == changes.timelines.end() || found->pages_per_group == 0 ? nullptr : &*found;
}

Lsn scl_of(const pagestore::TimelineDigest& digest, GroupNo group) {
  const auto found = std::ranges::find(digest.segments, group, &pagestore::TimelineDigest::SegmentEnd::group);
  return found == digest.segments.end() ? digest.branch_lsn : found->scl;
}

}  // namespace

std::optional<PageComparison::History> PageComparison::history(SimNode& node, TimelineId timeline,
                                                               GroupNo group) const {
  if (!node.is_up()) return std::nullopt;
  const auto changes = std::get<pagestore::Changes>(node.answer(pagestore::GetChanges{}));
  const pagestore::TimelineDigest* digest = find(changes, timeline);
  if (digest == nullptr || digest->dropped) return std::nullopt;
  History history{{}, digest->truncated, scl_of(*digest, group)};
  while (digest->parent != wal::kNoTimeline) {
    const Lsn branch = digest->branch_lsn;
    digest = find(changes, digest->parent);
    if (digest == nullptr) return std::nullopt;
    history.ancestors.push_back({digest->timeline, digest->truncated, branch, std::min(branch, scl_of(*digest, group))});
  }
  return history;
}

// From all that have the ancestors, tails too, and also where the timeline itself is not known any more. (What is
// below a branch is durable: no newer truncation takes it back.)
void PageComparison::learn_reach(const History& of, TimelineId timeline, GroupNo group) {
  for (const auto& node : nodes_) {
    if (!node->is_up() || !node->holds(group)) continue;
    const auto changes = std::get<pagestore::Changes>(node->answer(pagestore::GetChanges{}));
    for (const History::Level& level : of.ancestors) {
      const pagestore::TimelineDigest* const digest = find(changes, level.timeline);
      if (digest == nullptr || digest->truncated < level.truncated) continue;
      Lsn& known = reached_[{level.timeline, level.truncated, group, timeline}];
      known = std::max(known, std::min(level.branch, scl_of(*digest, group)));
    }
  }
}

void PageComparison::begin(TimelineId timeline, GroupNo group, PageNo page_no) {
  const auto round = std::make_shared<Round>(Round{timeline, group, page_no, {}, {}});
  std::vector<std::pair<SimNode*, History>> found;
  for (const auto& node : nodes_) {
    if (!node->keeps_pages() || !node->holds(group)) continue;
    auto here = history(*node, timeline, group);
    if (!here) continue;
    learn_reach(*here, timeline, group);
    found.emplace_back(node.get(), *std::move(here));
  }
  for (auto& [node, here] : found) {
    // While pages of an ancestor are being copied some are there already: no writer reads there.
    const bool is_whole = std::ranges::all_of(here.ancestors, [&](const auto& ancestor) {
      return ancestor.scl == reached_.at({ancestor.timeline, ancestor.truncated, group, timeline});
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

void PageComparison::begin_log(TimelineId timeline, GroupNo group) {
  const auto round = std::make_shared<LogRound>(LogRound{timeline, group, {}});
  Lsn from;
  for (const auto& node : nodes_) {
    if (!node->is_up() || !node->holds(group)) continue;
    const auto changes = std::get<pagestore::Changes>(node->answer(pagestore::GetChanges{}));
    const auto digest = std::ranges::find(changes.timelines, timeline, &pagestore::TimelineDigest::timeline);
    if (digest == changes.timelines.end()) continue;
    const auto segment = std::ranges::find(digest->segments, group, &pagestore::TimelineDigest::SegmentEnd::group);
    if (segment == digest->segments.end()) continue;
    from = std::max(from, segment->log_floor);
    round->copies.push_back({node.get(), digest->truncated, node->incarnation(), std::nullopt});
  }
  if (round->copies.size() < 2) return;
  ++under_way_;
  for (auto& copy : round->copies) {
    copy.node->deliver(pagestore::FetchLog{{timeline, group}, from, 0}, [round, &copy](pagestore::Response response) {
      if (auto* const log = std::get_if<pagestore::LogParts>(&response)) copy.log = std::move(*log);
    });
  }
  world_.after(kPatience, [this, round] {
    --under_way_;
    compare_log(*round);
  });
}

// What two have that agree on what was annulled: parts of a writer that was shut out stand where that is not known yet.
void PageComparison::compare_log(const LogRound& round) {
  using Key = std::pair<wal::Epoch, Lsn>;
  std::map<Key, std::pair<const SimNode*, const pagestore::LogPart*>> first;
  for (const LogRound::Copy& copy : round.copies) {
    if (!copy.log || copy.node->incarnation() != copy.incarnation || copy.log->truncated != copy.truncated) continue;
    for (const pagestore::LogPart& part : copy.log->parts) {
      const auto [at, is_new] = first.try_emplace({copy.truncated, part.begin}, copy.node, &part);
      if (is_new) continue;
      const auto& [other, same] = at->second;
      const bool is_same = same->end == part.end && same->prev_part_end == part.prev_part_end &&
                           *same->records == *part.records;
      if (!is_same) {
        fmt::print(stderr, "timeline {} group {}: the log from {} is another one on {} and on {}\n",
                   wal::raw(round.timeline), wal::raw(round.group), part.begin.value(), other->name(),
                   copy.node->name());
      }
      CHECK(is_same);
      ++parts_compared_;
    }
  }
}

}  // namespace sim
