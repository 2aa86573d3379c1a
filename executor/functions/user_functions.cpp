#include "functions/user_functions.h"

#include "types/session_services.h"
#include "types/sql_error.h"

namespace functions {
namespace {

types::UserCall user_call(const FunctionCall& call) {
  return {.function = call.function,
          .result = call.result,
          .arguments = call.arguments,
          .columns = call.columns,
          .collation = call.collation};
}

class Run final : public SetFunctionRun {
 public:
  explicit Run(std::unique_ptr<types::UserRows> rows) : rows_(std::move(rows)) {}
  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out,
                     std::uint32_t capacity) override {
    return rows_->next(context, out, capacity);
  }

 private:
  std::unique_ptr<types::UserRows> rows_;
};

types::SessionServices& session_of(types::EvalContext& context) {
  if (context.session == nullptr)
    throw types::SqlError::not_supported("a user-defined function in this place");
  return *context.session;
}

}  // namespace

void call_user_function(types::EvalContext& context, const FunctionCall& call,
                        std::span<const types::Vector* const> arguments, types::Selection rows,
                        types::Vector& out) {
  session_of(context).call_function(context, user_call(call), arguments, rows, out);
}

std::unique_ptr<SetFunctionRun> start_user_function(types::EvalContext& context,
                                                    const FunctionCall& call,
                                                    std::span<const types::Datum> arguments) {
  return std::make_unique<Run>(
      session_of(context).start_function(context, user_call(call), arguments));
}

}  // namespace functions

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
void SessionServices::each_query_row(std::string_view, const QueryRow&) {
  throw SqlError::not_supported("queries of functions here");
}
Oid SessionServices::default_ts_configuration() { throw SqlError::not_supported("text search here"); }
SequenceFacts SessionServices::sequence_facts(Oid) {
  throw SqlError::not_supported("a sequence in this place");
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

}  // namespace types
