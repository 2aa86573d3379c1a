// Objects by their numbers and by their names: rows that the session makes.
#include "small_families.h"

#include <array>
#include <charconv>

#include "kernel.h"
#include "types/array.h"
#include "types/record.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using types::PhysicalType;
using types::RecordField;
using types::SqlError;
using std::string_view;
namespace oid = types::oid;

constexpr RecordField kIdentityText{oid::text, PhysicalType::varlen};
constexpr RecordField kIdentityList{oid::text_array, PhysicalType::varlen};

// The session's answer: the row's fields as an array of text.
types::ArrayView ask_for_object(EvalContext& ctx, string_view function, const std::vector<std::optional<std::string>>& arguments) {
  if (ctx.session == nullptr) throw SqlError::not_supported("this function without a session");
  const auto fields = ctx.session->catalog_text(function, arguments);
  return types::ArrayView(types::array_in(ctx, types::type_support(oid::text), fields.value_or("{}"), -1));
}

std::vector<std::optional<std::string>> object_numbers(types::Oid catalog, types::Oid object, std::int32_t column) {
  return {std::to_string(catalog), std::to_string(object), std::to_string(column)};
}

Datum identify_object(EvalContext& ctx, types::Oid catalog, types::Oid object, std::int32_t column) {
  const types::ArrayView answer = ask_for_object(ctx, "pg_identify_object", object_numbers(catalog, object, column));
  const std::array values{answer.element(0), answer.element(1), answer.element(2), answer.element(3)};
  static constexpr std::array kFields{kIdentityText, kIdentityText, kIdentityText, kIdentityText};
  return types::make_record(*ctx.arena, oid::record, kFields, values);
}

Datum identify_object_as_address(EvalContext& ctx, types::Oid catalog, types::Oid object, std::int32_t column) {
  const types::ArrayView answer = ask_for_object(ctx, "pg_identify_object_as_address", object_numbers(catalog, object, column));
  const auto list = [&](std::uint32_t i) {
    const Datum text = answer.element(i);
    return text.is_null ? text : types::array_in(ctx, types::type_support(oid::text), text.as<string_view>(), -1);
  };
  const std::array values{answer.element(0), list(1), list(2)};
  static constexpr std::array kFields{kIdentityText, kIdentityList, kIdentityList};
  return types::make_record(*ctx.arena, oid::record, kFields, values);
}

std::string array_text(EvalContext& ctx, string_view array) {
  std::string text;
  types::array_out(ctx, types::type_support(oid::text), Datum::of(array), text);
  return text;
}

Datum get_object_address(EvalContext& ctx, string_view type, string_view names, string_view arguments) {
  const types::ArrayView answer =
      ask_for_object(ctx, "pg_get_object_address", {std::string(type), array_text(ctx, names), array_text(ctx, arguments)});
  const auto number = [&](std::uint32_t i) {
    const auto text = answer.element(i).as<string_view>();
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  static constexpr std::array kFields{RecordField{oid::oid_, PhysicalType::int32}, RecordField{oid::oid_, PhysicalType::int32},
                                      RecordField{oid::int4, PhysicalType::int32}};
  const std::array values{Datum::of(static_cast<types::Oid>(number(0))), Datum::of(static_cast<types::Oid>(number(1))),
                          Datum::of(static_cast<std::int32_t>(number(2)))};
  return types::make_record(*ctx.arena, oid::record, kFields, values);
}

constexpr ScalarFunction kObjectIdentityFunctions[] = {
    {"pg_identify_object", strict<&identify_object>},
    {"pg_identify_object_as_address", strict<&identify_object_as_address>},
    {"pg_get_object_address", strict<&get_object_address>},
};

}  // namespace

std::span<const ScalarFunction> object_identity_functions() { return kObjectIdentityFunctions; }

}  // namespace functions
