#include "aggregate.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "execution_state.h"
#include "sort.h"
#include "table_scan.h"
#include "wal/check.h"

namespace operators {

using types::PhysicalType;

namespace {

int compare_pointers(const types::Datum& a, const types::Datum& b) {
  return a.int64 < b.int64 ? -1 : a.int64 > b.int64;
}

void encode_pointer(const types::Datum& value, std::string& out) {
  const std::uint64_t big = __builtin_bswap64(static_cast<std::uint64_t>(value.int64));
  out.append(reinterpret_cast<const char*>(&big), sizeof big);
}

planner::KeyColumn group_key() {
  planner::KeyColumn key;
  key.physical = PhysicalType::int64;
  key.compare = compare_pointers;
  return key;
}

std::vector<PhysicalType> input_types(const planner::AggregateNode& node, std::span<const int> columns) {
  std::vector<PhysicalType> types;
  for (const int c : columns) types.push_back(node.children[0]->columns[static_cast<std::size_t>(c)]);
  return types;
}

std::vector<PhysicalType> with_group(std::vector<PhysicalType> types) {
  types.insert(types.begin(), PhysicalType::int64);
  return types;
}

}  // namespace

// Values of a DISTINCT aggregate that each group has had: (group, arguments).
struct Aggregate::DistinctSet {
  DistinctSet(const planner::AggregateNode& node, const planner::AggregateCall& call)
      : arena(16384),
        group(types::Vector::allocate(arena, PhysicalType::int64, types::kBatchRows)),
        set(with_group(input_types(node, call.arguments)), keys_of(call), 0) {}
  static std::vector<planner::KeyColumn> keys_of(const planner::AggregateCall& call) {
    std::vector<planner::KeyColumn> keys{group_key()};
    keys.insert(keys.end(), call.distinct_keys.begin(), call.distinct_keys.end());
    return keys;
  }
  types::Arena arena;
  types::Vector group;
  RowSet set;
  // Past the memory: values that may be new, whole rows of the set.
  std::unique_ptr<SpillPartitions> spilled;
  std::uint64_t spilled_rows = 0;
  bool full = false;
};

// Input of an aggregate with ORDER BY: the group and the whole input row, sorted before use.
struct Aggregate::OrderedInput {
  OrderedInput(const planner::AggregateNode& node, const planner::AggregateCall& call)
      : arena(16384),
        group(types::Vector::allocate(arena, PhysicalType::int64, types::kBatchRows)),
        types(with_group(node.children[0]->columns)),
        keys(keys_of(call)),
        rows(types, keys) {}
  static std::vector<planner::SortColumn> keys_of(const planner::AggregateCall& call) {
    planner::SortColumn group;
    group.physical = PhysicalType::int64;
    group.compare = compare_pointers;
    group.encode = encode_pointer;
    std::vector<planner::SortColumn> keys{group};
    for (planner::SortColumn c : call.order_by) {
      ++c.column;  // the group comes first
      keys.push_back(c);
    }
    return keys;
  }
  types::Arena arena;
  types::Vector group;
  std::vector<PhysicalType> types;
  std::vector<planner::SortColumn> keys;
  RowSorter rows;
};

Aggregate::Aggregate(const planner::AggregateNode& node, ExecutionState& state)
    : Operator(node, state),
      aggregate_(node),
      records_(types::kBatchRows),
      states_(types::kBatchRows),
      selected_(types::kBatchRows),
      known_(types::kBatchRows),
      arena_(node.batch_rows > 1 ? 65536 : 1024),
      out_(make_vectors(arena_, node.raw_columns, node.batch_rows)),
      with_sets_(dynamic_cast<const planner::OrderedAggregateNode*>(&node)),
      in_runs_(node.strategy == planner::GroupStrategy::sorted) {
  if (in_runs_) {
    CHECK(node.grouping_sets.empty() && node.stage == planner::AggregateStage::whole);
    starts_.resize(types::kBatchRows);
    dense_.resize(types::kBatchRows);
    std::iota(dense_.begin(), dense_.end(), std::uint16_t{0});
  }
  for (std::size_t a = 0; a < node.aggregates.size(); ++a) {
    const std::size_t owner = state_owner(a);
    shares_state_.push_back(owner != a);
    if (is_ordered_set(a)) state_bytes_ += OrderedSet::kCounterBytes;
    offsets_.push_back(owner != a ? offsets_[owner] : state_bytes_);
    if (owner == a) state_bytes_ += (node.aggregates[a].function->state_size + 15) & ~std::size_t{15};
    if (with_sets_ != nullptr) direct_.emplace_back(with_sets_->ordered_sets[a].direct, node.batch_rows);
  }
  std::vector<std::vector<int>> sets = node.grouping_sets;
  if (sets.empty()) {
    sets.emplace_back();
    for (std::size_t i = 0; i < node.keys.size(); ++i) sets[0].push_back(static_cast<int>(i));
  }
  for (std::vector<int>& keys : sets) {
    GroupSet set;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    set.keys = keys;
    std::vector<PhysicalType> columns;
    std::vector<planner::KeyColumn> key_columns;
    for (const int k : keys) {
      columns.push_back(node.keys[static_cast<std::size_t>(k)].physical);
      key_columns.push_back(node.keys[static_cast<std::size_t>(k)]);
    }
    set.groups = std::make_unique<RowSet>(columns, key_columns, state_bytes_);
    for (std::size_t a = 0; a < node.aggregates.size(); ++a) {
      const planner::AggregateCall& call = node.aggregates[a];
      const bool within = is_ordered_set(a);
      const bool ordered = !within && !call.order_by.empty();
      set.distinct.push_back(call.distinct && !ordered ? std::make_unique<DistinctSet>(node, call) : nullptr);
      set.ordered.push_back(ordered ? std::make_unique<OrderedInput>(node, call) : nullptr);
      set.within_group.push_back(within ? std::make_unique<OrderedSet>(*with_sets_, a) : nullptr);
    }
    sets_.push_back(std::move(set));
  }
}

Aggregate::~Aggregate() = default;

std::size_t Aggregate::state_owner(std::size_t aggregate) const {
  const planner::AggregateCall& call = aggregate_.aggregates[aggregate];
  const auto is_plain = [&](std::size_t a) {
    const planner::AggregateCall& c = aggregate_.aggregates[a];
    return !c.distinct && c.order_by.empty() && c.user == nullptr && !is_ordered_set(a);
  };
  for (std::size_t a = 0; a < aggregate && is_plain(aggregate); ++a) {
    const planner::AggregateCall& other = aggregate_.aggregates[a];
    if (is_plain(a) && other.function->update == call.function->update && other.filter == call.filter &&
        other.arguments == call.arguments && other.call().collation == call.call().collation)
      return a;
  }
  return aggregate;
}

// By its keys: a group is left out with all of its rows.
void Aggregate::reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) {
  if (!aggregate_.grouping_sets.empty()) return;
  for (const planner::AggregateCall& call : aggregate_.aggregates)
    if (call.user != nullptr) return;
  std::vector<std::size_t> inputs;
  for (const std::size_t column : columns) {
    if (column >= aggregate_.keys.size()) return;
    inputs.push_back(static_cast<std::size_t>(aggregate_.keys[column].column));
  }
  child().reduce_by(filter, inputs);
}

