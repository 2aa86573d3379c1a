#include "window.h"

#include <algorithm>

#include "execution_state.h"
#include "functions/aggregate.h"
#include "keys.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

using query::FrameBound;
using query::FrameUnit;
using types::Datum;

Window::Window(const planner::WindowNode& node, ExecutionState& state)
    : Operator(node, state),
      window_(node),
      order_(node.order),
      start_offset_(node.start_offset, 1),
      end_offset_(node.end_offset, 1),
      rows_(node.children[0]->columns),
      values_(node.functions.size()),
      arena_(65536),
      out_(make_vectors(arena_, node.raw_columns, types::kBatchRows)) {}

void Window::close() {
  Operator::close();
  rows_.clear();
  for (auto& v : values_) v.clear();
}

void Window::do_open() {
  rows_.clear();
  read_ = false;
  at_ = partition_first_ = partition_last_ = 0;
  bind(start_offset_);
  bind(end_offset_);
  run_arena_.reset();
  auto offset = [&](eval::Evaluator& e, const char* name) {
    if (e.size() == 0) return Datum::null();
    const Datum value = types::copy_datum(run_arena_, e.program().expressions[0]->physical(), e.value(0));
    if (value.is_null)
      throw types::SqlError("22004", std::string("frame ") + name + " offset must not be null");
    if (window_.unit != FrameUnit::range && value.int64 < 0)
      throw types::SqlError("22013", std::string("frame ") + name + " offset must not be negative");
    return value;
  };
  start_value_ = offset(start_offset_, "starting");
  end_value_ = offset(end_offset_, "ending");
  child().open();
}

void Window::read_all() {
  types::Batch batch;
  while (child().next(batch)) rows_.append(batch);
  read_ = true;
}

bool Window::peers(std::size_t a, std::size_t b) const {
  return order_.compare(rows_.layout(), rows_.rows()[a], rows_.rows()[b]) == 0;
}

void Window::start_partition() {
  partition_first_ = at_;
  partition_last_ = at_ + 1;
  const RowLayout& layout = rows_.layout();
  auto same_partition = [&](std::size_t row) {
    for (const planner::KeyColumn& key : window_.partition) {
      const auto c = static_cast<std::size_t>(key.column);
      if (!datum_equals(key, layout.datum(rows_.rows()[partition_first_], c),
                        layout.datum(rows_.rows()[row], c)))
        return false;
    }
    return true;
  };
  while (partition_last_ < rows_.size() && same_partition(partition_last_)) ++partition_last_;
  const std::size_t n = partition_last_ - partition_first_;
  group_first_.assign(n, 0);
  group_last_.assign(n, n);
  group_number_.assign(n, 0);
  group_starts_.assign(1, 0);
  for (std::size_t i = 1; i < n; ++i) {
    if (!peers(partition_first_ + i - 1, partition_first_ + i)) group_starts_.push_back(i);
    group_number_[i] = group_starts_.size() - 1;
    group_first_[i] = group_starts_.back();
  }
  for (std::size_t i = 0; i < n; ++i)
    group_last_[i] =
        group_number_[i] + 1 < group_starts_.size() ? group_starts_[group_number_[i] + 1] : n;
  value_arena_.reset();
  for (std::size_t f = 0; f < values_.size(); ++f) {
    values_[f].assign(n, Datum::null());
    compute(f);
  }
}

bool Window::in_range(const eval::ResolvedCall& call, const Datum& value, const Datum& base,
                      const Datum& offset, bool subtract, bool less) {
  types::Arena& arena = batch_arena();
  const auto order_type = window_.order[0].physical;
  const types::PhysicalType offset_type =
      (&call == &window_.start_in_range ? start_offset_ : end_offset_)
          .program().expressions[0]->physical();
  const types::Vector v = types::Vector::constant(arena, order_type, value);
  const types::Vector b = types::Vector::constant(arena, order_type, base);
  const types::Vector o = types::Vector::constant(arena, offset_type, offset);
  const types::Vector s =
      types::Vector::constant(arena, types::PhysicalType::boolean, Datum::of(subtract));
  const types::Vector l =
      types::Vector::constant(arena, types::PhysicalType::boolean, Datum::of(less));
  types::Vector out = types::Vector::allocate(arena, types::PhysicalType::boolean, 1);
  const types::Vector* arguments[] = {&v, &b, &o, &s, &l};
  call(context(), arguments, {nullptr, 1}, out);
  return out.get<bool>(0);
}

