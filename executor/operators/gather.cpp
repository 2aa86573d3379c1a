#include "gather.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <unordered_map>

#include "aggregate.h"
#include "execution_state.h"
#include "hash_join.h"
#include "planner/morsel_groups.h"
#include "row_buffer.h"
#include "subplans.h"
#include "table_scan.h"
#include "transaction/transaction.h"
#include "types/absent_session.h"
#include "types/kernel_interrupts.h"
#include "wal/check.h"
#include "wal/parker.h"
#include "worker_threads.h"

namespace operators {

namespace {

// How far a worker may be ahead of the leader.
constexpr std::size_t kBuffers = 16;

// The next operator on the way to the scan that is divided; null at that scan.
Operator* below(Operator& op) {
  return op.node().kind == planner::NodeKind::table_scan ? nullptr : &op.child();
}

// The scan whose range is divided.
TableScan& driver(Operator& top) {
  Operator* op = &top;
  while (Operator* next = below(*op)) op = next;
  return *static_cast<TableScan*>(op);
}

}  // namespace

// What the leader's session said about the tables, for the workers.
class Gather::Tables final : public TableProvider {
 public:
  void find(const planner::PlanNode& node, ExecutionState& leader) {
    if (node.kind == planner::NodeKind::table_scan) {
      const auto& scan = static_cast<const planner::TableScanNode&>(node);
      accesses_[scan.relation.get()] = leader.open_table(*scan.relation);
    }
    // The leader alone reads what is hashed.
    const bool hashed = node.kind == planner::NodeKind::hash_join;
    for (std::size_t i = 0; i < (hashed ? 1 : node.children.size()); ++i) find(*node.children[i], leader);
  }
  TableAccess open(const catalog::RelationDescriptor& relation) override {
    return accesses_.at(&relation);
  }

 private:
  std::unordered_map<const catalog::RelationDescriptor*, TableAccess> accesses_;
};

// What a worker's operators, and long kernels, ask now and then.
class Gather::Interrupts final : public Interruptible, public types::AbsentSession, public types::KernelInterrupts {
 public:
  explicit Interrupts(const std::atomic<bool>& stopping)
      : AbsentSession("in a worker of a parallel plan"), stopping_(stopping) {}
  void check() override {
    if (stopping_.load(std::memory_order_relaxed)) throw Stopped();
  }
  void check_interrupts() override { check(); }
  void wait() override {
    wal::Parker::current().park();
    check();
  }

 private:
  const std::atomic<bool>& stopping_;
};

struct Gather::Worker {
  Worker(const Gather& gather, ExecutionState& leader)
      : state(leader.plan), root(make_operator(*gather.node_.children[0], state)), interrupts(gather.stopping_) {
    for (const Reduction& reduction : gather.reductions_) root->reduce_by(*reduction.filter, reduction.columns);
    if (gather.groups_by_morsel_) static_cast<Aggregate&>(*root).group_by_piece(driver(*root));
  }

  ExecutionState state;
  OperatorPtr root;
  Tables tables;
  Interrupts interrupts;
  Phase phase = Phase::done;
  types::Batch batch;             // while it lends
  std::exception_ptr error;
  wal::Parker* parker = nullptr;  // while it waits for the leader

  std::vector<std::unique_ptr<RowBuffer>> buffers;
  std::vector<RowBuffer*> free;
  std::deque<RowBuffer*> full;     // the first is the leader's while it is the lender
  RowBuffer* filling = nullptr;    // the worker's own
};

Gather::Gather(const planner::GatherNode& node, ExecutionState& state) : Operator(node, state),
      gather_(node),
      lends_(node.children[0]->kind == planner::NodeKind::aggregate &&
             static_cast<const planner::AggregateNode&>(*node.children[0]).stage == planner::AggregateStage::partial),
      groups_by_morsel_(dynamic_cast<const planner::MorselGroupsNode*>(&node) != nullptr) {
  const std::size_t each = groups_by_morsel_ ? Morsels::kPerWorkerOfGroups : Morsels::kPerWorker;
  TableScan& scan = driver(child());
  scan.divide(morsels_, each * (static_cast<std::size_t>(node.workers) + 1),
              groups_by_morsel_ ? table::Cut::between_values : table::Cut::anywhere);
  if (groups_by_morsel_) static_cast<Aggregate&>(child()).group_by_piece(scan);
}

Gather::~Gather() { stop(); }

void Gather::reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) {
  reductions_.push_back({&filter, {columns.begin(), columns.end()}});
  child().reduce_by(filter, columns);
}

