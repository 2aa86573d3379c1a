#include "simple_query.h"

#include "copy_transfer.h"
#include "long_names.h"
#include "services.h"
#include "session_state.h"
#include "statement_runner.h"

namespace session {
namespace {

// Runs a kept plan with the parameters that it has been given, and answers it.
void run_kept(SessionState& session, KeptPlan& kept) {
  const auto& plan = kept.compiled->plan;
  PlanAnswer answer;
  if (plan->returns_rows)
    answer = {.writer = &kept.writer, .describe = true, .description = &kept.description};
  session.services->statements().begin();
  auto tag = run_plan(session, plan, kept.idle_execution, kept.parameters, answer);
  session.services->statements().finish(*session.current_text, tag);
  if (session.block->state() == TransactionBlock::State::implicit) session.commit();
  session.messages().command_complete(tag);
}

// A text like one that ran before, whose plan was kept: false when there is none.
bool run_like_before(SessionState& session) {
  if (session.block->state() == TransactionBlock::State::failed) return false;
  StatementLimits limits(session);
  KeptPlan* kept = session.plans.find(session, *session.current_text);
  if (kept == nullptr) return false;
  run_kept(session, *kept);
  return true;
}

class SimpleQuery final : public QueryRest, public std::enable_shared_from_this<SimpleQuery> {
 public:
  explicit SimpleQuery(SessionState& session)
      : session_(session), text_(session.current_text), tree_(parse_text(session, *text_)) {}

  void start(std::unique_ptr<CopyTransfer>& copy) {
    if (tree_.statements().empty()) {
      // A block goes on, as it does for clients that ask so whether they are still connected.
      if (session_.block->state() == TransactionBlock::State::implicit) session_.commit();
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
      if (auto* kept = session_.plans.keep(session_, tree_, text_)) {
        run_kept(session_, *kept);
        return;
      }
      session_.services->statements().begin();
      auto compiled = compile_inner(session_, statements[i], text_, {.variables = &no_parameters_, .may_be_parallel = true});
      RunOptions options;
      options.surroundings = statements.size() == 1 ? Surroundings::alone : Surroundings::several;
      auto tag = run_statement(session_, compiled, options, copy);
      if (copy) {
        next_ = i + 1;
        copy->set_rest(shared_from_this(), next_ == statements.size());
        return;
      }
      session_.services->statements().finish(text_of(statements[i]), tag);
      // The last one's answer says that all is durable. What follows SET sextant.as_of reads there.
      if ((i + 1 == statements.size() || session_.is_about_to_move()) && session_.block->state() == TransactionBlock::State::implicit)
        session_.commit();
      session_.messages().command_complete(tag);
    }
    if (session_.block->state() == TransactionBlock::State::implicit) session_.commit();
  }

  std::string_view text_of(const parser::Statement& statement) const {
    const auto at = static_cast<std::size_t>(statement.location), length = static_cast<std::size_t>(statement.length);
    return std::string_view(*text_).substr(at, length > 0 ? length : std::string_view::npos);
  }

  // Nobody gives $1 a value.
  struct NoParameters final : analyzer::Variables {
    std::optional<Found> find(std::span<const std::string_view>) override { return std::nullopt; }
  };

  SessionState& session_;
  std::shared_ptr<const std::string> text_;
  parser::ParseTree tree_;
  NoParameters no_parameters_;
  std::size_t next_ = 0;
};

}  // namespace

void run_simple_query(SessionState& session, std::string_view text,
                      std::unique_ptr<CopyTransfer>& copy) {
  session.set_current_text(text);
  session.begin_activity();
  if (run_like_before(session)) return;
  tell_of_long_names(session, text);
  std::make_shared<SimpleQuery>(session)->start(copy);
}

}  // namespace session
