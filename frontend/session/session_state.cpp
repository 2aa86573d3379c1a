#include "session_state.h"

#include <fmt/format.h>

#include "backends.h"
#include "catalog/acl.h"
#include "catalog/system_columns.h"
#include "listening.h"
#include "moments.h"
#include "routines.h"
#include "services.h"
#include "setting_rights.h"
#include "triggers.h"
#include "table/table.h"
#include "transaction/manager.h"
#include "transaction/snapshot.h"
#include "types/sql_error.h"

namespace session {

using types::SqlError;

namespace {

// Where a session was refused before it began.
database::RoleRow role_or_throw(database::Cluster& cluster, const SessionIdentity& identity) {
  auto role = cluster.find_role(identity.user);
  if (!role) throw SqlError("28000", fmt::format("role \"{}\" does not exist", identity.user));
  if (!role->can_login)
    throw SqlError("28000", fmt::format("role \"{}\" is not permitted to log in", identity.user));
  return *role;
}

}  // namespace

SessionState::SessionState(const SessionEnvironment& environment_in, SessionIdentity identity_in,
                           std::vector<std::pair<std::string, std::string>> start_settings,
                           Output& output_in, SessionHooks hooks_in)
    : environment(environment_in),
      cluster(environment.cluster),
      identity(std::move(identity_in)),
      output(output_in),
      hooks(std::move(hooks_in)),
      settings(environment.configuration),
      times(current_timestamp()) {
  auto role = role_or_throw(cluster, identity);
  user = role.oid;
  superuser = role.superuser;
  use = cluster.connect(identity.database, superuser, [this] {
    // DROP DATABASE .. WITH (FORCE): as an administrator's pg_terminate_backend().
    terminate("57P01", "terminating connection due to administrator command");
  });
  attach();
  require_connect();
  services = std::make_unique<Services>(*this);
  routines = std::make_unique<Routines>(*this);
  triggers = std::make_unique<SessionTriggers>(*this);
  listening = std::make_unique<Listening>(environment.backends->notifications(), use->oid(),
                                          identity.process_id, hooks.wake);
  settings.set("is_superuser", superuser ? "on" : "off", SettingSource::configuration);
  settings.set("session_authorization", identity.user, SettingSource::configuration);
  settings.on_set([this](const SettingDefinition& setting, std::string_view value) -> std::optional<std::string> {
    require_may_set(*this, setting, value);
    return kept_form(*this, setting, value);
  });
  for (const auto& setting : cluster.settings_for(use->oid(), user)) {
    const auto equals = setting.find('=');
    try {
      settings.set(setting.substr(0, equals), setting.substr(equals + 1), SettingSource::database);
    } catch (const SqlError& error) {
      // What an older version took; nobody is kept out for it.
      notice(protocol::Severity::warning, error);
    }
  }
  for (const auto& [name, value] : start_settings) settings.set(name, value, SettingSource::client);
  if (database().claim_first_session()) temporary.remove_leftovers();
  follow_as_of();
  move_if_due();
  applied_epoch_ = settings.plan_epoch - 1;
  apply_settings();
}

void SessionState::require_connect() {
  if (superuser) return;
  block->begin_implicit();
  const auto held = catalog::held_on(*catalog, user, catalog::pg_database::kOid, use->oid());
  block->commit();
  if (held && (held->privileges & types::privilege::connect) == 0)
    throw SqlError("42501", fmt::format("permission denied for database \"{}\"", use->name()))
        .with_detail("User does not have CONNECT privilege.");
}

void SessionState::attach() {
  block = std::make_unique<TransactionBlock>(database(), cluster.system(), settings, wait_control,
                                             identity.process_id,
                                             past ? TransactionBlock::Access::read_only
                                                  : TransactionBlock::Access::read_write);
  catalog = std::make_unique<catalog::SessionCatalog>(database().catalog(),
                                                      cluster.system().catalog(), *block);
  catalog->set_format(&settings.format());
  block->attach(*catalog);
  catalog->set_user(user, identity.user);
  catalog->set_database(use->oid());
  applied_role_.clear();
  applied_authorization_ = identity.user;
}

void SessionState::follow_as_of() {
  const std::string& wanted = settings.value("sextant.as_of");
  if (wanted == as_of_) return;
  if (block->in_block())
    throw SqlError("25001", "sextant.as_of cannot be changed inside a transaction block");
  if (block->has_written())
    throw SqlError("25001", "sextant.as_of cannot be changed behind changes in a multi-command string");
  std::shared_ptr<database::PastDatabase> next;
  if (!wanted.empty()) next = cluster.open_past(use->name(), parse_moment(*this, wanted));
  as_of_ = wanted;
  next_past_ = std::move(next);
}

void SessionState::move_if_due() {
  if (!next_past_) return;
  auto next = std::move(*next_past_);
  next_past_.reset();
  if (settings.value("sextant.as_of") != as_of_) {  // it was SET LOCAL, or taken back
    as_of_ = settings.value("sextant.as_of");
    return;
  }
  block->wait_for_answered();
  // Nothing that stays may lead to what is left: plans are made again from their texts.
  portals.clear();
  plans.clear();
  for (auto& [name, statement] : prepared) {
    statement->idle_execution.reset();
    statement->description = {};
  }
  ++settings.plan_epoch;
  database().transactions().locks().unlock_all_advisory(identity.process_id);
  if (!past) present_temporary_schema_ = catalog->temporary_schema();
  block.reset();
  catalog.reset();
  past = std::move(next);
  attach();
  if (!past) catalog->restore_temporary_schema(present_temporary_schema_);
  applied_epoch_ = 0;
  apply_settings();
}

void SessionState::end() noexcept {
  try {
    rollback();
    if (past && present_temporary_schema_ != 0) {
      next_past_.emplace();
      move_if_due();
    }
  } catch (const std::exception&) {
    return;  // the storage is gone
  }
  temporary.end();
}

SessionState::~SessionState() {
  portals.clear();
  prepared.clear();
  plans.clear();
  services_end_transaction();
  block.reset();
  database().transactions().locks().unlock_all_advisory(identity.process_id);
}

void SessionState::set_current_text(std::string_view text) {
  current_text.reset();
  if (text_buffer_ && text_buffer_.use_count() == 1 &&
      (text_buffer_->capacity() <= PlanCache::kMaximumText || text.size() > PlanCache::kMaximumText))
    text_buffer_->assign(text);
  else
    text_buffer_ = std::make_shared<std::string>(text);
  current_text = text_buffer_;
}

namespace {

// Of client_min_messages, least first: what a message has to reach.
int notice_rank(std::string_view least) {
  if (least == "error") return 5;
  if (least == "warning") return 4;
  if (least == "notice" || least == "info") return 3;
  return least == "log" ? 2 : 1;
}

int notice_rank(protocol::Severity severity) {
  using protocol::Severity;
  switch (severity) {
    case Severity::debug: return 1;
    case Severity::log: return 2;
    case Severity::notice: return 3;
    case Severity::warning: return 4;
    default: return 9;  // INFO is always told
  }
}

}  // namespace

void SessionState::notice(protocol::Severity severity, SqlError message) {
  if (notice_rank(severity) < notice_rank(settings.show("client_min_messages", true).value_or("notice"))) return;
  messages().notice_response(severity, message, current_text ? *current_text : std::string());
}

types::EvalContext SessionState::eval_context(types::Arena* arena) {
  types::EvalContext context;
  context.arena = arena;
  context.format = &settings.format();
  context.names = services.get();
  context.session = services.get();
  context.transaction_time = block->start_time();
  context.statement_time = statement_time;
  return context;
}

operators::ExecutionContext SessionState::execution_context(
    const transaction::View* view, std::span<const types::Datum> parameters) {
  operators::ExecutionContext context;
  context.transaction = &block->database_transaction();
  context.view = view;
  context.catalog = catalog.get();
  context.tables = services.get();
  context.interrupts = services.get();
  context.triggers = triggers.get();
  context.deferred = &deferred;
  context.eval = eval_context(nullptr);
  context.parameters = parameters;
  context.work_mem_bytes = settings.work_mem_bytes;
  context.hash_memory_bytes = static_cast<std::size_t>(static_cast<double>(settings.work_mem_bytes) *
                                                       settings.hash_mem_multiplier);
  context.temp_directory = environment.temp_directory;
  context.temp_file_limit_bytes = settings.temp_file_limit_bytes;
  return context;
}

operators::SpillSpace& SessionState::kept_rows_space() {
  kept_space.configure(environment.temp_directory, settings.temp_file_limit_bytes, &database().transactions().usage());
  return kept_space;
}

void SessionState::close_portals(std::size_t from_depth) {
  for (auto it = portals.begin(); it != portals.end();) {
    const bool survives = it->second->cursor != nullptr && it->second->cursor->held();
    if (it->second->depth >= from_depth && !survives) it = portals.erase(it);
    else ++it;
  }
}

void SessionState::close_portals_after(const std::string& savepoint) {
  if (auto level = block->level_of(savepoint)) close_portals(*level + 1);
}

void SessionState::services_end_statement() { services->end_statement(); }
void SessionState::services_end_transaction() {
  services->end_transaction();
  new_labels.clear();
  large_objects.close_all();
  for (const auto& [id, view] : exported_snapshots) environment.backends->snapshots().remove(id);
  exported_snapshots.clear();
}

std::string SessionState::export_snapshot() {
  if (block->depth() > 0)
    throw SqlError("25001", "cannot export a snapshot from a subtransaction");
  transaction::View view = block->database_transaction().take_view();
  block->mark_view_taken();
  std::string id = environment.backends->snapshots().add(use->oid(), database().timeline(), view.lsn());
  exported_snapshots.emplace_back(id, std::move(view));
  return id;
}

void SessionState::import_snapshot(const std::string& id) {
  if (block->view_taken())
    throw SqlError("25001", "SET TRANSACTION SNAPSHOT must be called before any query");
  if (block->isolation() == transaction::Isolation::read_committed)
    throw SqlError("0A000", "a snapshot-importing transaction must have isolation level "
                            "SERIALIZABLE or REPEATABLE READ");
  if (block->isolation() == transaction::Isolation::serializable)
    throw SqlError::not_supported("SET TRANSACTION SNAPSHOT in a serializable transaction");
  transaction::Transaction& transaction = block->database_transaction();
  using Found = ExportedSnapshots::Found;
  switch (environment.backends->snapshots().find(
      id, database().timeline(), [&](wal::Lsn lsn) { transaction::import_snapshot(transaction, lsn); })) {
    case Found::yes: break;
    case Found::no: throw SqlError("22023", fmt::format("invalid snapshot identifier: \"{}\"", id));
    case Found::of_another_database:
      throw SqlError("0A000", "cannot import a snapshot from a different database");
  }
  block->mark_view_taken();
}

void SessionState::run_deferred_checks(bool at_end) {
  if (deferred.empty()) return;
  block->next_command();
  const transaction::View view = block->database_transaction().take_view();
  deferred.run(execution_context(&view, {}), at_end);
  services->end_statement();
}

void SessionState::commit() {
  if (block->state() == TransactionBlock::State::failed) {
    rollback();
    return;
  }
  try {
    run_deferred_checks(true);
    for (auto& [name, portal] : portals)
      if (portal->hold && portal->cursor) portal->cursor->hold();
    close_portals(0);
    temporary.before_commit();  // when no cursor reads what goes
    services_end_transaction();
    if (listening->has_notifications()) {
      // Held until the commit has its place in the log: so notifications come in that order.
      database().transactions().locks().lock_advisory(
          block->database_transaction(), transaction::notification_tag(),
          transaction::AdvisoryMode::exclusive, false);
      listening->prepare_commit();
    }
    block->commit();
  } catch (...) {
    rollback();
    throw;
  }
  deferred.end();
  if (listening->has_changes()) listening->committed();
  move_if_due();
  apply_settings();
}

void SessionState::rollback() {
  close_portals(0);
  services_end_transaction();
  block->rollback();
  listening->rolled_back();
  deferred.end();
  move_if_due();
  apply_settings();
}

void SessionState::fail() {
  const std::size_t depth = block->depth();
  close_portals(depth);
  if (depth == 0)
    services_end_transaction();
  else
    services->end_transaction();
  block->fail();
  if (depth == 0) {
    listening->rolled_back();
    deferred.end();
  } else {
    listening->rolled_back_to(depth - 1);
    large_objects.close_above(depth - 1);
    deferred.rollback_to(depth - 1);
  }
  move_if_due();
  apply_settings();
}

void SessionState::begin_activity() {
  statement_time = current_timestamp();
  times.works(use->database().transactions().usage(), statement_time);
  activity.begin(*current_text, statement_time,
                 block->status() == protocol::TransactionStatus::idle ? 0 : block->start_time());
}

void SessionState::apply_settings() {
  if (applied_epoch_ == settings.plan_epoch) return;
  applied_epoch_ = settings.plan_epoch;
  catalog->set_search_path(settings.search_path);
  catalog->set_row_security(settings.row_security);
  catalog->set_replica(settings.is_replica);
  // Whom a SECURITY DEFINER function runs as stays when it sets something else.
  const std::string& role = settings.role;
  const std::string& authorized = settings.value("session_authorization");
  if (role == applied_role_ && authorized == applied_authorization_) return;
  applied_role_ = role;
  applied_authorization_ = authorized;
  if (role.empty() || role == "none")
    catalog->set_user(authorized == identity.user ? user : catalog->find_role(authorized), authorized);
  else
    catalog->set_user(catalog->find_role(role), role);
}

void SessionState::terminate(const char* sqlstate, std::string message) {
  {
    std::lock_guard lock(termination_mutex);
    termination.emplace(sqlstate, std::move(message));
  }
  wait_control.interrupt(transaction::Interrupt::terminate);
  hooks.wake();
}

void SessionState::savepoint(const std::string& name) {
  block->savepoint(name);
  deferred.savepoint();
}

void SessionState::release(const std::string& name) {
  block->release(name);
  listening->released_to(block->depth());
  deferred.release(block->depth());
}

void SessionState::rollback_to(const std::string& name) {
  close_portals_after(name);
  block->rollback_to(name);
  listening->rolled_back_to(block->depth() - 1);
  large_objects.close_above(block->depth() - 1);
  deferred.rollback_to(block->depth() - 1);
  apply_settings();
}

void SessionState::check() {
  wait_control.check();
  // Back-pressure: a writer that is far ahead of its six copies waits here, between batches,
  // where no latch is held.
  if (block->has_written()) {
    if (auto room = database().volume().wait_for_room(); !room)
      throw database::StorageError("the log cannot go on", room.error());
  }
  // A long statement gives the thread away every few milliseconds.
  auto now = static_cast<std::uint64_t>(current_timestamp());
  if (last_yield_ == 0) last_yield_ = now;
  if (now - last_yield_ > 2000) {
    last_yield_ = now;
    if (hooks.yield) hooks.yield();
  }
}

}  // namespace session
