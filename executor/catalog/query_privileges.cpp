#include "catalog/query_privileges.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "catalog/acl.h"
#include "catalog/system_columns.h"
#include "query/system_columns.h"
#include "query/walk.h"
#include "replica_identity.h"

namespace catalog {
namespace {

using query::Expression;
using query::Query;
using query::RangeTableEntry;
using types::Privileges;
using types::SqlError;
namespace privilege = types::privilege;

types::AclKind kind_of(const RelationDescriptor& relation) {
  return relation.kind == RelationKind::sequence ? types::AclKind::sequence : types::AclKind::relation;
}

// Columns of one entry that a query reads.
struct Uses {
  std::vector<int> columns;
  bool whole_row = false;   // every column
  bool system = false;      // tableoid: the table's own privilege only

  bool any() const { return whole_row || system || !columns.empty(); }
};

class Finder {
 public:
  Finder(SessionCatalog& catalog, Oid user) : catalog_(catalog), user_(user) {}

  std::optional<SqlError> run(const Query& query) {
    visit(query, user_);
    for (const Level& level : all_levels_)
      for (std::size_t i = 0; i < level.query.range_table.size() && !denied_; ++i)
        check_entry(level, static_cast<int>(i), level.role);
    for (auto f = functions_.begin(); f != functions_.end() && !denied_; ++f) check_function(*f);
    return std::move(denied_);
  }

 private:
  struct Level {
    const Query& query;
    Oid role;
    std::vector<Uses> uses;
  };

  void visit(const Query& query, Oid role) {
    all_levels_.push_back({query, role, std::vector<Uses>(query.range_table.size())});
    levels_.push_back(&all_levels_.back());
    // What joins make of their sides' columns counts only where somebody refers to it.
    std::unordered_set<const Expression*> passed_over;
    std::vector<std::pair<const Query*, Oid>> views;
    for (const RangeTableEntry& entry : query.range_table) {
      for (const auto& column : entry.join_columns) passed_over.insert(column.get());
      if (entry.view != 0 && entry.subquery != nullptr)
        views.emplace_back(entry.subquery.get(), role_under(entry.view));
    }
    query::for_each_expression(
        query,
        [&](const Expression& e) {
          if (passed_over.contains(&e)) return;
          read(e, role);
        },
        [&](const Query& below) {
          const auto view = std::find_if(views.begin(), views.end(),
                                         [&](const auto& v) { return v.first == &below; });
          visit(below, view != views.end() ? view->second : role);
        });
    levels_.pop_back();
  }

  // Who reads the tables of a view.
  Oid role_under(Oid view) {
    RelationPtr relation = catalog_.relation(view);
    return relation == nullptr || relation->security_invoker ? user_ : relation->owner;
  }

  void read(const Expression& e, Oid role) {
    if (const auto* ref = std::get_if<query::ColumnReference>(&e.node)) return refer(*ref, role);
    if (const auto* call = std::get_if<query::Call>(&e.node)) functions_.insert(call->function);
    if (const auto* call = std::get_if<query::Aggregate>(&e.node)) functions_.insert(call->function);
    if (const auto* call = std::get_if<query::WindowCall>(&e.node)) functions_.insert(call->function);
    query::for_each_child(
        e, [&](const Expression& child) { read(child, role); },
        [&](const Query& below) { visit(below, role); });
  }

  void refer(const query::ColumnReference& ref, Oid role) {
    const auto up = static_cast<std::size_t>(ref.levels_up);
    if (ref.range_table_index < 0 || up >= levels_.size()) return;
    Level& level = *levels_[levels_.size() - 1 - up];
    const auto index = static_cast<std::size_t>(ref.range_table_index);
    const RangeTableEntry& entry = level.query.range_table[index];
    if (entry.kind == RangeTableEntry::Kind::join) {
      // The expression stands at the join's own level.
      std::vector<Level*> inner(levels_.end() - static_cast<std::ptrdiff_t>(up), levels_.end());
      levels_.resize(levels_.size() - up);
      for (std::size_t c = 0; c < entry.join_columns.size(); ++c)
        if (ref.column == static_cast<int>(c) || ref.column == query::kWholeRowColumn)
          read(*entry.join_columns[c], role);
      levels_.insert(levels_.end(), inner.begin(), inner.end());
      return;
    }
    Uses& uses = level.uses[index];
    if (ref.column >= 0)
      uses.columns.push_back(ref.column);
    else if (ref.column == query::kWholeRowColumn)
      uses.whole_row = true;
    else if (ref.column == query::kTableOidColumn || query::is_version_column(ref.column))
      uses.system = true;
  }

