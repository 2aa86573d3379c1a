#include "pagestore/remote_cluster.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "pagestore/cluster_decision.h"
#include "pagestore/remote_node.h"
#include "pagestore/storage_tier.h"
#include "wal/check.h"

namespace pagestore {
namespace {

using Phase = RemoteNode::Phase;

// A takeover needs four nodes. For so long it waits for the first word of the others, so that a node
// that does not belong there is seen before anything is taken over.
constexpr std::chrono::milliseconds kFirstWord{150};
// Between two words about what we wait for.
constexpr std::chrono::seconds kPatience{5};

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

ClusterId random_id() {
  std::random_device random;
  const auto word = [&] { return (std::uint64_t{random()} << 32) | random(); };
  return {{word() | 1, word()}};
}

}  // namespace

struct RemoteCluster::Impl {
  Impl(Network& network, RemoteClusterOptions cluster_options) : options(std::move(cluster_options)) {
    CHECK(options.nodes.size() == kCopies);
    const auto packer = std::make_shared<BlobPacker>();
    for (const auto& address : options.nodes) {
      RemoteNodeOptions node;
      node.host = address.host;
      node.port = address.port;
      node.caller = "writer " + options.writer;
      if (options.compress && !is_loopback(address.host)) node.packer = packer;
      nodes.push_back(std::make_unique<RemoteNode>(network, std::move(node), [this] { on_change(); }));
    }
    std::scoped_lock lock(mutex);
    complete = true;
  }

  void on_change() {
    std::function<void(std::string)> call;
    std::string why;
    {
      const std::scoped_lock lock(mutex);
      ++changes;
      if (complete && lost) {
        why = fenced_by();
        if (!why.empty()) call = std::exchange(lost, nullptr);
      }
    }
    changed.notify_all();
    if (call) call(why);
  }

  // Empty: a write quorum may still be ours.
  std::string fenced_by() const {
    std::size_t count = 0;
    std::string why;
    for (const auto& node : nodes) {
      const auto state = node->state();
      if (state.phase != Phase::fenced) continue;
      ++count;
      why = state.trouble;
    }
    return count > kCopies - kWriteQuorum ? why : "";
  }

  // Waits for a change, or until it is time to say what for; false when we are to stop.
  bool wait(std::unique_lock<std::mutex>& lock, std::uint64_t seen, std::stop_token stop,
            const std::string& why) {
    const auto news = [&] { return changes != seen; };
    changed.wait_until(lock, stop, speak_at, news);
    if (stop.stop_requested()) return false;
    // Nodes that are tried again and again are news all the time, which must not keep us silent.
    if (const auto now = std::chrono::steady_clock::now(); now >= speak_at) {
      spdlog::info("waiting for page-store nodes: {}", why);
      speak_at = now + kPatience;
    }
    return true;
  }

  wal::Result<void> decide(std::stop_token stop, std::string* detail);
  wal::Result<void> wait_adopted(std::stop_token stop, std::string* detail);
  void adopt_all() {
    for (const auto& node : nodes) node->adopt(record);
  }

