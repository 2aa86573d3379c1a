#include "etcd_client.h"

#include <chrono>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <fmt/format.h>

#include "etcd_messages.h"

namespace pagestore {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using boost::system::error_code;

constexpr std::chrono::seconds kTimeout{5};
constexpr std::size_t kAnswerBytesMax = 4 << 20;

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

// One exchange over a connection of its own: changes of control data are days apart. The reactor runs
// only while a step waits, so that each has a time limit, and a stop ends it.
class Exchange {
 public:
  Exchange(ssl::context* tls, std::stop_token stop)
      : stop_(stop), on_stop_(std::move(stop), [this] { io_.stop(); }) {
    if (tls == nullptr) {
      plain_ = std::make_unique<beast::tcp_stream>(io_);
    } else {
      secure_ = std::make_unique<beast::ssl_stream<beast::tcp_stream>>(io_, *tls);
    }
  }

  error_code run(const EtcdOptions::Endpoint& endpoint, const HttpRequest& request, HttpResponse& response) {
    asio::ip::tcp::resolver resolver(io_);
    asio::ip::tcp::resolver::results_type addresses;
    error_code error = wait([&](auto done) {
      resolver.async_resolve(endpoint.host, endpoint.port, [&, done](error_code failed, auto found) {
        addresses = found;
        done(failed);
      });
    });
    if (error) return error;
    error = wait([&](auto done) {
      lowest().async_connect(addresses, [done](error_code failed, const auto&) { done(failed); });
    });
    if (error) return error;
    if (secure_ == nullptr) return exchange(*plain_, request, response);
    secure_->set_verify_callback(ssl::host_name_verification(endpoint.host));
    SSL_set_tlsext_host_name(secure_->native_handle(), endpoint.host.c_str());
    error = wait([&](auto done) { secure_->async_handshake(ssl::stream_base::client, done); });
    return error ? error : exchange(*secure_, request, response);
  }

 private:
  beast::tcp_stream& lowest() { return secure_ ? beast::get_lowest_layer(*secure_) : *plain_; }

  template <typename Stream>
  error_code exchange(Stream& stream, const HttpRequest& request, HttpResponse& response) {
    error_code error = wait([&](auto done) {
      http::async_write(stream, request, [done](error_code failed, std::size_t) { done(failed); });
    });
    if (error) return error;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kAnswerBytesMax);
    error = wait([&](auto done) {
      http::async_read(stream, buffer_, parser, [done](error_code failed, std::size_t) { done(failed); });
    });
    if (!error) response = parser.release();
    return error;
  }

  template <typename Start>
  error_code wait(Start start) {
    error_code result = asio::error::timed_out;
    lowest().expires_after(kTimeout);
    start([&result](error_code error) { result = error; });
    io_.restart();
    if (stop_.stop_requested()) return asio::error::operation_aborted;  // it may have come before
    io_.run_for(kTimeout + std::chrono::seconds(1));
    return stop_.stop_requested() ? error_code(asio::error::operation_aborted) : result;
  }

  asio::io_context io_{1};
  std::stop_token stop_;
  std::unique_ptr<beast::tcp_stream> plain_;
  std::unique_ptr<beast::ssl_stream<beast::tcp_stream>> secure_;
  beast::flat_buffer buffer_;
  std::stop_callback<std::function<void()>> on_stop_;  // last: it uses the rest
};

}  // namespace

struct EtcdClient::Tls {
  ssl::context context{ssl::context::tls_client};
};

EtcdClient::EtcdClient(const EtcdOptions& options) : endpoints_(options.endpoints) {
  if (options.ca_file.empty()) return;
  tls_ = std::make_unique<Tls>();
  error_code error;
  const auto check = [&](const std::string& file) {
    if (error) throw std::runtime_error(fmt::format("could not use \"{}\": {}", file, error.message()));
  };
  ssl::context& context = tls_->context;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                      ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context.load_verify_file(options.ca_file, error);
  check(options.ca_file);
  context.set_verify_mode(ssl::verify_peer);
  if (options.certificate_file.empty()) return;
  context.use_certificate_chain_file(options.certificate_file, error);
  check(options.certificate_file);
  context.use_private_key_file(options.private_key_file, ssl::context::pem, error);
  check(options.private_key_file);
}

EtcdClient::~EtcdClient() = default;

wal::Result<std::string> EtcdClient::post(const std::string& path, const std::string& body,
                                          std::stop_token stop, std::string* detail) {
  detail->clear();
  error_code error = asio::error::host_not_found;
  for (std::size_t tried = 0; tried < endpoints_.size(); ++tried) {
    const std::size_t at = (preferred_ + tried) % endpoints_.size();
    const EtcdOptions::Endpoint& endpoint = endpoints_[at];
    const std::string address = endpoint.host + ":" + endpoint.port;
    HttpRequest request(http::verb::post, path, 11);
    request.set(http::field::host, address);
    request.set(http::field::content_type, "application/json");
    request.keep_alive(false);
    request.body() = body;
    request.prepare_payload();
    HttpResponse response;
    error = Exchange(tls_ ? &tls_->context : nullptr, stop).run(endpoint, request, response);
    if (stop.stop_requested()) return ClusterErrc::stopped;
    if (!error && response.result() == http::status::ok) {
      preferred_ = at;
      return std::move(response.body());
    }
    // A member without a leader, say, is tried again; what it understood and refused is not.
    const bool refused = !error && http::to_status_class(response.result()) == http::status_class::client_error;
    const std::string why = error ? error.message()
                                  : fmt::format("{} {}", response.result_int(), parse_error(response.body()));
    *detail += fmt::format("{}{}: {}", detail->empty() ? "" : "; ", address, why);
    if (refused) return ClusterErrc::unsuitable;
    if (!error) error = asio::error::try_again;
  }
  return error;
}

}  // namespace pagestore
