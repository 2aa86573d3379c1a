#include "ordered_set.h"

#include "keys.h"

namespace operators {

using functions::HypotheticalRow;
using types::PhysicalType;

std::vector<PhysicalType> OrderedSet::types_of(const planner::AggregateNode& node, const planner::AggregateCall& call) {
  std::vector<PhysicalType> types{PhysicalType::int64};
  for (const int c : call.arguments) types.push_back(node.children[0]->columns[static_cast<std::size_t>(c)]);
  types.push_back(PhysicalType::boolean);
  return types;
}

// By group, then as written; the hypothetical row before or after its equals.
std::vector<planner::SortColumn> OrderedSet::keys_of(const planner::AggregateCall& call,
                                                     const functions::OrderedSetFunction& function) {
  auto whole = [](types::Oid type, std::size_t column) {
    const types::TypeSupport& support = types::type_support(type);
    planner::SortColumn key;
    key.column = static_cast<int>(column);
    key.physical = support.physical;
    key.compare = support.compare;
    key.encode = support.encode_key;
    return key;
  };
  std::vector<planner::SortColumn> keys{whole(types::oid::int8, 0)};
  for (planner::SortColumn key : call.order_by) {
    key.column = static_cast<int>(keys.size());
    keys.push_back(key);
  }
  if (function.hypothetical != HypotheticalRow::none) {
    keys.push_back(whole(types::oid::bool_, keys.size()));
    keys.back().descending = function.hypothetical == HypotheticalRow::before_equals;
  }
  return keys;
}

OrderedSet::OrderedSet(const planner::OrderedAggregateNode& node, std::size_t aggregate)
    : call_(node.aggregates[aggregate]),
      function_(*node.ordered_sets[aggregate].function),
      keys_(keys_of(call_, function_)),
      rows_(types_of(node, call_), keys_),
      arena_(16384),
      group_(types::Vector::allocate(arena_, PhysicalType::int64, types::kBatchRows)),
      equal_(types::Vector::allocate(arena_, PhysicalType::boolean, types::kBatchRows)),
      false_(types::Vector::constant(arena_, PhysicalType::boolean, types::Datum::of(false))),
      true_(types::Vector::constant(arena_, PhysicalType::boolean, types::Datum::of(true))),
      selected_(types::kBatchRows),
      states_(types::kBatchRows) {}

void OrderedSet::start(SpillSpace& space, std::size_t memory_bytes) {
  rows_.start(space, memory_bytes, std::nullopt);
  last_.clear();
  last_state_ = nullptr;
}

void OrderedSet::add(types::EvalContext& ctx, const types::Batch& input, std::byte* const* states) {
  arguments_.clear();
  for (const int c : call_.arguments) arguments_.push_back(&input.columns[static_cast<std::size_t>(c)]);
  if (!function_.sorted)
    return function_.machine.update(ctx, call_.call(), arguments_, input.rows, states);
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < input.rows.count; ++i) {
    const std::uint32_t row = input.rows[i];
    if (function_.skips_nulls && arguments_[0]->is_null(row)) continue;
    ++rows_of(states[i]);
    selected_[count] = static_cast<std::uint16_t>(row);
    states_[count++] = states[i];
  }
  if (count > 0) keep(arguments_, false, {selected_.data(), count}, states_.data());
}

void OrderedSet::keep(std::span<const types::Vector* const> values, bool hypothetical, types::Selection rows,
                      std::byte* const* states) {
  group_.clear();
  for (std::uint32_t i = 0; i < rows.count; ++i)
    group_.set<std::int64_t>(rows[i], reinterpret_cast<std::int64_t>(states[i]));
  columns_.clear();
  columns_.push_back(group_);
  for (const types::Vector* value : values) columns_.push_back(*value);
  columns_.push_back(hypothetical ? true_ : false_);
  rows_.add({columns_, rows});
}

void OrderedSet::begin(types::EvalContext& ctx, std::span<const types::Vector* const> direct,
                       std::span<std::byte* const> states) {
  const auto count = static_cast<std::uint32_t>(states.size());
  for (std::uint32_t i = 0; i < count; ++i)
    function_.begin(ctx, call_.call(), direct, i, rows_of(states[i]), states[i]);
  if (function_.hypothetical != HypotheticalRow::none) keep(direct, true, {nullptr, count}, states.data());
}

// Fills equal_ and the states of the rows.
void OrderedSet::compare_rows(const types::Batch& batch) {
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    const std::uint32_t row = batch.rows[i];
    auto value = [&](std::size_t k) { return batch.columns[k + 1].datum(row); };
    bool equal = last_state_ == states_[i];
    for (std::size_t k = 0; equal && k < call_.distinct_keys.size(); ++k)
      equal = datum_equals(call_.distinct_keys[k], last_[k], value(k));
    equal_.set(row, equal);
    if (equal) continue;
    last_state_ = states_[i];
    last_arena_.reset();
    last_.clear();
    for (std::size_t k = 0; k < call_.distinct_keys.size(); ++k)
      last_.push_back(types::copy_datum(last_arena_, call_.distinct_keys[k].physical, value(k)));
  }
}

void OrderedSet::feed(types::EvalContext& ctx) {
  if (!function_.sorted) return;
  rows_.finish();
  types::Batch batch;
  while (rows_.next(batch)) {
    for (std::uint32_t i = 0; i < batch.rows.count; ++i)
      states_[i] = reinterpret_cast<std::byte*>(batch.columns[0].get<std::int64_t>(batch.rows[i]));
    if (function_.compares_rows) compare_rows(batch);
    arguments_.clear();
    for (std::size_t c = 1; c < batch.columns.size(); ++c) arguments_.push_back(&batch.columns[c]);
    arguments_.push_back(&equal_);
    function_.machine.update(ctx, call_.call(), arguments_, batch.rows, states_.data());
  }
  rows_.clear();
}

}  // namespace operators
