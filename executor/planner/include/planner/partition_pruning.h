// Which partitions can have rows for conditions, once the values that these compare with are known.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eval/program.h"
#include "planner/partition_table.h"
#include "types/eval_context.h"

namespace planner {

// What conditions say about the key of one partitioned table.
struct PruningCondition {
  enum class Kind : std::uint8_t { all, any, compare, any_element, is_null, is_not_null };
  Kind kind = Kind::all;
  std::vector<PruningCondition> parts;  // all, any; of no parts: true, false
  std::size_t key = 0;                  // the key column
  // key OPERATOR value: btree's numbers, or kNotEqual. any_element: equal to one of an array's.
  static constexpr int kNotEqual = 7;
  int strategy = 3;
  std::size_t value = 0;                // which of PartitionPruning::values
  // How a value becomes one of the key's type: integers by their width, others as they are.
  types::PhysicalType from = types::PhysicalType::int32, to = types::PhysicalType::int32;
};

using PruningKind = PruningCondition::Kind;

// Immutable, shared by the executions of a plan.
struct PartitionPruning {
  eval::Program values;                 // over no row
  std::vector<bool> from_start;         // per value: known before the first row, and for good
  bool any_later = false;               // some are not

  // A partitioned table, with all that is below it.
  struct Level {
    std::shared_ptr<const PartitionTable> table;
    int above = -1;                     // the level that it is a partition of, and its place there
    std::size_t place = 0;
    PruningCondition condition;
    eval::Program hashes;               // HASH: of the key columns' values, in their order
    std::vector<types::PhysicalType> key_types;  // .. of these types
    bool hashes_ask = false;            // .. by functions that users wrote
  };
  std::vector<Level> levels;
  // Of the append's children: the level that each is a partition of; -1: of none.
  struct Child {
    int level = -1;
    std::size_t place = 0;
  };
  std::vector<Child> children;
};

// Of a table by HASH: the hashes of its key columns' values, which stand in the columns of a batch.
eval::Program compile_key_hashes(const PartitionTable& table, catalog::CatalogView& catalog);

// Decides; for one execution at a time, or the planner.
class PartitionPruner {
 public:
  explicit PartitionPruner(const PartitionPruning& pruning);

  // For each child whether it may have rows. Values that are nullopt tell nothing. `may_ask`: users' functions
  // may be called. The context's arena is used.
  void decide(std::span<const std::optional<types::Datum>> values, types::EvalContext& context, bool may_ask,
              std::vector<bool>& survives);

 private:
  using Condition = PruningCondition;
  using Level = PartitionPruning::Level;
  struct KeyBound {
    bool given = false, inclusive = true;
    types::Datum value;
  };

  bool refutes(const Level& level, const Condition& condition, std::size_t place);
  // Conditions that hold together.
  bool refutes_together(const Level& level, std::span<const Condition> all, std::size_t place);
  bool refutes_hash(const Level& level, std::span<const Condition> all, std::size_t place);
  // RANGE: whether leading key columns that equal values, with bounds on the next one, leave rows of a partition.
  static bool may_match_keys(const PartitionTable& table, std::size_t place, std::span<const types::Datum> equal,
                             const KeyBound& lower, const KeyBound& upper);
  // Which partitions of a HASH level they leave; nullopt: they do not tell.
  std::optional<std::vector<bool>> hit_partitions(const Level& level, std::span<const Condition> all);
  bool refutes_value(const Level& level, const Condition& condition, const types::Datum& value, std::size_t place) const;
  // Of a condition that says that a key column has one of some values: these; false: it says no such thing.
  bool equal_values(const Condition& condition, std::size_t key, std::vector<types::Datum>& out) const;

  const PartitionPruning& pruning_;
  struct Hasher;
  std::vector<std::shared_ptr<Hasher>> hashers_;  // by level; null: not of HASH
  std::span<const std::optional<types::Datum>> values_;
  types::EvalContext* context_ = nullptr;
  std::vector<std::pair<std::span<const Condition>, std::optional<std::vector<bool>>>> hit_;  // of this decision
  bool may_ask_ = false;
};

}  // namespace planner
