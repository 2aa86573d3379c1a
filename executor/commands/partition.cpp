#include "partition.h"

#include <algorithm>

#include "drop.h"
#include "eval/compile.h"
#include "eval/index_expressions.h"
#include "eval/program.h"
#include "inheritance.h"
#include "query/serialize.h"
#include "query/walk.h"
#include "catalog/collators.h"
#include "operator_class.h"
#include "row_triggers.h"

namespace commands {
namespace {

using query::PartitionBound;
using query::PartitionStrategy;
using BoundKind = PartitionBound::Value::Kind;

Oid partition_class(Ddl& ddl, const types::TypeRef& type, const query::ObjectName& name,
                    PartitionStrategy strategy) {
  const Oid method = strategy == PartitionStrategy::hash ? catalog::kHash : catalog::kBtree;
  const char* method_name = strategy == PartitionStrategy::hash ? "hash" : "btree";
  if (!name.name.empty()) {
    const catalog::OperatorClassInfo* found =
        ddl.catalog().find_operator_class(name.schema, method, name.name);
    if (found == nullptr)
      throw SqlError("42704", "operator class \"" + name.name +
                                  "\" does not exist for access method \"" + method_name + "\"");
    if (strategy != PartitionStrategy::hash) require_own_order(ddl, found->oid, type.oid);
    return found->oid;
  }
  const catalog::OperatorClassInfo* found = ddl.catalog().default_operator_class(type.oid, method);
  if (found == nullptr)
    throw SqlError("42704", "data type " + ddl.catalog().format_type(type.oid) +
                                " has no default operator class for access method \"" +
                                method_name + "\"")
        .with_hint(std::string("You must specify a ") + method_name +
                   " operator class or define a default " + method_name +
                   " operator class for the data type.");
  return found->oid;
}

// The expression's value as a constant of its type.
query::ExpressionPtr constant_of(Ddl& ddl, const query::Expression& expression) {
  if (std::holds_alternative<query::Constant>(expression.node)) return query::clone(expression);
  eval::Program program = planner::compile_expression(expression, ddl.catalog());
  eval::Evaluator evaluator(program, 1);
  operators::ExecutionContext execution = ddl.host().execution_context();
  types::Arena arena;
  types::EvalContext context = execution.eval;
  context.arena = &arena;
  eval::Environment environment;
  evaluator.bind(environment, context);
  const types::Datum value = evaluator.value(0);
  auto constant = std::make_unique<query::Expression>();
  constant->type = expression.type;
  constant->location = expression.location;
  if (value.is_null || eval::physical_type(ddl.catalog(), expression.type.oid) !=
                           types::PhysicalType::varlen)
    constant->node = query::Constant(value);
  else
    constant->node = query::Constant::varlen(std::string(value.as<std::string_view>()));
  return constant;
}

int location_of(const std::vector<PartitionBound::Value>& values) {
  for (const PartitionBound::Value& value : values)
    if (value.expression && value.expression->location >= 0) return value.expression->location;
  return -1;
}

// Where the first value of `lower` stands that makes it greater than `upper`; the last one where the two are equal.
int location_of_excess(const planner::PartitionTable& table, const std::vector<PartitionBound::Value>& lower,
                       const std::vector<PartitionBound::Value>& upper) {
  std::size_t at = 0;
  while (at + 1 < lower.size() && at + 1 < upper.size() && lower[at].kind == upper[at].kind &&
         lower[at].kind == BoundKind::value &&
         table.compare(at, planner::bound_value(lower[at]), planner::bound_value(upper[at])) == 0)
    ++at;
  return lower[at].expression ? lower[at].expression->location : -1;
}

std::string range_text(Ddl& ddl, const std::vector<PartitionBound::Value>& values) {
  std::string text = "(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    if (values[i].kind == BoundKind::min) {
      text += "MINVALUE";
    } else if (values[i].kind == BoundKind::max) {
      text += "MAXVALUE";
    } else {
      const types::TypeRef type = values[i].expression->type;
      const bool quoted = eval::physical_type(ddl.catalog(), type.oid) == types::PhysicalType::varlen ||
                          ddl.catalog().type(type.oid)->category != 'N';
      const std::string value =
          value_list(ddl, std::span(&type, 1), std::span(&planner::bound_value(values[i]), 1));
      text += quoted ? "'" + value + "'" : value;
    }
  }
  return text + ")";
}

