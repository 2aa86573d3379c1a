// Reading and changing json and jsonb values.
#include "types/json.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "comparison.h"
#include "function_table.h"
#include "json_populate.h"
#include "types/array.h"
#include "types/jsonb_text.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::ArrayView;
using types::JsonKind;
using types::JsonNode;
using types::SqlError;

int order(string_view a, string_view b) { return types::compare_jsonb_text(a, b); }
using CompareJsonb = CompareBy<string_view, &order>;

const JsonNode& parse(EvalContext& ctx, string_view text) { return types::parse_json(*ctx.arena, text); }

// The text of a value for ->> and such; null for JSON null.
std::optional<string_view> as_text(const JsonNode& node) {
  if (node.kind == JsonKind::null) return std::nullopt;
  if (node.kind != JsonKind::string) return node.raw;
  if (node.string.find('\0') != node.string.npos)
    throw SqlError("22P05", "unsupported Unicode escape sequence")
        .with_detail("\\u0000 cannot be converted to text.");
  return node.string;
}

std::optional<string_view> field(EvalContext& ctx, string_view json, string_view key) {
  const JsonNode* found = parse(ctx, json).find(key);
  if (found == nullptr) return std::nullopt;
  return found->raw;
}
std::optional<string_view> field_text(EvalContext& ctx, string_view json, string_view key) {
  const JsonNode* found = parse(ctx, json).find(key);
  return found == nullptr ? std::nullopt : as_text(*found);
}
const JsonNode* element_of(const JsonNode& node, std::int64_t index) {
  return node.kind == JsonKind::array ? node.at(index) : nullptr;
}
std::optional<string_view> jsonb_as_text(EvalContext& ctx, string_view value) {
  switch (types::jsonb_kind(value)) {
    case JsonKind::null: return std::nullopt;
    case JsonKind::string: return types::jsonb_string(*ctx.arena, value);
    default: return value;
  }
}
template <bool AsText>
std::optional<string_view> jsonb_object_field(EvalContext& ctx, string_view json, string_view key) {
  const std::optional<string_view> found = types::jsonb_field(json, key);
  return AsText && found ? jsonb_as_text(ctx, *found) : found;
}
// A scalar of jsonb is its own element, as the array of one that PostgreSQL stores it as.
template <bool AsText>
std::optional<string_view> jsonb_array_element(EvalContext& ctx, string_view json, std::int32_t index) {
  const JsonKind kind = types::jsonb_kind(json);
  const bool scalar = kind != JsonKind::array && kind != JsonKind::object;
  const std::optional<string_view> found =
      !scalar ? types::jsonb_element(json, index) : index == 0 || index == -1 ? std::optional(json) : std::nullopt;
  return AsText && found ? jsonb_as_text(ctx, *found) : found;
}
std::optional<string_view> element(EvalContext& ctx, string_view json, std::int32_t index) {
  const JsonNode* found = element_of(parse(ctx, json), index);
  if (found == nullptr) return std::nullopt;
  return found->raw;
}
std::optional<string_view> element_text(EvalContext& ctx, string_view json, std::int32_t index) {
  const JsonNode* found = element_of(parse(ctx, json), index);
  return found == nullptr ? std::nullopt : as_text(*found);
}

