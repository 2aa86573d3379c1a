// GROUP BY, GROUPING SETS, ROLLUP and CUBE.
#include <fmt/format.h>

#include "analysis.h"
#include "clauses.h"

namespace analyzer {
namespace {

using Sets = std::vector<std::vector<int>>;
constexpr std::size_t kMaximumSets = 4096;

// Before they are made.
void require_few(std::size_t sets) {
  if (sets > kMaximumSets) throw SqlError("54001", fmt::format("too many grouping sets present (maximum {})", kMaximumSets));
}

class GroupBy {
 public:
  GroupBy(Scope& scope, bool has_sets) : scope_(scope), query_(*scope.query), has_sets_(has_sets) {}

  // The key's number; the same expression is one key, but where sets may have one column and not the other.
  int key(const ast::Node* node) {
    std::size_t before = query_.output.size();
    int index = find_target(scope_, node, Place::group_by);
    auto& output = query_.output[static_cast<std::size_t>(index)];
    if (output.expression->type.oid == oid::unknown)
      output.expression = coerce(scope_, std::move(output.expression), type_ref(scope_, oid::text),
                                 Context::implicit, query::CallForm::implicit_cast, -1);
    const bool is_column = query_.output.size() == before;
    const auto other_column = [&](std::size_t k) { return has_sets_ && is_column && columns_[k] >= 0 && columns_[k] != index; };
    for (std::size_t i = 0; i < query_.group_by.size(); ++i) {
      if (!query::equal(*query_.group_by[i].expression, *output.expression)) continue;
      if (!other_column(i)) {
        if (!is_column) query_.output.pop_back();
        return static_cast<int>(i);
      }
      // A name of its own for the same value.
      auto named = std::make_unique<query::Expression>();
      named->type = output.expression->type;
      named->location = output.expression->location;
      named->node = query::Relabel{std::move(output.expression), query::CallForm::implicit_cast};
      output.expression = std::move(named);
      i = static_cast<std::size_t>(-1);  // looked for anew
    }
    query::GroupKey key;
    key.expression = query::clone(*output.expression);
    if (!is_column) query_.output.pop_back();
    auto operators = scope_.catalog().ordering_operators(key.expression->type.oid);
    key.equals = operators.equal ? operators.equal : operators.hash_equal;
    key.less_than = operators.less_than;
    if (!key.equals)
      throw SqlError("42883", fmt::format("could not identify an equality operator for type {}",
                                          type_name(scope_, key.expression->type.oid)))
          .at(node->location >= 0 ? node->location : location_of(*key.expression));
    query_.group_by.push_back(std::move(key));
    columns_.push_back(is_column ? index : -1);
    return static_cast<int>(query_.group_by.size()) - 1;
  }

  // (a, b) is one unit of several keys.
  std::vector<int> unit(const ast::Node* node) {
    std::vector<int> keys;
    if (const auto* row = ast::try_as<ast::RowExpression>(node); row && !row->explicit_row) {
      for (const ast::Node* field : row->fields) add(keys, unit(field));
    } else {
      keys.push_back(key(node));
    }
    return keys;
  }

  Sets expand(const ast::Node* node) {
    const auto* set = ast::try_as<ast::GroupingSet>(node);
    if (!set) return {unit(node)};
    using Kind = ast::GroupingSetKind;
    switch (set->set) {
      case Kind::empty: return {{}};
      case Kind::simple: {
        std::vector<int> keys;
        for (const ast::Node* item : set->content) add(keys, unit(item));
        return {keys};
      }
      case Kind::rollup: {
        require_few(set->content.size() + 1);
        std::vector<std::vector<int>> units;
        for (const ast::Node* item : set->content) units.push_back(unit(item));
        Sets sets;
        for (std::size_t size = units.size() + 1; size-- > 0;) {
          std::vector<int> keys;
          for (std::size_t i = 0; i < size; ++i) add(keys, units[i]);
          sets.push_back(std::move(keys));
        }
        return sets;
      }
      case Kind::cube: {
        if (set->content.size() > 12)
          throw SqlError("54011", "CUBE is limited to 12 elements").at(set->location);
        std::vector<std::vector<int>> units;
        for (const ast::Node* item : set->content) units.push_back(unit(item));
        Sets sets;
        std::size_t all = std::size_t{1} << units.size();
        for (std::size_t chosen = all; chosen-- > 0;) {
          std::vector<int> keys;
          for (std::size_t i = 0; i < units.size(); ++i)
            if (chosen & (std::size_t{1} << (units.size() - 1 - i))) add(keys, units[i]);
          sets.push_back(std::move(keys));
        }
        return sets;
      }
      case Kind::sets: {
        Sets sets;
        for (const ast::Node* item : set->content)
          for (auto& keys : expand(item)) sets.push_back(std::move(keys));
        return sets;
      }
    }
    return {};
  }

  static void add(std::vector<int>& keys, const std::vector<int>& more) {
    for (int key : more)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }

 private:
  Scope& scope_;
  query::Query& query_;
  bool has_sets_;
  std::vector<int> columns_;  // of the query's output, by key; -1: none
};

}  // namespace

void analyze_group_by(Scope& scope, ast::NodeList items, bool distinct_sets) {
  if (items.empty()) return;
  bool sets_written = false;
  for (const ast::Node* node : items) sets_written = sets_written || node->kind == ast::NodeKind::grouping_set;
  GroupBy group(scope, sets_written);
  if (!sets_written) {
    for (const ast::Node* node : items) group.unit(node);
    return;
  }
  Sets product{{}};
  for (const ast::Node* node : items) {
    Sets sets = group.expand(node);
    require_few(product.size() * sets.size());
    Sets next;
    for (const auto& left : product)
      for (const auto& right : sets) {
        auto keys = left;
        GroupBy::add(keys, right);
        next.push_back(std::move(keys));
      }
    product = std::move(next);
  }
  if (distinct_sets) {
    Sets unique;
    for (auto& keys : product) {
      auto sorted = keys;
      std::sort(sorted.begin(), sorted.end());
      bool known = false;
      for (auto other : unique) {
        std::sort(other.begin(), other.end());
        known = known || other == sorted;
      }
      if (!known) unique.push_back(std::move(keys));
    }
    product = std::move(unique);
  }
  scope.query->grouping_sets = std::move(product);
}

}  // namespace analyzer
