// ALTER TABLE: the passes, constraints, and what changes pg_class only.
#include "alter_table.h"
#include "rights.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "alter_recursion.h"
#include "create_table.h"
#include "drop.h"
#include "foreign_key_state.h"
#include "foreign_objects.h"
#include "index_method.h"
#include "sequence.h"
#include "partition.h"
#include "relation_rows.h"
#include "maintenance.h"
#include "storage_parameters.h"
#include "table_parts.h"
#include "trigger_state.h"
#include "view.h"
#include "type_commands.h"
#include "type_uses.h"
#include "typed_table.h"

namespace commands {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

// PostgreSQL's order: what is dropped first, then types, then new things, then what refers to them.
enum Pass { kDrop, kAlterType, kAddColumn, kSetExpression, kAddIndex, kAddConstraint, kMisc, kPasses };

Pass pass_of(const query::AlterTableAction& action) {
  return std::visit(
      Overloaded{[](const query::DropColumn&) { return kDrop; },
                 [](const query::DropConstraint&) { return kDrop; },
                 [](const query::AlterColumnType&) { return kAlterType; },
                 [](const query::AddColumn&) { return kAddColumn; },
                 // A new type may need the old default away.
                 [](const query::SetColumnDefault& a) { return a.value ? kSetExpression : kDrop; },
                 [](const query::SetColumnNotNull&) { return kSetExpression; },
                 [](const query::AddColumnIdentity&) { return kSetExpression; },
                 [](const query::AddConstraint& a) {
                   using Kind = query::Constraint::Kind;
                   return a.constraint.kind == Kind::primary_key || a.constraint.kind == Kind::unique ||
                                  a.constraint.kind == Kind::exclusion
                              ? kAddIndex
                              : kAddConstraint;
                 },
                 [](const auto&) { return kMisc; }},
      action);
}

[[noreturn]] void no_constraint(const RelationDescriptor& table, const std::string& name) {
  throw SqlError("42704", "constraint \"" + name + "\" of relation \"" + table.name +
                              "\" does not exist");
}

constexpr int kHighestColumnTarget = 10000;  // of SET STATISTICS

class Alteration {
 public:
  Alteration(Ddl& ddl, Oid table, Recurse recurse)
      : ddl_(ddl), target_{ddl, table}, recurse_(recurse) {}

  void run(const query::AlterTableAction& action) {
    std::visit([this](const auto& a) { this->apply(a); }, action);
  }

  // USING expressions read the rows of before the statement, columns that it drops included.
  void remember_rows() {
    for (Oid oid : with_descendants(ddl_, target_.oid, RelationLock::access_exclusive))
      type_changes_.before(ddl_, oid);
  }
  void rewrite_rows() { type_changes_.rewrite_rows(ddl_); }

