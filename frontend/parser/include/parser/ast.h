// The syntax tree: what the grammar makes of a statement, before any name is looked up.
//
// Shapes follow PostgreSQL's raw parse nodes. Nodes, names and lists live in the arena of the
// ParseTree that made them and are never changed. Locations are byte offsets into the text, -1
// where unknown. A Name that was not written has a null data(); so do empty lists.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace parser::ast {

enum class NodeKind : std::uint8_t {
  // ast.h
  string_node, list_node, star, literal, parameter_ref, column_ref, set_to_default, current_of,
  operation, boolean_operation, sublink, function_call, named_argument, indices, indirection,
  array_expression, type_cast, collate_clause, case_expression, case_branch,
  coalesce_expression, min_max_expression, row_expression, null_test, boolean_test,
  sql_value_call, grouping_call, xml_expression, xml_serialize, type_name, alias,
  range_variable, role_specification, definition_element, integer_node, float_node,
  boolean_node, object_with_arguments, range_subquery, range_function, range_table_function,
  range_table_sample, join, result_target, multi_assignment, sort_by, window_definition,
  grouping_set, locking_clause, common_table, search_clause, cycle_clause, with_clause,
  into_clause, conflict_target, on_conflict, merge_when, index_element, select, insert, update,
  delete_, merge,
  // ast_ddl.h
  column_definition, constraint, table_like, partition_element, partition_specification,
  partition_bound, partition_range_datum, partition_command, create_table, create_table_as,
  refresh_materialized_view, alter_table, alter_table_command, replica_identity, create_index,
  create_view, create_sequence, alter_sequence, create_schema, create_database, alter_database,
  alter_database_refresh_collation, drop_database, drop, rename, set_schema, set_owner, comment,
  create_enum, alter_enum, create_composite, create_domain, alter_domain, create_function,
  alter_function, define, create_range, create_cast, alter_operator, alter_collation,
  alter_text_search_dictionary, alter_text_search_configuration, operator_class_item,
  create_operator_class, create_operator_family, alter_operator_family, create_conversion,
  statistics_element, create_statistics, alter_statistics, security_label, create_trigger, policy, rule,
  function_parameter, return_statement, do_block, call_procedure, create_extension, alter_extension, create_role,
  alter_role, drop_role, access_privilege, grant, grant_role, alter_default_privileges,
  reassign_owned, drop_owned,
  // ast_utility.h
  transaction, set_variable, show_variable, alter_role_set, alter_database_set, alter_system,
  set_constraints, discard, prepare, execute, deallocate, declare_cursor, close_cursor, fetch,
  copy, explain, vacuum, vacuum_relation, truncate, reindex, cluster, lock_table, checkpoint,
  load, listen, unlisten, notify,
  // ast_objects.h
  data_wrapper, foreign_server, user_mapping, create_foreign_table, import_foreign_schema, create_event_trigger,
  alter_event_trigger, publication_object, publication, subscription, depends_on_extension, create_language,
  create_transform, drop_tablespace, alter_base_type,
  // CREATE TRIGGER and other statements that are parsed but not built
  unsupported
};

struct Node {
  NodeKind kind;
  int location = -1;
};
template <NodeKind K>
struct NodeOf : Node {
  static constexpr NodeKind kKind = K;
  NodeOf() : Node{K} {}
};

// Elements may be null where the grammar says so.
using NodeList = std::span<const Node* const>;
using Name = std::string_view;
using Names = std::span<const Name>;

// Null when `node` is null or of another kind.
template <typename T>
const T* try_as(const Node* node) {
  return node && node->kind == T::kKind ? static_cast<const T*>(node) : nullptr;
}
// Requires the kind.
template <typename T>
const T& as(const Node& node) {
  return static_cast<const T&>(node);
}

// The statement's name in capitals, as 0A000 mentions it.
struct Unsupported : NodeOf<NodeKind::unsupported> {
  Name command;
};

