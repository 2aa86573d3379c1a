#include "table/batch_insert.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "btree/bulk_load.h"
#include "table_impl.h"
#include "wal/check.h"

namespace table {
namespace {

// Fewer rows are not worth the pages that a bulk load sets aside.
constexpr std::uint32_t kFewRows = 32;

}  // namespace

// The clustered tree in the making.
class BatchInsert::Load {
 public:
  explicit Load(const btree::Tree& tree) : tree_(tree) {}

  bool follows(std::string_view key) const { return is_empty_ || last_key_ < key; }
  void add(std::string_view key, const VersionHeader& version, Bytes payload) {
    value_.resize(transaction::kVersionHeaderSize + payload.size());
    transaction::put_version(value_.data(), version);
    std::memcpy(value_.data() + transaction::kVersionHeaderSize, payload.data(), payload.size());
    tree_.add(btree::bytes_of(key), value_);
    last_key_ = key;
    is_empty_ = false;
  }
  void finish() { tree_.finish(); }

 private:
  btree::BulkLoad tree_;
  std::vector<std::byte> value_;
  std::string last_key_;
  bool is_empty_ = true;
};

BatchInsert::BatchInsert(const Table& table, const View& view, Scratch& scratch)
    : table_(table), view_(view), scratch_(scratch) {}

BatchInsert::~BatchInsert() = default;

Outcome BatchInsert::add(std::span<const types::Vector> columns, types::Selection rows,
                         std::uint32_t* failed_row) {
  if (rows.count == 0) return {};
  const Table::Impl& table = table_.impl();
  if (std::exchange(first_, false) && rows.count >= kFewRows && table.indexes.empty() &&
      view_.transaction().may_load(table.schema.clustered.root) &&
      btree::BulkLoad::can_fill(table.clustered.tree)) {
    load_ = std::make_unique<Load>(table.clustered.tree);
  }
  if (load_ == nullptr) return table_.insert_batch(view_, columns, rows, scratch_, failed_row);

  const std::uint32_t loaded = load(columns, rows);
  table.count_rows(loaded);
  table.count_changes(RelationUsage::inserted, loaded);
  if (loaded == rows.count) return {};
  finish();
  std::vector<std::uint16_t> left;
  for (std::uint32_t i = loaded; i < rows.count; ++i) {
    left.push_back(static_cast<std::uint16_t>(rows[i]));
  }
  const types::Selection rest{left.data(), static_cast<std::uint32_t>(left.size())};
  return table_.insert_batch(view_, columns, rest, scratch_, failed_row);
}

// Returns how many of the rows could be loaded.
std::uint32_t BatchInsert::load(std::span<const types::Vector> columns, types::Selection rows) {
  const Table::Impl& table = table_.impl();
  Scratch::Buffers& buffers = scratch_.buffers();
  transaction::Transaction& transaction = view_.transaction();
  buffers.writer(transaction).prepare();
  transaction.note_loaded();
  const bool by_row_id = table.schema.has_row_id();
  std::uint64_t row_id = by_row_id ? table.take_row_ids(rows.count) : 0;
  const VersionHeader version{transaction.xid(), transaction::loaded_by(view_.command()), 0};
  buffers.row.resize(columns.size());
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      buffers.row[c] =
          table.schema.columns[c].dropped ? Datum::null() : columns[c].datum(rows[i]);
    }
    buffers.key.clear();
    if (by_row_id) {
      append_row_id(buffers.key, row_id++);
    } else {
      table.clustered_key(buffers.row, buffers.key);
      if (!load_->follows(buffers.key)) return i;
    }
    // Values in overflow pages need an undo record that frees them.
    if (!table.format.try_encode(buffers.row, table.row_limit(buffers.key.size()),
                                 buffers.encoded.payload)) {
      return i;
    }
    load_->add(buffers.key, version, buffers.encoded.payload);
  }
  return rows.count;
}

void BatchInsert::finish() {
  if (load_ == nullptr) return;
  load_->finish();
  load_.reset();
}

}  // namespace table
