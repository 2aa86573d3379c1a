#include "catalog/collators.h"

#include "types/collator.h"
#include "types/sql_error.h"

namespace catalog {

const types::Collator* collator(CatalogView& catalog, Oid oid) {
  namespace known = types::collation;
  if (oid == 0 || oid == known::default_ || oid == known::c || oid == known::posix) return nullptr;
  const CollationInfo* info = catalog.collation(oid);
  if (info == nullptr) return nullptr;
  if (info->provider == 'i') return &types::Collator::icu(std::string(info->icu_locale), info->deterministic);
  return is_c_utf8(info->ctype) ? &types::Collator::c_utf8() : nullptr;
}

namespace {

// Null: bytes.
const types::Collator* order_of(CatalogView& catalog, Oid collation) {
  const types::Collator* found = collator(catalog, collation);
  return found == nullptr || found->bytewise() ? nullptr : found;
}

}  // namespace

bool same_order(CatalogView& catalog, Oid a, Oid b) { return a == b || order_of(catalog, a) == order_of(catalog, b); }

Oid order_collation(Oid operator_class, Oid collation) {
  constexpr Oid kTextPattern = 4217, kVarcharPattern = 4218, kBpcharPattern = 4219;
  const bool bytes = operator_class == kTextPattern || operator_class == kVarcharPattern || operator_class == kBpcharPattern;
  return bytes ? Oid{0} : collation;
}

const types::TypeSupport* collated_key(CatalogView& catalog, Oid type, Oid collation, const char* what) {
  const types::Collator* found = order_of(catalog, collation);
  if (found == nullptr) return nullptr;
  const types::TypeSupport* support = found->support(catalog.base_type(type));
  if (support == nullptr)
    throw types::SqlError::not_supported(std::string(what) + " over type " + catalog.format_type(type) +
                                         " under collation \"" + std::string(catalog.collation(collation)->name) + "\"");
  return support;
}

}  // namespace catalog
