// Constants: the grammar's literals, and unknown ones turned into the type that is wanted.
#include <charconv>

#include "analysis.h"
#include "types/type_io.h"

namespace analyzer {
namespace {

ExpressionPtr constant_of(TypeRef type, int location, const types::Datum& value) {
  return make_expression(type, location, query::Constant(value));
}

ExpressionPtr unknown_constant(std::string_view text, int location) {
  return make_expression(TypeRef{oid::unknown, -1, 0}, location,
                         query::Constant::varlen(std::string(text)));
}

const LiftedLiteral* find_lifted(const Scope& scope, int location) {
  for (const LiftedLiteral& lifted : scope.state.context.lifted)
    if (lifted.location == location) return &lifted;
  return nullptr;
}

}  // namespace

ExpressionPtr null_constant(Scope&, TypeRef type, int location) {
  return constant_of(type, location, types::Datum::null());
}
ExpressionPtr bool_constant(bool value, int location) {
  return constant_of({oid::bool_, -1, 0}, location, types::Datum::of(value));
}
ExpressionPtr int4_constant(std::int32_t value, int location) {
  return constant_of({oid::int4, -1, 0}, location, types::Datum::of(value));
}
ExpressionPtr text_constant(std::string_view value, int location) {
  return make_expression(TypeRef{oid::text, -1, types::collation::default_}, location,
                         query::Constant::varlen(std::string(value)));
}

ExpressionPtr transform_literal(Scope& scope, const ast::Literal& literal) {
  if (literal.location >= 0 && !scope.state.context.lifted.empty()) {
    if (const LiftedLiteral* lifted = find_lifted(scope, literal.location)) {
      auto& types = scope.state.parameters;
      auto index = static_cast<std::size_t>(lifted->parameter - 1);
      if (types.size() <= index) types.resize(index + 1, 0);
      types[index] = lifted->type ? lifted->type : oid::unknown;
      return make_expression(TypeRef{types[index], -1, 0}, literal.location,
                             query::Parameter{lifted->parameter});
    }
  }
  switch (literal.kind_of) {
    case ast::LiteralKind::integer: return int4_constant(literal.integer, literal.location);
    case ast::LiteralKind::number: {
      // An integer too large for int4 may fit int8; everything else is numeric.
      std::int64_t value = 0;
      const char* end = literal.text.data() + literal.text.size();
      auto [stop, error] = std::from_chars(literal.text.data(), end, value);
      if (error == std::errc() && stop == end) {
        if (value >= INT32_MIN && value <= INT32_MAX)
          return int4_constant(static_cast<std::int32_t>(value), literal.location);
        return constant_of({oid::int8, -1, 0}, literal.location, types::Datum::of(value));
      }
      return literal_to_constant(scope, literal.text, false, {oid::numeric, -1, 0},
                                 literal.location);
    }
    case ast::LiteralKind::boolean: return bool_constant(literal.boolean, literal.location);
    case ast::LiteralKind::string: return unknown_constant(literal.text, literal.location);
    case ast::LiteralKind::bit_string:
      return literal_to_constant(scope, literal.text, false, {oid::bit, -1, 0}, literal.location);
    case ast::LiteralKind::null:
      return constant_of({oid::unknown, -1, 0}, literal.location, types::Datum::null());
  }
  return nullptr;
}

ExpressionPtr literal_to_constant(Scope& scope, std::string_view text, bool is_null, TypeRef type,
                                  int location) {
  if (is_null) return null_constant(scope, {type.oid, -1, type.collation}, location);
  TypeRef result{type.oid, type.oid == oid::interval ? type.typmod : -1, type.collation};
  if (type.oid == oid::unknown || type.oid == oid::cstring || type.oid == oid::text ||
      type.oid == oid::varchar || type.oid == oid::bpchar)
    return make_expression(result, location, query::Constant::varlen(std::string(text)));
  const types::TypeSupport* support = types::find_type(type.oid);
  const auto* info = support ? nullptr : scope.catalog().type(type.oid);
  if (info && info->kind != 'd' && info->kind != 'p') support = scope.catalog().find_support(type.oid);
  if (!support) {
    if (info && info->kind == 'p')
      throw SqlError("0A000", "cannot accept a value of type " + type_name(scope, type.oid))
          .at(location);
    // A type that needs the catalogue to be read: at execution, by way of text.
    return make_expression(
        result, location,
        query::CoerceViaIo{text_constant(text, location), query::CallForm::explicit_cast});
  }
  try {
    types::EvalContext eval = scope.state.context.eval;
    eval.literal_location = location;
    types::Datum value = support->input(eval, text, type.typmod);
    if (value.is_null) return null_constant(scope, result, location);
    if (support->physical == types::PhysicalType::varlen)
      return make_expression(
          result, location,
          query::Constant::varlen(std::string(value.varlen.data, value.varlen.size)));
    return constant_of(result, location, value);
  } catch (SqlError& error) {
    error.set_position_if_none(location);
    throw;
  }
}

}  // namespace analyzer
