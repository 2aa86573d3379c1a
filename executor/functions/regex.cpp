#include "regex.h"

#include <list>
#include <utility>

#include "regex_program.h"
#include "regex_run.h"
#include "types/kernel_interrupts.h"
#include "types/session_services.h"

namespace functions {

namespace {

thread_local const RegexLetters* regex_letters = nullptr;  // ASCII's where null

}  // namespace

RegexLettersScope::RegexLettersScope(const RegexLetters& letters) { regex_letters = &letters; }
RegexLettersScope::~RegexLettersScope() { regex_letters = nullptr; }

std::shared_ptr<Regex> Regex::get(types::EvalContext& context, std::string_view pattern, RegexOptions options) {
  struct Entry {
    std::string pattern;
    RegexOptions options;
    std::shared_ptr<Regex> regex;
  };
  // Patterns are few and come again with every row and every batch; large ones are not many at a time.
  constexpr std::size_t kCached = 32, kCachedBytes = std::size_t{32} << 20;
  thread_local std::list<Entry> cache;
  options.global = false;
  options.letters = regex_letters != nullptr ? regex_letters : &RegexLetters::ascii();
  for (auto it = cache.begin(); it != cache.end(); ++it) {
    if (it->options == options && it->pattern == pattern) {
      if (it != cache.begin()) cache.splice(cache.begin(), cache, it);
      return it->regex;
    }
  }
  SessionInterrupts interrupts(context.session);
  RegexWork work(context.session != nullptr ? &interrupts : nullptr);
  std::shared_ptr<Regex> regex(new Regex(std::make_unique<const RegexProgram>(translate_regex(pattern, options, work), work)));
  cache.push_front({std::string(pattern), options, regex});
  // What searches remember grows, so the sum is taken anew.
  std::size_t count = 0, bytes = 0;
  auto kept = cache.begin();
  for (; kept != cache.end(); ++kept, ++count) {
    bytes += kept->regex->bytes() + kept->pattern.capacity();
    if (count > 0 && (count == kCached || bytes > kCachedBytes)) break;
  }
  cache.erase(kept, cache.end());
  return regex;
}

Regex::Regex(std::unique_ptr<const RegexProgram> program) : program_(std::move(program)), groups_(program_->tree().groups) {}
Regex::~Regex() = default;
std::size_t Regex::bytes() const { return program_->bytes() + (spare_ ? spare_->bytes() : 0); }

bool Regex::matches(types::EvalContext& context, std::string_view text) {
  return Search(context, *this, text).run_->matches(0);
}

// Searches of one expression are nested where one lets other coroutines of the thread run: each has a run of its own.
Regex::Search::Search(types::EvalContext& context, Regex& regex, std::string_view text)
    : regex_(regex),
      text_(text),
      interrupts_(context.session),
      run_(regex.spare_ ? std::move(regex.spare_) : std::make_unique<RegexRun>(*regex.program_)) {
  run_->start(text, context.session != nullptr ? &interrupts_ : nullptr);
}

bool Regex::Search::find(std::size_t from) { return from <= text_.size() && run_->find(from, spans_); }

Regex::Search::~Search() { regex_.spare_ = std::move(run_); }

void Regex::SessionInterrupts::check() {
  struct Aside {
    const RegexLetters* letters = std::exchange(regex_letters, nullptr);
    ~Aside() { regex_letters = letters; }
  } aside;
  if (auto* interrupts = dynamic_cast<types::KernelInterrupts*>(session_)) interrupts->check_interrupts();
}

}  // namespace functions
