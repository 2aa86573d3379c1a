// A connection's byte stream: a plain socket, or TLS over it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/system/error_code.hpp>

#include "coroutine_parker.h"

namespace server {

// Used by one coroutine; every call suspends it while it waits.
class Transport {
 public:
  virtual ~Transport() = default;
  // Bytes read, at least 1; kEndOfStream also on errors; kInterrupted when the socket's pending
  // operations were cancelled, after which reading may go on.
  static constexpr std::ptrdiff_t kEndOfStream = 0, kInterrupted = -1;
  virtual std::ptrdiff_t read_some(CoroutineParker& coroutine, std::span<std::byte> into) = 0;
  virtual bool write_all(CoroutineParker& coroutine, std::string_view bytes) = 0;
  // Says goodbye where the transport has one (TLS close_notify). Does not throw.
  virtual void shutdown(CoroutineParker& coroutine) = 0;
  virtual bool is_encrypted() const = 0;
};

std::unique_ptr<Transport> make_plain_transport(boost::asio::ip::tcp::socket& socket);

// Certificate and key, loaded once. Throws std::runtime_error naming the file that is wrong.
class TlsContext {
 public:
  TlsContext(const std::string& certificate_file, const std::string& private_key_file);
  ~TlsContext();

  // Does the handshake; null when it fails.
  std::unique_ptr<Transport> accept(CoroutineParker& coroutine,
                                    boost::asio::ip::tcp::socket& socket);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
