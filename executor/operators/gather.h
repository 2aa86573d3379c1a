// Runs its child in several threads at once and returns the rows of all of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "morsels.h"
#include "operator.h"
#include "planner/plan_node.h"

namespace wal {
class Parker;
}

namespace operators {

// Each worker has operators and an execution state of its own, made from the same plan; so has the
// leader (the session's thread of control), which takes part and does everything when no thread is
// free. They share what the leader's operators have prepared when they are open: the morsels of the
// scan at the end of the left spine, and the hash tables of the joins on it.
//
// A worker copies its rows into a few buffers of its own and goes on while the leader uses them. A
// partial aggregate's rows point to what is good only as long as their batch: they are lent, and the
// worker goes on when the leader has used them.
class Gather final : public Operator {
 public:
  Gather(const planner::GatherNode& node, ExecutionState& state);
  ~Gather() override;
  void close() override;
  void halt() override { stop(); }

  std::uint64_t launched() const { return launched_; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;
  void reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) override;

 private:
  struct Stopped {};  // thrown in a worker that is to end
  class Tables;
  class Interrupts;
  struct Worker;
  enum class Phase : std::uint8_t { running, lending, done };

  bool may_launch();
  void launch();
  void prepare(Worker& worker);
  void run(Worker& worker) noexcept;
  void lend(Worker& worker, const types::Batch& batch);
  void copy(Worker& worker, const types::Batch& batch);
  void hand_over(Worker& worker);  // the buffer being filled
  // Until the leader has done something for the worker; throws Stopped.
  template <typename Condition>
  void wait_for_leader(Worker& worker, Condition&& condition);
  void take_back();
  // Ends the workers and waits for that.
  void stop() noexcept;
  void wake_leader();

  const planner::GatherNode& gather_;
  Morsels morsels_;
  struct Reduction {
    const JoinFilter* filter;
    std::vector<std::size_t> columns;
  };
  std::vector<Reduction> reductions_;  // what workers' operators are told as the leader's were
  std::vector<std::unique_ptr<Worker>> workers_;  // the first running_ of them have been started
  std::size_t running_ = 0;
  std::uint64_t launched_ = 0;
  Worker* lender_ = nullptr;  // whose batch was returned last
  const bool lends_;          // a partial aggregate's rows
  // The child is a whole aggregation that begins anew with every morsel.
  const bool groups_by_morsel_;
  bool leader_done_ = false;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;                      // guards every worker's phase, rows, error and parker
  wal::Parker* waiting_leader_ = nullptr;  // guarded too
};

}  // namespace operators
