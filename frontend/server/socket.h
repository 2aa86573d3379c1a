// A connected socket that a coroutine reads and writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "coroutine.h"
#include "event_loop.h"

namespace server {

// Of the loop's thread. One coroutine waits for it at a time. System calls are made when they will
// do something: a read follows an event or a read that found more than it had room for.
class Socket final : private EventLoop::Watcher {
 public:
  // Takes the descriptor, which does not block; closed with the socket.
  Socket(EventLoop& loop, int fd);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }

  static constexpr std::ptrdiff_t kEndOfStream = 0, kInterrupted = -1;
  // Bytes read, at least 1; kEndOfStream also on errors; kInterrupted after interrupt().
  std::ptrdiff_t read_some(Coroutine& coroutine, std::span<std::byte> into);
  bool write_all(Coroutine& coroutine, std::string_view bytes);
  // As much as goes at once; nullopt when the connection is broken.
  std::optional<std::size_t> write_now(std::string_view bytes);

  // Waits for news. False when interrupted or refused instead.
  bool wait_readable(Coroutine& coroutine);
  // Waits for room. False when refused instead.
  bool wait_writable(Coroutine& coroutine);
  // A write by somebody else found no room.
  void block_writes() { writable_ = false; }

  // Ends the wait of read_some() that is under way. Without one it has no effect.
  void interrupt();
  // From now on nobody waits for the peer: what is read no more is an interruption, a write that finds no room fails; so do
  // the waits under way.
  void refuse();
  bool is_refused() const { return refused_; }

 private:
  enum class Waits : std::uint8_t { no, to_read, to_write };

  void ready(std::uint32_t events) override;
  void wait(Coroutine& coroutine, Waits what);

  EventLoop& loop_;
  const int fd_;
  Coroutine* waiting_ = nullptr;
  Waits waits_ = Waits::no;
  bool readable_ = false;    // there was an event since the last read
  bool writable_ = true;
  bool watched_ = false;
  bool peer_is_done_ = false;  // has sent all it will: reads never wait
  bool broken_ = false;        // neither do writes
  bool interrupted_ = false;
  bool refused_ = false;
};

}  // namespace server