 private:
  void apply(const query::AddColumn& a) {
    require_untyped(ddl_, target_.oid, "cannot add column to typed table");
    for (const Oid table : tables_of_type(ddl_, target_.oid, a.cascade)) {
      query::AddColumn copy;
      copy.column.name = a.column.name;
      copy.column.type = a.column.type;
      add_column_to_all({ddl_, table}, copy, Recurse::descend);
    }
    add_column_to_all(target_, a, recurse_);
    if (!a.column.foreign_options.empty())
      set_foreign_options(ddl_, target_.oid, {.column = a.column.name, .options = a.column.foreign_options});
  }
  void apply(const query::DropColumn& a) {
    require_untyped(ddl_, target_.oid, "cannot drop column from typed table");
    if (target_.table()->column_index(a.name) >= 0)
      for (const Oid table : tables_of_type(ddl_, target_.oid, a.cascade))
        drop_column_of_all({ddl_, table}, {a.name, false, a.cascade}, Recurse::descend);
    drop_column_of_all(target_, a, recurse_);
  }
  void apply(const query::AlterColumnType& a) {
    require_untyped(ddl_, target_.oid, "cannot alter column type of typed table");
    for (const Oid table : tables_of_type(ddl_, target_.oid, a.cascade)) {
      if (!a.using_)
        throw SqlError("42804", "column \"" + a.name + "\" cannot be cast automatically to type " +
                                    ddl_.catalog().format_type(a.type.oid, a.type.typmod));
      query::AlterColumnType copy;
      copy.name = a.name;
      copy.type = a.type;
      copy.using_ = renumbered(*a.using_, column_map(*target_.table(), *ddl_.reload(table)));
      alter_type_of_all({ddl_, table}, copy, Recurse::descend, type_changes_);
    }
    alter_type_of_all(target_, a, recurse_, type_changes_);
  }
  void apply(const query::SetColumnDefault& a) {
    on_all([&](AlterTarget t) {
      query::SetColumnDefault copy{a.name, a.value ? query::clone(*a.value) : nullptr};
      set_column_default(t, copy);
    });
  }
  void apply(const query::SetColumnNotNull& a) { set_not_null_of_all(target_, a, recurse_); }
  void apply(const query::DropColumnExpression& a) {
    RelationPtr table = target_.table();
    const int column = target_.column(a.name);
    if (recurse_ == Recurse::only && !table->children.empty())
      throw SqlError("0A000", "ALTER TABLE / DROP EXPRESSION must be applied to child tables too");
    if (origin_of_column(ddl_, target_.oid, column).parents > 0)
      throw SqlError("42P16", "cannot drop generation expression from inherited column");
    on_all([&](AlterTarget t) { drop_column_expression(t, a); });
  }
  void apply(const query::AddColumnIdentity& a) { add_column_identity(target_, a); }
  void apply(const query::AlterColumnIdentity& a) { alter_column_identity(target_, a); }
  void apply(const query::DropColumnIdentity& a) { drop_column_identity(target_, a); }

  void apply(const query::AddConstraint& a) {
    using Kind = query::Constraint::Kind;
    switch (a.constraint.kind) {
      case Kind::check: add_check_to_all(ddl_, target_.oid, a.constraint, recurse_); break;
      case Kind::foreign_key: add_foreign_key(ddl_, target_.oid, a.constraint, false); break;
      default:
        add_index_constraint(ddl_, target_.oid, a.constraint, false,
                             recurse_ == Recurse::only ? PartitionIndexes::attached_later
                                                       : PartitionIndexes::made);
        break;
    }
  }

  void apply(const query::DropConstraint& a) {
    drop_constraint_of_all(ddl_, target_.oid, a, recurse_);
  }

  void apply(const query::ValidateConstraint& a) {
    RelationPtr table = target_.table();
    Oid oid = find_constraint(ddl_, target_.oid, a.name);
    if (oid == 0) no_constraint(*table, a.name);
    bool known = false;
    for (const catalog::CheckConstraint& check : table->checks) known = known || check.oid == oid;
    for (const catalog::ForeignKey& key : table->foreign_keys) known = known || key.oid == oid;
    if (!known)
      throw SqlError("42809", "constraint \"" + a.name + "\" of relation \"" + table->name +
                                  "\" is not a foreign key or check constraint");
    for (const catalog::CheckConstraint& check : table->checks) {
      if (check.oid != oid || check.validated || check.no_inherit) continue;
      if (recurse_ == Recurse::only && !table->children.empty())
        throw SqlError("42P16", "constraint must be validated on child tables too");
      for (Oid child : with_descendants(ddl_, target_.oid, RelationLock::access_exclusive))
        if (child != target_.oid && find_constraint(ddl_, child, a.name) != 0)
          Alteration(ddl_, child, Recurse::only).validate_one(a.name);
    }
    validate_one(a.name);
  }

  void validate_one(const std::string& name) {
    RelationPtr table = target_.table();
    Oid oid = find_constraint(ddl_, target_.oid, name);
    for (const catalog::CheckConstraint& check : table->checks)
      if (check.oid == oid && !check.validated && table->storage)
        validate_check(ddl_, *table, check.name, *check.expression);
    for (const catalog::ForeignKey& key : table->foreign_keys)
      if (key.oid == oid && !key.validated && table->storage) validate_foreign_key(ddl_, *table, key);
    RowBuilder row = ddl_.writer().row(pg_constraint::kOid);
    row.set(pg_constraint::convalidated, true);
    ddl_.writer().update_one(0, {key_oid(oid)}, row);
  }

