#include "sort.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "execution_state.h"
#include "keys.h"
#include "types/sql_error.h"

namespace operators {

using types::Datum;
using types::PhysicalType;

SortKeys::SortKeys(std::span<const planner::SortColumn> columns) : columns_(columns) {
  for (const planner::SortColumn& c : columns) encodable_ = encodable_ && c.encode != nullptr;
}

void SortKeys::encode(const types::Batch& batch, std::uint32_t row, std::string& out) const {
  for (const planner::SortColumn& c : columns_) {
    const Datum value = batch.columns[static_cast<std::size_t>(c.column)].datum(row);
    if (value.is_null) {
      out.push_back(c.nulls_first ? '\0' : '\2');
      continue;
    }
    out.push_back('\1');
    const std::size_t start = out.size();
    c.encode(value, out);
    if (c.descending)
      for (std::size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
  }
}

int SortKeys::compare(const RowLayout& layout, const std::byte* a, const std::byte* b) const {
  for (const planner::SortColumn& c : columns_) {
    const auto column = static_cast<std::size_t>(c.column);
    const bool an = layout.is_null(a, column), bn = layout.is_null(b, column);
    if (an || bn) {
      if (an && bn) continue;
      return an == c.nulls_first ? -1 : 1;
    }
    const int order = c.compare(layout.datum(a, column), layout.datum(b, column));
    if (order != 0) return c.descending ? -order : order;
  }
  return 0;
}

Sort::Sort(const planner::SortNode& node, ExecutionState& state)
    : Operator(node, state),
      sort_(node),
      keys_(node.keys),
      rows_(node.raw_columns),
      arena_(65536),
      out_(make_vectors(arena_, node.raw_columns, types::kBatchRows)) {}

void Sort::close() {
  Operator::close();
  rows_.clear();
  items_.clear();
  key_arena_.reset();
  sorted_ = false;
}

void Sort::do_open() {
  rows_.clear();
  items_.clear();
  key_arena_.reset();
  sorted_ = false;
  at_ = 0;
  child().open();
}

bool Sort::less(const Item& a, const Item& b) const {
  if (!keys_.encodable()) return keys_.compare(rows_.layout(), a.row, b.row) < 0;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return a.key < b.key;
}

void Sort::add(const types::Batch& batch) {
  const std::size_t first = rows_.size();
  rows_.append(batch);
  std::string key;
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    Item item{0, {}, rows_.rows()[first + i]};
    if (keys_.encodable()) {
      key.clear();
      keys_.encode(batch, batch.rows[i], key);
      std::uint64_t prefix = 0;
      std::memcpy(&prefix, key.data(), std::min<std::size_t>(8, key.size()));
      item.prefix = __builtin_bswap64(prefix);
      if (key.size() > 8) item.key = key_arena_.copy(std::string_view(key).substr(8));
    }
    items_.push_back(item);
  }
}

// Keeps the best `bound_` rows in fresh memory.
void Sort::prune() {
  const auto keep = static_cast<std::size_t>(*bound_);
  std::nth_element(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(keep), items_.end(),
                   [this](const Item& a, const Item& b) { return less(a, b); });
  items_.resize(keep);
  RowStore kept(node_.raw_columns);
  types::Arena keys;
  std::vector<types::Vector>& buffer = out_;
  for (std::size_t at = 0; at < items_.size(); at += types::kBatchRows) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, items_.size() - at));
    batch_rows_.clear();
    for (std::size_t i = 0; i < count; ++i) batch_rows_.push_back(items_[at + i].row);
    rows_.load(batch_rows_, buffer);
    kept.append({buffer, {nullptr, count}});
    for (std::size_t i = 0; i < count; ++i) {
      items_[at + i].row = kept.rows()[at + i];
      items_[at + i].key = keys.copy(items_[at + i].key);
    }
  }
  rows_ = std::move(kept);
  key_arena_ = std::move(keys);
}

void Sort::read_all() {
  types::Batch batch;
  const std::size_t limit =
      bound_ && *bound_ < (1u << 20) ? std::max<std::size_t>(4096, static_cast<std::size_t>(*bound_) * 4)
                                     : 0;
  while (child().next(batch)) {
    add(batch);
    if (limit != 0 && items_.size() > limit) prune();
  }
  auto order = [this](const Item& a, const Item& b) { return less(a, b); };
  if (bound_ && *bound_ < items_.size()) {
    std::partial_sort(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(*bound_),
                      items_.end(), order);
    items_.resize(static_cast<std::size_t>(*bound_));
  } else {
    std::sort(items_.begin(), items_.end(), order);
  }
  sorted_ = true;
}

