#include "pagestore/remote_node.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "frame_stream.h"
#include "pagestore/message_codec.h"

namespace pagestore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kPauseMin{20};
constexpr milliseconds kPauseMax{1000};
// The beat of pings. Silence is counted in beats that we lived through ourselves, so a process that
// was stopped, or had no CPU, does not take everybody else for dead.
constexpr milliseconds kBeat{500};
constexpr unsigned kSilentBeatsMax = 6;
constexpr unsigned kHandshakeBeatsMax = 6;

Epoch epoch_of(const Request& request) {
  return std::visit(
      []<typename Message>(const Message& message) {
        if constexpr (requires { message.part.epoch; }) return message.part.epoch;
        else if constexpr (requires { message.epoch; }) return message.epoch;
        else return Epoch{};
      },
      request);
}

// Nullopt: not an address and a number, but names.
std::optional<tcp::endpoint> literal_endpoint(const std::string& host, const std::string& port) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  std::uint16_t number = 0;
  const auto [end, wrong] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error || wrong != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  return tcp::endpoint{address, number};
}

}  // namespace

class RemoteNode::Impl final : public FrameHandler, public std::enable_shared_from_this<Impl> {
 public:
  Impl(Network& network, RemoteNodeOptions node_options, std::function<void()> on_change)
      : options(std::move(node_options)),
        network_(network.impl()),
        changed_(std::move(on_change)),
        resolver_(network_.io),
        beat_(network_.io),
        pause_timer_(network_.io) {}

  // --- any thread ------------------------------------------------------------------------------

