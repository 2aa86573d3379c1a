// The data directory of an embedded server: version, lock, and whether its first start got through.
#pragma once

#include <filesystem>
#include <stdexcept>

namespace cli {

struct DataDirectoryError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Held while the server runs. Layout:
//   SEXTANT_VERSION   "1": the format of everything below
//   lock              flock()ed by the server that uses the directory
//   initialising      there until the first start has made its databases durable
//   a1 .. c2          one page-store node each
//   temp              spill files, emptied at start
class DataDirectory {
 public:
  // Makes the directory when it is not there. What an interrupted first start left is removed:
  // nothing in it was ever acknowledged. Throws DataDirectoryError saying what to do.
  explicit DataDirectory(std::filesystem::path path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path temp() const { return path_ / "temp"; }
  bool is_new() const { return is_new_; }

  // After the databases of a first start are durable.
  void mark_initialised();

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool is_new_ = false;
};

}  // namespace cli
