// Arrays: one compact varlen value for any element type, and int2vector and oidvector, too.
//
// Layout (native byte order, nothing aligned):
//   u8 ndim (0 = empty .. 6) | u8 PhysicalType of elements | u8 has_nulls | u8 0 | u32 element OID
//   ndim times: i32 length, i32 lower bound
//   has_nulls: (count + 7) / 8 bytes, bit i set = element i is null
//   the non-null elements, last subscript fastest: fixed-width ones raw, varlen as u32 size, bytes
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace types {

inline constexpr int kMaxArrayDimensions = 6;
inline constexpr std::uint32_t kMaxArrayElements = 134217727;

// Reads an array value; borrows its bytes, and the elements borrow them too.
class ArrayView {
 public:
  explicit ArrayView(std::string_view bytes);
  explicit ArrayView(const Datum& value) : ArrayView(value.as<std::string_view>()) {}

  int dimensions() const { return ndim_; }
  std::int32_t length(int dimension) const { return read<std::int32_t>(8 + 8 * dimension); }
  std::int32_t lower_bound(int dimension) const { return read<std::int32_t>(12 + 8 * dimension); }
  std::uint32_t size() const { return size_; }
  bool has_nulls() const { return has_nulls_; }
  Oid element_type() const { return read<std::uint32_t>(4); }
  PhysicalType physical() const { return physical_; }

  // Element by position from 0 in storage order: O(1) for fixed width without nulls, else O(i).
  Datum element(std::uint32_t index) const;
  // Position of the element with these subscripts, or -1 outside the bounds.
  std::int64_t position(const std::int32_t* subscripts, int count) const;

  // for (ArrayView::Cursor c(array); c.next();) use(c.value());
  class Cursor {
   public:
    explicit Cursor(const ArrayView& array)
        : array_(array), data_(array.data_), index_(0) {}
    bool next();
    // Null or a value that borrows the array's bytes.
    const Datum& value() const { return value_; }

   private:
    const ArrayView& array_;
    const char* data_;
    std::uint32_t index_;
    Datum value_;
  };

 private:
  template <typename T>
  T read(std::size_t offset) const {
    T value;
    std::memcpy(&value, bytes_ + offset, sizeof value);
    return value;
  }
  bool null_at(std::uint32_t i) const {
    return has_nulls_ && (nulls_[i / 8] >> (i % 8) & 1) != 0;
  }

  const char* bytes_;
  const unsigned char* nulls_;
  const char* data_;
  std::uint32_t size_;
  int ndim_;
  PhysicalType physical_;
  bool has_nulls_;
};

// Collects elements (varlen bytes are copied) and writes the value.
class ArrayBuilder {
 public:
  ArrayBuilder(Oid element, PhysicalType physical) : element_(element), physical_(physical) {}
  explicit ArrayBuilder(Oid element) : ArrayBuilder(element, type_support(element).physical) {}

  void reserve(std::size_t elements, std::size_t bytes);
  void add(const Datum& value);
  std::uint32_t size() const { return size_; }

  // One dimension; no elements make the empty array.
  Datum finish(Arena& arena, std::int32_t lower_bound = 1) const;
  // The product of `lengths` is size().
  Datum finish(Arena& arena, std::span<const std::int32_t> lengths,
               std::span<const std::int32_t> lower_bounds) const;

 private:
  Oid element_;
  PhysicalType physical_;
  std::uint32_t size_ = 0;
  bool has_nulls_ = false;
  std::string nulls_;
  std::string data_;
};

// array_in, array_out, array_recv, array_send for any element type.
Datum array_in(EvalContext& ctx, const TypeSupport& element, std::string_view text,
               std::int32_t typmod);
void array_out(EvalContext& ctx, const TypeSupport& element, const Datum& value, std::string& out);
Datum array_receive(EvalContext& ctx, const TypeSupport& element, std::span<const std::byte> bytes,
                    std::int32_t typmod);
void array_send(EvalContext& ctx, const TypeSupport& element, const Datum& value, std::string& out);

// PostgreSQL's order of arrays: element by element, then length, then dimensions. The element
// type's compare must exist (SqlError 42883 otherwise).
int compare_arrays(const TypeSupport& element, const Datum& a, const Datum& b);
std::uint64_t hash_array(const TypeSupport& element, const Datum& value);
void encode_array_key(const TypeSupport& element, const Datum& value, std::string& out);

// The array type of a built-in element type and back; 0 when there is none.
Oid array_type_of(Oid element);
Oid element_type_of(Oid array);

// Throws 54000 when a dimension product passes the limit.
std::uint32_t checked_array_size(std::span<const std::int32_t> lengths);

}  // namespace types
