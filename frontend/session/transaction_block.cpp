#include "transaction_block.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "transaction/held_commit.h"
#include "transaction/lock_manager.h"
#include "transaction/manager.h"
#include "transaction/prepared.h"
#include "transaction/usage.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

constexpr std::int64_t kEpochDifference = 946'684'800'000'000;  // 1970 to 2000, microseconds

void wait_durable(database::Database& database, wal::Lsn lsn) {
  if (lsn <= database.volume().vdl()) return;
  if (auto durable = database.volume().wait_durable(lsn); !durable)
    throw database::StorageError("the outcome of the transaction is unknown: its log did not "
                                 "become durable", durable.error());
}

}  // namespace

std::int64_t current_timestamp() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count() - kEpochDifference;
}

TransactionBlock::TransactionBlock(database::Database& database, database::Database& system,
                                   Settings& settings, transaction::WaitControl& wait_control,
                                   std::int32_t pid, Access access)
    : database_(database),
      system_(system),
      settings_(settings),
      wait_control_(wait_control),
      pid_(pid),
      access_(access) {}

TransactionBlock::~TransactionBlock() {
  if (state_ != State::idle) rollback();
}

protocol::TransactionStatus TransactionBlock::status() const {
  switch (state_) {
    case State::block: return protocol::TransactionStatus::in_block;
    case State::failed: return protocol::TransactionStatus::failed;
    default: return protocol::TransactionStatus::idle;
  }
}

transaction::TransactionPtr TransactionBlock::begin_on(database::Database& database) {
  // The catalogues that all databases share are no data that could be read inconsistently.
  const bool shared = &database == &system_;
  return database.transactions().begin(
      {.isolation = shared && isolation_ == transaction::Isolation::serializable
                        ? transaction::Isolation::repeatable_read
                        : isolation_,
       .read_only = read_only_,
       .deferrable = deferrable_,
       .pid = pid_},
      wait_control_);
}

transaction::Transaction& TransactionBlock::database_transaction() {
  if (!database_tx_) {
    if (state_ == State::idle) begin_implicit();
    database_tx_ = begin_on(database_);
  }
  return *database_tx_;
}

bool TransactionBlock::holds_up_others() const {
  const auto is_waited_for = [](const transaction::TransactionPtr& each) {
    return each != nullptr && transaction::LockManager::is_waited_for(*each);
  };
  return is_waited_for(database_tx_) || is_waited_for(system_tx_);
}

transaction::Transaction& TransactionBlock::system_transaction() {
  if (!system_tx_) {
    if (state_ == State::idle) begin_implicit();
    system_tx_ = begin_on(system_);
  }
  return *system_tx_;
}

void TransactionBlock::start(State state) {
  state_ = state;
  start_time_ = current_timestamp();
  view_taken_ = false;
  isolation_ = transaction::Isolation::read_committed;
  level_ = query::Isolation::read_committed;
  read_only_ = settings_.default_read_only || access_ == Access::read_only;
  deferrable_ = settings_.value("default_transaction_deferrable") == "on";
  settings_.begin_level();
  query::TransactionModes modes;
  if (settings_.default_isolation != "read committed")
    modes.isolation = settings_.default_isolation == "serializable" ? query::Isolation::serializable
                      : settings_.default_isolation == "repeatable read"
                          ? query::Isolation::repeatable_read
                          : query::Isolation::read_uncommitted;
  if (read_only_) modes.read_only = true;
  if (deferrable_) modes.deferrable = true;
  apply(modes);
}

void TransactionBlock::begin_implicit() {
  if (state_ == State::idle) start(State::implicit);
}

void TransactionBlock::apply(const query::TransactionModes& modes) {
  if (modes.isolation) {
    level_ = *modes.isolation;
    switch (*modes.isolation) {
      case query::Isolation::read_uncommitted:
      case query::Isolation::read_committed:
        isolation_ = transaction::Isolation::read_committed;
        break;
      case query::Isolation::repeatable_read:
        isolation_ = transaction::Isolation::repeatable_read;
        break;
      case query::Isolation::serializable:
        isolation_ = transaction::Isolation::serializable;
        break;
    }
    constexpr const char* kNames[] = {"read uncommitted", "read committed", "repeatable read",
                                      "serializable"};
    settings_.set("transaction_isolation", kNames[static_cast<int>(*modes.isolation)],
                  SettingSource::session, true);
  }
  if (modes.read_only) {
    read_only_ = *modes.read_only;
    settings_.set("transaction_read_only", read_only_ ? "on" : "off", SettingSource::session, true);
  }
  if (modes.deferrable) {
    deferrable_ = *modes.deferrable;
    settings_.set("transaction_deferrable", deferrable_ ? "on" : "off", SettingSource::session, true);
  }
  if (database_tx_ && !view_taken_) database_tx_->change(isolation_, read_only_, deferrable_);
}

