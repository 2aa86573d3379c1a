// The session's transaction: implicit around one statement, or a block that BEGIN opened.
#pragma once

#include <string>
#include <vector>

#include "catalog/session_catalog.h"
#include "database/database.h"
#include "protocol/backend_message.h"
#include "query/utility.h"
#include "settings.h"
#include "transaction/transaction.h"
#include "transaction/wait_control.h"

namespace session {

//            begin_implicit              BEGIN
//   idle ----------------> implicit ------------> block --- error ---> failed
//     ^  <--- commit/abort ---'   ^-- (at a statement's end) --'             |
//     '---------------------------- COMMIT, ROLLBACK ------------------------'
//
// Two transactions at most run under it: the database's and, once a shared catalogue is touched,
// the system volume's. Not thread-safe.
class TransactionBlock final : public catalog::TransactionSource {
 public:
  enum class State : std::uint8_t { idle, implicit, block, failed };

  // What may be done in the database at all; read_only: no SET TRANSACTION changes it.
  enum class Access : std::uint8_t { read_write, read_only };

  TransactionBlock(database::Database& database, database::Database& system, Settings& settings,
                   transaction::WaitControl& wait_control, std::int32_t pid, Access access);
  ~TransactionBlock() override;

  // The catalogue that is told of ends; set before the first transaction.
  void attach(catalog::SessionCatalog& catalog) { catalog_ = &catalog; }

  State state() const { return state_; }
  protocol::TransactionStatus status() const;
  bool in_block() const { return state_ == State::block || state_ == State::failed; }

  transaction::Transaction& database_transaction() override;
  transaction::Transaction& system_transaction() override;
  // Null when none has begun: a statement that touched nothing.
  transaction::Transaction* database_transaction_if_any() const { return database_tx_.get(); }
  // Others wait for what its transactions hold.
  bool holds_up_others() const;

  // idle -> implicit; else nothing.
  void begin_implicit();
  // BEGIN. The caller has warned when a block is open already (25001).
  void begin_block(const query::TransactionModes& modes);
  // SET TRANSACTION: 25001 once the transaction has taken a view.
  void set_modes(const query::TransactionModes& modes);

  // Ends whatever runs; returns when it is durable. False: the block had failed and was rolled
  // back instead.
  bool commit();
  // PREPARE TRANSACTION: the block ends, the transaction stays. Durable on return.
  void prepare(const std::string& gid, types::Oid owner);
  void rollback();
  // A statement failed: an implicit transaction is rolled back, a block fails (back to its last
  // savepoint, so that ROLLBACK TO can take it up again).
  void fail();

  void savepoint(const std::string& name);
  void release(const std::string& name);      // 3B001 when there is none
  void rollback_to(const std::string& name);  // also from the failed state

  // Rows are in the answer: it may leave when every commit that they come from is durable. (A bare
  // count may leave before: the transaction's last answer waits for all that it saw. So a hot row
  // does not cost a sync per update.) An abort notes the same for what its error told.
  void note_answered();
  // Waits for what was noted; before the answer leaves.
  void wait_for_answered();
  void wait_for_seen() {
    note_answered();
    wait_for_answered();
  }
  // After a statement that may have written.
  void next_command();

  bool read_only() const { return read_only_; }
  // A read-only transaction may change what is the session's alone, where anything may be changed at all.
  bool may_change_temporary() const { return access_ == Access::read_write; }
  // What a chained transaction takes over.
  query::TransactionModes modes() const {
    return {.isolation = level_, .read_only = read_only_, .deferrable = deferrable_};
  }
  bool has_written() const { return database_tx_ && database_tx_->has_written(); }
  transaction::Isolation isolation() const { return isolation_; }
  // timestamptz of now(): microseconds since 2000-01-01.
  std::int64_t start_time() const { return start_time_; }
  void mark_view_taken() { view_taken_ = true; }
  bool view_taken() const { return view_taken_; }
  std::size_t depth() const { return savepoints_.size(); }
  // How many savepoints were open when this one was made; nullopt when there is none.
  std::optional<std::size_t> level_of(const std::string& savepoint) const;

 private:
  struct Level {
    std::string name;
    transaction::Savepoint database, system;
    bool had_database = false, had_system = false;
    bool read_only = false;
    types::Oid temporary_schema = 0;
  };

  void start(State state);
  void apply(const query::TransactionModes& modes);
  transaction::TransactionPtr begin_on(database::Database& database);
  void undo_to(const Level& level);
  void finish();
  std::size_t find(const std::string& name) const;

  database::Database& database_;
  database::Database& system_;
  Settings& settings_;
  transaction::WaitControl& wait_control_;
  std::int32_t pid_;
  Access access_;
  catalog::SessionCatalog* catalog_ = nullptr;

  State state_ = State::idle;
  transaction::TransactionPtr database_tx_, system_tx_;
  transaction::Isolation isolation_ = transaction::Isolation::read_committed;
  query::Isolation level_ = query::Isolation::read_committed;  // as it was called
  bool read_only_ = false, deferrable_ = false, view_taken_ = false;
  std::int64_t start_time_ = 0;
  std::vector<Level> savepoints_;
  wal::Lsn database_answered_, system_answered_;
};

// Microseconds since 2000-01-01 UTC.
std::int64_t current_timestamp();

}  // namespace session
