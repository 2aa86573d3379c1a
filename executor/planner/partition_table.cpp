#include "planner/partition_table.h"

#include <algorithm>
#include <numeric>

#include "eval/collated.h"
#include "eval/compile.h"
#include "rewrite.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

using query::PartitionBound;
using query::PartitionStrategy;
using Kind = PartitionBound::Value::Kind;

namespace {

constexpr std::uint64_t kHashSeed = 0x7A5B22367996DCFD;
constexpr int kExtendedHash = 2;  // support function number

ExpressionPtr key_expression(const catalog::PartitionKeyColumn& key) {
  return key.column >= 0 ? make_column(0, key.column, key.type) : query::clone(*key.expression);
}

ExpressionPtr extended_hash(catalog::CatalogView& catalog, const catalog::PartitionKeyColumn& key) {
  const types::Oid function = catalog.operator_class_procedure(key.operator_class, kExtendedHash);
  if (function == 0)
    throw types::SqlError::not_supported("hash partitioning by type " +
                                         catalog.format_type(key.type.oid));
  const catalog::FunctionInfo* info = catalog.function(function);
  query::Call call;
  call.function = function;
  call.input_collation = key.collation;
  ExpressionPtr value = key_expression(key);
  if (info != nullptr && !info->arguments.empty() && value->type.oid != info->arguments[0]) {
    auto relabel = std::make_unique<Expression>();
    relabel->type = {info->arguments[0], -1, key.collation};
    relabel->node = query::Relabel{std::move(value), query::CallForm::implicit_cast};
    value = std::move(relabel);
  }
  call.arguments.push_back(std::move(value));
  call.arguments.push_back(make_constant(types::Datum::of(static_cast<std::int64_t>(kHashSeed)),
                                         {types::oid::int8}));
  auto hash = std::make_unique<Expression>();
  hash->type = {types::oid::int8};
  hash->node = std::move(call);
  return hash;
}

}  // namespace

const types::Datum& bound_value(const PartitionBound::Value& value) {
  static const types::Datum null = types::Datum::null();
  if (!value.expression) return null;
  return std::get<query::Constant>(value.expression->node).value;
}

std::uint64_t combine_hashes(std::span<const types::Datum> hashes) {
  std::uint64_t row = 0;
  for (const types::Datum& hash : hashes) {
    if (hash.is_null) continue;
    const auto value = static_cast<std::uint64_t>(hash.as<std::int64_t>());
    row ^= value + 0x49a0f4dd15e5a8e3ULL + (row << 54) + (row >> 7);
  }
  return row;
}

PartitionTable::PartitionTable(catalog::RelationPtr table, catalog::CatalogView& catalog,
                               types::Oid leave_out)
    : table_(std::move(table)) {
  CHECK(table_->partition_key != nullptr);
  for (const catalog::PartitionKeyColumn& key : table_->partition_key->columns) {
    if (strategy() == PartitionStrategy::hash) {
      keys_.push_back(extended_hash(catalog, key));
      continue;
    }
    keys_.push_back(key_expression(key));
    types::TypeRef ordered = key.type;
    ordered.collation = key.collation;
    const types::TypeSupport& support = eval::collated_support(catalog, ordered);
    if (support.compare == nullptr)
      throw types::SqlError::not_supported("partitioning by type " +
                                           catalog.format_type(key.type.oid));
    compare_.push_back(support.compare);
  }
  for (const types::Oid child : table_->children) {
    if (child == leave_out) continue;
    catalog::RelationPtr relation = catalog.relation(child);
    if (relation == nullptr || relation->partition_bound == nullptr) continue;
    const PartitionBound* bound = relation->partition_bound.get();
    partitions_.push_back({std::move(relation), bound});
  }
  sort();
}

void PartitionTable::sort() {
  auto rank = [](const Partition& p) { return p.bound->is_default ? 1 : 0; };
  std::sort(partitions_.begin(), partitions_.end(), [&](const Partition& a, const Partition& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (rank(a) == 1) return false;
    switch (strategy()) {
      case PartitionStrategy::range: return compare_range(a.bound->lower, b.bound->lower) < 0;
      case PartitionStrategy::list: {
        // By their smallest values; a partition of null alone goes last.
        auto smallest = [&](const PartitionBound& bound) {
          const types::Datum* least = nullptr;
          for (const PartitionBound::Value& v : bound.list) {
            const types::Datum& value = bound_value(v);
            if (!value.is_null && (least == nullptr || compare(0, value, *least) < 0)) least = &value;
          }
          return least;
        };
        const types::Datum *x = smallest(*a.bound), *y = smallest(*b.bound);
        if (x == nullptr || y == nullptr) return x != nullptr && y == nullptr;
        return compare(0, *x, *y) < 0;
      }
      default:
        return a.bound->modulus != b.bound->modulus ? a.bound->modulus < b.bound->modulus
                                                    : a.bound->remainder < b.bound->remainder;
    }
  });
  int greatest = 1;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const PartitionBound& bound = *partitions_[i].bound;
    const int at = static_cast<int>(i);
    if (bound.is_default) {
      default_ = at;
      continue;
    }
    for (const PartitionBound::Value& v : bound.list) {
      const types::Datum& value = bound_value(v);
      if (value.is_null)
        null_partition_ = at;
      else
        list_.push_back({&value, at});
    }
    if (strategy() == PartitionStrategy::range) ranges_ = i + 1;
    greatest = std::max(greatest, bound.modulus);
  }
  if (strategy() == PartitionStrategy::list)
    std::sort(list_.begin(), list_.end(), [&](const ListValue& a, const ListValue& b) {
      return compare(0, *a.value, *b.value) < 0;
    });
  if (strategy() == PartitionStrategy::hash) {
    hash_.assign(static_cast<std::size_t>(greatest), -1);
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      for (int at = partitions_[i].bound->remainder; at < greatest;
           at += partitions_[i].bound->modulus)
        hash_[static_cast<std::size_t>(at)] = static_cast<int>(i);
  }
}

