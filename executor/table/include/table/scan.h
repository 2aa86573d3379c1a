// Reading many rows of a table, a batch at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table/key.h"
#include "table/table.h"
#include "transaction/view.h"
#include "types/arena.h"
#include "types/vector.h"

namespace btree {
struct LeafSample;
}

namespace table {

enum class Direction : std::uint8_t { forward, backward };

// Row keys of a table, ascending, each once.
class RowKeys {
 public:
  virtual ~RowKeys() = default;
  // To the first row key at or above `row_key`, never back; false at the end. Not to be called after
  // that.
  virtual bool seek(std::string_view row_key) = 0;
  // Where it is; good until the next seek().
  virtual std::string_view row_key() const = 0;
};

struct ScanRequest {
  // Order and range follow this index; a secondary one fetches what it does not hold itself.
  int index = kClusteredIndex;
  KeyRange range;
  Direction direction = Direction::forward;
  // A Projection.
  std::vector<std::int32_t> columns;
  // For a RowChooser, which decides about rows before they are read as a whole: per choice, the
  // indexes into `columns` of what it looks at. Clustered index only.
  std::vector<std::vector<std::size_t>> choices = {};
  // Varlen values may stay where the scan read them, until its next call: not copied to the arena.
  // Clustered index only.
  bool lends = false;
  // The range is a part of the whole table, which several read: what is read counts as the table's.
  bool part_of_all = false;
  // Only rows with these keys, which outlive the pass. Clustered index, forward, all of it.
  RowKeys* keys = nullptr;
};

// Pages of a table's rows chosen at random, at most `wanted`; all of them when there are fewer.
// Parks. Equal seeds choose alike.
class PageSample {
 public:
  PageSample(const Table& table, std::size_t wanted, std::uint32_t seed);
  ~PageSample();
  PageSample(PageSample&&) noexcept;

  double chosen() const;
  double pages() const;  // the table has

 private:
  friend class Scan;
  std::unique_ptr<btree::LeafSample> leaves_;
};

// Chooses rows by some of their columns, before the others are read.
class RowChooser {
 public:
  virtual ~RowChooser() = default;
  // Whether the choice has to be made at present; else all rows pass.
  virtual bool is_wanted(std::size_t choice) const = 0;
  // Of the first `rows` rows of `columns` (ScanRequest::choices[choice]), which to go on with. The
  // result lives until the next call, the columns until the end of this one.
  virtual types::Selection choose(std::size_t choice, std::span<types::Vector> columns, std::uint32_t rows) = 0;
};

// One pass over a range of an index in a view. The table and the view outlive it. Holds no latch
// between calls. Not thread-safe; parallel scans take ranges of their own (split_range).
class Scan {
 public:
  Scan(const Table& table, const View& view, ScanRequest request);
  ~Scan();
  Scan(Scan&&) noexcept;
  Scan& operator=(Scan&&) noexcept;

  // The rows of a sample's pages only, in key order. It outlives the scan, which is new, forward and
  // of the clustered index.
  void visit(const PageSample& sample);

  // Fills rows [0, n) of `out`, one vector per requested column of its physical type and with
  // room for max_rows, and returns n; 0 at the end. Varlen bytes go to `arena` and live as long,
  // unless the scan lends them.
  // With a chooser, rows that it leaves out do not count.
  std::uint32_t next(std::span<types::Vector> out, std::uint32_t max_rows, types::Arena& arena,
                     RowChooser* chooser = nullptr);

  // From the beginning again, over the same range or a new one (an index nested loop).
  void restart();
  // `continues`: it is another part of the same scan, which is counted once.
  void restart(KeyRange range, bool continues = false);

  // Over other keys, of a scan that was made with some.
  void restart(RowKeys& keys);

  // How many rows of the table a secondary index's entries were not enough for, since the last call.
  std::uint64_t take_fetched();

  // Continues in the other direction behind the row last returned: a scrolling cursor.
  void set_direction(Direction direction);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether the entries of a secondary index hold all these columns, in a form that they are read from: then a scan of it
// does not look at the table's rows.
bool entries_hold(const Table& table, int index, Projection columns);

// Whether all values of a key column that are not null take as many bytes of the key.
bool has_fixed_width(const TableSchema& table, const KeyColumn& key);

enum class Cut : std::uint8_t {
  anywhere,
  between_values  // of the index's first column, which has a fixed width: rows of one are in one range
};
// Cuts a range into at most `parts` ranges of about equal page counts, in order.
std::vector<KeyRange> split_range(const Table& table, int index, const KeyRange& range,
                                  std::size_t parts, Cut cut = Cut::anywhere);

}  // namespace table
