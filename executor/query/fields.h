// The fields of every node, so that copying, comparing and storing are written once.
//
// fields(x) ties the members of x that carry meaning; Expression::location is left out and handled
// where it matters. display_fields(x) ties what only deparsing looks at: copied and stored, not
// compared. added_fields(x) ties what is added after analysis: never stored.
#pragma once

#include <tuple>

#include "query/expression.h"
#include "query/query.h"

namespace query {

#define SEXTANT_QUERY_FIELDS(Type, ...)                 \
  inline auto fields(Type& x) { return std::tie(__VA_ARGS__); } \
  inline auto fields(const Type& x) { return std::tie(__VA_ARGS__); }
#define SEXTANT_QUERY_NO_FIELDS(Type) \
  inline std::tuple<> fields(const Type&) { return {}; }

// expression.h
SEXTANT_QUERY_FIELDS(types::TypeRef, x.oid, x.typmod, x.collation)
SEXTANT_QUERY_FIELDS(Parameter, x.number)
SEXTANT_QUERY_FIELDS(ColumnReference, x.range_table_index, x.column, x.levels_up)
SEXTANT_QUERY_FIELDS(Call, x.function, x.operator_, x.form, x.variadic_array, x.returns_set,
                     x.input_collation, x.arguments)
SEXTANT_QUERY_FIELDS(Relabel, x.argument, x.form, x.collate)
SEXTANT_QUERY_FIELDS(CoerceViaIo, x.argument, x.form)
SEXTANT_QUERY_FIELDS(ArrayCoerce, x.argument, x.element, x.form)
SEXTANT_QUERY_FIELDS(CoerceToDomain, x.argument, x.form)
SEXTANT_QUERY_FIELDS(BooleanExpression, x.op, x.arguments)
SEXTANT_QUERY_FIELDS(Test, x.kind, x.argument)
SEXTANT_QUERY_FIELDS(Case::When, x.condition, x.result)
SEXTANT_QUERY_FIELDS(Case, x.argument, x.whens, x.otherwise)
SEXTANT_QUERY_NO_FIELDS(CaseValue)
SEXTANT_QUERY_FIELDS(Coalesce, x.arguments)
SEXTANT_QUERY_FIELDS(MinMax, x.op, x.input_collation, x.arguments)
SEXTANT_QUERY_FIELDS(NullIf, x.equality)
SEXTANT_QUERY_FIELDS(IsDistinct, x.equality)
SEXTANT_QUERY_FIELDS(ScalarArrayOp, x.operator_, x.function, x.use_or, x.input_collation,
                     x.argument, x.array)
SEXTANT_QUERY_FIELDS(RowCompare, x.op, x.operators, x.input_collations, x.left, x.right)
SEXTANT_QUERY_FIELDS(RowConstructor, x.fields, x.names)
SEXTANT_QUERY_FIELDS(ArrayConstructor, x.element_type, x.multidimensional, x.elements)
SEXTANT_QUERY_FIELDS(FieldSelect, x.argument, x.field)
SEXTANT_QUERY_FIELDS(Subscript, x.container, x.upper, x.lower, x.assignment)
SEXTANT_QUERY_FIELDS(Subquery, x.kind, x.query, x.left, x.operators, x.input_collations)
SEXTANT_QUERY_FIELDS(SortKey, x.expression, x.less_than, x.equals, x.descending, x.nulls_first,
                     x.output)
SEXTANT_QUERY_FIELDS(Aggregate, x.function, x.input_collation, x.direct_arguments, x.arguments,
                     x.order_by, x.distinct, x.star, x.variadic_array, x.filter, x.levels_up)
SEXTANT_QUERY_FIELDS(WindowCall, x.function, x.input_collation, x.arguments, x.filter, x.star,
                     x.is_aggregate, x.window)
SEXTANT_QUERY_FIELDS(Grouping, x.keys, x.levels_up)
SEXTANT_QUERY_FIELDS(SqlValueFunction, x.value)
SEXTANT_QUERY_NO_FIELDS(SetToDefault)

// query.h
SEXTANT_QUERY_FIELDS(OutputColumn, x.expression, x.name, x.hidden, x.source_table,
                     x.source_column)
SEXTANT_QUERY_FIELDS(RangeColumn, x.name, x.type)
SEXTANT_QUERY_FIELDS(FunctionItem, x.call, x.column_count)
SEXTANT_QUERY_FIELDS(RangeTableEntry, x.kind, x.alias, x.has_user_alias, x.columns, x.lateral,
                     x.relation, x.include_children, x.subquery, x.view, x.functions,
                     x.with_ordinality, x.values, x.cte_name, x.cte_levels_up, x.join_kind,
                     x.join_columns)
SEXTANT_QUERY_FIELDS(JoinLeaf, x.range_table_index)
SEXTANT_QUERY_FIELDS(JoinNode, x.kind, x.left, x.right, x.condition, x.range_table_index)
SEXTANT_QUERY_FIELDS(JoinTree, x.node)
SEXTANT_QUERY_FIELDS(CommonTable, x.name, x.query, x.columns, x.materialize, x.recursive,
                     x.references)
SEXTANT_QUERY_FIELDS(SetTree, x.leaf, x.op, x.all, x.left, x.right, x.column_types)
SEXTANT_QUERY_FIELDS(GroupKey, x.expression, x.equals, x.less_than)
SEXTANT_QUERY_FIELDS(Window, x.name, x.partition_by, x.partition_equals, x.order_by, x.unit,
                     x.start, x.end, x.start_offset, x.end_offset, x.start_in_range,
                     x.end_in_range, x.exclusion)
SEXTANT_QUERY_FIELDS(RowLock, x.range_table_index, x.strength, x.wait)
SEXTANT_QUERY_FIELDS(TargetColumn, x.column, x.value)
SEXTANT_QUERY_FIELDS(OnConflict, x.do_update, x.arbiter_index, x.arbiters, x.set, x.where,
                     x.excluded_range_table_index)
SEXTANT_QUERY_FIELDS(MergeAction, x.kind, x.matched, x.condition, x.targets)
SEXTANT_QUERY_FIELDS(Query, x.command, x.with, x.recursive_with, x.range_table, x.from, x.where,
                     x.output, x.group_by, x.grouping_sets, x.has_aggregates, x.having, x.windows,
                     x.distinct, x.distinct_on, x.distinct_keys, x.order_by, x.limit, x.offset,
                     x.with_ties, x.row_locks, x.set_operations, x.target, x.targets,
                     x.insert_source, x.overriding, x.on_conflict, x.merge_actions,
                     x.merge_condition, x.has_returning, x.parameter_count, x.stack_depth)

template <typename T>
std::tuple<> display_fields(const T&) { return {}; }
#define SEXTANT_QUERY_DISPLAY_FIELDS(Type, ...)                                 \
  inline auto display_fields(Type& x) { return std::tie(__VA_ARGS__); }         \
  inline auto display_fields(const Type& x) { return std::tie(__VA_ARGS__); }
SEXTANT_QUERY_DISPLAY_FIELDS(WrittenAs, x.range_table_index, x.column, x.levels_up)
SEXTANT_QUERY_DISPLAY_FIELDS(RangeTableEntry, x.merged_left, x.merged_right, x.using_alias,
                             x.column_aliases)
SEXTANT_QUERY_DISPLAY_FIELDS(FunctionItem, x.has_column_definitions)
SEXTANT_QUERY_DISPLAY_FIELDS(CommonTable, x.has_column_names)
#undef SEXTANT_QUERY_DISPLAY_FIELDS

template <typename T>
std::tuple<> added_fields(const T&) { return {}; }
#define SEXTANT_QUERY_ADDED_FIELDS(Type, ...)                                 \
  inline auto added_fields(Type& x) { return std::tie(__VA_ARGS__); }         \
  inline auto added_fields(const Type& x) { return std::tie(__VA_ARGS__); }
SEXTANT_QUERY_FIELDS(RowCheck, x.condition, x.policy)
SEXTANT_QUERY_FIELDS(RowChecks, x.inserted, x.updated, x.changing, x.deleting)
SEXTANT_QUERY_FIELDS(EntryAccess, x.privileges, x.selected, x.inserted, x.updated, x.whole_row)
SEXTANT_QUERY_FIELDS(ViewCheck, x.condition, x.view, x.cascaded)
SEXTANT_QUERY_ADDED_FIELDS(RangeTableEntry, x.security, x.check_as, x.access)
SEXTANT_QUERY_ADDED_FIELDS(TargetColumn, x.by_default)
SEXTANT_QUERY_ADDED_FIELDS(Query, x.row_checks, x.view_checks, x.old_rows)
#undef SEXTANT_QUERY_ADDED_FIELDS
#undef SEXTANT_QUERY_FIELDS
#undef SEXTANT_QUERY_NO_FIELDS

}  // namespace query