enum class LiteralKind : std::uint8_t { integer, number, boolean, string, bit_string, null };
enum class OperationKind : std::uint8_t {
  op, op_any, op_all, distinct, not_distinct, nullif, in, like, ilike, similar, between,
  not_between, between_symmetric, not_between_symmetric
};
enum class BooleanOperator : std::uint8_t { and_, or_, not_ };
enum class SublinkKind : std::uint8_t { exists, all, any, row_compare, scalar, multiple, array };
enum class FunctionForm : std::uint8_t { call, explicit_cast, implicit_cast, sql_syntax };
enum class BooleanTestKind : std::uint8_t {
  is_true, is_not_true, is_false, is_not_false, is_unknown, is_not_unknown
};
enum class SqlValueKind : std::uint8_t {
  current_date, current_time, current_time_n, current_timestamp, current_timestamp_n, localtime,
  localtime_n, localtimestamp, localtimestamp_n, current_role, current_user, user, session_user,
  current_catalog, current_schema
};
enum class RoleSpecificationKind : std::uint8_t {
  named, current_role, current_user, session_user, public_
};
enum class DefinitionAction : std::uint8_t { unspecified, set, add, drop };
enum class JoinType : std::uint8_t { inner, left, full, right };
enum class SortDirection : std::uint8_t { by_default, ascending, descending, using_ };
enum class NullsOrder : std::uint8_t { by_default, first, last };
enum class GroupingSetKind : std::uint8_t { empty, simple, rollup, cube, sets };
enum class MergeCommand : std::uint8_t { insert, update, delete_, nothing };
enum class SetOperationKind : std::uint8_t { none, union_, intersect, except };

// Bits of WindowDefinition::frame_options.
enum FrameOption : int {
  kFrameNonDefault = 0x1, kFrameRange = 0x2, kFrameRows = 0x4, kFrameGroups = 0x8,
  kFrameBetween = 0x10, kFrameStartUnboundedPreceding = 0x20, kFrameEndUnboundedPreceding = 0x40,
  kFrameStartUnboundedFollowing = 0x80, kFrameEndUnboundedFollowing = 0x100,
  kFrameStartCurrentRow = 0x200, kFrameEndCurrentRow = 0x400, kFrameStartPreceding = 0x800,
  kFrameEndPreceding = 0x1000, kFrameStartFollowing = 0x2000, kFrameEndFollowing = 0x4000,
  kFrameExcludeCurrentRow = 0x8000, kFrameExcludeGroup = 0x10000, kFrameExcludeTies = 0x20000
};

struct Alias; struct CollateClause; struct ConflictTarget; struct FunctionCall; struct Grant;
struct IntoClause; struct OnConflict; struct PartitionBound; struct PartitionSpecification;
struct RangeVariable; struct RoleSpecification; struct Select; struct SetVariable;
struct TypeName; struct WindowDefinition; struct WithClause;

// --- leaves that lists and options hold ---

struct StringNode : NodeOf<NodeKind::string_node> {
  Name value;
};
struct ListNode : NodeOf<NodeKind::list_node> {
  NodeList items;
};
struct Star : NodeOf<NodeKind::star> {};
// 42, 1.5, 'text', b'01', true, NULL. A number too large for int4 is a `number`, as written.
struct Literal : NodeOf<NodeKind::literal> {
  LiteralKind kind_of{};
  std::int32_t integer = 0;
  bool boolean = false;
  Name text;
};
// $1
struct ParameterRef : NodeOf<NodeKind::parameter_ref> {
  int number = 0;
};
// a.b.c or a.*; at least one name or the star.
struct ColumnRef : NodeOf<NodeKind::column_ref> {
  Names names;
  bool star = false;
};
// DEFAULT
struct SetToDefault : NodeOf<NodeKind::set_to_default> {};
struct CurrentOf : NodeOf<NodeKind::current_of> {
  Name cursor;
  int parameter = 0;
};

// --- expressions ---

