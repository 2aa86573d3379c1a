// The names of relations in EXPLAIN: several entries of the query levels of one plan may want one alias.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator.h"
#include "planner/plan.h"

namespace operators {

// Those that are shown get their names in the order of the range tables: the first has its alias, later ones that
// want the same one have numbers behind it.
class ExplainNames {
 public:
  explicit ExplainNames(const planner::Plan& plan) : plan_(plan) {}
  // Of a tree that is shown, with what is not because its operators left it out. All trees, then name_all().
  void add(const planner::PlanNode& node, const Operator* op);
  void name_all();

  std::string title(const planner::NodeText& text) const;
  // With the names in the places that planning left for them.
  std::string resolve(std::string_view text) const;

 private:
  using Key = std::pair<int, int>;  // level's place in the order, index
  Key key(int level, int index) const;
  void add(const planner::NodeText::Entry& entry) { names_[key(entry.level, entry.index)] = entry.alias; }
  const planner::Plan& plan_;
  std::map<Key, std::string> names_;  // aliases until name_all()
};

}  // namespace operators
