#include "session/session.h"

#include <fmt/format.h>

#include "backends.h"
#include "buffer/buffer_pool.h"
#include "copy_transfer.h"
#include "extended_query.h"
#include "function_call.h"
#include "idle_timeout.h"
#include "listening.h"
#include "services.h"
#include "session_state.h"
#include "simple_query.h"
#include "transaction/manager.h"
#include "transaction/usage.h"
#include "types/current_session.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace session {

using protocol::Severity;
using types::SqlError;

class Session::Impl {
 public:
  Impl(const SessionEnvironment& environment, SessionIdentity identity,
       std::vector<std::pair<std::string, std::string>> settings, Output& output, SessionHooks hooks)
      : state_(environment, std::move(identity), std::move(settings), output, std::move(hooks)),
        extended_(state_),
        idle_timeout_(state_.cluster.timers(), [this] { state_.hooks.wake(); }) {
    environment.backends->add(
        {.pid = state_.identity.process_id,
         .database = state_.use->oid(),
         .user = state_.user,
         .application_name = state_.settings.value("application_name"),
         .client_host = state_.identity.peer_host,
         .client_port = state_.identity.peer_port,
         .encrypted = state_.identity.encrypted,
         .started = current_timestamp(),
         .activity = &state_.activity},
        {.cancel = [this] { cancel(); },
         .terminate = [this] {
           terminate("57P01", "terminating connection due to administrator command");
         }});
    usage().add(UsageRegistry::sessions);
  }
  ~Impl() {
    state_.environment.backends->remove(state_.identity.process_id);
    if (ending_) usage().add(*ending_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  SessionState& state() { return state_; }
  void end() { state_.end(); }

  // What is sent from now on is in the client's character set.
  void choose_character_set() {
    const types::CharacterSet* set = state_.settings.client_character_set;
    if (set == nullptr) return state_.messages().encode_texts({});
    state_.messages().encode_texts([set](std::string_view text, std::string& out, bool lossy) {
      if (lossy) set->from_utf8_lossy(text, out, '?');
      else set->from_utf8(text, out);
    });
  }

  // A text of the client's as UTF-8, valid until the next one.
  std::string_view decoded(std::string_view text) {
    const types::CharacterSet* set = state_.settings.client_character_set;
    if (set == nullptr) {
      types::check_utf8(text);
      return text;
    }
    decoded_.clear();
    set->to_utf8(text, decoded_);
    return decoded_;
  }

  void send_parameter_status() {
    choose_character_set();
    for (const auto& name : Settings::reported())
      state_.messages().parameter_status(name, *state_.settings.show(name));
    state_.settings.on_report([this](std::string_view name, const std::string& value) {
      if (name == "application_name")
        state_.environment.backends->rename_application(state_.identity.process_id, value);
      else if (name == "client_encoding")
        choose_character_set();
      state_.messages().parameter_status(name, value);
    });
  }

  void send_ready() {
    auto status = state_.block->status();
    state_.messages().ready_for_query(status);
    in_transaction_ = status != protocol::TransactionStatus::idle;
    const std::int64_t now = current_timestamp();
    state_.times.waits(usage(), now, in_transaction_);
    state_.activity.end(!in_transaction_ ? ActivityState::idle
                        : status == protocol::TransactionStatus::failed
                            ? ActivityState::failed_transaction
                            : ActivityState::idle_in_transaction,
                        now);
    idle_timeout_.begin(in_transaction_ ? state_.settings.idle_in_transaction_timeout
                                        : state_.settings.idle_session_timeout);
  }

  // `malformed`: why the message could not be read; then its kind alone counts.
  Next handle(const protocol::FrontendMessage& message, const SqlError* malformed = nullptr) {
    if (std::holds_alternative<protocol::TerminateMessage>(message)) {
      ending_.reset();
      return Next::close;
    }
    idle_timeout_.end();
    if (idle_timeout_.expired()) return idle();
    Running running(*this);
    const types::ScopedSession current(state_.services.get());
    state_.stack_base = static_cast<const char*>(__builtin_frame_address(0));
    if (copy_) return handle_copy(message, malformed);
    // After an error everything up to Sync is passed over.
    if (skipping_ && !std::holds_alternative<protocol::SyncMessage>(message)) return Next::go_on;
    bool extended = !std::holds_alternative<protocol::QueryMessage>(message) &&
                    !std::holds_alternative<protocol::FunctionCallMessage>(message);
    bool fatal = false;
    try {
      if (malformed != nullptr) throw *malformed;
      dispatch(message);
    } catch (...) {
      fatal = !answer_error();
      if (extended && !std::holds_alternative<protocol::SyncMessage>(message)) skipping_ = true;
    }
    if (fatal) {
      ending_ = UsageRegistry::sessions_fatal;
      return Next::close;
    }
    if (copy_) return Next::go_on;
    if (!extended || std::holds_alternative<protocol::SyncMessage>(message)) {
      skipping_ = false;
      state_.wait_control.clear();
      send_notifications();
      send_ready();
    }
    return idle();
  }

  Next idle() {
    std::optional<SqlError> why;
    {
      std::lock_guard lock(state_.termination_mutex);
      why = state_.termination;
    }
    if (why) ending_ = UsageRegistry::sessions_killed;
    if (!why && idle_timeout_.expired()) {
      ending_ = UsageRegistry::sessions_fatal;
      if (in_transaction_)
        why.emplace("25P03", "terminating connection due to idle-in-transaction timeout");
      else
        why.emplace("57P05", "terminating connection due to idle-session timeout");
    }
    if (!why) {
      if (!skipping_ && state_.block->status() == protocol::TransactionStatus::idle)
        send_notifications();
      return Next::go_on;
    }
    state_.messages().error_response(Severity::fatal, *why, {});
    return Next::close;
  }

  Next before_flush() {
    try {
      state_.block->wait_for_answered();
    } catch (...) {
      answer_error();
      return Next::close;
    }
    return Next::go_on;
  }

  // A cancel that comes while nothing runs means a statement that is over.
  void cancel() {
    if (running_) state_.wait_control.interrupt(transaction::Interrupt::cancel);
  }

  void terminate(const char* sqlstate, std::string message) {
    state_.terminate(sqlstate, std::move(message));
  }

 private:
  using UsageRegistry = transaction::UsageRegistry;
  UsageRegistry& usage() const { return state_.use->database().transactions().usage(); }

  // A COPY goes on between its messages.
  struct Running {
    explicit Running(Impl& session) : session(session) { session.running_ = true; }
    ~Running() { session.running_ = session.copy_ != nullptr; }
    Impl& session;
  };

  void dispatch(const protocol::FrontendMessage& message) {
    using namespace protocol;
    if (state_.is_about_to_move()) state_.commit();
    if (const auto* m = std::get_if<QueryMessage>(&message)) {
      run_simple_query(state_, decoded(m->text), copy_);
    } else if (const auto* m = std::get_if<ParseMessage>(&message)) {
      extended_.parse(*m, decoded(m->text));
    } else if (const auto* m = std::get_if<BindMessage>(&message)) {
      extended_.bind(*m);
    } else if (const auto* m = std::get_if<DescribeMessage>(&message)) {
      extended_.describe(*m);
    } else if (const auto* m = std::get_if<ExecuteMessage>(&message)) {
      extended_.execute(*m, copy_);
    } else if (const auto* m = std::get_if<CloseMessage>(&message)) {
      extended_.close(*m);
    } else if (std::holds_alternative<SyncMessage>(message)) {
      extended_.sync();
    } else if (std::holds_alternative<FlushMessage>(message)) {
      state_.block->wait_for_answered();
      state_.output.flush();
    } else if (const auto* m = std::get_if<FunctionCallMessage>(&message)) {
      call_function(state_, *m);
    } else if (std::holds_alternative<PasswordMessage>(message)) {
      throw SqlError("08P01", "unexpected password message");
    }
    // Copy messages outside of a copy are left-overs of one that failed: passed over.
  }

  Next handle_copy(const protocol::FrontendMessage& message, const SqlError* malformed) {
    try {
      if (malformed != nullptr) throw *malformed;
      if (!copy_->handle(message)) return Next::go_on;
      copy_->finish();
    } catch (...) {
      bool extended = copy_->extended();
      copy_.reset();
      if (!answer_error()) return Next::close;
      if (extended) {
        skipping_ = true;
      } else {
        state_.wait_control.clear();
        send_notifications();
        send_ready();
      }
      // The client may have much left to send, and stops only when it hears of this.
      if (before_flush() == Next::close) return Next::close;
      state_.output.flush();
      return idle();
    }
    bool extended = copy_->extended();
    auto rest = copy_->take_rest();
    copy_.reset();
    if (extended) return idle();
    try {
      // What stood behind the COPY in the same query.
      if (rest) rest->resume(copy_);
    } catch (...) {
      if (!answer_error()) return Next::close;
    }
    if (copy_) return Next::go_on;
    state_.wait_control.clear();
    send_notifications();
    send_ready();
    return idle();
  }

  // What others (or the session itself) said on its channels; not within a transaction block.
  void send_notifications() {
    if (state_.block->in_block() || !state_.listening->has_any()) return;
    for (const auto& [pid, notification] : state_.listening->take())
      state_.messages().notification_response(pid, notification.channel, notification.payload);
  }

  // Answers the exception in flight; false when the session cannot go on.
  bool answer_error() {
    try {
      throw;
    } catch (const SqlError& error) {
      return report(error, false);
    } catch (const database::StorageError& error) {
      // Whether the transaction is durable is not known: the client must not hear a plain error, nor
      // anything that it or a commit it read has left in the buffer.
      state_.messages().clear();
      return report(SqlError("58030", error.what()), true);
    } catch (const buffer::PageError& error) {
      return report(SqlError("58030", error.what()), false);
    } catch (const std::bad_alloc&) {
      return report(SqlError("53200", "out of memory"), false);
    } catch (const ConnectionLost&) {
      throw;
    } catch (const std::exception& error) {
      return report(SqlError("XX000", error.what()), false);
    }
  }

  bool report(const SqlError& error, bool fatal) {
    bool ends = fatal || error.sqlstate() == "57P01";
    std::string text = state_.current_text ? *state_.current_text : std::string();
    try {
      state_.fail();
    } catch (const std::exception& again) {
      // A rollback that cannot be done now is done by recovery; this session is over.
      ends = true;
    }
    state_.messages().error_response(ends ? Severity::fatal : Severity::error, error, text);
    return !ends;
  }

  SessionState state_;
  std::string decoded_;
  ExtendedQuery extended_;
  std::unique_ptr<CopyTransfer> copy_;
  bool skipping_ = false;
  std::atomic<bool> running_{false};
  // How it will have ended for pg_stat_database; nullopt: as its client wished.
  std::optional<UsageRegistry::Counter> ending_ = UsageRegistry::sessions_abandoned;
  bool in_transaction_ = false;  // as the last ReadyForQuery said
  IdleTimeout idle_timeout_;
};

std::shared_ptr<Backends> make_backends() { return std::make_shared<Backends>(); }

Session::Session(const SessionEnvironment& environment, SessionIdentity identity,
                 std::vector<std::pair<std::string, std::string>> settings, Output& output,
                 SessionHooks hooks)
    : impl_(std::make_unique<Impl>(environment, std::move(identity), std::move(settings), output,
                                   std::move(hooks))) {}
Session::~Session() = default;
void Session::end() { impl_->end(); }
void Session::send_parameter_status() { impl_->send_parameter_status(); }
void Session::send_ready() { impl_->send_ready(); }
Session::Next Session::handle(const protocol::FrontendMessage& message) { return impl_->handle(message); }
Session::Next Session::refuse(const protocol::FrontendMessage& kind, const types::SqlError& why) {
  return impl_->handle(kind, &why);
}
Session::Next Session::before_flush() { return impl_->before_flush(); }
Session::Next Session::idle() { return impl_->idle(); }
bool Session::holds_up_others() const {
  // None while the session changes databases, which may park.
  const auto& block = impl_->state().block;
  return block != nullptr && block->holds_up_others();
}
void Session::cancel() { impl_->cancel(); }
void Session::terminate(const char* sqlstate, std::string message) {
  impl_->terminate(sqlstate, std::move(message));
}

}  // namespace session