void Aggregate::close() {
  Operator::close();
  for (GroupSet& set : sets_) {
    set.groups->clear();
    set.later.drop();
    for (auto& d : set.distinct)
      if (d) {
        d->set.clear();
        d->spilled.reset();
      }
    for (auto& o : set.ordered)
      if (o) o->rows.clear();
    for (auto& o : set.within_group)
      if (o) o->clear();
  }
}

void Aggregate::start(GroupSet& set) {
  set.groups->clear();
  for (auto& d : set.distinct)
    if (d) {
      d->set.clear();
      d->spilled.reset();
      d->spilled_rows = 0;
      d->full = false;
    }
  for (auto& o : set.ordered)
    if (o) o->rows.start(state().spill, state().context.work_mem_bytes, std::nullopt);
  for (auto& o : set.within_group)
    if (o) o->start(state().spill, state().context.work_mem_bytes);
}

std::size_t Aggregate::footprint(const GroupSet& set) const {
  std::size_t bytes = set.groups->footprint();
  for (const auto& d : set.distinct)
    if (d) bytes += d->set.footprint();
  return bytes;
}

bool Aggregate::over_memory() {
  std::size_t bytes = 0;
  for (const GroupSet& set : sets_) bytes += footprint(set);
  peak_bytes_ = std::max(peak_bytes_, bytes);
  return bytes > execution().context.hash_memory_bytes && execution().spill.available();
}

