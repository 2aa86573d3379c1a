// From paths to nodes: which columns each node makes, and its expressions compiled.
#include <algorithm>

#include "query/xml_syntax.h"
#include "eval/collated.h"
#include "operator_strategy.h"
#include "query/system_columns.h"
#include "query_planner.h"
#include "table/scan.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

using query::RangeTableEntry;

std::optional<eval::Resolved> LayoutResolver::resolve(const query::Expression& e) {
  if (const auto* column = as_column(e)) {
    if (column->levels_up > 0)
      return eval::ExecutionParameterReference{planner_.outer_parameter(e, column->levels_up)};
    const int at = layout_.find(e);
    if (at >= 0) return eval::InputColumn{at};
    if (planner_.loop_relations().contains(column->range_table_index))
      return eval::ExecutionParameterReference{planner_.loop_parameter(e)};
    if (query::is_version_column(column->column) || column->column == query::kRowKeyColumn)
      throw types::SqlError::not_supported("system column " + std::string(query::system_column_name(column->column)) +
                                           " of a row that is being written");
    throw types::SqlError("XX000", "a column is missing from its input");
  }
  if (const auto* aggregate = std::get_if<query::Aggregate>(&e.node);
      aggregate != nullptr && aggregate->levels_up > 0)
    return eval::ExecutionParameterReference{planner_.outer_parameter(e, aggregate->levels_up)};
  if (const auto* grouping = std::get_if<query::Grouping>(&e.node); grouping != nullptr && grouping->levels_up > 0)
    return eval::ExecutionParameterReference{planner_.outer_parameter(e, grouping->levels_up)};
  if (std::holds_alternative<query::Constant>(e.node) ||
      std::holds_alternative<query::Parameter>(e.node))
    return std::nullopt;
  const int at = layout_.find(e);
  if (at >= 0) return eval::InputColumn{at};
  if (std::holds_alternative<query::Subquery>(e.node)) return planner_.subquery(e, layout_);
  return std::nullopt;
}

eval::Program QueryPlanner::compile(const std::vector<const Expression*>& expressions,
                                    const Layout& layout) {
  LayoutResolver resolver(*this, layout);
  eval::Compiler compiler(catalog(), &resolver);
  for (const Expression* e : expressions) compiler.add(*e);
  return compiler.finish();
}

eval::Program QueryPlanner::compile(const std::vector<const Qual*>& quals, const Layout& layout) {
  std::vector<const Expression*> expressions;
  for (const Qual* qual : quals) expressions.push_back(qual->expression.get());
  return compile(expressions, layout);
}

const Expression& QueryPlanner::own(ExpressionPtr expression) {
  expressions_.push_back(std::move(expression));
  return *expressions_.back();
}

void QueryPlanner::set_costs(PlanNode& node, double startup, double total, double rows, int width) {
  node.startup_cost = startup;
  node.total_cost = total;
  node.rows = rows;
  node.width = width;
}

void QueryPlanner::collect_inputs(const Expression& expression, const RelSet& relations,
                                  std::vector<const Expression*>& out) {
  visit(expression, 0, [&](const Expression& e, int depth) {
    const auto* column = as_column(e);
    if (column == nullptr || column->levels_up != depth ||
        (!relations.contains(column->range_table_index) &&
         !relations.contains(owner_of(column->range_table_index))))
      return true;
    for (const Expression* present : out) {
      const auto* other = as_column(*present);
      if (other != nullptr && other->range_table_index == column->range_table_index &&
          other->column == column->column && other->levels_up == 0)
        return true;
    }
    if (depth == 0)
      out.push_back(&e);
    else
      out.push_back(&own(make_column(column->range_table_index, column->column, e.type)));
    return true;
  });
}

// What a path on the right of a nested loop reads of the relations on its left.
void QueryPlanner::collect_outer_inputs(const Path& path, const RelSet& relations,
                                        std::vector<const Expression*>& out) {
  if (!path.outer.overlaps(relations)) return;
  for (const Expression* key : path.keys) collect_inputs(*key, relations, out);
  for (const std::vector<Path::BitmapArm>& arms : path.arms)
    for (const Path::BitmapArm& arm : arms)
      if (arm.search != nullptr)
        for (const Expression* key : arm.search->keys) collect_inputs(*key, relations, out);
  for (const Qual* qual : path.filter) collect_inputs(*qual->expression, relations, out);
  for (const Qual* qual : path.one_time) collect_inputs(*qual->expression, relations, out);
  path.computes.for_each([&](int entry) {
    for (const Expression* value : computed_keys_.at(entry).values) collect_inputs(*value, relations, out);
  });
  for (const Qual* qual : path.join_quals) collect_inputs(*qual->expression, relations, out);
  for (const EquiCondition& e : path.equi) collect_inputs(*e.qual->expression, relations, out);
  for (const Path* part : path.parts) collect_outer_inputs(*part, relations, out);
  for (const Expression* value : path.pruning_values) collect_inputs(*value, relations, out);
  for (const auto& condition : path.part_conditions)
    for (const Qual* qual : condition) collect_inputs(*qual->expression, relations, out);
  if (path.left != nullptr) {
    collect_outer_inputs(*path.left, relations, out);
    collect_outer_inputs(*path.right, relations, out);
    return;
  }
  if (path.range_table_index < 0) return;
  const RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(path.range_table_index)];
  for (const query::FunctionItem& item : entry.functions) collect_inputs(*item.call, relations, out);
  for (const auto& row : entry.values)
    for (const ExpressionPtr& e : row) collect_inputs(*e, relations, out);
  if (path.subplanner)
    for (const auto& [parameter, expression] : path.subplanner->outer_arguments())
      collect_inputs(*expression, relations, out);
}

