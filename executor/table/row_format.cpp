#include "row_format.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "table_impl.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace table {
namespace {

constexpr std::uint16_t kBlob = 0xffff;
constexpr std::uint16_t kOverflowEnd = 0x8000;
constexpr std::size_t kMaxReferences = 48;
// Shorter values are not worth a page of their own.
constexpr std::size_t kMinOverflowSize = 64;
constexpr std::int16_t kInline = -1;

constexpr std::size_t bitmap_size(std::size_t columns) { return (columns + 7) / 8; }

template <typename T>
T load(Bytes from, std::size_t offset) {
  T value;
  std::memcpy(&value, from.data() + offset, sizeof(T));
  return value;
}

Datum load_fixed(types::PhysicalType type, const std::byte* from) {
  Datum value;
  value.is_null = false;
  std::memcpy(&value.fixed16, from, stored_width(type));
  return value;
}

// Widths known to the compiler make each copy one move.
void set_fixed(types::Vector& out, std::uint32_t at, std::uint8_t width, const std::byte* from) {
  std::byte* to = out.data<std::byte>() + std::size_t{at} * width;
  switch (width) {
    case 1: *to = *from; return;
    case 2: std::memcpy(to, from, 2); return;
    case 4: std::memcpy(to, from, 4); return;
    case 8: std::memcpy(to, from, 8); return;
    default: std::memcpy(to, from, 16); return;
  }
}

// A varlen value of a row in the newest layout; nothing when it is in overflow pages.
std::optional<Bytes> bytes_in_place(Bytes payload, std::size_t ends_at, std::size_t number,
                                    std::size_t varlen_count) {
  const auto end = load<std::uint16_t>(payload, ends_at + 2 * number);
  if ((end & kOverflowEnd) != 0) return std::nullopt;
  const std::size_t begin =
      number == 0 ? 0 : load<std::uint16_t>(payload, ends_at + 2 * (number - 1)) & ~kOverflowEnd;
  return payload.subspan(ends_at + 2 * varlen_count + begin, end - begin);
}

}  // namespace

std::uint8_t stored_width(types::PhysicalType type) {
  switch (type) {
    case types::PhysicalType::boolean:
    case types::PhysicalType::int8: return 1;
    case types::PhysicalType::int16: return 2;
    case types::PhysicalType::int32:
    case types::PhysicalType::float32: return 4;
    case types::PhysicalType::int64:
    case types::PhysicalType::float64: return 8;
    case types::PhysicalType::fixed16: return 16;
    case types::PhysicalType::varlen: return 0;
  }
  CHECK(false);
  return 0;
}

// A value found in a row.
struct RowFormat::Place {
  enum class Kind : std::uint8_t { null, missing, fixed, inline_bytes, overflow };
  Kind kind = Kind::null;
  Bytes bytes;
  btree::OverflowRef reference{};
};

RowFormat::RowFormat(const TableSchema& schema) {
  std::uint32_t fixed = 0;
  std::uint32_t varlen = 0;
  fixed_size_.push_back(0);
  varlen_count_.push_back(0);
  for (const ColumnStorage& column : schema.columns) {
    const std::uint8_t width = stored_width(column.physical);
    columns_.push_back({.physical = column.physical,
                        .dropped = column.dropped,
                        .offset = width != 0 ? fixed : varlen,
                        .width = width,
                        .missing = column.missing});
    if (column.physical == types::PhysicalType::varlen && !column.missing.is_null) {
      columns_.back().missing = Datum::of(std::string_view(column.missing_bytes));
    }
    fixed += width;
    varlen += width == 0;
    fixed_size_.push_back(fixed);
    varlen_count_.push_back(varlen);
  }
}

RowFormat::Parts RowFormat::split(Bytes payload) const {
  Parts parts;
  parts.count = load<std::uint16_t>(payload, 0);
  parts.wide = (parts.count & kOverflowEnd) != 0;
  parts.count = static_cast<std::uint16_t>(parts.count & ~kOverflowEnd);
  CHECK(parts.count <= columns_.size());
  Bytes rest = payload.subspan(2);
  const auto take = [&rest](std::size_t size) {
    const Bytes part = rest.first(size);
    rest = rest.subspan(size);
    return part;
  };
  parts.bitmap = take(bitmap_size(parts.count));
  parts.fixed = take(fixed_size_[parts.count]);
  parts.ends = take(varlen_count_[parts.count] * (parts.wide ? 4 : 2));
  parts.bytes = rest;
  return parts;
}

