// How a row's values lie in the payload of its entry.
//
//   u16 column count | null bitmap (1 = null) | fixed-width columns | u16 end per varlen column
//   | varlen bytes | overflow references (16 bytes each) | u8 their number, when flagged kOverflow
//
// The count tells which columns the row was written with; later ones show their missing value.
// Fixed columns stand at fixed offsets, null or not, so that changing one changes only its bytes.
// An end with its high bit set marks a value in overflow pages: its one byte is the number of the
// reference. A row that fits no page even so is a blob as a whole: the count is kBlob, one
// reference follows, and the blob is the row with u32 ends and no references.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "btree/overflow.h"
#include "btree/space.h"
#include "table/schema.h"
#include "transaction/version.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/vector.h"

namespace table {

using btree::Bytes;
using types::Datum;

// Writes rows and reads them back. Immutable, thread-safe.
class RowFormat {
 public:
  explicit RowFormat(const TableSchema& schema);

  struct Encoded {
    std::vector<std::byte> payload;
    std::uint8_t flags = 0;                      // transaction::kOverflow
    std::vector<btree::OverflowRef> written;     // made for this row; free them if it is not used
  };
  // `kept`, one per column or empty: where a value stays in the overflow pages it is in.
  // At most `limit` bytes of payload. Parks when a value goes to overflow pages. False: what is
  // kept does not fit; decode everything and encode again.
  [[nodiscard]] bool encode(btree::Space& space, std::span<const Datum> row,
              std::span<const btree::OverflowRef> kept, std::size_t limit, Encoded& out) const;
  // Without overflow: false when it does not fit that way. Never parks.
  bool try_encode(std::span<const Datum> row, std::size_t limit, std::vector<std::byte>& out) const;

  // The row's columns; varlen values point into `payload`, or into `arena` when they come from
  // overflow pages (then it parks). `kept` as for encode; values kept are not read, and empty.
  void decode(buffer::PagedVolume& pages, Bytes payload, std::span<Datum> row,
              types::Arena& arena, std::vector<btree::OverflowRef>* kept = nullptr) const;

  // One column into a vector; varlen bytes are copied to `arena`. Parks when in overflow pages.
  void store(buffer::PagedVolume& pages, Bytes payload, ColumnNumber column, types::Vector& out,
             std::uint32_t at, types::Arena& arena) const;

  // The same of several rows, into out[at], out[at + 1], ...: one decision about the column for all
  // of them. `borrow`: varlen bytes stay where they lie, in the payload if they can.
  void store_all(buffer::PagedVolume& pages, std::span<const Bytes> payloads, ColumnNumber column,
                 types::Vector& out, std::uint32_t at, types::Arena& arena, bool borrow) const;

  // Overwrites a fixed-width, not null column by a value that is not null, in a payload of the
  // newest layout. False when it is none of that.
  bool patch(std::span<std::byte> payload, ColumnNumber column, const Datum& value) const;

  // Whether the payload has every column and no references, so that it can be copied as it is.
  bool is_current(Bytes payload) const;

  std::size_t column_count() const { return columns_.size(); }
  types::PhysicalType physical(ColumnNumber column) const { return columns_[column].physical; }

 private:
  struct Column {
    types::PhysicalType physical;
    bool dropped;
    std::uint32_t offset;    // fixed: behind the bitmap; varlen: its number among varlen columns
    std::uint8_t width;      // fixed; 0 = varlen
    Datum missing;
  };
  struct Place;
  struct Parts {
    std::uint16_t count = 0;
    bool wide = false;
    Bytes bitmap, fixed, ends, bytes, references;
  };
  Parts split(Bytes payload) const;
  bool find(const Parts& parts, ColumnNumber column, Place& place) const;
  template <std::size_t Width>
  void store_fixed(buffer::PagedVolume& pages, std::span<const Bytes> payloads,
                   ColumnNumber number, types::Vector& out, std::uint32_t at,
                   types::Arena& arena) const;
  bool has_value_in_place(Bytes payload, ColumnNumber number) const;
  Bytes unblob(buffer::PagedVolume& pages, Bytes payload, std::vector<std::byte>& buffer) const;
  template <typename End>
  void compose(std::span<const Datum> row, std::span<const std::int16_t> reference_of,
               std::span<const btree::OverflowRef> references, std::vector<std::byte>& out) const;
  std::size_t inline_size(std::span<const Datum> row) const;

  std::vector<Column> columns_;
  std::vector<std::uint32_t> fixed_size_;   // of the first n columns, n = index
  std::vector<std::uint32_t> varlen_count_;
};

// Width in a row; 0 for varlen.
std::uint8_t stored_width(types::PhysicalType type);

}  // namespace table
