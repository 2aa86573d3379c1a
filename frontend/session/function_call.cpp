#include "function_call.h"

#include <fmt/format.h>

#include "compiled_statement.h"
#include "eval/compile.h"
#include "parameter_value.h"
#include "plan_run.h"
#include "session_state.h"
#include "statement_runner.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

const catalog::FunctionInfo& callable(SessionState& session, types::Oid oid) {
  const catalog::FunctionInfo* function = session.catalog->function(oid);
  if (function == nullptr) throw SqlError("42883", fmt::format("function with OID {} does not exist", oid));
  if (function->kind != 'f' || function->returns_set)
    throw SqlError("0A000", fmt::format("cannot call function \"{}\" via fastpath interface", function->name));
  return *function;
}

void require_counts(const protocol::FunctionCallMessage& message, std::size_t wanted) {
  if (message.arguments.size() != wanted)
    throw SqlError("08P01", fmt::format("function call message contains {} arguments but function requires {}",
                                        message.arguments.size(), wanted));
  if (message.argument_formats.size() > 1 && message.argument_formats.size() != wanted)
    throw SqlError("08P01", fmt::format("function call message contains {} argument formats but {} arguments",
                                        message.argument_formats.size(), wanted));
}

// Parameters of exactly the declared types: the call can mean no other function.
std::string call_text(SessionState& session, const catalog::FunctionInfo& function) {
  std::string text = fmt::format("SELECT {}.{}(", catalog::quote_identifier(session.catalog->schema_name(function.schema)),
                                 catalog::quote_identifier(function.name));
  for (std::size_t i = 1; i <= function.arguments.size(); ++i)
    text += fmt::format("{}{}${}", i == 1 ? "" : ", ",
                        function.variadic != 0 && i == function.arguments.size() ? "VARIADIC " : "", i);
  return text + ")";
}

class CallAnswer final : public PlanRun::Sink {
 public:
  CallAnswer(SessionState& session, types::Oid type, std::int16_t format)
      : session_(session), support_(eval::type_support(*session.catalog, type)), format_(format),
        is_text_(format == 0 || sends_text(type)) {}

  void row(types::EvalContext& context, std::span<const types::Vector> columns, std::uint32_t row) override {
    auto& messages = session_.messages();
    messages.begin_function_call_response();
    if (columns[0].is_null(row)) {
      messages.null_value();
    } else {
      messages.begin_value();
      const types::Datum value = columns[0].datum(row);
      if (format_ == 0) support_.output(context, value, messages.bytes());
      else support_.send(context, value, messages.bytes());
      if (is_text_) messages.end_text_value();
      else messages.end_value();
    }
    messages.end_function_call_response();
  }

 private:
  SessionState& session_;
  const types::TypeSupport& support_;
  std::int16_t format_;
  bool is_text_;  // what the client's character set is for
};

}  // namespace

void call_function(SessionState& session, const protocol::FunctionCallMessage& message) {
  session.statement_time = current_timestamp();
  require_usable_transaction(session, nullptr);
  StatementLimits limits(session);
  session.block->begin_implicit();
  const catalog::FunctionInfo& function = callable(session, message.function);
  require_counts(message, function.arguments.size());
  if (message.result_format != 0 && message.result_format != 1)
    throw SqlError("22023", fmt::format("unsupported format code: {}", message.result_format));

  const auto text = std::make_shared<const std::string>(call_text(session, function));
  session.current_text = text;
  session.begin_activity();
  const parser::ParseTree tree(*text);
  const auto compiled = compile(session, tree.statements().front(), text, function.arguments);
  types::Arena arena;
  std::vector<types::Datum> arguments(message.arguments.size(), types::Datum::null());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (message.arguments[i])
      arguments[i] = read_parameter(session, arena, compiled->parameter_types[i],
                                    protocol::format_of(message.argument_formats, i), *message.arguments[i]);

  CallAnswer answer(session, compiled->plan->columns.front().type.oid, message.result_format);
  PlanRun run(session, std::make_unique<operators::Execution>(compiled->plan), arguments);
  run.fetch(0, answer);
  session.block->note_answered();
  run.finish();
  session.services_end_statement();
  session.block->next_command();
  if (session.block->state() == TransactionBlock::State::implicit) session.commit();
}

}  // namespace session
