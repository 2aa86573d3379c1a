// One page-store node, wherever it runs: in this process, behind TCP, or in the simulator.
#pragma once

#include <functional>
#include <string>

#include "pagestore/messages.h"

namespace pagestore {

class NodeChannel {
 public:
  using Completion = std::function<void(Response)>;

  virtual ~NodeChannel() = default;

  virtual const std::string& name() const = 0;
  virtual const std::string& zone() const = 0;

  // Never blocks. `done` is called exactly once, from the node's thread or the network's; it must
  // return quickly and must not call back into send() for the same node recursively deeper than
  // once. Requests of one caller to one node are processed in order, but for reads, which may
  // overtake. A lost node answers Refusal{stopped}.
  virtual void send(Request request, Completion done) = 0;
};

}  // namespace pagestore
