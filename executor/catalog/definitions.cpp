// Constraints, indexes, views and expressions as SQL.
#include <algorithm>

#include "catalog/access_methods.h"
#include "catalog/catalog_functions.h"
#include "catalog/partition_key_text.h"
#include "catalog/planned_text.h"
#include "catalog/rows.h"
#include "catalog/standard_bodies.h"
#include "catalog/system_columns.h"
#include "object_names.h"
#include "partition_functions.h"
#include "functions/quote.h"
#include "query/deparse.h"
#include "query/routine_body.h"
#include "query/serialize.h"

namespace catalog {
namespace {

// Types whose values are shown by a function of the catalogue.
constexpr std::pair<Oid, std::string_view> kNamedOutputs[] = {
    {3734, "regconfigout"}, {3769, "regdictionaryout"}, {4191, "regcollationout"},
    {types::oid::regnamespace, "regnamespaceout"}, {types::oid::regrole, "regroleout"}};

class Names final : public ObjectNames {
 public:
  explicit Names(SessionCatalog& catalog) : ObjectNames(catalog, catalog.format()), catalog_(catalog) {}

  std::string value_text(Oid type, const types::Datum& value) override {
    for (const auto& [reg_type, output] : kNamedOutputs)
      if (type == reg_type)
        if (std::optional<std::string> name;
            call_catalog_function(catalog_, output, {std::to_string(value.as<Oid>())}, name) && name)
          return *name;
    return ObjectNames::value_text(type, value);
  }
  std::string index_columns(Oid index) override {
    std::string text = index_definition(catalog_, index, 0, true).value_or("");
    const auto columns = text.find(" USING ");
    const auto open = columns == text.npos ? text.npos : text.find('(', columns);
    return open == text.npos ? std::string() : text.substr(open);
  }