void Gather::close() {
  stop();
  for (auto& worker : workers_) {
    worker->root->close();
    worker->buffers.clear();
    worker->state.run_arena.reset();
  }
  Operator::close();
}

void Gather::do_open() {
  stop();
  for (const int parameter : gather_.init_parameters)
    if (!state().environment.execution_parameters[static_cast<std::size_t>(parameter)].ready)
      state().subplans->initialise(parameter);
  child().open();
  leader_done_ = false;
  launched_ = 0;
  if (may_launch()) launch();
}

bool Gather::may_launch() {
  // What a serializable transaction has read is noted by its own thread.
  if (state().context.transaction == nullptr ||
      state().context.transaction->isolation() == transaction::Isolation::serializable)
    return false;
  // A hash table that did not fit is joined piece by piece.
  for (Operator* op = &child(); op != nullptr; op = below(*op))
    if (op->node().kind == planner::NodeKind::hash_join && !static_cast<HashJoin*>(op)->is_in_memory())
      return false;
  return true;
}

void Gather::launch() {
  WorkerThreads& threads = WorkerThreads::shared();
  // The leader has a processor, too.
  const std::size_t wanted = std::min(static_cast<std::size_t>(gather_.workers),
                                      std::max<std::size_t>(1, threads.limit() - 1));
  stopping_.store(false, std::memory_order_relaxed);
  for (; running_ < wanted; ++running_) {
    if (workers_.size() == running_) workers_.push_back(std::make_unique<Worker>(*this, state()));
    Worker& worker = *workers_[running_];
    prepare(worker);
    if (!threads.try_run([this, &worker] { run(worker); })) {
      worker.phase = Phase::done;
      break;
    }
    ++launched_;
  }
}

void Gather::prepare(Worker& worker) {
  ExecutionState& leader = state();
  worker.tables.find(*node_.children[0], leader);
  ExecutionState& own = worker.state;
  own.context = leader.context;
  own.context.catalog = nullptr;
  own.context.tables = &worker.tables;
  own.context.interrupts = &worker.interrupts;
  own.context.triggers = nullptr;
  own.context.deferred = nullptr;
  own.context.eval.names = nullptr;
  own.context.eval.session = &worker.interrupts;
  own.instrumented = leader.instrumented;
  own.configure_spilling();
  own.environment.parameters = leader.environment.parameters;
  own.environment.execution_parameters = leader.environment.execution_parameters;
  worker.phase = Phase::running;
  worker.error = nullptr;
  worker.full.clear();
  worker.free.clear();
  worker.filling = nullptr;
  worker.buffers.clear();
  Operator* mine = worker.root.get();
  for (Operator* op = &child(); op != nullptr; op = below(*op), mine = below(*mine)) {
    if (op->node().kind == planner::NodeKind::hash_join)
      static_cast<HashJoin*>(mine)->share(*static_cast<HashJoin*>(op));
    else if (op->node().kind == planner::NodeKind::table_scan)
      static_cast<TableScan*>(mine)->take_from(morsels_);
  }
}

void Gather::run(Worker& worker) noexcept {
  std::exception_ptr error;
  try {
    worker.interrupts.check();
    worker.root->open();
    types::Batch batch;
    while (worker.root->next(batch)) lends_ ? lend(worker, batch) : copy(worker, batch);
    if (worker.filling != nullptr && !worker.filling->empty()) hand_over(worker);
  } catch (const Stopped&) {
  } catch (...) {
    error = std::current_exception();
  }
  std::lock_guard lock(mutex_);
  worker.error = std::move(error);
  worker.phase = Phase::done;
  wake_leader();
}

