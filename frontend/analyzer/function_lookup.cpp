#include "function_lookup.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace analyzer {
namespace {

// How a call with named arguments meets a function's parameters; false: it does not.
bool match_named(const catalog::FunctionInfo& function, std::size_t count,
                 const std::vector<ast::Name>& names, std::vector<int>& positions) {
  const std::size_t parameters = function.arguments.size();
  if (function.argument_names.empty() || parameters < count) return false;
  // Names of the input parameters, in order.
  std::vector<std::string_view> inputs;
  for (std::size_t i = 0; i < function.argument_names.size(); ++i) {
    char mode = function.argument_modes.empty() ? 'i' : function.argument_modes[i];
    const bool of_call = function.arguments.size() == function.all_arguments.size();  // OUT ones of CALL
    if (mode == 'i' || mode == 'b' || mode == 'v' || (mode == 'o' && of_call)) inputs.push_back(function.argument_names[i]);
  }
  if (inputs.size() < parameters) return false;
  std::vector<bool> given(parameters, false);
  positions.clear();
  std::size_t positional = count - names.size();
  for (std::size_t i = 0; i < positional; ++i) {
    positions.push_back(static_cast<int>(i));
    given[i] = true;
  }
  for (ast::Name name : names) {
    std::size_t at = 0;
    while (at < parameters && inputs[at] != name) ++at;
    if (at == parameters || given[at]) return false;
    given[at] = true;
    positions.push_back(static_cast<int>(at));
  }
  // What is left must have defaults.
  std::size_t first_default = parameters - static_cast<std::size_t>(function.default_count);
  for (std::size_t i = 0; i < parameters; ++i)
    if (!given[i]) {
      if (i < first_default) return false;
      positions.push_back(static_cast<int>(i));
    }
  return true;
}

// How a call with so many arguments meets the function; nullopt: it does not.
std::optional<Candidate> candidate_of(const catalog::FunctionInfo& function, std::size_t count,
                                      const std::vector<ast::Name>& names, bool expand_variadic) {
  Candidate candidate;
  candidate.function = &function;
  const std::size_t parameters = function.arguments.size();
  if (!names.empty()) {
    if (function.variadic && expand_variadic) return std::nullopt;
    if (!match_named(function, count, names, candidate.positions)) return std::nullopt;
    for (int position : candidate.positions)
      candidate.arguments.push_back(function.arguments[static_cast<std::size_t>(position)]);
    candidate.default_count = static_cast<int>(parameters - count);
    candidate.arguments.resize(count);
    return candidate;
  }
  bool variadic = function.variadic && expand_variadic && count >= parameters;
  bool defaults = parameters > count && parameters <= count + static_cast<std::size_t>(function.default_count);
  if (parameters != count && !variadic && !defaults) return std::nullopt;
  candidate.arguments.assign(function.arguments.begin(), function.arguments.end());
  if (variadic) {
    candidate.arguments.resize(count);
    for (std::size_t i = parameters - 1; i < count; ++i) candidate.arguments[i] = function.variadic;
    candidate.variadic_count = static_cast<int>(count - parameters + 1);
  }
  if (defaults) {
    candidate.default_count = static_cast<int>(parameters - count);
    candidate.arguments.resize(count);
  }
  return candidate;
}

std::vector<Candidate> candidates_of(const std::vector<const catalog::FunctionInfo*>& functions,
                                     std::size_t count, const std::vector<ast::Name>& names,
                                     bool expand_variadic) {
  std::vector<Candidate> result;
  for (const auto* function : functions) {
    std::optional<Candidate> candidate = candidate_of(*function, count, names, expand_variadic);
    if (!candidate) continue;
    // Of two with the same argument types, that of the schema that comes first, or the plainer one.
    const auto same = std::ranges::find_if(result, [&](const Candidate& other) { return other.arguments == candidate->arguments; });
    if (same == result.end())
      result.push_back(std::move(*candidate));
    else if (same->function->schema == function->schema && same->variadic_count > 0 && candidate->variadic_count == 0)
      *same = std::move(*candidate);
  }
  return result;
}

// Whether another function of its schema would do as well: one of them has defaults to spare.
bool has_rival(const Candidate& chosen, const std::vector<const catalog::FunctionInfo*>& functions,
               std::size_t count, const std::vector<ast::Name>& names, bool expand_variadic) {
  return std::ranges::any_of(functions, [&](const catalog::FunctionInfo* function) {
    if (function == chosen.function || function->schema != chosen.function->schema) return false;
    const auto other = candidate_of(*function, count, names, expand_variadic);
    return other && other->arguments == chosen.arguments && (other->variadic_count > 0) == (chosen.variadic_count > 0);
  });
}

// A function name that is a type's, for f(x) meaning x::f.
Oid name_as_type(Scope& scope, const SplitName& name) {
  const auto* info = scope.catalog().find_type(name.schema, name.name);
  return info && info->defined && !info->relation ? info->oid : 0;
}

}  // namespace

