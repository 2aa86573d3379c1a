// Rows as values: what ROW(...), a whole-row reference or a column of a composite type holds.
//
// Layout (native byte order, nothing aligned); it tells its own fields' types, so that a record of
// no declared type can be read, compared and printed:
//   u32 row type OID (2249: record) | u32 fields
//   per field: u32 type OID (a domain's base type: the domain) | u8 PhysicalType | u8 is_null
//   the non-null fields in order: fixed-width ones raw, varlen as u32 size, bytes
// A stored row may have fewer fields than its type has now (ALTER TYPE ... ADD ATTRIBUTE): the
// missing ones are null. Dropped fields stay as nulls of type 0.
#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "types/arena.h"
#include "types/datum.h"
#include "types/oid.h"

namespace types {

class RecordView {
 public:
  explicit RecordView(std::string_view bytes);
  explicit RecordView(const Datum& value) : RecordView(value.as<std::string_view>()) {}

  Oid row_type() const { return read(0); }
  std::uint32_t size() const { return size_; }
  Oid field_type(std::uint32_t i) const { return read(8 + 6 * i); }
  PhysicalType physical(std::uint32_t i) const { return static_cast<PhysicalType>(bytes_[12 + 6 * i]); }
  bool is_null(std::uint32_t i) const { return i >= size_ || bytes_[13 + 6 * i] != 0; }
  // Null behind the last field, too. O(i); for all fields in order use Cursor.
  Datum field(std::uint32_t i) const;

  class Cursor {
   public:
    explicit Cursor(const RecordView& record) : record_(record), data_(record.data_) {}
    bool next();
    std::uint32_t index() const { return index_ - 1; }
    const Datum& value() const { return value_; }

   private:
    const RecordView& record_;
    const char* data_;
    std::uint32_t index_ = 0;
    Datum value_;
  };

 private:
  std::uint32_t read(std::size_t offset) const {
    std::uint32_t value;
    std::memcpy(&value, bytes_ + offset, 4);
    return value;
  }

  const char* bytes_;
  const char* data_;
  std::uint32_t size_;
};

struct RecordField {
  Oid type = 0;
  PhysicalType physical = PhysicalType::int32;
};
// values[i] is of fields[i]; varlen bytes are copied into the arena.
Datum make_record(Arena& arena, Oid row_type, std::span<const RecordField> fields,
                  std::span<const Datum> values);


struct EvalContext;
// What a function returned against what its caller said it returns: 42804 with the difference. An
// empty list asks for nothing.
void require_row_shape(EvalContext&, const RecordView&, std::span<const TypeRef> columns);

}  // namespace types
