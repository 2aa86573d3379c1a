#include "row_layout.h"

#include <array>
#include <numeric>

namespace operators {

using types::PhysicalType;

types::Selection part_of(types::Selection rows, std::uint32_t first, std::uint32_t count) {
  static const auto kAll = [] {
    std::array<std::uint16_t, types::kBatchRows> all;
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    return all;
  }();
  if (rows.rows == nullptr && first == 0) return {nullptr, count};
  return {(rows.rows != nullptr ? rows.rows : kAll.data()) + first, count};
}

RowLayout::RowLayout(std::span<const PhysicalType> columns, std::size_t header_bytes)
    : types_(columns.begin(), columns.end()), offsets_(columns.size()) {
  std::size_t at = (header_bytes + 7) & ~std::size_t{7};
  // Widest first: no padding between values.
  for (const std::size_t width : {std::size_t{16}, std::size_t{8}, std::size_t{4}, std::size_t{2},
                                  std::size_t{1}}) {
    for (std::size_t i = 0; i < types_.size(); ++i) {
      if (types::width_of(types_[i]) != width) continue;
      offsets_[i] = at;
      at += width;
    }
  }
  nulls_ = at;
  size_ = (at + types_.size() + 7) & ~std::size_t{7};
}

types::Datum RowLayout::datum(const std::byte* row, std::size_t column) const {
  if (is_null(row, column)) return types::Datum::null();
  // A string_view's two words lie in another order than a Datum's.
  if (types_[column] == PhysicalType::varlen)
    return types::Datum::of(get<std::string_view>(row, column));
  types::Datum value;
  value.is_null = false;
  std::memcpy(&value.fixed16, row + offsets_[column], types::width_of(types_[column]));
  return value;
}

void RowLayout::set(std::byte* row, std::size_t column, const types::Datum& value,
                    types::Arena& arena) const {
  row[nulls_ + column] = std::byte{value.is_null};
  if (value.is_null) return;
  if (types_[column] == PhysicalType::varlen) {
    const std::string_view bytes = arena.copy(value.as<std::string_view>());
    std::memcpy(row + offsets_[column], &bytes, sizeof bytes);
  } else {
    std::memcpy(row + offsets_[column], &value.fixed16, types::width_of(types_[column]));
  }
}

void RowLayout::set_borrowed(std::byte* row, std::size_t column, const types::Datum& value) const {
  row[nulls_ + column] = std::byte{value.is_null};
  if (value.is_null) return;
  if (types_[column] == PhysicalType::varlen) {
    const auto bytes = value.as<std::string_view>();
    std::memcpy(row + offsets_[column], &bytes, sizeof bytes);
  } else {
    std::memcpy(row + offsets_[column], &value.fixed16, types::width_of(types_[column]));
  }
}

namespace {

template <typename T>
void store_fixed(const types::Vector& values, types::Selection selection, std::byte* const* rows,
                 std::size_t offset) {
  for (std::uint32_t i = 0; i < selection.count; ++i) {
    const T value = values.get<T>(selection[i]);
    std::memcpy(rows[i] + offset, &value, sizeof(T));
  }
}

template <typename T, bool RowsMayBeNull>
void load_fixed(std::span<const std::byte* const> rows, std::size_t offset, types::Vector& out) {
  T* to = out.data<T>();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!RowsMayBeNull || rows[i] != nullptr) std::memcpy(&to[i], rows[i] + offset, sizeof(T));
}

template <bool RowsMayBeNull>
void load_values(std::span<const std::byte* const> rows, std::size_t offset, types::Vector& out) {
  switch (types::width_of(out.type())) {
    case 1: load_fixed<std::uint8_t, RowsMayBeNull>(rows, offset, out); break;
    case 2: load_fixed<std::uint16_t, RowsMayBeNull>(rows, offset, out); break;
    case 4: load_fixed<std::uint32_t, RowsMayBeNull>(rows, offset, out); break;
    case 8: load_fixed<std::uint64_t, RowsMayBeNull>(rows, offset, out); break;
    default: load_fixed<types::Fixed16, RowsMayBeNull>(rows, offset, out); break;
  }
}

}  // namespace

void RowLayout::store(std::size_t column, const types::Vector& values, types::Selection selection,
                      std::byte* const* rows, types::Arena& arena) const {
  const std::size_t offset = offsets_[column];
  for (std::uint32_t i = 0; i < selection.count; ++i)
    rows[i][nulls_ + column] = std::byte{values.is_null(selection[i])};
  if (types_[column] == PhysicalType::varlen) {
    for (std::uint32_t i = 0; i < selection.count; ++i) {
      if (values.is_null(selection[i])) continue;
      const std::string_view bytes = arena.copy(values.get<std::string_view>(selection[i]));
      std::memcpy(rows[i] + offset, &bytes, sizeof bytes);
    }
    return;
  }
  switch (types::width_of(types_[column])) {
    case 1: store_fixed<std::uint8_t>(values, selection, rows, offset); break;
    case 2: store_fixed<std::uint16_t>(values, selection, rows, offset); break;
    case 4: store_fixed<std::uint32_t>(values, selection, rows, offset); break;
    case 8: store_fixed<std::uint64_t>(values, selection, rows, offset); break;
    default: store_fixed<types::Fixed16>(values, selection, rows, offset); break;
  }
}

void RowLayout::load(std::size_t column, std::span<const std::byte* const> rows,
                     types::Vector& out) const {
  load_values<true>(rows, offsets_[column], out);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i] == nullptr || is_null(rows[i], column))
      out.set_null(static_cast<std::uint32_t>(i));
}

void RowLayout::load_not_null(std::size_t column, std::span<const std::byte* const> rows,
                              types::Vector& out) const {
  load_values<false>(rows, offsets_[column], out);
}

}  // namespace operators
