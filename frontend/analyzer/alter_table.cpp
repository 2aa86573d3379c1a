// ALTER TABLE and what shares its grammar.
#include <fmt/format.h>

#include "catalog/system_attributes.h"
#include "collations.h"
#include "foreign.h"
#include "positions.h"
#include "table_builder.h"

namespace analyzer {
namespace {

using Action = ast::AlterTableAction;

catalog::RelationLock lock_for(const ast::AlterTable& node) {
  auto lock = catalog::RelationLock::share_update_exclusive;
  for (const ast::Node* item : node.commands) {
    const auto& command = ast::as<ast::AlterTableCommand>(*item);
    switch (command.action) {
      case Action::add_constraint:
        if (ast::as<ast::Constraint>(*command.definition).constraint !=
            ast::ConstraintKind::foreign_key)
          return catalog::RelationLock::access_exclusive;
        lock = catalog::RelationLock::share_row_exclusive;
        break;
      case Action::validate_constraint:
      case Action::set_statistics:
      case Action::set_options:
      case Action::reset_options:
      case Action::cluster_on:
      case Action::drop_cluster:
      case Action::set_rel_options:
      case Action::reset_rel_options:
      case Action::attach_partition: break;
      default: return catalog::RelationLock::access_exclusive;
    }
  }
  return lock;
}

// Without the casts that fitted it to the column's type so far.
const Expression& as_written(const Expression& value) {
  const auto is_implicit = [](query::CallForm form) { return form == query::CallForm::implicit_cast; };
  if (const auto* call = std::get_if<query::Call>(&value.node); call && is_implicit(call->form) && !call->arguments.empty())
    return as_written(*call->arguments[0]);
  if (const auto* relabel = std::get_if<query::Relabel>(&value.node); relabel && is_implicit(relabel->form))
    return as_written(*relabel->argument);
  if (const auto* text = std::get_if<query::CoerceViaIo>(&value.node); text && is_implicit(text->form))
    return as_written(*text->argument);
  return value;
}

class AlterBuilder {
 public:
  AlterBuilder(State& state, query::AlterTable& result, const catalog::RelationPtr& relation)
      : state_(state), result_(result), relation_(relation), builder_(state, result.table) {
    builder_.is_partitioned = relation && relation->kind == catalog::RelationKind::partitioned_table;
    if (relation)
      for (const auto& column : relation->columns) builder_.add_existing(column.name, column.type, column.dropped);
  }

  void add(const ast::AlterTableCommand& command);
  // Whatever is added is made when the types have changed: the later ones are known before.
  void look_ahead(ast::NodeList commands) {
    for (const ast::Node* node : commands) {
      const auto& command = ast::as<ast::AlterTableCommand>(*node);
      if (command.action != ast::AlterTableAction::alter_column_type || !builder_.column_type(command.name)) continue;
      new_types_.emplace_back(str(command.name), type_of(ast::as<ast::ColumnDefinition>(*command.definition)));
    }
    if (relation_)
      for (const auto& column : relation_->columns)
        if (column.generated && !column.dropped) builder_.existing_generated.push_back(column.name);
  }

 private:
  TypeRef type_of(const ast::ColumnDefinition& definition) {
    TypeRef type = without_position([&] { return resolve_type(builder_.scope(), *definition.type); });
    if (definition.collation)
      type.collation = collation_of_column(builder_.scope(), type.oid, *definition.collation, -1);
    return type;
  }
  // Runs what reads the columns as they will be.
  template <typename Do>
  void with_new_types(Do&& run) {
    std::vector<std::pair<std::string, TypeRef>> before;
    for (const auto& [column, type] : new_types_) {
      before.emplace_back(column, *builder_.column_type(column));
      builder_.change_type(column, type);
    }
    run();
    for (const auto& [column, type] : before) builder_.change_type(column, type);
  }

  std::string name(const ast::AlterTableCommand& command) const { return str(command.name); }
  template <typename T>
  void push(T action) { result_.actions.push_back(std::move(action)); }

  void add_column(const ast::AlterTableCommand& command) {
    std::size_t constraints = builder_.constraints.size();
    const auto& definition = ast::as<ast::ColumnDefinition>(*command.definition);
    // One that is there stays as it is, with all that was written about it.
    if (command.missing_ok && relation_ && builder_.column_type(definition.name)) {
      query::AddColumn there;
      there.if_not_exists = true;
      there.column.name = str(definition.name);
      there.column.type = *builder_.column_type(definition.name);
      return push(std::move(there));
    }
    builder_.add_column(definition);
    with_new_types([&] { without_position([&] { builder_.finish(); }); });
    push(query::AddColumn{std::move(builder_.columns.back()), command.missing_ok, command.cascade});
    builder_.columns.clear();
    for (std::size_t i = constraints; i < builder_.constraints.size(); ++i)
      push(query::AddConstraint{std::move(builder_.constraints[i]), false});
    builder_.constraints.resize(constraints);
  }