  // ---- one entry

  void check_entry(const Level& level, int index, Oid role) {
    const Query& query = level.query;
    const RangeTableEntry& entry = query.range_table[static_cast<std::size_t>(index)];
    const Uses& uses = level.uses[static_cast<std::size_t>(index)];
    const bool is_table = entry.kind == RangeTableEntry::Kind::relation;
    if (!is_table && (entry.kind != RangeTableEntry::Kind::subquery || entry.view == 0)) return;
    if (query.on_conflict != nullptr && query.on_conflict->excluded_range_table_index == index) return;
    RelationPtr relation = catalog_.relation(is_table ? entry.relation : entry.view);
    if (relation == nullptr) return;
    if (entry.check_as != 0) role = entry.check_as;
    if (entry.access != nullptr) return check_access(*entry.access, *relation, role);
    if (index != query.target) {
      require(*relation, role, privilege::select, uses);
      for (const query::RowLock& lock : query.row_locks)
        if (lock.range_table_index == index) require(*relation, role, privilege::update, {});
      return;
    }
    check_target(query, *relation, role, uses);
  }

  // What the rewriter has found out.
  void check_access(const query::EntryAccess& access, const RelationDescriptor& relation, Oid role) {
    auto ask = [&](Privileges wanted, const std::vector<int>& columns, bool whole_row) {
      if ((access.privileges & wanted) != 0) require(relation, role, wanted, {columns, whole_row, false});
    };
    ask(privilege::select, access.selected, access.whole_row);
    ask(privilege::insert, access.inserted, false);
    ask(privilege::update, access.updated, false);
    ask(privilege::delete_, {}, false);
  }

  void check_target(const Query& query, const RelationDescriptor& relation, Oid role, const Uses& read) {
    auto columns_of = [&](const std::vector<query::TargetColumn>& targets) {
      Uses written;
      for (const query::TargetColumn& target : targets)
        if (!target.by_default) written.columns.push_back(target.column);
      return written;
    };
    switch (query.command) {
      case query::CommandKind::insert:
        require(relation, role, privilege::insert, columns_of(query.targets));
        if (query.on_conflict != nullptr && query.on_conflict->do_update)
          require(relation, role, privilege::update, columns_of(query.on_conflict->set));
        break;
      case query::CommandKind::update:
        require(relation, role, privilege::update, columns_of(query.targets));
        break;
      case query::CommandKind::delete_: require(relation, role, privilege::delete_, {}); break;
      case query::CommandKind::merge:
        for (const query::MergeAction& action : query.merge_actions) {
          using Kind = query::MergeAction::Kind;
          if (action.kind == Kind::insert)
            require(relation, role, privilege::insert, columns_of(action.targets));
          if (action.kind == Kind::update)
            require(relation, role, privilege::update, columns_of(action.targets));
          if (action.kind == Kind::delete_) require(relation, role, privilege::delete_, {});
        }
        break;
      default: break;
    }
    Uses selected = read;
    add_arbiters(query, selected);
    if (selected.any()) require(relation, role, privilege::select, selected);
  }

  // ON CONFLICT (a) reads a.
  void add_arbiters(const Query& query, Uses& selected) {
    if (query.on_conflict == nullptr || query.on_conflict->arbiter_index == 0) return;
    const RangeTableEntry& entry = query.range_table[static_cast<std::size_t>(query.target)];
    RelationPtr table = catalog_.relation(entry.relation);
    const IndexDescriptor* index = table ? table->index(query.on_conflict->arbiter_index) : nullptr;
    if (index == nullptr) return;
    for (const IndexKey& key : index->keys)
      if (key.column >= 0) selected.columns.push_back(key.column);
  }

  void require(const RelationDescriptor& relation, Oid role, Privileges wanted, const Uses& uses) {
    if (denied_) return;
    if ((privileges_on(catalog_, role, relation) & wanted) != 0) return;
    if (!uses.system && wanted != privilege::delete_) {
      std::vector<int> columns = uses.columns;
      if (uses.whole_row) {
        columns.clear();
        for (const Column& c : relation.columns)
          if (!c.dropped) columns.push_back(c.number - 1);
      }
      if (may_use_columns(catalog_, role, relation, wanted, columns)) return;
    }
    denied_ = permission_denied(relation);
  }

  void check_function(Oid oid) {
    try {
      require_execute(catalog_, oid);
    } catch (const SqlError& error) {
      denied_ = error;
    }
  }

