// What errors tell of a row that failed: no more than who is asking may see.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog_view.h"
#include "types/datum.h"
#include "types/eval_context.h"

namespace operators {

// Whether `relation`'s values in these columns may be shown (-1, an expression: to those alone who may read the table).
bool may_show_columns(catalog::CatalogView& catalog, const catalog::RelationDescriptor& relation,
                      std::span<const int> columns);

// "Failing row contains (1, x).", long values cut. Who may not read the whole table sees the columns with a right of
// their own and those that the statement wrote: "(a, c) = (1, 7)"; empty where that is none. `value` gives that of one
// of the relation's columns.
std::string failing_row(catalog::CatalogView& catalog, const types::EvalContext& context,
                        const catalog::RelationDescriptor& relation, std::span<const int> written,
                        const std::function<types::Datum(std::size_t)>& value);

// "Partition key of the failing row contains (a, (b + 0)) = (1, 2)."; empty where that may not be shown.
std::string failing_partition_key(catalog::CatalogView& catalog, const types::EvalContext& context,
                                  const catalog::RelationDescriptor& relation, std::span<const types::Datum> key);

// The key's values of a row of `target` that found no partition of `at`. A hash partition's `key` is hashes: the columns' own
// values take their place; none where the key is an expression.
std::vector<types::Datum> partition_key_values(const catalog::RelationDescriptor& at, const catalog::RelationDescriptor& target,
                                               std::span<const types::Datum> key,
                                               const std::function<types::Datum(std::size_t)>& value);

// Whether `above` is one of the tables over `relation`.
bool is_above(catalog::CatalogView& catalog, const catalog::RelationDescriptor& above,
              const catalog::RelationDescriptor& relation);

}  // namespace operators
