#include "etcd_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace pagestore {
namespace {

// Two that are free at the same time.
std::pair<std::string, std::string> free_ports() {
  int sockets[2];
  std::string ports[2];
  for (int i = 0; i < 2; ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(sockets[i], reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(sockets[i], reinterpret_cast<sockaddr*>(&address), &size);
    ports[i] = std::to_string(ntohs(address.sin_port));
  }
  for (const int each : sockets) ::close(each);
  return {ports[0], ports[1]};
}

}  // namespace

EtcdProcess::EtcdProcess() : EtcdProcess(Tls{}) {}

EtcdProcess::EtcdProcess(const Tls& tls) : tls_(tls) {
  std::string made = (std::filesystem::temp_directory_path() / "sextant-etcd-XXXXXX").string();
  directory_ = ::mkdtemp(made.data());
  std::tie(port_, peer_port_) = free_ports();
  start();
}

EtcdProcess::~EtcdProcess() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void EtcdProcess::start() {
  const std::string scheme = tls_.ca_file.empty() ? "http" : "https";
  const std::string clients = scheme + "://127.0.0.1:" + port_, peers = "http://127.0.0.1:" + peer_port_;
  std::vector<std::string> words{"etcd", "--name", "test", "--data-dir", (directory_ / "data").string(),
                                 "--listen-client-urls", clients, "--advertise-client-urls", clients,
                                 "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                                 "--initial-cluster", "test=" + peers};
  if (!tls_.ca_file.empty()) {
    words.insert(words.end(), {"--cert-file", tls_.certificate_file, "--key-file", tls_.key_file,
                               "--trusted-ca-file", tls_.ca_file, "--client-cert-auth"});
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = (directory_ / "log").string();
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = ::posix_spawnp(&pid_, "etcd", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ASSERT_EQ(failed, 0) << "etcd is needed: scripts/setup test";
}

void EtcdProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

EtcdOptions EtcdProcess::options(const std::string& prefix) const {
  return {.endpoints = {{"127.0.0.1", port_}}, .prefix = prefix, .ca_file = {}, .certificate_file = {},
          .private_key_file = {}};
}

}  // namespace pagestore
