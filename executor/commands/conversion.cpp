// CREATE CONVERSION: a row that names a function between two character sets.
#include "catalog/named_objects.h"
#include "routine_lookup.h"
#include "type_commands.h"
#include "types/character_set.h"
#include "written_name.h"

namespace commands {
namespace {

namespace pg_conversion = catalog::pg_conversion;

const types::CharacterSet& encoding(const std::string& name, const char* side) {
  const auto* found = types::CharacterSet::find(name);
  if (found == nullptr) throw SqlError("42704", std::string(side) + " encoding \"" + name + "\" does not exist");
  return *found;
}

const catalog::FunctionInfo& function_of(Ddl& ddl, const query::ObjectName& name) {
  query::ObjectReference reference;
  reference.schema = name.schema;
  reference.name = name.name;
  reference.has_arguments = true;
  reference.arguments = {types::oid::int4, types::oid::int4, types::oid::cstring,
                         types::oid::internal, types::oid::int4, types::oid::bool_};
  const catalog::FunctionInfo& f = *find_routine(ddl, query::ObjectKind::function, reference, false);
  if (f.result != types::oid::int4)
    throw SqlError("42P17", "encoding conversion function " + written_name(name) + " must return type integer");
  return f;
}

}  // namespace

void create_conversion(Ddl& ddl, const query::CreateConversion& s) {
  constexpr int kSqlAscii = 0;
  const Oid schema = ddl.target_schema(s.name.schema);
  const types::CharacterSet &from = encoding(s.source, "source"), &to = encoding(s.target, "destination");
  const int source = from.number(), target = to.number();
  if (source == kSqlAscii || target == kSqlAscii)
    throw SqlError("42P17", "encoding conversion to or from \"SQL_ASCII\" is not supported");
  const catalog::FunctionInfo& function = function_of(ddl, s.function);
  if (catalog::find_named(ddl.catalog(), catalog::NamedKind::conversion, ddl.catalog().schema_name(schema), s.name.name))
    throw SqlError("42710", "conversion \"" + s.name.name + "\" already exists");
  if (s.is_default) {
    for (RowReader rows = ddl.writer().read(pg_conversion::kOid, 0, catalog::Key{}); rows.next();) {
      const Row& row = rows.row();
      if (row.oid(pg_conversion::connamespace) == schema && row.flag(pg_conversion::condefault) &&
          row.int4(pg_conversion::conforencoding) == source && row.int4(pg_conversion::contoencoding) == target)
        throw SqlError("42710", "default conversion for " + std::string(from.name()) + " to " +
                                    std::string(to.name()) + " already exists");
    }
  }
  const ObjectAddress self{pg_conversion::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(self.catalog);
  row.set(pg_conversion::oid, self.oid);
  row.set(pg_conversion::conname, s.name.name);
  row.set(pg_conversion::connamespace, schema);
  row.set(pg_conversion::conowner, ddl.catalog().user());
  row.set(pg_conversion::conforencoding, source);
  row.set(pg_conversion::contoencoding, target);
  row.set(pg_conversion::conproc, function.oid);
  row.set(pg_conversion::condefault, s.is_default);
  ddl.writer().insert(row);
  ddl.depend(self, {pg_proc::kOid, function.oid, 0}, Dependency::normal);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
}

}  // namespace commands
