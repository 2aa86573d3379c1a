// Operator resolution: exact match, unknown as the other side, then the general rules.
#include <fmt/format.h>

#include "analysis.h"

namespace analyzer {
namespace {

struct OperatorLookup {
  std::string_view schema;
  std::string_view name;
};

OperatorLookup split_name(Scope& scope, ast::Names names, int location) {
  if (names.size() == 1) return {{}, names[0]};
  if (names.size() == 3 && names[0] != scope.state.context.database)
    throw SqlError("0A000", fmt::format("cross-database references are not implemented: {}",
                                        join_names(names)))
        .at(location);
  std::string_view schema = names[names.size() - 2];
  if (!scope.catalog().find_schema(schema))
    throw SqlError("3F000", fmt::format("schema \"{}\" does not exist", schema)).at(location);
  return {schema, names.back()};
}

std::string signature(Scope& scope, ast::Names names, Oid left, Oid right) {
  std::string text;
  if (left) text += type_name(scope, left) + " ";
  text += join_names(names);
  if (right) text += " " + type_name(scope, right);
  return text;
}

const catalog::OperatorInfo* exact(const std::vector<const catalog::OperatorInfo*>& operators,
                                   Oid left, Oid right) {
  for (const auto* op : operators)
    if (op->left == left && op->right == right) return op;
  return nullptr;
}

const catalog::OperatorInfo* exact_binary(
    Scope& scope, const std::vector<const catalog::OperatorInfo*>& operators, Oid left, Oid right) {
  bool was_unknown = false;
  if (left == oid::unknown && right != 0) {
    left = right;
    was_unknown = true;
  } else if (right == oid::unknown && left != 0) {
    right = left;
    was_unknown = true;
  }
  if (const auto* found = exact(operators, left, right)) return found;
  if (was_unknown) {
    Oid base = scope.catalog().base_type(left);
    if (base != left) return exact(operators, base, base);
  }
  return nullptr;
}

}  // namespace

const catalog::OperatorInfo* find_operator(Scope& scope, ast::Names names, Oid left, Oid right,
                                           bool missing_ok, int location) {
  auto [schema, name] = split_name(scope, names, location);
  auto operators = scope.catalog().find_operators(schema, name);
  bool ambiguous = false;
  std::vector<Candidate> candidates;
  if (left) {
    if (const auto* found = exact_binary(scope, operators, left, right)) return found;
    for (const auto* op : operators)
      if (op->kind == 'b') candidates.push_back({nullptr, op, {op->left, op->right}, 0, 0, {}});
  } else {
    if (const auto* found = exact(operators, 0, right)) return found;
    for (const auto* op : operators)
      if (op->kind == 'l') candidates.push_back({nullptr, op, {op->right}, 0, 0, {}});
  }
  if (!candidates.empty()) {
    Oid inputs_storage[2];
    std::size_t count = 0;
    if (left) inputs_storage[count++] = left;
    inputs_storage[count++] = right;
    // An unspecified side is as good as the other's type.
    std::span<const Oid> inputs(inputs_storage, count);
    candidates = match_candidates(scope, inputs, std::move(candidates));
    if (candidates.size() == 1) return candidates[0].operator_;
    if (candidates.size() > 1) {
      if (const Candidate* best = select_candidate(scope, inputs, candidates)) return best->operator_;
      ambiguous = true;
    }
  }
  if (missing_ok) return nullptr;
  if (ambiguous)
    throw SqlError("42725",
                   fmt::format("operator is not unique: {}", signature(scope, names, left, right)))
        .with_hint(left ? "Could not choose a best candidate operator. You might need to add "
                          "explicit type casts."
                        : "Could not choose a best candidate operator. You might need to add "
                          "explicit type casts.")
        .at(location);
  throw SqlError("42883",
                 fmt::format("operator does not exist: {}", signature(scope, names, left, right)))
      .with_hint(left ? "No operator matches the given name and argument types. You might need to "
                        "add explicit type casts."
                      : "No operator matches the given name and argument type. You might need to "
                        "add an explicit type cast.")
      .at(location);
}

ExpressionPtr make_operator(Scope& scope, ast::Names names, ExpressionPtr left, ExpressionPtr right,
                            int location) {
  Oid left_type = left ? left->type.oid : 0;
  Oid right_type = right->type.oid;
  const auto* op = find_operator(scope, names, left_type, right_type, false, location);
  if (!op->function)
    throw SqlError("42883", fmt::format("operator is only a shell: {}",
                                        signature(scope, names, op->left, op->right)))
        .at(location);

  query::Call call;
  call.operator_ = op->oid;
  call.function = op->function;
  call.form = query::CallForm::operator_;
  std::vector<Oid> actual, declared;
  if (left) {
    actual.push_back(left_type);
    declared.push_back(op->left);
    call.arguments.push_back(std::move(left));
  }
  actual.push_back(right_type);
  declared.push_back(op->right);
  call.arguments.push_back(std::move(right));

  Oid result = enforce_generic(scope, actual, declared, op->result);
  for (std::size_t i = 0; i < call.arguments.size(); ++i)
    call.arguments[i] = coerce(scope, std::move(call.arguments[i]), type_ref(scope, declared[i]),
                               Context::implicit, query::CallForm::implicit_cast, -1);
  if (const auto* function = scope.catalog().function(op->function); function && function->returns_set) {
    call.returns_set = true;
    check_set_function_place(scope, location);
  }
  return make_expression(TypeRef{result, -1, 0}, location, std::move(call));
}

ExpressionPtr make_array_operator(Scope& scope, ast::Names names, bool use_any, ExpressionPtr left,
                                  ExpressionPtr array, int location) {
  auto& catalog = scope.catalog();
  Oid left_type = left->type.oid;
  Oid array_type = array->type.oid;
  Oid right_type;
  if (array_type == oid::unknown) {
    right_type = oid::unknown;
  } else {
    right_type = catalog.element_type(array_type);
    if (!right_type)
      throw SqlError("42809", "op ANY/ALL (array) requires array on right side").at(location);
  }
  const auto* op = find_operator(scope, names, left_type, right_type, false, location);
  std::vector<Oid> actual{left_type, right_type}, declared{op->left, op->right};
  Oid result = enforce_generic(scope, actual, declared, op->result);
  if (result != oid::bool_)
    throw SqlError("42809", "op ANY/ALL (array) requires operator to yield boolean").at(location);
  if (const auto* function = catalog.function(op->function); function && function->returns_set)
    throw SqlError("42809", "op ANY/ALL (array) requires operator not to return a set").at(location);
  // The array side becomes the array over the operator's right type.
  Oid wanted_array;
  if (is_array_polymorphic(declared[1]) || declared[1] == oid::any) {
    wanted_array = array_type;
  } else {
    wanted_array = catalog.array_type(declared[1]);
    if (!wanted_array)
      throw SqlError("42704", fmt::format("could not find array type for data type {}",
                                          type_name(scope, declared[1])))
          .at(location);
  }
  query::ScalarArrayOp node;
  node.operator_ = op->oid;
  node.function = op->function;
  node.use_or = use_any;
  node.argument = coerce(scope, std::move(left), type_ref(scope, declared[0]), Context::implicit,
                         query::CallForm::implicit_cast, -1);
  node.array = coerce(scope, std::move(array), type_ref(scope, wanted_array), Context::implicit,
                      query::CallForm::implicit_cast, -1);
  return make_expression(TypeRef{oid::bool_, -1, 0}, location, std::move(node));
}

}  // namespace analyzer
