#include "pagestore/node_server.h"

#include <atomic>
#include <chrono>
#include <set>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "frame_stream.h"
#include "pagestore/cluster_decision.h"
#include "pagestore/message_codec.h"
#include "wal/page.h"

namespace pagestore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A caller must have said who it is by then.
constexpr std::chrono::seconds kHandshakeTime{10};

}  // namespace

namespace {
class NodeConnection;
}

class NodeServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Network& network, NodeHost& node_host, NodeServerOptions server_options)
      : network(network.impl()),
        host(node_host),
        options(std::move(server_options)),
        acceptor_(network.impl().io),
        retry_(network.impl().io) {}

  wal::Result<void> start();
  void stop();
  std::uint16_t port() const { return port_; }

  // The connection that asks is told first whatever follows from the answer.
  Rejected adopt(const Adopt& adopt, NodeConnection* asking, bool& adopted);
  void remove(NodeConnection* connection) { connections_.erase(connection); }

  Network::Impl& network;
  NodeHost& host;
  const NodeServerOptions options;

 private:
  void accept();

  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::set<NodeConnection*> connections_;  // alive by their own hold on themselves
};

namespace {

// What nodes ask each other.
bool changes_nothing(const Request& request) {
  return std::visit(
      []<typename Message>(const Message&) {
        return std::is_same_v<Message, GetChanges> || std::is_same_v<Message, FetchLog> ||
               std::is_same_v<Message, FetchTruncations> || std::is_same_v<Message, ReadSegment> ||
               std::is_same_v<Message, ReadPage> || std::is_same_v<Message, FindChanges> ||
               std::is_same_v<Message, GetPageSums> ||
               std::is_same_v<Message, GetStatus>;
      },
      request);
}

// Lives until the connection ends. What a request under way holds is `Answers` alone.
class NodeConnection final : public FrameHandler {
 public:
  NodeConnection(std::shared_ptr<NodeServer::Impl> server, tcp::socket socket)
      : server_(std::move(server)),
        timer_(server_->network.io),
        answers_(std::make_shared<Answers>()) {
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    peer_ = fmt::format("{}:{}", peer.address().to_string(), peer.port());
    stream_ = std::make_shared<FrameStream>(server_->network, std::move(socket), FrameStream::Side::node);
    answers_->stream = stream_;
    answers_->io = &server_->network.io;
    answers_->resume_below = server_->options.connection_bytes_max / 2;
    timer_.expires_after(kHandshakeTime);
    timer_.async_wait([this](error_code cancelled) {
      if (!cancelled && !ended_) reject({RejectReason::protocol, "no handshake in time"});
    });
  }

  void start() { stream_->start(*this); }
  std::uint64_t generation() const { return generation_; }

  void on_ready() override {}

  void on_frame(const FrameHeader& header, std::span<const std::byte> body) override {
    if (is_handshake(header.kind)) {
      auto message = decode_handshake(header.kind, body);
      if (!message) return reject({RejectReason::protocol, message.error().message()});
      return std::visit([this](const auto& each) { on(each); }, *message);
    }
    if (generation_ == 0 && !is_peer_) {
      return reject({RejectReason::protocol, "a request before the handshake was complete"});
    }
    auto request = decode_request(header.kind, body);
    if (!request) return reject({RejectReason::protocol, request.error().message()});
    if (is_peer_ && !changes_nothing(*request)) {
      return reject({RejectReason::protocol, "a request that only the writer may make"});
    }
    // A short question may have a page for its answer.
    const std::size_t bytes = body.size() + wal::kPageSize;
    answers_->under_way += bytes;
    server_->host.node().send(*std::move(request), [answers = answers_, id = header.id, bytes](Response response) {
      answers->answer(id, bytes, response);
    });
    if (answers_->load() > server_->options.connection_bytes_max) {
      stream_->pause();
      answers_->paused = true;
      answers_->resume_if_light();  // the last answer may have come before the flag was up
    }
  }

