// The disk space of temporary files: of one execution, or of what a session keeps beyond one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace transaction {
class UsageRegistry;
}

namespace operators {

// Outlives the files that it counts. Not thread-safe.
class SpillSpace {
 public:
  // An empty directory: nothing can spill. `limit_bytes` is temp_file_limit; UINT64_MAX: none.
  // `usage`: who is told; null: nobody. May be called again: files that are open stay and count.
  void configure(std::string_view directory, std::uint64_t limit_bytes, transaction::UsageRegistry* usage);
  bool available() const { return !directory_.empty(); }

  // A file without a name, which the system removes with its descriptor, however this process
  // ends. Throws SqlError 53100 and the like.
  int open_file();
  // Throws SqlError 53400 past the limit.
  void charge(std::uint64_t bytes);
  void release(std::uint64_t bytes) { used_bytes_ -= bytes; }
  std::uint64_t used_bytes() const { return used_bytes_; }

 private:
  std::string directory_;
  std::uint64_t limit_bytes_ = UINT64_MAX;
  std::uint64_t used_bytes_ = 0;
  transaction::UsageRegistry* usage_ = nullptr;
};

}  // namespace operators
