// Control data in etcd (version 3.4 and later), by its JSON gateway.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pagestore/control_store.h"
#include "pagestore/http_client.h"

namespace pagestore {

struct EtcdOptions {
  std::vector<HttpEndpoint> endpoints;  // one at least; any of them will do
  std::string prefix = "sextant";   // one per cluster: the record's key is PREFIX/cluster
  // PEM files. Empty: plain HTTP. With an authority etcd is spoken to by TLS and must show a certificate
  // of it; a certificate of our own is shown when there is one.
  std::string ca_file, certificate_file, private_key_file;
};

// The record is one key, whose value is what a node keeps in its file (CRC-32C and encode_record()). It is
// changed by transactions that compare its mod_revision. Throws std::runtime_error when a TLS file cannot
// be used.
std::unique_ptr<ControlStore> make_etcd_control(const EtcdOptions& options);

}  // namespace pagestore