// Constants, in order, and no conflict with the partitions there are (`self` apart).
PartitionBound checked_bound(Ddl& ddl, const RelationDescriptor& parent, const std::string& name,
                             const PartitionBound& written, Oid self, int bound_location = -1) {
  const PartitionStrategy strategy = parent.partition_key->strategy;
  PartitionBound bound;
  bound.strategy = written.is_default ? strategy : written.strategy;
  bound.is_default = written.is_default;
  bound.modulus = written.modulus;
  bound.remainder = written.remainder;
  planner::PartitionTable table(ddl.reload(parent.oid), ddl.catalog(), self);
  auto conflict = [&](const PartitionBound& with, int location) {
    const int at = table.overlapping(with);
    if (at < 0) return;
    throw SqlError("42P17", "partition \"" + name + "\" would overlap partition \"" +
                                table.partitions()[static_cast<std::size_t>(at)].relation->name + "\"")
        .at(location);
  };
  if (written.is_default) {
    if (strategy == PartitionStrategy::hash)
      throw SqlError("42P16", "a hash-partitioned table may not have a default partition");
    if (table.default_partition() >= 0)
      throw SqlError("42P17",
                     "partition \"" + name + "\" conflicts with existing default partition \"" +
                         table.partitions()[static_cast<std::size_t>(table.default_partition())]
                             .relation->name + "\"")
          .at(bound_location);
    return bound;
  }
  auto constants = [&](const std::vector<PartitionBound::Value>& from,
                       std::vector<PartitionBound::Value>& to) {
    for (const PartitionBound::Value& value : from) {
      PartitionBound::Value v{};
      v.kind = value.kind;
      if (value.expression) v.expression = constant_of(ddl, *value.expression);
      to.push_back(std::move(v));
    }
  };
  switch (strategy) {
    case PartitionStrategy::hash: {
      if (bound.modulus <= 0)
        throw SqlError("42P16", "modulus for hash partition must be an integer value greater than zero");
      if (bound.remainder < 0)
        throw SqlError("42P16", "remainder for hash partition must be an integer value greater "
                                "than or equal to zero");
      if (bound.remainder >= bound.modulus)
        throw SqlError("42P16", "remainder for hash partition must be less than modulus");
      const planner::PartitionTable::Partition *below = nullptr, *above = nullptr;
      for (const auto& other : table.partitions()) {
        if (other.bound->modulus <= bound.modulus) below = &other;
        if (other.bound->modulus >= bound.modulus && above == nullptr) above = &other;
      }
      auto not_a_factor = [&](const std::string& detail) {
        throw SqlError("42P17", "every hash partition modulus must be a factor of the next larger modulus")
            .with_detail(detail);
      };
      if (below != nullptr && bound.modulus % below->bound->modulus != 0)
        not_a_factor("The new modulus " + std::to_string(bound.modulus) + " is not divisible by " +
                     std::to_string(below->bound->modulus) +
                     ", the modulus of existing partition \"" + below->relation->name + "\".");
      if (above != nullptr && above->bound->modulus % bound.modulus != 0)
        not_a_factor("The new modulus " + std::to_string(bound.modulus) + " is not a factor of " +
                     std::to_string(above->bound->modulus) +
                     ", the modulus of existing partition \"" + above->relation->name + "\".");
      conflict(bound, bound_location);
      break;
    }
    case PartitionStrategy::list: {
      constants(written.list, bound.list);
      // The same value twice counts once.
      std::vector<PartitionBound::Value> distinct;
      for (PartitionBound::Value& value : bound.list) {
        const types::Datum& mine = planner::bound_value(value);
        const bool seen = std::any_of(distinct.begin(), distinct.end(), [&](auto& other) {
          const types::Datum& its = planner::bound_value(other);
          return mine.is_null ? its.is_null
                              : !its.is_null && table.compare(0, mine, its) == 0;
        });
        if (!seen) distinct.push_back(std::move(value));
      }
      bound.list = std::move(distinct);
      for (const PartitionBound::Value& value : bound.list) {
        PartitionBound one;
        one.strategy = strategy;
        PartitionBound::Value v{};
        v.kind = BoundKind::value;
        if (value.expression) v.expression = query::clone(*value.expression);
        one.list.push_back(std::move(v));
        conflict(one, value.expression ? value.expression->location : -1);
      }
      break;
    }
    default: {
      constants(written.lower, bound.lower);
      constants(written.upper, bound.upper);
      for (const auto* side : {&bound.lower, &bound.upper})
        for (const PartitionBound::Value& value : *side)
          if (value.kind == BoundKind::value && planner::bound_value(value).is_null)
            throw SqlError("42P17", "cannot specify NULL in range bound");
      if (table.compare_range(bound.lower, bound.upper) >= 0)
        throw SqlError("42P17", "empty range bound specified for partition \"" + name + "\"")
            .with_detail("Specified lower bound " + range_text(ddl, bound.lower) +
                         " is greater than or equal to upper bound " +
                         range_text(ddl, bound.upper) + ".")
            .at(location_of_excess(table, bound.lower, bound.upper));
      conflict(bound, location_of(written.lower));
    }
  }
  return bound;
}

