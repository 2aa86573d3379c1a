#include "window.h"

#include <algorithm>
#include <utility>

#include "execution_state.h"
#include "types/sql_error.h"
#include "wal/check.h"
#include "window_aggregate.h"

namespace operators {

using query::FrameBound;
using query::FrameUnit;
using types::Datum;

Window::Function::Function(const planner::WindowFunctionCall& call, Window& window)
    : near(window.rows_, window.input_), far(window.rows_, window.input_) {
  static constexpr std::pair<std::string_view, Builtin> kNames[] = {
      {"window_row_number", Builtin::row_number},   {"window_rank", Builtin::rank},
      {"window_dense_rank", Builtin::dense_rank},   {"window_percent_rank", Builtin::percent_rank},
      {"window_cume_dist", Builtin::cume_dist},     {"window_ntile", Builtin::ntile},
      {"window_first_value", Builtin::first_value}, {"window_last_value", Builtin::last_value},
      {"window_nth_value", Builtin::nth_value}};
  if (call.aggregate != nullptr) {
    aggregate = std::make_unique<WindowAggregate>(call, window);
    return;
  }
  if (call.builtin.starts_with("window_lag")) builtin = Builtin::lag;
  if (call.builtin.starts_with("window_lead")) builtin = Builtin::lead;
  for (const auto& [name, value] : kNames)
    if (call.builtin == name) builtin = value;
}

Window::GroupPlace::GroupPlace(Window& window) : first(window.rows_, window.input_), next(window.rows_, window.input_) {}
Window::RangePlace::RangePlace(Window& window) : at(window.rows_, window.input_) {}

Window::Window(const planner::WindowNode& node, ExecutionState& state)
    : Operator(node, state),
      window_(node),
      input_(node.children[0]->columns),
      order_(node.order),
      partition_keys_(make_keys(node.partition)),
      start_offset_(node.start_offset, 1),
      end_offset_(node.end_offset, 1),
      rows_(input_),
      moved_(input_),
      reader_(input_),
      group_first_(rows_, input_),
      group_next_(rows_, input_),
      current_(rows_, input_),
      start_group_(*this),
      end_group_(*this),
      start_range_(*this),
      end_range_(*this),
      arena_(65536),
      out_(make_vectors(arena_, node.raw_columns, types::kBatchRows)) {
  for (const planner::WindowFunctionCall& call : node.functions) {
    functions_.push_back(std::make_unique<Function>(call, *this));
    switch (functions_.back()->builtin) {
      case Builtin::rank:
      case Builtin::dense_rank:
      case Builtin::percent_rank:
      case Builtin::cume_dist: needs_groups_ = true; break;
      case Builtin::none:
      case Builtin::first_value:
      case Builtin::last_value:
      case Builtin::nth_value: needs_frames_ = true; break;
      default: break;
    }
  }
  const auto by_group = [&](FrameBound bound) {
    return bound == FrameBound::current_row || bound == FrameBound::preceding || bound == FrameBound::following;
  };
  if (needs_frames_ && ((node.unit != FrameUnit::rows && (by_group(node.start) || by_group(node.end))) ||
                        node.exclusion == query::FrameExclusion::group || node.exclusion == query::FrameExclusion::ties))
    needs_groups_ = true;
  groups_.resize(types::kBatchRows);
  frames_.resize(types::kBatchRows);
}

Window::~Window() = default;

void Window::close() {
  Operator::close();
  rows_.clear();
  moved_.clear();
  waiting_ = {};
  forget_places();
  for (auto& f : functions_)
    if (f->aggregate) f->aggregate->close();
}

void Window::do_open() {
  rows_.start(state().spill, state().context.work_mem_bytes);
  waiting_ = {};
  at_end_ = false;
  at_ = first_ = last_ = scanned_ = 0;
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

bool Window::same_partition(const std::byte* a, const std::byte* b) const {
  const RowLayout& layout = rows_.layout();
  for (const planner::KeyColumn& key : window_.partition) {
    const auto c = static_cast<std::size_t>(key.column);
    if (!datum_equals(key, layout.datum(a, c), layout.datum(b, c))) return false;
  }
  return true;
}

void Window::refill() {
  const RowStore& memory = rows_.in_memory();
  if (at_ < rows_.rows()) {
    moved_.start(state().spill, SIZE_MAX);
    for (std::size_t at = at_; at < memory.size(); at += types::kBatchRows) {
      const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, memory.size() - at));
      memory.load(at, count, std::span(out_).first(input_.size()));
      moved_.append({std::span(out_).first(input_.size()), {nullptr, count}});
    }
    std::swap(rows_, moved_);
    rows_.limit(state().context.work_mem_bytes);
    moved_.clear();
  } else {
    rows_.start(state().spill, state().context.work_mem_bytes);
  }
  forget_places();
  scanned_ = scanned_ > at_ ? scanned_ - at_ : 0;
  at_ = 0;
  while (!at_end_ && !rows_.is_full()) {
    if (waiting_.rows.count == 0 && !child().next(waiting_)) {
      at_end_ = true;
      break;
    }
    rows_.append(waiting_);
    waiting_.rows.count = 0;
  }
}

