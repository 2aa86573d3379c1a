#include "table_builder.h"

#include "collations.h"
#include "foreign.h"

#include <fmt/format.h>

#include "query/walk.h"

namespace analyzer {

std::optional<Oid> serial_type(const ast::TypeName& name) {
  if (name.names.size() != 1 || name.percent_type) return std::nullopt;
  std::string_view n = name.names[0];
  if (n == "smallserial" || n == "serial2") return oid::int2;
  if (n == "serial" || n == "serial4") return oid::int4;
  if (n == "bigserial" || n == "serial8") return oid::int8;
  return std::nullopt;
}

TableBuilder::TableBuilder(State& state, query::RelationName name)
    : state_(state), name_(std::move(name)), scope_(state, nullptr, &query_) {
  query::RangeTableEntry entry;
  entry.kind = query::RangeTableEntry::Kind::relation;
  entry.alias = name_.name;
  entry.relation = name_.oid;
  query_.range_table.push_back(std::move(entry));
  item_ = std::make_shared<NamespaceItem>();
  item_->alias = name_.name;
  item_->schema = name_.schema;
  item_->relation = name_.oid;
  scope_.names.push_back(item_);
}

void TableBuilder::add_existing(std::string name, TypeRef type, bool dropped) {
  if (dropped) name.clear();
  auto index = static_cast<int>(item_->columns.size());
  query_.range_table[0].columns.push_back({name, type});
  item_->columns.push_back({std::move(name), 0, index, type, nullptr});
}

const TypeRef* TableBuilder::column_type(std::string_view name) const {
  for (const auto& column : item_->columns)
    if (column.name == name && !column.name.empty()) return &column.type;
  return nullptr;
}

int TableBuilder::position(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == name) return static_cast<int>(i);
  return -1;
}

namespace {

constexpr int kNoWholeRow = -2;

// Where an expression reads the row as a whole (-1: a place that isn't known), or kNoWholeRow.
int whole_row_location(const Expression& expression) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node);
      ref && ref->column == query::kWholeRowColumn)
    return expression.location;
  int found = kNoWholeRow;
  query::for_each_child(expression, [&](const Expression& child) {
    if (found == kNoWholeRow) found = whole_row_location(child);
  });
  return found;
}

void mentioned_columns(const Expression& expression, const std::vector<NamespaceColumn>& all,
                       std::vector<std::string>& names) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node); ref && ref->column >= 0) {
    const auto& name = all[static_cast<std::size_t>(ref->column)].name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  query::for_each_child(expression, [&](const Expression& child) { mentioned_columns(child, all, names); });
}

}  // namespace

bool TableBuilder::is_generated(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return column.generated_stored;
  return std::find(existing_generated.begin(), existing_generated.end(), name) != existing_generated.end();
}

std::string TableBuilder::generated_column_in(const Expression& expression) const {
  if (whole_row_location(expression) != kNoWholeRow) {
    for (const auto& column : item_->columns)
      if (is_generated(column.name)) return column.name;
    return {};
  }
  std::vector<std::string> names;
  mentioned_columns(expression, item_->columns, names);
  for (const auto& name : names)
    if (is_generated(name)) return name;
  return {};
}

void TableBuilder::change_type(std::string_view name, const TypeRef& type) {
  for (auto& column : item_->columns)
    if (column.name == name) column.type = type;
}

