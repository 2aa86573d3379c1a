// Redo records sorted by the region of pages that they change, within bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace archive {

// Not thread-safe. Throws ArchiveError (store) when the disk says no.
class LogSorter {
 public:
  // What does not fit into `memory_bytes` goes to nameless files in `directory`.
  LogSorter(std::string directory, std::size_t memory_bytes);
  ~LogSorter();
  LogSorter(const LogSorter&) = delete;
  LogSorter& operator=(const LogSorter&) = delete;

  void add(std::size_t region, std::span<const std::byte> record);
  std::size_t regions() const { return regions_.size(); }
  bool is_empty(std::size_t region) const {
    return region >= regions_.size() || (regions_[region].memory.empty() && regions_[region].file_bytes == 0);
  }
  // Everything added to the region, in the order of addition; forgets it.
  std::vector<std::byte> take(std::size_t region);

 private:
  struct Region {
    std::vector<std::byte> memory;
    int file = -1;
    std::uint64_t file_bytes = 0;
  };
  void spill();

  const std::string directory_;
  const std::size_t memory_bytes_;
  std::size_t used_ = 0;
  std::vector<Region> regions_;
};

}  // namespace archive