  void add_constraint(const ast::AlterTableCommand& command) {
    const auto& node = ast::as<ast::Constraint>(*command.definition);
    if (relation_ && relation_->kind == catalog::RelationKind::foreign_table) refuse_keys_of_foreign_table(node);
    // An index that is taken over is looked at here, with its place.
    if (!node.index_name.empty() || node.constraint == ast::ConstraintKind::exclusion ||
        node.constraint == ast::ConstraintKind::foreign_key) {
      builder_.add_constraint(node);
      with_new_types([&] { builder_.finish(); });
    } else {
      without_position([&] {
        if (node.constraint == ast::ConstraintKind::primary_key) require_columns(node.keys);
        builder_.add_constraint(node);
        with_new_types([&] { builder_.finish(); });
      });
      builder_.constraints.back().location = -1;
    }
    push(query::AddConstraint{std::move(builder_.constraints.back()), command.missing_ok});
    builder_.constraints.pop_back();
  }

  // A primary key first makes its columns NOT NULL.
  void require_columns(ast::Names names) {
    for (const ast::Name name : names)
      if (!builder_.column_type(name))
        throw SqlError("42703",
                       fmt::format("column \"{}\" of relation \"{}\" does not exist", name, result_.table.name));
  }

  [[noreturn]] void no_column(const std::string& name) const {
    if (catalog::is_system_column(name)) throw SqlError("0A000", fmt::format("cannot alter system column \"{}\"", name));
    throw SqlError("42703", fmt::format("column \"{}\" of relation \"{}\" does not exist", name, result_.table.name));
  }

  void alter_type(const ast::AlterTableCommand& command) {
    const auto& definition = ast::as<ast::ColumnDefinition>(*command.definition);
    query::AlterColumnType action;
    action.name = name(command);
    action.location = definition.location;
    action.type = type_of(definition);
    const TypeRef* before = builder_.column_type(action.name);
    if (!before) no_column(action.name);
    // A type has no rows to convert, but tables of it do.
    if (relation_ && relation_->kind == catalog::RelationKind::composite) {
      action.cascade = command.cascade;
      if (command.cascade) {
        ast::Name column = command.name;
        ast::ColumnRef ref;
        ref.names = {&column, 1};
        action.using_ = coerce_to_target(builder_.scope(), analyze_expression(builder_.scope(), &ref, Place::alter_using),
                                         action.type, Context::assignment, query::CallForm::implicit_cast, -1);
        if (action.using_) assign_collations(builder_.scope(), *action.using_);
      }
      return push(std::move(action));
    }
    bool written = definition.default_value != nullptr;
    ExpressionPtr value;
    if (written) {
      if (relation_)
        if (const int at = relation_->column_index(action.name);
            at >= 0 && relation_->columns[static_cast<std::size_t>(at)].generated)
          throw SqlError("42611", "cannot specify USING when altering type of generated column")
              .with_detail(fmt::format("Column \"{}\" is a generated column.", action.name));
      value = analyze_expression(builder_.scope(), definition.default_value, Place::alter_using);
    } else {
      ast::Name column = command.name;
      ast::ColumnRef ref;
      ref.names = {&column, 1};
      value = analyze_expression(builder_.scope(), &ref, Place::alter_using);
    }
    auto converted = coerce_to_target(builder_.scope(), std::move(value), action.type, Context::assignment,
                                      query::CallForm::implicit_cast, -1);
    if (!converted) {
      std::string type = state_.catalog.format_type(action.type.oid, action.type.typmod);
      if (written)
        throw SqlError("42804", fmt::format("result of USING clause for column \"{}\" cannot be cast automatically to "
                                            "type {}",
                                            action.name, state_.catalog.format_type(action.type.oid)))
            .with_hint("You might need to add an explicit cast.");
      throw SqlError("42804", fmt::format("column \"{}\" cannot be cast automatically to type {}", action.name,
                                          state_.catalog.format_type(action.type.oid)))
          .with_hint(fmt::format("You might need to specify \"USING {}::{}\".", catalog::quote_identifier(action.name),
                                 type));
    }
    assign_collations(builder_.scope(), *converted);
    action.using_ = std::move(converted);
    if (relation_)
      if (const int at = relation_->column_index(action.name); at >= 0)
        if (const auto& before_default = relation_->columns[static_cast<std::size_t>(at)].default_) {
          action.default_ = coerce_to_target(builder_.scope(), query::clone(as_written(*before_default)), action.type,
                                             Context::assignment, query::CallForm::implicit_cast, -1);
          if (action.default_) assign_collations(builder_.scope(), *action.default_);
        }
    push(std::move(action));
  }

