// A directory that one process of one role uses: made, versioned, locked.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct DataDirectoryError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Held while the process runs. In it:
//   SEXTANT_VERSION   "1" or "1 ROLE": the format of everything beside it; ROLE is not `start`
//   lock              flock()ed
class LockedDirectory {
 public:
  // `role`: the subcommand. Makes the directory when it is not there. A directory without a version
  // must be empty but for `own` files. Throws DataDirectoryError saying what to do.
  LockedDirectory(std::filesystem::path path, std::string_view role,
                  const std::vector<std::string_view>& own = {});
  ~LockedDirectory();
  LockedDirectory(const LockedDirectory&) = delete;
  LockedDirectory& operator=(const LockedDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // No version yet.
  bool is_new() const { return is_new_; }
  // Writes the version, durably: the directory is ours.
  void mark_ours();

  // Makes it, or empties it.
  std::filesystem::path empty_subdirectory(std::string_view name) const;

 private:
  const std::filesystem::path path_;
  const std::string version_;
  int lock_ = -1;
  bool is_new_ = false;
};

// The file has exactly these bytes, durably, or what it had before. Throws DataDirectoryError.
void write_durably(const std::filesystem::path& file, std::string_view bytes);
void sync_directory(const std::filesystem::path& path);

}  // namespace cli
