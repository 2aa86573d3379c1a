#include "explain_output.h"

#include <algorithm>
#include <utility>

#include "catalog/access_methods.h"
#include "family.h"
#include "index_key_match.h"
#include "query_planner.h"

namespace planner {

using query::Expression;
using query::ExpressionPtr;

NodeOutput* QueryPlanner::output_note(const PlanNode& node) {
  if (!state_.options.verbose) return nullptr;
  NodeOutput& note = state_.outputs[&node];
  note.level = this;
  return &note;
}

void QueryPlanner::note_output(const PlanNode& node, const Layout& raw, const std::vector<const Expression*>& columns) {
  NodeOutput* note = output_note(node);
  if (note == nullptr) return;
  note->is_projected = true;
  note->columns = columns;
  note->raw = raw.columns();
}

std::string QueryPlanner::schema_prefix(types::Oid schema) {
  if (!state_.options.verbose || schema == 0) return {};
  std::string name = catalog().schema_name(schema);
  if (name.starts_with("pg_temp_")) name = "pg_temp";
  return catalog::quote_identifier(name) + ".";
}

void QueryPlanner::note_joins(const FromItem& item, const std::function<void(const Expression&)>& use) {
  if (item.kind == FromItem::Kind::leaf) {
    join_facts_.leaves.push_back(item.range_table_index);
    return;
  }
  const RelSet before = [&] {
    RelSet set;
    for (const int leaf : join_facts_.leaves) set.add(leaf);
    return set;
  }();
  for (const FromItemPtr& child : item.children) note_joins(*child, use);
  RelSet named;
  for (const ExpressionPtr& qual : item.quals) {
    const RelSet relations = planner::relations_of(*qual);
    named |= relations;
    if (relations.size() < 2) continue;
    join_facts_.conditions.push_back(relations);
    use(*qual);
  }
  if (item.kind == FromItem::Kind::group || item.join == query::JoinKind::inner) return;
  const RelSet right = planner::relations_of(*item.children.back());
  RelSet left = item.children.size() == 2 ? planner::relations_of(*item.children[0]) : before;
  if (const RelSet asked = named & left; !asked.empty()) left = asked;
  join_facts_.outers.push_back({left, right});
}

// Whether a row of the left side has at most one partner, as far as PostgreSQL looks for that.
bool QueryPlanner::has_one_partner(const Path& path) {
  if (path.join == query::JoinKind::semi || path.join == query::JoinKind::anti) return false;
  const Path& right = *path.right;
  if (right.kind == Path::Kind::unique) return true;
  if (right.relations.size() != 1) return false;
  const int rel = right.relations.first();
  if (right.kind == Path::Kind::subquery && right.subplanner) {
    std::vector<int> equal;  // columns
    for (const EquiCondition& e : path.equi)
      if (const auto* column = as_column(strip_relabel(*e.right)); column != nullptr && column->range_table_index == rel)
        equal.push_back(column->column);
    const query::Query& q = right.subplanner->query();
    const bool grouped = !q.group_by.empty() && q.grouping_sets.empty();
    if (!q.distinct && !grouped && !(q.set_operations && !q.set_operations->all)) return q.has_aggregates && q.group_by.empty() && q.grouping_sets.empty();
    std::vector<const Expression*> outputs;
    for (const query::OutputColumn& output : q.output)
      if (!output.hidden) outputs.push_back(output.expression.get());
    const auto is_equated = [&](const Expression& e) {
      for (std::size_t i = 0; i < outputs.size(); ++i)
        if (contains(equal, static_cast<int>(i)) && query::equal(*outputs[i], e)) return true;
      return false;
    };
    if (grouped && !q.distinct)
      return std::ranges::all_of(q.group_by, [&](const query::GroupKey& key) { return is_equated(*key.expression); });
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (!contains(equal, static_cast<int>(i))) return false;
    return true;
  }
  if ((right.kind != Path::Kind::scan && right.kind != Path::Kind::bitmap) || family(rel) != nullptr) return false;
  const RelationPtr descriptor = relation_ptr(rel);
  if (descriptor == nullptr) return false;
  std::vector<const Expression*> conditions;
  for (const EquiCondition& e : path.equi) conditions.push_back(e.qual->expression.get());
  for (const auto* quals : {&path.join_quals, &right.filter, &right.index_quals})
    for (const Qual* qual : *quals) conditions.push_back(qual->expression.get());
  return std::ranges::any_of(descriptor->indexes, [&](const catalog::IndexDescriptor& index) {
    if (!index.unique || !index.valid || !index.immediate || index.predicate != nullptr || index.method != catalog::kBtree) return false;
    return std::ranges::all_of(index.keys, [&](const catalog::IndexKey& key) {
      return key.column >= 0 && std::ranges::any_of(conditions, [&](const Expression* condition) {
               return key_match(*condition, rel, key, path.left->relations).strategy == 3;
             });
    });
  });
}

// The rows of other relations are looked at again when a row of the target has changed meanwhile.
void QueryPlanner::note_changed_rows(const PlanNode& node, const std::vector<const Expression*>& values) {
  NodeOutput* note = output_note(node);
  if (note == nullptr) return;
  const bool merge = query_->command == query::CommandKind::merge;
  const auto add = [&](const Expression& e) {
    if (std::ranges::none_of(note->wanted, [&](const Expression* present) { return query::equal(*present, e); })) note->wanted.push_back(&e);
  };
  const auto add_row = [&](int entry) {
    if (family(entry) != nullptr) add(own(make_column(entry, query::kTableOidColumn, {types::oid::oid_})));
    if (entry == query_->target || query_->range_table[static_cast<std::size_t>(entry)].kind == query::RangeTableEntry::Kind::relation)
      add(own(make_column(entry, query::kRowKeyColumn, {types::oid::bytea})));
    else
      add(own(make_column(entry, query::kWholeRowColumn, {types::oid::record})));
  };
  RelSet others;
  for (const int leaf : join_facts_.leaves)
    if (leaf != query_->target) others.add(leaf);
  std::vector<const Expression*> read;
  const auto add_read = [&] {
    for (const Expression* e : read) add(*e);
    read.clear();
  };
  const bool by_family = family(query_->target) != nullptr;
  if (!merge) note->wanted = values;
  if (!by_family) add_row(query_->target);
  for (const query::MergeAction& action : query_->merge_actions) {
    if (action.condition) collect_inputs(*action.condition, others, read);
    for (const query::TargetColumn& target : action.targets)
      if (target.value) collect_inputs(*target.value, others, read);
  }
  add_read();
  for (const int leaf : join_facts_.leaves)
    if (leaf != query_->target) add_row(leaf);
  for (const query::OutputColumn& output : query_->output) collect_inputs(*output.expression, others, read);
  add_read();
  if (by_family) add_row(query_->target);
}

// As flatten() has left FROM and WHERE.
void QueryPlanner::note_joins() {
  join_facts_ = {};
  const bool merge = query_->command == query::CommandKind::merge;
  const auto use = [this](const Expression& expression) {
    visit(expression, 0, [&](const Expression& e, int depth) {
      if (const auto* column = as_column(e); column != nullptr && column->levels_up == depth)
        join_facts_.places.try_emplace({column->range_table_index, column->column}, join_facts_.places.size());
      return true;
    });
  };
  const auto use_row = [&](int entry) {
    const bool is_relation = query_->range_table[static_cast<std::size_t>(entry)].kind == query::RangeTableEntry::Kind::relation;
    join_facts_.places.try_emplace({entry, is_relation ? query::kRowKeyColumn : query::kWholeRowColumn}, join_facts_.places.size());
  };
  // Which row of a family is to be changed is asked for when all else is known.
  const bool by_family = query_->target >= 0 && family(query_->target) != nullptr;
  if (merge && !by_family) use_row(query_->target);
  for (const query::MergeAction& action : query_->merge_actions) {
    if (action.condition) use(*action.condition);
    for (const query::TargetColumn& target : action.targets)
      if (target.value) use(*target.value);
  }
  for (const query::TargetColumn& target : query_->targets)
    if (target.value) use(*target.value);
  for (const query::OutputColumn& output : query_->output) use(*output.expression);
  for (const query::GroupKey& key : query_->group_by) use(*key.expression);
  if (query_->having) use(*query_->having);
  join_facts_.group_keys = query_->group_by.size();
  for (std::size_t i = 0; i < query_->range_table.size(); ++i)
    if (!by_family || static_cast<int>(i) != query_->target) use_row(static_cast<int>(i));
  note_joins(*root_, use);
}

namespace {

bool is_constant_output(const Expression& e) { return std::holds_alternative<query::Constant>(e.node); }

bool has_window_below(const PlanNode& node) {
  const PlanNode* below = node.children[0].get();
  while (below->kind == NodeKind::sort) below = below->children[0].get();
  return below->kind == NodeKind::window;
}

bool contains_aggregates(const std::vector<const Expression*>& expressions) {
  return std::ranges::any_of(expressions, [](const Expression* e) { return contains_aggregate(*e); });
}

bool shows_own_output(NodeKind kind) {
  switch (kind) {
    // Of what is below them.
    case NodeKind::append:
    case NodeKind::recursive_union:
    case NodeKind::set_operation:
    case NodeKind::bitmap_index_scan:
    case NodeKind::bitmap_and:
    case NodeKind::bitmap_or: return false;
    default: return true;
  }
}

}  // namespace

const NodeOutput* OutputLists::note_of(const PlanNode& node) const {
  const auto found = state_.outputs.find(&node);
  return found == state_.outputs.end() ? nullptr : &found->second;
}

const Expression* OutputLists::own(ExpressionPtr expression) {
  expressions_.push_back(std::move(expression));
  return expressions_.back().get();
}

// The relation whose whole row the expression makes of its columns; -1: none.
int OutputLists::whole_row(QueryPlanner& level, const Expression& e) {
  const Expression* row = &e;
  // In rows that an outer join made up it is null.
  if (const auto* choice = std::get_if<query::Case>(&e.node); choice != nullptr && choice->whens.size() == 1 && choice->otherwise) {
    const auto* test = std::get_if<query::Test>(&choice->whens[0].condition->node);
    const auto* present = test != nullptr ? as_column(*test->argument) : nullptr;
    if (present == nullptr || present->column != query::kRowKeyColumn) return -1;
    row = choice->whens[0].result.get();
  }
  const auto* fields = std::get_if<query::RowConstructor>(&row->node);
  if (fields == nullptr || fields->fields.empty()) return -1;
  int rel = -1;
  for (std::size_t i = 0; i < fields->fields.size(); ++i) {
    const auto* column = as_column(*fields->fields[i]);
    if (column == nullptr && is_constant_output(*fields->fields[i])) continue;
    if (column == nullptr || column->levels_up != 0 || column->column != static_cast<int>(i) ||
        (rel >= 0 && column->range_table_index != rel))
      return -1;
    rel = column->range_table_index;
  }
  if (rel < 0) return -1;
  const query::RangeTableEntry& entry = level.query_->range_table[static_cast<std::size_t>(rel)];
  if (entry.columns.size() != fields->fields.size()) return -1;
  if (row->type.oid != types::oid::record) return rel;
  // ROW(..) was written, or stands for the row of a query that was pulled up, where names are others.
  if (entry.kind == query::RangeTableEntry::Kind::values || fields->names.size() != fields->fields.size()) return -1;
  for (std::size_t i = 0; i < fields->names.size(); ++i)
    if (fields->names[i] != entry.columns[i].name) return -1;
  return rel;
}

// With whole rows as they were written.
const Expression* OutputLists::written(QueryPlanner& level, const Expression* e) {
  bool found = false;
  visit(*e, 0, [&](const Expression& x, int depth) {
    found = found || (depth == 0 && whole_row(level, x) >= 0);
    return depth == 0 && !found;
  });
  if (!found) return e;
  ExpressionPtr copy = query::clone(*e);
  rewrite(copy, 0, [&](ExpressionPtr& x, int depth) {
    const int rel = depth == 0 ? whole_row(level, *x) : -1;
    if (rel < 0) return depth > 0;
    x = make_column(rel, query::kWholeRowColumn, x->type);
    return true;
  });
  return own(std::move(copy));
}

std::string OutputLists::text(QueryPlanner& level, const Expression& expression, const Columns& below) {
  const auto above = [&](const Expression& e) -> const std::string* {
    if (is_constant_output(e)) return nullptr;
    for (const Column& column : below)
      if (!column.above.empty() && column.expression->node.index() == e.node.index() && query::equal(*column.expression, e))
        return &column.above;
    return nullptr;
  };
  ExpressionPtr shown = query::clone(expression);
  // Subqueries are known by where they stand in what was planned.
  std::vector<const Expression*> planned;
  visit(expression, 0, [&](const Expression& x, int depth) {
    if (depth > 0) return false;
    if (above(x) != nullptr) return false;
    if (std::holds_alternative<query::Subquery>(x.node)) planned.push_back(&x);
    return true;
  });
  std::size_t at = 0;
  std::vector<std::pair<const Expression*, const Expression*>> subqueries;
  std::vector<std::pair<const Expression*, std::string>> parts;
  rewrite(shown, 0, [&](ExpressionPtr& x, int depth) {
    if (depth > 0) return false;
    if (const std::string* text = above(*x)) {
      auto part = std::make_unique<Expression>();
      part->type = x->type;
      part->node = query::Subquery{};
      std::get<query::Subquery>(part->node).query = std::make_unique<query::Query>();
      x = std::move(part);
      parts.emplace_back(x.get(), *text);
      return true;
    }
    if (std::holds_alternative<query::Subquery>(x->node)) subqueries.emplace_back(x.get(), planned[at++]);
    return false;
  });
  for (const auto& [copy, original] : subqueries) parts.emplace_back(copy, level.subplan_text(*original));
  for (auto& [copy, text] : parts) level.output_parts_[copy] = std::move(text);
  level.qualifies_ = state_.qualifies;
  std::string text = level.text_of(*shown);
  level.qualifies_.reset();
  level.output_parts_.clear();
  return text;
}

OutputLists::Columns OutputLists::columns_over(QueryPlanner& level, const Expressions& expressions, const Columns& below,
                                               std::vector<std::string>& texts) {
  Columns columns;
  for (const Expression* e : expressions) {
    if (e == nullptr) continue;
    if (!contains_subquery(*e)) e = written(level, e);
    const auto passed = std::ranges::find_if(below, [&](const Column& column) {
      return !column.above.empty() && column.expression->node.index() == e->node.index() && query::equal(*column.expression, *e);
    });
    if (passed != below.end() && !is_constant_output(*e)) {
      texts.push_back(passed->above);
      columns.push_back({e, passed->above});
      continue;
    }
    texts.push_back(text(level, *e, below));
    // A value of a row around is a parameter here.
    const auto* column = as_column(*e);
    const bool plain = (column != nullptr && column->levels_up == 0) || is_constant_output(*e);
    columns.push_back({e, plain ? "" : "(" + texts.back() + ")"});
  }
  return columns;
}

void OutputLists::show(PlanNode& node, const std::vector<std::string>& texts) {
  if (texts.empty() || !node.text || !shows_own_output(node.kind)) return;
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  node.text->properties.emplace(node.text->properties.begin(), "Output", std::move(list));
}

void OutputLists::show(QueryPlanner& level, PlanNode& node, const Columns& columns) {
  std::vector<std::string> texts;
  for (const Column& column : columns) texts.push_back(column.above.empty() ? text(level, *column.expression, {}) : column.above);
  show(node, texts);
}

OutputLists::Expressions OutputLists::plain_columns(QueryPlanner& level, const Expressions& expressions) {
  RelSet all;
  for (std::size_t i = 0; i < level.query_->range_table.size(); ++i) all.add(static_cast<int>(i));
  Expressions plain;
  for (const Expression* e : expressions)
    if (e != nullptr) level.collect_inputs(contains_subquery(*e) ? *e : *written(level, e), all, plain);
  return plain;
}

// How PostgreSQL's join search first comes to the relations: the columns of each stand together in this order.
std::vector<int> OutputLists::join_order(QueryPlanner& level, const RelSet& relations) {
  const JoinFacts& facts = level.join_facts_;
  std::vector<int> leaves;
  for (const int leaf : facts.leaves)
    if (relations.contains(leaf)) leaves.push_back(leaf);
  const auto connected = [&](const RelSet& a, const RelSet& b) {
    return std::ranges::any_of(facts.conditions, [&](const RelSet& c) { return c.overlaps(a) && c.overlaps(b); });
  };
  const auto legal = [&](const RelSet& a, const RelSet& b) {
    const RelSet both = a | b;
    return std::ranges::all_of(facts.outers, [&](const JoinFacts::Outer& outer) {
      if (!both.overlaps(outer.right) || both.subset_of(outer.right)) return true;
      // Joined already, or now, whole to whole.
      if (outer.right.subset_of(a) || outer.right.subset_of(b)) {
        const RelSet& with = outer.right.subset_of(a) ? a : b;
        return outer.left.subset_of(both) && (outer.left.subset_of(with) || with.subset_of(outer.right));
      }
      return false;
    });
  };
  // The left side of an outer join stands first.
  const auto is_turned = [&](const RelSet& a, const RelSet& b) {
    return std::ranges::any_of(facts.outers, [&](const JoinFacts::Outer& outer) {
      return outer.right.subset_of(a) && !a.overlaps(outer.left) && outer.left.subset_of(b);
    });
  };
  std::vector<int> order;
  RelSet joined;
  for (const bool by_condition : {true, false}) {
    for (std::size_t i = 0; i < leaves.size() && order.empty(); ++i)
      for (std::size_t j = i + 1; j < leaves.size() && order.empty(); ++j) {
        const RelSet a = RelSet::of(leaves[i]), b = RelSet::of(leaves[j]);
        if ((by_condition && !connected(a, b)) || !legal(a, b)) continue;
        order = is_turned(a, b) ? std::vector<int>{leaves[j], leaves[i]} : std::vector<int>{leaves[i], leaves[j]};
        joined = a | b;
      }
  }
  for (bool found = true; found && !order.empty();) {
    found = false;
    for (const bool by_condition : {true, false}) {
      for (const int leaf : leaves) {
        const RelSet next = RelSet::of(leaf);
        if (found || joined.contains(leaf) || (by_condition && !connected(joined, next)) || !legal(joined, next)) continue;
        order.insert(is_turned(joined, next) ? order.begin() : order.end(), leaf);
        joined.add(leaf);
        found = true;
      }
    }
  }
  for (const int leaf : leaves)
    if (std::ranges::find(order, leaf) == order.end()) order.push_back(leaf);
  relations.for_each([&](int relation) {
    if (std::ranges::find(order, relation) == order.end()) order.push_back(relation);
  });
  return order;
}

OutputLists::Expressions OutputLists::side_columns(const PlanNode& side, const Expressions& needed) {
  const PlanNode* node = &side;
  while (note_of(*node) == nullptr && node->children.size() == 1) node = node->children[0].get();
  const NodeOutput* note = note_of(*node);
  if (note == nullptr || note->level == nullptr) return {};
  QueryPlanner& level = *note->level;
  Expressions plain;
  for (const Expression* e : needed)
    if (note->relations.contains(as_column(*e)->range_table_index)) plain.push_back(e);
  const std::vector<int> order = join_order(level, note->relations);
  const auto place = [&](const Expression* e) {
    const auto& column = *as_column(*e);
    const auto found = level.join_facts_.places.find({column.range_table_index, column.column});
    return std::pair{std::ranges::find(order, column.range_table_index) - order.begin(),
                     found == level.join_facts_.places.end() ? level.join_facts_.places.size() : found->second};
  };
  std::ranges::stable_sort(plain, {}, place);
  // Sorted sides have their keys computed.
  if (side.kind == NodeKind::sort)
    for (const Expression* e : note->columns)
      if (e != nullptr && as_column(*e) == nullptr) plain.push_back(e);
  return plain;
}

// What lies below, which is no part of the windows around.
void OutputLists::list_apart(PlanNode& node) {
  const bool saved = std::exchange(is_below_window_, false);
  const Expressions windows = std::exchange(top_of_windows_, {});
  for (PlanNodePtr& child : node.children) list(*child, kExact, nullptr);
  is_below_window_ = saved;
  top_of_windows_ = windows;
}

OutputLists::Columns OutputLists::list_scan(PlanNode& node, const NodeOutput& note, unsigned flags, const Expressions* wanted) {
  QueryPlanner& level = *note.level;
  Columns below;
  if (node.kind == NodeKind::subquery_scan || node.kind == NodeKind::bitmap_heap_scan) {
    list_apart(node);
  }
  Expressions shown = wanted != nullptr ? *wanted : note.columns;
  const int rel = note.range_table_index;
  bool whole = (flags & (kExact | kSmall)) == 0 && rel >= 0 && level.owner_of(rel) == rel && level.family(rel) == nullptr;
  for (const Expression* e : shown) {
    const auto* column = e == nullptr ? nullptr : as_column(*e);
    // A group's key that is computed is computed here.
    whole = whole && column != nullptr && column->column >= 0 && column->levels_up == 0 && column->range_table_index == rel;
  }
  if (whole) {
    const query::RangeTableEntry& entry = level.query_->range_table[static_cast<std::size_t>(rel)];
    Expressions all;
    for (std::size_t i = 0; whole && i < entry.columns.size(); ++i) {
      if (entry.columns[i].name.empty() || entry.columns[i].type.oid == 0)
        whole = false;
      else
        all.push_back(own(make_column(rel, static_cast<int>(i), entry.columns[i].type)));
    }
    if (whole) shown = std::move(all);
  }
  std::vector<std::string> texts;
  Columns columns = columns_over(level, shown, below, texts);
  show(node, texts);
  return columns;
}

OutputLists::Columns OutputLists::list_join(PlanNode& node, const NodeOutput& note, const Expressions* wanted) {
  QueryPlanner& level = *note.level;
  Columns below;
  const bool hash = node.kind == NodeKind::hash_join;
  const Expressions& shown = wanted != nullptr ? *wanted : note.columns;
  Expressions needed = shown;
  needed.insert(needed.end(), note.conditions.begin(), note.conditions.end());
  needed = plain_columns(level, needed);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Expressions side = side_columns(*node.children[i], needed);
    const Columns columns = list(*node.children[i], hash && i == 1 ? kSmall : 0u, &side);
    // The Hash node that EXPLAIN makes of the join's right side.
    if (hash && i == 1 && node.text) {
      std::string given_up;
      for (const Column& column : columns)
        given_up += (given_up.empty() ? "" : ", ") + (column.above.empty() ? text(level, *column.expression, {}) : column.above);
      if (!given_up.empty()) node.text->properties.emplace_back(NodeText::kHashOutput, std::move(given_up));
    }
    below.insert(below.end(), columns.begin(), columns.end());
  }
  std::vector<std::string> texts;
  Columns columns = columns_over(level, shown, below, texts);
  show(node, texts);
  return columns;
}

