#include "operators/key_place.h"

#include <algorithm>

#include "eval/compile.h"
#include "planner/partition_routing.h"
#include "table/table.h"
#include "wal/check.h"

namespace operators {

using types::PhysicalType;

// Routes a row of which only the key is known: a unique index has all columns of the partition keys.
struct KeyPlace::Partitions {
  Partitions(const catalog::RelationPtr& table, const std::vector<int>& columns,
             catalog::CatalogView& catalog, const types::EvalContext& outer)
      : routing(table, catalog, planner::PartitionRouting::From::target), router(routing, 1), context(outer) {
    context.arena = &arena;
    router.bind(environment, context);
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
      const PhysicalType type = table->columns[i].dropped ? PhysicalType::int32
                                                          : eval::physical_type(catalog, table->columns[i].type.oid);
      if (std::find(columns.begin(), columns.end(), static_cast<int>(i)) != columns.end()) {
        row.push_back(types::Vector::allocate(memory, type, 1));
      } else {
        row.push_back(types::Vector::constant(memory, type, types::Datum::null()));
        row.back().set_null(0);
      }
    }
  }

  int leaf(const std::vector<int>& columns, std::span<const types::Datum> values) {
    arena.reset();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      types::Vector& column = row[static_cast<std::size_t>(columns[i])];
      column.clear();
      column.set_datum(0, values[i]);
    }
    router.start({row, {nullptr, 1}});
    return router.find(0).leaf;
  }

  planner::PartitionRouting routing;
  planner::PartitionRouter router;
  types::Arena memory{256}, arena{256};
  eval::Environment environment;
  types::EvalContext context;
  std::vector<types::Vector> row;
};

KeyPlace::KeyPlace(catalog::RelationPtr table, types::Oid index, std::vector<int> columns,
                   catalog::CatalogView& catalog, const types::EvalContext& context,
                   std::vector<KeyConversion> conversions)
    : table_(std::move(table)), catalog_(catalog), index_(index), columns_(std::move(columns)),
      conversions_(std::move(conversions)) {
  CHECK(conversions_.empty() || conversions_.size() == columns_.size());
  if (table_->partition_key) partitions_ = std::make_unique<Partitions>(table_, columns_, catalog, context);
}

KeyPlace::~KeyPlace() = default;

const KeyPlace::Place* KeyPlace::find(std::span<const types::Datum> values) {
  values_.assign(values.begin(), values.end());
  converted_.reset();
  for (std::size_t i = 0; i < conversions_.size(); ++i) {
    const std::optional<types::Datum> value = conversions_[i].find(values_[i], converted_);
    if (!value) return nullptr;
    values_[i] = *value;
  }
  int leaf = -1;
  catalog::RelationPtr relation = table_;
  if (partitions_) {
    leaf = partitions_->leaf(columns_, values_);
    if (leaf < 0) return nullptr;
    relation = partitions_->routing.leaves[static_cast<std::size_t>(leaf)];
  }
  if (known_ != relation.get()) {
    const catalog::IndexDescriptor* index =
        partitions_ ? planner::partition_index(*relation, index_, catalog_) : relation->index(index_);
    CHECK(index != nullptr);
    order_.clear();
    for (const catalog::IndexKey& key : index->keys) {
      const auto place = std::find_if(columns_.begin(), columns_.end(), [&](int column) {
        return key.column == (partitions_ ? partitions_->routing.columns[static_cast<std::size_t>(leaf)]
                                                                        [static_cast<std::size_t>(column)]
                                          : column);
      });
      CHECK(place != columns_.end());
      order_.push_back(static_cast<std::size_t>(place - columns_.begin()));
    }
    place_.storage_index = index->is_clustered_key ? table::kClusteredIndex : index->storage_index;
    known_ = relation.get();
    place_.relation = std::move(relation);
  }
  place_.key.clear();
  for (const std::size_t at : order_) place_.key.push_back(values_[at]);
  return &place_;
}

}  // namespace operators
