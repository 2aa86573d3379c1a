#include "eval/compile.h"
#include "functions/function.h"
#include "functions/user_functions.h"
#include "types/sql_error.h"

namespace eval {

std::string function_signature(catalog::CatalogView& catalog, types::Oid function) {
  const catalog::FunctionInfo* info = catalog.function(function);
  if (info == nullptr) return "function with OID " + std::to_string(function);
  std::string text = "function " + std::string(info->name) + "(";
  for (std::size_t i = 0; i < info->arguments.size(); ++i) {
    if (i > 0) text += ", ";
    text += catalog.format_type(info->arguments[i]);
  }
  return text + ")";
}

ResolvedCall resolve_call(catalog::CatalogView& catalog, types::Oid function,
                          std::vector<types::TypeRef> arguments, types::TypeRef result,
                          types::Oid collation, bool variadic_array) {
  const catalog::FunctionInfo* info = catalog.function(function);
  if (info == nullptr)
    throw types::SqlError("42883", "function with OID " + std::to_string(function) +
                                       " does not exist");
  ResolvedCall resolved;
  resolved.kernel = catalog::is_user_written(*info) ? &functions::call_user_function
                                                     : functions::find_scalar(info->source);
  if (resolved.kernel == nullptr)
    throw types::SqlError::not_supported(function_signature(catalog, function));
  resolved.is_volatile = info->volatility == 'v';
  // A user's function is never called before the plan runs.
  resolved.is_immutable = info->volatility == 'i' && !catalog::is_user_written(*info);
  functions::FunctionCall call;
  call.function = function;
  call.result = result;
  call.collation = collation;
  call.variadic_array = variadic_array;
  resolved.site = CallSite(call, std::move(arguments));
  return resolved;
}

const types::TypeSupport& type_support(catalog::CatalogView& catalog, types::Oid type) {
  const types::TypeSupport* support = catalog.find_support(type);
  if (support == nullptr)
    throw types::SqlError::not_supported("type " + catalog.format_type(type));
  return *support;
}

types::PhysicalType physical_type(catalog::CatalogView& catalog, types::Oid type) {
  if (const types::TypeSupport* support = catalog.find_support(type)) return support->physical;
  switch (type) {
    // Never looked at: nulls of unknown type, results of void functions.
    case types::oid::unknown: case types::oid::cstring: return types::PhysicalType::varlen;
    case types::oid::void_: return types::PhysicalType::int32;
    case types::oid::record: return types::PhysicalType::varlen;
    default: break;
  }
  const catalog::TypeInfo* info = catalog.type(type);
  if (info != nullptr) {
    if (info->kind == 'c' || info->kind == 'r' || info->kind == 'm' || info->is_true_array)
      return types::PhysicalType::varlen;
    if (info->length == -1) return types::PhysicalType::varlen;
  }
  throw types::SqlError::not_supported("type " + catalog.format_type(type));
}

}  // namespace eval
