// One run of a plan: its view, its parameters, and how far its rows have been sent.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "operators/execution.h"
#include "row_writer.h"
#include "transaction/view.h"
#include "types/vector.h"

namespace session {

class SessionState;

// Made when a portal is opened or a simple query runs; keeps its view until finish(). The plan
// and the parameters outlive it.
class PlanRun {
 public:
  PlanRun(SessionState& session, std::unique_ptr<operators::Execution> execution,
          std::span<const types::Datum> parameters, bool instrument = false);
  // In a view that was taken before.
  PlanRun(SessionState& session, std::unique_ptr<operators::Execution> execution,
          std::span<const types::Datum> parameters, transaction::View view,
          bool instrument = false);
  ~PlanRun();

  // Hands up to `limit` rows (0: all) to `sink`; returns how many. done() tells whether the end
  // was reached.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void row(types::EvalContext& context, std::span<const types::Vector> columns,
                     std::uint32_t row) = 0;
  };
  std::uint64_t fetch(std::uint64_t limit, Sink& sink);

  bool done() const { return done_; }
  // The run that was started before this one and has not been finished either; null: none.
  const PlanRun* outer() const { return outer_; }
  const planner::Plan& plan() const { return execution_->plan(); }
  std::uint64_t rows_affected() const;
  operators::Execution& execution() { return *execution_; }

  // Ends the run; the execution can be used again.
  std::unique_ptr<operators::Execution> finish();

 private:
  void start(std::span<const types::Datum> parameters, bool instrument);
  void leave();  // is no longer among the session's runs

  SessionState& session_;
  PlanRun* outer_ = nullptr;  // SessionState::runs: a list from the newest to the oldest
  PlanRun* inner_ = nullptr;
  bool listed_ = false;
  std::unique_ptr<operators::Execution> execution_;
  transaction::View view_;
  types::Batch batch_;
  std::uint32_t position_ = 0;
  std::uint64_t fetched_ = 0;
  std::span<const types::Datum> parameters_;  // of what runs after it
  bool done_ = false;
  types::Arena output_arena_;
};

// Sends rows to the client as DataRow messages.
class RowSender final : public PlanRun::Sink {
 public:
  RowSender(SessionState& session, const RowWriter& writer) : session_(session), writer_(writer) {}
  void row(types::EvalContext& context, std::span<const types::Vector> columns,
           std::uint32_t row) override;

 private:
  SessionState& session_;
  const RowWriter& writer_;
};

}  // namespace session