void set_bound(Ddl& ddl, Oid partition, const PartitionBound& bound) {
  update_class(ddl, partition, [&](RowBuilder& row) {
    row.set(pg_class::relispartition, true);
    row.set(pg_class::relpartbound, query::serialize_bound(bound));
  });
}

void note_default(Ddl& ddl, Oid parent, Oid partition) {
  RowBuilder row = ddl.writer().row(catalog::pg_partitioned_table::kOid);
  row.set(catalog::pg_partitioned_table::partdefid, partition);
  ddl.writer().update_one(0, {key_oid(parent)}, row);
}

std::vector<Oid> leaves_of(Ddl& ddl, Oid relation) {
  std::vector<Oid> leaves;
  for (Oid oid : with_descendants(ddl, relation, RelationLock::access_exclusive))
    if (RelationPtr r = ddl.reload(oid); r != nullptr && r->storage) leaves.push_back(oid);
  return leaves;
}

// A new partition takes keys away from the default one.
void validate_default(Ddl& ddl, Oid parent, Oid partition) {
  planner::PartitionTable table(ddl.reload(parent), ddl.catalog());
  const int at = table.default_partition();
  if (at < 0) return;
  const RelationPtr rest = table.partitions()[static_cast<std::size_t>(at)].relation;
  if (rest->oid == partition) return;
  for (Oid leaf : leaves_of(ddl, rest->oid)) {
    RelationPtr relation = ddl.reload(leaf);
    validate_partition(ddl, *relation, table, at,
                       "updated partition constraint for default partition \"" + relation->name +
                           "\" would be violated by some row");
  }
}

}  // namespace

namespace {

struct ColumnUse {
  bool any = false, system = false;
};
void note_columns(const query::Expression& e, ColumnUse& use) {
  if (const auto* column = std::get_if<query::ColumnReference>(&e.node)) {
    use.any = true;
    use.system = use.system || (column->column < 0 && column->column != query::kWholeRowColumn);
  }
  query::for_each_child(e, [&](const query::Expression& child) { note_columns(child, use); });
}

// A row must always be found where it was put.
void require_key_expression(Ddl& ddl, const query::Expression& expression, std::size_t number) {
  const catalog::TypeInfo* type = ddl.catalog().type(expression.type.oid);
  if (type != nullptr && type->kind == 'p')
    throw SqlError("42P16", "partition key column " + std::to_string(number) + " has pseudo-type " +
                                ddl.catalog().format_type(type->oid));
  ColumnUse use;
  note_columns(expression, use);
  if (use.system) throw SqlError("42P17", "partition key expressions cannot contain system column references");
  if (eval::contains_mutable(ddl.catalog(), expression))
    throw SqlError("42P17", "functions in partition key expression must be marked IMMUTABLE");
  if (!use.any) throw SqlError("42P17", "cannot use constant expression as partition key");
}

}  // namespace