void Aggregate::do_open() {
  for (GroupSet& set : sets_) start_anew(set);
  read_ = waits_ = at_end_ = false;
  passes_ = 1;
  pass_ = 0;
  set_at_ = at_ = 0;
  child().open();
}

std::byte* Aggregate::state_of(GroupSet& set, std::byte* record, std::size_t aggregate) const {
  return set.groups->owner(record) + offsets_[aggregate];
}

void Aggregate::init_states(GroupSet& set, std::byte* record) {
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) {
    if (shares_state_[a]) continue;
    if (is_ordered_set(a)) OrderedSet::init(state_of(set, record, a));
    aggregate_.aggregates[a].function->init(state_of(set, record, a));
  }
}

void Aggregate::consume(GroupSet& set, types::Batch batch) {
  set.later.count(batch.rows.count);
  std::vector<const types::Vector*> keys;
  keys.reserve(set.keys.size());
  for (const int k : set.keys)
    keys.push_back(&batch.columns[static_cast<std::size_t>(
        aggregate_.keys[static_cast<std::size_t>(k)].column)]);
  if (set.keys.empty()) {
    if (set.groups->size() == 0)
      set.groups->find_or_insert(keys, {nullptr, 1}, records_.data(),
                                 [&](std::byte* record, std::uint32_t) { init_states(set, record); });
    else
      records_[0] = set.groups->records()[0];
    std::fill_n(records_.begin(), batch.rows.count, records_[0]);
  } else if (in_runs_) {
    // A look into the table for each group, not for each row. The first row may belong to the group made last.
    std::uint32_t groups = 0;
    for (std::uint32_t i = 0; i < batch.rows.count; ++i)
      if (i == 0 || starts_[batch.rows[i]]) known_[groups++] = static_cast<std::uint16_t>(batch.rows[i]);
    set.groups->find_or_insert(keys, {known_.data(), groups}, states_.data(),
                               [&](std::byte* record, std::uint32_t) { init_states(set, record); });
    for (std::uint32_t i = 0, group = 0; i < batch.rows.count; ++i) {
      if (i > 0 && starts_[batch.rows[i]]) ++group;
      records_[i] = states_[group];
    }
  } else if (!set.later.is_divided()) {
    if (aggregate_.stage == planner::AggregateStage::final) batch.rows = of_this_pass(set, keys, batch.rows);
    set.groups->find_or_insert(keys, batch.rows, records_.data(),
                               [&](std::byte* record, std::uint32_t) { init_states(set, record); });
  } else {
    set.groups->find(keys, batch.rows, records_.data());
    others_.clear();
    other_hashes_.clear();
    std::uint32_t known = 0;
    for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
      const auto row = static_cast<std::uint16_t>(batch.rows[i]);
      if (records_[i] == nullptr) {
        others_.push_back(row);
        other_hashes_.push_back(set.groups->hashes()[i]);
      } else {
        records_[known] = records_[i];
        known_[known++] = row;
      }
    }
    set.later.put_aside(batch.columns, {others_.data(), static_cast<std::uint32_t>(others_.size())}, other_hashes_.data());
    batch.rows = {known_.data(), known};
  }
  if (aggregate_.stage == planner::AggregateStage::final) return combine(set, batch);
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a)
    if (!shares_state_[a]) update(set, a, batch);
}

