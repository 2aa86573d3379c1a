// The fields that a row has now. What is stored keeps the shape that its type had then: a field that the
// type has lost is passed over, one that it has got since is null (ALTER TYPE, ALTER TABLE).
#pragma once

#include "types/record.h"
#include "types/user_type.h"

namespace types {

// The type whose row the value is: `type` itself, or what the finder knows of it. Null: an anonymous row,
// which is what it says.
const UserType* shape_of(const RecordView& record, const UserType& type);
const UserType* shape_of(EvalContext& ctx, const RecordView& record);

class LiveFields {
 public:
  LiveFields(const RecordView& record, const UserType* shape) : record_(record), cursor_(record), shape_(shape) {}

  bool next();
  // Of the field that next() went to; index() counts live fields alone.
  std::uint32_t index() const { return index_ - 1; }
  const Datum& value() const { return value_; }
  Oid type() const;
  PhysicalType physical() const;  // of a value that is not null
  // By the shape; null where the field must be looked up by its type.
  const TypeSupport* support() const;

 private:
  const RecordView& record_;
  RecordView::Cursor cursor_;
  const UserType* shape_;
  std::uint32_t at_ = 0;     // the next place, dropped fields included
  std::uint32_t index_ = 0;
  Datum value_;
};

}  // namespace types
