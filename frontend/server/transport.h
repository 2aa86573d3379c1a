// A connection's byte stream: a plain socket, or TLS over it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "coroutine.h"
#include "socket.h"

namespace server {

// Used by one coroutine; every call suspends it while it waits, but for write_now().
class Transport {
 public:
  virtual ~Transport() = default;
  static constexpr std::ptrdiff_t kEndOfStream = Socket::kEndOfStream,
                                  kInterrupted = Socket::kInterrupted;
  // Bytes read, at least 1; kEndOfStream also on errors; kInterrupted after Socket::interrupt(),
  // after which reading may go on.
  virtual std::ptrdiff_t read_some(Coroutine& coroutine, std::span<std::byte> into) = 0;
  virtual bool write_all(Coroutine& coroutine, std::string_view bytes) = 0;
  // From outside the coroutine: what goes without waiting, perhaps nothing; nullopt when the
  // connection is broken.
  virtual std::optional<std::size_t> write_now(std::string_view bytes) = 0;
  // Says goodbye where the transport has one (TLS close_notify). Does not throw.
  virtual void shutdown(Coroutine& coroutine) = 0;
  virtual bool is_encrypted() const = 0;
};

std::unique_ptr<Transport> make_plain_transport(Socket& socket);

// Certificate and key, loaded once. Throws std::runtime_error naming the file that is wrong.
class TlsContext {
 public:
  TlsContext(const std::string& certificate_file, const std::string& private_key_file);
  ~TlsContext();

  // Does the handshake; null when it fails.
  std::unique_ptr<Transport> accept(Coroutine& coroutine, Socket& socket);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