std::optional<std::int32_t> to_index(string_view text) {
  std::int32_t value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

using Path = std::vector<std::optional<string_view>>;

const JsonNode* step(const JsonNode& node, string_view key) {
  if (node.kind == JsonKind::object) return node.find(key);
  if (node.kind != JsonKind::array) return nullptr;
  auto index = to_index(key);
  return index ? node.at(*index) : nullptr;
}

Path path_of(string_view bytes) {
  ArrayView array(bytes);
  Path path;
  for (ArrayView::Cursor c(array); c.next();)
    path.push_back(c.value().is_null ? std::nullopt : std::optional(c.value().as<string_view>()));
  return path;
}

// json_extract_path: keys as arguments, or one array of them (#>). Those that are constant are read once for a batch.
template <typename F>
void for_each_path(const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows, Vector& out, F&& f) {
  const bool array = call.variadic_array || (arguments.size() == 2 && call.arguments[1].oid == types::oid::text_array);
  const bool constant = std::ranges::all_of(arguments.subspan(1), [](const Vector* v) { return v->is_constant(); });
  Path path;
  bool is_known = false;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const Vector* v : arguments)
      if (v->is_null(row)) return out.set_null(row);
    if (!constant || !is_known) {
      path.clear();
      if (array)
        path = path_of(arguments[1]->get<string_view>(row));
      else
        for (std::size_t i = 1; i < arguments.size(); ++i) path.push_back(arguments[i]->get<string_view>(row));
      is_known = true;
    }
    if (const std::optional<string_view> found = f(arguments[0]->get<string_view>(row), path))
      out.set(row, *found);
    else
      out.set_null(row);
  });
}
template <bool AsText>
void extract_path(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                  Selection rows, Vector& out) {
  for_each_path(call, arguments, rows, out, [&](string_view json, const Path& path) -> std::optional<string_view> {
    const JsonNode* node = &parse(ctx, json);
    for (const auto& key : path) {
      node = key ? step(*node, *key) : nullptr;
      if (node == nullptr) return std::nullopt;
    }
    return AsText ? as_text(*node) : std::optional(node->raw);
  });
}
template <bool AsText>
void jsonb_extract_path(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                        Selection rows, Vector& out) {
  for_each_path(call, arguments, rows, out, [&](string_view value, const Path& path) -> std::optional<string_view> {
    for (const auto& key : path) {
      std::optional<string_view> found;
      if (key && types::jsonb_kind(value) == JsonKind::object)
        found = types::jsonb_field(value, *key);
      else if (const auto index = key ? to_index(*key) : std::nullopt)
        found = types::jsonb_element(value, *index);
      if (!found) return std::nullopt;
      value = *found;
    }
    return AsText ? jsonb_as_text(ctx, value) : std::optional(value);
  });
}

string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::string:
      return "string";
    case JsonKind::number:
      return "number";
    case JsonKind::boolean:
      return "boolean";
    case JsonKind::array:
      return "array";
    case JsonKind::object:
      return "object";
  }
  return "";
}
string_view type_of(EvalContext& ctx, string_view json) { return kind_name(parse(ctx, json).kind); }
string_view jsonb_type_of(string_view json) { return kind_name(types::jsonb_kind(json)); }

std::int32_t array_length(EvalContext& ctx, string_view json) {
  const JsonNode& node = parse(ctx, json);
  if (node.kind == JsonKind::array) return static_cast<std::int32_t>(node.children.size());
  throw SqlError("22023", node.kind == JsonKind::object ? "cannot get array length of a non-array"
                                                        : "cannot get array length of a scalar");
}

// Documents of one argument: a constant is read once for a batch's rows. Valid until the next one.
class Documents {
 public:
  explicit Documents(const Vector& values) : values_(values) {}
  const JsonNode& at(std::uint32_t row) {
    if (node_ == nullptr || !values_.is_constant()) {
      nodes_.reset();
      node_ = &types::parse_json(nodes_, values_.get<string_view>(row));
    }
    return *node_;
  }

 private:
  const Vector& values_;
  types::Arena nodes_;
  const JsonNode* node_ = nullptr;
};

// @> and, with the arguments the other way, <@.
template <bool Swapped>
void jsonb_contains(EvalContext&, const FunctionCall&, std::span<const Vector* const> arguments, Selection rows,
                    Vector& out) {
  const Vector &a = *arguments[Swapped ? 1 : 0], &b = *arguments[Swapped ? 0 : 1];
  Documents part(b);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (a.is_null(row) || b.is_null(row)) return out.set_null(row);
    out.set(row, types::jsonb_contains(a.get<string_view>(row), part.at(row)));
  });
}

