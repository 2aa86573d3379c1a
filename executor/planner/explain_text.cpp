// What EXPLAIN prints of nodes, put down while planning when asked for.
#include "query_planner.h"
#include "query/within_group.h"
#include "types/type_io.h"

namespace planner {

void QueryPlanner::describe(PlanNode& node, std::string title) {
  if (!state_.options.explain) return;
  if (!node.text) node.text = std::make_unique<NodeText>();
  node.text->title = std::move(title);
}

void QueryPlanner::describe(PlanNode& node, std::string name, std::string value) {
  if (!state_.options.explain) return;
  if (!node.text) node.text = std::make_unique<NodeText>();
  node.text->properties.emplace_back(std::move(name), std::move(value));
}

void QueryPlanner::describe_filter(PlanNode& node, const std::vector<const Qual*>& filter) {
  if (!state_.options.explain || filter.empty()) return;
  describe(node, "Filter", text_of(filter));
}

std::string QueryPlanner::relation_title(int range_table_index) {
  const query::RangeTableEntry& entry =
      query_->range_table[static_cast<std::size_t>(range_table_index)];
  const RelationPtr rel = relation_ptr(range_table_index);
  std::string title = catalog::quote_identifier(rel->name);
  if (!entry.alias.empty() && entry.alias != rel->name)
    title += " " + catalog::quote_identifier(entry.alias);
  return title;
}

std::string QueryPlanner::text_of(const std::vector<const Qual*>& quals) {
  if (!state_.options.explain) return {};
  if (quals.size() == 1) return text_of(*quals[0]->expression);
  std::string text = "(";
  for (const Qual* qual : quals) {
    if (text.size() > 1) text += " AND ";
    text += text_of(*qual->expression);
  }
  return text + ")";
}

namespace {

std::string literal(catalog::CatalogView& catalog, const Expression& e, const query::Constant& c) {
  if (c.value.is_null) return "NULL::" + catalog.format_type(e.type.oid, e.type.typmod);
  const types::TypeSupport* support = catalog.find_support(e.type.oid);
  if (support == nullptr) return "?";
  static const types::FormatSettings kSettings;
  types::Arena arena(256);
  types::EvalContext context;
  context.arena = &arena;
  context.format = &kSettings;
  std::string text;
  support->output(context, c.value, text);
  if (e.type.oid == types::oid::bool_) return text == "t" ? "true" : "false";
  // What reads back as this type needs no label.
  const bool is_plain = e.type.oid == types::oid::int4 ||
                        (e.type.oid == types::oid::numeric && e.type.typmod < 0 && text.find('.') != std::string::npos);
  if (is_plain && !text.starts_with('-')) return text;
  std::string quoted = "'";
  for (const char ch : text) {
    if (ch == '\'') quoted += '\'';
    quoted += ch;
  }
  return quoted + "'::" + catalog.format_type(e.type.oid, e.type.typmod);
}

}  // namespace

std::string QueryPlanner::text_of(const Expression& e) {
  auto list = [&](const std::vector<ExpressionPtr>& items) {
    std::string text;
    for (const ExpressionPtr& item : items) text += (text.empty() ? "" : ", ") + text_of(*item);
    return text;
  };
  if (const auto* constant = std::get_if<query::Constant>(&e.node))
    return literal(catalog(), e, *constant);
  if (const auto* parameter = std::get_if<query::Parameter>(&e.node))
    return "$" + std::to_string(parameter->number);
  if (const auto* column = as_column(e)) {
    QueryPlanner* home = this;
    for (int level = 0; level < column->levels_up && home != nullptr; ++level) home = home->parent_;
    if (home == nullptr || column->range_table_index < 0) return "?";
    const query::RangeTableEntry& entry =
        home->query_->range_table[static_cast<std::size_t>(column->range_table_index)];
    std::string name = "?";
    if (column->column >= 0 && static_cast<std::size_t>(column->column) < entry.columns.size())
      name = entry.columns[static_cast<std::size_t>(column->column)].name;
    std::size_t named = 0;
    for (const query::RangeTableEntry& other : home->query_->range_table)
      named += other.kind != query::RangeTableEntry::Kind::join;
    std::string text = catalog::quote_identifier(name);
    if (named > 1 || column->levels_up > 0)
      text = catalog::quote_identifier(entry.alias) + "." + text;
    return text;
  }
  if (const auto* call = std::get_if<query::Call>(&e.node)) {
    if (call->operator_ != 0) {
      const catalog::OperatorInfo* op = catalog().operator_(call->operator_);
      const std::string name(op == nullptr ? "?" : op->name);
      if (call->arguments.size() == 1) return "(" + name + " " + text_of(*call->arguments[0]) + ")";
      return "(" + text_of(*call->arguments[0]) + " " + name + " " + text_of(*call->arguments[1]) + ")";
    }
    if (call->form == query::CallForm::implicit_cast) return text_of(*call->arguments[0]);
    if (call->form == query::CallForm::explicit_cast)
      return "(" + text_of(*call->arguments[0]) + ")::" + catalog().format_type(e.type.oid, e.type.typmod);
    const catalog::FunctionInfo* info = catalog().function(call->function);
    return std::string(info == nullptr ? "?" : info->name) + "(" + list(call->arguments) + ")";
  }
  if (const auto* relabel = std::get_if<query::Relabel>(&e.node))
    return relabel->form == query::CallForm::implicit_cast && relabel->argument->type.oid == e.type.oid
               ? text_of(*relabel->argument)
               : "(" + text_of(*relabel->argument) + ")::" +
                     catalog().format_type(e.type.oid, e.type.typmod);
  if (const auto* io = std::get_if<query::CoerceViaIo>(&e.node))
    return "(" + text_of(*io->argument) + ")::" + catalog().format_type(e.type.oid, e.type.typmod);
  if (const auto* b = std::get_if<query::BooleanExpression>(&e.node)) {
    if (b->op == query::BooleanOp::not_) return "(NOT " + text_of(*b->arguments[0]) + ")";
    std::string text = "(";
    for (const ExpressionPtr& a : b->arguments) {
      if (text.size() > 1) text += b->op == query::BooleanOp::and_ ? " AND " : " OR ";
      text += text_of(*a);
    }
    return text + ")";
  }
  if (const auto* test = std::get_if<query::Test>(&e.node)) {
    static constexpr const char* kNames[] = {"NULL", "NOT NULL", "TRUE", "NOT TRUE",
                                             "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"};
    return "(" + text_of(*test->argument) + " IS " + kNames[static_cast<int>(test->kind)] + ")";
  }
  if (const auto* op = std::get_if<query::ScalarArrayOp>(&e.node)) {
    const catalog::OperatorInfo* info = catalog().operator_(op->operator_);
    return "(" + text_of(*op->argument) + " " + std::string(info == nullptr ? "?" : info->name) +
           (op->use_or ? " ANY (" : " ALL (") + text_of(*op->array) + "))";
  }
  if (const auto* array = std::get_if<query::ArrayConstructor>(&e.node))
    return "ARRAY[" + list(array->elements) + "]";
  if (const auto* aggregate = std::get_if<query::Aggregate>(&e.node)) {
    const catalog::FunctionInfo* info = catalog().function(aggregate->function);
    const std::string name(info == nullptr ? "?" : info->name);
    if (query::is_within_group(*aggregate)) {
      std::string text = name + "(" + list(aggregate->direct_arguments) + ") WITHIN GROUP (ORDER BY ";
      for (const query::SortKey& key : aggregate->order_by) text += (&key == aggregate->order_by.data() ? "" : ", ") + sort_text(key);
      return text + ")";
    }
    return name + "(" +
           (aggregate->star ? "*" : std::string(aggregate->distinct ? "DISTINCT " : "") +
                                        list(aggregate->arguments)) +
           ")";
  }
  if (const auto* coalesce = std::get_if<query::Coalesce>(&e.node))
    return "COALESCE(" + list(coalesce->arguments) + ")";
  if (std::holds_alternative<query::Case>(e.node)) return "CASE ... END";
  if (std::holds_alternative<query::Subquery>(e.node)) return "(SubPlan)";
  return "(...)";
}

}  // namespace planner
