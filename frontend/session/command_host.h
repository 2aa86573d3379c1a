// What executor/commands asks of the session.
#pragma once

#include <chrono>
#include <functional>

#include "commands/commands.h"
#include "session_state.h"
#include "table_sizes.h"

namespace session {

class CommandHost final : public commands::Host {
 public:
  explicit CommandHost(SessionState& session, std::span<const types::Datum> parameters = {})
      : session_(session), parameters_(parameters) {}

  // The query that a command runs is to be explained, and told of at its end with how long planning took.
  using Explained = std::function<void(const operators::Execution&, double planning_ms)>;
  void explain(const Explained& explained);

  catalog::SessionCatalog& catalog() override { return *session_.catalog; }
  void notice(commands::Notice notice) override;
  operators::ExecutionContext execution_context() override;
  planner::Options planner_options() override;
  void on_commit(types::Oid relation, query::OnCommit action) override;
  int temporary_schema_number() override { return session_.identity.process_id; }
  std::string check_setting(const std::string& name, const std::string& value, SettingOf of) override;
  bool collects_drops() override;
  void dropped(const DroppedObject& object) override;
  void before_rewrite(types::Oid table, int reason) override;
  void label_added(types::Oid label) override { session_.new_labels.push_back(label); }
  TableUse use_of_table(types::Oid table) override;
  void run_statement(std::string_view sql) override;
  void on_failure(std::function<void(Host&)> work) override { on_failure_ = std::move(work); }

  // The command failed, and its transaction is undone: what was said to on_failure(), in a transaction of its own.
  void leave_remains();

 private:
  SessionState& session_;
  std::span<const types::Datum> parameters_;
  TableSizes sizes_;
  std::function<void(const operators::Execution&)> at_end_;  // empty: nothing is explained
  std::chrono::steady_clock::time_point planning_since_;
  double planning_ms_ = 0;
  std::function<void(Host&)> on_failure_;  // empty: a failure leaves nothing
};

}  // namespace session
