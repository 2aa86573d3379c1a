#include "eval/compile.h"

#include "catalog/access_methods.h"
#include "catalog/collators.h"
#include "eval/collated.h"

#include "array_nodes.h"
#include "call_node.h"
#include "compound_nodes.h"
#include "conditional_nodes.h"
#include "decimal_node.h"
#include "index_services.h"
#include "eval/subplan_node.h"
#include "leaf_nodes.h"
#include "sql_functions.h"
#include "logic_nodes.h"
#include "row_nodes.h"
#include "query/walk.h"
#include "types/absent_session.h"
#include "types/collator.h"
#include "types/integer_conversion.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace eval {

using query::Expression;
using types::PhysicalType;

namespace {

const ConstantNode* as_constant(const NodePtr& node) {
  return dynamic_cast<const ConstantNode*>(node.get());
}

// The equality beside an operator of order, of the same types; 0 for other operators.
types::Oid equality_of_order(catalog::CatalogView& catalog, const catalog::OperatorInfo& op) {
  for (const catalog::FamilyOperator* member : catalog.families_of(op.oid))
    if (member->method == catalog::kBtree && member->purpose == 's' && member->strategy != 3)
      return catalog.family_operator(member->family, op.left, op.right, 3);
  return 0;
}

bool all_constant(const std::vector<NodePtr>& nodes) {
  for (const NodePtr& node : nodes)
    if (as_constant(node) == nullptr) return false;
  return true;
}

// What takes long is left to the execution, where the statement can be ended.
class FoldingSession final : public types::AbsentSession, public types::KernelInterrupts {
 public:
  FoldingSession() : AbsentSession("before it is executed") {}
  void check_interrupts() override { throw types::SqlError("57014", "a constant takes long"); }
};

// A constant in place of a node that needs no row; the node itself when evaluating it fails: the
// error belongs to the execution, if that ever comes there.
NodePtr fold(NodePtr node, std::uint32_t slots) {
  static const types::FormatSettings kSettings;
  types::Arena arena(256);
  types::EvalContext context;
  context.arena = &arena;
  context.format = &kSettings;
  FoldingSession session;
  context.session = &session;
  Environment environment;
  Frame frame(slots, 1);
  frame.environment = &environment;
  frame.context = &context;
  try {
    const types::Datum value = node->evaluate(frame, {nullptr, 1}).datum(0);
    return std::make_unique<ConstantNode>(node->type(), node->physical(), value);
  } catch (const types::SqlError&) {
    return node;
  }
}

int compare_integers(const types::Datum& a, const types::Datum& b) {
  return a.int64 < b.int64 ? -1 : a.int64 > b.int64;
}

}  // namespace

struct NodeCompiler {
  Compiler& compiler;
  const Expression& expression;

  catalog::CatalogView& catalog() const { return compiler.catalog_; }
  const types::TypeRef& type() const { return expression.type; }
  PhysicalType physical() const { return physical_type(catalog(), type().oid); }
  NodePtr compile(const query::ExpressionPtr& e) const { return compiler.compile(*e); }
  std::vector<NodePtr> compile(const std::vector<query::ExpressionPtr>& list) const {
    std::vector<NodePtr> nodes;
    nodes.reserve(list.size());
    for (const query::ExpressionPtr& e : list) nodes.push_back(compile(e));
    return nodes;
  }
  std::uint32_t slot(std::uint32_t count = 1) const { return compiler.take_slots(count); }
  NodePtr folded(NodePtr node) const { return fold(std::move(node), compiler.program_.slots + 1); }

  [[noreturn]] void unresolved(std::string_view what) const {
    throw types::SqlError::not_supported(std::string(what) + " in this place");
  }

  NodePtr operator()(const query::Constant& c) const {
    return std::make_unique<ConstantNode>(type(), physical(), c.value);
  }
  NodePtr operator()(const query::Parameter& p) const {
    return std::make_unique<ParameterNode>(type(), physical(), slot(), p.number);
  }
  NodePtr operator()(const query::ColumnReference&) const { unresolved("a column reference"); }

