#include "transport.h"

#include <stdexcept>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

template <typename Stream>
std::ptrdiff_t read_from(CoroutineParker& coroutine, Stream& stream, std::span<std::byte> into) {
  error_code error;
  std::size_t count = coroutine.suspended([&](asio::yield_context yield) {
    return stream.async_read_some(asio::buffer(into.data(), into.size()), yield[error]);
  });
  if (error == asio::error::operation_aborted) return Transport::kInterrupted;
  return error ? Transport::kEndOfStream : static_cast<std::ptrdiff_t>(count);
}

template <typename Stream>
bool write_to(CoroutineParker& coroutine, Stream& stream, std::string_view bytes) {
  error_code error;
  coroutine.suspended([&](asio::yield_context yield) {
    return asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), yield[error]);
  });
  return !error;
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(asio::ip::tcp::socket& socket) : socket_(socket) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  std::ptrdiff_t read_some(CoroutineParker& coroutine, std::span<std::byte> into) override {
    return read_from(coroutine, socket_, into);
  }

  bool write_all(CoroutineParker& coroutine, std::string_view bytes) override {
    // An answer nearly always fits the socket's buffer: no need to suspend for it.
    error_code error;
    std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != asio::error::would_block && error != asio::error::try_again) return false;
    if (!error && sent == bytes.size()) return true;
    return write_to(coroutine, socket_, bytes.substr(error ? 0 : sent));
  }

  void shutdown(CoroutineParker&) override {}
  bool is_encrypted() const override { return false; }

 private:
  asio::ip::tcp::socket& socket_;
};

using TlsStream = asio::ssl::stream<asio::ip::tcp::socket&>;

class TlsTransport final : public Transport {
 public:
  TlsTransport(asio::ip::tcp::socket& socket, asio::ssl::context& context)
      : stream_(socket, context) {}

  bool handshake(CoroutineParker& coroutine) {
    error_code error;
    coroutine.suspended([&](asio::yield_context yield) {
      stream_.async_handshake(asio::ssl::stream_base::server, yield[error]);
    });
    return !error;
  }

  std::ptrdiff_t read_some(CoroutineParker& coroutine, std::span<std::byte> into) override {
    return read_from(coroutine, stream_, into);
  }
  bool write_all(CoroutineParker& coroutine, std::string_view bytes) override {
    return write_to(coroutine, stream_, bytes);
  }
  void shutdown(CoroutineParker& coroutine) override {
    error_code ignored;
    coroutine.suspended(
        [&](asio::yield_context yield) { stream_.async_shutdown(yield[ignored]); });
  }
  bool is_encrypted() const override { return true; }

 private:
  TlsStream stream_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(asio::ip::tcp::socket& socket) {
  return std::make_unique<PlainTransport>(socket);
}

struct TlsContext::Impl {
  asio::ssl::context context{asio::ssl::context::tls_server};
};

TlsContext::TlsContext(const std::string& certificate_file, const std::string& private_key_file)
    : impl_(std::make_unique<Impl>()) {
  auto& context = impl_->context;
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
  error_code error;
  context.use_certificate_chain_file(certificate_file, error);
  if (error)
    throw std::runtime_error(fmt::format("could not load server certificate file \"{}\": {}",
                                         certificate_file, error.message()));
  context.use_private_key_file(private_key_file, asio::ssl::context::pem, error);
  if (error)
    throw std::runtime_error(fmt::format("could not load private key file \"{}\": {}",
                                         private_key_file, error.message()));
}

TlsContext::~TlsContext() = default;

std::unique_ptr<Transport> TlsContext::accept(CoroutineParker& coroutine,
                                              asio::ip::tcp::socket& socket) {
  auto transport = std::make_unique<TlsTransport>(socket, impl_->context);
  if (!transport->handshake(coroutine)) return nullptr;
  return transport;
}

}  // namespace server
