#include "history_side.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {

using types::Oid;
using types::SqlError;

HistorySide::HistorySide(SessionState& session, std::shared_ptr<database::PastDatabase> past)
    : session_(session), past_(std::move(past)) {
  auto& database = past_->database();
  transaction_ = database.transactions().begin({.read_only = true}, session.wait_control);
  view_ = transaction_->take_view();
  catalog_ = std::make_unique<catalog::SessionCatalog>(database.catalog(),
                                                       session.cluster.system().catalog(), *this);
  catalog_->set_user(session.catalog->user(), session.catalog->user_name());
  catalog_->set_search_path(session.settings.search_path);
}

HistorySide::~HistorySide() {
  catalog_.reset();
  view_ = {};
}

transaction::Transaction& HistorySide::system_transaction() {
  if (!system_transaction_)
    system_transaction_ = session_.cluster.system().transactions().begin({.read_only = true},
                                                                         session_.wait_control);
  return *system_transaction_;
}

table::TableState HistorySide::state(const catalog::RelationDescriptor* relation) const {
  if (relation == nullptr) return {};
  return {relation->storage.get(), &view_};
}

std::vector<catalog::RelationPtr> HistorySide::tables() {
  std::vector<catalog::RelationPtr> tables;
  namespace column = catalog::pg_class;
  auto pg_class = catalog_->relation(column::kOid);
  auto rows = catalog::RowReader::from_oid(view_, *pg_class, types::kFirstNormalOid);
  std::vector<Oid> oids;
  while (rows.next())
    if (rows.row().letter(column::relkind) == 'r' && rows.row().letter(column::relpersistence) != 't')
      oids.push_back(rows.row().oid(column::oid));
  for (const Oid oid : oids)
    if (auto relation = catalog_->relation(oid)) tables.push_back(std::move(relation));
  std::ranges::sort(tables, {}, [](const catalog::RelationPtr& relation) {
    return std::tie(relation->schema_name, relation->name);
  });
  return tables;
}

std::string HistorySide::regtype_out(Oid type) { return catalog_->format_type(type); }
std::string HistorySide::regclass_out(Oid relation) {
  return relation == 0 ? "-" : catalog_->relation_display_name(relation);
}
std::string HistorySide::regproc_out(Oid function) {
  const auto* info = function == 0 ? nullptr : catalog_->function(function);
  return info == nullptr ? fmt::format("{}", function) : std::string(info->name);
}
std::string HistorySide::format_type(Oid type, std::int32_t typmod) {
  return catalog_->format_type(type, typmod);
}
const types::TypeSupport* HistorySide::find_support(Oid type) { return catalog_->find_support(type); }

// Nothing is read from text while states are compared.
Oid HistorySide::regtype_in(std::string_view) { throw SqlError::not_supported("regtype of the past"); }
Oid HistorySide::regclass_in(std::string_view) { throw SqlError::not_supported("regclass of the past"); }
Oid HistorySide::regproc_in(std::string_view) { throw SqlError::not_supported("regproc of the past"); }

}  // namespace session