  void set_default(const ast::AlterTableCommand& command) {
    query::SetColumnDefault action;
    action.name = name(command);
    if (command.definition) {
      if (!builder_.column_type(command.name)) no_column(action.name);
      with_new_types([&] {
        const TypeRef type = *builder_.column_type(command.name);
        action.value = without_position(
            [&] { return builder_.default_expression(command.definition, command.name, type); });
      });
    }
    push(std::move(action));
  }

  void add_identity(const ast::AlterTableCommand& command) {
    const auto& constraint = ast::as<ast::Constraint>(*command.definition);
    query::AddColumnIdentity action;
    action.name = name(command);
    action.identity = static_cast<query::Identity>(constraint.generated_when);
    action.sequence.options = analyze_sequence_options(state_, constraint.options);
    if (action.sequence.options.sequence_name) action.sequence.name = *action.sequence.options.sequence_name;
    if (const TypeRef* type = builder_.column_type(command.name)) {
      if (!action.sequence.options.type) action.sequence.options.type = type->oid;
    }
    push(std::move(action));
  }

  void set_identity(const ast::AlterTableCommand& command) {
    query::AlterColumnIdentity action;
    action.name = name(command);
    std::vector<const ast::Node*> rest;
    for (const ast::Node* item : ast::as<ast::ListNode>(*command.definition).items) {
      const auto& element = ast::as<ast::DefinitionElement>(*item);
      if (element.name == "generated") {
        const auto* kind = ast::try_as<ast::IntegerNode>(element.argument);
        action.identity = static_cast<query::Identity>(kind ? kind->value : 'a');
      } else {
        rest.push_back(item);
      }
    }
    action.options = analyze_sequence_options(state_, rest);
    push(std::move(action));
  }

  void trigger(const ast::AlterTableCommand& command, query::SetTriggerState::Which which, char to) {
    query::SetTriggerState action;
    action.name = name(command);
    action.which = which;
    action.state = to;
    push(std::move(action));
  }

