// What access methods of indexes allow.
#pragma once

#include <string>
#include <vector>

#include "catalog/relation.h"
#include "ddl.h"
#include "query/ddl.h"

namespace commands {

// The method of CREATE INDEX, which must be able to do what the statement asks for: 42704, 0A000 as
// PostgreSQL.
Oid require_method(const query::CreateIndex& statement);

// 0A000 for an operator class that nothing here serves.
void require_served(Ddl& ddl, const catalog::IndexKey& key, Oid method);

// WITH (...) of an index that is there, as pg_class.reloptions has it.
std::vector<std::string> stored_options(Ddl& ddl, Oid index);

}  // namespace commands
