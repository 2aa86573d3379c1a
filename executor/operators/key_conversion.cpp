#include "operators/key_conversion.h"

#include "eval/compile.h"
#include "eval/environment.h"
#include "eval/program.h"
#include "planner/planner.h"
#include "query/expression.h"
#include "types/integer_conversion.h"
#include "types/oid.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace operators {

using types::Datum;
using types::Oid;
using types::SqlError;

namespace {

bool is_string(Oid type) {
  return type == types::oid::text || type == types::oid::varchar || type == types::oid::name;
}

bool have_same_bytes(catalog::CatalogView& catalog, Oid from, Oid to) {
  if (from == to || (is_string(from) && is_string(to))) return true;
  const catalog::CastInfo* cast = catalog.cast(from, to);
  return cast != nullptr && cast->method == 'b';
}

query::ExpressionPtr make(catalog::CatalogView& catalog, Oid type, decltype(query::Expression::node) node) {
  auto expression = std::make_unique<query::Expression>();
  expression->type = types::TypeRef{type};
  if (const catalog::TypeInfo* info = catalog.type(type)) expression->type.collation = info->collation;
  expression->node = std::move(node);
  return expression;
}

// $1 of type `from`, cast.
query::ExpressionPtr cast_parameter(catalog::CatalogView& catalog, Oid from, Oid to) {
  query::ExpressionPtr value = make(catalog, from, query::Parameter{1});
  const catalog::CastInfo* cast = catalog.cast(from, to);
  if (cast == nullptr)
    throw SqlError::not_supported("a foreign key from type " + catalog.format_type(from) + " to type " + catalog.format_type(to));
  if (cast->method == 'b') return make(catalog, to, query::Relabel{std::move(value), query::CallForm::implicit_cast});
  if (cast->method == 'i') return make(catalog, to, query::CoerceViaIo{std::move(value), query::CallForm::implicit_cast});
  query::Call call;
  call.function = cast->function;
  call.form = query::CallForm::implicit_cast;
  call.arguments.push_back(std::move(value));
  // Casts that take a length and whether they were written out.
  const catalog::FunctionInfo* function = catalog.function(cast->function);
  CHECK(function != nullptr);
  if (function->arguments.size() > 1)
    call.arguments.push_back(make(catalog, types::oid::int4, query::Constant(Datum::of(std::int32_t{-1}))));
  if (function->arguments.size() > 2)
    call.arguments.push_back(make(catalog, types::oid::bool_, query::Constant(Datum::of(false))));
  return make(catalog, to, std::move(call));
}

// One expression over parameters, ready to run.
struct Computation {
  Computation(catalog::CatalogView& catalog, const query::Expression& expression, const types::EvalContext& outer)
      : program(planner::compile_expression(expression, catalog)), evaluator(program, 1), context(outer) {
    context.arena = &arena;
    evaluator.bind(environment, context);
  }
  // Good until the next call.
  Datum run(std::span<const Datum> parameters) {
    arena.reset();
    environment.parameters = parameters;
    return evaluator.value(0);
  }

  eval::Program program;
  eval::Evaluator evaluator;
  eval::Environment environment;
  types::EvalContext context;
  types::Arena arena{256};
};

}  // namespace

// None: the value as it is. First the implicit cast to what the operator compares, then, where that is another type than the key's, the value of
// the key's type that is nearest, which the operator must find equal.
struct KeyConversion::Steps {
  std::unique_ptr<Computation> implicit, nearest, equal;
  types::PhysicalType compared{};
};

KeyConversion::KeyConversion(catalog::CatalogView& catalog, Oid from, Oid to, Oid equal, const types::EvalContext& context)
    : from_(eval::physical_type(catalog, from)), to_(eval::physical_type(catalog, to)) {
  const Oid source = catalog.base_type(from), key = catalog.base_type(to);
  if (source == key || (is_string(source) && is_string(key)) || (types::is_integer(source) && types::is_integer(key))) return;
  steps_ = std::make_unique<Steps>();
  const catalog::OperatorInfo* op = catalog.operator_(equal);
  CHECK(op != nullptr);
  // The same bytes may be compared otherwise than by the key's type: texts and strings of fixed length.
  if (have_same_bytes(catalog, source, key) || have_same_bytes(catalog, source, op->left)) return;
  // A moment may be told by several local times, and the nearest of them is not the only one.
  if (source == types::oid::timestamptz && key == types::oid::timestamp)
    throw SqlError::not_supported("a foreign key from type " + catalog.format_type(from) + " to type " + catalog.format_type(to));
  if (source != op->right)
    steps_->implicit = std::make_unique<Computation>(catalog, *cast_parameter(catalog, source, op->right), context);
  steps_->compared = eval::physical_type(catalog, op->right);
  if (op->left == op->right) return;
  steps_->nearest = std::make_unique<Computation>(catalog, *cast_parameter(catalog, op->right, op->left), context);
  query::Call call;
  call.function = op->function;
  call.operator_ = op->oid;
  call.arguments.push_back(make(catalog, op->left, query::Parameter{1}));
  call.arguments.push_back(make(catalog, op->right, query::Parameter{2}));
  steps_->equal =
      std::make_unique<Computation>(catalog, *make(catalog, types::oid::bool_, std::move(call)), context);
}

KeyConversion::~KeyConversion() = default;
KeyConversion::KeyConversion(KeyConversion&&) noexcept = default;
KeyConversion& KeyConversion::operator=(KeyConversion&&) noexcept = default;

std::optional<Datum> KeyConversion::find(const Datum& value, types::Arena& arena) {
  if (!steps_) return types::convert_integer(from_, to_, value);
  Datum compared = value;
  if (steps_->implicit) compared = types::copy_datum(arena, steps_->compared, steps_->implicit->run({&value, 1}));
  if (!steps_->nearest) return compared;
  Datum nearest;
  try {
    nearest = types::copy_datum(arena, to_, steps_->nearest->run({&compared, 1}));
  } catch (const SqlError& error) {
    if (error.sqlstate().starts_with("22")) return std::nullopt;  // out of the key's range
    throw;
  }
  if (nearest.is_null) return std::nullopt;
  const Datum both[] = {nearest, compared};
  const Datum equal = steps_->equal->run(both);
  if (equal.is_null || !equal.boolean) return std::nullopt;
  return nearest;
}

std::optional<Datum> KeyConversion::unfind(const Datum& value) const {
  CHECK(is_one_to_one());
  return types::convert_integer(to_, from_, value);
}

std::vector<KeyConversion> key_conversions(catalog::CatalogView& catalog, const catalog::ForeignKey& key,
                                           const catalog::RelationDescriptor& referenced,
                                           const catalog::RelationDescriptor& referencing, std::span<const int> columns,
                                           const types::EvalContext& context) {
  std::vector<KeyConversion> conversions;
  for (std::size_t i = 0; i < columns.size(); ++i)
    conversions.emplace_back(catalog, referencing.columns[static_cast<std::size_t>(columns[i])].type.oid,
                             referenced.columns[static_cast<std::size_t>(key.referenced_columns[i])].type.oid,
                             key.equal_operators[i], context);
  return conversions;
}

}  // namespace operators
