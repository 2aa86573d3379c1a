// CREATE TABLE with LIKE, INHERITS and partitions; CREATE TABLE AS; partition bounds.
#include <fmt/format.h>

#include "catalog/access_methods.h"
#include "catalog/query_privileges.h"
#include "catalog/session_catalog.h"
#include "query/walk.h"
#include "table_builder.h"
#include "types/ascii.h"
#include "types/current_session.h"
#include "types/session_services.h"

namespace analyzer {
namespace {

std::string collation_name(State& state, Oid oid) {
  const auto* info = state.catalog.collation(oid);
  return info ? std::string(info->name) : std::string();
}

std::string collations(State& state, const TypeRef& one, const TypeRef& other) {
  return fmt::format("\"{}\" versus \"{}\"", collation_name(state, one.collation),
                     collation_name(state, other.collation));
}

// Whether a parent's default or generation expression says what the column has already, which reads the builder's.
bool same_default(const Expression& existing, const TableBuilder& builder, const Expression& other,
                  const catalog::RelationDescriptor& parent) {
  auto copy = query::clone(other);
  std::function<void(Expression&)> renumber = [&](Expression& e) {
    if (auto* ref = std::get_if<query::ColumnReference>(&e.node); ref && ref->column >= 0)
      ref->column = builder.position(parent.columns[static_cast<std::size_t>(ref->column)].name);
    query::for_each_child(e, [&](ExpressionPtr& child) { renumber(*child); });
  };
  renumber(*copy);
  return query::equal(existing, *copy);
}

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

// What was written (or came by LIKE) so far: a parent's column keeps its place among the inherited ones.
struct WrittenColumns {
  int count = 0;
};

void merge_definition(State& state, TableBuilder& builder, query::ColumnDefinition column, WrittenColumns& written,
                      query::CreateTable& result);

// A key of an index of the table that is copied.
query::IndexElement copied_key(State& state, const catalog::RelationDescriptor& source,
                               const catalog::IndexDescriptor& index, const catalog::IndexKey& key,
                               const std::function<void(Expression&)>& renumber) {
  query::IndexElement element;
  if (key.column >= 0) {
    element.column = source.columns[static_cast<std::size_t>(key.column)].name;
  } else {
    element.expression = query::clone(*key.expression);
    renumber(*element.expression);
  }
  const auto* standard = state.catalog.default_operator_class(key.type.oid, index.method);
  if (standard == nullptr || standard->oid != key.operator_class)
    if (const auto* used = state.catalog.operator_class(key.operator_class)) element.operator_class.name = used->name;
  element.collation = key.collation;
  element.descending = key.descending;
  element.nulls_first = key.nulls_first;
  return element;
}

void copy_like(State& state, TableBuilder& builder, query::CreateTable& result, const ast::TableLike& like,
               WrittenColumns& written) {
  Scope scope(state, nullptr, nullptr);
  query::Query query;
  scope.query = &query;
  catalog::RelationPtr source;
  try {
    source = open_relation(scope, *like.relation, catalog::RelationLock::access_share);
  } catch (SqlError& error) {
    error.set_position_if_none(like.relation->location);
    throw;
  }
  using Kind = catalog::RelationKind;
  if (source->kind != Kind::table && source->kind != Kind::view && source->kind != Kind::materialized_view &&
      source->kind != Kind::composite && source->kind != Kind::foreign_table && source->kind != Kind::partitioned_table)
    throw SqlError("42809", fmt::format("relation \"{}\" is invalid in LIKE clause", source->name))
        .with_detail(source->kind == Kind::sequence ? "This operation is not supported for sequences."
                     : source->kind == Kind::index  ? "This operation is not supported for indexes."
                                                    : "This operation is not supported for partitioned indexes.")
        .at(like.relation->location);
  if (auto* session = dynamic_cast<catalog::SessionCatalog*>(&scope.catalog()); session != nullptr && source->kind != Kind::composite)
    catalog::require_privileges(*session, *source, types::privilege::select);
  const bool comments = (like.options & ast::kLikeComments) != 0;
  // Defaults and checks refer to the source's columns by number: the copies have other numbers.
  std::vector<int> place(source->columns.size(), -1);
  {
    int next = static_cast<int>(builder.columns.size());
    for (std::size_t i = 0; i < source->columns.size(); ++i) {
      if (source->columns[i].dropped) continue;
      const int inherited = builder.position(source->columns[i].name);
      place[i] = inherited >= 0 ? inherited : next++;
    }
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
    copy.like = {source->oid, column.number, comments, (like.options & ast::kLikeStorage) != 0,
                 (like.options & ast::kLikeCompression) != 0};
    merge_definition(state, builder, std::move(copy), written, result);
  }
  if (like.options & ast::kLikeStatistics) result.like_statistics.push_back({source->oid, comments});
  if (like.options & ast::kLikeConstraints)
    for (const auto& check : source->checks) {
      query::Constraint copy;
      copy.like = {check.oid, 0, comments, false, false};
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
      if (index.is_exclusion) {
        query::Constraint copy;
        copy.kind = query::Constraint::Kind::exclusion;
        copy.like = {index.oid, 0, comments, false, false};
        copy.access_method = catalog::method_name(index.method);
        copy.deferrable = !index.immediate;
        copy.initially_deferred = index.initially_deferred;
        const auto operators = catalog::exclusion_operators(*source, index);
        for (std::size_t i = 0; i < index.keys.size(); ++i) {
          query::ExclusionElement element;
          element.element = copied_key(state, *source, index, index.keys[i], renumber);
          if (const auto* info = state.catalog.operator_(operators[i]))
            element.operator_ = {state.catalog.schema_name(info->schema), std::string(info->name)};
          copy.exclusion_elements.push_back(std::move(element));
        }
        for (int column : index.included)
          copy.include.push_back(source->columns[static_cast<std::size_t>(column)].name);
        if (index.predicate) {
          copy.exclusion_where = query::clone(*index.predicate);
          renumber(*copy.exclusion_where);
        }
        builder.constraints.push_back(std::move(copy));
        continue;
      }
      if (index.constraint && plain) {
        query::Constraint copy;
        copy.kind = index.primary ? query::Constraint::Kind::primary_key : query::Constraint::Kind::unique;
        copy.nulls_not_distinct = index.nulls_not_distinct;
        copy.deferrable = !index.immediate;
        copy.initially_deferred = index.initially_deferred;
        copy.like = {index.oid, 0, comments, false, false};
        for (const auto& key : index.keys)
          copy.columns.push_back(source->columns[static_cast<std::size_t>(key.column)].name);
        for (int column : index.included)
          copy.include.push_back(source->columns[static_cast<std::size_t>(column)].name);
        builder.constraints.push_back(std::move(copy));
        continue;
      }
      query::CreateIndex copy;
      copy.like = {index.oid, 0, comments, false, false};
      copy.access_method = catalog::method_name(index.method);
      copy.unique = index.unique;
      copy.nulls_not_distinct = index.nulls_not_distinct;
      for (const auto& key : index.keys) {
        copy.elements.push_back(copied_key(state, *source, index, key, renumber));
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
                     bool partition, query::CreateTable& result, std::vector<query::RelationName>& names) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto parent = open_relation(scope, parent_name, catalog::RelationLock::share_update_exclusive);
  auto name = relation_name(state, parent_name);
  name.oid = parent->oid;
  using Kind = catalog::RelationKind;
  if (!partition) {
    if (parent->kind == Kind::partitioned_table)
      throw SqlError("42809", fmt::format("cannot inherit from partitioned table \"{}\"", parent->name));
    if (parent->partition_bound) throw SqlError("42809", fmt::format("cannot inherit from partition \"{}\"", parent->name));
    if (parent->kind != Kind::table && parent->kind != Kind::foreign_table)
      throw SqlError("42809", fmt::format("inherited relation \"{}\" is not a table or foreign table", parent->name));
    for (const auto& other : result.inherits)
      if (other.oid == parent->oid)
        throw SqlError("42P07", fmt::format("relation \"{}\" would be inherited from more than once", parent->name));
  }
  if (result.persistence != query::Persistence::temporary && parent->persistence == 't')
    throw SqlError("42809", partition
        ? fmt::format("cannot create a permanent relation as partition of temporary relation \"{}\"", parent->name)
        : fmt::format("cannot inherit from temporary relation \"{}\"", parent->name));
  if (partition && result.persistence == query::Persistence::temporary && parent->persistence != 't')
    throw SqlError("42809", fmt::format("cannot create a temporary relation as partition of permanent relation \"{}\"",
                                        parent->name));
  names.push_back(std::move(name));
  for (const auto& column : parent->columns) {
    if (column.dropped) continue;
    bool merged = false;
    for (auto& existing : builder.columns) {
      if (existing.name != column.name) continue;
      result.notices.push_back(
          {fmt::format("merging multiple inherited definitions of column \"{}\"", column.name), {}});
      if (existing.type.oid != column.type.oid || existing.type.typmod != column.type.typmod)
        throw SqlError("42804", fmt::format("inherited column \"{}\" has a type conflict", column.name))
            .with_detail(fmt::format("{} versus {}", state.catalog.format_type(existing.type.oid, existing.type.typmod),
                                     state.catalog.format_type(column.type.oid, column.type.typmod)));
      if (existing.type.collation != column.type.collation)
        throw SqlError("42P21", fmt::format("inherited column \"{}\" has a collation conflict", column.name))
            .with_detail(collations(state, existing.type, column.type));
      if (existing.generated_stored != column.generated)
        throw SqlError("42804", fmt::format("inherited column \"{}\" has a generation conflict", column.name));
      if (column.default_ && !column.identity) {
        if (!existing.default_value) existing.default_value = query::clone(*column.default_);
        else if (!same_default(*existing.default_value, builder, *column.default_, *parent))
          builder.conflicting_defaults.push_back(column.name);
      }
      ++existing.inherited_count;
      existing.not_null = existing.not_null || column.not_null;
      merged = true;
    }
    if (!merged) {
      auto inherited = from_parent(column);
      if (column.identity != 0) inherited.default_value = nullptr;
      if (inherited.generated_stored) {
        // Over the child's columns: those before it stand already, later ones are as many more.
        std::vector<std::string> later;
        std::function<void(Expression&)> place = [&](Expression& e) {
          if (auto* ref = std::get_if<query::ColumnReference>(&e.node); ref && ref->column >= 0) {
            const auto& wanted = parent->columns[static_cast<std::size_t>(ref->column)].name;
            bool found = false;
            for (std::size_t i = 0; i < builder.columns.size() && !found; ++i)
              if (builder.columns[i].name == wanted) {
                ref->column = static_cast<int>(i);
                found = true;
              }
            if (!found) {
              int at = static_cast<int>(builder.columns.size());
              for (const auto& other : parent->columns) {
                if (other.dropped) continue;
                bool known = false;
                for (const auto& existing : builder.columns) known = known || existing.name == other.name;
                if (known) continue;
                if (other.name == wanted) break;
                ++at;
              }
              ref->column = at;
            }
          }
          query::for_each_child(e, [&](ExpressionPtr& child) { place(*child); });
        };
        place(*inherited.default_value);
      }
      builder.add_definition(std::move(inherited));
    }
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
        if (std::find(copy.columns.begin(), copy.columns.end(), wanted) == copy.columns.end())
          copy.columns.push_back(wanted);
        for (std::size_t i = 0; i < builder.columns.size(); ++i)
          if (builder.columns[i].name == wanted) {
            ref->column = static_cast<int>(i);
            break;
          }
      }
      query::for_each_child(e, [&](ExpressionPtr& child) { renumber(*child); });
    };
    renumber(*copy.check);
    bool known = false;
    for (auto& other : builder.constraints) {
      if (other.kind != query::Constraint::Kind::check || other.name != copy.name || other.is_local) continue;
      if (!query::equal(*other.check, *copy.check))
        throw SqlError("42710", fmt::format("check constraint name \"{}\" appears multiple times but with different "
                                            "expressions", copy.name));
      ++other.inherited_count;
      known = true;
    }
    if (!known) builder.constraints.push_back(std::move(copy));
  }
}

// A column that a parent has, too: which place the inherited one keeps, and whether they go together. What the new
// one brings is not known for one without a type (PARTITION OF, OF).
void require_mergeable(State& state, const query::ColumnDefinition& existing, const query::ColumnDefinition& column,
                       int place, WrittenColumns& written, query::CreateTable& result) {
  ++written.count;
  if (place + 1 == written.count)
    result.notices.push_back({fmt::format("merging column \"{}\" with inherited definition", column.name), {}});
  else
    result.notices.push_back({fmt::format("moving and merging column \"{}\" with inherited definition", column.name),
                              "User-specified column moved to the position of the inherited column."});
  if (column.type.oid != existing.type.oid || column.type.typmod != existing.type.typmod)
    throw SqlError("42804", fmt::format("column \"{}\" has a type conflict", column.name))
        .with_detail(fmt::format("{} versus {}", state.catalog.format_type(existing.type.oid, existing.type.typmod),
                                 state.catalog.format_type(column.type.oid, column.type.typmod)));
  if (column.type.collation != existing.type.collation)
    throw SqlError("42P21", fmt::format("column \"{}\" has a collation conflict", column.name))
        .with_detail(collations(state, existing.type, column.type));
}

void require_no_value(const query::ColumnDefinition& existing, bool generated, bool with_default, bool identity) {
  if (!existing.generated_stored) return;
  if (generated)
    throw SqlError("42611", fmt::format("child column \"{}\" specifies generation expression", existing.name))
        .with_hint("Omit the generation expression in the definition of the child table column to inherit the "
                   "generation expression from the parent table.");
  if (with_default)
    throw SqlError("42611", fmt::format("column \"{}\" inherits from generated column but specifies default",
                                        existing.name));
  if (identity)
    throw SqlError("42611", fmt::format("column \"{}\" inherits from generated column but specifies identity",
                                        existing.name));
}

void merge_definition(State& state, TableBuilder& builder, query::ColumnDefinition column, WrittenColumns& written,
                      query::CreateTable& result) {
  const int place = builder.position(column.name);
  if (place < 0 || builder.columns[static_cast<std::size_t>(place)].is_local) {
    ++written.count;
    builder.add_definition(std::move(column));
    return;
  }
  auto& existing = builder.columns[static_cast<std::size_t>(place)];
  require_mergeable(state, existing, column, place, written, result);
  require_no_value(existing, column.generated_stored, column.default_value && !column.generated_stored,
                   column.identity != query::Identity::none);
  existing.is_local = true;
  existing.not_null = existing.not_null || column.not_null;
  existing.like = column.like;
  if (column.default_value) {
    existing.default_value = std::move(column.default_value);
    existing.generated_stored = column.generated_stored;
    std::erase(builder.conflicting_defaults, existing.name);
  }
  existing.identity = column.identity;
  if (column.sequence) existing.sequence = std::move(column.sequence);
}

// A local column that a parent has, too, is merged into it.
bool merge_local(State& state, TableBuilder& builder, const ast::ColumnDefinition& node, WrittenColumns& written,
                 query::CreateTable& result) {
  const int place = builder.position(node.name);
  if (place < 0 || builder.columns[static_cast<std::size_t>(place)].is_local) return false;
  auto& existing = builder.columns[static_cast<std::size_t>(place)];
  bool generated = false, with_default = false, identity = false;
  for (const ast::Node* item : node.constraints) {
    const auto kind = ast::as<ast::Constraint>(*item).constraint;
    generated = generated || kind == ast::ConstraintKind::generated;
    with_default = with_default || kind == ast::ConstraintKind::default_;
    identity = identity || kind == ast::ConstraintKind::identity;
  }
  if (node.type) {
    TableBuilder probe(state, result.name);  // types and collations by the rules of a new column
    ast::ColumnDefinition bare = node;
    bare.constraints = {};
    probe.add_column(bare);
    auto& column = probe.columns[0];
    require_mergeable(state, existing, column, place, written, result);
    if (column.sequence) {  // serial
      existing.not_null = true;
      existing.sequence = std::move(column.sequence);
      with_default = true;
    }
    require_no_value(existing, generated, with_default, identity);
  } else if (generated) {
    throw SqlError("0A000", result.of_type ? "generated columns are not supported on typed tables"
                                           : "generated columns are not supported on partitions");
  }
  existing.is_local = true;
  if (with_default || generated) {
    existing.default_value = nullptr;
    std::erase(builder.conflicting_defaults, existing.name);
  }
  builder.add_merged_constraints(node);
  return true;
}

// CREATE TABLE OF: the type's fields are the columns; what is written adds to them.
void columns_of_type(State& state, TableBuilder& builder, const ast::TypeName& name, query::CreateTable& result) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  TypeRef type;
  try {
    type = resolve_type(scope, name);
  } catch (const SqlError& error) {
    throw SqlError(error.sqlstate(), error.message());  // without a position
  }
  const auto* info = scope.catalog().type(type.oid);
  auto relation = info && info->relation ? scope.catalog().open_relation(info->relation, catalog::RelationLock::access_share, false)
                                         : nullptr;
  if (!relation || relation->kind != catalog::RelationKind::composite)
    throw SqlError("42809", fmt::format("type {} is not a composite type", type_name(scope, type.oid)));
  result.of_type = type.oid;
  for (const auto& field : relation->columns) {
    if (field.dropped) continue;
    query::ColumnDefinition column;
    column.name = field.name;
    column.type = field.type;
    column.is_local = false;  // until it is written
    builder.add_definition(std::move(column));
  }
}

}  // namespace

