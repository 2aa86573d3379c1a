#include "user_aggregate.h"

#include "catalog/collators.h"
#include "eval/compile.h"
#include "functions/collated.h"
#include "types/collator.h"
#include "functions/function.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace planner {
namespace {

using types::Oid;
using types::TypeRef;

constexpr Oid kAnyNonArray = 2776, kAnyMultirange = 4537, kAnyCompatible = 5077, kAnyCompatibleArray = 5078,
              kAnyCompatibleNonArray = 5079, kAnyCompatibleRange = 5080, kAnyCompatibleMultirange = 4538;

// A built-in aggregate made of the same functions: its own state machine does better.
bool made_of_the_same(const catalog::AggregateInfo& aggregate, Oid built_in) {
  const catalog::AggregateInfo* other = catalog::Builtins::get().aggregate(built_in);
  return other != nullptr && other->transition == aggregate.transition && other->final == aggregate.final &&
         other->kind == aggregate.kind && other->transition_type == aggregate.transition_type &&
         other->initial_value == aggregate.initial_value;
}

const functions::AggregateFunction* same_built_in(const catalog::AggregateInfo& aggregate) {
  static const std::vector<Oid> built = functions::built_aggregates();
  for (const Oid oid : built)
    if (made_of_the_same(aggregate, oid)) return functions::find_aggregate(oid);
  return nullptr;
}

const functions::OrderedSetFunction* same_ordered_set(const catalog::AggregateInfo& aggregate) {
  static const std::vector<Oid> built = functions::built_ordered_sets();
  for (const Oid oid : built)
    if (made_of_the_same(aggregate, oid)) return functions::find_ordered_set(oid);
  return nullptr;
}

// What a polymorphic type stands for in a call: the arguments have been made to agree.
Oid concrete(catalog::CatalogView& catalog, Oid type, std::span<const Oid> declared, std::span<const TypeRef> actual) {
  const bool second = type == kAnyCompatible || type == kAnyCompatibleArray || type == kAnyCompatibleNonArray ||
                      type == kAnyCompatibleRange || type == kAnyCompatibleMultirange;
  const Oid element = second ? kAnyCompatible : Oid{types::oid::anyelement};
  const Oid non_array = second ? kAnyCompatibleNonArray : kAnyNonArray;
  const Oid array = second ? kAnyCompatibleArray : Oid{types::oid::anyarray};
  const Oid range = second ? kAnyCompatibleRange : Oid{types::oid::anyrange};
  const Oid multirange = second ? kAnyCompatibleMultirange : kAnyMultirange;
  for (std::size_t i = 0; i < declared.size() && i < actual.size(); ++i)
    if (declared[i] == type) return catalog.base_type(actual[i].oid);
  Oid found = 0;
  for (std::size_t i = 0; i < declared.size() && i < actual.size() && found == 0; ++i) {
    const Oid have = catalog.base_type(actual[i].oid);
    if (declared[i] == element || declared[i] == non_array || declared[i] == types::oid::anyenum) found = actual[i].oid;
    if (declared[i] == array) found = catalog.element_type(have);
    if (declared[i] == range)
      if (const auto* info = catalog.range(have)) found = type == multirange ? info->multirange : info->subtype;
    if (declared[i] == multirange)
      if (const auto* info = catalog.range_of_multirange(have)) found = type == range ? info->type : info->subtype;
  }
  if (type == array && found != 0) return catalog.array_type(found);
  return found;
}

bool is_polymorphic(Oid type) {
  switch (type) {
    case types::oid::anyelement: case types::oid::anyarray: case types::oid::anyenum: case types::oid::anyrange:
    case kAnyNonArray: case kAnyMultirange: case kAnyCompatible: case kAnyCompatibleArray:
    case kAnyCompatibleNonArray: case kAnyCompatibleRange: case kAnyCompatibleMultirange: return true;
    default: return false;
  }
}

TypeRef typed(catalog::CatalogView& catalog, Oid type, Oid collation) {
  const catalog::TypeInfo* info = catalog.type(type);
  return {type, -1, info != nullptr && info->collation != 0 ? (collation != 0 ? collation : info->collation) : 0};
}

[[noreturn]] void refuse(catalog::CatalogView& catalog, Oid aggregate) {
  std::string text = eval::function_signature(catalog, aggregate);
  if (text.starts_with("function ")) text.replace(0, 8, "aggregate");
  throw types::SqlError::not_supported(text);
}

// The functions that an aggregate is made of, for the types of a call. Of the site's arguments the first
// `direct` are direct ones: the final function alone sees them.
std::unique_ptr<UserAggregateSite> make_site(catalog::CatalogView& catalog, const eval::CallSite& site,
                                             const catalog::AggregateInfo& info, std::size_t direct) {
  const functions::FunctionCall& call = site.call;
  const catalog::FunctionInfo* function = catalog.function(call.function);
  if (function == nullptr) refuse(catalog, call.function);
  auto user = std::make_unique<UserAggregateSite>();
  functions::UserAggregateCall& made = user->call;
  static_cast<functions::FunctionCall&>(made) = call;
  user->argument_types = site.argument_types;
  made.arguments = user->argument_types;
  Oid state = info.transition_type;
  if (is_polymorphic(state)) state = concrete(catalog, state, function->arguments, site.argument_types);
  if (state == 0) refuse(catalog, call.function);
  const TypeRef state_type = typed(catalog, state, call.collation);
  made.state = eval::physical_type(catalog, state);

  std::vector<TypeRef> inputs{state_type};
  inputs.insert(inputs.end(), site.argument_types.begin() + static_cast<std::ptrdiff_t>(direct), site.argument_types.end());
  user->transition = eval::resolve_call(catalog, info.transition, inputs, state_type, call.collation, call.variadic_array);
  made.transition = {user->transition.kernel, &user->transition.site.call, catalog.function(info.transition)->strict};
  if (info.final != 0) {
    const catalog::FunctionInfo* final = catalog.function(info.final);
    // Extra arguments tell a polymorphic function its types; their values are null.
    inputs.assign({state_type});
    inputs.insert(inputs.end(), site.argument_types.begin(), site.argument_types.end());
    inputs.resize(std::min(inputs.size(), std::max<std::size_t>(1, final->arguments.size())));
    user->final = eval::resolve_call(catalog, info.final, inputs, call.result, call.collation, false);
    made.final = {user->final.kernel, &user->final.site.call, final->strict};
    for (std::size_t i = 1; i < inputs.size(); ++i)
      made.final_extra.push_back(eval::physical_type(catalog, inputs[i].oid));
  }
  if (info.initial_value) {
    types::Arena arena;
    types::EvalContext context;
    const types::FormatSettings format;
    context.arena = &arena;
    context.format = &format;
    user->initial = *info.initial_value;
    made.initial = eval::type_support(catalog, state).input(context, user->initial, -1);
    if (made.state == types::PhysicalType::varlen && !made.initial.is_null) {
      user->initial = std::string(made.initial.as<std::string_view>());
      made.initial = types::Datum::of(std::string_view(user->initial));
    }
  }
  return user;
}

}  // namespace

