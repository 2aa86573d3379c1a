// Where the row with a unique key is, or would be: in the table, or in which of its partitions.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "catalog/catalog_view.h"
#include "eval/program.h"
#include "operators/key_conversion.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace operators {

// Of one unique index of one table. Good as long as the table's descriptor is the current one. Not
// thread-safe.
class KeyPlace {
 public:
  // Keys are given as values of `columns` of the table, in that order: all that the index has; or as what
  // `conversions` make into these, one for each. `context` outlives this.
  KeyPlace(catalog::RelationPtr table, types::Oid index, std::vector<int> columns,
           catalog::CatalogView& catalog, const types::EvalContext& context,
           std::vector<KeyConversion> conversions = {});
  ~KeyPlace();

  struct Place {
    catalog::RelationPtr relation;          // has rows of its own
    int storage_index = 0;                  // of `relation`
    std::vector<types::Datum> key;          // in the index's order of columns
  };
  // Null: there can be no such row. The place stays until the next call. SqlError as the casts among the conversions.
  const Place* find(std::span<const types::Datum> values);

  const catalog::RelationPtr& table() const { return table_; }

 private:
  struct Partitions;

  catalog::RelationPtr table_;
  catalog::CatalogView& catalog_;
  types::Oid index_;
  std::vector<int> columns_;
  std::vector<KeyConversion> conversions_;  // none: the values are the key's own
  types::Arena converted_{256};
  std::unique_ptr<Partitions> partitions_;  // of a partitioned table
  const catalog::RelationDescriptor* known_ = nullptr;  // what order_ and place_ are made for
  std::vector<std::size_t> order_;          // by column of the index: where in columns_
  std::vector<types::Datum> values_;
  Place place_;
};

}  // namespace operators