void insert_partition_key(Ddl& ddl, Oid table_oid, const query::CreateTable& statement) {
  namespace columns = catalog::pg_partitioned_table;
  if (statement.partition_by == PartitionStrategy::list && statement.partition_keys.size() > 1)
    throw SqlError("42P17", "cannot use \"list\" partition strategy with more than one column");
  if (statement.partition_keys.size() > 32)
    throw SqlError("54011", "cannot partition using more than 32 columns");
  RelationPtr table = ddl.reload(table_oid);
  std::vector<std::int16_t> attributes;
  std::vector<Oid> classes, collations;
  std::string expressions;
  for (const query::PartitionKey& key : statement.partition_keys) {
    types::TypeRef type;
    if (!key.column.empty()) {
      const int column = table->column_index(key.column);
      const catalog::Column& c = table->columns[static_cast<std::size_t>(column)];
      if (c.generated)
        throw SqlError("42P17", "cannot use generated column in partition key")
            .with_detail("Column \"" + c.name + "\" is a generated column.")
            .at(key.location);
      attributes.push_back(static_cast<std::int16_t>(column + 1));
      type = c.type;
    } else {
      attributes.push_back(0);
      type = key.expression->type;
      if (const catalog::TypeInfo* info = ddl.catalog().type(type.oid); type.collation == 0 && info != nullptr && info->collation != 0)
        throw SqlError("42P16", "no collation was derived for partition key column " + std::to_string(attributes.size()) +
                                    " with collatable type " + ddl.catalog().format_type(type.oid))
            .with_hint("Use the COLLATE clause to set the collation explicitly.");
      require_key_expression(ddl, *key.expression, attributes.size());
      const std::string one = query::serialize(*key.expression);
      expressions += std::to_string(one.size()) + ":" + one;
    }
    const Oid collation = key_collation(ddl, type, key.collation, "partition expression");
    classes.push_back(partition_class(ddl, type, key.operator_class, statement.partition_by));
    collations.push_back(collation);
    catalog::collated_key(ddl.catalog(), type.oid, collations.back(), "a partition key");
  }
  RowBuilder row = ddl.writer().row(columns::kOid);
  row.set(columns::partrelid, table_oid);
  row.set(columns::partstrat, static_cast<char>(statement.partition_by));
  row.set(columns::partnatts, static_cast<int>(attributes.size()));
  row.set(columns::partdefid, Oid{0});
  row.set(columns::partattrs, std::span<const std::int16_t>(attributes));
  row.set(columns::partclass, std::span<const Oid>(classes));
  row.set(columns::partcollation, std::span<const Oid>(collations));
  if (!expressions.empty()) row.set(columns::partexprs, expressions);
  ddl.writer().insert(row);
  const ObjectAddress self = relation_address(table_oid);
  for (const query::PartitionKey& key : statement.partition_keys)
    if (key.expression) ddl.depend_on_expression(self, *key.expression, 0);
}

void make_partition(Ddl& ddl, Oid table, const query::CreateTable& statement) {
  RelationPtr parent = ddl.catalog().open_relation(statement.partition_of->oid,
                                                   RelationLock::access_exclusive);
  if (parent == nullptr || parent->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "\"" + statement.partition_of->name + "\" is not partitioned");
  const PartitionBound bound =
      checked_bound(ddl, *parent, statement.name.name, statement.bound, table);
  set_bound(ddl, table, bound);
  add_parent(ddl, table, *parent, Dependency::automatic);
  if (bound.is_default) note_default(ddl, parent->oid, table);
  validate_default(ddl, parent->oid, table);
}

