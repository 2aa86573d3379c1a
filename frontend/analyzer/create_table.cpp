// CREATE TABLE with LIKE, INHERITS and partitions; CREATE TABLE AS; partition bounds.
#include <fmt/format.h>

#include "query/walk.h"
#include "table_builder.h"

namespace analyzer {
namespace {

query::ColumnDefinition from_parent(const catalog::Column& column) {
  query::ColumnDefinition result;
  result.name = column.name;
  result.type = column.type;
  result.not_null = column.not_null;
  result.is_local = false;
  result.inherited_count = 1;
  if (column.default_) result.default_value = query::clone(*column.default_);
  result.generated_stored = column.generated;
  return result;
}

void copy_like(State& state, TableBuilder& builder, query::CreateTable& result, const ast::TableLike& like) {
  Scope scope(state, nullptr, nullptr);
  query::Query query;
  scope.query = &query;
  auto source = open_table(scope, *like.relation, catalog::RelationLock::access_share);
  using Kind = catalog::RelationKind;
  if (source->kind != Kind::table && source->kind != Kind::view && source->kind != Kind::materialized_view &&
      source->kind != Kind::composite && source->kind != Kind::foreign_table && source->kind != Kind::partitioned_table)
    throw SqlError("42809", fmt::format("relation \"{}\" is invalid in LIKE clause", source->name))
        .at(like.relation->location);
  // Defaults and checks refer to the source's columns by number: the copies have other numbers.
  std::vector<int> place(source->columns.size(), -1);
  int next = 0;
  {
    std::size_t existing = builder.columns.size();
    for (std::size_t i = 0; i < source->columns.size(); ++i)
      if (!source->columns[i].dropped) place[i] = static_cast<int>(existing) + next++;
  }
  std::function<void(Expression&)> renumber = [&](Expression& e) {
    if (auto* ref = std::get_if<query::ColumnReference>(&e.node); ref && ref->column >= 0)
      ref->column = place[static_cast<std::size_t>(ref->column)];
    query::for_each_child(e, [&](ExpressionPtr& child) { renumber(*child); });
  };
  for (const auto& column : source->columns) {
    if (column.dropped) continue;
    query::ColumnDefinition copy;
    copy.name = column.name;
    copy.type = column.type;
    copy.not_null = column.not_null;
    bool wanted = column.generated ? (like.options & ast::kLikeGenerated) != 0
                                   : (like.options & ast::kLikeDefaults) != 0;
    if (column.default_ && wanted && !column.identity) {
      copy.default_value = query::clone(*column.default_);
      renumber(*copy.default_value);
      copy.generated_stored = column.generated;
    }
    if (column.identity && (like.options & ast::kLikeIdentity)) {
      copy.identity = static_cast<query::Identity>(column.identity);
      query::OwnedSequence sequence;
      sequence.options.type = column.type.oid;
      if (auto owned = state.catalog.relation(column.identity_sequence); owned && owned->sequence) {
        sequence.options.increment = owned->sequence->increment;
        sequence.options.start = owned->sequence->start;
        sequence.options.min_value = owned->sequence->minimum;
        sequence.options.max_value = owned->sequence->maximum;
        sequence.options.cache = owned->sequence->cache;
        sequence.options.cycle = owned->sequence->cycle;
      }
      copy.sequence = std::move(sequence);
    }
    builder.add_definition(std::move(copy));
  }
  if (like.options & ast::kLikeConstraints)
    for (const auto& check : source->checks) {
      query::Constraint copy;
      copy.kind = query::Constraint::Kind::check;
      copy.name = check.name;
      copy.no_inherit = check.no_inherit;
      copy.check = query::clone(*check.expression);
      renumber(*copy.check);
      builder.constraints.push_back(std::move(copy));
    }
  if (like.options & ast::kLikeIndexes)
    for (const auto& index : source->indexes) {
      bool plain = true;
      for (const auto& key : index.keys) plain = plain && key.column >= 0;
      if (index.constraint && plain) {
        query::Constraint copy;
        copy.kind = index.primary ? query::Constraint::Kind::primary_key : query::Constraint::Kind::unique;
        copy.nulls_not_distinct = index.nulls_not_distinct;
        copy.deferrable = !index.immediate;
        for (const auto& key : index.keys)
          copy.columns.push_back(source->columns[static_cast<std::size_t>(key.column)].name);
        for (int column : index.included)
          copy.include.push_back(source->columns[static_cast<std::size_t>(column)].name);
        builder.constraints.push_back(std::move(copy));
        continue;
      }
      query::CreateIndex copy;
      copy.unique = index.unique;
      copy.nulls_not_distinct = index.nulls_not_distinct;
      for (const auto& key : index.keys) {
        query::IndexElement element;
        if (key.column >= 0) {
          element.column = source->columns[static_cast<std::size_t>(key.column)].name;
        } else {
          element.expression = query::clone(*key.expression);
          renumber(*element.expression);
        }
        element.collation = key.collation;
        element.descending = key.descending;
        element.nulls_first = key.nulls_first;
        copy.elements.push_back(std::move(element));
      }
      for (int column : index.included)
        copy.include.push_back(source->columns[static_cast<std::size_t>(column)].name);
      if (index.predicate) {
        copy.where = query::clone(*index.predicate);
        renumber(*copy.where);
      }
      result.like_indexes.push_back(std::move(copy));
    }
}

void inherit_columns(State& state, TableBuilder& builder, const ast::RangeVariable& parent_name,
                     std::vector<query::RelationName>& names) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto parent = open_table(scope, parent_name, catalog::RelationLock::share_update_exclusive);
  auto name = relation_name(state, parent_name);
  name.oid = parent->oid;
  names.push_back(std::move(name));
  for (const auto& column : parent->columns) {
    if (column.dropped) continue;
    bool merged = false;
    for (auto& existing : builder.columns) {
      if (existing.name != column.name) continue;
      if (existing.type.oid != column.type.oid)
        throw SqlError("42804", fmt::format("inherited column \"{}\" has a type conflict", column.name))
            .with_detail(fmt::format("{} versus {}", type_name(scope, existing.type.oid),
                                     type_name(scope, column.type.oid)));
      ++existing.inherited_count;
      existing.not_null = existing.not_null || column.not_null;
      merged = true;
    }
    if (!merged) builder.add_definition(from_parent(column));
  }
  for (const auto& check : parent->checks) {
    if (check.no_inherit) continue;
    query::Constraint copy;
    copy.kind = query::Constraint::Kind::check;
    copy.name = check.name;
    copy.check = query::clone(*check.expression);
    copy.is_local = false;
    copy.inherited_count = 1;
    // By name: the child's columns may stand elsewhere.
    std::function<void(Expression&)> renumber = [&](Expression& e) {
      if (auto* ref = std::get_if<query::ColumnReference>(&e.node); ref && ref->column >= 0) {
        const auto& wanted = parent->columns[static_cast<std::size_t>(ref->column)].name;
        for (std::size_t i = 0; i < builder.columns.size(); ++i)
          if (builder.columns[i].name == wanted) {
            ref->column = static_cast<int>(i);
            break;
          }
      }
      query::for_each_child(e, [&](ExpressionPtr& child) { renumber(*child); });
    };
    renumber(*copy.check);
    builder.constraints.push_back(std::move(copy));
  }
}

// A local column that a parent has, too, is merged into it.
bool merge_local(State& state, TableBuilder& builder, const ast::ColumnDefinition& node) {
  for (auto& existing : builder.columns) {
    if (existing.name != node.name || existing.is_local) continue;
    query::Query query;
    Scope scope(state, nullptr, &query);
    if (node.type) {
      TypeRef type = resolve_type(scope, *node.type);
      if (type.oid != existing.type.oid)
        throw SqlError("42804", fmt::format("column \"{}\" has a type conflict", node.name))
            .with_detail(fmt::format("{} versus {}", type_name(scope, existing.type.oid), type_name(scope, type.oid)));
    }
    existing.is_local = true;
    for (const ast::Node* item : node.constraints) {
      const auto& constraint = ast::as<ast::Constraint>(*item);
      if (constraint.constraint == ast::ConstraintKind::not_null) existing.not_null = true;
      if (constraint.constraint == ast::ConstraintKind::default_)
        existing.default_value = builder.default_expression(constraint.expression, existing.name, existing.type);
    }
    return true;
  }
  return false;
}

}  // namespace

