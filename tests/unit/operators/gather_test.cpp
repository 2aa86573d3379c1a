// Plans that run in several threads, made by hand: rows (id, id % 10, 'note') of one table.
#include <cstdint>
#include <memory>

#include "functions/aggregate.h"
#include "operators/execution.h"
#include "planner/plan.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/parker.h"
#include "world.h"

namespace operators {
namespace {

using planner::PlanNodePtr;
using types::PhysicalType;

constexpr int kRows = 20000, kGroups = 10;
constexpr types::Oid kSumOfInt4 = 2108, kCountStar = 2803;

class ParallelPlans : public ::testing::Test, private TableProvider, private Interruptible {
 protected:
  ParallelPlans() : table_(*engine_.manager, table::testing::create(engine_, table::testing::accounts())) {
    auto setup = engine_.begin();
    const auto view = setup->take_view();
    for (int i = 0; i < kRows; ++i)
      EXPECT_TRUE(table::testing::put(table_, view, i, i % kGroups, "note").ok());
    (void)setup->commit();
    auto relation = std::make_shared<catalog::RelationDescriptor>();
    relation->name = "accounts";
    relation_ = std::move(relation);
  }

  // Columns: id, value.
  PlanNodePtr scan() const {
    auto node = std::make_unique<planner::TableScanNode>();
    node->relation = relation_;
    node->index = table::kClusteredIndex;
    node->table_columns = {0, 1};
    node->raw_columns = node->columns = {PhysicalType::int32, PhysicalType::int32};
    return node;
  }

  static planner::KeyColumn key(int column) {
    const types::TypeSupport& support = *types::find_type(types::oid::int4);
    planner::KeyColumn key;
    key.column = column;
    key.physical = support.physical;
    key.compare = support.compare;
    key.hash = support.hash;
    return key;
  }

  // value = value: `left` joined with the rows of `right`.
  static PlanNodePtr join(PlanNodePtr left, PlanNodePtr right, int left_column, int right_column) {
    auto node = std::make_unique<planner::HashJoinNode>();
    node->left_keys = {key(left_column)};
    node->right_keys = {key(right_column)};
    node->raw_columns = left->columns;
    node->raw_columns.insert(node->raw_columns.end(), right->columns.begin(), right->columns.end());
    node->columns = node->raw_columns;
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return node;
  }

  // count(*), sum(id) by value.
  static std::unique_ptr<planner::AggregateNode> aggregate(planner::AggregateStage stage, PlanNodePtr input) {
    auto node = std::make_unique<planner::AggregateNode>();
    node->stage = stage;
    node->strategy = planner::GroupStrategy::hashed;
    node->keys = {key(stage == planner::AggregateStage::final ? 0 : 1)};
    planner::AggregateCall count, sum;
    count.function = functions::find_aggregate(kCountStar);
    sum.function = functions::find_aggregate(kSumOfInt4);
    sum.arguments = {0};
    node->aggregates.push_back(std::move(count));
    node->aggregates.push_back(std::move(sum));
    node->raw_columns = {PhysicalType::int32, PhysicalType::int64};
    if (stage == planner::AggregateStage::final) node->raw_columns.push_back(PhysicalType::int64);
    node->columns = node->raw_columns;
    node->children.push_back(std::move(input));
    return node;
  }

  static PlanNodePtr gather(PlanNodePtr input) {
    auto node = std::make_unique<planner::GatherNode>();
    node->workers = 3;
    node->raw_columns = node->columns = input->columns;
    node->children.push_back(std::move(input));
    return node;
  }

  static std::shared_ptr<planner::Plan> plan(PlanNodePtr root) {
    auto plan = std::make_shared<planner::Plan>();
    plan->returns_rows = true;
    plan->root = std::move(root);
    return plan;
  }

  void start(Execution& execution, transaction::Transaction& transaction, const transaction::View& view) {
    ExecutionContext context;
    context.transaction = &transaction;
    context.view = &view;
    context.tables = this;
    context.interrupts = this;
    execution.start(context);
  }

  table::testing::Engine& engine() { return engine_; }
  const table::Table& accounts() const { return table_; }
  int checks_left = -1;  // before the statement is cancelled; negative: it never is

