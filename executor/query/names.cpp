#include "query/names.h"

#include <array>

namespace query {

const char* object_kind_name(ObjectKind kind) {
  // In the order of the enumeration.
  static constexpr std::array kNames = {
      "access method", "aggregate", "cast", "column", "collation", "conversion", "database",
      "default ACL", "domain", "event trigger", "extension", "foreign-data wrapper", "server",
      "foreign table", "function", "index", "language", "large object", "materialized view",
      "operator", "operator class", "operator family", "policy", "procedure", "publication",
      "role", "routine", "rule", "schema", "sequence", "statistics object", "subscription",
      "table", "constraint", "constraint", "tablespace", "trigger", "text search configuration",
      "text search dictionary", "text search parser", "text search template", "type", "attribute",
      "view", "parameter", "transform", "user mapping", "publication schema", "publication table"};
  static_assert(kNames.size() == static_cast<std::size_t>(ObjectKind::publication_table) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

const std::string& Option::value() const {
  static const std::string kEmpty;
  return values.empty() ? kEmpty : values.front();
}

}  // namespace query
