#include "btree/cursor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "btree/errc.h"
#include "descent.h"
#include "node.h"
#include "wal/check.h"

namespace btree {

// What is left of the range begins (forward) or ends (backward) at `bound`.
struct Cursor::State {
  Tree tree;
  Direction direction;
  std::unique_ptr<wal::Page> leaf = std::make_unique<wal::Page>();

  std::vector<std::byte> bound;
  bool bounded = false;  // else: from the first, or the last, key of the tree
  bool bound_inclusive = true;
  std::vector<std::byte> limit;  // the far end
  bool limited = false;
  bool limit_inclusive = true;
  bool done = false;

  unsigned first = 0;  // the current leaf's entries in the range: [first, last)
  unsigned last = 0;

  // Reading ahead, while leaves are missed: how many leaves beyond the next one are asked for, and
  // how many were asked for already.
  static constexpr unsigned kMaxWindow = 32;
  unsigned window = 0;
  unsigned ahead = 0;
  bool delivered = false;  // a leaf, since the start
  bool retires = false;    // leaves that were read

  // What is visited instead of a range.
  const LeafSample* sample = nullptr;
  std::size_t next_sampled = 0;
  std::size_t asked = 0;  // leaves of the sample that were asked for

  State(const Tree& t, Direction d) : tree(t), direction(d) {}

  void start(const KeyRange& range) {
    const bool forward = direction == Direction::forward;
    const auto assign = [](const std::optional<Bytes>& from, std::vector<std::byte>& to) {
      to.clear();
      if (from) to.assign(from->begin(), from->end());
      return from.has_value();
    };
    bounded = assign(forward ? range.lower : range.upper, bound);
    bound_inclusive = forward ? range.lower_inclusive : range.upper_inclusive;
    limited = assign(forward ? range.upper : range.lower, limit);
    limit_inclusive = forward ? range.upper_inclusive : range.lower_inclusive;
    done = false;
    first = last = 0;
    window = ahead = 0;
    delivered = false;
  }

  Way way() const {
    if (direction == Direction::forward) return Way::to_key;
    if (!bounded) return Way::last;
    return bound_inclusive ? Way::to_key : Way::below_key;
  }

  // One true state of the leaf where the rest of the range begins, into `leaf`.
  void copy_leaf() {
    buffer::PagedVolume& volume = tree.space().volume();
    const Bytes key = bounded ? Bytes(bound) : Bytes();
    if (ahead > 0) --ahead;
    if (window != 0 && ahead < window / 2) read_ahead();
    for (Retry retry;;) {
      {
        Step parent, node;
        if (descend(volume, tree.root(), key, 0, parent, node, retry, way())) {
          parent.guard.release();
          std::memcpy(leaf->bytes.data(), node.guard.page().bytes.data(), wal::kPageSize);
          if (node.guard.validate()) {
            if (!holds_bound()) throw_corrupt(volume, node.page_no);
            if (retires) volume.evict(node.page_no);
            return;
          }
        }
      }
      // The first leaf of a scan says nothing about a second.
      if (retry.missing != wal::kNoPage && delivered) {
        window = std::clamp(window * 2, 4U, kMaxWindow);
        ahead = 0;
        read_ahead();
      }
      recover(volume, retry);
    }
  }

  // Whether the leaf's fences agree with the way that led to it: else a damaged page could send the
  // cursor round in circles.
  bool holds_bound() const {
    const NodeView view(*leaf);
    if (direction == Direction::forward) return view.covers(bound);
    if (!bounded) return !view.has_high_fence();
    const int low = compare(view.low_fence(), bound);
    return (bound_inclusive ? low <= 0 : low < 0 || bound.empty()) &&
           (!view.has_high_fence() || compare(bound, view.high_fence()) <= 0);
  }

  // Asks for leaves under the same parent that the cursor will come to, behind those asked for.
  void read_ahead() {
    buffer::PagedVolume& volume = tree.space().volume();
    std::array<wal::PageNo, kMaxWindow> pages;
    unsigned count = 0;
    {
      Retry retry;
      Step parent, node;
      const Bytes key = bounded ? Bytes(bound) : Bytes();
      if (!descend(volume, tree.root(), key, 1, parent, node, retry, way()) || node.level != 1) {
        return;
      }
      const NodeView view = node.view();
      const unsigned next = choose_child(view, key, way());
      const bool forward = direction == Direction::forward;
      // The last child that holds keys of the range.
      unsigned end = forward ? view.count() - 1 : 0;
      if (limited && view.covers(limit)) end = view.find_child(limit);
      for (unsigned distance = 1 + ahead; distance <= window; ++distance) {
        if (forward ? next + distance > end : next < end + distance) break;
        pages[count++] = view.child(forward ? next + distance : next - distance);
      }
      if (!node.guard.validate()) return;
    }
    for (unsigned i = 0; i < count; ++i) volume.prefetch(pages[i]);
    ahead += count;
  }

