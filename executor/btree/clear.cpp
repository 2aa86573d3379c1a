// Taking a tree apart.
#include <algorithm>
#include <vector>

#include "btree/tree.h"
#include "descent.h"
#include "node_change.h"
#include "wal/check.h"

namespace btree {
namespace {

// Pages freed in one mini-transaction.
constexpr std::size_t kClearedBatch = 64;

// A subtree is `bare` when each of its inner pages has one child only: a chain, short enough to be
// freed at one go. Inner pages lose their children from the end until that is so; at every step
// what is left is a tree.
class Cleaner {
 public:
  explicit Cleaner(const Tree& tree)
      : space_(tree.space()), volume_(tree.space().volume()), root_(tree.root()) {}

  void run() {
    make_bare(root_);
    std::vector<wal::PageNo> chain;
    collect_chain(root_, chain);
    Release release = space_.prepare_free(std::span(chain).subspan(1));
    const buffer::ExclusiveGuard root = volume_.exclusive(root_);
    wal::MiniTransaction mtr(volume_.volume());
    NodeBuilder builder;
    builder.start(0, {}, false, {});
    builder.install(mtr, root.page(), root_);
    for (const wal::PageNo page_no : std::span(chain).subspan(1)) release.free(mtr, page_no);
    mtr.commit();
    release.settle();
  }

 private:
  void make_bare(wal::PageNo page_no) {
    for (;;) {
      unsigned level;
      std::vector<wal::PageNo> children;
      {
        const buffer::SharedGuard guard = volume_.shared(page_no);
        const NodeView view(guard.page());
        level = view.level();
        if (level == 0) return;
        for (unsigned i = 0; i < view.count(); ++i) children.push_back(view.child(i));
      }
      // Leaves are freed without a look.
      if (level > 1) make_bare(children.back());
      if (children.size() == 1) return;
      const std::size_t keep =
          level > 1 ? children.size() - 1
                    : std::max<std::size_t>(1, children.size() - std::min(kClearedBatch, children.size()));
      std::vector<wal::PageNo> freed;
      for (std::size_t i = keep; i < children.size(); ++i)
        collect_chain(children[i], freed, level - 1);
      remove_children(page_no, static_cast<unsigned>(keep), freed);
    }
  }

  // The page and what hangs below it, first children only.
  void collect_chain(wal::PageNo page_no, std::vector<wal::PageNo>& chain) {
    collect_chain(page_no, chain, NodeView(volume_.shared(page_no).page()).level());
  }
  void collect_chain(wal::PageNo page_no, std::vector<wal::PageNo>& chain, unsigned level) {
    chain.push_back(page_no);
    if (level == 0) return;
    wal::PageNo child;
    {
      const buffer::SharedGuard guard = volume_.shared(page_no);
      CHECK(NodeView(guard.page()).count() == 1);
      child = NodeView(guard.page()).child(0);
    }
    collect_chain(child, chain, level - 1);
  }

  void remove_children(wal::PageNo page_no, unsigned keep, std::span<const wal::PageNo> freed) {
    Release release = space_.prepare_free(freed);
    const buffer::ExclusiveGuard guard = volume_.exclusive(page_no);
    wal::MiniTransaction mtr(volume_.volume());
    truncate_entries(mtr, guard.page(), keep);
    for (const wal::PageNo child : freed) release.free(mtr, child);
    mtr.commit();
    release.settle();
  }

  Space& space_;
  buffer::PagedVolume& volume_;
  const wal::PageNo root_;
};

}  // namespace

void Tree::clear() const { Cleaner(*this).run(); }

void Tree::free_root(wal::MiniTransaction& mtr, Release& release) const {
  release.free(mtr, root_);
}

void Tree::drop() const {
  clear();
  Release release = space_->prepare_free(std::span(&root_, 1));
  wal::MiniTransaction mtr(space_->volume().volume());
  free_root(mtr, release);
  mtr.commit();
  release.settle();
}

}  // namespace btree