bool RowFormat::find(const Parts& parts, ColumnNumber number, Place& place) const {
  const Column& column = columns_[number];
  if (number >= parts.count) {
    place.kind = column.missing.is_null ? Place::Kind::null : Place::Kind::missing;
    return place.kind == Place::Kind::missing;
  }
  if (column.dropped || ((parts.bitmap[number / 8] >> (number % 8)) & std::byte{1}) != std::byte{0}) {
    place.kind = Place::Kind::null;
    return false;
  }
  if (column.width != 0) {
    place.kind = Place::Kind::fixed;
    place.bytes = parts.fixed.subspan(column.offset, column.width);
    return true;
  }
  std::size_t begin = 0;
  std::size_t end = 0;
  bool overflow = false;
  if (parts.wide) {
    begin = column.offset == 0 ? 0 : load<std::uint32_t>(parts.ends, (column.offset - 1) * 4);
    end = load<std::uint32_t>(parts.ends, column.offset * 4);
  } else {
    if (column.offset != 0) {
      begin = load<std::uint16_t>(parts.ends, (column.offset - 1) * 2) & ~kOverflowEnd;
    }
    const auto raw_end = load<std::uint16_t>(parts.ends, column.offset * 2);
    overflow = (raw_end & kOverflowEnd) != 0;
    end = raw_end & ~kOverflowEnd;
  }
  place.bytes = parts.bytes.subspan(begin, end - begin);
  place.kind = Place::Kind::inline_bytes;
  if (overflow) {
    // The references are the last thing in the payload, before their number.
    const auto references = static_cast<std::size_t>(parts.bytes.back());
    const std::size_t first = parts.bytes.size() - 1 - references * sizeof(btree::OverflowRef);
    place.kind = Place::Kind::overflow;
    place.reference = load<btree::OverflowRef>(
        parts.bytes, first + static_cast<std::size_t>(place.bytes[0]) * sizeof(btree::OverflowRef));
  }
  return true;
}

Bytes RowFormat::unblob(buffer::PagedVolume& pages, Bytes payload,
                        std::vector<std::byte>& buffer) const {
  if (load<std::uint16_t>(payload, 0) != kBlob) return payload;
  btree::read_overflow(pages, load<btree::OverflowRef>(payload, 2), buffer);
  return buffer;
}

std::size_t RowFormat::inline_size(std::span<const Datum> row) const {
  std::size_t size = 2 + bitmap_size(columns_.size()) + fixed_size_.back() +
                     2 * std::size_t{varlen_count_.back()};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].width == 0 && !columns_[i].dropped && !row[i].is_null) {
      size += row[i].varlen.size;
    }
  }
  return size;
}

template <typename End>
void RowFormat::compose(std::span<const Datum> row, std::span<const std::int16_t> reference_of,
                        std::span<const btree::OverflowRef> references,
                        std::vector<std::byte>& out) const {
  const std::size_t count = columns_.size();
  const std::size_t bitmap_at = 2;
  const std::size_t fixed_at = bitmap_at + bitmap_size(count);
  const std::size_t ends_at = fixed_at + fixed_size_.back();
  const std::size_t bytes_at = ends_at + sizeof(End) * varlen_count_.back();
  out.assign(bytes_at, std::byte{0});
  const std::uint16_t stored_count =
      static_cast<std::uint16_t>(sizeof(End) == 4 ? count | kOverflowEnd : count);
  std::memcpy(out.data(), &stored_count, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    const bool kept = !reference_of.empty() && reference_of[i] != kInline;
    const bool is_null = column.dropped || (row[i].is_null && !kept);
    if (is_null) out[bitmap_at + i / 8] |= std::byte{1} << (i % 8);
    if (column.width != 0) {
      if (!is_null) std::memcpy(out.data() + fixed_at + column.offset, &row[i].fixed16, column.width);
      continue;
    }
    End mark = 0;
    if (kept) {
      out.push_back(static_cast<std::byte>(reference_of[i]));
      if constexpr (sizeof(End) == 2) mark = kOverflowEnd;
    } else if (!is_null) {
      const auto* bytes = reinterpret_cast<const std::byte*>(row[i].varlen.data);
      out.insert(out.end(), bytes, bytes + row[i].varlen.size);
    }
    const End end = static_cast<End>((out.size() - bytes_at) | mark);
    std::memcpy(out.data() + ends_at + column.offset * sizeof(End), &end, sizeof(End));
  }
  if (!references.empty()) {
    const Bytes raw = std::as_bytes(references);
    out.insert(out.end(), raw.begin(), raw.end());
    out.push_back(static_cast<std::byte>(references.size()));
  }
}

bool RowFormat::try_encode(std::span<const Datum> row, std::size_t limit,
                           std::vector<std::byte>& out) const {
  CHECK(row.size() == columns_.size());
  if (inline_size(row) > limit) return false;
  compose<std::uint16_t>(row, {}, {}, out);
  return true;
}

