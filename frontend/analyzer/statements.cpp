// Statements that are not queries: the dispatch.
#include <fmt/format.h>

#include "analysis.h"

namespace analyzer {

query::Statement analyze_statement(State& state, const parser::Statement& statement) {
  (void)state;
  if (const auto* unsupported = ast::try_as<ast::Unsupported>(statement.node))
    throw SqlError::not_supported(unsupported->command);
  throw SqlError::not_supported("this statement");
}

}  // namespace analyzer
