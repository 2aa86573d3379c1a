// Operator classes and families that users define.
#pragma once

#include "ddl.h"

namespace commands {

void create_operator_class(Ddl& ddl, const query::CreateOperatorClass& statement);
void create_operator_family(Ddl& ddl, const query::CreateOperatorFamily& statement);
void alter_operator_family(Ddl& ddl, const query::AlterOperatorFamily& statement);

// "operator 1 (integer, smallint) of operator family f for access method btree: <(integer,smallint)"; of rows of
// pg_amop and pg_amproc.
std::optional<std::string> describe_family_member(Ddl& ddl, const ObjectAddress& object);

// Keys are kept in their types' order: 0A000 for a user's btree class whose comparison is another one.
void require_own_order(Ddl& ddl, Oid operator_class, Oid type);

}  // namespace commands