Built QueryPlanner::finish(PlanNodePtr node, const Layout& raw,
                           const std::vector<const Qual*>& filter,
                           const std::vector<const Expression*>& required,
                           const std::vector<const Qual*>* shown) {
  node->filter = compile(filter, raw);
  note_output(*node, raw, required);
  describe_filter(*node, shown != nullptr ? *shown : filter, raw);
  Built built;
  bool identity = required.size() == raw.size();
  for (std::size_t i = 0; identity && i < required.size(); ++i)
    identity = raw.find(*required[i]) == static_cast<int>(i);
  for (const Expression* e : required) built.layout.add(*e);
  if (!identity) {
    node->has_projection = true;
    node->projection = compile(required, raw);
    node->columns.clear();
    for (const eval::NodePtr& e : node->projection.expressions)
      node->columns.push_back(e->physical());
  } else {
    node->columns = node->raw_columns;
  }
  node->width = 0;
  for (const Expression* e : required) node->width += width_of(*e);
  attach_subplans(*node);
  built.node = std::move(node);
  return built;
}

// `*` of a relation, tableoid: in terms of what a scan reads.
const Expression* QueryPlanner::expand_system_column(const Expression& e) {
  const auto& column = std::get<query::ColumnReference>(e.node);
  const RangeTableEntry& entry =
      query_->range_table[static_cast<std::size_t>(column.range_table_index)];
  if (column.column == query::kTableOidColumn)
    return &own(make_constant(types::Datum::of(entry.relation), {types::oid::oid_}));
  query::RowConstructor row;
  for (std::size_t i = 0; i < entry.columns.size(); ++i) {
    // A dropped column keeps its place in the row.
    if (entry.columns[i].name.empty()) {
      row.fields.push_back(make_constant(types::Datum::null(), {types::oid::int4}));
      row.names.emplace_back();
      continue;
    }
    row.fields.push_back(make_column(column.range_table_index, static_cast<int>(i), entry.columns[i].type));
    row.names.push_back(entry.columns[i].name);
  }
  auto expanded = std::make_unique<Expression>();
  expanded->type = e.type;
  expanded->node = std::move(row);
  return &own(std::move(expanded));
}

namespace {

void collect_nullable(const query::JoinTree& tree, bool nullable, RelSet& out) {
  if (const auto* leaf = std::get_if<query::JoinLeaf>(&tree.node)) {
    if (nullable) out.add(leaf->range_table_index);
    return;
  }
  const auto& join = std::get<query::JoinNode>(tree.node);
  const bool full = join.kind == query::JoinKind::full;
  collect_nullable(*join.left, nullable || full || join.kind == query::JoinKind::right, out);
  collect_nullable(*join.right, nullable || full || join.kind == query::JoinKind::left, out);
}

// A subquery that nothing but its output list decides the columns of.
bool takes_another_output(const query::Query& q) {
  return q.command == query::CommandKind::select && !q.set_operations && !q.distinct &&
         q.distinct_on.empty();
}

}  // namespace

// What is null exactly in the rows that an outer join made up for the relation; null when that
// cannot be told from its rows.
ExpressionPtr QueryPlanner::presence(int range_table_index) {
  RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(range_table_index)];
  if (entry.kind == RangeTableEntry::Kind::relation)
    return make_column(range_table_index, query::kRowKeyColumn, {types::oid::bytea});
  if (entry.kind != RangeTableEntry::Kind::subquery || !entry.subquery ||
      !takes_another_output(*entry.subquery))
    return nullptr;
  // One more output, behind the columns that the entry has by name.
  std::vector<query::OutputColumn>& output = entry.subquery->output;
  int visible = 0;
  for (const query::OutputColumn& column : output) visible += !column.hidden;
  if (visible == static_cast<int>(entry.columns.size())) {
    auto at = output.begin();
    while (at != output.end() && !at->hidden) ++at;
    if (at != output.end()) return nullptr;
    query::OutputColumn marker;
    marker.name = "present";
    marker.expression = make_constant(types::Datum::of(true), {types::oid::bool_});
    output.push_back(std::move(marker));
  }
  return make_column(range_table_index, static_cast<int>(entry.columns.size()), {types::oid::bool_});
}