  NodePtr operator()(const query::Call& call) const {
    if (call.returns_set) unresolved("a set-returning function");
    if (query::ExpressionPtr body = inline_sql_function(catalog(), expression, call))
      return compiler.compile(*body);
    std::vector<NodePtr> arguments = compile(call.arguments);
    ResolvedCall function = resolve(call);
    const bool foldable = function.is_immutable && all_constant(arguments);
    if (const auto operation = DecimalNode::operation_of(function); operation && !foldable)
      return DecimalNode::make(type(), *operation, std::move(function), std::move(arguments[0]),
                               std::move(arguments[1]), [this](std::uint32_t count) { return slot(count); });
    NodePtr node = std::make_unique<CallNode>(type(), physical(), slot(2), std::move(function),
                                              std::move(arguments));
    return foldable ? folded(std::move(node)) : std::move(node);
  }
  ResolvedCall resolve(const query::Call& call) const {
    std::vector<types::TypeRef> argument_types;
    for (const query::ExpressionPtr& a : call.arguments) argument_types.push_back(a->type);
    return resolve_call(catalog(), call.function, std::move(argument_types), type(),
                        call.input_collation, call.variadic_array);
  }

  NodePtr operator()(const query::Relabel& r) const {
    NodePtr argument = compile(r.argument);
    if (const ConstantNode* constant = as_constant(argument))
      return std::make_unique<ConstantNode>(type(), physical(), constant->vector().datum(0));
    if (argument->physical() != physical() && argument->physical() != types::PhysicalType::varlen &&
        types::width_of(argument->physical()) == types::width_of(physical()))
      return std::make_unique<ReinterpretNode>(type(), physical(), slot(), std::move(argument));
    return std::make_unique<RelabelNode>(type(), std::move(argument));
  }
  NodePtr operator()(const query::CoerceViaIo& c) const {
    const types::Oid from = catalog().base_type(c.argument->type.oid);
    const types::Oid to = catalog().base_type(type().oid);
    auto is_text = [](types::Oid oid) {
      return oid == types::oid::text || oid == types::oid::varchar || oid == types::oid::cstring ||
             oid == types::oid::unknown || oid == types::oid::name;
    };
    return std::make_unique<CoerceViaIoNode>(
        type(), physical(), slot(2), is_text(from) ? nullptr : &type_support(catalog(), from),
        to == types::oid::text || to == types::oid::varchar ? nullptr : &type_support(catalog(), to),
        compile(c.argument));
  }
  NodePtr operator()(const query::ArrayCoerce& c) const {
    return make_array_coerce(compiler, catalog(), expression, c);
  }
  NodePtr operator()(const query::CoerceToDomain& c) const {
    if (dynamic_cast<const KeepsPrograms*>(compiler.resolver_) != nullptr)
      return std::make_unique<CurrentDomainNode>(type(), physical(), compile(c.argument));
    const auto info = catalog().domain(type().oid);
    std::vector<DomainNode::Check> checks;
    bool not_null = false;
    if (info) {
      for (const bool level : info->not_null) not_null = not_null || level;
      for (const catalog::DomainCheck& check : info->checks)
        checks.push_back({check.name, compiler.compile(*check.expression)});
    }
    DomainNode::Names names{catalog().format_type(type().oid), {}, {}};
    if (const catalog::TypeInfo* named = catalog().type(type().oid)) {
      names.schema = catalog().schema_name(named->schema);
      names.type = std::string(named->name);
    }
    return std::make_unique<DomainNode>(type(), physical(), std::move(names), not_null, std::move(checks), compile(c.argument));
  }

  NodePtr operator()(const query::BooleanExpression& b) const {
    if (b.op == query::BooleanOp::not_)
      return std::make_unique<NotNode>(type(), slot(), compile(b.arguments[0]));
    return std::make_unique<AndOrNode>(type(), slot(), b.op == query::BooleanOp::and_,
                                       compile(b.arguments));
  }
  NodePtr operator()(const query::Test& t) const {
    const auto* row = std::get_if<query::RowConstructor>(&t.argument->node);
    if (row != nullptr &&
        (t.kind == query::TestKind::is_null || t.kind == query::TestKind::is_not_null))
      return std::make_unique<RowNullTestNode>(type(), slot(), t.kind == query::TestKind::is_null,
                                               compile(row->fields));
    if (t.kind == query::TestKind::is_null || t.kind == query::TestKind::is_not_null) {
      const types::Oid tested = catalog().base_type(t.argument->type.oid);
      const catalog::TypeInfo* info = catalog().type(tested);
      if (tested == types::oid::record || (info != nullptr && info->kind == 'c'))
        return make_record_null_test(compiler, type(), t.kind == query::TestKind::is_null,
                                     compile(t.argument));
    }
    return std::make_unique<TestNode>(type(), slot(), t.kind, compile(t.argument));
  }

