#include "table/table.h"

#include <algorithm>
#include <cmath>

#include "btree/cursor.h"
#include "inverted/extract.h"
#include "table_impl.h"
#include "wal/check.h"

namespace table {

Table::Impl::Impl(transaction::TransactionManager& manager_given, const TableSchema& schema_given)
    : manager(manager_given),
      schema(schema_given),
      format(schema),
      clustered(schema, schema.clustered, manager.space()),
      in_clustered_key(schema.columns.size()),
      in_any_index(schema.columns.size()),
      in_unique_key(schema.columns.size()) {
  for (const KeyColumn& key : schema.clustered.keys) {
    in_clustered_key[key.column] = true;
    in_unique_key[key.column] = true;
  }
  indexes.reserve(schema.indexes.size());
  for (const IndexSchema& index : schema.indexes) {
    IndexImpl& impl = indexes.emplace_back(schema, index, manager.space());
    impl.uses_column.resize(schema.columns.size());
    impl.uses_any = index.expressions != nullptr;
    if (!index.ready) continue;
    for (const KeyColumn& key : index.keys) {
      if (key.column >= kFirstExpression) continue;
      impl.uses_column[key.column] = true;
      in_any_index[key.column] = true;
      if (index.unique) in_unique_key[key.column] = true;
    }
    // Their values lie in the entries; keys are unique, and rows locked, without them.
    if (impl.payload.has_values())
      for (const ColumnNumber column : index.included) impl.uses_column[column] = in_any_index[column] = true;
    if (impl.uses_any) in_any_index.assign(schema.columns.size(), true);
    has_unique_index = has_unique_index || index.unique;
  }
  if (schema.has_row_id()) next_row_id = &manager.row_id_counter(schema.clustered.root);
  if (schema.id >= types::kFirstNormalOid) {
    transaction::UsageRegistry& registry = manager.usage();
    usage = registry.of(schema.id);
    row_count = &manager.row_counter(schema.clustered.root);
    if (!schema.has_row_id()) clustered.usage = registry.of(schema.clustered.id);
    for (IndexImpl& index : indexes) index.usage = registry.of(index.schema.id);
  }
}

std::uint64_t Table::Impl::take_row_ids(std::uint64_t count) const {
  if (next_row_id->load(std::memory_order_acquire) == 0) {
    std::uint64_t last = 0;
    btree::Cursor cursor(clustered.tree, {}, btree::Direction::backward);
    if (cursor.next_leaf()) {
      std::vector<std::byte> key;
      cursor.key(0).assign_to(key);
      for (const std::byte byte : key) last = last << 8 | static_cast<std::uint64_t>(byte);
    }
    std::uint64_t unset = 0;
    next_row_id->compare_exchange_strong(unset, last + 1, std::memory_order_acq_rel);
  }
  return next_row_id->fetch_add(count, std::memory_order_relaxed);
}

void Table::Impl::clustered_key(std::span<const Datum> row, std::string& out) const {
  for (std::size_t i = 0; i < clustered.codec.size(); ++i) {
    clustered.codec.append(i, row[clustered.codec.column(i)], out);
  }
  check_key_size(out.size());
}

bool Table::Impl::encode(std::span<const Datum> row, std::span<const btree::OverflowRef> kept, std::size_t limit,
                         RowFormat::Encoded& out) const {
  if (!format.encode(space(), row, kept, limit, out)) return false;
  if ((out.flags & transaction::kOverflow) != 0) clustered.tree.note_references();
  return true;
}

bool Table::Impl::index_key(const IndexImpl& index, std::span<const Datum> row,
                            types::Arena& arena, std::string& out, bool* has_null) const {
  std::vector<Datum> values(index.schema.expression_types.size());
  if (index.schema.expressions && !index.schema.expressions->evaluate(row, values, arena)) {
    return false;
  }
  if (has_null != nullptr) *has_null = false;
  for (std::size_t i = 0; i < index.codec.size(); ++i) {
    const ColumnNumber column = index.codec.column(i);
    const Datum& value =
        column >= kFirstExpression ? values[column - kFirstExpression] : row[column];
    if (has_null != nullptr && value.is_null) *has_null = true;
    index.codec.append(i, value, out);
  }
  return true;
}

void Table::Impl::entry_keys(const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                             inverted::KeySet& keys, bool* has_null) const {
  keys.clear();
  if (!index.schema.is_inverted()) {
    if (index_key(index, row, arena, keys.begin(), has_null)) keys.end();
    return;
  }
  if (has_null != nullptr) *has_null = false;
  Datum* const values = arena.allocate_array<Datum>(index.schema.expression_types.size());
  const std::span<Datum> expressions(values, index.schema.expression_types.size());
  if (index.schema.expressions && !index.schema.expressions->evaluate(row, expressions, arena)) return;
  if (!index.placed.empty()) {
    Datum* const places = arena.allocate_array<Datum>(index.codec.size());
    for (std::size_t i = 0; i < index.codec.size(); ++i) {
      const ColumnNumber column = index.codec.column(i);
      places[i] = column >= kFirstExpression ? expressions[column - kFirstExpression] : row[column];
    }
    inverted::place(index.placed, std::span(places, index.codec.size()), keys);
    keys.sort();
    return;
  }
  for (std::size_t i = 0; i < index.codec.size(); ++i) {
    const ColumnNumber column = index.codec.column(i);
    const Datum& value = column >= kFirstExpression ? expressions[column - kFirstExpression] : row[column];
    inverted::extract(index.schema.keys[i].source, index.schema.keys[i].support, static_cast<std::uint8_t>(i),
                      value, arena, keys);
  }
  keys.sort();
}

transaction::LockTag entry_tag(const btree::Tree& tree, std::string_view key) {
  return transaction::row_tag(tree.root(), btree::bytes_of(key));
}

transaction::EntryWriter& Scratch::Buffers::writer(transaction::Transaction& transaction) {
  if (entry_writer == nullptr || writer_owner != &transaction ||
      writer_manager != &transaction.manager()) {
    entry_writer = std::make_unique<transaction::EntryWriter>(transaction);
    writer_owner = &transaction;
    writer_manager = &transaction.manager();
  }
  return *entry_writer;
}

Scratch::Scratch() : buffers_(std::make_unique<Buffers>()) {}
Scratch::~Scratch() = default;
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;

Table::Table(transaction::TransactionManager& manager, TableSchema schema)
    : manager_(manager),
      schema_(std::move(schema)),
      impl_(std::make_unique<Impl>(manager_, schema_)) {}
Table::~Table() = default;

Outcome Table::insert(const View& view, std::span<const Datum> row, Scratch& scratch,
                      OnDuplicate on_duplicate, std::span<const int> arbiters) const {
  const Outcome outcome = RowWriter(*this, view, scratch.buffers()).insert(row, on_duplicate, arbiters);
  if (outcome.ok()) impl_->count_changes(RelationUsage::inserted, 1);
  return outcome;
}

Outcome Table::update(const View& view, std::string_view row_key,
                      std::span<const ColumnValue> changes, Scratch& scratch,
                      bool row_is_locked) const {
  const Outcome outcome = RowWriter(*this, view, scratch.buffers()).update(row_key, changes, row_is_locked);
  if (outcome.ok()) impl_->count_changes(RelationUsage::updated, 1);
  return outcome;
}

Outcome Table::remove(const View& view, std::string_view row_key, Scratch& scratch,
                      bool row_is_locked) const {
  const Outcome outcome = RowWriter(*this, view, scratch.buffers()).remove(row_key, row_is_locked);
  if (outcome.ok()) impl_->count_changes(RelationUsage::deleted, 1);
  return outcome;
}

const std::shared_ptr<RelationUsage>& Table::usage() const { return impl_->usage; }

std::int64_t Table::row_count() const {
  return impl_->row_count == nullptr ? 0 : std::max<std::int64_t>(0, impl_->row_count->load(std::memory_order_relaxed));
}

void Table::begin_row_count(double rows) const {
  if (impl_->usage != nullptr && impl_->usage->begin_row_count() && rows > 0) set_row_count(rows);
}

void Table::set_row_count(double rows) const {
  if (impl_->row_count != nullptr) impl_->row_count->store(std::llround(rows), std::memory_order_relaxed);
}

Table::Size Table::estimate_size(int index) const {
  const btree::Tree& tree =
      index == kClusteredIndex ? impl_->clustered.tree
                               : impl_->indexes[static_cast<std::size_t>(index)].tree;
  const btree::TreeStatistics statistics = tree.statistics();
  return {.pages = static_cast<std::uint64_t>(statistics.leaf_pages), .rows = statistics.entries};
}

}  // namespace table
