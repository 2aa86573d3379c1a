#include "eval/constant_value.h"

#include "eval/compile.h"
#include "leaf_nodes.h"
#include "types/sql_error.h"

namespace eval {

std::optional<query::Constant> constant_value(catalog::CatalogView& catalog, const query::Expression& call) {
  try {
    Compiler compiler(catalog, nullptr);
    const NodePtr node = compiler.compile(call);
    const auto* constant = dynamic_cast<const ConstantNode*>(node.get());
    if (constant == nullptr) return std::nullopt;
    const types::Datum value = constant->vector().datum(0);
    if (!value.is_null && constant->physical() == types::PhysicalType::varlen)
      return query::Constant::varlen(std::string(value.as<std::string_view>()));
    return query::Constant(value);
  } catch (const types::SqlError&) {
    return std::nullopt;
  }
}

}  // namespace eval