bool has(EvalContext& ctx, string_view json, string_view key) {
  const JsonKind kind = types::jsonb_kind(json);
  if (kind == JsonKind::object) return types::jsonb_field(json, key).has_value();
  const auto is_key = [&](string_view value) {
    return types::jsonb_kind(value) == JsonKind::string && types::jsonb_string(*ctx.arena, value) == key;
  };
  if (kind != JsonKind::array) return is_key(json);
  for (types::JsonbMembers members(json); members.next();)
    if (is_key(members.value())) return true;
  return false;
}
bool exists_any(EvalContext& ctx, string_view json, string_view keys) {
  for (const auto& key : path_of(keys))
    if (key && has(ctx, json, *key)) return true;
  return false;
}
bool exists_all(EvalContext& ctx, string_view json, string_view keys) {
  for (const auto& key : path_of(keys))
    if (key && !has(ctx, json, *key)) return false;
  return true;
}

// Changing: nodes with other children, written out anew.
class Editor {
 public:
  explicit Editor(EvalContext& ctx) : ctx_(ctx) {}

  JsonNode array(const std::vector<JsonNode>& items) {
    JsonNode node{};
    node.kind = JsonKind::array;
    node.children = keep(items);
    return node;
  }
  JsonNode object(const std::vector<string_view>& keys, const std::vector<JsonNode>& values) {
    JsonNode node{};
    node.kind = JsonKind::object;
    node.children = keep(values);
    node.keys = keep(keys);
    return node;
  }
  std::string text(const JsonNode& node) {
    std::string out;
    types::append_jsonb(*ctx_.arena, out, node);
    return out;
  }

 private:
  template <typename T>
  std::span<const T> keep(const std::vector<T>& items) {
    T* kept = ctx_.arena->allocate_array<T>(items.size());
    std::copy(items.begin(), items.end(), kept);
    return {kept, items.size()};
  }
  EvalContext& ctx_;
};

std::vector<JsonNode> children_of(const JsonNode& n) { return {n.children.begin(), n.children.end()}; }
std::vector<string_view> keys_of(const JsonNode& n) { return {n.keys.begin(), n.keys.end()}; }

std::string concatenate(EvalContext& ctx, string_view x, string_view y) {
  const JsonNode &a = parse(ctx, x), &b = parse(ctx, y);
  Editor editor(ctx);
  if (a.kind == JsonKind::object && b.kind == JsonKind::object) {
    auto keys = keys_of(a);
    auto values = children_of(a);
    keys.insert(keys.end(), b.keys.begin(), b.keys.end());
    values.insert(values.end(), b.children.begin(), b.children.end());
    return editor.text(editor.object(keys, values));
  }
  std::vector<JsonNode> items;
  for (const JsonNode* side : {&a, &b}) {
    if (side->kind == JsonKind::array)
      items.insert(items.end(), side->children.begin(), side->children.end());
    else
      items.push_back(*side);
  }
  return editor.text(editor.array(items));
}

[[noreturn]] void fail_scalar(string_view what) {
  throw SqlError("22023", fmt::format("cannot {} scalar", what));
}

std::string delete_matching(EvalContext& ctx, const JsonNode& node, const Path& keys) {
  Editor editor(ctx);
  auto listed = [&](string_view key) {
    for (const auto& k : keys)
      if (k && *k == key) return true;
    return false;
  };
  std::vector<JsonNode> values;
  std::vector<string_view> names;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const JsonNode& child = node.children[i];
    bool gone = node.kind == JsonKind::object ? listed(node.keys[i])
                                              : child.kind == JsonKind::string && listed(child.string);
    if (gone) continue;
    values.push_back(child);
    if (node.kind == JsonKind::object) names.push_back(node.keys[i]);
  }
  return editor.text(node.kind == JsonKind::object ? editor.object(names, values) : editor.array(values));
}
bool is_scalar(const JsonNode& node) { return node.kind != JsonKind::object && node.kind != JsonKind::array; }

