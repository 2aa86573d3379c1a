// Sequences: numbers that are handed out once, whatever becomes of the transaction.
#pragma once

#include <cstdint>

#include "transaction/transaction.h"
#include "wal/ids.h"

namespace table {

// pg_sequence's row.
struct SequenceOptions {
  std::int64_t start = 1;
  std::int64_t increment = 1;
  std::int64_t minimum = 1;
  std::int64_t maximum = INT64_MAX;
  bool cycle = false;
};

// The sequence relation's row.
struct SequenceState {
  std::int64_t last_value = 1;
  std::int64_t log_count = 0;
  bool is_called = false;
};

// A page of its own; gone when the transaction aborts.
wal::PageNo create_sequence(transaction::Transaction& transaction, std::int64_t start);
void drop_sequence(transaction::Transaction& transaction, wal::PageNo page);

// The first of `count` numbers reserved for the caller (CACHE): first, first + increment, ...;
// fewer near the end, told in `granted`. Logs 32 ahead, so most calls write nothing. A number's
// record rides before whatever uses it: durable before its user's commit. Throws SqlError 2200H
// at the end without CYCLE ("reached maximum value of sequence" is the caller's to name: `name`).
// `reader`: waits for the number's record, too, before it answers (lsn_to_wait_for()).
std::int64_t next_value(transaction::TransactionManager& manager, wal::PageNo page,
                        const SequenceOptions& options, std::int64_t count,
                        std::int64_t* granted, const char* name,
                        transaction::Transaction* reader = nullptr);

void set_value(transaction::TransactionManager& manager, wal::PageNo page, std::int64_t value,
               bool is_called);

// Logs what was given out in place of what was logged ahead: whoever takes the sequence up from the log
// (a clone, the next to open the database) skips nothing. Writes only when something is ahead: the end of
// that, else kNoLsn.
wal::Lsn settle_sequence(transaction::TransactionManager& manager, wal::PageNo page);

SequenceState read_sequence(transaction::TransactionManager& manager, wal::PageNo page);

}  // namespace table
