// Where a connected socket leads to and from.
#pragma once

#include <cstdint>
#include <string>

namespace server {

struct SocketAddress {
  std::string host;   // numbers; empty when it cannot be said any more
  std::uint16_t port = 0;
  bool is_loopback = false;
};

SocketAddress peer_address(int fd);
SocketAddress own_address(int fd);

}  // namespace server
