// A node's directory: lock, format, root and extent files.
//
//   DIR/lock            held with flock() while a process has the directory open
//   DIR/format          "sextant page-store format 1\n"
//   DIR/root            two slots of kRootFileBytes / 2 (docs/formats.md)
//   DIR/extent.NNNNNN   extents of the node log, by FileNo
#pragma once

#include <map>
#include <memory>
#include <string>

#include "pagestore/disk.h"
#include "wal/result.h"

namespace pagestore {

class UnixDisk : public DiskReader {
 public:
  // Makes the directory when there is none. `detail` gets a sentence for the operator on failure.
  static wal::Result<std::unique_ptr<UnixDisk>> open(const std::string& directory,
                                                     std::string* detail);
  ~UnixDisk() override;
  UnixDisk(const UnixDisk&) = delete;
  UnixDisk& operator=(const UnixDisk&) = delete;

  std::vector<File> extent_files() override;
  bool read(FileNo file, std::uint64_t offset, std::span<std::byte> into) override;

  // The open file; -1 when there is none.
  int descriptor(FileNo file) const;

  // Carries out DiskPrepare; blocking, from any thread. Returns the open file or -1.
  int prepare(const DiskPrepare& command) const;
  // What prepare() returned is in use from now on.
  void add(FileNo file, int descriptor) { files_[file] = descriptor; }
  // Closes the file; its name goes with unlink_file(), which may block, from any thread.
  void forget(FileNo file);
  void unlink_file(FileNo file) const;

 private:
  explicit UnixDisk(std::string directory) : directory_(std::move(directory)) {}
  std::string path(FileNo file) const;

  std::string directory_;
  int directory_fd_ = -1;
  int lock_fd_ = -1;
  std::map<FileNo, int> files_;
};

}  // namespace pagestore
