#include "pagestore/remote_cluster.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "pagestore/cluster_change.h"
#include "pagestore/cluster_decision.h"
#include "pagestore/remote_node.h"
#include "wal/check.h"

namespace pagestore {
namespace {

using Phase = RemoteNode::Phase;

// A takeover needs a write quorum. For so long it waits for the first word of the others, so that a node
// that does not belong there is seen before anything is taken over.
constexpr std::chrono::milliseconds kFirstWord{150};
// Between two words about what we wait for.
constexpr std::chrono::seconds kPatience{5};
// A node that is to be added says who it is by then.
constexpr std::chrono::seconds kGreeting{5};

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
  Impl(Network& its_network, RemoteClusterOptions cluster_options)
      : network(its_network), options(std::move(cluster_options)),
        control(options.control == nullptr ? embedded : *options.control) {
    for (const auto& address : options.nodes) connect(address.host, address.port);
  }

  RemoteNode& connect(const std::string& host, const std::string& port) {
    RemoteNodeOptions node;
    node.host = host;
    node.port = port;
    node.caller = "writer " + options.writer;
    if (options.compress && !is_loopback(host)) node.packer = packer;
    auto made = std::make_unique<RemoteNode>(network, std::move(node), [this] { on_change(); });
    RemoteNode& connected = *made;
    const std::scoped_lock lock(mutex);
    connections.push_back(std::move(made));
    return connected;
  }
  RemoteNode* connect(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return nullptr;
    return &connect(address.substr(0, colon), address.substr(colon + 1));
  }

  void on_change() {
    std::function<void(std::string)> call;
    std::string why;
    {
      const std::scoped_lock lock(mutex);
      ++changes;
      if (lost) {
        why = fenced_by();
        if (!why.empty()) call = std::exchange(lost, nullptr);
      }
    }
    changed.notify_all();
    if (call) call(why);
  }

  NodeSet in_phase(Phase phase) const {
    NodeSet set;
    for (NodeIndex node = 0; node < nodes.size(); ++node) {
      if (nodes[node].connection->state().phase == phase) set.add(node);
    }
    return set;
  }

