// From mini-transactions to chunks: LSNs are given and records laid out here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "pagestore/messages.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/mini_transaction.h"

namespace wal {

// A stretch (begin, end] of the volume's log, cut by protection group (pagestore/messages.h).
struct Chunk {
  struct Part {
    GroupNo group{};
    Lsn prev_part_end;
    pagestore::SharedBytes records;
  };
  Lsn begin;
  Lsn end;
  std::vector<Part> parts;
};

// Sans-IO; not thread-safe: append() is the writer's critical section and nothing but LSN
// arithmetic, checksums and copying.
class ChunkBuilder {
 public:
  // The log continues behind the chunk that ended at `chain_end`; the first record begins at
  // `next_lsn`. `tails`: the end of each group's last part; `branch_lsn` where it has none.
  ChunkBuilder(Lsn chain_end, Lsn next_lsn, Lsn branch_lsn, std::uint64_t pages_per_group,
               std::map<GroupNo, Lsn> tails);

  // Gives each record its Lsn, stamps its page and adds it to the open chunk. Returns the last
  // record's Lsn: the consistency point.
  Lsn append(std::span<MiniTransaction::PendingRecord> records);

  bool empty() const { return full_.empty() && open_.empty(); }
  // End of the last chunk taken.
  Lsn chain_end() const { return chain_end_; }
  // End of the chunk take() would return. Requires !empty().
  Lsn next_end() const;
  // The oldest chunk not yet taken, closed for further records. Requires !empty().
  Chunk take();

 private:
  struct OpenPart {
    GroupNo group{};
    std::vector<std::byte> records;
  };
  struct Full {
    Lsn end;
    std::vector<OpenPart> parts;
  };
  // Control records belong to no page; they ride with the volume header's group.
  GroupNo group_of(const MiniTransaction::PendingRecord& record) const;
  std::vector<std::byte>& records_of(GroupNo group);

  const std::uint64_t pages_per_group_;
  const Lsn branch_lsn_;
  Lsn chain_end_;
  Lsn position_;
  std::vector<OpenPart> open_;
  std::size_t open_bytes_ = 0;
  std::deque<Full> full_;  // too large to grow further, not yet taken
  std::map<GroupNo, Lsn> tails_;
};

}  // namespace wal
