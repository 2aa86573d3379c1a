#include "eval/scalar_program.h"

#include "catalog/builtin.h"
#include "eval/compile.h"

namespace eval {

using types::Datum;

class ScalarProgram::Maker {
 public:
  Maker(catalog::CatalogView& catalog, ScalarProgram& program) : catalog_(catalog), program_(program) {}

  // Where the expression's value is; null: there is no step for something in it.
  std::optional<Operand> add(const query::Expression& e) {
    if (program_.steps_.size() > kMostSteps || !is_fixed(e.type.oid)) return std::nullopt;
    if (const auto* parameter = std::get_if<query::Parameter>(&e.node))
      return parameter->number >= 1 ? std::optional<Operand>(-parameter->number) : std::nullopt;
    if (const auto* constant = std::get_if<query::Constant>(&e.node)) return keep(constant->value);
    if (const auto* call = std::get_if<query::Call>(&e.node)) return add_call(*call);
    if (const auto* boolean = std::get_if<query::BooleanExpression>(&e.node)) return add_boolean(*boolean);
    if (const auto* test = std::get_if<query::Test>(&e.node)) return add_test(*test);
    if (const auto* choice = std::get_if<query::Case>(&e.node)) return add_case(*choice);
    if (const auto* coalesce = std::get_if<query::Coalesce>(&e.node)) return add_coalesce(*coalesce);
    if (const auto* relabel = std::get_if<query::Relabel>(&e.node))
      return !relabel->collate && physical_type(catalog_, relabel->argument->type.oid) == physical_type(catalog_, e.type.oid)
                 ? add(*relabel->argument)
                 : std::nullopt;
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kMostSteps = 1000;

  // Domains are checked where a value becomes one: by a node that has no step.
  bool is_fixed(types::Oid type) {
    const catalog::TypeInfo* info = catalog_.type(type);
    return info != nullptr && info->kind == 'b' && physical_type(catalog_, type) != types::PhysicalType::varlen;
  }
  Operand keep(const Datum& value) {
    program_.registers_.push_back(value);
    return static_cast<Operand>(program_.registers_.size() - 1);
  }
  std::uint16_t new_register() { return static_cast<std::uint16_t>(keep(Datum::null())); }
  void step(Kind kind, std::uint16_t to, Operand first = 0, Operand second = 0, functions::SingleKernel kernel = nullptr) {
    program_.steps_.push_back({kind, to, 0, first, second, kernel});
  }
  std::size_t jump(Kind kind, Operand first = 0) {
    step(kind, 0, first);
    return program_.steps_.size() - 1;
  }
  void land(std::size_t jump) { program_.steps_[jump].target = static_cast<std::uint16_t>(program_.steps_.size()); }

  std::optional<Operand> add_call(const query::Call& call) {
    const catalog::FunctionInfo* function = catalog_.function(call.function);
    if (function == nullptr || call.returns_set || call.variadic_array || !function->strict || catalog::is_user_written(*function) ||
        function->oid >= types::kFirstNormalOid || call.arguments.empty() || call.arguments.size() > 2)
      return std::nullopt;
    const functions::SingleKernel kernel = functions::find_single(function->source);
    if (kernel == nullptr) return std::nullopt;
    const std::optional<Operand> first = add(*call.arguments[0]);
    if (!first) return std::nullopt;
    std::optional<Operand> second = 0;
    if (call.arguments.size() == 2 && !(second = add(*call.arguments[1]))) return std::nullopt;
    const std::uint16_t to = new_register();
    step(call.arguments.size() == 2 ? Kind::binary : Kind::unary, to, *first, *second, kernel);
    return to;
  }

  std::optional<Operand> add_boolean(const query::BooleanExpression& e) {
    const std::uint16_t to = new_register();
    if (e.op == query::BooleanOp::not_) {
      const std::optional<Operand> argument = add(*e.arguments[0]);
      if (!argument) return std::nullopt;
      step(Kind::negate, to, *argument);
      return to;
    }
    const bool is_and = e.op == query::BooleanOp::and_;
    step(Kind::copy, to, keep(Datum::of(is_and)));
    std::vector<std::size_t> decided;
    for (const query::ExpressionPtr& each : e.arguments) {
      const std::optional<Operand> argument = add(*each);
      if (!argument) return std::nullopt;
      step(is_and ? Kind::and_ : Kind::or_, to, *argument);
      decided.push_back(program_.steps_.size() - 1);
    }
    for (const std::size_t at : decided) land(at);
    return to;
  }

  std::optional<Operand> add_test(const query::Test& test) {
    std::optional<Operand> argument;
    const auto* parameter = std::get_if<query::Parameter>(&test.argument->node);
    const catalog::TypeInfo* type = catalog_.type(test.argument->type.oid);
    if (parameter != nullptr && type != nullptr && type->kind == 'b')
      argument = -parameter->number;  // of any type: its value is not looked at
    else
      argument = add(*test.argument);
    if (!argument) return std::nullopt;
    const std::uint16_t to = new_register();
    Kind kind = Kind::is_null;
    switch (test.kind) {
      case query::TestKind::is_null: case query::TestKind::is_unknown: break;
      case query::TestKind::is_not_null: case query::TestKind::is_not_unknown: kind = Kind::is_not_null; break;
      case query::TestKind::is_true: kind = Kind::is_true; break;
      case query::TestKind::is_not_true: kind = Kind::is_not_true; break;
      case query::TestKind::is_false: kind = Kind::is_false; break;
      case query::TestKind::is_not_false: kind = Kind::is_not_false; break;
    }
    step(kind, to, *argument);
    return to;
  }

  std::optional<Operand> add_case(const query::Case& e) {
    if (e.argument != nullptr) return std::nullopt;
    const std::uint16_t to = new_register();
    std::vector<std::size_t> ends;
    for (const query::Case::When& when : e.whens) {
      const std::optional<Operand> condition = add(*when.condition);
      if (!condition) return std::nullopt;
      const std::size_t other = jump(Kind::jump_unless, *condition);
      const std::optional<Operand> result = add(*when.result);
      if (!result) return std::nullopt;
      step(Kind::copy, to, *result);
      ends.push_back(jump(Kind::jump));
      land(other);
    }
    const std::optional<Operand> otherwise = add(*e.otherwise);
    if (!otherwise) return std::nullopt;
    step(Kind::copy, to, *otherwise);
    for (const std::size_t at : ends) land(at);
    return to;
  }

  std::optional<Operand> add_coalesce(const query::Coalesce& e) {
    const std::uint16_t to = new_register();
    std::vector<std::size_t> known;
    for (const query::ExpressionPtr& each : e.arguments) {
      const std::optional<Operand> argument = add(*each);
      if (!argument) return std::nullopt;
      step(Kind::copy, to, *argument);
      known.push_back(jump(Kind::jump_if_known, to));
    }
    for (const std::size_t at : known) land(at);
    return to;
  }

  catalog::CatalogView& catalog_;
  ScalarProgram& program_;
};

std::optional<ScalarProgram> ScalarProgram::compile(catalog::CatalogView& catalog, const query::Expression& expression) {
  ScalarProgram program;
  const std::optional<Operand> result = Maker(catalog, program).add(expression);
  if (!result) return std::nullopt;
  program.result_ = *result;
  return program;
}

std::size_t ScalarProgram::run_rare(const Step& step, const Datum& first, std::size_t next) {
  Datum& to = registers_[step.to];
  const bool is_true = !first.is_null && first.boolean, is_false = !first.is_null && !first.boolean;
  switch (step.kind) {
    case Kind::unary: case Kind::binary: break;
    case Kind::copy: to = Datum(first); break;
    case Kind::negate: to = first.is_null ? Datum::null() : Datum::of(!first.boolean); break;
    case Kind::and_:
    case Kind::or_:
      if (step.kind == Kind::and_ ? is_false : is_true) {
        to = Datum(first);
        return step.target;
      }
      if (first.is_null) to = Datum::null();
      break;
    case Kind::jump: return step.target;
    case Kind::jump_unless: return is_true ? next : step.target;
    case Kind::jump_if_known: return first.is_null ? next : step.target;
    case Kind::is_null: to = Datum::of(first.is_null); break;
    case Kind::is_not_null: to = Datum::of(!first.is_null); break;
    case Kind::is_true: to = Datum::of(is_true); break;
    case Kind::is_not_true: to = Datum::of(!is_true); break;
    case Kind::is_false: to = Datum::of(is_false); break;
    case Kind::is_not_false: to = Datum::of(!is_false); break;
  }
  return next;
}

}  // namespace eval
