// OPTIONS (...) of foreign objects: "name=value" texts that a wrapper's validator may look at.
#pragma once

#include "ddl.h"

namespace commands {

// What the options are after the changes. 42710: given twice, or there already; 42704: not there to be set or dropped.
std::vector<std::string> changed_options(std::vector<std::string> options, std::span<const query::ForeignOption> changes);
// 42601 where the validator (pg_proc.oid, 0: none) does not know one; `catalog`: of what kind of object they are.
// 0A000: a validator that is not PostgreSQL's own.
void validate_options(Ddl& ddl, Oid validator, Oid catalog, std::span<const std::string> options);
// None: null.
void set_options(RowBuilder& row, int column, std::span<const std::string> options);

}  // namespace commands
