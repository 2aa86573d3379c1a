#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "authentication.h"
#include "cancel_registry.h"
#include "coroutine.h"
#include "database/cluster.h"
#include "protocol/frontend_message.h"
#include "protocol/startup.h"
#include "session/session.h"
#include "socket.h"
#include "socket_address.h"
#include "transport.h"
#include "types/sql_error.h"

namespace server {
namespace {

using protocol::Severity;
using session::ConnectionLost;
using types::SqlError;

// Outgoing messages over a transport.
class ConnectionOutput final : public session::Output, private EventLoop::Deferred {
 public:
  ConnectionOutput(Coroutine& coroutine, Socket& socket) : coroutine_(coroutine), socket_(socket) {}
  ~ConnectionOutput() override { forget(); }

  void use(Transport& transport) { transport_ = &transport; }

  void flush() override {
    forget();
    if (messages_.size() == 0) return;
    bool sent = transport_->write_all(coroutine_, messages_.bytes());
    messages_.clear();
    if (!sent) throw ConnectionLost{};
    release_memory();
  }

  // What is to be sent goes at the end of the loop's round, with the answers of others: a client that
  // waits for several of them wakes up once. Nothing is added before the next flush().
  void flush_later() {
    if (messages_.size() == 0 || deferred_) return;
    deferred_ = true;
    coroutine_.loop().defer(*this);
  }

 private:
  static constexpr std::size_t kIdleBuffer = 4096;

  void forget() {
    if (deferred_) coroutine_.loop().forget(*this);
    deferred_ = false;
  }

  // A connection does not keep the buffer of a large result.
  void release_memory() {
    if (messages_.bytes().capacity() > kIdleBuffer) std::string().swap(messages_.bytes());
  }

  void send() override {
    deferred_ = false;
    const auto sent = transport_->write_now(messages_.bytes());
    if (sent && *sent == messages_.size()) {
      messages_.clear();
      release_memory();
      return;
    }
    // The rest, or the end, is the coroutine's.
    if (sent) messages_.bytes().erase(0, *sent);
    socket_.interrupt();
  }

  Coroutine& coroutine_;
  Socket& socket_;
  Transport* transport_ = nullptr;
  bool deferred_ = false;
};

// Buffered reading of length-prefixed messages. A body's view is valid until the next call.
class MessageReader {
 public:
  // `refusal`: thrown instead of waiting for more.
  MessageReader(Coroutine& coroutine, const std::optional<SqlError>& refusal) : coroutine_(coroutine), refusal_(refusal) {}

  void use(Transport& transport) { transport_ = &transport; }

  bool has_buffered() const { return end_ > begin_; }

  // `count` bytes at the front of the buffer. Throws ConnectionLost at the end of the stream.
  std::span<const std::byte> peek(std::size_t count) {
    while (end_ - begin_ < count) {
      if (refusal_) throw SqlError(*refusal_);
      (void)fill(count);  // woken otherwise than by the client: nothing that matters in the middle of a message
    }
    return std::span(buffer_).subspan(begin_, count);
  }
  void consume(std::size_t count) { begin_ += count; }

  // Waits until something is buffered; false when woken by an interruption instead.
  bool wait() { return has_buffered() || fill(1); }

 private:
  // What an idle connection keeps, and how much is read at once of a stream of data.
  static constexpr std::size_t kSmallBuffer = 2048, kLargeBuffer = 64 * 1024;

  bool fill(std::size_t wanted) {
    if (begin_ > 0) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    // Between messages it fits what was read last; it grows for a large message, and while reads
    // find more than there is room for.
    std::size_t size = std::max(buffer_.size(), kSmallBuffer);
    if (end_ == 0) size = std::clamp(std::bit_ceil(last_read_), kSmallBuffer, kLargeBuffer);
    if (last_read_ == last_room_ && size < kLargeBuffer) size *= 2;
    size = std::max(size, wanted);
    if (size < buffer_.size())
      buffer_ = std::vector<std::byte>(size);
    else
      buffer_.resize(size);
    auto room = std::span(buffer_).subspan(end_);
    auto count = transport_->read_some(coroutine_, room);
    if (count == Transport::kInterrupted) return false;
    if (count == Transport::kEndOfStream) throw ConnectionLost{};
    last_read_ = static_cast<std::size_t>(count);
    last_room_ = room.size();
    end_ += last_read_;
    return true;
  }

