// A listening socket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "event_loop.h"
#include "wal/result.h"

namespace server {

// open() comes first, before the loop runs or on its thread; the rest is of the loop's thread.
class Listener final : private EventLoop::Watcher, private EventLoop::Task {
 public:
  // `accepted` takes the descriptor of a connected socket that does not block.
  Listener(EventLoop& loop, std::function<void(int fd)> accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Binds and listens. `host` is an address in numbers; port 0: any free one.
  [[nodiscard]] wal::Result<void> open(const std::string& host, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void close();

 private:
  void ready(std::uint32_t events) override;
  void run() override;

  EventLoop& loop_;
  std::function<void(int fd)> accepted_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  bool is_queued_ = false;
};

}  // namespace server
