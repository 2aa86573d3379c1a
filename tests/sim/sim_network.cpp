#include "sim_network.h"

#include <algorithm>
#include <utility>

namespace sim {
namespace {

constexpr std::uint64_t kTimeout = 300'000;

}  // namespace

void SimNetwork::request(std::uint64_t client, std::size_t node, pagestore::Request request,
                         Done done) {
  auto call = std::make_shared<Call>();
  call->done = std::move(done);
  world_.after(kTimeout, [call] {
    call->finish(pagestore::Refusal{pagestore::RefusalReason::stopped, {}, "no answer"});
  });
  if (chance(weather_.repeat_one_in)) carry(client, node, request, call);
  carry(client, node, std::move(request), call);
}

void SimNetwork::visit(std::uint64_t client, std::size_t node, std::function<void()> there,
                       std::function<void(bool)> back) {
  auto answered = std::make_shared<std::function<void(bool)>>(std::move(back));
  const auto answer = [answered](bool arrived) {
    if (const auto call = std::exchange(*answered, nullptr)) call(arrived);
  };
  world_.after(kTimeout, [answer] { answer(false); });
  if (chance(weather_.lose_one_in) || is_cut(client, node)) return;
  world_.after(delay(), [this, client, node, there = std::move(there), answer] {
    if (!nodes_[node]->is_up()) return;
    there();
    if (chance(weather_.lose_one_in) || is_cut(client, node)) return;
    world_.after(delay(), [answer] { answer(true); });
  });
}

void SimNetwork::carry(std::uint64_t client, std::size_t node, pagestore::Request request,
                       const std::shared_ptr<Call>& call) {
  if (chance(weather_.lose_one_in) || is_cut(client, node)) return;
  std::uint64_t arrival = world_.now() + delay();
  auto& last = last_arrival_[{client, node}];
  if (!chance(weather_.reorder_one_in)) arrival = last = std::max(arrival, last);
  world_.after(arrival - world_.now(), [this, client, node, call,
                                        request = std::move(request)]() mutable {
    nodes_[node]->deliver(std::move(request), [this, client, node, call](auto response) {
      if (chance(weather_.lose_one_in) || is_cut(client, node)) return;
      world_.after(delay(), [call, response = std::move(response)]() mutable {
        call->finish(std::move(response));
      });
    });
  });
}

}  // namespace sim
