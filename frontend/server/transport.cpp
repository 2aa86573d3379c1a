#include "transport.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fmt/format.h>

namespace server {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket& socket) : socket_(socket) {}

  std::ptrdiff_t read_some(Coroutine& coroutine, std::span<std::byte> into) override {
    return socket_.read_some(coroutine, into);
  }
  bool write_all(Coroutine& coroutine, std::string_view bytes) override {
    return socket_.write_all(coroutine, bytes);
  }
  std::optional<std::size_t> write_now(std::string_view bytes) override {
    return socket_.write_now(bytes);
  }
  void shutdown(Coroutine&) override {}
  bool is_encrypted() const override { return false; }

 private:
  Socket& socket_;
};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
};

// OpenSSL reads and writes the socket, which does not block; the coroutine waits where that says so.
class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket& socket, SSL_CTX* context) : socket_(socket), tls_(SSL_new(context)) {
    if (tls_ && SSL_set_fd(tls_.get(), socket.fd()) != 1) tls_.reset();
  }

  bool handshake(Coroutine& coroutine) {
    return tls_ && done(coroutine, [this] { return SSL_accept(tls_.get()); }) > 0;
  }

  std::ptrdiff_t read_some(Coroutine& coroutine, std::span<std::byte> into) override {
    return done(coroutine, [&] { return SSL_read(tls_.get(), into.data(), length(into.size())); });
  }
  bool write_all(Coroutine& coroutine, std::string_view bytes) override {
    while (!bytes.empty()) {
      std::ptrdiff_t written;
      // The same bytes again, as OpenSSL wants it, when the wait was interrupted.
      do {
        written = done(coroutine, [&] { return SSL_write(tls_.get(), bytes.data(), length(bytes.size())); });
      } while (written == kInterrupted && !socket_.is_refused());
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  // A record that was begun must be gone on with: that is left to the coroutine.
  std::optional<std::size_t> write_now(std::string_view) override { return 0; }
  void shutdown(Coroutine&) override {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
  }
  bool is_encrypted() const override { return true; }

 private:
  static int length(std::size_t size) {
    return static_cast<int>(std::min(size, std::size_t{1} << 30));
  }

  // Repeats the operation until it is through: its result, or kEndOfStream or kInterrupted.
  template <typename Operation>
  std::ptrdiff_t done(Coroutine& coroutine, Operation operation) {
    for (;;) {
      ERR_clear_error();
      const int result = operation();
      if (result > 0) return result;
      switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ:
          if (!socket_.wait_readable(coroutine)) return kInterrupted;
          break;
        case SSL_ERROR_WANT_WRITE:
          socket_.block_writes();
          if (!socket_.wait_writable(coroutine)) return kEndOfStream;
          break;
        default:
          return kEndOfStream;
      }
    }
  }

  Socket& socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(Socket& socket) {
  return std::make_unique<PlainTransport>(socket);
}

struct TlsContext::Impl {
  std::unique_ptr<SSL_CTX, FreeContext> context{SSL_CTX_new(TLS_server_method())};
};

TlsContext::TlsContext(const std::string& certificate_file, const std::string& private_key_file)
    : impl_(std::make_unique<Impl>()) {
  ERR_clear_error();
  SSL_CTX* const context = impl_->context.get();
  // The first of a chain of errors is its cause.
  const auto error = [] {
    const unsigned long code = ERR_peek_error();
    const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code))
                                                : ERR_reason_error_string(code);
    return reason != nullptr ? reason : "unknown error";
  };
  if (context == nullptr) throw std::runtime_error(fmt::format("could not set up TLS: {}", error()));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    throw std::runtime_error(fmt::format("could not load server certificate file \"{}\": {}",
                                         certificate_file, error()));
  if (SSL_CTX_use_PrivateKey_file(context, private_key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error(
        fmt::format("could not load private key file \"{}\": {}", private_key_file, error()));
}

TlsContext::~TlsContext() = default;

std::unique_ptr<Transport> TlsContext::accept(Coroutine& coroutine, Socket& socket) {
  auto transport = std::make_unique<TlsTransport>(socket, impl_->context.get());
  if (!transport->handshake(coroutine)) return nullptr;
  return transport;
}

}  // namespace server
