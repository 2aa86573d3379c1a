// The catalogue as a session sees it: committed descriptors shared with all, its own changes apart.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/catalog_view.h"
#include "catalog/roles.h"
#include "transaction/transaction.h"

namespace catalog {

// The session's running transactions: one per volume, begun when first asked for.
class TransactionSource {
 public:
  virtual ~TransactionSource() = default;
  virtual transaction::Transaction& database_transaction() = 0;
  virtual transaction::Transaction& system_transaction() = 0;
};

// What a transaction changed in a catalogue, kept up by catalog::Writer.
struct CatalogChanges;
struct UserFunctions;
struct Schemas;
struct Roles;

class SessionCatalog;

// Whose rights count where a catalogue is one of the past.
class RightsJudge {
 public:
  virtual ~RightsJudge() = default;
  // The catalogue whose lists say what roles may do with an object of the one that asks; null: its own.
  virtual SessionCatalog* judge_of(Oid object_catalog, Oid object) = 0;
};

// One per session, for its life.
//
// Around a transaction the session calls, in this order:
//   {
//     CommitInvalidation invalidation(session_catalog);  // before the commit
//     ... commit_holding_locks() of both transactions ...
//     invalidation.committed(database_lsn, system_lsn);
//     ... wait until that is durable ...
//   }
//   ... the transactions go, and with them their locks ...
//   session_catalog.transaction_ended();
// on rollback only transaction_ended(), and after ROLLBACK TO SAVEPOINT rolled_back_to().
class SessionCatalog final : public CatalogView {
 public:
  // All outlive it.
  SessionCatalog(Catalog& database, Catalog& system, TransactionSource& transactions);
  ~SessionCatalog() override;

  Catalog& database() const { return database_; }
  Catalog& system() const { return system_; }
  TransactionSource& transactions() const { return transactions_; }

  // ---- the session's state
  // search_path as a list of names, "$user" included; names of missing schemas are skipped.
  void set_search_path(std::vector<std::string> names);
  // Whose "$user" it is, and whose rights count.
  void set_user(Oid role, std::string name);
  Oid user() const override { return user_; }
  // The setting row_security: off, queries that policies would narrow are refused.
  void set_row_security(bool on) { row_security_ = on; }
  bool row_security() const { return row_security_; }
  // The setting session_replication_role: relations are told of as RelationDescriptor::is_replica has it.
  void set_replica(bool on) { is_replica_ = on; }
  // How values are written in definitions (DateStyle, IntervalStyle, TimeZone). Borrowed; null: the defaults.
  void set_format(const types::FormatSettings* format) { format_ = format; }
  const types::FormatSettings* format() const { return format_; }
  // Borrowed; null, as it begins: its own lists count for everything. What was looked up by name stays.
  void set_rights_judge(RightsJudge* judge) { judge_ = judge; }
  RightsJudge* rights_judge() const { return judge_; }
  SessionCatalog* judge_of(Oid object_catalog, Oid object) const {
    return judge_ == nullptr ? nullptr : judge_->judge_of(object_catalog, object);
  }
  // The database that it is, by pg_database; 0: of no matter. Its owner is pg_database_owner.
  void set_database(Oid database) { database_oid_ = database; }
  Oid database_oid() const { return database_oid_; }
  const std::string& user_name() const { return user_name_; }
  // The session's own schema for temporary tables; 0 until the first one is made. What the
  // transaction set is taken back when it does not commit; after ROLLBACK TO the caller sets what
  // it was at the savepoint.
  Oid temporary_schema() const { return temporary_schema_; }
  void set_temporary_schema(Oid schema);
  // One that was made in an earlier transaction.
  void restore_temporary_schema(Oid schema);
  // A temporary relation was opened since the transaction began: it cannot be prepared.
  bool used_temporary() const { return used_temporary_; }
  // search_path begins with pg_temp: what names no schema is made there.
  bool creates_in_temporary_schema() const;

  // ---- transaction boundaries
  void transaction_ended();
  void rolled_back_to();
  bool has_changes() const;
  bool has_system_changes() const;

  // Sum of both catalogues' versions and of the session's own changes: whoever caches something
  // made from lookups (plans, parse results) compares it.
  std::uint64_t version() const;
  // Schemas in use as current_schemas() shows them.
  std::vector<std::string> schema_names(bool include_implicit);

