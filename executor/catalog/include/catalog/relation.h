// What the engine knows about one relation, put together from the catalogue's rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/expression.h"
#include "query/partition.h"
#include "query/query.h"
#include "query/rule.h"
#include "types/acl.h"
#include "types/datum.h"
#include "types/user_type.h"
#include "types/oid.h"
#include "wal/ids.h"

namespace table {
class Table;
}

namespace catalog {

using types::Oid;

// pg_class.relkind.
enum class RelationKind : char {
  table = 'r',
  index = 'i',
  sequence = 'S',
  view = 'v',
  materialized_view = 'm',
  composite = 'c',
  foreign_table = 'f',
  partitioned_table = 'p',
  partitioned_index = 'I',
  toast = 't',
};

struct Column {
  std::string name;
  types::TypeRef type;
  std::int16_t number = 0;   // attnum, from 1; a column's place in RelationDescriptor::columns + 1
  bool dropped = false;      // keeps its place; type is what it was
  bool not_null = false;
  char identity = 0;         // 'a' always, 'd' by default, 0 none
  bool generated = false;    // stored generated column: `default_` computes it
  // DEFAULT, identity's nextval or the generation expression (which refers to range table entry
  // 0, the row itself); null: none.
  std::shared_ptr<const query::Expression> default_;
  Oid identity_sequence = 0;
  std::int16_t statistics_target = -1;
  types::Acl acl;            // what is granted on this column alone
};

struct CheckConstraint {
  Oid oid = 0;
  std::string name;
  bool validated = true;
  bool no_inherit = false;
  std::shared_ptr<const query::Expression> expression;  // over range table entry 0
};

struct IndexKey {
  int column = -1;           // of the table, from 0; -1: an expression
  std::shared_ptr<const query::Expression> expression;
  types::TypeRef type;       // of the key
  Oid operator_class = 0;
  Oid collation = 0;
  bool descending = false;
  bool nulls_first = false;
};

struct IndexDescriptor {
  Oid oid = 0;
  std::string name;
  Oid schema = 0;
  Oid table = 0;
  Oid method = 403;
  bool unique = false;
  bool primary = false;
  bool nulls_not_distinct = false;
  bool immediate = true;     // false: a deferrable constraint
  bool valid = true;
  // The table is clustered by this index: its keys are the table's own tree.
  bool is_clustered_key = false;
  bool is_exclusion = false;        // implements EXCLUDE; more is told by table::Table::exclusion()
  bool initially_deferred = false;  // the constraint
  // Its number in table::TableSchema (kClusteredIndex for the clustered key).
  int storage_index = -1;
  std::vector<IndexKey> keys;
  std::vector<int> included;  // columns of the table, from 0
  std::shared_ptr<const query::Expression> predicate;
  Oid constraint = 0;         // pg_constraint row it implements, or 0
};

// pg_constraint.confupdtype/confdeltype.
enum class ForeignKeyAction : char {
  no_action = 'a', restrict = 'r', cascade = 'c', set_null = 'n', set_default = 'd'
};
struct ForeignKey {
  Oid oid = 0;
  std::string name;
  Oid referencing = 0, referenced = 0;      // tables
  Oid parent = 0;                           // the key of a partitioned table that this comes from
  std::vector<int> columns;                 // of the referencing table, from 0
  std::vector<int> referenced_columns;      // of the referenced table, from 0
  std::vector<Oid> equal_operators;         // referenced = referencing, per column
  std::vector<int> delete_set_columns;      // ON DELETE SET NULL (columns); empty: all
  Oid referenced_index = 0;
  char match = 's';                         // s simple, f full
  ForeignKeyAction on_update = ForeignKeyAction::no_action;
  ForeignKeyAction on_delete = ForeignKeyAction::no_action;
  bool deferrable = false, initially_deferred = false;
  bool validated = true;
  char enabled = 'O';                       // as TriggerInfo's, of its triggers on this relation's side
};

// What ANALYZE found out about a column (one row of pg_statistic). Values own their bytes.
struct ColumnStatistics {
  float null_fraction = 0;
  std::int32_t average_width = 0;
  float distinct = 0;         // > 0: count; < 0: minus the fraction of rows; 0: unknown
  std::vector<types::Datum> most_common;
  std::vector<float> most_common_frequencies;
  std::vector<types::Datum> histogram;      // bounds, ascending; without the most common values
  std::optional<float> correlation;
  std::vector<std::string> bytes;           // what varlen values point into
};

struct SequenceInfo {
  wal::PageNo page = wal::kNoPage;   // see table/sequence.h
  Oid type = types::oid::int8;
  std::int64_t start = 1, increment = 1, minimum = 1, maximum = 0, cache = 1;
  bool cycle = false;
  Oid owner_table = 0;        // OWNED BY, or the identity column's table
  int owner_column = 0;       // attnum
};

// PARTITION BY of a partitioned table.
struct PartitionKeyColumn {
  int column = -1;           // of the table, from 0; -1: an expression
  std::shared_ptr<const query::Expression> expression;
  types::TypeRef type;       // of the key
  Oid operator_class = 0;
  Oid collation = 0;
};
struct PartitionKey {
  query::PartitionStrategy strategy = query::PartitionStrategy::none;
  std::vector<PartitionKeyColumn> columns;
};

// A trigger of pg_trigger.
struct TriggerInfo {
  // Bits of tgtype.
  enum : std::int16_t { kRow = 1, kBefore = 2, kInsert = 4, kDelete = 8, kUpdate = 16, kTruncate = 32, kInstead = 64 };
  Oid oid = 0;
  std::string name;
  Oid function = 0;
  std::int16_t type = 0;
  char enabled = 'O';               // O, D disabled, R replica, A always
  std::vector<int> columns;         // UPDATE OF, from 0; empty: any
  std::vector<std::string> arguments;
  std::string when;                 // a stored query over OLD and NEW, or SQL; empty: always
  Oid parent = 0;                   // the trigger of a partitioned table that this is a copy of
  Oid constraint = 0;               // of a constraint trigger
  bool deferrable = false, initially_deferred = false;
  std::string old_table, new_table; // transition tables; empty: none
};

// A rule of pg_rewrite other than a view's own. The condition is over entries 0 (OLD) and 1 (NEW).
struct RuleInfo {
  Oid oid = 0;
  std::string name;
  query::CommandKind event = query::CommandKind::insert;
  bool instead = false;
  char enabled = 'O';
  std::shared_ptr<const query::Expression> condition;  // null: always
  std::shared_ptr<const std::vector<query::RuleAction>> actions;  // none: NOTHING
};

// A policy of pg_policy; expressions over range table entry 0.
struct Policy {
  Oid oid = 0;
  std::string name;
  char command = '*';               // r SELECT, a INSERT, w UPDATE, d DELETE, * all
  bool permissive = true;
  std::vector<Oid> roles;           // 0: PUBLIC
  std::shared_ptr<const query::Expression> using_, with_check;  // null: none
};

// Immutable. One is shared by every plan that uses the relation; a DDL commit makes a new one.
struct ExtendedStatistics;  // extended_statistics.h

struct RelationDescriptor {
  Oid oid = 0;
  std::string name;
  Oid schema = 0;
  std::string schema_name;
  RelationKind kind = RelationKind::table;
  char persistence = 'p';     // p permanent, u unlogged, t temporary
  Oid owner = 0;
  // What is granted on it; nullopt: nobody granted or revoked anything yet.
  std::optional<types::Acl> acl;
  Oid row_type = 0;
  // The rows are in the system volume (pg_database, pg_authid, ...): read and written through
  // the session's transaction there.
  bool shared = false;
  // A catalogue table or system view.
  bool system = false;

