// ALTER FUNCTION, PROCEDURE and ROUTINE: attributes and settings.
#include "rights.h"
#include "routine_lookup.h"
#include "stored_settings.h"
#include "type_commands.h"

namespace commands {
namespace {

void change_settings(Ddl& ddl, const Row& old, const std::vector<query::SetVariable>& changes, RowBuilder& row) {
  std::vector<std::string> settings;
  if (!old.is_null(pg_proc::proconfig)) settings = old.strings(pg_proc::proconfig);
  for (const query::SetVariable& change : changes)
    change_stored_settings(ddl, settings, change, Host::SettingOf::others);
  if (settings.empty())
    row.set_null(pg_proc::proconfig);
  else
    row.set(pg_proc::proconfig, std::span<const std::string>(settings));
}

void require_valid(Ddl& ddl, const query::AlterFunction& statement, const catalog::FunctionInfo& function,
                   bool returns_set) {
  if (function.kind == 'a')
    throw SqlError("42809", "\"" + statement.object.name + "\" is an aggregate function");
  if (function.kind == 'p' && statement.not_for_procedures >= 0)
    throw SqlError("42P13", "invalid attribute in procedure definition").at(statement.not_for_procedures);
  if (statement.leakproof.value_or(false) && !is_superuser(ddl))
    throw SqlError("42501", "only superuser can define a leakproof function");
  require_valid_estimates(statement.cost, statement.rows, returns_set);
}

}  // namespace

void require_valid_estimates(std::optional<double> cost, std::optional<double> rows, bool returns_set) {
  if (cost && *cost <= 0) throw SqlError("22023", "COST must be positive");
  if (rows && *rows <= 0) throw SqlError("22023", "ROWS must be positive");
  if (rows && !returns_set) throw SqlError("22023", "ROWS is not applicable when function does not return a set");
}

void alter_function(Ddl& ddl, const query::AlterFunction& statement) {
  const catalog::FunctionInfo* function = find_routine(ddl, statement.kind, statement.object, false);
  const ObjectAddress address{pg_proc::kOid, function->oid, 0};
  require_ownership(ddl, statement.kind, statement.object, address, Naming::as_written);
  RowReader rows = ddl.writer().read(pg_proc::kOid, 0, {key_oid(function->oid)});
  if (function->oid < types::kFirstNormalOid || !rows.next()) throw SqlError::not_supported("ALTER of a built-in function");
  require_valid(ddl, statement, *function, rows.row().flag(pg_proc::proretset));

  RowBuilder row = ddl.writer().row(pg_proc::kOid);
  if (statement.volatility) row.set(pg_proc::provolatile, *statement.volatility);
  if (statement.parallel) row.set(pg_proc::proparallel, *statement.parallel);
  if (statement.strict) row.set(pg_proc::proisstrict, *statement.strict);
  if (statement.security_definer) row.set(pg_proc::prosecdef, *statement.security_definer);
  if (statement.leakproof) row.set(pg_proc::proleakproof, *statement.leakproof);
  if (statement.cost) row.set(pg_proc::procost, *statement.cost);
  if (statement.rows) row.set(pg_proc::prorows, *statement.rows);
  if (!statement.settings.empty()) change_settings(ddl, rows.row(), statement.settings, row);
  ddl.writer().update(rows.row(), row);
}

}  // namespace commands
