#include "value_keys.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "inverted/extract.h"
#include "key_bytes.h"
#include "types/sql_error.h"

namespace inverted {
namespace {

constexpr int kValueLess = 1, kValueLessEqual = 2, kValueEqual = 3, kValueGreaterEqual = 4, kValueGreater = 5;

// A long one is cut without a hash: so the order stays, and whoever finds the row looks at its value.
void append_value(const types::TypeSupport* type, std::uint8_t column, const types::Datum& value, std::string& out) {
  if (type == nullptr || type->encode_key == nullptr)
    throw types::SqlError::not_supported(fmt::format("an index over type {}", type != nullptr ? type->name : "with that OID"));
  const std::size_t begin = out.size();
  KeyWriter(out, column);
  type->encode_key(value, out);
  if (out.size() - begin > kMaxKeySize) out.resize(begin + kMaxKeySize);
}

}  // namespace

void append_value_key(const types::TypeSupport* type, std::uint8_t column, const types::Datum& value, KeySet& keys) {
  append_value(type, column, value, keys.begin());
  keys.end();
}

Search value_search(const types::TypeSupport* type, std::uint8_t column, int strategy, const types::Datum& query) {
  std::string first, key;
  KeyWriter(first, column);
  append_value(type, column, query, key);
  auto ranges = std::make_shared<ListedRanges>();
  switch (strategy) {
    case kValueLess:
    case kValueLessEqual: ranges->add(first, above_prefix(key)); break;
    case kValueEqual: ranges->add(key, above_prefix(key)); break;
    case kValueGreaterEqual:
    case kValueGreater: ranges->add(key, above_prefix(first)); break;
    default: throw types::SqlError::not_supported(fmt::format("strategy {} of an inverted index", strategy));
  }
  Search search{.kind = Search::Kind::ranges};
  search.ranges = std::move(ranges);
  return search;
}

}  // namespace inverted