 private:
  SessionCatalog& catalog_;
};

std::vector<std::string> column_names(const RelationDescriptor* relation) {
  std::vector<std::string> names;
  if (relation != nullptr)
    for (const Column& column : relation->columns) names.push_back(column.name);
  return names;
}

std::string column_list(const RelationDescriptor& relation, const std::vector<std::int16_t>& numbers) {
  std::string text;
  for (std::int16_t number : numbers) {
    if (!text.empty()) text += ", ";
    text += quote_identifier(relation.columns.at(static_cast<std::size_t>(number - 1)).name);
  }
  return text;
}

const char* action_text(char action) {
  switch (action) {
    case 'r': return "RESTRICT";
    case 'c': return "CASCADE";
    case 'n': return "SET NULL";
    case 'd': return "SET DEFAULT";
    default: return nullptr;
  }
}

std::string foreign_key_text(SessionCatalog& catalog, const Row& row,
                             const RelationDescriptor& table) {
  RelationPtr referenced = catalog.relation(row.oid(pg_constraint::confrelid));
  std::string text = "FOREIGN KEY (";
  text += column_list(table, row.int2s(pg_constraint::conkey));
  text += ") REFERENCES ";
  text += catalog.relation_display_name(referenced->oid);
  text += '(';
  text += column_list(*referenced, row.int2s(pg_constraint::confkey));
  text += ')';
  if (row.letter(pg_constraint::confmatchtype) == 'f') text += " MATCH FULL";
  if (const char* action = action_text(row.letter(pg_constraint::confupdtype)))
    text += std::string(" ON UPDATE ") + action;
  if (const char* action = action_text(row.letter(pg_constraint::confdeltype))) {
    text += std::string(" ON DELETE ") + action;
    if (auto columns = row.int2s(pg_constraint::confdelsetcols); !columns.empty())
      text += " (" + column_list(table, columns) + ")";
  }
  return text;
}

}  // namespace

namespace {

// A constant of a partition's bound: bare where its text reads back as what it is.
std::string bound_constant(Names& names, const query::Expression& e) {
  const types::Datum& value = std::get<query::Constant>(e.node).value;
  if (value.is_null) return "NULL";
  std::string text = names.value_text(e.type.oid, value);
  if (e.type.oid == types::oid::int4 || e.type.oid == types::oid::numeric) return text;
  if (e.type.oid == types::oid::bool_) return text == "t" || text == "true" ? "true" : "false";
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

std::string bound_text(Names& names, const query::PartitionBound& bound) {
  using Kind = query::PartitionBound::Value::Kind;
  if (bound.is_default) return "DEFAULT";
  auto list = [&](const std::vector<query::PartitionBound::Value>& values) {
    std::string text = "(";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text += ", ";
      text += values[i].kind == Kind::min   ? "MINVALUE"
              : values[i].kind == Kind::max ? "MAXVALUE"
              : values[i].expression        ? bound_constant(names, *values[i].expression)
                                            : "NULL";
    }
    return text + ")";
  };
  switch (bound.strategy) {
    case query::PartitionStrategy::hash:
      return "FOR VALUES WITH (modulus " + std::to_string(bound.modulus) + ", remainder " +
             std::to_string(bound.remainder) + ")";
    case query::PartitionStrategy::list: return "FOR VALUES IN " + list(bound.list);
    default: return "FOR VALUES FROM " + list(bound.lower) + " TO " + list(bound.upper);
  }
}

}  // namespace

// Qualified where its name does not find it.
std::string class_name(SessionCatalog& catalog, const OperatorClassInfo& info) {
  std::string name = quote_identifier(info.name);
  if (catalog.find_operator_class({}, info.method, info.name) == &info) return name;
  return quote_identifier(catalog.schema_name(info.schema)) + "." + name;
}

namespace {

std::string partition_key_column(Names& names, const std::vector<std::string>& columns, const PartitionKeyColumn& column,
                                 bool pretty) {
  if (column.column >= 0) return quote_identifier(columns[static_cast<std::size_t>(column.column)]);
  std::string expression = query::deparse(*column.expression, columns, names, {pretty});
  return query::looks_like_call(*column.expression) ? expression : "(" + expression + ")";
}

}  // namespace

std::string partition_key_columns(SessionCatalog& catalog, const RelationDescriptor& table) {
  const std::vector<std::string> columns = column_names(&table);
  Names names(catalog);
  std::string text;
  for (const PartitionKeyColumn& column : table.partition_key->columns) {
    if (!text.empty()) text += ", ";
    text += partition_key_column(names, columns, column, true);
  }
  return text;
}

std::optional<std::string> partition_key_definition(SessionCatalog& catalog, Oid oid) {
  RelationPtr table = catalog.relation(oid);
  if (table == nullptr || !table->partition_key) return std::nullopt;
  const std::vector<std::string> columns = column_names(table.get());
  Names names(catalog);
  const PartitionKey& key = *table->partition_key;
  std::string text = key.strategy == query::PartitionStrategy::list    ? "LIST ("
                     : key.strategy == query::PartitionStrategy::range ? "RANGE ("
                                                                       : "HASH (";
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const PartitionKeyColumn& column = key.columns[i];
    if (i > 0) text += ", ";
    text += partition_key_column(names, columns, column, false);
    if (column.collation != 0 && column.collation != column.type.collation)
      text += " COLLATE " + names.collation_name(column.collation);
    const Oid method = key.strategy == query::PartitionStrategy::hash ? kHash : kBtree;
    const OperatorClassInfo* standard = catalog.default_operator_class(column.type.oid, method);
    if (standard != nullptr && standard->oid != column.operator_class)
      if (const OperatorClassInfo* used = catalog.operator_class(column.operator_class)) text += " " + class_name(catalog, *used);
  }
  return text + ")";
}

std::string deparsed(SessionCatalog& catalog, const query::Expression& expression, const RelationDescriptor& table, bool pretty) {
  Names names(catalog);
  return query::deparse(expression, column_names(&table), names, {pretty, table.name});
}

std::optional<std::string> expression_text(SessionCatalog& catalog, std::string_view stored,
                                           Oid relation, bool pretty) {
  RelationPtr table = relation != 0 ? catalog.relation(relation) : nullptr;
  std::vector<std::string> columns = column_names(table.get());
  Names names(catalog);
  auto one = [&](std::string_view text) {
    query::ExpressionPtr e = query::deserialize_expression(text);
    return query::deparse(*e, columns, names, {pretty, table != nullptr ? table->name : std::string()});
  };
  if (stored.starts_with("SXT")) return one(stored);
  if (query::is_stored_bound(stored)) return bound_text(names, query::deserialize_bound(stored));
  // Several of an index, each behind its length.
  std::string list;
  while (!stored.empty()) {
    std::size_t colon = stored.find(':');
    // Default arguments are stored as they are told.
    if (colon == std::string_view::npos || stored.substr(0, colon).find_first_not_of("0123456789") != std::string_view::npos)
      return std::string(stored);
    std::size_t size = std::strtoul(std::string(stored.substr(0, colon)).c_str(), nullptr, 10);
    if (!list.empty()) list += ", ";
    list += one(stored.substr(colon + 1, size));
    stored.remove_prefix(std::min(stored.size(), colon + 1 + size));
  }
  return list;
}

