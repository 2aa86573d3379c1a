// What the unit's files offer each other.
#pragma once

#include "coerce.h"
#include "scope.h"

namespace analyzer {

// --- expressions.cpp and friends ---
// A raw expression at a place. Its type may still be `unknown` (a bare string or NULL).
ExpressionPtr analyze_expression(Scope& scope, const ast::Node* node, Place place);
// The same, at the scope's current place.
ExpressionPtr transform(Scope& scope, const ast::Node* node);
// WHERE, HAVING, ON, ...: boolean; null stays null.
ExpressionPtr analyze_condition(Scope& scope, const ast::Node* node, Place place,
                                const char* construct);
ExpressionPtr transform_literal(Scope& scope, const ast::Literal& literal);
ExpressionPtr transform_sublink(Scope& scope, const ast::Sublink& sublink);
ExpressionPtr transform_case(Scope& scope, const ast::CaseExpression& node);
ExpressionPtr transform_array(Scope& scope, const ast::ArrayExpression& node, Oid array_type,
                              Oid element_type, std::int32_t typmod);
ExpressionPtr transform_operation(Scope& scope, const ast::Operation& node);
// Which of btree's strategies (1 <, 2 <=, 3 =, 4 >=, 5 >, 6 <>) rows are compared by: one that the
// operators of all their columns have. SqlError 0A000 when there is none.
int row_comparison_strategy(Scope& scope, ast::Names name, std::span<const Oid> operators, int location);
ExpressionPtr make_row_comparison(Scope& scope, ast::Names name, std::vector<ExpressionPtr> left,
                                  std::vector<ExpressionPtr> right, int location);
ExpressionPtr make_distinct(Scope& scope, ast::Names name, ExpressionPtr left,
                            ExpressionPtr right, int location);
ExpressionPtr make_boolean(query::BooleanOp op, std::vector<ExpressionPtr> arguments,
                           int location);
ExpressionPtr make_test(query::TestKind kind, ExpressionPtr argument, int location);

// --- columns.cpp ---
ExpressionPtr transform_column(Scope& scope, const ast::ColumnRef& ref);
// What a function's variables make of the names (of those before .* too); null: none of that name.
ExpressionPtr find_variable(Scope& scope, const ast::ColumnRef& ref);
ExpressionPtr transform_indirection(Scope& scope, ExpressionPtr base, ast::NodeList steps,
                                    int location);
// container[..], for reading (assignment null).
ExpressionPtr make_subscript(Scope& scope, ExpressionPtr container, ast::NodeList indices,
                             ExpressionPtr assignment = nullptr);
ExpressionPtr column_expression(const NamespaceColumn& column, int levels_up, int location);
ExpressionPtr whole_row(Scope& scope, const NamespaceItem& item, int levels_up, int location);
// The namespace item a table name or alias means, and how many levels up; null: none.
NamespaceItemPtr find_table(Scope& scope, std::string_view schema, std::string_view name,
                            int location, int& levels_up);
// A bare column name; null: none. Throws 42702 when ambiguous.
ExpressionPtr find_column(Scope& scope, std::string_view name, int location, bool local_only);
[[noreturn]] void missing_table(Scope& scope, std::string_view schema, std::string_view name,
                                int location);
// Fields of a row-typed expression: composite types, records whose shape is known.
struct RowField {
  std::string name;  // empty: dropped
  TypeRef type;
};
std::optional<std::vector<RowField>> row_fields(Scope& scope, const Expression& expression);
std::vector<RowField> composite_fields(Scope& scope, Oid type);
ExpressionPtr select_field(Scope& scope, ExpressionPtr row, std::string_view name, int location);

// --- functions.cpp ---
ExpressionPtr transform_call(Scope& scope, const ast::FunctionCall& call);
// The function that the arguments select; also for casts written as functions.
ExpressionPtr make_function_call(Scope& scope, ast::Names name,
                                 std::vector<ExpressionPtr> arguments,
                                 const ast::FunctionCall* written, int location,
                                 bool procedure = false);
std::string function_signature(Scope& scope, std::string_view name,
                               const std::vector<ast::Name>& argument_names,
                               std::span<const Oid> types);

// One way to call a function of the name: argument types spread out, defaults counted.
struct Candidate {
  const catalog::FunctionInfo* function = nullptr;
  const catalog::OperatorInfo* operator_ = nullptr;
  std::vector<Oid> arguments;
  int variadic_count = 0;   // arguments that make up the VARIADIC array
  int default_count = 0;
  std::vector<int> positions;  // with named arguments: which parameter each call argument is
};
// Those whose arguments can be coerced to implicitly.
std::vector<Candidate> match_candidates(Scope& scope, std::span<const Oid> inputs,
                                        std::vector<Candidate> candidates);
// PostgreSQL's func_select_candidate; null: ambiguous.
const Candidate* select_candidate(Scope& scope, std::span<const Oid> inputs,
                                  std::vector<Candidate>& candidates);
// Of one name with exactly these argument types, for DROP FUNCTION and the like.
Oid lookup_function(Scope& scope, ast::Names name, std::span<const Oid> types, bool missing_ok,
                    int location);

// --- operators.cpp ---
// left null: prefix operator.
ExpressionPtr make_operator(Scope& scope, ast::Names name, ExpressionPtr left, ExpressionPtr right,
                            int location);
ExpressionPtr make_array_operator(Scope& scope, ast::Names name, bool use_any, ExpressionPtr left,
                                  ExpressionPtr array, int location);
const catalog::OperatorInfo* find_operator(Scope& scope, ast::Names name, Oid left, Oid right,
                                           bool missing_ok, int location);
// A Name list of one, for operators that the grammar spells out.
struct OperatorName {
  ast::Name name;
  operator ast::Names() const { return {&name, 1}; }
};

// --- aggregates.cpp ---
ExpressionPtr finish_aggregate(Scope& scope, TypeRef type, query::Aggregate aggregate,
                               int location);
ExpressionPtr finish_window_call(Scope& scope, TypeRef type, query::WindowCall call,
                                 const ast::WindowDefinition& over, int location);
ExpressionPtr transform_grouping(Scope& scope, const ast::GroupingCall& call);
// Ungrouped columns are errors, GROUPING() arguments become key numbers.
void check_aggregates(Scope& scope);
void check_set_function_place(Scope& scope, int location);

// --- types.cpp ---
// Throws 42704 for a type that does not exist.
TypeRef resolve_type(Scope& scope, const ast::TypeName& name);
// 0 when there is none.
Oid lookup_type(Scope& scope, const ast::TypeName& name);
Oid resolve_collation(Scope& scope, ast::Names name, int location);
std::string type_name_text(const ast::TypeName& name);

// --- collations.cpp ---
void assign_collations(Scope& scope, query::Query& query);
void assign_collations(Scope& scope, Expression& expression);

// --- from.cpp ---
void analyze_from(Scope& scope, ast::NodeList items);
// An entry for a table, function, ... without putting it in reach.
NamespaceItemPtr add_relation(Scope& scope, const ast::RangeVariable& name,
                              catalog::RelationLock lock);
NamespaceItemPtr add_relation(Scope& scope, const catalog::RelationPtr& relation,
                              std::string_view alias, bool include_children, ast::Names columns = {});
NamespaceItemPtr add_subquery(Scope& scope, std::unique_ptr<query::Query> subquery,
                              const ast::Alias* alias, bool lateral, std::string_view default_alias = {});
NamespaceItemPtr add_values(Scope& scope, std::vector<std::vector<ExpressionPtr>> rows,
                            std::vector<query::RangeColumn> columns, bool lateral);
void check_unique_aliases(Scope& scope, std::span<const NamespaceItemPtr> old,
                          std::span<const NamespaceItemPtr> added);
// A table that a query names: 42P01, with its position, also where its schema is missing.
catalog::RelationPtr open_table(Scope& scope, const ast::RangeVariable& name,
                                catalog::RelationLock lock);
// One that any other statement names: 42P01 or 3F000, without a position.
catalog::RelationPtr open_relation(Scope& scope, const ast::RangeVariable& name,
                                   catalog::RelationLock lock);

// --- views.cpp ---
// Puts the view's query in place of the entry.
void expand_view(Scope& scope, query::RangeTableEntry& entry, const catalog::RelationDescriptor& view);

// --- targets.cpp ---
std::vector<query::OutputColumn> analyze_targets(Scope& scope, ast::NodeList targets, Place place);
std::vector<ExpressionPtr> analyze_expression_list(Scope& scope, ast::NodeList nodes, Place place,
                                                   bool allow_default = false);
std::string figure_name(const ast::Node* node);
void resolve_unknown_targets(Scope& scope);
// Source table and column of plain column outputs.
void mark_origins(Scope& scope);
// The value for one column of the target relation: coerced, with subscripts and fields applied (to
// `base` when it is given, else to the column's old value).
ExpressionPtr assign_to_column(Scope& scope, const catalog::RelationDescriptor& relation,
                               int column, ExpressionPtr value, ast::NodeList indirection,
                               int location, Place place, std::string_view what,
                               ExpressionPtr base = nullptr);
// PL/pgSQL's (variable)[i].f := value: the variable's new value.
ExpressionPtr assign_to_part(Scope& scope, const ast::Node* target, ExpressionPtr value);
// What assign_to_column(.., indirection, ..) puts into the part, without the assignment around it.
ExpressionPtr part_value(ExpressionPtr assigned, ast::NodeList indirection);

// --- clauses.cpp ---
void analyze_order_by(Scope& scope, ast::NodeList items);
void analyze_group_by(Scope& scope, ast::NodeList items, bool distinct_sets);
void analyze_distinct(Scope& scope, const ast::Select& select);
ExpressionPtr analyze_limit(Scope& scope, const ast::Node* node, Place place, const char* construct,
                            bool with_ties);
void analyze_windows(Scope& scope);
// Operators of a sort key over the expression.
query::SortKey make_sort_key(Scope& scope, ExpressionPtr expression, const ast::SortBy* written,
                             int location);
std::vector<query::SortKey> aggregate_order(Scope& scope, ast::NodeList items,
                                            std::vector<ExpressionPtr>& arguments);
bool same_window(const query::Window& a, const query::Window& b);

// --- selects.cpp, dml.cpp, merge.cpp ---
std::unique_ptr<query::Query> analyze_query(State& state, Scope* parent, const ast::Node* node,
                                            struct QuerySetup* setup = nullptr);
void analyze_select(Scope& scope, const ast::Select& select);
void analyze_insert(Scope& scope, const ast::Insert& insert);
void analyze_update(Scope& scope, const ast::Update& update);
void analyze_delete(Scope& scope, const ast::Delete& remove);
void analyze_merge(Scope& scope, const ast::Merge& merge);
void analyze_with(Scope& scope, const ast::WithClause* with);
void analyze_returning(Scope& scope, ast::NodeList returning);
void analyze_locking(Scope& scope, const ast::LockingClause& clause, bool pushed_down);
void analyze_set_operations(Scope& scope, const ast::Select& select);
bool is_simple_values(const ast::Select& select);

// What an outer level passes into analyze_query.
struct QuerySetup {
  bool resolve_unknowns = true;
  const ast::LockingClause* outer_lock = nullptr;
  bool lateral = false;
  RecursiveTable* recursive = nullptr;
  std::vector<NamespaceItemPtr> names;  // in reach from the start (rules, excluded, ...)
};

// A recursive WITH item while its query is analysed.
struct RecursiveTable {
  std::string name;
  int location = -1;
  ast::Names column_names;  // written behind the CTE's name
  // Of a UNION: the base term comes first. Otherwise no reference is allowed.
  bool allowed = false;
  std::vector<query::RangeColumn>* columns = nullptr;  // null until the base term is done
  std::vector<query::RangeColumn> base_columns;
  std::vector<query::RangeColumn> added_columns;  // by SEARCH and CYCLE, behind the others
  int references = 0;
};

// --- statements ---
query::Statement analyze_statement(State& state, const parser::Statement& statement);

}  // namespace analyzer
