// A sequence is a tree with one entry: it is made, dropped and rolled back like a table, while its
// entry changes outside of any transaction.
#include "table/sequence.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "btree/tree.h"
#include "transaction/manager.h"
#include "types/sql_error.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"

namespace table {
namespace {

using transaction::TransactionManager;

// Numbers logged beyond what was asked for: what a crash may skip.
constexpr std::int64_t kLogAhead = 32;
constexpr std::string_view kEntryKey = "sequence";

// The entry's value.
struct Stored {
  std::int64_t last_value;
  std::int64_t is_called;
};
static_assert(std::has_unique_object_representations_v<Stored>);

struct Memory final : TransactionManager::TreeMemory {
  std::mutex mutex;  // never held across park()
  bool is_loaded = false;
  SequenceState state;     // log_count: numbers that may be given out without logging
  wal::Lsn logged;         // the record that covers them
  std::int64_t increment = 0;  // that log_count counts in
};

std::shared_ptr<Memory> memory_of(TransactionManager& manager, wal::PageNo page) {
  return std::static_pointer_cast<Memory>(manager.tree_memory(
      page, +[]() -> std::shared_ptr<TransactionManager::TreeMemory> {
        return std::make_shared<Memory>();
      }));
}

Stored load(btree::Bytes value) {
  Stored stored;
  CHECK(value.size() == sizeof(stored));
  std::memcpy(&stored, value.data(), sizeof(stored));
  return stored;
}

// With the entry's leaf latched and the memory locked.
void log_state(TransactionManager& manager, btree::ExclusiveLeaf& leaf, Memory& memory,
               const Stored& stored) {
  wal::MiniTransaction mtr(manager.volume());
  leaf.overwrite(mtr, 0, std::as_bytes(std::span(&stored, 1)));
  memory.logged = mtr.commit();
}

// How many further steps stay within the limits.
std::uint64_t steps_left(const SequenceOptions& options, std::int64_t from) {
  if (options.increment > 0) {
    return from > options.maximum ? 0
                                  : (static_cast<std::uint64_t>(options.maximum) -
                                     static_cast<std::uint64_t>(from)) /
                                        static_cast<std::uint64_t>(options.increment);
  }
  const std::uint64_t step = ~static_cast<std::uint64_t>(options.increment) + 1;
  return from < options.minimum ? 0
                                : (static_cast<std::uint64_t>(from) -
                                   static_cast<std::uint64_t>(options.minimum)) /
                                      step;
}

std::int64_t advance(std::int64_t from, std::int64_t increment, std::uint64_t steps) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                   static_cast<std::uint64_t>(increment) * steps);
}

struct Taken {
  std::int64_t first;
  std::uint64_t count;
  bool wrapped;
};

Taken take(const SequenceOptions& options, const SequenceState& state, std::int64_t count,
           const char* name) {
  const bool ascending = options.increment > 0;
  Taken taken{state.last_value, 1, false};
  if (state.is_called) {
    if (steps_left(options, state.last_value) > 0) {
      taken.first = advance(state.last_value, options.increment, 1);
    } else if (options.cycle) {
      taken.first = ascending ? options.minimum : options.maximum;
      taken.wrapped = true;
    } else {
      throw types::SqlError(
          "2200H", fmt::format("nextval: reached {} value of sequence \"{}\" ({})",
                               ascending ? "maximum" : "minimum", name,
                               ascending ? options.maximum : options.minimum));
    }
  }
  taken.count = std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 1)),
                                        steps_left(options, taken.first) + 1);
  return taken;
}

}  // namespace

wal::PageNo create_sequence(transaction::Transaction& transaction, std::int64_t start) {
  TransactionManager& manager = transaction.manager();
  const wal::PageNo page = manager.create_tree(transaction);
  const Stored stored{start, 0};
  btree::ExclusiveLeaf leaf =
      btree::Tree(manager.space(), page).seek_exclusive(btree::bytes_of(kEntryKey));
  wal::MiniTransaction mtr(manager.volume());
  leaf.insert(mtr, std::as_bytes(std::span(&stored, 1)));
  mtr.commit();
  return page;
}