namespace {

// pg_class.reloptions as WITH has them.
std::string option_list(SessionCatalog& catalog, Oid relation) {
  RelationPtr classes = catalog.relation(pg_class::kOid);
  transaction::View view = catalog.take_view(false);
  RowReader rows(view, *classes, 0, {key_oid(relation)});
  std::string text;
  if (!rows.next() || rows.row().is_null(pg_class::reloptions)) return text;
  for (const std::string& option : rows.row().strings(pg_class::reloptions)) {
    const auto equal = option.find('=');
    const std::string value = equal == std::string::npos ? std::string() : option.substr(equal + 1);
    if (!text.empty()) text += ", ";
    text += quote_identifier(option.substr(0, equal)) + "=";
    text += quote_identifier(value) == value ? value : functions::quote_literal(value);
  }
  return text;
}

// From USING on; as a constraint has it, with the operators of EXCLUDE.
std::string index_body(SessionCatalog& catalog, Names& names, const RelationDescriptor& table,
                       const IndexDescriptor& index, bool pretty, bool as_constraint = false) {
  const std::vector<std::string> columns = column_names(&table);
  auto key_text_of = [&](const IndexKey& key) {
    if (key.column >= 0) return quote_identifier(columns[static_cast<std::size_t>(key.column)]);
    std::string text = query::deparse(*key.expression, columns, names, {pretty, table.name});
    return query::looks_like_call(*key.expression) ? text : "(" + text + ")";
  };
  std::string text = "USING " + std::string(method_name(index.method)) + " (";
  for (std::size_t i = 0; i < index.keys.size(); ++i) {
    const IndexKey& key = index.keys[i];
    if (i > 0) text += ", ";
    text += key_text_of(key);
    if (key.collation != key.type.collation && key.collation != 0)
      text += " COLLATE " + names.collation_name(key.collation);
    const OperatorClassInfo* standard = catalog.default_operator_class(key.type.oid, index.method);
    if (standard == nullptr || standard->oid != key.operator_class)
      if (const OperatorClassInfo* used = catalog.operator_class(key.operator_class)) text += " " + class_name(catalog, *used);
    if (key.descending) {
      text += " DESC";
      if (!key.nulls_first) text += " NULLS LAST";
    } else if (key.nulls_first) {
      text += " NULLS FIRST";
    }
    if (as_constraint) text += " WITH " + names.operator_name(exclusion_operators(table, index)[i]);
  }
  text += ')';
  if (!index.included.empty()) {
    text += " INCLUDE (";
    for (std::size_t i = 0; i < index.included.size(); ++i) {
      if (i > 0) text += ", ";
      text += quote_identifier(columns[static_cast<std::size_t>(index.included[i])]);
    }
    text += ')';
  }
  if (index.nulls_not_distinct) text += " NULLS NOT DISTINCT";
  if (const std::string options = option_list(catalog, index.oid); !options.empty()) text += " WITH (" + options + ")";
  if (index.predicate) {
    const std::string predicate = query::deparse(*index.predicate, columns, names, {pretty, table.name});
    text += as_constraint ? " WHERE (" + predicate + ")" : " WHERE " + predicate;
  }
  return text;
}

}  // namespace

std::optional<std::string> constraint_definition(SessionCatalog& catalog, Oid constraint,
                                                 bool pretty) {
  RelationPtr constraints = catalog.relation(pg_constraint::kOid);
  transaction::View view = catalog.take_view(false);
  RowReader rows(view, *constraints, 0, {key_oid(constraint)});
  if (!rows.next()) return std::nullopt;
  Row row = rows.row();
  Oid relation = row.oid(pg_constraint::conrelid);
  RelationPtr table = relation != 0 ? catalog.relation(relation) : nullptr;
  std::string text;
  switch (char type = row.letter(pg_constraint::contype)) {
    case 'c':
      text = "CHECK (";
      if (!row.is_null(pg_constraint::conbin))
        text += expression_text(catalog, row.text(pg_constraint::conbin), relation, pretty)
                    .value_or("");
      text += ')';
      if (row.flag(pg_constraint::connoinherit) && relation != 0) text += " NO INHERIT";
      break;
    case 'f': text = foreign_key_text(catalog, row, *table); break;
    case 'p':
    case 'u': {
      text = type == 'p' ? "PRIMARY KEY " : "UNIQUE ";
      const IndexDescriptor* index = table ? table->index(row.oid(pg_constraint::conindid)) : nullptr;
      if (index != nullptr && index->nulls_not_distinct) text += "NULLS NOT DISTINCT ";
      text += "(" + column_list(*table, row.int2s(pg_constraint::conkey)) + ")";
      if (index != nullptr && !index->included.empty()) {
        std::vector<std::int16_t> included;
        for (int column : index->included) included.push_back(static_cast<std::int16_t>(column + 1));
        text += " INCLUDE (" + column_list(*table, included) + ")";
      }
      break;
    }
    case 'x': {
      const IndexDescriptor* index = table ? table->index(row.oid(pg_constraint::conindid)) : nullptr;
      if (index == nullptr) return std::nullopt;
      Names names(catalog);
      text = "EXCLUDE " + index_body(catalog, names, *table, *index, pretty, true);
      break;
    }
    default: return std::nullopt;
  }
  if (row.flag(pg_constraint::condeferrable)) text += " DEFERRABLE";
  if (row.flag(pg_constraint::condeferred)) text += " INITIALLY DEFERRED";
  if (!row.flag(pg_constraint::convalidated)) text += " NOT VALID";
  return text;
}

