#include "query/reads.h"

#include "query/walk.h"

namespace query {

bool reads(const Query& query, int depth, int index) {
  bool found = false;
  for_each_expression(
      query, [&](const Expression& e) { found = found || reads(e, depth, index); },
      [&](const Query& below) { found = found || reads(below, depth + 1, index); });
  return found;
}

bool reads(const Expression& expression, int depth, int index) {
  if (const auto* ref = std::get_if<ColumnReference>(&expression.node))
    return ref->levels_up == depth && ref->range_table_index == index;
  bool found = false;
  for_each_child(
      expression, [&](const Expression& child) { found = found || reads(child, depth, index); },
      [&](const Query& below) { found = found || reads(below, depth + 1, index); });
  return found;
}

}  // namespace query
