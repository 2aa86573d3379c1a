#include "fixture.h"

#include <fmt/format.h>

#include "query/expression.h"

namespace analyzer::testing {
namespace {

namespace oid = types::oid;

struct ColumnSpec {
  const char* name;
  types::TypeRef type;
  bool not_null = false;
};

constexpr Oid kText = types::collation::default_;

std::shared_ptr<catalog::RelationDescriptor> make_table(Oid id, const char* name, std::vector<ColumnSpec> columns) {
  auto table = std::make_shared<catalog::RelationDescriptor>();
  table->oid = id;
  table->name = name;
  table->schema = catalog::kPublicSchema;
  table->schema_name = "public";
  std::int16_t number = 0;
  for (const auto& spec : columns) {
    catalog::Column column;
    column.name = spec.name;
    column.type = spec.type;
    column.number = ++number;
    column.not_null = spec.not_null;
    table->columns.push_back(std::move(column));
  }
  return table;
}

void add_primary_key(catalog::RelationDescriptor& table, int column) {
  catalog::IndexDescriptor index;
  index.oid = table.oid + 1;
  index.name = table.name + "_pkey";
  index.table = table.oid;
  index.unique = index.primary = true;
  index.constraint = table.oid + 2;
  catalog::IndexKey key;
  key.column = column;
  key.type = table.columns[static_cast<std::size_t>(column)].type;
  index.keys.push_back(std::move(key));
  table.indexes.push_back(std::move(index));
}

std::shared_ptr<const query::Expression> text_default(const char* value) {
  auto e = std::make_shared<query::Expression>();
  e->type = {oid::text, -1, kText};
  e->node = query::Constant::varlen(value);
  return e;
}
std::shared_ptr<const query::Expression> int_default(std::int32_t value) {
  auto e = std::make_shared<query::Expression>();
  e->type = {oid::int4, -1, 0};
  e->node = query::Constant(types::Datum::of(value));
  return e;
}

}  // namespace

Database::Database() {
  auto t = make_table(20000, "t",
                      {{"id", {oid::int4, -1, 0}, true},
                       {"a", {oid::int4, -1, 0}},
                       {"b", {oid::text, -1, kText}},
                       {"c", {oid::numeric, ((10 << 16) | 2) + 4, 0}},
                       {"d", {oid::timestamptz, -1, 0}},
                       {"e", {oid::int4_array, -1, 0}},
                       {"f", {oid::bool_, -1, 0}},
                       {"g", {oid::int8, -1, 0}},
                       {"v", {oid::varchar, 14, kText}},
                       {"j", {oid::jsonb, -1, 0}}});
  add_primary_key(*t, 0);
  catalog.add_relation(t);
  auto u = make_table(20010, "u",
                      {{"id", {oid::int4, -1, 0}},
                       {"x", {oid::float8, -1, 0}},
                       {"name", {oid::text, -1, kText}},
                       {"n", {oid::int4, -1, 0}, true}});
  u->columns[2].default_ = text_default("none");
  u->columns[3].default_ = int_default(7);
  catalog.add_relation(u);
  auto accounts = make_table(20020, "pgbench_accounts",
                             {{"aid", {oid::int4, -1, 0}, true},
                              {"bid", {oid::int4, -1, 0}},
                              {"abalance", {oid::int4, -1, 0}},
                              {"filler", {oid::bpchar, 88, kText}}});
  add_primary_key(*accounts, 0);
  catalog.add_relation(accounts);
  eval_.arena = &arena_;
  eval_.format = &format_;
}

Analyzed Database::analyze(const std::string& sql, std::vector<Oid> parameters,
                           std::span<const LiftedLiteral> lifted) {
  parser::ParseTree tree = parser::parse(sql);
  AnalyzerContext context{.catalog = catalog, .eval = eval_, .text = tree.text(), .database = "regression"};
  context.parameter_types = parameters;
  context.lifted = lifted;
  context.stack_bytes = 1 << 20;
  return analyzer::analyze(tree.statements().at(0), context);
}

std::string Database::describe(const std::string& sql, std::vector<Oid> parameters) {
  try {
    Analyzed analyzed = analyze(sql, std::move(parameters));
    std::string text;
    for (const auto& column : analyzed.columns) {
      if (!text.empty()) text += ", ";
      text += column.name + " " + catalog.format_type(column.type.oid, column.type.typmod);
    }
    return text;
  } catch (const types::SqlError& error) {
    std::string text = fmt::format("ERROR {}: {}", error.sqlstate(), error.message());
    if (!error.hint().empty()) text += " | " + error.hint();
    if (error.position() >= 0) text += fmt::format(" @{}", error.position());
    return text;
  }
}

}  // namespace analyzer::testing