bool RowFormat::encode(btree::Space& space, std::span<const Datum> row,
                       std::span<const btree::OverflowRef> kept, std::size_t limit,
                       Encoded& out) const {
  out.flags = 0;
  out.written.clear();
  const bool keeps_any = std::any_of(kept.begin(), kept.end(),
                                     [](const btree::OverflowRef& r) { return r.first_page != 0; });
  if (!keeps_any && try_encode(row, limit, out.payload)) return true;

  // The largest values go to overflow pages until the rest fits.
  std::vector<std::int16_t> reference_of(columns_.size(), kInline);
  std::vector<btree::OverflowRef> references;
  std::size_t size = inline_size(row) + 1;
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].width != 0 || columns_[i].dropped) continue;
    if (keeps_any && kept[i].first_page != 0) {
      reference_of[i] = static_cast<std::int16_t>(references.size());
      references.push_back(kept[i]);
      size += sizeof(btree::OverflowRef) + 1;
    } else if (!row[i].is_null && row[i].varlen.size >= kMinOverflowSize) {
      candidates.push_back(i);
    }
  }
  std::sort(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
    return row[a].varlen.size > row[b].varlen.size;
  });
  std::size_t moved = 0;
  while (size > limit && moved < candidates.size() &&
         references.size() + moved < kMaxReferences) {
    size -= row[candidates[moved]].varlen.size - sizeof(btree::OverflowRef) - 1;
    ++moved;
  }
  const auto write = [&](Bytes bytes) {
    out.written.push_back(btree::write_overflow(space, bytes));
    return out.written.back();
  };
  if (size <= limit && references.size() <= kMaxReferences) {
    for (std::size_t m = 0; m < moved; ++m) {
      const std::size_t i = candidates[m];
      reference_of[i] = static_cast<std::int16_t>(references.size());
      references.push_back(write(btree::bytes_of({row[i].varlen.data, row[i].varlen.size})));
    }
    compose<std::uint16_t>(row, reference_of, references, out.payload);
  } else {
    // A blob knows no references.
    if (keeps_any) return false;
    std::vector<std::byte> blob;
    compose<std::uint32_t>(row, {}, {}, blob);
    const btree::OverflowRef reference = write(blob);
    out.payload.resize(2);
    std::memcpy(out.payload.data(), &kBlob, 2);
    const Bytes raw = std::as_bytes(std::span(&reference, 1));
    out.payload.insert(out.payload.end(), raw.begin(), raw.end());
    out.payload.push_back(std::byte{1});
  }
  out.flags = transaction::kOverflow;
  return true;
}

void RowFormat::decode(buffer::PagedVolume& pages, Bytes payload, std::span<Datum> row,
                       types::Arena& arena, std::vector<btree::OverflowRef>* kept) const {
  std::vector<std::byte> blob;
  const Bytes whole = unblob(pages, payload, blob);
  if (!blob.empty()) {
    // What points into the blob must outlive it.
    auto* copy = static_cast<std::byte*>(arena.allocate(whole.size()));
    std::memcpy(copy, whole.data(), whole.size());
    decode(pages, Bytes(copy, whole.size()), row, arena, nullptr);
    if (kept != nullptr) kept->assign(columns_.size(), btree::OverflowRef{});
    return;
  }
  const Parts parts = split(whole);
  if (kept != nullptr) kept->assign(columns_.size(), btree::OverflowRef{});
  std::vector<std::byte> value;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Place place;
    find(parts, static_cast<ColumnNumber>(i), place);
    switch (place.kind) {
      case Place::Kind::null: row[i] = Datum::null(); break;
      case Place::Kind::missing: row[i] = columns_[i].missing; break;
      case Place::Kind::fixed: row[i] = load_fixed(columns_[i].physical, place.bytes.data()); break;
      case Place::Kind::inline_bytes:
        row[i] = Datum::of(std::string_view(reinterpret_cast<const char*>(place.bytes.data()),
                                            place.bytes.size()));
        break;
      case Place::Kind::overflow:
        if (kept != nullptr) {
          (*kept)[i] = place.reference;
          row[i] = Datum::of(std::string_view());
        } else {
          btree::read_overflow(pages, place.reference, value);
          row[i] = Datum::of(arena.copy(
              {reinterpret_cast<const char*>(value.data()), value.size()}));
        }
        break;
    }
  }
}

// Of the newest layout, and not null: nearly every value.
bool RowFormat::has_value_in_place(Bytes payload, ColumnNumber number) const {
  return load<std::uint16_t>(payload, 0) == columns_.size() &&
         ((payload[2 + number / 8u] >> (number % 8)) & std::byte{1}) == std::byte{0};
}