  Coroutine& coroutine_;
  const std::optional<SqlError>& refusal_;
  Transport* transport_ = nullptr;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t last_read_ = 0, last_room_ = kSmallBuffer;
};

class Connection {
 public:
  Connection(ConnectionEnvironment& environment, int fd, Coroutine& coroutine)
      : environment_(environment),
        coroutine_(coroutine),
        socket_(coroutine.loop(), fd),
        plain_(make_plain_transport(socket_)),
        transport_(plain_.get()),
        reader_(coroutine_, link_->refusal),
        output_(coroutine_, socket_) {
    link_->socket = &socket_;
    reader_.use(*transport_);
    output_.use(*transport_);
  }
  ~Connection() { link_->socket = nullptr; }

  void run() {
    const Registration registration(*this);
    bool asked = false;
    try {
      const StartTimer timer(*this);
      protocol::StartupMessage startup;
      if (!read_startup(startup)) return;
      asked = true;
      serve(startup, registration.key());
    } catch (const SqlError& error) {
      // Who has not said what he wants is told nothing, as by PostgreSQL.
      if (!asked && link_->refusal) return;
      fatal(error);
    }
    output_.flush();
    transport_->shutdown(coroutine_);
  }

 private:
  // Of the connection's thread alone. What is posted to it may run when the connection is over.
  struct Link {
    Socket* socket = nullptr;            // null: it is over
    Socket* reading = nullptr;           // between two messages
    bool woken = false;
    bool starting = true;                // there is no session yet
    std::optional<SqlError> refusal;     // why nobody waits for the client any more

    void refuse(SqlError why) {
      if (socket == nullptr || refusal) return;
      refusal = std::move(why);
      socket->refuse();
    }
  };

  // What other threads find.
  struct Backend {
    std::mutex mutex;
    session::Session* session = nullptr;
    std::optional<std::string> told_to_end;  // before there was a session
  };

  // From the first packet on, so that the server's end is the end of those, too, that have not said who they are.
  class Registration {
   public:
    explicit Registration(Connection& connection)
        : registry_(connection.environment_.registry),
          key_(registry_.add({.cancel = [backend = connection.backend_] {
                                const std::lock_guard lock(backend->mutex);
                                if (backend->session != nullptr) backend->session->cancel();
                              },
                              .shut_down = [backend = connection.backend_, link = connection.link_,
                                            &loop = connection.coroutine_.loop()](const std::string& message) {
                                {
                                  const std::lock_guard lock(backend->mutex);
                                  backend->told_to_end = message;
                                  if (backend->session != nullptr) backend->session->terminate("57P01", message);
                                }
                                loop.post([link, message] { link->refuse(SqlError("57P01", message)); });
                              }})) {}
    ~Registration() { registry_.remove(key_.process_id); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    const CancelRegistry::Key& key() const { return key_; }

   private:
    CancelRegistry& registry_;
    const CancelRegistry::Key key_;
  };

  // authentication_timeout: refuses whoever has not become a session by then.
  class StartTimer {
   public:
    explicit StartTimer(Connection& connection)
        : loop_(connection.coroutine_.loop()),
          timer_(loop_.call_after(connection.environment_.options.authentication_timeout, [link = connection.link_] {
            if (link->starting) link->refuse(SqlError("57014", "canceling authentication due to timeout"));
          })) {
      connection.start_timer_ = this;
    }
    ~StartTimer() { stop(); }
    StartTimer(const StartTimer&) = delete;
    StartTimer& operator=(const StartTimer&) = delete;

    void stop() { loop_.cancel(timer_); }

   private:
    EventLoop& loop_;
    const EventLoop::Timer timer_;
  };

  void fatal(const SqlError& error) {
    output_.messages().error_response(Severity::fatal, error, {});
  }