void Gather::lend(Worker& worker, const types::Batch& batch) {
  {
    std::lock_guard lock(mutex_);
    worker.batch = batch;
    worker.phase = Phase::lending;
    wake_leader();
  }
  wait_for_leader(worker, [&] { return worker.phase == Phase::running; });
}

template <typename Condition>
void Gather::wait_for_leader(Worker& worker, Condition&& condition) {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      worker.parker = nullptr;
      if (condition()) return;
      worker.interrupts.check();
      worker.parker = &wal::Parker::current();
    }
    wal::Parker::current().park();
  }
}

void Gather::copy(Worker& worker, const types::Batch& batch) {
  for (std::uint32_t copied = 0; copied < batch.rows.count;) {
    if (worker.filling == nullptr)
      wait_for_leader(worker, [&] {
        if (!worker.free.empty()) {
          worker.filling = worker.free.back();
          worker.free.pop_back();
        } else if (worker.buffers.size() < kBuffers) {
          worker.buffers.push_back(std::make_unique<RowBuffer>(node_.columns));
          worker.filling = worker.buffers.back().get();
        }
        return worker.filling != nullptr;
      });
    copied += worker.filling->append(batch, copied);
    if (worker.filling->full()) hand_over(worker);
  }
}

void Gather::hand_over(Worker& worker) {
  std::lock_guard lock(mutex_);
  worker.full.push_back(std::exchange(worker.filling, nullptr));
  wake_leader();
}

void Gather::wake_leader() {
  if (waiting_leader_ != nullptr) waiting_leader_->unpark();
}

void Gather::take_back() {
  if (lender_ == nullptr) return;
  std::lock_guard lock(mutex_);
  if (lends_) {
    lender_->phase = Phase::running;
  } else {
    RowBuffer* used = lender_->full.front();
    lender_->full.pop_front();
    used->clear();
    lender_->free.push_back(used);
  }
  if (lender_->parker != nullptr) lender_->parker->unpark();
  lender_ = nullptr;
}

void Gather::stop() noexcept {
  if (running_ == 0) return;
  stopping_.store(true, std::memory_order_relaxed);
  lender_ = nullptr;
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      bool done = true;
      for (std::size_t i = 0; i < running_; ++i) {
        Worker& worker = *workers_[i];
        if (worker.parker != nullptr) worker.parker->unpark();
        done = done && worker.phase == Phase::done;
      }
      waiting_leader_ = done ? nullptr : &wal::Parker::current();
      if (done) break;
    }
    wal::Parker::current().park();
  }
  running_ = 0;
}

bool Gather::produce(types::Batch& raw) {
  take_back();
  for (;;) {
    bool all_done = true;
    {
      std::lock_guard lock(mutex_);
      waiting_leader_ = nullptr;
      for (std::size_t i = 0; i < running_; ++i) {
        Worker& worker = *workers_[i];
        if (worker.phase == Phase::done) {
          if (worker.error) std::rethrow_exception(worker.error);
          if (worker.full.empty()) continue;
        }
        all_done = false;
        if (worker.phase != Phase::lending && worker.full.empty()) continue;
        lender_ = &worker;
        raw = lends_ ? worker.batch : worker.full.front()->batch();
        return true;
      }
      if (leader_done_ && !all_done) waiting_leader_ = &wal::Parker::current();
    }
    if (!leader_done_) {
      if (child().next(raw)) return true;
      leader_done_ = true;
      continue;
    }
    if (all_done) break;
    state().context.interrupts->wait();
  }
  if (state().instrumented)
    for (std::size_t i = 0; i < running_; ++i) child().add_counters(*workers_[i]->root);
  running_ = 0;
  return false;
}

}  // namespace operators
