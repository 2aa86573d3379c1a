#include "locked_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

namespace cli {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kVersion = "1";

[[noreturn]] void fail(const std::string& what) { throw DataDirectoryError(what); }

std::string version_line(std::string_view role) {
  return role == "start" ? std::string(kVersion) : fmt::format("{} {}", kVersion, role);
}

void check_version(const fs::path& directory, const std::string& found, const std::string& expected,
                   std::string_view role) {
  if (found == expected) return;
  const std::string_view number = std::string_view(found).substr(0, found.find(' '));
  if (number != kVersion)
    fail(fmt::format("data directory \"{}\" was made by a server with format version {}; this "
                     "server reads version {}", directory.string(), found.empty() ? "?" : found, kVersion));
  const std::string other = number == found ? "start" : found.substr(number.size() + 1);
  fail(fmt::format("\"{}\" is a data directory of `sextant {}`, not of `sextant {}`\nHINT: Choose "
                   "another --data.", directory.string(), other, role));
}

}  // namespace

void sync_directory(const fs::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::fsync(fd) != 0) {
    int error = errno;
    if (fd >= 0) ::close(fd);
    fail(fmt::format("could not sync \"{}\": {}", path.string(), std::strerror(error)));
  }
  ::close(fd);
}

void write_durably(const fs::path& file, std::string_view bytes) {
  const fs::path temporary = file.string() + ".new";
  {
    std::ofstream out(temporary, std::ios::trunc | std::ios::binary);
    out << bytes;
    out.close();
    if (!out) fail(fmt::format("could not write \"{}\": {}", file.string(), std::strerror(errno)));
  }
  sync_directory(temporary);
  std::error_code error;
  fs::rename(temporary, file, error);
  if (error) fail(fmt::format("could not write \"{}\": {}", file.string(), error.message()));
  sync_directory(file.parent_path());
}

LockedDirectory::LockedDirectory(fs::path path, std::string_view role,
                                 const std::vector<std::string_view>& own)
    : path_(std::move(path)), version_(version_line(role)) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) fail(fmt::format("could not create data directory \"{}\": {}", path_.string(), error.message()));
  ::chmod(path_.c_str(), 0700);

  auto lock_path = path_ / "lock";
  lock_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0)
    fail(fmt::format("could not open \"{}\": {}\nHINT: The data directory must be writable for the "
                     "user that runs the server.", lock_path.string(), std::strerror(errno)));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    fail(fmt::format("data directory \"{}\" is in use by another server\nHINT: Stop that server, "
                     "or start this one with another --data.", path_.string()));

  auto version_path = path_ / "SEXTANT_VERSION";
  if (fs::exists(version_path)) {
    std::string version;
    std::ifstream in(version_path);
    std::getline(in >> std::ws, version);
    check_version(path_, version, version_, role);
    return;
  }
  is_new_ = true;
  // Only what is empty, or holds nothing but what we may have begun ourselves, is made ours.
  for (const auto& entry : fs::directory_iterator(path_)) {
    auto name = entry.path().filename().string();
    if (name != "lock" && name != "SEXTANT_VERSION.new" && !std::ranges::count(own, name))
      fail(fmt::format("directory \"{}\" is not empty and not a Sextant data directory\nHINT: "
                       "Choose another --data, or empty it.", path_.string()));
  }
}

void LockedDirectory::mark_ours() {
  write_durably(path_ / "SEXTANT_VERSION", version_ + "\n");
  is_new_ = false;
}

fs::path LockedDirectory::empty_subdirectory(std::string_view name) const {
  std::error_code error;
  const fs::path made = path_ / name;
  fs::remove_all(made, error);
  fs::create_directories(made, error);
  if (error) fail(fmt::format("could not create \"{}\": {}", made.string(), error.message()));
  return made;
}

LockedDirectory::~LockedDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace cli
