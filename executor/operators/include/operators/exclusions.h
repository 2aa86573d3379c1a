// Constraints that are deferrable, EXCLUDE, UNIQUE and PRIMARY KEY: rows are looked at when the statement or the
// transaction ends.
#pragma once

#include <string>

#include "catalog/relation.h"
#include "operators/execution.h"
#include "table/table.h"

namespace operators {

// Whether writing the table may leave rows to be looked at.
bool has_deferrable_exclusion(const catalog::RelationDescriptor& relation);

// At a statement's end: the rows written with `scratch` that may conflict are looked at, or given to
// context.deferred. SqlError 23P01, of a key 23505.
void settle_exclusions(const ExecutionContext& context, const catalog::RelationPtr& relation, table::Scratch& scratch);

// One row that is due. It passes when it is gone by now.
void check_exclusion(const ExecutionContext& context, const catalog::RelationPtr& relation, types::Oid index,
                     const std::string& row_key);

// 23P01, or 23505, for the key values of a row and of the one in its way.
[[noreturn]] void raise_excluded(const ExecutionContext& context, const catalog::RelationDescriptor& relation,
                                 const catalog::IndexDescriptor& index, std::span<const types::Datum> own,
                                 std::span<const types::Datum> other);

}  // namespace operators
