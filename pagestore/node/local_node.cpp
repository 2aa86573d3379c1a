#include "pagestore/local_node.h"

#include <chrono>
#include <future>
#include <random>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "node_runner.h"
#include "wal/check.h"

namespace pagestore {
namespace {

constexpr std::chrono::seconds kStopPatience{10};

}  // namespace

// --- NodeRunner ------------------------------------------------------------------------------

void NodeRunner::request(Request request, NodeChannel::Completion done) {
  NodeCore::Token token;
  if (free_tokens_.empty()) {
    token = waiting_.size();
    waiting_.push_back(std::move(done));
  } else {
    token = free_tokens_.back();
    free_tokens_.pop_back();
    waiting_[token] = std::move(done);
  }
  ++unanswered_;
  core_->request(token, std::move(request));
}

void NodeRunner::flush() {
  for (;;) {
    NodeCore::Output out = core_->take_output();
    if (out.empty()) break;
    for (const DiskWrite& write : out.writes) {
      thread_.submit_write(this, disk_->find(write.file), write);
    }
    for (const DiskRead& read : out.reads) {
      thread_.submit_read(this, disk_->find(read.file).descriptor, read);
    }
    for (const DiskPrepare& prepare : out.prepares) {
      operation_started();
      thread_.run_blocking([this, prepare] {
        const DiskFile opened = disk_->prepare(prepare);
        thread_.post([this, file = prepare.file, opened] {
          const bool ok = opened.descriptor >= 0;
          if (ok) disk_->add(file, opened);
          operation_done();
          core_->file_ready(file, ok);
          flush();
        });
      });
    }
    for (const DiskRemove& remove : out.removes) {
      disk_->forget(remove.file);
      operation_started();
      thread_.run_blocking([this, file = remove.file] {
        disk_->unlink_file(file);
        thread_.post([this] {
          operation_done();
          check_closed();
        });
      });
    }
    for (NodeCore::PeerRequest& request : out.peer_requests) ask_peer(std::move(request));
    for (const std::string& line : out.log) spdlog::warn("page store {}", line);
    for (NodeCore::Reply& reply : out.replies) {
      const NodeChannel::Completion done = std::move(waiting_[reply.token]);
      waiting_[reply.token] = nullptr;
      free_tokens_.push_back(reply.token);
      --unanswered_;
      done(std::move(reply.response));
    }
  }
  check_closed();
}

void NodeRunner::ask_peer(NodeCore::PeerRequest request) {
  const auto answer = [thread = &thread_, self = self_, id = request.id](Response response) {
    thread->post([self, id, response = std::move(response)]() mutable {
      if (self->runner == nullptr) return;
      self->runner->core_->peer_answered(id, std::move(response));
      self->runner->flush();
    });
  };
  if (request.peer < peers_.size() && peers_[request.peer] != nullptr) {
    peers_[request.peer]->send(std::move(request.request), answer);
  } else {
    answer(Refusal{RefusalReason::stopped, {}, "no peers"});
  }
}

bool NodeRunner::work(bool idle) {
  const bool more = core_->work(idle);
  flush();
  return more;
}

void NodeRunner::close(std::function<void()> closed) {
  closed_ = std::move(closed);
  core_->prepare_stop();
  flush();
}

void NodeRunner::check_closed() {
  if (!closed_ || operations_ > 0 || !core_->ready_to_stop()) return;
  if (!stopped_) {
    stopped_ = true;
    core_->stop();
    flush();
    return;
  }
  if (unanswered_ > 0) return;
  // From the inbox, where nothing of this object is on the stack any more.
  thread_.post([this, closed = std::exchange(closed_, nullptr)] {
    thread_.remove(this);
    closed();
  });
}

std::string NodeRunner::close_waits_for() const {
  return fmt::format("{} disk operations, {} requests{}{}", operations_, unanswered_,
                     core_->ready_to_stop() ? "" : ", ", core_->stop_waits_for());
}

// --- LocalNode -------------------------------------------------------------------------------

struct LocalNode::Impl {
  Impl(LocalNodeOptions node_options, StorageThread::Impl& storage_thread)
      : options(std::move(node_options)), thread(storage_thread) {}

  LocalNodeOptions options;
  StorageThread::Impl& thread;
  std::unique_ptr<NodeRunner> runner;
};

LocalNode::LocalNode(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

wal::Result<std::unique_ptr<LocalNode>> LocalNode::open(LocalNodeOptions options,
                                                        StorageThread& thread,
                                                        std::string* detail) {
  auto disk = UnixDisk::open(options.directory, detail, options.node.kind);
  if (!disk) return disk.error();
  auto impl = std::make_unique<Impl>(std::move(options), *thread.impl_);
  if (impl->options.node.run == 0) {
    std::random_device random;
    impl->options.node.run = (std::uint64_t{random()} << 32) | random();
  }
  impl->options.node.kind = (*disk)->kind();
  auto core = NodeCore::open(impl->options.node, **disk);
  impl->runner =
      std::make_unique<NodeRunner>(*thread.impl_, std::move(*disk), std::move(core));
  NodeRunner* const runner = impl->runner.get();
  thread.impl_->post([runner, threads = thread.impl_.get()] {
    threads->add(runner);
    runner->flush();
  });
  return std::unique_ptr<LocalNode>(new LocalNode(std::move(impl)));
}

LocalNode::~LocalNode() {
  std::promise<void> closed;
  impl_->thread.post([&] { impl_->runner->close([&] { closed.set_value(); }); });
  // A stop that takes long says why: it is a disk that is slow, or a fault of ours.
  const std::future<void> is_closed = closed.get_future();
  while (is_closed.wait_for(kStopPatience) == std::future_status::timeout) {
    impl_->thread.post([runner = impl_->runner.get(), &thread = impl_->thread] {
      if (thread.has(runner)) spdlog::warn("page store: stopping still waits for {}", runner->close_waits_for());
    });
  }
}

void LocalNode::set_peers(std::vector<NodeChannel*> peers) {
  std::promise<void> set;
  impl_->thread.post([&] {
    impl_->runner->set_peers(std::move(peers));
    set.set_value();
  });
  set.get_future().wait();
}

void LocalNode::set_held(const HeldSets& held, SetMates mates) {
  std::promise<void> set;
  impl_->thread.post([&] {
    impl_->runner->core().set_held(held, std::move(mates));
    set.set_value();
  });
  set.get_future().wait();
}

void LocalNode::release(const HeldSets& kept) {
  impl_->thread.post([runner = impl_->runner.get(), kept] {
    runner->core().release(kept);
    runner->flush();
  });
}

const std::string& LocalNode::name() const { return impl_->options.node.name; }
const std::string& LocalNode::zone() const { return impl_->options.node.zone; }

void LocalNode::send(Request request, Completion done) {
  impl_->thread.send({impl_->runner.get(), std::move(request), std::move(done), {}});
}

boost::system::error_code make_error_code(NodeErrc errc) {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "page-store node"; }
    std::string message(int code) const override {
      switch (static_cast<NodeErrc>(code)) {
        case NodeErrc::directory_in_use: return "data directory is in use by another server";
        case NodeErrc::wrong_format: return "data directory is of another format version";
        case NodeErrc::io_error: return "data directory cannot be read or written";
      }
      return "unknown page-store node error";
    }
  };
  static const Category category;
  return {static_cast<int>(errc), category};
}

}  // namespace pagestore