  // ---- CatalogView
  std::span<const Oid> search_schemas() const override;
  Oid creation_schema() override;
  Oid find_schema(std::string_view name) override;
  std::string schema_name(Oid schema) override;
  Oid find_relation(std::string_view schema, std::string_view name) override;
  RelationPtr relation(Oid oid) override;
  RelationPtr open_relation(std::string_view schema, std::string_view name, RelationLock lock,
                            bool missing_ok = false, bool nowait = false) override;
  RelationPtr open_relation(Oid oid, RelationLock lock, bool nowait = false) override;
  const TypeInfo* type(Oid oid) override;
  const TypeInfo* find_type(std::string_view schema, std::string_view name) override;
  std::vector<EnumLabel> enum_labels(Oid type) override;
  std::shared_ptr<const DomainInfo> domain(Oid type) override;
  const RangeInfo* range(Oid type) override;
  const RangeInfo* range_of_multirange(Oid type) override;
  const FunctionInfo* function(Oid oid) override;
  std::vector<const FunctionInfo*> find_functions(std::string_view schema,
                                                  std::string_view name) override;
  const OperatorInfo* operator_(Oid oid) override;
  std::vector<const OperatorInfo*> find_operators(std::string_view schema,
                                                  std::string_view name) override;
  const CastInfo* cast(Oid source, Oid target) override;
  const AggregateInfo* aggregate(Oid function) override;
  const OperatorClassInfo* operator_class(Oid oid) override;
  const OperatorClassInfo* find_operator_class(std::string_view schema, Oid method, std::string_view name) override;
  Oid operator_class_procedure(Oid operator_class, int number) override;
  Oid family_operator(Oid family, Oid left, Oid right, int strategy) override;
  Oid family_procedure(Oid family, Oid left, Oid right, int number) override;
  std::span<const FamilyOperator* const> families_of(Oid operator_oid) override;
  int search_strategy(Oid family, Oid operator_oid) override;
  const CollationInfo* collation(Oid oid) override;
  const CollationInfo* find_collation(std::string_view schema, std::string_view name) override;
  Oid find_role(std::string_view name) override;
  std::string role_name(Oid role) override;
  bool is_superuser(Oid role) override;
  std::optional<types::SqlError> find_denial(const query::Query& query) override;
  void add_row_security(query::Query& query) override;
  const OperatorClassInfo* default_class_of_user_type(Oid type, Oid method) override;
  std::uint64_t types_version() const override { return version(); }
  // Null when there is none; valid until the transaction ends.
  const RoleInfo* role(Oid role);
  // Whether `member` is `role` or inherits its rights through memberships (superusers: always).
  bool has_privileges_of(Oid member, Oid role);

  // A view on the newest state for reading catalogue rows: the transaction's own, with its
  // changes.
  transaction::View take_view(bool system);

  // ---- for Writer
  CatalogChanges& changes() { return *changes_; }
  void changed();  // forgets what was derived before the newest change

 private:
  friend class CommitInvalidation;
  struct Local;
  struct Volume;
  Local& local();
  Volume& volume(bool system);
  // Runs `load(view)` on the newest durable state or, where the transaction has changed the catalogue, on what it sees.
  template <typename Load>
  auto load_newest(bool system, Load&& load);
  template <typename Find, typename Store, typename Load>
  auto lookup(bool system, Find&& find, Store&& store, Load&& load);
  const UserFunctions& user_functions();
  const Schemas& schemas();
  const Roles& roles();
  // 0A000 where another session's temporary table would be read or written.
  RelationPtr relation_as_stored(Oid oid);
  void note_use(const RelationDescriptor& relation, RelationLock mode);
  void lock(Oid relation, RelationLock mode, bool nowait, std::string_view name);

  Catalog& database_;
  Catalog& system_;
  TransactionSource& transactions_;
  std::vector<std::string> path_names_;
  Oid user_ = kBootstrapRole;
  Oid database_oid_ = 0;
  RightsJudge* judge_ = nullptr;
  std::string user_name_ = "postgres";
  Oid temporary_schema_ = 0;
  bool used_temporary_ = false;
  bool row_security_ = true;
  bool is_replica_ = false;
  const types::FormatSettings* format_ = nullptr;
  Oid committed_temporary_schema_ = 0;  // what a rollback brings back
  std::unique_ptr<CatalogChanges> changes_;
  std::unique_ptr<Local> local_;
};

// Renews what sessions know of the catalogue when a transaction that changed it is durable: until then they go on with
// what was before, as they do with rows, and need not wait for it. What it has locked stays locked for as long, so that nobody
// uses new tables by old descriptors. Costs nothing when it changed nothing.
class CommitInvalidation {
 public:
  explicit CommitInvalidation(SessionCatalog& session);
  ~CommitInvalidation();
  CommitInvalidation(const CommitInvalidation&) = delete;
  CommitInvalidation& operator=(const CommitInvalidation&) = delete;

  // Of the volumes' commit records; kNoLsn where nothing was committed.
  void committed(wal::Lsn database, wal::Lsn system);

 private:
  SessionCatalog& session_;
  bool database_ = false, system_ = false;
  wal::Lsn database_lsn_, system_lsn_;
};

}  // namespace catalog
