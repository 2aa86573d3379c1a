#include "eval/collated.h"

#include <algorithm>
#include <iterator>

#include "eval/compile.h"
#include "catalog/collators.h"
#include "catalog/internal_functions.h"
#include "extensions/extension.h"
#include "functions/collated.h"
#include "functions/function.h"
#include "functions/type_functions.h"
#include "functions/user_functions.h"
#include "types/array.h"
#include "types/collator.h"
#include "types/sql_error.h"
#include "types/user_type.h"

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

namespace {

std::string under(catalog::CatalogView& catalog, types::Oid collation) {
  const catalog::CollationInfo* info = catalog.collation(collation);
  return " under collation \"" + std::string(info == nullptr ? "" : info->name) + "\"";
}

// Whether values of the type are or contain strings that are ordered by a collation.
bool is_collatable(catalog::CatalogView& catalog, types::Oid type) {
  const catalog::TypeInfo* info = catalog.type(type);
  return info != nullptr && info->collation != 0;
}

// What a built-in function does under its input collation; null when that is not built.
functions::ScalarKernel kernel_of(std::string_view name, types::Oid collation, const types::Collator* collator, bool collatable) {
  const functions::ScalarKernel plain = functions::find_scalar(name);
  if (collation != 0 && collator == nullptr) return plain;
  const functions::CollatedFunction* collated = functions::find_collated(name);
  if (collated == nullptr) return plain;
  if (collation == 0) return collatable && collated->indeterminate != nullptr ? collated->indeterminate : plain;
  if (collator->bytewise()) return collated->bytewise;
  return collator->deterministic() ? collated->deterministic : collated->nondeterministic;
}

// A type's own input or output function; null: neither.
functions::ScalarKernel type_function(catalog::CatalogView& catalog, const catalog::FunctionInfo& function,
                                      const std::vector<types::TypeRef>& arguments, types::Oid result) {
  if (arguments.empty()) return nullptr;
  const auto is_of = [&](types::Oid type, types::Oid catalog::TypeInfo::*which) {
    const catalog::TypeInfo* info = catalog.type(type);
    return info != nullptr && info->*which == function.oid && catalog.find_support(type) != nullptr;
  };
  if (function.arguments[0] == types::oid::cstring)
    return is_of(result, &catalog::TypeInfo::input) ? functions::kTypeInput : nullptr;
  return function.result == types::oid::cstring && is_of(arguments[0].oid, &catalog::TypeInfo::output) ? functions::kTypeOutput
                                                                                                      : nullptr;
}

// Though it is called immutable: the time zone, or how values are shown.
bool reads_settings(const catalog::FunctionInfo& function) {
  return function.result == types::oid::cstring || function.source == "timestamptz_age";
}

}  // namespace

