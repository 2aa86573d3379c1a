// Carries out what a node core asks for: its side of the storage thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage_thread.h"
#include "unix_disk.h"

namespace pagestore {

// Used on the storage thread only, but for construction.
class NodeRunner {
 public:
  NodeRunner(StorageThread::Impl& thread, std::unique_ptr<UnixDisk> disk,
             std::unique_ptr<NodeCore> core)
      : thread_(thread), disk_(std::move(disk)), core_(std::move(core)) {}

  ~NodeRunner() { self_->runner = nullptr; }

  NodeCore& core() { return *core_; }

  void request(Request request, NodeChannel::Completion done);
  // Sends what the core wants sent: replies, disk commands, log lines.
  void flush();
  bool work(bool idle);

  // Whom the core's questions go to, by number; borrowed until other ones are set.
  void set_peers(std::vector<NodeChannel*> peers) {
    peers_ = std::move(peers);
    core_->set_peers(peers_.size());
  }

  // Calls `closed` once nothing is under way any more.
  void close(std::function<void()> closed);

  // What close() waits for, in words.
  std::string close_waits_for() const;

  void operation_started() { ++operations_; }
  void operation_done() { --operations_; }

 private:
  void check_closed();
  void ask_peer(NodeCore::PeerRequest request);

  // What answers of peers come by: they may come when this object is no more. Used on the thread.
  struct Self {
    NodeRunner* runner;
  };

  StorageThread::Impl& thread_;
  std::unique_ptr<UnixDisk> disk_;
  std::unique_ptr<NodeCore> core_;
  std::vector<NodeChannel::Completion> waiting_;  // by token
  std::vector<NodeCore::Token> free_tokens_;
  std::size_t unanswered_ = 0;
  std::size_t operations_ = 0;
  std::vector<NodeChannel*> peers_;
  std::shared_ptr<Self> self_ = std::make_shared<Self>(Self{this});
  std::function<void()> closed_;
  bool stopped_ = false;
};

}  // namespace pagestore
