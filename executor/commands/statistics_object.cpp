// CREATE STATISTICS, ALTER STATISTICS: what ANALYZE is asked to find out about several columns together.
#include <algorithm>

#include "catalog/named_objects.h"
#include "named_object.h"
#include "query/serialize.h"
#include "query/walk.h"
#include "rights.h"
#include "statistics_object.h"

namespace commands {
namespace {

namespace pg_statistic_ext = catalog::pg_statistic_ext;

constexpr std::size_t kMostColumns = 8;
constexpr int kHighestTarget = 10000;

// pg_statistic_ext.stxkind.
std::string kinds_of(const query::CreateStatistics& s) {
  bool distinct = false, dependencies = false, most_common = false;
  for (const std::string& kind : s.kinds) {
    if (kind == "ndistinct") distinct = true;
    else if (kind == "dependencies") dependencies = true;
    else if (kind == "mcv") most_common = true;
    else throw SqlError("42601", "unrecognized statistics kind \"" + kind + "\"");
  }
  const bool single = s.columns.empty() && s.expressions.size() == 1;
  if (single && !s.kinds.empty())
    throw SqlError("0A000", "when building statistics on a single expression, statistics kinds may not be specified");
  if (s.columns.size() + s.expressions.size() < 2 && !single)
    throw SqlError("42P17", "extended statistics require at least 2 columns");
  const bool all = s.kinds.empty() && !single;
  std::string kinds;
  if (all || distinct) kinds += 'd';
  if (all || dependencies) kinds += 'f';
  if (all || most_common) kinds += 'm';
  if (!s.expressions.empty()) kinds += 'e';
  return kinds;
}

// As pg_index keeps its expressions: each behind its length.
std::string stored(const std::vector<query::ExpressionPtr>& expressions) {
  std::string text;
  for (const auto& expression : expressions) {
    const std::string one = query::serialize(*expression);
    text += std::to_string(one.size()) + ":" + one;
  }
  return text;
}

std::int16_t column_number(Ddl& ddl, const RelationDescriptor& table, const std::string& name) {
  constexpr std::string_view kSystem[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};
  if (std::ranges::find(kSystem, name) != std::end(kSystem))
    throw SqlError("0A000", "statistics creation on system columns is not supported");
  const int place = table.column_index(name);
  if (place < 0) throw SqlError("42703", "column \"" + name + "\" does not exist");
  const Oid type = table.columns[static_cast<std::size_t>(place)].type.oid;
  if (ddl.catalog().ordering_operators(type).less_than == 0)
    throw SqlError("0A000", "column \"" + name + "\" cannot be used in statistics because its type " +
                                ddl.catalog().format_type(type) + " has no default btree operator class");
  return static_cast<std::int16_t>(place + 1);
}

std::vector<std::int16_t> columns_of(Ddl& ddl, const RelationDescriptor& table, const query::CreateStatistics& s) {
  std::vector<std::int16_t> columns;
  for (const std::string& name : s.columns) columns.push_back(column_number(ddl, table, name));
  std::ranges::sort(columns);
  if (std::ranges::adjacent_find(columns) != columns.end())
    throw SqlError("42701", "duplicate column name in statistics definition");
  return columns;
}

// Neither the whole row nor what no user has put into it.
bool reads_system_column(const query::Expression& expression) {
  if (const auto* column = std::get_if<query::ColumnReference>(&expression.node)) return column->column < 0;
  bool found = false;
  query::for_each_child(expression, [&](const query::Expression& child) { found = found || reads_system_column(child); });
  return found;
}

void require_suitable(Ddl& ddl, const query::CreateStatistics& s) {
  for (const auto& expression : s.expressions) {
    if (reads_system_column(*expression)) throw SqlError("0A000", "statistics creation on system columns is not supported");
    const Oid type = expression->type.oid;
    if (const catalog::TypeInfo* info = ddl.catalog().type(type); info != nullptr && info->kind == 'p')
      throw SqlError("42P16", "expression has pseudo-type " + ddl.catalog().format_type(type));
    if (s.expressions.size() + s.columns.size() > 1 && ddl.catalog().ordering_operators(type).less_than == 0)
      throw SqlError("0A000", "expression cannot be used in multivariate statistics because its type " +
                                  ddl.catalog().format_type(type) + " has no default btree operator class");
  }
}

void require_different(const query::CreateStatistics& s) {
  for (std::size_t i = 0; i < s.expressions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (query::equal(*s.expressions[i], *s.expressions[j]))
        throw SqlError("42701", "duplicate expression in statistics definition");
}

struct NewStatistics {
  std::vector<std::int16_t> columns;
  std::string kinds;
  std::vector<query::ExpressionPtr> expressions;
};

ObjectAddress insert_statistics(Ddl& ddl, const RelationDescriptor& table, Oid schema, const std::string& name,
                                const NewStatistics& object) {
  const ObjectAddress self{pg_statistic_ext::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(self.catalog);
  row.set(pg_statistic_ext::oid, self.oid);
  row.set(pg_statistic_ext::stxrelid, table.oid);
  row.set(pg_statistic_ext::stxname, name);
  row.set(pg_statistic_ext::stxnamespace, schema);
  row.set(pg_statistic_ext::stxowner, ddl.catalog().user());
  row.set(pg_statistic_ext::stxstattarget, -1);
  row.set(pg_statistic_ext::stxkeys, std::span(object.columns));
  row.set_letters(pg_statistic_ext::stxkind, object.kinds);
  if (const std::string expressions = stored(object.expressions); !expressions.empty())
    row.set(pg_statistic_ext::stxexprs, expressions);
  ddl.writer().insert(row);
  for (const std::int16_t column : object.columns) ddl.depend(self, relation_address(table.oid, column), Dependency::automatic);
  for (const auto& expression : object.expressions)
    ddl.depend_on_expression(self, *expression, table.oid, Dependency::automatic);
  if (object.columns.empty()) ddl.depend(self, relation_address(table.oid), Dependency::automatic);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  return self;
}

}  // namespace

void create_statistics(Ddl& ddl, const query::CreateStatistics& s) {
  RelationPtr table = ddl.reload(s.table.oid);
  ddl.require_owner(*table);
  const Oid schema = ddl.target_schema(s.name.schema);
  if (catalog::find_named(ddl.catalog(), catalog::NamedKind::statistics, ddl.catalog().schema_name(schema), s.name.name)) {
    if (!s.if_not_exists) throw SqlError("42710", "statistics object \"" + s.name.name + "\" already exists");
    ddl.notice("42710", "statistics object \"" + s.name.name + "\" already exists, skipping");
    return;
  }
  if (s.columns.size() + s.expressions.size() > kMostColumns)
    throw SqlError("54011", "cannot have more than 8 columns in statistics");
  NewStatistics object;
  object.columns = columns_of(ddl, *table, s);
  require_suitable(ddl, s);
  object.kinds = kinds_of(s);
  require_different(s);
  for (const auto& expression : s.expressions) object.expressions.push_back(query::clone(*expression));
  insert_statistics(ddl, *table, schema, s.name.name, object);
}

void alter_statistics(Ddl& ddl, const query::AlterStatistics& s) {
  int target = s.target;
  if (target < -1) throw SqlError("22023", "statistics target " + std::to_string(target) + " is too low");
  if (target > kHighestTarget) {
    target = kHighestTarget;
    ddl.warning("22023", "lowering statistics target to " + std::to_string(target));
  }
  const catalog::NamedCatalog& named = catalog::named_catalog(catalog::NamedKind::statistics);
  const auto found = find_named(ddl, named, s.object);
  if (!found) {
    if (!s.missing_ok) throw named_missing_error(named, s.object);
    ddl.notice("00000", named_missing(named, s.object) + ", skipping");
    return;
  }
  require_ownership(ddl, query::ObjectKind::statistics, s.object, *found);
  RowBuilder row = ddl.writer().row(found->catalog);
  row.set(pg_statistic_ext::stxstattarget, target);
  ddl.writer().update_one(0, {key_oid(found->oid)}, row);
}

}  // namespace commands
