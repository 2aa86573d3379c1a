#include "data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

namespace cli {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kVersion = "1";
constexpr const char* kNodes[] = {"a1", "a2", "b1", "b2", "c1", "c2"};

[[noreturn]] void fail(const std::string& what) { throw DataDirectoryError(what); }

void sync_path(const fs::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::fsync(fd) != 0) {
    int error = errno;
    if (fd >= 0) ::close(fd);
    fail(fmt::format("could not sync \"{}\": {}", path.string(), std::strerror(error)));
  }
  ::close(fd);
}

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::trunc);
  out << text << '\n';
  out.close();
  if (!out) fail(fmt::format("could not write \"{}\": {}", path.string(), std::strerror(errno)));
  sync_path(path);
}

}  // namespace

DataDirectory::DataDirectory(fs::path path) : path_(std::move(path)) {
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
  auto marker = path_ / "initialising";
  if (fs::exists(version_path)) {
    std::string version;
    std::getline(std::ifstream(version_path) >> std::ws, version);
    if (version != kVersion)
      fail(fmt::format("data directory \"{}\" was made by a server with format version {}; this "
                       "server reads version {}", path_.string(), version.empty() ? "?" : version, kVersion));
    is_new_ = fs::exists(marker);
  } else {
    // Only what is empty, or holds nothing but what we may have begun ourselves, is made ours.
    for (const auto& entry : fs::directory_iterator(path_)) {
      auto name = entry.path().filename().string();
      if (name != "lock" && name != "sextant.conf" && name != "initialising")
        fail(fmt::format("directory \"{}\" is not empty and not a Sextant data directory\nHINT: "
                         "Choose another --data, or empty it.", path_.string()));
    }
    write_file(marker, "");
    write_file(version_path, kVersion);
    sync_path(path_);
    is_new_ = true;
  }
  if (is_new_)
    for (const char* node : kNodes) fs::remove_all(path_ / node, error);
  fs::remove_all(temp(), error);
  fs::create_directories(temp(), error);
  if (error) fail(fmt::format("could not create \"{}\": {}", temp().string(), error.message()));
}

void DataDirectory::mark_initialised() {
  std::error_code error;
  fs::remove(path_ / "initialising", error);
  if (error) fail(fmt::format("could not remove \"{}\": {}", (path_ / "initialising").string(), error.message()));
  sync_path(path_);
  is_new_ = false;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace cli
