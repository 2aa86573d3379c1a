// Storage parameters: WITH (...) of tables, views and indexes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/relation.h"
#include "query/names.h"

namespace commands {

using catalog::Oid;

// What has parameters of its own.
enum class ParameterOwner : std::uint8_t { table, partitioned_table, toast, view, btree, hash, gist, spgist, gin, brin };
ParameterOwner parameter_owner(catalog::RelationKind kind);
// Of an index's access method.
ParameterOwner parameter_owner(Oid method);

// "name=value", as pg_class.reloptions has them. 22023 for what is no parameter of the owner's, is given twice, or has a
// value that is none; a table's `toast.` ones are looked at and left out, for there is no TOAST table.
std::vector<std::string> storage_parameters(ParameterOwner owner, const std::vector<query::Option>& options);

// RESET (...) takes names alone: 42601.
void require_no_values(const std::vector<query::Option>& options);

}  // namespace commands
