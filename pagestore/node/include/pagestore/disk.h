// The disk under a page-store node: numbered files, written and synced as the node core says.
//
// The core never calls a disk while it runs: it hands out commands (DiskWrite, DiskRead,
// DiskPrepare) and is told when they are done. Only opening reads at once, through DiskReader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pagestore {

// A file of the node's directory. Extent files are numbered from 0 and reused; the root is apart.
enum class FileNo : std::uint32_t {};
inline constexpr FileNo kRootFile{0xffff'ffff};
// The root exists from the start, filled with zeros.
inline constexpr std::uint64_t kRootFileBytes = 8192;

// Write the slices back to back at `offset`, then make the file's data durable, then call
// NodeCore::write_done(id). The slices stay valid until then. Never beyond the file's size. In an
// extent the offset and all the slices together are multiples of NodeOptions::block_bytes, so that the
// write may pass the kernel's page cache by.
struct DiskWrite {
  std::uint64_t id = 0;
  FileNo file{};
  std::uint64_t offset = 0;
  std::vector<std::span<const std::byte>> slices;
};

// Read `length` bytes at `offset`, then call NodeCore::read_done(id).
struct DiskRead {
  std::uint64_t id = 0;
  FileNo file{};
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};

// Make the file exist with `size` bytes, every block allocated and written once (so that syncing
// an overwrite needs no file-system journal), durably, directory entry included; then call
// NodeCore::file_ready(file). The content does not matter.
struct DiskPrepare {
  FileNo file{};
  std::uint64_t size = 0;
};

// Give the file's space back to the file system. Nothing to be told.
struct DiskRemove {
  FileNo file{};
};

// What opening a node needs: blocking, before anything is served.
class DiskReader {
 public:
  struct File {
    FileNo file{};
    std::uint64_t size = 0;
  };

  virtual ~DiskReader() = default;

  // The extent files there are, ascending.
  virtual std::vector<File> extent_files() = 0;

  // Fills `into` completely from `offset`, or answers false (end of file, I/O error).
  [[nodiscard]] virtual bool read(FileNo file, std::uint64_t offset,
                                  std::span<std::byte> into) = 0;
};

}  // namespace pagestore
