// Statements inside of functions: prepared, run, their rows handed to a sink instead of a client.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "plpgsql/host.h"
#include "session_state.h"

namespace session {

class InnerQuery final : public plpgsql::Query {
 public:
  CompiledPtr compiled;
  std::string text;                       // of several statements: each compiled when it is due
  std::vector<types::Oid> parameter_types;
  std::vector<types::PhysicalType> parameter_physical;  // of those it reads; others: any fixed one
  bool several = false;
  PlanChoice choice;
  std::unique_ptr<operators::Execution> idle;

  std::string command() const override;
};

// 0A000: it is run for a function that only reads.
[[noreturn]] void refuse_in_read_only(const InnerQuery& query);

std::shared_ptr<InnerQuery> prepare_inner(SessionState& session, const std::string& text,
                                          const InnerCompile& options, bool may_be_simple);
// The same of one statement that is parsed already.
std::shared_ptr<InnerQuery> prepare_inner(SessionState& session, const parser::Statement& statement,
                                          const std::shared_ptr<const std::string>& text,
                                          const InnerCompile& options, bool may_be_simple);
// Of one value, $1 of that type: "SELECT $1", which assigns it to `result`, or another expression.
std::shared_ptr<InnerQuery> prepare_of_value(SessionState& session, const std::string& text, types::TypeRef type,
                                             types::TypeRef result = {});
bool lock_inner(SessionState& session, InnerQuery& query);

// See plpgsql::Host::run. `read_only`: in the caller's view, and changes are refused.
std::uint64_t run_inner(SessionState& session, InnerQuery& query, std::span<const types::Datum> parameters,
                        bool read_only, plpgsql::Sink* sink, std::uint64_t limit);

// What a cached plan or text depends on.
std::uint64_t inner_version(SessionState& session);

}  // namespace session
