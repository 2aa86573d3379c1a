#include <boost/unordered/unordered_flat_map.hpp>

#include "aggregate_kernel.h"
#include "bit_string.h"

namespace functions {

const AggregateFunction* find_aggregate(types::Oid aggregate) {
  static const auto map = [] {
    boost::unordered_flat_map<types::Oid, const AggregateFunction*> built;
    for (auto table : {basic_aggregates, float_aggregates, numeric_aggregates, collecting_aggregates, bit_string_aggregates})
      for (const auto& entry : table()) built.emplace(entry.oid, entry.function);
    return built;
  }();
  auto found = map.find(aggregate);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace functions
