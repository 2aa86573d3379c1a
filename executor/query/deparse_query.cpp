// Queries as pg_get_viewdef() lays them out.
#include <algorithm>

#include "deparser.h"
#include "types/sql_error.h"

namespace query {

// Begins a line with `text` after changing the indentation, PostgreSQL's appendContextKeyword().
void Deparser::keyword(std::string_view text, int before, int after, int plus) {
  constexpr int kLimit = 40;
  if (flat_) {
    out_ += text;
    return;
  }
  indent_ += before;
  while (!out_.empty() && out_.back() == ' ') out_.pop_back();
  out_ += '\n';
  int amount = std::max(indent_, 0);
  if (indent_ >= kLimit) amount = (kLimit + (indent_ - kLimit) / 4) % kLimit;
  out_.append(static_cast<std::size_t>(amount + plus), ' ');
  out_ += text;
  indent_ = std::max(indent_ + after, 0);
}

// A key of ORDER BY, GROUP BY, ...: what is not a column gets parentheses, so that it is read as
// nothing else.
void Deparser::key_expression(const Expression& e) {
  if (e.written_as.range_table_index >= 0 || column_of(e) != nullptr ||
      std::holds_alternative<Constant>(e.node))
    return expression(e);
  const auto* c = std::get_if<Call>(&e.node);
  const bool parentheses = options_.pretty ||
                           (c != nullptr && c->form == CallForm::function) ||
                           std::holds_alternative<Aggregate>(e.node) ||
                           std::holds_alternative<WindowCall>(e.node);
  if (parentheses) out_ += '(';
  expression(e);
  if (parentheses) out_ += ')';
}

void Deparser::sort_keys(const std::vector<SortKey>& keys, bool by_number) {
  const char* separator = "";
  for (const SortKey& key : keys) {
    out_ += separator;
    separator = ", ";
    if (by_number && key.output >= 0)
      out_ += std::to_string(key.output + 1);
    else
      key_expression(*key.expression);
    if (key.descending) out_ += " DESC";
    if (key.descending && !key.nulls_first) out_ += " NULLS LAST";
    if (!key.descending && key.nulls_first) out_ += " NULLS FIRST";
  }
}

void Deparser::window(const Window& w) {
  std::string separator;
  for (const ExpressionPtr& key : w.partition_by) {
    out_ += separator.empty() ? "PARTITION BY " : ", ";
    key_expression(*key);
    separator = " ";
  }
  if (!w.order_by.empty()) {
    out_ += separator + "ORDER BY ";
    sort_keys(w.order_by);
    separator = " ";
  }
  bool default_frame = w.unit == FrameUnit::range && w.start == FrameBound::unbounded_preceding &&
                       w.end == FrameBound::current_row && w.exclusion == FrameExclusion::none;
  if (default_frame) return;
  static constexpr const char* kUnits[] = {"ROWS", "RANGE", "GROUPS"};
  out_ += separator + kUnits[static_cast<int>(w.unit)] + " BETWEEN ";
  auto bound = [&](FrameBound b, const ExpressionPtr& offset) {
    switch (b) {
      case FrameBound::unbounded_preceding: out_ += "UNBOUNDED PRECEDING"; return;
      case FrameBound::unbounded_following: out_ += "UNBOUNDED FOLLOWING"; return;
      case FrameBound::current_row: out_ += "CURRENT ROW"; return;
      default:
        expression(*offset, false);
        out_ += b == FrameBound::preceding ? " PRECEDING" : " FOLLOWING";
    }
  };
  bound(w.start, w.start_offset);
  out_ += " AND ";
  bound(w.end, w.end_offset);
  static constexpr const char* kExclusions[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP",
                                                " EXCLUDE TIES"};
  out_ += kExclusions[static_cast<int>(w.exclusion)];
}

void Deparser::subquery(const Subquery& s) {
  out_ += s.kind == SubqueryKind::array ? "ARRAY(" : "(";
  if (s.kind == SubqueryKind::any || s.kind == SubqueryKind::all) {
    if (s.left.size() > 1) out_ += '(';
    list(s.left);
    if (s.left.size() > 1) out_ += ')';
    std::string op = s.operators.empty() ? "=" : names_.operator_name(s.operators[0]);
    if (s.kind == SubqueryKind::any && op == "=")
      out_ += " IN ";
    else
      out_ += " " + op + (s.kind == SubqueryKind::any ? " ANY " : " ALL ");
  } else if (s.kind == SubqueryKind::exists) {
    out_ += "EXISTS ";
  }
  const bool parentheses = s.kind == SubqueryKind::any || s.kind == SubqueryKind::all ||
                           s.kind == SubqueryKind::exists;
  if (parentheses) out_ += '(';
  select(*s.query, {}, true);
  out_ += parentheses ? "))" : ")";
}

void Deparser::values(const std::vector<std::vector<ExpressionPtr>>& rows) {
  out_ += "VALUES ";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out_ += i > 0 ? ", (" : "(";
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      if (j > 0) out_ += ',';
      top_expression(*rows[i][j]);
    }
    out_ += ')';
  }
}

