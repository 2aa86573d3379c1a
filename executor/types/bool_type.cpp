#include "type_table.h"
#include "types/wire.h"
#include "types/bool.h"

namespace types {

std::optional<bool> parse_bool(std::string_view text) {
  text = trim(text);
  // Any prefix of these words; "o" alone could be on or off.
  auto prefix_of = [&](std::string_view word) {
    return !text.empty() && text.size() <= word.size() &&
           equals_ignoring_case(text, word.substr(0, text.size()));
  };
  if (prefix_of("true") || prefix_of("yes") || text == "1") return true;
  if (prefix_of("false") || prefix_of("no") || text == "0") return false;
  if (text.size() >= 2) {
    if (prefix_of("on")) return true;
    if (prefix_of("off")) return false;
  }
  return std::nullopt;
}

namespace {

Datum bool_in(EvalContext&, std::string_view text, std::int32_t) {
  auto value = parse_bool(text);
  if (!value) throw_invalid_syntax("boolean", text);
  return Datum::of(*value);
}

constexpr TypeSupport kBoolTypes[] = {{
    .oid = oid::bool_,
    .name = "bool",
    .physical = PhysicalType::boolean,
    .input = bool_in,
    .output = [](EvalContext&, const Datum& d, std::string& out) { out += d.boolean ? 't' : 'f'; },
    .receive =
        [](EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
          WireReader reader(bytes);
          bool value = reader.read<std::uint8_t>() != 0;
          reader.finish();
          return Datum::of(value);
        },
    .send = [](EvalContext&, const Datum& d,
               std::string& out) { append_wire<std::uint8_t>(out, d.boolean ? 1 : 0); },
    .compare = [](const Datum& a, const Datum& b) { return int{a.boolean} - int{b.boolean}; },
    .hash = [](const Datum& d) { return hash_u64(d.boolean ? 1 : 0); },
    .encode_key = [](const Datum& d, std::string& out) { append_key_u8(out, d.boolean ? 1 : 0); },
}};

}  // namespace

std::span<const TypeSupport> bool_types() { return kBoolTypes; }

}  // namespace types