// System columns as expressions over ordinary ones, everywhere in this level.
void QueryPlanner::expand_system_columns() {
  RelSet nullable;
  for (const auto& tree : query_->from) collect_nullable(*tree, false, nullable);
  rewrite(*query_, 0, [&](ExpressionPtr& e, int depth) {
    const auto* column = as_column(*e);
    if (column == nullptr || column->levels_up != depth || column->range_table_index < 0 ||
        (column->column != query::kTableOidColumn && column->column != query::kWholeRowColumn))
      return false;
    const RangeTableEntry& entry =
        query_->range_table[static_cast<std::size_t>(column->range_table_index)];
    if (entry.kind == RangeTableEntry::Kind::join) return false;
    // Each member of a family has its own.
    if (column->column == query::kTableOidColumn && family(column->range_table_index) != nullptr)
      return true;
    // The value of a function of one column is that column.
    if (entry.kind == RangeTableEntry::Kind::function && column->column == query::kWholeRowColumn &&
        entry.columns.size() == 1 && entry.columns[0].type.oid == e->type.oid) {
      std::get<query::ColumnReference>(e->node).column = 0;
      return true;
    }
    const int rel = column->range_table_index;
    ExpressionPtr expanded = query::clone(*expand_system_column(*e));
    // The row that an outer join makes up is null, not a row of nulls.
    if (nullable.contains(rel))
      if (ExpressionPtr present = presence(rel)) {
        auto test = std::make_unique<Expression>();
        test->type = {types::oid::bool_};
        test->node = query::Test{query::TestKind::is_not_null, std::move(present)};
        query::Case choice;
        choice.otherwise = make_constant(types::Datum::null(), expanded->type);
        const types::TypeRef type = expanded->type;
        choice.whens.push_back({std::move(test), std::move(expanded)});
        expanded = std::make_unique<Expression>();
        expanded->type = type;
        expanded->node = std::move(choice);
      }
    e = std::move(expanded);
    shift_levels(e, 0, depth);
    return true;
  });
}

namespace {

// Whether nothing but the index is read: of a table's own key, whose rows lie in it.
bool holds_all(const catalog::IndexDescriptor& index, const std::vector<int>& columns) {
  return index.is_clustered_key && std::ranges::all_of(columns, [&](int column) {
           return std::ranges::any_of(index.keys, [&](const catalog::IndexKey& key) { return key.column == column; });
         });
}

// Whether the index was declared to have all of them: entries hold the table's key, too.
bool names_all(const catalog::IndexDescriptor& index, const std::vector<int>& columns) {
  return std::ranges::all_of(columns, [&](int column) {
    return std::ranges::find(index.included, column) != index.included.end() ||
           std::ranges::any_of(index.keys, [&](const catalog::IndexKey& key) { return key.column == column; });
  });
}

}  // namespace

// Which part of an index is read.
void QueryPlanner::set_keys(TableScanNode& node, const Path& path) {
  node.access = path.access;
  node.index = path.index;
  node.lower_keys = path.lower_keys;
  node.upper_keys = path.upper_keys;
  node.alternatives = path.alternatives;
  node.null_keys = path.null_keys;
  node.next_not_null = path.next_not_null;
  node.key_values = compile(path.keys, Layout());
  node.equal_keys = path.equal_keys;
  node.has_lower = path.has_lower;
  node.lower_inclusive = path.lower_inclusive;
  node.has_upper = path.has_upper;
  node.upper_inclusive = path.upper_inclusive;
  node.array_key = path.array_key;
  if (path.index_descriptor != nullptr) {
    const auto& keys = path.index_descriptor->keys;
    const auto add_types = [&](std::size_t first, std::size_t count) {
      for (std::size_t i = first; i < first + count; ++i)
        node.key_types.push_back(eval::physical_type(catalog(), keys[i].type.oid));
    };
    for (std::size_t i = 0; i < path.alternatives; ++i) add_types(0, path.equal_keys);
    if (path.has_lower) add_types(path.equal_keys, path.lower_keys);
    if (path.has_upper) add_types(path.equal_keys, path.upper_keys);
    CHECK(node.key_types.size() == path.keys.size());
    if (path.array_key >= 0)
      node.array_element = keys[static_cast<std::size_t>(path.array_key)].type;
  } else if (!path.keys.empty()) {
    // The bytes of a row's key.
    node.key_types.push_back(types::PhysicalType::varlen);
    node.array_element = {types::oid::bytea};
  }
}