std::string delete_key(EvalContext& ctx, string_view json, string_view key) {
  const JsonNode& node = parse(ctx, json);
  if (is_scalar(node)) fail_scalar("delete from");
  return delete_matching(ctx, node, {key});
}
std::string delete_keys(EvalContext& ctx, string_view json, string_view keys) {
  if (ArrayView(keys).dimensions() > 1) throw SqlError("2202E", "wrong number of array subscripts");
  const JsonNode& node = parse(ctx, json);
  if (is_scalar(node)) fail_scalar("delete from");
  return delete_matching(ctx, node, path_of(keys));
}
std::string delete_index(EvalContext& ctx, string_view json, std::int32_t index) {
  const JsonNode& node = parse(ctx, json);
  if (is_scalar(node)) fail_scalar("delete from");
  if (node.kind == JsonKind::object)
    throw SqlError("22023", "cannot delete from object using integer index");
  auto items = children_of(node);
  auto size = static_cast<std::int64_t>(items.size());
  std::int64_t at = index < 0 ? index + size : index;
  if (at >= 0 && at < size) items.erase(items.begin() + at);
  Editor editor(ctx);
  return editor.text(editor.array(items));
}

enum class Edit { remove, set, set_or_create, insert_before, insert_after };

[[noreturn]] void fail_path(std::size_t at, string_view text) {
  throw SqlError("22P02", fmt::format("path element at position {} is not an integer: \"{}\"", at + 1, text));
}

JsonNode edit(Editor& editor, const JsonNode& node, const Path& path, std::size_t at, Edit how,
              const JsonNode* value) {
  if (!path[at]) throw SqlError("22004", fmt::format("path element at position {} is null", at + 1));
  string_view key = *path[at];
  bool last = at + 1 == path.size();
  bool insert = how == Edit::insert_before || how == Edit::insert_after;
  if (node.kind == JsonKind::object) {
    auto keys = keys_of(node);
    auto values = children_of(node);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i] != key) continue;
      if (!last) {
        values[i] = edit(editor, values[i], path, at + 1, how, value);
      } else if (how == Edit::remove) {
        keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
        values.erase(values.begin() + static_cast<std::ptrdiff_t>(i));
      } else if (insert) {
        throw SqlError("22023", "cannot replace existing key")
            .with_hint("Try using the function jsonb_set to replace key value.");
      } else {
        values[i] = *value;
      }
      return editor.object(keys, values);
    }
    if (last && (how == Edit::set_or_create || insert)) {
      keys.push_back(key);
      values.push_back(*value);
    }
    return editor.object(keys, values);
  }
  if (node.kind != JsonKind::array) return node;
  auto index = to_index(key);
  if (!index) fail_path(at, key);
  auto items = children_of(node);
  auto size = static_cast<std::int64_t>(items.size());
  std::int64_t position = *index < 0 ? *index + size : *index;
  bool inside = position >= 0 && position < size;
  if (!last) {
    if (inside) {
      auto& child = items[static_cast<std::size_t>(position)];
      child = edit(editor, child, path, at + 1, how, value);
    }
    return editor.array(items);
  }
  switch (how) {
    case Edit::remove:
      if (inside) items.erase(items.begin() + position);
      break;
    case Edit::set:
    case Edit::set_or_create:
      if (inside)
        items[static_cast<std::size_t>(position)] = *value;
      else if (how == Edit::set_or_create)
        items.insert(position < 0 ? items.begin() : items.end(), *value);
      break;
    case Edit::insert_before:
    case Edit::insert_after:
      if (!inside)
        items.insert(position < 0 ? items.begin() : items.end(), *value);
      else
        items.insert(items.begin() + position + (how == Edit::insert_after ? 1 : 0), *value);
      break;
  }
  return editor.array(items);
}

