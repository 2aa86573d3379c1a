// A moment of a database, opened to be compared: its rows, its catalogue, its types.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/session_catalog.h"
#include "database/past_database.h"
#include "table/differences.h"
#include "transaction/transaction.h"
#include "transaction/view.h"
#include "types/eval_context.h"

namespace session {

class SessionState;

// Not thread-safe; belongs to a running statement of the session.
class HistorySide final : public catalog::TransactionSource, public types::NameResolver {
 public:
  HistorySide(SessionState& session, std::shared_ptr<database::PastDatabase> past);
  ~HistorySide() override;

  const database::PastDatabase& past() const { return *past_; }
  catalog::SessionCatalog& catalog() { return *catalog_; }
  const transaction::View& view() const { return view_; }
  // Null for null.
  table::TableState state(const catalog::RelationDescriptor* relation) const;
  // Ordinary tables and partitions that users made and that last, by schema and name.
  std::vector<catalog::RelationPtr> tables();

  // catalog::TransactionSource
  transaction::Transaction& database_transaction() override { return *transaction_; }
  transaction::Transaction& system_transaction() override;

  // types::NameResolver: output only.
  std::string regtype_out(types::Oid type) override;
  std::string regclass_out(types::Oid relation) override;
  std::string regproc_out(types::Oid function) override;
  std::string format_type(types::Oid type, std::int32_t typmod) override;
  types::Oid regtype_in(std::string_view text) override;
  types::Oid regclass_in(std::string_view text) override;
  types::Oid regproc_in(std::string_view text) override;
  const types::TypeSupport* find_support(types::Oid type) override;

 private:
  SessionState& session_;
  std::shared_ptr<database::PastDatabase> past_;
  transaction::TransactionPtr transaction_, system_transaction_;
  transaction::View view_;
  std::unique_ptr<catalog::SessionCatalog> catalog_;
};

}  // namespace session