 private:
  TableAccess open(const catalog::RelationDescriptor&) override { return {&table_, nullptr}; }
  void check() override {
    if (checks_left == 0) throw types::SqlError("57014", "canceling statement due to user request");
    if (checks_left > 0) --checks_left;
  }
  void wait() override {
    check();
    wal::Parker::current().park();
  }

  wal::testing::MemoryVolume volume_;
  table::testing::Engine engine_{volume_, false, 64 << 20};
  table::Table table_;
  std::shared_ptr<const catalog::RelationDescriptor> relation_;
};

TEST_F(ParallelPlans, AggregateSumsUpEveryRowOnce) {
  Execution execution(plan(aggregate(planner::AggregateStage::final,
                                     gather(aggregate(planner::AggregateStage::partial, scan())))));
  auto transaction = engine().begin();
  const auto view = transaction->take_view();
  for (int run = 0; run < 5; ++run) {
    start(execution, *transaction, view);
    types::Batch batch;
    int groups = 0;
    while (execution.next(batch))
      for (std::uint32_t i = 0; i < batch.rows.count; ++i, ++groups) {
        const std::uint32_t row = batch.rows[i];
        const std::int64_t value = batch.columns[0].get<std::int32_t>(row);
        constexpr std::int64_t kEach = kRows / kGroups;
        EXPECT_EQ(batch.columns[1].get<std::int64_t>(row), kEach);
        EXPECT_EQ(batch.columns[2].get<std::int64_t>(row), value * kEach + kGroups * kEach * (kEach - 1) / 2);
      }
    EXPECT_EQ(groups, kGroups);
    execution.finish();
  }
}

TEST_F(ParallelPlans, WorkersShareTheHashTableOfAJoin) {
  // Each id meets the rows whose id is its value: one.
  Execution execution(plan(gather(join(scan(), gather(scan()), 1, 0))));
  auto transaction = engine().begin();
  const auto view = transaction->take_view();
  start(execution, *transaction, view);
  types::Batch batch;
  std::int64_t rows = 0, ids = 0;
  while (execution.next(batch))
    for (std::uint32_t i = 0; i < batch.rows.count; ++i, ++rows) {
      const std::uint32_t row = batch.rows[i];
      ids += batch.columns[0].get<std::int32_t>(row);
      EXPECT_EQ(batch.columns[1].get<std::int32_t>(row), batch.columns[2].get<std::int32_t>(row));
    }
  EXPECT_EQ(rows, kRows);
  EXPECT_EQ(ids, std::int64_t{kRows} * (kRows - 1) / 2);
}

TEST_F(ParallelPlans, WorkersSeeTheTransactionsOwnChangesUpToTheCommand) {
  Execution execution(plan(gather(scan())));
  auto transaction = engine().begin();
  ASSERT_TRUE(table::testing::erase(accounts(), transaction->take_view(), 7).ok());
  transaction->next_command();
  const auto view = transaction->take_view();
  ASSERT_TRUE(table::testing::erase(accounts(), view, 8).ok());
  start(execution, *transaction, view);
  types::Batch batch;
  std::int64_t rows = 0;
  while (execution.next(batch)) rows += batch.rows.count;
  EXPECT_EQ(rows, kRows - 1);
}

TEST_F(ParallelPlans, CancellingEndsTheWorkers) {
  Execution execution(plan(gather(join(scan(), scan(), 1, 1))));  // twenty million rows a group
  auto transaction = engine().begin();
  const auto view = transaction->take_view();
  checks_left = 100;
  start(execution, *transaction, view);
  types::Batch batch;
  EXPECT_THROW(
      while (execution.next(batch)) {}, types::SqlError);
  execution.finish();
  checks_left = -1;
}

TEST_F(ParallelPlans, WhoStopsReadingEarlyWaitsForNobody) {
  Execution execution(plan(gather(scan())));
  auto transaction = engine().begin();
  const auto view = transaction->take_view();
  for (int run = 0; run < 20; ++run) {
    start(execution, *transaction, view);
    types::Batch batch;
    for (int i = 0; i < run % 4; ++i) EXPECT_TRUE(execution.next(batch));
    execution.finish();
  }
}

}  // namespace
}  // namespace operators
