// A relation with those that inherit from it, or its partitions: read one after the other, each by
// the path that suits it best, and only those that can have a wanted row.
#include <algorithm>

#include "catalog/unqualified_objects.h"
#include "cost.h"
#include "family.h"
#include "planner/partition_pruning.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

using query::RangeTableEntry;

QueryPlanner::Family* QueryPlanner::family(int rel) {
  if (rel < 0) return nullptr;
  const auto found = families_.find(rel);
  if (found != families_.end()) return found->second.get();
  const RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(rel)];
  std::unique_ptr<Family>& slot = families_[rel];
  if (entry.kind != RangeTableEntry::Kind::relation || entry.relation == 0 || owners_.contains(rel))
    return nullptr;
  const RelationPtr parent = relation_ptr(rel);
  const bool partitioned = parent->kind == catalog::RelationKind::partitioned_table;
  if (!partitioned && (parent->children.empty() || !entry.include_children)) return nullptr;
  slot = std::make_unique<Family>();
  slot->parent = parent;
  // Partitions in the order of their bounds, other children by OID; each relation once.
  std::vector<types::Oid> seen;
  const std::string alias = entry.alias;
  const std::vector<query::RangeColumn> columns = entry.columns;
  // ONLY a partitioned table has no rows; where INSERT's go is asked elsewhere.
  const bool only = partitioned && !entry.include_children && !(query_->command == query::CommandKind::insert && rel == query_->target);
  struct Visit {
    QueryPlanner& planner;
    Family& family;
    std::vector<types::Oid>& seen;
    const std::string& alias;
    const std::vector<query::RangeColumn>& columns;
    int rel;
    bool only;

    void operator()(const RelationPtr& relation, int level_above, int place) {
      if (std::find(seen.begin(), seen.end(), relation->oid) != seen.end()) return;
      seen.push_back(relation->oid);
      int level = -1;
      if (relation->partition_key) {
        Family::Level made;
        made.table = std::make_shared<PartitionTable>(relation, planner.catalog());
        made.above = level_above;
        made.place = place;
        family.levels.push_back(std::move(made));
        level = static_cast<int>(family.levels.size()) - 1;
      }
      if (relation->kind == catalog::RelationKind::foreign_table)
        catalog::refuse_foreign_table(planner.catalog(), *relation);
      if (relation->storage) add(relation, level_above, place);
      if (level >= 0) {
        const auto table = family.levels[static_cast<std::size_t>(level)].table;
        planner.state_.use(relation, catalog::RelationLock::access_share);
        if (only) return;
        for (std::size_t i = 0; i < table->partitions().size(); ++i)
          (*this)(table->partitions()[i].relation, level, static_cast<int>(i));
        return;
      }
      std::vector<types::Oid> children = relation->children;
      std::sort(children.begin(), children.end());
      for (const types::Oid oid : children)
        if (const RelationPtr child = planner.catalog().relation(oid); child != nullptr && accessible(*child))
          (*this)(child, -1, -1);
    }

    // What other sessions keep in temporary children is theirs.
    bool accessible(const catalog::RelationDescriptor& relation) const {
      return relation.persistence != 't' || relation.schema == planner.catalog().find_schema("pg_temp");
    }

    void add(const RelationPtr& relation, int level, int place) {
      Member member;
      member.relation = relation;
      member.level = level;
      member.place = place;
      RangeTableEntry own;
      own.kind = RangeTableEntry::Kind::relation;
      own.alias = alias;
      own.has_user_alias = true;
      own.relation = relation->oid;
      own.include_children = false;
      for (const catalog::Column& column : relation->columns)
        own.columns.push_back({column.dropped ? std::string() : column.name, column.type});
      member.range_table_index = static_cast<int>(planner.query_->range_table.size());
      planner.query_->range_table.push_back(std::move(own));
      planner.owners_[member.range_table_index] = rel;
      for (const catalog::Column& column : family.parent->columns)
        member.columns.push_back(column.dropped ? -1 : relation->column_index(column.name));
      family.members.push_back(std::move(member));
    }
  };
  Visit visit{*this, *slot, seen, alias, columns, rel, only};
  visit(parent, -1, -1);
  return slot.get();
}

int QueryPlanner::owner_of(int rel) const {
  const auto found = owners_.find(rel);
  return found == owners_.end() ? rel : found->second;
}

const std::vector<QueryPlanner::Member>& QueryPlanner::members(int rel) {
  return family(rel)->members;
}

ExpressionPtr QueryPlanner::for_member(const Expression& expression, const Member& member) {
  const int parent = owner_of(member.range_table_index);
  ExpressionPtr copy = query::clone(expression);
  rewrite(copy, 0, [&](ExpressionPtr& e, int depth) {
    auto* column = std::get_if<query::ColumnReference>(&e->node);
    if (column == nullptr || column->levels_up != depth) return false;
    if (column->range_table_index == parent) {
      if (column->column == query::kTableOidColumn) {
        e = make_constant(types::Datum::of(member.relation->oid), {types::oid::oid_});
      } else {
        if (column->column >= 0)
          column->column = member.columns.at(static_cast<std::size_t>(column->column));
        column->range_table_index = member.range_table_index;
      }
      return true;
    }
    // What only another member has.
    if (column->range_table_index != member.range_table_index &&
        owner_of(column->range_table_index) == parent) {
      e = make_constant(types::Datum::null(), e->type);
      return true;
    }
    return false;
  });
  return copy;
}

