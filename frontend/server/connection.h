// One client connection, from its first packet to its end.
#pragma once

#include <atomic>

#include "coroutine.h"
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

// Runs inside its own coroutine and returns when the connection is over; takes the connected socket's
// descriptor. Throws nothing.
void run_connection(ConnectionEnvironment& environment, int fd, Coroutine& coroutine);

}  // namespace server