Built QueryPlanner::build_scan(Path& path, const std::vector<const Expression*>& required) {
  const RelSet self = path.relations;
  if (relation_ptr(path.range_table_index)->sequence) return build_sequence_scan(path, required);
  auto node = std::make_unique<TableScanNode>();
  node->relation = relation_ptr(path.range_table_index);
  node->range_table_index = path.range_table_index;
  node->backward = path.backward;
  if (!node->relation->storage)
    throw types::SqlError::not_supported("reading \"" + node->relation->name + "\"");

  std::vector<const Expression*> inputs;
  for (const Qual* qual : path.filter) collect_inputs(*qual->expression, self, inputs);
  node->filter_columns = inputs.size();
  for (const Expression* e : required) collect_inputs(*e, self, inputs);
  Layout raw;
  for (const Expression* e : inputs) {
    const auto& column = std::get<query::ColumnReference>(e->node);
    CHECK(column.column >= 0 || column.column == query::kRowKeyColumn || query::is_version_column(column.column));
    node->table_columns.push_back(column.column);
    node->raw_columns.push_back(column.column == query::kRowKeyColumn
                                    ? types::PhysicalType::varlen
                                    : eval::physical_type(catalog(), e->type.oid));
    raw.add(*e);
  }
  set_keys(*node, path);
  // What EXPLAIN shows: the scan reads what entries hold in any case. Who changes or locks rows asks for their places, and
  // a lookup may find the table's key in the entry, which PostgreSQL's entries do not show.
  node->index_only = path.index_descriptor != nullptr && state_.options.enable_indexonlyscan &&
                     std::ranges::find(node->table_columns, query::kRowKeyColumn) == node->table_columns.end() &&
                     (path.index < 0 ? holds_all(*path.index_descriptor, node->table_columns)
                                     : table::entries_hold(*node->relation->storage, path.index, node->table_columns) &&
                                           (path.access != Access::lookup || names_all(*path.index_descriptor, node->table_columns)));
  set_costs(*node, path.startup, path.total, path.rows, 0);
  if (path.access == Access::lookup) node->batch_rows = 1;
  if (state_.options.explain) {
    const char* direction = path.backward ? " Backward" : "";
    std::string title = "Seq Scan on ";
    if (path.by_place)
      title = "Tid Scan on ";
    else if (path.index_descriptor != nullptr)
      title = (node->index_only ? "Index Only Scan" : "Index Scan") + std::string(direction) + " using " +
              catalog::quote_identifier(path.index_descriptor->name) + " on ";
    else if (path.backward)
      title = "Seq Scan Backward on ";
    describe_relation(*node, title, path.range_table_index);
    if (path.by_place && !path.index_quals.empty())
      describe(*node, "TID Cond", scan_text(path.index_quals, path.range_table_index));
    else if (!path.index_quals.empty())
      describe(*node, "Index Cond", index_text(path.index_quals, path.range_table_index));
  }
  state_.use(node->relation, catalog::RelationLock::access_share);
  // Of a hash index the filter holds the keys' conditions, too.
  std::vector<const Qual*> shown;
  for (const Qual* qual : path.filter)
    if (std::find(path.index_quals.begin(), path.index_quals.end(), qual) == path.index_quals.end())
      shown.push_back(qual);
  return finish(std::move(node), raw, cheapest_first(path.filter), required, &shown);
}

// A sequence has one row, which a function makes.
Built QueryPlanner::build_sequence_scan(Path& path, const std::vector<const Expression*>& required) {
  const RelationPtr relation = relation_ptr(path.range_table_index);
  auto sequence = std::make_unique<Expression>();
  sequence->type = TypeRef{types::oid::oid_};
  sequence->node = query::Constant(types::Datum::of(relation->oid));

  auto scan = std::make_unique<FunctionScanNode>();
  SetFunctionCall& call = scan->functions.emplace_back();
  call.start = functions::find_set_function("sextant_sequence_row");
  call.arguments = compile({&own(std::move(sequence))}, Layout());
  call.column_count = static_cast<std::uint32_t>(relation->columns.size());
  Layout raw;
  for (std::size_t i = 0; i < relation->columns.size(); ++i) {
    const TypeRef type = relation->columns[i].type;
    scan->raw_columns.push_back(eval::physical_type(catalog(), type.oid));
    raw.add(own(make_column(path.range_table_index, static_cast<int>(i), type)));
  }
  describe_relation(*scan, "Seq Scan on ", path.range_table_index);
  set_costs(*scan, path.startup, path.total, path.rows, 0);
  state_.use(relation, catalog::RelationLock::access_share);
  return finish(std::move(scan), raw, path.filter, required);
}

