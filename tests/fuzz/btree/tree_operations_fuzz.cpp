// A program of operations against a map; the volume underneath checks that log and pages agree.
#include <map>
#include <memory>
#include <string>

#include "btree/check.h"
#include "btree/cursor.h"
#include "btree/limits.h"
#include "btree/tree.h"
#include "btree/volume_header.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"
#include "wal/testing/memory_volume.h"

namespace {

// Bytes of the input in turn, zeros when it is used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool at_end() const { return at_ >= size_; }
  std::uint8_t next() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

std::string next_key(Input& input) {
  const std::uint8_t shape = input.next();
  std::string key(shape % 4 == 0 ? shape * 7U : shape % 5U, static_cast<char>('a' + shape % 3));
  for (unsigned i = 0; i < shape % 3U; ++i) key.push_back(static_cast<char>(input.next()));
  key.resize(std::min(key.size(), btree::kMaxKeySize));
  return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  wal::testing::MemoryVolume memory;
  static buffer::BufferPool pool(buffer::BufferPool::kMinimumBytes,
                                 buffer::BufferPool::kMinimumBytes);
  buffer::PagedVolume paged(pool, memory);
  btree::format_volume(paged);
  btree::Space space(paged);
  const btree::Tree tree(space, btree::Tree::create(space));
  std::map<std::string, std::string> model;
  wal::MiniTransaction mtr(memory);
  for (int steps = 0; !input.at_end() && steps < 300; ++steps) {
    const std::uint8_t action = input.next();
    const std::string key = next_key(input);
    if (action % 4 == 0) {
      bool underfull = false;
      {
        btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(key));
        CHECK(leaf.found() == (model.erase(key) == 1));
        if (leaf.found()) {
          leaf.erase(mtr);
          mtr.commit();
        }
        underfull = leaf.underfull();
      }
      if (underfull) tree.merge(btree::bytes_of(key));
      continue;
    }
    const std::string value(std::min<std::size_t>(input.next() * std::size_t{action},
                                                  btree::max_inline_value(key.size())),
                            static_cast<char>(action));
    for (;;) {
      btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(key));
      CHECK(leaf.found() == model.contains(key));
      if (!(leaf.found() ? leaf.has_room_to_replace(value.size())
                         : leaf.has_room_to_insert(value.size()))) {
        leaf.release();
        tree.make_room(btree::bytes_of(key), value.size());
        continue;
      }
      if (leaf.found()) {
        leaf.replace(mtr, btree::bytes_of(value));
      } else {
        leaf.insert(mtr, btree::bytes_of(value));
      }
      mtr.commit();
      break;
    }
    model[key] = value;
  }
  const btree::TreeCheck check = btree::check_tree(tree);
  CHECK(check.error.empty() && check.entries == model.size());
  for (const auto& [key, value] : model) {
    bool same = false;
    CHECK(tree.lookup(btree::bytes_of(key), [&](btree::Bytes found) {
      same = btree::compare(found, btree::bytes_of(value)) == 0;
    }));
    CHECK(same);
  }
  tree.drop();
  CHECK(space.used_pages() == 2);
  return 0;
}
