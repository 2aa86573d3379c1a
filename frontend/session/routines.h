// Functions and procedures that users wrote: found, compiled, called.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "inner_query.h"
#include "operators/transition_tables.h"
#include "planner/function_bodies.h"
#include "plpgsql/host.h"
#include "query/ddl.h"
#include "query/utility.h"
#include "statement_runner.h"
#include "types/session_services.h"

namespace session {

class PlpgsqlHost;

inline constexpr types::Oid kEventTriggerType = 3838;  // what functions of event triggers return

// One function with the types that it is called with (they differ where it is polymorphic).
struct Routine {
  catalog::FunctionInfo info;   // its views are into the strings here
  std::string name, source, sql_body, signature;
  std::vector<types::Oid> all_arguments;
  std::string argument_modes;
  std::vector<std::string> argument_names;
  std::vector<std::pair<std::string, std::string>> settings;  // SET clauses
  std::vector<types::TypeRef> arguments;   // of its input arguments
  types::TypeRef result;
  std::vector<plpgsql::Parameter> parameters;
  std::vector<plpgsql::Column> columns;    // of its rows, one for a scalar; empty: any record
  bool returns_row = false;
  std::uint64_t version = 0;               // inner_version when it was last found unchanged

  std::shared_ptr<const plpgsql::Function> plpgsql;
  // LANGUAGE sql.
  std::shared_ptr<const std::string> text;
  std::unique_ptr<parser::ParseTree> tree;
  struct Step {
    const parser::Statement* statement = nullptr;
    std::shared_ptr<InnerQuery> query;
  };
  std::vector<Step> steps;
  std::shared_ptr<const query::Query> body;  // FunctionBodies::body() in body_version
  std::uint64_t body_version = 0;
};
using RoutinePtr = std::shared_ptr<Routine>;

// What a trigger's function sees by the names that the trigger gives it.
struct TransitionScope {
  types::Oid trigger = 0, relation = 0;
  std::string_view old_table, new_table;
  std::shared_ptr<operators::TransitionTables> tables;
};

class Routines final : public planner::FunctionBodies {
 public:
  explicit Routines(SessionState& session);
  ~Routines() override;

  // planner::FunctionBodies
  std::shared_ptr<const query::Query> body(types::Oid function, std::span<const types::TypeRef> arguments,
                                           types::TypeRef result) override;

  // types::SessionServices
  void call(types::EvalContext& context, const types::UserCall& call,
            std::span<const types::Vector* const> arguments, types::Selection rows, types::Vector& out);
  std::unique_ptr<types::UserRows> start(types::EvalContext& context, const types::UserCall& call,
                                         std::span<const types::Datum> arguments);

  void run_do(const query::DoBlock& statement, const RunOptions& options);
  void run_call(const query::CallProcedure& statement, const RunOptions& options);
  // False: it returned null. `transitions`: null when the trigger names none.
  bool call_trigger(types::Oid function, const plpgsql::TriggerCall& call, plpgsql::Result& result,
                    const TransitionScope* transitions = nullptr);
  void call_event_trigger(types::Oid function, const std::string& event, const std::string& tag);
  // Those of the function that is running now; null: none.
  const TransitionScope* transitions() const { return transitions_; }
  // CREATE FUNCTION has stored it: its body is looked at.
  void validate(types::Oid function);

  // Calls that are under way.
  int depth() const { return depth_; }
  bool may_end_transaction() const { return may_end_transaction_; }
  plpgsql::Interpreter& interpreter() { return *interpreter_; }
  PlpgsqlHost& host() { return *host_; }

 private:
  friend class RoutineCall;
  // A function of a trigger with transition tables is compiled for that trigger.
  RoutinePtr find(types::Oid function, std::span<const types::TypeRef> arguments, types::TypeRef result,
                  types::Oid trigger = 0);
  RoutinePtr make(const catalog::FunctionInfo& info, std::span<const types::TypeRef> arguments,
                  types::TypeRef result);
  void find_columns(Routine& routine);
  bool same_columns(const Routine& routine);
  void compile(Routine& routine, bool check);
  // Runs the body; the answer in `result`, rows in result.rows when there is one.
  void run(Routine& routine, std::span<const types::Datum> arguments, plpgsql::Result& result);
  void run_sql(Routine& routine, std::span<const types::Datum> arguments, plpgsql::Result& result);
  void check_result(const Routine& routine, const InnerQuery& query);
  plpgsql::Types& types();

  SessionState& session_;
  std::unique_ptr<PlpgsqlHost> host_;
  std::unique_ptr<plpgsql::Interpreter> interpreter_;
  struct Key {
    types::Oid function;
    std::string types;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const { return std::hash<std::string>()(k.types) * 31 + k.function; }
  };
  std::unordered_map<Key, RoutinePtr, Hash> cache_;
  const TransitionScope* transitions_ = nullptr;
  int depth_ = 0;
  bool may_end_transaction_ = false;
};

// What CALL answers: its OUT parameters; none: no rows.
std::vector<planner::ResultColumn> call_columns(SessionState& session, const query::CallProcedure& statement);
// For each, the parameter number that stands in its place in the call, or 0.
std::vector<int> call_outputs(SessionState& session, const query::CallProcedure& statement);

}  // namespace session
