// text, varchar, bpchar, name, unknown, cstring.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "type_table.h"
#include "types/ascii.h"
#include "types/text.h"
#include "types/text_limit.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace types {

void throw_no_room(std::size_t size, std::size_t more) {
  throw SqlError("54000", "out of memory")
      .with_detail(fmt::format("Cannot enlarge string buffer containing {} bytes by {} more bytes.", size, more));
}

std::string_view coerce_varchar(std::string_view text, std::int32_t typmod, LengthCoercion how) {
  if (typmod < 4) return text;
  auto limit = static_cast<std::size_t>(typmod - 4);
  if (text.size() <= limit) return text;
  std::size_t bytes = utf8_prefix(text, limit);
  if (how == LengthCoercion::assignment &&
      text.find_first_not_of(' ', bytes) != std::string_view::npos)
    throw SqlError("22001", fmt::format("value too long for type character varying({})", limit));
  return text.substr(0, bytes);
}

std::string_view coerce_bpchar(Arena& arena, std::string_view text, std::int32_t typmod,
                               LengthCoercion how) {
  if (typmod < 4) return text;
  auto limit = static_cast<std::size_t>(typmod - 4);
  std::size_t length = utf8_length(text);
  if (length > limit) {
    std::size_t bytes = utf8_prefix(text, limit);
    if (how == LengthCoercion::assignment &&
        text.find_first_not_of(' ', bytes) != std::string_view::npos)
      throw SqlError("22001", fmt::format("value too long for type character({})", limit));
    return text.substr(0, bytes);
  }
  if (length == limit) return text;
  std::size_t padding = limit - length;
  if (text.size() + padding > 0x3fffffff - 4)
    throw SqlError("XX000", fmt::format("invalid memory alloc request size {}", text.size() + padding + 4));
  auto* padded = static_cast<char*>(arena.allocate(text.size() + padding, 1));
  std::memcpy(padded, text.data(), text.size());
  std::memset(padded + text.size(), ' ', padding);
  return {padded, text.size() + padding};
}

std::int8_t char_of_text(std::string_view text) {
  if (text.size() == 4 && text[0] == '\\' &&
      std::ranges::all_of(text.substr(1), [](char c) { return is_octal_digit(c); }))
    return static_cast<std::int8_t>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
  return text.empty() ? std::int8_t{0} : static_cast<std::int8_t>(text[0]);
}

void append_char_text(std::string& out, std::int8_t value) {
  if (value < 0) out += fmt::format("\\{:03o}", static_cast<unsigned char>(value));
  else if (value != 0) out += static_cast<char>(value);
}

namespace {

Datum text_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(ctx.arena->copy(text));
}

Datum varchar_in(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  return Datum::of(ctx.arena->copy(coerce_varchar(text, typmod, LengthCoercion::assignment)));
}

Datum bpchar_in(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  auto value = coerce_bpchar(*ctx.arena, text, typmod, LengthCoercion::assignment);
  return Datum::of(value.data() == text.data() ? ctx.arena->copy(value) : value);
}

Datum name_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(ctx.arena->copy(utf8_clip(text, kNameBytes)));
}

template <Datum (*In)(EvalContext&, std::string_view, std::int32_t)>
Datum checked_receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
  check_utf8(as_text(bytes));
  return In(ctx, as_text(bytes), typmod);
}

void text_out(EvalContext&, const Datum& d, std::string& out) {
  out.append(d.as<std::string_view>());
}

int text_compare(const Datum& a, const Datum& b) {
  return compare_bytes(a.as<std::string_view>(), b.as<std::string_view>());
}

std::uint64_t text_hash(const Datum& d) { return hash_bytes(d.as<std::string_view>()); }

void text_key(const Datum& d, std::string& out) { append_key_text(out, d.as<std::string_view>()); }

template <Datum (*In)(EvalContext&, std::string_view, std::int32_t)>
constexpr TypeSupport character(Oid oid, std::string_view name) {
  return {.oid = oid,
          .name = name,
          .physical = PhysicalType::varlen,
          .input = In,
          .output = text_out,
          .receive = checked_receive<In>,
          .send = text_out,
          .compare = text_compare,
          .hash = text_hash,
          .encode_key = text_key};
}

constexpr TypeSupport kTextTypes[] = {
    character<text_in>(oid::text, "text"),
    character<varchar_in>(oid::varchar, "varchar"),
    character<name_in>(oid::name, "name"),
    character<text_in>(oid::unknown, "unknown"),
    character<text_in>(oid::cstring, "cstring"),
    character<text_in>(oid::refcursor, "refcursor"),
    character<text_in>(oid::pg_node_tree, "pg_node_tree"),
    {.oid = oid::bpchar,
     .name = "bpchar",
     .physical = PhysicalType::varlen,
     .input = bpchar_in,
     .output = text_out,
     .receive = checked_receive<bpchar_in>,
     .send = text_out,
     .compare =
         [](const Datum& a, const Datum& b) {
           return compare_bytes(trim_padding(a.as<std::string_view>()),
                                trim_padding(b.as<std::string_view>()));
         },
     .hash = [](const Datum& d) { return hash_bytes(trim_padding(d.as<std::string_view>())); },
     .encode_key =
         [](const Datum& d, std::string& out) {
           append_key_text(out, trim_padding(d.as<std::string_view>()));
         }},
};

}  // namespace

std::span<const TypeSupport> text_types() { return kTextTypes; }

}  // namespace types