  void apply(const query::AlterConstraint& a) {
    Oid oid = find_constraint(ddl_, target_.oid, a.name);
    const RelationPtr table = target_.table();
    if (oid == 0) no_constraint(*table, a.name);
    if (std::ranges::find(table->foreign_keys, oid, &catalog::ForeignKey::oid) == table->foreign_keys.end())
      throw SqlError("42809", "constraint \"" + a.name + "\" of relation \"" + table->name + "\" is not a foreign key constraint");
    set_deferrable(ddl_, oid, a.deferrable, a.initially_deferred);
    RowBuilder row = ddl_.writer().row(pg_constraint::kOid);
    row.set(pg_constraint::condeferrable, a.deferrable);
    row.set(pg_constraint::condeferred, a.initially_deferred);
    ddl_.writer().update_one(0, {key_oid(oid)}, row);
  }

  void apply(const query::ChangeOwner& a) {
    const Oid owner = ddl_.role(a.owner);
    require_may_give_to(ddl_, relation_address(target_.oid), owner);
    change_owner(ddl_, target_.oid, owner);
  }

  void apply(const query::SetRelationOptions& a) {
    RowReader rows = ddl_.writer().read(pg_class::kOid, 0, {key_oid(target_.oid)});
    if (!rows.next()) return;
    const RelationKind kind = target_.table()->kind;
    const catalog::IndexDescriptor* index = target_.table()->index(target_.oid);
    std::vector<std::string> set;
    if (a.reset)
      require_no_values(a.options);
    else
      set = storage_parameters(index != nullptr ? parameter_owner(index->method) : parameter_owner(kind), a.options);
    if (kind == RelationKind::view && !a.reset) require_checkable_view(a.options, *target_.table()->view_query);
    std::vector<std::string> options = rows.row().strings(pg_class::reloptions);
    for (const query::Option& option : a.options)
      std::erase_if(options, [&](const std::string& text) {
        return text.starts_with(option.name + "=");
      });
    options.insert(options.end(), std::make_move_iterator(set.begin()), std::make_move_iterator(set.end()));
    RowBuilder row = ddl_.writer().row(pg_class::kOid);
    if (options.empty())
      row.set_null(pg_class::reloptions);
    else
      row.set(pg_class::reloptions, std::span<const std::string>(options));
    ddl_.writer().update(rows.row(), row);
  }

