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