std::string edited(EvalContext& ctx, string_view json, string_view path_bytes, Edit how,
                   std::optional<string_view> value, string_view scalar_message) {
  if (ArrayView(path_bytes).dimensions() > 1) throw SqlError("2202E", "wrong number of array subscripts");
  const JsonNode& node = parse(ctx, json);
  if (is_scalar(node)) fail_scalar(scalar_message);
  Path path = path_of(path_bytes);
  if (path.empty() || (node.children.empty() && (how == Edit::remove || how == Edit::set)))
    return std::string(json);
  Editor editor(ctx);
  const JsonNode* replacement = value ? &parse(ctx, *value) : nullptr;
  return editor.text(edit(editor, node, path, 0, how, replacement));
}
std::string delete_path(EvalContext& ctx, string_view json, string_view path) {
  return edited(ctx, json, path, Edit::remove, std::nullopt, "delete path in");
}
std::string set(EvalContext& ctx, string_view json, string_view path, string_view value, bool create) {
  return edited(ctx, json, path, create ? Edit::set_or_create : Edit::set, value, "set path in");
}
// As jsonb_set() where there is a value; `treatment` says what a null one means.
std::optional<std::string> set_lax(EvalContext& ctx, std::optional<string_view> json, std::optional<string_view> path,
                                   std::optional<string_view> value, std::optional<bool> create,
                                   std::optional<string_view> treatment) {
  if (!json || !path || !create) return std::nullopt;
  constexpr const char* kChoices =
      "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"";
  if (!treatment) throw SqlError("22023", kChoices);
  if (value) return set(ctx, *json, *path, *value, *create);
  if (*treatment == "raise_exception")
    throw SqlError("22004", "JSON value must not be null")
        .with_detail("Exception was raised because null_value_treatment is \"raise_exception\".")
        .with_hint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.");
  if (*treatment == "use_json_null") return set(ctx, *json, *path, "null", *create);
  if (*treatment == "delete_key") return delete_path(ctx, *json, *path);
  if (*treatment == "return_target") return std::string(*json);
  throw SqlError("22023", kChoices);
}
std::string insert(EvalContext& ctx, string_view json, string_view path, string_view value, bool after) {
  return edited(ctx, json, path, after ? Edit::insert_after : Edit::insert_before, value, "set path in");
}

JsonNode without_nulls(Editor& editor, const JsonNode& node) {
  if (is_scalar(node)) return node;
  std::vector<JsonNode> values;
  std::vector<string_view> keys;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == JsonKind::object) {
      if (node.children[i].kind == JsonKind::null) continue;
      keys.push_back(node.keys[i]);
    }
    values.push_back(without_nulls(editor, node.children[i]));
  }
  return node.kind == JsonKind::object ? editor.object(keys, values) : editor.array(values);
}
std::string strip_nulls_jsonb(EvalContext& ctx, string_view json) {
  Editor editor(ctx);
  return editor.text(without_nulls(editor, parse(ctx, json)));
}
// json keeps the order of keys and the numbers as written, without spaces.
void write_compact(const JsonNode& node, std::string& out) {
  if (is_scalar(node)) {
    if (node.kind == JsonKind::string)
      types::append_json_string(out, node.string);
    else
      out += node.raw;
    return;
  }
  bool object = node.kind == JsonKind::object, first = true;
  out += object ? '{' : '[';
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (object && node.children[i].kind == JsonKind::null) continue;
    if (!first) out += ',';
    first = false;
    if (object) {
      types::append_json_string(out, node.keys[i]);
      out += ':';
    }
    write_compact(node.children[i], out);
  }
  out += object ? '}' : ']';
}
std::string strip_nulls_json(EvalContext& ctx, string_view json) {
  std::string out;
  write_compact(parse(ctx, json), out);
  return out;
}

std::string pretty(EvalContext& ctx, string_view json) {
  std::string out;
  types::append_json_pretty(out, parse(ctx, json));
  return out;
}

