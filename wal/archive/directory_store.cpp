// Objects are files, written beside their place, synced and renamed.
#include "directory_store.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "archive/archive_error.h"

namespace archive {
namespace {

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

[[noreturn]] void fail(const char* what, const std::string& path) {
  throw ArchiveError(Problem::store,
                     fmt::format("could not {} \"{}\": {}", what, path, std::strerror(errno)));
}

class DirectoryStore final : public ObjectStore {
 public:
  explicit DirectoryStore(const std::string& path)
      : path_(std::filesystem::weakly_canonical(path).string()) {}

  void put(const std::string& name, std::span<const std::byte> bytes) override {
    make_directory();
    const std::string place = path_ + "/" + name, beside = place + ".new";
    {
      const File file(beside, O_WRONLY | O_CREAT | O_TRUNC);
      if (!file) fail("create", beside);
      while (!bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", beside);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
      }
      if (::fsync(file.get()) != 0) fail("sync", beside);
    }
    if (::rename(beside.c_str(), place.c_str()) != 0) fail("rename", beside);
    const File directory(path_, O_RDONLY | O_DIRECTORY);
    if (!directory || ::fsync(directory.get()) != 0) fail("sync", path_);
  }

  std::optional<std::vector<std::byte>> get(const std::string& name,
                                            std::size_t bytes_max) override {
    const std::string place = path_ + "/" + name;
    const File file(place, O_RDONLY);
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) fail("open", place);
    if (static_cast<std::uint64_t>(status.st_size) > bytes_max)
      throw ArchiveError(Problem::damaged, fmt::format("\"{}\" is too long", place));
    std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t read = ::read(file.get(), bytes.data() + at, bytes.size() - at);
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) fail("read", place);
      if (read == 0) bytes.resize(at);   // somebody cut it: the object's own checks see it
      at += static_cast<std::size_t>(read);
    }
    return bytes;
  }

  void reserve() override {
    make_directory();
    const std::string place = path_ + "/lock";
    lock_.emplace(place, O_RDWR | O_CREAT);
    if (!*lock_) fail("open", place);
    if (::flock(lock_->get(), LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) fail("lock", place);
    throw ArchiveError(Problem::busy, fmt::format("another export to \"{}\" is in progress", path_));
  }

  // Nobody else writes: reserve().
  void replace(const std::string& name, std::span<const std::byte> bytes) override { put(name, bytes); }

  void remove(const std::string& name) override {
    const std::string place = path_ + "/" + name;
    if (::unlink(place.c_str()) != 0 && errno != ENOENT) fail("remove", place);
  }

  const std::string& place() const override { return path_; }

 private:
  void make_directory() const {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error)
      throw ArchiveError(Problem::store,
                         fmt::format("could not create \"{}\": {}", path_, error.message()));
  }

  const std::string path_;
  std::optional<File> lock_;
};

}  // namespace

std::unique_ptr<ObjectStore> open_directory_store(const std::string& path) {
  if (path.empty() || path[0] != '/')
    throw ArchiveError(Problem::usage, fmt::format("\"{}\" is not an absolute path", path));
  return std::make_unique<DirectoryStore>(path);
}

}  // namespace archive