  NodePtr operator()(const query::Case& c) const {
    NodePtr argument = c.argument ? compile(c.argument) : nullptr;
    std::vector<CaseNode::Arm> arms;
    for (const query::Case::When& when : c.whens)
      arms.push_back({compile(when.condition), compile(when.result)});
    return std::make_unique<CaseNode>(type(), physical(), slot(2), std::move(argument),
                                      std::move(arms), compile(c.otherwise));
  }
  NodePtr operator()(const query::CaseValue&) const {
    return std::make_unique<CaseValueNode>(type(), physical());
  }
  NodePtr operator()(const query::Coalesce& c) const {
    return std::make_unique<CoalesceNode>(type(), physical(), slot(), compile(c.arguments));
  }
  // Comparison of two expressions of that type under the collation that both agree on.
  const types::TypeSupport& ordered_by(types::TypeRef compared, types::Oid collation) const {
    compared.collation = collation;
    if (const types::TypeSupport* undetermined = undetermined_support(catalog(), compared)) return *undetermined;
    return collated_support(catalog(), compared);
  }
  NodePtr operator()(const query::MinMax& m) const {
    const types::TypeSupport& support = ordered_by(type(), m.input_collation);
    if (support.compare == nullptr) unresolved("GREATEST or LEAST of this type");
    return std::make_unique<MinMaxNode>(type(), physical(), slot(),
                                        m.op == query::Extreme::greatest, support.compare,
                                        compile(m.arguments));
  }
  ResolvedCall equality(const query::Call& call) const {
    std::vector<types::TypeRef> argument_types;
    for (const query::ExpressionPtr& a : call.arguments) argument_types.push_back(a->type);
    return resolve_call(catalog(), call.function, std::move(argument_types), {types::oid::bool_},
                        call.input_collation);
  }
  NodePtr operator()(const query::NullIf& n) const {
    return std::make_unique<NullIfNode>(type(), physical(), slot(2), equality(n.equality),
                                        compile(n.equality.arguments[0]),
                                        compile(n.equality.arguments[1]));
  }
  NodePtr operator()(const query::IsDistinct& d) const {
    return std::make_unique<IsDistinctNode>(type(), slot(2), equality(d.equality),
                                            compile(d.equality.arguments[0]),
                                            compile(d.equality.arguments[1]));
  }

  NodePtr operator()(const query::ScalarArrayOp& op) const {
    const auto* list = std::get_if<query::ArrayConstructor>(&op.array->node);
    if (list == nullptr || list->multidimensional) return make_array_comparison(compiler, catalog(), expression, op);
    NodePtr argument = compile(op.argument);
    std::vector<NodePtr> elements = compile(list->elements);
    if (NodePtr hashed = hashed_list(op, argument, elements)) return hashed;
    const types::TypeRef element_type =
        elements.empty() ? types::TypeRef{list->element_type} : elements[0]->type();
    ResolvedCall comparison =
        resolve_call(catalog(), op.function, {argument->type(), element_type},
                     {types::oid::bool_}, op.input_collation);
    return std::make_unique<ListNode>(type(), slot(2), op.use_or, std::move(comparison),
                                      std::move(argument), std::move(elements));
  }
  // Long lists of constants that are compared by the type's own equality; else null.
  NodePtr hashed_list(const query::ScalarArrayOp& op, NodePtr& argument,
                      std::vector<NodePtr>& elements) const {
    constexpr std::size_t kWorthHashing = 9;
    if (elements.size() < kWorthHashing || !all_constant(elements)) return nullptr;
    // What a function in SQL or PL/pgSQL takes for equal is not the type's own equality.
    if (const catalog::FunctionInfo* function = catalog().function(op.function); function == nullptr || catalog::is_user_written(*function))
      return nullptr;
    const types::Oid base = catalog().base_type(argument->type().oid);
    const types::TypeSupport* support = catalog().find_support(base);
    if (const types::Collator* collator = catalog::collator(catalog(), op.input_collation);
        collator != nullptr && !collator->deterministic())
      return nullptr;
    if (support == nullptr || support->hash == nullptr || support->compare == nullptr) return nullptr;
    if (elements[0]->physical() != support->physical) return nullptr;
    const catalog::OrderingOperators operators = catalog().ordering_operators(base);
    types::Oid equality = op.operator_;
    if (!op.use_or) {
      const catalog::OperatorInfo* info = catalog().operator_(equality);
      equality = info == nullptr ? 0 : info->negator;
    }
    if (equality == 0 || (equality != operators.equal && equality != operators.hash_equal))
      return nullptr;
    std::vector<types::Datum> values;
    bool has_null = false;
    for (const NodePtr& element : elements) {
      const types::Datum value = as_constant(element)->vector().datum(0);
      if (value.is_null)
        has_null = true;
      else
        values.push_back(value);
    }
    return std::make_unique<HashedListNode>(type(), slot(), !op.use_or, *support,
                                            std::move(argument), values, has_null);
  }

