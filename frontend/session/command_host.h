// What executor/commands asks of the session.
#pragma once

#include "commands/commands.h"
#include "session_state.h"
#include "table_sizes.h"

namespace session {

class CommandHost final : public commands::Host {
 public:
  explicit CommandHost(SessionState& session, std::span<const types::Datum> parameters = {})
      : session_(session), parameters_(parameters) {}

  catalog::SessionCatalog& catalog() override { return *session_.catalog; }
  void notice(commands::Notice notice) override;
  operators::ExecutionContext execution_context() override {
    return session_.execution_context(nullptr, parameters_);
  }
  planner::Options planner_options() override;
  void on_commit(types::Oid relation, query::OnCommit action) override;
  int temporary_schema_number() override { return session_.identity.process_id; }
  std::string check_setting(const std::string& name, const std::string& value, SettingOf of) override;
  bool collects_drops() override;
  void dropped(const DroppedObject& object) override;
  void before_rewrite(types::Oid table, int reason) override;
  void run_statement(std::string_view sql) override;

 private:
  SessionState& session_;
  std::span<const types::Datum> parameters_;
  TableSizes sizes_;
};

}  // namespace session