std::vector<Path*> QueryPlanner::append_paths(int rel, const std::vector<const Qual*>& quals,
                                              const std::vector<const Qual*>& join_quals,
                                              const RelSet& outer) {
  Path path;
  path.kind = Path::Kind::append;
  path.relations = RelSet::of(rel);
  path.range_table_index = rel;
  path.rows = 0;
  std::vector<const Qual*> decided = join_quals;
  const std::size_t count = members(rel).size();
  const std::vector<bool> survives = prune(rel, quals, join_quals, outer, path);
  std::vector<std::vector<Path*>> ways;  // of each part
  for (std::size_t m = 0; m < count; ++m) {
    if (!survives[m]) continue;
    const int own = members(rel)[m].range_table_index;
    std::vector<std::pair<const Qual*, const Qual*>> pairs;  // ours, the member's
    auto translate = [&](const std::vector<const Qual*>& list) {
      std::vector<const Qual*> translated;
      for (const Qual* qual : list) {
        Qual copy;
        copy.expression = for_member(*qual->expression, members(rel)[m]);
        copy.relations = (qual->relations - RelSet::of(rel)) | RelSet::of(own);
        copy.is_volatile = qual->is_volatile;
        copy.implied = qual->implied;
        copy.equivalence = qual->equivalence;
        copy.behind_security = qual->behind_security;
        member_quals_.push_back(std::move(copy));
        translated.push_back(&member_quals_.back());
        pairs.emplace_back(qual, &member_quals_.back());
      }
      return translated;
    };
    const std::vector<const Qual*> own_quals = translate(quals), own_joins = translate(join_quals);
    std::vector<Path*> paths = scan_paths(own, own_quals, own_joins, outer);
    if (paths.empty()) {
      if (!join_quals.empty()) return {};
      continue;
    }
    Path* best = *std::min_element(paths.begin(), paths.end(), [](const Path* a, const Path* b) {
      return a->total < b->total;
    });
    if (!join_quals.empty())
      std::erase_if(decided, [&](const Qual* qual) {
        for (const auto& [ours, theirs] : pairs) {
          if (ours != qual) continue;
          const bool used = std::ranges::find(best->index_quals, theirs) != best->index_quals.end();
          if (used && !best->decides(theirs)) path.asked_again.push_back(qual);
          return !used;
        }
        return true;
      });
    path.parts.push_back(best);
    ways.push_back(std::move(paths));
    path.rows += best->rows;
    path.total += best->total;
    path.outer |= best->outer - RelSet::of(own);
  }
  if (!join_quals.empty()) {
    if (decided.empty()) return {};
    // Members may have used more than what all of them did: that is only filtered again.
    path.index_quals = std::move(decided);
  }
  for (const Qual* qual : quals) path.outer |= qual->relations - path.relations;
  for (const Expression* value : path.pruning_values) path.outer |= planner::relations_of(*value);
  path.rows = std::max(1.0, path.rows);
  std::vector<Path*> result;
  if (join_quals.empty())
    if (Path* merged = merged_path(path, ways)) result.push_back(merged);
  paths_.push_back(std::move(path));
  result.push_back(&paths_.back());
  return result;
}

// The order of a member's rows as one of its family's columns; what is equal in all rows is left out.
std::vector<OrderColumn> QueryPlanner::family_order(const Path& part) {
  const int rel = owner_of(part.range_table_index);
  const auto& all = members(rel);
  const auto member = std::ranges::find(all, part.range_table_index, &Member::range_table_index);
  std::vector<OrderColumn> order;
  for (const OrderColumn& own : part.ordering) {
    if (own.is_fixed) continue;
    const auto column = std::ranges::find(member->columns, own.column);
    if (own.range_table_index != part.range_table_index || column == member->columns.end()) break;
    order.push_back({rel, static_cast<int>(column - member->columns.begin()), own.descending, own.nulls_first});
  }
  return order;
}