  // Both sides widened to bigint when they are integers of different width.
  NodePtr widened(NodePtr node) const {
    if (node->physical() == PhysicalType::int64) return node;
    ResolvedCall cast;
    cast.kernel = functions::find_scalar(node->physical() == PhysicalType::int16 ? "int28" : "int48");
    CHECK(cast.kernel != nullptr);
    functions::FunctionCall call;
    call.result = {types::oid::int8};
    cast.site = CallSite(call, {node->type()});
    std::vector<NodePtr> arguments;
    arguments.push_back(std::move(node));
    return std::make_unique<CallNode>(types::TypeRef{types::oid::int8}, PhysicalType::int64,
                                      slot(2), std::move(cast), std::move(arguments));
  }
  // The function of an operator's btree family that orders its two sides; 0: their type's own order is meant.
  types::Oid order_of_sides(types::Oid op, types::Oid left) const {
    types::Oid found = 0;
    for (const catalog::FamilyOperator* member : catalog().families_of(op)) {
      if (member->method != catalog::kBtree || member->purpose != 's') continue;
      if (member->left == member->right &&
          (catalog().ordering_operators(catalog().base_type(left)).btree_family == member->family ||
           catalog().ordering_operators(member->left).btree_family == member->family))
        return 0;
      if (found == 0) found = catalog().family_procedure(member->family, member->left, member->right, 1);
    }
    return found;
  }
  // Which of the sides is greater, as an integer.
  NodePtr order_by_function(types::Oid function, NodePtr left, NodePtr right, types::Oid collation) const {
    ResolvedCall call = resolve_call(catalog(), function, {left->type(), right->type()}, {types::oid::int4}, collation);
    std::vector<NodePtr> sides;
    sides.push_back(std::move(left));
    sides.push_back(std::move(right));
    return std::make_unique<CallNode>(types::TypeRef{types::oid::int4}, PhysicalType::int32, slot(2), std::move(call),
                                      std::move(sides));
  }

  NodePtr operator()(const query::RowCompare& r) const {
    std::vector<RowCompareNode::Pair> pairs;
    for (std::size_t i = 0; i < r.left.size(); ++i) {
      NodePtr left = compile(r.left[i]), right = compile(r.right[i]);
      const types::Oid collation = i < r.input_collations.size() ? r.input_collations[i] : 0;
      if (left->physical() != right->physical() && types::is_integer(catalog().base_type(left->type().oid)) &&
          types::is_integer(catalog().base_type(right->type().oid))) {
        pairs.push_back({widened(std::move(left)), widened(std::move(right)), compare_integers});
        continue;
      }
      if (const types::Oid function = order_of_sides(r.operators[i], left->type().oid); function != 0) {
        NodePtr order = order_by_function(function, std::move(left), std::move(right), collation);
        pairs.push_back({std::move(order),
                         std::make_unique<ConstantNode>(types::TypeRef{types::oid::int4}, PhysicalType::int32,
                                                        types::Datum::of(std::int32_t{0})),
                         type_support(catalog(), types::oid::int4).compare});
        continue;
      }
      if (left->physical() != right->physical()) unresolved("a row comparison of different types");
      const types::TypeSupport& support = ordered_by(left->type(), collation);
      if (support.compare == nullptr) unresolved("a row comparison of this type");
      pairs.push_back({std::move(left), std::move(right), support.compare});
    }
    return std::make_unique<RowCompareNode>(type(), slot(), r.op, std::move(pairs));
  }
  NodePtr operator()(const query::RowConstructor& row) const {
    return make_row(compiler, catalog(), expression, row);
  }
  NodePtr operator()(const query::ArrayConstructor& a) const {
    return make_array(compiler, catalog(), expression, a);
  }
  NodePtr operator()(const query::FieldSelect& f) const {
    if (const auto* row = std::get_if<query::RowConstructor>(&f.argument->node))
      return compile(row->fields[static_cast<std::size_t>(f.field)]);
    return make_field_select(compiler, catalog(), expression, f);
  }
  NodePtr operator()(const query::Subscript& s) const {
    return make_subscript(compiler, catalog(), expression, s);
  }
  NodePtr operator()(const query::Subquery&) const { unresolved("a subquery"); }
  NodePtr operator()(const query::Aggregate&) const { unresolved("an aggregate"); }
  NodePtr operator()(const query::WindowCall&) const { unresolved("a window function"); }
  NodePtr operator()(const query::Grouping&) const { unresolved("GROUPING()"); }
  NodePtr operator()(const query::SetToDefault&) const { unresolved("DEFAULT"); }

