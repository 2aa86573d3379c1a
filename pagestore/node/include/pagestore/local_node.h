// A page-store node in this process, on a directory of its own.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pagestore/node_channel.h"
#include "pagestore/node_core.h"
#include "wal/result.h"

namespace pagestore {

// A thread with one io_uring that runs any number of nodes; their writes and syncs overlap, and those
// on one disk share its flush. Must outlive its nodes.
class StorageThread {
 public:
  // A tick of its nodes: NodeOptions count time in them.
  static constexpr std::chrono::milliseconds kTick{100};

  // `niceness`: how far it stands back for the process's other threads (setpriority(2)).
  explicit StorageThread(std::string name = "storage", int niceness = 0);
  ~StorageThread();
  StorageThread(const StorageThread&) = delete;
  StorageThread& operator=(const StorageThread&) = delete;

  struct Impl;

 private:
  friend class LocalNode;
  std::unique_ptr<Impl> impl_;
};

struct LocalNodeOptions {
  std::string directory;  // made when it does not exist
  NodeOptions node;       // its kind is that of a directory that is made; one that was there keeps its own
};

enum class NodeErrc {
  directory_in_use = 1,   // another process holds its lock
  wrong_format,           // made by another version of the format
  io_error,               // cannot be made, read or written
};

// Thread-safe, as NodeChannel promises.
class LocalNode : public NodeChannel {
 public:
  // Opens the directory and reads the node's state back; blocking. On failure the error's text is
  // for the operator and `detail`, if given, names the directory and the cause in a sentence.
  static wal::Result<std::unique_ptr<LocalNode>> open(LocalNodeOptions options,
                                                      StorageThread& thread,
                                                      std::string* detail = nullptr);
  // Finishes what was begun, writes an index checkpoint for a quick next start and closes.
  // Requests still waiting, and later ones, are answered Refusal{stopped}.
  ~LocalNode() override;

  // The other nodes, borrowed; empty: none any more. Each keeps its place in the list as long as
  // this lives; null: it is gone. When this returns, those that were set before are not used any
  // more: so all nodes give up their peers before the first one goes. Answers of theirs may still
  // come.
  void set_peers(std::vector<NodeChannel*> peers);

  // Of which groups it gets what it lacks, and with whom it shares its promises; as in NodeOptions.
  void set_held(const HeldSets& held, SetMates mates);
  void release(const HeldSets& kept);  // as NodeCore::release()

  const std::string& name() const override;
  const std::string& zone() const override;
  void send(Request request, Completion done) override;

  struct Impl;

 private:
  explicit LocalNode(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

boost::system::error_code make_error_code(NodeErrc errc);

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::NodeErrc> : std::true_type {};