  void apply(const query::SetColumnStatistics& a) {
    RelationPtr table = target_.table();
    const catalog::IndexDescriptor* index = table->index(target_.oid);
    if (a.name.empty() && index == nullptr) throw SqlError("0A000", "cannot refer to non-index column by number");
    int target = a.target;
    if (target < -1) throw SqlError("22023", "statistics target " + std::to_string(target) + " is too low");
    if (target > kHighestColumnTarget) {
      target = kHighestColumnTarget;
      ddl_.warning("22023", "lowering statistics target to " + std::to_string(target));
    }
    if (table->column_index(a.name) < 0 && is_system_column(a.name))
      throw SqlError("0A000", "cannot alter system column \"" + a.name + "\"");
    const int column = a.name.empty() ? a.column_number - 1 : target_.column(a.name);
    if (index != nullptr) require_statistics_of_index(*table, *index, column);
    change_attribute(column, [&](RowBuilder& row) { row.set(pg_attribute::attstattarget, target); });
  }
  // Only what an index computes has statistics of its own.
  void require_statistics_of_index(const RelationDescriptor& relation, const catalog::IndexDescriptor& index, int column) {
    const auto keys = static_cast<int>(index.keys.size()), all = keys + static_cast<int>(index.included.size());
    if (column < 0 || column >= all)
      throw SqlError("42703", "column number " + std::to_string(column + 1) + " of relation \"" + relation.name +
                                  "\" does not exist");
    RowReader rows = ddl_.writer().read(pg_attribute::kOid, 0,
                                        {key_oid(relation.oid), key_int2(static_cast<std::int16_t>(column + 1))});
    const std::string name = rows.next() ? std::string(rows.row().text(pg_attribute::attname)) : std::string();
    if (column >= keys)
      throw SqlError("0A000", "cannot alter statistics on included column \"" + name + "\" of index \"" + relation.name + "\"");
    if (index.keys[static_cast<std::size_t>(column)].column >= 0)
      throw SqlError("0A000", "cannot alter statistics on non-expression column \"" + name + "\" of index \"" +
                                  relation.name + "\"")
          .with_hint("Alter statistics on table column instead.");
  }
  void apply(const query::SetColumnStorage& a) {
    char letter = a.storage == "plain" ? 'p' : a.storage == "external" ? 'e'
                  : a.storage == "main"  ? 'm' : a.storage == "extended" ? 'x' : '\0';
    if (letter == '\0')
      throw SqlError("22023", "invalid storage type \"" + a.storage + "\"");
    const int column = target_.column(a.name);
    const types::TypeRef type = target_.table()->columns[static_cast<std::size_t>(column)].type;
    if (const catalog::TypeInfo* info = ddl_.catalog().type(type.oid); letter != 'p' && info != nullptr && info->storage == 'p')
      throw SqlError("0A000", "column data type " + ddl_.catalog().format_type(type.oid) + " can only have storage PLAIN");
    change_attribute(column, [&](RowBuilder& row) { row.set(pg_attribute::attstorage, letter); });
    // What an index keeps of the column is kept the same way.
    for (const catalog::IndexDescriptor& index : target_.table()->indexes)
      for (std::size_t i = 0; i < index.keys.size(); ++i) {
        if (index.keys[i].column != column) continue;
        RowBuilder row = ddl_.writer().row(pg_attribute::kOid);
        row.set(pg_attribute::attstorage, letter);
        ddl_.writer().update_one(0, {key_oid(index.oid), key_int2(static_cast<std::int16_t>(i + 1))}, row);
      }
  }
  // Values are compressed by size, whatever the column says.
  void apply(const query::SetColumnCompression& a) {
    const int column = target_.column(a.name);
    const Oid type = target_.table()->columns[static_cast<std::size_t>(column)].type.oid;
    const char method = compression_method(ddl_, a.compression, type);
    change_attribute(column, [&](RowBuilder& row) { row.set(pg_attribute::attcompression, method); });
  }
  void apply(const query::SetColumnOptions& a) {
    target_.column(a.name);
    for (const query::Option& option : a.options)
      if (option.name != "n_distinct" && option.name != "n_distinct_inherited")
        throw SqlError("22023", "unrecognized parameter \"" + option.name + "\"");
      else
        require_distinct_count(option);
  }
  static void require_distinct_count(const query::Option& option) {
    if (!option.has_value) return;
    char* end = nullptr;
    const double value = std::strtod(option.value().c_str(), &end);
    if (option.value().empty() || *end != '\0')
      throw SqlError("22023", "invalid value for floating point option \"" + option.name + "\": " + option.value());
    if (value < -1)
      throw SqlError("22023", "value " + option.value() + " out of bounds for option \"" + option.name + "\"")
          .with_detail("Valid values are between \"-1.000000\" and \"" + std::to_string(std::numeric_limits<double>::max()) + "\".");
  }

