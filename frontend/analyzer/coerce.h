// Casts: which are possible in which context, and the expressions that do them.
#pragma once

#include <span>

#include "scope.h"

namespace analyzer {

enum class Context : std::uint8_t { implicit, assignment, plpgsql, explicit_ };

enum class Pathway : std::uint8_t { none, function, relabel, array, via_io };

// How `source` becomes `target` in that context; `function` is set for Pathway::function.
Pathway find_pathway(Scope& scope, Oid target, Oid source, Context context, Oid& function);

bool is_binary_coercible(Scope& scope, Oid source, Oid target);

// Whether all of the inputs may become the targets (polymorphic ones included).
bool can_coerce(Scope& scope, std::span<const Oid> inputs, std::span<const Oid> targets,
                Context context);
bool can_coerce(Scope& scope, Oid input, Oid target, Context context);

// Requires can_coerce. `type.typmod` is applied to literals of interval only; see
// coerce_to_target for lengths.
ExpressionPtr coerce(Scope& scope, ExpressionPtr expression, TypeRef type, Context context,
                     query::CallForm form, int location);

// With length coercion. Null when there is no such cast.
ExpressionPtr coerce_to_target(Scope& scope, ExpressionPtr expression, TypeRef type,
                               Context context, query::CallForm form, int location);
// Whether coerce_to_target would succeed.

ExpressionPtr coerce_typmod(Scope& scope, ExpressionPtr expression, TypeRef type, Context context,
                            query::CallForm form, int location, bool hide_input);

// "argument of %s must be type boolean, not type %s"
ExpressionPtr coerce_to_boolean(Scope& scope, ExpressionPtr expression, const char* construct);
ExpressionPtr coerce_to_specific(Scope& scope, ExpressionPtr expression, TypeRef type,
                                 const char* construct);

// The type that all of them become by the rules of UNION, CASE, ...; `what` names the construct in
// messages; null: 0 instead of an error.
Oid select_common_type(Scope& scope, const std::vector<Expression*>& expressions, const char* what);
Oid select_common_type(Scope& scope, const std::vector<ExpressionPtr>& expressions,
                       const char* what);
std::int32_t select_common_typmod(const std::vector<ExpressionPtr>& expressions, Oid type);
ExpressionPtr coerce_to_common(Scope& scope, ExpressionPtr expression, Oid type, const char* what);

// --- polymorphic types ---

bool is_polymorphic(Oid type);
bool is_array_polymorphic(Oid type);
// Whether actual types fit declared ones that include polymorphic types.
bool check_generic(Scope& scope, std::span<const Oid> actual, std::span<const Oid> declared);
// Replaces polymorphic entries of `declared` by what the actual ones make them; returns the actual
// result type. Throws 42804.
Oid enforce_generic(Scope& scope, std::span<const Oid> actual, std::span<Oid> declared, Oid result,
                    bool allow_polymorphic = false);

// Why no call could tell what a polymorphic result type is: the DETAIL of 42P13. Nullopt: calls can.
std::optional<std::string> polymorphic_refusal(Scope& scope, std::span<const Oid> arguments, Oid result);

// A literal of type unknown into a constant of the type.
ExpressionPtr literal_to_constant(Scope& scope, std::string_view text, bool is_null, TypeRef type,
                                  int location);
ExpressionPtr null_constant(Scope& scope, TypeRef type, int location = -1);
ExpressionPtr bool_constant(bool value, int location = -1);
ExpressionPtr int4_constant(std::int32_t value, int location = -1);
ExpressionPtr text_constant(std::string_view value, int location = -1);

// The type with its own collation (0 for what has none).
TypeRef type_ref(Scope& scope, Oid type, std::int32_t typmod = -1);

char type_category(Scope& scope, Oid type);
bool is_preferred(Scope& scope, char category, Oid type);

}  // namespace analyzer
