#include "sim_node.h"

#include <utility>

#include "wal/check.h"

namespace sim {

SimNode::SimNode(World& world, pagestore::NodeOptions options)
    : world_(world), options_(std::move(options)) {
  start();
}

void SimNode::after(std::uint64_t delay, std::function<void()> event) {
  world_.after(delay, [this, incarnation = incarnation_, event = std::move(event)] {
    if (incarnation == incarnation_ && core_) event();
  });
}

void SimNode::start() {
  CHECK(!core_);
  world_.trace("{} starts", name());
  disk_.fail_writes(false);
  disk_busy_ = work_scheduled_ = tick_scheduled_ = false;
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

void SimNode::deliver(pagestore::Request request, Reply reply) {
  if (!core_) return;
  const std::uint64_t token = next_token_++;
  waiting_.emplace(token, std::move(reply));
  core_->request(token, std::move(request));
  settle();
}

void SimNode::settle() {
  auto output = core_->take_output();
  files_removed_ += output.removes.size();
  disk_.submit(output);
  for (const std::string& line : output.log) world_.trace("{}", line);
  for (auto& reply : output.replies) {
    auto found = waiting_.extract(reply.token);
    CHECK(!found.empty());  // exactly one answer
    found.mapped()(std::move(reply.response));
  }
  schedule_disk();
  schedule_work();
  schedule_tick();
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
    auto output_due = more;
    if (output_due) schedule_work();
    auto output = core_->take_output();
    if (!output.empty()) {
      files_removed_ += output.removes.size();
      disk_.submit(output);
      for (const std::string& line : output.log) world_.trace("{}", line);
      for (auto& reply : output.replies) {
        auto found = waiting_.extract(reply.token);
        CHECK(!found.empty());
        found.mapped()(std::move(reply.response));
      }
      schedule_disk();
    }
  });
}

void SimNode::schedule_tick() {
  if (tick_scheduled_ || !core_->wants_tick()) return;
  tick_scheduled_ = true;
  after(100'000, [this] {
    tick_scheduled_ = false;
    core_->tick();
    settle();
  });
}

}  // namespace sim
