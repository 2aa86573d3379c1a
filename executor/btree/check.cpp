#include "btree/check.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "btree/limits.h"
#include "node.h"

namespace btree {
namespace {

struct Extent {
  std::size_t begin, end;
};

bool in_heap(const NodeHeader& header, std::size_t offset, std::size_t size) {
  return offset >= header.heap_begin && size <= wal::kPageSize - offset;
}

std::vector<std::byte> joined(const SplitKey& key) {
  std::vector<std::byte> result;
  key.assign_to(result);
  return result;
}

}  // namespace

bool check_page(const wal::Page& page) {
  const NodeView view(page);
  const NodeHeader& header = view.header();
  if (!view.is_node()) return false;
  const bool leaf = header.page.kind == static_cast<std::uint8_t>(buffer::PageKind::tree_leaf);
  if (leaf != (header.level == 0) || header.level > 64) return false;
  if (header.count > kMaxSlots || (!leaf && header.count == 0)) return false;
  if (header.heap_begin > wal::kPageSize || header.heap_begin < view.slots_end()) return false;

  std::array<Extent, kMaxSlots + 2> extents;
  std::size_t used = 0;
  if (header.low_size != 0) {
    if (!in_heap(header, header.low_offset, header.low_size)) return false;
    extents[used++] = {header.low_offset, std::size_t{header.low_offset} + header.low_size};
  }
  if (header.prefix_size > header.low_size) return false;
  if (view.has_high_fence()) {
    if (header.high_size != 0) {
      if (!in_heap(header, header.high_offset, header.high_size)) return false;
      extents[used++] = {header.high_offset, std::size_t{header.high_offset} + header.high_size};
    }
    if (compare(view.low_fence(), view.high_fence()) >= 0) return false;
    const Bytes high = view.high_fence();
    if (header.prefix_size > high.size() ||
        compare(view.prefix(), high.first(header.prefix_size)) != 0) {
      return false;
    }
  } else if (header.prefix_size != 0 || header.head_skip != 0) {
    return false;
  }
  const std::size_t shared = std::size_t{header.prefix_size} + header.head_skip;
  if (header.head_skip != 0 &&
      (shared > header.low_size || shared > header.high_size ||
       compare(view.low_fence().first(shared), view.high_fence().first(shared)) != 0)) {
    return false;
  }
  const Bytes skipped = view.low_fence().subspan(header.prefix_size, header.head_skip);
  for (unsigned i = 0; i < header.count; ++i) {
    const Slot slot = view.slot(i);
    if (!in_heap(header, slot.offset, kValueSizeSize) ||
        !in_heap(header, slot.offset, view.entry_size(i))) {
      return false;
    }
    if (header.prefix_size + std::size_t{slot.key_size} > kMaxKeySize) return false;
    if (!leaf && view.value_size(i) != kChildSize) return false;
    extents[used++] = {slot.offset, slot.offset + view.entry_size(i)};
    const Bytes suffix = view.suffix(i);
    if (slot.head != view.head_of_rest(suffix)) return false;
    if ((leaf || i != 0) &&
        (suffix.size() < skipped.size() || compare(suffix.first(skipped.size()), skipped) != 0)) {
      return false;
    }
    if (i != 0 && compare(view.suffix(i - 1), suffix) >= 0) return false;
  }
  if (header.count != 0) {
    if (leaf) {
      if (compare(joined(view.key(0)), view.low_fence()) < 0) return false;
    } else {
      if (view.slot(0).key_size != 0) return false;
      if (header.count > 1 && compare(joined(view.key(1)), view.low_fence()) <= 0) return false;
    }
    if (view.has_high_fence() &&
        compare(joined(view.key(header.count - 1)), view.high_fence()) >= 0) {
      return false;
    }
  }
  std::sort(extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(used),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  std::size_t live = 0;
  for (std::size_t i = 0; i < used; ++i) {
    live += extents[i].end - extents[i].begin;
    if (i != 0 && extents[i].begin < extents[i - 1].end) return false;
  }
  return live + header.garbage == wal::kPageSize - header.heap_begin;
}

void register_page_checks(buffer::BufferPool& pool) {
  pool.set_page_check(static_cast<std::uint8_t>(buffer::PageKind::tree_leaf), &check_page);
  pool.set_page_check(static_cast<std::uint8_t>(buffer::PageKind::tree_inner), &check_page);
}

namespace {

class Checker {
 public:
  explicit Checker(const Tree& tree) : tree_(tree) {}

  TreeCheck run() {
    wal::Page root = read(tree_.root());
    result_.height = NodeView(root).level() + 1;
    if (NodeView(root).header().low_size != 0 || NodeView(root).has_high_fence()) {
      fail(tree_.root(), "the root has fences");
    }
    visit(tree_.root(), result_.height - 1, {}, false, {});
    return result_;
  }

 private:
  wal::Page read(wal::PageNo page_no) { return tree_.space().volume().shared(page_no).page(); }

  void fail(wal::PageNo page_no, const char* what) {
    if (result_.error.empty()) {
      result_.error = "page " + std::to_string(wal::raw(page_no)) + ": " + what;
    }
  }

  void visit(wal::PageNo page_no, unsigned level, std::vector<std::byte> low, bool has_high,
             std::vector<std::byte> high) {
    if (!result_.error.empty()) return;
    if (!seen_.insert(wal::raw(page_no)).second) return fail(page_no, "is reached twice");
    if (!tree_.space().is_used(page_no)) return fail(page_no, "is not marked used");
    const wal::Page page = read(page_no);
    const NodeView view(page);
    if (page.header().page_no != wal::raw(page_no)) return fail(page_no, "has another's number");
    if (!check_page(page)) return fail(page_no, "structure");
    if (view.level() != level) return fail(page_no, "is at the wrong level");
    if (compare(view.low_fence(), low) != 0) return fail(page_no, "low fence");
    if (view.has_high_fence() != has_high || (has_high && compare(view.high_fence(), high) != 0)) {
      return fail(page_no, "high fence");
    }
    if (view.is_leaf()) {
      ++result_.leaf_pages;
      result_.entries += view.count();
      return;
    }
    ++result_.inner_pages;
    for (unsigned i = 0; i < view.count(); ++i) {
      const bool last = i + 1 == view.count();
      visit(view.child(i), level - 1, i == 0 ? low : joined(view.key(i)), last ? has_high : true,
            last ? high : joined(view.key(i + 1)));
    }
  }

  const Tree& tree_;
  TreeCheck result_;
  std::unordered_set<std::uint32_t> seen_;
};

}  // namespace

TreeCheck check_tree(const Tree& tree) { return Checker(tree).run(); }

}  // namespace btree