OutputLists::Columns OutputLists::list_groups(PlanNode& node, const NodeOutput& note, const Expressions* wanted) {
  QueryPlanner& level = *note.level;
  const auto& keys = level.query_->group_by;
  const std::size_t written = std::min(keys.size(), level.join_facts_.group_keys);
  const auto is_key = [&](const Expression& e) {
    return std::ranges::any_of(keys, [&](const query::GroupKey& key) { return query::equal(*key.expression, e); });
  };
  const auto has = [](const Expressions& list, const Expression& e) {
    return std::ranges::any_of(list, [&](const Expression* present) { return query::equal(*present, e); });
  };
  Expressions shown = wanted != nullptr ? *wanted : note.columns;
  for (std::size_t i = 0; i < written; ++i)
    if (!has(shown, *keys[i].expression)) shown.push_back(keys[i].expression.get());
  Expressions inputs, others;
  for (const Expression* e : shown) {
    if (!is_key(*e))
      others.push_back(e);
    else if (!has(inputs, *e))
      inputs.push_back(e);
  }
  for (const Expression* e : note.conditions) others.push_back(e);
  for (const Expression* e : plain_columns(level, others))
    if (!has(inputs, *e)) inputs.push_back(e);
  Columns below;
  PlanNode& gather = *node.children[0];
  if (static_cast<const AggregateNode&>(node).stage == AggregateStage::final && gather.kind == NodeKind::gather &&
      gather.children[0]->kind == NodeKind::aggregate) {
    PlanNode& partial = *gather.children[0];
    const Columns of_rows = list(*partial.children[0], kLabel, &inputs);
    Expressions keys_only, atoms;
    for (const Expression* e : shown)
      if (is_key(*e)) keys_only.push_back(e);
    for (const Expression* e : others) level.collect_atoms(*e, atoms);
    std::vector<std::string> texts, above;
    below = columns_over(level, keys_only, of_rows, texts);
    for (std::size_t i = 0; i < below.size(); ++i) above.push_back(below[i].above.empty() ? texts[i] : below[i].above);
    for (const Expression* e : atoms) {
      if (!std::holds_alternative<query::Aggregate>(e->node)) continue;
      texts.push_back("PARTIAL " + text(level, *e, of_rows));
      above.push_back("(" + texts.back() + ")");
    }
    show(partial, texts);
    show(gather, above);
  } else {
    below = list(*node.children[0], kLabel, &inputs);
  }
  std::vector<std::string> texts;
  Columns columns = columns_over(level, shown, below, texts);
  show(node, texts);
  return columns;
}