// All members in the order that the query asks for first, where each can be read so; null: one cannot, or nobody asks.
Path* QueryPlanner::merged_path(const Path& all, const std::vector<std::vector<Path*>>& ways) {
  if (query_->order_by.empty() || ways.empty()) return nullptr;
  const auto* wanted = as_column(strip_relabel(*query_->order_by.front().expression));
  if (wanted == nullptr || wanted->levels_up != 0 || wanted->range_table_index != all.range_table_index) return nullptr;
  Path merged = all;
  merged.parts.clear();
  merged.total = merged.startup = 0;
  for (std::size_t part = 0; part < ways.size(); ++part) {
    Path* best = nullptr;
    std::vector<OrderColumn> common;
    for (Path* way : ways[part]) {
      std::vector<OrderColumn> order = family_order(*way);
      if (order.empty() || order.front().column != wanted->column) continue;
      if (part > 0) {
        std::size_t same = 0;
        while (same < order.size() && same < merged.ordering.size() && order[same].column == merged.ordering[same].column &&
               order[same].descending == merged.ordering[same].descending &&
               order[same].nulls_first == merged.ordering[same].nulls_first)
          ++same;
        order.resize(same);
        if (order.empty()) continue;
      }
      if (best != nullptr && best->total <= way->total) continue;
      best = way;
      common = std::move(order);
    }
    if (best == nullptr) return nullptr;
    merged.ordering = std::move(common);
    merged.parts.push_back(best);
    merged.startup += best->startup;
    merged.total += best->total;
  }
  merged.total += merged.rows * cost::kOperator * 2;
  paths_.push_back(std::move(merged));
  return &paths_.back();
}

Built QueryPlanner::build_append(Path& path, const std::vector<const Expression*>& required) {
  const int rel = path.range_table_index;
  std::vector<const Expression*> inputs;
  for (const Expression* e : required) collect_inputs(*e, path.relations, inputs);
  std::vector<query::SortKey> order;
  for (const OrderColumn& column : path.ordering) {
    const TypeRef type = relation(rel)->columns[static_cast<std::size_t>(column.column)].type;
    query::SortKey& key = order.emplace_back();
    const Expression& value = own(make_column(rel, column.column, type));
    key.expression = query::clone(value);
    key.descending = column.descending != path.backward;
    key.nulls_first = column.nulls_first != path.backward;
    collect_inputs(value, path.relations, inputs);
  }
  auto node = std::make_unique<AppendNode>();
  node->pruning = path.pruning;
  Layout raw;
  for (const Expression* e : inputs) {
    const auto& column = std::get<query::ColumnReference>(e->node);
    node->raw_columns.push_back(column.column == query::kRowKeyColumn
                                    ? types::PhysicalType::varlen
                                    : eval::physical_type(catalog(), e->type.oid));
    raw.add(*e);
  }
  if (path.pruning != nullptr) path.pruning->children.clear();
  int width = 0;
  for (Path* part : path.parts) {
    const Member* member = nullptr;
    for (const Member& m : members(rel))
      if (m.range_table_index == part->range_table_index) member = &m;
    CHECK(member != nullptr);
    if (path.pruning != nullptr)
      path.pruning->children.push_back({member->level, static_cast<std::size_t>(std::max(0, member->place))});
    std::vector<const Expression*> wanted;
    for (const Expression* e : inputs) wanted.push_back(&own(for_member(*e, *member)));
    Built built = build(*part, wanted);
    width = std::max(width, built.node->width);
    node->children.push_back(std::move(built.node));
  }
  if (path.pruning != nullptr) path.pruning->values = compile(path.pruning_values, Layout());
  set_costs(*node, path.startup, path.total, path.rows, width);
  const bool merges = !order.empty() && node->children.size() > 1;
  describe(*node, merges ? "Merge Append" : "Append");
  if (merges) {
    std::string text;
    for (const query::SortKey& key : order) {
      node->merge_keys.push_back(sort_column(key, raw.find(*key.expression)));
      text += (text.empty() ? "" : ", ") + sort_text(key);
    }
    describe(*node, "Sort Key", text);
  }
  if (node->text) node->text->parents.push_back(name_of(rel));
  if (node->children.empty()) {
    // Nothing can match: an empty result.
    auto nothing = std::make_unique<ResultNode>();
    nothing->raw_columns = node->raw_columns;
    std::vector<const Expression*> nulls;
    for (const Expression* e : inputs) nulls.push_back(&own(make_constant(types::Datum::null(), e->type)));
    nothing->raw_columns.clear();
    nothing->condition =
        compile({&own(make_constant(types::Datum::of(false), {types::oid::bool_}))}, Layout());
    set_costs(*nothing, 0, 0, 1, 0);
    describe(*nothing, "Result");
    describe(*nothing, "One-Time Filter", "false");
    Built built = finish(std::move(nothing), Layout(), {}, nulls);
    built.layout = raw;
    auto wrapper = std::make_unique<SubqueryScanNode>();
    wrapper->transparent = true;
    wrapper->raw_columns = node->raw_columns;
    wrapper->children.push_back(std::move(built.node));
    return finish(std::move(wrapper), raw, {}, required);
  }
  if (node->children.size() == 1) {
    auto wrapper = std::make_unique<SubqueryScanNode>();
    wrapper->transparent = true;
    wrapper->raw_columns = node->raw_columns;
    wrapper->batch_rows = node->children[0]->batch_rows;
    set_costs(*wrapper, path.startup, path.total, path.rows, width);
    wrapper->children.push_back(std::move(node->children[0]));
    return finish(std::move(wrapper), raw, {}, required);
  }
  return finish(std::move(node), raw, {}, required);
}

}  // namespace planner
