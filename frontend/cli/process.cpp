#include "process.h"

#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "commands.h"
#include "configuration.h"

namespace cli {
namespace {

sigset_t termination_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

TerminationSignals::TerminationSignals() {
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_color_mt("sextant"));
}

TerminationSignals::~TerminationSignals() {
  if (!thread_.joinable()) return;
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void TerminationSignals::on_signal(std::function<void()> received) {
  // SIGUSR1 is ours, to end the thread; nobody else sends or expects it.
  sigset_t signals = termination_signals();
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([signals, received = std::move(received)] {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal == SIGUSR1) return;
    spdlog::info("received {}, shutting down", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    received();
  });
}

void allow_descriptors(std::size_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + 1000;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted)
    spdlog::warn("{} connections need {} file descriptors, of which the system allows {}", connections,
                 wanted, limit.rlim_cur);
}

void run_role(const std::function<void()>& role, int& exit_code) {
  try {
    role();
  } catch (const ConfigurationError& error) {
    fmt::print(stderr, "sextant: {}\n", error.what());
    exit_code = kUsage;
  } catch (const CLI::Error&) {
    throw;
  } catch (const std::exception& error) {
    fmt::print(stderr, "sextant: {}\n", error.what());
    exit_code = kFailure;
  }
}

}  // namespace cli
