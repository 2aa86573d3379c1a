#include "jsonb_size.h"

#include <algorithm>
#include <optional>

#include "types/numeric.h"

namespace functions {
namespace {

using types::JsonKind;
using types::JsonNode;

constexpr std::int64_t align4(std::int64_t n) { return (n + 3) / 4 * 4; }

// A numeric's varlena: header, short numeric header, base-10000 digits without zeros at the ends.
std::int64_t numeric_size(std::string_view text) {
  std::string digits;
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  std::string whole(text.substr(0, point));
  std::string fraction(point < text.size() ? text.substr(point + 1) : std::string_view());
  while (whole.size() % 4 != 0) whole.insert(whole.begin(), '0');
  while (fraction.size() % 4 != 0) fraction += '0';
  digits = whole + fraction;
  std::size_t begin = 0, end = digits.size();
  while (begin < end && digits.compare(begin, 4, "0000") == 0) begin += 4;
  while (begin < end && digits.compare(end - 4, 4, "0000") == 0) end -= 4;
  return 4 + 2 + 2 * static_cast<std::int64_t>((end - begin) / 4);
}

struct Walk {
  const JsonNode* wanted;
  std::optional<std::int64_t> found;

  // Returns where the value that starts at `at` ends.
  std::int64_t value(const JsonNode& node, std::int64_t at) {
    switch (node.kind) {
      case JsonKind::string: return at + static_cast<std::int64_t>(node.string.size());
      case JsonKind::number: return align4(at) + numeric_size(node.raw);
      case JsonKind::array: case JsonKind::object: break;
      default: return at;
    }
    at = align4(at);
    if (&node == wanted || node.raw.data() == wanted->raw.data()) found = at;
    const auto count = static_cast<std::int64_t>(node.children.size());
    at += 4 + 4 * (node.kind == JsonKind::object ? 2 * count : count);
    for (std::string_view key : node.keys) at += static_cast<std::int64_t>(key.size());
    for (const JsonNode& child : node.children) at = value(child, at);
    return at;
  }
};

}  // namespace

std::int64_t jsonb_offset(types::Arena&, const JsonNode& whole, const JsonNode& part) {
  Walk walk{&part, std::nullopt};
  walk.value(whole, 0);
  return walk.found.value_or(0);
}

}  // namespace functions