  std::vector<Column> columns;              // by attnum, dropped ones included
  std::vector<std::shared_ptr<const types::UserType>> user_types;  // what `storage` points to
  std::vector<CheckConstraint> checks;
  std::vector<IndexDescriptor> indexes;     // tables: all; an index: itself alone
  std::vector<ForeignKey> foreign_keys;     // this table refers to others
  std::vector<TriggerInfo> triggers;        // users' ones, by name
  std::vector<RuleInfo> rules;              // by name
  std::vector<ForeignKey> referenced_by;    // others refer to this table
  // session_replication_role = replica: what is to fire is what says so (ENABLE REPLICA, ENABLE ALWAYS).
  bool is_replica = false;
  std::vector<Oid> children;                // inheritance and partitions, direct
  std::vector<Oid> parents;                 // in the order of INHERITS
  // A partitioned table.
  std::shared_ptr<const PartitionKey> partition_key;
  // A partition: FOR VALUES .. of its parent; the bounds are constants of the keys' types.
  std::shared_ptr<const query::PartitionBound> partition_bound;

  // Tables, materialised views and catalogues. Null for views, composites, indexes.
  // Bound to the transaction manager of its volume.
  std::shared_ptr<const table::Table> storage;
  std::optional<SequenceInfo> sequence;

  // A view: `view_query` when a user made it, else `view_sql` to be parsed with search_path
  // pg_catalog alone (system views are analysed when first used).
  std::shared_ptr<const query::Query> view_query;
  std::string_view view_sql;
  char check_option = 0;                    // 'l' local, 'c' cascaded
  bool security_invoker = false;            // its tables are read in the caller's name
  bool security_barrier = false;            // what could leak sees only rows that it shows

  // Row security.
  bool row_security = false;                // ENABLE
  bool force_row_security = false;          // FORCE: the owner, too
  std::vector<Policy> policies;             // by name

  // Statistics. rows < 0: never analysed; the planner asks the tree for its size.
  double rows = -1;
  std::int32_t pages = 0;
  std::vector<std::shared_ptr<const ColumnStatistics>> statistics;  // by column; null: none
  std::vector<std::shared_ptr<const ExtendedStatistics>> extended_statistics;  // what ANALYZE found for CREATE STATISTICS

  // Whether a trigger, rule or foreign key in that state acts; a trigger, on the event (bits of its type).
  bool acts(char enabled) const { return enabled == 'A' || enabled == (is_replica ? 'R' : 'O'); }
  bool acts(const TriggerInfo& trigger, std::int16_t event) const { return (trigger.type & event) != 0 && acts(trigger.enabled); }

  // Index of the visible column of that name, -1 if there is none.
  int column_index(std::string_view column_name) const;
  const IndexDescriptor* primary_key() const;
  const IndexDescriptor* index(Oid index_oid) const;
};

// nextval('sequence'::regclass), coerced to the column's type: the default of serial and identity
// columns.
query::ExpressionPtr nextval_expression(Oid sequence, Oid column_type);

}  // namespace catalog
