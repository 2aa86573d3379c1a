// EXCLUDE constraints: made of an index, an operator for each of its keys, and the rows that are there already.
#include "alter_table.h"
#include "catalog/access_methods.h"
#include "catalog/catalog_functions.h"
#include "index_method.h"
#include "operator_lookup.h"
#include "relation_rows.h"
#include "storage_parameters.h"
#include "table/scan.h"
#include "table_parts.h"
#include "written_name.h"

namespace commands {
namespace {

// The operator over values of the key's type, or of what its class takes them for (text, anyrange).
const catalog::OperatorInfo* operator_over(Ddl& ddl, const query::ObjectName& name, const catalog::IndexKey& key) {
  const catalog::OperatorClassInfo* own = ddl.catalog().operator_class(key.operator_class);
  const std::vector<const catalog::OperatorInfo*> found = ddl.catalog().find_operators(name.schema, name.name);
  for (const Oid type : {key.type.oid, ddl.catalog().base_type(key.type.oid), own->input_type})
    for (const catalog::OperatorInfo* op : found)
      if (op->left == type && op->right == type) return op;
  const std::string type = ddl.catalog().format_type(key.type.oid);
  throw SqlError("42883", "operator does not exist: " + type + " " + written_name(name) + " " + type)
      .with_hint("No operator matches the given name and argument types. You might need to add explicit type casts.");
}

std::string name_of_family(Ddl& ddl, Oid family) {
  RowReader rows = ddl.writer().read(catalog::pg_opfamily::kOid, 0, {key_oid(family)});
  return rows.next() ? rows.row().string(catalog::pg_opfamily::opfname) : std::string();
}

Oid exclusion_operator(Ddl& ddl, const query::ObjectName& name, const catalog::IndexKey& key) {
  const catalog::OperatorInfo* op = operator_over(ddl, name, key);
  if (op->commutator != op->oid)
    throw SqlError("42809", "operator " + operator_signature(ddl, *op) + " is not commutative")
        .with_detail("Only commutative operators can be used in exclusion constraints.");
  const catalog::OperatorClassInfo* own = ddl.catalog().operator_class(key.operator_class);
  if (ddl.catalog().search_strategy(own->family, op->oid) == 0)
    throw SqlError("42809", "operator " + operator_signature(ddl, *op) + " is not a member of operator family \"" +
                                name_of_family(ddl, own->family) + "\"")
        .with_detail("The exclusion operator must be related to the index operator class for the constraint.");
  return op->oid;
}

std::string excluded_key_text(Ddl& ddl, const RelationDescriptor& table, const catalog::IndexDescriptor& index,
                     std::span<const types::Datum> values) {
  std::string names;
  std::vector<types::TypeRef> types;
  for (std::size_t i = 0; i < index.keys.size(); ++i) {
    const catalog::IndexKey& key = index.keys[i];
    if (i > 0) names += ", ";
    names += key.column >= 0
                 ? catalog::quote_identifier(table.columns[static_cast<std::size_t>(key.column)].name)
                 : catalog::index_definition(ddl.catalog(), index.oid, static_cast<int>(i) + 1, true).value_or("");
    types.push_back(key.type);
  }
  return "(" + names + ")=(" + value_list(ddl, types, values) + ")";
}

}  // namespace

void validate_exclusion(Ddl& ddl, Oid table_oid, Oid index_oid) {
  const RelationPtr table = ddl.reload(table_oid);
  const catalog::IndexDescriptor* index = table->index(index_oid);
  const transaction::View view = ddl.transaction().take_view();
  const operators::ExecutionContext execution = ddl.host().execution_context();
  table::ScanRequest request;
  request.columns.push_back(table::kRowKey);
  types::Arena memory, arena;
  std::vector<types::Vector> keys{types::Vector::allocate(memory, types::PhysicalType::varlen, types::kBatchRows)};
  table::Scan scan(*table->storage, view, std::move(request));
  table::Scratch scratch;
  for (;;) {
    if (execution.interrupts != nullptr) execution.interrupts->check();
    keys[0].clear();
    arena.reset();
    const std::uint32_t count = scan.next(keys, types::kBatchRows, arena);
    if (count == 0) return;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!table->storage->find_excluding(view, index->storage_index, keys[0].get<std::string_view>(i), scratch))
        continue;
      const auto [own, other] = scratch.excluding_keys();
      throw SqlError("23P01", "could not create exclusion constraint \"" + index->name + "\"")
          .with_detail("Key " + excluded_key_text(ddl, *table, *index, own) + " conflicts with key " +
                       excluded_key_text(ddl, *table, *index, other) + ".")
          .on_table(table->schema_name, table->name)
          .on_constraint(index->name);
    }
  }
}