// Children of an Append compute what is wanted of it, each over its own columns.
OutputLists::Columns OutputLists::list_members(PlanNode& node, const NodeOutput& note, const Expressions* wanted) {
  QueryPlanner& level = *note.level;
  const Expressions& shown = wanted != nullptr ? *wanted : note.columns;
  for (PlanNodePtr& child : node.children) {
    const PlanNode* inner = child.get();
    while (note_of(*inner) == nullptr && inner->children.size() == 1) inner = inner->children[0].get();
    const NodeOutput* own_note = note_of(*inner);
    if (own_note == nullptr) {
      list(*child, kExact, nullptr);
      continue;
    }
    Expressions of_child;
    for (const Expression* e : shown) {
      ExpressionPtr copy = query::clone(*e);
      rewrite(copy, 0, [&](ExpressionPtr& x, int depth) {
        if (depth > 0 || as_column(*x) == nullptr) return false;
        if (as_column(*x)->column == query::kTableOidColumn && own_note->range_table_index >= 0) {
          x = make_column(own_note->range_table_index, query::kTableOidColumn, x->type);
          return true;
        }
        for (std::size_t i = 0; i < note.raw.size() && i < own_note->columns.size(); ++i)
          if (note.raw[i] != nullptr && own_note->columns[i] != nullptr && query::equal(*note.raw[i], *x)) {
            x = query::clone(*own_note->columns[i]);
            return true;
          }
        return false;
      });
      of_child.push_back(own(std::move(copy)));
    }
    list(*child, kExact, &of_child);
  }
  std::vector<std::string> texts;
  return columns_over(level, shown, {}, texts);
}

