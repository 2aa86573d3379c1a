// Runs one fuzz target without libFuzzer: its corpus, then seeded random and mutated inputs.
//
//   <target> [--corpus DIR] [--runs N] [--seed S] [FILE...]
//
// Environment: SEXTANT_FUZZ_RUNS, SEXTANT_FUZZ_SEED. The seed is printed first; the input at
// hand is written to <target>.crash when the target stops the process.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

// What the signal handler saves.
const Input* g_current = nullptr;
std::string g_crash_file;

extern "C" void save_current(int signal) {
  if (g_current != nullptr) {
    const int file = ::open(g_crash_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (file >= 0 && ::write(file, g_current->data(), g_current->size()) >= 0) ::close(file);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run_one(const Input& input) {
  g_current = &input;
  // A copy of the exact size, so that a sanitizer sees the first byte read behind it.
  const auto exact = std::make_unique<std::uint8_t[]>(input.size());
  if (!input.empty()) std::memcpy(exact.get(), input.data(), input.size());
  LLVMFuzzerTestOneInput(exact.get(), input.size());
  g_current = nullptr;
}

Input read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  Input random_input() {
    Input input(below(10) == 0 ? below(9000) : below(200));
    for (auto& byte : input) byte = static_cast<std::uint8_t>(random_());
    return input;
  }

  Input mutated(Input input, const Input& other) {
    for (std::size_t steps = 1 + below(4); steps > 0; --steps) mutate(input, other);
    return input;
  }

  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

 private:
  void mutate(Input& input, const Input& other) {
    static constexpr std::uint8_t kInteresting[] = {0, 1, 7, 8, 0x1f, 0x20, 0x7f, 0x80, 0xff};
    switch (below(7)) {
      case 0:
        if (!input.empty()) input[below(input.size())] ^= std::uint8_t(1u << below(8));
        break;
      case 1:
        if (!input.empty()) input[below(input.size())] = static_cast<std::uint8_t>(random_());
        break;
      case 2:
        if (!input.empty()) {
          input[below(input.size())] = kInteresting[below(std::size(kInteresting))];
        }
        break;
      case 3:  // cut
        input.resize(below(input.size() + 1));
        break;
      case 4: {  // drop a stretch
        if (input.empty()) break;
        const auto from = below(input.size());
        const auto count = 1 + below(std::min<std::size_t>(input.size() - from, 64));
        input.erase(input.begin() + static_cast<std::ptrdiff_t>(from),
                    input.begin() + static_cast<std::ptrdiff_t>(from + count));
        break;
      }
      case 5: {  // insert noise
        Input noise(1 + below(16));
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random_());
        const auto at = static_cast<std::ptrdiff_t>(below(input.size() + 1));
        input.insert(input.begin() + at, noise.begin(), noise.end());
        break;
      }
      case 6: {  // splice from another input
        if (other.empty()) break;
        const auto from = below(other.size());
        const auto count = 1 + below(other.size() - from);
        const auto at = static_cast<std::ptrdiff_t>(below(input.size() + 1));
        input.insert(input.begin() + at, other.begin() + static_cast<std::ptrdiff_t>(from),
                     other.begin() + static_cast<std::ptrdiff_t>(from + count));
        break;
      }
    }
    if (input.size() > 70'000) input.resize(70'000);
  }

  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t runs = 20'000;
  std::uint64_t seed = 1;
  if (const char* text = std::getenv("SEXTANT_FUZZ_RUNS")) runs = std::strtoull(text, nullptr, 10);
  if (const char* text = std::getenv("SEXTANT_FUZZ_SEED")) seed = std::strtoull(text, nullptr, 10);
  std::vector<Input> corpus;
  bool only_files = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--runs" && has_value) {
      runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--seed" && has_value) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--corpus" && has_value) {
      const std::filesystem::path directory = argv[++i];
      if (!std::filesystem::is_directory(directory)) continue;
      std::vector<std::filesystem::path> files;
      for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        files.push_back(entry.path());
      }
      std::sort(files.begin(), files.end());
      for (const auto& file : files) corpus.push_back(read_file(file));
    } else {
      corpus.push_back(read_file(argument));
      only_files = true;
    }
  }
  g_crash_file = std::string(argv[0]) + ".crash";
  for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, save_current);

  std::printf("seed %llu, %zu corpus inputs, %zu runs\n", static_cast<unsigned long long>(seed),
              corpus.size(), only_files ? 0 : runs);
  std::fflush(stdout);
  for (const auto& input : corpus) run_one(input);
  if (only_files) return 0;

  Mutator mutator(seed);
  const Input empty;
  for (std::size_t run = 0; run < runs; ++run) {
    if (corpus.empty() || mutator.below(8) == 0) {
      run_one(mutator.random_input());
    } else {
      const Input& base = corpus[mutator.below(corpus.size())];
      const Input& other = corpus[mutator.below(corpus.size())];
      run_one(mutator.mutated(base, mutator.below(2) == 0 ? other : empty));
    }
  }
  return 0;
}