// json_to_record(j) AS (a int, ..), and its like: a row of such columns, all null, in front of the
// argument tells the kernel what is wanted.
const Expression& QueryPlanner::with_shape(const query::FunctionItem& item,
                                           std::span<const query::RangeColumn> columns, bool renamed) {
  const auto* call = std::get_if<query::Call>(&item.call->node);
  if (call == nullptr || !item.has_column_definitions) return *item.call;
  const catalog::FunctionInfo* info = catalog().function(call->function);
  if (info == nullptr) return *item.call;
  constexpr std::string_view kShaped[] = {"json_to_record", "jsonb_to_record", "json_to_recordset",
                                          "jsonb_to_recordset"};
  constexpr std::string_view kPopulating[] = {"json_populate_record", "jsonb_populate_record",
                                              "json_populate_recordset", "jsonb_populate_recordset"};
  if (catalog::is_user_written(*info)) return *item.call;
  const bool in_front = std::ranges::find(kShaped, info->source) != std::end(kShaped);
  if (!in_front) {
    // NULL::record in front: the list says what it is. A domain's columns would have to be checked.
    if (std::ranges::find(kPopulating, info->source) == std::end(kPopulating)) return *item.call;
    const auto* base = std::get_if<query::Constant>(&call->arguments[0]->node);
    if (base == nullptr || !base->value.is_null) return *item.call;
    for (const query::RangeColumn& column : columns)
      if (catalog().base_type(column.type.oid) != column.type.oid) return *item.call;
  }
  // The list's names are those of the JSON's fields, and an alias has taken their place.
  if (renamed) throw types::SqlError::not_supported("column aliases for a column definition list");
  query::RowConstructor row;
  for (const query::RangeColumn& column : columns) {
    if (column.type.typmod >= 0)
      throw types::SqlError::not_supported("a type modifier in the column definition list of " +
                                           std::string(info->name));
    row.fields.push_back(make_constant(types::Datum::null(), column.type));
    row.names.push_back(column.name);
  }
  auto shape = std::make_unique<Expression>();
  shape->type.oid = types::oid::record;
  shape->node = std::move(row);
  ExpressionPtr shaped = query::clone(*item.call);
  auto& arguments = std::get<query::Call>(shaped->node).arguments;
  if (in_front)
    arguments.insert(arguments.begin(), std::move(shape));
  else
    arguments[0] = std::move(shape);
  return own(std::move(shaped));
}

Built QueryPlanner::build_leaf(Path& path, const std::vector<const Expression*>& required) {
  const RangeTableEntry& entry =
      query_->range_table[static_cast<std::size_t>(path.range_table_index)];
  const int rel = path.range_table_index;
  PlanNodePtr node;
  switch (path.kind) {
    case Path::Kind::subquery: {
      node = std::make_unique<SubqueryScanNode>();
      CHECK(path.subplan != nullptr && *path.subplan != nullptr);
      node->raw_columns = (*path.subplan)->columns;
      node->batch_rows = (*path.subplan)->batch_rows;
      node->children.push_back(std::move(*path.subplan));
      for (const int parameter : path.subplanner->parameters())
        state_.parameter_uses.push_back(parameter);
      for (const auto& [parameter, expression] : path.subplanner->outer_arguments())
        if (const auto* column = as_column(*expression))
          pass_parameter(*expression, column->range_table_index, parameter);
      describe_entry(*node, "Subquery Scan on", rel, "");
      break;
    }
    case Path::Kind::values: {
      auto values = std::make_unique<ValuesNode>();
      for (const auto& row : entry.values) {
        std::vector<const Expression*> expressions;
        for (const ExpressionPtr& e : row) expressions.push_back(e.get());
        values->value_rows.push_back(compile(expressions, Layout()));
      }
      for (const query::RangeColumn& column : entry.columns)
        values->raw_columns.push_back(eval::physical_type(catalog(), column.type.oid));
      if (values->value_rows.size() == 1) values->batch_rows = 1;
      describe_entry(*values, "Values Scan on", rel, "");
      node = std::move(values);
      break;
    }
    case Path::Kind::function: {
      auto scan = std::make_unique<FunctionScanNode>();
      std::string name, info_name, calls, table_function;
      std::size_t column = 0;
      for (const query::FunctionItem& item : entry.functions) {
        std::vector<TypeRef> spread;
        for (int i = 0; i < item.column_count; ++i) spread.push_back(entry.columns[column++].type);
        const Expression& called = with_shape(
            item, {entry.columns.data() + (column - spread.size()), spread.size()}, entry.column_aliases > 0);
        scan->functions.push_back(
            set_function(called, item.column_count, Layout(), std::move(spread)));
        if (!state_.options.explain) continue;
        const auto* call = std::get_if<query::Call>(&item.call->node);
        const catalog::FunctionInfo* info = call != nullptr ? catalog().function(call->function) : nullptr;
        if (info != nullptr && entry.functions.size() == 1) {
          info_name = info->name;
          name = schema_prefix(info->schema) + catalog::quote_identifier(info->name);
        }
        calls += (calls.empty() ? "" : ", ") + text_of(*item.call);
        if (call != nullptr && call->function == query::kXmlTable) {
          table_function = "Table ";
          info_name = "xmltable";
          name = catalog::quote_identifier(info_name);
        }
      }
      scan->with_ordinality = entry.with_ordinality;
      for (const query::RangeColumn& column : entry.columns)
        scan->raw_columns.push_back(column.type.oid == 0 ? types::PhysicalType::int32  // dropped
                                                         : eval::physical_type(catalog(), column.type.oid));
      describe_entry(*scan, table_function + "Function Scan on" + (name.empty() ? name : " " + name), rel, info_name);
      if (state_.options.verbose) describe(*scan, table_function + "Function Call", calls);
      node = std::move(scan);
      break;
    }
    default: {
      CommonTableEntry* table = find_common_table(entry.cte_name, entry.cte_levels_up);
      CHECK(table != nullptr);
      if (table->work_table >= 0 && table->plan_index < 0) {
        auto scan = std::make_unique<WorkTableScanNode>();
        scan->work_table = table->work_table;
        // What is kept of a round's rows anywhere between here and the union is good for that
        // round alone.
        for (QueryPlanner* p = this; p != nullptr; p = p->parent_) {
          p->parameters_.insert(table->work_parameter);
          if (p->recursive_entry_ == table) break;
        }
        state_.parameter_uses.push_back(table->work_parameter);
        node = std::move(scan);
        describe_entry(*node, "WorkTable Scan on " + catalog::quote_identifier(entry.cte_name), rel, entry.cte_name);
      } else {
        auto scan = std::make_unique<CteScanNode>();
        scan->table = table->plan_index;
        node = std::move(scan);
        describe_entry(*node, "CTE Scan on " + catalog::quote_identifier(entry.cte_name), rel, entry.cte_name);
        // What the common table reads of the queries around, its readers do.
        for (const int parameter :
             state_.plan.common_tables[static_cast<std::size_t>(table->plan_index)].parameters)
{
          parameters_.insert(parameter);
          state_.parameter_uses.push_back(parameter);
        }
      }
      for (const query::RangeColumn& column : entry.columns)
        node->raw_columns.push_back(eval::physical_type(catalog(), column.type.oid));
    }
  }
  Layout raw;
  for (std::size_t i = 0; i < node->raw_columns.size(); ++i)
    raw.add(own(make_column(rel, static_cast<int>(i),
                            i < entry.columns.size() ? entry.columns[i].type : TypeRef{})));
  set_costs(*node, path.startup, path.total, path.rows, 0);
  const bool passes_on = path.kind == Path::Kind::subquery && path.filter.empty() && path.one_time.empty() &&
                         std::ranges::all_of(required, [](const Expression* e) { return as_column(*e) != nullptr; });
  if (NodeOutput* note = output_note(*node)) note->range_table_index = rel;
  const bool has_all = required.size() == raw.size();
  Built built = finish(std::move(node), raw, path.filter, required);
  if (path.kind != Path::Kind::subquery || !state_.options.explain) return built;
  // One that only hands its rows on is not shown.
  if (passes_on && has_all)
    hide_scan(path, *built.node);
  else
    pass_trivial_scan(path, *built.node, required);
  if (passes_on) passing_scans_[built.node.get()] = &path;
  return built;
}

