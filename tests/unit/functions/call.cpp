#include "call.h"

#include "functions/aggregate.h"

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
                    .columns = {},
                    .collation = collation::default_};
  Vector out = Vector::allocate(arena_, type_support(result).physical, 2);
  std::uint16_t rows[] = {1};
  kernel(ctx, call, pointers, {rows, 1}, out);
  if (out.is_null(1)) return std::nullopt;
  return write(result, out.datum(1));
}

std::optional<std::string> Caller::aggregate(
    Oid function, Oid result, const std::vector<Oid>& argument_types,
    const std::vector<std::vector<std::optional<std::string>>>& rows, Path path) {
  const AggregateFunction* aggregate = find_aggregate(function);
  if (aggregate == nullptr) throw std::runtime_error("no aggregate " + std::to_string(function));
  auto count = static_cast<std::uint32_t>(rows.size());
  std::vector<Vector> columns;
  std::vector<TypeRef> refs;
  for (std::size_t a = 0; a < argument_types.size(); ++a) {
    Oid type = argument_types[a];
    Vector column = Vector::allocate(arena_, type_support(type).physical, count + 1);
    for (std::uint32_t i = 0; i < count; ++i)
      column.set_datum(i, rows[i][a] ? read(type, *rows[i][a]) : Datum::null());
    columns.push_back(column);
    refs.push_back({.oid = type});
  }
  std::vector<const Vector*> pointers;
  for (const Vector& column : columns) pointers.push_back(&column);
  FunctionCall call{.function = function, .result = {.oid = result}, .arguments = refs, .columns = {}};
  auto new_state = [&] {
    auto* state = static_cast<std::byte*>(arena_.allocate(aggregate->state_size));
    aggregate->init(state);
    return state;
  };
  std::byte* state = new_state();
  if (path == Path::one_group) {
    aggregate->update_one(ctx, call, pointers, {nullptr, count}, state);
  } else {
    std::byte* second = path == Path::combined ? new_state() : state;
    std::vector<std::byte*> states;
    for (std::uint32_t i = 0; i < count; ++i) states.push_back(i < count / 2 ? state : second);
    aggregate->update(ctx, call, pointers, {nullptr, count}, states.data());
    if (path == Path::combined) aggregate->combine(ctx, call, second, state);
  }
  Vector out = Vector::allocate(arena_, type_support(result).physical, 1);
  aggregate->finalize(ctx, call, state, out, 0);
  if (out.is_null(0)) return std::nullopt;
  return write(result, out.datum(0));
}

}  // namespace functions::test