  // Empty: a write quorum may still be ours.
  std::string fenced_by() const {
    const NodeSet fenced = in_phase(Phase::fenced);
    if (!placement.blocks_writes(fenced)) return "";
    return nodes[*fenced.begin()].connection->state().trouble;
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

  // The nodes themselves agree: what a write quorum of them has adopted is the record.
  class Embedded final : public ControlStore {
   public:
    explicit Embedded(Impl& cluster) : cluster_(cluster) {}
    const std::string& name() const override { return name_; }
    // Nothing that is not in the survey anyway.
    wal::Result<std::optional<ClusterRecord>> read(std::stop_token, std::string*) override {
      return std::optional<ClusterRecord>();
    }
    wal::Result<void> swap(const ClusterRecord& next, const RecordVersion& seen, std::stop_token stop,
                           std::string* detail) override {
      return cluster_.adopt(next, seen, stop, detail);
    }

   private:
    Impl& cluster_;
    const std::string name_ = "the page-store nodes";
  };

  // Agrees on `next`, then has the nodes adopt it: only that shuts out the writer before.
  wal::Result<void> agree(const ClusterRecord& next, const RecordVersion& seen, std::stop_token stop,
                          std::string* detail) {
    if (auto agreed = control.swap(next, seen, stop, detail); !agreed) return agreed;
    if (&control == &embedded) return {};
    return adopt(next, seen, stop, detail);
  }
  // Durable on a write quorum of the membership before and of its own when it returns.
  wal::Result<void> adopt(const ClusterRecord& next, const RecordVersion& seen, std::stop_token stop,
                          std::string* detail) {
    adopt_all(next, seen);
    return wait_adopted(next, record.id.is_none() ? placement_for(next) : placement, stop, detail);
  }

  wal::Result<Decision> decide(std::stop_token stop, std::string* detail);
  wal::Result<void> wait_adopted(const ClusterRecord& wanted, Placement before,
                                 std::stop_token stop, std::string* detail);

  // A connection for each member, whose place is its index.
  void settle_places(const ClusterRecord& decided) {
    std::vector<Node> placed;
    for (const ClusterMember& member : decided.members) {
      RemoteNode* found = nullptr;
      for (const auto& each : connections) {
        const auto state = each->state();
        if (state.welcome ? state.welcome->name == member.name : each->address() == member.address) {
          found = each.get();
        }
      }
      placed.push_back({member.name, found});
    }
    for (Node& node : placed) {
      const auto member = std::ranges::find(decided.members, node.name, &ClusterMember::name);
      if (node.connection == nullptr) node.connection = connect(member->address);
      node.connection->expect(*member);
    }
    const std::scoped_lock lock(mutex);
    nodes = std::move(placed);
  }

  void dismiss_strangers() {
    const std::scoped_lock lock(mutex);
    for (const auto& each : connections) {
      const bool is_member = std::ranges::any_of(
          nodes, [&](const Node& node) { return node.connection == each.get(); });
      if (is_member) continue;
      each->retire();
    }
  }

  NodeIndex index_of(const std::string& name) const {
    const auto found = std::ranges::find_if(nodes, [&](const Node& node) {
      return node.name == name && node.connection != nullptr && !node.gone;
    });
    CHECK(found != nodes.end());
    return static_cast<NodeIndex>(found - nodes.begin());
  }
  Placement placement_for(const ClusterRecord& of) const {
    const auto made = placement_of(of, [this](const std::string& name) { return index_of(name); });
    CHECK(made);  // decide_cluster() and the steps of a change see to it
    return *made;
  }

  void adopt_all(const ClusterRecord& wanted, RecordVersion seen, bool is_settled = false) {
    for (const Node& node : nodes) {
      if (!node.gone) node.connection->adopt(wanted, seen, is_settled);
    }
  }

  struct Node {
    std::string name;
    RemoteNode* connection = nullptr;
    bool gone = false;
  };

  Network& network;
  const RemoteClusterOptions options;
  Embedded embedded{*this};
  ControlStore& control;
  const std::shared_ptr<BlobPacker> packer = std::make_shared<BlobPacker>();
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::uint64_t changes = 0;                 // guarded by mutex, as what follows
  std::chrono::steady_clock::time_point speak_at = std::chrono::steady_clock::now() + kPatience;
  std::function<void(std::string)> lost;
  std::vector<Node> nodes;                   // by index
  ClusterRecord record;
  Placement placement;
  std::vector<std::unique_ptr<RemoteNode>> connections;  // last: they call back until they are gone
};

wal::Result<Decision> RemoteCluster::Impl::decide(std::stop_token stop, std::string* detail) {
  const auto nonce = static_cast<std::uint32_t>(std::random_device()());
  const ClusterId new_id = random_id();
  std::optional<AgreedRecord> agreed;
  {
    auto stored = control.read(stop, detail);
    if (!stored) return stored.error();
    if (*stored) agreed = {**std::move(stored), control.name()};
  }
  if (options.nodes.empty() && unsurveyed({}, agreed).empty()) {
    *detail = fmt::format("{} knows of no cluster yet\nHINT: Name the six nodes of a new one with --pagestore.",
                          control.name());
    return ClusterErrc::unsuitable;
  }
  const auto first_word_until = std::chrono::steady_clock::now() + kFirstWord;
  for (;;) {
    std::vector<SurveyedNode> surveyed;
    std::vector<RemoteNode::State> states;
    std::unique_lock lock(mutex);
    const std::uint64_t seen = changes;
    for (const auto& each : connections) {
      auto state = each->state();
      states.push_back(state);
      // (One that is serving keeps what it said before it adopted what we now want changed.)
      if (state.phase != Phase::welcomed && state.phase != Phase::serving) state.welcome.reset();
      surveyed.push_back({each->address(), std::move(state.welcome), surveyed.size() < options.nodes.size()});
    }
    const bool all_tried = std::ranges::all_of(states, &RemoteNode::State::tried);
    // (The addresses that we were given may be others for the same nodes.)
    if (const auto more = unsurveyed(surveyed, agreed); !more.empty() && all_tried) {
      lock.unlock();
      for (const std::string& address : more) connect(address);
      continue;
    }
    auto outcome = decide_cluster(surveyed, options.writer, nonce, new_id, agreed);
    if (auto* decision = std::get_if<Decision>(&outcome)) {
      if (!all_tried && std::chrono::steady_clock::now() < first_word_until) {
        changed.wait_until(lock, stop, first_word_until, [&] { return changes != seen; });
        if (stop.stop_requested()) return ClusterErrc::stopped;
        continue;
      }
      return *std::move(decision);
    }
    if (const auto* unsuitable = std::get_if<Unsuitable>(&outcome)) {
      *detail = unsuitable->why;
      return ClusterErrc::unsuitable;
    }
    std::string why = std::get<Wait>(outcome).why;
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (!surveyed[i].welcome) why += fmt::format("; {}: {}", surveyed[i].address, states[i].trouble);
    }
    if (!wait(lock, seen, stop, why)) return ClusterErrc::stopped;
  }
}

wal::Result<void> RemoteCluster::Impl::wait_adopted(const ClusterRecord& wanted, Placement before,
                                                    std::stop_token stop, std::string* detail) {
  const Placement after = placement_for(wanted);
  std::unique_lock lock(mutex);
  for (;;) {
    const std::uint64_t seen = changes;
    NodeSet adopted, refusing;
    std::string why;
    for (NodeIndex node = 0; node < nodes.size(); ++node) {
      const auto state = nodes[node].connection->state();
      if (state.phase == Phase::serving && state.adopted) adopted.add(node);
      if (!after.contains(node) && !before.contains(node)) continue;
      if (state.phase == Phase::outdated) return ClusterErrc::outdated;
      if (state.phase != Phase::refused && state.phase != Phase::fenced) continue;
      *detail = fmt::format("{}: {}", nodes[node].connection->address(), state.trouble);
      if (state.phase == Phase::fenced) return ClusterErrc::fenced;
      refusing.add(node);
      why += fmt::format("{}{}", why.empty() ? "" : "; ", *detail);
    }
    // One that cannot (its disk is full) is as good as away, and is asked again later. A new cluster needs each of its nodes.
    if (wanted.founded ? before.blocks_writes(refusing) || after.blocks_writes(refusing) : !refusing.empty()) {
      *detail = std::move(why);
      return ClusterErrc::unsuitable;
    }
    const bool enough = wanted.founded
                            ? before.is_write_quorum(adopted) && after.is_write_quorum(adopted)
                            : (after.all() - adopted).empty();
    if (enough) return {};
    if (!wait(lock, seen, stop, "to join the cluster")) return ClusterErrc::stopped;
  }
}

RemoteCluster::RemoteCluster(Network& network, RemoteClusterOptions options)
    : impl_(std::make_unique<Impl>(network, std::move(options))) {}

RemoteCluster::~RemoteCluster() {
  // One that goes must not be looked at by one that still calls back.
  const std::scoped_lock lock(impl_->mutex);
  impl_->lost = nullptr;
}

wal::Result<void> RemoteCluster::take_over(std::stop_token stop, std::string* detail) {
  for (;;) {
    auto decided = impl_->decide(stop, detail);
    if (!decided) return decided.error();
    impl_->settle_places(decided->record);
    auto adopted = impl_->agree(decided->record, decided->seen, stop, detail);
    // Another writer has changed the members since they were surveyed.
    if (!adopted && adopted.error() == ClusterErrc::outdated) continue;
    if (!adopted) return adopted;
    {
      const std::scoped_lock lock(impl_->mutex);
      impl_->placement = impl_->placement_for(decided->record);
      impl_->record = decided->record;
    }
    impl_->dismiss_strangers();
    // Whatever change some node may still know of has come to nothing: a write quorum is ours.
    impl_->adopt_all(decided->record, version_of(decided->record), true);
    return {};
  }
}

bool RemoteCluster::is_new() const { return !impl_->record.founded; }

wal::Result<void> RemoteCluster::mark_founded(std::stop_token stop) {
  ClusterRecord founded = record();
  founded.founded = true;
  std::string detail;
  return change(founded, stop, &detail);
}

void RemoteCluster::when_fenced(std::function<void(std::string)> lost) {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->lost = std::move(lost);
  }
  impl_->on_change();
}