  NodePtr operator()(const query::SqlValueFunction& f) const {
    using query::SqlValue;
    const char* cast = nullptr;
    const char* scale = nullptr;  // rounds to the precision asked for
    switch (f.value) {
      case SqlValue::current_date: cast = "timestamptz_date"; break;
      case SqlValue::current_time: cast = "timestamptz_timetz", scale = "timetz_scale"; break;
      case SqlValue::localtime: cast = "timestamptz_time", scale = "time_scale"; break;
      case SqlValue::localtimestamp: cast = "timestamptz_timestamp", scale = "timestamp_scale"; break;
      case SqlValue::current_timestamp: scale = "timestamptz_scale"; break;
      default: break;
    }
    if (cast == nullptr && (scale == nullptr || type().typmod < 0))
      return std::make_unique<SqlValueNode>(type(), physical(), slot(), f.value);
    NodePtr value = std::make_unique<SqlValueNode>(types::TypeRef{types::oid::timestamptz}, PhysicalType::int64, slot(),
                                                   SqlValue::current_timestamp);
    const auto call_of = [&](const char* function, std::vector<types::TypeRef> types, std::vector<NodePtr> arguments) {
      ResolvedCall call;
      call.kernel = functions::find_scalar(function);
      if (call.kernel == nullptr) throw types::SqlError::not_supported(function);
      functions::FunctionCall facts;
      facts.result = type();
      call.site = CallSite(facts, std::move(types));
      const auto count = static_cast<std::uint32_t>(arguments.size());
      return std::make_unique<CallNode>(type(), physical(), slot(count + 1), std::move(call), std::move(arguments));
    };
    if (cast != nullptr) {
      std::vector<NodePtr> arguments;
      arguments.push_back(std::move(value));
      value = call_of(cast, {{types::oid::timestamptz}}, std::move(arguments));
    }
    if (scale != nullptr && type().typmod >= 0) {
      std::vector<NodePtr> arguments;
      arguments.push_back(std::move(value));
      arguments.push_back(std::make_unique<ConstantNode>(types::TypeRef{types::oid::int4}, PhysicalType::int32,
                                                         types::Datum::of(type().typmod)));
      value = call_of(scale, {type(), {types::oid::int4}}, std::move(arguments));
    }
    return value;
  }

  // What the resolver found.
  NodePtr operator()(const InputColumn& c) const {
    return std::make_unique<ColumnNode>(type(), physical(), c.column);
  }
  NodePtr operator()(const ExecutionParameterReference& p) const {
    return std::make_unique<ExecutionParameterNode>(type(), physical(), slot(), p.number);
  }
  // What hashes both sides of an equality, or of an inequality's negator; null: nothing does.
  const types::TypeSupport* hash_of_sides(const catalog::OperatorInfo& op, bool equality, types::Oid left, types::Oid collation) const {
    const catalog::OperatorInfo* equal = equality ? &op : op.negator != 0 ? catalog().operator_(op.negator) : nullptr;
    // What a user's operator means is the user's matter, whatever its name.
    if (equal == nullptr || equal->oid >= types::kFirstNormalOid || equal->name != "=" || !equal->can_hash) return nullptr;
    if (op.left != op.right) {
      const auto is_float = [](types::Oid type) { return type == types::oid::float4 || type == types::oid::float8; };
      if (types::is_integer(op.left) && types::is_integer(op.right)) return &type_support(catalog(), types::oid::int8);
      if (is_float(op.left) && is_float(op.right)) return &type_support(catalog(), types::oid::float8);
      return nullptr;
    }
    const types::Oid base = catalog().base_type(left);
    const catalog::TypeInfo* info = catalog().type(base);
    const types::Collator* collator = catalog::collator(catalog(), collation);
    if (info == nullptr || (info->collation != 0 && collation == 0) || (collator != nullptr && !collator->deterministic()))
      return nullptr;
    const types::TypeSupport& support = type_support(catalog(), base);
    return support.hash != nullptr && support.compare != nullptr ? &support : nullptr;
  }

