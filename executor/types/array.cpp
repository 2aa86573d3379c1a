#include "types/array.h"

#include <fmt/format.h>

#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace types {
namespace {

Datum load(PhysicalType type, const char*& data) {
  Datum d;
  d.is_null = false;
  if (type == PhysicalType::varlen) {
    std::uint32_t size;
    std::memcpy(&size, data, 4);
    d.varlen = {data + 4, size};
    data += 4 + size;
  } else {
    std::size_t width = width_of(type);
    std::memcpy(&d.fixed16, data, width);
    data += width;
  }
  return d;
}

}  // namespace

ArrayView::ArrayView(std::string_view bytes) : bytes_(bytes.data()) {
  CHECK(bytes.size() >= 8);
  ndim_ = bytes_[0];
  physical_ = static_cast<PhysicalType>(bytes_[1]);
  has_nulls_ = bytes_[2] != 0;
  CHECK(ndim_ >= 0 && ndim_ <= kMaxArrayDimensions);
  CHECK(bytes.size() >= 8 + 8U * ndim_);
  size_ = ndim_ == 0 ? 0 : 1;
  for (int i = 0; i < ndim_; ++i) size_ *= static_cast<std::uint32_t>(length(i));
  const char* p = bytes_ + 8 + 8 * ndim_;
  nulls_ = reinterpret_cast<const unsigned char*>(p);
  data_ = has_nulls_ ? p + (size_ + 7) / 8 : p;
}

Datum ArrayView::element(std::uint32_t index) const {
  CHECK(index < size_);
  if (null_at(index)) return Datum::null();
  const char* p = data_;
  if (physical_ != PhysicalType::varlen && !has_nulls_) {
    p += width_of(physical_) * index;
  } else {
    for (std::uint32_t i = 0; i < index; ++i)
      if (!null_at(i)) load(physical_, p);
  }
  return load(physical_, p);
}

std::int64_t ArrayView::position(const std::int32_t* subscripts, int count) const {
  if (count != ndim_ || ndim_ == 0) return -1;
  std::int64_t position = 0;
  for (int i = 0; i < ndim_; ++i) {
    std::int64_t offset = std::int64_t{subscripts[i]} - lower_bound(i);
    if (offset < 0 || offset >= length(i)) return -1;
    position = position * length(i) + offset;
  }
  return position;
}

bool ArrayView::Cursor::next() {
  if (index_ >= array_.size_) return false;
  value_ = array_.null_at(index_) ? Datum::null() : load(array_.physical_, data_);
  ++index_;
  return true;
}

void ArrayBuilder::reserve(std::size_t elements, std::size_t bytes) {
  nulls_.reserve((elements + 7) / 8);
  data_.reserve(bytes);
}

void ArrayBuilder::add(const Datum& value) {
  if (size_ >= kMaxArrayElements)
    throw SqlError("54000", fmt::format("array size exceeds the maximum allowed ({})", kMaxArrayElements));
  if (size_ % 8 == 0) nulls_ += '\0';
  if (value.is_null) {
    has_nulls_ = true;
    nulls_.back() = static_cast<char>(nulls_.back() | 1 << (size_ % 8));
  } else if (physical_ == PhysicalType::varlen) {
    auto size = static_cast<std::uint32_t>(value.varlen.size);
    data_.append(reinterpret_cast<const char*>(&size), 4);
    data_.append(value.varlen.data, value.varlen.size);
  } else {
    data_.append(reinterpret_cast<const char*>(&value.fixed16), width_of(physical_));
  }
  ++size_;
}

Datum ArrayBuilder::finish(Arena& arena, std::int32_t lower_bound) const {
  if (size_ == 0) return finish(arena, {}, {});
  const std::int32_t lengths[] = {static_cast<std::int32_t>(size_)};
  const std::int32_t bounds[] = {lower_bound};
  return finish(arena, lengths, bounds);
}

