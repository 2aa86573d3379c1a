#include "socket.h"

#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace server {

Socket::Socket(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {
  watched_ = loop_.watch(fd_, EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this);
  if (watched_) return;
  // The kernel is out of memory: the connection is broken from its beginning.
  ::shutdown(fd_, SHUT_RDWR);
  peer_is_done_ = broken_ = true;
}

Socket::~Socket() {
  if (watched_) loop_.unwatch(fd_);
  ::close(fd_);
}

void Socket::ready(std::uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) peer_is_done_ = broken_ = true;
  if ((events & EPOLLRDHUP) != 0) peer_is_done_ = true;
  if (peer_is_done_ || (events & EPOLLIN) != 0) readable_ = true;
  if (broken_ || (events & EPOLLOUT) != 0) writable_ = true;
  if ((waits_ == Waits::to_read && readable_) || (waits_ == Waits::to_write && writable_)) {
    waits_ = Waits::no;
    std::exchange(waiting_, nullptr)->resume();
  }
}

void Socket::wait(Coroutine& coroutine, Waits what) {
  waiting_ = &coroutine;
  waits_ = what;
  if (what == Waits::to_read)
    coroutine.rest();
  else
    coroutine.suspend();
}

bool Socket::wait_readable(Coroutine& coroutine) {
  if (!readable_ && !peer_is_done_ && !refused_) wait(coroutine, Waits::to_read);
  if (std::exchange(interrupted_, false) || refused_) return false;
  readable_ = false;
  return true;
}

bool Socket::wait_writable(Coroutine& coroutine) {
  if (!writable_ && !broken_ && !refused_) wait(coroutine, Waits::to_write);
  return writable_ || !refused_;
}

void Socket::refuse() {
  refused_ = true;
  interrupt();
  if (waits_ != Waits::to_write) return;
  waits_ = Waits::no;
  std::exchange(waiting_, nullptr)->resume();
}

void Socket::interrupt() {
  if (waits_ != Waits::to_read) return;
  waits_ = Waits::no;
  interrupted_ = true;
  std::exchange(waiting_, nullptr)->resume();
}

std::ptrdiff_t Socket::read_some(Coroutine& coroutine, std::span<std::byte> into) {
  for (;;) {
    if (!wait_readable(coroutine)) return kInterrupted;
    ssize_t count;
    do {
      count = ::recv(fd_, into.data(), into.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
      // What comes after a read that emptied the socket is an event of its own.
      if (static_cast<std::size_t>(count) == into.size()) readable_ = true;
      return count;
    }
    if (count == 0 || peer_is_done_ || (errno != EAGAIN && errno != EWOULDBLOCK)) return kEndOfStream;
  }
}

std::optional<std::size_t> Socket::write_now(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      writable_ = false;
      break;
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return sent;
}

bool Socket::write_all(Coroutine& coroutine, std::string_view bytes) {
  for (;;) {
    const auto sent = write_now(bytes);
    if (!sent) return false;
    bytes.remove_prefix(*sent);
    if (bytes.empty()) return true;
    if (!wait_writable(coroutine)) return false;
  }
}

}  // namespace server
