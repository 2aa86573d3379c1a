// Messages between writers and nodes: late, lost, twice, in a wrong order, or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "pagestore/messages.h"
#include "sim_node.h"
#include "world.h"

namespace sim {

// What a NodeChannel promises, at its worst: every request is answered exactly once, a lost one by
// Refusal{stopped} after a while, and the node may have carried it out all the same.
class SimNetwork {
 public:
  using Done = std::function<void(pagestore::Response)>;

  SimNetwork(World& world, std::vector<std::unique_ptr<SimNode>>& nodes)
      : world_(world), nodes_(nodes) {}

  struct Weather {
    std::uint64_t lose_one_in = 0;       // 0: never
    std::uint64_t repeat_one_in = 0;
    std::uint64_t reorder_one_in = 0;
    std::uint64_t delay_one_in = 0;      // by up to a quarter of a second
  };
  void set_weather(const Weather& weather) { weather_ = weather; }
  // The client does not reach the node, nor the node the client.
  void cut(std::uint64_t client, std::size_t node, bool is_cut) {
    cut_[{client, node}] = is_cut;
  }
  void heal() {
    cut_.clear();
    weather_ = {};
  }

  // Carries something else than a request: `there` when it arrives at a node that is up, `back` once:
  // whether an answer came.
  void visit(std::uint64_t client, std::size_t node, std::function<void()> there,
             std::function<void(bool)> back);

  void request(std::uint64_t client, std::size_t node, pagestore::Request request, Done done);

 private:
  struct Call {
    Done done;
    bool finished = false;
    void finish(pagestore::Response response) {
      if (finished) return;
      finished = true;
      done(std::move(response));
    }
  };

  bool is_cut(std::uint64_t client, std::size_t node) const {
    const auto found = cut_.find({client, node});
    return found != cut_.end() && found->second;
  }
  bool chance(std::uint64_t one_in) { return one_in != 0 && world_.one_in(one_in); }
  std::uint64_t delay() {
    if (chance(weather_.delay_one_in)) return world_.pick(1'000, 250'000);
    return world_.pick(20, 400);
  }
  void carry(std::uint64_t client, std::size_t node, pagestore::Request request,
             const std::shared_ptr<Call>& call);

  World& world_;
  std::vector<std::unique_ptr<SimNode>>& nodes_;
  Weather weather_;
  std::map<std::pair<std::uint64_t, std::size_t>, bool> cut_;
  std::map<std::pair<std::uint64_t, std::size_t>, std::uint64_t> last_arrival_;
};

}  // namespace sim