bool Sort::produce(types::Batch& raw) {
  if (!sorted_) read_all();
  if (at_ >= items_.size()) return false;
  const auto count =
      static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, items_.size() - at_));
  batch_rows_.clear();
  for (std::size_t i = 0; i < count; ++i) batch_rows_.push_back(items_[at_ + i].row);
  rows_.load(batch_rows_, out_);
  at_ += count;
  raw = {out_, {nullptr, count}};
  return true;
}

bool Unique::produce(types::Batch& raw) {
  types::Batch batch;
  if (!child().next(batch)) return false;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    const std::uint32_t row = batch.rows[i];
    bool same = !first_;
    for (std::size_t k = 0; same && k < unique_.keys.size(); ++k) {
      const planner::KeyColumn& key = unique_.keys[k];
      same = datum_equals(key, last_[k], batch.columns[static_cast<std::size_t>(key.column)].datum(row));
    }
    if (same) continue;
    first_ = false;
    selected_[count++] = static_cast<std::uint16_t>(row);
    last_arena_.reset();
    last_.clear();
    for (const planner::KeyColumn& key : unique_.keys)
      last_.push_back(types::copy_datum(last_arena_, key.physical,
                                        batch.columns[static_cast<std::size_t>(key.column)].datum(row)));
  }
  raw = {batch.columns, {selected_.data(), count}};
  return true;
}

Limit::Limit(const planner::LimitNode& node, ExecutionState& state)
    : Operator(node, state),
      limit_(node),
      count_(node.count, 1),
      offset_(node.offset, 1),
      selected_(types::kBatchRows) {}

void Limit::do_open() {
  bind(count_);
  bind(offset_);
  skip_ = 0;
  left_.reset();
  in_ties_ = ended_ = false;
  if (offset_.size() > 0) {
    const Datum value = offset_.value(0);
    if (!value.is_null && value.int64 < 0)
      throw types::SqlError("2201X", "OFFSET must not be negative");
    if (!value.is_null) skip_ = static_cast<std::uint64_t>(value.int64);
  }
  if (count_.size() > 0) {
    const Datum value = count_.value(0);
    if (!value.is_null && value.int64 < 0)
      throw types::SqlError("2201W", "LIMIT must not be negative");
    if (!value.is_null) left_ = static_cast<std::uint64_t>(value.int64);
  }
  const bool bounded = left_ && !limit_.with_ties && *left_ + skip_ >= *left_;
  child().set_bound(bounded ? *left_ + skip_ : UINT64_MAX);
  if (left_ && *left_ == 0) ended_ = true;
  if (!ended_) child().open();
}

bool Limit::tied(const types::Batch& batch, std::uint32_t row) const {
  for (std::size_t k = 0; k < limit_.tie_keys.size(); ++k) {
    const planner::KeyColumn& key = limit_.tie_keys[k];
    if (!datum_equals(key, last_[k], batch.columns[static_cast<std::size_t>(key.column)].datum(row)))
      return false;
  }
  return true;
}

bool Limit::produce(types::Batch& raw) {
  if (ended_) return false;
  types::Batch batch;
  if (!child().next(batch)) {
    ended_ = true;
    return false;
  }
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    const std::uint32_t row = batch.rows[i];
    if (skip_ > 0) {
      --skip_;
      continue;
    }
    if (in_ties_) {
      if (!tied(batch, row)) {
        ended_ = true;
        break;
      }
    } else if (left_) {
      if (*left_ == 0) {
        ended_ = true;
        break;
      }
      if (--*left_ == 0) {
        if (limit_.with_ties) {
          in_ties_ = true;
          last_arena_.reset();
          last_.clear();
          for (const planner::KeyColumn& key : limit_.tie_keys)
            last_.push_back(types::copy_datum(
                last_arena_, key.physical,
                batch.columns[static_cast<std::size_t>(key.column)].datum(row)));
        } else {
          ended_ = true;
        }
      }
    }
    selected_[count++] = static_cast<std::uint16_t>(row);
    if (ended_) break;
  }
  raw = {batch.columns, {selected_.data(), count}};
  return true;
}

}  // namespace operators
