// A volume in memory with everything up to tables on it, and rows of plain integers and texts.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "btree/space.h"
#include "btree/volume_header.h"
#include "buffer/buffer_pool.h"
#include "buffer/paged_volume.h"
#include "table/change_batch.h"
#include "table/scan.h"
#include "table/storage.h"
#include "table/table.h"
#include "transaction/manager.h"
#include "types/oid.h"
#include "wal/testing/memory_volume.h"

namespace table::testing {

using transaction::BeginOptions;
using transaction::Isolation;
using transaction::TransactionPtr;
using types::Datum;

// One open volume. Destroying it is a crash as far as the volume can tell.
struct Engine {
  explicit Engine(wal::testing::MemoryVolume& volume, bool background_purge = false,
                  std::size_t pool_bytes = 8 << 20)
      : pool(pool_bytes), pages(pool, volume), space((prepare(pages), pages)) {
    if (btree::read_slot(pages, btree::VolumeSlot::undo_head) == 0) {
      transaction::TransactionManager::format(space);
    }
    manager.emplace(space, transaction::TransactionManager::Options{.purge = background_purge});
  }

  static void prepare(buffer::PagedVolume& pages) {
    if (!btree::is_formatted(pages)) btree::format_volume(pages);
  }

  TransactionPtr begin(Isolation isolation = Isolation::read_committed, std::int32_t pid = 0) {
    return manager->begin({.isolation = isolation, .read_only = false, .pid = pid}, waits);
  }

  buffer::BufferPool pool;
  buffer::PagedVolume pages;
  btree::Space space;
  transaction::WaitControl waits;
  std::optional<transaction::TransactionManager> manager;
};

inline ColumnStorage int_column() {
  ColumnStorage column;
  column.type = types::oid::int4;
  column.physical = types::PhysicalType::int32;
  return column;
}
inline ColumnStorage text_column() {
  ColumnStorage column;
  column.type = types::oid::text;
  column.physical = types::PhysicalType::varlen;
  return column;
}

// (id int primary key, value int, note text), with an index on value and, if wanted, a unique one
// on note.
inline TableSchema accounts(bool by_row_id = false, bool index_on_value = false,
                            bool unique_note = false) {
  TableSchema schema;
  schema.id = 100;
  schema.columns = {int_column(), int_column(), text_column()};
  if (!by_row_id) schema.clustered.keys = {{.column = 0}};
  schema.clustered.unique = true;
  if (index_on_value) schema.indexes.emplace_back().keys = {{.column = 1}};
  if (unique_note) {
    IndexSchema& index = schema.indexes.emplace_back();
    index.keys = {{.column = 2}};
    index.unique = true;
  }
  return schema;
}

inline Datum number(int value) { return Datum::of(std::int32_t{value}); }
inline Datum text(std::string_view value) { return Datum::of(value); }

inline std::string key_of(const Table& table, int id) {
  std::string key;
  const Datum value = number(id);
  append_key(table.schema(), table.schema().clustered, std::span(&value, 1), key);
  return key;
}

struct Row {
  int id = 0;
  int value = 0;
  std::string note;
  bool operator==(const Row&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << '(' << row.id << ", " << row.value << ", " << row.note.substr(0, 20) << ')';
}

inline Outcome put(const Table& table, const View& view, int id, int value,
                   std::string_view note = "", OnDuplicate on_duplicate = OnDuplicate::report) {
  thread_local Scratch scratch;
  const Datum row[] = {number(id), number(value), text(note)};
  Outcome outcome = table.insert(view, row, scratch, on_duplicate);
  return outcome;
}

inline Outcome set_value(const Table& table, const View& view, int id, int value,
                         bool is_locked = false) {
  thread_local Scratch scratch;
  const ColumnValue change[] = {{1, number(value)}};
  return table.update(view, key_of(table, id), change, scratch, is_locked);
}

inline Outcome set_note(const Table& table, const View& view, int id, std::string_view note) {
  thread_local Scratch scratch;
  const ColumnValue change[] = {{2, text(note)}};
  return table.update(view, key_of(table, id), change, scratch);
}

inline Outcome erase(const Table& table, const View& view, int id, bool is_locked = false) {
  thread_local Scratch scratch;
  return table.remove(view, key_of(table, id), scratch, is_locked);
}

// The rows' keys as a batch has them.
struct Keys {
  Keys(const Table& table, const std::vector<int>& ids)
      : column(types::Vector::allocate(arena, types::PhysicalType::varlen, 1024)),
        done(ids.size()),
        rows{nullptr, static_cast<std::uint32_t>(ids.size())} {
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      keys.push_back(key_of(table, ids[i]));
    }
    for (std::uint32_t i = 0; i < rows.count; ++i) column.set<std::string_view>(i, keys[i]);
  }
  types::Arena arena;
  std::vector<std::string> keys;
  types::Vector column;
  std::vector<std::uint8_t> done;
  types::Selection rows;
};

// How many were changed together; the others are as they were.
inline std::size_t erase_batch(const Table& table, const View& view, const std::vector<int>& ids,
                               std::vector<std::uint8_t>* done = nullptr) {
  thread_local Scratch scratch;
  Keys batch(table, ids);
  table::remove_batch(table, view, batch.column, batch.rows, scratch, batch.done);
  if (done != nullptr) *done = batch.done;
  return static_cast<std::size_t>(std::ranges::count(batch.done, 1));
}

inline std::size_t set_notes(const Table& table, const View& view, const std::vector<int>& ids, std::string_view note) {
  thread_local Scratch scratch;
  Keys batch(table, ids);
  types::Vector columns[3];
  columns[2] = types::Vector::constant(batch.arena, types::PhysicalType::varlen, text(note));
  const ColumnNumber changed[] = {2};
  table::update_batch(table, view, batch.column, columns, changed, batch.rows, scratch, batch.done);
  return static_cast<std::size_t>(std::ranges::count(batch.done, 1));
}

inline std::optional<int> value_of(const Table& table, const View& view, int id) {
  thread_local Scratch scratch;
  types::Arena arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, 1)};
  const Datum key = number(id);
  const std::int32_t columns[] = {1};
  if (!table.lookup(view, kClusteredIndex, std::span(&key, 1), columns, out, 0, arena, scratch)) {
    return std::nullopt;
  }
  return out[0].get<std::int32_t>(0);
}

