// Statements that define objects, as parsed. See ast.h for the conventions.
#pragma once

#include "parser/ast.h"

namespace parser::ast {

// What DROP, ALTER, COMMENT, GRANT, ... are about.
enum class ObjectType : std::uint8_t {
  access_method, aggregate, access_method_operator, access_method_procedure, attribute, cast,
  column, collation, conversion, database, default_, default_acl, domain, domain_constraint,
  event_trigger, extension, foreign_data_wrapper, foreign_server, foreign_table, function,
  index, language, large_object, materialized_view, operator_class, operator_, operator_family,
  parameter_acl, policy, procedure, publication, publication_namespace, publication_rel, role,
  routine, rule, schema, sequence, subscription, statistics, table_constraint, table,
  tablespace, transform, trigger, text_search_configuration, text_search_dictionary,
  text_search_parser, text_search_template, type, user_mapping, view
};

enum class ConstraintKind : std::uint8_t {
  null, not_null, default_, identity, generated, check, primary_key, unique, exclusion, foreign_key,
  deferrable, not_deferrable, deferred, immediate
};

enum class AlterTableAction : std::uint8_t {
  add_column, add_column_recurse, add_column_to_view, column_default, cooked_column_default,
  drop_not_null, set_not_null, drop_expression, check_not_null, set_statistics, set_options,
  reset_options, set_storage, set_compression, drop_column, drop_column_recurse, add_index,
  re_add_index, add_constraint, add_constraint_recurse, re_add_constraint,
  re_add_domain_constraint, alter_constraint, validate_constraint, validate_constraint_recurse,
  add_index_constraint, drop_constraint, drop_constraint_recurse, re_add_comment,
  alter_column_type, alter_column_generic_options, change_owner, cluster_on, drop_cluster,
  set_logged, set_unlogged, drop_oids, set_access_method, set_table_space, set_rel_options,
  reset_rel_options, replace_rel_options, enable_trigger, enable_always_trigger,
  enable_replica_trigger, disable_trigger, enable_trigger_all, disable_trigger_all,
  enable_trigger_user, disable_trigger_user, enable_rule, enable_always_rule,
  enable_replica_rule, disable_rule, add_inherit, drop_inherit, add_of, drop_of,
  replica_identity, enable_row_security, disable_row_security, force_row_security,
  no_force_row_security, generic_options, attach_partition, detach_partition,
  detach_partition_finalize, add_identity, set_identity, drop_identity, re_add_statistics
};

// Bits of TableLike::options.
enum LikeOption : std::uint32_t {
  kLikeComments = 1, kLikeCompression = 2, kLikeConstraints = 4, kLikeDefaults = 8,
  kLikeGenerated = 16, kLikeIdentity = 32, kLikeIndexes = 64, kLikeStatistics = 128,
  kLikeStorage = 256
};

// --- tables ---

struct ColumnDefinition : NodeOf<NodeKind::column_definition> {
  Name name;
  const TypeName* type = nullptr;
  Name compression;
  char storage = 0;
  const Node* default_value = nullptr;
  const CollateClause* collation = nullptr;
  NodeList constraints, foreign_options;
};
struct Constraint : NodeOf<NodeKind::constraint> {
  ConstraintKind constraint{};
  Name name;
  bool deferrable = false, initially_deferred = false, no_inherit = false;
  const Node* expression = nullptr;
  char generated_when = 0;
  bool nulls_not_distinct = false;
  Names keys, including;
  NodeList exclusions, options;
  Name index_name, tablespace, access_method;
  const Node* where = nullptr;
  const RangeVariable* referenced = nullptr;
  Names foreign_columns, referenced_columns;
  char match = 0, update_action = 0, delete_action = 0;
  Names delete_set_columns;
  bool not_valid = false;
};
struct TableLike : NodeOf<NodeKind::table_like> {
  const RangeVariable* relation = nullptr;
  std::uint32_t options = 0;
};
struct PartitionElement : NodeOf<NodeKind::partition_element> {
  Name name;
  const Node* expression = nullptr;
  Names collation, operator_class;
};
struct PartitionSpecification : NodeOf<NodeKind::partition_specification> {
  Name strategy;
  NodeList elements;
};
// RANGE bounds: PartitionRangeDatum for MINVALUE and MAXVALUE, expressions otherwise.
struct PartitionBound : NodeOf<NodeKind::partition_bound> {
  char strategy = 0;
  bool is_default = false;
  int modulus = 0, remainder = 0;
  NodeList list, lower, upper;
};
struct PartitionRangeDatum : NodeOf<NodeKind::partition_range_datum> {
  int bound = 0;
  const Node* value = nullptr;
};
struct PartitionCommand : NodeOf<NodeKind::partition_command> {
  const RangeVariable* name = nullptr;
  const PartitionBound* bound = nullptr;
  bool concurrently = false;
};
struct CreateTable : NodeOf<NodeKind::create_table> {
  const RangeVariable* relation = nullptr;
  NodeList elements, inherits;
  const PartitionBound* bound = nullptr;
  const PartitionSpecification* partition_by = nullptr;
  const TypeName* of_type = nullptr;
  NodeList options;
  int on_commit = 0;
  Name tablespace, access_method;
  bool if_not_exists = false;
};
struct CreateTableAs : NodeOf<NodeKind::create_table_as> {
  const Node* query = nullptr;
  const IntoClause* into = nullptr;
  bool materialized_view = false, is_select_into = false, if_not_exists = false;
};
struct RefreshMaterializedView : NodeOf<NodeKind::refresh_materialized_view> {
  bool concurrently = false, skip_data = false;
  const RangeVariable* relation = nullptr;
};
struct AlterTable : NodeOf<NodeKind::alter_table> {
  const RangeVariable* relation = nullptr;
  NodeList commands;
  ObjectType object{};
  bool missing_ok = false;
};
struct AlterTableCommand : NodeOf<NodeKind::alter_table_command> {
  AlterTableAction action{};
  Name name;
  int number = 0;
  const RoleSpecification* new_owner = nullptr;
  const Node* definition = nullptr;
  bool cascade = false, missing_ok = false;
};
struct ReplicaIdentity : NodeOf<NodeKind::replica_identity> {
  char identity = 0;
  Name name;
};
struct CreateIndex : NodeOf<NodeKind::create_index> {
  Name name;
  const RangeVariable* relation = nullptr;
  Name access_method, tablespace;
  NodeList elements, including, options;
  const Node* where = nullptr;
  bool unique = false, nulls_not_distinct = false, concurrently = false, if_not_exists = false;
};
struct CreateView : NodeOf<NodeKind::create_view> {
  const RangeVariable* view = nullptr;
  Names aliases;
  const Node* query = nullptr;
  bool replace = false;
  NodeList options;
  int check_option = 0;
};
struct CreateSequence : NodeOf<NodeKind::create_sequence> {
  const RangeVariable* sequence = nullptr;
  NodeList options;
  bool if_not_exists = false;
};
struct AlterSequence : NodeOf<NodeKind::alter_sequence> {
  const RangeVariable* sequence = nullptr;
  NodeList options;
  bool for_identity = false, missing_ok = false;
};
struct CreateSchema : NodeOf<NodeKind::create_schema> {
  Name name;
  const RoleSpecification* authorization = nullptr;
  NodeList elements;
  bool if_not_exists = false;
};

// --- databases and other objects ---

struct CreateDatabase : NodeOf<NodeKind::create_database> {
  Name name;
  NodeList options;
};
struct AlterDatabase : NodeOf<NodeKind::alter_database> {
  Name name;
  NodeList options;
};
struct AlterDatabaseRefreshCollation : NodeOf<NodeKind::alter_database_refresh_collation> {
  Name name;
};
struct DropDatabase : NodeOf<NodeKind::drop_database> {
  Name name;
  bool missing_ok = false;
  NodeList options;
};
// object: what DROP's grammar makes of the kind: ListNode of names, TypeName, ObjectWithArguments.
struct Drop : NodeOf<NodeKind::drop> {
  NodeList objects;
  ObjectType object{};
  bool cascade = false, missing_ok = false, concurrently = false;
};
struct Rename : NodeOf<NodeKind::rename> {
  ObjectType object_type{}, relation_type{};
  const RangeVariable* relation = nullptr;
  const Node* object = nullptr;
  Name part, new_name;
  bool cascade = false, missing_ok = false;
};
struct SetSchema : NodeOf<NodeKind::set_schema> {
  ObjectType object_type{};
  const RangeVariable* relation = nullptr;
  const Node* object = nullptr;
  Name new_schema;
  bool missing_ok = false;
};
struct SetOwner : NodeOf<NodeKind::set_owner> {
  ObjectType object_type{};
  const RangeVariable* relation = nullptr;
  const Node* object = nullptr;
  const RoleSpecification* new_owner = nullptr;
};
struct Comment : NodeOf<NodeKind::comment> {
  ObjectType object_type{};
  const Node* object = nullptr;
  Name text;
};
struct CreateEnum : NodeOf<NodeKind::create_enum> {
  Names name, labels;
};
struct AlterEnum : NodeOf<NodeKind::alter_enum> {
  Names name;
  Name old_label, new_label, neighbour;
  bool after = false, if_not_exists = false;
};
struct CreateComposite : NodeOf<NodeKind::create_composite> {
  const RangeVariable* type = nullptr;
  NodeList columns;
};
struct CreateDomain : NodeOf<NodeKind::create_domain> {
  Names name;
  const TypeName* type = nullptr;
  const CollateClause* collation = nullptr;
  NodeList constraints;
};
struct AlterDomain : NodeOf<NodeKind::alter_domain> {
  char subtype = 0;
  Names name;
  Name constraint;
  const Node* definition = nullptr;
  bool cascade = false, missing_ok = false;
};
struct CreateFunction : NodeOf<NodeKind::create_function> {
  bool is_procedure = false, replace = false;
  Names name;
  NodeList parameters;
  const TypeName* result = nullptr;
  NodeList options;
  const Node* sql_body = nullptr;
};
struct AlterFunction : NodeOf<NodeKind::alter_function> {
  ObjectType object_type{};  // function, procedure, routine
  const ObjectWithArguments* function = nullptr;
  NodeList options;
};
// CREATE AGGREGATE, OPERATOR, TYPE (shell and base types), COLLATION and text search objects.
struct Define : NodeOf<NodeKind::define> {
  ObjectType object_type{};
  bool old_style = false, replace = false, if_not_exists = false;
  Names name;
  NodeList arguments;         // of an aggregate: FunctionParameter
  int direct_arguments = -1;  // of an ordered-set aggregate
  NodeList definition;
};
// ALTER TYPE ... SET (options).
struct AlterBaseType : NodeOf<NodeKind::alter_base_type> {
  Names name;
  NodeList options;
};
struct CreateRange : NodeOf<NodeKind::create_range> {
  Names name;
  NodeList options;
};
struct CreateCast : NodeOf<NodeKind::create_cast> {
  const TypeName* source = nullptr;
  const TypeName* target = nullptr;
  const ObjectWithArguments* function = nullptr;
  char context = 'e';  // pg_cast.castcontext
  bool in_out = false;
};
struct AlterOperator : NodeOf<NodeKind::alter_operator> {
  const ObjectWithArguments* object = nullptr;
  NodeList options;
};
// ALTER COLLATION ... REFRESH VERSION.
struct AlterCollation : NodeOf<NodeKind::alter_collation> {
  Names name;
};
// Options without an argument are taken away.
struct AlterTextSearchDictionary : NodeOf<NodeKind::alter_text_search_dictionary> {
  Names name;
  NodeList options;
};
struct AlterTextSearchConfiguration : NodeOf<NodeKind::alter_text_search_configuration> {
  enum class Action : std::uint8_t { add, alter_for_tokens, replace, replace_for_tokens, drop } action = Action::add;
  Names name;
  NodeList token_types;   // StringNode
  NodeList dictionaries;  // ListNode of names
  bool missing_ok = false;
};
struct OperatorClassItem : NodeOf<NodeKind::operator_class_item> {
  enum class Kind : int { operator_ = 1, function = 2, storage = 3 } item = Kind::operator_;
  const ObjectWithArguments* object = nullptr;
  int number = 0;
  Names sort_family;          // FOR ORDER BY
  NodeList types;             // TypeName: those that the member is for
  const TypeName* storage = nullptr;
};
struct CreateOperatorClass : NodeOf<NodeKind::create_operator_class> {
  Names name, family;
  Name access_method;
  const TypeName* type = nullptr;
  NodeList items;
  bool is_default = false;
};
struct CreateOperatorFamily : NodeOf<NodeKind::create_operator_family> {
  Names name;
  Name access_method;
};
struct AlterOperatorFamily : NodeOf<NodeKind::alter_operator_family> {
  Names name;
  Name access_method;
  bool is_drop = false;
  NodeList items;
};
struct CreateConversion : NodeOf<NodeKind::create_conversion> {
  Names name;
  Name source, target;        // encodings
  Names function;
  bool is_default = false;
};
// A column or an expression.
struct StatisticsElement : NodeOf<NodeKind::statistics_element> {
  Name name;
  const Node* expression = nullptr;
};
struct CreateStatistics : NodeOf<NodeKind::create_statistics> {
  Names name, kinds;
  NodeList elements, relations;
  bool if_not_exists = false;
};
struct AlterStatistics : NodeOf<NodeKind::alter_statistics> {
  Names name;
  int target = -1;
  bool missing_ok = false;
};
struct SecurityLabel : NodeOf<NodeKind::security_label> {
  Name provider;
};
struct CreateTrigger : NodeOf<NodeKind::create_trigger> {
  bool replace = false, is_constraint = false, row = false;
  bool deferrable = false, initially_deferred = false;
  Name name;
  const RangeVariable* relation = nullptr;
  const RangeVariable* from = nullptr;
  // REFERENCING: how often each is named, and whether a row is to have a name.
  Name old_table, new_table;
  int old_tables = 0, new_tables = 0;
  bool names_row = false;
  Names function;
  NodeList arguments;
  int type = 0;  // pg_trigger.tgtype
  Names columns;
  const Node* when = nullptr;
};
struct Rule : NodeOf<NodeKind::rule> {
  Name name;
  const RangeVariable* relation = nullptr;
  enum class Event : char { select = '1', update = '2', insert = '3', delete_ = '4' } event = Event::select;
  bool instead = false, replace = false;
  const Node* where = nullptr;
  NodeList actions;
};
// CREATE POLICY and ALTER POLICY.
struct Policy : NodeOf<NodeKind::policy> {
  bool alter = false;
  Name name;
  const RangeVariable* relation = nullptr;
  Name command;              // "all", "select", ...
  bool permissive = true;
  NodeList roles;
  const Node* using_ = nullptr;
  const Node* with_check = nullptr;
};
struct FunctionParameter : NodeOf<NodeKind::function_parameter> {
  Name name;
  const TypeName* type = nullptr;
  char mode = 0;
  const Node* default_value = nullptr;
};
struct ReturnStatement : NodeOf<NodeKind::return_statement> {
  const Node* value = nullptr;
};
struct DoBlock : NodeOf<NodeKind::do_block> {
  NodeList arguments;
};
struct CallProcedure : NodeOf<NodeKind::call_procedure> {
  const FunctionCall* call = nullptr;
};
struct CreateExtension : NodeOf<NodeKind::create_extension> {
  Name name;
  bool if_not_exists = false;
  NodeList options;
};

struct AlterExtension : NodeOf<NodeKind::alter_extension> {
  Name name;
  int action = 0;          // 0 UPDATE, 1 ADD, -1 DROP
  NodeList options;
  ObjectType object_type{};
  const Node* object = nullptr;
};

// --- roles ---

struct CreateRole : NodeOf<NodeKind::create_role> {
  int role_kind = 0;
  Name name;
  NodeList options;
};
struct AlterRole : NodeOf<NodeKind::alter_role> {
  const RoleSpecification* role = nullptr;
  NodeList options;
  int action = 0;
};
struct DropRole : NodeOf<NodeKind::drop_role> {
  NodeList roles;
  bool missing_ok = false;
};
struct AccessPrivilege : NodeOf<NodeKind::access_privilege> {
  Name name;
  Names columns;
};
struct Grant : NodeOf<NodeKind::grant> {
  bool is_grant = false;
  int target = 0;
  ObjectType object_type{};
  NodeList objects, privileges, grantees;
  bool grant_option = false;
  const RoleSpecification* grantor = nullptr;
  bool cascade = false;
};
struct GrantRole : NodeOf<NodeKind::grant_role> {
  NodeList roles, grantees;
  bool is_grant = false, admin_option = false;
  const RoleSpecification* grantor = nullptr;
  bool cascade = false;
};
struct AlterDefaultPrivileges : NodeOf<NodeKind::alter_default_privileges> {
  NodeList options;
  const Grant* action = nullptr;
};
struct ReassignOwned : NodeOf<NodeKind::reassign_owned> {
  NodeList roles;
  const RoleSpecification* new_role = nullptr;
};
struct DropOwned : NodeOf<NodeKind::drop_owned> {
  NodeList roles;
  bool cascade = false;
};

}  // namespace parser::ast
