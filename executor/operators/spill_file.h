// Rows on disk: what an operator cannot keep within work_mem.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "operators/spill_space.h"
#include "types/arena.h"
#include "types/vector.h"

namespace operators {

// Rows in order of arrival. Written in blocks of a batch each (of less where rows are wide, so that a reader
// has little in memory), column after column:
//   u32 payload bytes | u32 rows | per column: u8 has nulls [rows null bytes],
//   values (varlen: u32 length per row, then the bytes of those not null)
// Reading and writing may alternate: readers see everything appended so far.
class SpillFile {
 public:
  SpillFile(SpillSpace& space, std::span<const types::PhysicalType> columns);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  void append(std::span<const types::Vector> columns, types::Selection rows);
  std::uint64_t rows() const { return rows_; }
  // Where the next block goes: with a reader's bounds, a part of the file.
  std::uint64_t end() const { return flushed_ + buffer_.size(); }
  const std::vector<types::PhysicalType>& columns() const { return columns_; }

 private:
  friend class SpillReader;
  void append_block(std::span<const types::Vector> columns, types::Selection rows);
  void flush();

  SpillSpace& space_;
  std::vector<types::PhysicalType> columns_;
  std::vector<std::size_t> varlen_;  // those columns
  std::size_t fixed_bytes_ = 0;      // of a row
  int descriptor_;
  std::string buffer_;
  std::uint64_t flushed_ = 0, rows_ = 0;
};

// Reads blocks [begin, end) of a file; varlen values are valid until the next call of next().
class SpillReader {
 public:
  // `window_bytes` are read at a time; `batch_rows` is the most that next() returns.
  SpillReader(SpillFile& file, std::uint64_t begin, std::uint64_t end,
              std::size_t window_bytes = 65536);
  // The whole file, also what is appended while reading.
  explicit SpillReader(SpillFile& file) : SpillReader(file, 0, UINT64_MAX) {}

  bool next(types::Batch& out);

 private:
  bool load(std::uint64_t bytes);  // [at_, at_ + bytes) into the window
  std::uint32_t decode(const char* payload, std::uint32_t rows, std::uint32_t first);

  SpillFile& file_;
  std::uint64_t at_, end_;
  std::size_t window_bytes_;
  std::vector<char> window_;
  std::uint64_t window_begin_ = 0;
  types::Arena arena_;
  std::vector<types::Vector> vectors_;
};

// Rows divided by their hash; a partition that is still too large is divided again, one level
// deeper, by other bits.
class SpillPartitions {
 public:
  static constexpr std::size_t kCount = 16;
  static constexpr int kDeepest = 8;

  SpillPartitions(SpillSpace& space, std::span<const types::PhysicalType> columns, int level);
  // hashes[i] is the hash of row rows[i].
  void append(std::span<const types::Vector> columns, types::Selection rows,
              const std::uint64_t* hashes);
  std::size_t partition_of(std::uint64_t hash) const {
    return (hash >> (60 - 4 * level_)) & (kCount - 1);
  }
  // Null when nothing went there.
  std::unique_ptr<SpillFile> take(std::size_t partition) { return std::move(files_[partition]); }
  std::uint64_t rows(std::size_t partition) const {
    return files_[partition] ? files_[partition]->rows() : 0;
  }

 private:
  SpillSpace& space_;
  std::vector<types::PhysicalType> columns_;
  int level_;
  std::unique_ptr<SpillFile> files_[kCount];
  std::vector<std::uint16_t> selected_[kCount];
};

}  // namespace operators
