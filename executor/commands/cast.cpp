// CREATE CAST.
#include "catalog/internal_functions.h"
#include "operator_lookup.h"
#include "rights.h"
#include "type_commands.h"
#include "type_usage.h"
#include "types/type_io.h"

namespace commands {
namespace {

namespace pg_cast = catalog::pg_cast;

// Whether a value of the one can be read as the other's as it lies.
void require_alike(Ddl& ddl, const catalog::TypeInfo& source, const catalog::TypeInfo& target) {
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create a cast WITHOUT FUNCTION");
  const types::TypeSupport* from = ddl.catalog().find_support(source.oid);
  const types::TypeSupport* to = ddl.catalog().find_support(target.oid);
  if (source.length != target.length || source.by_value != target.by_value || source.alignment != target.alignment)
    throw SqlError("42P17", "source and target data types are not physically compatible");
  auto either = [&](auto is) { return is(source) || is(target); };
  if (either([](const auto& t) { return t.kind == 'c'; }))
    throw SqlError("42P17", "composite data types are not binary-compatible");
  if (either([](const auto& t) { return t.kind == 'e'; })) throw SqlError("42P17", "enum data types are not binary-compatible");
  if (either([](const auto& t) { return t.is_true_array; }))
    throw SqlError("42P17", "array data types are not binary-compatible");
  if (either([](const auto& t) { return t.kind == 'd'; }))
    throw SqlError("42P17", "domain data types must not be marked binary-compatible");
  // Ranges describe themselves: their bytes name the type.
  if (from == nullptr || to == nullptr || !catalog::is_same_representation(ddl.catalog(), source.oid, target.oid) ||
      either([](const auto& t) { return t.kind == 'r' || t.kind == 'm'; }))
    throw SqlError::not_supported("a cast WITHOUT FUNCTION between these types");
}

}  // namespace

void create_cast(Ddl& ddl, const query::CreateCast& statement) {
  using Method = query::CreateCast::Method;
  const catalog::TypeInfo& source = *ddl.catalog().type(statement.source);
  const catalog::TypeInfo& target = *ddl.catalog().type(statement.target);
  const std::string from = ddl.catalog().format_type(source.oid), to = ddl.catalog().format_type(target.oid);
  if (!ddl.owns(source.owner) && !ddl.owns(target.owner))
    throw SqlError("42501", "must be owner of type " + from + " or type " + to);
  require_type_usage(ddl, source.oid);
  require_type_usage(ddl, target.oid);
  if (source.kind == 'd') ddl.warning("42809", "cast will be ignored because the source data type is a domain");
  else if (target.kind == 'd') ddl.warning("42809", "cast will be ignored because the target data type is a domain");
  if (statement.method == Method::binary) require_alike(ddl, source, target);
  if (statement.method != Method::function && source.oid == target.oid)
    throw SqlError("42P17", "source data type and target data type are the same");
  if (ddl.catalog().cast(source.oid, target.oid) != nullptr)
    throw SqlError("42710", "cast from type " + from + " to type " + to + " already exists");
  RowBuilder row = ddl.writer().row(pg_cast::kOid);
  const ObjectAddress self{pg_cast::kOid, ddl.writer().allocate_oid(), 0};
  row.set(pg_cast::oid, self.oid);
  row.set(pg_cast::castsource, source.oid);
  row.set(pg_cast::casttarget, target.oid);
  row.set(pg_cast::castfunc, statement.function);
  row.set(pg_cast::castcontext, statement.context);
  row.set(pg_cast::castmethod, statement.method == Method::function ? 'f' : statement.method == Method::binary ? 'b' : 'i');
  ddl.writer().insert(row);
  for (Oid type : {statement.source, statement.target}) ddl.depend(self, {pg_type::kOid, type, 0}, Dependency::normal);
  if (statement.function != 0) ddl.depend(self, {pg_proc::kOid, statement.function, 0}, Dependency::normal);
}

}  // namespace commands