ResolvedCall resolve_call(catalog::CatalogView& catalog, types::Oid function,
                          std::vector<types::TypeRef> arguments, types::TypeRef result,
                          types::Oid collation, bool variadic_array) {
  const catalog::FunctionInfo* info = catalog.function(function);
  if (info == nullptr)
    throw types::SqlError("42883", "function with OID " + std::to_string(function) +
                                       " does not exist");
  const types::Collator* collator = catalog::collator(catalog, collation);
  ResolvedCall resolved;
  const catalog::FunctionInfo* called = info;
  if (catalog::is_user_internal(*info)) {
    // The kernel is told of the built-in function's own types, whatever the user's are called.
    const catalog::FunctionInfo* built_in = catalog::internal_function_of(catalog, *info);
    if (built_in == nullptr)
      throw types::SqlError::not_supported(function_signature(catalog, function) + " as the built-in function " +
                                           std::string(info->source));
    called = built_in;
    for (std::size_t i = 0; i < arguments.size() && i < built_in->arguments.size(); ++i)
      if (info->arguments[i] != built_in->arguments[i] && built_in->arguments[i] != types::oid::any) arguments[i].oid = built_in->arguments[i];
    if (info->result != built_in->result) result.oid = built_in->result;
  }
  const bool collatable =
      std::ranges::any_of(arguments, [&](const types::TypeRef& argument) { return is_collatable(catalog, argument.oid); });
  resolved.kernel = catalog::is_user_written(*info)            ? &functions::call_user_function
                    : info->language == extensions::kLanguage ? extensions::find_scalar(info->source)
                                                               : kernel_of(info->source, collation, collator, collatable);
  if (resolved.kernel == nullptr) resolved.kernel = type_function(catalog, *called, arguments, result.oid);
  if (resolved.kernel == nullptr)
    throw types::SqlError::not_supported(function_signature(catalog, function) +
                                         (collator != nullptr ? under(catalog, collation) : std::string()));
  // What an extension compares by bytes has no other order.
  if (info->language == extensions::kLanguage && collator != nullptr && !collator->bytewise())
    for (const types::TypeRef& argument : arguments) {
      const catalog::TypeInfo* type = catalog.type(argument.oid);
      if (type != nullptr && type->oid >= types::kFirstNormalOid && type->collation != 0)
        throw types::SqlError::not_supported(function_signature(catalog, function) + under(catalog, collation));
    }
  resolved.is_volatile = info->volatility == 'v';
  // A user's function is never called before the plan runs.
  resolved.is_immutable = info->volatility == 'i' && !catalog::is_user_written(*info) && !reads_settings(*info);
  functions::FunctionCall call;
  call.function = called->oid;
  call.result = result;
  // Whoever depends on no order (pg_collation_for) and users' functions, which pass it on, get it as it is.
  const bool collated = collator != nullptr && !catalog::is_user_written(*info) && functions::find_collated(info->source) != nullptr;
  call.collation = collated ? collator->number() : collation;
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

const types::TypeSupport& collated_support(catalog::CatalogView& catalog, const types::TypeRef& type) {
  const types::TypeSupport& plain = type_support(catalog, type.oid);
  auto refuse = [&](types::Oid collation) {
    throw types::SqlError::not_supported("comparing values of type " + catalog.format_type(type.oid) +
                                         under(catalog, collation));
  };
  auto ordered = [&](types::Oid collation) {
    const types::Collator* collator = catalog::collator(catalog, collation);
    return collator == nullptr || collator->bytewise() ? nullptr : collator;
  };
  // A row's fields have collations of their own.
  if (plain.user != nullptr)
    for (const types::UserType::Field& field : plain.user->fields())
      if (const types::Collator* order = field.dropped ? nullptr : ordered(field.type.collation);
          order != nullptr && order->support(field.support->oid) == nullptr)
        refuse(field.type.collation);
  const types::Collator* collator = ordered(type.collation);
  if (collator == nullptr) return plain;
  const types::TypeSupport* collated = collator->support(plain.oid);
  if (collated == nullptr) refuse(type.collation);
  return *collated;
}

namespace {

[[noreturn]] int refuse_comparison(const types::Datum&, const types::Datum&) {
  throw types::SqlError("42P22", "could not determine which collation to use for string comparison")
      .with_hint("Use the COLLATE clause to set the collation explicitly.");
}

types::TypeSupport without_order(types::Oid type, int (*compare)(const types::Datum&, const types::Datum&)) {
  types::TypeSupport support = *types::find_type(type);
  support.compare = compare;
  support.encode_key = nullptr;
  return support;
}

// Arrays are compared as long as no elements need to be.
int compare_undetermined_arrays(const types::Datum& a, const types::Datum& b) {
  static const types::TypeSupport element = without_order(types::oid::text, &refuse_comparison);
  return types::compare_arrays(element, a, b);
}

}  // namespace

const types::TypeSupport* undetermined_support(catalog::CatalogView& catalog, const types::TypeRef& type) {
  if (type.collation != 0) return nullptr;
  static const auto scalar = [](types::Oid of) { return without_order(of, &refuse_comparison); };
  static const auto array = [](types::Oid of) { return without_order(types::array_type_of(of), &compare_undetermined_arrays); };
  static const types::TypeSupport all[] = {scalar(types::oid::text), scalar(types::oid::varchar), scalar(types::oid::bpchar),
                                           array(types::oid::text),  array(types::oid::varchar),  array(types::oid::bpchar)};
  const types::Oid base = catalog.base_type(type.oid);
  const auto found = std::ranges::find(all, base, &types::TypeSupport::oid);
  return found != std::end(all) ? &*found : nullptr;
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
