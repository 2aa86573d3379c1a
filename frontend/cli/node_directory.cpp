#include "node_directory.h"

#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "wal/crc32c.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTailLine = "tail\n";

pagestore::ClusterRecord read_cluster(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto all = std::as_bytes(std::span(bytes));
  std::uint32_t crc = 0;
  if (all.size() >= sizeof crc) {
    std::memcpy(&crc, all.data(), sizeof crc);
    const auto content = all.subspan(sizeof crc);
    if (wal::crc32c(content) == crc) {
      if (auto record = pagestore::decode_record(content)) return *std::move(record);
    }
  }
  throw DataDirectoryError(fmt::format(
      "\"{}\" is damaged: it says which cluster this node belongs to\nHINT: Copy the file from another "
      "node of the cluster, where it has the same content.", file.string()));
}

}  // namespace

NodeDirectory::NodeDirectory(fs::path path, const std::string& name, const std::string& default_name,
                             const std::string& zone, bool is_tail)
    : directory_(std::move(path), "pagestore", {"node", "node.new"}) {
  const fs::path file = directory_.path() / "node";
  if (directory_.is_new()) {
    name_ = name.empty() ? default_name : name;
    zone_ = zone;
    if (is_tail) kind_ = pagestore::SegmentKind::tail;
    write_durably(file, fmt::format("{}\n{}\n{}", name_, zone_, is_tail ? kTailLine : ""));
    directory_.mark_ours();
  } else {
    std::ifstream in(file);
    std::getline(in, name_);
    std::getline(in, zone_);
    const std::string rest{std::istreambuf_iterator<char>(in), {}};
    if (!rest.empty() && rest != kTailLine)
      throw DataDirectoryError(fmt::format("\"{}\" is damaged: it says who this node is", file.string()));
    if (!rest.empty()) kind_ = pagestore::SegmentKind::tail;
    if ((!name.empty() && name != name_) || zone != zone_)
      throw DataDirectoryError(fmt::format(
          "data directory \"{}\" is that of node {} of zone {}\nHINT: Start it with --name {} --zone {}, "
          "or choose another --data.", directory_.path().string(), name_, zone_, name_, zone_));
    if (is_tail && kind_ != pagestore::SegmentKind::tail)
      throw DataDirectoryError(fmt::format(
          "data directory \"{}\" is that of a node that keeps pages\nHINT: Start it without --tail, or put a "
          "new node in its place (sextant nodes add).", directory_.path().string()));
  }
  cluster_ = read_cluster(directory_.path() / "cluster");
}

void NodeDirectory::keep(const pagestore::ClusterRecord& cluster) {
  const auto content = pagestore::encode_record(cluster);
  const std::uint32_t crc = wal::crc32c(content);
  std::string bytes(reinterpret_cast<const char*>(&crc), sizeof crc);
  bytes.append(reinterpret_cast<const char*>(content.data()), content.size());
  write_durably(directory_.path() / "cluster", bytes);
  cluster_ = cluster;
}

void NodeDirectory::empty_store() {
  std::error_code error;
  fs::remove_all(store(), error);
  if (error)
    throw DataDirectoryError(fmt::format("could not remove \"{}\": {}", store().string(), error.message()));
  sync_directory(directory_.path());
}

}  // namespace cli
