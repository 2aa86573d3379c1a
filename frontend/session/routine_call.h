// What a call changes for its duration: depth, settings, whose rights count.
#pragma once

#include "routines.h"

namespace session {

class RoutineCall {
 public:
  // 54001 when the stack is nearly used up.
  RoutineCall(Routines& routines, const Routine& routine, const TransitionScope* transitions = nullptr);
  ~RoutineCall();
  RoutineCall(const RoutineCall&) = delete;
  RoutineCall& operator=(const RoutineCall&) = delete;

 private:
  void restore();

  Routines& routines_;
  std::vector<std::pair<std::string, std::string>> before_;  // settings to put back
  std::size_t mark_ = 0;                                     // Settings::mark() once they were made
  bool may_end_transaction_;
  const TransitionScope* transitions_;  // the caller's
  bool definer_ = false;
  types::Oid user_ = 0;
  std::string user_name_;
};

// Parses a body; errors are told in the words and at the place that the client's text gives them.
std::unique_ptr<plpgsql::Function> parse_plpgsql(SessionState& session, const plpgsql::Source& source);

// Whether an assignment cast leads there.
bool can_assign(SessionState& session, types::TypeRef from, types::TypeRef to);

// Throws 54001 when less than a safe rest of the session's stack is left.
void check_stack(SessionState& session);

}  // namespace session
