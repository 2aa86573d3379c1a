// What every role does with the process it runs in.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/App.hpp>

#include "pagestore/network.h"

namespace cli {

// A cause for not starting, in one or two lines.
struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// From construction on SIGTERM and SIGINT end nothing by themselves, on no thread made later; the
// first one calls `received` on a thread of its own. Standard output is for the line that says that
// the role is ready, so the log goes to standard error.
class TerminationSignals {
 public:
  TerminationSignals();
  ~TerminationSignals();
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;

  // Once, after everything that `received` uses is there.
  void on_signal(std::function<void()> received);

 private:
  std::thread thread_;
};

// A connection is a descriptor; volumes, logs and listeners fit in a margin beside them.
void allow_descriptors(std::size_t connections);

// --set NAME=VALUE.
void add_settings_option(CLI::App& command, std::vector<std::string>& settings);
// --tls-cert, --tls-key, --tls-ca: between writer and page-store nodes. check_tls() throws
// CLI::ValidationError unless there are all or none.
void add_tls_options(CLI::App& command, pagestore::TlsFiles& tls);
void check_tls(const pagestore::TlsFiles& tls);
// Of a node or a zone. Throws CLI::ValidationError.
void check_name(const std::string& option, const std::string& name);

// Runs a role and sets the exit code: wrong usage is kUsage, what the world refuses kFailure.
void run_role(const std::function<void()>& role, int& exit_code);

}  // namespace cli