void Window::forget_places() {
  reader_.rewind();
  for (TupleCursor* cursor : {&group_first_, &group_next_, &current_, &start_group_.first, &start_group_.next, &end_group_.first,
                              &end_group_.next, &start_range_.at, &end_range_.at})
    cursor->forget();
  for (auto& f : functions_) {
    f->near.forget();
    f->far.forget();
    if (f->aggregate) f->aggregate->forget();
  }
}

void Window::read_partition() {
  const std::byte* first = rows_.in_memory().rows()[0];
  for (;;) {
    if (waiting_.rows.count == 0 && !child().next(waiting_)) {
      at_end_ = true;
      return;
    }
    const types::Selection rows = waiting_.rows;
    std::uint32_t ours = rows.count;
    for (std::size_t k = 0; k < partition_keys_.size() && ours > 0; ++k) {
      const auto c = static_cast<std::size_t>(window_.partition[k].column);
      std::uint32_t i = 0;
      while (i < ours && partition_keys_[k].equals(waiting_.columns[c], rows[i], rows_.layout(), first, c)) ++i;
      ours = i;
    }
    if (ours > 0) rows_.append({waiting_.columns, part_of(rows, 0, ours)});
    waiting_.rows = part_of(rows, ours, rows.count - ours);
    if (waiting_.rows.count > 0) return;
  }
}

bool Window::start_partition(bool may_read) {
  if (at_ >= rows_.rows()) {
    if (!may_read) return false;
    refill();
    if (rows_.rows() == 0) return false;
  }
  scanned_ = std::max(scanned_, at_ + 1);
  for (;;) {
    const std::vector<std::byte*>& records = rows_.in_memory().rows();
    if (window_.partition.empty())
      scanned_ = records.size();
    else
      while (scanned_ < records.size() && same_partition(records[at_], records[scanned_])) ++scanned_;
    if (scanned_ < records.size() || (at_end_ && waiting_.rows.count == 0)) break;
    // It may go on in what is not in the store yet.
    if (!may_read) return false;
    if (at_ > 0) {
      refill();
      continue;
    }
    read_partition();
    scanned_ = rows_.rows();
    break;
  }
  first_ = at_;
  last_ = scanned_;
  in_group_ = false;
  group_ = {};
  start_group_.group = end_group_.group = {};
  start_range_.row = end_range_.row = 0;
  for (auto& f : functions_)
    if (f->aggregate) f->aggregate->start();
  return true;
}

std::size_t Window::group_end(std::size_t first, TupleCursor& at_first, TupleCursor& at_next) {
  const std::size_t n = partition_rows();
  if (window_.order.empty()) return n;
  const std::byte* of_first = at_first.record(first_ + first);
  std::size_t next = first + 1;
  while (next < n && order_.compare(rows_.layout(), of_first, at_next.record(first_ + next)) == 0) ++next;
  return next;
}

void Window::find_groups(std::size_t row, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!in_group_ || row + i >= group_.last) {
      group_.number = in_group_ ? group_.number + 1 : 0;
      group_.first = row + i;
      group_.last = group_end(row + i, group_first_, group_next_);
      in_group_ = true;
    }
    groups_[i] = group_;
  }
}

bool Window::next_group(GroupPlace& place) {
  if (place.group.last >= partition_rows()) return false;
  place.group.number += place.group.last > 0;
  place.group.first = place.group.last;
  place.group.last = group_end(place.group.first, place.first, place.next);
  return true;
}

