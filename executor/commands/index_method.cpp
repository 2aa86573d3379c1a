#include "index_method.h"

#include "catalog/access_methods.h"
#include "relation_rows.h"

namespace commands {

Oid require_method(const query::CreateIndex& statement) {
  const std::string& name = statement.access_method;
  const Oid method = catalog::method_by_name(name);
  if (method == 0) throw SqlError("42704", "access method \"" + name + "\" does not exist");
  const catalog::MethodAbilities abilities = catalog::abilities_of(method);
  const auto refuse = [&](const char* what) {
    throw SqlError("0A000", "access method \"" + name + "\" does not support " + what);
  };
  if (statement.unique && !abilities.unique) refuse("unique indexes");
  if (!statement.include.empty() && !abilities.include) refuse("included columns");
  if (statement.elements.size() > 1 && !abilities.multicolumn) refuse("multicolumn indexes");
  return method;
}

void require_served(Ddl& ddl, const catalog::IndexKey& key, Oid method) {
  const catalog::OperatorClassInfo* own = ddl.catalog().operator_class(key.operator_class);
  if (method == catalog::kBtree || own == nullptr) return;
  const inverted::Source source = catalog::inverted_source(ddl.catalog(), *own);
  if (source == inverted::Source::array) {
    // Its elements are the keys.
    const Oid element = ddl.catalog().base_type(ddl.catalog().element_type(ddl.catalog().base_type(key.type.oid)));
    const types::TypeSupport* support = ddl.catalog().find_support(element);
    if (support == nullptr || support->encode_key == nullptr)
      throw SqlError::not_supported("an index over type " + ddl.catalog().format_type(element));
  }
  if (source != inverted::Source::none || method == catalog::kHash) return;
  // Summaries of one interval: a tree of the values themselves answers what they do.
  if (method == catalog::kBrin && own->name.find("_inclusion_ops") == std::string_view::npos) return;
  throw SqlError::not_supported("operator class \"" + std::string(own->name) + "\" of access method \"" +
                                std::string(catalog::method_name(method)) + "\"")
      .with_hint(method == catalog::kBrin
                     ? "Of brin there are the minmax and bloom classes."
                     : "A btree index serves comparisons, a gin index arrays, jsonb and tsvector.");
}

std::vector<std::string> stored_options(Ddl& ddl, Oid index) {
  RowReader rows = ddl.writer().read(pg_class::kOid, 0, {key_oid(index)});
  if (!rows.next() || rows.row().is_null(pg_class::reloptions)) return {};
  return rows.row().strings(pg_class::reloptions);
}

}  // namespace commands