void require_partition_columns(Ddl&, const RelationDescriptor& table, const NewIndex& index,
                               std::string_view what) {
  for (const catalog::PartitionKeyColumn& key : table.partition_key->columns) {
    if (key.column < 0)
      throw SqlError("0A000", "unsupported " + std::string(what) +
                                  " constraint with partition key definition")
          .with_detail(std::string(what) +
                       " constraints cannot be used when partition keys include expressions.");
    const bool found = std::any_of(index.keys.begin(), index.keys.end(),
                                   [&](auto& k) { return k.column == key.column; });
    if (!found)
      throw SqlError("0A000",
                     "unique constraint on partitioned table must include all partitioning columns")
          .with_detail(std::string(what) + " constraint on table \"" + table.name +
                       "\" lacks column \"" +
                       table.columns[static_cast<std::size_t>(key.column)].name +
                       "\" which is part of the partition key.");
  }
}

void attach_index(Ddl& ddl, Oid child, Oid partition, Oid parent) {
  RowBuilder row = ddl.writer().row(pg_inherits::kOid);
  row.set(pg_inherits::inhrelid, child);
  row.set(pg_inherits::inhparent, parent);
  row.set(pg_inherits::inhseqno, 1);
  row.set(pg_inherits::inhdetachpending, false);
  ddl.writer().insert(row);
  update_class(ddl, child, [](RowBuilder& r) { r.set(pg_class::relispartition, true); });
  update_class(ddl, parent, [](RowBuilder& r) { r.set(pg_class::relhassubclass, true); });
  ddl.depend(relation_address(child), relation_address(parent), Dependency::partition_primary);
  ddl.depend(relation_address(child), relation_address(partition),
             Dependency::partition_secondary);
}

namespace {

// Whether an index of the partition does what the parent's asks for.
bool same_shape(const catalog::IndexDescriptor& own, const catalog::IndexDescriptor& wanted,
                const std::vector<int>& map) {
  if (own.unique != wanted.unique || own.keys.size() != wanted.keys.size() ||
      own.included.size() != wanted.included.size() ||
      own.nulls_not_distinct != wanted.nulls_not_distinct ||
      (own.predicate == nullptr) != (wanted.predicate == nullptr))
    return false;
  if (wanted.constraint != 0 && (own.constraint == 0 || own.primary != wanted.primary)) return false;
  for (std::size_t i = 0; i < own.keys.size(); ++i) {
    const catalog::IndexKey &a = own.keys[i], &b = wanted.keys[i];
    if (a.operator_class != b.operator_class || a.collation != b.collation ||
        a.descending != b.descending || a.nulls_first != b.nulls_first)
      return false;
    if (b.column >= 0 ? a.column != map[static_cast<std::size_t>(b.column)]
                      : a.column >= 0 || !query::equal(*a.expression, *renumbered(*b.expression, map)))
      return false;
  }
  for (std::size_t i = 0; i < own.included.size(); ++i)
    if (own.included[i] != map[static_cast<std::size_t>(wanted.included[i])]) return false;
  return own.predicate == nullptr ||
         query::equal(*own.predicate, *renumbered(*wanted.predicate, map));
}

bool is_attached(Ddl& ddl, Oid index) {
  RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(index)});
  return rows.next();
}

// `copied`: the partition had none of its own.
void inherit_constraint(Ddl& ddl, Oid child, Oid parent, Oid partition, bool copied = false) {
  if (child == 0 || parent == 0) return;
  RowBuilder row = ddl.writer().row(pg_constraint::kOid);
  row.set(pg_constraint::conparentid, parent);
  row.set(pg_constraint::conislocal, false);
  row.set(pg_constraint::coninhcount, 1);
  if (copied) row.set(pg_constraint::connoinherit, false);
  ddl.writer().update_one(0, {key_oid(child)}, row);
  ddl.depend({pg_constraint::kOid, child, 0}, {pg_constraint::kOid, parent, 0},
             Dependency::partition_primary);
  ddl.depend({pg_constraint::kOid, child, 0}, relation_address(partition),
             Dependency::partition_secondary);
}

}  // namespace