std::optional<std::string> index_definition(SessionCatalog& catalog, Oid oid, int column,
                                            bool pretty) {
  Oid table_oid = 0;
  {
    RelationPtr indexes = catalog.relation(pg_index::kOid);
    transaction::View view = catalog.take_view(false);
    RowReader rows(view, *indexes, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    table_oid = rows.row().oid(pg_index::indrelid);
  }
  RelationPtr table = catalog.relation(table_oid);
  const IndexDescriptor* index = table ? table->index(oid) : nullptr;
  if (index == nullptr) return std::nullopt;
  std::vector<std::string> columns = column_names(table.get());
  Names names(catalog);
  auto key_text_of = [&](const IndexKey& key) {
    if (key.column >= 0) return quote_identifier(columns[static_cast<std::size_t>(key.column)]);
    std::string text = query::deparse(*key.expression, columns, names, {pretty, table->name});
    return query::looks_like_call(*key.expression) ? text : "(" + text + ")";
  };
  if (column > 0) {
    auto place = static_cast<std::size_t>(column - 1);
    if (place < index->keys.size()) return key_text_of(index->keys[place]);
    place -= index->keys.size();
    if (place < index->included.size())
      return quote_identifier(columns[static_cast<std::size_t>(index->included[place])]);
    return std::string();
  }
  std::string text = index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  text += quote_identifier(index->name);
  text += table->kind == RelationKind::partitioned_table ? " ON ONLY " : " ON ";
  text += pretty ? catalog.relation_display_name(table_oid)
                 : quote_identifier(table->schema_name) + "." + quote_identifier(table->name);
  return text + " " + index_body(catalog, names, *table, *index, pretty);
}

std::string trigger_condition(SessionCatalog& catalog, const TriggerInfo& trigger, bool pretty) {
  if (!query::is_stored(trigger.when)) return trigger.when;
  Names names(catalog);
  return query::deparse_condition(*query::deserialize_query(trigger.when), names, {pretty});
}

std::optional<std::string> view_definition(SessionCatalog& catalog, Oid view, bool pretty) {
  RelationPtr relation = catalog.relation(view);
  if (relation == nullptr) return std::nullopt;
  if (!relation->view_sql.empty()) return std::string(relation->view_sql);
  if (relation->view_query == nullptr) return std::nullopt;
  Names names(catalog);
  return query::deparse_view(*relation->view_query, column_names(relation.get()), names, {pretty});
}

namespace {

// Whatever the search path is.
class QualifiedNames final : public ObjectNames {
 public:
  explicit QualifiedNames(SessionCatalog& catalog, DeparseNames& names) : ObjectNames(catalog), catalog_(catalog), names_(names) {}

  std::string relation_name(Oid oid, bool) override { return ObjectNames::relation_name(oid, true); }
  std::string function_name(Oid oid) override {
    const FunctionInfo* f = catalog_.function(oid);
    return f == nullptr ? ObjectNames::function_name(oid) : qualified(f->schema, f->name);
  }
  std::string operator_name(Oid oid) override {
    const OperatorInfo* o = catalog_.operator_(oid);
    if (o == nullptr || o->schema == kCatalogSchema) return ObjectNames::operator_name(oid);
    return "OPERATOR(" + quote_identifier(catalog_.schema_name(o->schema)) + "." + std::string(o->name) + ")";
  }
  std::string type_name(const types::TypeRef& type) override {
    const TypeInfo* info = catalog_.type(type.oid);
    const TypeInfo* element = info != nullptr && info->is_true_array ? catalog_.type(info->element) : info;
    if (element == nullptr || element->schema == kCatalogSchema) return ObjectNames::type_name(type);
    const std::string text = catalog_.format_type(type.oid, type.typmod);
    const auto modifiers = text.rfind('(');
    return qualified(element->schema, element->name) +
           (type.typmod >= 0 && modifiers != text.npos ? text.substr(modifiers) : element != info ? "[]" : "");
  }
  std::string collation_name(Oid oid) override {
    const CollationInfo* c = catalog_.collation(oid);
    return c == nullptr ? ObjectNames::collation_name(oid) : qualified(c->schema, c->name);
  }
  // Constants as the session writes them, so that they are read back as what they are.
  std::string value_text(Oid type, const types::Datum& value) override { return names_.value_text(type, value); }
  std::string index_columns(Oid index) override { return names_.index_columns(index); }

 private:
  static constexpr Oid kCatalogSchema = 11;
  std::string qualified(Oid schema, std::string_view name) {
    return quote_identifier(catalog_.schema_name(schema)) + "." + quote_identifier(name);
  }

  SessionCatalog& catalog_;
  DeparseNames& names_;
};

}  // namespace

std::string standard_body(SessionCatalog& catalog, const FunctionInfo& routine) {
  if (routine.sql_body.empty() || !query::is_stored(routine.sql_body)) return std::string(routine.sql_body);
  const query::RoutineBody body = query::deserialize_routine_body(routine.sql_body);
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < routine.argument_names.size(); ++i) {
    const char mode = i < routine.argument_modes.size() ? routine.argument_modes[i] : 'i';
    if (mode != 'o' && mode != 't') parameters.emplace_back(routine.argument_names[i]);
  }
  Names names(catalog);
  return query::deparse_routine({std::string(routine.name), parameters, &body}, names);
}

