// SEARCH and CYCLE: both terms of the recursive UNION become subqueries of queries that put out the
// added columns,
//
//   SELECT b.*, ARRAY[ROW(b.key)], default, ARRAY[ROW(b.key)] FROM (base term) b
//   UNION ALL
//   SELECT r.*, r.seq || ROW(r.key), CASE WHEN ROW(r.key) = ANY (r.path) THEN value ELSE default END,
//          r.path || ROW(r.key)
//   FROM (recursive term, with the table's seq, mark and path; AND mark <> value) r
//
// or, breadth first, ROW(0, b.key) and ROW(r.seq's depth + 1, r.key).
#include "search_cycle.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "catalog/catalog_view.h"
#include "query/walk.h"
#include "subqueries.h"

namespace analyzer {
namespace {

// The marks are constants (the grammar sees to that): they mean the same at any level.

// pg_proc and pg_operator rows that no search path may come between.
constexpr Oid kArrayCat = 383, kInt8Inc = 1219, kRecordEqOperator = 2988, kRecordEq = 2981;

constexpr const char* kStepAlias = "*TROCRN*";  // PostgreSQL's name, too

const TypeRef kRecord{oid::record, -1, 0};
const TypeRef kRecords{oid::record_array, -1, 0};

ExpressionPtr column(std::size_t index, const TypeRef& type, int range_table_index = 0) {
  return make_expression(type, -1, query::ColumnReference{range_table_index, static_cast<int>(index), 0});
}

ExpressionPtr call(Oid function, TypeRef type, std::vector<ExpressionPtr> arguments) {
  query::Call node;
  node.function = function;
  node.arguments = std::move(arguments);
  return make_expression(type, -1, std::move(node));
}

bool contains(std::span<const query::RangeColumn> columns, std::string_view name) {
  return std::ranges::any_of(columns, [&](const auto& c) { return c.name == name; });
}

void check_columns(ast::Names names, std::span<const query::RangeColumn> columns, const char* clause, int location) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!contains(columns, names[i]))
      throw SqlError("42601", fmt::format("{} column \"{}\" not in WITH query column list", clause, names[i]))
          .at(location);
    if (std::ranges::find(names.first(i), names[i]) != names.begin() + static_cast<std::ptrdiff_t>(i))
      throw SqlError("42701", fmt::format("{} column \"{}\" specified more than once", clause, names[i]))
          .at(location);
  }
}

void check_new(std::string_view name, std::span<const query::RangeColumn> columns, const char* what, int location) {
  if (contains(columns, name))
    throw SqlError("42601", fmt::format("{} column name \"{}\" already used in WITH query column list", what, name))
        .at(location);
}

void check_different(std::string_view a, std::string_view b, const char* first, const char* second, int location) {
  if (a == b)
    throw SqlError("42601", fmt::format("{} column name and {} column name are the same", first, second))
        .at(location);
}

// One term on its way to become a query around itself.
class Term {
 public:
  Term(std::unique_ptr<query::SetTree>& tree, std::span<const query::RangeColumn> columns)
      : tree_(*tree), columns_(columns) {}

  // ROW(key columns), behind the depth when there is one.
  ExpressionPtr row(ast::Names key, ExpressionPtr depth = nullptr) const {
    query::RowConstructor row;
    if (depth) {
      row.fields.push_back(std::move(depth));
      row.names.push_back("*DEPTH*");
    }
    for (ast::Name name : key) {
      auto at = std::ranges::find(columns_, name, &query::RangeColumn::name) - columns_.begin();
      row.fields.push_back(column(static_cast<std::size_t>(at), tree_.column_types[static_cast<std::size_t>(at)]));
      row.names.push_back(str(name));
    }
    return make_expression(kRecord, -1, std::move(row));
  }

  ExpressionPtr rows(ast::Names key) const {
    query::ArrayConstructor array;
    array.element_type = oid::record;
    array.elements.push_back(row(key));
    return make_expression(kRecords, -1, std::move(array));
  }

  ExpressionPtr extended(ExpressionPtr rows_before, ast::Names key) const {
    std::vector<ExpressionPtr> arguments;
    arguments.push_back(std::move(rows_before));
    arguments.push_back(rows(key));
    return call(kArrayCat, kRecords, std::move(arguments));
  }

  void wrap(const char* alias) {
    tree_.leaf = wrap_query(std::move(tree_.leaf));
    tree_.leaf->range_table[0].alias = alias;
  }