// UNION and the like: columns go by the names of the first branch.
OutputLists::Columns OutputLists::list_set(PlanNode& node) {
  Columns first;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    Columns columns = list(*node.children[i], kExact, nullptr);
    if (i == 0) first = std::move(columns);
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].above.empty()) {
      const NodeOutput* note = nullptr;
      for (const PlanNode* n = node.children[0].get(); note == nullptr; n = n->children[0].get()) {
        note = note_of(*n);
        if (n->children.empty()) break;
      }
      if (note != nullptr) first[i].above = text(*note->level, *first[i].expression, {});
    }
    first[i].expression = own(make_column(query::kSetOperationResult, static_cast<int>(i), first[i].expression->type));
  }
  return first;
}

OutputLists::Columns OutputLists::list_sets_of_rows(PlanNode& node, const NodeOutput& note, const Expressions* wanted) {
  QueryPlanner& level = *note.level;
  const auto has = [](const Expressions& list, const Expression& e) {
    return std::ranges::any_of(list, [&](const Expression* present) { return query::equal(*present, e); });
  };
  Expressions shown = wanted != nullptr ? *wanted : note.columns;
  Columns below;
  const NodeKind kind = node.children[0]->kind;
  if (node.kind == NodeKind::window) {
    const bool last = wanted != nullptr || !is_below_window_;
    // What windows sort by stays a column up to the end.
    Expressions keys;
    for (const query::Window& window : level.query_->windows) {
      for (const ExpressionPtr& e : window.partition_by)
        if (!has(keys, *e)) keys.push_back(e.get());
      for (const query::SortKey& key : window.order_by)
        if (!has(keys, *key.expression)) keys.push_back(key.expression.get());
    }
    if (last)
      for (const Expression* e : keys)
        if (!has(shown, *e)) shown.push_back(e);
    Expressions inputs, others;
    const bool first = !has_window_below(node);
    if (first) {
      for (const Expression* e : top_of_windows_.empty() ? shown : top_of_windows_) {
        if (has(keys, *e))
          inputs.push_back(e);
        else
          level.collect_atoms(*e, others);
      }
      for (const Expression* e : others)
        if (!has(inputs, *e)) inputs.push_back(e);
      below = list(*node.children[0], kLabel | kSmall, &inputs);
    } else {
      const bool saved = std::exchange(is_below_window_, true);
      if (last) top_of_windows_ = shown;
      below = list(*node.children[0], kLabel | kSmall, nullptr);
      if (last) top_of_windows_.clear();
      is_below_window_ = saved;
    }
    if (!last) {
      shown.clear();
      for (const Column& column : below) shown.push_back(column.expression);
      for (const Expression* e : note.raw)
        if (e != nullptr && std::holds_alternative<query::WindowCall>(e->node) && !has(shown, *e)) shown.push_back(e);
    }
  } else if (kind == NodeKind::project_set) {
    below = list(*node.children[0], 0, nullptr);
  } else {
    const Expressions inputs = plain_columns(level, shown);
    below = list(*node.children[0], 0, contains_aggregates(shown) ? nullptr : &inputs);
  }
  std::vector<std::string> texts;
  Columns columns = columns_over(level, shown, below, texts);
  show(node, texts);
  return columns;
}

