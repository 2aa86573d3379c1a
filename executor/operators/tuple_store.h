// Rows in order of arrival, read forwards, backwards or anywhere, by several readers: the first ones in memory, the
// others, past the memory, on disk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "row_store.h"
#include "spill_file.h"

namespace operators {

// Rows are numbered from 0 on and stay until start() or clear(). What is on disk costs sixteen bytes of memory for
// every thousand rows or so, and a file.
class TupleStore {
 public:
  explicit TupleStore(std::span<const types::PhysicalType> columns)
      : columns_(columns.begin(), columns.end()), memory_(columns), tail_(columns) {}

  // Empty again; past `memory_bytes` (at least one row is kept in memory) rows go to `space`, if that is available. It
  // outlives them.
  void start(SpillSpace& space, std::size_t memory_bytes);
  // For the rows to come.
  void limit(std::size_t memory_bytes) { memory_bytes_ = memory_bytes; }
  // Throws SqlError 53100, 53400 and the like when a row can neither be kept in memory nor on disk; only
  // start() and clear() may follow.
  void append(const types::Batch& batch);
  // One row, a value for each column.
  void append_row(std::span<const types::Datum> values);
  void clear();
  // clear() that gives the memory back, too.
  void release();

  std::uint64_t rows() const { return memory_.size() + disk_rows() + tail_.size(); }
  bool on_disk() const { return file_ != nullptr; }
  // Whether the next row goes to disk.
  bool is_full() const {
    return memory_.size() > 0 && space_ != nullptr && space_->available() && memory_.footprint() >= memory_bytes_;
  }
  // Of all that is in memory.
  std::size_t footprint() const { return memory_.footprint() + tail_.footprint() + index_.capacity() * sizeof(Place); }
  const RowLayout& layout() const { return memory_.layout(); }

  // The rows that are in memory: the first ones. Their records stay where they are.
  const RowStore& in_memory() const { return memory_; }

 private:
  friend class TupleReader;
  // Where a row begins a block of the file.
  struct Place {
    std::uint64_t row, offset;  // `row` counts those on disk only
  };
  std::uint64_t disk_rows() const { return file_ ? file_->rows() : 0; }
  void write(std::span<const types::Vector> columns, types::Selection rows);
  // What was appended row by row reaches the file's blocks.
  void write_tail();

  std::vector<types::PhysicalType> columns_;
  RowStore memory_;
  std::unique_ptr<SpillFile> file_;
  RowStore tail_;  // single rows on their way to the file
  types::Arena tail_arena_;
  std::vector<types::Vector> tail_columns_;
  std::vector<Place> index_;
  SpillSpace* space_ = nullptr;
  std::size_t memory_bytes_ = SIZE_MAX;
};

// Goes through a store batch by batch; may go on when rows have been appended since. One store at a time: rewind()
// comes before the first call with another one, and after start() and clear().
class TupleReader {
 public:
  explicit TupleReader(std::span<const types::PhysicalType> columns) : columns_(columns.begin(), columns.end()) {}
  void rewind() { seek(0); }
  // The next row is this one, which may be behind the last.
  void seek(std::uint64_t row) {
    if (row == at_ && row != 0) return;
    at_ = row;
    disk_.reset();
  }
  // The batch is valid until the next call, whatever is appended meanwhile. False when there is nothing more now.
  bool next(TupleStore& store, types::Batch& out);

 private:
  bool next_on_disk(TupleStore& store, types::Batch& out);

  std::vector<types::PhysicalType> columns_;
  types::Arena arena_{65536};
  std::vector<types::Vector> vectors_;
  std::uint64_t at_ = 0;
  std::optional<SpillReader> disk_;
  std::uint64_t disk_row_ = 0;  // that disk_ yields next
};

// Row by row in any order; cheap for rows in memory and for neighbours.
class TupleCursor {
 public:
  explicit TupleCursor(TupleStore& store, std::span<const types::PhysicalType> columns)
      : store_(store), columns_(columns.begin(), columns.end()) {}

  // Of store.layout(). Valid until record() is called for another row.
  const std::byte* record(std::uint64_t row) {
    const std::vector<std::byte*>& memory = store_.in_memory().rows();
    return row < memory.size() ? memory[row] : record_on_disk(row);
  }
  // Of that row and as many of those behind it, up to `most`, as can be had together; valid until the next call for
  // others.
  std::span<std::byte* const> records(std::uint64_t row, std::size_t most) {
    const std::vector<std::byte*>& memory = store_.in_memory().rows();
    if (row < memory.size()) return std::span(memory).subspan(row, std::min<std::size_t>(most, memory.size() - row));
    record_on_disk(row);
    const std::span<std::byte* const> behind = std::span(std::as_const(disk_->rows).rows()).subspan(row - disk_->first);
    return behind.first(std::min(most, behind.size()));
  }
  // Before the store's next rows, after start() and clear().
  void forget() { disk_.reset(); }

 private:
  struct OnDisk {
    explicit OnDisk(std::span<const types::PhysicalType> columns) : reader(columns), rows(columns) {}
    TupleReader reader;
    RowStore rows;
    std::uint64_t first = 0;  // of `rows`
  };
  const std::byte* record_on_disk(std::uint64_t row);

  TupleStore& store_;
  std::vector<types::PhysicalType> columns_;
  std::unique_ptr<OnDisk> disk_;
};

}  // namespace operators