query::PartitionBound analyze_bound(State& state, const ast::PartitionBound& node,
                                    const catalog::RelationDescriptor& parent) {
  using Value = query::PartitionBound::Value;
  query::PartitionBound bound;
  bound.strategy = static_cast<query::PartitionStrategy>(node.strategy);
  bound.is_default = node.is_default;
  bound.modulus = node.modulus;
  bound.remainder = node.remainder;
  if (bound.is_default) return bound;
  const catalog::PartitionKey& key = *parent.partition_key;
  if (bound.strategy != key.strategy) {
    const char* name = key.strategy == query::PartitionStrategy::list    ? "list"
                       : key.strategy == query::PartitionStrategy::range ? "range"
                                                                         : "hash";
    throw SqlError("42P16", fmt::format("invalid bound specification for a {} partition", name)).at(node.location);
  }
  if (bound.strategy == query::PartitionStrategy::hash) {
    if (bound.modulus <= 0)
      throw SqlError("42P16", "modulus for hash partition must be an integer value greater than zero");
    if (bound.remainder < 0)
      throw SqlError("42P16", "remainder for hash partition must be an integer value greater than or equal to zero");
    if (bound.remainder >= bound.modulus)
      throw SqlError("42P16", "remainder for hash partition must be less than modulus");
    return bound;
  }
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto value_of = [&](const ast::Node* item, std::size_t column) {
    Value value{};
    value.kind = Value::Kind::value;
    const auto* name = ast::try_as<ast::ColumnRef>(item);
    const bool range = bound.strategy == query::PartitionStrategy::range;
    if (range && name && name->names.size() == 1 && (name->names[0] == "minvalue" || name->names[0] == "maxvalue")) {
      value.kind = name->names[0] == "minvalue" ? Value::Kind::min : Value::Kind::max;
      return value;
    }
    const catalog::PartitionKeyColumn& wanted = key.columns[column];
    std::string key_name = wanted.column >= 0 ? parent.columns[static_cast<std::size_t>(wanted.column)].name
                                              : "partition key expression";
    auto expression = analyze_expression(scope, item, Place::partition_bound);
    const int location = expression->location;
    auto converted = coerce_to_target(scope, std::move(expression), wanted.type, Context::assignment,
                                      query::CallForm::implicit_cast, -1);
    if (!converted)
      throw SqlError("42804", fmt::format("specified value cannot be cast to type {} for column \"{}\"",
                                          state.catalog.format_type(wanted.type.oid), key_name))
          .at(location);
    assign_collations(scope, *converted);
    converted->location = location;
    value.expression = std::move(converted);
    return value;
  };
  if (bound.strategy == query::PartitionStrategy::list) {
    for (const ast::Node* item : node.list) bound.list.push_back(value_of(item, 0));
    return bound;
  }
  if (node.lower.size() != key.columns.size())
    throw SqlError("42P16", "FROM must specify exactly one value per partitioning column");
  if (node.upper.size() != key.columns.size())
    throw SqlError("42P16", "TO must specify exactly one value per partitioning column");
  auto side = [&](ast::NodeList nodes, std::vector<Value>& values) {
    for (std::size_t i = 0; i < nodes.size(); ++i) values.push_back(value_of(nodes[i], i));
    // Nothing but the same may follow MINVALUE and MAXVALUE.
    for (std::size_t i = 1; i < values.size(); ++i) {
      if (values[i - 1].kind == Value::Kind::value || values[i].kind == values[i - 1].kind) continue;
      throw SqlError("42804", fmt::format("every bound following {} must also be {}",
                                          values[i - 1].kind == Value::Kind::min ? "MINVALUE" : "MAXVALUE",
                                          values[i - 1].kind == Value::Kind::min ? "MINVALUE" : "MAXVALUE"))
          .at(nodes[i]->location);
    }
  };
  side(node.lower, bound.lower);
  side(node.upper, bound.upper);
  return bound;
}