OutputLists::Columns OutputLists::list_changes(PlanNode& node, const NodeOutput& note) {
  for (PlanNodePtr& child : node.children) list(*child, kExact, note.wanted.empty() ? nullptr : &note.wanted);
  if (!note.is_projected) return {};
  std::vector<std::string> texts;
  Columns columns = columns_over(*note.level, note.columns, {}, texts);
  show(node, texts);
  return columns;
}

// A subquery whose scan EXPLAIN does not show: its columns are shown as what it computes (QueryPlanner::hide_scan()).
OutputLists::Columns OutputLists::list_hidden_subquery(PlanNode& node, const NodeOutput& note, const Expressions* wanted) {
  list_apart(node);
  std::vector<std::string> texts;
  return columns_over(*note.level, wanted != nullptr ? *wanted : note.columns, {}, texts);
}

// A node that EXPLAIN does not show: the one below computes what it does.
OutputLists::Columns OutputLists::list_hidden(PlanNode& node, unsigned flags, const Expressions* wanted) {
  PlanNode& child = *node.children[0];
  const NodeOutput* note = note_of(node);
  if (note != nullptr && note->range_table_index >= 0) return list_hidden_subquery(node, *note, wanted);
  if (note == nullptr || !note->is_projected) return list(child, flags, wanted);
  const Expressions& shown = wanted != nullptr ? *wanted : note->columns;
  switch (child.kind) {
    case NodeKind::window:
    case NodeKind::project_set:
    case NodeKind::table_scan:
    case NodeKind::bitmap_heap_scan:
    case NodeKind::hash_join:
    case NodeKind::merge_join:
    case NodeKind::nested_loop: return list(child, flags, &shown);
    case NodeKind::limit: {
      // Volatile columns, computed for the rows that are given up: a node that computes its rows does it itself.
      if (child.children[0]->kind != NodeKind::sort) return list(child, flags, &shown);
      Expressions sorted;
      const auto add = [&](const Expression* e) {
        if (std::ranges::none_of(sorted, [&](const Expression* present) { return query::equal(*present, *e); })) sorted.push_back(e);
      };
      for (const Expression* e : shown)
        if (!eval::contains_volatile(state_.catalog, *e)) add(e);
      for (const Expression* e : shown) {
        Expressions atoms;
        if (eval::contains_volatile(state_.catalog, *e)) note->level->collect_atoms(*e, atoms);
        for (const Expression* atom : atoms) add(atom);
      }
      const Columns below = list(child, flags, &sorted);
      std::vector<std::string> texts;
      return columns_over(*note->level, shown, below, texts);
    }
    default: break;
  }
  const Columns below = list(child, flags, nullptr);
  std::vector<std::string> texts;
  return columns_over(*note->level, shown, below, texts);
}

