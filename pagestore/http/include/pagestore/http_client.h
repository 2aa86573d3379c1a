// A client of HTTP/1.1 (RFC 9112) for the services beside a cluster: etcd, object stores.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/error_code.hpp>

namespace pagestore {

struct HttpEndpoint {
  std::string host, port;   // a name or an address; digits or a service's name
};

// Whom a client believes, and who it says that it is. Immutable; serves any number of connections.
class HttpTls {
 public:
  // Believes the system's authorities and shows no certificate.
  HttpTls();
  // Believes `ca_file` alone, and shows the certificate where one is named (PEM files). Throws
  // std::runtime_error when a file cannot be used, saying which and why.
  HttpTls(const std::string& ca_file, const std::string& certificate_file, const std::string& private_key_file);
  ~HttpTls();
  HttpTls(const HttpTls&) = delete;
  HttpTls& operator=(const HttpTls&) = delete;

 private:
  friend class HttpConnection;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

using HttpField = std::pair<std::string, std::string>;   // name, value

struct HttpRequest {
  std::string method, target;      // "GET", "/bucket/name"
  std::vector<HttpField> fields;   // Host among them; Content-Length is written by the connection
  std::string_view body;           // not owned
};

struct HttpResponse {
  unsigned status = 0;             // 200
  std::string reason;              // "OK"
  std::vector<HttpField> fields;
  std::vector<std::byte> body;
  bool keeps_connection = false;   // another exchange may follow over the same connection

  // The first field of that name, whatever the case of its letters; empty if there is none.
  std::string_view field(std::string_view name) const;
  std::string_view text() const { return {reinterpret_cast<const char*>(body.data()), body.size()}; }
};

// One connection, for one thread. Each step (resolving, connecting, the handshake, writing, reading) blocks no longer than the
// time limit (error timed_out) and ends when a stop is requested (operation_aborted; `stop` may be requested by any thread).
// After an error it is of no more use.
class HttpConnection {
 public:
  // `tls`: null for plain HTTP; outlives the connection. The server's certificate must be for the endpoint's host.
  HttpConnection(HttpEndpoint endpoint, const HttpTls* tls, std::chrono::milliseconds step_limit, std::stop_token stop = {});
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Connects where it is not connected yet, sends and receives. Error message_size: the answer's body is longer than that.
  boost::system::error_code exchange(const HttpRequest& request, std::size_t body_bytes_max, HttpResponse& response);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore
