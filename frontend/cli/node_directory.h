// The data directory of a page-store node: who it is, which cluster it belongs to, what it holds.
#pragma once

#include <filesystem>
#include <string>

#include "locked_directory.h"
#include "pagestore/handshake.h"

namespace cli {

// Held while the node runs. Layout, beside LockedDirectory's:
//   node      name and zone, one line each, and a line "tail" where log alone is kept
//   cluster   CRC-32C, then pagestore::ClusterRecord; not there: of no cluster yet
//   store     the node's log and index
class NodeDirectory {
 public:
  // A directory that is new becomes that of node `name` (`default_name` when that is empty) of `zone`;
  // another must be theirs. `is_tail`: a new one is to keep log alone; of another it is true or the
  // directory says. Throws DataDirectoryError saying what to do.
  NodeDirectory(std::filesystem::path path, const std::string& name, const std::string& default_name,
                const std::string& zone, bool is_tail);

  const std::string& name() const { return name_; }
  const std::string& zone() const { return zone_; }
  pagestore::SegmentKind kind() const { return kind_; }
  std::filesystem::path store() const { return directory_.path() / "store"; }

  // Id none: of no cluster yet.
  const pagestore::ClusterRecord& cluster() const { return cluster_; }
  // Durable when it returns. Throws DataDirectoryError.
  void keep(const pagestore::ClusterRecord& cluster);
  // Forgets all that the node holds, which must be closed. Throws DataDirectoryError.
  void empty_store();

 private:
  LockedDirectory directory_;
  std::string name_, zone_;
  pagestore::SegmentKind kind_ = pagestore::SegmentKind::full;
  pagestore::ClusterRecord cluster_;
};

}  // namespace cli
