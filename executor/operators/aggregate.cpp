#include "aggregate.h"

#include <algorithm>
#include <cstring>

#include "execution_state.h"
#include "sort.h"

namespace operators {

using types::PhysicalType;

namespace {

int compare_pointers(const types::Datum& a, const types::Datum& b) {
  return a.int64 < b.int64 ? -1 : a.int64 > b.int64;
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
};

// Input of an aggregate with ORDER BY: the group and the whole input row, sorted before use.
struct Aggregate::OrderedInput {
  explicit OrderedInput(const planner::AggregateNode& node)
      : arena(16384),
        group(types::Vector::allocate(arena, PhysicalType::int64, types::kBatchRows)),
        rows(with_group(node.children[0]->columns)) {}
  types::Arena arena;
  types::Vector group;
  RowStore rows;
};

Aggregate::Aggregate(const planner::AggregateNode& node, ExecutionState& state)
    : Operator(node, state),
      aggregate_(node),
      records_(types::kBatchRows),
      states_(types::kBatchRows),
      selected_(types::kBatchRows),
      arena_(node.batch_rows > 1 ? 65536 : 1024),
      out_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {
  for (const planner::AggregateCall& call : node.aggregates) {
    offsets_.push_back(state_bytes_);
    state_bytes_ += (call.function->state_size + 15) & ~std::size_t{15};
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
    for (const planner::AggregateCall& call : node.aggregates) {
      const bool ordered = !call.order_by.empty();
      set.distinct.push_back(call.distinct ? std::make_unique<DistinctSet>(node, call) : nullptr);
      set.ordered.push_back(ordered ? std::make_unique<OrderedInput>(node) : nullptr);
    }
    sets_.push_back(std::move(set));
  }
}

Aggregate::~Aggregate() = default;

void Aggregate::close() {
  Operator::close();
  for (GroupSet& set : sets_) {
    set.groups->clear();
    for (auto& d : set.distinct)
      if (d) d->set.clear();
    for (auto& o : set.ordered)
      if (o) o->rows.clear();
  }
}

void Aggregate::do_open() {
  for (GroupSet& set : sets_) {
    set.groups->clear();
    for (auto& d : set.distinct)
      if (d) d->set.clear();
    for (auto& o : set.ordered)
      if (o) o->rows.clear();
  }
  read_ = false;
  set_at_ = at_ = 0;
  child().open();
}

std::byte* Aggregate::state_of(GroupSet& set, std::byte* record, std::size_t aggregate) const {
  return set.groups->owner(record) + offsets_[aggregate];
}

void Aggregate::init_states(GroupSet& set, std::byte* record) {
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a)
    aggregate_.aggregates[a].function->init(state_of(set, record, a));
}

void Aggregate::consume(GroupSet& set, const types::Batch& batch) {
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
  } else {
    set.groups->find_or_insert(keys, batch.rows, records_.data(),
                               [&](std::byte* record, std::uint32_t) { init_states(set, record); });
  }
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) update(set, a, batch);
}

void Aggregate::update(GroupSet& set, std::size_t a, const types::Batch& batch) {
  const planner::AggregateCall& call = aggregate_.aggregates[a];
  types::Selection rows = batch.rows;
  std::uint32_t count = 0;
  const types::Vector* filter =
      call.filter >= 0 ? &batch.columns[static_cast<std::size_t>(call.filter)] : nullptr;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    if (filter != nullptr && (filter->is_null(rows[i]) || !filter->get<bool>(rows[i]))) continue;
    selected_[count] = static_cast<std::uint16_t>(rows[i]);
    states_[count] = records_[i];
    ++count;
  }
  if (filter != nullptr) rows = {selected_.data(), count};
  if (count == 0) return;

  if (OrderedInput* ordered = set.ordered[a].get()) {
    ordered->group.clear();
    for (std::uint32_t i = 0; i < count; ++i)
      ordered->group.set<std::int64_t>(selected_[i], reinterpret_cast<std::int64_t>(states_[i]));
    std::vector<types::Vector> columns{ordered->group};
    columns.insert(columns.end(), batch.columns.begin(), batch.columns.end());
    ordered->rows.append({columns, {selected_.data(), count}});
    return;
  }
  std::vector<const types::Vector*> arguments;
  arguments.reserve(call.arguments.size());
  for (const int c : call.arguments) arguments.push_back(&batch.columns[static_cast<std::size_t>(c)]);
  if (DistinctSet* distinct = set.distinct[a].get()) {
    distinct->group.clear();
    for (std::uint32_t i = 0; i < count; ++i)
      distinct->group.set<std::int64_t>(selected_[i], reinterpret_cast<std::int64_t>(states_[i]));
    std::vector<const types::Vector*> columns{&distinct->group};
    columns.insert(columns.end(), arguments.begin(), arguments.end());
    std::vector<std::byte*> ignored(count);
    std::vector<std::uint16_t> fresh;
    std::vector<std::byte*> owners;
    distinct->set.find_or_insert(columns, {selected_.data(), count}, ignored.data(),
                                 [&](std::byte*, std::uint32_t row) {
                                   fresh.push_back(static_cast<std::uint16_t>(row));
                                   owners.push_back(reinterpret_cast<std::byte*>(
                                       distinct->group.get<std::int64_t>(row)));
                                 });
    for (std::byte*& owner : owners) owner = state_of(set, owner, a);
    if (!fresh.empty())
      call.function->update(update_context_, call.site.call, arguments,
                            {fresh.data(), static_cast<std::uint32_t>(fresh.size())}, owners.data());
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) states_[i] = state_of(set, states_[i], a);
  call.function->update(update_context_, call.site.call, arguments, rows, states_.data());
}

