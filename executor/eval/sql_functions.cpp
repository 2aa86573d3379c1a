#include "sql_functions.h"

#include <string_view>
#include <vector>

#include "types/array.h"

namespace eval {

using query::Expression;
using query::ExpressionPtr;
using types::Oid;

namespace {

constexpr Oid kSqlLanguage = 14;

ExpressionPtr as_text(ExpressionPtr argument) {
  if (argument->type.oid == types::oid::text) return argument;
  auto cast = std::make_unique<Expression>();
  cast->type = {types::oid::text, -1, types::collation::default_};
  cast->node = query::CoerceViaIo{std::move(argument), query::CallForm::implicit_cast};
  return cast;
}

ExpressionPtr constant(const types::Datum& value, types::TypeRef type) {
  auto e = std::make_unique<Expression>();
  e->type = type;
  e->node = query::Constant(value);
  return e;
}

ExpressionPtr int4(std::int32_t value) {
  return constant(types::Datum::of(value), {types::oid::int4});
}

// The built-in function of that name and exactly these argument types, called.
ExpressionPtr make_call(catalog::CatalogView& catalog, std::string_view name, types::TypeRef result,
                        std::vector<ExpressionPtr> arguments) {
  for (const catalog::FunctionInfo* info : catalog::Builtins::get().functions_by_name(name)) {
    if (info->arguments.size() != arguments.size() || info->language == kSqlLanguage) continue;
    bool same = true;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      same = same && info->arguments[i] == catalog.base_type(arguments[i]->type.oid);
    if (!same) continue;
    auto e = std::make_unique<Expression>();
    e->type = result;
    query::Call call;
    call.function = info->oid;
    call.input_collation = result.collation;
    call.arguments = std::move(arguments);
    e->node = std::move(call);
    return e;
  }
  return nullptr;
}

}  // namespace

ExpressionPtr inline_sql_function(catalog::CatalogView& catalog, const Expression& expression,
                                  const query::Call& call) {
  const catalog::FunctionInfo* info = catalog.function(call.function);
  if (info == nullptr || info->language != kSqlLanguage || info->schema != catalog::kPgCatalogSchema)
    return nullptr;
  std::vector<ExpressionPtr> arguments;
  for (const ExpressionPtr& a : call.arguments) arguments.push_back(query::clone(*a));
  const std::string_view name = info->name;
  auto again = [&](std::string_view function) {
    return make_call(catalog, function, expression.type, std::move(arguments));
  };
  if (name == "textanycat" || name == "anytextcat") {
    for (ExpressionPtr& a : arguments) a = as_text(std::move(a));
    return again("textcat");
  }
  if ((name == "quote_literal" || name == "quote_nullable") && arguments.size() == 1) {
    arguments[0] = as_text(std::move(arguments[0]));
    return again(name);
  }
  if ((name == "lpad" || name == "rpad") && arguments.size() == 2) {
    auto space = std::make_unique<Expression>();
    space->type = {types::oid::text, -1, types::collation::default_};
    space->node = query::Constant::varlen(" ");
    arguments.push_back(std::move(space));
    return again(name);
  }
  if ((name == "round" || name == "trunc") && arguments.size() == 1) {
    arguments.push_back(int4(0));
    return again(name);
  }
  if ((name == "log" || name == "log10") && arguments.size() == 1) {
    auto ten = make_call(catalog, "numeric", {types::oid::numeric}, [] {
      std::vector<ExpressionPtr> list;
      list.push_back(int4(10));
      return list;
    }());
    if (!ten) return nullptr;
    arguments.insert(arguments.begin(), std::move(ten));
    return again("log");
  }
  if (name == "bit_length" && arguments.size() == 1) {
    const auto text_type = expression.type;
    auto bytes = make_call(catalog, "octet_length", text_type, std::move(arguments));
    if (!bytes) return nullptr;
    std::vector<ExpressionPtr> factors;
    factors.push_back(std::move(bytes));
    factors.push_back(int4(8));
    return make_call(catalog, "int4mul", expression.type, std::move(factors));
  }
  if (name == "age" && arguments.size() == 1) {
    auto today = std::make_unique<Expression>();
    today->type = {types::oid::date};
    today->node = query::SqlValueFunction{query::SqlValue::current_date};
    const types::TypeRef type = arguments[0]->type;
    std::vector<ExpressionPtr> list;
    list.push_back(std::move(today));
    auto midnight = make_call(catalog, catalog.type(type.oid)->name, type, std::move(list));
    if (!midnight) return nullptr;
    arguments.insert(arguments.begin(), std::move(midnight));
    return again(name);
  }
  // Without namespaces.
  if ((name == "xpath" || name == "xpath_exists") && arguments.size() == 2) {
    constexpr Oid kTextArray = 1009;
    types::Arena arena(64);
    auto none = std::make_unique<Expression>();
    none->type = {kTextArray, -1, types::collation::default_};
    none->node = query::Constant::varlen(
        std::string(types::ArrayBuilder(types::oid::text, types::PhysicalType::varlen).finish(arena).as<std::string_view>()));
    arguments.push_back(std::move(none));
    return again(name);
  }
  // $2 + $1
  if (arguments.size() == 2 && (name.find("pl_") != std::string_view::npos ||
                                name == "timedate_pl" || name == "timetzdate_pl")) {
    std::swap(arguments[0], arguments[1]);
    for (const catalog::OperatorInfo* op : catalog::Builtins::get().operators_by_name("+")) {
      if (op->left != arguments[0]->type.oid || op->right != arguments[1]->type.oid) continue;
      auto e = std::make_unique<Expression>();
      e->type = expression.type;
      query::Call sum;
      sum.function = op->function;
      sum.arguments = std::move(arguments);
      e->node = std::move(sum);
      return e;
    }
  }
  return nullptr;
}

}  // namespace eval
