// Estimates for the planner.
#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "btree/tree.h"
#include "descent.h"

namespace btree {
namespace {

// A page met on the way down: where the way went on, and of how many.
struct Position {
  double slot = 0;
  double count = 0;
};
// By level, leaf first.
using Path = std::vector<Position>;

// One descent; `choose(view)` gives the slot, also in the leaf, where it may be the count.
template <typename Choose>
Path path_to(buffer::PagedVolume& volume, wal::PageNo root, Choose choose) {
  // Somebody splits or frees pages under our way now and then, not every time.
  for (int attempts = 0; attempts < 1000; ++attempts) {
    Path path;
    wal::PageNo page_no = root;
    buffer::OptimisticGuard guard = volume.optimistic(page_no);
    for (;;) {
      const NodeView view(guard.page());
      if (!view.is_node() || (!view.is_leaf() && view.count() == 0)) break;
      const bool leaf = view.is_leaf();
      const unsigned slot = choose(view);
      path.push_back({static_cast<double>(slot), static_cast<double>(view.count())});
      const wal::PageNo child = leaf ? wal::kNoPage : view.child(std::min(slot, view.count() - 1));
      if (!guard.validate()) break;  // again from the root
      if (leaf) {
        std::ranges::reverse(path);
        return path;
      }
      if (path.size() > 64) throw_corrupt(volume, page_no);
      guard.release();
      // Not coupled: a page that was split meanwhile only blurs the estimate. Freed and taken for
      // something else it may even be no tree page: start over.
      page_no = child;
      guard = volume.optimistic(page_no);
    }
  }
  throw_corrupt(volume, root);
}

// The first page on such a way that is not cached; kNoPage: all are, or the tree changes just now.
template <typename Choose>
wal::PageNo missing_on_way(buffer::PagedVolume& volume, wal::PageNo root, Choose choose) {
  wal::PageNo page_no = root;
  for (unsigned steps = 0; steps < 64; ++steps) {
    buffer::OptimisticGuard guard = volume.try_optimistic(page_no);
    if (!guard) return page_no;
    const NodeView view(guard.page());
    if (!view.is_node() || view.is_leaf() || view.count() == 0) break;
    const wal::PageNo child = view.child(std::min<unsigned>(choose(view), view.count() - 1));
    if (!guard.validate()) break;
    page_no = child;
  }
  return wal::kNoPage;
}

Path path_to_key(buffer::PagedVolume& volume, wal::PageNo root, const std::optional<Bytes>& key,
                 bool after_equal, bool at_end) {
  return path_to(volume, root, [&](const NodeView& view) -> unsigned {
    if (!key) return at_end ? (view.is_leaf() ? view.count() : view.count() - 1) : 0;
    if (!view.is_leaf()) return view.find_child(*key);
    const NodeView::Place place = view.find(*key);
    return place.slot + (place.found && after_equal ? 1 : 0);
  });
}

}  // namespace

// The mean of what each of a few descents says the whole is: the product of the counts on its way.
// Source: Knuth, "Estimating the Efficiency of Backtrack Programs", 1975.
TreeStatistics Tree::statistics() const {
  constexpr unsigned kSamples = 8;
  // Another part of the pages of each level.
  const auto choose = [](unsigned sample, const NodeView& view) -> unsigned {
    const unsigned part = (sample * 5 + view.level() * 3) % kSamples;
    return (2 * part + 1) * view.count() / (2 * kSamples);
  };
  read_together(space_->volume(), [&](std::vector<wal::PageNo>& missing) {
    for (unsigned sample = 0; sample < kSamples; ++sample) {
      const wal::PageNo page =
          missing_on_way(space_->volume(), root_, [&](const NodeView& view) { return choose(sample, view); });
      if (page != wal::kNoPage) missing.push_back(page);
    }
  });
  double leaf_pages = 0;
  double entries = 0;
  for (unsigned sample = 0; sample < kSamples; ++sample) {
    const Path path =
        path_to(space_->volume(), root_, [&](const NodeView& view) { return choose(sample, view); });
    double pages = 1;
    for (std::size_t level = 1; level < path.size(); ++level) pages *= path[level].count;
    leaf_pages += pages;
    entries += pages * path[0].count;
    if (path.size() == 1) return {1, 1, path[0].count};
    if (sample + 1 == kSamples) {
      return {static_cast<unsigned>(path.size()), leaf_pages / kSamples, entries / kSamples};
    }
  }
  return {};
}

double Tree::estimate(const KeyRange& range) const {
  buffer::PagedVolume& volume = space_->volume();
  if (!range.lower && !range.upper) return statistics().entries;
  const Path low = path_to_key(volume, root_, range.lower, !range.lower_inclusive, false);
  const Path high = path_to_key(volume, root_, range.upper, range.upper_inclusive, true);
  if (low.size() != high.size()) return statistics().entries;  // grew a level between the two
  // Above the level where the ways part, both lead through the same pages.
  std::size_t parted = low.size() - 1;
  while (parted > 0 && low[parted].slot == high[parted].slot) --parted;
  if (high[parted].slot < low[parted].slot) return 0;
  if (parted == 0) return high[0].slot - low[0].slot;

  // What lies below one slot of each level, judged by a way through the middle.
  const Path middle = path_to(volume, root_, [&](const NodeView& view) -> unsigned {
    const unsigned level = view.level();
    if (level > parted && level < low.size()) return static_cast<unsigned>(low[level].slot);
    if (level == parted) return static_cast<unsigned>(low[level].slot + high[level].slot) / 2;
    return view.count() / 2;
  });
  double below = 1;
  double result = 0;
  for (std::size_t level = 0; level < parted; ++level) {
    // To the end of the lower way's page, and from the beginning of the upper one's.
    const double on_the_way = level == 0 ? 0 : 1;
    result += (low[level].count - low[level].slot - on_the_way + high[level].slot) * below;
    const double count = level < middle.size() ? middle[level].count : low[level].count;
    below *= std::max(1.0, (count + low[level].count) / 2);
  }
  return result + (high[parted].slot - low[parted].slot - 1) * below;
}

std::vector<std::vector<std::byte>> Tree::cut_keys(const KeyRange& range, std::size_t parts) const {
  using Key = std::vector<std::byte>;
  struct Subtree {
    Key low;
    wal::PageNo page_no;
  };
  // Pieces of one page more or less do not matter when there are several to each part.
  constexpr std::size_t kPiecesPerPart = 8;
  std::vector<Subtree> pieces{{{}, root_}};
  if (parts <= 1) return {};
  for (bool leaves = false; !leaves && pieces.size() < parts * kPiecesPerPart;) {
    std::vector<Subtree> next;
    for (Subtree& piece : pieces) {
      const buffer::SharedGuard guard = space_->volume().shared(piece.page_no);
      const NodeView view(guard.page());
      if (!view.is_node() || view.is_leaf()) {  // a leaf, or freed since we saw its number
        leaves = true;
        next.push_back(std::move(piece));
        continue;
      }
      leaves = leaves || view.level() == 1;
      for (unsigned i = 0; i < view.count(); ++i) {
        Subtree child{piece.low, view.child(i)};
        if (i != 0) view.key(i).assign_to(child.low);
        if (range.upper && compare(child.low, *range.upper) >= 0) break;
        // The one before lies below the range altogether.
        if (range.lower && !next.empty() && compare(child.low, *range.lower) <= 0) next.pop_back();
        next.push_back(std::move(child));
      }
    }
    pieces = std::move(next);
  }
  std::vector<Key> cuts;
  for (std::size_t part = 1; part < parts; ++part) {
    Key& low = pieces[part * pieces.size() / parts].low;
    if (low.empty() || (range.lower && compare(low, *range.lower) <= 0)) continue;
    if (cuts.empty() || compare(cuts.back(), low) < 0) cuts.push_back(low);
  }
  return cuts;
}

// A reservoir over the children of the pages above the leaves. Source: Vitter, "Random Sampling with
// a Reservoir", 1985, algorithm R.
LeafSample Tree::sample_leaves(std::size_t wanted, std::uint32_t seed) const {
  using Leaf = LeafSample::Leaf;
  buffer::PagedVolume& volume = space_->volume();
  std::minstd_rand random(seed);
  LeafSample sample;
  struct Chosen {
    std::size_t position;
    Leaf leaf;
  };
  std::vector<Chosen> chosen;
  std::size_t seen = 0;
  const auto meet = [&](Leaf leaf) {
    const std::size_t position = seen++;
    if (chosen.size() < wanted) {
      chosen.push_back({position, std::move(leaf)});
      return;
    }
    const std::size_t place = std::uniform_int_distribution<std::size_t>(0, position)(random);
    if (place < wanted) chosen[place] = {position, std::move(leaf)};
  };
  std::vector<Leaf> level{{{}, root_}};
  while (!level.empty()) {
    std::vector<Leaf> below;
    for (Leaf& parent : level) {
      const buffer::SharedGuard guard = volume.shared(parent.page_no);
      const NodeView view(guard.page());
      if (!view.is_node() || view.is_leaf()) {  // a lone leaf, or freed since we saw its number
        meet(std::move(parent));
        continue;
      }
      for (unsigned i = 0; i < view.count(); ++i) {
        Leaf child{parent.low, view.child(i)};
        if (i != 0) view.key(i).assign_to(child.low);
        if (view.level() == 1) {
          meet(std::move(child));
        } else {
          below.push_back(std::move(child));
        }
      }
    }
    level = std::move(below);
  }
  std::ranges::sort(chosen, {}, &Chosen::position);
  sample.leaf_pages = static_cast<double>(seen);
  for (Chosen& one : chosen) sample.leaves.push_back(std::move(one.leaf));
  return sample;
}

}  // namespace btree
