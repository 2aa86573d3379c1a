// What CREATE and ALTER FUNCTION, PROCEDURE and ROUTINE say of a routine besides its signature and body.
#include <algorithm>

#include "statements.h"

namespace analyzer {
namespace {

// Attributes that procedures do not have.
bool only_of_functions(ast::Name option) { return option != "security" && option != "set"; }

char parallel_letter(const std::string& value) {
  if (value != "safe" && value != "restricted" && value != "unsafe")
    throw SqlError("42601", "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE");
  return value[0];
}

}  // namespace

query::AlterFunction analyze_routine_attributes(State& state, std::span<const ast::Node* const> options,
                                                std::string_view command) {
  query::AlterFunction result;
  std::vector<ast::Name> seen;
  for (const ast::Node* item : options) {
    const auto& option = ast::as<ast::DefinitionElement>(*item);
    if (result.not_for_procedures < 0 && only_of_functions(option.name)) result.not_for_procedures = option.location;
    if (option.name == "set") {
      result.settings.push_back(analyze_set_variable(state, ast::as<ast::SetVariable>(*option.argument)));
      continue;
    }
    if (std::ranges::find(seen, option.name) != seen.end())
      throw SqlError("42601", "conflicting or redundant options").at(option.location);
    seen.push_back(option.name);
    const std::string value = argument_text(option.argument).value_or("");
    if (option.name == "volatility") {
      result.volatility = value == "immutable" ? 'i' : value == "stable" ? 's' : 'v';
    } else if (option.name == "strict") {
      result.strict = boolean_argument(option);
    } else if (option.name == "security") {
      result.security_definer = boolean_argument(option);
    } else if (option.name == "leakproof") {
      result.leakproof = boolean_argument(option);
    } else if (option.name == "cost") {
      result.cost = std::stod(value);
    } else if (option.name == "rows") {
      result.rows = std::stod(value);
    } else if (option.name == "parallel") {
      result.parallel = parallel_letter(value);
    } else {
      throw SqlError::not_supported(std::string(command) + " ... " + str(option.name));
    }
  }
  return result;
}

}  // namespace analyzer