  NodePtr operator()(const SubplanReference& reference) const {
    const auto& subquery = std::get<query::Subquery>(expression.node);
    std::vector<NodePtr> arguments;
    std::vector<int> parameters;
    for (const auto& [parameter, value] : reference.arguments) {
      parameters.push_back(parameter);
      arguments.push_back(compiler.compile(*value));
    }
    std::vector<ResolvedCall> comparisons;
    std::vector<ResolvedCall> equalities;
    std::vector<const types::TypeSupport*> hashed;
    bool combine_with_or = false;
    for (std::size_t i = 0; i < subquery.left.size(); ++i) {
      arguments.push_back(compile(subquery.left[i]));
      const catalog::OperatorInfo* op = catalog().operator_(subquery.operators[i]);
      CHECK(op != nullptr);
      combine_with_or = op->name == "<>";
      comparisons.push_back(resolve_call(
          catalog(), op->function,
          {arguments.back()->type(), types::TypeRef{op->right}}, {types::oid::bool_},
          i < subquery.input_collations.size() ? subquery.input_collations[i] : 0));
      const bool any = subquery.kind == query::SubqueryKind::any;
      if (op->name == (any ? "=" : "<>") && hashed.size() == i)
        if (const types::TypeSupport* support =
                hash_of_sides(*op, any, arguments.back()->type().oid,
                              i < subquery.input_collations.size() ? subquery.input_collations[i] : 0))
          hashed.push_back(support);
      const types::Oid equality = subquery.left.size() > 1 ? equality_of_order(catalog(), *op) : 0;
      if (equality != 0)
        equalities.push_back(resolve_call(
            catalog(), catalog().operator_(equality)->function,
            {arguments.back()->type(), types::TypeRef{op->right}}, {types::oid::bool_},
            i < subquery.input_collations.size() ? subquery.input_collations[i] : 0));
    }
    auto node = std::make_unique<SubplanNode>(type(), physical(), slot(), subquery.kind,
                                              reference.subplan, std::move(parameters),
                                              std::move(comparisons), std::move(arguments));
    node->combine_with_or = combine_with_or;
    node->equalities = std::move(equalities);
    if (hashed.size() == subquery.left.size()) node->hashed = std::move(hashed);
    if (subquery.kind == query::SubqueryKind::array)
      node->element_type = catalog().element_type(type().oid);
    return node;
  }
};

NodePtr Compiler::compile(const Expression& expression) {
  NodeCompiler node{*this, expression};
  if (resolver_ != nullptr) {
    if (std::optional<Resolved> resolved = resolver_->resolve(expression))
      return std::visit(node, *resolved);
  }
  return std::visit(node, expression.node);
}

NodePtr make_input_column(types::TypeRef type, PhysicalType physical, int column) {
  return std::make_unique<ColumnNode>(type, physical, column);
}

void Compiler::add(const Expression& expression) { add(compile(expression)); }

bool contains_volatile(catalog::CatalogView& catalog, const Expression& expression) {
  auto is_volatile = [&](types::Oid function) {
    const catalog::FunctionInfo* info = catalog.function(function);
    return info == nullptr || info->volatility == 'v';
  };
  bool found = false;
  if (const auto* call = std::get_if<query::Call>(&expression.node))
    found = is_volatile(call->function);
  std::function<void(const query::Query&)> in_query = [&](const query::Query& q) {
    query::for_each_expression(
        q, [&](const Expression& e) { found = found || contains_volatile(catalog, e); }, in_query);
  };
  if (!found)
    query::for_each_child(
        expression, [&](const Expression& e) { found = found || contains_volatile(catalog, e); },
        in_query);
  return found;
}

}  // namespace eval
