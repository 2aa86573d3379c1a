#include "btree/changed_ranges.h"

#include "descent.h"

namespace btree {
namespace {

class Walk {
 public:
  Walk(buffer::PagedVolume& volume, FunctionRef<bool(wal::PageNo)> is_changed)
      : volume_(volume), is_changed_(is_changed) {}

  struct Child {
    wal::PageNo page_no;
    ChangedRange range;
  };

  void visit(Child subtree, unsigned depth) {
    if (depth > 64) throw_corrupt(volume_, subtree.page_no);
    std::vector<Child> children;
    bool above_leaves = false;
    {
      const buffer::SharedGuard guard = volume_.shared(subtree.page_no);
      const NodeView view(guard.page());
      if (!view.is_node()) throw_corrupt(volume_, subtree.page_no);
      if (view.is_leaf()) {   // the root
        if (is_changed_(subtree.page_no)) add(std::move(subtree.range));
        return;
      }
      above_leaves = view.level() == 1;
      const unsigned count = view.count();
      for (unsigned i = 0; i < count; ++i) {
        const wal::PageNo page_no = view.child(i);
        if (above_leaves && !is_changed_(page_no)) continue;
        Child child{page_no, {subtree.range.lower, subtree.range.upper}};
        if (i != 0) view.key(i).assign_to(child.range.lower);
        if (i + 1 < count) view.key(i + 1).assign_to(child.range.upper);
        children.push_back(std::move(child));
      }
    }
    for (Child& child : children) {
      if (above_leaves) {
        add(std::move(child.range));
      } else {
        visit(std::move(child), depth + 1);
      }
    }
  }

  std::vector<ChangedRange> take() { return std::move(ranges_); }

 private:
  void add(ChangedRange range) {
    if (!ranges_.empty() && ranges_.back().upper == range.lower) {
      ranges_.back().upper = std::move(range.upper);
    } else {
      ranges_.push_back(std::move(range));
    }
  }

  buffer::PagedVolume& volume_;
  FunctionRef<bool(wal::PageNo)> is_changed_;
  std::vector<ChangedRange> ranges_;
};

}  // namespace

std::vector<ChangedRange> changed_ranges(const Tree& tree,
                                         FunctionRef<bool(wal::PageNo)> is_changed) {
  Walk walk(tree.space().volume(), is_changed);
  walk.visit({tree.root(), {}}, 0);
  return walk.take();
}

}  // namespace btree
