// Enums.
#include <bit>

#include <fmt/format.h>

#include "bound_support.h"
#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/session_services.h"
#include "types/wire.h"

namespace types {
namespace {

// Orders as unsigned numbers do, negative ones first.
std::uint32_t order_bits(float order) {
  auto bits = std::bit_cast<std::uint32_t>(order == 0 ? 0.0F : order);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

const UserType::Label& label_of(const UserType& type, std::string_view text, const char* state) {
  for (const UserType::Label& label : type.labels())
    if (label.text == text) return label;
  throw SqlError(state, fmt::format("invalid input value for enum {}: \"{}\"", type.name(), text));
}

Datum read_label(const UserType& type, EvalContext& ctx, std::string_view text) {
  const UserType::Label& label = label_of(type, text, "22P02");
  require_committed_label(ctx.session, label.oid, label.text, type.name());
  return enum_datum(label);
}

int compare(const UserType&, const Datum& a, const Datum& b) {
  return a.int64 < b.int64 ? -1 : int{a.int64 > b.int64};
}

}  // namespace

Datum enum_datum(const UserType::Label& label) {
  const auto order = static_cast<std::uint64_t>(order_bits(label.order) ^ 0x80000000U);
  return Datum::of(static_cast<std::int64_t>(order << 32 | label.oid));
}

Datum enum_in(const UserType& type, std::string_view text) {
  return enum_datum(label_of(type, text, "22P02"));
}

const UserType::Label& enum_label(const UserType& type, const Datum& value) {
  const auto oid = static_cast<Oid>(value.as<std::uint64_t>());
  for (const UserType::Label& label : type.labels())
    if (label.oid == oid) return label;
  throw SqlError("XX000", fmt::format("invalid internal value for enum: {}", oid));
}

TypeSupport enum_support(const UserType& type) {
  return {.oid = type.oid(),
          .name = type.name(),
          .physical = PhysicalType::int64,
          .input = {type, [](const UserType& t, EvalContext& ctx, std::string_view text, std::int32_t) {
                      return read_label(t, ctx, text);
                    }},
          .output = {type, [](const UserType& t, EvalContext&, const Datum& d,
                              std::string& out) { out += enum_label(t, d).text; }},
          .receive = {type, [](const UserType& t, EvalContext& ctx, std::span<const std::byte> bytes,
                               std::int32_t) { return read_label(t, ctx, as_text(bytes)); }},
          .send = {type, [](const UserType& t, EvalContext&, const Datum& d,
                            std::string& out) { out += enum_label(t, d).text; }},
          .compare = {type, compare},
          .hash = {type, [](const UserType&, const Datum& d) { return hash_u64(d.as<std::uint64_t>()); }},
          .encode_key = {type, [](const UserType&, const Datum& d,
                                  std::string& out) { append_key_i64(out, d.int64); }}};
}

}  // namespace types
