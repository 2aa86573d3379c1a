// The undo logs of a volume: lending them to transactions, reading their records.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "btree/space.h"
#include "buffer/page_guard.h"
#include "buffer/paged_volume.h"
#include "undo_format.h"
#include "wal/mini_transaction.h"

namespace transaction {

// One log. The borrower uses `last_page`, `used` and `pin`; the purge what is behind `mutex`.
struct UndoLog {
  std::uint32_t number = 0;
  wal::PageNo last_page = wal::kNoPage;
  std::uint16_t used = 0;        // in last_page
  buffer::PinnedPage pin;        // of last_page, while lent

  // Records of transactions that have ended lie up to here; the last of them ended at `lsn`, none before
  // `oldest`.
  struct Ended {
    wal::PageNo page;
    std::uint16_t end;
    wal::Lsn lsn;
    wal::Lsn oldest;
  };
  std::mutex mutex;
  std::deque<Ended> ended;       // not purged yet, oldest first; one per page at most

  // Only the purge's: where it goes on.
  wal::PageNo purge_page = wal::kNoPage;
  std::uint16_t purge_offset = 0;
  std::uint16_t purged_on_disk = 0;  // UndoPageHeader::purged of purge_page
};

// What the last page of a log said at start: a transaction that had not ended.
struct Unfinished {
  UndoLog* log;
  Xid xid;
  UndoPointer last_record;
  bool prepared = false;
  struct LockOwner* owner = nullptr;  // of its implicit locks
};

// Thread-safe. Latch order: undo page, directory page, space map.
class UndoStore {
 public:
  explicit UndoStore(btree::Space& space);
  ~UndoStore();

  static void format(btree::Space& space);

  // Reads directory and last pages; every log without an unfinished transaction may be lent. What
  // has ended before is to be purged at `start`. Parks.
  std::vector<Unfinished> open(wal::Lsn start);

  // Parks.
  UndoLog& borrow();
  void give_back(UndoLog& log);

  // Gives a lent log a new last page; `begun`: its transaction has records. Parks.
  void extend(UndoLog& log, bool begun);
  // Frees the first page of a log, which is not its last. Parks.
  void free_first(UndoLog& log);

  // Copies the record out. Parks.
  UndoRecord read(UndoPointer pointer, std::vector<std::byte>& buffer);

  // Of the transactions that had ended at open(): Unix epoch, microseconds, rounded up to a
  // millisecond; 0: none is known.
  std::int64_t newest_end_us() const { return newest_end_us_; }

  std::vector<UndoLog*> logs();
  buffer::PagedVolume& pages() const { return pages_; }
  btree::Space& space() const { return space_; }

 private:
  UndoLog& create_log();
  void add_directory_page(std::size_t after, wal::PageNo page_no);
  const buffer::PinnedPage& directory_of(std::uint32_t log);

  btree::Space& space_;
  buffer::PagedVolume& pages_;
  std::int64_t newest_end_us_ = 0;
  std::mutex mutex_;  // what follows; never held across park()
  std::deque<std::unique_ptr<UndoLog>> logs_;
  std::vector<UndoLog*> free_logs_;
  std::deque<buffer::PinnedPage> directory_;  // every page, pinned
};

}  // namespace transaction
