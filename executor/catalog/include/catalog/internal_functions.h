// Built-in functions by the name that CREATE FUNCTION ... LANGUAGE internal gives them (pg_proc.prosrc), and the
// built-in types whose values a type's I/O functions make. Facts of Builtins: immutable, shared, thread-safe.
#pragma once

#include <span>
#include <string_view>

#include "catalog/catalog_view.h"

namespace catalog {

inline constexpr Oid kInternalLanguage = 12;

// Functions of PostgreSQL's with that prosrc, in OID order; none: there is no built-in function of that name.
std::span<const FunctionInfo* const> internal_functions(std::string_view source);

// Whether a user made the function, as a built-in one under another name and signature.
inline bool is_user_internal(const FunctionInfo& f) {
  return f.oid >= types::kFirstNormalOid && f.language == kInternalLanguage;
}

// The built-in type that has an I/O function of that prosrc for itself alone; null: none has, or its values are not
// built. Of types that share theirs the one with the lowest OID; arrays, enums, ranges and rows have none.
enum class TypeRole : std::uint8_t { input, output, receive, send };
const TypeInfo* type_of_io_function(TypeRole role, std::string_view source);

// The built-in type whose typmod_in function has that prosrc; null: none.
const TypeInfo* type_of_typmod_function(std::string_view source);

// What values of a base type that a user made are: those of the built-in type that its input function makes, written
// by the one that its output function writes, compared as the built-in ones are where its default operator classes
// call the same functions. Null: its functions are no built-in ones. Lives as long as the process.
const types::TypeSupport* base_type_support(CatalogView& view, const TypeInfo& type);

// The type whose representation a value has: of a domain, what it is over; of a user's base type, the built-in one.
Oid represented_type(CatalogView& view, Oid type);

// Whether a value that lies as the one's do can be read as the other's without a copy: the same number of bytes, or
// the same form of them. Conversions between numbers are none.
bool is_same_representation(CatalogView& view, Oid one, Oid other);

// The built-in function that a user's LANGUAGE internal function is. Null: none whose arguments and result have the
// representation that the user's declaration says, or one that is not strict under one that is.
const FunctionInfo* internal_function_of(CatalogView& view, const FunctionInfo& function);

}  // namespace catalog
