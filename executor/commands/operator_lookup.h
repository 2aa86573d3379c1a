// Which operator or cast a command means.
#pragma once

#include "ddl.h"

namespace commands {

// Of exactly these types, shells included; `schema` 0: along the search path. Null: none.
const catalog::OperatorInfo* find_operator(Ddl& ddl, Oid schema, std::string_view name, Oid left, Oid right);
// 42883 "operator does not exist: integer <<< integer" unless `missing_ok`.
const catalog::OperatorInfo* find_operator(Ddl& ddl, const query::ObjectReference& object, bool missing_ok);
// "=(integer,text)": as messages about dependencies name an operator.
std::string operator_signature(Ddl& ddl, const catalog::OperatorInfo& op);

// What DROP OPERATOR does to the rows: the commutator and the negator no longer point to it.
void forget_operator(Ddl& ddl, Oid oid);

// 42704 "cast from type t to type u does not exist" unless `missing_ok`; 0: none.
Oid find_cast(Ddl& ddl, Oid source, Oid target, bool missing_ok);

}  // namespace commands
