// CREATE DOMAIN and ALTER DOMAIN.
#include <algorithm>

#include "catalog/catalog_functions.h"
#include "query/serialize.h"
#include "relation_rows.h"
#include "table_parts.h"
#include "type_commands.h"
#include "type_row.h"
#include "type_usage.h"
#include "type_uses.h"

namespace commands {
namespace {

constexpr Oid kDomainIn = 2597, kDomainReceive = 2598;  // pg_proc

void insert_domain_check(Ddl& ddl, Oid domain, const std::string& domain_name, Oid schema,
                         const query::DomainCheck& check, std::vector<std::string>& taken) {
  ConstraintRow row;
  row.oid = ddl.writer().allocate_oid();
  row.name = check.name;
  if (row.name.empty())
    row.name = choose_constraint_name(ddl, domain_name, {}, "check", schema, taken);
  else if (std::find(taken.begin(), taken.end(), row.name) != taken.end())
    throw SqlError("42710", "constraint \"" + row.name + "\" for domain \"" + domain_name + "\" already exists");
  taken.push_back(row.name);
  row.schema = schema;
  row.type = 'c';
  row.domain = domain;
  row.validated = !check.not_valid;
  row.check = check.check.get();
  insert_constraint(ddl, row);
  ObjectAddress self{pg_constraint::kOid, row.oid, 0};
  ddl.depend(self, {pg_type::kOid, domain, 0}, Dependency::automatic);
  ddl.depend_on_expression(self, *check.check, 0);
}

void set_default(Ddl& ddl, RowBuilder& row, const query::Expression& value) {
  const std::string stored = query::serialize(value);
  row.set(pg_type::typdefaultbin, stored);
  row.set(pg_type::typdefault, catalog::expression_text(ddl.catalog(), stored, 0, false).value_or(""));
}

query::ExpressionPtr column_of(const RelationDescriptor& table, int column) {
  auto reference = std::make_unique<query::Expression>();
  reference->type = table.columns[static_cast<std::size_t>(column)].type;
  reference->node = query::ColumnReference{0, column};
  return reference;
}

query::ExpressionPtr truth(bool value) {
  auto constant = std::make_unique<query::Expression>();
  constant->type.oid = types::oid::bool_;
  constant->node = query::Constant(types::Datum::of(value));
  return constant;
}

// The check (over CaseValue) of a column's values: CASE column WHEN NOT check THEN false ELSE true END.
query::ExpressionPtr check_of_column(const query::Expression& check, query::ExpressionPtr column) {
  query::BooleanExpression negation{query::BooleanOp::not_, {}};
  negation.arguments.push_back(query::clone(check));
  query::Case choice;
  choice.argument = std::move(column);
  query::Case::When fails{truth(true), truth(false)};
  fails.condition->node = std::move(negation);
  choice.whens.push_back(std::move(fails));
  choice.otherwise = truth(true);
  query::ExpressionPtr result = truth(true);
  result->node = std::move(choice);
  return result;
}

// What is stored of the domain must pass its new constraint; null: NOT NULL.
void validate_stored(Ddl& ddl, Oid domain, const query::Expression* check) {
  for (const StoredColumn& use : columns_of_domain(ddl, domain)) {
    RelationPtr table = ddl.catalog().open_relation(use.relation, RelationLock::share);
    if (table == nullptr || !table->storage) continue;
    query::ExpressionPtr condition = truth(true);
    if (check != nullptr)
      condition = check_of_column(*check, column_of(*table, use.column));
    else
      condition->node = query::Test{query::TestKind::is_not_null, column_of(*table, use.column)};
    if (rows_pass(ddl, *table, *condition)) continue;
    const std::string& column = table->columns[static_cast<std::size_t>(use.column)].name;
    throw SqlError(check != nullptr ? "23514" : "23502",
                   "column \"" + column + "\" of table \"" + table->name + "\" contains " +
                       (check != nullptr ? "values that violate the new constraint" : "null values"))
        .on_table(table->schema_name, table->name)
        .on_column(column);
  }
}

}  // namespace

void create_domain(Ddl& ddl, const query::CreateDomain& statement) {
  Oid schema = ddl.target_schema(statement.name.schema);
  require_free_type_name(ddl, schema, statement.name.name);
  const catalog::TypeInfo* base = ddl.catalog().type(statement.base.oid);
  if (base->kind == 'p')
    throw SqlError("42804", "\"" + ddl.catalog().format_type(base->oid) +
                                "\" is not a valid base type for a domain");
  require_type_usage(ddl, statement.base.oid);
  Oid array = ddl.writer().allocate_oid(), type = ddl.writer().allocate_oid();
  RowBuilder row = type_row(ddl, type, statement.name.name, schema, 'd');
  row.set(pg_type::typlen, base->length);
  row.set(pg_type::typbyval, base->by_value);
  row.set(pg_type::typcategory, base->category);
  row.set(pg_type::typarray, array);
  row.set(pg_type::typinput, kDomainIn);
  row.set(pg_type::typoutput, base->output);
  row.set(pg_type::typreceive, kDomainReceive);
  row.set(pg_type::typsend, base->send);
  row.set(pg_type::typalign, base->alignment);
  row.set(pg_type::typstorage, base->storage);
  row.set(pg_type::typnotnull, statement.not_null);
  row.set(pg_type::typbasetype, statement.base.oid);
  row.set(pg_type::typtypmod, statement.base.typmod);
  row.set(pg_type::typcollation, statement.base.collation);
  // What a domain below has as its default now is this one's from the start, whatever becomes of that.
  const query::Expression* value = statement.default_value.get();
  const std::shared_ptr<const catalog::DomainInfo> below = base->kind == 'd' ? ddl.catalog().domain(base->oid) : nullptr;
  if (value == nullptr && below != nullptr) value = below->default_.get();
  if (value != nullptr) set_default(ddl, row, *value);
  char alignment = base->alignment;
  ddl.writer().insert(row);
  ddl.depend({pg_type::kOid, type, 0}, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  ddl.depend({pg_type::kOid, type, 0}, {pg_type::kOid, statement.base.oid, 0}, Dependency::normal);
  for (const Oid function : {base->output, base->send})
    if (function >= types::kFirstNormalOid) ddl.depend({pg_type::kOid, type, 0}, {pg_proc::kOid, function, 0}, Dependency::normal);
  if (value != nullptr) ddl.depend_on_expression({pg_type::kOid, type, 0}, *value, 0);
  insert_array_type(ddl, type, array, statement.name.name, schema, alignment);
  std::vector<std::string> taken;
  for (const query::DomainCheck& check : statement.checks)
    insert_domain_check(ddl, type, statement.name.name, schema, check, taken);
}

void alter_domain(Ddl& ddl, const query::AlterDomain& statement) {
  using Action = query::AlterDomain::Action;
  const catalog::TypeInfo* type =
      statement.type != 0 ? ddl.catalog().type(statement.type)
                          : ddl.catalog().find_type(statement.name.schema, statement.name.name);
  if (type == nullptr)
    throw SqlError("42704", "type \"" + statement.name.name + "\" does not exist");
  if (type->kind != 'd')
    throw SqlError("42809", "\"" + statement.name.name + "\" is not a domain");
  if (!ddl.owns(type->owner))
    throw SqlError("42501", "must be owner of type " + statement.name.name);
  Oid oid = type->oid, schema = type->schema;
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  switch (statement.action) {
    case Action::set_default:
      set_default(ddl, row, *statement.default_value);
      break;
    case Action::drop_default:
      row.set_null(pg_type::typdefaultbin);
      row.set_null(pg_type::typdefault);
      break;
    case Action::set_not_null:
      if (!type->not_null) validate_stored(ddl, oid, nullptr);
      row.set(pg_type::typnotnull, true);
      break;
    case Action::drop_not_null: row.set(pg_type::typnotnull, false); break;
    case Action::add_check: {
      std::vector<std::string> taken;
      for (const catalog::DomainCheck& check : ddl.catalog().domain(oid)->checks)
        taken.push_back(check.name);
      insert_domain_check(ddl, oid, statement.name.name, schema, statement.check, taken);
      if (!statement.check.not_valid) validate_stored(ddl, oid, statement.check.check.get());
      return;
    }
    case Action::drop_constraint:
    case Action::validate_constraint: {
      RowReader rows = ddl.writer().read(
          pg_constraint::kOid, catalog::index::pg_constraint_conrelid_contypid_conname_index,
          {key_oid(0), key_oid(oid), key_text(statement.constraint)});
      if (!rows.next()) {
        std::string message = "constraint \"" + statement.constraint + "\" of domain \"" +
                              statement.name.name + "\" does not exist";
        if (!statement.missing_ok) throw SqlError("42704", message);
        ddl.notice("00000", message + ", skipping");
        return;
      }
      if (statement.action == Action::validate_constraint) {
        const Oid constraint = rows.row().oid(pg_constraint::oid);
        const auto domain = ddl.catalog().domain(oid);
        for (const catalog::DomainCheck& check : domain->checks)
          if (check.oid == constraint && !rows.row().flag(pg_constraint::convalidated))
            validate_stored(ddl, oid, check.expression.get());
        RowBuilder change = ddl.writer().row(pg_constraint::kOid);
        change.set(pg_constraint::convalidated, true);
        ddl.writer().update(rows.row(), change);
        return;
      }
      ddl.remove_dependencies({pg_constraint::kOid, rows.row().oid(pg_constraint::oid), 0});
      ddl.writer().remove(pg_constraint::kOid, rows.row());
      return;
    }
  }
  ddl.writer().update_one(0, {key_oid(oid)}, row);
}

}  // namespace commands
