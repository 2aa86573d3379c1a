#include "routine_call.h"

#include <fmt/format.h>

#include "plpgsql_host.h"
#include "types/sql_error.h"
#include "types/stack_depth.h"

namespace session {

using types::SqlError;

void check_stack(SessionState& session) {
  // For the statement that is to be analysed, planned and run from here: more than four times what analysis may take.
  constexpr std::ptrdiff_t kReserve = 6 << 20;
  const char* here = static_cast<const char*>(__builtin_frame_address(0));
  if (session.stack_base != nullptr &&
      session.stack_base - here > static_cast<std::ptrdiff_t>(kStackBytes) - kReserve)
    types::throw_stack_depth_exceeded();
}

RoutineCall::RoutineCall(Routines& routines, const Routine& routine, const TransitionScope* transitions)
    : routines_(routines), may_end_transaction_(routines.may_end_transaction_), transitions_(routines.transitions_) {
  auto& session = routines.session_;
  check_stack(session);
  if (routine.info.security_definer) {
    ++session.definer_depth;
    definer_ = true;
    user_ = session.catalog->user();
    user_name_ = session.catalog->user_name();
    session.catalog->set_user(routine.info.owner, session.catalog->role_name(routine.info.owner));
  }
  try {
    for (const auto& [name, value] : routine.settings) {
      before_.emplace_back(name, session.settings.show(name, true).value_or(""));
      session.settings.set(name, value, SettingSource::session, true);
    }
    mark_ = session.settings.mark();
    if (!before_.empty()) session.apply_settings();
  } catch (...) {
    restore();
    throw;
  }
  // A function's own transaction cannot end; a procedure's can unless it has settings of its own.
  if (routine.info.kind != 'p' || !routine.settings.empty() || routine.info.security_definer)
    routines.may_end_transaction_ = false;
  ++routines.depth_;
  routines.transitions_ = transitions;
}

RoutineCall::~RoutineCall() {
  --routines_.depth_;
  routines_.may_end_transaction_ = may_end_transaction_;
  routines_.transitions_ = transitions_;
  restore();
}

void RoutineCall::restore() {
  auto& session = routines_.session_;
  for (auto it = before_.rbegin(); it != before_.rend(); ++it) {
    // What the routine itself SET, but LOCAL, outlives it.
    if (session.settings.was_set_since(mark_, it->first)) continue;
    try {
      session.settings.set(it->first, it->second, SettingSource::session, true);
    } catch (const SqlError&) {
    }
  }
  if (!before_.empty()) session.apply_settings();
  if (!definer_) return;
  --session.definer_depth;
  session.catalog->set_user(user_, user_name_);
}

bool can_assign(SessionState& session, types::TypeRef from, types::TypeRef to) {
  const auto* cast = session.catalog->cast(session.catalog->base_type(from.oid), session.catalog->base_type(to.oid));
  if (cast != nullptr && cast->context != 'e') return true;
  // Anything becomes text by assignment, arrays as their elements do.
  const auto* target = session.catalog->type(session.catalog->base_type(to.oid));
  if (target != nullptr && target->category == 'S') return true;
  const auto from_element = session.catalog->element_type(from.oid), to_element = session.catalog->element_type(to.oid);
  return from_element != 0 && to_element != 0 &&
         (from_element == to_element || can_assign(session, {from_element, -1, 0}, {to_element, -1, 0}));
}

namespace {

// Puts a position where the body stands in the client's text; false when it is not found there.
bool place_in_statement(SessionState& session, const plpgsql::Source& source, SqlError& error) {
  if (error.position() < 0 || error.has_internal_query()) return false;
  const std::string_view text = session.current_text ? std::string_view(*session.current_text) : "";
  const auto at = text.find(source.text);
  if (at != std::string_view::npos && text.find(source.text, at + 1) == std::string_view::npos) {
    error = SqlError(error).at(static_cast<int>(at) + error.position());
    return true;
  }
  error.set_internal_query(source.text);
  return false;
}

}  // namespace

std::unique_ptr<plpgsql::Function> parse_plpgsql(SessionState& session, const plpgsql::Source& source) {
  try {
    auto function = plpgsql::parse(source, session.routines->host());
    for (SqlError& warning : function->warnings) {
      place_in_statement(session, source, warning);
      session.routines->host().message(plpgsql::RaiseLevel::warning, std::move(warning));
    }
    function->warnings.clear();
    return function;
  } catch (const SqlError& error) {
    SqlError moved = error;
    if (place_in_statement(session, source, moved)) throw moved;
    if (!moved.context().empty()) throw moved;
    int line = 1;
    for (int i = 0; i < error.position() && i < static_cast<int>(source.text.size()); ++i)
      line += source.text[static_cast<std::size_t>(i)] == '\n';
    moved.add_context(fmt::format("compilation of PL/pgSQL function \"{}\" near line {}", source.name, line));
    throw moved;
  }
}

}  // namespace session
