#include "catalog/access_methods.h"

#include <array>

#include "inverted/placement.h"
#include "table/table.h"

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
    constexpr int kGinKeys = 2, kGistConsistent = 1, kGistCompress = 3;
    const FunctionInfo* maker = nullptr;
    if (operator_class.method == kGin) maker = catalog.function(catalog.operator_class_procedure(operator_class.oid, kGinKeys));
    if (operator_class.method == kGist) maker = catalog.function(catalog.operator_class_procedure(operator_class.oid, kGistCompress));
    // Without one that makes keys, values are keys as they are.
    if (maker == nullptr && operator_class.method == kGist)
      maker = catalog.function(catalog.operator_class_procedure(operator_class.oid, kGistConsistent));
    if (maker == nullptr) return Source::none;
    if (maker->source == "g_cube_consistent") return Source::cube;
    if (maker->source == "gin_extract_value_trgm" || maker->source == "gtrgm_compress") return Source::trigrams;
    if (maker->source == "gin_extract_hstore" || maker->source == "ghstore_compress") return Source::hstore;
    constexpr int kGinQueryKeys = 3;
    if (maker->source == "ltree_compress") return Source::path;
    if (maker->source == "_ltree_compress") return Source::path_list;
    if (maker->source == "g_int_compress" || maker->source == "g_intbig_compress") return Source::integers;
    if (maker->source == "ginarrayextract") {
      const FunctionInfo* query = catalog.function(catalog.operator_class_procedure(operator_class.oid, kGinQueryKeys));
      return query != nullptr && query->source == "ginint4_queryextract" ? Source::integers : Source::array;
    }
    // btree_gin's: gin_extract_value_int4 and the like.
    if (maker->source.starts_with("gin_extract_value_")) return Source::value;
    // btree_gist's: gbt_int4_compress and the like.
    if (maker->source.starts_with("gbt_") && maker->source.ends_with("_compress")) return Source::scalar;
    return Source::none;
  }
  if (operator_class.method == kGist || operator_class.method == kSpgist) {
    struct Class {
      Oid method;
      std::string_view name;
      Source source;
    };
    constexpr Class kClasses[] = {
        {kGist, "tsvector_ops", Source::tsvector},    {kGist, "range_ops", Source::range},
        {kSpgist, "range_ops", Source::range},        {kGist, "multirange_ops", Source::multirange},
        {kGist, "point_ops", Source::point},          {kSpgist, "quad_point_ops", Source::point},
        {kSpgist, "kd_point_ops", Source::point},     {kGist, "box_ops", Source::box},
        {kSpgist, "box_ops", Source::box},            {kGist, "poly_ops", Source::polygon},
        {kSpgist, "poly_ops", Source::polygon},       {kGist, "circle_ops", Source::circle},
        {kGist, "inet_ops", Source::network},         {kSpgist, "inet_ops", Source::network},
        {kSpgist, "text_ops", Source::bytes},
    };
    for (const Class& known : kClasses)
      if (known.method == operator_class.method && known.name == operator_class.name) return known.source;
    return Source::none;
  }
  if (operator_class.method != kGin) return Source::none;
  if (operator_class.name == "array_ops") return Source::array;
  if (operator_class.name == "jsonb_ops") return Source::jsonb;
  if (operator_class.name == "jsonb_path_ops") return Source::jsonb_path;
  return operator_class.name == "tsvector_ops" ? Source::tsvector : Source::none;
}

int placed_strategy(CatalogView& catalog, const OperatorClassInfo& operator_class, Oid operator_, Oid value_type) {
  const int strategy = catalog.search_strategy(operator_class.family, operator_);
  if (strategy == 0) return 0;
  const inverted::Source source = inverted_source(catalog, operator_class);
  if (source != inverted::Source::range && source != inverted::Source::multirange) return strategy;
  const TypeInfo* type = catalog.type(catalog.base_type(value_type));
  return type != nullptr && type->kind == 'm' ? strategy | inverted::kMultirangeQuery : strategy;
}

std::span<const Oid> exclusion_operators(const RelationDescriptor& table, const IndexDescriptor& index) {
  const table::Exclusion* const exclusion = table.storage->exclusion(index.storage_index);
  return exclusion == nullptr ? std::span<const Oid>() : exclusion->operators;
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
