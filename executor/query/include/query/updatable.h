// Which views INSERT, UPDATE and DELETE go through to the one relation that they read.
#pragma once

#include "query/query.h"

namespace query {

// Why the view with this query is not automatically updatable (an error's DETAIL); null: it is, as
// far as its query shows. What it reads must be a table or a view besides.
const char* why_not_updatable(const Query& query);

// Of an updatable view: the entry that it reads.
int updatable_entry(const Query& query);
// The relation of that entry.
types::Oid updatable_relation(const Query& query);

// Why an output column cannot be assigned to; null: it is a column of that entry.
const char* why_not_updatable_column(const Query& query, const OutputColumn& output);
// INSERT and UPDATE need one; DELETE does not.
bool has_updatable_column(const Query& query);
inline constexpr const char* kNoUpdatableColumns =
    "Views that have no updatable columns are not automatically updatable.";

// The output column shown as column `column` of the view (from 0); null: there is none.
const OutputColumn* visible_output(const Query& query, int column);

}  // namespace query
