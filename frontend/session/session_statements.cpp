#include "session_statements.h"

#include "prepared_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "command_dispatch.h"
#include "copy_transfer.h"
#include "catalog/catalog_functions.h"
#include "catalog/roles.h"
#include "database_statements.h"
#include "event_triggers.h"
#include "listening.h"
#include "moments.h"
#include "parser/ast_ddl.h"
#include "parser/parse.h"
#include "query/statements.h"
#include "routines.h"
#include "services.h"
#include "two_phase.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using protocol::Severity;
using types::SqlError;
namespace ast = parser::ast;

planner::ResultColumn text_column(std::string name, types::Oid type) {
  planner::ResultColumn column;
  column.name = std::move(name);
  column.type = {type, -1, types::oid::text == type ? types::collation::default_ : 0};
  column.physical = types::PhysicalType::varlen;
  return column;
}

void send_text_rows(SessionState& session, std::span<const planner::ResultColumn> columns,
                    const std::vector<std::vector<std::string>>& rows, const RunOptions& options) {
  auto& messages = session.messages();
  if (options.send_description)
    RowWriter(columns, options.result_formats).describe(messages, *session.catalog);
  for (const auto& row : rows) {
    messages.begin_data_row(static_cast<std::int16_t>(row.size()));
    for (const auto& value : row) messages.value(value);  // text is the same in both formats
    messages.end_data_row();
  }
}

bool in_transaction_block(const SessionState& session, const RunOptions& options) {
  return session.block->in_block() || options.surroundings == Surroundings::several;
}

void require_no_block(SessionState& session, const RunOptions& options, std::string_view what) {
  // The statements of one string are a block, too.
  if (in_transaction_block(session, options))
    throw SqlError("25001", fmt::format("{} cannot run inside a transaction block", what));
}

void require_transaction_block(const SessionState& session, const RunOptions& options, std::string_view what) {
  if (!in_transaction_block(session, options))
    throw SqlError("25P01", fmt::format("{} can only be used in transaction blocks", what));
}

void require_writable(SessionState& session, std::string_view what) {
  if (session.block->read_only())
    throw SqlError("25006", fmt::format("cannot execute {} in a read-only transaction", what));
}

namespace {

bool changes_temporary_tables_alone(const planner::Plan& plan) {
  const auto is_kept = [](const planner::RelationUse& use) {
    return use.lock > catalog::RelationLock::access_share && use.relation->persistence != 't';
  };
  const auto does_too = [](const std::shared_ptr<const planner::Plan>& other) {
    return !other->modifies_data || changes_temporary_tables_alone(*other);
  };
  return std::ranges::none_of(plan.relations, is_kept) && std::ranges::all_of(plan.before, does_too) &&
         std::ranges::all_of(plan.after, does_too);
}

}  // namespace

void require_writable(SessionState& session, const planner::Plan& plan) {
  if (!plan.modifies_data || !session.block->read_only()) return;
  if (session.block->may_change_temporary() && changes_temporary_tables_alone(plan)) return;
  const std::string tag = query_tag(plan.command, 0);
  require_writable(session, tag.substr(0, tag.find(' ')));
}