query::PartitionBound analyze_bound(State& state, const ast::PartitionBound& node) {
  query::PartitionBound bound;
  bound.strategy = static_cast<query::PartitionStrategy>(node.strategy);
  bound.is_default = node.is_default;
  bound.modulus = node.modulus;
  bound.remainder = node.remainder;
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto convert = [&](ast::NodeList nodes) {
    std::vector<query::PartitionBound::Value> values;
    for (const ast::Node* item : nodes) {
      query::PartitionBound::Value value{};
      value.kind = query::PartitionBound::Value::Kind::value;
      const auto* column = ast::try_as<ast::ColumnRef>(item);
      if (column && column->names.size() == 1 && (column->names[0] == "minvalue" || column->names[0] == "maxvalue")) {
        value.kind = column->names[0] == "minvalue" ? query::PartitionBound::Value::Kind::min
                                                    : query::PartitionBound::Value::Kind::max;
      } else {
        value.expression = analyze_expression(scope, item, Place::partition_bound);
        assign_collations(scope, *value.expression);
      }
      values.push_back(std::move(value));
    }
    return values;
  };
  bound.list = convert(node.list);
  bound.lower = convert(node.lower);
  bound.upper = convert(node.upper);
  return bound;
}

query::CreateTable analyze_create_table(State& state, const ast::CreateTable& node) {
  query::CreateTable result;
  result.name = relation_name(state, *node.relation);
  result.persistence = persistence_of(*node.relation);
  result.if_not_exists = node.if_not_exists;
  result.options = make_options(node.options);
  result.access_method = str(node.access_method);
  result.tablespace = str(node.tablespace);
  result.on_commit = on_commit_of(node.on_commit);
  if (result.on_commit != query::OnCommit::none && result.persistence != query::Persistence::temporary)
    throw SqlError("42P16", "ON COMMIT can only be used on temporary tables");
  if (node.of_type) throw SqlError::not_supported("CREATE TABLE OF");

  TableBuilder builder(state, result.name);
  for (const ast::Node* parent : node.inherits) {
    std::vector<query::RelationName> names;
    inherit_columns(state, builder, ast::as<ast::RangeVariable>(*parent), names);
    if (node.bound) result.partition_of = std::move(names[0]);
    else result.inherits.push_back(std::move(names[0]));
  }
  std::vector<const ast::Constraint*> table_constraints;
  for (const ast::Node* element : node.elements) {
    if (const auto* column = ast::try_as<ast::ColumnDefinition>(element)) {
      if (!merge_local(state, builder, *column)) {
        if (node.bound)
          throw SqlError("42703", fmt::format("column \"{}\" does not exist", column->name)).at(column->location);
        builder.add_column(*column);
      }
    } else if (const auto* constraint = ast::try_as<ast::Constraint>(element)) {
      table_constraints.push_back(constraint);
    } else if (const auto* like = ast::try_as<ast::TableLike>(element)) {
      copy_like(state, builder, result, *like);
    }
  }
  for (const auto* constraint : table_constraints) builder.add_constraint(*constraint);
  builder.finish();
  // Not-null follows from primary keys that came by LIKE, too.
  for (const auto& constraint : builder.constraints)
    if (constraint.kind == query::Constraint::Kind::primary_key)
      for (auto& column : builder.columns)
        for (const auto& key : constraint.columns) column.not_null = column.not_null || column.name == key;
  if (node.bound) result.bound = analyze_bound(state, *node.bound);
  if (node.partition_by) {
    std::string_view strategy = node.partition_by->strategy;
    std::string lowered(strategy);
    for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    result.partition_by = lowered == "list"    ? query::PartitionStrategy::list
                          : lowered == "range" ? query::PartitionStrategy::range
                          : lowered == "hash"
                              ? query::PartitionStrategy::hash
                              : throw SqlError("22023", fmt::format("unrecognized partitioning strategy \"{}\"", strategy));
    for (const ast::Node* item : node.partition_by->elements) {
      const auto& element = ast::as<ast::PartitionElement>(*item);
      query::PartitionKey key;
      if (element.name.data()) {
        key.column = str(element.name);
        if (!builder.column_type(element.name))
          throw SqlError("42703", fmt::format("column \"{}\" named in partition key does not exist", element.name))
              .at(element.location);
      } else {
        key.expression = builder.expression(element.expression, Place::partition_expression);
      }
      if (!element.operator_class.empty()) key.operator_class = object_name(state, element.operator_class);
      if (!element.collation.empty()) key.collation = resolve_collation(builder.scope(), element.collation, element.location);
      result.partition_keys.push_back(std::move(key));
    }
  }
  result.columns = std::move(builder.columns);
  result.constraints = std::move(builder.constraints);
  return result;
}