// IN and BETWEEN have a ListNode on the right; a prefix operator has no left.
struct Operation : NodeOf<NodeKind::operation> {
  OperationKind operation{};
  Names name;
  const Node* left = nullptr;
  const Node* right = nullptr;
};
struct BooleanOperation : NodeOf<NodeKind::boolean_operation> {
  BooleanOperator op{};
  NodeList arguments;
};
struct Sublink : NodeOf<NodeKind::sublink> {
  SublinkKind sublink{};
  const Node* test = nullptr;
  Names operator_name;
  const Node* query = nullptr;
};
struct FunctionCall : NodeOf<NodeKind::function_call> {
  Names name;
  NodeList arguments, order_by;
  const Node* filter = nullptr;
  const WindowDefinition* over = nullptr;
  bool within_group = false, star = false, distinct = false, variadic = false;
  FunctionForm form{};
};
struct NamedArgument : NodeOf<NodeKind::named_argument> {
  Name name;
  const Node* argument = nullptr;
};
// [i] or [lower:upper]; either bound of a slice may be null.
struct Indices : NodeOf<NodeKind::indices> {
  bool is_slice = false;
  const Node* lower = nullptr;
  const Node* upper = nullptr;
};
// argument followed by StringNode (.field), Star (.*) and Indices.
struct Indirection : NodeOf<NodeKind::indirection> {
  const Node* argument = nullptr;
  NodeList steps;
};
struct ArrayExpression : NodeOf<NodeKind::array_expression> {
  NodeList elements;
};
struct TypeCast : NodeOf<NodeKind::type_cast> {
  const Node* argument = nullptr;
  const TypeName* type = nullptr;
};
struct CollateClause : NodeOf<NodeKind::collate_clause> {
  const Node* argument = nullptr;
  Names collation;
};
struct CaseExpression : NodeOf<NodeKind::case_expression> {
  const Node* argument = nullptr;
  NodeList whens;
  const Node* otherwise = nullptr;
};
struct CaseBranch : NodeOf<NodeKind::case_branch> {
  const Node* condition = nullptr;
  const Node* result = nullptr;
};
struct CoalesceExpression : NodeOf<NodeKind::coalesce_expression> {
  NodeList arguments;
};
struct MinMaxExpression : NodeOf<NodeKind::min_max_expression> {
  bool least = false;
  NodeList arguments;
};
struct RowExpression : NodeOf<NodeKind::row_expression> {
  NodeList fields;
  bool explicit_row = false;
};
struct NullTest : NodeOf<NodeKind::null_test> {
  const Node* argument = nullptr;
  bool is_not_null = false;
};
struct BooleanTest : NodeOf<NodeKind::boolean_test> {
  const Node* argument = nullptr;
  BooleanTestKind test{};
};
struct SqlValueCall : NodeOf<NodeKind::sql_value_call> {
  SqlValueKind value{};
  int typmod = 0;
};
struct GroupingCall : NodeOf<NodeKind::grouping_call> {
  NodeList arguments;
};
struct XmlExpression : NodeOf<NodeKind::xml_expression> {};
struct XmlSerialize : NodeOf<NodeKind::xml_serialize> {};

// --- names and types ---

// names: [schema,] name; pg_catalog.name for the grammar's own types (INTEGER -> int4).
struct TypeName : NodeOf<NodeKind::type_name> {
  Names names;
  bool setof = false, percent_type = false;
  NodeList modifiers, array_bounds;
};
struct Alias : NodeOf<NodeKind::alias> {
  Name name;
  Names columns;
};
// A table name in any place a table may stand.
struct RangeVariable : NodeOf<NodeKind::range_variable> {
  Name catalog, schema, name;
  bool include_children = false;
  char persistence = 0;
  const Alias* alias = nullptr;
};
struct RoleSpecification : NodeOf<NodeKind::role_specification> {
  RoleSpecificationKind role{};
  Name name;
};
// name = argument of an option list; argument is a StringNode, Literal, TypeName, ListNode, ...
struct DefinitionElement : NodeOf<NodeKind::definition_element> {
  Name space, name;
  const Node* argument = nullptr;
  DefinitionAction action{};
};
struct IntegerNode : NodeOf<NodeKind::integer_node> {
  int value = 0;
};
// Digits that do not fit int4, or have a point or an exponent.
struct FloatNode : NodeOf<NodeKind::float_node> {
  Name text;
};
struct BooleanNode : NodeOf<NodeKind::boolean_node> {
  bool value = false;
};
struct ObjectWithArguments : NodeOf<NodeKind::object_with_arguments> {
  Names name;
  NodeList arguments, parameters;
  bool arguments_unspecified = false;
};

// --- FROM ---

struct RangeSubquery : NodeOf<NodeKind::range_subquery> {
  bool lateral = false;
  const Node* query = nullptr;
  const Alias* alias = nullptr;
};
// functions: of ListNode {call, column definitions}.
struct RangeFunction : NodeOf<NodeKind::range_function> {
  bool lateral = false, ordinality = false, is_rows_from = false;
  NodeList functions;
  const Alias* alias = nullptr;
  NodeList column_definitions;
};
struct RangeTableFunction : NodeOf<NodeKind::range_table_function> {
  bool lateral = false;
};
struct RangeTableSample : NodeOf<NodeKind::range_table_sample> {
  const Node* relation = nullptr;
  Names method;
  NodeList arguments;
  const Node* repeatable = nullptr;
};
struct Join : NodeOf<NodeKind::join> {
  JoinType join{};
  bool natural = false;
  const Node* left = nullptr;
  const Node* right = nullptr;
  Names using_columns;
  const Alias* using_alias = nullptr;
  const Node* condition = nullptr;
  const Alias* alias = nullptr;
};

// --- clauses ---

