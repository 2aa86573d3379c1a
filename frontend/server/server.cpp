#include "server/server.h"

#include "session/session.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <spdlog/spdlog.h>

#include "cancel_registry.h"
#include "connection.h"
#include "core_threads.h"
#include "transport.h"

namespace server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Address space, not memory: only the pages that a session touches are ever backed. Deep queries
// are refused (54001) well before its end.
constexpr std::size_t kCoroutineStackSize = session::kStackBytes;

}  // namespace

class Server::Impl {
 public:
  Impl(const session::SessionEnvironment& sessions, ServerOptions options)
      : options_(std::move(options)),
        environment_{sessions, options_, registry_, nullptr, stopping_, open_connections_} {
    if (!options_.certificate_file.empty()) {
      tls_ = std::make_unique<TlsContext>(options_.certificate_file, options_.private_key_file);
      environment_.tls = tls_.get();
    }
  }

  ~Impl() { stop({}); }

  wal::Result<void> start() {
    error_code error;
    auto address = asio::ip::make_address(options_.host == "localhost" ? "127.0.0.1" : options_.host,
                                          error);
    if (error) return error;
    unsigned count = options_.cores != 0 ? options_.cores
                                         : std::max(1u, std::thread::hardware_concurrency());
    cores_ = std::make_unique<CoreThreads>(count);
    acceptor_ = std::make_unique<tcp::acceptor>(cores_->core(0));
    tcp::endpoint endpoint(address, options_.port);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) return error;
    port_ = acceptor_->local_endpoint().port();
    asio::post(cores_->core(0), [this] { accept(); });
    return {};
  }

  std::uint16_t port() const { return port_; }

  void stop(const std::string& why) {
    if (!cores_) return;
    stopping_ = true;
    asio::post(cores_->core(0), [this] {
      error_code ignored;
      acceptor_->close(ignored);
      retry_.reset();
    });
    registry_.shut_down_all(why.empty() ? "terminating connection due to administrator command"
                                        : "terminating connection because " + why);
    {
      std::unique_lock lock(mutex_);
      all_gone_.wait(lock, [this] { return open_connections_ == 0; });
    }
    cores_->join();
    cores_.reset();
  }

 private:
  void accept() {
    auto& core = cores_->core(next_core_++ % cores_->count());
    acceptor_->async_accept(core, [this, &core](error_code error, tcp::socket socket) {
      if (!error) {
        run(core, std::move(socket));
      } else if (error == asio::error::operation_aborted || stopping_) {
        return;
      } else {
        // Out of descriptors, most likely: the connection stays in the backlog, and trying again
        // at once would only spin.
        spdlog::error("could not accept a connection: {}", error.message());
        retry_.emplace(cores_->core(0), std::chrono::milliseconds(100));
        retry_->async_wait([this](error_code cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      accept();
    });
  }

  void run(asio::io_context& core, tcp::socket socket) {
    ++open_connections_;
    auto shared = std::make_shared<tcp::socket>(std::move(socket));
    asio::post(core, [this, &core, shared] {
      asio::spawn(
          core, std::allocator_arg,
          boost::context::protected_fixedsize_stack(kCoroutineStackSize),
          [this, shared](asio::yield_context yield) {
            run_connection(environment_, shared, yield);
          },
          [this](std::exception_ptr) {
            std::lock_guard lock(mutex_);
            if (--open_connections_ == 0) all_gone_.notify_all();
          });
    });
  }

  ServerOptions options_;
  std::unique_ptr<TlsContext> tls_;
  CancelRegistry registry_;
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> open_connections_{0};
  ConnectionEnvironment environment_;
  std::unique_ptr<CoreThreads> cores_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_;
  unsigned next_core_ = 0;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable all_gone_;
};

Server::Server(const session::SessionEnvironment& sessions, ServerOptions options)
    : impl_(std::make_unique<Impl>(sessions, std::move(options))) {}
Server::~Server() = default;
wal::Result<void> Server::start() { return impl_->start(); }
std::uint16_t Server::port() const { return impl_->port(); }
void Server::stop(const std::string& why) { impl_->stop(why); }

}  // namespace server
