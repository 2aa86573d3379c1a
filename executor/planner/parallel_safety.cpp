#include "parallel.h"

#include <algorithm>
#include <array>

#include "rewrite.h"

namespace planner {

namespace {

constexpr types::Oid kInternalLanguage = 12;

// Values of these types are read, compared and computed with without a look at the catalogue.
bool is_plain_type(types::Oid type) {
  static constexpr std::array<types::Oid, 47> kPlain{
      16,  17,  18,   19,   20,   21,   23,   25,   26,   114,  700,  701,  790,  829,  869,  650,
      774, 1000, 1001, 1002, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1042, 1043,
      1082, 1083, 1114, 1115, 1182, 1184, 1185, 1186, 1187, 1231, 1266, 1560, 1562, 1700, 2950};
  return std::find(kPlain.begin(), kPlain.end(), type) != kPlain.end();
}

bool is_time_type(types::Oid type) {
  return type == 1082 || type == 1083 || type == 1114 || type == 1184 || type == 1186 || type == 1266;
}

// A kernel that reads its arguments and the settings of formats, nothing else.
bool is_safe_function(types::Oid function, catalog::CatalogView& catalog) {
  if (function >= types::kFirstNormalOid) return false;
  const catalog::FunctionInfo* info = catalog.function(function);
  if (info == nullptr || info->language != kInternalLanguage || info->parallel != 's' || info->returns_set)
    return false;
  if (info->volatility == 'i') return true;
  // Of the stable ones, those that are so because of the time zone.
  return info->volatility == 's' &&
         (info->name == "now" || std::any_of(info->arguments.begin(), info->arguments.end(), is_time_type));
}

}  // namespace

bool is_worker_safe(const query::Expression& e, catalog::CatalogView& catalog) {
  if (!is_plain_type(e.type.oid)) return false;
  if (const auto* call = std::get_if<query::Call>(&e.node)) return is_safe_function(call->function, catalog);
  if (const auto* op = std::get_if<query::ScalarArrayOp>(&e.node))
    return is_safe_function(op->function, catalog);
  if (const auto* null_if = std::get_if<query::NullIf>(&e.node))
    return is_safe_function(null_if->equality.function, catalog);
  if (const auto* distinct = std::get_if<query::IsDistinct>(&e.node))
    return is_safe_function(distinct->equality.function, catalog);
  if (const auto* column = std::get_if<query::ColumnReference>(&e.node))
    return column->levels_up == 0 && column->column >= 0;
  return std::holds_alternative<query::Constant>(e.node) || std::holds_alternative<query::Parameter>(e.node) ||
         std::holds_alternative<query::Relabel>(e.node) ||
         std::holds_alternative<query::BooleanExpression>(e.node) ||
         std::holds_alternative<query::Test>(e.node) || std::holds_alternative<query::Case>(e.node) ||
         std::holds_alternative<query::CaseValue>(e.node) || std::holds_alternative<query::Coalesce>(e.node) ||
         std::holds_alternative<query::MinMax>(e.node) || std::holds_alternative<query::ArrayConstructor>(e.node);
}

bool may_be_parallel(query::Query& query, catalog::CatalogView& catalog) {
  if (query.command != query::CommandKind::select || !query.row_locks.empty()) return false;
  for (const query::CommonTable& table : query.with)
    if (!may_be_parallel(*table.query, catalog)) return false;
  bool safe = true;
  auto use = [&](types::Oid function) {
    const catalog::FunctionInfo* info = catalog.function(function);
    safe = safe && info != nullptr && info->parallel != 'u';
  };
  auto look = [&](const Expression& e, int) {
    if (const auto* call = std::get_if<query::Call>(&e.node)) use(call->function);
    else if (const auto* aggregate = std::get_if<query::Aggregate>(&e.node)) use(aggregate->function);
    else if (const auto* window = std::get_if<query::WindowCall>(&e.node)) use(window->function);
    return safe;
  };
  visit(query, 0, look);
  visit_queries(query, 0, [&](query::Query& part, int) {
    for (const query::RangeTableEntry& entry : part.range_table)
      for (const ExpressionPtr& condition : entry.security) visit(*condition, 0, look);
  });
  return safe;
}

}  // namespace planner