OutputLists::Columns OutputLists::list(PlanNode& node, unsigned flags, const Expressions* wanted) {
  const NodeOutput* note = note_of(node);
  switch (node.kind) {
    case NodeKind::subquery_scan:
      if (static_cast<SubqueryScanNode&>(node).transparent) return list_hidden(node, flags, wanted);
      return note != nullptr ? list_scan(node, *note, flags, wanted) : list(*node.children[0], flags, wanted);
    case NodeKind::values:
    case NodeKind::table_scan:
    case NodeKind::bitmap_heap_scan:
    case NodeKind::function_scan:
    case NodeKind::cte_scan:
    case NodeKind::work_table_scan:
      if (note != nullptr) return list_scan(node, *note, flags, wanted);
      break;
    case NodeKind::nested_loop:
    case NodeKind::hash_join:
    case NodeKind::merge_join:
      if (note != nullptr) return list_join(node, *note, wanted);
      break;
    case NodeKind::window:
    case NodeKind::project_set:
      if (note != nullptr) return list_sets_of_rows(node, *note, wanted);
      break;
    case NodeKind::aggregate:
      if (note != nullptr && note->is_projected) return list_groups(node, *note, wanted);
      break;
    case NodeKind::append:
      return note != nullptr && note->is_projected ? list_members(node, *note, wanted) : list_set(node);
    case NodeKind::set_operation:
    case NodeKind::recursive_union: return list_set(node);
    case NodeKind::modify_table:
      if (note != nullptr) return list_changes(node, *note);
      break;
    case NodeKind::result:
      if (node.children.empty()) {
        if (note == nullptr) return {};
        std::vector<std::string> texts;
        Columns columns = columns_over(*note->level, wanted != nullptr ? *wanted : note->columns, {}, texts);
        show(node, texts);
        return columns;
      }
      break;
    default: break;
  }
  // What gives up its child's rows as they are.
  if (node.children.empty()) return {};
  unsigned below = flags;
  switch (node.kind) {
    case NodeKind::sort:
    case NodeKind::materialize:
    case NodeKind::memoize: below |= kSmall; break;
    case NodeKind::unique: below |= kLabel; break;
    case NodeKind::aggregate: below = kLabel; break;
    case NodeKind::gather: below = kExact; break;
    default: break;
  }
  Expressions locked;
  if (node.kind == NodeKind::lock_rows && note != nullptr) {
    locked = wanted != nullptr ? *wanted : note->columns;
    for (const Expression* e : note->raw)
      if (const auto* column = e == nullptr ? nullptr : as_column(*e); column != nullptr && column->column < 0) locked.push_back(e);
    wanted = &locked;
  }
  // Groups of all columns: their own, whatever else a scan below reads.
  if (node.kind == NodeKind::aggregate && wanted == nullptr)
    for (const PlanNode* n = node.children[0].get();; n = n->children[0].get()) {
      const NodeOutput* of_child = note_of(*n);
      if (of_child != nullptr && of_child->is_projected) {
        wanted = &of_child->columns;
        break;
      }
      if (n->children.empty() || n->kind == NodeKind::append || n->kind == NodeKind::set_operation) break;
    }
  Columns columns = list(*node.children[0], below, wanted);
  QueryPlanner* level = note != nullptr ? note->level : nullptr;
  for (const PlanNode* n = node.children[0].get(); level == nullptr; n = n->children[0].get()) {
    if (const NodeOutput* of_child = note_of(*n)) level = of_child->level;
    if (n->children.empty()) break;
  }
  if (level == nullptr) return columns;
  if (node.kind == NodeKind::aggregate && wanted != nullptr) {
    std::vector<std::string> texts;
    columns = columns_over(*level, *wanted, columns, texts);
    show(node, texts);
    return columns;
  }
  show(*level, node, columns);
  return columns;
}

}  // namespace planner
