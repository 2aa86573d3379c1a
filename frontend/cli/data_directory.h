// The data directory of an embedded server: version, lock, and whether its first start got through.
#pragma once

#include <filesystem>

#include "locked_directory.h"

namespace cli {

// Held while the server runs. Layout, beside LockedDirectory's:
//   initialising      there until the first start has made its databases durable
//   tails             there when a2, b2 and c2 keep log alone
//   a1 .. c2          one page-store node each
//   temp              spill files, emptied at start
class DataDirectory {
 public:
  // What an interrupted first start left is removed: nothing in it was ever acknowledged. `all_full`: a
  // new one has no tails. Throws DataDirectoryError saying what to do.
  DataDirectory(std::filesystem::path path, bool all_full);

  const std::filesystem::path& path() const { return directory_.path(); }
  const std::filesystem::path& temp() const { return temp_; }
  bool is_new() const { return is_new_; }
  bool has_tails() const { return has_tails_; }

  // After the databases of a first start are durable.
  void mark_initialised();

 private:
  LockedDirectory directory_;
  std::filesystem::path temp_;
  bool is_new_ = false;
  bool has_tails_ = false;
};

}  // namespace cli
