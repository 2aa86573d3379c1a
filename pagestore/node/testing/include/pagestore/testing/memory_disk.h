// A disk in memory that forgets, tears and breaks on demand: for tests and the simulator.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "pagestore/disk.h"
#include "pagestore/node_core.h"

namespace pagestore::testing {

// Keeps apart what was written and what was made durable. Commands are queued and take effect
// one at a time, when the test says so: a crash falls between any two.
class MemoryDisk : public DiskReader {
 public:
  MemoryDisk();

  // Queues the disk commands of an output, which loses them.
  void submit(NodeCore::Output& output);

  std::size_t pending() const { return queue_.size(); }
  // Carries out the oldest command, or any by its place in the queue, and tells the core.
  void complete_one(NodeCore& core, std::size_t which = 0);

  // Power fails: commands not carried out are lost; of each write not yet synced, every sector of
  // 512 bytes survives or not as `random` says.
  void crash(std::mt19937_64& random);

  // From now on every write and sync fails.
  void fail_writes(bool fail) { writes_fail_ = fail; }
  // No new extent can be allocated beyond this many bytes in all.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }

  // Damage for tests. `file` as in extent_files().
  void flip_bit(FileNo file, std::uint64_t offset, unsigned bit = 0);
  void truncate_file(FileNo file, std::uint64_t size);
  void remove_file(FileNo file);
  std::vector<std::byte>& content(FileNo file) { return files_.at(file); }

  std::uint64_t syncs() const { return syncs_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t bytes_read_at_opening() const { return bytes_read_; }
  void reset_counters() { syncs_ = reads_ = bytes_read_ = 0; }

  std::vector<File> extent_files() override;
  bool read(FileNo file, std::uint64_t offset, std::span<std::byte> into) override;

 private:
  struct Command {
    enum class Kind { write, sync, read, prepare, remove } kind{};
    DiskWrite write;
    DiskRead read;
    DiskPrepare prepare;
    FileNo removed{};
  };

  // A write in the page cache: what it replaced, to be put back where a crash loses it.
  struct Unsynced {
    FileNo file{};
    std::uint64_t offset = 0;
    std::vector<std::byte> before;
  };

  void carry_out(Command& command, NodeCore& core);

  std::map<FileNo, std::vector<std::byte>> files_;
  std::vector<Command> queue_;
  std::vector<Unsynced> unsynced_;
  std::vector<std::byte> read_;  // what the core is looking at
  bool writes_fail_ = false;
  std::uint64_t capacity_ = ~std::uint64_t{0};
  std::uint64_t syncs_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace pagestore::testing