// Asked for groups that never go back.
std::size_t Window::start_of(GroupPlace& place, std::size_t group) {
  while (place.group.last == 0 || place.group.number < group)
    if (!next_group(place)) return partition_rows();
  return place.group.first;
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

// RANGE with an offset: rows whose key is within it; nulls have only their peers.
std::size_t Window::range_bound(std::size_t row, const Group& group, bool preceding, bool is_start) {
  const RowLayout& layout = rows_.layout();
  const auto column = static_cast<std::size_t>(window_.order[0].column);
  RangePlace& place = is_start ? start_range_ : end_range_;
  const Datum base = layout.datum(current_.record(first_ + row), column);
  if (base.is_null) return place.row = is_start ? group.first : group.last;
  const eval::ResolvedCall& call = is_start ? window_.start_in_range : window_.end_in_range;
  const Datum& offset = is_start ? start_value_ : end_value_;
  const bool descending = window_.order[0].descending;
  // in_range(value, base, offset, subtract, less): value <= (less) or >= base -/+ offset.
  const bool subtract = preceding != descending;
  auto in_frame = [&](std::size_t i) {
    const Datum value = layout.datum(place.at.record(first_ + i), column);
    if (value.is_null) return window_.order[0].nulls_first != is_start;
    return in_range(call, value, base, offset, subtract, is_start == descending);
  };
  while (place.row < partition_rows() && in_frame(place.row) != is_start) ++place.row;
  return place.row;
}

// Where the frame of a row starts (inclusive) or ends (exclusive), within the partition.
std::size_t Window::bound(std::size_t row, const Group& group, FrameBound kind, bool is_start) {
  const std::size_t n = partition_rows();
  switch (kind) {
    case FrameBound::unbounded_preceding: return 0;
    case FrameBound::unbounded_following: return n;
    case FrameBound::current_row:
      if (window_.unit == FrameUnit::rows) return is_start ? row : row + 1;
      return is_start ? group.first : group.last;
    case FrameBound::preceding:
    case FrameBound::following: break;
  }
  const bool preceding = kind == FrameBound::preceding;
  if (window_.unit == FrameUnit::range) return range_bound(row, group, preceding, is_start);
  const Datum& offset = is_start ? start_value_ : end_value_;
  const auto by = static_cast<std::size_t>(std::min<std::uint64_t>(
      static_cast<std::uint64_t>(offset.int64), std::uint64_t{n} + 1));
  if (window_.unit == FrameUnit::rows) {
    if (preceding) {
      if (is_start) return row >= by ? row - by : 0;
      return row + 1 >= by ? row + 1 - by : 0;
    }
    return std::min(n, is_start ? row + by : row + by + 1);
  }
  GroupPlace& place = is_start ? start_group_ : end_group_;
  const std::size_t behind = is_start ? 0 : 1;
  if (!preceding) return start_of(place, group.number + by + behind);
  return by > group.number ? 0 : start_of(place, group.number - by + behind);
}

void Window::find_frames(std::size_t row, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t first = bound(row + i, groups_[i], window_.start, true);
    const std::size_t last = bound(row + i, groups_[i], window_.end, false);
    frames_[i] = {first, std::max(first, last)};
  }
}

// The exclusion cuts one hole into the frame, in the middle of which the row itself may be left.
Window::Runs Window::runs_of(std::size_t row, std::uint32_t i) const {
  const Frame frame = frames_[i];
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
  const std::size_t n = partition_rows();
  switch (window_.exclusion) {
    case query::FrameExclusion::none: add(0, n); break;
    case query::FrameExclusion::current_row:
      add(0, row);
      add(row + 1, n);
      break;
    case query::FrameExclusion::group:
      add(0, groups_[i].first);
      add(groups_[i].last, n);
      break;
    case query::FrameExclusion::ties:
      add(0, groups_[i].first);
      add(row, row + 1);
      add(groups_[i].last, n);
      break;
  }
  return runs;
}

Datum Window::argument(std::size_t function, std::size_t index, std::size_t row, TupleCursor& cursor) const {
  const auto column = static_cast<std::size_t>(window_.functions[function].arguments[index]);
  return rows_.layout().datum(cursor.record(first_ + row), column);
}

// What a cursor has read from disk goes when it moves on.
void Window::put(types::Vector& out, std::uint32_t at, const Datum& value) {
  if (value.is_null)
    out.set_null(at);
  else
    out.set_datum(at, rows_.on_disk() ? types::copy_datum(batch_arena(), out.type(), value) : value);
}

void Window::compute(std::size_t row, std::uint32_t count, std::uint32_t at) {
  if (needs_groups_) find_groups(row, count);
  if (needs_frames_) find_frames(row, count);
  for (std::size_t f = 0; f < functions_.size(); ++f) {
    if (functions_[f]->aggregate)
      functions_[f]->aggregate->compute(row, count, out_[input_.size() + f], at);
    else
      compute_builtin(f, row, count, at);
  }
}

