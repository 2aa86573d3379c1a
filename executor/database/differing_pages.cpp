// What the page store knows about the difference between two states of databases: which pages.
#include <algorithm>
#include <iterator>

#include "btree/space.h"
#include "cluster_impl.h"

namespace database {

std::optional<Cluster::Stretch> Cluster::common_ancestor(wal::TimelineId a, wal::TimelineId b) {
  const auto ancestry = [&](wal::TimelineId of) {
    std::vector<Stretch> stretches;
    wal::Lsn through = wal::kMaxLsn;
    for (auto info = known_timeline(of); info; info = known_timeline(info->parent)) {
      stretches.push_back({info->timeline, through});
      through = std::min(through, info->branch_lsn);
    }
    return stretches;
  };
  const auto of_a = ancestry(a), of_b = ancestry(b);
  for (const Stretch& mine : of_a) {
    const auto other = std::ranges::find(of_b, mine.timeline, &Stretch::timeline);
    if (other != of_b.end()) return Stretch{mine.timeline, std::min(mine.through, other->through)};
  }
  return std::nullopt;
}

std::optional<std::vector<wal::PageNo>> Cluster::differing_pages(const PastDatabase& a,
                                                                 const PastDatabase& b) {
  const auto common = common_ancestor(a.timeline(), b.timeline());
  if (!common) return std::nullopt;

  std::uint64_t end = 0;
  for (const PastDatabase* past : {&a, &b}) {
    auto& transactions = past->database().transactions();
    // A row of theirs looks the same on a page that nobody wrote to until it is undone.
    transactions.wait_for_recovery();
    end = std::max(end, transactions.space().extent_pages());
  }
  std::vector<wal::PageNo> both;
  for (const PastDatabase* past : {&a, &b}) {
    auto& volume = past->database().volume();
    auto durable = volume.wait_durable(volume.last_lsn());
    if (!durable) throw StorageError("could not compare pages", durable.error());
    auto pages = environment_.storage.changed_pages(volume, common->timeline, common->through, end);
    if (!pages) throw StorageError("could not compare pages", pages.error());
    std::vector<wal::PageNo> united;
    std::ranges::set_union(both, *pages, std::back_inserter(united));
    both = std::move(united);
  }
  return both;
}

}  // namespace database
