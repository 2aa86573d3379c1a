// The node log's writing end: gathers entries, writes them batch by batch, rolls extents.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "io.h"
#include "log_entry.h"
#include "log_item.h"

namespace pagestore {

struct Extent {
  std::uint32_t number = 0;
  FileNo file{};
  std::uint64_t size = 0;
  std::uint32_t end = 0;  // of its last entry, bytes
};

// Group commit: while one batch is being written and synced the next one gathers. One write and
// one sync per batch, whatever it holds; a batch never spans two extents, and takes whole blocks.
// Patient items alone begin no batch, so that they share a block with what they came for.
class NodeLog {
 public:
  // `durable` gets the items of a batch, in order, once they are synced; `failed` is called once,
  // with the items that will never be, when the disk refused.
  using Durable = std::function<void(std::vector<LogItem>)>;
  using Failed = std::function<void(const char* what, std::vector<LogItem>)>;

  NodeLog(const NodeOptions& options, Io& io, Durable durable, Failed failed);

  // --- opening -----------------------------------------------------------------------------------
  // Extents found on disk, ascending; the last one is written on, behind its `end`. Where that is within
  // a block, because a crash tore the last batch, `tail` is what the block holds in front of it.
  void adopt_extent(Extent extent, std::vector<std::byte> tail = {});
  // The header CRC of the last entry there is.
  void adopt_chain(std::uint32_t previous) { previous_ = synced_crc_ = previous; }
  // A file that holds nothing needed. Files not named stay untouched.
  void adopt_free_file(FileNo file, std::uint64_t size);
  void adopt_unusable_file(FileNo file);

  // --- running -----------------------------------------------------------------------------------
  // After failure items come back through `failed` at once.
  void append(LogItem item);
  // Starts a batch if none is under way. Call after a round of append().
  void pump();
  // Patient items have waited long enough: the next pump() takes them.
  void hurry() { urgent_ = true; }
  // Only patient items are gathered, and no batch is under way that the next one would follow.
  bool is_waiting() const { return !gathered_.empty() && !urgent_ && in_flight_.empty(); }
  void file_ready(FileNo file, bool ok);

  bool failed() const { return failed_; }
  bool idle() const { return in_flight_.empty() && gathered_.empty(); }
  // The effects, in log order, of what is not durable yet.
  template <typename Visit>
  void for_each_waiting(Visit visit) const {
    for (const auto* items : {&in_flight_, &gathered_}) {
      for (const LogItem& item : *items) visit(item.effect);
    }
  }

  // The log below this is durable.
  LogPosition synced() const { return synced_; }
  // Header CRC of the last durable entry.
  std::uint32_t synced_crc() const { return synced_crc_; }
  std::uint64_t bytes_written() const { return bytes_written_; }
  // Of the last batch, bytes.
  std::uint64_t padding() const { return last_padding_; }
  const std::map<std::uint32_t, Extent>& extents() const { return extents_; }
  const Extent* extent(std::uint32_t number) const;
  // The extent written to now; 0 before the first.
  std::uint32_t current() const { return extents_.empty() ? 0 : extents_.rbegin()->first; }

  // Nothing in the extent is needed any more, not even for an opening: its file may be reused.
  void free_extent(std::uint32_t number);

  // The disk cannot be trusted any more: everything waiting, and to come, is refused.
  void fail(const char* what);

  std::uint64_t disk_bytes() const;
  void check_invariants() const;

 private:
  struct File {
    FileNo file{};
    std::uint64_t size = 0;
  };

  bool room_for(std::uint64_t bytes) const;
  std::uint64_t whole_blocks(std::uint64_t bytes) const;
  std::uint64_t next_entry_size() const;  // 0: only replies are waiting
  bool roll(std::uint64_t first_entry);
  void prepare(std::uint64_t at_least);
  void start_batch();
  std::uint64_t pad(const Extent& extent, std::uint64_t end,
                    std::vector<std::span<const std::byte>>& slices);
  void on_written(bool ok);

  const NodeOptions& options_;
  Io& io_;
  Durable durable_;
  Failed report_failure_;

  std::map<std::uint32_t, Extent> extents_;
  std::vector<File> free_files_;
  std::optional<File> preparing_;
  bool prepare_failed_ = false;
  std::uint32_t next_file_ = 0;

  std::vector<LogItem> gathered_;
  bool urgent_ = false;          // something gathered waits for nothing
  std::vector<LogItem> in_flight_;
  std::uint64_t in_flight_bytes_ = 0;
  EntryHeader padding_{};        // of the batch in flight
  std::vector<std::byte> tail_;  // of the block that the next batch begins in; usually nothing
  std::uint32_t previous_ = 0;
  std::uint32_t synced_crc_ = 0;
  LogPosition synced_;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t last_padding_ = 0;
  bool failed_ = false;
};

}  // namespace pagestore
