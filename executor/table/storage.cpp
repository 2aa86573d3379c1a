#include "table/storage.h"

#include <algorithm>

#include "transaction/manager.h"

namespace table {
namespace {

bool may_overflow(const TableSchema& schema) {
  // A row of many fixed columns can be too wide for a page as well.
  constexpr std::size_t kSurelyFits = 100;
  return schema.columns.size() > kSurelyFits ||
         std::any_of(schema.columns.begin(), schema.columns.end(), [](const ColumnStorage& column) {
           return column.physical == types::PhysicalType::varlen;
         });
}

}  // namespace

void create_index_storage(transaction::Transaction& transaction, IndexSchema& index) {
  index.root = transaction.manager().create_tree(transaction);
}

void create_storage(transaction::Transaction& transaction, TableSchema& schema) {
  create_index_storage(transaction, schema.clustered);
  for (IndexSchema& index : schema.indexes) create_index_storage(transaction, index);
}

void drop_index_storage(transaction::Transaction& transaction, const IndexSchema& index) {
  transaction.manager().drop_tree(transaction, index.root, false);
}

void drop_storage(transaction::Transaction& transaction, const TableSchema& schema) {
  transaction.manager().drop_tree(transaction, schema.clustered.root, may_overflow(schema));
  for (const IndexSchema& index : schema.indexes) drop_index_storage(transaction, index);
}

void truncate_storage(transaction::Transaction& transaction, TableSchema& schema) {
  drop_storage(transaction, schema);
  create_storage(transaction, schema);
}

}  // namespace table
