// How a table is cut into partitions, as statements and the catalogue say it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/expression.h"
#include "query/names.h"

namespace query {

enum class PartitionStrategy : char { none = 0, list = 'l', range = 'r', hash = 'h' };
struct PartitionKey {
  std::string column;        // or:
  ExpressionPtr expression;
  ObjectName operator_class;
  Oid collation = 0;
  int location = -1;
};
// FOR VALUES ..; range bounds of kind minvalue/maxvalue have no expression.
struct PartitionBound {
  PartitionStrategy strategy = PartitionStrategy::none;
  bool is_default = false;
  int modulus = 0, remainder = 0;
  struct Value {
    enum class Kind : std::int8_t { min = -1, value = 0, max = 1 } kind;
    ExpressionPtr expression;
  };
  std::vector<Value> list, lower, upper;
};

// The stored form (pg_class.relpartbound) of a bound whose values are constants, and back.
// Throws SqlError XX001 for text that serialize_bound() did not make.
std::string serialize_bound(const PartitionBound& bound);
PartitionBound deserialize_bound(std::string_view text);
bool is_stored_bound(std::string_view text);

}  // namespace query
