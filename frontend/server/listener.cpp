#include "listener.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "socket_address.h"

namespace server {

using boost::system::error_code;

Listener::Listener(EventLoop& loop, std::function<void(int fd)> accepted)
    : loop_(loop), accepted_(std::move(accepted)) {}

Listener::~Listener() { close(); }

wal::Result<void> Listener::open(const std::string& host, std::uint16_t port) {
  const auto last_error = [] { return error_code(errno, boost::system::system_category()); };
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return error_code(EINVAL, boost::system::system_category());
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, &::freeaddrinfo);
  fd_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return last_error();
  const int on = 1;
  if (::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd_, address->ai_addr, address->ai_addrlen) != 0 || ::listen(fd_, SOMAXCONN) != 0) {
    const error_code error = last_error();
    ::close(std::exchange(fd_, -1));
    return error;
  }
  port_ = own_address(fd_).port;
  if (!loop_.watch(fd_, EPOLLIN, *this)) {
    const error_code error = last_error();
    ::close(std::exchange(fd_, -1));
    return error;
  }
  return {};
}

void Listener::close() {
  if (fd_ < 0) return;
  loop_.unwatch(fd_);
  ::close(std::exchange(fd_, -1));
}

void Listener::ready(std::uint32_t) {
  if (!std::exchange(is_queued_, true)) loop_.submit(*this);
}

void Listener::run() {
  is_queued_ = false;
  while (fd_ >= 0) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      accepted_(fd);
      continue;
    }
    // The client has gone again.
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Out of descriptors, most likely: the connection stays in the backlog, and trying again at once
    // would only spin.
    spdlog::error("could not accept a connection: {}", std::strerror(errno));
    loop_.call_after(std::chrono::milliseconds(100), [this] { ready(0); });
    return;
  }
}

}  // namespace server