void TransactionBlock::begin_block(const query::TransactionModes& modes) {
  if (state_ == State::idle) start(State::implicit);
  set_modes(modes);
  state_ = State::block;
}

void TransactionBlock::set_modes(const query::TransactionModes& modes) {
  using transaction::Isolation;
  if (modes.isolation) {
    const Isolation wanted = *modes.isolation == query::Isolation::serializable
                                 ? Isolation::serializable
                             : *modes.isolation == query::Isolation::repeatable_read
                                 ? Isolation::repeatable_read
                                 : Isolation::read_committed;
    if (wanted != isolation_) {
      if (view_taken_)
        throw SqlError("25001", "SET TRANSACTION ISOLATION LEVEL must be called before any query");
      if (!savepoints_.empty())
        throw SqlError("25001",
                       "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
    }
  }
  if (modes.read_only && !*modes.read_only && access_ == Access::read_only)
    throw SqlError("0A000", "cannot set transaction read-write mode while sextant.as_of is set");
  if (modes.read_only && !*modes.read_only && read_only_) {
    if (!savepoints_.empty())
      throw SqlError("25001",
                     "cannot set transaction read-write mode inside a read-only transaction");
    if (view_taken_)
      throw SqlError("25001", "transaction read-write mode must be set before any query");
  }
  if (modes.deferrable) {
    if (!savepoints_.empty())
      throw SqlError("25001",
                     "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction");
    if (view_taken_)
      throw SqlError("25001", "SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
  }
  apply(modes);
}

void TransactionBlock::finish() {
  if (catalog_ != nullptr) catalog_->transaction_ended();
  savepoints_.clear();
  state_ = State::idle;
}

bool TransactionBlock::commit() {
  if (state_ == State::failed) {
    rollback();
    return false;
  }
  if (state_ == State::idle) return true;
  wal::Lsn database_lsn, system_lsn;
  try {
    if (database_tx_) database_tx_->prepare_commit();
    // The system volume first: what it says about this database (a role that owns something) is
    // there before the database refers to it.
    if (catalog_ != nullptr && (catalog_->has_changes() || catalog_->has_system_changes())) {
      catalog::CommitInvalidation invalidation(*catalog_);
      if (system_tx_) system_lsn = commit_holding_locks(*system_tx_);
      if (database_tx_) database_lsn = commit_holding_locks(*database_tx_);
      invalidation.committed(database_lsn, system_lsn);
      if (system_lsn != wal::kNoLsn) wait_durable(system_, system_lsn);
      wait_durable(database_, database_lsn);
    } else {
      if (system_tx_) system_lsn = system_tx_->commit();
      if (database_tx_) database_lsn = database_tx_->commit();
    }
  } catch (...) {
    rollback();
    throw;
  }
  database_.transactions().usage().add(transaction::UsageRegistry::commits);
  database_tx_.reset();
  system_tx_.reset();
  while (settings_.levels() > 0) settings_.commit_level();
  finish();
  if (system_lsn != wal::kNoLsn) wait_durable(system_, system_lsn);
  wait_durable(database_, database_lsn);
  return true;
}

void TransactionBlock::prepare(const std::string& gid, types::Oid owner) {
  wal::Lsn lsn;
  try {
    if (system_tx_ && system_tx_->has_written())
      throw SqlError::not_supported("PREPARE TRANSACTION of a change to a shared catalogue");
    database_transaction();
    lsn = transaction::prepare_transaction(
        database_tx_, {.gid = gid,
                       .owner = owner,
                       .prepared_at = current_timestamp(),
                       .changed_catalog = catalog_ != nullptr && catalog_->has_changes()});
  } catch (...) {
    rollback();
    throw;
  }
  database_tx_.reset();
  if (system_tx_) system_tx_->abort();
  system_tx_.reset();
  while (settings_.levels() > 0) settings_.commit_level();
  finish();
  wait_durable(database_, lsn);
}

void TransactionBlock::rollback() {
  note_answered();
  // What failed without a savepoint was rolled back then, and counted.
  if (state_ != State::idle && (state_ != State::failed || !savepoints_.empty()))
    database_.transactions().usage().add(transaction::UsageRegistry::rollbacks);
  if (database_tx_) database_tx_->abort();
  if (system_tx_) system_tx_->abort();
  database_tx_.reset();
  system_tx_.reset();
  while (settings_.levels() > 0) settings_.rollback_level();
  finish();
}

void TransactionBlock::fail() {
  switch (state_) {
    case State::idle:
      return;
    case State::implicit:
      rollback();
      return;
    case State::failed:
      return;
    case State::block:
      if (savepoints_.empty()) {
        // Locks go now, not when the client gets round to ROLLBACK.
        rollback();
      } else {
        undo_to(savepoints_.back());
      }
      state_ = State::failed;
      return;
  }
}

void TransactionBlock::savepoint(const std::string& name) {
  Level level;
  level.name = name;
  level.read_only = read_only_;
  if (catalog_ != nullptr) level.temporary_schema = catalog_->temporary_schema();
  if (database_tx_) {
    level.had_database = true;
    level.database = database_tx_->lasting_savepoint();
  }
  if (system_tx_) {
    level.had_system = true;
    level.system = system_tx_->lasting_savepoint();
  }
  savepoints_.push_back(std::move(level));
  settings_.begin_level();
}

std::size_t TransactionBlock::find(const std::string& name) const {
  for (std::size_t i = savepoints_.size(); i > 0; --i)
    if (savepoints_[i - 1].name == name) return i - 1;
  throw SqlError("3B001", fmt::format("savepoint \"{}\" does not exist", name));
}

std::optional<std::size_t> TransactionBlock::level_of(const std::string& savepoint) const {
  for (std::size_t i = savepoints_.size(); i > 0; --i)
    if (savepoints_[i - 1].name == savepoint) return i - 1;
  return std::nullopt;
}

void TransactionBlock::release(const std::string& name) {
  std::size_t keep = find(name);
  const bool was_read_only = savepoints_[keep].read_only;
  while (savepoints_.size() > keep) {
    savepoints_.pop_back();
    settings_.commit_level();
  }
  // What a subtransaction says of itself ends with it.
  if (read_only_ != was_read_only) {
    read_only_ = was_read_only;
    settings_.set("transaction_read_only", read_only_ ? "on" : "off", SettingSource::session, true);
  }
}

void TransactionBlock::undo_to(const Level& level) {
  auto undo = [this](transaction::TransactionPtr& transaction, bool existed,
                 const transaction::Savepoint& savepoint) {
    if (!transaction) return;
    if (existed) {
      transaction->rollback_to(savepoint);
    } else {
      note_answered();
      transaction->abort();
      transaction.reset();
    }
  };
  undo(database_tx_, level.had_database, level.database);
  undo(system_tx_, level.had_system, level.system);
  read_only_ = level.read_only;
  if (catalog_ != nullptr) {
    catalog_->rolled_back_to();
    catalog_->set_temporary_schema(level.temporary_schema);
  }
}

void TransactionBlock::rollback_to(const std::string& name) {
  std::size_t keep = find(name);
  undo_to(savepoints_[keep]);
  while (savepoints_.size() > keep + 1) {
    savepoints_.pop_back();
    settings_.rollback_level();
  }
  settings_.rollback_level();
  settings_.begin_level();
  if (state_ == State::failed) state_ = State::block;
}

void TransactionBlock::note_answered() {
  if (database_tx_)
    database_answered_ = std::max(database_answered_, database_tx_->lsn_to_wait_for());
  if (system_tx_) system_answered_ = std::max(system_answered_, system_tx_->lsn_to_wait_for());
}

void TransactionBlock::wait_for_answered() {
  wait_durable(database_, std::exchange(database_answered_, wal::kNoLsn));
  wait_durable(system_, std::exchange(system_answered_, wal::kNoLsn));
}

void TransactionBlock::next_command() {
  if (database_tx_) database_tx_->next_command();
  if (system_tx_) system_tx_->next_command();
}

}  // namespace session