namespace {

void warn(SessionState& session, const char* sqlstate, std::string text) {
  session.notice(Severity::warning, SqlError(sqlstate, std::move(text)));
}

std::string run_transaction(SessionState& session, const query::Transaction& statement,
                            const RunOptions& options) {
  using Kind = query::Transaction::Kind;
  auto& block = *session.block;
  auto require_block = [&](const char* what) {
    if (!block.in_block())
      throw SqlError("25P01", fmt::format("{} can only be used in transaction blocks", what));
  };
  switch (statement.kind) {
    case Kind::begin:
    case Kind::start:
      if (block.in_block()) warn(session, "25001", "there is already a transaction in progress");
      block.begin_block(statement.modes);
      return statement.kind == Kind::begin ? "BEGIN" : "START TRANSACTION";
    case Kind::commit: {
      if (statement.chain) require_block("COMMIT AND CHAIN");
      const query::TransactionModes modes = block.modes();
      if (!block.in_block()) warn(session, "25P01", "there is no transaction in progress");
      bool failed = block.state() == TransactionBlock::State::failed;
      session.commit();
      if (statement.chain) block.begin_block(modes);
      return failed ? "ROLLBACK" : "COMMIT";
    }
    case Kind::rollback: {
      if (statement.chain) require_block("ROLLBACK AND CHAIN");
      const query::TransactionModes modes = block.modes();
      if (!block.in_block()) warn(session, "25P01", "there is no transaction in progress");
      session.rollback();
      if (statement.chain) block.begin_block(modes);
      return "ROLLBACK";
    }
    case Kind::savepoint:
      require_block("SAVEPOINT");
      session.savepoint(statement.name);
      return "SAVEPOINT";
    case Kind::release:
      require_block("RELEASE SAVEPOINT");
      session.release(statement.name);
      return "RELEASE";
    case Kind::rollback_to: {
      require_block("ROLLBACK TO SAVEPOINT");
      session.rollback_to(statement.name);
      return "ROLLBACK";
    }
    case Kind::prepare: return prepare_transaction(session, statement.name);
    case Kind::commit_prepared:
      require_no_block(session, options, "COMMIT PREPARED");
      require_writable(session, "COMMIT PREPARED");
      finish_prepared(session, statement.name, true);
      return "COMMIT PREPARED";
    case Kind::rollback_prepared:
      require_no_block(session, options, "ROLLBACK PREPARED");
      require_writable(session, "ROLLBACK PREPARED");
      finish_prepared(session, statement.name, false);
      return "ROLLBACK PREPARED";
  }
  return {};
}

std::string run_set_transaction(SessionState& session, const query::SetTransaction& statement, const RunOptions& options) {
  if (statement.snapshot) {
    if (!in_transaction_block(session, options))
      warn(session, "25P01", "SET TRANSACTION can only be used in transaction blocks");
    session.import_snapshot(*statement.snapshot);
    return "SET";
  }
  if (!statement.session_default) {
    if (!in_transaction_block(session, options))
      warn(session, "25P01", "SET TRANSACTION can only be used in transaction blocks");
    session.block->set_modes(statement.modes);
    return "SET";
  }
  constexpr const char* kNames[] = {"read uncommitted", "read committed", "repeatable read",
                                    "serializable"};
  if (statement.modes.isolation)
    session.settings.set("default_transaction_isolation",
                         kNames[static_cast<int>(*statement.modes.isolation)],
                         SettingSource::session);
  if (statement.modes.read_only)
    session.settings.set("default_transaction_read_only", *statement.modes.read_only ? "on" : "off",
                         SettingSource::session);
  if (statement.modes.deferrable)
    session.settings.set("default_transaction_deferrable",
                         *statement.modes.deferrable ? "on" : "off", SettingSource::session);
  return "SET";
}

std::string run_set_constraints(SessionState& session, const query::SetConstraints& statement, const RunOptions& options) {
  if (!in_transaction_block(session, options))
    warn(session, "25P01", "SET CONSTRAINTS can only be used in transaction blocks");
  if (statement.all) session.deferred.set_all(statement.deferred);
  // All names first: a wrong one changes nothing.
  std::vector<types::Oid> constraints;
  for (const query::ObjectName& name : statement.constraints)
    for (types::Oid constraint : catalog::deferrable_constraints(*session.catalog, name.schema, name.name))
      constraints.push_back(constraint);
  for (types::Oid constraint : constraints) session.deferred.set(constraint, statement.deferred);
  if (!statement.deferred) session.run_deferred_checks(false);
  return "SET CONSTRAINTS";
}

std::string run_set(SessionState& session, const query::SetVariable& statement, const RunOptions& options) {
  using Action = query::SetVariable::Action;
  auto& settings = session.settings;
  std::string tag = "SET";
  switch (statement.action) {
    case Action::set:
      if (statement.is_local && !in_transaction_block(session, options))
        warn(session, "25P01", "SET LOCAL can only be used in transaction blocks");
      if (statement.name == "transaction_isolation" || statement.name == "transaction_read_only") {
        query::TransactionModes modes;
        if (statement.name == "transaction_read_only") modes.read_only = statement.value == "on" || statement.value == "true";
        else modes.isolation = statement.value == "serializable" ? query::Isolation::serializable
                               : statement.value == "repeatable read" ? query::Isolation::repeatable_read
                               : statement.value == "read uncommitted" ? query::Isolation::read_uncommitted
                                                                       : query::Isolation::read_committed;
        session.block->set_modes(modes);
        break;
      }
      settings.set(statement.name,
                   statement.name == "sextant.as_of" ? fixed_moment(session, statement.value)
                                                     : statement.value,
                   SettingSource::session, statement.is_local);
      if (statement.name == "session_authorization")
        settings.set("role", "none", SettingSource::session, statement.is_local);
      break;
    case Action::set_default:
    case Action::reset:
      settings.reset(statement.name);
      if (statement.name == "session_authorization") settings.reset("role");
      if (statement.action == Action::reset) tag = "RESET";
      break;
    case Action::from_current:
      break;
    case Action::reset_all:
      settings.reset_all();
      tag = "RESET";
      break;
  }
  session.follow_as_of();
  session.apply_settings();
  return tag;
}

std::string run_show(SessionState& session, const query::Show& statement, const RunOptions& options) {
  if (statement.name == "all") {
    const planner::ResultColumn columns[] = {text_column("name"), text_column("setting"),
                                             text_column("description")};
    std::vector<std::vector<std::string>> rows;
    for (const auto& definition : all_settings())
      rows.push_back({definition.name, *session.settings.show(definition.name), definition.description});
    std::sort(rows.begin(), rows.end());
    send_text_rows(session, columns, rows, options);
    return "SHOW";
  }
  const auto* definition = find_setting(statement.name);
  const planner::ResultColumn columns[] = {
      text_column(definition != nullptr ? definition->name : statement.name)};
  send_text_rows(session, columns, {{*session.settings.show(statement.name)}}, options);
  return "SHOW";
}

std::string run_prepare(SessionState& session, const query::Prepare& statement) {
  if (session.prepared.contains(statement.name))
    throw SqlError("42P05", fmt::format("prepared statement \"{}\" already exists", statement.name));
  // As far into its text as it is in the PREPARE: positions of errors count from there.
  std::string_view before = std::string_view(*session.current_text)
                                .substr(0, static_cast<std::size_t>(statement.text_offset));
  auto characters = std::ranges::count_if(before, [](char c) { return (c & 0xc0) != 0x80; });
  auto text = std::make_shared<const std::string>(
      std::string(static_cast<std::size_t>(characters), ' ') + statement.text);
  parser::ParseTree tree = parse_text(session, *text);
  std::string whole = *std::exchange(session.current_text, text);
  if (tree.statements().size() != 1) throw SqlError("42601", "PREPARE takes one statement");
  auto prepared = std::make_shared<PreparedStatement>();
  prepared->name = statement.name;
  prepared->from_sql = true;
  prepared->sql_text = std::move(whole);
  prepared->prepare_time = current_timestamp();
  prepared->compiled = compile(session, tree.statements()[0], text, statement.parameter_types);
  session.prepared[statement.name] = std::move(prepared);
  return "PREPARE";
}

std::string run_deallocate(SessionState& session, const query::Deallocate& statement) {
  if (statement.name.empty()) {
    session.prepared.clear();
    return "DEALLOCATE ALL";
  }
  if (session.prepared.erase(statement.name) == 0)
    throw SqlError("26000", fmt::format("prepared statement \"{}\" does not exist", statement.name));
  return "DEALLOCATE";
}

std::string run_close(SessionState& session, const query::CloseCursor& statement) {
  if (statement.name.empty()) {
    std::erase_if(session.portals, [](const auto& entry) { return entry.second->from_sql; });
    return "CLOSE CURSOR ALL";
  }
  if (session.portals.erase(statement.name) == 0)
    throw SqlError("34000", fmt::format("cursor \"{}\" does not exist", statement.name));
  return "CLOSE CURSOR";
}

std::string run_discard(SessionState& session, const query::Discard& statement,
                        const RunOptions& options) {
  using What = query::Discard::What;
  switch (statement.what) {
    case What::all:
      require_no_block(session, options, "DISCARD ALL");
      session.portals.clear();
      session.listening->unlisten({}, session.block->depth());
      session.database().transactions().locks().unlock_all_advisory(session.identity.process_id);
      session.services->forget_sequences();
      session.temporary.discard();
      session.prepared.clear();
      session.plans.clear();
      session.settings.reset("session_authorization");
      session.settings.reset("role");
      session.settings.reset_all();
      session.follow_as_of();
      session.apply_settings();
      return "DISCARD ALL";
    case What::plans:
      session.plans.clear();
      return "DISCARD PLANS";
    case What::sequences:
      session.services->forget_sequences();
      return "DISCARD SEQUENCES";
    case What::temp:
      session.temporary.discard();
      return "DISCARD TEMP";
  }
  return {};
}

// The body of a function that has just been made.
void validate_created(SessionState& session, const query::CreateFunction& statement) {
  session.block->next_command();
  std::vector<types::Oid> types;
  for (const auto& parameter : statement.parameters)
    if (parameter.mode != 'o' && parameter.mode != 't') types.push_back(parameter.type.oid);
  const std::string schema = !statement.name.schema.empty()
                                 ? statement.name.schema
                                 : session.catalog->schema_name(session.catalog->creation_schema());
  for (const auto* f : session.catalog->find_functions(schema, statement.name.name))
    if (std::ranges::equal(f->arguments, types)) session.routines->validate(f->oid);
}

const ast::RangeVariable* made_relation(const ast::Node& element) {
  switch (element.kind) {
    case ast::NodeKind::create_table: return ast::as<ast::CreateTable>(element).relation;
    case ast::NodeKind::create_view: return ast::as<ast::CreateView>(element).view;
    case ast::NodeKind::create_sequence: return ast::as<ast::CreateSequence>(element).sequence;
    case ast::NodeKind::create_index: return ast::as<ast::CreateIndex>(element).relation;
    case ast::NodeKind::create_trigger: return ast::as<ast::CreateTrigger>(element).relation;
    default: return nullptr;
  }
}

// What may refer to what: sequences, tables, views, indexes, then the rest.
int element_rank(const ast::Node* element) {
  switch (element->kind) {
    case ast::NodeKind::create_sequence: return 0;
    case ast::NodeKind::create_table: return 1;
    case ast::NodeKind::create_view: return 2;
    case ast::NodeKind::create_index: return 3;
    default: return 4;
  }
}

// CREATE SCHEMA .. CREATE TABLE ..: each as a statement with the new schema first on the path.
void run_schema_elements(SessionState& session, const query::CreateSchema& schema,
                         const CompiledPtr& compiled, const RunOptions& options,
                         std::unique_ptr<CopyTransfer>& copy) {
  const parser::ParseTree tree = parse_text(session, *compiled->text);
  const ast::CreateSchema* source = nullptr;
  for (const auto& statement : tree.statements())
    if (statement.location == compiled->location) source = ast::try_as<ast::CreateSchema>(statement.node);
  if (source == nullptr) throw SqlError("XX000", "the statement is no longer where it was in its text");
  std::vector<const ast::Node*> elements(source->elements.begin(), source->elements.end());
  std::stable_sort(elements.begin(), elements.end(), [](const ast::Node* a, const ast::Node* b) {
    return element_rank(a) < element_rank(b);
  });
  // They are made by the schema's owner.
  const types::Oid user = session.catalog->user();
  const std::string user_name = session.catalog->user_name();
  types::Oid owner = user;
  if (schema.authorization && schema.authorization->kind == query::RoleKind::named)
    owner = session.catalog->find_role(schema.authorization->name);
  const std::string name = schema.name.empty() ? session.catalog->role_name(owner) : schema.name;
  if (owner != user) session.catalog->set_user(owner, session.catalog->role_name(owner));
  std::vector<std::string> path{name};
  path.insert(path.end(), session.settings.search_path.begin(), session.settings.search_path.end());
  session.catalog->set_search_path(std::move(path));
  struct Restorer {
    SessionState& session;
    types::Oid user;
    const std::string& user_name;
    ~Restorer() {
      session.catalog->set_search_path(session.settings.search_path);
      session.catalog->set_user(user, user_name);
    }
  } restorer{session, user, user_name};
  // Event triggers are told of the whole command alone.
  const EventTriggerPause pause(session);
  for (const ast::Node* element : elements) {
    const ast::RangeVariable* made = made_relation(*element);
    if (made != nullptr && made->schema.data() != nullptr && made->schema != name)
      throw SqlError("42P15", fmt::format("CREATE specifies a schema ({}) different from the one being created ({})",
                                          made->schema, name));
    if (made != nullptr && made->persistence == 't')
      throw SqlError("42P16", "cannot create temporary relation in non-temporary schema");
    auto one = compile(session, {element, compiled->location, compiled->length}, compiled->text, {});
    run_utility(session, one, options, copy);
  }
}

}  // namespace

