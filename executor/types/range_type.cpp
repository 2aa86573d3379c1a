// Ranges and multiranges: text and binary forms, order, keys; the built-in ones.
#include <deque>

#include <fmt/format.h>

#include "bound_support.h"
#include "delimited_value.h"
#include "type_table.h"
#include "types/range.h"
#include "types/wire.h"

namespace types {
namespace {

[[noreturn]] void fail(const char* kind, std::string_view text, std::string detail) {
  throw SqlError("22P02", fmt::format("malformed {} literal: \"{}\"", kind, text)).with_detail(std::move(detail));
}

// One bound's text up to the delimiter; nullopt: nothing there, so infinite.
std::optional<std::string> bound_text(std::string_view text, std::size_t& at) {
  if (at < text.size() && (text[at] == ',' || text[at] == ')' || text[at] == ']')) return std::nullopt;
  std::string value;
  if (!read_delimited(text, at, ",)]", value)) fail("range", text, "Unexpected end of input.");
  return value;
}

Range parse_range(const UserType& range, EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  std::size_t at = 0;
  auto skip = [&] { while (at < text.size() && is_space(text[at])) ++at; };
  skip();
  if (equals_ignoring_case(text.substr(at, 5), "empty")) {
    at += 5;
    skip();
    if (at < text.size()) fail("range", text, "Junk after \"empty\" key word.");
    return Range::empty_range();
  }
  Range r;
  if (at < text.size() && (text[at] == '[' || text[at] == '('))
    r.lower_inclusive = text[at++] == '[';
  else
    fail("range", text, "Missing left parenthesis or bracket.");
  const auto lower = bound_text(text, at);
  if (at >= text.size() || text[at] != ',') fail("range", text, "Missing comma after lower bound.");
  ++at;
  const auto upper = bound_text(text, at);
  if (at >= text.size() || text[at] == ',') fail("range", text, "Too many commas.");
  r.upper_inclusive = text[at++] == ']';
  skip();
  if (at < text.size()) fail("range", text, "Junk after right parenthesis or bracket.");
  r.lower_infinite = !lower;
  r.upper_infinite = !upper;
  if (lower) r.lower = range.element().input(ctx, ctx.arena->copy(*lower), typmod);
  if (upper) r.upper = range.element().input(ctx, ctx.arena->copy(*upper), typmod);
  return r;
}

void append_bound_text(std::string_view value, std::string& out) {
  bool quote = value.empty();
  for (char c : value)
    quote = quote || c == '"' || c == '\\' || c == '(' || c == ')' || c == '[' || c == ']' || c == ',' || is_space(c);
  if (!quote) {
    out += value;
    return;
  }
  out += '"';
  for (char c : value) {
    if (c == '"' || c == '\\') out += c;
    out += c;
  }
  out += '"';
}

void encode_range(const UserType& range, const Range& r, std::string& out) {
  if (r.empty) return append_key_u8(out, 0);
  append_key_u8(out, 1);
  // An inclusive lower bound comes before an exclusive one of the same value; an upper one after.
  append_key_u8(out, r.lower_infinite ? 0 : 1);
  if (!r.lower_infinite) {
    range.element().encode_key(r.lower, out);
    append_key_u8(out, r.lower_inclusive ? 0 : 1);
  }
  append_key_u8(out, r.upper_infinite ? 1 : 0);
  if (!r.upper_infinite) {
    range.element().encode_key(r.upper, out);
    append_key_u8(out, r.upper_inclusive ? 1 : 0);
  }
}

std::uint64_t hash_range(const UserType& range, const Range& r) {
  const std::uint64_t flags = (r.empty ? 1 : 0) | (r.lower_inclusive ? 2 : 0) | (r.upper_inclusive ? 4 : 0) |
                              (r.lower_infinite ? 8 : 0) | (r.upper_infinite ? 16 : 0);
  if (r.empty) return hash_u64(1);
  if (range.element().hash == nullptr)
    throw SqlError("42883", fmt::format("could not identify a hash function for type {}", range.element().name));
  std::uint64_t h = hash_u64(flags);
  h = hash_combine(h, r.lower_infinite ? 0 : range.element().hash(r.lower));
  return hash_combine(h, r.upper_infinite ? 0 : range.element().hash(r.upper));
}

void send_range(const UserType& range, EvalContext& ctx, const Range& r, std::string& out) {
  std::uint8_t flags = 0;
  if (r.empty) flags = 1;
  else
    flags = static_cast<std::uint8_t>((r.lower_inclusive ? 2 : 0) | (r.upper_inclusive ? 4 : 0) |
                                      (r.lower_infinite ? 8 : 0) | (r.upper_infinite ? 16 : 0));
  append_wire(out, flags);
  if (r.empty) return;
  auto bound = [&](const Datum& value) {
    std::string bytes;
    range.element().send(ctx, value, bytes);
    append_wire(out, static_cast<std::int32_t>(bytes.size()));
    out += bytes;
  };
  if (!r.lower_infinite) bound(r.lower);
  if (!r.upper_infinite) bound(r.upper);
}

Range receive_range(const UserType& range, EvalContext& ctx, WireReader& reader) {
  const auto flags = reader.read<std::uint8_t>() & 31;
  if ((flags & 1) != 0) return Range::empty_range();
  Range r;
  r.lower_inclusive = (flags & 2) != 0;
  r.upper_inclusive = (flags & 4) != 0;
  r.lower_infinite = (flags & 8) != 0;
  r.upper_infinite = (flags & 16) != 0;
  auto bound = [&] {
    const auto size = reader.read<std::int32_t>();
    if (size < 0) throw SqlError("22P03", "insufficient data left in message");
    return range.element().receive(ctx, reader.read_bytes(static_cast<std::size_t>(size)), -1);
  };
  if (!r.lower_infinite) r.lower = bound();
  if (!r.upper_infinite) r.upper = bound();
  return r;
}

const UserType& range_of(const UserType& multirange) { return *multirange.element().user; }

Datum parse_multirange(const UserType& t, EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  std::size_t at = 0;
  auto skip = [&] { while (at < text.size() && is_space(text[at])) ++at; };
  skip();
  if (at >= text.size() || text[at] != '{') fail("multirange", text, "Missing left brace.");
  ++at;
  std::vector<Range> ranges;
  bool expects_range = true, first = true;
  for (;;) {
    skip();
    if (at >= text.size()) fail("multirange", text, "Unexpected end of input.");
    const char c = text[at];
    if (c == '}' && (first || !expects_range)) {
      ++at;
      break;
    }
    if (!expects_range) {
      if (c != ',') fail("multirange", text, "Expected comma or end of multirange.");
      ++at;
      expects_range = true;
      continue;
    }
    const std::size_t begin = at;
    if (equals_ignoring_case(text.substr(at, 5), "empty")) {
      at += 5;
    } else if (c == '[' || c == '(') {
      bool quoted = false;
      for (;; ++at) {
        if (at >= text.size()) fail("multirange", text, "Unexpected end of input.");
        if (text[at] == '\\') ++at;
        else if (text[at] == '"') quoted = !quoted;
        else if (!quoted && (text[at] == ']' || text[at] == ')')) break;
      }
      ++at;
    } else {
      fail("multirange", text, "Expected range start.");
    }
    ranges.push_back(canonical_range(*ctx.arena, range_of(t),
                                     parse_range(range_of(t), ctx, text.substr(begin, at - begin), typmod)));
    expects_range = first = false;
  }
  skip();
  if (at < text.size()) fail("multirange", text, "Junk after closing right brace.");
  return Datum::of(make_multirange(*ctx.arena, t, std::move(ranges)));
}

int compare_multiranges(const UserType& t, const Datum& a, const Datum& b) {
  const auto x = read_multirange(a.as<std::string_view>()), y = read_multirange(b.as<std::string_view>());
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (const int order = compare_ranges(range_of(t), x[i], y[i])) return order;
  return x.size() < y.size() ? -1 : int{x.size() > y.size()};
}

}  // namespace

void append_range(EvalContext& ctx, const UserType& range, const Range& r, std::string& out) {
  if (r.empty) {
    out += "empty";
    return;
  }
  std::string text;
  out += r.lower_inclusive ? '[' : '(';
  if (!r.lower_infinite) {
    range.element().output(ctx, r.lower, text);
    append_bound_text(text, out);
  }
  out += ',';
  if (!r.upper_infinite) {
    text.clear();
    range.element().output(ctx, r.upper, text);
    append_bound_text(text, out);
  }
  out += r.upper_inclusive ? ']' : ')';
}

TypeSupport range_support(const UserType& type) {
  return {.oid = type.oid(),
          .name = type.name(),
          .physical = PhysicalType::varlen,
          .input = {type, [](const UserType& t, EvalContext& ctx, std::string_view text, std::int32_t typmod) {
                      return Datum::of(make_range(*ctx.arena, t, parse_range(t, ctx, text, typmod)));
                    }},
          .output = {type, [](const UserType& t, EvalContext& ctx, const Datum& d, std::string& out) {
                       append_range(ctx, t, read_range(d.as<std::string_view>()), out);
                     }},
          .receive = {type, [](const UserType& t, EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
                        WireReader reader(bytes);
                        const Range r = receive_range(t, ctx, reader);
                        reader.finish();
                        return Datum::of(make_range(*ctx.arena, t, r));
                      }},
          .send = {type, [](const UserType& t, EvalContext& ctx, const Datum& d, std::string& out) {
                     send_range(t, ctx, read_range(d.as<std::string_view>()), out);
                   }},
          .compare = {type, [](const UserType& t, const Datum& a, const Datum& b) {
                        return compare_ranges(t, read_range(a.as<std::string_view>()),
                                              read_range(b.as<std::string_view>()));
                      }},
          .hash = {type, [](const UserType& t, const Datum& d) {
                     return hash_range(t, read_range(d.as<std::string_view>()));
                   }},
          .encode_key = {type, [](const UserType& t, const Datum& d, std::string& out) {
                           encode_range(t, read_range(d.as<std::string_view>()), out);
                         }}};
}

TypeSupport multirange_support(const UserType& type) {
  return {.oid = type.oid(),
          .name = type.name(),
          .physical = PhysicalType::varlen,
          .input = {type, parse_multirange},
          .output = {type, [](const UserType& t, EvalContext& ctx, const Datum& d, std::string& out) {
                       out += '{';
                       bool first = true;
                       for (const Range& r : read_multirange(d.as<std::string_view>())) {
                         if (!first) out += ',';
                         first = false;
                         append_range(ctx, range_of(t), r, out);
                       }
                       out += '}';
                     }},
          .receive = {type, [](const UserType& t, EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
                        WireReader reader(bytes);
                        const auto count = reader.read<std::uint32_t>();
                        std::vector<Range> ranges;
                        for (std::uint32_t i = 0; i < count; ++i) {
                          const auto size = reader.read<std::uint32_t>();
                          WireReader one(reader.read_bytes(size));
                          ranges.push_back(receive_range(range_of(t), ctx, one));
                          one.finish();
                        }
                        reader.finish();
                        return Datum::of(make_multirange(*ctx.arena, t, std::move(ranges)));
                      }},
          .send = {type, [](const UserType& t, EvalContext& ctx, const Datum& d, std::string& out) {
                     const auto ranges = read_multirange(d.as<std::string_view>());
                     append_wire(out, static_cast<std::uint32_t>(ranges.size()));
                     for (const Range& r : ranges) {
                       std::string one;
                       send_range(range_of(t), ctx, r, one);
                       append_wire(out, static_cast<std::uint32_t>(one.size()));
                       out += one;
                     }
                   }},
          .compare = {type, compare_multiranges},
          .hash = {type, [](const UserType& t, const Datum& d) {
                     std::uint64_t h = 1;
                     for (const Range& r : read_multirange(d.as<std::string_view>()))
                       h = hash_combine(h, hash_range(range_of(t), r));
                     return h;
                   }},
          .encode_key = {type, [](const UserType& t, const Datum& d, std::string& out) {
                           for (const Range& r : read_multirange(d.as<std::string_view>())) {
                             append_key_u8(out, 1);
                             encode_range(range_of(t), r, out);
                           }
                           append_key_u8(out, 0);
                         }}};
}

std::span<const TypeSupport> range_types() {
  struct BuiltIn {
    Oid range, multirange, subtype, canonical;
    const char* name;
    const char* multirange_name;
    const TypeSupport* element;
  };
  static const std::vector<TypeSupport> kTypes = [] {
    static std::deque<UserType> made;
    auto of = [](std::span<const TypeSupport> table, Oid oid) -> const TypeSupport* {
      for (const TypeSupport& support : table)
        if (support.oid == oid) return &support;
      return nullptr;
    };
    const BuiltIn kBuiltIn[] = {
        {3904, 4451, oid::int4, 3914, "int4range", "int4multirange", of(integer_types(), oid::int4)},
        {3906, 4532, oid::numeric, 0, "numrange", "nummultirange", of(numeric_types(), oid::numeric)},
        {3908, 4533, oid::timestamp, 0, "tsrange", "tsmultirange", of(datetime_types(), oid::timestamp)},
        {3910, 4534, oid::timestamptz, 0, "tstzrange", "tstzmultirange", of(datetime_types(), oid::timestamptz)},
        {3912, 4535, oid::date, 3915, "daterange", "datemultirange", of(datetime_types(), oid::date)},
        {3926, 4536, oid::int8, 3928, "int8range", "int8multirange", of(integer_types(), oid::int8)}};
    std::vector<TypeSupport> table;
    for (const BuiltIn& b : kBuiltIn) {
      UserType::Definition range;
      range.kind = UserType::Kind::range;
      range.oid = b.range;
      range.name = b.name;
      range.element = b.element;
      range.canonical = b.canonical;
      const UserType& type = made.emplace_back(std::move(range));
      table.push_back(type.support());
      UserType::Definition multirange;
      multirange.kind = UserType::Kind::multirange;
      multirange.oid = b.multirange;
      multirange.name = b.multirange_name;
      multirange.element = &type.support();
      table.push_back(made.emplace_back(std::move(multirange)).support());
    }
    return table;
  }();
  return kTypes;
}

}  // namespace types
