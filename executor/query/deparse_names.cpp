// Names of range-table entries and their columns, chosen so that a printed query means what the
// analysed one does after tables and columns were renamed, added and dropped (as PostgreSQL's
// ruleutils.c chooses them).
#include <algorithm>
#include <map>

#include "deparser.h"

namespace query {
namespace {

using Kind = RangeTableEntry::Kind;

constexpr std::size_t kLongestName = 63;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::string numbered(const std::string& name, int number) {
  std::string suffix = "_" + std::to_string(number);
  std::size_t room = kLongestName - suffix.size();
  std::size_t length = name.size();
  while (length > room) {
    --length;
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  }
  return name.substr(0, length) + suffix;
}

bool reads_relation(const RangeTableEntry& entry) {
  return entry.kind == Kind::relation || entry.view != 0;
}

class Naming {
 public:
  Naming(DeparseNames& names, const std::vector<std::unique_ptr<DeparseLevel>>& outer,
         DeparseLevel& level)
      : names_(names), outer_(outer), level_(level), query_(*level.query) {}

  void run() {
    name_entries();
    level_.columns.resize(query_.range_table.size());
    for (const auto& item : query_.from) {
      identify_joins(*item);
      level_.unique_using = level_.unique_using || has_ambiguous_merge(*item);
    }
    for (const auto& item : query_.from) name_merged_columns(*item, {});
    std::vector<bool> done(query_.range_table.size());
    for (const auto& item : query_.from) name_columns(*item, done);
    for (std::size_t i = 0; i < done.size(); ++i)
      if (!done[i] && query_.range_table[i].kind != Kind::join) name_entry_columns(i);
  }

 private:
  const RangeTableEntry& entry(int index) const { return query_.range_table.at(at(index)); }
  EntryColumns& columns(int index) { return level_.columns.at(at(index)); }
  static int index_of(const JoinTree& tree) {
    if (const auto* leaf = std::get_if<JoinLeaf>(&tree.node)) return leaf->range_table_index;
    return std::get<JoinNode>(tree.node).range_table_index;
  }

  void name_entries() {
    std::map<std::string, int> used;
    for (const auto& level : outer_)
      for (const std::string& name : level->entries)
        if (!name.empty()) used.emplace(name, 0);
    for (const RangeTableEntry& e : query_.range_table) {
      std::string name = e.alias;
      if (!e.has_user_alias && reads_relation(e))
        name = names_.relation_own_name(e.view != 0 ? e.view : e.relation);
      if (!e.has_user_alias && e.kind == Kind::join) name.clear();
      if (!name.empty()) {
        auto [place, fresh] = used.emplace(name, 0);
        while (!fresh) {
          std::string changed = numbered(name, ++place->second);
          fresh = used.emplace(changed, 0).second;
          if (fresh) name = std::move(changed);
        }
      }
      level_.entries.push_back(std::move(name));
    }
  }

  void identify_joins(const JoinTree& tree) {
    const auto* join = std::get_if<JoinNode>(&tree.node);
    if (join == nullptr) return;
    identify_joins(*join->left);
    identify_joins(*join->right);
    if (join->range_table_index < 0) return;
    const RangeTableEntry& e = entry(join->range_table_index);
    EntryColumns& c = columns(join->range_table_index);
    c.left = index_of(*join->left);
    c.right = index_of(*join->right);
    auto width = [&](int side) { return static_cast<int>(entry(side).columns.size()); };
    for (std::size_t i = 0; i < e.merged_left.size(); ++i) {
      c.left_of.push_back(e.merged_left[i]);
      c.right_of.push_back(e.merged_right[i]);
    }
    auto is_merged = [](const std::vector<int>& merged, int column) {
      return std::find(merged.begin(), merged.end(), column) != merged.end();
    };
    for (int i = 0; i < width(c.left); ++i) {
      if (is_merged(e.merged_left, i)) continue;
      c.left_of.push_back(i);
      c.right_of.push_back(-1);
    }
    for (int i = 0; i < width(c.right); ++i) {
      if (is_merged(e.merged_right, i)) continue;
      c.left_of.push_back(-1);
      c.right_of.push_back(i);
    }
    // A merge that was stored without its sides: names are taken as they are.
    c.left_of.resize(e.columns.size(), -1);
    c.right_of.resize(e.columns.size(), -1);
  }

  bool has_ambiguous_merge(const JoinTree& tree) const {
    const auto* join = std::get_if<JoinNode>(&tree.node);
    if (join == nullptr) return false;
    if (join->range_table_index >= 0) {
      const RangeTableEntry& e = entry(join->range_table_index);
      if (!e.has_user_alias)
        for (std::size_t i = 0; i < e.merged_left.size(); ++i)
          if (!std::holds_alternative<ColumnReference>(e.join_columns.at(i)->node)) return true;
    }
    return has_ambiguous_merge(*join->left) || has_ambiguous_merge(*join->right);
  }