int PartitionTable::compare_range(const std::vector<PartitionBound::Value>& a,
                                  const std::vector<PartitionBound::Value>& b) const {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i].kind != b[i].kind) return a[i].kind < b[i].kind ? -1 : 1;
    if (a[i].kind != Kind::value) return 0;
    if (int c = compare(i, bound_value(a[i]), bound_value(b[i])); c != 0) return c;
  }
  return 0;
}

int PartitionTable::compare_key(const std::vector<PartitionBound::Value>& bound,
                                std::span<const types::Datum> key) const {
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (bound[i].kind != Kind::value) return bound[i].kind == Kind::min ? -1 : 1;
    if (int c = compare(i, bound_value(bound[i]), key[i]); c != 0) return c;
  }
  return 0;
}

int PartitionTable::find(std::span<const types::Datum> key) const {
  switch (strategy()) {
    case PartitionStrategy::hash: {
      if (hash_.empty()) return -1;
      return hash_[static_cast<std::size_t>(combine_hashes(key) % hash_.size())];
    }
    case PartitionStrategy::list: {
      if (key[0].is_null) return null_partition_ >= 0 ? null_partition_ : default_;
      auto at = std::lower_bound(list_.begin(), list_.end(), key[0],
                                 [&](const ListValue& v, const types::Datum& value) {
                                   return compare(0, *v.value, value) < 0;
                                 });
      if (at != list_.end() && compare(0, *at->value, key[0]) == 0) return at->partition;
      return default_;
    }
    default: {
      for (const types::Datum& value : key)
        if (value.is_null) return default_;
      // The last partition whose lower bound is at or below the key.
      auto end = partitions_.begin() + static_cast<std::ptrdiff_t>(ranges_);
      auto at = std::upper_bound(partitions_.begin(), end, key,
                                 [&](std::span<const types::Datum> k, const Partition& p) {
                                   return compare_key(p.bound->lower, k) > 0;
                                 });
      if (at == partitions_.begin()) return default_;
      --at;
      if (compare_key(at->bound->upper, key) > 0) return static_cast<int>(at - partitions_.begin());
      return default_;
    }
  }
}

bool PartitionTable::may_match(std::size_t partition, int strategy_number,
                               const types::Datum& value) const {
  const PartitionBound& bound = *partitions_[partition].bound;
  const bool is_default = static_cast<int>(partition) == default_;
  if (strategy() == PartitionStrategy::list) {
    if (strategy_number == 6)
      return static_cast<int>(partition) == (null_partition_ >= 0 ? null_partition_ : default_);
    if (value.is_null) return false;
    if (is_default) {
      if (strategy_number != 3) return true;
      return find(std::span(&value, 1)) == default_;
    }
    for (const PartitionBound::Value& v : bound.list) {
      const types::Datum& own = bound_value(v);
      if (own.is_null) continue;
      const int c = compare(0, own, value);
      if ((strategy_number == 1 && c < 0) || (strategy_number == 2 && c <= 0) ||
          (strategy_number == 3 && c == 0) || (strategy_number == 4 && c >= 0) ||
          (strategy_number == 5 && c > 0))
        return true;
    }
    return false;
  }
  if (strategy() != PartitionStrategy::range) return true;
  if (strategy_number == 6) return is_default;
  if (value.is_null) return false;
  const std::size_t columns = table_->partition_key->columns.size();
  if (is_default) {
    // Ranges next to each other may leave nothing for it; only the one-column point is looked at.
    if (strategy_number != 3 || columns != 1) return true;
    return find(std::span(&value, 1)) == default_;
  }
  const PartitionBound::Value &lower = bound.lower[0], &upper = bound.upper[0];
  if (strategy_number != 1 && strategy_number != 2 && upper.kind == Kind::value) {
    const int c = compare(0, value, bound_value(upper));  // value against the exclusive end
    if (c > 0 || (c == 0 && columns == 1)) return false;
    if (c == 0 && strategy_number == 5) return false;
  }
  if (strategy_number != 4 && strategy_number != 5 && lower.kind == Kind::value) {
    const int c = compare(0, value, bound_value(lower));
    if (c < 0 || (c == 0 && strategy_number == 1)) return false;
  }
  return true;
}

int PartitionTable::overlapping(const PartitionBound& bound) const {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const PartitionBound& other = *partitions_[i].bound;
    const int at = static_cast<int>(i);
    if (bound.is_default || other.is_default) {
      if (bound.is_default && other.is_default) return at;
      continue;
    }
    switch (strategy()) {
      case PartitionStrategy::hash: {
        const int common = std::gcd(bound.modulus, other.modulus);
        if (bound.remainder % common == other.remainder % common) return at;
        break;
      }
      case PartitionStrategy::list:
        for (const PartitionBound::Value& mine : bound.list)
          for (const PartitionBound::Value& its : other.list) {
            const types::Datum &x = bound_value(mine), &y = bound_value(its);
            if (x.is_null != y.is_null) continue;
            if (x.is_null || compare(0, x, y) == 0) return at;
          }
        break;
      default:
        if (compare_range(bound.lower, other.upper) < 0 && compare_range(other.lower, bound.upper) < 0)
          return at;
    }
  }
  return -1;
}

}  // namespace planner
