// What the commands share: the session, its catalogue, naming and recording of objects.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/rows.h"
#include "catalog/session_catalog.h"
#include "catalog/system_columns.h"
#include "catalog/writer.h"
#include "commands/commands.h"
#include "table/storage.h"
#include "table/table.h"
#include "types/sql_error.h"

namespace commands {

namespace pg_class = catalog::pg_class;
namespace pg_attribute = catalog::pg_attribute;
namespace pg_attrdef = catalog::pg_attrdef;
namespace pg_type = catalog::pg_type;
namespace pg_index = catalog::pg_index;
namespace pg_constraint = catalog::pg_constraint;
namespace pg_depend = catalog::pg_depend;
namespace pg_namespace = catalog::pg_namespace;
namespace pg_sequence = catalog::pg_sequence;
namespace pg_rewrite = catalog::pg_rewrite;
namespace pg_trigger = catalog::pg_trigger;
namespace pg_policy = catalog::pg_policy;
namespace pg_proc = catalog::pg_proc;
namespace pg_enum = catalog::pg_enum;
namespace pg_inherits = catalog::pg_inherits;
namespace pg_description = catalog::pg_description;
namespace pg_statistic = catalog::pg_statistic;
namespace pg_authid = catalog::pg_authid;
namespace pg_auth_members = catalog::pg_auth_members;
namespace pg_database = catalog::pg_database;

using catalog::Builtins;
using catalog::key_int2;
using catalog::key_oid;
using catalog::key_text;
using catalog::quote_identifier;
using catalog::RelationDescriptor;
using catalog::RelationKind;
using catalog::RelationLock;
using catalog::RelationPtr;
using catalog::Row;
using catalog::RowBuilder;
using catalog::RowReader;
using catalog::Writer;
using types::Oid;
using types::SqlError;

// An object as pg_depend names it; `sub` is a column number or 0.
struct ObjectAddress {
  Oid catalog = 0;
  Oid oid = 0;
  int sub = 0;
  bool operator==(const ObjectAddress&) const = default;
};
inline ObjectAddress relation_address(Oid oid, int column = 0) {
  return {pg_class::kOid, oid, column};
}

// pg_depend.deptype.
// extension: goes with an extension that it is no member of. partition_*: a part of a partition that belongs to the same part of the parent, and goes with
// either the parent's or the partition.
enum class Dependency : char {
  normal = 'n', automatic = 'a', internal = 'i', extension = 'x', partition_primary = 'P', partition_secondary = 'S'
};

// One running command.
class Ddl {
 public:
  explicit Ddl(Host& host) : host_(host), writer_(host.catalog()) {}

  Host& host() const { return host_; }
  catalog::SessionCatalog& catalog() const { return host_.catalog(); }
  Writer& writer() { return writer_; }
  transaction::Transaction& transaction() const {
    return catalog().transactions().database_transaction();
  }
  transaction::TransactionManager& manager() const { return catalog().database().manager(); }

  void notice(std::string_view sqlstate, std::string message) const;
  void warning(std::string_view sqlstate, std::string message) const;

  // ---- finding
  RelationPtr open(const query::RelationName& name, RelationLock lock) const;
  // Null instead of 42P01 and 3F000.
  RelationPtr open_if_exists(const query::RelationName& name, RelationLock lock) const;
  // After a change: the descriptor with it.
  RelationPtr reload(Oid relation) const;
  // open(), and 42809 unless it is one of the kinds: `"x" is not a table`.
  RelationPtr open_table(const query::RelationName& name, RelationLock lock) const;
  Oid role(const query::RoleName& name) const;

  // 55006 where this session still uses the table: a command that changes how it is stored, as the message names it.
  void require_unused(const RelationDescriptor& relation, std::string_view command) const;

  // ---- rights
  void require_owner(const RelationDescriptor& relation) const;
  bool owns(Oid owner) const { return catalog().has_privileges_of(catalog().user(), owner); }

  // ---- making
  // The schema that a new object goes to; `location` is of its name, for messages.
  Oid target_schema(const std::string& schema,
                    query::Persistence persistence = query::Persistence::permanent,
                    int location = -1);
  Oid temporary_schema();
  // 42P07 when the name is taken.
  void require_free_relation_name(Oid schema, const std::string& name) const;

  // ---- dependencies
  void depend(const ObjectAddress& on_behalf, const ObjectAddress& needs, Dependency kind);
  // On every object an expression refers to; columns of range table entry 0 are those of
  // `relation` (0: none).
  void depend_on_expression(const ObjectAddress& on_behalf, const query::Expression& expression,
                            Oid relation, Dependency columns = Dependency::normal);
  void depend_on_query(const ObjectAddress& on_behalf, const query::Query& query);
  void remove_dependencies(const ObjectAddress& of, Oid only_on_catalog = 0);

  void set_comment(const ObjectAddress& object, const std::optional<std::string>& text);

 private:
  Host& host_;
  Writer writer_;
};

// 63 bytes at most, cut at a character: "table_column_label", the longer of both names shortened.
std::string make_object_name(std::string_view name1, std::string_view name2,
                             std::string_view label);
// A name that no relation of the schema has: label1, label2, ...
std::string choose_relation_name(Ddl& ddl, std::string_view name1, std::string_view name2,
                                 std::string_view label, Oid schema);
// A name that no constraint of the schema, nor one of `taken`, has.
std::string choose_constraint_name(Ddl& ddl, std::string_view name1, std::string_view name2,
                                   std::string_view label, Oid schema,
                                   std::span<const std::string> taken);

// "table", "view", "index", ...: of messages.
std::string_view kind_name(RelationKind kind);
std::string display_name(catalog::CatalogView& catalog, const RelationDescriptor& relation);
// "table t", "column c of table t", "constraint c on table t".
std::string describe(Ddl& ddl, const ObjectAddress& object);

}  // namespace commands
