// After PostgreSQL's parse_cte.c: the graph of references, its topological order, well-formedness.
#include "recursion.h"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

#include "ast_walk.h"
#include "types/sql_error.h"

namespace analyzer {
namespace {

using types::SqlError;

// Names that WITH clauses further in take away from the one at hand.
class InnerNames {
 public:
  bool hide(std::string_view name) const {
    for (const auto& level : levels_)
      for (std::string_view known : level)
        if (known == name) return true;
    return false;
  }

  // walk(node) for the clause's queries with the names in reach there, then body() with all of them.
  template <typename Walk, typename Body>
  void within(const ast::WithClause& with, const Walk& walk, const Body& body) {
    levels_.emplace_back();
    if (with.recursive)
      for (const ast::Node* node : with.tables)
        levels_.back().push_back(ast::as<ast::CommonTable>(*node).name);
    for (const ast::Node* node : with.tables) {
      const auto& item = ast::as<ast::CommonTable>(*node);
      if (item.query) walk(*item.query);
      if (!with.recursive) levels_.back().push_back(item.name);
    }
    body();
    levels_.pop_back();
  }

 private:
  std::vector<std::vector<std::string_view>> levels_;
};

const ast::WithClause* with_of(const ast::Node& node) {
  switch (node.kind) {
    case ast::NodeKind::select: return ast::as<ast::Select>(node).with;
    case ast::NodeKind::insert: return ast::as<ast::Insert>(node).with;
    case ast::NodeKind::update: return ast::as<ast::Update>(node).with;
    case ast::NodeKind::delete_: return ast::as<ast::Delete>(node).with;
    case ast::NodeKind::merge: return ast::as<ast::Merge>(node).with;
    default: return nullptr;
  }
}

struct Item {
  const ast::CommonTable* table;
  std::size_t id;                    // place in the clause
  std::set<std::size_t> depends_on;  // ids
  bool recursive = false;
};

class ReferenceFinder {
 public:
  explicit ReferenceFinder(std::vector<Item>& items) : items_(items) {}

  void find(Item& item) {
    current_ = &item;
    if (item.table->query) walk(*item.table->query);
  }

 private:
  void walk(const ast::Node& node) {
    if (const auto* name = ast::try_as<ast::RangeVariable>(&node)) {
      if (!name->schema.empty() || inner_.hide(name->name)) return;
      for (const Item& item : items_)
        if (item.table->name == name->name) {
          current_->depends_on.insert(item.id);
          return;
        }
      return;
    }
    auto children = [&] {
      for_each_child(node, [&](const ast::Node& child) {
        if (child.kind != ast::NodeKind::with_clause) walk(child);
      });
    };
    if (const ast::WithClause* with = with_of(node))
      inner_.within(*with, [&](const ast::Node& query) { walk(query); }, children);
    else
      children();
  }

  std::vector<Item>& items_;
  Item* current_ = nullptr;
  InnerNames inner_;
};

// Whether the only reference of an item to itself stands where it may.
class SelfReference {
 public:
  explicit SelfReference(const ast::CommonTable& item) : item_(item) {}

  void check() {
    const auto* select = ast::try_as<ast::Select>(item_.query);
    if (!select)
      throw SqlError("42P19", fmt::format("recursive query \"{}\" must not contain data-modifying statements",
                                          item_.name))
          .at(item_.location);
    if (select->operation != ast::SetOperationKind::union_)
      throw SqlError("42P19", fmt::format("recursive query \"{}\" does not have the form non-recursive-term UNION "
                                          "[ALL] recursive-term",
                                          item_.name))
          .at(item_.location);
    if (select->with) {
      place_ = Place::sublink;
      for_each_child(*select->with, [&](const ast::Node& child) { walk(child); });
    }
    refuse("ORDER BY", select->order_by.empty() ? nullptr : ast::as<ast::SortBy>(*select->order_by[0]).expression);
    refuse("OFFSET", select->offset);
    refuse("LIMIT", select->limit);
    refuse("FOR UPDATE/SHARE", select->locking.empty() ? nullptr : select->locking[0]);
    place_ = Place::non_recursive_term;
    walk(*select->left);
    references_ = 0;
    place_ = Place::allowed;
    walk(*select->right);
  }

 private:
  enum class Place { allowed, non_recursive_term, sublink, outer_join, intersect, except };

