// Building JSON: to_json, json_build_*, json_object, array_to_json, and the jsonb forms.
#include "functions/json_build.h"

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/json.h"
#include "types/record.h"
#include "types/record_names.h"
#include "types/sql_error.h"
#include "types/session_services.h"
#include "types/user_type.h"

namespace functions {

using std::string_view;
using types::ArrayView;
using types::Oid;
using types::SqlError;

namespace {

constexpr int kMaxArrayDepth = types::kMaxArrayDimensions;

void append_array(EvalContext& ctx, const ArrayView& array, std::string& out, bool line_feeds) {
  if (array.size() == 0) {
    out += "[]";
    return;
  }
  ArrayView::Cursor cursor(array);
  Oid element = array.element_type();
  auto level = [&](auto& self, int d) -> void {
    out += '[';
    for (std::int32_t i = 0; i < array.length(d); ++i) {
      if (i > 0) out += line_feeds && d == 0 ? ",\n " : ",";
      if (d + 1 < array.dimensions()) {
        self(self, d + 1);
        continue;
      }
      cursor.next();
      append_as_json(ctx, element, cursor.value(), out);
    }
    out += ']';
  };
  static_assert(kMaxArrayDepth == 6);
  level(level, 0);
}

// What values of the type are made of: a user's type or an array, or null. Looks through domains.
const types::UserType* made_of(EvalContext& ctx, Oid type) {
  if (ctx.names == nullptr) return nullptr;
  const types::TypeSupport* support = ctx.names->find_support(type);
  return support == nullptr ? nullptr : support->user;
}

// A row as an object.
void append_row(EvalContext& ctx, string_view bytes, std::string& out, bool line_feeds) {
  const types::RecordView record(bytes);
  const types::UserType* type =
      record.row_type() == types::oid::record ? nullptr : made_of(ctx, record.row_type());
  std::vector<string_view> names;
  if (type != nullptr)
    for (const auto& field : type->fields()) names.push_back(field.name);
  else
    names = types::record_names(*ctx.arena, bytes);
  const char* separator = "{";
  types::RecordView::Cursor cursor(record);
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const bool stored = cursor.next();
    if (type != nullptr && type->fields()[i].dropped) continue;
    out += separator;
    separator = line_feeds ? ",\n " : ",";
    types::append_json_string(out, names[i]);
    out += ':';
    append_as_json(ctx, stored ? record.field_type(i) : Oid{0}, stored ? cursor.value() : Datum::null(), out);
  }
  out += *separator == '{' ? "{}" : "}";
}

}  // namespace

bool is_structured(EvalContext& ctx, Oid type) {
  if (type == types::oid::record || types::element_type_of(type) != types::kInvalidOid) return true;
  const types::UserType* user = type >= types::kFirstNormalOid ? made_of(ctx, type) : nullptr;
  using Kind = types::UserType::Kind;
  return user != nullptr && (user->definition().kind == Kind::array || user->definition().kind == Kind::composite);
}

namespace {

// A type that is no built-in one may have a cast of its own; nullopt: it has none.
std::optional<std::string> cast_to_json(EvalContext& ctx, Oid type, const std::string& text) {
  if (type < types::kFirstNormalOid || ctx.session == nullptr) return std::nullopt;
  return ctx.session->catalog_text("sextant_cast_to_json", {std::to_string(type), text});
}

[[noreturn]] void refuse_key() {
  throw SqlError("22023", "key value must be scalar, not array, composite, or json");
}

}  // namespace