KeyColumn QueryPlanner::key_column(const Expression& expression, int column) {
  // What only tells equal values apart needs a collation's own equality where that is not of bytes.
  const types::TypeSupport& support = equality_is_bytewise(catalog(), expression.type.collation)
                                          ? eval::type_support(catalog(), expression.type.oid)
                                          : eval::collated_support(catalog(), expression.type);
  KeyColumn key;
  key.column = column;
  key.physical = support.physical;
  key.compare = support.compare;
  key.hash = support.hash;
  return key;
}

Built QueryPlanner::build_join(Path& path, const std::vector<const Expression*>& required) {
  const RelSet left_rels = path.left->relations, right_rels = path.right->relations;
  const bool left_only = path.join == query::JoinKind::semi || path.join == query::JoinKind::anti;
  std::vector<const Expression*> left_inputs, right_inputs;
  auto need = [&](const Expression& e, bool both) {
    collect_inputs(e, left_rels, left_inputs);
    if (both) collect_inputs(e, right_rels, right_inputs);
  };
  for (const Expression* e : required) need(*e, !left_only);
  for (const Qual* qual : path.filter) need(*qual->expression, !left_only);
  for (const Qual* qual : path.join_quals) need(*qual->expression, true);
  const bool by_keys = path.hash || path.merge;
  if (!by_keys) collect_outer_inputs(*path.right, left_rels, left_inputs);

  PlanNodePtr node;
  Built left, right;
  std::vector<KeyColumn> left_keys, right_keys;
  if (by_keys) {
    // Keys are columns of the sides, computed there when they are more than that.
    auto add_key = [&](const Expression& e, types::Oid widened, std::vector<const Expression*>& inputs) {
      const Expression* key = &e;
      const types::PhysicalType narrow = eval::physical_type(catalog(), e.type.oid);
      if (widened != 0 && narrow != eval::physical_type(catalog(), widened)) {
        auto cast = std::make_unique<Expression>();
        cast->type = {widened};
        query::Call call;
        // int8(int2), int8(int4), float8(float4)
        call.function = narrow == types::PhysicalType::int16 ? 754 : narrow == types::PhysicalType::int32 ? 481 : 311;
        call.form = query::CallForm::implicit_cast;
        call.arguments.push_back(query::clone(e));
        cast->node = std::move(call);
        key = &own(std::move(cast));
      }
      inputs.push_back(key);
      return key;
    };
    std::vector<std::pair<const Expression*, const Expression*>> keys;
    for (const EquiCondition& e : path.equi)
      keys.emplace_back(add_key(*e.left, e.widened, left_inputs), add_key(*e.right, e.widened, right_inputs));
    left = build(*path.left, left_inputs);
    right = build(*path.right, right_inputs);
    if (path.hash && loop_relations_.empty()) gather(*path.right, right.node, right_inputs);
    if (path.merge) node = build_merge(path, keys, left, right);
    for (const auto& [l, r] : path.hash ? keys : decltype(keys){}) {
      left_keys.push_back(key_column(*l, left.layout.find(*l)));
      right_keys.push_back(key_column(*r, right.layout.find(*r)));
    }
    if (path.hash) {
      auto hash = std::make_unique<HashJoinNode>();
      hash->left_keys = std::move(left_keys);
      hash->right_keys = std::move(right_keys);
      hash->null_aware = path.null_aware;
      node = std::move(hash);
    }
  } else {
    for (const EquiCondition& e : path.equi) need(*e.qual->expression, true);
    left = build(*path.left, left_inputs);
    auto loop = std::make_unique<NestedLoopNode>();
    const RelSet saved = loop_relations_;
    loop_relations_ |= left_rels;
    loop_users_.push_back({&left_rels, {}});
    const std::size_t first_use = state_.parameter_uses.size();
    right = build(*path.right, right_inputs);
    if (path.memoization) right.node = build_memoize(path, std::move(right.node), first_use);
    LoopUser user = std::move(loop_users_.back());
    loop_users_.pop_back();
    loop_relations_ = saved;
    for (const auto& [expression, parameter] : user.used) {
      const int column = left.layout.find(*expression);
      CHECK(column >= 0);
      loop->parameters.push_back({parameter, column});
    }
    if (path.materialize_right && right.node->kind != NodeKind::materialize &&
        right.node->kind != NodeKind::cte_scan) {
      auto materialize = std::make_unique<MaterializeNode>();
      materialize->raw_columns = materialize->columns = right.node->columns;
      materialize->parameters.assign(
          state_.parameter_uses.begin() + static_cast<std::ptrdiff_t>(first_use),
          state_.parameter_uses.end());
      set_costs(*materialize, right.node->startup_cost, right.node->total_cost, right.node->rows,
                right.node->width);
      describe(*materialize, "Materialize");
      materialize->children.push_back(std::move(right.node));
      right.node = std::move(materialize);
    }
    node = std::move(loop);
  }
  auto& join = static_cast<JoinNode&>(*node);
  join.join = path.join;
  Layout both = left.layout;
  both.append(right.layout);
  join.join_filter = compile(path.join_quals, both);
  join.raw_columns = left.node->columns;
  if (!left_only)
    join.raw_columns.insert(join.raw_columns.end(), right.node->columns.begin(),
                            right.node->columns.end());
  if (left.node->batch_rows == 1 && right.node->batch_rows == 1 && !by_keys &&
      path.join != query::JoinKind::full)
    join.batch_rows = 1;
  set_costs(join, path.startup, path.total, path.rows, 0);
  if (state_.options.explain) {
    // A subquery's scan whose other columns would do no harm here is not shown.
    const auto hide = [&](PlanNode& scan) {
      if (const auto found = passing_scans_.find(&scan); found != passing_scans_.end()) hide_scan(*found->second, scan);
    };
    if (!path.sort_left) hide(*left.node);
    if (!by_keys) hide(*right.node);
    std::string kind;
    switch (path.join) {
      case query::JoinKind::inner: break;
      case query::JoinKind::left: kind = " Left"; break;
      case query::JoinKind::right: kind = " Right"; break;
      case query::JoinKind::full: kind = " Full"; break;
      case query::JoinKind::semi: kind = " Semi"; break;
      case query::JoinKind::anti: kind = " Anti"; break;
    }
    if (by_keys)
      describe(join, (path.merge ? "Merge" : "Hash") + kind + " Join");
    else
      describe(join, kind.empty() ? "Nested Loop" : "Nested Loop" + kind + " Join");
    join.right_unique = has_one_partner(path);
    if (state_.options.verbose && join.right_unique) describe(join, "Inner Unique", "true");
    // The left side's value stands on the left.
    std::vector<const Qual*> equi;
    for (const EquiCondition& e : path.equi) {
      const auto& call = std::get<query::Call>(e.qual->expression->node);
      const catalog::OperatorInfo* op = catalog().operator_(call.operator_);
      if (call.arguments[0].get() == e.left || op->commutator == 0)
        equi.push_back(e.qual);
      else
        equi.push_back(add_qual(make_operator(catalog(), op->commutator, query::clone(*e.left), query::clone(*e.right), call.input_collation)));
    }
    if (by_keys && !equi.empty()) describe(join, path.merge ? "Merge Cond" : "Hash Cond", text_of(equi));
    std::vector<const Qual*> filter;
    for (const Qual* qual : path.join_quals) {
      // An equality of both sides is made anew: the left side stands on the left.
      const auto* call = std::get_if<query::Call>(&qual->expression->node);
      const catalog::OperatorInfo* op = call == nullptr || call->operator_ == 0 ? nullptr : catalog().operator_(call->operator_);
      const bool made_anew = (path.join == query::JoinKind::inner || path.join == query::JoinKind::semi) && op != nullptr &&
                             op->can_merge && op->commutator != 0 && !contains_subquery(*qual->expression);
      if (made_anew && !planner::relations_of(*call->arguments[0]).overlaps(left_rels) &&
          planner::relations_of(*call->arguments[1]).subset_of(left_rels))
        filter.push_back(add_qual(make_operator(catalog(), op->commutator, query::clone(*call->arguments[1]),
                                                query::clone(*call->arguments[0]), call->input_collation)));
      else
        filter.push_back(qual);
    }
    if (!filter.empty()) describe(join, "Join Filter", text_of(filter, TextOrder::by_cost));
  }
  if (NodeOutput* note = output_note(join)) {
    for (const EquiCondition& e : path.equi) note->conditions.push_back(e.qual->expression.get());
    for (const auto* quals : {&path.join_quals, &path.filter})
      for (const Qual* qual : *quals) note->conditions.push_back(qual->expression.get());
    if (!by_keys)
      for (const PassedParameter& parameter : static_cast<const NestedLoopNode&>(join).parameters)
        note->conditions.push_back(left.layout.columns()[static_cast<std::size_t>(parameter.column)]);
  }
  join.children.push_back(std::move(left.node));
  join.children.push_back(std::move(right.node));
  Layout raw;
  if (path.join == query::JoinKind::full || path.join == query::JoinKind::right)
    raw.append_nullable(left.layout);
  else
    raw = std::move(left.layout);
  if (path.join == query::JoinKind::full || path.join == query::JoinKind::left)
    raw.append_nullable(right.layout);
  else if (!left_only)
    raw.append(right.layout);
  return finish(std::move(node), raw, path.filter, required);
}