void Aggregate::combine(GroupSet& set, const types::Batch& batch) {
  const types::Vector& states = batch.columns[aggregate_.keys.size()];
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    const auto* from = reinterpret_cast<const std::byte*>(states.get<std::int64_t>(batch.rows[i]));
    for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) {
      if (shares_state_[a]) continue;
      const planner::AggregateCall& call = aggregate_.aggregates[a];
      call.function->combine(update_context_, call.call(), from + offsets_[a],
                             state_of(set, records_[i], a));
    }
  }
}

void Aggregate::update(GroupSet& set, std::size_t a, const types::Batch& batch) {
  const planner::AggregateCall& call = aggregate_.aggregates[a];
  types::Selection rows = batch.rows;
  std::uint32_t count = rows.count;
  if (call.filter >= 0) {
    const types::Vector& filter = batch.columns[static_cast<std::size_t>(call.filter)];
    count = 0;
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (filter.is_null(rows[i]) || !filter.get<bool>(rows[i])) continue;
      selected_[count] = static_cast<std::uint16_t>(rows[i]);
      states_[count++] = records_[i];
    }
    rows = {selected_.data(), count};
  } else {
    std::copy_n(records_.begin(), count, states_.begin());
  }
  if (count == 0) return;

  if (OrderedSet* within = set.within_group[a].get()) {
    for (std::uint32_t i = 0; i < count; ++i) states_[i] = state_of(set, states_[i], a);
    return within->add(update_context_, {batch.columns, rows}, states_.data());
  }
  if (OrderedInput* ordered = set.ordered[a].get()) {
    ordered->group.clear();
    for (std::uint32_t i = 0; i < count; ++i)
      ordered->group.set<std::int64_t>(rows[i], reinterpret_cast<std::int64_t>(states_[i]));
    std::vector<types::Vector> columns{ordered->group};
    columns.insert(columns.end(), batch.columns.begin(), batch.columns.end());
    ordered->rows.add({columns, rows});
    return;
  }
  std::vector<const types::Vector*> arguments;
  arguments.reserve(call.arguments.size());
  for (const int c : call.arguments) arguments.push_back(&batch.columns[static_cast<std::size_t>(c)]);
  if (DistinctSet* distinct = set.distinct[a].get()) {
    distinct->group.clear();
    for (std::uint32_t i = 0; i < count; ++i)
      distinct->group.set<std::int64_t>(rows[i], reinterpret_cast<std::int64_t>(states_[i]));
    std::vector<const types::Vector*> columns{&distinct->group};
    columns.insert(columns.end(), arguments.begin(), arguments.end());
    update_distinct(set, a, columns, rows, 0);
    return;
  }
  // One group: its state may stay in registers.
  if (set.keys.empty() && call.function->update_one != nullptr)
    return call.function->update_one(update_context_, call.call(), arguments, rows, state_of(set, states_[0], a));
  if (in_runs_ && call.function->update_one != nullptr) {
    // Group after group, when groups are large enough.
    constexpr std::uint32_t kWorthwhile = 16;
    std::uint32_t groups = 1;
    for (std::uint32_t i = 1; i < count; ++i) groups += states_[i] != states_[i - 1];
    if (count >= groups * kWorthwhile) {
      const std::uint16_t* at = rows.rows != nullptr ? rows.rows : dense_.data();
      for (std::uint32_t begin = 0, end = 0; begin < count; begin = end) {
        while (end < count && states_[end] == states_[begin]) ++end;
        call.function->update_one(update_context_, call.call(), arguments, {at + begin, end - begin}, state_of(set, states_[begin], a));
      }
      return;
    }
  }
  for (std::uint32_t i = 0; i < count; ++i) states_[i] = state_of(set, states_[i], a);
  call.function->update(update_context_, call.call(), arguments, rows, states_.data());
}

