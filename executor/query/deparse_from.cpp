// FROM as pg_get_viewdef() lays it out.
#include <algorithm>

#include "deparser.h"
#include "query/xml_syntax.h"

namespace query {

using Kind = RangeTableEntry::Kind;

void Deparser::wrapped_item(std::string text, bool first) {
  if (text.starts_with('\n'))
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
  else if (!first)
    keyword("", -8, 8, 4);
  out_ += text;
}

void Deparser::from_items(const Query& q, std::string_view word) {
  bool first = true;
  for (const auto& item : q.from) {
    const auto* leaf = std::get_if<JoinLeaf>(&item->node);
    if (leaf != nullptr && leaf->range_table_index == q.target) continue;
    if (first) {
      keyword(word, -8, 8, 2);
      from_tree(q, *item);
      first = false;
      continue;
    }
    out_ += ", ";
    std::string before = std::move(out_);
    out_.clear();
    from_tree(q, *item);
    std::string text = std::move(out_);
    out_ = std::move(before);
    wrapped_item(std::move(text), false);
  }
}

void Deparser::from_tree(const Query& q, const JoinTree& tree) {
  if (const auto* leaf = std::get_if<JoinLeaf>(&tree.node))
    from_entry(q, leaf->range_table_index);
  else
    from_join(q, std::get<JoinNode>(tree.node));
}

void Deparser::from_join(const Query& q, const JoinNode& join) {
  auto alias_of = [&](const JoinNode& node) {
    return node.range_table_index >= 0 &&
           q.range_table.at(static_cast<std::size_t>(node.range_table_index)).has_user_alias;
  };
  const bool has_alias = alias_of(join);
  const auto* right = std::get_if<JoinNode>(&join.right->node);
  const bool parentheses_right = options_.pretty && right != nullptr && !alias_of(*right);
  const bool parentheses = !options_.pretty || has_alias;
  if (parentheses) out_ += '(';
  from_tree(q, *join.left);
  switch (join.kind) {
    case JoinKind::left: keyword(" LEFT JOIN ", -8, 8, 4); break;
    case JoinKind::right: keyword(" RIGHT JOIN ", -8, 8, 4); break;
    case JoinKind::full: keyword(" FULL JOIN ", -8, 8, 4); break;
    default: keyword(join.condition ? " JOIN " : " CROSS JOIN ", -8, 8, 4); break;
  }
  if (parentheses_right) out_ += '(';
  from_tree(q, *join.right);
  if (parentheses_right) out_ += ')';
  const DeparseLevel& level = *levels_.back();
  const auto index = static_cast<std::size_t>(join.range_table_index);
  const bool has_entry = join.range_table_index >= 0;
  if (has_entry && !level.columns.at(index).using_names.empty()) {
    out_ += " USING (";
    const char* separator = "";
    for (const std::string& name : level.columns.at(index).using_names) {
      out_ += separator + names_.quote(name);
      separator = ", ";
    }
    out_ += ')';
    const std::string& alias = q.range_table[index].using_alias;
    if (!alias.empty()) out_ += " AS " + names_.quote(alias);
  } else if (join.condition) {
    out_ += " ON ";
    open();
    expression(*join.condition, false);
    close();
  } else if (join.kind != JoinKind::inner) {
    out_ += " ON TRUE";
  }
  if (parentheses) out_ += ')';
  if (has_alias) {
    out_ += " " + names_.quote(level.entries.at(index));
    column_aliases(level.columns.at(index));
  }
}

void Deparser::column_aliases(const EntryColumns& columns) {
  if (!columns.print_aliases) return;
  const char* separator = "(";
  for (const std::string& name : columns.new_names) {
    out_ += separator + names_.quote(name);
    separator = ", ";
  }
  if (!columns.new_names.empty()) out_ += ')';
}

void Deparser::from_entry(const Query& q, int index) {
  const RangeTableEntry& entry = q.range_table.at(static_cast<std::size_t>(index));
  const DeparseLevel& level = *levels_.back();
  const std::string name = level.entries.at(static_cast<std::size_t>(index));
  const EntryColumns& columns = level.columns.at(static_cast<std::size_t>(index));
  const bool reads_relation = entry.kind == Kind::relation || entry.view != 0;
  if (entry.lateral && !reads_relation) out_ += "LATERAL ";
  bool alias = entry.has_user_alias || columns.print_aliases;
  bool defines_columns = false;
  if (reads_relation) {
    Oid relation = entry.view != 0 ? entry.view : entry.relation;
    std::string own = names_.relation_own_name(relation);
    bool hidden = false;  // by a WITH item of its name
    for (const auto& around : levels_)
      for (const CommonTable& table : around->query->with) hidden = hidden || table.name == own;
    if (!entry.include_children) out_ += "ONLY ";
    out_ += names_.relation_name(relation, hidden);
    alias = alias || name != own;
  } else if (entry.kind == Kind::subquery) {
    out_ += '(';
    select(*entry.subquery, {});
    out_ += ')';
    alias = true;
  } else if (entry.kind == Kind::function) {
    const bool alone = entry.functions.size() == 1;
    if (const auto* call = std::get_if<Call>(&entry.functions[0].call->node);
        call != nullptr && call->function == kXmlTable) {
      xml_table(*call, entry.columns);
      // Its columns have names of their own.
      if (entry.has_user_alias || name != entry.alias) out_ += " " + names_.quote(name);
      if (entry.column_aliases > 0) column_aliases(columns);
      return;
    }
    defines_columns = alone && entry.functions[0].has_column_definitions && !entry.with_ordinality;
    auto definitions = [&](const FunctionItem& item, std::size_t first) {
      const char* separator = "(";
      for (std::size_t i = first; i < first + static_cast<std::size_t>(item.column_count); ++i) {
        out_ += separator + names_.quote(entry.columns.at(i).name) + " " +
                names_.type_name(entry.columns.at(i).type);
        separator = ", ";
      }
      out_ += ')';
    };
    if (alone && (!entry.functions[0].has_column_definitions || !entry.with_ordinality)) {
      from_function(*entry.functions[0].call);
    } else {
      out_ += "ROWS FROM(";
      std::size_t first = 0;
      for (std::size_t i = 0; i < entry.functions.size(); ++i) {
        if (i > 0) out_ += ", ";
        from_function(*entry.functions[i].call);
        if (entry.functions[i].has_column_definitions) {
          out_ += " AS ";
          definitions(entry.functions[i], first);
        }
        first += static_cast<std::size_t>(entry.functions[i].column_count);
      }
      out_ += ")";
    }
    if (entry.with_ordinality) out_ += " WITH ORDINALITY";
    if (defines_columns) {
      out_ += " " + names_.quote(name);
      definitions(entry.functions[0], 0);
      return;
    }
    alias = true;
  } else if (entry.kind == Kind::values) {
    out_ += '(';
    values(entry.values);
    out_ += ')';
    alias = true;
  } else if (entry.kind == Kind::cte) {
    out_ += names_.quote(entry.cte_name);
    alias = alias || name != entry.cte_name;
  }
  if (alias) {
    out_ += " " + names_.quote(name);
    column_aliases(columns);
  }
  if (!entry.security.empty()) sample(*entry.security.front());
}

// The condition on a row's key that analysis has made of TABLESAMPLE: sampled(key, percentage, seed, whether the seed was
// given, whether the method is system).
void Deparser::sample(const Expression& condition) {
  const auto* call = std::get_if<Call>(&condition.node);
  if (call == nullptr || call->arguments.size() != 5) return;
  const auto flag = [&](std::size_t i) {
    const auto* constant = std::get_if<Constant>(&call->arguments[i]->node);
    return constant != nullptr && constant->value.as<bool>();
  };
  out_ += flag(4) ? " TABLESAMPLE system (" : " TABLESAMPLE bernoulli (";
  expression(*call->arguments[1], false);
  out_ += ')';
  if (!flag(3)) return;
  out_ += " REPEATABLE (";
  expression(*call->arguments[2], false);
  out_ += ')';
}

// What is no call by its looks would not be read back as one.
void Deparser::from_function(const Expression& e) {
  if (looks_like_call(e)) return expression(e);
  out_ += "CAST(";
  expression(e, false);
  out_ += " AS " + names_.type_name(e.type) + ")";
}

bool looks_like_call(const Expression& e) {
  if (const auto* call = std::get_if<Call>(&e.node)) return call->form == CallForm::function || call->form == CallForm::sql_syntax;
  return std::holds_alternative<Coalesce>(e.node) || std::holds_alternative<MinMax>(e.node) ||
         std::holds_alternative<NullIf>(e.node) || std::holds_alternative<SqlValueFunction>(e.node) ||
         std::holds_alternative<Aggregate>(e.node) || std::holds_alternative<WindowCall>(e.node) ||
         std::holds_alternative<Grouping>(e.node);
}

}  // namespace query
