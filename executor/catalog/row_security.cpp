// What policies add to queries, by the rules of PostgreSQL's get_row_security_policies().
#include "catalog/row_security.h"

#include <algorithm>

#include "catalog/query_privileges.h"
#include "query/reads.h"
#include "query/walk.h"

namespace catalog {
namespace {

using query::Expression;
using query::ExpressionPtr;
using query::Query;
using query::RangeTableEntry;
using types::SqlError;

ExpressionPtr make_boolean(bool value) {
  auto e = std::make_unique<Expression>();
  e->type.oid = types::oid::bool_;
  query::Constant constant;
  constant.value = types::Datum::of(value);
  e->node = std::move(constant);
  return e;
}

// USING (true).
bool is_true(const Expression& e) {
  const auto* constant = std::get_if<query::Constant>(&e.node);
  return constant != nullptr && !constant->value.is_null && constant->value.as<bool>();
}

ExpressionPtr any_of(std::vector<ExpressionPtr> conditions) {
  if (conditions.size() == 1) return std::move(conditions[0]);
  for (const ExpressionPtr& condition : conditions)
    if (is_true(*condition)) return make_boolean(true);
  auto e = std::make_unique<Expression>();
  e->type.oid = types::oid::bool_;
  query::BooleanExpression any;
  any.op = query::BooleanOp::or_;
  any.arguments = std::move(conditions);
  e->node = std::move(any);
  return e;
}

// A policy's own columns are those of entry 0: they come to be those of entry `to`.
void move_columns(Expression& expression, int depth, int to);
void move_columns(Query& query, int depth, int to) {
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { move_columns(*e, depth, to); },
      [&](Query& below) { move_columns(below, depth + 1, to); });
}
void move_columns(Expression& expression, int depth, int to) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node))
    if (ref->levels_up == depth && ref->range_table_index == 0) ref->range_table_index = to;
  query::for_each_child(
      expression, [&](ExpressionPtr& child) { move_columns(*child, depth, to); },
      [&](Query& below) { move_columns(below, depth + 1, to); });
}

// Those of one command and role: permissive ones newest name first, restrictive ones by name.
struct Applying {
  std::vector<const Policy*> permissive, restrictive;
};

// filter: USING, what restricts first. with_check: WITH CHECK, or USING where there is none.
enum class Condition : std::uint8_t { filter, using_, with_check };

class Rewriter {
 public:
  explicit Rewriter(SessionCatalog& catalog) : catalog_(catalog) {}

  void run(Query& statement, Oid role) {
    query(statement, role);
    if (denied_) throw DeniedByPolicy(*denied_);
  }

 private:
  void query(Query& query, Oid role) {
    // Policies bring queries of their own, which are done when they are added.
    std::vector<std::pair<Query*, Oid>> below;
    for (const RangeTableEntry& entry : query.range_table)
      if (entry.view != 0 && entry.subquery != nullptr)
        below.emplace_back(entry.subquery.get(), role_under(entry.view));
    const auto views = below.size();
    auto note = [&](Query& nested) {
      const auto end = below.begin() + static_cast<std::ptrdiff_t>(views);
      if (std::none_of(below.begin(), end, [&](const auto& b) { return b.first == &nested; }))
        below.emplace_back(&nested, role);
    };
    std::function<void(ExpressionPtr&)> expression = [&](ExpressionPtr& e) {
      query::for_each_child(*e, expression, note);
    };
    query::for_each_expression(query, expression, note);
    for (std::size_t i = 0; i < query.range_table.size(); ++i) {
      const RangeTableEntry& entry = query.range_table[i];
      if (entry.kind != RangeTableEntry::Kind::relation || entry.relation < types::kFirstNormalOid) continue;
      if (query.on_conflict != nullptr && query.on_conflict->excluded_range_table_index == static_cast<int>(i))
        continue;
      const Oid reader = entry.check_as != 0 ? entry.check_as : role;
      RelationPtr relation = catalog_.relation(entry.relation);
      if (relation != nullptr && row_security_applies(catalog_, *relation, reader)) add(query, static_cast<int>(i), relation, reader);
    }
    for (const auto& [nested, reader] : below) this->query(*nested, reader);
  }

  Oid role_under(Oid view) {
    RelationPtr relation = catalog_.relation(view);
    return relation == nullptr || relation->security_invoker ? catalog_.user() : relation->owner;
  }

