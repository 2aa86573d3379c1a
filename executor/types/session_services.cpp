// What of the session is not there in every place: answered by a refusal.
#include "types/session_services.h"

#include "types/absent_session.h"
#include "types/current_session.h"
#include "types/sql_error.h"

namespace types {

void SessionServices::call_function(EvalContext&, const UserCall&, std::span<const Vector* const>,
                                    Selection, Vector&) {
  throw SqlError::not_supported("a user-defined function in this place");
}
const text_search::Configuration& SessionServices::ts_configuration(Oid) {
  throw SqlError::not_supported("text search here");
}
const text_search::Dictionary& SessionServices::ts_dictionary(Oid) {
  throw SqlError::not_supported("text search here");
}
void SessionServices::check_domain(EvalContext&, Oid, const Datum&) {
  throw SqlError::not_supported("a domain in this place");
}
void SessionServices::each_query_row(std::string_view, const QueryRow&) {
  throw SqlError::not_supported("queries of functions here");
}
Oid SessionServices::default_ts_configuration() { throw SqlError::not_supported("text search here"); }
SequenceFacts SessionServices::sequence_facts(Oid) {
  throw SqlError::not_supported("a sequence in this place");
}

void require_committed_label(SessionServices* session, Oid label, std::string_view text, std::string_view type) {
  if (session == nullptr) session = current_session();
  if (session == nullptr || !session->is_uncommitted_label(label)) return;
  throw SqlError("55P04", "unsafe use of new value \"" + std::string(text) + "\" of enum type " + std::string(type))
      .with_hint("New enum values must be committed before they can be used.");
}

std::unique_ptr<UserRows> SessionServices::start_comparison(EvalContext&, std::string_view function,
                                                            std::span<const Datum>) {
  throw SqlError::not_supported(std::string("function ") + std::string(function) + "()");
}

std::unique_ptr<UserRows> SessionServices::start_transition_rows(bool, std::span<const TypeRef>) {
  throw SqlError::not_supported("transition tables in this place");
}

std::unique_ptr<UserRows> SessionServices::start_function(EvalContext&, const UserCall&,
                                                          std::span<const Datum>) {
  throw SqlError::not_supported("a user-defined function in this place");
}

void AbsentSession::refuse() const {
  throw SqlError::not_supported("a function that asks the session " + std::string(where_));
}

}  // namespace types