void copy_parent_parts(Ddl& ddl, Oid partition_oid, Oid parent_oid, InvalidIndexes invalid) {
  RelationPtr parent = ddl.reload(parent_oid);
  for (const catalog::IndexDescriptor& index : parent->indexes) {
    RelationPtr partition = ddl.reload(partition_oid);
    const std::vector<int> map = column_map(*parent, *partition);
    Oid found = 0;
    bool attached = false;
    for (const catalog::IndexDescriptor& own : partition->indexes) {
      RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(own.oid)});
      attached = attached || (rows.next() && rows.row().oid(pg_inherits::inhparent) == index.oid);
    }
    if (attached) continue;
    for (const catalog::IndexDescriptor& own : partition->indexes)
      if (found == 0 && same_shape(own, index, map) && !is_attached(ddl, own.oid) &&
          (own.valid || invalid == InvalidIndexes::taken))
        found = own.oid;
    const bool copied = found == 0;
    if (copied) found = make_partition_index(ddl, *partition, *parent, index, map);
    attach_index(ddl, found, partition_oid, index.oid);
    const RelationPtr now = ddl.reload(partition_oid);
    const catalog::IndexDescriptor* own = now->index(found);
    if (own == nullptr) continue;
    if (index.constraint != 0) inherit_constraint(ddl, own->constraint, index.constraint, partition_oid, copied);
    if (!own->valid) set_index_validity(ddl, index.oid, false);
  }
  for (const catalog::ForeignKey& key : parent->foreign_keys) {
    RelationPtr partition = ddl.reload(partition_oid);
    const std::vector<int> map = column_map(*parent, *partition);
    Oid found = 0;
    bool attached = false;
    for (const catalog::ForeignKey& own : partition->foreign_keys) {
      if (own.parent == key.oid) attached = true;
      if (own.parent != 0 || own.referenced != key.referenced ||
          own.referenced_columns != key.referenced_columns || own.match != key.match ||
          own.on_update != key.on_update || own.on_delete != key.on_delete ||
          own.deferrable != key.deferrable || own.initially_deferred != key.initially_deferred)
        continue;
      bool same = own.columns.size() == key.columns.size();
      for (std::size_t i = 0; same && i < own.columns.size(); ++i)
        same = own.columns[i] == map[static_cast<std::size_t>(key.columns[i])];
      if (same) found = own.oid;
    }
    if (attached) continue;
    if (found == 0)
      found = copy_foreign_key(ddl, partition_oid, *parent, key, map);
    else
      remove_referenced_side(ddl, found);
    inherit_constraint(ddl, found, key.oid, partition_oid);
    inherit_referencing_triggers(ddl, found, key.oid);
  }
  add_references(ddl, partition_oid, *ddl.reload(parent_oid));
  copy_row_triggers(ddl, partition_oid, *ddl.reload(parent_oid));
}

namespace {

// Valid as soon as every partition has a valid one; so may be the index above it then.
void validate_partitioned_index(Ddl& ddl, Oid index) {
  RelationPtr now = ddl.reload(index);
  const catalog::IndexDescriptor& own = now->indexes.at(0);
  if (own.valid || now->children.size() != ddl.reload(own.table)->children.size()) return;
  for (Oid child : now->children)
    if (!ddl.reload(child)->indexes.at(0).valid) return;
  set_index_validity(ddl, index, true);
  for (Oid parent : now->parents) validate_partitioned_index(ddl, parent);
}

}  // namespace

