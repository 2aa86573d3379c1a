// CREATE TYPE, CREATE DOMAIN and their ALTERs; CREATE SCHEMA; CREATE FUNCTION.
#pragma once

#include "ddl.h"

namespace commands {

void create_enum(Ddl& ddl, const query::CreateEnum& statement);
void alter_enum(Ddl& ddl, const query::AlterEnum& statement);
void create_composite(Ddl& ddl, const query::CreateComposite& statement);
void create_domain(Ddl& ddl, const query::CreateDomain& statement);
void alter_domain(Ddl& ddl, const query::AlterDomain& statement);
void create_schema(Ddl& ddl, const query::CreateSchema& statement);
// `of_constraints`: those that stand for foreign keys, too.
void set_trigger_state(Ddl& ddl, types::Oid table, const std::string& name, char state, bool of_constraints);
void define_policy(Ddl& ddl, const query::DefinePolicy& statement);
void create_rule(Ddl& ddl, const query::CreateRule& statement);
// ALTER TABLE .. ENABLE/DISABLE RULE.
void set_rule_state(Ddl& ddl, types::Oid table, const std::string& name, char state);
void create_trigger(Ddl& ddl, const query::CreateTrigger& statement);
void create_function(Ddl& ddl, const query::CreateFunction& statement);
// 22023 when COST or ROWS is not positive, or a function of one value has ROWS.
void require_valid_estimates(std::optional<double> cost, std::optional<double> rows, bool returns_set);
void alter_function(Ddl& ddl, const query::AlterFunction& statement);
void create_aggregate(Ddl& ddl, const query::CreateAggregate& statement);
void create_operator(Ddl& ddl, const query::CreateOperator& statement);
void alter_operator(Ddl& ddl, const query::AlterOperator& statement);
void create_cast(Ddl& ddl, const query::CreateCast& statement);
void create_conversion(Ddl& ddl, const query::CreateConversion& statement);
void create_range(Ddl& ddl, const query::CreateRange& statement);
void create_shell_type(Ddl& ddl, const query::CreateShellType& statement);
void create_base_type(Ddl& ddl, const query::CreateBaseType& statement);
void alter_base_type(Ddl& ddl, const query::AlterBaseType& statement);

}  // namespace commands
