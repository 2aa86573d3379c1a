#include "types/jsonb_text.h"

#include <cstring>

namespace types {

namespace {

// The canonical form has no other escapes than append_json_string() makes.
void unescape_canonical(std::string_view raw, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 >= raw.size()) {
      out += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        unsigned code = 0;
        for (int digit = 0; digit < 4 && i + 1 < raw.size(); ++digit) {
          const char c = raw[++i];
          code = code * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        out += static_cast<char>(code);
        break;
      }
      default: out += raw[i];
    }
  }
}

bool same_scalar(std::string_view value, const JsonNode& other) {
  return other.kind == JsonKind::number ? compare_json_numbers(value, other.raw) == 0 : value == other.raw;
}

bool contains_part(std::string_view whole, const JsonNode& part, bool top) {
  const JsonKind kind = jsonb_kind(whole);
  if (part.kind == JsonKind::object) {
    if (kind != JsonKind::object) return false;
    // Both have their keys in the same order.
    std::size_t wanted = 0;
    for (JsonbMembers members(whole); wanted < part.keys.size();) {
      if (!members.next()) return false;
      const int order = members.compare_key(part.keys[wanted]);
      if (order < 0) continue;
      if (order > 0) return false;
      const JsonNode& value = part.children[wanted++];
      if (jsonb_kind(members.value()) != value.kind || !contains_part(members.value(), value, false)) return false;
    }
    return true;
  }
  if (part.kind == JsonKind::array) {
    if (kind != JsonKind::array) return false;
    for (const JsonNode& wanted : part.children) {
      bool found = false;
      for (JsonbMembers members(whole); !found && members.next();)
        found = jsonb_kind(members.value()) == wanted.kind && contains_part(members.value(), wanted, false);
      if (!found) return false;
    }
    return true;
  }
  if (kind == part.kind) return same_scalar(whole, part);
  // An array at the top contains a scalar that is one of its elements.
  if (!top || kind != JsonKind::array) return false;
  for (JsonbMembers members(whole); members.next();)
    if (jsonb_kind(members.value()) == part.kind && same_scalar(members.value(), part)) return true;
  return false;
}

}  // namespace

JsonKind jsonb_kind(std::string_view value) {
  switch (value.empty() ? '\0' : value.front()) {
    case '{': return JsonKind::object;
    case '[': return JsonKind::array;
    case '"': return JsonKind::string;
    case 't': case 'f': return JsonKind::boolean;
    case 'n': return JsonKind::null;
    default: return JsonKind::number;
  }
}

JsonbMembers::JsonbMembers(std::string_view container)
    : at_(container.data() + 1), end_(container.data() + container.size()), is_object_(container.front() == '{') {}

std::string_view JsonbMembers::string() {
  const char* const start = ++at_;
  is_escaped_ = false;
  for (; at_ < end_ && *at_ != '"'; ++at_)
    if (*at_ == '\\') {
      is_escaped_ = true;
      ++at_;
    }
  const char* const stop = at_ < end_ ? at_ : end_;
  at_ = stop < end_ ? stop + 1 : end_;
  return {start, static_cast<std::size_t>(stop - start)};
}

void JsonbMembers::pass_value() {
  if (at_ >= end_) return;
  if (*at_ == '"') {
    string();
    return;
  }
  if (*at_ != '{' && *at_ != '[') {
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']') ++at_;
    return;
  }
  for (int depth = 0; at_ < end_;) {
    switch (*at_) {
      case '"': string(); continue;
      case '{': case '[': ++depth; break;
      case '}': case ']': --depth; break;
      default: break;
    }
    ++at_;
    if (depth == 0) return;
  }
}

bool JsonbMembers::next() {
  if (at_ < end_ && *at_ == ',') at_ += 2;
  if (at_ >= end_ || *at_ == '}' || *at_ == ']') return false;
  bool key_escaped = false;
  if (is_object_) {
    key_ = string();
    key_escaped = is_escaped_;
    at_ += 2;
  }
  const char* const start = at_;
  pass_value();
  if (start > at_ || start > end_) return false;
  value_ = {start, static_cast<std::size_t>(at_ - start)};
  if (key_escaped) {
    unescape_canonical(key_, unescaped_);
    key_ = unescaped_;
  }
  return true;
}

int JsonbMembers::compare_key(std::string_view other) {
  if (key_.size() != other.size()) return key_.size() < other.size() ? -1 : 1;
  return other.empty() ? 0 : std::memcmp(key_.data(), other.data(), other.size());
}

std::optional<std::string_view> jsonb_field(std::string_view value, std::string_view key) {
  if (jsonb_kind(value) != JsonKind::object) return std::nullopt;
  for (JsonbMembers members(value); members.next();) {
    const int order = members.compare_key(key);
    if (order == 0) return members.value();
    if (order > 0) break;
  }
  return std::nullopt;
}

std::optional<std::string_view> jsonb_element(std::string_view value, std::int64_t index) {
  if (jsonb_kind(value) != JsonKind::array) return std::nullopt;
  if (index < 0) {
    std::int64_t count = 0;
    for (JsonbMembers members(value); members.next();) ++count;
    index += count;
    if (index < 0) return std::nullopt;
  }
  for (JsonbMembers members(value); members.next();)
    if (index-- == 0) return members.value();
  return std::nullopt;
}

std::string_view jsonb_string(Arena& arena, std::string_view value) {
  const std::string_view raw = value.substr(1, value.size() - 2);
  if (raw.find('\\') == raw.npos) return raw;
  std::string out;
  unescape_canonical(raw, out);
  return arena.copy(out);
}

bool jsonb_contains(std::string_view whole, const JsonNode& part) { return contains_part(whole, part, true); }

}  // namespace types
