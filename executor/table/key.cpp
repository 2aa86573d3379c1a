#include "table/key.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "btree/limits.h"
#include "inverted/stored_hash.h"
#include "key_codec.h"
#include "table/row_range.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace table {
namespace {

constexpr char kNullFirst = '\x00';
constexpr char kNotNull = '\x01';
constexpr char kNullLast = '\x02';

}  // namespace

KeyCodec::KeyCodec(const TableSchema& table, const IndexSchema& index) {
  for (const KeyColumn& key : index.keys) {
    types::Oid type = types::kInvalidOid;
    const types::TypeSupport* support = nullptr;
    if (key.column >= kFirstExpression) {
      const std::size_t number = key.column - kFirstExpression;
      type = index.expression_types.at(number);
      if (number < index.expression_supports.size()) support = index.expression_supports[number];
    } else {
      type = table.columns.at(key.column).type;
      support = table.columns[key.column].support;
    }
    columns_.push_back({.column = key.column,
                        .descending = key.descending,
                        .nulls_first = key.nulls_first,
                        .hashed = key.hashed,
                        .support = key.support ? key.support : support ? support : types::find_type(type)});
  }
}

void KeyCodec::append_marker(std::size_t i, bool is_null, std::string& out) const {
  out.push_back(!is_null ? kNotNull : (columns_[i].nulls_first ? kNullFirst : kNullLast));
}

void KeyCodec::append(std::size_t i, const types::Datum& value, std::string& out) const {
  const Column& column = columns_[i];
  append_marker(i, value.is_null, out);
  if (value.is_null) return;
  if (column.support == nullptr || column.support->encode_key == nullptr) {
    throw types::SqlError::not_supported(
        fmt::format("an index over type {}", column.support ? column.support->name : "with that OID"));
  }
  const std::size_t begin = out.size();
  column.support->encode_key(value, out);
  if (column.hashed) {
    const std::uint64_t hash = inverted::stored_hash(std::string_view(out).substr(begin));
    out.resize(begin);
    types::append_key_u64(out, hash);
  }
  if (column.descending) {
    for (std::size_t at = begin; at < out.size(); ++at) out[at] = static_cast<char>(~out[at]);
  }
}

void check_key_size(std::size_t size) {
  if (size > btree::kMaxKeySize) {
    throw types::SqlError("54000", fmt::format("index row size {} exceeds maximum {}", size,
                                               btree::kMaxKeySize))
        .with_hint(
            "Values larger than 1/4 of a page cannot be indexed.\n"
            "Consider a function index of an MD5 hash of the value, or use full text indexing.");
  }
}

void append_key(const TableSchema& table, const IndexSchema& index,
                std::span<const types::Datum> values, std::string& out) {
  const KeyCodec codec(table, index);
  CHECK(values.size() <= codec.size());
  for (std::size_t i = 0; i < values.size(); ++i) codec.append(i, values[i], out);
}

std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

KeyRange make_range(const TableSchema& table, const IndexSchema& index,
                    std::span<const types::Datum> equal, const Bound* lower, const Bound* upper) {
  const auto row = [](const Bound* bound) {
    return bound == nullptr ? RowBound{} : RowBound{std::span(&bound->value, 1), bound->inclusive};
  };
  return make_row_range(table, index, equal, row(lower), row(upper));
}

KeyRange make_row_range(const TableSchema& table, const IndexSchema& index, std::span<const types::Datum> equal,
                        RowBound lower, RowBound upper) {
  const KeyCodec codec(table, index);
  CHECK(equal.size() + std::max(lower.values.size(), upper.values.size()) <= codec.size());
  std::string prefix;
  for (std::size_t i = 0; i < equal.size(); ++i) codec.append(i, equal[i], prefix);
  KeyRange range;
  range.lower = prefix;
  range.upper = end_of_prefix(prefix);
  if (lower.values.empty() && upper.values.empty()) return range;

  const std::size_t next = equal.size();
  // A descending column's bounds change sides.
  if (codec.descending(next)) std::swap(lower, upper);
  const auto append = [&](const RowBound& bound) {
    std::string key = prefix;
    for (std::size_t i = 0; i < bound.values.size(); ++i) codec.append(next + i, bound.values[i], key);
    return key;
  };
  std::string not_null = prefix;
  codec.append_marker(next, false, not_null);
  if (!lower.values.empty()) {
    range.lower = append(lower);
    if (!lower.inclusive) range.lower = end_of_prefix(range.lower);
  } else {
    range.lower = not_null;
  }
  if (!upper.values.empty()) {
    range.upper = append(upper);
    if (upper.inclusive) range.upper = end_of_prefix(range.upper);
  } else {
    range.upper = end_of_prefix(not_null);
  }
  return range;
}

KeyRange make_not_null_range(const TableSchema& table, const IndexSchema& index, std::span<const types::Datum> equal) {
  const KeyCodec codec(table, index);
  CHECK(equal.size() < codec.size());
  KeyRange range;
  for (std::size_t i = 0; i < equal.size(); ++i) codec.append(i, equal[i], range.lower);
  codec.append_marker(equal.size(), false, range.lower);
  range.upper = end_of_prefix(range.lower);
  return range;
}

}  // namespace table
