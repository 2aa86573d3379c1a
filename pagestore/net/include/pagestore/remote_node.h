// A page-store node behind TCP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pagestore/blob_packer.h"
#include "pagestore/handshake.h"
#include "pagestore/network.h"
#include "pagestore/node_channel.h"

namespace pagestore {

struct RemoteNodeOptions {
  std::string host;
  std::string port;
  std::string caller;                       // for the node's log
  std::shared_ptr<BlobPacker> packer;       // null: nothing is compressed
  // Not yet taken by the kernel; beyond it the node counts as lost: its peers go on without it, and
  // it gets what it lacks later.
  std::size_t queue_bytes_max = std::size_t{64} << 20;
  std::size_t requests_max = 1 << 16;       // sent and not answered
};

// One connection, made again with growing pauses whenever it is lost. Requests are pipelined; what
// is pending when the connection dies, and whatever is sent while there is none, is answered
// Refusal{stopped} with the cause. A node that says nothing for some seconds, not even to a ping,
// is lost as well.
//
// When the node was adopted by a newer writer, requests are answered Refusal{stale_epoch} with
// their own epoch, and that is final.
class RemoteNode final : public NodeChannel {
 public:
  enum class Phase : std::uint8_t {
    down,      // trouble says why
    welcomed,  // connected; serves once it has adopted our cluster
    serving,
    refused,   // of another cluster or version: trouble says so; tried again
    outdated,  // its cluster is another than we thought: welcomed again, it waits for adopt()
    fenced,    // of a newer writer
  };
  struct State {
    Phase phase = Phase::down;
    std::string trouble = "not connected yet";
    std::optional<Welcome> welcome;  // the last one; kept while down
    bool tried = false;              // it answered, or failed to, at least once
    bool adopted = false;            // what adopt() was last called with; and is serving
  };

  // Connects at once. `changed` is called on the network's thread after every change of state().
  RemoteNode(Network& network, RemoteNodeOptions options, std::function<void()> changed);
  // Answers what is pending.
  ~RemoteNode() override;

  State state() const;
  std::string address() const;

  // From now on the node is expected to be this one, and left if it is another; before name() and
  // zone() are asked.
  void expect(const ClusterMember& node);
  // What the node is to take over, now and with every connection to come. `seen`: as in Adopt.
  void adopt(ClusterRecord record, RecordVersion seen, bool is_settled = false);
  // It belongs to us no more: what is sent is refused, nothing is tried any more.
  void retire();
  // Instead: we are a node of the same cluster. It answers requests that change nothing.
  void join(ClusterId cluster);

  const std::string& name() const override;
  const std::string& zone() const override;
  void send(Request request, Completion done) override;

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
  Network& network_;
};

}  // namespace pagestore