  const RemoteClusterOptions options;
  ClusterRecord record;
  std::mutex mutex;
  std::condition_variable_any changed;
  bool complete = false;                     // guarded by mutex, as what follows
  std::uint64_t changes = 0;
  std::chrono::steady_clock::time_point speak_at = std::chrono::steady_clock::now() + kPatience;
  std::function<void(std::string)> lost;
  std::vector<std::unique_ptr<RemoteNode>> nodes;  // last: they call back until they are gone
};

wal::Result<void> RemoteCluster::Impl::decide(std::stop_token stop, std::string* detail) {
  const auto nonce = static_cast<std::uint32_t>(std::random_device()());
  const ClusterId new_id = random_id();
  const auto first_word_until = std::chrono::steady_clock::now() + kFirstWord;
  std::unique_lock lock(mutex);
  for (;;) {
    const std::uint64_t seen = changes;
    std::vector<SurveyedNode> surveyed;
    for (const auto& node : nodes) {
      auto state = node->state();
      if (state.phase != Phase::welcomed) state.welcome.reset();
      surveyed.push_back({node->address(), std::move(state.welcome)});
    }
    auto outcome = decide_cluster(surveyed, options.writer, nonce, new_id);
    if (auto* decision = std::get_if<Decision>(&outcome)) {
      const bool all_tried = std::ranges::all_of(nodes, [](const auto& node) { return node->state().tried; });
      if (!all_tried && std::chrono::steady_clock::now() < first_word_until) {
        changed.wait_until(lock, stop, first_word_until, [&] { return changes != seen; });
        if (stop.stop_requested()) return ClusterErrc::stopped;
        continue;
      }
      record = std::move(decision->record);
      return {};
    }
    if (const auto* unsuitable = std::get_if<Unsuitable>(&outcome)) {
      *detail = unsuitable->why;
      return ClusterErrc::unsuitable;
    }
    std::string why = std::get<Wait>(outcome).why;
    for (const auto& node : nodes) {
      const auto state = node->state();
      if (state.phase != Phase::welcomed) why += fmt::format("; {}: {}", node->address(), state.trouble);
    }
    if (!wait(lock, seen, stop, why)) return ClusterErrc::stopped;
  }
}

wal::Result<void> RemoteCluster::Impl::wait_adopted(std::stop_token stop, std::string* detail) {
  std::unique_lock lock(mutex);
  for (;;) {
    const std::uint64_t seen = changes;
    std::size_t adopted = 0;
    for (const auto& node : nodes) {
      const auto state = node->state();
      if (state.phase == Phase::serving && state.adopted) ++adopted;
      if (state.phase == Phase::refused || state.phase == Phase::fenced) {
        *detail = fmt::format("{}: {}", node->address(), state.trouble);
        return state.phase == Phase::fenced ? ClusterErrc::fenced : ClusterErrc::unsuitable;
      }
    }
    if (adopted >= (record.founded ? kWriteQuorum : kCopies)) return {};
    if (!wait(lock, seen, stop, "to join the cluster")) return ClusterErrc::stopped;
  }
}

RemoteCluster::RemoteCluster(Network& network, RemoteClusterOptions options)
    : impl_(std::make_unique<Impl>(network, std::move(options))) {}

RemoteCluster::~RemoteCluster() = default;

wal::Result<void> RemoteCluster::take_over(std::stop_token stop, std::string* detail) {
  if (auto decided = impl_->decide(stop, detail); !decided) return decided;
  for (std::size_t i = 0; i < impl_->nodes.size(); ++i) {
    const ClusterMember& member = impl_->record.members[i];
    impl_->nodes[i]->expect(member.name, member.zone);
  }
  impl_->adopt_all();
  return impl_->wait_adopted(stop, detail);
}

bool RemoteCluster::is_new() const { return !impl_->record.founded; }

wal::Result<void> RemoteCluster::mark_founded(std::stop_token stop) {
  impl_->record.founded = true;
  impl_->adopt_all();
  std::string detail;
  return impl_->wait_adopted(stop, &detail);
}

void RemoteCluster::when_fenced(std::function<void(std::string)> lost) {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->lost = std::move(lost);
  }
  impl_->on_change();
}

std::vector<NodeChannel*> RemoteCluster::nodes() const {
  std::vector<NodeChannel*> channels;
  for (const auto& node : impl_->nodes) channels.push_back(node.get());
  return channels;
}

boost::system::error_code make_error_code(ClusterErrc errc) {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "page-store cluster"; }
    std::string message(int code) const override {
      switch (static_cast<ClusterErrc>(code)) {
        case ClusterErrc::unsuitable: return "these page-store nodes cannot serve this writer";
        case ClusterErrc::fenced: return "another writer has taken over";
        case ClusterErrc::stopped: return "stopped while waiting for page-store nodes";
      }
      return "unknown cluster error";
    }
  };
  static const Category category;
  return {static_cast<int>(errc), category};
}

}  // namespace pagestore
