#include "sim_node.h"

#include <algorithm>
#include <utility>

#include "pagestore/testing/false_image.h"
#include "wal/check.h"

namespace sim {

SimNode::SimNode(World& world, pagestore::NodeOptions options, AskPeer ask_peer)
    : world_(world), options_(std::move(options)), ask_peer_(std::move(ask_peer)) {
  start();
}

void SimNode::start() {
  CHECK(!core_);
  world_.trace("{} starts", name());
  disk_.fail_writes(false);
  disk_busy_ = work_scheduled_ = false;
  tick_due_.reset();
  ++options_.run;
  core_ = pagestore::NodeCore::open(options_, disk_);
  settle();
}

void SimNode::crash() {
  CHECK(core_);
  world_.trace("{} crashes", name());
  ++incarnation_;
  core_.reset();
  waiting_.clear();
  disk_.crash(world_.random());
}

void SimNode::lose_files() {
  if (is_up()) crash();
  world_.trace("{} loses its files", name());
  disk_ = pagestore::testing::MemoryDisk();
}

void SimNode::rot() {
  const auto files = disk_.extent_files();
  if (files.empty()) return;
  const auto file = files[world_.pick(files.size())].file;
  const auto& content = disk_.content(file);
  // Behind the last byte that is not zero nothing was written.
  std::size_t used = content.size();
  while (used > 0 && content[used - 1] == std::byte{}) --used;
  if (used == 0) return;
  const std::uint64_t at = world_.pick(used);
  world_.trace("{}'s disk rots: file {} at {}", name(), wal::raw(file), at);
  disk_.flip_bit(file, at, static_cast<unsigned>(world_.pick(8)));
}

void SimNode::set_held(const pagestore::HeldSets& held, const pagestore::SetMates& mates) {
  options_.held = held;
  options_.mates = mates;
  if (!core_) return;
  core_->set_held(held, mates);
  settle();
}

void SimNode::release(const pagestore::HeldSets& kept) {
  core_->release(kept);
  settle();
}

void SimNode::jump_clock() {
  const unsigned due = core_ ? core_->ticks_until_due() : 0;
  if (due == 0) return;
  core_->tick(due);
  settle();
}

std::size_t SimNode::falsify_images() {
  crash();
  const std::size_t changed = pagestore::testing::falsify_images(disk_, world_.random());
  world_.trace("{} page images of {} are false", changed, name());
  return changed;
}

void SimNode::deliver(pagestore::Request request, Reply reply) {
  if (!core_) return;
  const std::uint64_t token = next_token_++;
  waiting_.emplace(token, std::move(reply));
  core_->request(token, std::move(request));
  settle();
}

pagestore::Response SimNode::answer(pagestore::Request request) {
  std::optional<pagestore::Response> answer;
  deliver(std::move(request), [&](pagestore::Response response) { answer = std::move(response); });
  CHECK(answer);
  return *std::move(answer);
}

void SimNode::settle() {
  carry_out(core_->take_output());
  schedule_work();
  schedule_tick();
}

void SimNode::carry_out(pagestore::NodeCore::Output output) {
  files_removed_ += output.removes.size();
  disk_.submit(output);
  for (const std::string& line : output.log) world_.trace("{}", line);
  for (auto& request : output.peer_requests) {
    ask_peer_(request.peer, std::move(request.request),
              [this, incarnation = incarnation_, id = request.id](pagestore::Response response) {
                if (incarnation != incarnation_ || !core_) return;
                core_->peer_answered(id, std::move(response));
                settle();
              });
  }
  for (auto& reply : output.replies) {
    auto found = waiting_.extract(reply.token);
    CHECK(!found.empty());  // exactly one answer
    found.mapped()(std::move(reply.response));
  }
  schedule_disk();
}

void SimNode::schedule_disk() {
  if (disk_busy_ || disk_.pending() == 0) return;
  disk_busy_ = true;
  after(world_.pick(20, 200) * slowness_, [this] {
    disk_busy_ = false;
    if (disk_.pending() > 0) {
      disk_.complete_one(*core_, world_.one_in(4) ? world_.pick(disk_.pending()) : 0);
    }
    settle();
  });
}

void SimNode::schedule_work() {
  if (work_scheduled_) return;
  work_scheduled_ = true;
  after(world_.pick(10, 300), [this] {
    work_scheduled_ = false;
    const bool more = core_->work();
    if (more) schedule_work();
    auto output = core_->take_output();
    if (!output.empty()) carry_out(std::move(output));
    schedule_tick();
  });
}

void SimNode::schedule_tick() {
  const std::uint64_t tick = 100'000 * 100 / clock_rate_;
  const unsigned due = core_->ticks_until_due();
  if (due == 0) return;
  const std::uint64_t when = world_.now() + due * tick;
  if (tick_due_ && *tick_due_ <= when) return;
  tick_due_ = when;
  after(due * tick, [this, when, due, tick] {
    if (tick_due_ == when) tick_due_.reset();
    const auto passed = static_cast<unsigned>((world_.now() - last_tick_) / tick);
    last_tick_ = world_.now();
    core_->tick(std::clamp(passed, 1u, due));
    settle();
  });
}

}  // namespace sim