// Feeds an aggregate with the values that its groups have not had; columns: group, arguments.
void Aggregate::update_distinct(GroupSet& set, std::size_t a,
                                std::span<const types::Vector* const> columns, types::Selection rows,
                                int level) {
  const planner::AggregateCall& call = aggregate_.aggregates[a];
  DistinctSet& distinct = *set.distinct[a];
  std::vector<std::byte*> found(rows.count);
  std::vector<std::uint16_t> fresh;
  std::vector<std::byte*> owners;
  if (distinct.full) {
    distinct.set.find(columns, rows, found.data());
    std::vector<std::uint64_t> hashes;
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (found[i] != nullptr) continue;
      fresh.push_back(static_cast<std::uint16_t>(rows[i]));
      hashes.push_back(distinct.set.hashes()[i]);
    }
    if (fresh.empty()) return;
    std::vector<types::Vector> values;
    std::vector<PhysicalType> types;
    for (const types::Vector* column : columns) {
      values.push_back(*column);
      types.push_back(column->type());
    }
    if (!distinct.spilled)
      distinct.spilled = std::make_unique<SpillPartitions>(state().spill, types, level);
    distinct.spilled_rows += fresh.size();
    distinct.spilled->append(values, {fresh.data(), static_cast<std::uint32_t>(fresh.size())},
                             hashes.data());
    return;
  }
  distinct.set.find_or_insert(columns, rows, found.data(), [&](std::byte*, std::uint32_t row) {
    fresh.push_back(static_cast<std::uint16_t>(row));
    owners.push_back(state_of(set, reinterpret_cast<std::byte*>(columns[0]->get<std::int64_t>(row)), a));
  });
  if (fresh.empty()) return;
  call.function->update(update_context_, call.call(), columns.subspan(1),
                        {fresh.data(), static_cast<std::uint32_t>(fresh.size())}, owners.data());
}

void Aggregate::finish_distinct(GroupSet& set, std::size_t a, std::unique_ptr<SpillPartitions> parts,
                                int level, std::uint64_t input_rows) {
  DistinctSet& distinct = *set.distinct[a];
  for (std::size_t p = 0; p < SpillPartitions::kCount; ++p) {
    std::unique_ptr<SpillFile> file = parts->take(p);
    if (!file) continue;
    distinct.set.clear();
    distinct.full = false;
    distinct.spilled_rows = 0;
    const bool may_divide = level < SpillPartitions::kDeepest && file->rows() < input_rows;
    SpillReader reader(*file);
    types::Batch batch;
    while (reader.next(batch)) {
      std::vector<const types::Vector*> columns;
      for (const types::Vector& v : batch.columns) columns.push_back(&v);
      update_distinct(set, a, columns, batch.rows, level);
      if (may_divide && over_memory()) distinct.full = true;
    }
    const std::uint64_t rows = file->rows();
    if (distinct.spilled) finish_distinct(set, a, std::move(distinct.spilled), level + 1, rows);
  }
}

void Aggregate::feed_ordered(GroupSet& set, std::size_t a) {
  const planner::AggregateCall& call = aggregate_.aggregates[a];
  OrderedInput& ordered = *set.ordered[a];
  ordered.rows.finish();
  types::Arena last_arena;
  std::vector<types::Datum> last;
  std::int64_t last_group = 0;
  types::Batch batch;
  while (ordered.rows.next(batch)) {
    const types::Vector& groups = batch.columns[0];
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
      const std::uint32_t row = batch.rows[i];
      const auto group = groups.get<std::int64_t>(row);
      if (call.distinct) {
        auto value = [&](const planner::KeyColumn& key) {
          return batch.columns[static_cast<std::size_t>(key.column) + 1].datum(row);
        };
        bool same = !last.empty() && group == last_group;
        for (std::size_t k = 0; same && k < call.distinct_keys.size(); ++k)
          same = datum_equals(call.distinct_keys[k], last[k], value(call.distinct_keys[k]));
        if (same) continue;
        last_group = group;
        last_arena.reset();
        last.clear();
        for (const planner::KeyColumn& key : call.distinct_keys)
          last.push_back(types::copy_datum(last_arena, key.physical, value(key)));
      }
      selected_[count] = static_cast<std::uint16_t>(row);
      states_[count++] = state_of(set, reinterpret_cast<std::byte*>(group), a);
    }
    if (count == 0) continue;
    std::vector<const types::Vector*> arguments;
    for (const int c : call.arguments) arguments.push_back(&batch.columns[static_cast<std::size_t>(c) + 1]);
    call.function->update(update_context_, call.call(), arguments, {selected_.data(), count},
                          states_.data());
  }
  ordered.rows.clear();
}