void Deparser::set_tree(const SetTree& tree, std::span<const std::string> output_names,
                        bool hide_unnamed) {
  if (tree.leaf) {
    const Query& leaf = *tree.leaf;
    const bool parentheses = !leaf.with.empty() || !leaf.order_by.empty() ||
                             !leaf.row_locks.empty() || leaf.limit || leaf.offset ||
                             leaf.set_operations;
    if (parentheses) out_ += '(';
    select(leaf, output_names, hide_unnamed);
    if (parentheses) out_ += ')';
    return;
  }
  const SetTree& left = *tree.left;
  const bool left_parentheses = !left.leaf && (left.op != tree.op || left.all != tree.all);
  if (left_parentheses) {
    out_ += '(';
    keyword("", 8, 0, 0);
  }
  set_tree(left, output_names, hide_unnamed);
  if (left_parentheses)
    keyword(") ", -8, 0, 0);
  else if (flat_)
    out_ += ' ';
  else
    keyword("", 0, 0, 0);
  static constexpr const char* kOperations[] = {"UNION ", "INTERSECT ", "EXCEPT "};
  out_ += kOperations[static_cast<int>(tree.op)];
  if (tree.all) out_ += "ALL ";
  const bool right_parentheses = !tree.right->leaf;
  const int deeper = right_parentheses ? 8 : 0;
  if (right_parentheses) out_ += '(';
  keyword("", deeper, 0, 0);
  set_tree(*tree.right, output_names, true);
  indent_ -= deeper;
  if (right_parentheses) keyword(")", 0, 0, 0);
}

void Deparser::with_clause(const Query& q) {
  if (q.with.empty()) return;
  indent_ += 8;
  begin_query();
  const char* separator = q.recursive_with ? "WITH RECURSIVE " : "WITH ";
  for (const CommonTable& table : q.with) {
    out_ += separator + names_.quote(table.name);
    separator = ", ";
    if (table.has_column_names) {
      const char* comma = "(";
      for (const RangeColumn& column : table.columns) {
        out_ += comma + names_.quote(column.name);
        comma = ", ";
      }
      out_ += ')';
    }
    out_ += " AS ";
    if (table.materialize == CommonTable::Materialize::always) out_ += "MATERIALIZED ";
    if (table.materialize == CommonTable::Materialize::never) out_ += "NOT MATERIALIZED ";
    out_ += '(';
    keyword("", 0, 0, 0);
    select(*table.query, {});
    keyword("", 0, 0, 0);
    out_ += ')';
  }
  if (flat_) out_ += ' ';
  keyword("", -8, 0, 0);
}

void Deparser::target_list(const Query& q, std::span<const std::string> output_names,
                           bool hide_unnamed) {
  std::size_t shown = 0;
  for (const OutputColumn& output : q.output) {
    if (output.hidden) continue;
    out_ += shown == 0 ? " " : ", ";
    const std::string& name = shown < output_names.size() ? output_names[shown] : output.name;
    std::string before = std::move(out_);
    out_.clear();
    const Expression& e = *output.expression;
    std::string own = hide_unnamed || routine_ != nullptr ? "?column?" : "";
    if (e.written_as.range_table_index >= 0)
      own = written_column(e.written_as);
    else if (const ColumnReference* reference = column_of(e))
      own = column(*reference);
    else
      expression(e);
    if (own.empty() && std::holds_alternative<ColumnReference>(e.node))
      out_ += "::" + names_.type_name(e.type);
    if (own.empty() || own != name) out_ += " AS " + names_.quote(name);
    std::string text = std::move(out_);
    out_ = std::move(before);
    wrapped_item(std::move(text), shown++ == 0);
  }
}

void Deparser::group_by(const Query& q) {
  if (q.group_by.empty() && q.grouping_sets.empty()) return;
  keyword(" GROUP BY ", -8, 8, 1);
  auto key = [&](int index) {
    key_expression(*q.group_by.at(static_cast<std::size_t>(index)).expression);
  };
  if (q.grouping_sets.empty()) {
    for (std::size_t i = 0; i < q.group_by.size(); ++i) {
      if (i > 0) out_ += ", ";
      key(static_cast<int>(i));
    }
    return;
  }
  // ROLLUP and CUBE as the sets that they stand for.
  const char* separator = "GROUPING SETS (";
  for (const std::vector<int>& set : q.grouping_sets) {
    out_ += separator;
    separator = ", ";
    out_ += '(';
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (i > 0) out_ += ", ";
      key(set[i]);
    }
    out_ += ')';
  }
  out_ += ')';
}

