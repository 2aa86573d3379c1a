#include "socket_address.h"

#include <array>
#include <charconv>
#include <cstring>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace server {
namespace {

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(address);
    return ntohl(ip.sin_addr.s_addr) >> 24 == 127;
  }
  if (address.ss_family == AF_INET6) {
    const auto& ip = reinterpret_cast<const sockaddr_in6&>(address);
    return IN6_IS_ADDR_LOOPBACK(&ip.sin6_addr);
  }
  return false;
}

template <typename Ask>
SocketAddress address_of(Ask ask) {
  SocketAddress result;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (ask(generic, &size) != 0) return result;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return result;
  result.host = host.data();
  std::from_chars(port.data(), port.data() + std::strlen(port.data()), result.port);
  result.is_loopback = is_loopback(address);
  return result;
}

}  // namespace

SocketAddress peer_address(int fd) {
  return address_of([fd](sockaddr* address, socklen_t* size) { return ::getpeername(fd, address, size); });
}

SocketAddress own_address(int fd) {
  return address_of([fd](sockaddr* address, socklen_t* size) { return ::getsockname(fd, address, size); });
}

}  // namespace server
