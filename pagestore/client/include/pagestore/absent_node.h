// A node of the placement that could not be reached or opened.
#pragma once

#include <string>
#include <utility>

#include "pagestore/node_channel.h"

namespace pagestore {

// Refuses everything with its reason, at once: to the others it is a node that is down.
class AbsentNode final : public NodeChannel {
 public:
  AbsentNode(std::string name, std::string zone, std::string reason)
      : name_(std::move(name)), zone_(std::move(zone)), reason_(std::move(reason)) {}

  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  void send(Request, Completion done) override {
    done(Refusal{RefusalReason::stopped, {}, reason_});
  }

 private:
  std::string name_, zone_, reason_;
};

}  // namespace pagestore