void Aggregate::feed_ordered(GroupSet& set, std::size_t a) {
  const planner::AggregateCall& call = aggregate_.aggregates[a];
  OrderedInput& ordered = *set.ordered[a];
  // Columns moved by one for the group.
  std::vector<planner::SortColumn> columns = call.order_by;
  for (planner::SortColumn& c : columns) ++c.column;
  const SortKeys keys(columns);
  const RowLayout& layout = ordered.rows.layout();
  std::vector<std::byte*>& rows = ordered.rows.rows();
  std::stable_sort(rows.begin(), rows.end(), [&](const std::byte* x, const std::byte* y) {
    const auto gx = layout.get<std::int64_t>(x, 0), gy = layout.get<std::int64_t>(y, 0);
    if (gx != gy) return gx < gy;
    return keys.compare(layout, x, y) < 0;
  });
  if (call.distinct) {
    auto same = [&](const std::byte* x, const std::byte* y) {
      if (layout.get<std::int64_t>(x, 0) != layout.get<std::int64_t>(y, 0)) return false;
      for (const planner::KeyColumn& key : call.distinct_keys) {
        const auto c = static_cast<std::size_t>(key.column) + 1;
        if (!datum_equals(key, layout.datum(x, c), layout.datum(y, c))) return false;
      }
      return true;
    };
    rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
  }
  types::Arena arena(65536);
  std::vector<PhysicalType> types;
  for (std::size_t c = 0; c < layout.columns(); ++c) types.push_back(layout.type(c));
  std::vector<types::Vector> vectors = make_vectors(arena, types, types::kBatchRows);
  std::vector<const types::Vector*> arguments;
  for (const int c : call.arguments) arguments.push_back(&vectors[static_cast<std::size_t>(c) + 1]);
  for (std::size_t at = 0; at < rows.size(); at += types::kBatchRows) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, rows.size() - at));
    ordered.rows.load(at, count, vectors);
    for (std::uint32_t i = 0; i < count; ++i)
      states_[i] = state_of(set, reinterpret_cast<std::byte*>(vectors[0].get<std::int64_t>(i)), a);
    call.function->update(update_context_, call.site.call, arguments, {nullptr, count},
                          states_.data());
  }
  ordered.rows.clear();
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
  }
  for (GroupSet& set : sets_) {
    update_context_ = context();
    update_context_.arena = &set.groups->arena();
    // A set without keys has one group even of nothing.
    if (set.keys.empty() && set.groups->size() == 0)
      set.groups->find_or_insert({}, {nullptr, 1}, records_.data(),
                                 [&](std::byte* record, std::uint32_t) { init_states(set, record); });
    for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a)
      if (set.ordered[a]) feed_ordered(set, a);
  }
  read_ = true;
}

bool Aggregate::produce(types::Batch& raw) {
  if (!read_) read_all();
  while (set_at_ < sets_.size() && at_ >= sets_[set_at_].groups->size()) {
    ++set_at_;
    at_ = 0;
  }
  if (set_at_ >= sets_.size()) return false;
  GroupSet& set = sets_[set_at_];
  const auto count = static_cast<std::uint32_t>(
      std::min<std::size_t>(node_.batch_rows, set.groups->size() - at_));
  for (types::Vector& v : out_) v.clear();
  const std::span<std::byte* const> rows{set.groups->records().data() + at_, count};
  for (std::size_t k = 0; k < aggregate_.keys.size(); ++k) {
    const auto place = std::find(set.keys.begin(), set.keys.end(), static_cast<int>(k));
    if (place == set.keys.end()) {
      for (std::uint32_t i = 0; i < count; ++i) out_[k].set_null(i);
    } else {
      set.groups->layout().load(static_cast<std::size_t>(place - set.keys.begin()), rows, out_[k]);
    }
  }
  const std::size_t first = aggregate_.keys.size();
  for (std::size_t a = 0; a < aggregate_.aggregates.size(); ++a) {
    const planner::AggregateCall& call = aggregate_.aggregates[a];
    for (std::uint32_t i = 0; i < count; ++i)
      call.function->finalize(context(), call.site.call, state_of(set, rows[i], a), out_[first + a], i);
  }
  for (std::size_t g = 0; g < aggregate_.groupings.size(); ++g) {
    std::int32_t bits = 0;
    for (const int key : aggregate_.groupings[g])
      bits = bits * 2 + (std::find(set.keys.begin(), set.keys.end(), key) == set.keys.end());
    types::Vector& out = out_[first + aggregate_.aggregates.size() + g];
    for (std::uint32_t i = 0; i < count; ++i) out.set<std::int32_t>(i, bits);
  }
  at_ += count;
  raw = {out_, {nullptr, count}};
  return true;
}

}  // namespace operators
