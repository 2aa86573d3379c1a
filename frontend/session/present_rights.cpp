#include "present_rights.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "catalog/acl.h"
#include "catalog/query_privileges.h"
#include "catalog/row_security.h"
#include "catalog/system_columns.h"
#include "query/serialize.h"
#include "query/walk.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using catalog::RelationDescriptor;
using catalog::RelationPtr;
using query::Query;
using query::RangeTableEntry;
using types::Oid;
using types::SqlError;

// The database as it is now, for a session that reads its past: catalogue rows alone are read.
class Present final : public catalog::TransactionSource {
 public:
  explicit Present(SessionState& session) : session_(session) {
    auto& database = session.use->database();
    transaction_ = database.transactions().begin({.read_only = true}, session.wait_control);
    catalog_ = std::make_unique<catalog::SessionCatalog>(database.catalog(),
                                                         session.cluster.system().catalog(), *this);
    catalog_->set_user(session.catalog->user(), session.catalog->user_name());
    catalog_->set_database(session.use->oid());
  }
  ~Present() override { catalog_.reset(); }

  catalog::SessionCatalog& catalog() { return *catalog_; }

  transaction::Transaction& database_transaction() override { return *transaction_; }
  transaction::Transaction& system_transaction() override {
    if (!system_transaction_)
      system_transaction_ = session_.cluster.system().transactions().begin({.read_only = true},
                                                                           session_.wait_control);
    return *system_transaction_;
  }

 private:
  SessionState& session_;
  transaction::TransactionPtr transaction_, system_transaction_;
  std::unique_ptr<catalog::SessionCatalog> catalog_;
};

bool is_same(const std::shared_ptr<const query::Expression>& a, const std::shared_ptr<const query::Expression>& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return query::serialize(*a) == query::serialize(*b);
}

bool is_same(const std::vector<catalog::Policy>& a, const std::vector<catalog::Policy>& b) {
  return std::ranges::equal(a, b, [](const catalog::Policy& x, const catalog::Policy& y) {
    return x.command == y.command && x.permissive == y.permissive && x.roles == y.roles &&
           is_same(x.using_, y.using_);
  });
}

// Asks the present about relations that the past found.
class Judge {
 public:
  Judge(SessionState& session, Present& present) : past_(*session.catalog), present_(present.catalog()) {}

  void read(Oid oid, Oid role, bool by_name) {
    const RelationPtr now = present_.relation(oid);
    if (now == nullptr || now->system) return;
    if (by_name) require_schema(now->schema, role);
    if (catalog::row_security_of(present_, *now, role) != catalog::RowSecurity::enabled) return;
    const RelationPtr then = past_.relation(oid);
    if (then != nullptr && catalog::row_security_of(past_, *then, role) == catalog::RowSecurity::enabled &&
        is_same(then->policies, now->policies)) {
      return;  // the past's own do the same
    }
    throw SqlError("42501", fmt::format("query would be affected by row-level security policy for table \"{}\"",
                                        now->name));
  }

  void visit(const Query& query, Oid role, bool by_name) {
    std::vector<std::pair<const Query*, Oid>> views;
    for (const RangeTableEntry& entry : query.range_table) {
      if (entry.kind == RangeTableEntry::Kind::relation) read(entry.relation, role, by_name);
      if (entry.view == 0 || entry.subquery == nullptr) continue;
      const RelationPtr view = present_.relation(entry.view);
      if (view != nullptr && by_name) require_schema(view->schema, role);
      const RelationPtr then = past_.relation(entry.view);
      views.emplace_back(entry.subquery.get(), then == nullptr || then->security_invoker ? role : then->owner);
    }
    query::for_each_expression(
        query, [&](const query::Expression& e) { visit(e, role, by_name); },
        [&](const Query& below) {
          const auto view = std::ranges::find(views, &below, &std::pair<const Query*, Oid>::first);
          if (view == views.end()) return visit(below, role, by_name);
          visit(below, view->second, false);
        });
  }

 private:
  void visit(const query::Expression& e, Oid role, bool by_name) {
    query::for_each_child(
        e, [&](const query::Expression& child) { visit(child, role, by_name); },
        [&](const Query& below) { visit(below, role, by_name); });
  }

  void require_schema(Oid schema, Oid role) {
    const auto held = catalog::held_on(present_, role, catalog::pg_namespace::kOid, schema);
    if (held && (held->privileges & types::privilege::usage) == 0)
      throw SqlError("42501", fmt::format("permission denied for schema {}", present_.schema_name(schema)));
  }

  catalog::SessionCatalog& past_;
  catalog::SessionCatalog& present_;
};

}  // namespace

void require_present_rights(SessionState& session, const Query& query) {
  if (!session.past) return;
  const Oid user = session.catalog->user();
  if (session.catalog->is_superuser(user)) return;
  Present present(session);
  if (auto denied = catalog::find_denial_of(present.catalog(), user, query)) throw std::move(*denied);
  Judge(session, present).visit(query, user, true);
}

void require_present_rights(SessionState& session, const query::Copy& copy) {
  if (!session.past || copy.from) return;
  if (copy.query != nullptr) return require_present_rights(session, *copy.query);
  const Oid user = session.catalog->user();
  if (session.catalog->is_superuser(user)) return;
  const Oid oid = session.catalog->find_relation(copy.relation.schema, copy.relation.name);
  const RelationPtr then = oid == 0 ? nullptr : session.catalog->relation(oid);
  if (then == nullptr) return;  // COPY says so
  Present present(session);
  const RelationPtr now = present.catalog().relation(oid);
  if (now == nullptr) return;
  std::vector<int> columns;
  for (std::size_t i = 0; i < then->columns.size(); ++i) {
    const auto& column = then->columns[i];
    if (!column.dropped && (copy.columns.empty() || std::ranges::find(copy.columns, column.name) != copy.columns.end()))
      columns.push_back(static_cast<int>(i));
  }
  catalog::require_columns(present.catalog(), *now, types::privilege::select, columns);
  Judge(session, present).read(oid, user, true);
}

std::uint64_t catalog_version(const SessionState& session) {
  const std::uint64_t own = session.catalog->version();
  return session.past ? own + session.use->database().catalog().version() : own;
}

}  // namespace session
