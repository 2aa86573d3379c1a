// A node's directory: lock, format, root and extent files.
//
//   DIR/lock            held with flock() while a process has the directory open
//   DIR/format          "sextant page-store format 3\n"
//   DIR/root            two slots of kRootFileBytes / 2 (docs/formats.md)
//   DIR/extent.NNNNNN   extents of the node log, by FileNo
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "pagestore/disk.h"
#include "pagestore/messages.h"
#include "wal/result.h"

namespace pagestore {

// An open extent, or the root.
struct DiskFile {
  int descriptor = -1;
  // For writes past the page cache (O_DIRECT): half the kernel's work of a write and a sync, and no
  // hand-over to one of its threads. -1 where the file system has none in blocks of ours.
  int direct = -1;
  // The disk under it, if a sync of any file of this file system flushes that disk, and such a flush is
  // all that direct writes into this file need, because its blocks are its own and were written; else
  // nullopt.
  std::optional<dev_t> disk;
};

class UnixDisk : public DiskReader {
 public:
  // Makes the directory when there is none, then for segments of the kind `wanted`; one that was there
  // stays what it is. `detail` gets a sentence for the operator on failure.
  static wal::Result<std::unique_ptr<UnixDisk>> open(const std::string& directory, std::string* detail,
                                                     SegmentKind wanted = SegmentKind::full);
  ~UnixDisk() override;
  UnixDisk(const UnixDisk&) = delete;
  UnixDisk& operator=(const UnixDisk&) = delete;

  SegmentKind kind() const { return kind_; }

  std::vector<File> extent_files() override;
  bool read(FileNo file, std::uint64_t offset, std::span<std::byte> into) override;

  // Its descriptors are -1 when there is none.
  DiskFile find(FileNo file) const;

  // Carries out DiskPrepare; blocking, from any thread. Returns the open file, or one whose descriptors
  // are -1.
  DiskFile prepare(const DiskPrepare& command) const;
  // What prepare() returned is in use from now on.
  void add(FileNo file, DiskFile opened) { files_[file] = opened; }
  // Closes the file; its name goes with unlink_file(), which may block, from any thread.
  void forget(FileNo file);
  void unlink_file(FileNo file) const;

 private:
  explicit UnixDisk(std::string directory) : directory_(std::move(directory)) {}
  std::string path(FileNo file) const;

  std::string directory_;
  SegmentKind kind_ = SegmentKind::full;
  int directory_fd_ = -1;
  int lock_fd_ = -1;
  std::map<FileNo, DiskFile> files_;
};

}  // namespace pagestore