  void on_sent() override { answers_->resume_if_light(); }

  void on_lost(const std::string& why) override {
    if (!caller_.empty()) spdlog::info("page store: {} ({}) is gone: {}", caller_, peer_, why);
    end();
  }

  // Says why, and is no more.
  void reject(const Rejected& rejected) {
    spdlog::warn("page store: {} ({}) is refused: {}", caller_.empty() ? "a caller" : caller_, peer_,
                 rejected.detail);
    stream_->send(encode(rejected));
    stream_->close();
    end();
  }

  // The server ends: nothing is said.
  void abort() {
    stream_->abort();
    end();
  }

 private:
  struct Answers : std::enable_shared_from_this<Answers> {
    std::shared_ptr<FrameStream> stream;
    asio::io_context* io = nullptr;
    std::atomic<std::size_t> under_way{0};
    std::atomic<bool> paused{false};
    std::size_t resume_below = 0;

    std::size_t load() const { return under_way + stream->queued_bytes(); }

    // On the node's thread.
    void answer(std::uint64_t id, std::size_t bytes, const Response& response) {
      auto frame = encode(response, id);
      if (!frame) {
        frame = encode(Response(Refusal{RefusalReason::malformed, {}, frame.error().message()}), id);
      }
      stream->send(*std::move(frame));
      under_way -= bytes;
      resume_if_light();
    }

    void resume_if_light() {
      if (!paused || load() > resume_below || !paused.exchange(false)) return;
      asio::post(*io, [self = shared_from_this()] { self->stream->resume(); });
    }
  };

  void on(const Hello& hello) {
    if (!caller_.empty()) return reject({RejectReason::protocol, "a second hello"});
    caller_ = hello.name.empty() ? "a caller" : hello.name;
    if (hello.version_min > kProtocolVersion || hello.version_max < kProtocolVersion) {
      return reject({RejectReason::version,
                     fmt::format("node {} speaks version {} of the page-store protocol, the caller {} to {}",
                                 server_->host.node().name(), kProtocolVersion, hello.version_min,
                                 hello.version_max)});
    }
    timer_.cancel();
    NodeChannel& node = server_->host.node();
    stream_->send(encode(Welcome{kProtocolVersion, node.name(), node.zone(), server_->host.cluster(),
                                 server_->host.kind()}));
  }

  void on(const Adopt& adopt) {
    if (caller_.empty()) return reject({RejectReason::protocol, "no hello"});
    bool adopted = false;
    const Rejected rejected = server_->adopt(adopt, this, adopted);
    if (!adopted) return reject(rejected);
    generation_ = adopt.cluster.generation;
    stream_->set_body_max(kFrameBodyMax);
    stream_->send(encode(Adopted{}));
  }

  void on(const Join& join) {
    if (caller_.empty() || generation_ != 0) return reject({RejectReason::protocol, "no hello"});
    const ClusterId own = server_->host.cluster().id;
    if (own.is_none() || own != join.cluster) {
      return reject({RejectReason::other_cluster,
                     fmt::format("node {} belongs to {}, not to cluster {}", server_->host.node().name(),
                                 own.is_none() ? "no cluster yet" : "cluster " + show(own),
                                 show(join.cluster))});
    }
    is_peer_ = true;
    stream_->set_body_max(kFrameBodyMax);
    stream_->send(encode(Adopted{}));
  }

  void on(const Ping&) { stream_->send(encode(Pong{})); }
  void on(const Pong&) {}
  void on(const Welcome&) { reject({RejectReason::protocol, "not a caller"}); }
  void on(const Adopted&) { reject({RejectReason::protocol, "not a caller"}); }
  void on(const Rejected&) { abort(); }

  void end() {
    if (std::exchange(ended_, true)) return;
    timer_.cancel();
    server_->remove(this);
    // From the loop, where nothing of this object is on the stack any more.
    asio::post(server_->network.io, [this] { delete this; });
  }

