#include "session_state.h"

#include <fmt/format.h>

#include "services.h"
#include "table/table.h"
#include "transaction/manager.h"
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
      settings(environment.configuration) {
  auto role = role_or_throw(cluster, identity);
  user = role.oid;
  superuser = role.superuser;
  use = cluster.connect(identity.database, superuser, [this] {
    // DROP DATABASE .. WITH (FORCE): as an administrator's pg_terminate_backend().
    terminate("57P01", "terminating connection due to administrator command");
  });
  block = std::make_unique<TransactionBlock>(use->database(), cluster.system(), settings,
                                             wait_control, identity.process_id);
  catalog = std::make_unique<catalog::SessionCatalog>(use->database().catalog(),
                                                      cluster.system().catalog(), *block);
  block->attach(*catalog);
  catalog->set_user(user, identity.user);
  services = std::make_unique<Services>(*this);
  settings.set("is_superuser", superuser ? "on" : "off", SettingSource::configuration);
  settings.set("session_authorization", identity.user, SettingSource::configuration);
  for (const auto& [name, value] : start_settings) settings.set(name, value, SettingSource::client);
  catalog->set_search_path(settings.search_path);
  applied_epoch_ = settings.plan_epoch;
}

SessionState::~SessionState() {
  portals.clear();
  prepared.clear();
  plans.clear();
  block.reset();
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

void SessionState::notice(protocol::Severity severity, SqlError message) {
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
  context.eval = eval_context(nullptr);
  context.parameters = parameters;
  context.work_mem_bytes = settings.work_mem_bytes;
  context.hash_memory_bytes = static_cast<std::size_t>(static_cast<double>(settings.work_mem_bytes) *
                                                       settings.hash_mem_multiplier);
  context.temp_directory = environment.temp_directory;
  context.temp_file_limit_bytes = settings.temp_file_limit_bytes;
  return context;
}

void SessionState::close_portals(std::size_t from_depth) {
  for (auto it = portals.begin(); it != portals.end();) {
    if (it->second->depth >= from_depth) it = portals.erase(it);
    else ++it;
  }
}

void SessionState::close_portals_after(const std::string& savepoint) {
  if (auto level = block->level_of(savepoint)) close_portals(*level + 1);
}

void SessionState::services_end_statement() { services->end_statement(); }

void SessionState::commit() {
  close_portals(0);
  services->end_transaction();
  block->commit();
  apply_settings();
}

void SessionState::rollback() {
  close_portals(0);
  services->end_transaction();
  block->rollback();
  apply_settings();
}

void SessionState::fail() {
  close_portals(block->depth());
  services->end_transaction();
  block->fail();
  apply_settings();
}

void SessionState::rollback_to(const std::string& savepoint) {
  close_portals_after(savepoint);
  block->rollback_to(savepoint);
  apply_settings();
}

void SessionState::apply_settings() {
  if (applied_epoch_ == settings.plan_epoch) return;
  applied_epoch_ = settings.plan_epoch;
  catalog->set_search_path(settings.search_path);
  const std::string& role = settings.role;
  if (role.empty() || role == "none")
    catalog->set_user(user, identity.user);
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

void SessionState::check() {
  wait_control.check();
  // Back-pressure: a writer that is far ahead of its six copies waits here, between batches,
  // where no latch is held.
  if (block->has_written()) {
    if (auto room = use->database().volume().wait_for_room(); !room)
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
