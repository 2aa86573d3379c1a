// Names of the catalogue's objects for printed expressions.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog_view.h"
#include "query/deparse.h"

namespace catalog {

// As the search path has them. What an index is inferred from is not known here.
class ObjectNames : public query::DeparseNames {
 public:
  explicit ObjectNames(CatalogView& catalog, const types::FormatSettings* format = nullptr)
      : catalog_(catalog), format_(format) {}

  std::string type_name(const types::TypeRef& type) override;
  std::string function_name(Oid oid) override;
  std::string operator_name(Oid oid) override;
  std::string relation_name(Oid oid, bool qualify) override;
  std::string relation_own_name(Oid oid) override;
  std::vector<std::string> relation_columns(Oid oid) override;
  std::string collation_name(Oid oid) override;
  std::string field_name(Oid type, int field) override;
  std::string result_field_name(Oid function, int field) override;
  std::string value_text(Oid type, const types::Datum& value) override;
  Oid column_collation(Oid type) override;
  std::string quote(const std::string& name) override;
  std::string index_columns(Oid) override { return {}; }

 private:
  CatalogView& catalog_;
  const types::FormatSettings* format_;  // null: the defaults
};

}  // namespace catalog