query::ColumnDefinition* TableBuilder::find(std::string_view name) {
  for (auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

void TableBuilder::add_definition(query::ColumnDefinition column) {
  if (find(column.name))
    throw SqlError("42701", fmt::format("column \"{}\" specified more than once", column.name));
  add_existing(column.name, column.type, false);
  columns.push_back(std::move(column));
}

void TableBuilder::set_sequence(query::ColumnDefinition& column, ast::NodeList options) {
  query::OwnedSequence sequence;
  sequence.options = analyze_sequence_options(state_, options);
  if (sequence.options.sequence_name) sequence.name = *sequence.options.sequence_name;
  if (!sequence.options.type) sequence.options.type = column.type.oid;
  column.sequence = std::move(sequence);
}

void TableBuilder::add_column(const ast::ColumnDefinition& node) {
  query::ColumnDefinition column;
  column.name = str(node.name);
  column.location = node.location;
  column.compression = str(node.compression);
  column.foreign_options = foreign_options(node.foreign_options);
  bool serial = false;
  if (node.type) {
    if (auto type = serial_type(*node.type)) {
      if (!node.type->array_bounds.empty())
        throw SqlError("0A000", "array of serial is not implemented").at(node.type->location);
      serial = true;
      column.type = type_ref(scope_, *type);
    } else {
      if (node.type->setof)
        throw SqlError("42P16", fmt::format("column \"{}\" cannot be declared SETOF", node.name)).at(node.location);
      column.type = resolve_type(scope_, *node.type);
    }
  }
  const auto* info = scope_.catalog().type(column.type.oid);
  if (info && info->kind == 'p')
    throw SqlError("42P16", fmt::format("column \"{}\" has pseudo-type {}", node.name,
                                        type_name(scope_, column.type.oid)));
  if (node.collation)
    column.type.collation = collation_of_column(scope_, column.type.oid, *node.collation, node.collation->location);
  if (serial) {
    column.not_null = true;
    set_sequence(column, {});
  }
  add_definition(std::move(column));
  column_constraints(node, columns.size() - 1);
}

void TableBuilder::column_constraints(const ast::ColumnDefinition& node, std::size_t index) {
  bool saw_nullable = columns[index].not_null;  // serial says NOT NULL
  bool saw_default = columns[index].sequence.has_value();
  bool saw_identity = false, saw_generated = false;
  std::size_t last = constraints.size();
  bool last_is_key = false, saw_deferrable = false, saw_time = false;
  auto refuse = [&](int location, std::string message) { throw SqlError("42601", std::move(message)).at(location); };
  auto table = [&] { return name_.name; };
  for (const ast::Node* item : node.constraints) {
    const auto& constraint = ast::as<ast::Constraint>(*item);
    auto& column = columns[index];
    using Kind = ast::ConstraintKind;
    switch (constraint.constraint) {
      case Kind::null:
        if (saw_nullable && column.not_null)
          refuse(constraint.location, fmt::format("conflicting NULL/NOT NULL declarations for column \"{}\" of table "
                                                  "\"{}\"", column.name, table()));
        saw_nullable = true;
        break;
      case Kind::not_null:
        if (saw_nullable && !column.not_null)
          refuse(constraint.location, fmt::format("conflicting NULL/NOT NULL declarations for column \"{}\" of table "
                                                  "\"{}\"", column.name, table()));
        column.not_null = saw_nullable = true;
        break;
      case Kind::default_:
        if (saw_default)
          refuse(constraint.location, fmt::format("multiple default values specified for column \"{}\" of table "
                                                  "\"{}\"", column.name, table()));
        saw_default = true;
        pending_.push_back({Pending::What::default_, constraint.expression, index});
        break;
      case Kind::identity: {
        if (saw_identity)
          refuse(constraint.location, fmt::format("multiple identity specifications for column \"{}\" of table \"{}\"",
                                                  column.name, table()));
        Oid type = column.type.oid;
        if (type != oid::int2 && type != oid::int4 && type != oid::int8)
          throw SqlError("22023", "identity column type must be smallint, integer, or bigint");
        saw_identity = true;
        column.identity = static_cast<query::Identity>(constraint.generated_when);
        if (saw_nullable && !column.not_null)
          refuse(constraint.location, fmt::format("conflicting NULL/NOT NULL declarations for column \"{}\" of table "
                                                  "\"{}\"", column.name, table()));
        column.not_null = saw_nullable = true;
        set_sequence(column, constraint.options);
        break;
      }
      case Kind::generated:
        if (saw_generated)
          refuse(constraint.location, fmt::format("multiple generation clauses specified for column \"{}\" of table "
                                                  "\"{}\"", column.name, table()));
        saw_generated = true;
        column.generated_stored = true;
        pending_.push_back({Pending::What::generated, constraint.expression, index});
        break;
      case Kind::deferrable:
      case Kind::not_deferrable:
      case Kind::deferred:
      case Kind::immediate: {
        if (constraints.size() == last || !last_is_key)
          refuse(constraint.location, fmt::format("misplaced {} clause",
                                                  constraint.constraint == Kind::deferrable       ? "DEFERRABLE"
                                                  : constraint.constraint == Kind::not_deferrable ? "NOT DEFERRABLE"
                                                  : constraint.constraint == Kind::deferred       ? "INITIALLY DEFERRED"
                                                                                                  : "INITIALLY IMMEDIATE"));
        auto& before = constraints.back();
        const bool of_time = constraint.constraint == Kind::deferred || constraint.constraint == Kind::immediate;
        bool& saw = of_time ? saw_time : saw_deferrable;
        if (saw)
          refuse(constraint.location, of_time ? "multiple INITIALLY IMMEDIATE/DEFERRED clauses not allowed"
                                              : "multiple DEFERRABLE/NOT DEFERRABLE clauses not allowed");
        saw = true;
        if (constraint.constraint == Kind::not_deferrable && before.initially_deferred)
          refuse(constraint.location, "constraint declared INITIALLY DEFERRED must be DEFERRABLE");
        if (constraint.constraint == Kind::deferred && saw_deferrable && !before.deferrable)
          refuse(constraint.location, "constraint declared INITIALLY DEFERRED must be DEFERRABLE");
        if (constraint.constraint == Kind::deferrable) before.deferrable = true;
        if (constraint.constraint == Kind::deferred) before.deferrable = before.initially_deferred = true;
        break;
      }
      default: {
        add_constraint(constraint);
        auto& added = constraints.back();
        added.written_on_column = true;
        saw_deferrable = saw_time = false;
        last_is_key = added.kind != query::Constraint::Kind::check;
        if (added.kind == query::Constraint::Kind::check) break;
        if (added.columns.empty()) added.columns.push_back(columns[index].name);
        if (added.kind == query::Constraint::Kind::primary_key) columns[index].not_null = true;
      }
    }
    auto& checked = columns[index];
    if (saw_default && saw_identity)
      refuse(constraint.location, fmt::format("both default and identity specified for column \"{}\" of table \"{}\"",
                                              checked.name, table()));
    if (saw_default && saw_generated)
      refuse(constraint.location, fmt::format("both default and generation expression specified for column \"{}\" of "
                                              "table \"{}\"", checked.name, table()));
    if (saw_identity && saw_generated)
      refuse(constraint.location, fmt::format("both identity and generation expression specified for column \"{}\" of "
                                              "table \"{}\"", checked.name, table()));
  }
}

void TableBuilder::add_merged_constraints(const ast::ColumnDefinition& node) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == node.name) column_constraints(node, i);
}

