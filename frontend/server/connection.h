// One client connection, from its first packet to its end.
#pragma once

#include <atomic>
#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/spawn.hpp>

#include "server/server.h"

namespace server {

class CancelRegistry;
class TlsContext;

// What every connection of a server shares. Outlives them.
struct ConnectionEnvironment {
  const session::SessionEnvironment& sessions;
  const ServerOptions& options;
  CancelRegistry& registry;
  TlsContext* tls;               // null: TLS is not configured
  std::atomic<bool>& stopping;
  std::atomic<unsigned>& open_connections;
};

// Runs inside its own coroutine and returns when the connection is over. Throws nothing.
void run_connection(ConnectionEnvironment& environment,
                    std::shared_ptr<boost::asio::ip::tcp::socket> socket,
                    boost::asio::yield_context yield);

}  // namespace server
