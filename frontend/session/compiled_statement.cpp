#include "compiled_statement.h"

#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include "custom_plan.h"
#include "parallel_settings.h"
#include "planner_settings.h"
#include "parser/ast_utility.h"
#include "parser/string_syntax.h"
#include "planner/planner.h"
#include "present_rights.h"
#include "query/one_value.h"
#include "query/statements.h"
#include "query/walk.h"
#include "session_state.h"
#include "table_sizes.h"
#include "types/sql_error.h"

namespace session {

bool ends_transaction(const parser::ast::Node& node) {
  using parser::ast::TransactionKind;
  const auto* transaction = parser::ast::try_as<parser::ast::Transaction>(&node);
  if (transaction == nullptr) return false;
  switch (transaction->transaction) {
    case TransactionKind::commit:
    case TransactionKind::rollback:
    case TransactionKind::rollback_to:
    case TransactionKind::prepare:
      return true;
    default:
      return false;
  }
}

parser::ParseTree parse_text(const SessionState& session, std::string_view text) {
  parser::StringSyntax syntax(session.settings.standard_conforming_strings);
  return parser::ParseTree(text);
}

namespace {

CompiledPtr compile_with(SessionState& session, const parser::Statement& statement,
                         const std::shared_ptr<const std::string>& text, const InnerCompile& inner,
                         std::span<const analyzer::LiftedLiteral> lifted);

bool is_plain_value(const query::Expression& e) {
  if (std::holds_alternative<query::Subquery>(e.node) || std::holds_alternative<query::Aggregate>(e.node) ||
      std::holds_alternative<query::WindowCall>(e.node) || std::holds_alternative<query::Grouping>(e.node))
    return false;
  if (const auto* call = std::get_if<query::Call>(&e.node); call != nullptr && call->returns_set) return false;
  bool plain = true;
  query::for_each_child(
      e, [&](const query::Expression& child) { plain = plain && is_plain_value(child); },
      [&](const query::Query&) { plain = false; });
  return plain;
}

bool is_simple(const query::Query& q) { return query::is_one_value(q) && is_plain_value(*q.output[0].expression); }

}  // namespace

CompiledPtr compile(SessionState& session, const parser::Statement& statement,
                    const std::shared_ptr<const std::string>& text,
                    std::span<const types::Oid> parameter_types,
                    std::span<const analyzer::LiftedLiteral> lifted) {
  return compile_with(session, statement, text, {.parameter_types = parameter_types, .may_be_parallel = true}, lifted);
}

CompiledPtr compile_inner(SessionState& session, const parser::Statement& statement,
                          const std::shared_ptr<const std::string>& text, const InnerCompile& options) {
  return compile_with(session, statement, text, options, {});
}

namespace {

analyzer::Analyzed analyze_with(SessionState& session, const parser::Statement& statement, const std::string& text,
                                const InnerCompile& inner, std::span<const analyzer::LiftedLiteral> lifted) {
  types::Arena arena;
  auto eval = session.eval_context(&arena);
  analyzer::AnalyzerContext context{.catalog = *session.catalog, .eval = eval, .text = text,
                                    .database = session.identity.database};
  context.parameter_types = inner.parameter_types;
  context.lifted = lifted;
  context.variables = inner.variables;
  context.result_type = inner.result;
  context.assigns_part = inner.assigns_part;
  context.prepared_parameters =
      [&session](std::string_view name) -> std::optional<std::vector<types::Oid>> {
    auto found = session.prepared.find(std::string(name));
    if (found == session.prepared.end()) return std::nullopt;
    return found->second->compiled->parameter_types;
  };
  return analyzer::analyze(statement, context);
}

CompiledPtr compile_with(SessionState& session, const parser::Statement& statement,
                         const std::shared_ptr<const std::string>& text, const InnerCompile& inner,
                         std::span<const analyzer::LiftedLiteral> lifted) {
  auto compiled = std::make_shared<CompiledStatement>();
  compiled->text = text;
  compiled->location = statement.location;
  compiled->length = statement.length;
  compiled->lifted.assign(lifted.begin(), lifted.end());
  compiled->catalog_version = catalog_version(session);
  compiled->plan_epoch = session.settings.plan_epoch;

  PresentRights rights(session);
  auto analyzed = analyze_with(session, statement, *text, inner, lifted);
  compiled->parameter_types = std::move(analyzed.parameter_types);
  if (auto* query = analyzed.query()) {
    rights.require(*query);
    if (inner.simple != nullptr && is_simple(*query)) {
      if (auto denied = session.catalog->find_denial(*query)) throw *denied;
      *inner.simple = std::move(query->output[0].expression);
      *inner.simple_name = query->output[0].name;
      return compiled;
    }
    TableSizes sizes;
    planner::Options options = planner_options(session, &sizes);
    if (inner.may_be_parallel) allow_parallel(session.settings, options);
    if (inner.for_cursor) compiled->sources = add_cursor_sources(*query, *session.catalog);
    compiled->may_be_parallel = inner.may_be_parallel;
    compiled->plan = hide_cursor_sources(planner::plan(*query, *session.catalog, options), compiled->sources);
    if (compiled->plan->parameter_count > 0 && lifted.empty() && !inner.for_cursor &&
        may_want_custom_plan(session, *compiled->plan))
      compiled->analysed = std::get<std::unique_ptr<query::Query>>(std::move(analyzed.node));
  } else {
    if (const auto* copy = std::get_if<query::Copy>(&analyzed.statement()->node)) rights.require(*copy);
    compiled->utility = std::get<std::shared_ptr<query::Statement>>(std::move(analyzed.node));
  }
  return compiled;
}

}  // namespace

std::unique_ptr<query::Query> analyze_inner(SessionState& session, const parser::Statement& statement,
                                            const std::string& text, const InnerCompile& options) {
  auto analyzed = analyze_with(session, statement, text, options, {});
  auto* query = std::get_if<std::unique_ptr<query::Query>>(&analyzed.node);
  return query != nullptr ? std::move(*query) : nullptr;
}

CompiledPtr recompile(SessionState& session, const CompiledStatement& statement) {
  parser::ParseTree tree = parse_text(session, *statement.text);
  for (const auto& candidate : tree.statements())
    if (candidate.location == statement.location)
      return compile(session, candidate, statement.text, statement.parameter_types,
                     statement.lifted);
  throw types::SqlError("XX000", "the statement is no longer where it was in its text");
}

namespace {

bool lock_relations(SessionState& session, const planner::Plan& plan) {
  for (const auto& use : plan.relations) {
    auto now = session.catalog->open_relation(use.relation->oid, use.lock);
    if (now != use.relation) return false;
  }
  for (const auto* others : {&plan.before, &plan.after})
    for (const auto& other : *others)
      if (!lock_relations(session, *other)) return false;
  return true;
}

}  // namespace

bool lock_and_check(SessionState& session, const CompiledStatement& statement) {
  if (statement.plan != nullptr) {
    if (statement.plan->role != session.catalog->user()) return false;
    if (!lock_relations(session, *statement.plan)) return false;
  }
  return statement.catalog_version == catalog_version(session) &&
         statement.plan_epoch == session.settings.plan_epoch;
}

namespace {

// Of every statement, so no pattern is read for it.
std::string with_count(std::string_view command, std::uint64_t rows) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), rows).ptr;
  std::string tag(command);
  return tag.append(digits.data(), end);
}

}  // namespace

std::string query_tag(query::CommandKind command, std::uint64_t rows) {
  switch (command) {
    case query::CommandKind::select:
    case query::CommandKind::values: return with_count("SELECT ", rows);
    case query::CommandKind::insert: return with_count("INSERT 0 ", rows);
    case query::CommandKind::update: return with_count("UPDATE ", rows);
    case query::CommandKind::delete_: return with_count("DELETE ", rows);
    case query::CommandKind::merge: return with_count("MERGE ", rows);
  }
  return {};
}

}  // namespace session
