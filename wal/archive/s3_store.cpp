#include "s3_store.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include <boost/asio/connect.hpp>
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

#include "archive/archive_error.h"
#include "archive/sealed_object.h"
#include "sigv4.h"

namespace archive {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds kTimeout{30};
constexpr int kAttempts = 5;

using Request = http::request<http::span_body<const char>>;
using Response = http::response<http::vector_body<std::byte>>;

struct Endpoint {
  bool is_tls = true;
  std::string host, port;
  std::string host_header;   // with the port where it is not the scheme's own
};

Endpoint parse_endpoint(std::string_view url) {
  Endpoint endpoint;
  if (url.starts_with("http://")) {
    endpoint.is_tls = false;
    url.remove_prefix(7);
  } else if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else {
    throw ArchiveError(Problem::usage, fmt::format("AWS_ENDPOINT_URL \"{}\" is no http:// or https:// URL", url));
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  endpoint.host_header = url;
  const auto colon = url.rfind(':');
  endpoint.host = url.substr(0, colon);
  endpoint.port = colon == url.npos ? (endpoint.is_tls ? "443" : "80") : std::string(url.substr(colon + 1));
  if (endpoint.host.empty() || url.find('/') != url.npos)
    throw ArchiveError(Problem::usage, fmt::format("AWS_ENDPOINT_URL \"{}\" names no host", url));
  return endpoint;
}

// One connection; gone after an error. The reactor runs only while a call waits, so every step has
// a time limit.
class Connection {
 public:
  explicit Connection(const Endpoint& endpoint) : tls_(asio::ssl::context::tls_client) {
    asio::ip::tcp::resolver resolver(io_);
    asio::ip::tcp::resolver::results_type addresses;
    run([&](auto done) {
      resolver.async_resolve(endpoint.host, endpoint.port, [&, done](error_code error, auto found) {
        addresses = found;
        done(error);
      });
    });
    if (!endpoint.is_tls) {
      stream_.emplace<beast::tcp_stream>(io_);
      connect(addresses);
      return;
    }
    tls_.set_default_verify_paths();
    auto& stream = stream_.emplace<beast::ssl_stream<beast::tcp_stream>>(io_, tls_);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(endpoint.host));
    SSL_set_tlsext_host_name(stream.native_handle(), endpoint.host.c_str());
    connect(addresses);
    run([&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
  }

  Response exchange(const Request& request, std::size_t bytes_max) {
    http::response_parser<http::vector_body<std::byte>> parser;
    parser.body_limit(bytes_max);
    with_stream([&](auto& stream) {
      run([&](auto done) {
        http::async_write(stream, request, [done](error_code error, std::size_t) { done(error); });
      });
      run([&](auto done) {
        http::async_read(stream, buffer_, parser, [done](error_code error, std::size_t) { done(error); });
      });
    });
    return parser.release();
  }

 private:
  template <typename Call>
  void with_stream(Call call) {
    std::visit([&](auto& stream) {
      if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(stream)>, std::monostate>) call(stream);
    }, stream_);
  }

  void connect(const asio::ip::tcp::resolver::results_type& addresses) {
    with_stream([&](auto& stream) {
      run([&](auto done) {
        beast::get_lowest_layer(stream).async_connect(
            addresses, [done](error_code error, const auto&) { done(error); });
      });
    });
  }

  // Starts an operation, waits for it. Throws boost::system::system_error.
  template <typename Start>
  void run(Start start) {
    error_code result = asio::error::would_block;
    with_stream([](auto& stream) { beast::get_lowest_layer(stream).expires_after(kTimeout); });
    start([&result](error_code error) { result = error; });
    io_.restart();
    io_.run_for(kTimeout + std::chrono::seconds(1));
    if (result == asio::error::would_block) result = asio::error::timed_out;
    if (result) throw boost::system::system_error(result);
  }

  asio::io_context io_;
  asio::ssl::context tls_;
  std::variant<std::monostate, beast::tcp_stream, beast::ssl_stream<beast::tcp_stream>> stream_;
  beast::flat_buffer buffer_;
};

class S3Store final : public ObjectStore {
 public:
  S3Store(Endpoint endpoint, Credentials credentials, std::string path)
      : endpoint_(std::move(endpoint)), credentials_(std::move(credentials)), path_(std::move(path)),
        place_("s3://" + endpoint_.host_header + path_) {}

  void put(const std::string& name, std::span<const std::byte> bytes) override {
    const std::string_view body(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const Response response = request(http::verb::put, name, body, 1 << 20);
    if (response.result() != http::status::ok) refuse("put", name, response);
  }

  std::optional<std::vector<std::byte>> get(const std::string& name,
                                            std::size_t bytes_max) override {
    Response response = request(http::verb::get, name, {}, bytes_max);
    if (response.result() == http::status::not_found) {
      seen_[name].clear();
      return std::nullopt;
    }
    if (response.result() != http::status::ok) refuse("get", name, response);
    seen_[name] = response[http::field::etag];
    return std::move(response.body());
  }

  void reserve() override {}

  // A service that knows no conditions puts it all the same.
  void replace(const std::string& name, std::span<const std::byte> bytes) override {
    const std::string& tag = seen_[name];
    const std::string_view body(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const Response response = request(
        http::verb::put, name, body, 1 << 20,
        tag.empty() ? Condition{http::field::if_none_match, "*"} : Condition{http::field::if_match, tag});
    if (response.result() == http::status::ok) return;
    if (response.result() != http::status::precondition_failed && response.result() != http::status::conflict)
      refuse("put", name, response);
    // It may have been ours, of which the answer was lost.
    const auto there = get(name, kObjectBytesMax);
    if (!there || !std::ranges::equal(*there, bytes))
      throw ArchiveError(Problem::busy, fmt::format("another export to \"{}\" was made meanwhile", place_));
  }

  void remove(const std::string& name) override {
    const Response response = request(http::verb::delete_, name, {}, 1 << 20);
    if (response.result() != http::status::no_content && response.result() != http::status::ok &&
        response.result() != http::status::not_found)
      refuse("remove", name, response);
  }

  const std::string& place() const override { return place_; }

 private:
  using Condition = std::pair<http::field, std::string>;

  // Again when the service is busy or the connection breaks.
  Response request(http::verb verb, const std::string& name, std::string_view body,
                   std::size_t bytes_max, const std::optional<Condition>& condition = std::nullopt) {
    const std::string path = encode_path(path_ + "/" + name);
    for (int attempt = 1;; ++attempt) {
      try {
        if (!connection_) connection_.emplace(endpoint_);
        Request request(verb, path, 11);
        request.set(http::field::host, endpoint_.host_header);
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::system_clock::now().time_since_epoch());
        for (const auto& [header, value] :
             sign(credentials_, http::to_string(verb), endpoint_.host_header, path, body, now.count()))
          request.set(header, value);
        if (condition) request.set(condition->first, condition->second);
        request.body() = {body.data(), body.size()};
        request.prepare_payload();
        Response response = connection_->exchange(request, bytes_max);
        if (!response.keep_alive()) connection_.reset();
        if (http::to_status_class(response.result()) != http::status_class::server_error ||
            attempt == kAttempts)
          return response;
      } catch (const boost::system::system_error& error) {
        connection_.reset();
        if (error.code() == http::error::body_limit)
          throw ArchiveError(Problem::damaged, fmt::format("object \"{}\" is too long", name));
        if (attempt == kAttempts)
          throw ArchiveError(Problem::store, fmt::format("could not reach {}: {}", endpoint_.host_header,
                                                         error.code().message()));
      }
      // What the services ask for: longer each time.
      std::this_thread::sleep_for(std::chrono::milliseconds(50 << attempt));
    }
  }

  [[noreturn]] void refuse(const char* what, const std::string& name, const Response& response) const {
    // <Code>AccessDenied</Code>
    std::string_view text(reinterpret_cast<const char*>(response.body().data()), response.body().size());
    const auto begin = text.find("<Code>"), end = text.find("</Code>");
    const std::string_view code = begin == text.npos || end == text.npos || end < begin + 6
                                      ? std::string_view(response.reason())
                                      : text.substr(begin + 6, end - begin - 6);
    throw ArchiveError(Problem::store, fmt::format("could not {} \"{}\" at {}: {} {}", what, name,
                                                   endpoint_.host_header, response.result_int(), code));
  }

  const Endpoint endpoint_;
  const Credentials credentials_;
  const std::string path_;   // of the prefix, from the bucket on where it is in the path
  const std::string place_;
  std::map<std::string, std::string> seen_;   // entity tags that get() found; empty: no object
  std::optional<Connection> connection_;
};

std::string environment(const char* name, const char* otherwise = "") {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

}  // namespace

std::unique_ptr<ObjectStore> open_s3_store(const std::string& bucket_and_prefix) {
  const auto slash = bucket_and_prefix.find('/');
  const std::string bucket = bucket_and_prefix.substr(0, slash);
  std::string prefix = slash == bucket_and_prefix.npos ? "" : bucket_and_prefix.substr(slash);
  while (prefix.ends_with('/')) prefix.pop_back();
  if (bucket.empty()) throw ArchiveError(Problem::usage, "the s3:// URL names no bucket");
  Credentials credentials{environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                          environment("AWS_SESSION_TOKEN"), environment("AWS_REGION", "us-east-1")};
  if (credentials.access_key.empty() || credentials.secret_key.empty())
    throw ArchiveError(Problem::usage,
                       "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the server's environment");
  const std::string url = environment("AWS_ENDPOINT_URL");
  if (!url.empty())
    return std::make_unique<S3Store>(parse_endpoint(url), std::move(credentials), "/" + bucket + prefix);
  const std::string host = fmt::format("{}.s3.{}.amazonaws.com", bucket, credentials.region);
  return std::make_unique<S3Store>(parse_endpoint("https://" + host), std::move(credentials), prefix);
}

}  // namespace archive
