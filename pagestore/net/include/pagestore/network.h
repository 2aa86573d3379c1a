// The thread under all connections of this process to or from page-store nodes.
#pragma once

#include <memory>
#include <string>

namespace pagestore {

// Both ends show a certificate that `ca_file` vouches for. All PEM files; all empty: no TLS.
struct TlsFiles {
  std::string certificate_file;
  std::string private_key_file;
  std::string ca_file;
  bool enabled() const { return !certificate_file.empty(); }
};

// One event loop on one thread. Must outlive what uses it. Throws std::runtime_error when a TLS file
// cannot be used, saying which and why.
class Network {
 public:
  explicit Network(const TlsFiles& tls = {});
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore
