#include "query/deparse.h"

#include <algorithm>
#include <cstring>

#include "deparser.h"
#include "query/row_place.h"
#include "query/system_columns.h"
#include "query/within_group.h"
#include "types/sql_error.h"

namespace query {
namespace {

// standard_conforming_strings is on: a backslash is a character like others.
std::string quoted_literal(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + '\'';
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

// '+', '-', '*', '/' or '%' of a plain binary operator, else 0.
char arithmetic_sign(const Call& call, DeparseNames& names) {
  if (call.form != CallForm::operator_ || call.arguments.size() != 2 || call.operator_ == 0) return 0;
  std::string name = names.operator_name(call.operator_);
  return name.size() == 1 && std::strchr("+-*/%", name[0]) != nullptr ? name[0] : '\0';
}

// Nodes whose own brackets or commas keep their arguments apart.
bool encloses_arguments(const Expression& parent) {
  if (const auto* p = std::get_if<Call>(&parent.node)) return p->form == CallForm::function;
  return std::holds_alternative<Subscript>(parent.node) ||
         std::holds_alternative<ArrayConstructor>(parent.node) ||
         std::holds_alternative<RowConstructor>(parent.node) ||
         std::holds_alternative<Coalesce>(parent.node) ||
         std::holds_alternative<MinMax>(parent.node) ||
         std::holds_alternative<NullIf>(parent.node) ||
         std::holds_alternative<Aggregate>(parent.node) ||
         std::holds_alternative<Grouping>(parent.node) ||
         std::holds_alternative<WindowCall>(parent.node) ||
         std::holds_alternative<Case>(parent.node);
}

// Whether an argument can stand without parentheses in pretty output (PostgreSQL's isSimpleNode()).
bool is_simple(const Expression& e, const Expression* parent, DeparseNames& names) {
  if (parent == nullptr) return false;
  if (e.written_as.range_table_index >= 0) return true;
  if (const auto* b = std::get_if<BooleanExpression>(&e.node)) {
    if (const auto* p = std::get_if<BooleanExpression>(&parent->node))
      return b->op == BooleanOp::or_ ? p->op == BooleanOp::or_ : p->op != BooleanOp::not_;
    return encloses_arguments(*parent);
  }
  if (const auto* c = std::get_if<Call>(&e.node)) {
    if (c->form != CallForm::operator_ || c->operator_ == 0) return true;
    if (const auto* p = std::get_if<Call>(&parent->node);
        p != nullptr && p->form == CallForm::operator_) {
      char own = arithmetic_sign(*c, names), around = arithmetic_sign(*p, names);
      if (own == 0 || around == 0) return false;
      auto binds_tighter = [](char sign) { return sign != '+' && sign != '-'; };
      if (binds_tighter(own) != binds_tighter(around)) return binds_tighter(own);
      // (a - b) - c, but not a - (b - c).
      return &e == p->arguments[0].get();
    }
    return std::holds_alternative<BooleanExpression>(parent->node) || encloses_arguments(*parent);
  }
  if (std::holds_alternative<Subquery>(e.node) || std::holds_alternative<Test>(e.node) ||
      std::holds_alternative<IsDistinct>(e.node))
    return std::holds_alternative<BooleanExpression>(parent->node) || encloses_arguments(*parent);
  if (std::holds_alternative<FieldSelect>(e.node))
    return !std::holds_alternative<FieldSelect>(parent->node);
  if (const auto* n = std::get_if<CoerceToDomain>(&e.node)) return is_simple(*n->argument, &e, names);
  if (const auto* n = std::get_if<Relabel>(&e.node))
    return !n->collate && is_simple(*n->argument, &e, names);
  if (const auto* n = std::get_if<CoerceViaIo>(&e.node)) return is_simple(*n->argument, &e, names);
  if (const auto* n = std::get_if<ArrayCoerce>(&e.node)) return is_simple(*n->argument, &e, names);
  return !std::holds_alternative<ScalarArrayOp>(e.node) &&
         !std::holds_alternative<RowCompare>(e.node);
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
  bool show_implicit;

  void operator()(const Constant& n) { d.constant(e, n); }
  void operator()(const Parameter& n) { d.parameter(n.number); }
  void operator()(const ColumnReference& n) { d.column(n); }
  void operator()(const Call& n) { d.call(e, n, show_implicit); }
  void operator()(const Relabel& n) {
    if (!n.collate) return coercion(*n.argument, n.form);
    // To a plan it is a label like others.
    if (d.plan_ != Deparser::Plan::no) return d.cast(*n.argument, e.type, e);
    d.open();
    d.argument(*n.argument, &e, show_implicit);
    d.out_ += " COLLATE " + d.names_.collation_name(e.type.collation);
    d.close();
  }
  void operator()(const CoerceViaIo& n) { coercion(*n.argument, n.form); }
  void operator()(const ArrayCoerce& n) { coercion(*n.argument, n.form); }
  void operator()(const CoerceToDomain& n) { coercion(*n.argument, n.form); }
  void operator()(const BooleanExpression& n) {
    d.open();
    if (n.op == BooleanOp::not_) {
      d.out_ += "NOT ";
      d.argument(*n.arguments[0], &e, false);
    } else {
      for (std::size_t i = 0; i < n.arguments.size(); ++i) {
        if (i > 0) d.out_ += n.op == BooleanOp::and_ ? " AND " : " OR ";
        d.argument(*n.arguments[i], &e, false);
      }
    }
    d.close();
  }
  void operator()(const Test& n) {
    d.open();
    d.argument(*n.argument, &e, n.kind == TestKind::is_null || n.kind == TestKind::is_not_null);
    d.out_ += text_of(n.kind);
    d.close();
  }
  void operator()(const Case& n) {
    keyword("CASE", 0, 4);
    if (n.argument) {
      d.out_ += ' ';
      d.expression(*n.argument);
    }
    for (const Case::When& when : n.whens) {
      keyword(" WHEN ", 0, 0);
      // CASE x WHEN y: the comparison's right-hand side.
      const auto* call = std::get_if<Call>(&when.condition->node);
      if (n.argument && call != nullptr && call->arguments.size() == 2)
        d.expression(*call->arguments[1], false);
      else
        d.expression(*when.condition, false);
      d.out_ += " THEN ";
      d.expression(*when.result);
    }
    if (n.otherwise) {
      keyword(" ELSE ", 0, 0);
      d.expression(*n.otherwise);
    }
    keyword(" END", -4, 0);
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
    d.argument(*n.array, &e);
    // A subquery that yields an array must not be read as a set of rows.
    if (const auto* s = std::get_if<Subquery>(&n.array->node);
        s != nullptr && s->kind == SubqueryKind::scalar)
      d.out_ += "::" + d.names_.type_name(n.array->type);
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
  void operator()(const RowConstructor& n) {
    d.out_ += "ROW(";
    for (std::size_t i = 0; i < n.fields.size(); ++i) {
      if (i > 0) d.out_ += ", ";
      d.top_expression(*n.fields[i]);
    }
    d.out_ += ')';
  }
  void operator()(const ArrayConstructor& n) {
    d.out_ += "ARRAY[";
    d.list(n.elements);
    d.out_ += ']';
    // Elements tell the type.
    if (n.elements.empty()) d.out_ += "::" + d.names_.type_name({e.type.oid});
  }
  void operator()(const FieldSelect& n) {
    d.out_ += '(';
    d.expression(*n.argument);
    d.out_ += ")." + d.names_.quote(d.field_name(*n.argument, n.field));
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
  void operator()(const Subquery& n) {
    if (d.plan_ != Deparser::Plan::no)
      d.out_ += d.subplan_text_ ? d.subplan_text_(e) : "(SubPlan)";
    else
      d.subquery(n);
  }
  void operator()(const Aggregate& n) {
    d.out_ += d.names_.function_name(n.function) + "(";
    if (n.distinct) d.out_ += "DISTINCT ";
    if (n.star) d.out_ += '*';
    if (is_within_group(n)) {
      d.list(n.direct_arguments);
      d.out_ += ") WITHIN GROUP (ORDER BY ";
      d.sort_keys(n.order_by);
    } else {
      d.list(n.arguments);
      if (!n.order_by.empty()) {
        d.out_ += " ORDER BY ";
        d.sort_keys(n.order_by);
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
    if (d.plan_ != Deparser::Plan::no) {
      d.out_ += "(?)";
      return;
    }
    const Window& window = d.levels_.back()->query->windows.at(static_cast<std::size_t>(n.window));
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
      const Expression& key = *d.level_of(n.levels_up).query->group_by.at(static_cast<std::size_t>(n.keys[i])).expression;
      // Of a query around: the key's columns are as far away.
      if (const auto* column = std::get_if<ColumnReference>(&key.node); column != nullptr && n.levels_up > 0) {
        ColumnReference outer = *column;
        outer.levels_up += n.levels_up;
        d.column(outer);
      } else if (n.levels_up > 0 && d.plan_ != Deparser::Plan::no) {
        d.out_ += '?';
      } else {
        d.expression(key);
      }
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
  // In a plan's line without line breaks: the blank in front stands for one.
  void keyword(std::string_view text, int before, int after) {
    if (d.plan_ != Deparser::Plan::no || d.flat_)
      d.out_ += text;
    else
      d.keyword(text.starts_with(' ') ? text.substr(1) : text, before, after, 0);
  }
  void filter(const ExpressionPtr& condition) {
    if (!condition) return;
    d.out_ += " FILTER (WHERE ";
    d.expression(*condition, false);
    d.out_ += ')';
  }
  void named(const char* name, const std::vector<ExpressionPtr>& arguments) {
    d.out_ += name;
    d.out_ += '(';
    d.list(arguments);
    d.out_ += ')';
  }
  void coercion(const Expression& argument, CallForm form) {
    // A row is a record without being made one.
    const bool same = e.type.oid == types::oid::record || e.type.oid == types::oid::record_array;
    if (form == CallForm::implicit_cast && (!show_implicit || same))
      d.argument(argument, &e, false);
    else
      d.cast(argument, e.type, e);
  }
};

void Deparser::expression(const Expression& e, bool show_implicit) {
  if (e.written_as.range_table_index >= 0 && !levels_.empty() && plan_ == Plan::no) {
    written_column(e.written_as);
    return;
  }
  std::visit(NodePrinter{*this, e, show_implicit}, e.node);
}

void Deparser::argument(const Expression& e, const Expression* parent, bool show_implicit) {
  bool parentheses = options_.pretty && !is_simple(e, parent, names_);
  if (parentheses) out_ += '(';
  expression(e, show_implicit);
  if (parentheses) out_ += ')';
}

void Deparser::top_expression(const Expression& e) {
  const auto* reference = std::get_if<ColumnReference>(&e.node);
  expression(e, false);
  if (reference != nullptr && reference->column == kWholeRowColumn)
    out_ += "::" + names_.type_name(e.type);
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

void Deparser::set_columns(std::span<const std::string> columns) {
  columns_ = columns;
  if (options_.table.empty()) return;
  outside_ = std::make_unique<Query>();
  RangeTableEntry& entry = outside_->range_table.emplace_back();
  entry.kind = RangeTableEntry::Kind::relation;
  entry.alias = options_.table;
  for (const std::string& name : columns) entry.columns.push_back({name, {}});
  auto level = std::make_unique<DeparseLevel>();
  level->query = outside_.get();
  level->entries.push_back(options_.table);
  level->columns.emplace_back().names.assign(columns.begin(), columns.end());
  levels_.push_back(std::move(level));
}

void Deparser::set_plan(std::span<const Query* const> queries, PrefixText prefix) {
  plan_ = Plan::yes;
  prefix_text_ = std::move(prefix);
  for (std::size_t i = queries.size(); i-- > 0;) {
    auto level = std::make_unique<DeparseLevel>();
    level->query = queries[i];
    for (const RangeTableEntry& entry : queries[i]->range_table) {
      level->entries.push_back(entry.alias);
      EntryColumns& columns = level->columns.emplace_back();
      for (const auto& column : entry.columns) columns.names.push_back(column.name);
    }
    levels_.push_back(std::move(level));
  }
}

std::string Deparser::column(const ColumnReference& c) {
  if (levels_.empty() || (outside_ && levels_.size() == 1)) {
    if (c.column == kWholeRowColumn) {
      out_ += options_.table.empty() ? "*" : names_.quote(options_.table) + ".*";
      return {};
    }
    if (c.column < 0) {
      const std::string name(system_column_name(c.column));
      out_ += name;
      return name;
    }
    const std::string& name = columns_[static_cast<std::size_t>(c.column)];
    out_ += names_.quote(name);
    return name;
  }
  // What a plan's node has calculated below it.
  if (plan_ != Plan::no && (c.range_table_index < 0 || static_cast<std::size_t>(c.levels_up) >= levels_.size())) {
    out_ += '?';
    return {};
  }
  const DeparseLevel& level = level_of(c.levels_up);
  const auto index = static_cast<std::size_t>(c.range_table_index);
  const RangeTableEntry& entry = level.query->range_table.at(index);
  // A merged column of JOIN .. USING stands for one of its sides.
  if (entry.kind == RangeTableEntry::Kind::join && !entry.has_user_alias && c.column >= 0) {
    const ExpressionPtr& side = entry.join_columns.at(static_cast<std::size_t>(c.column));
    if (const auto* reference = std::get_if<ColumnReference>(&side->node)) return column(*reference);
    return written_column({c.range_table_index, c.column, c.levels_up});
  }
  const bool whole_row = c.column == kWholeRowColumn;
  const std::string prefix = plan_ == Plan::no ? names_.quote(level.entries.at(index))
                                               : prefix_text_(static_cast<std::size_t>(c.levels_up), index, whole_row);
  if (plan_ == Plan::no || !prefix.empty()) out_ += prefix + ".";
  if (whole_row) {
    out_ += '*';
    return {};
  }
  std::string name;
  if (c.column < 0)
    name = system_column_name(c.column);
  else if (const auto& names = level.columns.at(index).names;
           static_cast<std::size_t>(c.column) < names.size())
    name = names[static_cast<std::size_t>(c.column)];
  if (name.empty()) name = "?dropped?column?";
  out_ += names_.quote(name);
  return name;
}

// A column of a join by the join's name, or bare when it has none.
std::string Deparser::written_column(const WrittenAs& w) {
  const DeparseLevel& level = level_of(w.levels_up);
  const auto index = static_cast<std::size_t>(w.range_table_index);
  std::string name = level.columns.at(index).names.at(static_cast<std::size_t>(w.column));
  if (name.empty()) name = "?dropped?column?";
  if (!level.entries.at(index).empty()) out_ += names_.quote(level.entries.at(index)) + ".";
  out_ += names_.quote(name);
  return name;
}

void Deparser::cast(const Expression& argument_, const TypeRef& type, const Expression& e) {
  // A constant of the very type carries its own cast.
  if (const auto* c = std::get_if<Constant>(&argument_.node);
      c != nullptr && !c->value.is_null && argument_.type.oid == type.oid) {
    out_ += quoted_literal(names_.value_text(type.oid, c->value)) + "::" + names_.type_name(type);
    return;
  }
  open();
  argument(argument_, &e, false);
  close();
  out_ += "::" + names_.type_name(type);
}

void Deparser::operator_call(Oid op, const std::vector<ExpressionPtr>& arguments,
                             const Expression& e) {
  open();
  if (arguments.size() == 2) {
    argument(*arguments[0], &e);
    out_ += " " + names_.operator_name(op) + " ";
    argument(*arguments[1], &e);
  } else {
    out_ += names_.operator_name(op) + " ";
    argument(*arguments[0], &e);
  }
  close();
}

const ColumnReference* Deparser::column_of(const Expression& e) {
  const auto* call = std::get_if<Call>(&e.node);
  return std::get_if<ColumnReference>(call != nullptr && call->function == kRowPlaceFunction ? &call->arguments.front()->node
                                                                                             : &e.node);
}

void Deparser::call(const Expression& e, const Call& c, bool show_implicit) {
  if (const ColumnReference* reference = column_of(e)) return static_cast<void>(column(*reference));
  switch (c.form) {
    case CallForm::operator_:
      if (c.operator_ != 0) return operator_call(c.operator_, c.arguments, e);
      break;
    case CallForm::implicit_cast:
      if (c.arguments.empty()) break;
      if (show_implicit) return cast(*c.arguments[0], e.type, e);
      return argument(*c.arguments[0], &e, false);
    case CallForm::sql_syntax:
      if (special_syntax(e, c)) return;
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

void Deparser::condition(const Query& query) {
  push_level(query);
  expression(*query.where, false);
  pop_level();
}

std::string deparse(const Expression& expression, std::span<const std::string> columns,
                    DeparseNames& names, const DeparseOptions& options) {
  Deparser deparser(names, options);
  deparser.set_columns(columns);
  deparser.expression(expression, false);
  return deparser.take();
}

std::string deparse_planned(const Expression& expression, std::span<const Query* const> queries, PrefixText prefix,
                            DeparseNames& names, SubplanText subplan) {
  Deparser deparser(names, {});
  deparser.set_plan(queries, std::move(prefix));
  deparser.set_subplan_text(std::move(subplan));
  deparser.expression(expression, false);
  return deparser.take();
}

std::string deparse_condition(const Query& query, DeparseNames& names, const DeparseOptions& options) {
  Deparser deparser(names, options);
  deparser.condition(query);
  return deparser.take();
}

}  // namespace query
