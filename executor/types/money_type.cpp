// money: int64 cents, written as lc_monetary C has it.
#include <fmt/format.h>

#include "type_table.h"
#include "types/money.h"
#include "types/wire.h"

namespace types {
namespace {

constexpr int kFractionDigits = 2;

[[noreturn]] void out_of_range(std::string_view text) {
  throw SqlError("22003", fmt::format("value \"{}\" is out of range for type money", text));
}

Datum receive(EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  const auto value = reader.read<std::int64_t>();
  reader.finish();
  return Datum::of(value);
}

constexpr TypeSupport kMoneyTypes[] = {
    {.oid = oid::money,
     .name = "money",
     .physical = PhysicalType::int64,
     .input = [](EvalContext&, std::string_view text, std::int32_t) { return Datum::of(parse_money(text)); },
     .output = [](EvalContext&, const Datum& d, std::string& out) { append_money(out, d.int64); },
     .receive = receive,
     .send = [](EvalContext&, const Datum& d, std::string& out) { append_wire(out, d.int64); },
     .compare = [](const Datum& a, const Datum& b) { return a.int64 < b.int64 ? -1 : int{a.int64 > b.int64}; },
     .hash = [](const Datum& d) { return hash_u64(d.as<std::uint64_t>()); },
     .encode_key = [](const Datum& d, std::string& out) { append_key_i64(out, d.int64); }}};

}  // namespace

std::int64_t parse_money(std::string_view text) {
  std::size_t at = 0;
  auto peek = [&] { return at < text.size() ? text[at] : '\0'; };
  auto skip_space = [&] { while (is_space(peek())) ++at; };
  skip_space();
  if (peek() == '$') ++at;
  skip_space();
  bool negative = false;
  if (peek() == '-' || peek() == '(') {
    negative = true;
    ++at;
  } else if (peek() == '+') {
    ++at;
  }
  skip_space();
  if (peek() == '$') ++at;
  skip_space();
  // Counted downwards: the smallest value has no positive counterpart.
  std::int64_t value = 0;
  int decimals = 0;
  bool seen_point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (is_digit(c) && (!seen_point || decimals < kFractionDigits)) {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, c - '0', &value))
        out_of_range(text);
      if (seen_point) ++decimals;
    } else if (c == '.' && !seen_point) {
      seen_point = true;
    } else if (c != ',') {
      break;
    }
  }
  if (is_digit(peek()) && peek() >= '5' && __builtin_sub_overflow(value, 1, &value)) out_of_range(text);
  for (; decimals < kFractionDigits; ++decimals)
    if (__builtin_mul_overflow(value, 10, &value)) out_of_range(text);
  while (is_digit(peek())) ++at;
  while (at < text.size()) {
    const char c = text[at++];
    if (c == '-') negative = true;
    else if (!is_space(c) && c != ')' && c != '+' && c != '$') throw_invalid_syntax("money", text);
  }
  if (!negative && __builtin_sub_overflow(std::int64_t{0}, value, &value)) out_of_range(text);
  return value;
}

void append_money(std::string& out, std::int64_t value) {
  const std::uint64_t size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const std::string whole = std::to_string(size / 100);
  out += value < 0 ? "-$" : "$";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) out += ',';
    out += whole[i];
  }
  out += fmt::format(".{:02}", size % 100);
}

std::span<const TypeSupport> money_types() { return kMoneyTypes; }

}  // namespace types