// Evaluates the direct arguments of every group.
void Aggregate::begin_ordered_sets(GroupSet& set) {
  for (eval::Evaluator& direct : direct_) bind(direct);
  std::vector<const types::Vector*> values;
  const std::span<std::byte* const> all = set.groups->records();
  for (std::size_t at = 0; at < all.size(); at += node_.batch_rows) {
    const auto records = all.subspan(at, std::min<std::size_t>(node_.batch_rows, all.size() - at));
    const auto count = static_cast<std::uint32_t>(records.size());
    load_group_columns(set, records);
    for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) {
      if (!set.within_group[a]) continue;
      values.clear();
      for (std::size_t d = 0; d < direct_[a].size(); ++d)
        values.push_back(&direct_[a].evaluate(d, {out_, {nullptr, count}}));
      for (std::uint32_t i = 0; i < count; ++i) states_[i] = state_of(set, records[i], a);
      set.within_group[a]->begin(update_context_, values, {states_.data(), count});
    }
    batch_arena().reset();
  }
}

// All input of this pass has been seen: the groups in memory are complete.
void Aggregate::finish(GroupSet& set) {
  update_context_ = context();
  update_context_.arena = &set.groups->arena();
  // A set without keys has one group even of nothing.
  if (set.keys.empty() && set.groups->size() == 0)
    set.groups->find_or_insert({}, {nullptr, 1}, records_.data(),
                               [&](std::byte* record, std::uint32_t) { init_states(set, record); });
  if (!direct_.empty()) begin_ordered_sets(set);
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) {
    if (set.ordered[a]) feed_ordered(set, a);
    if (set.within_group[a]) set.within_group[a]->feed(update_context_);
    if (DistinctSet* d = set.distinct[a].get()) {
      if (d->spilled) finish_distinct(set, a, std::move(d->spilled), 1, UINT64_MAX);
      d->set.clear();
    }
  }
  set.later.end_pass();
}

void Aggregate::read_all() {
  types::Batch batch;
  while (child().next(batch)) {
    for (GroupSet& set : sets_) {
      update_context_ = context();
      update_context_.arena = &set.groups->arena();
      consume(set, batch);
    }
    batch_arena().reset();
    if (over_memory())
      for (GroupSet& set : sets_) stop_growing(set);
  }
  for (GroupSet& set : sets_) finish(set);
  read_ = true;
}

bool Aggregate::read_piece() {
  for (GroupSet& set : sets_) start_anew(set);
  if (at_end_) return false;
  std::uint64_t piece = 0;
  for (bool first = true;; first = false) {
    if (!waits_ && !child().next(waiting_)) {
      at_end_ = true;
      if (first) return false;
      break;
    }
    waits_ = true;
    if (!first && source_->piece() != piece) break;
    waits_ = false;
    piece = source_->piece();
    for (GroupSet& set : sets_) {
      update_context_ = context();
      update_context_.arena = &set.groups->arena();
      consume(set, waiting_);
    }
    batch_arena().reset();
    if (over_memory())
      for (GroupSet& set : sets_) stop_growing(set);
  }
  for (GroupSet& set : sets_) finish(set);
  set_at_ = at_ = 0;
  return true;
}