void append_as_json(EvalContext& ctx, Oid type, const Datum& value, std::string& out) {
  if (value.is_null) {
    out += "null";
    return;
  }
  switch (type) {
    case types::oid::bool_:
      out += value.boolean ? "true" : "false";
      return;
    case types::oid::int2:
    case types::oid::int4:
    case types::oid::int8:
      types::type_support(ctx, type).output(ctx, value, out);
      return;
    case types::oid::float4:
    case types::oid::float8:
    case types::oid::numeric: {
      std::string text;
      types::type_support(ctx, type).output(ctx, value, text);
      // NaN and infinities are no JSON numbers.
      bool special = text.find_first_of("NI") != text.npos;
      if (special)
        types::append_json_string(out, text);
      else
        out += text;
      return;
    }
    case types::oid::json:
    case types::oid::jsonb:
      out += value.as<string_view>();
      return;
    case types::oid::date:
    case types::oid::timestamp:
    case types::oid::timestamptz: {
      types::FormatSettings iso;
      if (ctx.format != nullptr) iso = *ctx.format;
      iso.date_style = types::DateStyle::iso;
      std::string text;
      if (type == types::oid::date)
        types::append_date(iso, value.int32, text);
      else if (type == types::oid::timestamp)
        types::append_timestamp(iso, value.int64, text);
      else
        types::append_timestamptz(iso, value.int64, text);
      if (type != types::oid::date && text.size() > 10) {
        auto space = text.find(' ');
        if (space != text.npos && !text.ends_with("infinity")) text[space] = 'T';
        // An offset always has minutes here.
        if (type == types::oid::timestamptz) {
          auto sign = text.find_last_of("+-");
          auto end = text.find(" BC");
          std::size_t stop = end == text.npos ? text.size() : end;
          if (sign != text.npos && sign > 10 && stop - sign == 3) text.insert(stop, ":00");
        }
      }
      types::append_json_string(out, text);
      return;
    }
    default:
      break;
  }
  const types::TypeSupport* support = types::find_type(type);
  if (support == nullptr && ctx.names != nullptr) support = ctx.names->find_support(type);
  // A domain is as what it is over.
  if (support != nullptr && support->oid != type && type >= types::kFirstNormalOid)
    return append_as_json(ctx, support->oid, value, out);
  if (support == nullptr) throw SqlError::not_supported(fmt::format("JSON of type with OID {}", type));
  if (types::element_type_of(type) != types::kInvalidOid) {
    append_array(ctx, ArrayView(value), out, false);
    return;
  }
  if (type == types::oid::record) return append_row(ctx, value.as<string_view>(), out, false);
  if (const types::UserType* user = support->user) {
    using Kind = types::UserType::Kind;
    if (user->definition().kind == Kind::array) return append_array(ctx, ArrayView(value), out, false);
    if (user->definition().kind == Kind::composite)
      return append_row(ctx, value.as<string_view>(), out, false);
  }
  std::string text;
  support->output(ctx, value, text);
  if (const auto cast = cast_to_json(ctx, type, text)) {
    out += *cast;
    return;
  }
  types::append_json_string(out, text);
}

void append_as_json_key(EvalContext& ctx, Oid type, const Datum& value, std::string& out) {
  if (value.is_null) throw SqlError("22023", "null value not allowed for object key");
  if (is_structured(ctx, type) || type == types::oid::json || type == types::oid::jsonb)
    refuse_key();
  std::string text;
  if (type == types::oid::bool_) {
    text = value.boolean ? "true" : "false";
  } else {
    types::type_support(ctx, type).output(ctx, value, text);
    if (cast_to_json(ctx, type, text)) refuse_key();
  }
  types::append_json_string(out, text);
}

namespace {

// Text in JSON form to a row of `out`, made jsonb where that is wanted.
template <bool Binary>
void store_json(EvalContext& ctx, Vector& out, std::uint32_t row, string_view text) {
  out.set(row, Binary ? types::to_jsonb(*ctx.arena, text) : ctx.arena->copy(text));
}

template <bool Binary>
void to_json(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
             Selection rows, Vector& out) {
  std::string text;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (arguments[0]->is_null(row)) return out.set_null(row);
    text.clear();
    append_as_json(ctx, call.arguments[0].oid, arguments[0]->datum(row), text);
    store_json<Binary>(ctx, out, row, text);
  });
}

struct Item {
  Oid type;
  Datum value;
};
// The arguments, or the elements of a VARIADIC array; false when that is null.
bool items_of(const FunctionCall& call, std::span<const Vector* const> arguments, std::uint32_t row,
              std::vector<Item>& items) {
  items.clear();
  if (call.variadic_array) {
    Datum value = arguments.back()->datum(row);
    if (value.is_null) return false;
    ArrayView array(value);
    for (ArrayView::Cursor c(array); c.next();) items.push_back({array.element_type(), c.value()});
    return true;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i)
    items.push_back({call.arguments[i].oid, arguments[i]->datum(row)});
  return true;
}

template <bool Binary>
void build_array(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                 Selection rows, Vector& out) {
  std::vector<Item> items;
  std::string text;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (!items_of(call, arguments, row, items)) return out.set_null(row);
    text = "[";
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text += ", ";
      append_as_json(ctx, items[i].type, items[i].value, text);
    }
    text += ']';
    store_json<Binary>(ctx, out, row, text);
  });
}

