#include "log_sorter.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "archive/archive_error.h"

namespace archive {
namespace {

[[noreturn]] void fail_temporary(const char* what, const std::string& directory) {
  throw ArchiveError(Problem::store, fmt::format("could not {} a temporary file in \"{}\": {}", what,
                                                 directory, std::strerror(errno)));
}

}  // namespace

LogSorter::LogSorter(std::string directory, std::size_t memory_bytes)
    : directory_(std::move(directory)), memory_bytes_(memory_bytes) {}

LogSorter::~LogSorter() {
  for (const Region& region : regions_)
    if (region.file >= 0) ::close(region.file);
}

void LogSorter::add(std::size_t region, std::span<const std::byte> record) {
  if (region >= regions_.size()) regions_.resize(region + 1);
  auto& memory = regions_[region].memory;
  memory.insert(memory.end(), record.begin(), record.end());
  used_ += record.size();
  if (used_ > memory_bytes_) spill();
}

void LogSorter::spill() {
  for (Region& region : regions_) {
    if (region.memory.empty()) continue;
    if (region.file < 0) {
      region.file = ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
      if (region.file < 0) fail_temporary("create", directory_);
    }
    for (std::size_t at = 0; at < region.memory.size();) {
      const ssize_t written = ::pwrite(region.file, region.memory.data() + at, region.memory.size() - at,
                                       static_cast<off_t>(region.file_bytes + at));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_temporary("write", directory_);
      at += static_cast<std::size_t>(written);
    }
    region.file_bytes += region.memory.size();
    region.memory.clear();
    region.memory.shrink_to_fit();
  }
  used_ = 0;
}

std::vector<std::byte> LogSorter::take(std::size_t number) {
  Region& region = regions_[number];
  std::vector<std::byte> all(region.file_bytes);
  for (std::size_t at = 0; at < all.size();) {
    const ssize_t read = ::pread(region.file, all.data() + at, all.size() - at, static_cast<off_t>(at));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) fail_temporary("read", directory_);
    at += static_cast<std::size_t>(read);
  }
  all.insert(all.end(), region.memory.begin(), region.memory.end());
  used_ -= region.memory.size();
  if (region.file >= 0) ::close(region.file);
  region = {};
  return all;
}

}  // namespace archive
