// record and composite types: text and binary forms, order, keys.
#include <fmt/format.h>

#include "bound_support.h"
#include "delimited_value.h"
#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/live_fields.h"
#include "types/record.h"
#include "types/text_limit.h"
#include "types/wire.h"

namespace types {
namespace {

using Field = UserType::Field;

// The support of a field of this value: as the row type says, or found by the OID that it carries.
const TypeSupport& field_support(const UserType& type, const LiveFields& field) {
  if (const TypeSupport* support = field.support()) return *support;
  const Oid oid = field.type();
  if (const TypeSupport* support = find_type(oid)) return *support;
  TypeFinder* finder = type.definition().finder;
  const TypeSupport* support = finder == nullptr ? nullptr : finder->find_support(oid);
  return support != nullptr ? *support : type_support(oid);
}

std::string name_of(const UserType& type, Oid oid) {
  TypeFinder* finder = type.definition().finder;
  return finder == nullptr ? std::to_string(oid) : finder->type_name(oid);
}

[[noreturn]] void fail(std::string_view text, std::string detail) {
  throw SqlError("22P02", fmt::format("malformed record literal: \"{}\"", text))
      .with_detail(std::move(detail));
}

[[noreturn]] void refuse_anonymous(const char* what) {
  throw SqlError("0A000", fmt::format("{} of anonymous composite types is not implemented", what));
}

std::vector<RecordField> layout(const UserType& type) {
  std::vector<RecordField> fields;
  for (const Field& f : type.fields())
    fields.push_back(f.support == nullptr ? RecordField{} : RecordField{f.type.oid, f.support->physical});
  return fields;
}

const TypeSupport& require_support(const UserType& type, const Field& field) {
  if (field.support == nullptr)
    throw SqlError::not_supported("type " + name_of(type, field.type.oid));
  return *field.support;
}

// A domain's support is its base type's: it makes no checks.
void check_field(EvalContext& ctx, const Field& field, const Datum& value) {
  if (field.support != nullptr && field.support->oid != field.type.oid) check_domain(ctx, field.type.oid, value);
}

// Reads one field up to its comma or parenthesis; nullopt: empty and unquoted, so null.
std::optional<std::string> field_text(std::string_view text, std::size_t& at) {
  if (at < text.size() && (text[at] == ',' || text[at] == ')')) return std::nullopt;
  std::string value;
  if (!read_delimited(text, at, ",)", value)) fail(text, "Unexpected end of input.");
  return value;
}

Datum input(const UserType& type, EvalContext& ctx, std::string_view text, std::int32_t) {
  if (type.definition().kind == UserType::Kind::record) refuse_anonymous("input");
  std::size_t at = 0;
  while (at < text.size() && is_space(text[at])) ++at;
  if (at >= text.size() || text[at] != '(') fail(text, "Missing left parenthesis.");
  ++at;
  std::vector<Datum> values(type.fields().size());
  bool first = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Field& field = type.fields()[i];
    if (field.dropped) continue;
    if (!first) {
      if (at >= text.size() || text[at] != ',') fail(text, "Too few columns.");
      ++at;
    }
    first = false;
    if (at >= text.size()) fail(text, "Unexpected end of input.");
    if (std::optional<std::string> value = field_text(text, at))
      values[i] = require_support(type, field).input(ctx, ctx.arena->copy(*value), field.type.typmod);
    check_field(ctx, field, values[i]);
  }
  // A type without columns has nothing between its parentheses.
  if (first && at >= text.size()) fail(text, "Unexpected end of input.");
  if (at >= text.size() || text[at] != ')') fail(text, "Too many columns.");
  ++at;
  while (at < text.size() && is_space(text[at])) ++at;
  if (at < text.size()) fail(text, "Junk after right parenthesis.");
  return make_record(*ctx.arena, type.oid(), layout(type), values);
}

void append_quoted(std::string_view value, std::string& out) {
  bool quote = value.empty();
  std::size_t doubled = 0;
  for (char c : value) {
    quote = quote || c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || is_space(c);
    doubled += c == '"' || c == '\\';
  }
  require_room(out, value.size() + doubled + 2);
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

void output(const UserType& type, EvalContext& ctx, const Datum& value, std::string& out) {
  const RecordView record(value);
  out += '(';
  std::string text;
  for (LiveFields field(record, shape_of(record, type)); field.next();) {
    if (field.index() > 0) out += ',';
    if (field.value().is_null) continue;
    text.clear();
    field_support(type, field).output(ctx, field.value(), text);
    append_quoted(text, out);
  }
  out += ')';
}

void send(const UserType& type, EvalContext& ctx, const Datum& value, std::string& out) {
  const RecordView record(value);
  const UserType* shape = shape_of(record, type);
  std::int32_t live = 0;
  for (LiveFields field(record, shape); field.next();) ++live;
  append_wire(out, live);
  std::string bytes;
  for (LiveFields field(record, shape); field.next();) {
    append_wire(out, field.type());
    if (field.value().is_null) {
      append_wire(out, std::int32_t{-1});
      continue;
    }
    bytes.clear();
    field_support(type, field).send(ctx, field.value(), bytes);
    append_wire(out, static_cast<std::int32_t>(bytes.size()));
    out += bytes;
  }
}

Datum receive(const UserType& type, EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  if (type.definition().kind == UserType::Kind::record) refuse_anonymous("input");
  WireReader reader(bytes);
  const auto count = reader.read<std::int32_t>();
  std::int32_t live = 0;
  for (const Field& f : type.fields()) live += f.dropped ? 0 : 1;
  if (count != live)
    throw SqlError("42804", fmt::format("wrong number of columns: {}, expected {}", count, live));
  std::vector<Datum> values(type.fields().size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Field& field = type.fields()[i];
    if (field.dropped) continue;
    const auto oid = reader.read<Oid>();
    if (oid != field.type.oid)
      throw SqlError("42804",
                     fmt::format("binary data has type {} ({}) instead of expected {} ({}) in record "
                                 "column {}",
                                 oid, name_of(type, oid), field.type.oid,
                                 name_of(type, field.type.oid), i + 1));
    const auto size = reader.read<std::int32_t>();
    if (size < -1) throw SqlError("22P03", "insufficient data left in message");
    if (size >= 0)
      values[i] = require_support(type, field)
                      .receive(ctx, reader.read_bytes(static_cast<std::size_t>(size)), field.type.typmod);
    check_field(ctx, field, values[i]);
  }
  reader.finish();
  return make_record(*ctx.arena, type.oid(), layout(type), values);
}

[[noreturn]] void dissimilar(const UserType& type, Oid left, Oid right, std::uint32_t column) {
  throw SqlError("42804", fmt::format("cannot compare dissimilar column types {} and {} at record column {}",
                                      name_of(type, left), name_of(type, right), column));
}

int compare(const UserType& type, const Datum& left, const Datum& right) {
  const RecordView a(left), b(right);
  LiveFields x(a, shape_of(a, type)), y(b, shape_of(b, type));
  for (;;) {
    const bool more = x.next();
    if (more != y.next()) throw SqlError("42804", "cannot compare record types with different numbers of columns");
    if (!more) return 0;
    const Oid left_type = x.type(), right_type = y.type();
    if (left_type != right_type && left_type != 0 && right_type != 0)
      dissimilar(type, left_type, right_type, x.index() + 1);
    const Datum &v = x.value(), &w = y.value();
    if (v.is_null || w.is_null) {
      if (v.is_null && w.is_null) continue;
      return v.is_null ? 1 : -1;
    }
    const TypeSupport& support = field_support(type, x);
    if (support.compare == nullptr)
      throw SqlError("42883", fmt::format("could not identify a comparison function for type {}",
                                          name_of(type, left_type)));
    if (const int order = support.compare(v, w)) return order < 0 ? -1 : 1;
  }
}

std::uint64_t hash(const UserType& type, const Datum& value) {
  const RecordView record(value);
  std::uint64_t hash = 0x51ed270b;
  for (LiveFields field(record, shape_of(record, type)); field.next();) {
    if (field.value().is_null) continue;
    const TypeSupport& support = field_support(type, field);
    if (support.hash == nullptr)
      throw SqlError("42883", fmt::format("could not identify a hash function for type {}",
                                          name_of(type, field.type())));
    hash = hash_combine(hash + field.index(), support.hash(field.value()));
  }
  return hash;
}

// 1: a value; 2: null; 3, above both: nothing but nulls from here on. So a row's key stays what it is when
// its type gets more fields, which old rows lack.
void encode_key(const UserType& type, const Datum& value, std::string& out) {
  const RecordView record(value);
  std::uint32_t nulls = 0;
  for (LiveFields field(record, shape_of(record, type)); field.next();) {
    if (field.value().is_null) {
      ++nulls;
      continue;
    }
    for (; nulls > 0; --nulls) append_key_u8(out, 2);
    append_key_u8(out, 1);
    const TypeSupport& support = field_support(type, field);
    if (support.encode_key == nullptr)
      throw SqlError::not_supported(fmt::format("an index over type {}", name_of(type, field.type())));
    support.encode_key(field.value(), out);
  }
  append_key_u8(out, 3);
}

}  // namespace

TypeSupport record_support(const UserType& type) {
  return {.oid = type.oid(),
          .name = type.name(),
          .physical = PhysicalType::varlen,
          .input = {type, input},
          .output = {type, output},
          .receive = {type, receive},
          .send = {type, send},
          .compare = {type, compare},
          .hash = {type, hash},
          .encode_key = {type, encode_key}};
}

}  // namespace types
