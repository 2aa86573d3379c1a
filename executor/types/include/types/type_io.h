// Reading and writing values as text and in PostgreSQL's binary format, comparing and hashing
// them: one TypeSupport per type, one table entry to add one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "types/datum.h"
#include "types/eval_context.h"
#include "types/oid.h"

namespace types {

struct TypeSupport {
  Oid oid;
  std::string_view name;  // pg_type.typname
  PhysicalType physical;

  // Text input as the type's input function: throws SqlError 22P02, 22003, 22007, ... with
  // PostgreSQL's wording. Applies typmod as a column's assignment of that typmod would not: that
  // is the length-coercion cast's work; input functions check it as PostgreSQL's do.
  Datum (*input)(EvalContext&, std::string_view text, std::int32_t typmod);
  // Appends the text form.
  void (*output)(EvalContext&, const Datum&, std::string& out);
  // Binary format of the frontend/backend protocol. receive throws 22P03 or 08P01.
  Datum (*receive)(EvalContext&, std::span<const std::byte> bytes, std::int32_t typmod);
  void (*send)(EvalContext&, const Datum&, std::string& out);

  // Order of two non-null values (the btree operator class's); null when the type has none.
  int (*compare)(const Datum&, const Datum&);
  // Equal values hash alike; null when the type has no hash class.
  std::uint64_t (*hash)(const Datum&);

  // Appends bytes whose memcmp order is compare()'s order; no key is a prefix of another.
  // Null when the type cannot be a key yet.
  void (*encode_key)(const Datum&, std::string& out);
};

// Null when the type is not built yet (callers raise 0A000 by name). Arrays, enums, domains,
// ranges and row types resolve through the catalogue to a generic support; see array.h.
const TypeSupport* find_type(Oid oid);

// find_type or SqlError 0A000.
const TypeSupport& type_support(Oid oid);

// Deep copy of varlen bytes into `arena`; other types unchanged.
Datum copy_datum(Arena& arena, PhysicalType type, const Datum& value);

}  // namespace types