SplitName split_function_name(Scope& scope, ast::Names names, int location) {
  if (names.size() > 3)
    throw SqlError("42601", fmt::format("improper qualified name (too many dotted names): {}",
                                        join_names(names)))
        .at(location);
  if (names.size() == 3 && names[0] != scope.state.context.database)
    throw SqlError("0A000", fmt::format("cross-database references are not implemented: {}",
                                        join_names(names)))
        .at(location);
  if (names.size() == 1) return {{}, names[0]};
  std::string_view schema = names[names.size() - 2];
  if (schema != "pg_catalog" && !scope.catalog().find_schema(schema))
    throw SqlError("3F000", fmt::format("schema \"{}\" does not exist", schema)).at(location);
  return {schema, names.back()};
}

FunctionChoice choose_function(Scope& scope, ast::Names names, std::span<const Oid> types,
                               const std::vector<ast::Name>& argument_names, bool expand_variadic,
                               int location, bool procedure) {
  SplitName name = split_function_name(scope, names, location);
  std::vector<const catalog::FunctionInfo*> functions;
  try {
    functions = scope.catalog().find_functions(name.schema, name.name);
  } catch (SqlError& error) {
    error.set_position_if_none(location);  // no right to look into the schema
    throw;
  }
  FunctionChoice choice;
  // CALL has an argument for every parameter, OUT ones too.
  if (procedure)
    for (const auto*& function : functions) {
      if (function->kind != 'p' || function->argument_modes.find('o') == std::string_view::npos) continue;
      if (!choice.procedures) choice.procedures = std::make_shared<std::deque<catalog::FunctionInfo>>();
      auto& whole = choice.procedures->emplace_back(*function);
      whole.arguments = whole.all_arguments;
      function = &whole;
    }
  auto candidates = candidates_of(functions, types.size(), argument_names, expand_variadic);
  const auto choose = [&](Candidate candidate) {
    choice.kind = has_rival(candidate, functions, types.size(), argument_names, expand_variadic)
                      ? FunctionChoice::Kind::ambiguous
                      : FunctionChoice::Kind::function;
    choice.candidate = std::move(candidate);
  };
  for (Candidate& candidate : candidates)
    if (std::equal(types.begin(), types.end(), candidate.arguments.begin(),
                   candidate.arguments.end())) {
      choose(std::move(candidate));
      return choice;
    }
  if (types.size() == 1 && argument_names.empty()) {
    if (Oid target = name_as_type(scope, name)) {
      Oid source = types[0];
      bool coercion = source == oid::unknown;
      if (!coercion) {
        Oid function;
        switch (find_pathway(scope, target, source, Context::explicit_, function)) {
          case Pathway::relabel: coercion = true; break;
          case Pathway::via_io: {
            const auto* info = scope.catalog().type(source);
            bool row = source == oid::record || (info && info->kind == 'c');
            coercion = !(row && type_category(scope, target) == 'S');
            break;
          }
          default: break;
        }
      }
      if (coercion) {
        choice.kind = FunctionChoice::Kind::coercion;
        choice.coercion_type = target;
        return choice;
      }
    }
  }
  candidates = match_candidates(scope, types, std::move(candidates));
  if (candidates.empty()) return choice;
  if (candidates.size() == 1) {
    choose(std::move(candidates[0]));
    return choice;
  }
  if (const Candidate* best = select_candidate(scope, types, candidates)) {
    choose(*best);
    return choice;
  }
  choice.kind = FunctionChoice::Kind::ambiguous;
  return choice;
}

}  // namespace analyzer