void Aggregate::find_starts(GroupSet& set, const types::Batch& batch, bool& goes_on) {
  const types::Selection rows = batch.rows;
  for (std::uint32_t i = 0; i < rows.count; ++i) starts_[rows[i]] = 0;
  goes_on = set.groups->size() > 0;
  for (std::size_t k = 0; k < set.keys.size(); ++k) {
    const Key& key = set.groups->key(k);
    const types::Vector& values = batch.columns[static_cast<std::size_t>(aggregate_.keys[static_cast<std::size_t>(set.keys[k])].column)];
    goes_on = goes_on && key.equals(values, rows[0], set.groups->layout(), set.groups->records().back(), k);
    key.mark_changes(values, rows, starts_.data());
  }
}

bool Aggregate::read_runs() {
  GroupSet& set = sets_[0];
  start_anew(set);
  bool any = false;
  for (;;) {
    if (!waits_ && (at_end_ || !child().next(waiting_))) {
      at_end_ = true;
      break;
    }
    // What waits begins with a new group, whose starts are marked already.
    const bool waited = std::exchange(waits_, false);
    const std::uint16_t* rows = waiting_.rows.rows != nullptr ? waiting_.rows.rows : dense_.data();
    bool goes_on = false;
    if (!waited) find_starts(set, waiting_, goes_on);
    // The last group may go on in the next batch: it waits, unless it is the only one of this piece.
    std::uint32_t cut = waiting_.rows.count;
    const bool new_at_first = !waited && !goes_on && any;
    if (waited) {
      cut = waiting_.rows.count;
    } else {
      while (cut > 0 && !(cut < waiting_.rows.count && starts_[rows[cut]])) --cut;
      if (cut == 0 && !new_at_first) cut = waiting_.rows.count;
    }
    update_context_ = context();
    update_context_.arena = &set.groups->arena();
    if (cut > 0) consume(set, {waiting_.columns, {rows + 0, cut}});
    batch_arena().reset();
    any = true;
    if (cut < waiting_.rows.count) {
      waiting_.rows = {rows + cut, waiting_.rows.count - cut};
      waits_ = true;
      break;
    }
    if (over_memory()) stop_growing(set);
  }
  if (!any) return false;
  finish(set);
  set_at_ = at_ = 0;
  return true;
}

// Rows of the groups that this pass is about.
types::Selection Aggregate::of_this_pass(GroupSet& set, std::span<const types::Vector* const> keys,
                                         types::Selection rows) {
  if (passes_ == 1) return rows;
  set.groups->find(keys, rows, records_.data());
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < rows.count; ++i)
    if ((set.groups->hashes()[i] >> 32) * passes_ >> 32 == pass_)
      known_[count++] = static_cast<std::uint16_t>(rows[i]);
  return {known_.data(), count};
}

// One pass of the final step. When its groups outgrow the memory it begins anew with a quarter of
// them; the other passes follow when these have been returned.
void Aggregate::read_states() {
  GroupSet& set = sets_[0];
  // Reading the input that often is enough: from then on the groups grow past the limit.
  constexpr std::uint64_t kPassesMax = 64;
  if (pass_ > 0) child().open();
  start_anew(set);
  types::Batch batch;
  while (child().next(batch)) {
    update_context_ = context();
    update_context_.arena = &set.groups->arena();
    consume(set, batch);
    batch_arena().reset();
    if (set.keys.empty() || passes_ >= kPassesMax || !over_memory()) continue;
    passes_ *= 4;
    set.groups->release();
    pass_ *= 4;  // shares go by the hash's upper bits: this one's are next to each other
    start_anew(set);
    child().open();
  }
  finish(set);
  read_ = true;
}

// From now on rows of new groups, and values new to a DISTINCT, go to disk.
void Aggregate::stop_growing(GroupSet& set) {
  if (!set.keys.empty() && !in_runs_ && !set.later.divide(state().spill, node_.children[0]->columns)) return;
  for (auto& d : set.distinct)
    if (d) d->full = true;
}

