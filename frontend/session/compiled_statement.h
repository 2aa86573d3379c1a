// A statement ready to run: parsed, analysed and, if it is a query, planned.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/analyze.h"
#include "cursor_sources.h"
#include "parser/parse.h"
#include "planner/plan.h"

namespace session {

class SessionState;

// Immutable; shared by the session's prepared statements and portals. Good as long as the
// catalogue is at `catalog_version`; then made again from its text.
struct CompiledStatement {
  std::shared_ptr<const std::string> text;    // the whole source: error positions count in it
  int location = 0, length = 0;               // of this statement in it
  std::shared_ptr<const planner::Plan> plan;            // a query; or:
  CursorSources sources;                                // of a plan made for a cursor
  std::shared_ptr<const query::Statement> utility;
  // Of a plan that other values of its parameters could make a bad one: what it was made of (custom_plan.h).
  std::shared_ptr<const query::Query> analysed;
  bool may_be_parallel = false;  // plans of it
  bool empty() const { return plan == nullptr && utility == nullptr; }

  std::vector<types::Oid> parameter_types;
  std::vector<analyzer::LiftedLiteral> lifted;
  std::uint64_t catalog_version = 0, plan_epoch = 0;

  std::string_view source() const {
    return std::string_view(*text).substr(static_cast<std::size_t>(location),
                                          static_cast<std::size_t>(length));
  }
};
using CompiledPtr = std::shared_ptr<const CompiledStatement>;

// May run in a failed transaction: COMMIT, ROLLBACK, ROLLBACK TO, PREPARE TRANSACTION.
bool ends_transaction(const parser::ast::Node& node);

// By the session's string syntax.
parser::ParseTree parse_text(const SessionState& session, std::string_view text);

// Compiles one statement of a parsed text in the current transaction. Throws SqlError.
CompiledPtr compile(SessionState& session, const parser::Statement& statement,
                    const std::shared_ptr<const std::string>& text,
                    std::span<const types::Oid> parameter_types,
                    std::span<const analyzer::LiftedLiteral> lifted = {});

// What functions' bodies need besides.
struct InnerCompile {
  std::span<const types::Oid> parameter_types = {};
  analyzer::Variables* variables = nullptr;
  types::TypeRef result = {};                 // AnalyzerContext::result_type
  bool assigns_part = false;                  // AnalyzerContext::assigns_part
  bool once = false;                          // it will not run again
  // Asked for: a SELECT of one expression without tables is not planned but handed back.
  query::ExpressionPtr* simple = nullptr;
  std::string* simple_name = nullptr;
  bool for_cursor = false;       // CompiledStatement::sources
  bool may_be_parallel = false;  // runs to its end, and nothing else of the transaction beside it
};
// Analysed and no more; null: the statement is no query.
std::unique_ptr<query::Query> analyze_inner(SessionState& session, const parser::Statement& statement,
                                            const std::string& text, const InnerCompile& options);
CompiledPtr compile_inner(SessionState& session, const parser::Statement& statement,
                          const std::shared_ptr<const std::string>& text, const InnerCompile& options);

// The same statement against the catalogue as it is now.
CompiledPtr recompile(SessionState& session, const CompiledStatement& statement);

// Whether it may run as it is: nothing that it was made from has changed. Locks its relations.
bool lock_and_check(SessionState& session, const CompiledStatement& statement);

// "INSERT 0 3": of a query that has run.
std::string query_tag(query::CommandKind command, std::uint64_t rows);

}  // namespace session