std::string run_utility(SessionState& session, const CompiledPtr& compiled,
                        const RunOptions& options, std::unique_ptr<CopyTransfer>& copy) {
  const auto& node = compiled->utility->node;
  std::string tag;
  if (const auto* s = std::get_if<query::Transaction>(&node)) return run_transaction(session, *s, options);
  if (const auto* s = std::get_if<query::SetTransaction>(&node)) tag = run_set_transaction(session, *s, options);
  else if (const auto* s = std::get_if<query::SetVariable>(&node)) tag = run_set(session, *s, options);
  else if (const auto* s = std::get_if<query::Show>(&node)) tag = run_show(session, *s, options);
  else if (const auto* s = std::get_if<query::Prepare>(&node)) tag = run_prepare(session, *s);
  else if (const auto* s = std::get_if<query::Execute>(&node)) return run_execute(session, *s, options, copy);
  else if (const auto* s = std::get_if<query::Deallocate>(&node)) tag = run_deallocate(session, *s);
  else if (const auto* s = std::get_if<query::DeclareCursor>(&node)) {
    run_declare(session, *s, compiled, options);
    tag = "DECLARE CURSOR";
  } else if (const auto* s = std::get_if<query::Fetch>(&node)) tag = run_fetch(session, *s, options);
  else if (const auto* s = std::get_if<query::CloseCursor>(&node)) tag = run_close(session, *s);
  else if (const auto* s = std::get_if<query::Discard>(&node)) tag = run_discard(session, *s, options);
  else if (const auto* s = std::get_if<query::Explain>(&node)) tag = run_explain(session, *s, options);
  else if (const auto* s = std::get_if<query::SetConstraints>(&node)) tag = run_set_constraints(session, *s, options);
  else if (const auto* s = std::get_if<query::Listen>(&node)) {
    session.listening->listen(s->channel, session.block->depth());
    tag = "LISTEN";
  } else if (const auto* s = std::get_if<query::Unlisten>(&node)) {
    session.listening->unlisten(s->channel, session.block->depth());
    tag = "UNLISTEN";
  } else if (const auto* s = std::get_if<query::Notify>(&node)) {
    session.listening->notify(s->channel, s->payload, session.block->depth());
    tag = "NOTIFY";
  } else if (std::holds_alternative<query::Checkpoint>(node)) {
    if (!session.catalog->has_privileges_of(session.catalog->user(), catalog::kPgCheckpoint))
      throw SqlError("42501", "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT");
    tag = "CHECKPOINT";
  } else if (const auto* s = std::get_if<query::CreateDatabase>(&node)) tag = run_create_database(session, *s, options);
  else if (const auto* s = std::get_if<query::DropDatabase>(&node)) tag = run_drop_database(session, *s, options);
  else if (const auto* s = std::get_if<query::Rename>(&node); s != nullptr && s->kind == query::ObjectKind::database) {
    // As PostgreSQL: first whether it may be renamed, then whether it is in use.
    tag = run_command(session, *compiled->utility, options);
    require_renamable_database(session, s->object.name);
  }
  else if (const auto* s = std::get_if<query::DoBlock>(&node)) {
    session.routines->run_do(*s, options);
    tag = "DO";
  } else if (const auto* s = std::get_if<query::CallProcedure>(&node)) {
    session.routines->run_call(*s, options);
    tag = "CALL";
  } else if (const auto* s = std::get_if<query::Copy>(&node)) tag = start_copy(session, *s, compiled, options, copy);
  else if (const auto* s = std::get_if<query::CreateSchema>(&node); s != nullptr && !s->elements.empty()) {
    tag = run_command(session, *compiled->utility, options);
    session.block->next_command();
    run_schema_elements(session, *s, compiled, options, copy);
  }
  else if (const auto* s = std::get_if<query::CreateTableAs>(&node); s != nullptr && s->query == nullptr)
    tag = run_create_table_as_execute(session, *s, options);
  else tag = run_command(session, *compiled->utility, options);
  if (const auto* s = std::get_if<query::CreateFunction>(&node)) validate_created(session, *s);
  session.services_end_statement();
  session.block->next_command();
  return tag;
}