std::string standard_statements(SessionCatalog& catalog, const FunctionInfo& routine) {
  std::string text(routine.sql_body);
  if (query::is_stored(text)) {
    const query::RoutineBody body = query::deserialize_routine_body(text);
    if (body.text.empty()) {
      Names names(catalog);
      QualifiedNames qualified(catalog, names);
      return query::deparse_statements(body, qualified);
    }
    text = body.text;
  }
  // As it was written. RETURN x: SELECT x. BEGIN ATOMIC .. END: what is between.
  if ((text[0] | 32) == 'r') return "SELECT" + text.substr(6);
  text = text.substr(5, text.size() - 8);
  return text.substr(text.find_first_of("cC") + 1);
}

std::optional<std::string> rule_definition(SessionCatalog& catalog, Oid oid, bool pretty) {
  query::RuleText text;
  bool of_view = false;
  {
    RelationPtr rules = catalog.relation(pg_rewrite::kOid);
    transaction::View view = catalog.take_view(false);
    RowReader rows(view, *rules, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    text.relation = rows.row().oid(pg_rewrite::ev_class);
    text.name = rows.row().string(pg_rewrite::rulename);
    of_view = rows.row().letter(pg_rewrite::ev_type) == '1';
  }
  RelationPtr relation = catalog.relation(text.relation);
  if (relation == nullptr) return std::nullopt;
  Names names(catalog);
  if (of_view) {
    if (relation->view_query == nullptr) return std::nullopt;
    std::vector<query::RuleAction> action(1);
    action[0].query = query::clone(*relation->view_query);
    text.event = query::CommandKind::select;
    text.instead = true;
    text.actions = action;
    return query::deparse_rule(text, names, {pretty});
  }
  for (const RuleInfo& rule : relation->rules) {
    if (rule.oid != oid) continue;
    text.event = rule.event;
    text.instead = rule.instead;
    text.condition = rule.condition.get();
    text.actions = *rule.actions;
    return query::deparse_rule(text, names, {pretty});
  }
  return std::nullopt;
}

std::string planned_text(CatalogView& catalog, const query::Expression& expression,
                         std::span<const query::Query* const> queries, query::PrefixText prefix,
                         query::SubplanText subplan) {
  // What only a session's catalogue knows the names of is printed by its number elsewhere.
  if (auto* session = dynamic_cast<SessionCatalog*>(&catalog)) {
    Names names(*session);
    return query::deparse_planned(expression, queries, std::move(prefix), names, std::move(subplan));
  }
  ObjectNames names(catalog);
  return query::deparse_planned(expression, queries, std::move(prefix), names, std::move(subplan));
}

}  // namespace catalog
