#include "layout.h"

namespace planner {

void Layout::add(const query::Expression& expression) {
  const int at = static_cast<int>(columns_.size());
  columns_.push_back(&expression);
  const auto* column = std::get_if<query::ColumnReference>(&expression.node);
  if (column != nullptr && column->levels_up == 0)
    references_.emplace(key(*column), at);
  else
    computed_.push_back(at);
}

void Layout::append_nullable(const Layout& other) {
  for (const query::Expression* e : other.columns_)
    e != nullptr && std::holds_alternative<query::ColumnReference>(e->node) ? add(*e) : add_unnamed();
}

int Layout::find(const query::Expression& expression) const {
  if (const auto* column = std::get_if<query::ColumnReference>(&expression.node);
      column != nullptr && column->levels_up == 0) {
    const auto found = references_.find(key(*column));
    return found == references_.end() ? -1 : found->second;
  }
  for (const int at : computed_)
    if (columns_[static_cast<std::size_t>(at)]->node.index() == expression.node.index() &&
        query::equal(*columns_[static_cast<std::size_t>(at)], expression))
      return at;
  return -1;
}

}  // namespace planner
