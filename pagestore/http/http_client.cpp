#include "pagestore/http_client.h"

#include <functional>
#include <optional>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <fmt/format.h>

namespace pagestore {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = asio::ssl;
using boost::system::error_code;
using Parser = http::response_parser<http::vector_body<std::byte>>;

constexpr std::size_t kReceiveBytes = 64 << 10;   // at a time

std::string head_of(const HttpRequest& request) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  for (const auto& [name, value] : request.fields) head += fmt::format("{}: {}\r\n", name, value);
  head += fmt::format("Content-Length: {}\r\n\r\n", request.body.size());
  return head;
}

HttpResponse response_of(Parser& parser) {
  HttpResponse response;
  response.keeps_connection = parser.keep_alive();   // the message alone does not know how its body ended
  auto message = parser.release();
  response.status = message.result_int();
  response.reason = message.reason();
  for (const auto& field : message) response.fields.emplace_back(field.name_string(), field.value());
  response.body = std::move(message.body());
  return response;
}

}  // namespace

std::string_view HttpResponse::field(std::string_view name) const {
  for (const auto& [other, value] : fields)
    if (boost::beast::iequals(name, other)) return value;
  return {};
}

struct HttpTls::Impl {
  ssl::context context{ssl::context::tls_client};
};

HttpTls::HttpTls() : impl_(std::make_unique<Impl>()) {
  impl_->context.set_default_verify_paths();
  impl_->context.set_verify_mode(ssl::verify_peer);
}

HttpTls::HttpTls(const std::string& ca_file, const std::string& certificate_file, const std::string& private_key_file)
    : impl_(std::make_unique<Impl>()) {
  error_code error;
  const auto check = [&](const std::string& file) {
    if (error) throw std::runtime_error(fmt::format("could not use \"{}\": {}", file, error.message()));
  };
  ssl::context& context = impl_->context;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                      ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context.load_verify_file(ca_file, error);
  check(ca_file);
  context.set_verify_mode(ssl::verify_peer);
  if (certificate_file.empty()) return;
  context.use_certificate_chain_file(certificate_file, error);
  check(certificate_file);
  context.use_private_key_file(private_key_file, ssl::context::pem, error);
  check(private_key_file);
}

HttpTls::~HttpTls() = default;

// The reactor runs only while a step waits, so that each has a time limit, and a stop ends it. Beast parses; its own
// asynchronous reads and writes would take a minute to compile.
struct HttpConnection::Impl {
  using Secure = ssl::stream<asio::ip::tcp::socket&>;

  const HttpEndpoint endpoint;
  const std::chrono::milliseconds step_limit;
  asio::io_context io{1};
  std::stop_token stop;
  asio::ip::tcp::socket socket{io};
  std::optional<Secure> secure;                        // none: plain HTTP
  boost::beast::flat_buffer received;                  // what no answer has had yet
  bool is_open = false;
  std::stop_callback<std::function<void()>> on_stop;   // last: it uses the rest

  Impl(HttpEndpoint to, ssl::context* tls, std::chrono::milliseconds limit, std::stop_token token)
      : endpoint(std::move(to)), step_limit(limit), stop(token),
        on_stop(std::move(token), [this] { io.stop(); }) {
    if (tls != nullptr) secure.emplace(socket, *tls);
  }

  // Starts a step and waits for it.
  template <typename Start>
  error_code wait(Start start) {
    error_code result = asio::error::timed_out;
    start([&result](error_code error) { result = error; });
    io.restart();
    if (stop.stop_requested()) return asio::error::operation_aborted;  // it may have come before
    io.run_for(step_limit);
    return stop.stop_requested() ? error_code(asio::error::operation_aborted) : result;
  }

  // The stream, with or without TLS.
  template <typename Use>
  void with_stream(Use use) {
    if (secure) return use(*secure);
    use(socket);
  }

  error_code open() {
    asio::ip::tcp::resolver resolver(io);
    asio::ip::tcp::resolver::results_type addresses;
    error_code error = wait([&](auto done) {
      resolver.async_resolve(endpoint.host, endpoint.port, [&, done](error_code failed, auto found) {
        addresses = found;
        done(failed);
      });
    });
    if (error) return error;
    error = wait([&](auto done) {
      asio::async_connect(socket, addresses, [done](error_code failed, const auto&) { done(failed); });
    });
    if (error) return error;
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (error || !secure) return error;
    secure->set_verify_callback(ssl::host_name_verification(endpoint.host));
    SSL_set_tlsext_host_name(secure->native_handle(), endpoint.host.c_str());
    return wait([&](auto done) { secure->async_handshake(ssl::stream_base::client, done); });
  }

  error_code send(std::string_view bytes) {
    return wait([&](auto done) {
      with_stream([&](auto& stream) {
        asio::async_write(stream, asio::buffer(bytes), [done](error_code failed, std::size_t) { done(failed); });
      });
    });
  }

  // At least a byte more.
  error_code receive() {
    return wait([&](auto done) {
      with_stream([&](auto& stream) {
        stream.async_read_some(received.prepare(kReceiveBytes), [this, done](error_code failed, std::size_t size) {
          received.commit(size);
          done(failed);
        });
      });
    });
  }

  error_code receive(Parser& parser) {
    error_code error;
    for (bool wants_more = received.size() == 0; !parser.is_done();) {
      if (wants_more) error = receive();
      if (error == asio::error::eof && parser.got_some()) {
        error = {};
        parser.put_eof(error);   // the end of a body of which no length was told, or half an answer
        return error;
      }
      if (error) return error;
      received.consume(parser.put(received.data(), error));
      wants_more = error == http::error::need_more || received.size() == 0;
      if (error == http::error::need_more) error = {};
      if (error) return error;
    }
    return error;
  }
};

HttpConnection::HttpConnection(HttpEndpoint endpoint, const HttpTls* tls, std::chrono::milliseconds step_limit,
                               std::stop_token stop)
    : impl_(std::make_unique<Impl>(std::move(endpoint), tls == nullptr ? nullptr : &tls->impl_->context, step_limit,
                                   std::move(stop))) {}

HttpConnection::~HttpConnection() = default;

error_code HttpConnection::exchange(const HttpRequest& request, std::size_t body_bytes_max, HttpResponse& response) {
  if (!impl_->is_open) {
    if (const error_code error = impl_->open()) return error;
    impl_->is_open = true;
  }
  error_code error = impl_->send(head_of(request));
  if (!error && !request.body.empty()) error = impl_->send(request.body);
  Parser parser;
  parser.body_limit(body_bytes_max);
  parser.eager(true);
  if (!error) error = impl_->receive(parser);
  if (error == http::error::body_limit) return make_error_code(boost::system::errc::message_size);
  if (!error) response = response_of(parser);
  return error;
}

}  // namespace pagestore
