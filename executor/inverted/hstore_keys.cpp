#include "hstore_keys.h"

#include <fmt/format.h>

#include "extensions/hstore.h"
#include "key_bytes.h"
#include "types/array.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"

namespace inverted {
namespace {

using Kind = Search::Kind;

constexpr int kHstoreContains = 7, kHstoreExists = 9, kExistsAny = 10, kExistsAll = 11;
constexpr char kHstoreKey = 'k', kHstorePair = 'p', kHstoreNullPair = 'n';

}  // namespace

void append_hstore_key(std::string& out, std::uint8_t column, std::string_view key) {
  KeyWriter writer(out, column);
  writer.out() += kHstoreKey;
  types::append_key_bytes(writer.out(), key);
  writer.finish();
}

void append_hstore_pair(std::string& out, std::uint8_t column, std::string_view key,
                        std::optional<std::string_view> value) {
  KeyWriter writer(out, column);
  writer.out() += value ? kHstorePair : kHstoreNullPair;
  types::append_key_bytes(writer.out(), key);
  if (value) types::append_key_bytes(writer.out(), *value);
  writer.finish();
}

Search hstore_search(std::uint8_t column, int strategy, const types::Datum& query) {
  const auto bytes = query.as<std::string_view>();
  const auto key = [column](std::string_view name) {
    Search search{.kind = Kind::key};
    append_hstore_key(search.key, column, name);
    return search;
  };
  switch (strategy) {
    case kHstoreContains: {
      const extensions::HstoreView hstore(bytes);
      std::vector<Search> parts;
      for (std::uint32_t i = 0; i < hstore.size(); ++i)
        append_hstore_pair(parts.emplace_back(Search{.kind = Kind::key}).key, column, hstore.key(i), hstore.value(i));
      return all_of(std::move(parts));
    }
    case kHstoreExists: return key(bytes);
    case kExistsAny:
    case kExistsAll: {
      std::vector<Search> parts;
      const types::ArrayView names(query);
      for (types::ArrayView::Cursor c(names); c.next();)
        if (!c.value().is_null) parts.push_back(key(c.value().as<std::string_view>()));
      return strategy == kExistsAny ? any_of(std::move(parts)) : all_of(std::move(parts));
    }
    default: break;
  }
  throw types::SqlError::not_supported(fmt::format("strategy {} of an inverted index", strategy));
}

}  // namespace inverted
