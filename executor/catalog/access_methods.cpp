#include "catalog/access_methods.h"

#include <array>

namespace catalog {

namespace {

struct Method {
  Oid oid;
  std::string_view name;
  MethodAbilities abilities;
};
constexpr std::array kMethods = {
    Method{kBtree, "btree", {.ordered = true, .unique = true, .multicolumn = true, .include = true}},
    Method{kHash, "hash", {}},
    Method{kGist, "gist", {.multicolumn = true, .include = true}},
    Method{kGin, "gin", {.multicolumn = true}},
    Method{kSpgist, "spgist", {.include = true}},
    Method{kBrin, "brin", {.multicolumn = true}},
};

}  // namespace

inverted::Source inverted_source(CatalogView& catalog, const OperatorClassInfo& operator_class) {
  using inverted::Source;
  if (operator_class.oid >= types::kFirstNormalOid) {
    // An extension's: what makes the keys of a value tells.
    constexpr int kGinKeys = 2, kGistCompress = 3;
    const FunctionInfo* maker = nullptr;
    if (operator_class.method == kGin) maker = catalog.function(catalog.operator_class_procedure(operator_class.oid, kGinKeys));
    if (operator_class.method == kGist) maker = catalog.function(catalog.operator_class_procedure(operator_class.oid, kGistCompress));
    if (maker == nullptr) return Source::none;
    if (maker->source == "gin_extract_value_trgm" || maker->source == "gtrgm_compress") return Source::trigrams;
    if (maker->source == "gin_extract_hstore" || maker->source == "ghstore_compress") return Source::hstore;
    return maker->source == "ginarrayextract" ? Source::array : Source::none;
  }
  if (operator_class.method == kGist)
    return operator_class.name == "tsvector_ops" ? Source::tsvector : Source::none;
  if (operator_class.method != kGin) return Source::none;
  if (operator_class.name == "array_ops") return Source::array;
  if (operator_class.name == "jsonb_ops") return Source::jsonb;
  if (operator_class.name == "jsonb_path_ops") return Source::jsonb_path;
  return operator_class.name == "tsvector_ops" ? Source::tsvector : Source::none;
}

std::string_view method_name(Oid method) {
  for (const Method& m : kMethods)
    if (m.oid == method) return m.name;
  return {};
}

Oid method_by_name(std::string_view name) {
  for (const Method& m : kMethods)
    if (m.name == name) return m.oid;
  return 0;
}

MethodAbilities abilities_of(Oid method) {
  for (const Method& m : kMethods)
    if (m.oid == method) return m.abilities;
  return {};
}

}  // namespace catalog