void TableBuilder::key_columns(query::Constraint& constraint, const ast::Constraint& node) {
  const bool primary = constraint.kind == query::Constraint::Kind::primary_key;
  for (ast::Name key : node.keys) {
    if (!column_type(key))
      throw SqlError("42703", fmt::format("column \"{}\" named in key does not exist", key)).at(node.location);
    for (const auto& other : constraint.columns)
      if (other == key)
        throw SqlError("42701", fmt::format("column \"{}\" appears twice in {} constraint", key,
                                            primary ? "primary key" : "unique"))
            .at(node.location);
    constraint.columns.push_back(str(key));
    if (primary)
      if (auto* column = find(key)) column->not_null = true;
  }
}

query::Constraint TableBuilder::make_constraint(const ast::Constraint& node) {
  query::Constraint result;
  result.name = str(node.name);
  result.location = node.location;
  result.deferrable = node.deferrable;
  result.initially_deferred = node.initially_deferred;
  result.not_valid = node.not_valid;
  result.no_inherit = node.no_inherit;
  result.nulls_not_distinct = node.nulls_not_distinct;
  for (ast::Name name : node.including) result.include.push_back(str(name));
  result.using_index = str(node.index_name);
  result.index_options = make_options(node.options);
  result.tablespace = str(node.tablespace);
  using Kind = ast::ConstraintKind;
  switch (node.constraint) {
    case Kind::check: result.kind = query::Constraint::Kind::check; break;
    case Kind::primary_key:
      result.kind = query::Constraint::Kind::primary_key;
      if (has_primary_key_)
        throw SqlError("42P16", fmt::format("multiple primary keys for table \"{}\" are not allowed", name_.name))
            .at(node.location);
      has_primary_key_ = true;
      key_columns(result, node);
      break;
    case Kind::unique:
      result.kind = query::Constraint::Kind::unique;
      key_columns(result, node);
      break;
    case Kind::foreign_key:
      result.kind = query::Constraint::Kind::foreign_key;
      result.referenced = relation_name(state_, *node.referenced);
      for (ast::Name name : node.foreign_columns) result.columns.push_back(str(name));
      for (ast::Name name : node.referenced_columns) result.referenced_columns.push_back(str(name));
      result.match = static_cast<query::ForeignKeyMatch>(node.match);
      result.on_update = static_cast<query::ForeignKeyAction>(node.update_action);
      result.on_delete = static_cast<query::ForeignKeyAction>(node.delete_action);
      for (ast::Name name : node.delete_set_columns) result.on_delete_set_columns.push_back(str(name));
      break;
    case Kind::exclusion:
      if (is_partitioned)
        throw SqlError("0A000", "exclusion constraints are not supported on partitioned tables").at(node.location);
      result.kind = query::Constraint::Kind::exclusion;
      result.access_method = node.access_method.empty() ? "btree" : str(node.access_method);
      break;
    default: throw SqlError("42601", "misplaced constraint attribute").at(node.location);
  }
  return result;
}