  void apply(const query::SetTablespace& a) { require_tablespace(a.name); }
  void apply(const query::SetLogged& a) {
    RelationPtr table = target_.table();
    if ((table->persistence == 'u') == a.logged) require_row_type_unused(ddl_, *table);
    if (table->persistence == 't')
      throw SqlError("42P16", "cannot change logged status of table \"" + table->name + "\" because it is temporary");
    // No permanent table may refer to one whose rows may be lost.
    auto require_same = [&](const catalog::ForeignKey& key, Oid other_oid, const char* other_status, char refused) {
      RelationPtr other = other_oid == table->oid ? nullptr : ddl_.reload(other_oid);
      if (other != nullptr && other->persistence == refused)
        throw SqlError("42P16", "could not change table \"" + table->name + "\" to " + (a.logged ? "logged" : "unlogged") +
                                    " because it references " + other_status + " table \"" + other->name + "\"")
            .on_table(table->schema_name, table->name)
            .on_constraint(key.name);
    };
    if (a.logged)
      for (const catalog::ForeignKey& key : table->foreign_keys) require_same(key, key.referenced, "unlogged", 'u');
    else
      for (const catalog::ForeignKey& key : table->referenced_by) require_same(key, key.referencing, "logged", 'p');
    // A partitioned table has no rows that could be lost: its persistence stays, as PostgreSQL leaves it.
    if (table->kind == RelationKind::partitioned_table) return;
    constexpr int kPersistenceChanged = 1;  // see Host::before_rewrite()
    if ((table->persistence == 'u') == a.logged) ddl_.host().before_rewrite(target_.oid, kPersistenceChanged);
    auto set = [&](Oid relation) {
      update_class(ddl_, relation, [&](RowBuilder& row) { row.set(pg_class::relpersistence, a.logged ? 'p' : 'u'); });
    };
    set(target_.oid);
    for (const catalog::IndexDescriptor& index : table->indexes) set(index.oid);
    RowReader dependents = ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                              {key_oid(pg_class::kOid), key_oid(target_.oid)});
    while (dependents.next()) {
      if (dependents.row().oid(pg_depend::classid) != pg_class::kOid) continue;
      const RelationPtr sequence = ddl_.reload(dependents.row().oid(pg_depend::objid));
      if (sequence != nullptr && sequence->kind == RelationKind::sequence) set(sequence->oid);
    }
  }
  void apply(const query::SetAccessMethod& a) {
    if (a.name != "heap")
      throw SqlError("42704", "access method \"" + a.name + "\" does not exist");
  }
  // The primary key is what a table is clustered by; the wish is recorded.
  void apply(const query::ClusterOn& a) {
    const RelationPtr table = target_.table();
    mark_clustered(ddl_, *table, a.index);
    if (table->kind == RelationKind::partitioned_table)
      throw SqlError("0A000", "cannot mark index clustered in partitioned table");
  }
  void apply(const query::SetTriggerState& a) {
    const auto set = recurse_ == Recurse::only ? &set_own_trigger_state : &set_trigger_state;
    set(ddl_, target_.table()->oid, a.which == query::SetTriggerState::Which::named ? a.name : std::string(), a.state,
        a.which == query::SetTriggerState::Which::all);
  }
  void apply(const query::SetRuleState& a) { set_rule_state(ddl_, target_.table()->oid, a.name, a.state); }
  void apply(const query::SetRowSecurity& a) {
    update_class(ddl_, target_.oid, [&](RowBuilder& row) {
      if (a.enabled) row.set(pg_class::relrowsecurity, *a.enabled);
      if (a.forced) row.set(pg_class::relforcerowsecurity, *a.forced);
    });
  }
  // The one that tells every row apart from any other, at any moment.
  Oid identity_index(const RelationDescriptor& table, const std::string& name) {
    const Oid oid = ddl_.catalog().find_relation(table.schema_name, name);
    const RelationPtr relation = ddl_.catalog().relation(oid);
    if (relation == nullptr)
      throw SqlError("42704", "index \"" + name + "\" for table \"" + table.name + "\" does not exist");
    if (relation->kind != RelationKind::index && relation->kind != RelationKind::partitioned_index)
      throw SqlError("42809", "\"" + name + "\" is not an index");
    const catalog::IndexDescriptor* index = table.index(oid);
    if (index == nullptr) throw SqlError("42809", "\"" + name + "\" is not an index for table \"" + table.name + "\"");
    if (!index->unique) throw SqlError("42809", "cannot use non-unique index \"" + name + "\" as replica identity");
    if (!index->immediate) throw SqlError("0A000", "cannot use non-immediate index \"" + name + "\" as replica identity");
    for (const catalog::IndexKey& key : index->keys)
      if (key.expression) throw SqlError("0A000", "cannot use expression index \"" + name + "\" as replica identity");
    if (index->predicate) throw SqlError("0A000", "cannot use partial index \"" + name + "\" as replica identity");
    for (const catalog::IndexKey& key : index->keys) {
      const catalog::Column& column = table.columns[static_cast<std::size_t>(key.column)];
      if (!column.not_null)
        throw SqlError("42809", "index \"" + name + "\" cannot be used as replica identity because column \"" +
                                    column.name + "\" is nullable");
    }
    return oid;
  }
  void apply(const query::SetReplicaIdentity& a) {
    const RelationPtr table = target_.table();
    const Oid chosen = a.kind == 'i' ? identity_index(*table, a.index) : Oid{0};
    update_class(ddl_, target_.oid,
                 [&](RowBuilder& row) { row.set(pg_class::relreplident, a.kind); });
    for (const catalog::IndexDescriptor& index : table->indexes) {
      RowBuilder row = ddl_.writer().row(pg_index::kOid);
      row.set(pg_index::indisreplident, index.oid == chosen);
      ddl_.writer().update_one(0, {key_oid(index.oid)}, row);
    }
  }
  void apply(const query::AddInherit& a) {
    require_untyped(ddl_, target_.oid, "cannot change inheritance of typed table");
    add_inherit(ddl_, target_.oid, a.parent);
  }
  void apply(const query::DropInherit& a) {
    require_untyped(ddl_, target_.oid, "cannot change inheritance of typed table");
    drop_inherit(ddl_, target_.oid, a.parent);
  }
  void apply(const query::AttachPartition& a) {
    if (target_.table()->kind == RelationKind::partitioned_index)
      attach_index_command(ddl_, target_.oid, a.partition);
    else
      attach_partition(ddl_, target_.oid, a);
  }
  void apply(const query::DetachPartition& a) {
    if (target_.table()->kind == RelationKind::table)
      throw SqlError("42P17", "table \"" + target_.table()->name + "\" is not partitioned");
    detach_partition(ddl_, target_.oid, a);
  }
  void apply(const query::SetForeignOptions& a) { set_foreign_options(ddl_, target_.oid, a); }
  void apply(const query::SetOfType& a) { set_type_of_table(ddl_, target_.oid, a.type); }