namespace {

void analyze_create_table_into(State& state, const ast::CreateTable& node, query::CreateTable& result) {
  result.name = relation_name(state, *node.relation);
  result.persistence = persistence_of(*node.relation);
  result.if_not_exists = node.if_not_exists;
  result.options = make_options(node.options);
  result.access_method = str(node.access_method);
  result.tablespace = str(node.tablespace);
  result.on_commit = on_commit_of(node.on_commit);
  if (result.on_commit != query::OnCommit::none && result.persistence != query::Persistence::temporary)
    throw SqlError("42P16", "ON COMMIT can only be used on temporary tables");

  TableBuilder builder(state, result.name);
  builder.is_partitioned = node.partition_by != nullptr;
  if (node.of_type) columns_of_type(state, builder, *node.of_type, result);
  for (const ast::Node* parent : node.inherits) {
    std::vector<query::RelationName> names;
    inherit_columns(state, builder, ast::as<ast::RangeVariable>(*parent), node.bound != nullptr, result, names);
    if (node.bound) result.partition_of = std::move(names[0]);
    else result.inherits.push_back(std::move(names[0]));
  }
  std::vector<const ast::Constraint*> table_constraints;
  WrittenColumns written;
  for (const ast::Node* element : node.elements) {
    if (const auto* column = ast::try_as<ast::ColumnDefinition>(element)) {
      if (!merge_local(state, builder, *column, written, result)) {
        ++written.count;
        if (node.of_type && builder.column_type(column->name))
          throw SqlError("42701", fmt::format("column \"{}\" specified more than once", column->name));
        if (node.of_type) throw SqlError("42703", fmt::format("column \"{}\" does not exist", column->name));
        if (node.bound)
          throw SqlError("42703", fmt::format("column \"{}\" does not exist", column->name)).at(column->location);
        builder.add_column(*column);
      }
    } else if (const auto* constraint = ast::try_as<ast::Constraint>(element)) {
      table_constraints.push_back(constraint);
    } else if (const auto* like = ast::try_as<ast::TableLike>(element)) {
      copy_like(state, builder, result, *like, written);
    }
  }
  for (const auto* constraint : table_constraints) builder.add_constraint(*constraint);
  for (const auto& name : builder.conflicting_defaults)
    if (builder.columns[static_cast<std::size_t>(builder.position(name))].generated_stored)
      throw SqlError("42611", fmt::format("column \"{}\" inherits conflicting generation expressions", name));
    else
      throw SqlError("42611", fmt::format("column \"{}\" inherits conflicting default values", name))
          .with_hint("To resolve the conflict, specify a default explicitly.");
  builder.finish();
  if (node.of_type)
    for (auto& column : builder.columns) column.is_local = true;
  // Not-null follows from primary keys that came by LIKE, too.
  for (const auto& constraint : builder.constraints)
    if (constraint.kind == query::Constraint::Kind::primary_key)
      for (auto& column : builder.columns)
        for (const auto& key : constraint.columns) column.not_null = column.not_null || column.name == key;
  if (node.bound) {
    auto parent = state.catalog.relation(result.partition_of->oid);
    if (!parent->partition_key) throw SqlError("42P17", fmt::format("\"{}\" is not partitioned", parent->name));
    result.bound = analyze_bound(state, *node.bound, *parent);
  }
  if (node.partition_by) {
    std::string_view strategy = node.partition_by->strategy;
    const std::string lowered = types::lower_ascii(strategy);
    result.partition_by = lowered == "list"    ? query::PartitionStrategy::list
                          : lowered == "range" ? query::PartitionStrategy::range
                          : lowered == "hash"
                              ? query::PartitionStrategy::hash
                              : throw SqlError("22023", fmt::format("unrecognized partitioning strategy \"{}\"", strategy));
    if (result.partition_by == query::PartitionStrategy::list && node.partition_by->elements.size() > 1)
      throw SqlError("42P17", "cannot use \"list\" partition strategy with more than one column");
    for (const ast::Node* item : node.partition_by->elements) {
      const auto& element = ast::as<ast::PartitionElement>(*item);
      query::PartitionKey key;
      key.location = element.location;
      if (element.name.data()) {
        key.column = str(element.name);
        constexpr std::string_view kSystem[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};
        if (!builder.column_type(element.name) && std::ranges::find(kSystem, element.name) != std::end(kSystem))
          throw SqlError("42P17", fmt::format("cannot use system column \"{}\" in partition key", element.name))
              .at(element.location);
        if (!builder.column_type(element.name))
          throw SqlError("42703", fmt::format("column \"{}\" named in partition key does not exist", element.name))
              .at(element.location);
      } else {
        key.expression = builder.expression(element.expression, Place::partition_expression);
        if (const std::string name = builder.generated_column_in(*key.expression); !name.empty())
          throw SqlError("42P17", "cannot use generated column in partition key")
              .with_detail(fmt::format("Column \"{}\" is a generated column.", name))
              .at(element.location);
      }
      if (!element.operator_class.empty()) key.operator_class = object_name(state, element.operator_class);
      if (!element.collation.empty()) key.collation = resolve_collation(builder.scope(), element.collation, element.location);
      result.partition_keys.push_back(std::move(key));
    }
  }
  result.columns = std::move(builder.columns);
  result.constraints = std::move(builder.constraints);
}

}  // namespace

query::CreateTable analyze_create_table(State& state, const ast::CreateTable& node) {
  query::CreateTable result;
  try {
    analyze_create_table_into(state, node, result);
  } catch (const SqlError&) {
    // The statement will never run: what it had to say is said before its error.
    if (auto* session = types::current_session())
      for (const auto& notice : result.notices)
        session->notice(SqlError("00000", notice.message).with_detail(notice.detail));
    throw;
  }
  return result;
}

namespace {

// What has a collatable type must have got a collation.
void require_no_collation(State& state, Oid type, const std::string& column) {
  query::Query none;
  Scope scope(state, nullptr, &none);
  if (type_ref(scope, type).collation == 0) return;
  throw SqlError("42P22", fmt::format("no collation was derived for column \"{}\" with collatable type {}", column,
                                      type_name(scope, type)))
      .with_hint("Use the COLLATE clause to set the collation explicitly.");
}

}  // namespace

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
    if (column.type.collation == 0) require_no_collation(state, column.type.oid, column.name);
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
