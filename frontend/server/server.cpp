#include "server/server.h"

#include "session/session.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cancel_registry.h"
#include "connection.h"
#include "core_threads.h"
#include "coroutine.h"
#include "listener.h"
#include "transport.h"

namespace server {

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
    unsigned count = options_.cores != 0 ? options_.cores
                                         : std::max(1u, std::thread::hardware_concurrency());
    auto cores = std::make_unique<CoreThreads>(count);
    listener_ = std::make_unique<Listener>(cores->core(0), [this](int fd) { run(fd); });
    auto opened = listener_->open(options_.host == "localhost" ? "127.0.0.1" : options_.host,
                                  options_.port);
    if (!opened) {
      listener_.reset();
      return opened;
    }
    port_ = listener_->port();
    cores_ = std::move(cores);
    cores_->start();
    return {};
  }

  std::uint16_t port() const { return port_; }

  void stop(const std::string& why) {
    if (!cores_) return;
    stopping_ = true;
    cores_->core(0).post([this] { listener_->close(); });
    registry_.shut_down_all(why.empty() ? "terminating connection due to administrator command"
                                        : "terminating connection because " + why);
    {
      std::unique_lock lock(mutex_);
      all_gone_.wait(lock, [this] { return open_connections_ == 0; });
    }
    cores_->join();
    listener_.reset();
    cores_.reset();
  }

 private:
  // On the first core's thread.
  void run(int fd) {
    ++open_connections_;
    EventLoop& core = cores_->core(next_core_++ % cores_->count());
    // Address space, not memory: only the pages that a session touches are ever backed. Deep queries
    // are refused (54001) well before its end.
    Coroutine::start(core, session::kStackBytes, [this, fd](Coroutine& coroutine) {
      run_connection(environment_, fd, coroutine);
      std::lock_guard lock(mutex_);
      if (--open_connections_ == 0) all_gone_.notify_all();
    });
  }

  ServerOptions options_;
  std::unique_ptr<TlsContext> tls_;
  CancelRegistry registry_;
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> open_connections_{0};
  ConnectionEnvironment environment_;
  std::unique_ptr<CoreThreads> cores_;
  std::unique_ptr<Listener> listener_;  // of the first core
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