  // False when the first packet was all there is to do (cancel).
  bool read_startup(protocol::StartupMessage& startup) {
    while (true) {
      auto header = reader_.peek(protocol::kStartupHeaderSize).first<protocol::kStartupHeaderSize>();
      std::size_t size = protocol::startup_body_size(header);
      auto packet = reader_.peek(protocol::kStartupHeaderSize + size);
      auto first = protocol::decode_startup(packet.subspan(protocol::kStartupHeaderSize));
      reader_.consume(protocol::kStartupHeaderSize + size);
      if (auto* message = std::get_if<protocol::StartupMessage>(&first)) {
        startup = std::move(*message);
        return true;
      }
      if (auto* cancel = std::get_if<protocol::CancelRequest>(&first)) {
        environment_.registry.cancel(cancel->process_id, cancel->secret_key);
        return false;
      }
      bool accept_tls = std::holds_alternative<protocol::SslRequest>(first) &&
                        environment_.tls != nullptr && !transport_->is_encrypted();
      // Whatever came in before the handshake was not protected by it (CVE-2021-23214).
      if (accept_tls && reader_.has_buffered())
        throw SqlError("08P01", "received unencrypted data after SSL request");
      if (!transport_->write_all(coroutine_, accept_tls ? "S" : "N")) throw ConnectionLost{};
      if (accept_tls) {
        encrypted_ = environment_.tls->accept(coroutine_, socket_);
        if (!encrypted_) throw ConnectionLost{};
        transport_ = encrypted_.get();
        reader_.use(*transport_);
        output_.use(*transport_);
      }
    }
  }

  static constexpr std::size_t kLongestPassword = 65535;