// A SELECT item, SET target or INSERT column.
struct ResultTarget : NodeOf<NodeKind::result_target> {
  Name name;
  NodeList indirection;
  const Node* value = nullptr;
};
// One column of (a, b) = source.
struct MultiAssignment : NodeOf<NodeKind::multi_assignment> {
  const Node* source = nullptr;
  int column = 0, column_count = 0;
};
struct SortBy : NodeOf<NodeKind::sort_by> {
  const Node* expression = nullptr;
  SortDirection direction{};
  NullsOrder nulls{};
  Names operator_name;
};
struct WindowDefinition : NodeOf<NodeKind::window_definition> {
  Name name, base_name;
  NodeList partition_by, order_by;
  int frame_options = 0;
  const Node* start_offset = nullptr;
  const Node* end_offset = nullptr;
};
struct GroupingSet : NodeOf<NodeKind::grouping_set> {
  GroupingSetKind set{};
  NodeList content;
};
struct LockingClause : NodeOf<NodeKind::locking_clause> {
  NodeList relations;
  int strength = 0, wait = 0;
};
struct CommonTable : NodeOf<NodeKind::common_table> {
  Name name;
  Names columns;
  int materialized = 0;
  const Node* query = nullptr;
  const Node* search = nullptr;
  const Node* cycle = nullptr;
};
struct SearchClause : NodeOf<NodeKind::search_clause> {
  Names columns;
  bool breadth_first = false;
  Name sequence_column;
};
struct CycleClause : NodeOf<NodeKind::cycle_clause> {
  Names columns;
  Name mark_column;
  const Node* mark_value = nullptr;
  const Node* mark_default = nullptr;
  Name path_column;
};
struct WithClause : NodeOf<NodeKind::with_clause> {
  NodeList tables;
  bool recursive = false;
};
struct IntoClause : NodeOf<NodeKind::into_clause> {
  const RangeVariable* relation = nullptr;
  Names columns;
  Name access_method;
  NodeList options;
  int on_commit = 0;
  Name tablespace;
  bool skip_data = false;
};
struct ConflictTarget : NodeOf<NodeKind::conflict_target> {
  NodeList elements;
  const Node* where = nullptr;
  Name constraint;
};
struct OnConflict : NodeOf<NodeKind::on_conflict> {
  bool do_update = false;
  const ConflictTarget* target = nullptr;
  NodeList set;
  const Node* where = nullptr;
};
struct MergeWhen : NodeOf<NodeKind::merge_when> {
  bool matched = false;
  MergeCommand command{};
  int overriding = 0;
  const Node* condition = nullptr;
  NodeList targets, values;
};
struct IndexElement : NodeOf<NodeKind::index_element> {
  Name name;
  const Node* expression = nullptr;
  Name index_column_name;
  Names collation, operator_class;
  NodeList operator_class_options;
  SortDirection direction{};
  NullsOrder nulls{};
};

// --- queries ---

// SELECT, VALUES (values_lists) and set operations (left, right).
struct Select : NodeOf<NodeKind::select> {
  bool distinct = false;
  NodeList distinct_on;
  const IntoClause* into = nullptr;
  NodeList targets, from;
  const Node* where = nullptr;
  NodeList group_by;
  bool group_distinct = false;
  const Node* having = nullptr;
  NodeList windows, values_lists, order_by;
  const Node* offset = nullptr;
  const Node* limit = nullptr;
  bool with_ties = false;
  NodeList locking;
  const WithClause* with = nullptr;
  SetOperationKind operation{};
  bool all = false;
  const Select* left = nullptr;
  const Select* right = nullptr;
};
struct Insert : NodeOf<NodeKind::insert> {
  const RangeVariable* relation = nullptr;
  NodeList columns;
  const Select* source = nullptr;
  const OnConflict* on_conflict = nullptr;
  NodeList returning;
  const WithClause* with = nullptr;
  int overriding = 0;
};
struct Update : NodeOf<NodeKind::update> {
  const RangeVariable* relation = nullptr;
  NodeList targets;
  const Node* where = nullptr;
  NodeList from, returning;
  const WithClause* with = nullptr;
};
struct Delete : NodeOf<NodeKind::delete_> {
  const RangeVariable* relation = nullptr;
  NodeList using_;
  const Node* where = nullptr;
  NodeList returning;
  const WithClause* with = nullptr;
};
struct Merge : NodeOf<NodeKind::merge> {
  const RangeVariable* relation = nullptr;
  const Node* source = nullptr;
  const Node* condition = nullptr;
  NodeList whens;
  const WithClause* with = nullptr;
};

}  // namespace parser::ast
