#include "call.h"

namespace functions::test {

using namespace types;

Caller::Caller() {
  ctx.arena = &arena_;
  ctx.format = &settings;
}

Datum Caller::read(Oid type, std::string_view text) {
  return type_support(type).input(ctx, text, -1);
}

std::string Caller::write(Oid type, const Datum& value) {
  std::string out;
  type_support(type).output(ctx, value, out);
  return out;
}

std::optional<std::string> Caller::call(std::string_view prosrc, Oid result,
                                        const std::vector<Oid>& argument_types,
                                        const std::vector<std::optional<std::string>>& arguments) {
  ScalarKernel kernel = find_scalar(prosrc);
  if (kernel == nullptr) throw std::runtime_error("no kernel " + std::string(prosrc));
  std::vector<Vector> columns;
  std::vector<TypeRef> refs;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Oid type = argument_types[i];
    Datum value = arguments[i] ? read(type, *arguments[i]) : Datum::null();
    // Rows 0 and 1 alike, so that a kernel which ignores its selection shows.
    Vector column = Vector::allocate(arena_, type_support(type).physical, 2);
    column.set_datum(0, value);
    column.set_datum(1, value);
    columns.push_back(column);
    refs.push_back({.oid = type, .typmod = -1, .collation = collation::default_});
  }
  std::vector<const Vector*> pointers;
  for (const Vector& column : columns) pointers.push_back(&column);
  FunctionCall call{.function = 0,
                    .result = {.oid = result},
                    .arguments = refs,
                    .collation = collation::default_};
  Vector out = Vector::allocate(arena_, type_support(result).physical, 2);
  std::uint16_t rows[] = {1};
  kernel(ctx, call, pointers, {rows, 1}, out);
  if (out.is_null(1)) return std::nullopt;
  return write(result, out.datum(1));
}

}  // namespace functions::test