  State& state_;
  query::AlterTable& result_;
  catalog::RelationPtr relation_;
  TableBuilder builder_;
  std::vector<std::pair<std::string, TypeRef>> new_types_;
};

void AlterBuilder::add(const ast::AlterTableCommand& command) {
  using Which = query::SetTriggerState::Which;
  auto options = [&] {
    const auto* list = ast::try_as<ast::ListNode>(command.definition);
    return list ? make_options(list->items) : std::vector<query::Option>();
  };
  switch (command.action) {
    case Action::add_column: return add_column(command);
    case Action::column_default: return set_default(command);
    case Action::drop_not_null: return push(query::SetColumnNotNull{name(command), false});
    case Action::set_not_null: return push(query::SetColumnNotNull{name(command), true});
    case Action::drop_expression: return push(query::DropColumnExpression{name(command), command.missing_ok});
    case Action::set_statistics: {
      query::SetColumnStatistics action;
      action.name = name(command);
      action.column_number = command.number;
      action.target = std::stoi(argument_text(command.definition).value_or("-1"));
      return push(std::move(action));
    }
    case Action::set_options: return push(query::SetColumnOptions{name(command), options(), false});
    case Action::reset_options: return push(query::SetColumnOptions{name(command), options(), true});
    case Action::set_storage:
      return push(query::SetColumnStorage{name(command), argument_text(command.definition).value_or("")});
    case Action::set_compression:
      return push(query::SetColumnCompression{name(command), argument_text(command.definition).value_or("")});
    case Action::drop_column: return push(query::DropColumn{name(command), command.missing_ok, command.cascade});
    case Action::add_constraint: return add_constraint(command);
    case Action::alter_constraint: {
      const auto& constraint = ast::as<ast::Constraint>(*command.definition);
      return push(query::AlterConstraint{str(constraint.name), constraint.deferrable, constraint.initially_deferred});
    }
    case Action::validate_constraint: return push(query::ValidateConstraint{name(command)});
    case Action::drop_constraint: return push(query::DropConstraint{name(command), command.missing_ok, command.cascade});
    case Action::alter_column_type: return alter_type(command);
    case Action::change_owner: return push(query::ChangeOwner{role_name(*command.new_owner)});
    case Action::cluster_on: return push(query::ClusterOn{name(command)});
    case Action::drop_cluster: return push(query::ClusterOn{});
    case Action::set_logged: return push(query::SetLogged{true});
    case Action::set_unlogged: return push(query::SetLogged{false});
    case Action::set_access_method: return push(query::SetAccessMethod{name(command)});
    case Action::set_table_space: return push(query::SetTablespace{name(command)});
    case Action::set_rel_options: return push(query::SetRelationOptions{options(), false});
    case Action::reset_rel_options: return push(query::SetRelationOptions{options(), true});
    case Action::enable_trigger: return trigger(command, Which::named, 'O');
    case Action::enable_always_trigger: return trigger(command, Which::named, 'A');
    case Action::enable_replica_trigger: return trigger(command, Which::named, 'R');
    case Action::disable_trigger: return trigger(command, Which::named, 'D');
    case Action::enable_trigger_all: return trigger(command, Which::all, 'O');
    case Action::disable_trigger_all: return trigger(command, Which::all, 'D');
    case Action::enable_trigger_user: return trigger(command, Which::user, 'O');
    case Action::disable_trigger_user: return trigger(command, Which::user, 'D');
    case Action::add_inherit:
      return push(query::AddInherit{relation_name(state_, ast::as<ast::RangeVariable>(*command.definition))});
    case Action::drop_inherit:
      return push(query::DropInherit{relation_name(state_, ast::as<ast::RangeVariable>(*command.definition))});
    case Action::replica_identity: {
      const auto& identity = ast::as<ast::ReplicaIdentity>(*command.definition);
      return push(query::SetReplicaIdentity{identity.identity, str(identity.name)});
    }
    case Action::enable_row_security: return push(query::SetRowSecurity{true, {}});
    case Action::disable_row_security: return push(query::SetRowSecurity{false, {}});
    case Action::force_row_security: return push(query::SetRowSecurity{{}, true});
    case Action::no_force_row_security: return push(query::SetRowSecurity{{}, false});
    case Action::attach_partition: {
      const auto& partition = ast::as<ast::PartitionCommand>(*command.definition);
      query::AttachPartition action;
      action.partition = relation_name(state_, *partition.name);
      if (partition.bound) {
        if (!relation_->partition_key)
          throw SqlError("42P17", fmt::format("table \"{}\" is not partitioned", relation_->name));
        action.bound_location = partition.bound->location;
        action.bound = analyze_bound(state_, *partition.bound, *relation_);
      }
      return push(std::move(action));
    }
    case Action::detach_partition:
    case Action::detach_partition_finalize: {
      const auto& partition = ast::as<ast::PartitionCommand>(*command.definition);
      query::DetachPartition action;
      action.partition = relation_name(state_, *partition.name);
      action.concurrently = partition.concurrently;
      action.finalize = command.action == Action::detach_partition_finalize;
      return push(std::move(action));
    }
    case Action::add_identity: return add_identity(command);
    case Action::set_identity: return set_identity(command);
    case Action::drop_identity: return push(query::DropColumnIdentity{name(command), command.missing_ok});
    case Action::add_of: {
      query::SetOfType action;
      action.type = without_position([&] { return resolve_type(builder_.scope(), ast::as<ast::TypeName>(*command.definition)).oid; });
      const auto* info = state_.catalog.type(action.type);
      auto fields = info && info->relation ? state_.catalog.relation(info->relation) : nullptr;
      if (!fields || fields->kind != catalog::RelationKind::composite)
        throw SqlError("42809", fmt::format("type {} is not a composite type", type_name(builder_.scope(), action.type)));
      return push(std::move(action));
    }
    case Action::drop_of: return push(query::SetOfType{0});
    case Action::drop_oids: return;
    case Action::enable_rule: return push(query::SetRuleState{name(command), 'O'});
    case Action::enable_always_rule: return push(query::SetRuleState{name(command), 'A'});
    case Action::enable_replica_rule: return push(query::SetRuleState{name(command), 'R'});
    case Action::generic_options:
    case Action::alter_column_generic_options: {
      const auto* list = ast::try_as<ast::ListNode>(command.definition);
      return push(query::SetForeignOptions{name(command), list ? foreign_options(list->items)
                                                               : std::vector<query::ForeignOption>()});
    }
    case Action::disable_rule: return push(query::SetRuleState{name(command), 'D'});
    default: throw SqlError::not_supported("this form of ALTER TABLE");
  }
}

}  // namespace

query::AlterTable analyze_alter_table(State& state, const ast::AlterTable& node) {
  query::AlterTable result;
  result.table = relation_name(state, *node.relation);
  result.kind = object_kind(node.object);
  result.missing_ok = node.missing_ok;
  auto relation = state.catalog.open_relation(result.table.schema, result.table.name, lock_for(node), node.missing_ok);
  if (!relation) return result;
  result.table.oid = relation->oid;
  AlterBuilder builder(state, result, relation);
  builder.look_ahead(node.commands);
  for (const ast::Node* command : node.commands) builder.add(ast::as<ast::AlterTableCommand>(*command));
  return result;
}

}  // namespace analyzer
