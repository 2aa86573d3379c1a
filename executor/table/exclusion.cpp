// EXCLUDE, and keys that are deferrable: whether a row may stand beside the others.
//
// A row and its entries are there before the others are looked at, so of two who bring rows that conflict at least
// one finds the other's. It waits for whoever is about to decide, which may end as a deadlock (40P01).
#include <algorithm>

#include "entry_ranges.h"
#include "inverted/placement.h"
#include "table/key.h"
#include "wal/check.h"

namespace table {
namespace {

using inverted::Search;

// Where entries of rows may lie that conflict with the key values.
std::shared_ptr<inverted::KeyRanges> ranges_beside(const IndexImpl& index, std::span<const Datum> values) {
  auto listed = std::make_shared<inverted::ListedRanges>();
  if (!index.schema.is_placed()) {
    // A tree of the values themselves: the operators are those of equality.
    std::string key;
    for (std::size_t i = 0; i < index.codec.size(); ++i) index.codec.append(i, values[i], key);
    listed->add(key, end_of_prefix(key));
    return listed;
  }
  std::vector<inverted::PlacedCondition> conditions;
  for (std::size_t i = 0; i < values.size(); ++i)
    conditions.push_back({static_cast<std::uint8_t>(i), index.exclusion->strategies[i], values[i]});
  Search search = inverted::placed_search(index.placed, conditions);
  // Of several conditions one will do.
  while (search.kind == Search::Kind::all_of) search = Search(search.parts.front());
  if (search.kind == Search::Kind::ranges) return search.ranges;
  if (search.kind != Search::Kind::nothing) listed->add({}, "\xff");
  return listed;
}

}  // namespace

bool Table::Impl::key_values(const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                             std::vector<Datum>& values) const {
  std::vector<Datum> expressions(index.schema.expression_types.size());
  if (index.schema.expressions && !index.schema.expressions->evaluate(row, expressions, arena)) return false;
  values.clear();
  for (std::size_t i = 0; i < index.codec.size(); ++i) {
    const ColumnNumber column = index.codec.column(i);
    values.push_back(column >= kFirstExpression ? expressions[column - kFirstExpression] : row[column]);
  }
  return true;
}

// Whether the row's version conflicts; then its key values are in buffers_.excluding.
bool RowWriter::conflicts(const IndexImpl& index, std::span<const Datum> own, Bytes payload) {
  types::Arena& arena = buffers_.exclusion_arena;
  std::vector<Datum> row(table_.format.column_count());
  table_.format.decode(table_.pages(), payload, row, arena);
  if (!table_.key_values(index, row, arena, buffers_.excluding)) return false;
  std::vector<Datum> both(own.begin(), own.end());
  for (const Datum& value : buffers_.excluding) {
    if (value.is_null && !index.schema.nulls_not_distinct) return false;
    both.push_back(value);
  }
  return index.exclusion->conflict->evaluate(both, {}, arena);
}

RowWriter::Beside RowWriter::judge_beside(const IndexImpl& index, std::span<const Datum> own,
                                          std::string_view row_key) {
  VersionCopy& version = buffers_.entry;
  bool found = false;
  {
    btree::SharedLeaf leaf = table_.clustered.tree.seek_shared(btree::bytes_of(row_key));
    found = leaf.found();
    if (found) version.assign(leaf.value());
  }
  if (!found) return Beside::free;
  buffers_.exclusion_arena.reset();
  if (!transaction::in_flight_elsewhere(view_, version.header))
    return !version.header.deleted() && conflicts(index, own, version.payload) ? Beside::taken : Beside::free;
  // Whatever becomes of it - committed, rolled back, or to a savepoint.
  const transaction::Xid xid = version.header.xid;
  for (;;) {
    const bool is_last = version.header.xid != xid;
    if (!version.header.deleted() && conflicts(index, own, version.payload)) return Beside::undecided;
    if (is_last || !transaction::previous_version(view_, version)) return Beside::free;
  }
}

std::optional<std::string_view> RowWriter::find_excluding(std::size_t number, std::span<const Datum> row,
                                                          std::string_view own_key, Waiting waiting) {
  const IndexImpl& index = table_.indexes[number];
  std::vector<Datum>& values = buffers_.excluded;
  if (!table_.key_values(index, row, buffers_.arena, values)) return std::nullopt;
  if (!index.schema.nulls_not_distinct && std::ranges::any_of(values, &Datum::is_null)) return std::nullopt;
  for (;;) {
    Beside beside = Beside::free;
    std::string row_key;
    const std::shared_ptr<inverted::KeyRanges> ranges = ranges_beside(index, values);
    each_entry_in(
        index, *ranges, [](std::string_view, std::string_view) {},
        [&](std::string_view key, Bytes value) {
          if (beside != Beside::free) return;
          const VersionHeader header = transaction::parse_version(value);
          if (header.deleted() && !transaction::in_flight_elsewhere(view_, header)) return;
          const std::string_view found = row_key_of(key, transaction::payload_of(value));
          if (found == own_key) return;
          row_key = found;
          beside = judge_beside(index, values, row_key);
        },
        [&] {
          transaction_.wait_control().check();
          return beside == Beside::free;
        });
    if (beside == Beside::free) return std::nullopt;
    if (beside == Beside::taken || waiting == Waiting::never) {
      buffers_.result_key = std::move(row_key);
      return buffers_.result_key;
    }
    wait_for_decision(table_.clustered.tree, row_key);
  }
}

Outcome RowWriter::check_exclusion(std::size_t number, std::span<const Datum> row, std::string_view row_key) {
  const IndexImpl& index = table_.indexes[number];
  if (index.exclusion->deferrable) {
    if (find_excluding(number, row, row_key, Waiting::never))
      buffers_.unchecked.emplace_back(static_cast<int>(number), row_key);
    return {};
  }
  if (const auto found = find_excluding(number, row, row_key)) return violation(static_cast<int>(number), *found);
  return {};
}

void Table::exclude(int index, std::shared_ptr<const Exclusion> exclusion) {
  impl_->indexes.at(static_cast<std::size_t>(index)).exclusion = std::move(exclusion);
  impl_->has_exclusion = impl_->has_unique_index = true;
}

const Exclusion* Table::exclusion(int index) const {
  return index < 0 ? nullptr : impl_->indexes[static_cast<std::size_t>(index)].exclusion.get();
}

std::pair<std::span<const Datum>, std::span<const Datum>> Scratch::excluding_keys() const {
  return {buffers_->excluded, buffers_->excluding};
}

std::vector<std::pair<int, std::string>> Scratch::take_unchecked() { return std::exchange(buffers_->unchecked, {}); }

std::optional<std::string> Table::find_excluding(const View& view, int index, std::string_view row_key,
                                                 Scratch& scratch) const {
  Scratch::Buffers& buffers = scratch.buffers();
  VersionCopy& version = buffers.version;  // what the key values lie in
  const bool found = impl_->clustered.tree.lookup(btree::bytes_of(row_key), [&version](Bytes value) {
    if (value.size() >= transaction::kVersionHeaderSize) version.assign(value);
  });
  if (!found || version.header.deleted() || transaction::in_flight_elsewhere(view, version.header)) return std::nullopt;
  buffers.arena.reset();
  buffers.row.resize(impl_->format.column_count());
  impl_->format.decode(impl_->pages(), version.payload, buffers.row, buffers.arena);
  const auto number = static_cast<std::size_t>(index);
  const auto other = RowWriter(*this, view, buffers).find_excluding(number, buffers.row, row_key);
  if (!other) return std::nullopt;
  return std::string(*other);
}

}  // namespace table
