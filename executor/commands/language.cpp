#include "language.h"

#include "catalog/unqualified_objects.h"
#include "default_privileges.h"
#include "rights.h"
#include "routine_lookup.h"
#include "written_name.h"

namespace commands {
namespace {

namespace languages = catalog::pg_language;
constexpr Oid kLanguageHandler = 2280;  // pg_type

Oid find_language(Ddl& ddl, const std::string& name) {
  return catalog::find_unqualified(ddl.catalog(), *catalog::unqualified_catalog(languages::kOid), name);
}

}  // namespace

void create_language(Ddl& ddl, const query::CreateLanguage& s) {
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create custom procedural language");
  const Oid handler = named_function(ddl, s.handler, {});
  if (ddl.catalog().function(handler)->result != kLanguageHandler)
    throw SqlError("42809", "function " + written_name(s.handler) + " must return type language_handler");
  const Oid block = named_function(ddl, s.inline_handler, {types::oid::internal});
  const Oid validator = named_function(ddl, s.validator, {types::oid::oid_});
  const Oid there = find_language(ddl, s.name);
  if (there != 0 && !s.replace) throw SqlError("42710", "language \"" + s.name + "\" already exists");
  const ObjectAddress self{languages::kOid, there != 0 ? there : ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(languages::kOid);
  row.set(languages::lanispl, true);
  row.set(languages::lanpltrusted, s.trusted);
  row.set(languages::lanplcallfoid, handler);
  row.set(languages::laninline, block);
  row.set(languages::lanvalidator, validator);
  if (there != 0) {
    ddl.writer().update_one(0, {key_oid(there)}, row);
    ddl.remove_dependencies(self, pg_proc::kOid);
  } else {
    row.set(languages::oid, self.oid);
    row.set(languages::lanname, s.name);
    row.set(languages::lanowner, ddl.catalog().user());
    ddl.writer().insert(row);
  }
  for (const Oid function : {handler, block, validator})
    if (function >= types::kFirstNormalOid) ddl.depend(self, {pg_proc::kOid, function, 0}, Dependency::normal);
}

void refuse_language(Ddl& ddl, const std::string& name) {
  if (find_language(ddl, name) != 0) throw SqlError::not_supported("a function of language " + name);
  throw SqlError("42704", "language \"" + name + "\" does not exist");
}

}  // namespace commands
