// Function calls: plain functions, aggregates, window functions, casts written as calls.
#include <fmt/format.h>

#include "analysis.h"
#include "function_lookup.h"
#include "parser/parse.h"

namespace analyzer {
namespace {

struct Arguments {
  std::vector<ExpressionPtr> values;
  std::vector<ast::Name> names;  // of the last ones
};

Arguments transform_arguments(Scope& scope, ast::NodeList nodes) {
  Arguments result;
  for (const ast::Node* node : nodes) {
    if (const auto* named = ast::try_as<ast::NamedArgument>(node)) {
      for (ast::Name name : result.names)
        if (name == named->name)
          throw SqlError("42601", fmt::format("argument name \"{}\" used more than once", name))
              .at(named->location);
      result.names.push_back(named->name);
      result.values.push_back(transform(scope, named->argument));
    } else {
      if (!result.names.empty())
        throw SqlError("42601", "positional argument cannot follow named argument").at(node->location);
      result.values.push_back(transform(scope, node));
    }
  }
  return result;
}

// The last `count` of a function's defaults, analysed anew from their text.
std::vector<ExpressionPtr> default_arguments(Scope& scope, const catalog::FunctionInfo& function,
                                             std::size_t count) {
  parser::ParseTree tree = parser::parse("SELECT " + std::string(function.defaults));
  const auto& select = ast::as<ast::Select>(*tree.statements().at(0).node);
  std::vector<ExpressionPtr> result;
  query::Query empty;
  Scope inner(scope.state, nullptr, &empty);
  for (std::size_t i = select.targets.size() - count; i < select.targets.size(); ++i) {
    const auto& target = ast::as<ast::ResultTarget>(*select.targets[i]);
    ExpressionPtr value = analyze_expression(inner, target.value, Place::function_default);
    // What a default may be is decided by assignment; to a polymorphic parameter it gives the type.
    const Oid parameter = function.arguments[function.arguments.size() - select.targets.size() + i];
    const auto* info = scope.catalog().type(parameter);
    if (value->type.oid != oid::unknown && info != nullptr && info->kind != 'p')
      if (auto assigned = coerce_to_target(inner, query::clone(*value), type_ref(scope, parameter), Context::assignment,
                                           query::CallForm::implicit_cast, -1))
        value = std::move(assigned);
    result.push_back(std::move(value));
    result.back()->location = -1;
  }
  return result;
}

void check_plain_function(const ast::FunctionCall& call, std::string_view name) {
  auto refuse = [&](std::string message) {
    throw SqlError("42809", std::move(message)).at(call.location);
  };
  if (call.star) refuse(fmt::format("{}(*) specified, but {} is not an aggregate function", name, name));
  if (call.distinct) refuse(fmt::format("DISTINCT specified, but {} is not an aggregate function", name));
  if (call.within_group)
    refuse(fmt::format("WITHIN GROUP specified, but {} is not an aggregate function", name));
  if (!call.order_by.empty())
    refuse(fmt::format("ORDER BY specified, but {} is not an aggregate function", name));
  if (call.filter) refuse(fmt::format("FILTER specified, but {} is not an aggregate function", name));
  if (call.over)
    refuse(fmt::format("OVER specified, but {} is not a window function nor an aggregate function", name));
}

[[noreturn]] void not_found(Scope& scope, ast::Names names, const std::vector<ast::Name>& argument_names,
                            std::span<const Oid> types, const ast::FunctionCall* written,
                            bool ambiguous, bool procedure, int location) {
  std::string shown = function_signature(scope, join_names(names), argument_names, types);
  const char* kind = procedure ? "procedure" : "function";
  if (ambiguous)
    throw SqlError("42725", fmt::format("{} {} is not unique", kind, shown))
        .with_hint(fmt::format("Could not choose a best candidate {}. You might need to add explicit "
                               "type casts.",
                               kind))
        .at(location);
  if (written && !written->order_by.empty() && !written->within_group)
    throw SqlError("42883", fmt::format("function {} does not exist", shown))
        .with_hint("No aggregate function matches the given name and argument types. Perhaps you "
                   "misplaced ORDER BY; ORDER BY must appear after all regular arguments of the "
                   "aggregate.")
        .at(location);
  throw SqlError("42883", fmt::format("{} {} does not exist", kind, shown))
      .with_hint(fmt::format("No {} matches the given name and argument types. You might need to add "
                             "explicit type casts.",
                             kind))
      .at(location);
}

// Arguments as the function's parameters are: coerced, defaults added, VARIADIC ones packed.
struct Prepared {
  std::vector<ExpressionPtr> arguments;
  TypeRef result;
  bool variadic_array = false;
};

Prepared prepare_arguments(Scope& scope, const Candidate& candidate,
                           std::vector<ExpressionPtr> arguments, bool written_variadic, int location) {
  const catalog::FunctionInfo& function = *candidate.function;
  std::vector<Oid> declared = candidate.arguments;
  if (candidate.default_count > 0) {
    auto count = static_cast<std::size_t>(candidate.default_count);
    if (candidate.positions.empty()) {
      for (auto& value : default_arguments(scope, function, count)) {
        arguments.push_back(std::move(value));
        declared.push_back(function.arguments[declared.size()]);
      }
    } else {
      std::size_t total = static_cast<std::size_t>(function.default_count);
      auto defaults = default_arguments(scope, function, total);
      std::size_t first_default = function.arguments.size() - total;
      for (std::size_t i = arguments.size(); i < candidate.positions.size(); ++i) {
        auto position = static_cast<std::size_t>(candidate.positions[i]);
        arguments.push_back(std::move(defaults[position - first_default]));
        declared.push_back(function.arguments[position]);
      }
    }
  }
  if (!candidate.positions.empty()) {
    // Into the parameters' order.
    std::vector<ExpressionPtr> ordered(arguments.size());
    std::vector<Oid> ordered_types(declared.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      auto position = static_cast<std::size_t>(candidate.positions[i]);
      ordered[position] = std::move(arguments[i]);
      ordered_types[position] = declared[i];
    }
    arguments = std::move(ordered);
    declared = std::move(ordered_types);
  }
  std::vector<Oid> actual;
  for (const auto& argument : arguments) actual.push_back(argument->type.oid);

  Prepared prepared;
  Oid result = enforce_generic(scope, actual, declared, function.result);
  prepared.result = TypeRef{result, -1, 0};
  for (std::size_t i = 0; i < arguments.size(); ++i)
    arguments[i] = coerce(scope, std::move(arguments[i]), type_ref(scope, declared[i]),
                          Context::implicit, query::CallForm::implicit_cast, -1);
  prepared.variadic_array = written_variadic;
  if (candidate.variadic_count > 0 && function.variadic != oid::any) {
    auto count = static_cast<std::size_t>(candidate.variadic_count);
    std::size_t first = arguments.size() - count;
    query::ArrayConstructor array;
    array.element_type = arguments[first]->type.oid;
    Oid array_type = scope.catalog().array_type(array.element_type);
    if (!array_type)
      throw SqlError("42704", fmt::format("could not find array type for data type {}",
                                          type_name(scope, array.element_type)))
          .at(location_of(*arguments[first]));
    int at = location_of(*arguments[first]);
    for (std::size_t i = first; i < arguments.size(); ++i)
      array.elements.push_back(std::move(arguments[i]));
    arguments.resize(first);
    arguments.push_back(make_expression(TypeRef{array_type, -1, 0}, at, std::move(array)));
    prepared.variadic_array = true;
  }
  if (written_variadic && function.variadic == oid::any) {
    Oid last = arguments.back()->type.oid;
    if (!scope.catalog().element_type(last))
      throw SqlError("42804", "VARIADIC argument must be an array").at(location_of(*arguments.back()));
  }
  (void)location;
  prepared.arguments = std::move(arguments);
  return prepared;
}

[[noreturn]] void wrong_direct_arguments(Scope& scope, ast::Names names, std::span<const Oid> types, std::string hint,
                                         int location) {
  throw SqlError("42883", fmt::format("function {} does not exist", function_signature(scope, join_names(names), {}, types)))
      .with_hint(std::move(hint))
      .at(location);
}

// The arguments were counted together when the aggregate was found: whether they divide as it wants them to.
void check_direct_count(Scope& scope, ast::Names names, const Candidate& candidate, const catalog::AggregateInfo& info,
                        std::span<const Oid> types, std::size_t ordered, int location) {
  const std::string name = join_names(names);
  const std::size_t direct = types.size() - ordered;
  const auto wanted = static_cast<std::size_t>(info.direct_arguments);
  const auto variadic = static_cast<std::size_t>(std::max(0, candidate.variadic_count));
  const std::size_t parameters = types.size() - (variadic > 1 ? variadic - 1 : 0);
  const char* plural = wanted == 1 ? "" : "s";
  if (candidate.function->variadic == 0 || wanted < parameters) {
    if (direct != wanted)
      wrong_direct_arguments(scope, names, types,
                             fmt::format("There is an ordered-set aggregate {}, but it requires {} direct argument{}, not {}.",
                                         name, wanted, plural, direct),
                             location);
  } else if (info.kind == 'h') {
    // The variadic ones are the hypothetical row and the columns that it is compared with.
    if (variadic != 2 * ordered)
      wrong_direct_arguments(
          scope, names, types,
          fmt::format("To use the hypothetical-set aggregate {}, the number of hypothetical direct arguments (here {}) "
                      "must match the number of ordering columns (here {}).",
                      name, static_cast<std::int64_t>(variadic) - static_cast<std::int64_t>(ordered), ordered),
          location);
  } else if (variadic <= ordered) {
    wrong_direct_arguments(scope, names, types,
                           fmt::format("There is an ordered-set aggregate {}, but it requires at least {} direct argument{}.",
                                       name, wanted, plural),
                           location);
  }
}

// A hypothetical value becomes what it is compared with, rather than the other way round.
void unify_hypothetical(Scope& scope, const Candidate& candidate, std::vector<ExpressionPtr>& arguments,
                        std::size_t ordered) {
  const std::size_t direct = arguments.size() - ordered;
  if (direct < ordered) throw SqlError("XX000", "incorrect number of arguments to hypothetical-set aggregate");
  for (std::size_t i = 0; i < ordered; ++i) {
    const std::size_t hypothetical = direct - ordered + i;
    if (candidate.arguments[hypothetical] != candidate.arguments[direct + i])
      throw SqlError("XX000", "hypothetical-set aggregate has inconsistent declared argument types");
    if (candidate.arguments[hypothetical] != oid::any) continue;
    std::vector<ExpressionPtr> pair;
    pair.push_back(std::move(arguments[direct + i]));
    pair.push_back(std::move(arguments[hypothetical]));
    const Oid type = select_common_type(scope, pair, "WITHIN GROUP");
    const std::int32_t typmod = select_common_typmod(pair, type);
    for (ExpressionPtr& e : pair)
      e = coerce(scope, std::move(e), type_ref(scope, type, typmod), Context::implicit, query::CallForm::implicit_cast, -1);
    arguments[direct + i] = std::move(pair[0]);
    arguments[hypothetical] = std::move(pair[1]);
  }
}

ExpressionPtr build_aggregate(Scope& scope, const ast::FunctionCall& written, std::string_view name,
                              const Candidate& candidate, Prepared prepared) {
  const auto* info = scope.catalog().aggregate(candidate.function->oid);
  const bool ordered_set = info && info->kind != 'n';
  int location = written.location;
  if (!ordered_set && written.within_group)
    throw SqlError("42809", fmt::format("{} is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name))
        .at(location);
  ExpressionPtr filter =
      analyze_condition(scope, written.filter, Place::filter, "FILTER");

  if (written.over) {
    if (written.distinct)
      throw SqlError("0A000", "DISTINCT is not implemented for window functions").at(location);
    if (!written.order_by.empty())
      throw SqlError("0A000", "aggregate ORDER BY is not implemented for window functions").at(location);
    query::WindowCall call;
    call.function = candidate.function->oid;
    call.arguments = std::move(prepared.arguments);
    call.filter = std::move(filter);
    call.star = written.star;
    call.is_aggregate = true;
    return finish_window_call(scope, prepared.result, std::move(call), *written.over, location);
  }
  query::Aggregate aggregate;
  aggregate.function = candidate.function->oid;
  aggregate.star = written.star;
  aggregate.distinct = written.distinct;
  aggregate.variadic_array = prepared.variadic_array;
  aggregate.filter = std::move(filter);
  if (ordered_set) {
    const std::size_t direct = prepared.arguments.size() - written.order_by.size();
    for (std::size_t i = 0; i < prepared.arguments.size(); ++i) {
      if (i < direct) {
        aggregate.direct_arguments.push_back(std::move(prepared.arguments[i]));
        continue;
      }
      const auto& sort = ast::as<ast::SortBy>(*written.order_by[i - direct]);
      const int at = location_of(*prepared.arguments[i]);
      aggregate.order_by.push_back(make_sort_key(scope, std::move(prepared.arguments[i]), &sort, at));
    }
  } else {
    aggregate.arguments = std::move(prepared.arguments);
    aggregate.order_by = aggregate_order(scope, written.order_by, aggregate.arguments);
    if (written.distinct) {
      if (aggregate.arguments.empty())
        throw SqlError("42809", "DISTINCT is not allowed without arguments").at(location);
      for (const auto& argument : aggregate.arguments) {
        auto operators = scope.catalog().ordering_operators(argument->type.oid);
        if (!operators.less_than)
          throw SqlError("42883", fmt::format("could not identify an ordering operator for type {}",
                                              type_name(scope, argument->type.oid)))
              .with_detail("Aggregates with DISTINCT must be able to sort their inputs.")
              .at(location_of(*argument));
      }
      for (const auto& key : aggregate.order_by) {
        bool found = false;
        for (const auto& argument : aggregate.arguments)
          found = found || query::equal(*argument, *key.expression);
        if (!found)
          throw SqlError("42P10",
                         "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
              .at(location_of(*key.expression));
      }
    }
  }
  return finish_aggregate(scope, prepared.result, std::move(aggregate), location);
}

ExpressionPtr call_function(Scope& scope, ast::Names names, std::vector<ExpressionPtr> arguments,
                            const std::vector<ast::Name>& argument_names,
                            const ast::FunctionCall* written, int location, bool procedure) {
  std::string name = join_names(names);
  // Parameters of type void are no arguments: pgjdbc sends those of a call's results along with the others.
  if (written && !written->within_group)
    std::erase_if(arguments, [](const ExpressionPtr& argument) {
      return argument->type.oid == oid::void_ && std::holds_alternative<query::Parameter>(argument->node);
    });
  std::vector<Oid> types;
  for (const auto& argument : arguments) types.push_back(argument->type.oid);
  if (types.size() > 100)
    throw SqlError("54023", "cannot pass more than 100 arguments to a function").at(location);
  if (written && written->within_group) {
    for (const ast::Node* node : written->order_by) {
      const auto& sort = ast::as<ast::SortBy>(*node);
      arguments.push_back(analyze_expression(scope, sort.expression, Place::order_by));
      types.push_back(arguments.back()->type.oid);
    }
  }
  bool variadic = written && written->variadic;
  FunctionChoice choice = choose_function(scope, names, types, argument_names, !variadic, location, procedure);

  if (choice.kind == FunctionChoice::Kind::coercion) {
    if (written) check_plain_function(*written, name);
    auto result = coerce_to_target(scope, std::move(arguments[0]), type_ref(scope, choice.coercion_type),
                                   Context::explicit_, query::CallForm::function, location);
    return result;
  }
  if (choice.kind != FunctionChoice::Kind::function) {
    // f(row) may mean row.f.
    if (types.size() == 1 && names.size() == 1 && argument_names.empty() && !procedure) {
      if (row_fields(scope, *arguments[0]))
        if (auto field = select_field(scope, query::clone(*arguments[0]), names[0], location)) return field;
    }
    not_found(scope, names, argument_names, types, written,
              choice.kind == FunctionChoice::Kind::ambiguous, procedure, location);
  }
  const catalog::FunctionInfo& function = *choice.candidate.function;
  if (function.kind == 'p' && !procedure)
    throw SqlError("42809", fmt::format("{} is a procedure",
                                        function_signature(scope, name, argument_names, types)))
        .with_hint("To call a procedure, use CALL.")
        .at(location);
  if (function.kind != 'p' && procedure)
    throw SqlError("42809", fmt::format("{} is not a procedure",
                                        function_signature(scope, name, argument_names, types)))
        .with_hint("To call a function, use SELECT.")
        .at(location);

  const auto* aggregate = function.kind == 'a' && written ? scope.catalog().aggregate(function.oid) : nullptr;
  if (aggregate && aggregate->kind != 'n') {
    if (!written->within_group)
      throw SqlError("42809", fmt::format("WITHIN GROUP is required for ordered-set aggregate {}", name)).at(location);
    if (written->over)
      throw SqlError("0A000", fmt::format("OVER is not supported for ordered-set aggregate {}", name)).at(location);
    const std::size_t ordered = written->order_by.size();
    check_direct_count(scope, names, choice.candidate, *aggregate, types, ordered, location);
    if (aggregate->kind == 'h') unify_hypothetical(scope, choice.candidate, arguments, ordered);
  }
  Prepared prepared = prepare_arguments(scope, choice.candidate, std::move(arguments), variadic, location);

  if (function.kind == 'a') {
    if (!written)
      throw SqlError("42809", fmt::format("{} is an aggregate function", name)).at(location);
    if (prepared.arguments.empty() && !written->star && !written->within_group)
      throw SqlError("42809",
                     fmt::format("{}(*) must be used to call a parameterless aggregate function", name))
          .at(location);
    return build_aggregate(scope, *written, name, choice.candidate, std::move(prepared));
  }
  if (function.kind == 'w') {
    if (!written || !written->over)
      throw SqlError("42809", fmt::format("window function {} requires an OVER clause", name)).at(location);
    if (written->within_group)
      throw SqlError("42809", fmt::format("window function {} cannot have WITHIN GROUP", name)).at(location);
    if (written->distinct)
      throw SqlError("0A000", "DISTINCT is not implemented for window functions").at(location);
    if (written->star)
      throw SqlError("42809", fmt::format("{}(*) must be used to call a parameterless aggregate function", name))
          .at(location);
    if (!written->order_by.empty())
      throw SqlError("0A000", "aggregate ORDER BY is not implemented for window functions").at(location);
    if (written->filter)
      throw SqlError("0A000", "FILTER is not implemented for non-aggregate window functions").at(location);
    query::WindowCall call;
    call.function = function.oid;
    call.arguments = std::move(prepared.arguments);
    return finish_window_call(scope, prepared.result, std::move(call), *written->over, location);
  }
  if (written) check_plain_function(*written, name);

  query::Call call;
  call.function = function.oid;
  call.form = written && written->form == ast::FunctionForm::sql_syntax ? query::CallForm::sql_syntax
                                                                        : query::CallForm::function;
  call.variadic_array = prepared.variadic_array;
  call.arguments = std::move(prepared.arguments);
  call.returns_set = function.returns_set;
  if (call.returns_set) check_set_function_place(scope, location);
  return make_expression(prepared.result, location, std::move(call));
}

}  // namespace

std::string function_signature(Scope& scope, std::string_view name,
                               const std::vector<ast::Name>& argument_names,
                               std::span<const Oid> types) {
  std::string text(name);
  text += '(';
  std::size_t positional = types.size() - argument_names.size();
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i) text += ", ";
    if (i >= positional) text += fmt::format("{} => ", argument_names[i - positional]);
    text += type_name(scope, types[i]);
  }
  return text + ")";
}

ExpressionPtr transform_call(Scope& scope, const ast::FunctionCall& call) {
  Arguments arguments = transform_arguments(scope, call.arguments);
  return call_function(scope, call.name, std::move(arguments.values), arguments.names, &call,
                       call.location, false);
}

ExpressionPtr make_function_call(Scope& scope, ast::Names name, std::vector<ExpressionPtr> arguments,
                                 const ast::FunctionCall* written, int location, bool procedure) {
  if (procedure && written) {
    Arguments transformed = transform_arguments(scope, written->arguments);
    return call_function(scope, name, std::move(transformed.values), transformed.names, written,
                         location, true);
  }
  return call_function(scope, name, std::move(arguments), {}, written, location, procedure);
}

Oid lookup_function(Scope& scope, ast::Names names, std::span<const Oid> types, bool missing_ok,
                    int location) {
  SplitName name = split_function_name(scope, names, location);
  for (const auto* function : scope.catalog().find_functions(name.schema, name.name))
    if (std::equal(types.begin(), types.end(), function->arguments.begin(), function->arguments.end()))
      return function->oid;
  if (missing_ok) return 0;
  throw SqlError("42883", fmt::format("function {} does not exist",
                                      function_signature(scope, join_names(names), {}, types)))
      .at(location);
}

}  // namespace analyzer
