// The PostgreSQL front door: listens, and runs one session per connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "wal/result.h"

namespace session {
struct SessionEnvironment;
}

namespace server {

enum class Authentication : std::uint8_t {
  by_address,     // trust on loopback, scram-sha-256 from elsewhere
  trust,
  scram_sha_256,
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 5432;          // 0: any free one
  unsigned cores = 0;                 // io_contexts; 0: one per hardware thread
  unsigned max_connections = 10'000;
  std::chrono::seconds authentication_timeout{60};  // from a connection's first moment to its session's
  Authentication authentication = Authentication::by_address;
  std::string certificate_file;       // PEM; empty: no TLS
  std::string private_key_file;
};

// Threads: start() and stop() from one thread; everything else happens on the server's own, one
// per core. A session stays on the core that accepted it.
class Server {
 public:
  Server(const session::SessionEnvironment& sessions, ServerOptions options);
  ~Server();

  // Binds and listens. The error's message says what to do ("address already in use: ...").
  [[nodiscard]] wal::Result<void> start();

  std::uint16_t port() const;

  // Refuses new connections, ends every session as PostgreSQL's fast shutdown does (57P01), and
  // returns when all are gone. `why`, if it is no administrator's wish: what the sessions are told.
  void stop(const std::string& why = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
