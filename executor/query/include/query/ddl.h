// Analysed statements that define objects. PostgreSQL's parse-time transformations are done:
// column constraints have become table constraints, serial columns and identities own
// sequences, LIKE is spread out, types are resolved, expressions analysed.
//
// What analysis leaves to the command: choosing names that were not written, permissions, locks,
// and everything about the state of the object (does the column exist already, ...), except
// where an expression made it look.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/expression.h"
#include "query/foreign.h"
#include "query/names.h"
#include "query/partition.h"
#include "query/query.h"
#include "query/rule.h"

namespace query {

enum class Persistence : std::uint8_t { permanent, unlogged, temporary };
enum class OnCommit : std::uint8_t { none, preserve_rows, delete_rows, drop };

// The options of CREATE/ALTER SEQUENCE that were written; the rest keep their defaults.
struct SequenceOptions {
  std::optional<Oid> type;  // AS smallint, integer or bigint
  std::optional<std::int64_t> increment, start, restart_with, cache;
  bool restart = false;
  // Outer set: written; inner empty: NO MINVALUE / NO MAXVALUE.
  std::optional<std::optional<std::int64_t>> min_value, max_value;
  std::optional<bool> cycle;
  bool owned_by_none = false;
  std::optional<RelationName> owned_by;  // with owned_by_column
  std::string owned_by_column;
  std::optional<ObjectName> sequence_name;  // identity columns: SEQUENCE NAME
};

struct OwnedSequence {
  ObjectName name;         // name empty: the command chooses table_column_seq
  SequenceOptions options;  // type is always set
};

enum class Identity : char { none = 0, always = 'a', by_default = 'd' };

// What a column, constraint or index that came by LIKE has its comment and storage of.
struct LikeSource {
  Oid object = 0;  // a table (of a column), constraint or index
  int column = 0;  // attnum
  bool comment = false;
  bool storage = false;
  bool compression = false;
};

struct ColumnDefinition {
  std::string name;
  TypeRef type;
  bool not_null = false;
  // Over no columns; for a generated column over the new table's columns (range table entry 0,
  // column = position in the table). Null when there is none. Already coerced to the type.
  ExpressionPtr default_value;
  bool generated_stored = false;
  Identity identity = Identity::none;
  // serial and identity: the sequence to create; a serial's default is nextval() of it.
  std::optional<OwnedSequence> sequence;
  std::string storage;      // "", plain, external, extended, main
  std::string compression;  // "", pglz, lz4, default
  bool is_local = true;     // false: only from a parent
  int inherited_count = 0;
  int location = -1;
  LikeSource like;
  std::vector<ForeignOption> foreign_options;  // of a foreign table's column
};

enum class ForeignKeyAction : char {
  no_action = 'a', restrict_ = 'r', cascade = 'c', set_null = 'n', set_default = 'd'
};
enum class ForeignKeyMatch : char { full = 'f', partial = 'p', simple = 's' };

// One column or expression of an index.
struct IndexElement {
  std::string column;        // or:
  ExpressionPtr expression;  // over the table's columns (range table entry 0)
  ObjectName operator_class;  // name empty: the type's default
  Oid collation = 0;         // 0: the column's
  bool collation_written = false;
  bool descending = false;
  bool nulls_first = false;  // resolved: the default for descending is true
};

// One of EXCLUDE: element WITH operator.
struct ExclusionElement {
  IndexElement element;
  ObjectName operator_;
};

struct Constraint {
  enum class Kind : std::uint8_t { check, primary_key, unique, foreign_key, exclusion };
  Kind kind = Kind::check;
  std::string name;  // empty: the command chooses one by PostgreSQL's rules
  bool written_on_column = false;
  std::vector<std::string> columns;  // key columns; of a check: the columns it mentions
  // check: over the table's columns (range table entry 0), boolean.
  ExpressionPtr check;
  bool no_inherit = false;
  bool is_local = true;
  int inherited_count = 0;
  // primary_key, unique, exclusion
  bool nulls_not_distinct = false;
  std::vector<std::string> include;
  std::string using_index;
  std::vector<Option> index_options;
  std::string tablespace;
  // exclusion
  std::string access_method;
  std::vector<ExclusionElement> exclusion_elements;
  ExpressionPtr exclusion_where;
  // foreign_key
  RelationName referenced;
  std::vector<std::string> referenced_columns;  // empty: its primary key
  ForeignKeyMatch match = ForeignKeyMatch::simple;
  ForeignKeyAction on_update = ForeignKeyAction::no_action;
  ForeignKeyAction on_delete = ForeignKeyAction::no_action;
  std::vector<std::string> on_delete_set_columns;