Built QueryPlanner::build_unique(Path& path, const std::vector<const Expression*>& required) {
  Built built = project(build(*path.input, path.unique_columns), path.unique_columns);
  std::vector<KeyColumn> keys;
  for (std::size_t i = 0; i < path.unique_columns.size(); ++i)
    keys.push_back(key_column(*path.unique_columns[i], static_cast<int>(i)));
  built = aggregate_all(std::move(built), keys);
  set_costs(*built.node, path.startup, path.total, path.rows, built.node->width);
  if (path.range_table_index >= 0) {
    built.layout = Layout();
    for (std::size_t i = 0; i < path.unique_columns.size(); ++i)
      built.layout.add(own(make_column(path.range_table_index, static_cast<int>(i), path.unique_columns[i]->type)));
  }
  return project(std::move(built), required);
}

Built QueryPlanner::build(Path& path, const std::vector<const Expression*>& required) {
  if (!path.computes.empty()) return build_computing(path, required);
  Built built;
  switch (path.kind) {
    case Path::Kind::scan: built = build_scan(path, required); break;
    case Path::Kind::bitmap: built = build_bitmap_scan(path, required); break;
    case Path::Kind::append: built = build_append(path, required); break;
    case Path::Kind::join: built = build_join(path, required); break;
    case Path::Kind::unique: built = build_unique(path, required); break;
    case Path::Kind::divided: built = build_divided(path, required); break;
    case Path::Kind::single_row: {
      auto node = std::make_unique<ResultNode>();
      node->batch_rows = 1;
      node->condition = compile(path.filter, Layout());
      set_costs(*node, 0, path.total, 1, 0);
      describe(*node, "Result");
      if (!path.filter.empty()) describe(*node, "One-Time Filter", text_of(path.filter));
      built = finish(std::move(node), Layout(), {}, required);
      break;
    }
    default: built = build_leaf(path, required); break;
  }
  if (NodeOutput* note = output_note(*built.node)) note->relations = path.relations;
  if (!path.one_time.empty()) {
    auto node = std::make_unique<ResultNode>();
    node->condition = compile(path.one_time, Layout());
    node->raw_columns = node->columns = built.node->columns;
    node->batch_rows = built.node->batch_rows;
    set_costs(*node, built.node->startup_cost, built.node->total_cost, built.node->rows,
              built.node->width);
    describe(*node, "Result");
    describe(*node, "One-Time Filter", text_of(path.one_time));
    node->children.push_back(std::move(built.node));
    built.node = std::move(node);
  }
  return built;
}

}  // namespace planner
