#include "copy_transfer.h"

#include <fmt/format.h>

#include "command_host.h"
#include "commands/copy.h"
#include "present_rights.h"
#include "query/statements.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

class CopyFromClient final : public CopyTransfer {
 public:
  CopyFromClient(SessionState& session, CompiledPtr compiled)
      : session_(session),
        compiled_(std::move(compiled)),
        host_(session),
        copy_(commands::start_copy_in(std::get<query::Copy>(compiled_->utility->node), host_)) {
    session.messages().copy_in_response(copy_->binary(), static_cast<std::int16_t>(copy_->column_count()));
  }

  bool handle(const protocol::FrontendMessage& message) override {
    if (const auto* data = std::get_if<protocol::CopyDataMessage>(&message)) {
      session_.wait_control.check();
      unchecked_ += data->data.size();
      if (unchecked_ >= kCheckBytes) {
        session_.check();
        unchecked_ = 0;
      }
      copy_->push({reinterpret_cast<const char*>(data->data.data()), data->data.size()});
      return false;
    }
    if (std::holds_alternative<protocol::CopyDoneMessage>(message)) return true;
    if (const auto* fail = std::get_if<protocol::CopyFailMessage>(&message)) throw copy_->failure(fail->reason);
    // Flush and Sync may come with the data; they mean nothing here.
    if (std::holds_alternative<protocol::FlushMessage>(message) ||
        std::holds_alternative<protocol::SyncMessage>(message))
      return false;
    throw SqlError("08P01", "unexpected message type during COPY from stdin");
  }

  void finish() override {
    auto tag = fmt::format("COPY {}", copy_->finish());
    copy_.reset();
    session_.services_end_statement();
    session_.block->next_command();
    if (!extended() && is_last_ && session_.block->state() == TransactionBlock::State::implicit)
      session_.commit();
    session_.messages().command_complete(tag);
  }

 private:
  // Clients send a message for each row: the clock is not asked that often.
  static constexpr std::size_t kCheckBytes = 16 << 10;

  SessionState& session_;
  std::size_t unchecked_ = 0;
  CompiledPtr compiled_;
  StatementLimits limits_{session_};
  CommandHost host_;
  std::unique_ptr<commands::CopyIn> copy_;
};

// Tables of the session's own are no matter of the transaction's mode. One that is not there is refused by name.
bool fills_temporary_table(SessionState& session, const query::Copy& copy) {
  if (!session.block->may_change_temporary()) return false;
  const auto relation = session.catalog->relation(session.catalog->find_relation(copy.relation.schema, copy.relation.name));
  return relation == nullptr || relation->persistence == 't';
}

}  // namespace

std::string start_copy(SessionState& session, const query::Copy& statement,
                       const CompiledPtr& compiled, const RunOptions& options,
                       std::unique_ptr<CopyTransfer>& copy) {
  if (statement.from && session.block->read_only() && !fills_temporary_table(session, statement))
    throw SqlError("25006", "cannot execute COPY FROM in a read-only transaction");
  const PresentRights rights(session);
  constexpr types::Oid kPgExecuteServerProgram = 4571;
  if (statement.program && !session.catalog->has_privileges_of(session.catalog->user(), kPgExecuteServerProgram))
    throw SqlError("42501", "must be superuser or have privileges of the pg_execute_server_program role to COPY to or from an external "
                            "program")
        .with_hint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
  if (statement.program) throw SqlError::not_supported("COPY .. PROGRAM");
  if (statement.file) {
    CommandHost host(session, options.parameters);
    return fmt::format("COPY {}", commands::copy_file(statement, host));
  }
  if (statement.from) {
    copy = std::make_unique<CopyFromClient>(session, compiled);
    return {};
  }
  CommandHost host(session, options.parameters);
  auto out = commands::start_copy_out(statement, host);
  auto& messages = session.messages();
  messages.copy_out_response(out->binary(), static_cast<std::int16_t>(out->column_count()));
  std::string_view piece;
  while (out->next(piece)) {
    messages.copy_data(piece);
    if (messages.size() >= Output::kLargeOutput) {
      session.check();
      session.block->wait_for_seen();
      session.output.flush();
    }
  }
  session.block->note_answered();
  messages.copy_done();
  return fmt::format("COPY {}", out->rows());
}

}  // namespace session
