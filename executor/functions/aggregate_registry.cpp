#include <boost/unordered/unordered_flat_map.hpp>

#include "aggregate_kernel.h"
#include "bit_string.h"
#include "functions/user_aggregate.h"

namespace functions {

namespace {

const auto& all() {
  static const auto map = [] {
    boost::unordered_flat_map<types::Oid, const AggregateFunction*> built;
    for (auto table : {basic_aggregates, float_aggregates, numeric_aggregates, collecting_aggregates, bit_string_aggregates})
      for (const auto& entry : table()) built.emplace(entry.oid, entry.function);
    return built;
  }();
  return map;
}

}  // namespace

const AggregateFunction* find_aggregate(types::Oid aggregate) {
  const auto& map = all();
  auto found = map.find(aggregate);
  return found == map.end() ? nullptr : found->second;
}

std::vector<types::Oid> built_aggregates() {
  std::vector<types::Oid> oids;
  for (const auto& [oid, function] : all()) oids.push_back(oid);
  return oids;
}

}  // namespace functions