  // The next added column; its place is taken when the term itself puts one out for it.
  void put_out(const std::string& name, ExpressionPtr expression) {
    tree_.column_types.push_back(expression->type);
    const std::size_t at = columns_.size() + added_++;
    auto& output = tree_.leaf->output;
    if (at == output.size()) output.emplace_back();
    output[at].name = name;
    output[at].expression = std::move(expression);
  }

 private:
  query::SetTree& tree_;
  std::span<const query::RangeColumn> columns_;
  std::size_t added_ = 0;
};

// Puts the columns in front of the hidden ones.
void add_output(query::Query& query, std::vector<query::OutputColumn> added) {
  auto visible_end = std::ranges::find_if(query.output, &query::OutputColumn::hidden);
  const int at = static_cast<int>(visible_end - query.output.begin());
  for (query::SortKey& key : query.order_by)
    if (key.output >= at) key.output += static_cast<int>(added.size());
  query.output.insert(visible_end, std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
}

}  // namespace

SearchCycle::SearchCycle(Scope& scope, const ast::CommonTable& item) {
  if (item.search) search = &ast::as<ast::SearchClause>(*item.search);
  if (!item.cycle) return;
  cycle = &ast::as<ast::CycleClause>(*item.cycle);
  std::vector<ExpressionPtr> marks;
  marks.push_back(analyze_expression(scope, cycle->mark_value, Place::cycle_mark));
  marks.push_back(analyze_expression(scope, cycle->mark_default, Place::cycle_mark));
  TypeRef type = type_ref(scope, select_common_type(scope, marks, "CYCLE"));
  mark_value = coerce_to_common(scope, std::move(marks[0]), type.oid, "CYCLE/SET/TO");
  mark_default = coerce_to_common(scope, std::move(marks[1]), type.oid, "CYCLE/SET/DEFAULT");
  assign_collations(scope, *mark_value);
  assign_collations(scope, *mark_default);
  auto operators = scope.catalog().ordering_operators(type.oid);
  const Oid equal = operators.equal ? operators.equal : operators.hash_equal;
  if (!equal)
    throw SqlError("42883", fmt::format("could not identify an equality operator for type {}", type_name(scope, type.oid)));
  const auto* info = scope.catalog().operator_(equal);
  mark_differs = info ? info->negator : 0;
  if (!mark_differs)
    throw SqlError("42883",
                   fmt::format("could not identify an inequality operator for type {}", type_name(scope, type.oid)));
}

std::vector<query::RangeColumn> SearchCycle::added_columns() const {
  std::vector<query::RangeColumn> columns;
  if (search) columns.push_back({str(search->sequence_column), search->breadth_first ? kRecord : kRecords});
  if (cycle) {
    columns.push_back({str(cycle->mark_column), mark_default->type});
    columns.push_back({str(cycle->path_column), kRecords});
  }
  return columns;
}