  // Whether there is another leaf of the sample; what is left of the range begins there then.
  bool start_next_sampled() {
    const std::vector<LeafSample::Leaf>& leaves = sample->leaves;
    if (next_sampled == leaves.size()) return false;
    asked = std::max(asked, next_sampled + 1);
    for (; asked < std::min(leaves.size(), next_sampled + kMaxWindow); ++asked)
      tree.space().volume().prefetch(leaves[asked].page_no);
    start({.lower = Bytes(leaves[next_sampled++].low), .upper = {}});
    return true;
  }

  // Slots of keys below `key`, and of those equal to it if `with_equal`.
  static unsigned slots_below(const NodeView& view, Bytes key, bool with_equal) {
    if (compare(key, view.low_fence()) < 0) return 0;
    if (view.has_high_fence() && compare(key, view.high_fence()) >= 0) return view.count();
    const NodeView::Place place = view.find(key);
    return place.slot + (place.found && with_equal ? 1 : 0);
  }

  void select_forward() {
    const NodeView view(*leaf);
    first = bounded ? slots_below(view, bound, !bound_inclusive) : 0;
    last = limited ? slots_below(view, limit, limit_inclusive) : view.count();
    if (!view.has_high_fence()) {
      done = true;
      return;
    }
    const Bytes high = view.high_fence();
    bound.assign(high.begin(), high.end());
    bounded = bound_inclusive = true;
    done = limited && compare(bound, limit) >= (limit_inclusive ? 1 : 0);
  }

  void select_backward() {
    const NodeView view(*leaf);
    last = bounded ? slots_below(view, bound, bound_inclusive) : view.count();
    first = limited ? slots_below(view, limit, !limit_inclusive) : 0;
    const Bytes low = view.low_fence();
    bound.assign(low.begin(), low.end());
    bounded = true;
    bound_inclusive = false;
    done = low.empty() || (limited && compare(low, limit) <= 0);
  }

  unsigned slot(unsigned i) const {
    return direction == Direction::forward ? first + i : last - 1 - i;
  }
};

Cursor::Cursor(const Tree& tree, const KeyRange& range, Direction direction)
    : state_(std::make_unique<State>(tree, direction)) {
  state_->start(range);
}

Cursor::~Cursor() = default;
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;

bool Cursor::next_leaf() {
  State& state = *state_;
  for (;;) {
    if (state.sample != nullptr) state.done = !state.start_next_sampled();
    if (state.done) break;
    state.copy_leaf();
    if (state.direction == Direction::forward) {
      state.select_forward();
    } else {
      state.select_backward();
    }
    if (state.first < state.last) {
      state.delivered = true;
      return true;
    }
  }
  state.first = state.last = 0;
  return false;
}

unsigned Cursor::count() const { return state_->last - state_->first; }

SplitKey Cursor::key(unsigned i) const { return NodeView(*state_->leaf).key(state_->slot(i)); }

Bytes Cursor::value(unsigned i) const { return NodeView(*state_->leaf).value(state_->slot(i)); }

std::uint64_t Cursor::highest_xid() const { return NodeView(*state_->leaf).header().highest_xid; }

std::unique_ptr<wal::Page> Cursor::take_leaf(std::unique_ptr<wal::Page> empty) {
  CHECK(empty != nullptr);
  state_->first = state_->last = 0;
  return std::exchange(state_->leaf, std::move(empty));
}

void Cursor::skip_to(Bytes key) {
  State& state = *state_;
  state.bound.assign(key.begin(), key.end());
  state.bounded = state.bound_inclusive = true;
  if (state.limited) {
    const int order = compare(key, state.limit);
    const int past = state.direction == Direction::forward ? order : -order;
    if (past > 0 || (past == 0 && !state.limit_inclusive)) state.done = true;
  }
}

void Cursor::reset(const KeyRange& range) {
  state_->sample = nullptr;
  state_->start(range);
}

void Cursor::retire_leaves() { state_->retires = true; }

void Cursor::reset(const LeafSample& sample) {
  CHECK(state_->direction == Direction::forward);
  state_->sample = &sample;
  state_->next_sampled = state_->asked = 0;
}

}  // namespace btree
