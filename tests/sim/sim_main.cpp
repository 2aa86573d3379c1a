// sim --seed N               one run, with a trace
// sim --seeds FROM COUNT     many runs
// sim --replay FILE          the runs whose seeds begin the file's lines
// sim --takeovers [all]      no chance: every order of takeovers (takeover_model.h)
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "scenario.h"
#include "takeover_model.h"

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
  total.files_removed += outcome.files_removed;
  total.log_bytes_fetched += outcome.log_bytes_fetched;
  total.pages_copied += outcome.pages_copied;
  total.replaced += outcome.replaced;
  total.without_tails += outcome.without_tails;
  total.pages_compared += outcome.pages_compared;
  total.parts_compared += outcome.parts_compared;
  total.false_images += outcome.false_images;
}

int usage() {
  std::fprintf(stderr, "usage: sim --seed N | --seeds FROM COUNT | --replay FILE | --takeovers [all]\n");
  return 2;
}

// Those with tails have twenty times as many states, copies being told apart: the large ones are for every change of
// what is checked, not for every run of all tests.
int check_takeovers(bool large) {
  std::vector<sim::ModelSize> sizes{{.chunks = 2, .third_writer = false, .gossip = true},
                                    {.chunks = 1, .third_writer = true, .gossip = false},
                                    {.chunks = 1, .third_writer = false, .gossip = true, .tails = true}};
  if (large) {
    sizes.push_back({.chunks = 2, .third_writer = false, .gossip = true, .tails = true});
    sizes.push_back({.chunks = 1, .third_writer = true, .gossip = false, .tails = true});
  }
  bool eventful = true;
  for (const sim::ModelSize& size : sizes) {
    const sim::ModelOutcome outcome = sim::check_takeovers(size);
    std::printf("%u chunks, %d takeovers%s%s: %llu states, %llu steps, a takeover comes to serve in %llu\n",
                size.chunks, size.third_writer ? 2 : 1, size.gossip ? ", gossip" : "", size.tails ? ", three tails" : "",
                static_cast<unsigned long long>(outcome.states),
                static_cast<unsigned long long>(outcome.steps),
                static_cast<unsigned long long>(outcome.serving));
    eventful = eventful && outcome.serving > 1000;
  }
  return eventful ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, on_abort);
  std::signal(SIGSEGV, on_abort);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // the trace is whole when the process stops
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const auto number = [&](int index) { return std::strtoull(argv[index], nullptr, 10); };
  if (mode == "--takeovers" && argc == 2) return check_takeovers(false);
  if (mode == "--takeovers" && argc == 3 && std::string_view(argv[2]) == "all") return check_takeovers(true);
  sim::Outcome total;
  std::uint64_t count = 0;
  if (mode == "--seed" && argc == 3) {
    run_one(number(2), true, total);
    count = 1;
  } else if (mode == "--seeds" && argc == 4) {
    for (; count < number(3); ++count) run_one(number(2) + count, false, total);
  } else if (mode == "--replay" && argc == 3) {
    std::ifstream file(argv[2]);
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line[0] == '#') continue;
      run_one(std::strtoull(line.c_str(), nullptr, 10), false, total);
      ++count;
    }
    if (count == 0) return usage();
  } else {
    return usage();
  }
  std::printf("%llu seeds: %llu records, %llu takeovers, %llu clones, %llu node crashes, "
              "%llu log files removed, %llu bytes of log and %llu pages from peers, "
              "%llu nodes replaced, %llu timelines went on without tails, %llu pages and %llu parts of log compared, "
              "%llu false images\n",
              static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(total.records),
              static_cast<unsigned long long>(total.takeovers),
              static_cast<unsigned long long>(total.clones),
              static_cast<unsigned long long>(total.node_crashes),
              static_cast<unsigned long long>(total.files_removed),
              static_cast<unsigned long long>(total.log_bytes_fetched),
              static_cast<unsigned long long>(total.pages_copied),
              static_cast<unsigned long long>(total.replaced),
              static_cast<unsigned long long>(total.without_tails),
              static_cast<unsigned long long>(total.pages_compared),
              static_cast<unsigned long long>(total.parts_compared),
              static_cast<unsigned long long>(total.false_images));
  // A simulation in which nothing happens proves nothing.
  const bool eventful = total.takeovers > 2 * count && total.clones > count &&
                        total.node_crashes > count && total.records > 100 * count &&
                        total.files_removed > count && total.log_bytes_fetched > 100 * count && total.replaced > count / 12 &&
                        total.without_tails > count / 40 && total.pages_compared > 50 * count &&
                        total.parts_compared > 50 * count && total.false_images > count;
  return count < 50 || eventful ? 0 : 1;
}
