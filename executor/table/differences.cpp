#include "table/differences.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "btree/changed_ranges.h"
#include "table/scan.h"
#include "table_impl.h"

namespace table {
namespace {

using types::Datum;
using types::PhysicalType;

// Small ones: one row's values may be large, and both sides' live at once.
constexpr std::uint32_t kRows = 128;

// The same bytes. Numerics of another scale show differently, and are different.
bool same_value(PhysicalType type, const Datum& a, const Datum& b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  if (type == PhysicalType::varlen) return a.as<std::string_view>() == b.as<std::string_view>();
  return std::memcmp(&a.fixed16, &b.fixed16, types::width_of(type)) == 0;
}

void append_ranges(const TableState& state, const std::function<bool(wal::PageNo)>& is_changed,
                   std::vector<KeyRange>& out) {
  const auto to_string = [](const std::vector<std::byte>& bytes) {
    return std::string(text_of(bytes));
  };
  for (const auto& range : btree::changed_ranges(state.table->impl().clustered.tree, is_changed))
    out.push_back({to_string(range.lower), to_string(range.upper)});
}

// One state's rows in a range, with their keys.
class Rows {
 public:
  explicit Rows(const TableState& state) : state_(state) {
    if (state.table == nullptr) return;
    const auto& columns = state.table->schema().columns;
    std::vector<std::int32_t> projection;
    row_.resize(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c].dropped) continue;
      projection.push_back(static_cast<std::int32_t>(c));
      vectors_.push_back(types::Vector::allocate(vector_memory_, columns[c].physical, kRows));
    }
    projection.push_back(kRowKey);
    vectors_.push_back(types::Vector::allocate(vector_memory_, PhysicalType::varlen, kRows));
    columns_ = projection;
    scan_.emplace(*state.table, *state.view,
                  ScanRequest{.range = {}, .columns = std::move(projection)});
  }

  void begin(const KeyRange& range) {
    if (!scan_) return;
    scan_->restart(range);
    at_ = count_ = 0;
    step();
  }

  bool at_end() const { return at_ == count_; }
  std::string_view key() const { return vectors_.back().get<std::string_view>(at_); }
  // Until the next step.
  std::span<const Datum> row() {
    for (std::size_t i = 0; i + 1 < columns_.size(); ++i)
      row_[static_cast<std::size_t>(columns_[i])] = vectors_[i].datum(at_);
    return row_;
  }

  void step() {
    if (++at_ < count_) return;
    for (auto& vector : vectors_) vector.clear();
    arena_.reset();
    count_ = scan_->next(vectors_, kRows, arena_);
    at_ = 0;
  }

 private:
  TableState state_;
  types::Arena vector_memory_, arena_;
  std::vector<types::Vector> vectors_;
  std::vector<std::int32_t> columns_;
  std::optional<Scan> scan_;
  std::vector<Datum> row_;
  std::uint32_t at_ = 0, count_ = 0;
};

}  // namespace

std::vector<KeyRange> differing_ranges(const TableState& before, const TableState& after,
                                       const std::function<bool(wal::PageNo)>& is_changed) {
  if (before.table == nullptr || after.table == nullptr ||
      before.table->schema().clustered.root != after.table->schema().clustered.root)
    return {KeyRange::all()};
  std::vector<KeyRange> all;
  append_ranges(before, is_changed, all);
  append_ranges(after, is_changed, all);
  std::ranges::sort(all, {}, &KeyRange::lower);
  std::vector<KeyRange> joined;
  for (KeyRange& range : all) {
    if (joined.empty() || (!joined.back().upper.empty() && joined.back().upper < range.lower)) {
      joined.push_back(std::move(range));
      continue;
    }
    std::string& upper = joined.back().upper;
    if (!upper.empty() && (range.upper.empty() || upper < range.upper)) upper = std::move(range.upper);
  }
  return joined;
}

struct Differences::Impl {
  Impl(const TableState& before, const TableState& after, std::vector<KeyRange> ranges_given,
       std::vector<std::pair<ColumnNumber, ColumnNumber>> compared_given,
       std::function<void()> pause_given)
      : old_rows(before), new_rows(after), ranges(std::move(ranges_given)), pause(std::move(pause_given)) {
    for (const auto& [old_column, new_column] : compared_given)
      compared.push_back({old_column, new_column, before.table->schema().columns[old_column].physical});
  }

  bool same(std::span<const Datum> a, std::span<const Datum> b) const {
    return std::ranges::all_of(compared, [&](const Pair& pair) {
      return same_value(pair.type, a[pair.before], b[pair.after]);
    });
  }

  struct Pair {
    ColumnNumber before, after;
    PhysicalType type;
  };
  Rows old_rows, new_rows;
  std::vector<KeyRange> ranges;
  std::size_t next_range = 0;
  std::function<void()> pause;
  std::uint32_t since_pause = 0;
  std::vector<Pair> compared;
  bool step_old = false, step_new = false;   // what was given out last is to be left
};

Differences::Differences(const TableState& before, const TableState& after,
                         std::vector<KeyRange> ranges,
                         std::vector<std::pair<ColumnNumber, ColumnNumber>> compared,
                         std::function<void()> pause)
    : impl_(std::make_unique<Impl>(before, after, std::move(ranges), std::move(compared),
                                   std::move(pause))) {}

Differences::~Differences() = default;

bool Differences::next(Difference& difference) {
  Impl& m = *impl_;
  while (true) {
    if (++m.since_pause == kRows) {
      m.since_pause = 0;
      m.pause();
    }
    if (std::exchange(m.step_old, false)) m.old_rows.step();
    if (std::exchange(m.step_new, false)) m.new_rows.step();
    const bool no_old = m.old_rows.at_end(), no_new = m.new_rows.at_end();
    if (no_old && no_new) {
      if (m.next_range == m.ranges.size()) return false;
      const KeyRange& range = m.ranges[m.next_range++];
      m.old_rows.begin(range);
      m.new_rows.begin(range);
      continue;
    }
    const int order = no_old ? 1 : no_new ? -1 : m.old_rows.key().compare(m.new_rows.key());
    m.step_old = order <= 0;
    m.step_new = order >= 0;
    difference = {};
    if (order <= 0) difference.before = m.old_rows.row();
    if (order >= 0) difference.after = m.new_rows.row();
    if (order != 0 || !m.same(difference.before, difference.after)) return true;
  }
}

std::size_t Differences::ranges_done() const { return impl_->next_range == 0 ? 0 : impl_->next_range - 1; }

}  // namespace table