const functions::AggregateFunction* resolve_aggregate(catalog::CatalogView& catalog, eval::CallSite& site,
                                                      std::unique_ptr<UserAggregateSite>& user) {
  functions::FunctionCall& call = site.call;
  const catalog::AggregateInfo* info = catalog.aggregate(call.function);
  const types::Collator* collator = catalog::collator(catalog, call.collation);
  const bool bytewise = collator == nullptr || collator->bytewise();
  if (call.collation == 0)
    if (const auto* undetermined = functions::find_undetermined_aggregate(call.function)) return undetermined;
  if (!bytewise) {
    if (const auto* collated = functions::find_collated_aggregate(call.function)) {
      call.collation = collator->number();
      return collated;
    }
    // Of arrays; they compare the rows of a group by themselves.
    constexpr types::Oid kMaxArray = 2050, kMinArray = 2051;
    if (call.function == kMaxArray || call.function == kMinArray) refuse(catalog, call.function);
  }
  if (const auto* built_in = functions::find_aggregate(call.function)) return built_in;
  // A built-in one without a state machine of its own is made of its functions, too.
  if (info == nullptr || info->kind != 'n' ||
      (call.function < types::kFirstNormalOid &&
       functions::find_scalar(catalog.function(info->transition)->source) == nullptr))
    refuse(catalog, call.function);
  if (const auto* built_in = bytewise ? same_built_in(*info) : nullptr) return built_in;
  user = make_site(catalog, site, *info, 0);
  return &functions::user_aggregate();
}

const functions::OrderedSetFunction* resolve_ordered_set(catalog::CatalogView& catalog, eval::CallSite& site,
                                                         std::size_t direct, std::unique_ptr<UserAggregateSite>& user) {
  const Oid function = site.call.function;
  if (const auto* built_in = functions::find_ordered_set(function)) return built_in;
  const catalog::AggregateInfo* info = catalog.aggregate(function);
  if (info == nullptr || info->kind == 'n') refuse(catalog, function);
  if (const auto* built_in = same_ordered_set(*info)) return built_in;
  user = make_site(catalog, site, *info, direct);
  return &functions::user_ordered_set();
}

}  // namespace planner
