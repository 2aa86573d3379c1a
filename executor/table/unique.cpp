// Who holds a key already, or may come to hold it.
#include "btree/cursor.h"
#include "table_impl.h"

namespace table {
namespace {

enum class Judgement : std::uint8_t { free, taken, undecided };

Judgement judge(const View& view, Bytes value) {
  const VersionHeader version = transaction::parse_version(value);
  if (transaction::in_flight_elsewhere(view, version)) return Judgement::undecided;
  return version.deleted() ? Judgement::free : Judgement::taken;
}

// True when the search is over.
bool consider(const View& view, std::string_view entry_key, Bytes value, bool is_row,
              Obstacle& obstacle) {
  switch (judge(view, value)) {
    case Judgement::free:
      return false;
    case Judgement::taken:
      obstacle.kind = Obstacle::Kind::row;
      obstacle.row_key = is_row ? entry_key : row_key_of(entry_key, transaction::payload_of(value));
      return true;
    case Judgement::undecided:
      obstacle.kind = Obstacle::Kind::undecided;
      obstacle.entry_key = entry_key;
      return true;
  }
  return false;
}

}  // namespace

Obstacle find_obstacle(const Table::Impl& table, int number, const View& view,
                       std::string_view key) {
  Obstacle obstacle;
  const btree::Tree& tree =
      number == kClusteredIndex ? table.clustered.tree
                                : table.indexes[static_cast<std::size_t>(number)].tree;
  std::string entry_key;
  {
    btree::SharedLeaf leaf = tree.seek_shared(btree::bytes_of(key));
    if (number == kClusteredIndex) {
      if (leaf.found()) consider(view, key, leaf.value(), true, obstacle);
      return obstacle;
    }
    for (unsigned slot = leaf.slot(); slot < leaf.count(); ++slot) {
      const btree::SplitKey split = leaf.key_at(slot);
      entry_key.resize(split.size());
      split.copy_to(reinterpret_cast<std::byte*>(entry_key.data()));
      if (!entry_key.starts_with(key)) return obstacle;
      if (consider(view, entry_key, leaf.value_at(slot), false, obstacle)) return obstacle;
    }
  }
  // The leaf ended before the key's entries did.
  const std::string end = end_of_prefix(key);
  btree::KeyRange range;
  range.lower = btree::bytes_of(key);
  if (!end.empty()) range.upper = btree::bytes_of(end);
  btree::Cursor cursor(tree, range);
  while (cursor.next_leaf()) {
    for (unsigned i = 0; i < cursor.count(); ++i) {
      const btree::SplitKey split = cursor.key(i);
      entry_key.resize(split.size());
      split.copy_to(reinterpret_cast<std::byte*>(entry_key.data()));
      if (consider(view, entry_key, cursor.value(i), false, obstacle)) return obstacle;
    }
  }
  return obstacle;
}

void RowWriter::wait_for_decision(const btree::Tree& tree, std::string_view entry_key) {
  const transaction::LockTag tag = entry_tag(tree, entry_key);
  {
    btree::SharedLeaf leaf = tree.seek_shared(btree::bytes_of(entry_key));
    if (!leaf.found()) return;
    const VersionHeader version = transaction::parse_version(leaf.value());
    if (!transaction::in_flight_elsewhere(view_, version) ||
        !table_.manager.locks().make_explicit(tag,
                                              {.xid = version.xid, .mode = RowLockMode::update})) {
      return;
    }
  }
  table_.manager.locks().wait_for_row(transaction_, tag);
}

std::optional<std::string_view> RowWriter::find_conflict(int number, std::string_view key) {
  while (true) {
    Obstacle obstacle = find_obstacle(table_, number, view_, key);
    switch (obstacle.kind) {
      case Obstacle::Kind::none:
        return std::nullopt;
      case Obstacle::Kind::row:
        buffers_.result_key = std::move(obstacle.row_key);
        return buffers_.result_key;
      case Obstacle::Kind::undecided: {
        const btree::Tree& tree =
            number == kClusteredIndex ? table_.clustered.tree
                                      : table_.indexes[static_cast<std::size_t>(number)].tree;
        wait_for_decision(tree, obstacle.entry_key);
        break;
      }
    }
  }
}

}  // namespace table