  bool deferrable = false;
  bool initially_deferred = false;
  bool not_valid = false;
  LikeSource like;
  int location = -1;
};

struct CreateIndex {
  std::string name;  // empty: the command chooses
  RelationName table;
  std::string access_method = "btree";
  bool unique = false;
  bool nulls_not_distinct = false;
  bool concurrently = false;
  bool if_not_exists = false;
  std::vector<IndexElement> elements;
  std::vector<std::string> include;
  ExpressionPtr where;  // over the table's columns
  std::vector<Option> options;
  std::string tablespace;
  LikeSource like;
};

struct MergeNotice {
  std::string message;
  std::string detail;
};

// LIKE ... INCLUDING STATISTICS
struct LikeStatistics {
  Oid table = 0;
  bool comments = false;
};

struct CreateTable {
  RelationName name;
  Persistence persistence = Persistence::permanent;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;  // inherited ones first
  std::vector<Constraint> constraints;
  std::vector<CreateIndex> like_indexes;  // LIKE ... INCLUDING INDEXES; table name to be filled
  std::vector<RelationName> inherits;
  std::optional<RelationName> partition_of;
  PartitionBound bound;
  PartitionStrategy partition_by = PartitionStrategy::none;
  std::vector<PartitionKey> partition_keys;
  Oid of_type = 0;
  std::vector<Option> options;
  std::string access_method;
  std::string tablespace;
  OnCommit on_commit = OnCommit::none;
  std::vector<LikeStatistics> like_statistics;
  std::vector<MergeNotice> notices;  // columns merged with inherited ones
  std::optional<ForeignSource> foreign;  // CREATE FOREIGN TABLE
};

// CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW.
struct CreateTableAs {
  RelationName name;
  std::vector<ColumnDefinition> columns;  // names and types of the query's visible columns
  std::unique_ptr<Query> query;
  std::string execute;                    // CREATE TABLE AS EXECUTE name (then query is null)
  std::vector<ExpressionPtr> execute_arguments;
  Persistence persistence = Persistence::permanent;
  bool materialized_view = false;
  bool if_not_exists = false;
  bool with_data = true;
  bool is_select_into = false;
  std::vector<Option> options;
  std::string tablespace;
  OnCommit on_commit = OnCommit::none;
};

struct RefreshMaterializedView {
  RelationName name;
  bool concurrently = false;
  bool with_data = true;
};

enum class CheckOption : std::uint8_t { none, local, cascaded };
struct CreateView {
  RelationName name;
  Persistence persistence = Persistence::permanent;
  bool or_replace = false;
  std::vector<ColumnDefinition> columns;  // names (aliases applied) and types
  std::unique_ptr<Query> query;
  std::vector<Option> options;
  CheckOption check_option = CheckOption::none;
  bool becomes_temporary = false;  // for what it reads: the user is told
};

struct CreateSequence {
  RelationName name;
  Persistence persistence = Persistence::permanent;
  bool if_not_exists = false;
  SequenceOptions options;
};
struct AlterSequence {
  RelationName name;
  bool missing_ok = false;
  SequenceOptions options;
};

struct Statement;
struct CreateSchema {
  std::string name;  // empty: the role's name
  std::optional<RoleName> authorization;
  bool if_not_exists = false;
  // Elements in the order to run them; analysed when the schema exists: the session hands each
  // text to analysis with the new schema first on the path. Offsets into the statement's text.
  struct Element {
    int location;
    int length;
  };
  std::vector<Element> elements;
};

struct CreateDatabase {
  std::string name;
  std::vector<Option> options;  // template, owner, encoding, as_of, expires, ...
};
struct AlterDatabase {
  std::string name;
  std::vector<Option> options;
  bool refresh_collation_version = false;
};
struct DropDatabase {
  std::string name;
  bool missing_ok = false;
  bool force = false;
};

struct Drop {
  ObjectKind kind = ObjectKind::table;
  std::vector<ObjectReference> objects;
  // IF EXISTS, by object: what to say when it is not there, in the statement's own words (empty: the command's).
  struct Missing {
    std::string message;
    bool certain = false;  // analysis knows already: a schema or type of its name is not there
  };
  std::vector<Missing> missing;
  bool missing_ok = false;
  bool cascade = false;
  bool concurrently = false;
};

// ALTER .. RENAME. `object.part` is the old column, constraint or trigger name where one is meant.
struct Rename {
  ObjectKind kind = ObjectKind::table;           // what is renamed
  ObjectKind relation_kind = ObjectKind::table;  // ALTER what: of a column or a relation
  ObjectReference object;
  std::string new_name;
  bool missing_ok = false;
  bool cascade = false;
  bool include_children = true;
};
struct SetSchema {
  ObjectKind kind = ObjectKind::table;
  ObjectReference object;
  std::string new_schema;
  bool missing_ok = false;
};
struct SetOwner {
  ObjectKind kind = ObjectKind::table;
  ObjectReference object;
  RoleName owner;
};
struct Comment {
  ObjectKind kind = ObjectKind::table;
  ObjectReference object;
  std::optional<std::string> text;  // nullopt: IS NULL
};

// --- ALTER TABLE ---

struct AddColumn { ColumnDefinition column; bool if_not_exists = false; bool cascade = false; };
struct DropColumn { std::string name; bool missing_ok = false; bool cascade = false; };
struct AlterColumnType {
  std::string name;
  TypeRef type;
  ExpressionPtr using_;  // over the table's columns before the change, coerced to the new type
  ExpressionPtr default_;  // the column's, or what generates it, coerced; null: there is none, or it cannot be
  bool cascade = false;  // of a type: tables of it, too
  int location = -1;
};
struct SetColumnDefault { std::string name; ExpressionPtr value; };  // null: DROP DEFAULT
struct SetColumnNotNull { std::string name; bool not_null = true; };
struct DropColumnExpression { std::string name; bool missing_ok = false; };
struct AddColumnIdentity { std::string name; Identity identity; OwnedSequence sequence; };
struct AlterColumnIdentity {
  std::string name;
  std::optional<Identity> identity;
  SequenceOptions options;
};
struct DropColumnIdentity { std::string name; bool missing_ok = false; };
struct SetColumnStatistics { std::string name; int column_number = 0; int target = -1; };
struct SetColumnStorage { std::string name; std::string storage; };
struct SetColumnCompression { std::string name; std::string compression; };
struct SetColumnOptions { std::string name; std::vector<Option> options; bool reset = false; };
struct AddConstraint { Constraint constraint; bool if_not_exists = false; };
struct AlterConstraint { std::string name; bool deferrable = false; bool initially_deferred = false; };
struct ValidateConstraint { std::string name; };
struct DropConstraint { std::string name; bool missing_ok = false; bool cascade = false; };
struct ChangeOwner { RoleName owner; };
struct SetRelationOptions { std::vector<Option> options; bool reset = false; };
struct SetTablespace { std::string name; };
struct SetLogged { bool logged = true; };
struct SetAccessMethod { std::string name; };
struct ClusterOn { std::string index; };  // empty: SET WITHOUT CLUSTER
struct AddInherit { RelationName parent; };
struct DropInherit { RelationName parent; };
struct AttachPartition { RelationName partition; PartitionBound bound; int bound_location = -1; };
struct DetachPartition { RelationName partition; bool concurrently = false; bool finalize = false; };
struct SetTriggerState {
  std::string name;  // empty with all or user
  enum class Which : std::uint8_t { named, all, user } which = Which::named;
  char state = 'O';  // pg_trigger.tgenabled: O, D, R, A
};
struct SetRuleState {
  std::string name;
  char state = 'O';  // pg_rewrite.ev_enabled
};
struct SetRowSecurity { std::optional<bool> enabled; std::optional<bool> forced; };
struct SetReplicaIdentity { char kind = 'd'; std::string index; };  // d, n, f, i
struct SetOfType { Oid type = 0; };  // 0: NOT OF
struct SetForeignOptions { std::string column; std::vector<ForeignOption> options; };  // no column: the table's

using AlterTableAction =
    std::variant<AddColumn, DropColumn, AlterColumnType, SetColumnDefault, SetColumnNotNull,
                 DropColumnExpression, AddColumnIdentity, AlterColumnIdentity, DropColumnIdentity,
                 SetColumnStatistics, SetColumnStorage, SetColumnCompression, SetColumnOptions,
                 AddConstraint, AlterConstraint, ValidateConstraint, DropConstraint, ChangeOwner,
                 SetRelationOptions, SetTablespace, SetLogged, SetAccessMethod, ClusterOn,
                 AddInherit, DropInherit, AttachPartition, DetachPartition, SetTriggerState,
                 SetRuleState, SetRowSecurity, SetReplicaIdentity, SetOfType, SetForeignOptions>;

// Also ALTER INDEX, VIEW, SEQUENCE, MATERIALIZED VIEW and composite TYPE where they share a form.
// Actions in the order written; the command runs them in PostgreSQL's passes (drops, type
// changes, adds, constraints, ...).
struct AlterTable {
  RelationName table;
  ObjectKind kind = ObjectKind::table;  // ALTER what
  bool missing_ok = false;
  std::vector<AlterTableAction> actions;
};

// --- types and functions ---

struct CreateEnum { ObjectName name; std::vector<std::string> labels; };
struct AlterEnum {
  ObjectName name;
  std::string old_label;   // RENAME VALUE old_label TO new_label
  std::string new_label;
  std::string neighbour;   // ADD VALUE .. BEFORE/AFTER neighbour
  bool after = false;
  bool if_not_exists = false;
};
struct CreateComposite { RelationName name; std::vector<ColumnDefinition> columns; };
// Checks see the value as CaseValue.
struct DomainCheck { std::string name; ExpressionPtr check; bool not_valid = false; };
struct CreateDomain {
  ObjectName name;
  TypeRef base;
  bool not_null = false;
  ExpressionPtr default_value;
  std::vector<DomainCheck> checks;
};
struct AlterDomain {
  ObjectName name;
  Oid type = 0;
  enum class Action : std::uint8_t {
    set_default, drop_default, set_not_null, drop_not_null, add_check, drop_constraint,
    validate_constraint
  } action;
  ExpressionPtr default_value;
  DomainCheck check;
  std::string constraint;
  bool missing_ok = false;
  bool cascade = false;
};

struct CreateTrigger {
  std::string name;
  bool or_replace = false;
  RelationName relation;
  Oid function = 0;
  std::int16_t type = 0;              // pg_trigger.tgtype
  std::vector<std::string> columns;   // UPDATE OF
  std::vector<std::string> arguments;
  std::unique_ptr<Query> when;        // WHEN is its `where`, over the entries old and new
  bool is_constraint = false, deferrable = false, initially_deferred = false;
  std::optional<RelationName> from;   // of a constraint trigger
  std::string old_table, new_table;   // REFERENCING; empty: none
};
struct CreateRule {
  std::string name;
  bool or_replace = false, instead = false;
  RelationName relation;
  CommandKind event = CommandKind::insert;
  ExpressionPtr condition;            // over entries kOldRow and kNewRow
  std::vector<RuleAction> actions;    // none: NOTHING
};
// CREATE POLICY, or ALTER POLICY: then what is not given stays.
struct DefinePolicy {
  bool alter = false;
  std::string name;
  RelationName relation;
  char command = '*';                 // pg_policy.polcmd
  bool permissive = true;
  std::vector<RoleName> roles;        // none: PUBLIC, ALTER: as they are
  ExpressionPtr using_, with_check;   // over range table entry 0
};
struct DoBlock { std::string language; std::string body; };

struct CreateExtension { std::string name; bool if_not_exists = false; std::vector<Option> options; };
struct AlterExtension {
  std::string name;
  enum class Action : std::uint8_t { update, add, drop } action = Action::update;
  std::vector<Option> options;                   // UPDATE TO
  ObjectKind kind = ObjectKind::table;           // ADD, DROP: a member
  ObjectReference object;
};

// --- roles and privileges ---

struct CreateRole {
  std::string name;
  enum class Kind : std::uint8_t { role, user, group } kind = Kind::role;
  std::vector<Option> options;
  std::vector<RoleName> member_of, members, admins;  // IN ROLE, ROLE, ADMIN
};
struct AlterRole {
  RoleName role;
  std::vector<Option> options;
  std::vector<RoleName> members;  // ALTER GROUP ADD/DROP USER
  int member_action = 0;          // +1 add, -1 drop
};
struct DropRole { std::vector<RoleName> roles; bool missing_ok = false; };
// ALTER ROLE/DATABASE .. SET/RESET; see SetVariable in utility.h for the setting itself.

struct Privilege {
  std::string name;  // lower case; "all" for ALL PRIVILEGES
  std::vector<std::string> columns;
};
struct Grant {
  bool is_grant = true;
  ObjectKind kind = ObjectKind::table;
  enum class Target : std::uint8_t { objects, all_in_schema, defaults } target = Target::objects;
  std::vector<ObjectReference> objects;  // or the schemas
  std::vector<Privilege> privileges;     // empty: ALL
  std::vector<RoleName> grantees;
  bool grant_option = false;
  std::optional<RoleName> granted_by;
  bool cascade = false;
};
struct GrantRole {
  bool is_grant = true;
  std::vector<std::string> roles;
  std::vector<RoleName> grantees;
  bool admin_option = false;
  std::optional<RoleName> granted_by;
  bool cascade = false;
};
struct AlterDefaultPrivileges {
  std::vector<RoleName> for_roles;
  std::vector<std::string> in_schemas;
  Grant action;
};
struct ReassignOwned { std::vector<RoleName> roles; RoleName to; };
struct DropOwned { std::vector<RoleName> roles; bool cascade = false; };

}  // namespace query
