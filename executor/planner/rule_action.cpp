// By the rules of PostgreSQL's rewriteRuleAction() and CopyAndAddInvertedQual().
#include "rule_action.h"

#include <algorithm>

#include "catalog/target_columns.h"
#include "query/reads.h"
#include "rewrite.h"
#include "types/sql_error.h"

namespace planner {
namespace {

using query::CommandKind;
using query::Query;
using query::RangeTableEntry;
using types::Oid;
using types::SqlError;

constexpr Oid kPgNotify = 3036;

// What the statement reads, as a query: its outputs are OLD's columns, then NEW's.
struct Rows {
  Query query;
  std::size_t width = 0;      // of the relation
  bool has_old = false, has_new = false;

  const Expression& value(int row, std::size_t column) const {
    return *query.output[(row == query::kNewRow && has_old ? width : 0) + column].expression;
  }
};

void add_output(Query& query, ExpressionPtr value, const std::string& name) {
  query::OutputColumn& output = query.output.emplace_back();
  output.expression = std::move(value);
  output.name = name;
}

Rows rows_of(const Query& statement, const catalog::RelationDescriptor& relation) {
  Rows rows;
  rows.width = relation.columns.size();
  rows.has_old = statement.command != CommandKind::insert;
  rows.has_new = statement.command != CommandKind::delete_;
  auto copy = query::clone(statement);
  rows.query.range_table = std::move(copy->range_table);
  rows.query.from = std::move(copy->from);
  rows.query.where = std::move(copy->where);
  RangeTableEntry& target = rows.query.range_table[static_cast<std::size_t>(statement.target)];
  target.access = std::make_unique<query::EntryAccess>();  // what it takes is asked of the statement itself
  if (relation.kind == catalog::RelationKind::view && relation.view_query) {
    target.kind = RangeTableEntry::Kind::subquery;
    target.view = relation.oid;
    target.relation = 0;
    target.subquery = query::clone(*relation.view_query);
  }
  auto old_column = [&](std::size_t i) {
    return make_column(statement.target, static_cast<int>(i), relation.columns[i].type);
  };
  if (rows.has_old)
    for (std::size_t i = 0; i < rows.width; ++i) add_output(rows.query, old_column(i), relation.columns[i].name);
  const std::size_t first_new = rows.query.output.size();
  if (rows.has_new)
    for (std::size_t i = 0; i < rows.width; ++i) {
      ExpressionPtr value;
      for (query::TargetColumn& t : copy->targets)
        if (t.column == static_cast<int>(i)) value = std::move(t.value);
      if (!value)
        value = rows.has_old ? old_column(i) : make_constant(types::Datum::null(), relation.columns[i].type);
      add_output(rows.query, std::move(value), relation.columns[i].name);
    }
  // What is generated follows from the other new values; from the old ones it would be that of the row as it was.
  for (std::size_t i = 0; rows.has_new && i < rows.width; ++i) {
    const catalog::Column& column = relation.columns[i];
    if (!column.generated || column.dropped || !column.default_) continue;
    ExpressionPtr value = query::clone(*column.default_);
    planner::rewrite(value, 0, [&](ExpressionPtr& e, int depth) {
      const auto* read = as_column(*e);
      if (read == nullptr || read->levels_up != depth || read->column < 0) return false;
      e = query::clone(*rows.query.output[first_new + static_cast<std::size_t>(read->column)].expression);
      shift_levels(e, 0, depth);
      return true;
    });
    rows.query.output[first_new + i].expression = std::move(value);
  }
  return rows;
}

// OLD and NEW, `level` levels out of the tree, as the statement's rows have them.
template <typename Tree>
void replace_rows(Tree& tree, int level, const Rows& rows, const catalog::RelationDescriptor& relation) {
  planner::rewrite(tree, 0, [&](ExpressionPtr& e, int depth) {
    const auto* column = as_column(*e);
    if (column == nullptr || column->levels_up != depth + level) return false;
    const int row = column->range_table_index;
    if (row != query::kOldRow && row != query::kNewRow) return false;
    if (column->column >= 0) {
      e = query::clone(rows.value(row, static_cast<std::size_t>(column->column)));
    } else {
      query::RowConstructor whole;
      for (std::size_t i = 0; i < rows.width; ++i) {
        if (relation.columns[i].dropped) continue;
        whole.fields.push_back(query::clone(rows.value(row, i)));
        whole.names.push_back(relation.columns[i].name);
      }
      e->node = std::move(whole);
    }
    shift_levels(e, 0, depth);
    return true;
  });
}

void renumber_tree(query::JoinTree& tree, int offset) {
  if (auto* leaf = std::get_if<query::JoinLeaf>(&tree.node)) {
    leaf->range_table_index += offset;
    return;
  }
  auto& join = std::get<query::JoinNode>(tree.node);
  if (join.range_table_index >= 0) join.range_table_index += offset;
  renumber_tree(*join.left, offset);
  renumber_tree(*join.right, offset);
}

void renumber(Query& query, int offset) {
  planner::rewrite(query, 0, [offset](ExpressionPtr& e, int depth) {
    if (auto* column = std::get_if<query::ColumnReference>(&e->node))
      if (column->levels_up == depth && column->range_table_index >= 0) column->range_table_index += offset;
    return false;
  });
  for (auto& tree : query.from) renumber_tree(*tree, offset);
}

// The target's leaf, which stands alone in FROM.
void drop_leaf(Query& query, int index) {
  std::erase_if(query.from, [&](const std::unique_ptr<query::JoinTree>& tree) {
    const auto* leaf = std::get_if<query::JoinLeaf>(&tree->node);
    return leaf != nullptr && leaf->range_table_index == index;
  });
}

void add_where(Query& query, ExpressionPtr condition) {
  if (!condition) return;
  std::vector<ExpressionPtr> both;
  if (query.where) both.push_back(std::move(query.where));
  both.push_back(std::move(condition));
  query.where = conjunction(std::move(both));
}

// The values that INSERT stores come out of `source`, a query of its own, which finds the common tables
// one level further out.
void read_values_from(Query& insert, std::unique_ptr<Query> source) {
  visit_queries(*source, 0, [](Query& q, int depth) {
    for (RangeTableEntry& entry : q.range_table)
      if (entry.kind == RangeTableEntry::Kind::cte && entry.cte_levels_up >= depth) ++entry.cte_levels_up;
  });
  RangeTableEntry entry;
  entry.kind = RangeTableEntry::Kind::subquery;
  entry.alias = "*SELECT*";
  for (const query::OutputColumn& output : source->output) entry.columns.push_back({output.name, output.expression->type});
  entry.subquery = std::move(source);
  const int index = static_cast<int>(insert.range_table.size());
  for (std::size_t i = 0; i < insert.targets.size(); ++i)
    insert.targets[i].value = make_column(index, static_cast<int>(i), entry.columns[i].type);
  insert.range_table.push_back(std::move(entry));
  insert.insert_source = index;
  insert.from.clear();
  auto leaf = std::make_unique<query::JoinTree>();
  leaf->node = query::JoinLeaf{index};
  insert.from.push_back(std::move(leaf));
}

std::unique_ptr<Query> notify(const query::RuleAction& action) {
  auto text = [](const std::string& value) {
    auto e = std::make_unique<Expression>();
    e->type = {types::oid::text};
    e->node = query::Constant::varlen(value);
    return e;
  };
  auto result = std::make_unique<Query>();
  query::Call call;
  call.function = kPgNotify;
  call.arguments.push_back(text(action.channel));
  call.arguments.push_back(text(action.payload));
  auto e = std::make_unique<Expression>();
  e->type = {types::oid::void_};
  e->node = std::move(call);
  add_output(*result, std::move(e), "pg_notify");
  return result;
}

// INSERT as a rule's command: a row for each of the statement's.
void apply_insert(Query& action, Rows rows, ExpressionPtr condition, const catalog::RelationDescriptor& relation) {
  const bool one_row = rows.query.from.empty() && !rows.query.where && !condition;
  if (one_row) return replace_rows(action, 1, rows, relation);
  auto source = std::make_unique<Query>();
  const int inner = action.insert_source;
  int moved = -1;
  std::vector<ExpressionPtr> values;
  if (inner >= 0) moved = static_cast<int>(rows.query.range_table.size());
  for (query::TargetColumn& target : action.targets) {
    planner::rewrite(target.value, 0, [&](ExpressionPtr& e, int depth) {
      if (auto* column = std::get_if<query::ColumnReference>(&e->node))
        if (column->levels_up == depth && column->range_table_index == inner) column->range_table_index = moved;
      return false;
    });
    replace_rows(target.value, 1, rows, relation);
    values.push_back(std::move(target.value));
  }
  if (condition) replace_rows(condition, 0, rows, relation);
  if (inner >= 0) {
    // An entry beside the statement's own, which it may look at.
    Query carrier;
    carrier.range_table.push_back(std::move(action.range_table[static_cast<std::size_t>(inner)]));
    replace_rows(carrier, 1, rows, relation);
    carrier.range_table[0].lateral = true;
    rows.query.range_table.push_back(std::move(carrier.range_table[0]));
    auto leaf = std::make_unique<query::JoinTree>();
    leaf->node = query::JoinLeaf{moved};
    rows.query.from.push_back(std::move(leaf));
    // What is left behind is read by nobody.
    RangeTableEntry& left = action.range_table[static_cast<std::size_t>(inner)];
    left = RangeTableEntry{};
    left.kind = RangeTableEntry::Kind::values;
  }
  source->range_table = std::move(rows.query.range_table);
  source->from = std::move(rows.query.from);
  source->where = std::move(rows.query.where);
  add_where(*source, std::move(condition));
  for (ExpressionPtr& value : values) add_output(*source, std::move(value), "?column?");
  read_values_from(action, std::move(source));
}

// UPDATE, DELETE and SELECT read the statement's rows beside their own.
void apply_other(Query& action, Rows& rows, ExpressionPtr condition, const catalog::RelationDescriptor& relation) {
  renumber(rows.query, static_cast<int>(action.range_table.size()));
  replace_rows(action, 1, rows, relation);
  if (condition) replace_rows(condition, 0, rows, relation);
  if (action.set_operations) {
    if (condition || rows.query.where)
      throw SqlError("0A000", "conditional UNION/INTERSECT/EXCEPT statements are not implemented");
    return;
  }
  for (RangeTableEntry& entry : rows.query.range_table) action.range_table.push_back(std::move(entry));
  for (auto& tree : rows.query.from) action.from.push_back(std::move(tree));
  add_where(action, std::move(rows.query.where));
  add_where(action, std::move(condition));
}

// The statement's RETURNING over what the rule's says the relation's columns are.
void return_instead(const Query& statement, Query& action, int offset) {
  std::vector<query::OutputColumn> said = std::move(action.output);
  auto copy = query::clone(statement);
  action.output = std::move(copy->output);
  for (query::OutputColumn& output : action.output)
    planner::rewrite(output.expression, 0, [&](ExpressionPtr& e, int depth) {
      auto* column = std::get_if<query::ColumnReference>(&e->node);
      if (column == nullptr || column->levels_up != depth || column->range_table_index < 0) return false;
      if (column->range_table_index != statement.target) {
        if (offset < 0) throw SqlError::not_supported("RETURNING what is not of the relation, through a rule,");
        column->range_table_index += offset;
        return true;
      }
      if (column->column >= 0) {
        e = query::clone(*said[static_cast<std::size_t>(column->column)].expression);
      } else {
        query::RowConstructor whole;
        for (query::OutputColumn& field : said) {
          whole.fields.push_back(query::clone(*field.expression));
          whole.names.push_back(field.name);
        }
        e->node = std::move(whole);
      }
      shift_levels(e, 0, depth);
      return true;
    });
}

}  // namespace

std::unique_ptr<Query> apply_rule_action(const Query& statement, const query::RuleAction& rule_action,
                                         const query::Expression* rule_condition,
                                         const catalog::RelationDescriptor& relation, bool& returning,
                                         catalog::CatalogView& catalog) {
  if (rule_action.query == nullptr) return notify(rule_action);
  std::unique_ptr<Query> action = query::clone(*rule_action.query);
  check_as(*action, relation.owner);
  ExpressionPtr condition;
  if (rule_condition != nullptr) {
    condition = query::clone(*rule_condition);
    check_as(*condition, relation.owner);
  }
  Rows rows = rows_of(statement, relation);
  // Rows of the relation do not matter to who never looks at them.
  if (rows.has_old) {
    auto uses = [&](int row) {
      return query::reads(*action, 1, row) || (rule_condition != nullptr && query::reads(*rule_condition, 0, row));
    };
    bool in_where = statement.where && query::reads(*statement.where, 0, statement.target);
    if (!uses(query::kOldRow) && !(rows.has_new && uses(query::kNewRow)) && !in_where)
      drop_leaf(rows.query, statement.target);
  }
  auto copy = query::clone(statement);
  const bool selects = action->command == CommandKind::insert && action->insert_source >= 0 &&
                       action->range_table[static_cast<std::size_t>(action->insert_source)].subquery != nullptr;
  for (query::CommonTable& table : copy->with) {
    if (selects && table.query->command != CommandKind::select && table.query->command != CommandKind::values)
      throw SqlError("0A000", "INSERT...SELECT rule actions are not supported for queries having data-modifying "
                              "statements in WITH");
    for (const query::CommonTable& own : action->with)
      if (own.name == table.name)
        throw SqlError("0A000", "WITH query name \"" + own.name +
                                    "\" appears in both a rule action and the query being rewritten");
    action->with.push_back(std::move(table));
  }
  action->recursive_with |= statement.recursive_with;
  const bool has_returning = action->has_returning;
  const int offset = action->command == CommandKind::insert ? -1 : static_cast<int>(action->range_table.size());
  if (action->command == CommandKind::insert)
    apply_insert(*action, std::move(rows), std::move(condition), relation);
  else
    apply_other(*action, rows, std::move(condition), relation);
  if (has_returning) {
    if (statement.has_returning && !returning) {
      return_instead(statement, *action, offset);
      returning = true;
    } else {
      action->output.clear();
      action->has_returning = false;
    }
  }
  if (action->command == CommandKind::insert) {
    const auto target = catalog.relation(action->range_table[static_cast<std::size_t>(action->target)].relation);
    std::vector<ExpressionPtr> given(target->columns.size());
    for (query::TargetColumn& t : action->targets) given[static_cast<std::size_t>(t.column)] = std::move(t.value);
    action->targets = catalog::complete_insert(catalog, *target, std::move(given), action->overriding);
  }
  return action;
}

void add_inverted_condition(Query& statement, const query::Expression& condition, Oid owner,
                            catalog::CatalogView& catalog) {
  const auto relation = catalog.relation(statement.range_table[static_cast<std::size_t>(statement.target)].relation);
  Rows rows = rows_of(statement, *relation);
  auto inverted = std::make_unique<Expression>();
  inverted->type = {types::oid::bool_};
  query::Test test;
  test.kind = query::TestKind::is_not_true;
  test.argument = query::clone(condition);
  check_as(*test.argument, owner);
  replace_rows(test.argument, 0, rows, *relation);
  inverted->node = std::move(test);
  if (statement.command != CommandKind::insert) return add_where(statement, std::move(inverted));
  // Only a query can leave rows out.
  auto source = std::make_unique<Query>();
  source->range_table = std::move(rows.query.range_table);
  source->from = std::move(rows.query.from);
  source->where = std::move(rows.query.where);
  add_where(*source, std::move(inverted));
  for (query::TargetColumn& target : statement.targets)
    add_output(*source, std::move(target.value), relation->columns[static_cast<std::size_t>(target.column)].name);
  read_values_from(statement, std::move(source));
}

}  // namespace planner
