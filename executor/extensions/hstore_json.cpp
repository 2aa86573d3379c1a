// hstore to JSON, and to and from rows.
#include <deque>
#include <string>
#include <vector>

#include "extensions/hstore.h"
#include "hstore_functions.h"
#include "types/ascii.h"
#include "types/json.h"
#include "types/live_fields.h"
#include "types/record.h"
#include "types/record_names.h"
#include "types/sql_error.h"
#include "types/user_type.h"

namespace extensions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using types::UserType;

// As JSON's grammar has it.
bool is_json_number(string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && types::is_digit(text[at])) ++at;
    return at > begin;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0') ++at;
  else if (!digits()) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// `loose`: values that look like booleans or numbers are such.
std::string json_of(string_view bytes, bool loose) {
  const HstoreView hstore(bytes);
  std::string out = "{";
  for (std::uint32_t i = 0; i < hstore.size(); ++i) {
    if (i > 0) out += ", ";
    types::append_json_string(out, hstore.key(i));
    out += ": ";
    const auto value = hstore.value(i);
    if (!value) out += "null";
    else if (loose && *value == "t") out += "true";
    else if (loose && *value == "f") out += "false";
    else if (loose && is_json_number(*value)) out += *value;
    else types::append_json_string(out, *value);
  }
  return out + "}";
}

Datum jsonb_of(EvalContext& ctx, string_view bytes, bool loose) {
  return types::type_support(types::oid::jsonb).input(ctx, json_of(bytes, loose), -1);
}

[[noreturn]] void refuse_unknown_row() { throw SqlError("42809", "record type has not been registered"); }

// The type that a call names, as a row type's; null: a row of any type.
const types::TypeSupport* declared_row(EvalContext& ctx, types::Oid declared) {
  if (declared == types::oid::record) return nullptr;
  const types::TypeSupport* support = ctx.names == nullptr ? nullptr : ctx.names->find_support(declared);
  if (support != nullptr && support->user != nullptr && support->user->definition().kind == UserType::Kind::composite)
    return support;
  throw SqlError("42804", "first argument must be a rowtype");
}

// What rows are made.
struct Shape {
  struct Field {
    string_view name;
    types::TypeRef type;
    const types::TypeSupport* support;  // null: a field that was dropped
  };
  types::Oid type = types::oid::record;
  std::vector<Field> fields;
};

Shape shape_of_type(const UserType& type) {
  Shape shape{.type = type.oid(), .fields = {}};
  for (const UserType::Field& field : type.fields())
    shape.fields.push_back({field.name, field.type, field.dropped ? nullptr : field.support});
  return shape;
}

// Of a row that says itself what it is.
Shape shape_of_row(EvalContext& ctx, const Datum& record) {
  const types::RecordView view(record.as<string_view>());
  if (const UserType* type = types::shape_of(ctx, view)) return shape_of_type(*type);
  const std::vector<string_view> names = types::record_names(*ctx.arena, record.as<string_view>());
  Shape shape;
  for (std::uint32_t i = 0; i < view.size(); ++i)
    shape.fields.push_back({names[i], {view.field_type(i), -1, 0}, &types::type_support(ctx, view.field_type(i))});
  return shape;
}

}  // namespace

std::string hstore_to_json(string_view hstore) { return json_of(hstore, false); }
std::string hstore_to_json_loose(string_view hstore) { return json_of(hstore, true); }
Datum hstore_to_jsonb(EvalContext& ctx, string_view hstore) { return jsonb_of(ctx, hstore, false); }
Datum hstore_to_jsonb_loose(EvalContext& ctx, string_view hstore) { return jsonb_of(ctx, hstore, true); }

Datum hstore_from_record(EvalContext& ctx, const functions::FunctionCall& call, std::optional<Datum> record) {
  HstoreBuilder builder;
  std::deque<std::string> texts;
  if (!record) {
    // The columns of the type, all null.
    const types::TypeSupport* type = declared_row(ctx, call.arguments[0].oid);
    if (type == nullptr) refuse_unknown_row();
    for (const UserType::Field& field : type->user->fields())
      if (!field.dropped) builder.add(field.name, std::nullopt);
    return builder.finish(*ctx.arena);
  }
  const types::RecordView view(record->as<string_view>());
  const UserType* shape = types::shape_of(ctx, view);
  std::vector<string_view> names;
  if (shape == nullptr)
    names = types::record_names(*ctx.arena, record->as<string_view>());
  else
    for (const UserType::Field& field : shape->fields())
      if (!field.dropped) names.push_back(field.name);
  for (types::LiveFields field(view, shape); field.next();) {
    if (field.value().is_null) {
      builder.add(names[field.index()], std::nullopt);
      continue;
    }
    const types::TypeSupport* support = field.support();
    std::string& text = texts.emplace_back();
    (support != nullptr ? *support : types::type_support(ctx, field.type())).output(ctx, field.value(), text);
    builder.add(names[field.index()], text);
  }
  return builder.finish(*ctx.arena);
}

std::optional<Datum> hstore_populate_record(EvalContext& ctx, const functions::FunctionCall& call,
                                            std::optional<Datum> record, std::optional<string_view> bytes) {
  const types::TypeSupport* declared = declared_row(ctx, call.result.oid);
  if (!bytes) return record;
  const HstoreView hstore(*bytes);
  if (record && hstore.size() == 0) return record;
  if (declared == nullptr && !record) refuse_unknown_row();
  const Shape shape = declared != nullptr ? shape_of_type(*declared->user) : shape_of_row(ctx, *record);
  std::vector<Datum> values(shape.fields.size(), Datum::null());
  std::vector<types::RecordField> layout(values.size());
  // What the row has, by the place among the fields that are there.
  std::vector<Datum> old;
  if (record) {
    const types::RecordView view(record->as<string_view>());
    for (types::LiveFields field(view, types::shape_of(ctx, view)); field.next();) old.push_back(field.value());
  }
  std::size_t live = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Shape::Field& field = shape.fields[i];
    if (field.support == nullptr) continue;
    layout[i] = {field.type.oid, field.support->physical};
    const std::size_t place = live++;
    const auto at = hstore.find(field.name);
    if (!at) {
      if (place < old.size()) values[i] = old[place];
      if (record) continue;
    } else if (const auto text = hstore.value(*at)) {
      values[i] = field.support->input(ctx, ctx.arena->copy(*text), field.type.typmod);
    }
    if (field.support->oid != field.type.oid) types::check_domain(ctx, field.type.oid, values[i]);
  }
  Datum row = types::make_record(*ctx.arena, shape.type, layout, values);
  if (shape.type == types::oid::record) {
    std::vector<std::string> names;
    for (const Shape::Field& field : shape.fields) names.emplace_back(field.name);
    row = types::with_record_names(*ctx.arena, row, types::encode_record_names(names));
  } else if (declared != nullptr && declared->oid != call.result.oid) {
    types::check_domain(ctx, call.result.oid, row);
  }
  return row;
}

}  // namespace extensions