  void change_attribute(int column, const std::function<void(RowBuilder&)>& change) {
    RowBuilder row = ddl_.writer().row(pg_attribute::kOid);
    change(row);
    ddl_.writer().update_one(
        0, {key_oid(target_.oid), key_int2(static_cast<std::int16_t>(column + 1))}, row);
  }

  // The table and, without ONLY, everything below it.
  void on_all(const std::function<void(AlterTarget)>& change) {
    change(target_);
    if (recurse_ == Recurse::only) return;
    for (Oid oid : with_descendants(ddl_, target_.oid, RelationLock::access_exclusive))
      if (oid != target_.oid) change({ddl_, oid});
  }

  Ddl& ddl_;
  AlterTarget target_;
  Recurse recurse_;
  TypeChanges type_changes_;
};

// The action as messages name it, and the kinds of relation that take it (letters of relkind).
struct ActionRule {
  const char* name;
  const char* kinds;
};
ActionRule rule_of(const query::AlterTableAction& action) {
  return std::visit(
      Overloaded{
          [](const query::AddColumn&) { return ActionRule{"ADD COLUMN", "rpcf"}; },
          [](const query::DropColumn&) { return ActionRule{"DROP COLUMN", "rpcf"}; },
          [](const query::AlterColumnType&) { return ActionRule{"ALTER COLUMN ... SET DATA TYPE", "rpcf"}; },
          [](const query::SetColumnDefault&) { return ActionRule{"ALTER COLUMN ... SET DEFAULT", "rpvf"}; },
          [](const query::SetColumnNotNull& a) {
            return ActionRule{a.not_null ? "ALTER COLUMN ... SET NOT NULL"
                                         : "ALTER COLUMN ... DROP NOT NULL", "rpf"};
          },
          [](const query::DropColumnExpression&) { return ActionRule{"ALTER COLUMN ... DROP EXPRESSION", "rpf"}; },
          [](const query::AddColumnIdentity&) { return ActionRule{"ALTER COLUMN ... ADD IDENTITY", "rvf"}; },
          [](const query::AlterColumnIdentity&) { return ActionRule{"ALTER COLUMN ... SET", "rvf"}; },
          [](const query::DropColumnIdentity&) { return ActionRule{"ALTER COLUMN ... DROP IDENTITY", "rvf"}; },
          [](const query::SetColumnStatistics&) { return ActionRule{"ALTER COLUMN ... SET STATISTICS", "rpmifI"}; },
          [](const query::SetColumnStorage&) { return ActionRule{"ALTER COLUMN ... SET STORAGE", "rpmf"}; },
          [](const query::SetColumnCompression&) { return ActionRule{"ALTER COLUMN ... SET COMPRESSION", "rpm"}; },
          [](const query::SetColumnOptions& a) {
            return ActionRule{a.reset ? "ALTER COLUMN ... RESET" : "ALTER COLUMN ... SET", "rpmf"};
          },
          [](const query::AddConstraint&) { return ActionRule{"ADD CONSTRAINT", "rpf"}; },
          [](const query::AlterConstraint&) { return ActionRule{"ALTER CONSTRAINT", "rp"}; },
          [](const query::ValidateConstraint&) { return ActionRule{"VALIDATE CONSTRAINT", "rpf"}; },
          [](const query::DropConstraint&) { return ActionRule{"DROP CONSTRAINT", "rpf"}; },
          [](const query::SetRelationOptions& a) {
            return ActionRule{a.reset ? "RESET" : "SET", "rpvmiI"};
          },
          [](const query::SetLogged& a) { return ActionRule{a.logged ? "SET LOGGED" : "SET UNLOGGED", "rpS"}; },
          [](const query::SetAccessMethod&) { return ActionRule{"SET ACCESS METHOD", "rm"}; },
          [](const query::ClusterOn&) { return ActionRule{"CLUSTER ON", "rpm"}; },
          [](const query::AddInherit&) { return ActionRule{"INHERIT", "rpf"}; },
          [](const query::DropInherit&) { return ActionRule{"NO INHERIT", "rpf"}; },
          [](const query::AttachPartition&) { return ActionRule{"ATTACH PARTITION", "pI"}; },
          [](const query::DetachPartition&) { return ActionRule{"DETACH PARTITION", "rp"}; },
          [](const query::SetRowSecurity&) { return ActionRule{"ENABLE ROW SECURITY", "rp"}; },
          [](const query::SetReplicaIdentity&) { return ActionRule{"REPLICA IDENTITY", "rpm"}; },
          [](const query::SetRuleState&) { return ActionRule{"ENABLE RULE", "rp"}; },
          [](const query::SetTriggerState&) { return ActionRule{"ENABLE TRIGGER", "rpf"}; },
          [](const query::SetOfType&) { return ActionRule{"OF", "r"}; },
          [](const query::SetForeignOptions& a) {
            return ActionRule{a.column.empty() ? "OPTIONS" : "ALTER COLUMN ... OPTIONS", "f"};
          },
          [](const auto&) { return ActionRule{"", nullptr}; }},
      action);
}