void TableBuilder::add_constraint(const ast::Constraint& node) {
  constraints.push_back(make_constraint(node));
  if (node.constraint == ast::ConstraintKind::check)
    pending_.push_back({Pending::What::check, node.expression, constraints.size() - 1});
  if (node.constraint == ast::ConstraintKind::exclusion)
    pending_.push_back({Pending::What::exclusion, &node, constraints.size() - 1});
}

void TableBuilder::analyze_exclusion(query::Constraint& constraint, const ast::Constraint& node) {
  for (const ast::Node* pair : node.exclusions) {
    const auto& items = ast::as<ast::ListNode>(*pair).items;
    query::IndexElement element = analyze_index_element(
        scope_, ast::as<ast::IndexElement>(*items[0]), constraint.access_method,
        [&](int column) { return item_->columns[static_cast<std::size_t>(column)].name; });
    query::ObjectName name;
    for (const ast::Node* part : ast::as<ast::ListNode>(*items[1]).items) {
      if (!name.name.empty()) name.schema = std::move(name.name);
      name.name = str(ast::as<ast::StringNode>(*part).value);
    }
    constraint.exclusion_elements.push_back({std::move(element), std::move(name)});
  }
  constraint.exclusion_where = condition(node.where, Place::index_predicate, "WHERE");
}

void TableBuilder::add_constraints(ast::NodeList nodes) {
  for (const ast::Node* node : nodes)
    if (const auto* constraint = ast::try_as<ast::Constraint>(node)) add_constraint(*constraint);
}

ExpressionPtr TableBuilder::expression(const ast::Node* node, Place place) {
  auto result = analyze_expression(scope_, node, place);
  assign_collations(scope_, *result);
  return result;
}

ExpressionPtr TableBuilder::condition(const ast::Node* node, Place place, const char* construct) {
  auto result = analyze_condition(scope_, node, place, construct);
  if (result) assign_collations(scope_, *result);
  return result;
}

ExpressionPtr TableBuilder::default_expression(const ast::Node* node, std::string_view column, const TypeRef& type) {
  auto value = analyze_expression(scope_, node, Place::column_default);
  Oid from = value->type.oid;
  value = coerce_to_target(scope_, std::move(value), type, Context::assignment, query::CallForm::implicit_cast, -1);
  if (!value)
    throw SqlError("42804", fmt::format("column \"{}\" is of type {} but default expression is of type {}", column,
                                        type_name(scope_, type.oid), type_name(scope_, from)))
        .with_hint("You will need to rewrite or cast the expression.");
  // What every column without a default has. (One of a domain is not a bare constant here: it hides
  // the domain's own default.)
  if (const auto* constant = std::get_if<query::Constant>(&value->node); constant && constant->value.is_null)
    return nullptr;
  assign_collations(scope_, *value);
  return value;
}

void TableBuilder::finish() {
  for (const Pending& item : pending_) {
    switch (item.what) {
      case Pending::What::default_: {
        auto& column = columns[item.index];
        column.default_value = default_expression(item.node, column.name, column.type);
        break;
      }
      case Pending::What::generated: {
        auto& column = columns[item.index];
        auto value = analyze_expression(scope_, item.node, Place::generated_column);
        if (const int whole = whole_row_location(*value); whole != kNoWholeRow)
          throw SqlError("42P17", "cannot use whole-row variable in column generation expression")
              .with_detail("This would cause the generated column to depend on its own value.")
              .at(whole);
        std::vector<std::string> names;
        mentioned_columns(*value, item_->columns, names);
        for (const auto& name : names)
          if (is_generated(name))
            throw SqlError("42P17", fmt::format("cannot use generated column \"{}\" in column generation expression",
                                                name))
                .with_detail("A generated column cannot reference another generated column.")
                .at(location_of(*value));
        Oid from = value->type.oid;
        value = coerce_to_target(scope_, std::move(value), column.type, Context::assignment,
                                 query::CallForm::implicit_cast, -1);
        if (!value)
          throw SqlError("42804", fmt::format("column \"{}\" is of type {} but default expression is of type {}",
                                              column.name, type_name(scope_, column.type.oid), type_name(scope_, from)))
              .with_hint("You will need to rewrite or cast the expression.");
        assign_collations(scope_, *value);
        column.default_value = std::move(value);
        break;
      }
      case Pending::What::check: {
        auto& constraint = constraints[item.index];
        constraint.check = condition(item.node, Place::check_constraint, "CHECK");
        constraint.columns.clear();
        mentioned_columns(*constraint.check, item_->columns, constraint.columns);
        break;
      }
      case Pending::What::exclusion:
        analyze_exclusion(constraints[item.index], ast::as<ast::Constraint>(*item.node));
        break;
    }
  }
  pending_.clear();
}

}  // namespace analyzer