// The rows of a query that is VALUES and nothing else, or null.
const std::vector<std::vector<ExpressionPtr>>* only_values(const Query& q,
                                                           std::span<const std::string> names) {
  if (q.from.size() != 1 || q.where) return nullptr;
  const auto* leaf = std::get_if<JoinLeaf>(&q.from[0]->node);
  if (leaf == nullptr) return nullptr;
  const RangeTableEntry& entry = q.range_table.at(static_cast<std::size_t>(leaf->range_table_index));
  if (entry.kind != RangeTableEntry::Kind::values || q.output.size() != entry.columns.size())
    return nullptr;
  for (std::size_t i = 0; i < q.output.size(); ++i) {
    const auto* reference = std::get_if<ColumnReference>(&q.output[i].expression->node);
    const std::string& name = i < names.size() ? names[i] : q.output[i].name;
    if (q.output[i].hidden || reference == nullptr || reference->levels_up != 0 ||
        reference->column != static_cast<int>(i) || name != entry.columns[i].name)
      return nullptr;
  }
  return &entry.values;
}

void Deparser::basic_select(const Query& q, std::span<const std::string> output_names,
                            bool hide_unnamed) {
  indent_ += 8;
  begin_query();
  if (const auto* rows = only_values(q, output_names)) return values(*rows);
  out_ += "SELECT";
  if (!q.distinct_on.empty()) {
    const char* separator = " DISTINCT ON (";
    for (const SortKey& key : q.distinct_on) {
      out_ += separator;
      separator = ", ";
      key_expression(*key.expression);
    }
    out_ += ')';
  } else if (q.distinct) {
    out_ += " DISTINCT";
  }
  target_list(q, output_names, hide_unnamed);
  from_items(q, " FROM ");
  if (q.where) {
    keyword(" WHERE ", -8, 8, 1);
    expression(*q.where, false);
  }
  group_by(q);
  if (q.having) {
    keyword(" HAVING ", -8, 8, 0);
    expression(*q.having, false);
  }
  bool named_window = false;
  for (const Window& w : q.windows) {
    if (w.name.empty()) continue;
    if (named_window)
      out_ += ", ";
    else
      keyword(" WINDOW ", -8, 8, 1);
    named_window = true;
    out_ += names_.quote(w.name) + " AS (";
    window(w);
    out_ += ')';
  }
}

void Deparser::select(const Query& q, std::span<const std::string> output_names,
                      bool hide_unnamed) {
  if (q.command == CommandKind::merge) throw types::SqlError::not_supported("deparsing MERGE");
  if (q.command != CommandKind::select && q.command != CommandKind::values) return change(q);
  const int indent_before = indent_;
  push_level(q);
  with_clause(q);
  if (q.set_operations)
    set_tree(*q.set_operations, output_names, hide_unnamed);
  else
    basic_select(q, output_names, hide_unnamed);
  if (!q.order_by.empty()) {
    keyword(" ORDER BY ", -8, 8, 1);
    sort_keys(q.order_by, q.set_operations != nullptr);
  }
  if (q.offset) {
    keyword(" OFFSET ", -8, 8, 0);
    expression(*q.offset, false);
  }
  if (q.limit) {
    const auto* constant = std::get_if<Constant>(&q.limit->node);
    keyword(q.with_ties ? " FETCH FIRST (" : " LIMIT ", -8, 8, 0);
    if (constant != nullptr && constant->value.is_null)
      out_ += "ALL";
    else
      expression(*q.limit, false);
    if (q.with_ties) out_ += ") ROWS WITH TIES";
  }
  for (const RowLock& lock : q.row_locks) {
    static constexpr const char* kStrengths[] = {" FOR KEY SHARE", " FOR SHARE",
                                                 " FOR NO KEY UPDATE", " FOR UPDATE"};
    keyword(kStrengths[static_cast<int>(lock.strength)], -8, 8, 0);
    out_ += " OF " + names_.quote(levels_.back()->entries.at(
                         static_cast<std::size_t>(lock.range_table_index)));
    if (lock.wait == LockWait::nowait) out_ += " NOWAIT";
    if (lock.wait == LockWait::skip_locked) out_ += " SKIP LOCKED";
  }
  pop_level();
  indent_ = indent_before;
}

std::string deparse_view(const Query& query, std::span<const std::string> columns,
                         DeparseNames& names, const DeparseOptions& options) {
  Deparser deparser(names, options);
  deparser.select(query, columns);
  return deparser.take() + ';';
}

}  // namespace query
