// What follows from the equalities of a group's conditions.
#include <algorithm>
#include <map>

#include "query_planner.h"

namespace planner {

// a = b and b = c: also a = c; a = 1: also b = 1.
void QueryPlanner::derive_equalities(std::vector<const Qual*>& quals, const RelSet& eligible) {
  struct Member {
    int rel, column;
    const Expression* expression;
  };
  struct Class {
    types::Oid op = 0, collation = 0;
    std::vector<Member> members;
    std::vector<const Qual*> sources;
    const Expression* constant = nullptr;
  };
  std::vector<Class> classes;
  auto side = [&](const Expression& e) -> const query::ColumnReference* {
    const auto* c = as_column(e);
    return c != nullptr && c->levels_up == 0 && c->column >= 0 && eligible.contains(c->range_table_index)
               ? c
               : nullptr;
  };
  auto find = [&](const query::ColumnReference& c, types::Oid op, types::Oid collation) -> int {
    for (std::size_t i = 0; i < classes.size(); ++i)
      if (classes[i].op == op && classes[i].collation == collation)
        for (const Member& m : classes[i].members)
          if (m.rel == c.range_table_index && m.column == c.column) return static_cast<int>(i);
    return -1;
  };
  for (const Qual* qual : quals) {
    const auto* call = std::get_if<query::Call>(&qual->expression->node);
    if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) continue;
    const catalog::OperatorInfo* op = catalog().operator_(call->operator_);
    if (op == nullptr || op->name != "=" || !op->can_hash || op->left != op->right) continue;
    const Expression *a = call->arguments[0].get(), *b = call->arguments[1].get();
    const auto *ca = side(*a), *cb = side(*b);
    if (ca == nullptr || cb == nullptr || ca->range_table_index == cb->range_table_index ||
        a->type.oid != b->type.oid)
      continue;
    const int ia = find(*ca, call->operator_, call->input_collation),
              ib = find(*cb, call->operator_, call->input_collation);
    Member ma{ca->range_table_index, ca->column, a}, mb{cb->range_table_index, cb->column, b};
    if (ia < 0 && ib < 0) {
      Class c;
      c.op = call->operator_;
      c.collation = call->input_collation;
      c.members = {ma, mb};
      c.sources = {qual};
      classes.push_back(std::move(c));
    } else if (ia >= 0 && ib < 0) {
      classes[static_cast<std::size_t>(ia)].members.push_back(mb);
      classes[static_cast<std::size_t>(ia)].sources.push_back(qual);
    } else if (ia < 0) {
      classes[static_cast<std::size_t>(ib)].members.push_back(ma);
      classes[static_cast<std::size_t>(ib)].sources.push_back(qual);
    } else if (ia != ib) {
      Class& to = classes[static_cast<std::size_t>(std::min(ia, ib))];
      Class& from = classes[static_cast<std::size_t>(std::max(ia, ib))];
      to.members.insert(to.members.end(), from.members.begin(), from.members.end());
      to.sources.insert(to.sources.end(), from.sources.begin(), from.sources.end());
      to.sources.push_back(qual);
      classes.erase(classes.begin() + std::max(ia, ib));
    } else {
      classes[static_cast<std::size_t>(ia)].sources.push_back(qual);
    }
  }
  if (classes.empty()) return;
  const std::vector<const Qual*> original = quals;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    Class& c = classes[k];
    std::vector<bool> fixed(c.members.size(), false);
    for (const Qual* qual : original) {
      const auto* call = std::get_if<query::Call>(&qual->expression->node);
      if (call == nullptr || call->operator_ != c.op || call->arguments.size() != 2 ||
          call->input_collation != c.collation)
        continue;
      for (int s = 0; s < 2; ++s) {
        const auto* column = side(*call->arguments[static_cast<std::size_t>(s)]);
        const Expression& value = *call->arguments[static_cast<std::size_t>(1 - s)];
        if (column == nullptr || !planner::relations_of(value).empty() || contains_subquery(value) ||
            qual->is_volatile)
          continue;
        for (std::size_t m = 0; m < c.members.size(); ++m)
          if (c.members[m].rel == column->range_table_index && c.members[m].column == column->column) {
            // By another value than the first it is not: the first is asked of it, too.
            if (c.constant == nullptr) c.constant = &value;
            fixed[m] = fixed[m] || query::equal(value, *c.constant);
          }
      }
    }
    std::erase_if(quals, [&](const Qual* q) {
      return std::find(c.sources.begin(), c.sources.end(), q) != c.sources.end();
    });
    if (c.constant != nullptr) {
      for (std::size_t m = 0; m < c.members.size(); ++m) {
        if (fixed[m]) continue;
        quals.push_back(add_qual(make_operator(catalog(), c.op, query::clone(*c.members[m].expression),
                                               query::clone(*c.constant), c.collation)));
      }
      // Two members of one relation, both fixed by it: nothing is lost, both equal the constant.
      continue;
    }
    // Which members the query's own conditions equate.
    std::map<std::pair<int, int>, std::size_t> places;
    for (std::size_t i = 0; i < c.members.size(); ++i) places.emplace(std::pair(c.members[i].rel, c.members[i].column), i);
    std::map<std::pair<std::size_t, std::size_t>, const Qual*> written;
    for (const Qual* source : c.sources) {
      const auto& call = std::get<query::Call>(source->expression->node);
      const auto *x = side(*call.arguments[0]), *y = side(*call.arguments[1]);
      const std::size_t a = places.at({x->range_table_index, x->column}), b = places.at({y->range_table_index, y->column});
      written[std::minmax(a, b)] = source;
    }
    for (std::size_t i = 0; i < c.members.size(); ++i)
      for (std::size_t j = i + 1; j < c.members.size(); ++j) {
        const auto found = written.find({i, j});
        const Qual* existing = found == written.end() ? nullptr : found->second;
        if (existing == nullptr)
          existing = add_qual(make_operator(catalog(), c.op, query::clone(*c.members[i].expression),
                                            query::clone(*c.members[j].expression), c.collation));
        // Equal columns of one relation are a condition of their own, not of a join.
        if (c.members[i].rel != c.members[j].rel)
          const_cast<Qual*>(existing)->equivalence = static_cast<int>(k) + equivalence_base_;
        quals.push_back(existing);
      }
  }
  equivalence_base_ += static_cast<int>(classes.size());
}

}  // namespace planner
