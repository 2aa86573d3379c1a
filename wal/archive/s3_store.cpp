#include "s3_store.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include <boost/system/errc.hpp>
#include <fmt/format.h>

#include "archive/archive_error.h"
#include "archive/sealed_object.h"
#include "pagestore/http_client.h"
#include "sigv4.h"

namespace archive {
namespace {

using boost::system::error_code;
using pagestore::HttpRequest;
using pagestore::HttpResponse;

constexpr std::chrono::seconds kTimeout{30};
constexpr int kAttempts = 5;
constexpr std::size_t kAnswerBytesMax = 1 << 20;   // of what is no object

struct Endpoint {
  bool is_tls = true;
  pagestore::HttpEndpoint server;
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
  endpoint.server.host = url.substr(0, colon);
  endpoint.server.port = colon == url.npos ? (endpoint.is_tls ? "443" : "80") : std::string(url.substr(colon + 1));
  if (endpoint.server.host.empty() || url.find('/') != url.npos)
    throw ArchiveError(Problem::usage, fmt::format("AWS_ENDPOINT_URL \"{}\" names no host", url));
  return endpoint;
}

bool is_good(const HttpResponse& response) { return response.status == 200; }
bool is_absent(const HttpResponse& response) { return response.status == 404; }

class S3Store final : public ObjectStore {
 public:
  S3Store(Endpoint endpoint, Credentials credentials, std::string path)
      : endpoint_(std::move(endpoint)), credentials_(std::move(credentials)), path_(std::move(path)),
        place_("s3://" + endpoint_.host_header + path_),
        tls_(endpoint_.is_tls ? std::make_unique<pagestore::HttpTls>() : nullptr) {}

  void put(const std::string& name, std::span<const std::byte> bytes) override {
    const HttpResponse response = request("PUT", name, body_of(bytes), kAnswerBytesMax);
    if (!is_good(response)) refuse("put", name, response);
  }

  std::optional<std::vector<std::byte>> get(const std::string& name,
                                            std::size_t bytes_max) override {
    HttpResponse response = request("GET", name, {}, bytes_max);
    if (is_absent(response)) {
      seen_[name].clear();
      return std::nullopt;
    }
    if (!is_good(response)) refuse("get", name, response);
    seen_[name] = response.field("ETag");
    return std::move(response.body);
  }

  void reserve() override {}

  // A service that knows no conditions puts it all the same.
  void replace(const std::string& name, std::span<const std::byte> bytes) override {
    const std::string& tag = seen_[name];
    const HttpResponse response =
        request("PUT", name, body_of(bytes), kAnswerBytesMax,
                tag.empty() ? pagestore::HttpField{"If-None-Match", "*"} : pagestore::HttpField{"If-Match", tag});
    if (is_good(response)) return;
    if (response.status != 412 && response.status != 409) refuse("put", name, response);  // precondition failed, conflict
    // It may have been ours, of which the answer was lost.
    const auto there = get(name, kObjectBytesMax);
    if (!there || !std::ranges::equal(*there, bytes))
      throw ArchiveError(Problem::busy, fmt::format("another export to \"{}\" was made meanwhile", place_));
  }

  void remove(const std::string& name) override {
    const HttpResponse response = request("DELETE", name, {}, kAnswerBytesMax);
    if (response.status != 204 && !is_good(response) && !is_absent(response)) refuse("remove", name, response);
  }

  const std::string& place() const override { return place_; }

 private:
  static std::string_view body_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  // Again when the service is busy or the connection breaks.
  HttpResponse request(const char* method, const std::string& name, std::string_view body, std::size_t bytes_max,
                       const std::optional<pagestore::HttpField>& condition = std::nullopt) {
    const std::string path = encode_path(path_ + "/" + name);
    for (int attempt = 1;; ++attempt) {
      const auto now = std::chrono::duration_cast<std::chrono::seconds>(
          std::chrono::system_clock::now().time_since_epoch());
      HttpRequest request{.method = method, .target = path, .fields = {{"Host", endpoint_.host_header}}, .body = body};
      for (auto& field : sign(credentials_, method, endpoint_.host_header, path, body, now.count()))
        request.fields.push_back(std::move(field));
      if (condition) request.fields.push_back(*condition);
      if (!connection_) connection_.emplace(endpoint_.server, tls_.get(), kTimeout);
      HttpResponse response;
      const error_code error = connection_->exchange(request, bytes_max, response);
      if (error || !response.keeps_connection) connection_.reset();
      if (error == boost::system::errc::message_size)
        throw ArchiveError(Problem::damaged, fmt::format("object \"{}\" is too long", name));
      if (!error && (response.status < 500 || attempt == kAttempts)) return response;
      if (attempt == kAttempts)
        throw ArchiveError(Problem::store,
                           fmt::format("could not reach {}: {}", endpoint_.host_header, error.message()));
      // What the services ask for: longer each time.
      std::this_thread::sleep_for(std::chrono::milliseconds(50 << attempt));
    }
  }

  [[noreturn]] void refuse(const char* what, const std::string& name, const HttpResponse& response) const {
    // <Code>AccessDenied</Code>
    const std::string_view text = response.text();
    const auto begin = text.find("<Code>"), end = text.find("</Code>");
    const std::string_view code = begin == text.npos || end == text.npos || end < begin + 6
                                      ? std::string_view(response.reason)
                                      : text.substr(begin + 6, end - begin - 6);
    throw ArchiveError(Problem::store, fmt::format("could not {} \"{}\" at {}: {} {}", what, name,
                                                   endpoint_.host_header, response.status, code));
  }

  const Endpoint endpoint_;
  const Credentials credentials_;
  const std::string path_;   // of the prefix, from the bucket on where it is in the path
  const std::string place_;
  std::map<std::string, std::string> seen_;   // entity tags that get() found; empty: no object
  const std::unique_ptr<pagestore::HttpTls> tls_;   // null: plain HTTP
  std::optional<pagestore::HttpConnection> connection_;
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
