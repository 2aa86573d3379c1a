// smallint, integer, bigint, oid, xid, cid, xid8, "char".
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "type_table.h"
#include "types/integer.h"
#include "types/text.h"
#include "types/wire.h"

namespace types {
namespace {

template <typename T>
constexpr std::string_view kTypeName = sizeof(T) == 2   ? "smallint"
                                       : sizeof(T) == 4 ? "integer"
                                                        : "bigint";

[[noreturn]] void throw_out_of_range(std::string_view type, std::string_view text) {
  throw SqlError("22003", fmt::format("value \"{}\" is out of range for type {}", text, type));
}

template <typename T>
T parse_signed(std::string_view text, std::string_view type = kTypeName<T>) {
  std::string_view body = trim(text);
  bool negative = false;
  if (!body.empty() && (body[0] == '-' || body[0] == '+')) {
    negative = body[0] == '-';
    body.remove_prefix(1);
  }
  if (body.empty()) throw_invalid_syntax(type, text);
  // Accumulated negatively, since the lowest value has no positive counterpart.
  T value = 0;
  bool overflow = false;
  for (char c : body) {
    if (!is_digit(c)) throw_invalid_syntax(type, text);
    overflow |= __builtin_mul_overflow(value, T{10}, &value);
    overflow |= __builtin_sub_overflow(value, static_cast<T>(c - '0'), &value);
    if (overflow) throw_out_of_range(type, text);  // whatever follows
  }
  if (!negative) {
    overflow |= value == std::numeric_limits<T>::min();
    if (!overflow) value = static_cast<T>(-value);
  }
  if (overflow) throw_out_of_range(type, text);
  return value;
}

// strtoul's view of an unsigned number: negative ones wrap around, as PostgreSQL lets them.
template <typename U>
U parse_unsigned(std::string_view text, std::string_view type) {
  using Wide = std::make_signed_t<U>;
  std::string_view body = trim(text);
  bool negative = !body.empty() && body[0] == '-';
  if (!body.empty() && (body[0] == '-' || body[0] == '+')) body.remove_prefix(1);
  if (body.empty()) throw_invalid_syntax(type, text);
  std::uint64_t value = 0;
  bool overflow = false;
  for (char c : body) {
    if (!is_digit(c)) throw_invalid_syntax(type, text);
    overflow |= __builtin_mul_overflow(value, std::uint64_t{10}, &value);
    overflow |= __builtin_add_overflow(value, static_cast<std::uint64_t>(c - '0'), &value);
  }
  if (negative) {
    overflow |= value > std::uint64_t{1} << (sizeof(Wide) * 8 - 1);
    value = ~value + 1;
  } else {
    overflow |= value > std::numeric_limits<U>::max();
  }
  if (overflow) throw_out_of_range(type, text);
  return static_cast<U>(value);
}

// A transaction's or command's number: as far as strtoul() reads, in any of its bases, and 0 for nothing.
std::uint32_t parse_transaction_number(std::string_view text) {
  return static_cast<std::uint32_t>(std::strtoul(std::string(text).c_str(), nullptr, 0));
}

template <typename T>
Datum int_in(EvalContext&, std::string_view text, std::int32_t) {
  return Datum::of(parse_signed<T>(text));
}

template <typename T>
void int_out(EvalContext&, const Datum& d, std::string& out) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, d.as<T>()).ptr;
  out.append(buffer, end);
}

template <typename T>
Datum int_receive(EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  T value = reader.read<T>();
  reader.finish();
  return Datum::of(value);
}

template <typename T>
void int_send(EvalContext&, const Datum& d, std::string& out) {
  append_wire(out, d.as<T>());
}

template <typename T>
int int_compare(const Datum& a, const Datum& b) {
  T x = a.as<T>(), y = b.as<T>();
  return x < y ? -1 : x > y;
}

