#include "catalog/collators.h"

#include "types/collator.h"

namespace catalog {

const types::Collator* collator(CatalogView& catalog, Oid oid) {
  namespace known = types::collation;
  if (oid == 0 || oid == known::default_ || oid == known::c || oid == known::posix) return nullptr;
  const CollationInfo* info = catalog.collation(oid);
  if (info == nullptr) return nullptr;
  if (info->provider == 'i') return &types::Collator::icu(std::string(info->icu_locale), info->deterministic);
  return is_c_utf8(info->ctype) ? &types::Collator::c_utf8() : nullptr;
}

}  // namespace catalog
