// Which column of a batch holds which expression.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "query/expression.h"

namespace planner {

class Layout {
 public:
  // The next column; the expression outlives the layout.
  void add(const query::Expression& expression);
  // A column that nothing refers to by expression.
  void add_unnamed() { columns_.push_back(nullptr); }
  // The column that holds an equal expression; -1: none does.
  int find(const query::Expression& expression) const;
  std::size_t size() const { return columns_.size(); }
  const std::vector<const query::Expression*>& columns() const { return columns_; }
  // Columns of a side that an outer join may fill with nulls: what is computed there is null in such
  // rows, whatever the expression gives for nulls, so only plain columns can be found.
  void append_nullable(const Layout& other);
  void append(const Layout& other) {
    for (const query::Expression* e : other.columns_)
      e != nullptr ? add(*e) : add_unnamed();
  }

 private:
  static std::uint64_t key(const query::ColumnReference& column) {
    return (std::uint64_t{static_cast<std::uint32_t>(column.range_table_index)} << 32) |
           static_cast<std::uint32_t>(column.column);
  }
  std::vector<const query::Expression*> columns_;
  std::unordered_map<std::uint64_t, int> references_;
  std::vector<int> computed_;
};

}  // namespace planner