  State state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
  }

  void send(Request request, Completion done) {
    const Epoch epoch = epoch_of(request);
    std::shared_ptr<FrameStream> stream;
    std::uint64_t id = 0;
    Response refusal;
    {
      const std::scoped_lock lock(mutex_);
      if (state_.phase != Phase::serving) {
        refusal = refusal_locked(epoch);
      } else if (stream_->queued_bytes() > options.queue_bytes_max ||
                 slots_.size() - free_.size() >= options.requests_max) {
        refusal = Refusal{RefusalReason::stopped, {}, "too slow: its send queue is full"};
      } else {
        stream = stream_;
        id = take_slot_locked(std::move(done), epoch);
      }
    }
    if (stream == nullptr) return done(std::move(refusal));
    auto frame = encode(request, id, options.packer.get());
    if (frame) return stream->send(*std::move(frame));
    if (const auto waiting = release(id)) {
      waiting(Refusal{RefusalReason::malformed, {}, frame.error().message()});
    }
  }

  void expect(const ClusterMember& node) {
    const std::scoped_lock lock(mutex_);
    name_ = node.name;
    zone_ = node.zone;
    kind_ = node.kind;
  }

  // --- the network's thread ----------------------------------------------------------------------

  // Who was welcomed before anybody was expected.
  void check_expected() {
    const State now = state();
    if (now.phase != Phase::welcomed && now.phase != Phase::serving) return;
    if (const std::string trouble = mismatch(*now.welcome); !trouble.empty()) return refuse(trouble);
    if (const std::string trouble = other_kind(*now.welcome); !trouble.empty()) fail(trouble);
  }

  void start() {
    beat();
    connect();
  }

  void stop() {
    stopped_ = true;
    resolver_.cancel();
    beat_.cancel();
    pause_timer_.cancel();
    if (socket_) socket_->close();
    drop("this process is stopping");
  }

  // Any thread: what it says of an introduction before this one counts no more.
  std::uint64_t will_introduce() {
    const std::scoped_lock lock(mutex_);
    state_.adopted = false;
    return ++introductions_;
  }

  void introduce(Handshake introduction, std::uint64_t number) {
    introduction_ = std::move(introduction);
    introduction_number_ = number;
    const Phase phase = state().phase;
    if (phase == Phase::welcomed || phase == Phase::serving) send_introduction();
  }

  void retire() {
    if (stopped_) return;
    stop();
    const std::scoped_lock lock(mutex_);
    state_.phase = Phase::down;
    state_.trouble = "it belongs to the cluster no more";
  }

  void on_ready() override { connection_->send(encode(Hello{.name = options.caller})); }

  void on_frame(const FrameHeader& header, std::span<const std::byte> body) override {
    if (!is_handshake(header.kind)) return on_response(header, body);
    auto message = decode_handshake(header.kind, body);
    if (!message) return fail(message.error().message());
    std::visit([this](auto& each) { on(each); }, *message);
  }

  void on_lost(const std::string& why) override {
    connection_ = nullptr;
    down(Phase::down, why);
  }

  const RemoteNodeOptions options;
  // Set by expect() under mutex_, for good before anybody asks for them.
  std::string name_, zone_;
  SegmentKind kind_ = SegmentKind::full;

 private:
  struct Slot {
    std::uint64_t id = 0;
    Completion done;
    Epoch epoch{};
  };

  std::uint64_t take_slot_locked(Completion done, Epoch epoch) {
    std::uint32_t at;
    if (free_.empty()) {
      at = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      at = free_.back();
      free_.pop_back();
    }
    const std::uint64_t id = (++requests_ << 32) | at;
    slots_[at] = {id, std::move(done), epoch};
    return id;
  }

  Completion release(std::uint64_t id) {
    const std::scoped_lock lock(mutex_);
    const auto at = static_cast<std::uint32_t>(id);
    if (at >= slots_.size() || slots_[at].id != id || !slots_[at].done) return nullptr;
    free_.push_back(at);
    return std::exchange(slots_[at].done, nullptr);
  }

  Response refusal_locked(Epoch epoch) const {
    if (state_.phase == Phase::fenced) {
      return Refusal{RefusalReason::stale_epoch, epoch, state_.trouble};
    }
    return Refusal{RefusalReason::stopped, {}, state_.trouble};
  }

  void on_response(const FrameHeader& header, std::span<const std::byte> body) {
    auto response = decode_response(header.kind, body);
    if (!response) return fail(response.error().message());
    if (const auto done = release(header.id)) done(*std::move(response));
  }

  // Empty when it is the node that is expected, if one is.
  std::string mismatch(const Welcome& welcome) const {
    const std::scoped_lock lock(mutex_);
    if (name_.empty() || (welcome.name == name_ && welcome.zone == zone_)) return {};
    return fmt::format("expected node {} of zone {}, found {} of zone {}", name_, zone_, welcome.name,
                       welcome.zone);
  }

  // The same, of one that was made anew: as good as away until it is made right.
  std::string other_kind(const Welcome& welcome) const {
    const std::scoped_lock lock(mutex_);
    if (name_.empty() || welcome.kind == kind_) return {};
    return fmt::format("node {} keeps {}, the cluster knows it as one that keeps {}", name_,
                       describe(welcome.kind), describe(kind_));
  }

  void on(const Welcome& welcome) {
    if (welcome.version != kProtocolVersion) return refuse("speaks another protocol version");
    if (const std::string trouble = mismatch(welcome); !trouble.empty()) return refuse(trouble);
    if (const std::string trouble = other_kind(welcome); !trouble.empty()) return fail(trouble);
    {
      const std::scoped_lock lock(mutex_);
      state_ = {Phase::welcomed, "its cluster is not adopted yet", welcome, true, false};
    }
    pause_ = kPauseMin;
    handshake_beats_ = 0;
    connection_->set_body_max(kFrameBodyMax);
    if (introduction_) send_introduction();
    changed_();
  }

  void on(const Adopted&) {
    bool is_news;
    {
      const std::scoped_lock lock(mutex_);
      is_news = state_.phase != Phase::serving;
      state_.phase = Phase::serving;
      state_.trouble.clear();
      // Answers come in the order of what they answer.
      if (!introduced_.empty()) {
        state_.adopted = introduced_.front() == introductions_;
        introduced_.pop_front();
      }
      stream_ = connection_;
    }
    if (is_news) spdlog::info("page-store node {} is connected", label());
    changed_();
  }

  void on(const Rejected& rejected) {
    if (rejected.reason == RejectReason::fenced) {
      stopped_ = true;
      drop_connection();
      return down(Phase::fenced, rejected.detail);
    }
    if (rejected.reason == RejectReason::outdated) {
      introduction_.reset();
      drop_connection();
      return down(Phase::outdated, rejected.detail);
    }
    refuse(rejected.detail);
  }

  void on(const Ping&) { connection_->send(encode(Pong{})); }
  void on(const Pong&) {}
  void on(const Hello&) { fail("not a page-store node"); }
  void on(const Adopt&) { fail("not a page-store node"); }
  void on(const Join&) { fail("not a page-store node"); }

  void send_introduction() {
    introduced_.push_back(introduction_number_);
    connection_->send(encode(*introduction_));
  }

  std::string label() const {
    const std::scoped_lock lock(mutex_);
    const std::string address = options.host + ":" + options.port;
    return name_.empty() ? address : fmt::format("{} ({})", name_, address);
  }

  void connect() {
    if (stopped_) return;
    handshake_beats_ = kHandshakeBeatsMax;
    // What is an address is not looked up: that is done by a thread, which a writer that takes over would wait for.
    if (const auto endpoint = literal_endpoint(options.host, options.port)) return connect_to(std::array{*endpoint});
    resolver_.async_resolve(
        options.host, options.port,
        [self = shared_from_this()](error_code error, tcp::resolver::results_type found) {
          if (self->stopped_) return;
          if (error) return self->down(Phase::down, error.message());
          self->connect_to(found);
        });
  }

  template <typename Endpoints>
  void connect_to(const Endpoints& endpoints) {
    socket_ = std::make_shared<tcp::socket>(network_.io);
    asio::async_connect(*socket_, endpoints,
                        [self = shared_from_this(), socket = socket_](error_code failed, const tcp::endpoint&) {
                          if (self->stopped_ || socket != self->socket_) return;
                          self->socket_ = nullptr;
                          if (failed) return self->down(Phase::down, failed.message());
                          self->connected(std::move(*socket));
                        });
  }

  void connected(tcp::socket socket) {
    introduced_.clear();
    connection_ = std::make_shared<FrameStream>(network_, std::move(socket), FrameStream::Side::caller,
                                                options.host);
    connection_->start(*this);
  }

  void beat() {
    beat_.expires_after(kBeat);
    beat_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (cancelled || self->stopped_) return;
      self->on_beat();
      self->beat();
    });
  }

  void on_beat() {
    if (handshake_beats_ > 0 && --handshake_beats_ == 0) {
      if (socket_) socket_->close();
      if (connection_ != nullptr || socket_ != nullptr) {
        socket_ = nullptr;
        return fail("it does not answer");
      }
    }
    if (connection_ == nullptr || handshake_beats_ > 0) return;
    if (connection_->take_received() > 0) {
      silent_beats_ = 0;
      return;
    }
    if (++silent_beats_ > kSilentBeatsMax) return fail("it does not answer any more");
    connection_->send(encode(Ping{}));
  }

  void drop_connection() {
    if (const auto connection = std::exchange(connection_, nullptr)) connection->abort();
  }

  void fail(const std::string& why) {
    drop_connection();
    down(Phase::down, why);
  }

  void refuse(const std::string& why) {
    drop_connection();
    down(Phase::refused, why);
  }

  // There is no connection: says so, answers what waits, tries again later.
  void down(Phase phase, const std::string& why) {
    bool is_news;
    {
      const std::scoped_lock lock(mutex_);
      is_news = state_.phase != phase || state_.trouble != why;
      state_.phase = phase;
      state_.tried = true;
      state_.adopted = false;
      state_.trouble = why;
    }
    silent_beats_ = handshake_beats_ = 0;
    if (is_news) spdlog::warn("page-store node {}: {}", label(), why);
    drop(why);
    changed_();
    if (stopped_) return;
    pause_timer_.expires_after(pause_);
    pause_ = std::min(pause_ * 2, kPauseMax);
    pause_timer_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->connect();
    });
  }

  // Answers everything that waits.
  void drop(const std::string& why) {
    drop_connection();
    std::vector<Slot> lost;
    bool fenced;
    {
      const std::scoped_lock lock(mutex_);
      if (state_.phase == Phase::serving) {  // stop()
        state_.phase = Phase::down;
        state_.trouble = why;
      }
      stream_ = nullptr;
      fenced = state_.phase == Phase::fenced;
      for (std::uint32_t at = 0; at < slots_.size(); ++at) {
        if (!slots_[at].done) continue;
        lost.push_back(std::move(slots_[at]));
        slots_[at].done = nullptr;
        free_.push_back(at);
      }
    }
    for (Slot& slot : lost) {
      slot.done(fenced ? Refusal{RefusalReason::stale_epoch, slot.epoch, why}
                       : Refusal{RefusalReason::stopped, {}, why});
    }
  }

  Network::Impl& network_;
  const std::function<void()> changed_;

  // Of the network's thread.
  tcp::resolver resolver_;
  asio::steady_timer beat_, pause_timer_;
  std::shared_ptr<tcp::socket> socket_;         // being connected
  std::shared_ptr<FrameStream> connection_;
  std::optional<Handshake> introduction_;       // Adopt or Join
  std::uint64_t introduction_number_ = 0;
  std::deque<std::uint64_t> introduced_;        // sent on this connection and not answered
  milliseconds pause_ = kPauseMin;
  unsigned silent_beats_ = 0;
  unsigned handshake_beats_ = 0;                // left until we give up connecting
  bool stopped_ = false;

  mutable std::mutex mutex_;  // guards the rest
  State state_;
  std::shared_ptr<FrameStream> stream_;         // connection_, while serving
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t requests_ = 0;
  std::uint64_t introductions_ = 0;             // the number of the newest
};

