#include "io_kernels.h"

#include <string>

#include "catalog/internal_functions.h"
#include "types/type_io.h"

namespace eval {
namespace {

using types::Vector;

bool any_null(std::span<const Vector* const> arguments, std::uint32_t row) {
  for (const Vector* argument : arguments)
    if (argument->is_null(row)) return true;
  return false;
}

// (cstring) or (cstring, oid, typmod).
void call_input(types::EvalContext& ctx, const functions::FunctionCall& call, std::span<const Vector* const> arguments,
                types::Selection rows, Vector& out) {
  constexpr std::size_t kTypmod = 2;
  const types::TypeSupport& support = types::type_support(ctx, call.result.oid);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (any_null(arguments, row)) {
      out.set_null(row);
      continue;
    }
    const std::int32_t typmod = arguments.size() > kTypmod ? arguments[kTypmod]->get<std::int32_t>(row) : -1;
    out.set_datum(row, support.input(ctx, arguments[0]->get<std::string_view>(row), typmod));
  }
}

void call_output(types::EvalContext& ctx, const functions::FunctionCall& call, std::span<const Vector* const> arguments,
                 types::Selection rows, Vector& out) {
  const types::TypeSupport& support = types::type_support(ctx, call.arguments[0].oid);
  std::string text;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (arguments[0]->is_null(row)) {
      out.set_null(row);
      continue;
    }
    text.clear();
    support.output(ctx, arguments[0]->datum(row), text);
    out.set_datum(row, types::copy_datum(*ctx.arena, types::PhysicalType::varlen, types::Datum::of(std::string_view(text))));
  }
}

}  // namespace

functions::ScalarKernel io_kernel(std::string_view source) {
  if (catalog::type_of_io_function(catalog::TypeRole::input, source) != nullptr) return &call_input;
  if (catalog::type_of_io_function(catalog::TypeRole::output, source) != nullptr) return &call_output;
  return nullptr;
}

}  // namespace eval
