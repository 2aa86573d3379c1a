// Which function a call means.
#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "analysis.h"

namespace analyzer {

struct FunctionChoice {
  enum class Kind : std::uint8_t { not_found, ambiguous, function, coercion };
  Kind kind = Kind::not_found;
  // Of CALL: procedures as their calls see them; candidate.function may point there.
  std::shared_ptr<std::deque<catalog::FunctionInfo>> procedures;
  Candidate candidate;   // function
  Oid coercion_type = 0;  // coercion: the type that the name names
};

// `argument_names` belong to the last arguments. `expand_variadic` is false for f(VARIADIC x).
FunctionChoice choose_function(Scope& scope, ast::Names names, std::span<const Oid> types,
                               const std::vector<ast::Name>& argument_names, bool expand_variadic,
                               int location, bool procedure = false);

// Schema (empty: search path) and name; checks the database part.
struct SplitName {
  std::string_view schema, name;
};
SplitName split_function_name(Scope& scope, ast::Names names, int location);

}  // namespace analyzer