ClusterRecord RemoteCluster::record() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->record;
}

Placement RemoteCluster::placement() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->placement;
}

NodeIndex RemoteCluster::index_of(const std::string& name) const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->index_of(name);
}

std::vector<NodeChannel*> RemoteCluster::nodes() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<NodeChannel*> channels;
  for (const auto& node : impl_->nodes) channels.push_back(node.connection);
  return channels;
}

std::vector<std::string> RemoteCluster::troubles() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<std::string> troubles;
  for (const auto& node : impl_->nodes) {
    const auto state = node.connection->state();
    troubles.push_back(state.phase == Phase::serving ? "" : state.trouble);
  }
  return troubles;
}

wal::Result<ClusterMember> RemoteCluster::greet(const std::string& address, std::stop_token stop,
                                                std::string* detail) {
  const auto until = std::chrono::steady_clock::now() + kGreeting;
  RemoteNode* const node = impl_->connect(address);
  if (node == nullptr) {
    *detail = "\"" + address + "\" is not HOST:PORT";
    return ClusterErrc::unsuitable;
  }
  std::unique_lock lock(impl_->mutex);
  for (;;) {
    const std::uint64_t seen = impl_->changes;
    const auto state = node->state();
    if (state.phase == Phase::welcomed) {
      const ClusterRecord& theirs = state.welcome->cluster;
      if (theirs.id.is_none() || !theirs.founded || theirs.id == impl_->record.id) {
        return ClusterMember{.name = state.welcome->name,
                             .zone = state.welcome->zone,
                             .address = address,
                             .kind = state.welcome->kind};
      }
      *detail = fmt::format("node {} ({}) belongs to cluster {}", state.welcome->name, address,
                            show(theirs.id));
      break;
    }
    if (state.phase == Phase::refused || std::chrono::steady_clock::now() > until) {
      *detail = fmt::format("{}: {}", address, state.trouble);
      break;
    }
    impl_->changed.wait_until(lock, stop, until, [&] { return impl_->changes != seen; });
    if (stop.stop_requested()) return ClusterErrc::stopped;
  }
  node->retire();
  return ClusterErrc::unsuitable;
}

