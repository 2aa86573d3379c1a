// What the files about FROM share.
#pragma once

#include "analysis.h"

namespace analyzer {

struct FromItem {
  std::unique_ptr<query::JoinTree> tree;
  NamespaceItemPtr main;                 // all columns of the item as a whole
  std::vector<NamespaceItemPtr> items;   // everything that it puts in reach
};

FromItem transform_from_item(Scope& scope, const ast::Node* node);
FromItem transform_join(Scope& scope, const ast::Join& join);
NamespaceItemPtr transform_range_function(Scope& scope, const ast::RangeFunction& function);

// xml.cpp
NamespaceItemPtr transform_xml_table(Scope& scope, const ast::RangeTableFunction& table);
// Whether the expression names what stands in the same FROM.
bool refers_to_siblings(const Expression& expression);

NamespaceItemPtr add_entry(Scope& scope, query::RangeTableEntry entry);
void apply_alias(query::RangeTableEntry& entry, const ast::Alias* alias, std::string_view kind_name);
void apply_column_aliases(query::RangeTableEntry& entry, ast::Names names, std::string_view kind_name);
void set_lateral(std::span<const NamespaceItemPtr> items, bool only, bool ok);

}  // namespace analyzer