  std::shared_ptr<NodeServer::Impl> server_;
  asio::steady_timer timer_;
  std::shared_ptr<Answers> answers_;
  std::shared_ptr<FrameStream> stream_;
  std::string peer_, caller_;
  std::uint64_t generation_ = 0;  // 0: nothing adopted
  bool is_peer_ = false;          // a node of the same cluster
  bool ended_ = false;
};

}  // namespace

Rejected NodeServer::Impl::adopt(const Adopt& adopt, NodeConnection* asking, bool& adopted) {
  const ClusterRecord& record = adopt.cluster;
  const ClusterRecord own = host.cluster();
  const std::string name = host.node().name();
  if (record.id.is_none() || record.generation == 0) {
    return {RejectReason::protocol, "an adoption by no cluster"};
  }
  const Adoption adoption = judge_adoption(own, record, adopt.seen);
  switch (adoption) {
    case Adoption::other_cluster:
      return {RejectReason::other_cluster,
              fmt::format("node {} belongs to cluster {}, not to cluster {}", name, show(own.id),
                          show(record.id))};
    case Adoption::fenced:
      return {RejectReason::fenced, fmt::format("a newer writer ({}) has taken over", own.writer)};
    case Adoption::outdated:
      return {RejectReason::outdated,
              fmt::format("node {} knows of a newer change of the cluster's members", name)};
    case Adoption::same:
      break;
    case Adoption::store:
    case Adoption::empty_first: {
      const Rejected fenced{RejectReason::fenced,
                            fmt::format("a newer writer ({}) has taken over", record.writer)};
      for (NodeConnection* each : std::set(connections_)) {
        if (each == asking || each->generation() == 0) continue;
        if (each->generation() < record.generation) each->reject(fenced);
      }
      if (own.id != record.id) {
        spdlog::info("page-store node {} joins cluster {}", name, show(record.id));
      } else if (own.generation != record.generation) {
        spdlog::info("page-store node {}: {} is the writer now", name, record.writer);
      }
      std::string detail;
      if (auto kept = host.adopt(record, adoption == Adoption::empty_first, &detail); !kept) {
        return {RejectReason::failed,
                fmt::format("node {} could not join: {}", name,
                            detail.empty() ? kept.error().message() : detail)};
      }
    }
  }
  adopted = true;
  if (adopt.is_settled) host.settled();
  return {};
}

wal::Result<void> NodeServer::Impl::start() {
  error_code error;
  const auto address =
      asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error) return error;
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  port_ = acceptor_.local_endpoint().port();
  asio::post(network.io, [self = shared_from_this()] { self->accept(); });
  return {};
}

void NodeServer::Impl::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    if (self->stopped_ || error == asio::error::operation_aborted) return;
    if (!error) {
      auto* connection = new NodeConnection(self, std::move(socket));  // deletes itself: end()
      self->connections_.insert(connection);
      connection->start();
      return self->accept();
    }
    // Out of descriptors, most likely: the caller stays in the backlog.
    spdlog::error("page store: could not accept a connection: {}", error.message());
    self->retry_.expires_after(std::chrono::milliseconds(100));
    self->retry_.async_wait([self](error_code cancelled) {
      if (!cancelled && !self->stopped_) self->accept();
    });
  });
}

void NodeServer::Impl::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (NodeConnection* each : std::set(connections_)) each->abort();
}

NodeServer::NodeServer(Network& network, NodeHost& host, NodeServerOptions options)
    : impl_(std::make_shared<Impl>(network, host, std::move(options))), network_(network) {}

NodeServer::~NodeServer() {
  network_.impl().run([this] { impl_->stop(); });
  network_.impl().run([] {});  // behind the connections' last act
}

wal::Result<void> NodeServer::start() { return impl_->start(); }
std::uint16_t NodeServer::port() const { return impl_->port(); }

}  // namespace pagestore
