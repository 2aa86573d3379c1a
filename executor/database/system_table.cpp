#include "system_table.h"

#include "btree/volume_header.h"
#include "buffer/paged_volume.h"
#include "row_changes.h"
#include "table/scan.h"
#include "table/storage.h"
#include "transaction/manager.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"

namespace database {
namespace {

// Above every OID of the catalogue's system tables, for locks.
constexpr types::Oid kFirstTableId = 9001;

table::TableSchema schema_of(const SystemTable::Definition& definition) {
  table::TableSchema schema;
  schema.id = kFirstTableId + static_cast<types::Oid>(definition.slot);
  for (types::Oid type : definition.columns) {
    table::ColumnStorage column;
    column.type = type;
    column.physical = types::type_support(type).physical;
    schema.columns.push_back(column);
  }
  for (std::uint16_t i = 0; i < definition.key_columns; ++i)
    schema.clustered.keys.push_back({.column = i});
  schema.clustered.unique = true;
  return schema;
}

wal::PageNo make_storage(Database& system, const SystemTable::Definition& definition) {
  transaction::WaitControl control;
  auto transaction = system.transactions().begin({}, control);
  auto schema = schema_of(definition);
  table::create_storage(*transaction, schema);
  {
    auto header = system.pages().exclusive(btree::kVolumeHeaderPage);
    wal::MiniTransaction mtr(system.volume());
    btree::write_slot(mtr, header, btree::VolumeSlot::other_first,
                      static_cast<std::size_t>(definition.slot), wal::raw(schema.clustered.root));
    mtr.commit();
  }
  auto lsn = transaction->commit();
  if (auto durable = system.volume().wait_durable(lsn); !durable)
    throw StorageError("could not make a table of the system volume", durable.error());
  return schema.clustered.root;
}

}  // namespace

SystemTable::SystemTable(Database& system, const Definition& definition)
    : key_columns_(definition.key_columns) {
  auto root = btree::read_slot(system.pages(), btree::VolumeSlot::other_first,
                               static_cast<std::size_t>(definition.slot));
  auto schema = schema_of(definition);
  schema.clustered.root = root == 0 ? make_storage(system, definition)
                                    : wal::PageNo{static_cast<std::uint32_t>(root)};
  table_ = std::make_unique<table::Table>(system.transactions(), std::move(schema));
}

SystemTable::~SystemTable() = default;

bool SystemTable::insert(transaction::Transaction& transaction, Row row) const {
  return insert_row(*table_, transaction, row);
}

bool SystemTable::remove(transaction::Transaction& transaction, Row key) const {
  table::Scratch scratch;
  auto view = transaction.take_view();
  auto row_key =
      table_->find_newest(view, table::kClusteredIndex, key.first(key_columns_), scratch);
  if (!row_key) return false;
  remove_row(*table_, transaction, *row_key);
  transaction.next_command();
  return true;
}

void SystemTable::put(transaction::Transaction& transaction, Row row) const {
  remove(transaction, row);
  if (!insert(transaction, row)) throw types::SqlError("XX000", "tuple concurrently updated");
}

struct SystemTable::Rows::Impl {
  static constexpr std::uint32_t kRows = 64;

  static table::ScanRequest request(std::size_t columns) {
    table::ScanRequest all;
    for (std::size_t i = 0; i < columns; ++i) all.columns.push_back(static_cast<std::int32_t>(i));
    return all;
  }

  Impl(const table::Table& table_in, transaction::Transaction& transaction)
      : table(table_in),
        view(transaction.take_view()),
        scan(table, view, request(table.schema().columns.size())) {
    for (const auto& column : table.schema().columns)
      columns.push_back(types::Vector::allocate(arena, column.physical, kRows));
  }

  const table::Table& table;
  transaction::View view;
  table::Scan scan;
  types::Arena arena, values;
  std::vector<types::Vector> columns;
  std::uint32_t count = 0, at = 0;
};

SystemTable::Rows::Rows(const SystemTable& table, transaction::Transaction& transaction)
    : impl_(std::make_unique<Impl>(*table.table_, transaction)) {}
SystemTable::Rows::~Rows() = default;

bool SystemTable::Rows::next_batch() {
  impl_->values.reset();
  for (auto& column : impl_->columns) column.clear();
  impl_->count = impl_->scan.next(impl_->columns, Impl::kRows, impl_->values);
  impl_->at = 0;
  return impl_->count > 0;
}

bool SystemTable::Rows::find(Row key) {
  table::Scratch scratch;
  const auto wanted = Impl::request(impl_->columns.size());
  impl_->count = impl_->table.lookup(impl_->view, table::kClusteredIndex, key, wanted.columns,
                                     impl_->columns, 0, impl_->values, scratch)
                     ? 1
                     : 0;
  impl_->at = 0;
  return impl_->count > 0;
}

bool SystemTable::Rows::next_row() {
  if (impl_->at == impl_->count) return false;
  row_.clear();
  for (const auto& column : impl_->columns) row_.push_back(column.datum(impl_->at));
  ++impl_->at;
  return true;
}

}  // namespace database