// Casts of jsonb scalars.
const JsonNode& scalar_for(EvalContext& ctx, string_view json, JsonKind kind, string_view type) {
  const JsonNode& node = parse(ctx, json);
  if (node.kind == kind) return node;
  string_view name = node.kind == JsonKind::number ? "numeric" : kind_name(node.kind);
  throw SqlError("22023", fmt::format("cannot cast jsonb {} to type {}", name, type));
}
bool to_bool(EvalContext& ctx, string_view json) {
  return scalar_for(ctx, json, JsonKind::boolean, "boolean").boolean();
}
types::NumericView number(EvalContext& ctx, string_view json, string_view type) {
  return types::parse_numeric(*ctx.arena, scalar_for(ctx, json, JsonKind::number, type).raw);
}
types::NumericView to_numeric(EvalContext& ctx, string_view json) { return number(ctx, json, "numeric"); }
std::int16_t to_int2(EvalContext& ctx, string_view json) {
  return types::numeric_to_int16(number(ctx, json, "smallint"));
}
std::int32_t to_int4(EvalContext& ctx, string_view json) {
  return types::numeric_to_int32(number(ctx, json, "integer"));
}
std::int64_t to_int8(EvalContext& ctx, string_view json) {
  return types::numeric_to_int64(number(ctx, json, "bigint"));
}
double to_float8(EvalContext& ctx, string_view json) {
  return types::numeric_to_float8(number(ctx, json, "double precision"));
}
float to_float4(EvalContext& ctx, string_view json) {
  return static_cast<float>(types::numeric_to_float8(number(ctx, json, "real")));
}

constexpr ScalarFunction kJsonFunctions[] = {
    {"json_populate_record", strict<&json_populate_record>},
    {"json_to_record", &json_to_record},
    {"jsonb_to_record", &jsonb_to_record},
    {"jsonb_populate_record", strict<&populate_record>},
    {"jsonb_eq", strict<&CompareJsonb::eq>},
    {"jsonb_ne", strict<&CompareJsonb::ne>},
    {"jsonb_lt", strict<&CompareJsonb::lt>},
    {"jsonb_le", strict<&CompareJsonb::le>},
    {"jsonb_gt", strict<&CompareJsonb::gt>},
    {"jsonb_ge", strict<&CompareJsonb::ge>},
    {"jsonb_cmp", strict<&CompareJsonb::cmp>},
    {"json_object_field", strict<&field>},
    {"jsonb_object_field", strict<&jsonb_object_field<false>>},
    {"json_object_field_text", strict<&field_text>},
    {"jsonb_object_field_text", strict<&jsonb_object_field<true>>},
    {"json_array_element", strict<&element>},
    {"jsonb_array_element", strict<&jsonb_array_element<false>>},
    {"json_array_element_text", strict<&element_text>},
    {"jsonb_array_element_text", strict<&jsonb_array_element<true>>},
    {"json_extract_path", &extract_path<false>},
    {"jsonb_extract_path", &jsonb_extract_path<false>},
    {"json_extract_path_text", &extract_path<true>},
    {"jsonb_extract_path_text", &jsonb_extract_path<true>},
    {"json_typeof", strict<&type_of>},
    {"jsonb_typeof", strict<&jsonb_type_of>},
    {"json_array_length", strict<&array_length>},
    {"jsonb_array_length", strict<&array_length>},
    {"jsonb_contains", &jsonb_contains<false>},
    {"jsonb_contained", &jsonb_contains<true>},
    {"jsonb_exists", strict<&has>},
    {"jsonb_exists_any", strict<&exists_any>},
    {"jsonb_exists_all", strict<&exists_all>},
    {"jsonb_concat", strict<&concatenate>},
    {"jsonb_delete", strict<&delete_key>},
    {"jsonb_delete_array", strict<&delete_keys>},
    {"jsonb_delete_idx", strict<&delete_index>},
    {"jsonb_delete_path", strict<&delete_path>},
    {"jsonb_set", strict<&set>},
    {"jsonb_set_lax", strict<&set_lax>},
    {"jsonb_insert", strict<&insert>},
    {"jsonb_strip_nulls", strict<&strip_nulls_jsonb>},
    {"json_strip_nulls", strict<&strip_nulls_json>},
    {"jsonb_pretty", strict<&pretty>},
    {"jsonb_bool", strict<&to_bool>},
    {"jsonb_numeric", strict<&to_numeric>},
    {"jsonb_int2", strict<&to_int2>},
    {"jsonb_int4", strict<&to_int4>},
    {"jsonb_int8", strict<&to_int8>},
    {"jsonb_float4", strict<&to_float4>},
    {"jsonb_float8", strict<&to_float8>},
};

}  // namespace

std::span<const ScalarFunction> json_functions() { return kJsonFunctions; }

}  // namespace functions