  void refuse(const char* what, const ast::Node* node) {
    if (node)
      throw SqlError("0A000", fmt::format("{} in a recursive query is not implemented", what)).at(node->location);
  }

  void found(const ast::RangeVariable& name) {
    static constexpr const char* kPlaces[] = {"", "its non-recursive term", "a subquery", "an outer join",
                                              "INTERSECT", "EXCEPT"};
    if (place_ != Place::allowed)
      throw SqlError("42P19", fmt::format("recursive reference to query \"{}\" must not appear within {}", item_.name,
                                          kPlaces[static_cast<int>(place_)]))
          .at(name.location);
    if (++references_ > 1)
      throw SqlError("42P19", fmt::format("recursive reference to query \"{}\" must not appear more than once",
                                          item_.name))
          .at(name.location);
  }

  void walk_as(Place place, const ast::Node* node) {
    if (!node) return;
    const Place before = std::exchange(place_, place);
    walk(*node);
    place_ = before;
  }

  void walk_children(const ast::Node& node) {
    for_each_child(node, [&](const ast::Node& child) {
      if (child.kind != ast::NodeKind::with_clause) walk(child);
    });
  }

  void walk_select(const ast::Select& select) {
    using Operation = ast::SetOperationKind;
    const bool intersect = select.operation == Operation::intersect, except = select.operation == Operation::except;
    if (place_ != Place::allowed || !(intersect || except)) {
      walk_children(select);
      return;
    }
    const Place both = intersect ? Place::intersect : Place::except;
    walk_as(select.all ? both : place_, select.left);
    walk_as(select.all || except ? both : place_, select.right);
    for (const ast::Node* key : select.order_by) walk(*key);
    walk_as(place_, select.offset);
    walk_as(place_, select.limit);
  }

  void walk_join(const ast::Join& join) {
    using Type = ast::JoinType;
    const Place outer = place_ == Place::allowed ? Place::outer_join : place_;
    walk_as(join.join == Type::right || join.join == Type::full ? outer : place_, join.left);
    walk_as(join.join == Type::left || join.join == Type::full ? outer : place_, join.right);
    walk_as(place_, join.condition);
  }

  void walk(const ast::Node& node) {
    switch (node.kind) {
      case ast::NodeKind::range_variable: {
        const auto& name = ast::as<ast::RangeVariable>(node);
        if (name.schema.empty() && !inner_.hide(name.name) && name.name == item_.name) found(name);
        return;
      }
      case ast::NodeKind::select: {
        const auto& select = ast::as<ast::Select>(node);
        if (select.with)
          inner_.within(*select.with, [&](const ast::Node& query) { walk(query); }, [&] { walk_select(select); });
        else
          walk_select(select);
        return;
      }
      case ast::NodeKind::join: return walk_join(ast::as<ast::Join>(node));
      case ast::NodeKind::sublink: {
        const auto& link = ast::as<ast::Sublink>(node);
        walk_as(Place::sublink, link.query);
        walk_as(place_, link.test);
        return;
      }
      default:
        if (const ast::WithClause* with = with_of(node))
          inner_.within(*with, [&](const ast::Node& query) { walk(query); }, [&] { walk_children(node); });
        else
          walk_children(node);
    }
  }

  const ast::CommonTable& item_;
  Place place_ = Place::allowed;
  int references_ = 0;
  InnerNames inner_;
};

void sort_by_dependency(std::vector<Item>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::size_t free = i;
    while (free < items.size() && !items[free].depends_on.empty()) ++free;
    if (free == items.size())
      throw SqlError("0A000", "mutual recursion between WITH items is not implemented").at(items[i].table->location);
    std::swap(items[i], items[free]);
    for (std::size_t j = i + 1; j < items.size(); ++j) items[j].depends_on.erase(items[i].id);
  }
}

}  // namespace

std::vector<const ast::CommonTable*> order_recursive_items(const ast::WithClause& with) {
  std::vector<Item> items;
  for (const ast::Node* node : with.tables) items.push_back({&ast::as<ast::CommonTable>(*node), items.size(), {}});
  ReferenceFinder finder(items);
  for (Item& item : items) {
    finder.find(item);
    item.recursive = item.depends_on.erase(item.id) > 0;
  }
  sort_by_dependency(items);
  std::vector<const ast::CommonTable*> ordered;
  for (const Item& item : items) {
    if (item.recursive) SelfReference(*item.table).check();
    ordered.push_back(item.table);
  }
  return ordered;
}

}  // namespace analyzer
