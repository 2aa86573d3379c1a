// Runs the triggers that users made.
#pragma once

#include <unordered_map>

#include "inner_query.h"
#include "operators/triggers.h"

namespace session {

class SessionTriggers final : public operators::Triggers {
 public:
  explicit SessionTriggers(SessionState& session) : session_(session) {}

  void statement(const operators::TriggerEvent& event, bool before) override;
  bool before_row(const operators::TriggerEvent& event, std::span<const types::Datum> old_row,
                  std::span<types::Datum> new_row, types::Arena& arena) override;
  void after_row(const operators::TriggerEvent& event, std::span<const types::Datum> old_row,
                 std::span<const types::Datum> new_row) override;
  void fire_row(const catalog::TriggerInfo& trigger, const operators::TriggerEvent& event,
                std::span<const types::Datum> old_row, std::span<const types::Datum> new_row) override;
  void run_action(const std::string& statement, std::span<const types::Oid> types,
                  std::span<const types::Datum> values, types::Oid owner) override;

 private:
  // Whether its columns and its condition let it fire; records may be null.
  bool applies(const catalog::TriggerInfo& trigger, const operators::TriggerEvent& event,
               const types::Datum* old_record, const types::Datum* new_record);
  // Calls a row trigger if it applies. `result` holds the row that it returned, if any.
  enum class Outcome { not_fired, no_row, row };
  enum class When { checked, holds };
  Outcome fire(const catalog::TriggerInfo& trigger, const operators::TriggerEvent& event,
               std::span<const types::Datum> old_row, std::span<const types::Datum> new_row,
               plpgsql::Result& result, When when = When::checked);
  // Puts a constraint trigger off if it is deferred.
  bool defer(const catalog::TriggerInfo& trigger, const operators::TriggerEvent& event,
             std::span<const types::Datum> old_row, std::span<const types::Datum> new_row);

  SessionState& session_;
  std::unordered_map<types::Oid, std::shared_ptr<InnerQuery>> conditions_;
};

}  // namespace session
