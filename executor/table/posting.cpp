#include "table/posting.h"

#include <cstring>

#include "btree/cursor.h"
#include "entry_ranges.h"
#include "table/key.h"
#include "table_impl.h"
#include "wal/check.h"

namespace table {
namespace {

const IndexImpl& inverted_index(const Table& table, int number) {
  const IndexImpl& index = table.impl().indexes.at(static_cast<std::size_t>(number));
  CHECK(index.schema.is_inverted());
  return index;
}

const IndexImpl& secondary_index(const Table& table, int number) {
  return table.impl().indexes.at(static_cast<std::size_t>(number));
}

btree::KeyRange range_of(std::string_view lower, std::string_view upper) {
  btree::KeyRange range;
  range.lower = btree::bytes_of(lower);
  if (!upper.empty()) range.upper = btree::bytes_of(upper);
  return range;
}

// Whether the view sees the entry; `payload` lasts until the next call.
bool is_visible(const View& view, transaction::Xid stable, Bytes value, VersionCopy& copy, Bytes& payload) {
  const VersionHeader header = transaction::parse_version(value);
  payload = transaction::payload_of(value);
  if (header.xid < stable) return !header.deleted();
  copy.assign(value);
  if (!transaction::find_visible(view, copy)) return false;
  payload = copy.payload;
  return true;
}

void announce(const Table& table, const View& view, const IndexImpl& index, std::string_view lower,
              std::string_view upper) {
  if (auto* reads = reads_of(view, table.impl()))
    reads->read_range(index.tree.root(), btree::bytes_of(lower), btree::bytes_of(upper));
}

}  // namespace

struct PostingScan::Impl {
  Impl(const Table& table_given, const View& view_given, int number, std::string key_given)
      : view(view_given),
        index(secondary_index(table_given, number)),
        key(std::move(key_given)),
        begin(key),
        end(end_of_prefix(key)),
        cursor(index.tree, range_of(begin, end)),
        stable(view.manager().stable_xid()) {
    announce(table_given, view, index, begin, end);
  }

  // A row's key is its entry's.
  Impl(const Table& table_given, const View& view_given, KeyRange range)
      : view(view_given),
        index(table_given.impl().clustered),
        begin(std::move(range.lower)),
        end(std::move(range.upper)),
        cursor(index.tree, range_of(begin, end)),
        stable(view.manager().stable_xid()) {
    announce(table_given, view, index, begin, end);
  }

  // The row key of an entry of the current leaf.
  std::string_view row_key_at(unsigned i) {
    cursor.key(i).assign_to(entry_key);
    return text_of(entry_key).substr(key.size());
  }

  // The first entry of the leaf at or above; from `at` on, in steps that double: lists that are
  // read side by side are seldom far apart.
  void seek_in_leaf(std::string_view wanted) {
    unsigned step = 1, low = at;
    while (low + step < count && row_key_at(low + step) < wanted) {
      low += step;
      step *= 2;
    }
    unsigned high = std::min(count, low + step);
    while (low < high) {
      const unsigned middle = low + (high - low) / 2;
      if (row_key_at(middle) < wanted)
        low = middle + 1;
      else
        high = middle;
    }
    at = low;
  }

  bool seek(std::string_view wanted) {
    if (!wanted.empty() && at < count) {
      seek_in_leaf(wanted);
      // Behind this leaf: the next one, or a descent to where it would be.
      if (at == count) skip(wanted);
    } else if (!wanted.empty() && !started) {
      skip(wanted);
    }
    started = true;
    for (;;) {
      for (; at < count; ++at) {
        if (!is_visible(view, stable, cursor.value(at), version, payload)) continue;
        current.assign(row_key_at(at));
        return true;
      }
      if (!cursor.next_leaf()) return false;
      view.transaction().wait_control().check();
      at = 0;
      count = cursor.count();
      if (!wanted.empty()) seek_in_leaf(wanted);
    }
  }

  void skip(std::string_view wanted) {
    target.assign(key).append(wanted);
    if (target < begin) return;
    cursor.skip_to(btree::bytes_of(target));
  }