query::CreateTableAs analyze_create_table_as(State& state, const ast::Node* source, const ast::IntoClause& into) {
  query::CreateTableAs result;
  result.name = relation_name(state, *into.relation);
  result.persistence = persistence_of(*into.relation);
  result.with_data = !into.skip_data;
  result.options = make_options(into.options);
  result.tablespace = str(into.tablespace);
  result.on_commit = on_commit_of(into.on_commit);
  if (const auto* execute = ast::try_as<ast::Execute>(source)) {
    parser::Statement statement{source, 0, 0};
    auto inner = analyze_statement(state, statement);
    auto& analysed = std::get<query::Execute>(inner.node);
    result.execute = str(execute->name);
    result.execute_arguments = std::move(analysed.arguments);
    for (ast::Name name : into.columns) {
      query::ColumnDefinition column;
      column.name = str(name);
      result.columns.push_back(std::move(column));
    }
    return result;
  }
  result.query = analyze_query(state, nullptr, source);
  std::size_t i = 0;
  for (const auto& output : result.query->output) {
    if (output.hidden) continue;
    query::ColumnDefinition column;
    column.name = i < into.columns.size() ? str(into.columns[i]) : output.name;
    column.type = output.expression->type;
    for (const auto& other : result.columns)
      if (other.name == column.name)
        throw SqlError("42701", fmt::format("column \"{}\" specified more than once", column.name));
    result.columns.push_back(std::move(column));
    ++i;
  }
  if (into.columns.size() > i) throw SqlError("42601", "too many column names were specified");
  return result;
}

}  // namespace analyzer