  void add(Query& query, int index, const RelationPtr& relation, Oid role) {
    RangeTableEntry& entry = query.range_table[static_cast<std::size_t>(index)];
    const bool is_target = index == query.target;
    // For whoever only reads columns of the target, SELECT policies count, too.
    const bool selects = is_target && (entry.access ? (entry.access->privileges & types::privilege::select) != 0
                                                    : reads_target(query, index));
    std::vector<ExpressionPtr> security;
    auto guard = [&](char command) {
      for (query::RowCheck& check : conditions(*relation, index, command, role, Condition::filter))
        // Policies for reading and for changing are often the same.
        if (!is_true(*check.condition) && std::ranges::none_of(security, [&](const ExpressionPtr& e) { return query::equal(*e, *check.condition); }))
          security.push_back(std::move(check.condition));
    };
    if (!is_target) {
      for (const query::RowLock& lock : query.row_locks)
        if (lock.range_table_index == index) {
          guard('w');
          break;
        }
      guard('r');
    } else if (query.command == query::CommandKind::update || query.command == query::CommandKind::delete_) {
      if (selects) guard('r');
      guard(query.command == query::CommandKind::update ? 'w' : 'd');
    } else if (query.command == query::CommandKind::merge) {
      guard('r');
    }
    for (ExpressionPtr& e : entry.security) security.push_back(std::move(e));
    entry.security = std::move(security);
    if (!is_target) return;

    auto checks = std::make_unique<query::RowChecks>();
    auto require = [&](std::vector<query::RowCheck>& list, char command, Condition which) {
      for (query::RowCheck& check : conditions(*relation, index, command, role, which))
        list.push_back(std::move(check));
    };
    switch (query.command) {
      case query::CommandKind::insert:
        require(checks->inserted, 'a', Condition::with_check);
        if (selects) require(checks->inserted, 'r', Condition::using_);
        if (query.on_conflict == nullptr || !query.on_conflict->do_update) break;
        require(checks->changing, 'w', Condition::using_);
        if (selects) require(checks->changing, 'r', Condition::using_);
        require(checks->updated, 'w', Condition::with_check);
        if (selects) require(checks->updated, 'r', Condition::using_);
        break;
      case query::CommandKind::update:
        require(checks->updated, 'w', Condition::with_check);
        if (selects) require(checks->updated, 'r', Condition::using_);
        break;
      case query::CommandKind::merge:
        require(checks->changing, 'w', Condition::using_);
        require(checks->updated, 'w', Condition::with_check);
        require(checks->updated, 'r', Condition::using_);
        require(checks->deleting, 'd', Condition::using_);
        require(checks->inserted, 'a', Condition::with_check);
        break;
      default: break;
    }
    query.row_checks = std::move(checks);
  }

  // Whether the right to SELECT is asked for.
  static bool reads_target(const Query& query, int index) {
    if (query.command == query::CommandKind::merge) return true;
    if (query.on_conflict != nullptr && query.on_conflict->arbiter_index != 0) return true;
    return query::reads(query, 0, index);
  }

  Applying policies(const RelationDescriptor& relation, char command, Oid role) {
    Applying result;
    for (const Policy& p : relation.policies) {
      if (p.command != '*' && p.command != command) continue;
      if (std::none_of(p.roles.begin(), p.roles.end(),
                       [&](Oid to) { return to == 0 || catalog_.has_privileges_of(role, to); }))
        continue;
      (p.permissive ? result.permissive : result.restrictive).push_back(&p);
    }
    std::reverse(result.permissive.begin(), result.permissive.end());
    return result;
  }

  // All of them must hold.
  std::vector<query::RowCheck> conditions(const RelationDescriptor& relation, int index, char command, Oid role,
                                          Condition which) {
    const Applying applying = policies(relation, command, role);
    auto condition = [&](const Policy& p) -> ExpressionPtr {
      const Expression* e =
          which == Condition::with_check && p.with_check ? p.with_check.get() : p.using_.get();
      return e == nullptr ? nullptr : instance(relation, *e, index, role);
    };
    std::vector<ExpressionPtr> permissive;
    for (const Policy* p : applying.permissive)
      if (ExpressionPtr e = condition(*p)) permissive.push_back(std::move(e));
    std::vector<query::RowCheck> result;
    if (permissive.empty()) {
      result.push_back({make_boolean(false), {}});
      return result;
    }
    if (which != Condition::filter) result.push_back({any_of(std::move(permissive)), {}});
    for (const Policy* p : applying.restrictive)
      if (ExpressionPtr e = condition(*p)) result.push_back({std::move(e), p->name});
    if (which == Condition::filter) result.push_back({any_of(std::move(permissive)), {}});
    return result;
  }

  ExpressionPtr instance(const RelationDescriptor& relation, const Expression& condition, int index, Oid role) {
    if (std::find(active_.begin(), active_.end(), relation.oid) != active_.end())
      throw SqlError("42P17", "infinite recursion detected in policy for relation \"" + relation.name + "\"");
    ExpressionPtr e = query::clone(condition);
    move_columns(*e, 0, index);
    active_.push_back(relation.oid);
    std::function<void(ExpressionPtr&)> visit;
    auto nested = [&](Query& below) {
      const auto denied = find_denial_of(catalog_, role, below);
      query(below, role);  // policies without an end are told of first
      if (denied && !denied_) denied_ = *denied;
    };
    visit = [&](ExpressionPtr& child) { query::for_each_child(*child, visit, nested); };
    visit(e);
    active_.pop_back();
    return e;
  }

  SessionCatalog& catalog_;
  std::optional<SqlError> denied_;
  std::vector<Oid> active_;  // tables whose policies are being added
};

}  // namespace

RowSecurity row_security_of(SessionCatalog& catalog, const RelationDescriptor& relation, Oid role) {
  if (relation.oid < types::kFirstNormalOid || !relation.row_security) return RowSecurity::none;
  const RoleInfo* info = catalog.role(role);
  if (catalog.is_superuser(role) || (info != nullptr && info->bypass_row_security)) return RowSecurity::bypassed;
  if (catalog.has_privileges_of(role, relation.owner) && !relation.force_row_security) return RowSecurity::bypassed;
  return RowSecurity::enabled;
}

bool row_security_applies(SessionCatalog& catalog, const RelationDescriptor& relation, Oid role) {
  if (row_security_of(catalog, relation, role) != RowSecurity::enabled) return false;
  if (catalog.row_security()) return true;
  SqlError error("42501", "query would be affected by row-level security policy for table \"" + relation.name + "\"");
  if (catalog.has_privileges_of(role, relation.owner))
    throw std::move(error).with_hint(
        "To disable the policy for the table's owner, use ALTER TABLE NO FORCE ROW LEVEL SECURITY.");
  throw error;
}

void SessionCatalog::add_row_security(query::Query& query) { Rewriter(*this).run(query, user_); }

}  // namespace catalog