void SearchCycle::apply(Scope& scope, const ast::CommonTable& item, query::CommonTable& table) const {
  if (!table.recursive) throw SqlError("42601", "WITH query is not recursive").at(item.location);
  query::SetTree& set = *table.query->set_operations;
  if (!set.left->leaf)
    throw SqlError("0A000", "with a SEARCH or CYCLE clause, the left side of the UNION must be a SELECT");
  if (!set.right->leaf)
    throw SqlError("42601", "with a SEARCH or CYCLE clause, the right side of the UNION must be a SELECT");
  if (search) {
    check_columns(search->columns, table.columns, "search", search->location);
    check_new(search->sequence_column, table.columns, "search sequence", search->location);
  }
  if (cycle) {
    check_columns(cycle->columns, table.columns, "cycle", cycle->location);
    check_new(cycle->mark_column, table.columns, "cycle mark", cycle->location);
    check_new(cycle->path_column, table.columns, "cycle path", cycle->location);
    check_different(cycle->mark_column, cycle->path_column, "cycle mark", "cycle path", cycle->location);
  }
  if (search && cycle) {
    check_different(search->sequence_column, cycle->mark_column, "search sequence", "cycle mark", search->location);
    check_different(search->sequence_column, cycle->path_column, "search sequence", "cycle path", search->location);
  }

  query::Query& recursive = *set.right->leaf;
  // The term's own level, the UNION's, the one that WITH stands at.
  auto self = std::ranges::find_if(recursive.range_table, [&](const query::RangeTableEntry& entry) {
    return entry.kind == query::RangeTableEntry::Kind::cte && entry.cte_name == table.name && entry.cte_levels_up == 2;
  });
  if (self == recursive.range_table.end())
    throw SqlError("0A000", fmt::format("with a SEARCH or CYCLE clause, the recursive reference to WITH query \"{}\" "
                                        "must be at the top level of its right-hand SELECT",
                                        table.name));
  if (recursive.distinct || !recursive.distinct_on.empty() || !recursive.group_by.empty() || recursive.having)
    throw SqlError::not_supported("DISTINCT and GROUP BY in the recursive term of a query with a SEARCH or CYCLE clause");

  const auto columns = added_columns();
  const auto own = static_cast<std::size_t>(table.columns.size());
  const int self_index = static_cast<int>(self - recursive.range_table.begin());
  std::vector<query::OutputColumn> passed;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    query::OutputColumn output;
    output.name = columns[i].name;
    output.expression = column(own + i, columns[i].type, self_index);
    passed.push_back(std::move(output));
  }
  add_output(recursive, std::move(passed));
  if (cycle) {
    const auto* differs = scope.catalog().operator_(mark_differs);
    std::vector<ExpressionPtr> sides;
    sides.push_back(column(own + (search ? 1 : 0), mark_default->type, self_index));
    sides.push_back(query::clone(*mark_value));
    auto condition = call(differs->function, TypeRef{oid::bool_, -1, 0}, std::move(sides));
    auto& node = *std::get_if<query::Call>(&condition->node);
    node.operator_ = mark_differs;
    node.form = query::CallForm::operator_;
    assign_collations(scope, *condition);
    if (recursive.where) {
      std::vector<ExpressionPtr> both;
      both.push_back(std::move(recursive.where));
      both.push_back(std::move(condition));
      condition = make_boolean(query::BooleanOp::and_, std::move(both), -1);
    }
    recursive.where = std::move(condition);
  }

  Term base(set.left, table.columns), step(set.right, table.columns);
  base.wrap("*TLOCRN*");
  step.wrap(kStepAlias);
  std::size_t at = own;
  if (search) {
    const std::string name = str(search->sequence_column);
    if (search->breadth_first) {
      const TypeRef int8{oid::int8, -1, 0};
      const query::Constant zero(types::Datum::of(std::int64_t{0}));
      base.put_out(name, base.row(search->columns, make_expression(int8, -1, zero)));
      std::vector<ExpressionPtr> depth;
      depth.push_back(make_expression(int8, -1, query::FieldSelect{column(at, kRecord), 0}));
      step.put_out(name, step.row(search->columns, call(kInt8Inc, int8, std::move(depth))));
    } else {
      base.put_out(name, base.rows(search->columns));
      step.put_out(name, step.extended(column(at, kRecords), search->columns));
    }
    ++at;
  }
  if (cycle) {
    base.put_out(str(cycle->mark_column), query::clone(*mark_default));
    query::ScalarArrayOp seen;
    seen.operator_ = kRecordEqOperator;
    seen.function = kRecordEq;
    seen.argument = step.row(cycle->columns);
    seen.array = column(at + 1, kRecords);
    query::Case decision;
    query::Case::When when;
    when.condition = make_expression(TypeRef{oid::bool_, -1, 0}, -1, std::move(seen));
    when.result = query::clone(*mark_value);
    decision.whens.push_back(std::move(when));
    decision.otherwise = query::clone(*mark_default);
    step.put_out(str(cycle->mark_column), make_expression(mark_default->type, -1, std::move(decision)));
    base.put_out(str(cycle->path_column), base.rows(cycle->columns));
    step.put_out(str(cycle->path_column), step.extended(column(at + 1, kRecords), cycle->columns));
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    set.column_types.push_back(columns[i].type);
    query::OutputColumn output;
    output.name = columns[i].name;
    output.expression = column(own + i, columns[i].type, query::kSetOperationResult);
    table.query->output.push_back(std::move(output));
    table.columns.push_back(columns[i]);
  }
}

bool searches_breadth_first(const query::Query& query) {
  for (const auto& entry : query.range_table)
    if (entry.alias == kStepAlias)
      for (const auto& column : entry.columns)
        if (column.type.oid == oid::record) return true;
  bool found = false;
  const std::function<void(const query::Query&)> below = [&](const query::Query& inner) {
    found = found || searches_breadth_first(inner);
  };
  const std::function<void(const Expression&)> visit = [&](const Expression& expression) {
    query::for_each_child(expression, visit, below);
  };
  query::for_each_expression(query, visit, below);
  return found;
}

}  // namespace analyzer
