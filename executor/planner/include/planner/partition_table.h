// The partitions of one partitioned table, sorted for searching: which of them takes a row.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog_view.h"
#include "query/expression.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace planner {

// Immutable once made; good as long as the descriptors it was made of are the current ones.
class PartitionTable {
 public:
  struct Partition {
    catalog::RelationPtr relation;
    const query::PartitionBound* bound;  // of `relation`
  };

  // Without `leave_out` (0: none), for checks of a partition in the making.
  PartitionTable(catalog::RelationPtr table, catalog::CatalogView& catalog,
                 types::Oid leave_out = 0);

  const catalog::RelationDescriptor& table() const { return *table_; }
  // In the order of their bounds, the default partition last.
  const std::vector<Partition>& partitions() const { return partitions_; }
  int default_partition() const { return default_; }

  // The expressions that give the key of a row, over the table's columns (range table entry 0).
  // HASH: the key columns' extended hashes (bigint).
  const std::vector<query::ExpressionPtr>& keys() const { return keys_; }

  // The partition for a key, by its place in partitions(); -1: none.
  int find(std::span<const types::Datum> key) const;

  // What a condition on the leading key column leaves: strategy as btree's (1 < .. 5 >), 6 IS
  // NULL. False: no row of that partition can pass. Not for HASH.
  bool may_match(std::size_t partition, int strategy, const types::Datum& value) const;
  // HASH: given the key columns' hashes.
  query::PartitionStrategy strategy() const { return table_->partition_key->strategy; }

  // For a partition to be made: one that holds keys of the bound, too; -1: none.
  int overlapping(const query::PartitionBound& bound) const;
  // LIST and RANGE bounds compare by the key's own comparison.
  int compare(std::size_t key_column, const types::Datum& a, const types::Datum& b) const {
    return compare_[key_column](a, b);
  }
  // Of two RANGE bounds: values, MINVALUE and MAXVALUE; up to the number of `a`'s.
  int compare_range(const std::vector<query::PartitionBound::Value>& a,
                    const std::vector<query::PartitionBound::Value>& b) const;

 private:
  int compare_key(const std::vector<query::PartitionBound::Value>& bound,
                  std::span<const types::Datum> key) const;
  void sort();

  catalog::RelationPtr table_;
  std::vector<Partition> partitions_;
  std::vector<query::ExpressionPtr> keys_;
  std::vector<types::CompareFunction> compare_;
  struct ListValue {
    const types::Datum* value;
    int partition;
  };
  std::vector<ListValue> list_;   // sorted; without null
  int null_partition_ = -1;
  std::vector<int> hash_;         // by remainder of the greatest modulus
  int default_ = -1;
  std::size_t ranges_ = 0;        // the first partitions, sorted, that have ranges
};

// The constant in a bound.
const types::Datum& bound_value(const query::PartitionBound::Value& value);

// combines PostgreSQL's way, so that rows lie in the partitions that PostgreSQL puts them in.
std::uint64_t combine_hashes(std::span<const types::Datum> hashes);

}  // namespace planner