template <bool Binary>
void build_object(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                  Selection rows, Vector& out) {
  std::vector<Item> items;
  std::string text;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (!items_of(call, arguments, row, items)) return out.set_null(row);
    if (items.size() % 2 != 0)
      throw SqlError("22023", "argument list must have even number of elements")
          .with_hint(fmt::format("The arguments of {} must consist of alternating keys and values.",
                                 Binary ? "jsonb_build_object()" : "json_build_object()"));
    text = "{";
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if (i > 0) text += ", ";
      if (items[i].value.is_null)
        throw SqlError("22023", fmt::format(Binary ? "argument {}: key must not be null"
                                                   : "argument {} cannot be null", i + 1))
            .with_hint(Binary ? "" : "Object keys should be text.");
      append_as_json_key(ctx, items[i].type, items[i].value, text);
      text += " : ";
      append_as_json(ctx, items[i + 1].type, items[i + 1].value, text);
    }
    text += '}';
    store_json<Binary>(ctx, out, row, text);
  });
}

std::string row_to_json(EvalContext& ctx, string_view row) {
  std::string text;
  append_row(ctx, row, text, false);
  return text;
}
std::string row_to_json_pretty(EvalContext& ctx, string_view row, bool pretty) {
  std::string text;
  append_row(ctx, row, text, pretty);
  return text;
}

std::string array_to_json(EvalContext& ctx, string_view array) {
  std::string text;
  append_array(ctx, ArrayView(array), text, false);
  return text;
}
std::string array_to_json_pretty(EvalContext& ctx, string_view array, bool pretty) {
  std::string text;
  append_array(ctx, ArrayView(array), text, pretty);
  return text;
}

std::string pairs_to_json(const std::vector<Datum>& keys, const std::vector<Datum>& values) {
  std::string text = "{";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].is_null) throw SqlError("22004", "null value not allowed for object key");
    if (i > 0) text += ", ";
    types::append_json_string(text, keys[i].as<string_view>());
    text += " : ";
    if (values[i].is_null)
      text += "null";
    else
      types::append_json_string(text, values[i].as<string_view>());
  }
  return text + "}";
}

std::string object_text(string_view bytes) {
  ArrayView array(bytes);
  std::vector<Datum> keys, values;
  if (array.dimensions() == 1 && array.length(0) % 2 != 0)
    throw SqlError("2202E", "array must have even number of elements");
  if (array.dimensions() == 2 && array.length(1) != 2)
    throw SqlError("2202E", "array must have two columns");
  if (array.dimensions() > 2) throw SqlError("2202E", "wrong number of array subscripts");
  for (ArrayView::Cursor c(array); c.next();)
    (keys.size() == values.size() ? keys : values).push_back(c.value());
  return pairs_to_json(keys, values);
}
std::string object_two_text(string_view key_bytes, string_view value_bytes) {
  ArrayView key_array(key_bytes), value_array(value_bytes);
  if (key_array.dimensions() > 1 || key_array.dimensions() != value_array.dimensions())
    throw SqlError("2202E", "wrong number of array subscripts");
  if (key_array.size() != value_array.size())
    throw SqlError("2202E", "mismatched array dimensions");
  std::vector<Datum> keys, values;
  for (ArrayView::Cursor c(key_array); c.next();) keys.push_back(c.value());
  for (ArrayView::Cursor c(value_array); c.next();) values.push_back(c.value());
  return pairs_to_json(keys, values);
}
string_view jsonb_object(EvalContext& ctx, string_view array) {
  return types::to_jsonb(*ctx.arena, object_text(array));
}
string_view jsonb_object_two(EvalContext& ctx, string_view keys, string_view values) {
  return types::to_jsonb(*ctx.arena, object_two_text(keys, values));
}

constexpr ScalarFunction kJsonBuildFunctions[] = {
    {"to_json", &to_json<false>},
    {"to_jsonb", &to_json<true>},
    {"json_build_array", &build_array<false>},
    {"jsonb_build_array", &build_array<true>},
    {"json_build_array_noargs", &build_array<false>},
    {"jsonb_build_array_noargs", &build_array<true>},
    {"json_build_object", &build_object<false>},
    {"jsonb_build_object", &build_object<true>},
    {"json_build_object_noargs", &build_object<false>},
    {"jsonb_build_object_noargs", &build_object<true>},
    {"row_to_json", strict<&row_to_json>},
    {"row_to_json_pretty", strict<&row_to_json_pretty>},
    {"array_to_json", strict<&array_to_json>},
    {"array_to_json_pretty", strict<&array_to_json_pretty>},
    {"json_object", strict<&object_text>},
    {"json_object_two_arg", strict<&object_two_text>},
    {"jsonb_object", strict<&jsonb_object>},
    {"jsonb_object_two_arg", strict<&jsonb_object_two>},
};

}  // namespace

std::span<const ScalarFunction> json_build_functions() { return kJsonBuildFunctions; }

}  // namespace functions
