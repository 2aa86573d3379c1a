// Calls of etcd's JSON gateway over HTTP: whichever of its members answers.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "pagestore/etcd_control.h"
#include "pagestore/http_client.h"
#include "wal/result.h"

namespace pagestore {

// Not thread-safe. A call blocks, five seconds per member at most.
class EtcdClient {
 public:
  // Throws std::runtime_error when a TLS file cannot be used, saying which and why.
  explicit EtcdClient(const EtcdOptions& options);

  // The answer's body. Errors: stopped; unsuitable, when etcd understood and refused; otherwise what
  // the last member that was tried had to say. `detail` says it in words.
  wal::Result<std::string> post(const std::string& path, const std::string& body, std::stop_token stop,
                                std::string* detail);

 private:
  const std::vector<HttpEndpoint> endpoints_;
  std::unique_ptr<HttpTls> tls_;   // null: plain HTTP
  std::size_t preferred_ = 0;      // answered last
};

}  // namespace pagestore
