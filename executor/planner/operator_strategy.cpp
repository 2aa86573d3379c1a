#include "operator_strategy.h"

#include "catalog/builtin.h"
#include "catalog/collators.h"
#include "types/collator.h"

namespace planner {

int ordering_strategy(catalog::CatalogView& catalog, types::Oid op, types::Oid key_type) {
  const catalog::OrderingOperators operators = catalog.ordering_operators(catalog.base_type(key_type));
  if (op == operators.less_than) return 1;
  if (op == operators.less_equal) return 2;
  if (op == operators.equal) return 3;
  if (op == operators.greater_equal) return 4;
  if (op == operators.greater_than) return 5;
  const catalog::OperatorInfo* info = catalog.operator_(op);
  if (info == nullptr || operators.btree_family == 0) return 0;
  for (int strategy = 1; strategy <= 5; ++strategy)
    if (catalog.family_operator(operators.btree_family, info->left, info->right, strategy) == op)
      return strategy;
  return 0;
}

bool equality_is_bytewise(catalog::CatalogView& catalog, types::Oid collation) {
  const types::Collator* collator = catalog::collator(catalog, collation);
  return collator == nullptr || collator->deterministic();
}

bool key_order_serves(catalog::CatalogView& catalog, types::Oid key, types::Oid collation, int strategy) {
  if (catalog::same_order(catalog, key, collation)) return true;
  return (strategy == 3 || strategy == 7) && equality_is_bytewise(catalog, key) && equality_is_bytewise(catalog, collation);
}

}  // namespace planner
