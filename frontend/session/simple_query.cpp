#include "simple_query.h"

#include "copy_transfer.h"
#include "session_state.h"
#include "statement_runner.h"

namespace session {
namespace {

class SimpleQuery final : public QueryRest, public std::enable_shared_from_this<SimpleQuery> {
 public:
  SimpleQuery(SessionState& session, std::string_view text)
      : session_(session), text_(std::make_shared<const std::string>(text)), tree_(*text_) {}

  void start(std::unique_ptr<CopyTransfer>& copy) {
    session_.current_text = text_;
    if (tree_.statements().empty()) {
      session_.commit();
      session_.messages().empty_query_response();
      return;
    }
    run_from(0, copy);
  }

  void resume(std::unique_ptr<CopyTransfer>& copy) override { run_from(next_, copy); }

 private:
  void run_from(std::size_t first, std::unique_ptr<CopyTransfer>& copy) {
    const auto& statements = tree_.statements();
    for (std::size_t i = first; i < statements.size(); ++i) {
      session_.statement_time = current_timestamp();
      require_usable_transaction(session_, statements[i].node);
      StatementLimits limits(session_);
      session_.block->begin_implicit();
      auto compiled = compile(session_, statements[i], text_, {});
      RunOptions options;
      options.surroundings = statements.size() == 1 ? Surroundings::alone : Surroundings::several;
      auto tag = run_statement(session_, compiled, options, copy);
      if (copy) {
        next_ = i + 1;
        copy->set_rest(shared_from_this(), next_ == statements.size());
        return;
      }
      // The last one's answer says that all is durable.
      if (i + 1 == statements.size() && session_.block->state() == TransactionBlock::State::implicit)
        session_.commit();
      session_.messages().command_complete(tag);
    }
    if (session_.block->state() == TransactionBlock::State::implicit) session_.commit();
  }

  SessionState& session_;
  std::shared_ptr<const std::string> text_;
  parser::ParseTree tree_;
  std::size_t next_ = 0;
};

}  // namespace

void run_simple_query(SessionState& session, std::string_view text,
                      std::unique_ptr<CopyTransfer>& copy) {
  session.current_text = std::make_shared<const std::string>(text);
  std::make_shared<SimpleQuery>(session, text)->start(copy);
}

}  // namespace session
