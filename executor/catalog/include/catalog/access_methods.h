// Index access methods, and what each is here.
#pragma once

#include <span>
#include <string_view>

#include "catalog/builtin.h"
#include "catalog/catalog_view.h"
#include "inverted/source.h"

namespace catalog {

// pg_am.
inline constexpr Oid kGist = 783, kGin = 2742, kBrin = 3580, kSpgist = 4000;

// What keys an operator class of a method makes of a column; `none`: one, the value itself.
inverted::Source inverted_source(CatalogView& catalog, const OperatorClassInfo& operator_class);

// As inverted::PlacedCondition has it: the strategy of an operator of the class, asked with a value of the type.
int placed_strategy(CatalogView& catalog, const OperatorClassInfo& operator_class, Oid operator_, Oid value_type);

// Of an index of an EXCLUDE constraint: pg_operator.oid for each key.
std::span<const Oid> exclusion_operators(const RelationDescriptor& table, const IndexDescriptor& index);

// "btree", ...; empty when there is no such method.
std::string_view method_name(Oid method);
Oid method_by_name(std::string_view name);  // 0: none

// pg_index_column_has_property() and the like ask the same things: what CREATE INDEX allows.
struct MethodAbilities {
  bool ordered = false;        // ASC, DESC, NULLS FIRST
  bool unique = false;
  bool multicolumn = false;
  bool include = false;
};
MethodAbilities abilities_of(Oid method);

}  // namespace catalog
