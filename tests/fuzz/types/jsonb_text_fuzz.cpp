// jsonb read where it lies says what the tree of the same text says.
#include <algorithm>
#include <string>

#include "fuzz_types.h"
#include "types/json.h"
#include "types/jsonb_text.h"

using namespace types;

namespace {

// JSON of the input's bytes: every input is some value.
class Writer {
 public:
  Writer(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::string value(int depth = 0) {
    const std::uint8_t choice = next();
    switch (choice % (depth < 6 ? 8 : 6)) {
      case 0: return "null";
      case 1: return choice & 8 ? "true" : "false";
      case 2: return std::to_string(static_cast<int>(next()) - 128);
      case 3: return std::to_string(next()) + "." + std::to_string(next() % 10) + (choice & 8 ? "e" + std::to_string(next() % 5) : "");
      case 4: case 5: return string();
      case 6: {
        std::string out = "[";
        for (int n = next() % 5; n > 0; --n) out += (out.size() > 1 ? "," : "") + value(depth + 1);
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (int n = next() % 5; n > 0; --n) {
          out += (out.size() > 1 ? "," : "") + string() + ":";
          out += value(depth + 1);
        }
        return out + "}";
      }
    }
  }

  std::string string() {
    static constexpr const char* kParts[] = {"a", "b", "ab", "\\\"", "\\\\", "\\n", "\\u0001", "\\u00e4", "\u00e9", "{", "]", ", ", ": ", ""};
    std::string out = "\"";
    for (int n = next() % 4; n > 0; --n) out += kParts[next() % std::size(kParts)];
    return out + "\"";
  }

 private:
  std::uint8_t next() { return at_ < end_ ? *at_++ : 0; }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// Keys by length, then bytes.
int order(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const int found = a.compare(b);
  return (found > 0) - (found < 0);
}
int sign(int value) { return (value > 0) - (value < 0); }

// What PostgreSQL documents of @>, of trees.
bool contains(const JsonNode& whole, const JsonNode& part, bool is_top) {
  const auto is_container = [](const JsonNode& node) { return node.kind == JsonKind::array || node.kind == JsonKind::object; };
  const auto has = [&](const JsonNode& element) {
    return std::ranges::any_of(whole.children, [&](const JsonNode& own) {
      return is_container(element) ? own.kind == element.kind && contains(own, element, false)
                                   : !is_container(own) && compare_json(own, element) == 0;
    });
  };
  if (is_top && whole.kind == JsonKind::array && !is_container(part)) return has(part);
  if (whole.kind != part.kind) return false;
  if (part.kind == JsonKind::array) return std::ranges::all_of(part.children, has);
  if (part.kind == JsonKind::object) {
    for (std::size_t i = 0; i < part.keys.size(); ++i) {
      const JsonNode* const own = whole.find(part.keys[i]);
      if (own == nullptr || !(is_container(part.children[i]) ? contains(*own, part.children[i], false)
                                                             : compare_json(*own, part.children[i]) == 0))
        return false;
    }
    return true;
  }
  return compare_json(whole, part) == 0;
}

void check(Arena& arena, const JsonNode& node, std::string_view other_key) {
  CHECK(jsonb_kind(node.raw) == node.kind);
  if (node.kind == JsonKind::string) CHECK(jsonb_string(arena, node.raw) == node.string);
  const auto same = [](const std::optional<std::string_view>& found, const JsonNode* wanted) {
    return found.has_value() == (wanted != nullptr) && (!found || *found == wanted->raw);
  };
  CHECK(same(jsonb_field(node.raw, other_key), node.kind == JsonKind::object ? node.find(other_key) : nullptr));
  const auto count = static_cast<std::int64_t>(node.children.size());
  for (std::int64_t i = -count - 1; i <= count; ++i)
    CHECK(same(jsonb_element(node.raw, i), node.kind == JsonKind::array ? node.at(i) : nullptr));
  if (node.kind != JsonKind::array && node.kind != JsonKind::object) return;
  JsonbMembers members(node.raw);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    CHECK(members.next());
    CHECK(members.value() == node.children[i].raw);
    if (node.kind == JsonKind::object) {
      CHECK(members.compare_key(node.keys[i]) == 0);
      CHECK(sign(members.compare_key(other_key)) == order(node.keys[i], other_key));
      CHECK(same(jsonb_field(node.raw, node.keys[i]), &node.children[i]));
    }
    check(arena, node.children[i], other_key);
  }
  CHECK(!members.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arena arena;
  Writer writer(data, size);
  const std::string text = writer.value(), second = writer.value(), key = writer.string();
  const JsonNode& whole = parse_json(arena, to_jsonb(arena, text));
  const JsonNode& part = parse_json(arena, to_jsonb(arena, second));
  check(arena, whole, parse_json(arena, key).string);
  CHECK(jsonb_contains(whole.raw, whole));
  CHECK(jsonb_contains(whole.raw, part) == contains(whole, part, true));
  for (const JsonNode& child : whole.children) CHECK(jsonb_contains(whole.raw, child) == contains(whole, child, true));
  return 0;
}