void RowFormat::store(buffer::PagedVolume& pages, Bytes payload, ColumnNumber number,
                      types::Vector& out, std::uint32_t at, types::Arena& arena) const {
  const Column& column = columns_[number];
  if (has_value_in_place(payload, number) && !column.dropped) {
    const std::size_t fixed_at = 2 + bitmap_size(columns_.size());
    if (column.width != 0) {
      set_fixed(out, at, column.width, payload.data() + fixed_at + column.offset);
      out.set_not_null(at);
      return;
    }
    if (const std::optional<Bytes> bytes =
            bytes_in_place(payload, fixed_at + fixed_size_.back(), column.offset,
                           varlen_count_.back())) {
      out.set(at, arena.copy(text_of(*bytes)));
      out.set_not_null(at);
      return;
    }
  }
  std::vector<std::byte> buffer;
  Place place;
  find(split(unblob(pages, payload, buffer)), number, place);
  switch (place.kind) {
    case Place::Kind::null: out.set_null(at); return;
    case Place::Kind::missing:
      if (column.width != 0) {
        set_fixed(out, at, column.width, reinterpret_cast<const std::byte*>(&column.missing.fixed16));
      } else {
        out.set(at, column.missing.as<std::string_view>());
      }
      break;
    case Place::Kind::fixed: set_fixed(out, at, column.width, place.bytes.data()); break;
    case Place::Kind::inline_bytes:
      out.set(at, arena.copy({reinterpret_cast<const char*>(place.bytes.data()), place.bytes.size()}));
      break;
    case Place::Kind::overflow:
      btree::read_overflow(pages, place.reference, buffer);
      out.set(at, arena.copy({reinterpret_cast<const char*>(buffer.data()), buffer.size()}));
      break;
  }
  out.set_not_null(at);
}

template <std::size_t Width>
void RowFormat::store_fixed(buffer::PagedVolume& pages, std::span<const Bytes> payloads,
                            ColumnNumber number, types::Vector& out, std::uint32_t at,
                            types::Arena& arena) const {
  const std::size_t offset = 2 + bitmap_size(columns_.size()) + columns_[number].offset;
  std::byte* to = out.data<std::byte>() + std::size_t{at} * Width;
  for (std::size_t i = 0; i < payloads.size(); ++i, to += Width) {
    if (has_value_in_place(payloads[i], number)) {
      std::memcpy(to, payloads[i].data() + offset, Width);
    } else {
      store(pages, payloads[i], number, out, at + static_cast<std::uint32_t>(i), arena);
    }
  }
}

void RowFormat::store_all(buffer::PagedVolume& pages, std::span<const Bytes> payloads,
                          ColumnNumber number, types::Vector& out, std::uint32_t at,
                          types::Arena& arena, bool borrow) const {
  const Column& column = columns_[number];
  if (!column.dropped) {
    switch (column.width) {
      case 1: return store_fixed<1>(pages, payloads, number, out, at, arena);
      case 2: return store_fixed<2>(pages, payloads, number, out, at, arena);
      case 4: return store_fixed<4>(pages, payloads, number, out, at, arena);
      case 8: return store_fixed<8>(pages, payloads, number, out, at, arena);
      case 16: return store_fixed<16>(pages, payloads, number, out, at, arena);
      default: break;
    }
  }
  const std::size_t ends_at = 2 + bitmap_size(columns_.size()) + fixed_size_.back();
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const auto row = at + static_cast<std::uint32_t>(i);
    if (!column.dropped && has_value_in_place(payloads[i], number)) {
      if (const std::optional<Bytes> bytes =
              bytes_in_place(payloads[i], ends_at, column.offset, varlen_count_.back())) {
        out.set(row, borrow ? text_of(*bytes) : arena.copy(text_of(*bytes)));
        continue;
      }
    }
    store(pages, payloads[i], number, out, row, arena);
  }
}

bool RowFormat::is_current(Bytes payload) const {
  return load<std::uint16_t>(payload, 0) == columns_.size();
}

bool RowFormat::patch(std::span<std::byte> payload, ColumnNumber number, const Datum& value) const {
  const Column& column = columns_[number];
  if (column.width == 0 || value.is_null) return false;
  const auto count = load<std::uint16_t>(payload, 0);
  if (count != columns_.size()) return false;
  const std::size_t bitmap_at = 2 + number / 8u;
  if (((payload[bitmap_at] >> (number % 8)) & std::byte{1}) != std::byte{0}) return false;
  std::memcpy(payload.data() + 2 + bitmap_size(count) + column.offset, &value.fixed16,
              column.width);
  return true;
}

}  // namespace table
