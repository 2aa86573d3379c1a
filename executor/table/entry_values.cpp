#include "entry_values.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "table/scan.h"
#include "types/oid.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace table {
namespace {

constexpr char kNotNullMarker = '\x01';

template <typename U>
U big_endian(std::string_view bytes, bool complemented) {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i) value = static_cast<U>(static_cast<std::uint64_t>(value) << 8 | static_cast<unsigned char>(bytes[i]));
  return complemented ? static_cast<U>(~value) : value;
}

}  // namespace

EntryValues::Form EntryValues::form_of(const types::TypeSupport* support) {
  namespace oid = types::oid;
  static const std::vector<std::pair<const types::TypeSupport*, Form>> kForms = {
      {types::find_type(oid::int4), Form::int32},       {types::find_type(oid::int8), Form::int64},
      {types::find_type(oid::text), Form::text},        {types::find_type(oid::varchar), Form::text},
      {types::find_type(oid::uuid), Form::uuid},        {types::find_type(oid::int2), Form::int16},
      {types::find_type(oid::date), Form::int32},       {types::find_type(oid::timestamp), Form::int64},
      {types::find_type(oid::timestamptz), Form::int64}, {types::find_type(oid::bool_), Form::boolean},
      {types::find_type(oid::oid_), Form::uint32}};
  for (const auto& [known, form] : kForms)
    if (known == support && support != nullptr) return form;
  return Form::opaque;
}

std::vector<EntryValues::Part> EntryValues::parts_of(const KeyCodec& codec) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < codec.size(); ++i)
    parts.push_back({codec.hashed(i) ? Form::opaque : form_of(codec.support(i)), codec.descending(i)});
  return parts;
}

std::optional<EntryValues> EntryValues::of(const Table::Impl& table, const IndexImpl& index, Projection columns) {
  if (&index == &table.clustered || index.schema.is_inverted()) return std::nullopt;
  EntryValues values;
  values.own_ = parts_of(index.codec);
  values.clustered_ = parts_of(table.clustered.codec);
  // A part is found behind others only where it is told how long those are.
  const auto find = [](const KeyCodec& codec, const std::vector<Part>& parts, std::int32_t column) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < parts.size() && parts[i].form != Form::opaque; ++i)
      if (codec.column(i) < kFirstExpression && codec.column(i) == static_cast<ColumnNumber>(column)) return i;
    return std::nullopt;
  };
  for (const std::int32_t column : columns) {
    if (column == kRowKey) {
      values.sources_.push_back({Source::From::whole_row_key, 0});
      continue;
    }
    if (column < 0) return std::nullopt;
    if (const auto part = find(index.codec, values.own_, column)) {
      values.sources_.push_back({Source::From::entry, *part});
      values.own_count_ = std::max(values.own_count_, *part + 1);
    } else if (const auto key_part = find(table.clustered.codec, values.clustered_, column)) {
      values.sources_.push_back({Source::From::row_key, *key_part});
      values.clustered_count_ = std::max(values.clustered_count_, *key_part + 1);
    } else {
      return std::nullopt;
    }
  }
  return values;
}

void EntryValues::find_parts(std::string_view key, const std::vector<Part>& parts, std::size_t count,
                             std::vector<std::size_t>& begins) {
  begins.resize(count);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(at < key.size());
    begins[i] = at;
    if (key[at++] != kNotNullMarker) continue;
    switch (parts[i].form) {
      case Form::boolean: at += 1; break;
      case Form::int16: at += 2; break;
      case Form::int32:
      case Form::uint32: at += 4; break;
      case Form::int64:
      case Form::uint64: at += 8; break;
      case Form::uuid: at += 16; break;
      case Form::text: {
        const std::size_t end = key.find(parts[i].descending ? '\xff' : '\0', at);
        CHECK(end != std::string_view::npos);
        at = end + 1;
        break;
      }
      case Form::opaque: CHECK(false);
    }
  }
  CHECK(at <= key.size());
}

void EntryValues::read_part(std::string_view key, std::size_t begin, Part part, types::Vector& out, std::uint32_t at,
                            types::Arena& arena) {
  if (key[begin] != kNotNullMarker) return out.set_null(at);
  const std::string_view bytes = key.substr(begin + 1);
  const bool d = part.descending;
  switch (part.form) {
    case Form::boolean: out.set(at, big_endian<std::uint8_t>(bytes, d) != 0); break;
    case Form::int16: out.set(at, static_cast<std::int16_t>(big_endian<std::uint16_t>(bytes, d) ^ 0x8000U)); break;
    case Form::int32: out.set(at, static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes, d) ^ 0x80000000U)); break;
    case Form::int64: out.set(at, static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes, d) ^ 0x8000000000000000U)); break;
    case Form::uint32: out.set(at, big_endian<std::uint32_t>(bytes, d)); break;
    case Form::uint64: out.set(at, big_endian<std::uint64_t>(bytes, d)); break;
    case Form::uuid: {
      char value[16];
      for (std::size_t i = 0; i < sizeof(value); ++i) value[i] = static_cast<char>(d ? ~bytes[i] : bytes[i]);
      types::Fixed16 copied;
      static_assert(sizeof(copied) == sizeof(value));
      std::memcpy(&copied, value, sizeof(value));
      out.set(at, copied);
      break;
    }
    case Form::text: {
      std::string_view text = bytes.substr(0, bytes.find(d ? '\xff' : '\0'));
      if (d) {
        scratch_.assign(text);
        for (char& c : scratch_) c = static_cast<char>(~c);
        text = scratch_;
      }
      out.set(at, arena.copy(text));
      break;
    }
    case Form::opaque: CHECK(false);
  }
  out.set_not_null(at);
}

void EntryValues::read(std::string_view entry_key, std::string_view row_key, std::span<types::Vector> out, std::uint32_t at,
                       types::Arena& arena) {
  find_parts(entry_key, own_, own_count_, own_begins_);
  find_parts(row_key, clustered_, clustered_count_, clustered_begins_);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    switch (sources_[i].from) {
      case Source::From::entry:
        read_part(entry_key, own_begins_[sources_[i].part], own_[sources_[i].part], out[i], at, arena);
        break;
      case Source::From::row_key:
        read_part(row_key, clustered_begins_[sources_[i].part], clustered_[sources_[i].part], out[i], at, arena);
        break;
      case Source::From::whole_row_key:
        out[i].set(at, arena.copy(row_key));
        out[i].set_not_null(at);
        break;
    }
  }
}

bool entries_hold(const Table& table, int index, Projection columns) {
  return index != kClusteredIndex &&
         EntryValues::of(table.impl(), table.impl().indexes.at(static_cast<std::size_t>(index)), columns).has_value();
}

}  // namespace table