void drop_sequence(transaction::Transaction& transaction, wal::PageNo page) {
  transaction.manager().drop_tree(transaction, page, false);
}

std::int64_t next_value(TransactionManager& manager, wal::PageNo page,
                        const SequenceOptions& options, std::int64_t count, std::int64_t* granted,
                        const char* name, transaction::Transaction* reader) {
  CHECK(options.increment != 0);
  const std::shared_ptr<Memory> memory = memory_of(manager, page);
  const auto give = [&](const Taken& taken) {
    memory->state.last_value = advance(taken.first, options.increment, taken.count - 1);
    memory->state.is_called = true;
    if (granted != nullptr) *granted = static_cast<std::int64_t>(taken.count);
    if (reader != nullptr) reader->note_seen(memory->logged);
    return taken.first;
  };
  {
    std::lock_guard lock(memory->mutex);
    if (memory->is_loaded && memory->increment == options.increment) {
      const Taken taken = take(options, memory->state, count, name);
      if (!taken.wrapped && memory->state.is_called &&
          taken.count <= static_cast<std::uint64_t>(memory->state.log_count)) {
        memory->state.log_count -= static_cast<std::int64_t>(taken.count);
        return give(taken);
      }
    }
  }
  btree::ExclusiveLeaf leaf =
      btree::Tree(manager.space(), page).seek_exclusive(btree::bytes_of(kEntryKey));
  CHECK(leaf.found());
  std::lock_guard lock(memory->mutex);
  if (!memory->is_loaded) {
    const Stored stored = load(leaf.value());
    memory->state = {stored.last_value, 0, stored.is_called != 0};
    memory->is_loaded = true;
  }
  const Taken taken = take(options, memory->state, count, name);
  const std::int64_t last = advance(taken.first, options.increment, taken.count - 1);
  const std::uint64_t ahead =
      std::min<std::uint64_t>(kLogAhead, steps_left(options, last));
  log_state(manager, leaf, *memory, {advance(last, options.increment, ahead), 1});
  memory->state.log_count = static_cast<std::int64_t>(ahead);
  memory->increment = options.increment;
  return give(taken);
}

void set_value(TransactionManager& manager, wal::PageNo page, std::int64_t value, bool is_called) {
  const std::shared_ptr<Memory> memory = memory_of(manager, page);
  btree::ExclusiveLeaf leaf =
      btree::Tree(manager.space(), page).seek_exclusive(btree::bytes_of(kEntryKey));
  CHECK(leaf.found());
  std::lock_guard lock(memory->mutex);
  log_state(manager, leaf, *memory, {value, is_called ? 1 : 0});
  memory->state = {value, 0, is_called};
  memory->is_loaded = true;
}

wal::Lsn settle_sequence(TransactionManager& manager, wal::PageNo page) {
  const std::shared_ptr<Memory> memory = memory_of(manager, page);
  const auto is_ahead = [&] { return memory->is_loaded && memory->state.log_count > 0; };
  {
    std::lock_guard lock(memory->mutex);
    if (!is_ahead()) return wal::kNoLsn;
  }
  btree::ExclusiveLeaf leaf =
      btree::Tree(manager.space(), page).seek_exclusive(btree::bytes_of(kEntryKey));
  CHECK(leaf.found());
  std::lock_guard lock(memory->mutex);
  if (!is_ahead()) return wal::kNoLsn;
  log_state(manager, leaf, *memory, {memory->state.last_value, memory->state.is_called ? 1 : 0});
  memory->state.log_count = 0;
  return memory->logged;
}

SequenceState read_sequence(TransactionManager& manager, wal::PageNo page) {
  const std::shared_ptr<Memory> memory = memory_of(manager, page);
  {
    std::lock_guard lock(memory->mutex);
    if (memory->is_loaded) return memory->state;
  }
  btree::SharedLeaf leaf =
      btree::Tree(manager.space(), page).seek_shared(btree::bytes_of(kEntryKey));
  CHECK(leaf.found());
  const Stored stored = load(leaf.value());
  return {stored.last_value, 0, stored.is_called != 0};
}

}  // namespace table