  static void assign(EntryColumns& c, int column, const std::string& name) {
    if (column < 0) return;
    if (c.names.size() <= at(column)) c.names.resize(at(column) + 1);
    c.names[at(column)] = name;
  }

  void name_merged_columns(const JoinTree& tree, std::vector<std::string> parent_using) {
    const auto* join = std::get_if<JoinNode>(&tree.node);
    if (join == nullptr) return;
    if (join->range_table_index >= 0) {
      const RangeTableEntry& e = entry(join->range_table_index);
      EntryColumns& c = columns(join->range_table_index);
      EntryColumns& left = columns(c.left);
      EntryColumns& right = columns(c.right);
      // A join without an alias cannot rename: what its parents ask for is asked of its sides.
      if (!e.has_user_alias)
        for (std::size_t i = 0; i < c.names.size(); ++i) {
          if (c.names[i].empty()) continue;
          assign(left, c.left_of[i], c.names[i]);
          assign(right, c.right_of[i], c.names[i]);
        }
      for (std::size_t i = 0; i < e.merged_left.size(); ++i) {
        if (c.names.size() <= i) c.names.resize(i + 1);
        if (c.names[i].empty()) {
          c.names[i] = unique(e.columns[i].name, c);
          if (level_.unique_using) level_.using_names.push_back(c.names[i]);
        }
        c.using_names.push_back(c.names[i]);
        parent_using.push_back(c.names[i]);
        assign(left, c.left_of[i], c.names[i]);
        assign(right, c.right_of[i], c.names[i]);
      }
      left.parent_using = parent_using;
      right.parent_using = parent_using;
    }
    name_merged_columns(*join->left, parent_using);
    name_merged_columns(*join->right, parent_using);
  }

  void name_columns(const JoinTree& tree, std::vector<bool>& done) {
    if (const auto* leaf = std::get_if<JoinLeaf>(&tree.node)) {
      done.at(at(leaf->range_table_index)) = true;
      name_entry_columns(at(leaf->range_table_index));
      return;
    }
    const auto& join = std::get<JoinNode>(tree.node);
    name_columns(*join.left, done);
    name_columns(*join.right, done);
    if (join.range_table_index >= 0) name_join_columns(join.range_table_index);
  }

  void name_entry_columns(std::size_t index) {
    const RangeTableEntry& e = query_.range_table[index];
    EntryColumns& c = level_.columns[index];
    std::vector<std::string> real;
    if (reads_relation(e))
      real = names_.relation_columns(e.view != 0 ? e.view : e.relation);
    else
      for (const RangeColumn& column : e.columns) real.push_back(column.name);
    c.names.resize(std::max(c.names.size(), real.size()));
    bool changed = false;
    for (std::size_t i = 0; i < real.size(); ++i) {
      if (real[i].empty()) {
        c.names[i].clear();
        continue;
      }
      if (c.names[i].empty()) {
        bool aliased = i < at(e.column_aliases) && !e.columns[i].name.empty();
        c.names[i] = unique(aliased ? e.columns[i].name : real[i], c);
      }
      c.new_names.push_back(c.names[i]);
      c.is_new.push_back(i >= e.columns.size());
      changed = changed || c.names[i] != real[i];
    }
    c.print_aliases = changed;
    if (e.kind == Kind::function && e.view == 0) c.print_aliases = true;
    if (!reads_relation(e) && e.column_aliases > 0) c.print_aliases = true;
  }

  void name_join_columns(int index) {
    const RangeTableEntry& e = entry(index);
    EntryColumns& c = columns(index);
    const EntryColumns& left = columns(c.left);
    const EntryColumns& right = columns(c.right);
    c.names.resize(e.columns.size());
    bool changed = false;
    for (std::size_t i = e.merged_left.size(); i < c.names.size(); ++i) {
      std::string real = e.columns[i].name;
      if (c.left_of[i] >= 0)
        real = left.names.at(at(c.left_of[i]));
      else if (c.right_of[i] >= 0)
        real = right.names.at(at(c.right_of[i]));
      if (real.empty() || !e.has_user_alias) {
        c.names[i] = real;
        continue;
      }
      if (c.names[i].empty())
        c.names[i] = unique(i < at(e.column_aliases) ? e.columns[i].name : real, c);
      changed = changed || c.names[i] != real;
    }
    for (std::size_t i = 0; i < e.merged_left.size(); ++i) {
      c.new_names.push_back(c.names[i]);
      c.is_new.push_back(false);
    }
    std::size_t next = e.merged_left.size();
    auto side = [&](const EntryColumns& child, const std::vector<int>& merged) {
      std::size_t old = 0;
      for (std::size_t j = 0; j < child.new_names.size(); ++j) {
        std::string name = child.new_names[j];
        if (!child.is_new[j]) {
          while (old < child.names.size() && child.names[old].empty()) ++old;
          int column = static_cast<int>(old++);
          if (std::find(merged.begin(), merged.end(), column) != merged.end()) continue;
          while (next < c.names.size() && c.names[next].empty()) ++next;
          if (next < c.names.size()) name = c.names[next++];
        } else if (e.has_user_alias) {
          name = unique(name, c);
          changed = changed || name != child.new_names[j];
        }
        c.new_names.push_back(std::move(name));
        c.is_new.push_back(child.is_new[j]);
      }
    };
    side(left, e.merged_left);
    side(right, e.merged_right);
    c.print_aliases = e.has_user_alias && changed;
  }

