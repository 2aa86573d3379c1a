// Reading and writing values as text and in PostgreSQL's binary format, comparing and hashing
// them: one TypeSupport per type, one table entry to add one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "types/datum.h"
#include "types/eval_context.h"
#include "types/oid.h"

namespace types {

class UserType;  // types/user_type.h

// One function of a type: a plain one for a type that code names, or one that is handed the type
// it works for, where a user made that type (enums, row types, ranges, their arrays).
template <typename Signature>
class TypeFunction;
template <typename R, typename... A>
class TypeFunction<R(A...)> {
 public:
  using Plain = R (*)(A...);
  using Bound = R (*)(const UserType&, A...);

  constexpr TypeFunction() = default;
  constexpr TypeFunction(std::nullptr_t) {}
  template <typename F>
    requires std::is_convertible_v<F, Plain>
  constexpr TypeFunction(F plain) : plain_(plain) {}
  constexpr TypeFunction(const UserType& type, Bound bound) : type_(&type), bound_(bound) {}

  R operator()(A... a) const { return type_ == nullptr ? plain_(a...) : bound_(*type_, a...); }
  constexpr explicit operator bool() const { return plain_ != nullptr; }
  constexpr bool operator==(std::nullptr_t) const { return plain_ == nullptr; }

 private:
  const UserType* type_ = nullptr;
  union {
    Plain plain_ = nullptr;
    Bound bound_;
  };
};
using CompareFunction = TypeFunction<int(const Datum&, const Datum&)>;
using HashFunction = TypeFunction<std::uint64_t(const Datum&)>;
using KeyFunction = TypeFunction<void(const Datum&, std::string&)>;

struct TypeSupport {
  Oid oid;
  std::string_view name;  // pg_type.typname
  PhysicalType physical;

  // Text input as the type's input function: throws SqlError 22P02, 22003, 22007, ... with
  // PostgreSQL's wording. Applies typmod as a column's assignment of that typmod would not: that
  // is the length-coercion cast's work; input functions check it as PostgreSQL's do.
  TypeFunction<Datum(EvalContext&, std::string_view text, std::int32_t typmod)> input;
  // Appends the text form.
  TypeFunction<void(EvalContext&, const Datum&, std::string& out)> output;
  // Binary format of the frontend/backend protocol. receive throws 22P03 or 08P01.
  TypeFunction<Datum(EvalContext&, std::span<const std::byte> bytes, std::int32_t typmod)> receive;
  TypeFunction<void(EvalContext&, const Datum&, std::string& out)> send;

  // Order of two non-null values (the btree operator class's); null when the type has none.
  CompareFunction compare;
  // Equal values hash alike; null when the type has no hash class.
  HashFunction hash;

  // Appends bytes whose memcmp order is compare()'s order; no key is a prefix of another.
  // Null when the type cannot be a key yet.
  KeyFunction encode_key;
  // The type itself, when a user made it or it is built of others (arrays, ranges); else null.
  const UserType* user = nullptr;
};

// Null when the type is not built yet (callers raise 0A000 by name) or when a user made it: those
// come from the catalogue (catalog/user_types.h) as types::UserType.
const TypeSupport* find_type(Oid oid);

// find_type or SqlError 0A000.
const TypeSupport& type_support(Oid oid);
// The same for any type that the session knows, users' ones included.
const TypeSupport& type_support(EvalContext& ctx, Oid oid);

// Deep copy of varlen bytes into `arena`; other types unchanged.
Datum copy_datum(Arena& arena, PhysicalType type, const Datum& value);

}  // namespace types