Datum ArrayBuilder::finish(Arena& arena, std::span<const std::int32_t> lengths,
                           std::span<const std::int32_t> lower_bounds) const {
  CHECK(checked_array_size(lengths) == size_);
  std::size_t header = 8 + 8 * lengths.size();
  std::size_t bytes = header + (has_nulls_ ? nulls_.size() : 0) + data_.size();
  auto* p = static_cast<char*>(arena.allocate(bytes, 1));
  p[0] = static_cast<char>(lengths.size());
  p[1] = static_cast<char>(physical_);
  p[2] = has_nulls_ ? 1 : 0;
  p[3] = 0;
  std::memcpy(p + 4, &element_, 4);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    std::memcpy(p + 8 + 8 * i, &lengths[i], 4);
    std::memcpy(p + 12 + 8 * i, &lower_bounds[i], 4);
  }
  char* q = p + header;
  if (has_nulls_) {
    std::memcpy(q, nulls_.data(), nulls_.size());
    q += nulls_.size();
  }
  if (!data_.empty()) std::memcpy(q, data_.data(), data_.size());
  return Datum::of(std::string_view(p, bytes));
}

std::uint32_t checked_array_size(std::span<const std::int32_t> lengths) {
  if (lengths.empty()) return 0;
  std::uint64_t size = 1;
  for (std::int32_t length : lengths) {
    size *= static_cast<std::uint64_t>(length);
    if (length < 0 || size > kMaxArrayElements)
      throw SqlError("54000", fmt::format("array size exceeds the maximum allowed ({})", kMaxArrayElements));
  }
  return static_cast<std::uint32_t>(size);
}

int compare_arrays(const TypeSupport& element, const Datum& a, const Datum& b) {
  ArrayView x(a), y(b);
  ArrayView::Cursor i(x), j(y);
  while (i.next() && j.next()) {
    const Datum &v = i.value(), &w = j.value();
    // Nulls are equal to one another and above everything else.
    if (v.is_null || w.is_null) {
      if (v.is_null && w.is_null) continue;
      return v.is_null ? 1 : -1;
    }
    int order = element.compare(v, w);
    if (order != 0) return order < 0 ? -1 : 1;
  }
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  if (x.dimensions() != y.dimensions()) return x.dimensions() < y.dimensions() ? -1 : 1;
  for (int d = 0; d < x.dimensions(); ++d)
    if (x.length(d) != y.length(d)) return x.length(d) < y.length(d) ? -1 : 1;
  for (int d = 0; d < x.dimensions(); ++d)
    if (x.lower_bound(d) != y.lower_bound(d)) return x.lower_bound(d) < y.lower_bound(d) ? -1 : 1;
  return 0;
}

std::uint64_t hash_array(const TypeSupport& element, const Datum& value) {
  if (element.hash == nullptr)
    throw SqlError("42883", fmt::format("could not identify a hash function for type {}", element.name));
  ArrayView array(value);
  std::uint64_t hash = hash_u64(array.size());
  for (ArrayView::Cursor c(array); c.next();)
    hash = hash_combine(hash, c.value().is_null ? 0 : element.hash(c.value()));
  return hash;
}

void encode_array_key(const TypeSupport& element, const Datum& value, std::string& out) {
  if (element.encode_key == nullptr)
    throw SqlError("42883", fmt::format("could not identify a comparison function for type {}", element.name));
  ArrayView array(value);
  for (ArrayView::Cursor c(array); c.next();) {
    append_key_u8(out, c.value().is_null ? 2 : 1);
    if (!c.value().is_null) element.encode_key(c.value(), out);
  }
  append_key_u8(out, 0);
  append_key_u8(out, static_cast<std::uint8_t>(array.dimensions()));
  for (int d = 0; d < array.dimensions(); ++d) append_key_i32(out, array.length(d));
  for (int d = 0; d < array.dimensions(); ++d) append_key_i32(out, array.lower_bound(d));
}

}  // namespace types