void attach_index_command(Ddl& ddl, Oid parent_index, const query::RelationName& name) {
  RelationPtr parent = ddl.reload(parent_index);
  RelationPtr child = ddl.open(name, RelationLock::access_exclusive);
  if (child->kind != RelationKind::index && child->kind != RelationKind::partitioned_index)
    throw SqlError("42809", "\"" + child->name + "\" is not an index");
  const catalog::IndexDescriptor &wanted = parent->indexes.at(0), &own = child->indexes.at(0);
  RelationPtr parent_table = ddl.reload(wanted.table), table = ddl.reload(own.table);
  auto refuse = [&](const std::string& detail) {
    throw SqlError("55000", "cannot attach index \"" + child->name + "\" as a partition of index \"" +
                                parent->name + "\"")
        .with_detail(detail);
  };
  {
    RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(child->oid)});
    if (rows.next()) {
      // A part that was mended since may have been the last.
      if (rows.row().oid(pg_inherits::inhparent) == parent_index) return validate_partitioned_index(ddl, parent_index);
      refuse("Index \"" + child->name + "\" is already attached to another index.");
    }
  }
  if (std::find(parent_table->children.begin(), parent_table->children.end(), table->oid) ==
      parent_table->children.end())
    refuse("Index \"" + child->name + "\" is not an index on any partition of table \"" +
           parent_table->name + "\".");
  if (!same_shape(own, wanted, column_map(*parent_table, *table)))
    refuse("The index definitions do not match.");
  for (const catalog::IndexDescriptor& other : table->indexes) {
    RowReader rows = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(other.oid)});
    if (rows.next() && rows.row().oid(pg_inherits::inhparent) == parent_index)
      refuse("Another index is already attached for partition \"" + table->name + "\".");
  }
  attach_index(ddl, child->oid, table->oid, parent_index);
  if (wanted.constraint != 0) inherit_constraint(ddl, own.constraint, wanted.constraint, table->oid);
  validate_partitioned_index(ddl, parent_index);
}

void attach_partition(Ddl& ddl, Oid table_oid, const query::AttachPartition& action) {
  RelationPtr parent = ddl.reload(table_oid);
  RelationPtr child = ddl.open(action.partition, RelationLock::access_exclusive);
  ddl.require_owner(*child);
  if (child->partition_bound)
    throw SqlError("42809", "\"" + child->name + "\" is already a partition");
  if (child->kind != RelationKind::table && child->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "ALTER action ATTACH PARTITION cannot be performed on relation \"" + child->name + "\"")
        .with_detail("This operation is not supported for " + std::string(kind_name(child->kind)) + "s.");
  if (!child->parents.empty())
    throw SqlError("42809", "cannot attach inheritance child as partition");
  if (child->kind == RelationKind::table && !child->children.empty())
    throw SqlError("42809", "cannot attach inheritance parent as partition");
  auto below = with_descendants(ddl, child->oid, RelationLock::access_exclusive);
  if (std::find(below.begin(), below.end(), table_oid) != below.end())
    throw SqlError("42P07", "circular inheritance not allowed")
        .with_detail("\"" + parent->name + "\" is already a child of \"" + child->name + "\".");
  if (parent->persistence != 't' && child->persistence == 't')
    throw SqlError("42809", "cannot attach a temporary relation as partition of permanent relation \"" +
                                parent->name + "\"");
  if (parent->persistence == 't' && child->persistence != 't')
    throw SqlError("42809", "cannot attach a permanent relation as partition of temporary relation \"" +
                                parent->name + "\"");
  for (const catalog::Column& column : child->columns)
    if (!column.dropped && parent->column_index(column.name) < 0)
      throw SqlError("42804", "table \"" + child->name + "\" contains column \"" + column.name +
                                  "\" not found in parent \"" + parent->name + "\"")
          .with_detail("The new partition may contain only the columns present in parent.");
  if (const catalog::TriggerInfo* trigger = row_trigger_with_tables(*child))
    throw SqlError("0A000", "trigger \"" + trigger->name + "\" prevents table \"" + child->name +
                                "\" from becoming a partition")
        .with_detail("ROW triggers with transition tables are not supported on partitions.");
  const PartitionBound bound =
      checked_bound(ddl, *parent, child->name, action.bound, child->oid, action.bound_location);
  merge_into_existing(ddl, child->oid, *parent, true);
  add_parent(ddl, child->oid, *parent, Dependency::automatic);
  set_bound(ddl, child->oid, bound);
  if (bound.is_default) note_default(ddl, table_oid, child->oid);
  copy_parent_parts(ddl, child->oid, table_oid, InvalidIndexes::ignored);
  // Its rows must suit every level above.
  Oid below_oid = child->oid;
  for (Oid level = table_oid; level != 0;) {
    RelationPtr at = ddl.reload(level);
    planner::PartitionTable table(at, ddl.catalog());
    int expected = -1;
    for (std::size_t i = 0; i < table.partitions().size(); ++i)
      if (table.partitions()[i].relation->oid == below_oid) expected = static_cast<int>(i);
    for (Oid leaf : leaves_of(ddl, child->oid)) {
      RelationPtr relation = ddl.reload(leaf);
      validate_partition(ddl, *relation, table, expected,
                         "partition constraint of relation \"" + relation->name +
                             "\" is violated by some row");
    }
    below_oid = level;
    level = at->partition_bound && !at->parents.empty() ? at->parents[0] : 0;
  }
  validate_default(ddl, table_oid, child->oid);
}