  std::string receive_password() {
    auto header = reader_.peek(protocol::kMessageHeaderSize).first<protocol::kMessageHeaderSize>();
    if (static_cast<char>(header[0]) != 'p')
      throw SqlError("08P01", fmt::format("expected password response, got message type {}",
                                          std::to_integer<int>(header[0])));
    std::size_t size = protocol::body_size(header);
    // Before anybody is known nothing large is read.
    if (size > kLongestPassword) throw SqlError("08P01", "invalid message length");
    auto bytes = reader_.peek(protocol::kMessageHeaderSize + size).subspan(protocol::kMessageHeaderSize);
    std::string body(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    reader_.consume(protocol::kMessageHeaderSize + size);
    return body;
  }

  Authentication method(const SocketAddress& peer) const {
    if (environment_.options.authentication != Authentication::by_address)
      return environment_.options.authentication;
    return peer.is_loopback ? Authentication::trust : Authentication::scram_sha_256;
  }

  void serve(const protocol::StartupMessage& startup, const CancelRegistry::Key& key) {
    auto& messages = output_.messages();
    session::SessionIdentity identity;
    std::vector<std::pair<std::string, std::string>> settings;
    std::vector<std::string> unknown_options;
    for (const auto& [name, value] : startup.parameters) {
      if (name == "user")
        identity.user = value;
      else if (name == "database")
        identity.database = value;
      else if (name == "options")
        for (auto& setting : protocol::parse_options(value)) settings.push_back(std::move(setting));
      else if (name == "replication") {
        if (value != "false" && value != "off" && value != "no" && value != "0")
          throw SqlError::not_supported("replication protocol");
      } else if (name.starts_with("_pq_."))
        unknown_options.push_back(name);
      else
        settings.emplace_back(name, value);
    }
    if (identity.user.empty())
      throw SqlError("28000", "no PostgreSQL user name specified in startup packet");
    if (identity.database.empty()) identity.database = identity.user;
    if (startup.minor_version > 0 || !unknown_options.empty())
      messages.negotiate_protocol_version(0, unknown_options);

    const SocketAddress peer = peer_address(socket_.fd()), own = own_address(socket_.fd());
    identity.peer_host = peer.host;
    identity.peer_port = peer.port;
    identity.own_host = own.host;
    identity.own_port = own.port;
    identity.peer = fmt::format("{}:{}", identity.peer_host, identity.peer_port);
    identity.encrypted = transport_->is_encrypted();

    if (environment_.stopping) throw SqlError("57P03", "the database system is shutting down");
    if (environment_.open_connections.load() > environment_.options.max_connections)
      throw SqlError("53300", "sorry, too many clients already");
    auto chosen = method(peer);
    authenticate(chosen, identity.user,
                 chosen == Authentication::trust
                     ? std::string()
                     : environment_.sessions.cluster.password_verifier(identity.user),
                 messages, [this] { output_.flush(); }, [this] { return receive_password(); });

    start_timer_->stop();
    if (link_->refusal) throw SqlError(*link_->refusal);
    identity.process_id = key.process_id;

    // Wakes the connection when it waits for its client, on its own thread. The state is shared: the
    // posted call may run when this connection is over.
    auto wake = [&loop = coroutine_.loop(), link = link_] {
      loop.post([link] {
        link->woken = true;
        if (link->reading != nullptr) link->reading->interrupt();  // never a write
      });
    };
    auto yield = [this] { coroutine_.yield(); };
    auto client_is_there = [fd = socket_.fd()] {
      pollfd state{.fd = fd, .events = POLLRDHUP, .revents = 0};
      return poll(&state, 1, 0) == 0;
    };
    session::Session session(environment_.sessions, std::move(identity), std::move(settings),
                             output_,
                             {.wake = wake, .yield = yield, .client_is_there = client_is_there});
    link_->starting = false;
    {
      const std::lock_guard lock(backend_->mutex);
      backend_->session = &session;
      if (backend_->told_to_end) session.terminate("57P01", *backend_->told_to_end);
    }
    coroutine_.set_urgency([&session] { return session.holds_up_others(); });
    struct Detach {
      Backend& backend;
      Coroutine& coroutine;
      ~Detach() {
        coroutine.set_urgency({});
        const std::lock_guard lock(backend.mutex);
        backend.session = nullptr;
      }
    } detach{*backend_, coroutine_};

    std::exception_ptr why;
    try {
      session.send_parameter_status();
      messages.backend_key_data(key.process_id, key.secret);
      session.send_ready();
      message_loop(session);
    } catch (const std::exception&) {
      why = std::current_exception();
    }
    session.end();
    if (why) std::rethrow_exception(why);
  }

  void message_loop(session::Session& session) {
    protocol::FrontendMessage message;
    while (true) {
      // Pipelined messages are answered together: nothing is sent while more input is at hand.
      if (!reader_.has_buffered()) {
        if (session.before_flush() == session::Session::Next::close) return;
        link_->woken = false;
        if (session.idle() == session::Session::Next::close) return;
        if (session.holds_up_others() || transport_->is_encrypted())
          output_.flush();
        else
          output_.flush_later();
        while (link_->woken || !wait_for_client()) {
          output_.flush();
          link_->woken = false;
          if (session.idle() == session::Session::Next::close) return;
          output_.flush();
        }
        output_.flush();  // there was input at once: the round has not ended
      }
      auto header = reader_.peek(protocol::kMessageHeaderSize).first<protocol::kMessageHeaderSize>();
      char type = static_cast<char>(header[0]);
      std::size_t size = protocol::body_size(header);
      auto bytes = reader_.peek(protocol::kMessageHeaderSize + size);
      std::unique_ptr<types::SqlError> malformed;  // an optional one's bytes would be cleared at each message
      try {
        protocol::decode(type, bytes.subspan(protocol::kMessageHeaderSize), message);
      } catch (const types::SqlError& error) {
        malformed = std::make_unique<types::SqlError>(error);
      }
      auto next = malformed ? session.refuse(message, *malformed) : session.handle(message);
      reader_.consume(protocol::kMessageHeaderSize + size);
      if (next == session::Session::Next::close) return;
    }
  }

  // False when woken for something else.
  bool wait_for_client() {
    link_->reading = &socket_;
    struct Done {
      Link& link;
      ~Done() { link.reading = nullptr; }
    } done{*link_};
    return reader_.wait();
  }

  ConnectionEnvironment& environment_;
  const std::shared_ptr<Link> link_ = std::make_shared<Link>();
  const std::shared_ptr<Backend> backend_ = std::make_shared<Backend>();
  StartTimer* start_timer_ = nullptr;
  Coroutine& coroutine_;
  Socket socket_;
  std::unique_ptr<Transport> plain_, encrypted_;
  Transport* transport_;
  MessageReader reader_;
  ConnectionOutput output_;
};

}  // namespace

void run_connection(ConnectionEnvironment& environment, int fd, Coroutine& coroutine) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  try {
    Connection(environment, fd, coroutine).run();
  } catch (const ConnectionLost&) {
    // Clients come and go.
  } catch (const std::exception& error) {
    spdlog::error("connection ended by an unexpected error: {}", error.what());
  }
}

}  // namespace server