  SessionCatalog& catalog_;
  const Oid user_;
  std::deque<Level> all_levels_;   // outer ones first
  std::vector<Level*> levels_;     // from the statement's to the one that is visited
  std::set<Oid> functions_;
  std::optional<SqlError> denied_;
};

}  // namespace

std::optional<SqlError> SessionCatalog::find_denial(const Query& query) {
  if (auto denial = Finder(*this, user_).run(query)) return denial;
  return find_missing_identity(*this, query);
}

std::optional<SqlError> find_denial_of(SessionCatalog& catalog, Oid role, const Query& query) {
  return Finder(catalog, role).run(query);
}

namespace {

struct Judged {
  SessionCatalog& catalog;
  RelationPtr relation;
};

// Where others' lists count for a relation.
std::optional<Judged> judged(const SessionCatalog& catalog, const RelationDescriptor& relation) {
  SessionCatalog* judge = catalog.judge_of(pg_class::kOid, relation.oid);
  RelationPtr there = judge == nullptr ? nullptr : judge->relation(relation.oid);
  return there == nullptr ? std::nullopt : std::optional(Judged{*judge, std::move(there)});
}

}  // namespace

Privileges privileges_on(SessionCatalog& catalog, Oid role, const RelationDescriptor& relation) {
  if (auto elsewhere = judged(catalog, relation)) return privileges_on(elsewhere->catalog, role, *elsewhere->relation);
  // Descriptors of the catalogue's own tables are the same for everyone: their lists are in rows.
  if (relation.system && !catalog.is_superuser(role)) {
    const std::optional<Held> held = held_on(catalog, role, pg_class::kOid, relation.oid);
    return held ? held->privileges : Privileges{0};
  }
  if (role == relation.owner && !relation.acl) return types::all_privileges(kind_of(relation));
  return held_by(catalog, role, kind_of(relation), relation.owner, relation.acl).privileges;
}

void require_privileges(SessionCatalog& catalog, const RelationDescriptor& relation, Privileges privileges) {
  if ((privileges & ~privileges_on(catalog, catalog.user(), relation)) != 0) throw permission_denied(relation);
}

void require_columns(SessionCatalog& catalog, const RelationDescriptor& relation, Privileges privilege,
                     const std::vector<int>& columns) {
  const Oid user = catalog.user();
  if ((privileges_on(catalog, user, relation) & privilege) == 0 &&
      !may_use_columns(catalog, user, relation, privilege, columns))
    throw permission_denied(relation);
}

bool may_use_columns(SessionCatalog& catalog, Oid role, const RelationDescriptor& relation, Privileges privilege,
                     const std::vector<int>& columns) {
  if (auto elsewhere = judged(catalog, relation))
    return may_use_columns(elsewhere->catalog, role, *elsewhere->relation, privilege, columns);
  auto may_use = [&](const Column& column) {
    return !column.acl.empty() && (held_by_list(catalog, role, column.acl).privileges & privilege) != 0;
  };
  if (columns.empty())
    return std::any_of(relation.columns.begin(), relation.columns.end(),
                       [&](const Column& c) { return !c.dropped && may_use(c); });
  return std::all_of(columns.begin(), columns.end(), [&](int column) {
    return may_use(relation.columns[static_cast<std::size_t>(column)]);
  });
}

SqlError permission_denied(const RelationDescriptor& relation) {
  const char* kind = "table";
  switch (relation.kind) {
    case RelationKind::sequence: kind = "sequence"; break;
    case RelationKind::view: kind = "view"; break;
    case RelationKind::materialized_view: kind = "materialized view"; break;
    case RelationKind::index:
    case RelationKind::partitioned_index: kind = "index"; break;
    case RelationKind::foreign_table: kind = "foreign table"; break;
    default: break;
  }
  return SqlError("42501", "permission denied for " + std::string(kind) + " " + relation.name);
}

void require_execute(SessionCatalog& catalog, Oid oid) {
  SessionCatalog* const judge = catalog.judge_of(pg_proc::kOid, oid);
  SessionCatalog& lists = judge == nullptr ? catalog : *judge;
  const FunctionInfo* function = lists.function(oid);
  if (function == nullptr || !function->has_acl) return;
  const std::optional<Held> held = held_on(lists, catalog.user(), pg_proc::kOid, oid);
  if (held && (held->privileges & privilege::execute) != 0) return;
  const char* const kind = function->kind == 'p' ? "procedure" : function->kind == 'a' ? "aggregate" : "function";
  throw SqlError("42501", "permission denied for " + std::string(kind) + " " + std::string(function->name));
}

}  // namespace catalog
