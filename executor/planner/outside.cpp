#include "outside.h"

#include <functional>

#include "rewrite.h"

namespace planner {
namespace {

// Stops at the first reference that leaves the depth where it stands.
std::function<bool(const Expression&, int)> outside_finder(bool& found) {
  return [&found](const Expression& e, int depth) {
    if (const auto* column = std::get_if<query::ColumnReference>(&e.node)) found = found || column->levels_up > depth;
    if (const auto* aggregate = std::get_if<query::Aggregate>(&e.node)) found = found || aggregate->levels_up > depth;
    if (const auto* grouping = std::get_if<query::Grouping>(&e.node)) found = found || grouping->levels_up > depth;
    return !found;
  };
}

}  // namespace

bool reads_outside(const Expression& expression) {
  bool found = false;
  visit(expression, 0, outside_finder(found));
  return found;
}

bool reads_outside(const query::Query& query) {
  bool found = false;
  visit(query, 0, outside_finder(found));
  return found;
}

}  // namespace planner