void detach_partition(Ddl& ddl, Oid table_oid, const query::DetachPartition& action) {
  RelationPtr parent = ddl.reload(table_oid);
  RelationPtr child = ddl.open(action.partition, RelationLock::access_exclusive);
  if (action.finalize) {
    if (std::find(child->parents.begin(), child->parents.end(), table_oid) == child->parents.end())
      throw SqlError("42P01", "relation \"" + child->name + "\" is not a partition of relation \"" + parent->name + "\"");
    throw SqlError("55000", "cannot complete detaching partition \"" + child->name + "\"")
        .with_detail("There's no pending concurrent detach.");
  }
  planner::PartitionTable table(parent, ddl.catalog());
  if (action.concurrently && table.default_partition() >= 0)
    throw SqlError("55000", "cannot detach partitions concurrently when a default partition exists");
  if (std::find(parent->children.begin(), parent->children.end(), child->oid) != parent->children.end())
    remove_references(ddl, *child);
  child = ddl.reload(child->oid);
  if (!remove_parent(ddl, child->oid, *parent, Dependency::automatic))
    throw SqlError("42P01", "relation \"" + child->name + "\" is not a partition of relation \"" +
                                parent->name + "\"");
  unmerge(ddl, child->oid, *parent);
  const bool was_default = child->partition_bound && child->partition_bound->is_default;
  update_class(ddl, child->oid, [](RowBuilder& row) {
    row.set(pg_class::relispartition, false);
    row.set_null(pg_class::relpartbound);
  });
  if (was_default) note_default(ddl, table_oid, 0);
  // Its indexes and constraints stand for themselves again.
  auto release = [&](const ObjectAddress& object) {
    RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                       {key_oid(object.catalog), key_oid(object.oid)});
    while (rows.next()) {
      const char kind = rows.row().letter(pg_depend::deptype);
      if (kind == 'P' || kind == 'S') ddl.writer().remove(pg_depend::kOid, rows.row());
    }
  };
  for (const catalog::IndexDescriptor& index : child->indexes) {
    ddl.writer().remove_all(pg_inherits::kOid, 0, {key_oid(index.oid)});
    update_class(ddl, index.oid, [](RowBuilder& row) { row.set(pg_class::relispartition, false); });
    release(relation_address(index.oid));
    if (index.constraint != 0) release({pg_constraint::kOid, index.constraint, 0});
  }
  for (const catalog::ForeignKey& key : child->foreign_keys)
    release({pg_constraint::kOid, key.oid, 0});
  RowReader rows = ddl.writer().read(pg_constraint::kOid,
                                     catalog::index::pg_constraint_conrelid_contypid_conname_index,
                                     {key_oid(child->oid)});
  while (rows.next()) {
    const Oid above = rows.row().oid(pg_constraint::conparentid);
    // What it has for partitions of a table that it refers to stays.
    RowReader parents = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(above)});
    if (above == 0 || (parents.next() && parents.row().oid(pg_constraint::conrelid) == child->oid)) continue;
    RowBuilder row = ddl.writer().row(pg_constraint::kOid);
    row.set(pg_constraint::conparentid, Oid{0});
    row.set(pg_constraint::conislocal, true);
    row.set(pg_constraint::coninhcount, 0);
    ddl.writer().update(rows.row(), row);
  }
  remove_row_trigger_copies(ddl, *child);
  for (const catalog::ForeignKey& key : ddl.reload(child->oid)->foreign_keys)
    if (key.parent == 0) restore_referenced_side(ddl, key);
}

}  // namespace commands
