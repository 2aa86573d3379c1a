#include "temporary_objects.h"

#include <charconv>
#include <exception>

#include "backends.h"
#include "command_host.h"
#include "session_state.h"

namespace session {
namespace {

// Who made a schema: the number in its name, but for what keeps names apart (commands/ddl.cpp).
std::int32_t owner_of(std::string_view name) {
  name.remove_prefix(commands::kTemporarySchemaPrefix.size());
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return static_cast<std::int32_t>(number);
}

}  // namespace

void TemporaryObjects::on_commit(types::Oid relation, query::OnCommit action) {
  if (action == query::OnCommit::none || action == query::OnCommit::preserve_rows) return;
  actions_.push_back({relation, action});
}

void TemporaryObjects::before_commit() {
  // Who wrote nothing put nothing into a temporary table, and made none.
  if (actions_.empty() || !session_.block->has_written()) return;
  session_.block->next_command();
  CommandHost host(session_);
  commands::run_on_commit(host, actions_);
}

void TemporaryObjects::discard() {
  CommandHost host(session_);
  commands::drop_temporary_objects(host);
}

void TemporaryObjects::remove(types::Oid schema) {
  try {
    session_.block->begin_implicit();
    // Whatever default_transaction_read_only says.
    query::TransactionModes modes;
    modes.read_only = false;
    session_.block->set_modes(modes);
    CommandHost host(session_);
    commands::drop_temporary_schema(host, schema);
    session_.block->commit();
  } catch (...) {
    session_.block->rollback();
    throw;
  }
}

void TemporaryObjects::end() noexcept {
  actions_.clear();
  types::Oid schema = session_.catalog->temporary_schema();
  if (schema == 0) return;
  try {
    session_.wait_control.clear();
    remove(schema);
  } catch (const std::exception&) {
    // The storage is gone, or the session is told to end at once.
  }
}

void TemporaryObjects::remove_leftovers() noexcept {
  try {
    session_.block->begin_implicit();
    CommandHost host(session_);
    auto schemas = commands::temporary_schemas(host);
    session_.block->rollback();
    for (const auto& [schema, name] : schemas) {
      // Of a session that came while this one looked.
      if (session_.environment.backends->is_connected(owner_of(name))) continue;
      try {
        remove(schema);
      } catch (const std::exception&) {
        // Others may go; this one is tried again when the database is opened next.
      }
    }
  } catch (const std::exception&) {
    session_.block->rollback();
  }
}

}  // namespace session
