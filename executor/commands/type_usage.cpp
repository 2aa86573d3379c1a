#include "type_usage.h"

#include "catalog/acl.h"
#include "rights.h"

namespace commands {

void require_type_usage(Ddl& ddl, Oid type) {
  auto& catalog = ddl.catalog();
  if (type == 0 || catalog.is_superuser(catalog.user())) return;
  const catalog::TypeInfo* info = catalog.type(type);
  if (info == nullptr || info->kind == 'p') return;
  if (info->is_true_array) info = catalog.type(info->element);
  if (info == nullptr) return;
  const auto held = catalog::held_on(catalog, catalog.user(), pg_type::kOid, info->oid);
  if (held && (held->privileges & types::privilege::usage) == 0)
    throw SqlError("42501", "permission denied for type " + catalog.format_type(info->oid));
}

void require_language_usage(Ddl& ddl, const catalog::LanguageInfo& language) {
  if (is_superuser(ddl)) return;
  const bool trusted = language.oid == catalog::kSqlLanguage || language.oid == catalog::kPlpgsqlLanguage;
  const auto held = catalog::held_on(ddl.catalog(), ddl.catalog().user(), catalog::pg_language::kOid, language.oid);
  if (!trusted || (held && (held->privileges & types::privilege::usage) == 0))
    throw SqlError("42501", "permission denied for language " + std::string(language.name));
}

}  // namespace commands
