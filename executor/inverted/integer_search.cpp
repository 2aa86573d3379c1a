#include "integer_search.h"

#include <fmt/format.h>

#include "extensions/int_query.h"
#include "key_bytes.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"

namespace inverted {
namespace {

using Kind = Search::Kind;

constexpr int kOverlaps = 3, kSame = 6, kContains = 7, kContained = 8, kSatisfies = 20;

Search words_search(std::uint8_t column, std::span<const extensions::IntQuery::Node> nodes, std::int32_t number) {
  const extensions::IntQuery::Node& node = nodes[static_cast<std::size_t>(number)];
  if (node.operation == '!') return {};
  if (node.operation == 'i') {
    Search search{.kind = Kind::key};
    KeyWriter writer(search.key, column);
    types::append_key_i32(writer.out(), node.value);
    return search;
  }
  // A chain of one operator leans to the left, as long as its text is.
  std::vector<Search> parts;
  std::int32_t rest = number;
  for (; nodes[static_cast<std::size_t>(rest)].operation == node.operation; rest = nodes[static_cast<std::size_t>(rest)].left)
    parts.push_back(words_search(column, nodes, nodes[static_cast<std::size_t>(rest)].right));
  parts.push_back(words_search(column, nodes, rest));
  return node.operation == '&' ? all_of(std::move(parts)) : any_of(std::move(parts));
}

}  // namespace

Search integer_search(const types::TypeSupport* element, std::uint8_t column, int strategy, const types::Datum& query) {
  const auto as_array = [&](int same) { return search_for(Source::array, element, column, same, query); };
  switch (strategy) {
    case kOverlaps: return as_array(kArrayOverlaps);
    case kSame: return as_array(kArrayEqual);
    case kContains: return as_array(kArrayContains);
    case kContained: return as_array(kArrayContained);
    case kSatisfies: {
      const extensions::IntQuery asked(query.as<std::string_view>());
      return words_search(column, asked.nodes(), static_cast<std::int32_t>(asked.nodes().size()) - 1);
    }
    default: break;
  }
  throw types::SqlError::not_supported(fmt::format("strategy {} of an inverted index", strategy));
}

}  // namespace inverted
