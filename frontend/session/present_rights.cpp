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
#include "types/oid.h"
#include "types/sql_error.h"

namespace session {
namespace {

using catalog::RelationDescriptor;
using catalog::RelationPtr;
using query::Query;
using query::RangeTableEntry;
using types::Oid;
using types::SqlError;

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

}  // namespace

// The database as it is now, for a session that reads its past: catalogue rows alone are read.
class PresentRights::Present final : public catalog::TransactionSource, public catalog::RightsJudge {
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

  // The present, for what is the same there. A number may be another object's since the database was rewound.
  catalog::SessionCatalog* judge_of(Oid object_catalog, Oid object) override {
    if (object >= types::kFirstNormalOid) {
      if (!common_oids_) common_oids_ = session_.cluster.common_oids(*session_.past, *session_.use);
      if (object >= *common_oids_) return nullptr;
    }
    const bool is_there = object_catalog == catalog::pg_class::kOid
                              ? catalog_->relation(object) != nullptr
                              : catalog::held_on(*catalog_, catalog_->user(), object_catalog, object).has_value();
    return is_there ? catalog_.get() : nullptr;
  }

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
  std::optional<Oid> common_oids_;
};

// Asks the present about relations that the past found.
class PresentRights::Judge {
 public:
  Judge(SessionState& session, Present& present)
      : past_(*session.catalog), judge_(present), present_(present.catalog()) {}

  void read(Oid oid, Oid role, bool by_name) {
    const RelationPtr now = relation(oid);
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
      const RelationPtr view = relation(entry.view);
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

  // Null where it is gone.
  RelationPtr relation(Oid oid) {
    return judge_.judge_of(catalog::pg_class::kOid, oid) == nullptr ? nullptr : present_.relation(oid);
  }

  void require_schema(Oid schema, Oid role) {
    const auto held = catalog::held_on(present_, role, catalog::pg_namespace::kOid, schema);
    if (held && (held->privileges & types::privilege::usage) == 0)
      throw SqlError("42501", fmt::format("permission denied for schema {}", present_.schema_name(schema)));
  }

  catalog::SessionCatalog& past_;
  Present& judge_;
  catalog::SessionCatalog& present_;
};

PresentRights::PresentRights(SessionState& session) : session_(session) {
  if (!session.past || session.catalog->rights_judge() != nullptr || session.catalog->is_superuser(session.catalog->user()))
    return;
  own_ = std::make_unique<Present>(session);
  session.catalog->set_rights_judge(own_.get());
}

PresentRights::~PresentRights() {
  if (own_) session_.catalog->set_rights_judge(nullptr);
}

PresentRights::Present* PresentRights::present() const {
  return static_cast<Present*>(session_.catalog->rights_judge());
}

void PresentRights::require(const Query& query) {
  if (Present* const now = present()) Judge(session_, *now).visit(query, session_.catalog->user(), true);
}

void PresentRights::require(const query::Copy& copy) {
  Present* const now = present();
  if (now == nullptr || copy.from) return;
  if (copy.query != nullptr) return require(*copy.query);
  const Oid oid = session_.catalog->find_relation(copy.relation.schema, copy.relation.name);
  if (oid != 0) Judge(session_, *now).read(oid, session_.catalog->user(), true);
}

std::uint64_t catalog_version(const SessionState& session) {
  const std::uint64_t own = session.catalog->version();
  return session.past ? own + session.use->database().catalog().version() : own;
}

}  // namespace session