// Where the frame of a row starts (inclusive) or ends (exclusive), within the partition.
std::size_t Window::bound(std::size_t row, FrameBound kind, bool is_start) {
  const std::size_t n = group_first_.size();
  const Datum& offset = is_start ? start_value_ : end_value_;
  switch (kind) {
    case FrameBound::unbounded_preceding: return 0;
    case FrameBound::unbounded_following: return n;
    case FrameBound::current_row:
      if (window_.unit == FrameUnit::rows) return is_start ? row : row + 1;
      return is_start ? group_first_[row] : group_last_[row];
    case FrameBound::preceding:
    case FrameBound::following: break;
  }
  const bool preceding = kind == FrameBound::preceding;
  if (window_.unit == FrameUnit::rows) {
    const auto by = static_cast<std::size_t>(std::min<std::uint64_t>(
        static_cast<std::uint64_t>(offset.int64), std::uint64_t{n} + 1));
    if (preceding) {
      if (is_start) return row >= by ? row - by : 0;
      return row + 1 >= by ? row + 1 - by : 0;
    }
    return std::min(n, is_start ? row + by : row + by + 1);
  }
  if (window_.unit == FrameUnit::groups) {
    const auto by = static_cast<std::size_t>(std::min<std::uint64_t>(
        static_cast<std::uint64_t>(offset.int64), std::uint64_t{n} + 1));
    const std::size_t group = group_number_[row];
    const std::size_t groups = group_starts_.size();
    auto start_of = [&](std::size_t g) { return g < groups ? group_starts_[g] : n; };
    if (preceding) {
      if (by > group) return 0;
      return is_start ? start_of(group - by) : start_of(group - by + 1);
    }
    return is_start ? start_of(group + by) : start_of(group + by + 1);
  }
  // RANGE with an offset: rows whose key is within it; nulls have only their peers.
  const RowLayout& layout = rows_.layout();
  const auto column = static_cast<std::size_t>(window_.order[0].column);
  auto key = [&](std::size_t i) { return layout.datum(rows_.rows()[partition_first_ + i], column); };
  const Datum base = key(row);
  if (base.is_null) return is_start ? group_first_[row] : group_last_[row];
  const eval::ResolvedCall& call = is_start ? window_.start_in_range : window_.end_in_range;
  const bool descending = window_.order[0].descending;
  // in_range(value, base, offset, subtract, less): value <= (less) or >= base -/+ offset.
  const bool subtract = preceding != descending;
  auto in_frame = [&](std::size_t i) {
    const Datum value = key(i);
    if (value.is_null) return window_.order[0].nulls_first != is_start;
    return in_range(call, value, base, offset, subtract, is_start == descending);
  };
  // Rows are sorted, so what is in frame on one side is a run.
  std::size_t low = 0, high = n;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const bool inside = in_frame(middle);
    if (inside == is_start)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

Window::Frame Window::frame_of(std::size_t row) {
  const std::size_t first = bound(row, window_.start, true);
  const std::size_t last = bound(row, window_.end, false);
  return {first, std::max(first, last)};
}

// The exclusion cuts one hole into the frame, in the middle of which the row itself may be left.
Window::Runs Window::runs_of(std::size_t row) {
  const Frame frame = frame_of(row);
  Runs runs;
  const auto add = [&](std::size_t first, std::size_t last) {
    first = std::max(first, frame.first);
    last = std::min(last, frame.last);
    if (first >= last) return;
    if (runs.count > 0 && runs.run[runs.count - 1].last == first)
      runs.run[runs.count - 1].last = last;
    else
      runs.run[runs.count++] = {first, last};
  };
  const std::size_t n = group_first_.size();
  switch (window_.exclusion) {
    case query::FrameExclusion::none: add(0, n); break;
    case query::FrameExclusion::current_row:
      add(0, row);
      add(row + 1, n);
      break;
    case query::FrameExclusion::group:
      add(0, group_first_[row]);
      add(group_last_[row], n);
      break;
    case query::FrameExclusion::ties:
      add(0, group_first_[row]);
      add(row, row + 1);
      add(group_last_[row], n);
      break;
  }
  return runs;
}

Datum Window::argument(std::size_t function, std::size_t index, std::size_t row) const {
  const int column = window_.functions[function].arguments[index];
  return rows_.layout().datum(rows_.rows()[partition_first_ + row], static_cast<std::size_t>(column));
}

void Window::put(std::size_t function, std::size_t row, const Datum& value) {
  values_[function][row] = value;
}

void Window::compute(std::size_t f) {
  const planner::WindowFunctionCall& function = window_.functions[f];
  if (function.aggregate != nullptr)
    compute_aggregate(f);
  else
    compute_builtin(f, function.builtin);
}

void Window::compute_builtin(std::size_t f, std::string_view name) {
  const std::size_t n = group_first_.size();
  auto each = [&](auto&& value) {
    for (std::size_t row = 0; row < n; ++row) put(f, row, value(row));
  };
  if (name == "window_row_number")
    return each([](std::size_t row) { return Datum::of(static_cast<std::int64_t>(row + 1)); });
  if (name == "window_rank")
    return each([&](std::size_t row) { return Datum::of(static_cast<std::int64_t>(group_first_[row] + 1)); });
  if (name == "window_dense_rank")
    return each([&](std::size_t row) { return Datum::of(static_cast<std::int64_t>(group_number_[row] + 1)); });
  if (name == "window_percent_rank")
    return each([&](std::size_t row) {
      return Datum::of(n <= 1 ? 0.0 : static_cast<double>(group_first_[row]) / static_cast<double>(n - 1));
    });
  if (name == "window_cume_dist")
    return each([&](std::size_t row) {
      return Datum::of(static_cast<double>(group_last_[row]) / static_cast<double>(n));
    });
  if (name == "window_ntile") {
    const Datum buckets = argument(f, 0, 0);
    if (buckets.is_null) return;
    if (buckets.int32 <= 0)
      throw types::SqlError("22014", "argument of ntile must be greater than zero");
    const auto count = static_cast<std::size_t>(buckets.int32);
    const std::size_t size = n / count, larger = n % count;
    return each([&](std::size_t row) {
      const std::size_t split = larger * (size + 1);
      const std::size_t bucket = row < split ? row / (size + 1) : larger + (row - split) / std::max<std::size_t>(1, size);
      return Datum::of(static_cast<std::int32_t>(bucket + 1));
    });
  }
  if (name.starts_with("window_lag") || name.starts_with("window_lead")) {
    const bool lead = name.starts_with("window_lead");
    const std::size_t arguments = window_.functions[f].arguments.size();
    for (std::size_t row = 0; row < n; ++row) {
      std::int64_t by = 1;
      if (arguments > 1) {
        const Datum offset = argument(f, 1, row);
        if (offset.is_null) continue;
        by = offset.int32;
      }
      const std::int64_t other = static_cast<std::int64_t>(row) + (lead ? by : -by);
      if (other >= 0 && other < static_cast<std::int64_t>(n))
        put(f, row, argument(f, 0, static_cast<std::size_t>(other)));
      else if (arguments > 2)
        put(f, row, argument(f, 2, row));
    }
    return;
  }
  const bool first = name == "window_first_value", last = name == "window_last_value",
             nth = name == "window_nth_value";
  if (!first && !last && !nth)
    throw types::SqlError::not_supported("window function " + std::string(name));
  for (std::size_t row = 0; row < n; ++row) {
    std::int64_t wanted = 1;
    if (nth) {
      const Datum position = argument(f, 1, row);
      if (position.is_null) continue;
      if (position.int32 <= 0)
        throw types::SqlError("22016", "argument of nth_value must be greater than zero");
      wanted = position.int32;
    }
    const Runs runs = runs_of(row);
    if (last) {
      if (runs.count > 0) put(f, row, argument(f, 0, runs.run[runs.count - 1].last - 1));
      continue;
    }
    auto ahead = static_cast<std::size_t>(wanted - 1);
    for (std::size_t r = 0; r < runs.count; ++r) {
      const Frame& run = runs.run[r];
      if (ahead < run.last - run.first) {
        put(f, row, argument(f, 0, run.first + ahead));
        break;
      }
      ahead -= run.last - run.first;
    }
  }
}

void Window::compute_aggregate(std::size_t f) {
  const planner::WindowFunctionCall& function = window_.functions[f];
  const functions::AggregateFunction& aggregate = *function.aggregate;
  const std::size_t n = group_first_.size();
  types::Arena state_arena, input_arena(65536);
  types::EvalContext update_context = context(), final_context = context();
  update_context.arena = &state_arena;
  final_context.arena = &value_arena_;
  std::vector<types::PhysicalType> columns = node_.children[0]->columns;
  std::vector<types::Vector> inputs = make_vectors(input_arena, columns, types::kBatchRows);
  std::vector<const types::Vector*> arguments;
  for (const int c : function.arguments) arguments.push_back(&inputs[static_cast<std::size_t>(c)]);
  std::vector<std::byte*> states(types::kBatchRows);
  std::vector<std::uint16_t> selected(types::kBatchRows);
  auto* state = static_cast<std::byte*>(input_arena.allocate(std::max<std::size_t>(1, aggregate.state_size), 16));
  types::Vector result = types::Vector::allocate(input_arena, function.result, 1);

  // Adds each row from `first` to before `last` to the state that is its.
  auto add_to = [&](std::size_t first, std::size_t last, types::EvalContext& context, auto state_of) {
    for (std::size_t at = first; at < last; at += types::kBatchRows) {
      this->state().check();
      const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, last - at));
      rows_.load(partition_first_ + at, count, inputs);
      std::uint32_t kept = 0;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (function.filter >= 0) {
          const types::Vector& filter = inputs[static_cast<std::size_t>(function.filter)];
          if (filter.is_null(i) || !filter.get<bool>(i)) continue;
        }
        states[kept] = state_of(at + i);
        selected[kept++] = static_cast<std::uint16_t>(i);
      }
      if (kept > 0) aggregate.update(context, function.call(), arguments, {selected.data(), kept}, states.data());
    }
  };
  auto add = [&](std::size_t first, std::size_t last) {
    add_to(first, last, update_context, [state](std::size_t) { return state; });
  };
  // A frame that slides is two queues: of the rows before front_end, each with the state of all from it on, the rows that
  // leave are taken; rows that come are added to `state`. Source: Tangwongsan et al., General Incremental Sliding-Window
  // Aggregation, VLDB 2015 (two stacks).
  types::Arena front_arena, scratch_arena;
  types::EvalContext scratch_context = update_context;
  scratch_context.arena = &scratch_arena;
  std::vector<std::byte*> front;  // of rows front_first, front_first + 1, ..
  std::size_t front_first = 0, front_end = 0;
  const std::size_t state_size = std::max<std::size_t>(16, (aggregate.state_size + 15) & ~std::size_t{15});
  auto* both = static_cast<std::byte*>(input_arena.allocate(state_size, 16));
  // All rows of the frame go to the front.
  auto turn = [&](const Frame& frame) {
    front_arena.reset();
    front.clear();
    types::EvalContext front_context = update_context;
    front_context.arena = &front_arena;
    auto* memory = static_cast<std::byte*>(front_arena.allocate(state_size * (frame.last - frame.first), 16));
    for (std::size_t at = frame.first; at < frame.last; ++at, memory += state_size) {
      aggregate.init(memory);
      front.push_back(memory);
    }
    add_to(frame.first, frame.last, front_context, [&](std::size_t row) { return front[row - frame.first]; });
    for (std::size_t at = front.size() - 1; at-- > 0;) aggregate.combine(front_context, function.call(), front[at + 1], front[at]);
    front_first = frame.first;
    front_end = frame.last;
    state_arena.reset();
    aggregate.init(state);
  };
  auto value = [&](std::size_t first) {
    result.clear();
    std::byte* of_frame = state;
    if (first < front_end) {
      scratch_arena.reset();
      aggregate.init(both);
      aggregate.combine(scratch_context, function.call(), front[first - front_first], both);
      aggregate.combine(scratch_context, function.call(), state, both);
      of_frame = both;
    }
    aggregate.finalize(final_context, function.call(), of_frame, result, 0);
    return types::copy_datum(value_arena_, function.result, result.datum(0));
  };
  // A frame that only grows is added to; one that slides keeps what it can; others are computed anew when they change.
  constexpr std::size_t kShort = 8;
  Runs known;
  bool have_state = false;
  Datum current = Datum::null();
  for (std::size_t row = 0; row < n; ++row) {
    const Runs runs = runs_of(row);
    if (have_state && runs == known) {
      put(f, row, current);
      continue;
    }
    const bool grows = have_state && known.count == 1 && runs.count == 1 && runs.run[0].first == known.run[0].first &&
                       runs.run[0].last > known.run[0].last;
    const bool slides = have_state && function.is_divisible && known.count == 1 && runs.count == 1 &&
                        runs.run[0].first > known.run[0].first && runs.run[0].last >= known.run[0].last &&
                        runs.run[0].first < known.run[0].last && runs.run[0].last - runs.run[0].first >= kShort;
    if (grows) {
      add(known.run[0].last, runs.run[0].last);
    } else if (slides) {
      if (runs.run[0].first > front_end)
        turn(runs.run[0]);
      else
        add(known.run[0].last, runs.run[0].last);
    } else {
      front_first = front_end = 0;
      state_arena.reset();
      aggregate.init(state);
      for (std::size_t r = 0; r < runs.count; ++r) add(runs.run[r].first, runs.run[r].last);
    }
    known = runs;
    have_state = true;
    current = value(runs.count > 0 ? runs.run[0].first : n);
    put(f, row, current);
  }
}

bool Window::produce(types::Batch& raw) {
  if (!read_) read_all();
  if (at_ >= rows_.size()) return false;
  if (at_ >= partition_last_) start_partition();
  const auto count = static_cast<std::uint32_t>(
      std::min<std::size_t>(types::kBatchRows, partition_last_ - at_));
  const std::size_t below = node_.children[0]->columns.size();
  rows_.load(at_, count, std::span(out_).first(below));
  for (std::size_t f = 0; f < values_.size(); ++f) {
    types::Vector& out = out_[below + f];
    out.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      const Datum& value = values_[f][at_ - partition_first_ + i];
      if (value.is_null)
        out.set_null(i);
      else
        out.set_datum(i, value);
    }
  }
  at_ += count;
  raw = {out_, {nullptr, count}};
  return true;
}

}  // namespace operators
