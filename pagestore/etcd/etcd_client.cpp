#include "etcd_client.h"

#include <chrono>

#include <boost/system/errc.hpp>
#include <fmt/format.h>

#include "etcd_messages.h"

namespace pagestore {
namespace {

using boost::system::error_code;
namespace errc = boost::system::errc;

constexpr std::chrono::seconds kTimeout{5};
constexpr std::size_t kAnswerBytesMax = 4 << 20;

bool refuses(const HttpResponse& response) { return response.status >= 400 && response.status < 500; }

}  // namespace

EtcdClient::EtcdClient(const EtcdOptions& options) : endpoints_(options.endpoints) {
  if (!options.ca_file.empty())
    tls_ = std::make_unique<HttpTls>(options.ca_file, options.certificate_file, options.private_key_file);
}

wal::Result<std::string> EtcdClient::post(const std::string& path, const std::string& body,
                                          std::stop_token stop, std::string* detail) {
  detail->clear();
  error_code error = make_error_code(errc::host_unreachable);
  for (std::size_t tried = 0; tried < endpoints_.size(); ++tried) {
    const std::size_t at = (preferred_ + tried) % endpoints_.size();
    const HttpEndpoint& endpoint = endpoints_[at];
    const std::string address = endpoint.host + ":" + endpoint.port;
    // A connection of its own: changes of control data are days apart.
    const HttpRequest request{.method = "POST",
                              .target = path,
                              .fields = {{"Host", address}, {"Content-Type", "application/json"}, {"Connection", "close"}},
                              .body = body};
    HttpResponse response;
    error = HttpConnection(endpoint, tls_.get(), kTimeout, stop).exchange(request, kAnswerBytesMax, response);
    if (stop.stop_requested()) return ClusterErrc::stopped;
    if (!error && response.status == 200) {
      preferred_ = at;
      return std::string(response.text());
    }
    const std::string why = error ? error.message()
                                  : fmt::format("{} {}", response.status, parse_error(response.text()));
    *detail += fmt::format("{}{}: {}", detail->empty() ? "" : "; ", address, why);
    // A member without a leader, say, is tried again; what it understood and refused is not.
    if (!error && refuses(response)) return ClusterErrc::unsuitable;
    if (!error) error = make_error_code(errc::resource_unavailable_try_again);
  }
  return error;
}

}  // namespace pagestore
