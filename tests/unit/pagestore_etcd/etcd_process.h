// An etcd of its own for a test (Debian's etcd-server: scripts/setup test).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "pagestore/etcd_control.h"

namespace pagestore {

class EtcdProcess {
 public:
  // With TLS: serves with these files, and wants clients' certificates of the authority.
  struct Tls {
    std::string certificate_file, key_file, ca_file;
  };
  EtcdProcess();
  explicit EtcdProcess(const Tls& tls);
  ~EtcdProcess();
  EtcdProcess(const EtcdProcess&) = delete;
  EtcdProcess& operator=(const EtcdProcess&) = delete;

  void start();  // again, with its data
  void kill();
  EtcdOptions options(const std::string& prefix) const;

 private:
  std::filesystem::path directory_;
  Tls tls_;
  std::string port_, peer_port_;
  pid_t pid_ = -1;
};

}  // namespace pagestore