void Window::compute_builtin(std::size_t f, std::size_t row, std::uint32_t count, std::uint32_t at) {
  const std::size_t n = partition_rows();
  Function& function = *functions_[f];
  types::Vector& out = out_[input_.size() + f];
  const auto each = [&](auto&& value) {
    for (std::uint32_t i = 0; i < count; ++i) out.set(at + i, value(i));
  };
  switch (function.builtin) {
    case Builtin::row_number: return each([&](std::uint32_t i) { return static_cast<std::int64_t>(row + i + 1); });
    case Builtin::rank: return each([&](std::uint32_t i) { return static_cast<std::int64_t>(groups_[i].first + 1); });
    case Builtin::dense_rank: return each([&](std::uint32_t i) { return static_cast<std::int64_t>(groups_[i].number + 1); });
    case Builtin::percent_rank:
      return each([&](std::uint32_t i) {
        return n <= 1 ? 0.0 : static_cast<double>(groups_[i].first) / static_cast<double>(n - 1);
      });
    case Builtin::cume_dist:
      return each([&](std::uint32_t i) { return static_cast<double>(groups_[i].last) / static_cast<double>(n); });
    case Builtin::ntile: {
      const Datum wanted = argument(f, 0, 0, function.near);
      if (wanted.is_null) {
        for (std::uint32_t i = 0; i < count; ++i) out.set_null(at + i);
        return;
      }
      if (wanted.int32 <= 0)
        throw types::SqlError("22014", "argument of ntile must be greater than zero");
      const auto buckets = static_cast<std::size_t>(wanted.int32);
      const std::size_t size = n / buckets, larger = n % buckets, split = larger * (size + 1);
      return each([&](std::uint32_t i) {
        const std::size_t r = row + i;
        const std::size_t bucket = r < split ? r / (size + 1) : larger + (r - split) / std::max<std::size_t>(1, size);
        return static_cast<std::int32_t>(bucket + 1);
      });
    }
    case Builtin::lag:
    case Builtin::lead: {
      const std::size_t arguments = window_.functions[f].arguments.size();
      for (std::uint32_t i = 0; i < count; ++i) {
        std::int64_t by = 1;
        if (arguments > 1) {
          const Datum offset = argument(f, 1, row + i, function.near);
          if (offset.is_null) {
            out.set_null(at + i);
            continue;
          }
          by = offset.int32;
        }
        const std::int64_t other = static_cast<std::int64_t>(row + i) + (function.builtin == Builtin::lead ? by : -by);
        if (other >= 0 && other < static_cast<std::int64_t>(n))
          put(out, at + i, argument(f, 0, static_cast<std::size_t>(other), function.far));
        else
          put(out, at + i, arguments > 2 ? argument(f, 2, row + i, function.near) : Datum::null());
      }
      return;
    }
    case Builtin::first_value:
    case Builtin::last_value:
    case Builtin::nth_value: return compute_value_of_frame(f, row, count, at);
    case Builtin::none: break;
  }
  throw types::SqlError::not_supported("window function " + std::string(window_.functions[f].builtin));
}

void Window::compute_value_of_frame(std::size_t f, std::size_t row, std::uint32_t count, std::uint32_t at) {
  Function& function = *functions_[f];
  types::Vector& out = out_[input_.size() + f];
  for (std::uint32_t i = 0; i < count; ++i) {
    std::int64_t wanted = 1;
    if (function.builtin == Builtin::nth_value) {
      const Datum position = argument(f, 1, row + i, function.near);
      if (position.is_null) {
        out.set_null(at + i);
        continue;
      }
      if (position.int32 <= 0)
        throw types::SqlError("22016", "argument of nth_value must be greater than zero");
      wanted = position.int32;
    }
    const Runs runs = runs_of(row + i, i);
    Datum value = Datum::null();
    if (function.builtin == Builtin::last_value) {
      if (runs.count > 0) value = argument(f, 0, runs.run[runs.count - 1].last - 1, function.far);
    } else {
      auto ahead = static_cast<std::size_t>(wanted - 1);
      for (std::size_t r = 0; r < runs.count; ++r) {
        const Frame& run = runs.run[r];
        if (ahead < run.last - run.first) {
          value = argument(f, 0, run.first + ahead, function.far);
          break;
        }
        ahead -= run.last - run.first;
      }
    }
    put(out, at + i, value);
  }
}

bool Window::produce(types::Batch& raw) {
  if (at_ >= last_ && !start_partition(true)) return false;
  for (types::Vector& out : std::span(out_).subspan(input_.size())) out.clear();
  if (rows_.on_disk()) {
    types::Batch rows;
    CHECK(reader_.next(rows_, rows) && rows.rows.dense());
    compute(at_, rows.rows.count, 0);
    at_ += rows.rows.count;
    lent_.assign(rows.columns.begin(), rows.columns.end());
    lent_.insert(lent_.end(), out_.begin() + static_cast<std::ptrdiff_t>(input_.size()), out_.end());
    raw = {lent_, rows.rows};
    return true;
  }
  const std::size_t begin = at_;
  std::uint32_t filled = 0;
  while (filled < types::kBatchRows) {
    if (at_ >= last_ && !start_partition(false)) break;
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows - filled, last_ - at_));
    compute(at_ - first_, count, filled);
    filled += count;
    at_ += count;
  }
  rows_.in_memory().load(begin, filled, std::span(out_).first(input_.size()));
  raw = {out_, {nullptr, filled}};
  return true;
}

}  // namespace operators