void require_kind(const RelationDescriptor& table, const query::AlterTableAction& action) {
  const ActionRule rule = rule_of(action);
  if (rule.kinds == nullptr || std::strchr(rule.kinds, static_cast<char>(table.kind)) != nullptr)
    return;
  std::string detail = std::string(kind_name(table.kind)) + "s.";
  if (table.kind == RelationKind::index) detail = "indexes.";
  if (table.kind == RelationKind::partitioned_index) detail = "partitioned indexes.";
  throw SqlError("42809", std::string("ALTER action ") + rule.name +
                              " cannot be performed on relation \"" + table.name + "\"")
      .with_detail("This operation is not supported for " + detail);
}

}  // namespace

int AlterTarget::column(const std::string& name) const {
  RelationPtr descriptor = table();
  int found = descriptor->column_index(name);
  if (found < 0 && is_system_column(name)) throw SqlError("0A000", "cannot alter system column \"" + name + "\"");
  if (found < 0)
    throw SqlError("42703", "column \"" + name + "\" of relation \"" + descriptor->name +
                                "\" does not exist");
  return found;
}

void require_tablespace(const std::string& name) {
  if (name.empty() || name == "pg_default") return;
  if (name == "pg_global") throw SqlError("22023", "only shared relations can be placed in pg_global tablespace");
  throw SqlError("42704", "tablespace \"" + name + "\" does not exist");
}