// All integer widths hash alike, so that joins across widths need no cast.
template <typename T>
std::uint64_t int_hash(const Datum& d) {
  return hash_u64(static_cast<std::uint64_t>(static_cast<std::int64_t>(d.as<T>())));
}

template <typename T>
void int_key(const Datum& d, std::string& out) {
  if constexpr (std::is_same_v<T, std::int16_t>) append_key_i16(out, d.int16);
  if constexpr (std::is_same_v<T, std::int32_t>) append_key_i32(out, d.int32);
  if constexpr (std::is_same_v<T, std::int64_t>) append_key_i64(out, d.int64);
  if constexpr (std::is_same_v<T, std::uint32_t>) append_key_u32(out, d.as<std::uint32_t>());
  if constexpr (std::is_same_v<T, std::uint64_t>) append_key_u64(out, d.as<std::uint64_t>());
  if constexpr (std::is_same_v<T, std::uint8_t>) append_key_u8(out, d.as<std::uint8_t>());
}

template <typename T>
constexpr TypeSupport integer(Oid oid, std::string_view name, PhysicalType physical,
                              decltype(TypeSupport::input) input) {
  return {.oid = oid,
          .name = name,
          .physical = physical,
          .input = input,
          .output = int_out<T>,
          .receive = int_receive<T>,
          .send = int_send<T>,
          .compare = int_compare<T>,
          .hash = int_hash<T>,
          .encode_key = int_key<T>};
}

constexpr TypeSupport kIntegerTypes[] = {
    integer<std::int16_t>(oid::int2, "int2", PhysicalType::int16, int_in<std::int16_t>),
    integer<std::int32_t>(oid::int4, "int4", PhysicalType::int32, int_in<std::int32_t>),
    integer<std::int64_t>(oid::int8, "int8", PhysicalType::int64, int_in<std::int64_t>),
    integer<std::uint32_t>(
        oid::oid_, "oid", PhysicalType::int32,
        [](EvalContext&, std::string_view text, std::int32_t) {
          return Datum::of(parse_unsigned<std::uint32_t>(text, "oid"));
        }),
    integer<std::uint32_t>(
        oid::xid, "xid", PhysicalType::int32,
        [](EvalContext&, std::string_view text, std::int32_t) {
          return Datum::of(parse_transaction_number(text));
        }),
    integer<std::uint32_t>(
        oid::cid, "cid", PhysicalType::int32,
        [](EvalContext&, std::string_view text, std::int32_t) {
          return Datum::of(parse_transaction_number(text));
        }),
    integer<std::uint64_t>(
        oid::xid8, "xid8", PhysicalType::int64,
        [](EvalContext&, std::string_view text, std::int32_t) {
          return Datum::of(std::uint64_t{std::strtoull(std::string(text).c_str(), nullptr, 0)});
        }),
    {.oid = oid::char_,
     .name = "char",
     .physical = PhysicalType::int8,
     .input =
         [](EvalContext&, std::string_view text, std::int32_t) {
           return Datum::of(char_of_text(text));
         },
     .output =
         [](EvalContext&, const Datum& d, std::string& out) {
           append_char_text(out, d.int8);
         },
     .receive = int_receive<std::int8_t>,
     .send = int_send<std::int8_t>,
     .compare = int_compare<std::uint8_t>,
     .hash = int_hash<std::int8_t>,
     .encode_key = int_key<std::uint8_t>},
};

}  // namespace

std::span<const TypeSupport> integer_types() { return kIntegerTypes; }

std::int16_t parse_int16(std::string_view text) { return parse_signed<std::int16_t>(text); }
std::int32_t parse_int32(std::string_view text) { return parse_signed<std::int32_t>(text); }
std::int64_t parse_int64(std::string_view text) { return parse_signed<std::int64_t>(text); }
Oid parse_oid(std::string_view text) { return parse_unsigned<std::uint32_t>(text, "oid"); }

void append_integer(std::string& out, std::int64_t value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

}  // namespace types
