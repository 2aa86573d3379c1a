// One type for several expressions: UNION, CASE, ARRAY, VALUES, IN, COALESCE, GREATEST.
#include <fmt/format.h>

#include "coerce.h"

namespace analyzer {

Oid select_common_type(Scope& scope, const std::vector<Expression*>& expressions,
                       const char* what) {
  auto& catalog = scope.catalog();
  Oid type = expressions.front()->type.oid;
  std::size_t at = 1;
  if (type != oid::unknown) {
    while (at < expressions.size() && expressions[at]->type.oid == type) ++at;
    if (at == expressions.size()) return type;
  }
  type = catalog.base_type(type);
  char category = type_category(scope, type);
  bool preferred = is_preferred(scope, category, type);
  Oid shown = type;
  for (; at < expressions.size(); ++at) {
    Oid next = catalog.base_type(expressions[at]->type.oid);
    if (next == oid::unknown || next == type) continue;
    char next_category = type_category(scope, next);
    bool next_preferred = is_preferred(scope, next_category, next);
    if (type == oid::unknown) {
      type = shown = next;
      category = next_category;
      preferred = next_preferred;
    } else if (next_category != category) {
      if (!what) return 0;
      throw SqlError("42804", fmt::format("{} types {} and {} cannot be matched", what,
                                          type_name(scope, shown), type_name(scope, next)))
          .at(location_of(*expressions[at]));
    } else if (!preferred && can_coerce(scope, type, next, Context::implicit) &&
               !can_coerce(scope, next, type, Context::implicit)) {
      type = shown = next;
      category = next_category;
      preferred = next_preferred;
    }
  }
  return type == oid::unknown ? oid::text : type;
}

Oid select_common_type(Scope& scope, const std::vector<ExpressionPtr>& expressions,
                       const char* what) {
  std::vector<Expression*> pointers;
  pointers.reserve(expressions.size());
  for (const auto& e : expressions) pointers.push_back(e.get());
  return select_common_type(scope, pointers, what);
}

std::int32_t select_common_typmod(const std::vector<ExpressionPtr>& expressions, Oid type) {
  std::int32_t typmod = -1;
  bool first = true;
  for (const auto& e : expressions) {
    if (e->type.oid != type) return -1;
    if (first) typmod = e->type.typmod;
    else if (typmod != e->type.typmod) return -1;
    first = false;
  }
  return typmod;
}

ExpressionPtr coerce_to_common(Scope& scope, ExpressionPtr expression, Oid type, const char* what) {
  Oid input = expression->type.oid;
  if (input == type) return expression;
  if (can_coerce(scope, input, type, Context::implicit))
    return coerce(scope, std::move(expression), type_ref(scope, type), Context::implicit,
                  query::CallForm::implicit_cast, -1);
  throw SqlError("42846", fmt::format("{} could not convert type {} to {}", what,
                                      type_name(scope, input), type_name(scope, type)))
      .at(location_of(*expression));
}

}  // namespace analyzer
