// Data-modifying queries and rules as pg_get_ruledef() lays them out.
#include <algorithm>

#include "deparser.h"
#include "query/walk.h"

namespace query {
namespace {

std::string literal(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

// The column of entry `source` that a value comes from; -1: none.
int source_column(const Expression& value, int source) {
  if (const auto* ref = std::get_if<ColumnReference>(&value.node))
    return ref->levels_up == 0 && ref->range_table_index == source ? ref->column : -1;
  int found = -1;
  for_each_child(value, [&](const Expression& child) { found = found >= 0 ? found : source_column(child, source); });
  return found;
}

// Columns in the order in which the source has their values. Literals of a SELECT list went into the
// columns themselves: they take the places that nothing else comes from.
std::vector<const TargetColumn*> written_order(const Query& q) {
  std::vector<const TargetColumn*> targets;
  for (const TargetColumn& t : q.targets)
    if (!t.by_default) targets.push_back(&t);
  if (q.insert_source < 0) return targets;
  const auto place = [&](const TargetColumn* t) { return source_column(*t->value, q.insert_source); };
  std::vector<const TargetColumn*> ordered, literals;
  for (const TargetColumn* t : targets) (place(t) >= 0 ? ordered : literals).push_back(t);
  std::stable_sort(ordered.begin(), ordered.end(), [&](auto* x, auto* y) { return place(x) < place(y); });
  for (std::size_t i = 0; !literals.empty(); ++i) {
    if (i < ordered.size() && place(ordered[i]) == static_cast<int>(i)) continue;
    ordered.insert(ordered.begin() + static_cast<std::ptrdiff_t>(i), literals.front());
    literals.erase(literals.begin());
  }
  return ordered;
}

// The SELECT with those literals back in their places.
std::unique_ptr<Query> with_literals(const Query& select, int source, std::span<const TargetColumn* const> targets) {
  auto copy = clone(select);
  std::size_t i = 0;
  for (OutputColumn& output : copy->output) {
    if (output.hidden || i >= targets.size()) continue;
    const Expression& value = *targets[i++]->value;
    if (source_column(value, source) >= 0 || !std::holds_alternative<Constant>(value.node)) continue;
    output.expression = clone(value);
    if (value.type.oid == types::oid::text || value.type.oid == types::oid::varchar)
      output.expression->type = {types::oid::unknown};
  }
  return copy;
}

}  // namespace

void Deparser::change(const Query& q) {
  const int indent_before = indent_;
  push_level(q);
  with_clause(q);
  const RangeTableEntry& target = q.range_table.at(static_cast<std::size_t>(q.target));
  indent_ += 8;
  begin_query();
  const std::string relation = names_.relation_name(target.relation, false);
  const std::string only = target.include_children ? "" : "ONLY ";
  switch (q.command) {
    case CommandKind::insert: insert(q, target, relation); break;
    case CommandKind::update:
      out_ += "UPDATE " + only + relation;
      if (target.has_user_alias) out_ += " " + names_.quote(target.alias);
      out_ += " SET ";
      assignments(q.targets, target.relation);
      from_items(q, " FROM ");
      break;
    default:
      out_ += "DELETE FROM " + only + relation;
      if (target.has_user_alias) out_ += " " + names_.quote(target.alias);
      from_items(q, " USING ");
      break;
  }
  if (q.where && q.command != CommandKind::insert) {
    keyword(" WHERE ", -8, 8, 1);
    expression(*q.where, false);
  }
  if (q.has_returning) {
    keyword(" RETURNING", -8, 8, 1);
    target_list(q, {}, false);
  }
  pop_level();
  indent_ = indent_before;
}

void Deparser::insert(const Query& q, const RangeTableEntry& target, const std::string& relation) {
  out_ += "INSERT INTO " + relation + " ";
  if (target.has_user_alias) out_ += "AS " + names_.quote(target.alias) + " ";
  const std::vector<std::string> columns = names_.relation_columns(target.relation);
  const std::vector<const TargetColumn*> targets = written_order(q);
  const char* separator = "(";
  for (const TargetColumn* t : targets) {
    out_ += separator + names_.quote(columns.at(static_cast<std::size_t>(t->column)));
    separator = ", ";
  }
  const bool any = *separator == ',';
  if (any) out_ += ") ";
  if (q.overriding == Query::Overriding::system) out_ += "OVERRIDING SYSTEM VALUE ";
  if (q.overriding == Query::Overriding::user) out_ += "OVERRIDING USER VALUE ";
  if (q.insert_source >= 0) {
    const RangeTableEntry& source = q.range_table.at(static_cast<std::size_t>(q.insert_source));
    if (source.subquery)
      select(*with_literals(*source.subquery, q.insert_source, targets), {}, true);
    else
      values_of(source, q.insert_source, targets);
  } else if (any) {
    keyword("VALUES (", -8, 8, 2);
    separator = "";
    for (const TargetColumn* t : targets) {
      out_ += separator;
      separator = ", ";
      expression(*t->value, false);
    }
    out_ += ')';
  } else {
    out_ += "DEFAULT VALUES";
  }
  if (!q.on_conflict) return;
  out_ += " ON CONFLICT";
  if (q.on_conflict->arbiter_index != 0) out_ += names_.index_columns(q.on_conflict->arbiter_index);
  if (!q.on_conflict->do_update) {
    out_ += " DO NOTHING";
    return;
  }
  out_ += " DO UPDATE SET ";
  assignments(q.on_conflict->set, target.relation);
  if (q.on_conflict->where) {
    keyword(" WHERE ", -8, 8, 1);
    expression(*q.on_conflict->where, false);
  }
}

// The cells that are stored somewhere.
void Deparser::values_of(const RangeTableEntry& source, int index, std::span<const TargetColumn* const> targets) {
  std::vector<std::vector<ExpressionPtr>> rows;
  for (const auto& row : source.values) {
    auto& cells = rows.emplace_back();
    for (const TargetColumn* t : targets)
      if (const int column = source_column(*t->value, index); column >= 0)
        cells.push_back(clone(*row.at(static_cast<std::size_t>(column))));
  }
  values(rows);
}

void Deparser::assignments(const std::vector<TargetColumn>& targets, Oid relation) {
  const std::vector<std::string> columns = names_.relation_columns(relation);
  const char* separator = "";
  for (const TargetColumn& t : targets) {
    out_ += separator + names_.quote(columns.at(static_cast<std::size_t>(t.column))) + " = ";
    separator = ", ";
    expression(*t.value, false);
  }
}

// FROM without the target.

void Deparser::rule(const RuleText& rule) {
  static constexpr const char* kEvents[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};
  out_ += "CREATE RULE " + names_.quote(rule.name) + " AS\n    ON " + kEvents[static_cast<int>(rule.event)] + " TO " +
          names_.relation_name(rule.relation, !options_.pretty);
  Query around;
  for (const char* alias : {"old", "new"}) {
    RangeTableEntry& entry = around.range_table.emplace_back();
    entry.kind = RangeTableEntry::Kind::relation;
    entry.relation = rule.relation;
    entry.alias = alias;
    entry.has_user_alias = true;
    for (const std::string& name : names_.relation_columns(rule.relation)) entry.columns.push_back({name, {}});
  }
  push_level(around);
  if (rule.condition != nullptr) {
    out_ += "\n   WHERE ";
    expression(*rule.condition, false);
  }
  out_ += rule.instead ? " DO INSTEAD " : " DO ";
  const bool several = rule.actions.size() > 1;
  if (several) out_ += '(';
  if (rule.actions.empty()) out_ += "NOTHING;";
  for (const RuleAction& action : rule.actions) {
    if (action.query != nullptr) {
      select(*action.query, {});
    } else {
      keyword("", 0, 8, 1);
      indent_ = 0;
      out_ += "NOTIFY " + names_.quote(action.channel);
      if (!action.payload.empty()) out_ += ", " + literal(action.payload);
    }
    out_ += several ? ";\n" : ";";
  }
  if (several) out_ += ");";
  pop_level();
}

std::string deparse_rule(const RuleText& rule, DeparseNames& names, const DeparseOptions& options) {
  Deparser deparser(names, options);
  deparser.rule(rule);
  return deparser.take();
}

}  // namespace query
