// Enums: comparisons, first, last and all labels.
#include "comparison.h"
#include "function_table.h"
#include "types/array.h"
#include "types/session_services.h"
#include "types/sql_error.h"
#include "types/user_type.h"

namespace functions {
namespace {

using types::SqlError;
using types::UserType;
using I8 = std::int64_t;
using CompareEnum = Compare<I8, I8>;

const UserType& enum_of(EvalContext& ctx, const FunctionCall& call) {
  const types::TypeSupport& support = types::type_support(ctx, call.arguments[0].oid);
  if (support.user == nullptr || support.user->definition().kind != UserType::Kind::enumeration)
    throw SqlError("0A000", "could not determine actual enum type");
  return *support.user;
}
I8 value_of(EvalContext& ctx, const UserType& type, const UserType::Label& label) {
  types::require_committed_label(ctx.session, label.oid, label.text, type.name());
  return types::enum_datum(label).int64;
}
I8 first(EvalContext& ctx, const FunctionCall& call, std::optional<Datum>) {
  const UserType& type = enum_of(ctx, call);
  if (type.labels().empty()) throw SqlError("55000", "enum " + type.name() + " contains no values");
  return value_of(ctx, type, type.labels().front());
}
I8 last(EvalContext& ctx, const FunctionCall& call, std::optional<Datum>) {
  const UserType& type = enum_of(ctx, call);
  if (type.labels().empty()) throw SqlError("55000", "enum " + type.name() + " contains no values");
  return value_of(ctx, type, type.labels().back());
}
Datum range(EvalContext& ctx, const FunctionCall& call, std::optional<I8> from, std::optional<I8> to) {
  const UserType& type = enum_of(ctx, call);
  types::ArrayBuilder builder(type.oid(), types::PhysicalType::int64);
  for (const UserType::Label& label : type.labels()) {
    const Datum value = types::enum_datum(label);
    if ((from && value.int64 < *from) || (to && value.int64 > *to)) continue;
    types::require_committed_label(ctx.session, label.oid, label.text, type.name());
    builder.add(value);
  }
  return builder.finish(*ctx.arena);
}
Datum whole_range(EvalContext& ctx, const FunctionCall& call, std::optional<Datum>) {
  return range(ctx, call, std::nullopt, std::nullopt);
}

constexpr ScalarFunction kEnumFunctions[] = {
    SEXTANT_COMPARISONS("enum_", CompareEnum),
    {"enum_cmp", strict<&CompareEnum::cmp>},
    {"enum_larger", strict<&CompareEnum::larger>},
    {"enum_smaller", strict<&CompareEnum::smaller>},
    {"enum_first", strict<&first>},
    {"enum_last", strict<&last>},
    {"enum_range_bounds", strict<&range>},
    {"enum_range_all", strict<&whole_range>},
};

}  // namespace

std::span<const ScalarFunction> enum_functions() { return kEnumFunctions; }

}  // namespace functions