Oid add_exclusion_constraint(Ddl& ddl, Oid table_oid, const query::Constraint& constraint) {
  const RelationPtr table = ddl.reload(table_oid);
  if (table->kind == RelationKind::partitioned_table)
    throw SqlError("0A000", "cannot create exclusion constraints on partitioned table \"" + table->name + "\"");
  const Oid method = catalog::method_by_name(constraint.access_method);
  if (method == 0) throw SqlError("42704", "access method \"" + constraint.access_method + "\" does not exist");
  const auto refuse = [&](const char* what) {
    throw SqlError("0A000", "access method \"" + constraint.access_method + "\" does not support " + what);
  };
  const catalog::MethodAbilities abilities = catalog::abilities_of(method);
  if (!constraint.include.empty() && !abilities.include) refuse("included columns");
  if (constraint.exclusion_elements.size() > 1 && !abilities.multicolumn) refuse("multicolumn indexes");
  if (method == catalog::kGin || method == catalog::kBrin) refuse("exclusion constraints");
  NewIndex index;
  index.method = method;
  index.is_constraint = index.is_exclusion = true;
  index.deferrable = constraint.deferrable;
  require_tablespace(constraint.tablespace);
  index.options = constraint.like.object != 0 ? stored_options(ddl, constraint.like.object)
                                              : storage_parameters(parameter_owner(method), constraint.index_options);
  std::vector<Oid> operators;
  for (const auto& [element, name] : constraint.exclusion_elements) {
    if (!element.expression && table->column_index(element.column) < 0)
      throw SqlError("42703", "column \"" + element.column + "\" named in key does not exist");
    index.keys.push_back(index_key(ddl, *table, element, method));
    operators.push_back(exclusion_operator(ddl, name, index.keys.back()));
  }
  for (const std::string& name : constraint.include) index.included.push_back(column_of_key(*table, name));
  if (constraint.exclusion_where) {
    require_immutable(ddl, *constraint.exclusion_where, "index predicate");
    index.predicate = query::clone(*constraint.exclusion_where);
  }
  index.name = constraint.name;
  if (index.name.empty())
    index.name = choose_index_name(ddl, *table, index);
  else
    ddl.require_free_relation_name(table->schema, index.name);
  require_free_constraint_name(*table, index.name);
  const Oid index_oid = build_new_index(ddl, table_oid, index);

  ConstraintRow row;
  row.oid = ddl.writer().allocate_oid();
  row.name = index.name;
  row.schema = table->schema;
  row.type = 'x';
  row.deferrable = constraint.deferrable;
  row.deferred = constraint.initially_deferred;
  row.table = table_oid;
  row.index = index_oid;
  row.no_inherit = true;
  row.exclusion_operators = operators;
  for (const catalog::IndexKey& key : index.keys) row.columns.push_back(static_cast<std::int16_t>(key.column + 1));
  insert_constraint(ddl, row);
  const ObjectAddress self{pg_constraint::kOid, row.oid, 0};
  bool any = false;
  const auto on_column = [&](int column) {
    ddl.depend(self, relation_address(table_oid, column + 1), Dependency::automatic);
    any = true;
  };
  for (const catalog::IndexKey& key : index.keys) {
    if (key.column >= 0)
      on_column(key.column);
    else
      ddl.depend_on_expression(self, *key.expression, table_oid, Dependency::automatic);
  }
  for (const int column : index.included) on_column(column);
  if (index.predicate) ddl.depend_on_expression(self, *index.predicate, table_oid, Dependency::automatic);
  if (!any) ddl.depend(self, relation_address(table_oid), Dependency::automatic);
  ddl.depend(relation_address(index_oid), self, Dependency::internal);
  validate_exclusion(ddl, table_oid, index_oid);
  return index_oid;
}

}  // namespace commands
