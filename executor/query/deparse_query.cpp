// Queries as pg_get_viewdef() lays them out.
#include <algorithm>

#include "deparser.h"
#include "types/sql_error.h"

namespace query {

void Deparser::new_line(int indent) {
  out_ += '\n';
  out_.append(static_cast<std::size_t>(std::max(indent, 0)), ' ');
}

void Deparser::sort_key(const SortKey& key) {
  expression(*key.expression);
  if (key.descending) {
    out_ += " DESC";
    if (!key.nulls_first) out_ += " NULLS LAST";
  } else if (key.nulls_first) {
    out_ += " NULLS FIRST";
  }
}

void Deparser::window(const Window& w) {
  std::string separator;
  if (!w.partition_by.empty()) {
    out_ += "PARTITION BY ";
    list(w.partition_by);
    separator = " ";
  }
  if (!w.order_by.empty()) {
    out_ += separator + "ORDER BY ";
    for (std::size_t i = 0; i < w.order_by.size(); ++i) {
      if (i > 0) out_ += ", ";
      sort_key(w.order_by[i]);
    }
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
        expression(*offset);
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
  int indent = 4 * static_cast<int>(queries_.size() + 1);
  auto body = [&] {
    out_ += '(';
    select(*s.query, {}, indent);
    out_ += ')';
  };
  switch (s.kind) {
    case SubqueryKind::exists:
      out_ += "(EXISTS ";
      body();
      out_ += ')';
      return;
    case SubqueryKind::array:
      out_ += "ARRAY";
      body();
      return;
    case SubqueryKind::any:
    case SubqueryKind::all: {
      out_ += '(';
      if (s.left.size() > 1) out_ += '(';
      list(s.left);
      if (s.left.size() > 1) out_ += ')';
      std::string op = s.operators.empty() ? "=" : names_.operator_name(s.operators[0]);
      if (s.kind == SubqueryKind::any && op == "=")
        out_ += " IN ";
      else
        out_ += " " + op + (s.kind == SubqueryKind::any ? " ANY " : " ALL ");
      body();
      out_ += ')';
      return;
    }
    default: body();
  }
}

void Deparser::from_entry(const RangeTableEntry& entry, int indent) {
  using Kind = RangeTableEntry::Kind;
  if (entry.lateral && entry.kind == Kind::subquery) out_ += "LATERAL ";
  std::string shown;
  if (entry.kind == Kind::relation || entry.view != 0) {
    Oid relation = entry.view != 0 ? entry.view : entry.relation;
    if (!entry.include_children) out_ += "ONLY ";
    std::string name = names_.relation_name(relation);
    out_ += name;
    std::size_t dot = name.rfind('.');
    shown = dot == std::string::npos ? name : name.substr(dot + 1);
    if (names_.quote(entry.alias) != shown) out_ += " " + names_.quote(entry.alias);
    return;
  }
  switch (entry.kind) {
    case Kind::subquery:
      out_ += '(';
      select(*entry.subquery, {}, indent + 8);
      out_ += ')';
      out_ += " " + names_.quote(entry.alias);
      return;
    case Kind::function: {
      if (entry.functions.size() > 1) out_ += "ROWS FROM(";
      for (std::size_t i = 0; i < entry.functions.size(); ++i) {
        if (i > 0) out_ += ", ";
        expression(*entry.functions[i].call);
      }
      if (entry.functions.size() > 1) out_ += ")";
      if (entry.with_ordinality) out_ += " WITH ORDINALITY";
      break;
    }
    case Kind::values: {
      out_ += "( VALUES ";
      for (std::size_t i = 0; i < entry.values.size(); ++i) {
        if (i > 0) out_ += ", ";
        out_ += '(';
        list(entry.values[i]);
        out_ += ')';
      }
      out_ += ')';
      break;
    }
    case Kind::cte:
      out_ += names_.quote(entry.cte_name);
      if (entry.alias != entry.cte_name) out_ += " " + names_.quote(entry.alias);
      return;
    default: break;
  }
  out_ += " " + names_.quote(entry.alias) + "(";
  for (std::size_t i = 0; i < entry.columns.size(); ++i) {
    if (i > 0) out_ += ", ";
    out_ += names_.quote(entry.columns[i].name);
  }
  out_ += ')';
}

void Deparser::from_tree(const Query& q, const JoinTree& tree, int indent, bool top) {
  if (const auto* leaf = std::get_if<JoinLeaf>(&tree.node)) {
    from_entry(q.range_table.at(static_cast<std::size_t>(leaf->range_table_index)), indent);
    return;
  }
  const auto& join = std::get<JoinNode>(tree.node);
  bool parentheses = !options_.pretty || !top;
  if (parentheses) out_ += '(';
  from_tree(q, *join.left, indent, top);
  new_line(indent + 5);
  switch (join.kind) {
    case JoinKind::left: out_ += "LEFT JOIN "; break;
    case JoinKind::right: out_ += "RIGHT JOIN "; break;
    case JoinKind::full: out_ += "FULL JOIN "; break;
    default: out_ += join.condition ? "JOIN " : "CROSS JOIN "; break;
  }
  from_tree(q, *join.right, indent + 5, false);
  if (join.condition) {
    out_ += " ON ";
    if (!options_.pretty) out_ += '(';
    expression(*join.condition);
    if (!options_.pretty) out_ += ')';
  }
  if (parentheses) out_ += ')';
}

void Deparser::set_tree(const SetTree& tree, std::span<const std::string> output_names,
                        int indent) {
  if (tree.leaf) {
    select(*tree.leaf, output_names, indent);
    return;
  }
  auto side = [&](const SetTree& s, std::span<const std::string> names) {
    bool parentheses = !s.leaf && (s.op != tree.op || s.all != tree.all);
    if (parentheses) out_ += '(';
    set_tree(s, names, indent);
    if (parentheses) out_ += ')';
  };
  side(*tree.left, output_names);
  static constexpr const char* kOperations[] = {"UNION", "INTERSECT", "EXCEPT"};
  new_line(indent);
  out_ += kOperations[static_cast<int>(tree.op)];
  if (tree.all) out_ += " ALL";
  out_ += '\n';
  out_.append(static_cast<std::size_t>(indent), ' ');
  side(*tree.right, {});
}

// `indent` is where the FROM clause of the outermost query would begin minus three.
void Deparser::select(const Query& q, std::span<const std::string> output_names, int indent) {
  if (q.command != CommandKind::select && q.command != CommandKind::values)
    throw types::SqlError::not_supported("deparsing a data-modifying query");
  queries_.push_back(&q);
  if (!q.with.empty()) {
    out_ += q.recursive_with ? " WITH RECURSIVE " : " WITH ";
    for (std::size_t i = 0; i < q.with.size(); ++i) {
      if (i > 0) out_ += ", ";
      out_ += names_.quote(q.with[i].name) + " AS (";
      new_line(indent + 8);
      select(*q.with[i].query, {}, indent + 8);
      new_line(indent + 8);
      out_ += ")";
    }
    new_line(indent);
  }
  if (q.set_operations) {
    set_tree(*q.set_operations, output_names, indent);
  } else {
    out_ += " SELECT";
    if (!q.distinct_on.empty()) {
      out_ += " DISTINCT ON (";
      for (std::size_t i = 0; i < q.distinct_on.size(); ++i) {
        if (i > 0) out_ += ", ";
        expression(*q.distinct_on[i].expression);
      }
      out_ += ')';
    } else if (q.distinct) {
      out_ += " DISTINCT";
    }
    std::size_t shown = 0;
    for (const OutputColumn& column : q.output) {
      if (column.hidden) continue;
      out_ += shown == 0 ? " " : ",";
      if (shown > 0) new_line(indent + 4);
      expression(*column.expression);
      std::string name = shown < output_names.size() ? output_names[shown] : column.name;
      ++shown;
      const auto* reference = std::get_if<ColumnReference>(&column.expression->node);
      std::string own;
      if (reference != nullptr && reference->column >= 0 && reference->levels_up == 0)
        own = q.range_table.at(static_cast<std::size_t>(reference->range_table_index))
                  .columns.at(static_cast<std::size_t>(reference->column))
                  .name;
      if (own != name) out_ += " AS " + names_.quote(name);
    }
    if (!q.from.empty()) {
      new_line(indent + 3);
      out_ += "FROM ";
      for (std::size_t i = 0; i < q.from.size(); ++i) {
        if (i > 0) {
          out_ += ',';
          new_line(indent + 4);
        }
        from_tree(q, *q.from[i], indent, true);
      }
    }
    if (q.where) {
      new_line(indent + 2);
      out_ += "WHERE ";
      expression(*q.where);
    }
    if (!q.group_by.empty()) {
      new_line(indent + 2);
      out_ += "GROUP BY ";
      for (std::size_t i = 0; i < q.group_by.size(); ++i) {
        if (i > 0) out_ += ", ";
        expression(*q.group_by[i].expression);
      }
    }
    if (q.having) {
      new_line(indent + 2);
      out_ += "HAVING ";
      expression(*q.having);
    }
    bool named_window = false;
    for (const Window& w : q.windows) {
      if (w.name.empty()) continue;
      if (!named_window) new_line(indent + 2);
      out_ += named_window ? ", " : "WINDOW ";
      named_window = true;
      out_ += names_.quote(w.name) + " AS (";
      window(w);
      out_ += ')';
    }
  }
  if (!q.order_by.empty()) {
    new_line(indent + 2);
    out_ += "ORDER BY ";
    for (std::size_t i = 0; i < q.order_by.size(); ++i) {
      if (i > 0) out_ += ", ";
      // Of a set operation: by the output column's name.
      if (q.set_operations && q.order_by[i].output >= 0) {
        out_ += names_.quote(q.output.at(static_cast<std::size_t>(q.order_by[i].output)).name);
        if (q.order_by[i].descending) out_ += " DESC";
        continue;
      }
      bool compound = !std::holds_alternative<ColumnReference>(q.order_by[i].expression->node) &&
                      !options_.pretty &&
                      !std::holds_alternative<Call>(q.order_by[i].expression->node);
      if (compound) out_ += '(';
      expression(*q.order_by[i].expression);
      if (compound) out_ += ')';
      if (q.order_by[i].descending) {
        out_ += " DESC";
        if (!q.order_by[i].nulls_first) out_ += " NULLS LAST";
      } else if (q.order_by[i].nulls_first) {
        out_ += " NULLS FIRST";
      }
    }
  }
  if (q.offset) {
    new_line(indent + 1);
    out_ += "OFFSET ";
    expression(*q.offset);
  }
  if (q.limit) {
    new_line(indent + 1);
    out_ += q.with_ties ? "FETCH FIRST (" : "LIMIT ";
    expression(*q.limit);
    if (q.with_ties) out_ += ") ROWS WITH TIES";
  }
  for (const RowLock& lock : q.row_locks) {
    static constexpr const char* kStrengths[] = {"KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"};
    new_line(indent + 1);
    out_ += std::string("FOR ") + kStrengths[static_cast<int>(lock.strength)] + " OF " +
            names_.quote(q.range_table.at(static_cast<std::size_t>(lock.range_table_index)).alias);
  }
  queries_.pop_back();
}

std::string deparse_view(const Query& query, std::span<const std::string> columns,
                         DeparseNames& names, const DeparseOptions& options) {
  Deparser deparser(names, options);
  deparser.select(query, columns, 0);
  return deparser.take() + ';';
}

}  // namespace query
