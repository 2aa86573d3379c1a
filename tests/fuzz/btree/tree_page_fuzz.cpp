// Any bytes as the pages of a tree, as damaged storage might return them: errors, never a wild
// read, and never an endless walk. Half of the inputs change a sound page a little, so that some
// get past the page check.
#include <cstring>
#include <memory>

#include "btree/check.h"
#include "btree/cursor.h"
#include "btree/overflow.h"
#include "btree/tree.h"
#include "btree/volume_header.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"
#include "wal/testing/memory_volume.h"

namespace {

using btree::Bytes;

// Hands out one page under every number, or its own pages.
class DamagedVolume final : public wal::Volume {
 public:
  explicit DamagedVolume(wal::testing::MemoryVolume& sound) : sound_(sound) {}

  wal::TimelineId timeline() const override { return wal::TimelineId{3}; }
  wal::Lsn branch_lsn() const override { return wal::kNoLsn; }
  wal::Lsn vdl() const override { return sound_.vdl(); }
  wal::Lsn last_lsn() const override { return sound_.last_lsn(); }
  wal::Result<void> wait_durable(wal::Lsn) override { return {}; }
  wal::Result<void> wait_for_room() override { return {}; }
  wal::Result<void> read_page(wal::PageNo page_no, wal::Lsn, wal::Page& into) override {
    sound_.read_page_at(page_no, wal::kMaxLsn, into);
    if (page_no != target) return {};
    if (whole) {
      std::memset(into.bytes.data() + 16, 0, wal::kPageSize - 16);
      std::memcpy(into.bytes.data() + 16, damage.data(),
                  std::min(damage.size(), wal::kPageSize - 16));
    } else {
      for (std::size_t i = 0; i + 3 <= damage.size(); i += 3) {
        const std::size_t at = std::to_integer<std::size_t>(damage[i]) * 256 +
                               std::to_integer<std::size_t>(damage[i + 1]);
        // The header and the slots more often than the rest.
        into.bytes[16 + at % (at % 3 == 0 ? wal::kPageSize - 16 : 128)] ^= damage[i + 2];
      }
    }
    return {};
  }
  wal::Lsn append_control(wal::RecordKind, Bytes) override { return last_lsn(); }
  void grant_horizon(wal::Lsn, std::span<const wal::Lsn>) override {}

  wal::PageNo target{0};
  bool whole = false;
  Bytes damage;

 private:
  wal::Lsn append(wal::MiniTransaction&) override {
    CHECK(false);  // nothing here writes
    return {};
  }

  wal::testing::MemoryVolume& sound_;
};

struct Sound {
  wal::testing::MemoryVolume memory;
  wal::PageNo root;
  wal::PageNo leaf;
  btree::OverflowRef large;

  Sound() {
    buffer::BufferPool pool(buffer::BufferPool::kMinimumBytes * 4,
                            buffer::BufferPool::kMinimumBytes * 4);
    buffer::PagedVolume paged(pool, memory);
    btree::format_volume(paged);
    btree::Space space(paged);
    root = btree::Tree::create(space);
    const btree::Tree tree(space, root);
    wal::MiniTransaction mtr(memory);
    for (int i = 0; i < 400; ++i) {
      const std::string key = "stem" + std::to_string(i * 7919 % 1000);
      const std::string value(static_cast<std::size_t>(i), 'v');
      for (;;) {
        btree::ExclusiveLeaf leaf_guard = tree.seek_exclusive(btree::bytes_of(key));
        if (leaf_guard.found()) break;
        if (!leaf_guard.has_room_to_insert(value.size())) {
          leaf_guard.release();
          tree.make_room(btree::bytes_of(key), value.size());
          continue;
        }
        leaf_guard.insert(mtr, btree::bytes_of(value));
        mtr.commit();
        break;
      }
    }
    leaf = tree.seek_shared(btree::bytes_of("stem5")).page_no();
    std::string noise;
    for (std::uint32_t i = 0; i < 30000; ++i) noise.push_back(static_cast<char>(i * i >> 7));
    large = btree::write_overflow(space, btree::bytes_of(noise));
  }
};

template <typename Action>
void attempt(Action action) {
  try {
    action();
  } catch (const buffer::PageError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Sound sound;
  if (size < 2) return 0;
  DamagedVolume volume(sound.memory);
  const wal::PageNo targets[] = {sound.root, sound.leaf, wal::PageNo{sound.large.first_page}};
  volume.target = targets[data[0] % 3];
  volume.whole = data[1] % 2 == 0;
  volume.damage = std::as_bytes(std::span(data + 2, size - 2));

  static buffer::BufferPool pool(buffer::BufferPool::kMinimumBytes,
                                 buffer::BufferPool::kMinimumBytes);
  btree::register_page_checks(pool);
  buffer::PagedVolume paged(pool, volume);
  btree::Space space(paged);
  const btree::Tree tree(space, sound.root);

  wal::Page page;
  static_cast<void>(volume.read_page(volume.target, wal::kNoLsn, page));
  static_cast<void>(btree::check_page(page));
  attempt([&] { static_cast<void>(tree.lookup(btree::bytes_of("stem5"), [](Bytes) {})); });
  attempt([&] { static_cast<void>(tree.seek_shared(btree::bytes_of("stem77"))); });
  attempt([&] { static_cast<void>(tree.statistics()); });
  attempt([&] {
    btree::KeyRange range;
    range.lower = btree::bytes_of("stem2");
    static_cast<void>(tree.estimate(range));
  });
  for (const auto direction : {btree::Direction::forward, btree::Direction::backward}) {
    attempt([&] {
      std::size_t entries = 0;
      btree::Cursor cursor(tree, {}, direction);
      while (cursor.next_leaf()) {
        entries += cursor.count();
        CHECK(entries < 1'000'000);
        for (unsigned i = 0; i < cursor.count(); ++i) {
          CHECK(cursor.key(i).size() <= wal::kPageSize && cursor.value(i).size() <= wal::kPageSize);
        }
      }
    });
  }
  attempt([&] {
    std::vector<std::byte> value;
    btree::read_overflow(paged, sound.large, value);
  });
  return 0;
}