// Aggregates the next partition of what did not fit; false when there is none.
bool Aggregate::start_partition(GroupSet& set) {
  const std::unique_ptr<SpillFile> rows = set.later.next();
  if (!rows) return false;
  start(set);
  SpillReader reader(*rows);
  types::Batch batch;
  while (reader.next(batch)) {
    update_context_ = context();
    update_context_.arena = &set.groups->arena();
    consume(set, batch);
    batch_arena().reset();
    if (over_memory()) stop_growing(set);
  }
  finish(set);
  return true;
}

Aggregate::Statistics Aggregate::statistics() const {
  Statistics all{.peak_bytes = peak_bytes_};
  for (const GroupSet& set : sets_) {
    all.batches = std::max(all.batches, set.later.passes());
    all.disk_bytes += set.later.disk_bytes();
  }
  return all;
}

void Aggregate::load_group_columns(GroupSet& set, std::span<std::byte* const> records) {
  const auto count = static_cast<std::uint32_t>(records.size());
  for (types::Vector& v : out_) v.clear();
  for (std::size_t k = 0; k < aggregate_.keys.size(); ++k) {
    const auto place = std::find(set.keys.begin(), set.keys.end(), static_cast<int>(k));
    if (place == set.keys.end()) {
      for (std::uint32_t i = 0; i < count; ++i) out_[k].set_null(i);
    } else {
      set.groups->layout().load(static_cast<std::size_t>(place - set.keys.begin()), records, out_[k]);
    }
  }
  for (std::size_t g = 0; g < aggregate_.groupings.size(); ++g) {
    std::int32_t bits = 0;
    for (const int key : aggregate_.groupings[g])
      bits = bits * 2 + (std::find(set.keys.begin(), set.keys.end(), key) == set.keys.end());
    types::Vector& out = out_[aggregate_.keys.size() + aggregate_.aggregates.size() + g];
    for (std::uint32_t i = 0; i < count; ++i) out.set<std::int32_t>(i, bits);
  }
}

bool Aggregate::produce(types::Batch& raw) {
  if (source_ != nullptr || in_runs_) {
    if (!std::exchange(read_, true) && !next_groups()) return false;
  } else if (!read_) {
    aggregate_.stage == planner::AggregateStage::final ? read_states() : read_all();
  }
  while (set_at_ < sets_.size() && at_ >= sets_[set_at_].groups->size()) {
    at_ = 0;
    if (start_partition(sets_[set_at_])) continue;
    if (source_ != nullptr || in_runs_) {
      if (!next_groups()) return false;
      continue;
    }
    if (pass_ + 1 < passes_) {
      ++pass_;
      read_states();
      continue;
    }
    sets_[set_at_].groups->clear();
    ++set_at_;
  }
  if (set_at_ >= sets_.size()) return false;
  GroupSet& set = sets_[set_at_];
  const auto count = static_cast<std::uint32_t>(
      std::min<std::size_t>(node_.batch_rows, set.groups->size() - at_));
  const std::span<std::byte* const> rows{set.groups->records().data() + at_, count};
  load_group_columns(set, rows);
  const std::size_t first = aggregate_.keys.size();
  if (aggregate_.stage == planner::AggregateStage::partial) {
    for (std::uint32_t i = 0; i < count; ++i)
      out_[first].set<std::int64_t>(i, reinterpret_cast<std::int64_t>(set.groups->owner(rows[i])));
    at_ += count;
    raw = {out_, {nullptr, count}};
    return true;
  }
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) {
    const planner::AggregateCall& call = aggregate_.aggregates[a];
    for (std::uint32_t i = 0; i < count; ++i)
      call.function->finalize(context(), call.call(), state_of(set, rows[i], a), out_[first + a], i);
  }
  at_ += count;
  raw = {out_, {nullptr, count}};
  return true;
}

}  // namespace operators