RemoteNode::RemoteNode(Network& network, RemoteNodeOptions options, std::function<void()> changed)
    : impl_(std::make_shared<Impl>(network, std::move(options), std::move(changed))),
      network_(network) {
  asio::post(network.impl().io, [impl = impl_] { impl->start(); });
}

RemoteNode::~RemoteNode() {
  network_.impl().run([this] { impl_->stop(); });
}

RemoteNode::State RemoteNode::state() const { return impl_->state(); }
std::string RemoteNode::address() const { return impl_->options.host + ":" + impl_->options.port; }
void RemoteNode::expect(const ClusterMember& node) {
  impl_->expect(node);
  asio::post(network_.impl().io, [impl = impl_] { impl->check_expected(); });
}
void RemoteNode::adopt(ClusterRecord record, RecordVersion seen, bool is_settled) {
  asio::post(network_.impl().io, [impl = impl_, number = impl_->will_introduce(),
                                  adopt = Adopt{std::move(record), seen, is_settled}]() mutable {
    impl->introduce(std::move(adopt), number);
  });
}
void RemoteNode::join(ClusterId cluster) {
  asio::post(network_.impl().io, [impl = impl_, number = impl_->will_introduce(), cluster] {
    impl->introduce(Join{cluster}, number);
  });
}
void RemoteNode::retire() {
  asio::post(network_.impl().io, [impl = impl_] { impl->retire(); });
}
const std::string& RemoteNode::name() const { return impl_->name_; }
const std::string& RemoteNode::zone() const { return impl_->zone_; }
void RemoteNode::send(Request request, Completion done) {
  impl_->send(std::move(request), std::move(done));
}

}  // namespace pagestore
