#include "key_parts.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "types/collated_key.h"
#include "types/oid.h"
#include "types/type_io.h"
#include "types/user_type.h"
#include "wal/check.h"

namespace table {
namespace {

using Form = KeyPart::Form;

constexpr char kNotNullMarker = '\x01';

template <typename U>
U big_endian(std::string_view bytes, bool complemented) {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i)
    value = static_cast<U>(static_cast<std::uint64_t>(value) << 8 | static_cast<unsigned char>(bytes[i]));
  return complemented ? static_cast<U>(~value) : value;
}

// The inverse of types::append_key_f64().
double float_of(std::uint64_t bits) {
  return std::bit_cast<double>((bits >> 63) != 0 ? bits & 0x7fffffffffffffffU : ~bits);
}

Form form_of(const types::TypeSupport* support) {
  namespace oid = types::oid;
  static const std::vector<std::pair<const types::TypeSupport*, Form>> kForms = [] {
    std::vector<std::pair<const types::TypeSupport*, Form>> forms;
    for (const auto& [type, form] : std::initializer_list<std::pair<types::Oid, Form>>{
             {oid::int4, Form::int32},        {oid::int8, Form::int64},       {oid::text, Form::text},
             {oid::varchar, Form::text},      {oid::uuid, Form::uuid},        {oid::int2, Form::int16},
             {oid::date, Form::int32},        {oid::timestamp, Form::int64},  {oid::timestamptz, Form::int64},
             {oid::bool_, Form::boolean},     {oid::oid_, Form::uint32},      {oid::name, Form::text},
             {oid::char_, Form::byte},        {oid::time, Form::int64},       {oid::money, Form::int64},
             {oid::bytea, Form::bytes},       {oid::float4, Form::float32},   {oid::float8, Form::float64},
             {oid::macaddr, Form::uint64},    {oid::macaddr8, Form::uint64},  {oid::pg_lsn, Form::uint64}})
      if (const types::TypeSupport* known = types::find_type(type)) forms.emplace_back(known, form);
    return forms;
  }();
  if (support == nullptr) return Form::opaque;
  for (const auto& [known, form] : kForms)
    if (known == support) return form;
  if (support->user != nullptr)
    return support->user->definition().kind == types::UserType::Kind::enumeration ? Form::int64 : Form::opaque;
  switch (types::collated_key_form(*support)) {
    case types::CollatedKey::text: return Form::text;
    case types::CollatedKey::sort_key_and_text: return Form::sorted_text;
    case types::CollatedKey::other: break;
  }
  return Form::opaque;
}

// Behind the end of 00-terminated bytes that begin there.
std::size_t behind_text(std::string_view key, std::size_t at, bool descending) {
  const std::size_t end = key.find(descending ? '\xff' : '\0', at);
  CHECK(end != std::string_view::npos);
  return end + 1;
}

// Behind the end of bytes in which 00 FF stands for a zero.
std::size_t behind_bytes(std::string_view key, std::size_t at, bool descending) {
  const char zero = descending ? '\xff' : '\0';
  for (;;) {
    at = key.find(zero, at);
    CHECK(at != std::string_view::npos && at + 1 < key.size());
    if (key[at + 1] == zero) return at + 2;
    at += 2;
  }
}

std::string_view uncomplemented(std::string_view bytes, bool descending, std::string& scratch) {
  if (!descending) return bytes;
  scratch.assign(bytes);
  for (char& c : scratch) c = static_cast<char>(~c);
  return scratch;
}

}  // namespace

std::vector<KeyPart> key_parts(const KeyCodec& codec) {
  std::vector<KeyPart> parts;
  for (std::size_t i = 0; i < codec.size(); ++i)
    parts.push_back({codec.hashed(i) ? Form::opaque : form_of(codec.support(i)), codec.descending(i)});
  return parts;
}

void find_parts(std::string_view key, std::span<const KeyPart> parts, std::size_t count, std::vector<std::size_t>& begins) {
  begins.resize(count);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(at < key.size());
    begins[i] = at;
    if (key[at++] != kNotNullMarker) continue;
    switch (parts[i].form) {
      case Form::boolean:
      case Form::byte: at += 1; break;
      case Form::int16: at += 2; break;
      case Form::int32:
      case Form::uint32: at += 4; break;
      case Form::int64:
      case Form::uint64:
      case Form::float32:
      case Form::float64: at += 8; break;
      case Form::uuid: at += 16; break;
      case Form::text: at = behind_text(key, at, parts[i].descending); break;
      case Form::sorted_text:
        at = behind_text(key, behind_text(key, at, parts[i].descending), parts[i].descending);
        break;
      case Form::bytes: at = behind_bytes(key, at, parts[i].descending); break;
      case Form::opaque: CHECK(false);
    }
  }
  CHECK(at <= key.size());
}

bool read_part(std::string_view key, std::size_t begin, KeyPart part, types::Vector& out, std::uint32_t at,
               types::Arena& arena, std::string& scratch) {
  if (key[begin] != kNotNullMarker) {
    out.set_null(at);
    return true;
  }
  const std::string_view bytes = key.substr(begin + 1);
  const bool d = part.descending;
  switch (part.form) {
    case Form::boolean: out.set(at, big_endian<std::uint8_t>(bytes, d) != 0); break;
    case Form::byte: out.set(at, static_cast<std::int8_t>(big_endian<std::uint8_t>(bytes, d))); break;
    case Form::int16: out.set(at, static_cast<std::int16_t>(big_endian<std::uint16_t>(bytes, d) ^ 0x8000U)); break;
    case Form::int32: out.set(at, static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes, d) ^ 0x80000000U)); break;
    case Form::int64: out.set(at, static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes, d) ^ 0x8000000000000000U)); break;
    case Form::uint32: out.set(at, big_endian<std::uint32_t>(bytes, d)); break;
    case Form::uint64: out.set(at, big_endian<std::uint64_t>(bytes, d)); break;
    case Form::float32:
    case Form::float64: {
      const std::uint64_t bits = big_endian<std::uint64_t>(bytes, d);
      const double value = float_of(bits);
      if (value == 0 || std::isnan(value)) return false;
      if (part.form == Form::float32)
        out.set(at, static_cast<float>(value));
      else
        out.set(at, value);
      break;
    }
    case Form::uuid: {
      char value[16];
      for (std::size_t i = 0; i < sizeof(value); ++i) value[i] = static_cast<char>(d ? ~bytes[i] : bytes[i]);
      types::Fixed16 copied;
      static_assert(sizeof(copied) == sizeof(value));
      std::memcpy(&copied, value, sizeof(value));
      out.set(at, copied);
      break;
    }
    case Form::text:
    case Form::sorted_text: {
      const std::size_t from = part.form == Form::text ? 0 : behind_text(bytes, 0, d);
      const std::string_view text = bytes.substr(from, behind_text(bytes, from, d) - 1 - from);
      out.set(at, arena.copy(uncomplemented(text, d, scratch)));
      break;
    }
    case Form::bytes: {
      std::string_view rest = uncomplemented(bytes.substr(0, behind_bytes(bytes, 0, d) - 2), d, scratch);
      char* const value = static_cast<char*>(arena.allocate(std::max<std::size_t>(rest.size(), 1)));
      std::size_t size = 0;
      for (std::size_t i = 0; i < rest.size(); ++i) {
        value[size++] = rest[i];
        if (rest[i] == '\0') ++i;  // its FF
      }
      out.set(at, std::string_view(value, size));
      break;
    }
    case Form::opaque: CHECK(false);
  }
  out.set_not_null(at);
  return true;
}

}  // namespace table