namespace {

// Options that say nothing about what a query means or an index holds.
bool only_storage(const std::vector<query::Option>& options) {
  constexpr std::string_view kOthers[] = {"security_barrier", "security_invoker", "check_option", "user_catalog_table",
                                          "buffering", "fastupdate", "gin_pending_list_limit"};
  return std::none_of(options.begin(), options.end(), [&](const query::Option& option) {
    return std::find(std::begin(kOthers), std::end(kOthers), option.name) != std::end(kOthers);
  });
}

// What the action does to a table it does to those that inherit from it.
bool goes_below(const query::AlterTableAction& action) {
  return std::visit(Overloaded{[](const query::AddColumn&) { return true; }, [](const query::DropColumn&) { return true; },
                               [](const query::AlterColumnType&) { return true; },
                               [](const query::SetColumnDefault&) { return true; },
                               [](const query::SetColumnNotNull&) { return true; },
                               [](const query::DropColumnExpression&) { return true; },
                               [](const query::AddConstraint&) { return true; },
                               [](const query::DropConstraint&) { return true; }, [](const auto&) { return false; }},
                    action);
}

// PostgreSQL's AlterTableGetLockLevel(): most actions exclude everybody.
RelationLock lock_for(const query::AlterTable& statement) {
  if (statement.kind != query::ObjectKind::table) return RelationLock::access_exclusive;
  RelationLock strongest = RelationLock::share_update_exclusive;
  for (const query::AlterTableAction& action : statement.actions) {
    RelationLock lock = RelationLock::access_exclusive;
    if (std::holds_alternative<query::ValidateConstraint>(action) ||
        std::holds_alternative<query::SetColumnStatistics>(action) ||
        std::holds_alternative<query::SetColumnOptions>(action) || std::holds_alternative<query::ClusterOn>(action))
      lock = RelationLock::share_update_exclusive;
    else if (const auto* set = std::get_if<query::SetRelationOptions>(&action); set != nullptr && only_storage(set->options))
      lock = RelationLock::share_update_exclusive;
    else if (std::holds_alternative<query::SetTriggerState>(action))
      lock = RelationLock::share_row_exclusive;
    else if (const auto* add = std::get_if<query::AddConstraint>(&action);
             add != nullptr && add->constraint.kind == query::Constraint::Kind::foreign_key)
      lock = RelationLock::share_row_exclusive;
    strongest = std::max(strongest, lock);
  }
  return strongest;
}

}  // namespace

void alter_table(Ddl& ddl, const query::AlterTable& statement) {
  const RelationLock lock = lock_for(statement);
  RelationPtr table = statement.missing_ok ? ddl.open_if_exists(statement.table, lock)
                                           : ddl.open(statement.table, lock);
  if (table == nullptr) {
    ddl.notice("00000", "relation \"" + statement.table.name + "\" does not exist, skipping");
    return;
  }
  auto wrong_kind = [&](const char* what) {
    throw SqlError("42809", "\"" + table->name + "\" is not " + what);
  };
  if (statement.kind == query::ObjectKind::view && table->kind != RelationKind::view)
    wrong_kind("a view");
  if (statement.kind == query::ObjectKind::sequence && table->kind != RelationKind::sequence)
    wrong_kind("a sequence");
  if (statement.kind == query::ObjectKind::index && table->kind != RelationKind::index &&
      table->kind != RelationKind::partitioned_index)
    wrong_kind("an index");
  if (statement.kind == query::ObjectKind::materialized_view &&
      table->kind != RelationKind::materialized_view)
    wrong_kind("a materialized view");
  if (statement.kind == query::ObjectKind::foreign_table && table->kind != RelationKind::foreign_table)
    wrong_kind("a foreign table");
  ddl.require_owner(*table);
  ddl.require_unused(*table, "ALTER TABLE");
  for (const query::AlterTableAction& action : statement.actions) require_kind(*table, action);
  if (statement.table.include_children && std::any_of(statement.actions.begin(), statement.actions.end(), goes_below))
    for (Oid oid : with_descendants(ddl, table->oid, lock))
      if (oid != table->oid) ddl.require_unused(*ddl.reload(oid), "ALTER TABLE");
  Alteration alteration(ddl, table->oid,
                        statement.table.include_children ? Recurse::descend : Recurse::only);
  bool changes_types = false, drops_keys = false;
  for (const query::AlterTableAction& action : statement.actions) {
    changes_types |= std::holds_alternative<query::AlterColumnType>(action);
    drops_keys |= std::holds_alternative<query::DropConstraint>(action);
  }
  // A key that goes may take the table's order along: then the rows are those of after that.
  if (changes_types && !drops_keys) alteration.remember_rows();
  for (int pass = 0; pass < kPasses; ++pass) {
    for (const query::AlterTableAction& action : statement.actions)
      if (pass_of(action) == pass) alteration.run(action);
    if (pass == kAlterType) alteration.rewrite_rows();
  }
}

}  // namespace commands
