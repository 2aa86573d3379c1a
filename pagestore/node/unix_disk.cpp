#include "unix_disk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "log_format.h"
#include "pagestore/local_node.h"

namespace pagestore {
namespace {

constexpr std::string_view kFormatPrefix = "sextant page-store format ";
constexpr std::string_view kExtentPrefix = "extent.";

std::string cause() { return std::strerror(errno); }

wal::Result<std::unique_ptr<UnixDisk>> failure(NodeErrc errc, std::string* detail,
                                               std::string text) {
  if (detail != nullptr) *detail = std::move(text);
  return make_error_code(errc);
}

// What DIR/format says, one line: PREFIX, "tail " where log alone is kept, and the version. (A server
// that knows no tails finds no version of its own there.)
struct Format {
  std::uint32_t version = 0;  // 0: it is something else
  SegmentKind kind = SegmentKind::full;
};
constexpr std::string_view kTail = "tail ";

// Nullopt when there is no such file.
std::optional<Format> read_format(int directory_fd) {
  const int fd = ::openat(directory_fd, "format", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  char text[128] = {};
  const ssize_t size = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  std::string_view rest(text, size < 0 ? 0 : static_cast<std::size_t>(size));
  if (!rest.starts_with(kFormatPrefix)) return Format{};
  rest.remove_prefix(kFormatPrefix.size());
  Format format;
  if (rest.starts_with(kTail)) {
    format.kind = SegmentKind::tail;
    rest.remove_prefix(kTail.size());
  }
  std::from_chars(rest.data(), rest.data() + rest.size(), format.version);
  return format;
}

// Makes DIR/`name` with `bytes` in it, durably and all at once.
bool write_new_file(int directory_fd, const char* name, std::string_view bytes) {
  const std::string temporary = std::string(name) + ".new";
  const int fd =
      ::openat(directory_fd, temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       ::fsync(fd) == 0;
  ::close(fd);
  return written && ::renameat(directory_fd, temporary.c_str(), directory_fd, name) == 0 &&
         ::fsync(directory_fd) == 0;
}

// The file for writes past the page cache; -1 where they cannot be had in blocks of ours.
int open_direct(int directory_fd, const char* name) {
  const int fd = ::openat(directory_fd, name, O_WRONLY | O_DIRECT | O_CLOEXEC);
  if (fd < 0) return -1;
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
      (status.stx_mask & STATX_DIOALIGN) != 0 && status.stx_dio_offset_align != 0 &&
      status.stx_dio_offset_align <= kBlockBytesMax && status.stx_dio_mem_align <= kBlockBytesMax) {
    return fd;
  }
  ::close(fd);
  return -1;
}

// Whether all of the file's blocks are its own and were written: writing into them again changes nothing
// but their bytes. A file that was copied may have holes.
bool is_written_whole(int fd, std::uint64_t size) {
  constexpr unsigned kExtents = 32;
  // The kernel's struct with room for so many behind it.
  alignas(fiemap) std::array<std::byte, sizeof(fiemap) + kExtents * sizeof(fiemap_extent)> answer;
  std::uint64_t covered = 0;
  while (covered < size) {
    fiemap map{};
    map.fm_start = covered;
    map.fm_length = size - covered;
    map.fm_extent_count = kExtents;
    std::memcpy(answer.data(), &map, sizeof map);
    if (::ioctl(fd, FS_IOC_FIEMAP, answer.data()) != 0) return false;
    std::memcpy(&map, answer.data(), sizeof map);
    if (map.fm_mapped_extents == 0) return false;
    for (unsigned i = 0; i < map.fm_mapped_extents; ++i) {
      fiemap_extent extent;
      std::memcpy(&extent, answer.data() + sizeof map + i * sizeof extent, sizeof extent);
      if (extent.fe_logical > covered) return false;
      if ((extent.fe_flags & ~(FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED)) != 0) return false;
      covered = std::max<std::uint64_t>(covered, extent.fe_logical + extent.fe_length);
    }
  }
  return true;
}

// ext4 alone: its sync of any file flushes the disk, and no file shares blocks with another one.
std::optional<dev_t> disk_under(int fd) {
  struct statfs system {};
  struct stat status {};
  if (::fstatfs(fd, &system) != 0 || system.f_type != EXT4_SUPER_MAGIC) return std::nullopt;
  if (::fstat(fd, &status) != 0) return std::nullopt;
  if (!is_written_whole(fd, static_cast<std::uint64_t>(status.st_size))) return std::nullopt;
  return status.st_dev;
}

void close_file(const DiskFile& file) {
  if (file.descriptor >= 0) ::close(file.descriptor);
  if (file.direct >= 0) ::close(file.direct);
}

struct alignas(kBlockBytesMax) ZeroBlocks {
  std::array<std::byte, std::size_t{1} << 20> bytes{};
};
const ZeroBlocks kZeroBlocks;

}  // namespace

wal::Result<std::unique_ptr<UnixDisk>> UnixDisk::open(const std::string& directory,
                                                      std::string* detail, SegmentKind wanted) {
  std::error_code made;
  const bool fresh = std::filesystem::create_directories(directory, made);
  if (made) {
    return failure(NodeErrc::io_error, detail,
                   fmt::format("cannot make data directory {}: {}", directory, made.message()));
  }
  if (fresh) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, made);
    // The directory's own name must outlive a crash, too.
    const auto parent = std::filesystem::absolute(directory).parent_path();
    if (const int fd = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); fd >= 0) {
      ::fsync(fd);
      ::close(fd);
    }
  }
  std::unique_ptr<UnixDisk> disk(new UnixDisk(directory));
  disk->directory_fd_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (disk->directory_fd_ >= 0) {
    disk->lock_fd_ =
        ::openat(disk->directory_fd_, "lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  }
  if (disk->lock_fd_ < 0) {
    return failure(NodeErrc::io_error, detail,
                   fmt::format("cannot open data directory {}: {}", directory, cause()));
  }
  if (::flock(disk->lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    return failure(NodeErrc::directory_in_use, detail,
                   fmt::format("data directory {} is in use by another server", directory));
  }

  auto format = read_format(disk->directory_fd_);
  const auto io_error = [&] {
    return failure(NodeErrc::io_error, detail,
                   fmt::format("cannot write data directory {}: {}", directory, cause()));
  };
  if (!format) {
    for (const auto& entry : std::filesystem::directory_iterator(directory, made)) {
      const std::string name = entry.path().filename();
      if (name != "lock" && name != "root" && name != "format.new" && name != "root.new") {
        return failure(NodeErrc::wrong_format, detail,
                       fmt::format("directory {} is not a data directory: it holds {} but no "
                                   "format file",
                                   directory, name));
      }
    }
    // The format file comes last: with it the directory is complete.
    if (!write_new_file(disk->directory_fd_, "root", std::string(kRootFileBytes, '\0')) ||
        !write_new_file(disk->directory_fd_, "format",
                        fmt::format("{}{}{}\n", kFormatPrefix,
                                    wanted == SegmentKind::tail ? kTail : "", kLogFormatVersion))) {
      return io_error();
    }
    format = Format{kLogFormatVersion, wanted};
  } else if (format->version != kLogFormatVersion) {
    return failure(NodeErrc::wrong_format, detail,
                   fmt::format("data directory {} was made by format version {}, this server "
                               "reads {}",
                               directory, format->version, kLogFormatVersion));
  }
  disk->kind_ = format->kind;

  const auto open_file = [&](FileNo file, const char* name) {
    const int fd = ::openat(disk->directory_fd_, name, O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    disk->files_[file] = file == kRootFile
                             ? DiskFile{fd, -1, {}}
                             : DiskFile{fd, open_direct(disk->directory_fd_, name), disk_under(fd)};
    return true;
  };
  if (!open_file(kRootFile, "root")) return io_error();
  for (const auto& entry : std::filesystem::directory_iterator(directory, made)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kExtentPrefix)) continue;
    std::uint32_t number = 0;
    const char* const begin = name.data() + kExtentPrefix.size();
    const char* const end = name.data() + name.size();
    if (const auto parsed = std::from_chars(begin, end, number); parsed.ptr != end) continue;
    if (!open_file(FileNo{number}, name.c_str())) return io_error();
  }
  return disk;
}

UnixDisk::~UnixDisk() {
  for (const auto& [number, file] : files_) close_file(file);
  if (directory_fd_ >= 0) ::close(directory_fd_);
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

std::string UnixDisk::path(FileNo file) const {
  return fmt::format("{}{:06}", kExtentPrefix, static_cast<std::uint32_t>(file));
}

std::vector<DiskReader::File> UnixDisk::extent_files() {
  std::vector<File> files;
  for (const auto& [file, opened] : files_) {
    struct stat status {};
    if (file == kRootFile || ::fstat(opened.descriptor, &status) != 0) continue;
    files.push_back({file, static_cast<std::uint64_t>(status.st_size)});
  }
  return files;
}

bool UnixDisk::read(FileNo file, std::uint64_t offset, std::span<std::byte> into) {
  const int fd = find(file).descriptor;
  while (!into.empty()) {
    const ssize_t got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

DiskFile UnixDisk::find(FileNo file) const {
  const auto found = files_.find(file);
  return found == files_.end() ? DiskFile{} : found->second;
}

DiskFile UnixDisk::prepare(const DiskPrepare& command) const {
  const std::string name = path(command.file);
  const int fd = ::openat(directory_fd_, name.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return {};
  const auto size = static_cast<off_t>(command.size);
  bool ok = ::posix_fallocate(fd, 0, size) == 0;
  // Written once: a block that was only allocated is still marked as unwritten, and the first
  // sync after each write to it would have to go through the file system's journal. Synced by
  // the piece, so that it never holds up the log's own syncs for long.
  DiskFile file{fd, open_direct(directory_fd_, name.c_str()), {}};
  for (off_t at = 0; ok && at < size;) {
    const auto length = std::min<std::size_t>(kZeroBlocks.bytes.size(), static_cast<std::size_t>(size - at));
    const ssize_t written =
        ::pwrite(file.direct >= 0 ? file.direct : fd, kZeroBlocks.bytes.data(), length, at);
    if (written < 0 && errno == EINTR) continue;
    ok = written > 0;
    if (!ok) break;
    at += written;
    if (at % (std::int64_t{4} << 20) == 0 || at >= size) ok = ::fdatasync(fd) == 0;
  }
  ok = ok && ::fsync(fd) == 0 && ::fsync(directory_fd_) == 0;
  if (ok) {
    file.disk = disk_under(fd);
    return file;
  }
  close_file(file);
  return {};
}

void UnixDisk::forget(FileNo file) {
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  close_file(found->second);
  files_.erase(found);
}

void UnixDisk::unlink_file(FileNo file) const {
  ::unlinkat(directory_fd_, path(file).c_str(), 0);
}

}  // namespace pagestore
