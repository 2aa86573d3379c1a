// sim [--seed N] [--seeds FROM COUNT]: runs the storage tier's simulation; one seed with a trace.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include "scenario.h"

namespace {

volatile std::sig_atomic_t seed_high = 0, seed_low = 0;

// The seed of a run that stopped on a CHECK is the one thing that must not be lost.
void on_abort(int) {
  char line[96];
  const auto seed = (static_cast<std::uint64_t>(static_cast<std::uint32_t>(seed_high)) << 32) |
                    static_cast<std::uint32_t>(seed_low);
  const int length = std::snprintf(line, sizeof line,
                                   "\nfailing seed: %llu (replay: sim --seed %llu)\n",
                                   static_cast<unsigned long long>(seed),
                                   static_cast<unsigned long long>(seed));
  if (length > 0) (void)!write(STDERR_FILENO, line, static_cast<std::size_t>(length));
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

void run_one(std::uint64_t seed, bool trace, sim::Outcome& total) {
  seed_high = static_cast<std::sig_atomic_t>(seed >> 32);
  seed_low = static_cast<std::sig_atomic_t>(seed & 0xffff'ffff);
  const sim::Outcome outcome = sim::run(seed, trace);
  total.records += outcome.records;
  total.takeovers += outcome.takeovers;
  total.clones += outcome.clones;
  total.node_crashes += outcome.node_crashes;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, on_abort);
  std::signal(SIGSEGV, on_abort);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // the trace is whole when the process stops
  sim::Outcome total;
  std::uint64_t from = 1, count = 100;
  if (argc == 3 && std::string_view(argv[1]) == "--seed") {
    from = std::strtoull(argv[2], nullptr, 10);
    run_one(from, true, total);
    count = 1;
  } else {
    if (argc == 4 && std::string_view(argv[1]) == "--seeds") {
      from = std::strtoull(argv[2], nullptr, 10);
      count = std::strtoull(argv[3], nullptr, 10);
    } else if (argc != 1) {
      std::fprintf(stderr, "usage: sim [--seed N | --seeds FROM COUNT]\n");
      return 2;
    }
    for (std::uint64_t seed = from; seed < from + count; ++seed) run_one(seed, false, total);
  }
  std::printf("%llu seeds from %llu: %llu records, %llu takeovers, %llu clones, %llu node crashes\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(from),
              static_cast<unsigned long long>(total.records),
              static_cast<unsigned long long>(total.takeovers),
              static_cast<unsigned long long>(total.clones),
              static_cast<unsigned long long>(total.node_crashes));
  // A simulation in which nothing happens proves nothing.
  return count < 50 || (total.takeovers > count && total.clones > 0 && total.node_crashes > count)
             ? 0
             : 1;
}
