// What a publication's WHERE may ask: the publisher evaluates it away from the session.
#include <algorithm>

#include "publication.h"
#include "query/walk.h"

namespace commands {
namespace {

[[noreturn]] void refuse_filter(const query::Expression& at, const char* detail) {
  int location = at.location;
  // x IN (SELECT ..) begins with x.
  if (const auto* subquery = std::get_if<query::Subquery>(&at.node); subquery != nullptr && !subquery->left.empty())
    location = std::min(location, subquery->left[0]->location);
  // So does x + y.
  if (const auto* call = std::get_if<query::Call>(&at.node);
      call != nullptr && call->form == query::CallForm::operator_ && call->arguments.size() == 2 && call->arguments[0]->location >= 0)
    location = std::min(location, call->arguments[0]->location);
  throw SqlError("0A000", "invalid publication WHERE expression").with_detail(detail).at(location);
}

constexpr const char* kOnlySimple =
    "Only columns, constants, built-in operators, built-in data types, built-in collations, and immutable built-in "
    "functions are allowed.";

void require_function(Ddl& ddl, const query::Expression& at, Oid oid) {
  const catalog::FunctionInfo* function = ddl.catalog().function(oid);
  if (oid >= types::kFirstNormalOid || (function != nullptr && function->volatility != 'i'))
    refuse_filter(at, "User-defined or built-in mutable functions are not allowed.");
}

void require_simple(Ddl& ddl, const query::Expression& e) {
  if (const auto* column = std::get_if<query::ColumnReference>(&e.node); column != nullptr && column->column < 0 && column->column != query::kWholeRowColumn)
    refuse_filter(e, "System columns are not allowed.");
  if (const auto* call = std::get_if<query::Call>(&e.node)) {
    if (call->operator_ >= types::kFirstNormalOid) refuse_filter(e, "User-defined operators are not allowed.");
    require_function(ddl, e, call->function);
  }
  if (std::holds_alternative<query::Aggregate>(e.node) || std::holds_alternative<query::Subquery>(e.node) ||
      std::holds_alternative<query::CoerceViaIo>(e.node))
    refuse_filter(e, kOnlySimple);
  if (e.type.oid >= types::kFirstNormalOid) refuse_filter(e, "User-defined types are not allowed.");
  if (e.type.collation >= types::kFirstNormalOid) refuse_filter(e, "User-defined collations are not allowed.");
  query::for_each_child(e, [&](const query::Expression& child) { require_simple(ddl, child); });
}

}  // namespace

void require_row_filter(Ddl& ddl, const query::Expression& filter) { require_simple(ddl, filter); }

}  // namespace commands
