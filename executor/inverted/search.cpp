#include "inverted/search.h"

#include <fmt/format.h>

#include "hstore_keys.h"
#include "integer_search.h"
#include "inverted/extract.h"
#include "jsonb_keys.h"
#include "jsonpath_search.h"
#include "key_bytes.h"
#include "paths.h"
#include "trigram_search.h"
#include "types/array.h"
#include "types/json.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "types/text_search.h"
#include "value_keys.h"

namespace inverted {

using types::Datum;
using Kind = Search::Kind;

namespace {

Search nothing() { return {.kind = Kind::nothing}; }

// `neutral` parts vanish, one of the other kind decides.
Search join(std::vector<Search> parts, Kind kind, Kind neutral, Kind decides) {
  std::vector<Search> kept;
  for (Search& part : parts) {
    if (part.kind == decides) return {.kind = decides};
    if (part.kind == neutral) continue;
    if (part.kind != kind) {
      kept.push_back(std::move(part));
      continue;
    }
    for (Search& inner : part.parts) kept.push_back(std::move(inner));
  }
  if (kept.empty()) return {.kind = neutral};
  if (kept.size() == 1) return std::move(kept.front());
  Search search{.kind = kind};
  search.parts = std::move(kept);
  return search;
}

std::vector<Search> searches(const KeySet& keys) {
  std::vector<Search> parts;
  parts.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) parts.push_back({.kind = Kind::key, .key = std::string(keys[i])});
  return parts;
}

bool has_form(std::string_view key, Form form) { return key[1] == static_cast<char>(form); }

Search search_array(const types::TypeSupport* element, std::uint8_t column, int strategy, const Datum& query) {
  KeySet keys;
  types::Arena scratch(256);
  extract(Source::array, element, column, query, scratch, keys);
  keys.sort();
  std::vector<Search> parts = searches(keys);
  const auto drop = [&](Form form) {
    return std::erase_if(parts, [form](const Search& part) { return has_form(part.key, form); }) > 0;
  };
  switch (strategy) {
    case kArrayEqual: return all_of(std::move(parts));
    case kArrayContains:
      // No element is equal to null, and every array contains the empty one.
      if (drop(Form::null)) return nothing();
      drop(Form::empty);
      return all_of(std::move(parts));
    case kArrayOverlaps:
      drop(Form::null);
      drop(Form::empty);
      return any_of(std::move(parts));
    case kArrayContained: {
      drop(Form::null);
      drop(Form::empty);
      // The empty array is contained in every one.
      Search empty{.kind = Kind::key};
      KeyWriter(empty.key, column, Form::empty);
      parts.push_back(std::move(empty));
      return any_of(std::move(parts));
    }
    default: break;
  }
  throw types::SqlError::not_supported(fmt::format("strategy {} of an inverted index", strategy));
}

Search search_jsonb(Source source, std::uint8_t column, int strategy, const Datum& query) {
  const auto text = query.as<std::string_view>();
  types::Arena scratch;
  const auto key = [column](std::string_view name) {
    Search search{.kind = Kind::key};
    append_json_key(search.key, column, name);
    return search;
  };
  switch (strategy) {
    case kJsonbContains: {
      KeySet keys;
      extract(source, nullptr, column, query, scratch, keys);
      keys.sort();
      return all_of(searches(keys));
    }
    case kJsonbExists: return key(text);
    case kJsonbExistsAny:
    case kJsonbExistsAll: {
      std::vector<Search> parts;
      const types::ArrayView names(query);
      for (types::ArrayView::Cursor c(names); c.next();)
        if (!c.value().is_null) parts.push_back(key(c.value().as<std::string_view>()));
      return strategy == kJsonbExistsAny ? any_of(std::move(parts)) : all_of(std::move(parts));
    }
    case kJsonbPathExists: return jsonpath_search(source, column, text, false, scratch);
    case kJsonbPathMatch: return jsonpath_search(source, column, text, true, scratch);
    default: break;
  }
  throw types::SqlError::not_supported(fmt::format("strategy {} of an inverted index", strategy));
}

Search search_lexeme(std::uint8_t column, const types::TsQueryNode& node) {
  if (!node.prefix) {
    Search search{.kind = Kind::key};
    KeyWriter writer(search.key, column);
    types::append_key_bytes(search.key, node.text);
    writer.finish();
    return search;
  }
  std::string bytes;
  types::append_key_bytes(bytes, node.text);
  bytes.resize(bytes.size() - 2);  // without the end
  // Long lexemes lie apart, and of them only the beginning.
  std::vector<Search> parts;
  for (const Form form : {Form::whole, Form::cut}) {
    if (form == Form::whole && bytes.size() > kMaxKeySize) continue;
    Search search{.kind = Kind::prefix};
    KeyWriter(search.key, column, form);
    search.key.append(bytes, 0, form == Form::cut ? kKeptBytes : std::string::npos);
    parts.push_back(std::move(search));
  }
  return any_of(std::move(parts));
}

Search search_tsquery(std::uint8_t column, const types::TsQueryNode* node) {
  if (node == nullptr) return nothing();
  switch (node->operation) {
    case types::TsOperation::lexeme: return search_lexeme(column, *node);
    case types::TsOperation::not_: return {};
    default: break;
  }
  std::vector<Search> parts;
  parts.push_back(search_tsquery(column, node->left.get()));
  parts.push_back(search_tsquery(column, node->right.get()));
  return node->operation == types::TsOperation::or_ ? any_of(std::move(parts)) : all_of(std::move(parts));
}

}  // namespace

Search all_of(std::vector<Search> parts) {
  return join(std::move(parts), Kind::all_of, Kind::everything, Kind::nothing);
}

Search any_of(std::vector<Search> parts) {
  return join(std::move(parts), Kind::any_of, Kind::nothing, Kind::everything);
}

Search search_for(Source source, const types::TypeSupport* element, std::uint8_t column, int strategy,
                  const Datum& query) {
  if (source == Source::array) return search_array(element, column, strategy, query);
  if (source == Source::tsvector) {
    const types::TsQueryPtr node = types::read_tsquery(query.as<std::string_view>());
    return search_tsquery(column, node.get());
  }
  if (source == Source::trigrams) return trigram_search(column, strategy, query.as<std::string_view>());
  if (source == Source::hstore) return hstore_search(column, strategy, query);
  if (source == Source::integers) return integer_search(element, column, strategy, query);
  if (source == Source::path_list) return path_list_search(column, strategy, query);
  if (source == Source::value) return value_search(element, column, strategy, query);
  return search_jsonb(source, column, strategy, query);
}

}  // namespace inverted
