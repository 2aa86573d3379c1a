#include "data_directory.h"

#include <fmt/format.h>

namespace cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* kNodes[] = {"a1", "a2", "b1", "b2", "c1", "c2"};

}  // namespace

DataDirectory::DataDirectory(fs::path path, bool all_full)
    : directory_(std::move(path), "start", {"sextant.conf", "initialising", "initialising.new"}) {
  const fs::path marker = this->path() / "initialising";
  if (directory_.is_new()) {
    write_durably(marker, "\n");
    directory_.mark_ours();
  }
  is_new_ = fs::exists(marker);
  const fs::path tails = this->path() / "tails";
  std::error_code error;
  if (is_new_) {
    for (const char* node : kNodes) fs::remove_all(this->path() / node, error);
    if (all_full) fs::remove(tails, error);
    else write_durably(tails, "\n");
  }
  has_tails_ = fs::exists(tails);
  temp_ = directory_.empty_subdirectory("temp");
}

void DataDirectory::mark_initialised() {
  std::error_code error;
  fs::remove(path() / "initialising", error);
  if (error)
    throw DataDirectoryError(fmt::format("could not remove \"{}\": {}", (path() / "initialising").string(),
                                         error.message()));
  sync_directory(path());
  is_new_ = false;
}

}  // namespace cli
