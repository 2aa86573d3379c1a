#include "pagestore/testing/memory_disk.h"

#include <algorithm>
#include <cstring>

#include "wal/check.h"

namespace pagestore::testing {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kBlockMin = 64;  // of NodeOptions::block_bytes

}  // namespace

MemoryDisk::MemoryDisk() { files_[kRootFile].resize(kRootFileBytes); }

void MemoryDisk::submit(NodeCore::Output& output) {
  for (DiskWrite& write : output.writes) {
    Command& command = queue_.emplace_back();
    command.kind = Command::Kind::write;
    command.write = std::move(write);
  }
  for (const DiskRead& read : output.reads) {
    Command& command = queue_.emplace_back();
    command.kind = Command::Kind::read;
    command.read = read;
  }
  for (const DiskPrepare& prepare : output.prepares) {
    Command& command = queue_.emplace_back();
    command.kind = Command::Kind::prepare;
    command.prepare = prepare;
  }
  for (const DiskRemove& remove : output.removes) {
    Command& command = queue_.emplace_back();
    command.kind = Command::Kind::remove;
    command.removed = remove.file;
  }
  output.writes.clear();
  output.reads.clear();
  output.prepares.clear();
  output.removes.clear();
}

void MemoryDisk::complete_one(NodeCore& core, std::size_t which) {
  CHECK(which < queue_.size());
  Command& command = queue_[which];
  if (command.kind == Command::Kind::write && !writes_fail_) {
    // First into the page cache; the same command comes up again as the sync.
    const DiskWrite& write = command.write;
    auto& file = files_.at(write.file);
    std::uint64_t offset = write.offset;
    std::uint64_t length = 0;
    for (const auto& slice : write.slices) length += slice.size();
    CHECK(offset + length <= file.size());
    CHECK(write.file == kRootFile || (offset % kBlockMin == 0 && length % kBlockMin == 0));
    const auto from = file.begin() + static_cast<std::ptrdiff_t>(offset);
    unsynced_.push_back(
        {write.file, offset, {from, from + static_cast<std::ptrdiff_t>(length)}});
    for (const auto& slice : write.slices) {
      if (!slice.empty()) std::memcpy(file.data() + offset, slice.data(), slice.size());
      offset += slice.size();
    }
    command.kind = Command::Kind::sync;
    return;
  }
  Command taken = std::move(command);
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(which));
  carry_out(taken, core);
}

void MemoryDisk::carry_out(Command& command, NodeCore& core) {
  switch (command.kind) {
    case Command::Kind::write:
      core.write_done(command.write.id, false);
      return;
    case Command::Kind::sync:
      if (!writes_fail_) {
        ++syncs_;
        std::erase_if(unsynced_,
                      [&](const Unsynced& write) { return write.file == command.write.file; });
      }
      core.write_done(command.write.id, !writes_fail_);
      return;
    case Command::Kind::read: {
      ++reads_;
      const auto found = files_.find(command.read.file);
      const std::uint64_t end = command.read.offset + command.read.length;
      if (found == files_.end() || end > found->second.size()) {
        core.read_done(command.read.id, {});
        return;
      }
      // A copy: the core may have the file written while it looks at the bytes.
      read_.assign(found->second.begin() + static_cast<std::ptrdiff_t>(command.read.offset),
                   found->second.begin() + static_cast<std::ptrdiff_t>(end));
      core.read_done(command.read.id, read_);
      return;
    }
    case Command::Kind::prepare: {
      std::uint64_t used = 0;
      for (const auto& [file, bytes] : files_) used += bytes.size();
      const bool fits = used + command.prepare.size <= capacity_ && !writes_fail_;
      if (fits) files_[command.prepare.file].assign(command.prepare.size, std::byte{});
      core.file_ready(command.prepare.file, fits);
      return;
    }
    case Command::Kind::remove:
      files_.erase(command.removed);
      return;
  }
}

void MemoryDisk::crash(std::mt19937_64& random) {
  queue_.clear();
  // Newest first, so that a sector lost twice ends as it was before both.
  std::reverse(unsynced_.begin(), unsynced_.end());
  const std::uint64_t mood = random() % 4;  // all lost, all kept, or torn
  for (const Unsynced& write : unsynced_) {
    auto& file = files_.at(write.file);
    for (std::uint64_t at = 0; at < write.before.size();) {
      const std::uint64_t place = write.offset + at;
      const std::uint64_t length =
          std::min<std::uint64_t>(kSector - place % kSector, write.before.size() - at);
      const bool lost = mood == 0 || (mood != 1 && random() % 2 == 0);
      if (lost) std::memcpy(file.data() + place, write.before.data() + at, length);
      at += length;
    }
  }
  unsynced_.clear();
}

void MemoryDisk::flip_bit(FileNo file, std::uint64_t offset, unsigned bit) {
  files_.at(file).at(offset) ^= static_cast<std::byte>(1u << bit);
}

void MemoryDisk::truncate_file(FileNo file, std::uint64_t size) { files_.at(file).resize(size); }

void MemoryDisk::remove_file(FileNo file) { files_.erase(file); }

std::vector<DiskReader::File> MemoryDisk::extent_files() {
  std::vector<File> files;
  for (const auto& [file, bytes] : files_) {
    if (file != kRootFile) files.push_back({file, bytes.size()});
  }
  return files;
}

bool MemoryDisk::read(FileNo file, std::uint64_t offset, std::span<std::byte> into) {
  const auto found = files_.find(file);
  if (found == files_.end() || offset + into.size() > found->second.size()) return false;
  if (!into.empty()) std::memcpy(into.data(), found->second.data() + offset, into.size());
  bytes_read_ += into.size();
  return true;
}

}  // namespace pagestore::testing