  const View& view;
  const IndexImpl& index;
  const std::string key;  // what every entry begins with
  const std::string begin, end;
  btree::Cursor cursor;
  transaction::Xid stable;
  unsigned at = 0, count = 0;
  bool started = false;
  std::vector<std::byte> entry_key;
  std::string current, target;
  VersionCopy version;
  Bytes payload;
};

PostingScan::PostingScan(const Table& table, const View& view, int index, std::string key)
    : impl_(std::make_unique<Impl>(table, view, index, std::move(key))) {}
PostingScan::PostingScan(const Table& table, const View& view, KeyRange range)
    : impl_(std::make_unique<Impl>(table, view, std::move(range))) {}
PostingScan::~PostingScan() = default;
PostingScan::PostingScan(PostingScan&&) noexcept = default;
PostingScan& PostingScan::operator=(PostingScan&&) noexcept = default;

bool PostingScan::seek(std::string_view row_key) { return impl_->seek(row_key); }
std::string_view PostingScan::row_key() const { return impl_->current; }

bool collect_postings(const Table& table, const View& view, int number, std::string_view prefix,
                      std::size_t limit, inverted::KeySet& row_keys) {
  const IndexImpl& index = inverted_index(table, number);
  const std::string end = end_of_prefix(prefix);
  announce(table, view, index, prefix, end);
  const transaction::Xid stable = view.manager().stable_xid();
  VersionCopy version;
  Bytes payload;
  std::vector<std::byte> entry_key;
  btree::Cursor cursor(index.tree, range_of(prefix, end));
  while (cursor.next_leaf()) {
    view.transaction().wait_control().check();
    for (unsigned i = 0; i < cursor.count(); ++i) {
      if (!is_visible(view, stable, cursor.value(i), version, payload)) continue;
      cursor.key(i).assign_to(entry_key);
      row_keys.add(row_key_of(text_of(entry_key), payload));
    }
    if (row_keys.footprint() > limit) return false;
  }
  row_keys.sort();
  return true;
}

bool collect_postings(const Table& table, const View& view, int number, inverted::KeyRanges& ranges,
                      std::size_t limit, inverted::KeySet& row_keys) {
  const IndexImpl& index = inverted_index(table, number);
  const transaction::Xid stable = view.manager().stable_xid();
  VersionCopy version;
  Bytes payload;
  const bool fits = each_entry_in(
      index, ranges, [&](std::string_view lower, std::string_view upper) { announce(table, view, index, lower, upper); },
      [&](std::string_view key, Bytes value) {
        if (!is_visible(view, stable, value, version, payload)) return;
        row_keys.add(row_key_of(key, payload));
      },
      [&] {
        view.transaction().wait_control().check();
        return row_keys.footprint() <= limit;
      });
  if (fits) row_keys.sort();
  return fits;
}

void collect_row_keys(const Table& table, const View& view, int number, const KeyRange& range, inverted::KeySet& row_keys,
                      const std::function<void()>& at_leaf) {
  const IndexImpl& index = secondary_index(table, number);
  announce(table, view, index, range.lower, range.upper);
  const transaction::Xid stable = view.manager().stable_xid();
  VersionCopy version;
  Bytes payload;
  std::vector<std::byte> entry_key;
  btree::Cursor cursor(index.tree, range_of(range.lower, range.upper));
  while (cursor.next_leaf()) {
    view.transaction().wait_control().check();
    for (unsigned i = 0; i < cursor.count(); ++i) {
      if (!is_visible(view, stable, cursor.value(i), version, payload)) continue;
      cursor.key(i).assign_to(entry_key);
      row_keys.add(row_key_of(text_of(entry_key), payload));
    }
    at_leaf();
  }
}

std::span<const inverted::PlacedColumn> placed_columns(const Table& table, int number) {
  return inverted_index(table, number).placed;
}

double estimate_postings(const Table& table, int number, inverted::KeyRanges& ranges) {
  // Beyond that many the rest is taken to be as the part before it.
  constexpr int kMostRanges = 256;
  const IndexImpl& index = inverted_index(table, number);
  std::string key, lower, upper;
  std::vector<std::byte> found;
  double entries = 0;
  for (int i = 0; i < kMostRanges && ranges.next(key, lower, upper); ++i) {
    const double here = index.tree.estimate(range_of(lower, upper));
    entries += here;
    key = upper;
    if (here > 0) continue;
    // Ranges up to the next entry are empty, too.
    btree::Cursor cursor(index.tree, range_of(upper, {}));
    if (!cursor.next_leaf()) break;
    cursor.key(0).assign_to(found);
    key = text_of(found);
  }
  return entries;
}

double estimate_postings(const Table& table, int number, std::string_view key) {
  const IndexImpl& index = inverted_index(table, number);
  const std::string end = end_of_prefix(key);
  return index.tree.estimate(range_of(key, end));
}

void count_index_scan(const Table& table, int number, std::uint64_t rows) {
  const IndexImpl& index = number == kClusteredIndex ? table.impl().clustered : secondary_index(table, number);
  RelationUsage* const usage = index.usage.get();
  if (usage == nullptr) return;
  usage->add(RelationUsage::scans);
  usage->add(RelationUsage::rows_returned, rows);
  usage->add(RelationUsage::rows_fetched, rows);
}

}  // namespace table