std::vector<planner::ResultColumn> result_columns(SessionState& session,
                                                  const CompiledStatement& compiled) {
  if (compiled.plan != nullptr) return compiled.plan->columns;
  if (compiled.utility == nullptr) return {};
  const auto& node = compiled.utility->node;
  if (const auto* show = std::get_if<query::Show>(&node)) {
    if (show->name == "all")
      return {text_column("name"), text_column("setting"), text_column("description")};
    const auto* definition = find_setting(show->name);
    return {text_column(definition != nullptr ? definition->name : show->name)};
  }
  if (const auto* explain = std::get_if<query::Explain>(&node)) return {explained_column(*explain)};
  if (const auto* fetch = std::get_if<query::Fetch>(&node)) {
    auto found = session.portals.find(fetch->cursor);
    if (fetch->move || found == session.portals.end() || found->second->compiled->plan == nullptr)
      return {};
    return found->second->compiled->plan->columns;
  }
  if (const auto* call = std::get_if<query::CallProcedure>(&node)) return call_columns(session, *call);
  if (const auto* execute = std::get_if<query::Execute>(&node)) {
    auto found = session.prepared.find(execute->name);
    if (found != session.prepared.end()) return result_columns(session, *found->second->compiled);
  }
  return {};
}

}  // namespace session