void RemoteCluster::settle() { impl_->adopt_all(impl_->record, version_of(impl_->record), true); }

wal::Result<void> RemoteCluster::change(const ClusterRecord& next, std::stop_token stop,
                                        std::string* detail) {
  for (const ClusterMember& member : next.members) {
    const auto known = std::ranges::any_of(impl_->nodes, [&](const Impl::Node& node) {
      return node.name == member.name && !node.gone;
    });
    if (known) continue;
    // greet() left a connection; there are older ones to the same place that were given up.
    RemoteNode* connection = nullptr;
    {
      const std::scoped_lock lock(impl_->mutex);
      for (const auto& each : impl_->connections) {
        const auto state = each->state();
        if (each->address() == member.address && state.phase == Phase::welcomed) connection = each.get();
      }
    }
    if (connection == nullptr) connection = impl_->connect(member.address);
    connection->expect(member);
    const std::scoped_lock lock(impl_->mutex);
    impl_->nodes.push_back({member.name, connection, false});
  }
  if (auto agreed = impl_->agree(next, version_of(next), stop, detail); !agreed) return agreed;
  const std::scoped_lock lock(impl_->mutex);
  impl_->record = next;
  impl_->placement = impl_->placement_for(next);
  for (Impl::Node& node : impl_->nodes) {
    const bool is_there = std::ranges::count(next.members, node.name, &ClusterMember::name) > 0;
    if (is_there || node.gone) continue;
    node.gone = true;
    node.connection->retire();
  }
  return {};
}

}  // namespace pagestore
