#include "functions/jsonb_assign.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "types/json.h"
#include "types/sql_error.h"

namespace functions {

using types::JsonKind;
using types::JsonNode;
using types::SqlError;

namespace {

constexpr std::size_t kMostElements = 44739242;

std::optional<std::int64_t> place_of(std::string_view step) {
  std::int32_t place = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), place);
  if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return place;
}

class JsonbAssignment {
 public:
  JsonbAssignment(types::Arena& arena, std::span<const std::string_view> path, const JsonNode& value)
      : arena_(arena), path_(path), value_(value) {}

  JsonNode assign(const JsonNode& node, std::size_t at) {
    if (at == path_.size()) return value_;
    if (node.kind == JsonKind::object) return into_object(node, at);
    if (node.kind == JsonKind::array) return into_array(node, at);
    throw SqlError("22023", "cannot replace existing key")
        .with_detail("The path assumes key is a composite object, but it is a scalar value.");
  }

  static JsonNode empty(JsonKind kind) {
    JsonNode node{};
    node.kind = kind;
    return node;
  }

 private:
  JsonNode made(std::size_t at) {
    if (at == path_.size()) return value_;
    const auto place = place_of(path_[at]);
    return place ? fill({}, std::max<std::int64_t>(*place, 0), at) : into_object(empty(JsonKind::object), at);
  }

  JsonNode into_object(const JsonNode& node, std::size_t at) {
    std::vector<std::string_view> keys(node.keys.begin(), node.keys.end());
    std::vector<JsonNode> values(node.children.begin(), node.children.end());
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] == path_[at]) {
        values[i] = assign(values[i], at + 1);
        return object(keys, values);
      }
    keys.push_back(path_[at]);
    values.push_back(made(at + 1));
    return object(keys, values);
  }

  JsonNode into_array(const JsonNode& node, std::size_t at) {
    auto place = place_of(path_[at]);
    if (!place)
      throw SqlError("22P02", fmt::format("path element at position {} is not an integer: \"{}\"", at + 1, path_[at]));
    std::vector<JsonNode> items(node.children.begin(), node.children.end());
    const auto size = static_cast<std::int64_t>(items.size());
    if (*place < 0) {
      if (-*place > size)
        throw SqlError("22023", fmt::format("path element at position {} is out of range: {}", at + 1, *place));
      place = size + *place;
    }
    if (*place >= size) return fill(std::move(items), *place, at);
    JsonNode& item = items[static_cast<std::size_t>(*place)];
    item = assign(item, at + 1);
    return array(items);
  }

  JsonNode fill(std::vector<JsonNode> items, std::int64_t place, std::size_t at) {
    if (static_cast<std::size_t>(place) >= kMostElements)
      throw SqlError("54000", fmt::format("number of jsonb array elements exceeds the maximum allowed ({})", kMostElements));
    JsonNode null = empty(JsonKind::null);
    null.raw = "null";
    items.resize(static_cast<std::size_t>(place), null);
    items.push_back(made(at + 1));
    return array(items);
  }

  JsonNode array(const std::vector<JsonNode>& items) {
    JsonNode node = empty(JsonKind::array);
    node.children = keep(items);
    return node;
  }
  JsonNode object(const std::vector<std::string_view>& keys, const std::vector<JsonNode>& values) {
    JsonNode node = empty(JsonKind::object);
    node.children = keep(values);
    node.keys = keep(keys);
    return node;
  }
  template <typename T>
  std::span<const T> keep(const std::vector<T>& items) {
    T* kept = arena_.allocate_array<T>(items.size());
    std::copy(items.begin(), items.end(), kept);
    return {kept, items.size()};
  }

  types::Arena& arena_;
  std::span<const std::string_view> path_;
  const JsonNode& value_;
};

}  // namespace

std::string assign_jsonb(types::EvalContext& context, std::optional<std::string_view> container,
                         std::span<const std::string_view> path, bool begins_with_index, std::string_view value) {
  types::Arena& arena = *context.arena;
  JsonbAssignment assignment(arena, path, types::parse_json(arena, value));
  const JsonNode old = container ? types::parse_json(arena, *container)
                                 : JsonbAssignment::empty(begins_with_index ? JsonKind::array : JsonKind::object);
  std::string out;
  types::append_jsonb(arena, out, assignment.assign(old, 0));
  return out;
}

}  // namespace functions
