#include "query/deparse.h"

#include <algorithm>

#include "deparser.h"
#include "types/sql_error.h"

namespace query {
namespace {

std::string quoted_literal(const std::string& text) {
  std::string out;
  bool backslash = text.find('\\') != std::string::npos;
  if (backslash) out += 'E';
  out += '\'';
  for (char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

// Whether an argument can stand without parentheses in pretty output.
bool is_simple(const Expression& e, const Expression* parent) {
  if (parent == nullptr) return true;
  if (std::holds_alternative<BooleanExpression>(e.node)) {
    const auto& b = std::get<BooleanExpression>(e.node);
    if (const auto* p = std::get_if<BooleanExpression>(&parent->node)) {
      switch (b.op) {
        case BooleanOp::not_:
        case BooleanOp::and_: return p->op == BooleanOp::and_ || p->op == BooleanOp::or_;
        case BooleanOp::or_: return p->op == BooleanOp::or_;
      }
    }
    if (const auto* p = std::get_if<Call>(&parent->node)) return p->form == CallForm::function;
    return std::holds_alternative<Case>(parent->node) ||
           std::holds_alternative<Coalesce>(parent->node);
  }
  auto is_operator = [](const Expression& x) {
    if (const auto* c = std::get_if<Call>(&x.node)) return c->form == CallForm::operator_;
    return std::holds_alternative<Test>(x.node) || std::holds_alternative<IsDistinct>(x.node) ||
           std::holds_alternative<ScalarArrayOp>(x.node);
  };
  if (is_operator(e)) {
    // Below AND, OR and NOT, and as a function's argument, an operator stands alone.
    if (std::holds_alternative<BooleanExpression>(parent->node)) return true;
    if (const auto* p = std::get_if<Call>(&parent->node)) return p->form == CallForm::function;
    return std::holds_alternative<Case>(parent->node) ||
           std::holds_alternative<Coalesce>(parent->node) ||
           std::holds_alternative<MinMax>(parent->node) ||
           std::holds_alternative<ArrayConstructor>(parent->node) ||
           std::holds_alternative<RowConstructor>(parent->node) ||
           std::holds_alternative<Aggregate>(parent->node);
  }
  return true;
}

const char* name_of(SqlValue value) {
  switch (value) {
    case SqlValue::current_date: return "CURRENT_DATE";
    case SqlValue::current_time: return "CURRENT_TIME";
    case SqlValue::current_timestamp: return "CURRENT_TIMESTAMP";
    case SqlValue::localtime: return "LOCALTIME";
    case SqlValue::localtimestamp: return "LOCALTIMESTAMP";
    case SqlValue::current_role: return "CURRENT_ROLE";
    case SqlValue::current_user: return "CURRENT_USER";
    case SqlValue::user: return "USER";
    case SqlValue::session_user: return "SESSION_USER";
    case SqlValue::current_catalog: return "CURRENT_CATALOG";
    case SqlValue::current_schema: return "CURRENT_SCHEMA";
  }
  return "";
}

const char* text_of(TestKind kind) {
  switch (kind) {
    case TestKind::is_null: return " IS NULL";
    case TestKind::is_not_null: return " IS NOT NULL";
    case TestKind::is_true: return " IS TRUE";
    case TestKind::is_not_true: return " IS NOT TRUE";
    case TestKind::is_false: return " IS FALSE";
    case TestKind::is_not_false: return " IS NOT FALSE";
    case TestKind::is_unknown: return " IS UNKNOWN";
    case TestKind::is_not_unknown: return " IS NOT UNKNOWN";
  }
  return "";
}

}  // namespace

// One overload per node kind.
struct NodePrinter {
  Deparser& d;
  const Expression& e;

  void operator()(const Constant& n) { d.constant(e, n); }
  void operator()(const Parameter& n) { d.out_ += "$" + std::to_string(n.number); }
  void operator()(const ColumnReference& n) { d.column(n); }
  void operator()(const Call& n) { d.call(e, n); }
  void operator()(const Relabel& n) { coercion(*n.argument, n.form); }
  void operator()(const CoerceViaIo& n) { coercion(*n.argument, n.form); }
  void operator()(const ArrayCoerce& n) { coercion(*n.argument, n.form); }
  void operator()(const CoerceToDomain& n) { coercion(*n.argument, n.form); }
  void operator()(const BooleanExpression& n) {
    d.open();
    if (n.op == BooleanOp::not_) {
      d.out_ += "NOT ";
      d.argument(*n.arguments[0], &e);
    } else {
      for (std::size_t i = 0; i < n.arguments.size(); ++i) {
        if (i > 0) d.out_ += n.op == BooleanOp::and_ ? " AND " : " OR ";
        d.argument(*n.arguments[i], &e);
      }
    }
    d.close();
  }
  void operator()(const Test& n) {
    d.open();
    d.argument(*n.argument, &e);
    d.out_ += text_of(n.kind);
    d.close();
  }
  void operator()(const Case& n) {
    d.out_ += "CASE";
    if (n.argument) {
      d.out_ += ' ';
      d.expression(*n.argument);
    }
    for (const Case::When& when : n.whens) {
      d.out_ += " WHEN ";
      // CASE x WHEN y: the comparison's right-hand side.
      const auto* call = std::get_if<Call>(&when.condition->node);
      if (n.argument && call != nullptr && call->arguments.size() == 2)
        d.expression(*call->arguments[1]);
      else
        d.expression(*when.condition);
      d.out_ += " THEN ";
      d.expression(*when.result);
    }
    if (n.otherwise) {
      d.out_ += " ELSE ";
      d.expression(*n.otherwise);
    }
    d.out_ += " END";
  }
  void operator()(const CaseValue&) { d.out_ += "VALUE"; }
  void operator()(const Coalesce& n) { named("COALESCE", n.arguments); }
  void operator()(const MinMax& n) {
    named(n.op == Extreme::greatest ? "GREATEST" : "LEAST", n.arguments);
  }
  void operator()(const NullIf& n) { named("NULLIF", n.equality.arguments); }
  void operator()(const IsDistinct& n) {
    d.open();
    d.argument(*n.equality.arguments[0], &e);
    d.out_ += " IS DISTINCT FROM ";
    d.argument(*n.equality.arguments[1], &e);
    d.close();
  }
  void operator()(const ScalarArrayOp& n) {
    d.open();
    d.argument(*n.argument, &e);
    d.out_ += " " + d.names_.operator_name(n.operator_) + (n.use_or ? " ANY (" : " ALL (");
    d.expression(*n.array);
    d.out_ += ')';
    d.close();
  }
  void operator()(const RowCompare& n) {
    static constexpr const char* kOps[] = {"", " < ", " <= ", " = ", " >= ", " > ", " <> "};
    d.out_ += "(ROW(";
    d.list(n.left);
    d.out_ += std::string(")") + kOps[static_cast<int>(n.op)] + "ROW(";
    d.list(n.right);
    d.out_ += "))";
  }
  void operator()(const RowConstructor& n) { named("ROW", n.fields); }
  void operator()(const ArrayConstructor& n) {
    d.out_ += "ARRAY[";
    d.list(n.elements);
    d.out_ += ']';
  }
  void operator()(const FieldSelect& n) {
    d.out_ += '(';
    d.expression(*n.argument);
    d.out_ += ")." + d.names_.quote(d.names_.field_name(n.argument->type.oid, n.field));
  }
  void operator()(const Subscript& n) {
    d.argument(*n.container, &e);
    for (std::size_t i = 0; i < n.upper.size(); ++i) {
      d.out_ += '[';
      if (!n.lower.empty()) {
        if (n.lower[i]) d.expression(*n.lower[i]);
        d.out_ += ':';
      }
      if (n.upper[i]) d.expression(*n.upper[i]);
      d.out_ += ']';
    }
  }
  void operator()(const Subquery& n) { d.subquery(n); }
  void operator()(const Aggregate& n) {
    d.out_ += d.names_.function_name(n.function) + "(";
    if (n.distinct) d.out_ += "DISTINCT ";
    if (n.star) d.out_ += '*';
    if (!n.direct_arguments.empty())
      d.list(n.direct_arguments);
    else
      d.list(n.arguments);
    if (!n.direct_arguments.empty()) {
      d.out_ += ") WITHIN GROUP (ORDER BY ";
      for (std::size_t i = 0; i < n.order_by.size(); ++i) {
        if (i > 0) d.out_ += ", ";
        d.sort_key(n.order_by[i]);
      }
    } else if (!n.order_by.empty()) {
      d.out_ += " ORDER BY ";
      for (std::size_t i = 0; i < n.order_by.size(); ++i) {
        if (i > 0) d.out_ += ", ";
        d.sort_key(n.order_by[i]);
      }
    }
    d.out_ += ')';
    filter(n.filter);
  }
  void operator()(const WindowCall& n) {
    d.out_ += d.names_.function_name(n.function) + "(";
    if (n.star) d.out_ += '*';
    d.list(n.arguments);
    d.out_ += ')';
    filter(n.filter);
    d.out_ += " OVER ";
    const Window& window = d.queries_.back()->windows.at(static_cast<std::size_t>(n.window));
    if (!window.name.empty()) {
      d.out_ += d.names_.quote(window.name);
      return;
    }
    d.out_ += '(';
    d.window(window);
    d.out_ += ')';
  }
  void operator()(const Grouping& n) {
    d.out_ += "GROUPING(";
    for (std::size_t i = 0; i < n.keys.size(); ++i) {
      if (i > 0) d.out_ += ", ";
      d.expression(*d.queries_.back()->group_by.at(static_cast<std::size_t>(n.keys[i])).expression);
    }
    d.out_ += ')';
  }
  void operator()(const SqlValueFunction& n) {
    d.out_ += name_of(n.value);
    bool has_precision = n.value == SqlValue::current_time || n.value == SqlValue::localtime ||
                         n.value == SqlValue::current_timestamp ||
                         n.value == SqlValue::localtimestamp;
    if (has_precision && e.type.typmod >= 0) d.out_ += "(" + std::to_string(e.type.typmod) + ")";
  }
  void operator()(const SetToDefault&) { d.out_ += "DEFAULT"; }

 private:
  void filter(const ExpressionPtr& condition) {
    if (!condition) return;
    d.out_ += " FILTER (WHERE ";
    d.expression(*condition);
    d.out_ += ')';
  }
  void named(const char* name, const std::vector<ExpressionPtr>& arguments) {
    d.out_ += name;
    d.out_ += '(';
    d.list(arguments);
    d.out_ += ')';
  }
  void coercion(const Expression& argument, CallForm form) {
    if (form == CallForm::implicit_cast)
      d.argument(argument, nullptr);
    else
      d.cast(argument, e.type, e);
  }
};

void Deparser::expression(const Expression& e) { std::visit(NodePrinter{*this, e}, e.node); }

void Deparser::argument(const Expression& e, const Expression* parent) {
  bool parentheses = options_.pretty && !is_simple(e, parent);
  if (parentheses) out_ += '(';
  expression(e);
  if (parentheses) out_ += ')';
}

void Deparser::operand(const Expression& e, const Expression* parent) {
  if (const auto* c = std::get_if<Call>(&e.node);
      c != nullptr && c->form == CallForm::implicit_cast && !c->arguments.empty())
    return cast(*c->arguments[0], e.type, e);
  if (const auto* r = std::get_if<Relabel>(&e.node);
      r != nullptr && r->form == CallForm::implicit_cast && !r->collate)
    return cast(*r->argument, e.type, e);
  if (const auto* v = std::get_if<CoerceViaIo>(&e.node);
      v != nullptr && v->form == CallForm::implicit_cast)
    return cast(*v->argument, e.type, e);
  argument(e, parent);
}

void Deparser::list(const std::vector<ExpressionPtr>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out_ += ", ";
    expression(*items[i]);
  }
}

void Deparser::constant(const Expression& e, const Constant& c) {
  if (c.value.is_null) {
    out_ += "NULL";
    if (e.type.oid != types::oid::unknown) out_ += "::" + names_.type_name(e.type);
    return;
  }
  std::string text = names_.value_text(e.type.oid, c.value);
  switch (e.type.oid) {
    case types::oid::bool_: out_ += text == "t" ? "true" : "false"; return;
    case types::oid::unknown: out_ += quoted_literal(text); return;
    case types::oid::int4:
      if (is_number(text)) {
        out_ += text;
        return;
      }
      break;
    case types::oid::numeric:
      if (is_number(text) && text.find('.') != std::string::npos && e.type.typmod < 0) {
        out_ += text;
        return;
      }
      break;
    default: break;
  }
  out_ += quoted_literal(text) + "::" + names_.type_name(e.type);
}

void Deparser::column(const ColumnReference& c) {
  if (queries_.empty()) {
    if (c.column == kWholeRowColumn) {
      out_ += "*";
      return;
    }
    out_ += names_.quote(columns_[static_cast<std::size_t>(c.column)]);
    return;
  }
  auto level = queries_.size() - 1 - static_cast<std::size_t>(c.levels_up);
  const RangeTableEntry& entry =
      queries_.at(level)->range_table.at(static_cast<std::size_t>(c.range_table_index));
  // A merged column of JOIN .. USING stands for one of its sides.
  if (entry.kind == RangeTableEntry::Kind::join && !entry.has_user_alias && c.column >= 0) {
    const ExpressionPtr& side = entry.join_columns.at(static_cast<std::size_t>(c.column));
    if (std::holds_alternative<ColumnReference>(side->node)) {
      expression(*side);
      return;
    }
    out_ += names_.quote(entry.columns.at(static_cast<std::size_t>(c.column)).name);
    return;
  }
  out_ += names_.quote(entry.alias);
  if (c.column == kWholeRowColumn) {
    out_ += ".*";
    return;
  }
  out_ += '.';
  if (c.column < 0)
    out_ += c.column == kTableOidColumn ? "tableoid" : "ctid";
  else
    out_ += names_.quote(entry.columns.at(static_cast<std::size_t>(c.column)).name);
}

void Deparser::cast(const Expression& argument_, const TypeRef& type, const Expression& e) {
  // A constant of the very type carries its own cast.
  if (const auto* c = std::get_if<Constant>(&argument_.node);
      c != nullptr && !c->value.is_null && argument_.type.oid == type.oid) {
    out_ += quoted_literal(names_.value_text(type.oid, c->value)) + "::" + names_.type_name(type);
    return;
  }
  open();
  bool parentheses = options_.pretty && (!is_simple(argument_, &e) ||
                                         std::holds_alternative<Case>(argument_.node));
  if (parentheses) out_ += '(';
  expression(argument_);
  if (parentheses) out_ += ')';
  close();
  out_ += "::" + names_.type_name(type);
}

void Deparser::operator_call(Oid op, const std::vector<ExpressionPtr>& arguments,
                             const Expression& e) {
  open();
  if (arguments.size() == 2) {
    operand(*arguments[0], &e);
    out_ += " " + names_.operator_name(op) + " ";
    operand(*arguments[1], &e);
  } else {
    out_ += names_.operator_name(op) + " ";
    operand(*arguments[0], &e);
  }
  close();
}

void Deparser::call(const Expression& e, const Call& c) {
  switch (c.form) {
    case CallForm::operator_:
      if (c.operator_ != 0) return operator_call(c.operator_, c.arguments, e);
      break;
    case CallForm::implicit_cast:
      if (!c.arguments.empty()) return argument(*c.arguments[0], nullptr);
      break;
    case CallForm::explicit_cast:
      if (!c.arguments.empty()) return cast(*c.arguments[0], e.type, e);
      break;
    default: break;
  }
  out_ += names_.function_name(c.function);
  out_ += '(';
  for (std::size_t i = 0; i < c.arguments.size(); ++i) {
    if (i > 0) out_ += ", ";
    if (c.variadic_array && i + 1 == c.arguments.size()) out_ += "VARIADIC ";
    expression(*c.arguments[i]);
  }
  out_ += ')';
}

std::string deparse(const Expression& expression, std::span<const std::string> columns,
                    DeparseNames& names, const DeparseOptions& options) {
  Deparser deparser(names, options);
  deparser.set_columns(columns);
  deparser.expression(expression);
  return deparser.take();
}

}  // namespace query
