#include "functions/type_functions.h"

#include "kernel.h"
#include "types/type_io.h"

namespace functions {
namespace {

using std::string_view;

bool has_null(std::span<const Vector* const> arguments, std::uint32_t row) {
  for (const Vector* argument : arguments)
    if (argument->is_null(row)) return true;
  return false;
}

void type_input(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows,
                Vector& out) {
  const types::TypeSupport& support = types::type_support(ctx, call.result.oid);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (has_null(arguments, row)) return out.set_null(row);
    const std::int32_t typmod = arguments.size() > 2 ? arguments[2]->template get<std::int32_t>(row) : -1;
    out.set_datum(row, support.input(ctx, arguments[0]->template get<string_view>(row), typmod));
  });
}

void type_output(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows,
                 Vector& out) {
  const types::TypeSupport& support = types::type_support(ctx, call.arguments[0].oid);
  std::string text;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (has_null(arguments, row)) return out.set_null(row);
    text.clear();
    support.output(ctx, arguments[0]->datum(row), text);
    out.set(row, ctx.arena->copy(text));
  });
}

}  // namespace

const ScalarKernel kTypeInput = &type_input;
const ScalarKernel kTypeOutput = &type_output;

}  // namespace functions