inline std::vector<Row> rows_of(const Table& table, const View& view, int index = kClusteredIndex,
                                KeyRange range = {}, Direction direction = Direction::forward,
                                std::uint32_t batch = 100) {
  std::vector<Row> rows;
  Scan scan(table, view,
            {.index = index, .range = std::move(range), .direction = direction, .columns = {0, 1, 2}});
  types::Arena arena;
  types::Arena text_arena;
  types::Vector out[] = {types::Vector::allocate(arena, types::PhysicalType::int32, batch),
                         types::Vector::allocate(arena, types::PhysicalType::int32, batch),
                         types::Vector::allocate(arena, types::PhysicalType::varlen, batch)};
  while (const std::uint32_t n = scan.next(out, batch, text_arena)) {
    for (std::uint32_t i = 0; i < n; ++i) {
      rows.push_back({out[0].get<std::int32_t>(i), out[1].get<std::int32_t>(i),
                      std::string(out[2].get<std::string_view>(i))});
    }
    text_arena.reset();
    for (types::Vector& vector : out) vector.clear();
  }
  return rows;
}

// Makes the table's storage in a transaction of its own.
inline TableSchema create(Engine& engine, TableSchema schema) {
  TransactionPtr transaction = engine.begin();
  create_storage(*transaction, schema);
  (void)transaction->commit();
  return schema;
}

inline int sum_of(const Table& table, const View& view) {
  int sum = 0;
  for (const Row& row : rows_of(table, view)) sum += row.value;
  return sum;
}

}  // namespace table::testing