  std::string unique(const std::string& wanted, const EntryColumns& c) const {
    std::string name = wanted;
    for (int number = 1; is_taken(name, c); ++number) name = numbered(wanted, number);
    return name;
  }

  bool is_taken(const std::string& name, const EntryColumns& c) const {
    auto in = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    return in(c.names) || in(c.new_names) || in(level_.using_names) || in(c.parent_using);
  }

  DeparseNames& names_;
  const std::vector<std::unique_ptr<DeparseLevel>>& outer_;
  DeparseLevel& level_;
  const Query& query_;
};

// Follows an anonymous row to where its fields get their names. `queries`: the one that the row stands in last.
std::string anonymous_field_name(const Expression& row, int field, std::vector<const Query*> queries, DeparseNames& names);

std::string name_in_output(const Query& query, int column, int field, std::vector<const Query*> queries,
                           DeparseNames& names) {
  queries.push_back(&query);
  if (query.set_operations) {
    const SetTree* tree = query.set_operations.get();
    while (!tree->leaf) tree = tree->left.get();
    return name_in_output(*tree->leaf, column, field, std::move(queries), names);
  }
  int visible = 0;
  for (const OutputColumn& output : query.output)
    if (!output.hidden && visible++ == column) return anonymous_field_name(*output.expression, field, queries, names);
  return {};
}

std::string anonymous_field_name(const Expression& row, int field, std::vector<const Query*> queries, DeparseNames& names) {
  if (row.type.oid != types::oid::record) return names.field_name(row.type.oid, field);
  if (const auto* constructor = std::get_if<RowConstructor>(&row.node))
    return at(field) < constructor->names.size() ? constructor->names[at(field)] : std::string();
  if (const auto* call = std::get_if<Call>(&row.node)) return names.result_field_name(call->function, field);
  if (const auto* sub = std::get_if<Subquery>(&row.node); sub != nullptr && sub->kind == SubqueryKind::scalar)
    return name_in_output(*sub->query, 0, field, std::move(queries), names);
  const auto* reference = std::get_if<ColumnReference>(&row.node);
  if (reference == nullptr) return {};
  const auto leave = [&](int levels) {
    if (levels < 0 || at(levels) >= queries.size()) return false;
    queries.resize(queries.size() - at(levels));
    return true;
  };
  if (!leave(reference->levels_up) || reference->range_table_index < 0 ||
      at(reference->range_table_index) >= queries.back()->range_table.size())
    return {};
  const RangeTableEntry& entry = queries.back()->range_table[at(reference->range_table_index)];
  if (reference->column == kWholeRowColumn)
    return at(field) < entry.columns.size() ? entry.columns[at(field)].name : std::string();
  if (reference->column < 0) return {};
  if (entry.kind == Kind::subquery && entry.subquery)
    return name_in_output(*entry.subquery, reference->column, field, std::move(queries), names);
  if (entry.kind == Kind::join && at(reference->column) < entry.join_columns.size())
    return anonymous_field_name(*entry.join_columns[at(reference->column)], field, std::move(queries), names);
  if (entry.kind == Kind::cte && leave(entry.cte_levels_up))
    for (const CommonTable& table : queries.back()->with)
      if (table.name == entry.cte_name)
        return name_in_output(*table.query, reference->column, field, std::move(queries), names);
  return {};
}

}  // namespace

std::string Deparser::field_name(const Expression& row, int field) {
  std::vector<const Query*> queries;
  for (const auto& level : levels_) queries.push_back(level->query);
  std::string name = anonymous_field_name(row, field, std::move(queries), names_);
  return name.empty() ? "f" + std::to_string(field + 1) : name;
}

void Deparser::push_level(const Query& q) {
  auto level = std::make_unique<DeparseLevel>();
  level->query = &q;
  Naming(names_, levels_, *level).run();
  levels_.push_back(std::move(level));
}

}  // namespace query
