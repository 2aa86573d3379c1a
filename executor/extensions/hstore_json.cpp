// hstore to JSON, and to and from rows.
#include <deque>

#include "extensions/hstore.h"
#include "hstore_functions.h"
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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As JSON's grammar has it.
bool is_json_number(string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
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

// The row type that a call says, or whose row the value is.
const UserType& row_type(EvalContext& ctx, types::Oid declared, const std::optional<Datum>& record) {
  const types::TypeSupport* support = ctx.names == nullptr ? nullptr : ctx.names->find_support(declared);
  if (support != nullptr && support->user != nullptr && support->user->definition().kind == UserType::Kind::composite)
    return *support->user;
  if (declared == types::oid::record && !record) throw SqlError::not_supported("a null row of no declared type as hstore");
  if (declared == types::oid::record)
    if (const UserType* shape = types::shape_of(ctx, types::RecordView(record->as<string_view>()))) return *shape;
  throw SqlError("42804", "first argument must be a rowtype");
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
    for (const UserType::Field& field : row_type(ctx, call.arguments[0].oid, record).fields())
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
  if (!bytes) return record;
  const UserType& type = row_type(ctx, call.result.oid, record);
  const HstoreView hstore(*bytes);
  if (record && hstore.size() == 0) return record;
  std::vector<Datum> values(type.fields().size());
  std::vector<types::RecordField> layout(values.size());
  // What the row has, by the place among the fields that are there.
  std::vector<Datum> old;
  if (record) {
    const types::RecordView view(record->as<string_view>());
    for (types::LiveFields field(view, &type); field.next();) old.push_back(field.value());
  }
  std::size_t live = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const UserType::Field& field = type.fields()[i];
    if (field.dropped || field.support == nullptr) continue;
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
  return types::make_record(*ctx.arena, type.oid(), layout, values);
}

}  // namespace extensions
