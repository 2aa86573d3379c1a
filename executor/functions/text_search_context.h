// What functions of text search take from the session. Private to the unit.
#pragma once

#include "functions/function.h"
#include "text_search/configuration.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace functions {

inline types::SessionServices& text_search_session(types::EvalContext& ctx) {
  if (ctx.session == nullptr) throw types::SqlError::not_supported("text search without a session");
  return *ctx.session;
}

// Tells the client what a text had that could not be taken.
class NoticeRemarks final : public text_search::Remarks {
 public:
  explicit NoticeRemarks(types::SessionServices& session) : session_(session) {}
  void word_too_long() override {
    session_.notice(types::SqlError("54000", "word is too long to be indexed")
                        .with_detail("Words longer than " + std::to_string(text_search::kMaxWordSize) +
                                     " characters are ignored."));
  }

 private:
  types::SessionServices& session_;
};

}  // namespace functions
