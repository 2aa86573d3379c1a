#include "regex.h"

#include <list>
#include <utility>

#include "types/kernel_interrupts.h"
#include "types/session_services.h"

namespace functions {

namespace {

thread_local bool unicode_letters = false;

}  // namespace

UnicodeLetters::UnicodeLetters() { unicode_letters = true; }
UnicodeLetters::~UnicodeLetters() { unicode_letters = false; }

std::shared_ptr<Regex> Regex::get(std::string_view pattern, RegexOptions options) {
  struct Entry {
    std::string pattern;
    RegexOptions options;
    std::shared_ptr<Regex> regex;
  };
  // Patterns are few and come again with every row and every batch; large ones are not many at a time.
  constexpr std::size_t kCached = 32, kCachedInstructions = 200'000;
  thread_local std::list<Entry> cache;
  thread_local std::size_t cached_instructions = 0;
  options.global = false;
  options.unicode = unicode_letters;
  for (auto it = cache.begin(); it != cache.end(); ++it) {
    if (it->options == options && it->pattern == pattern) {
      if (it != cache.begin()) cache.splice(cache.begin(), cache, it);
      return it->regex;
    }
  }
  TranslatedRegex translated = translate_regex(pattern, options);
  std::shared_ptr<Regex> regex(new Regex(std::move(translated.tree), translated.word));
  cache.push_front({std::string(pattern), options, regex});
  cached_instructions += regex->program_.size();
  while (cache.size() > kCached || (cached_instructions > kCachedInstructions && cache.size() > 1)) {
    cached_instructions -= cache.back().regex->program_.size();
    cache.pop_back();
  }
  return regex;
}

bool Regex::matches(types::EvalContext& context, std::string_view text) {
  return Search(context, *this, text).run_->matches(0);
}

// Searches of one expression are nested where one lets other coroutines of the thread run: each has a run of its own.
Regex::Search::Search(types::EvalContext& context, Regex& regex, std::string_view text)
    : regex_(regex),
      text_(text),
      interrupts_(context.session),
      run_(regex.spare_ ? std::move(regex.spare_) : std::make_unique<RegexRun>(regex.program_)) {
  run_->start(text, context.session != nullptr ? &interrupts_ : nullptr);
}

Regex::Search::~Search() { regex_.spare_ = std::move(run_); }

void Regex::Search::Interrupts::check() {
  struct Aside {
    bool letters = std::exchange(unicode_letters, false);
    ~Aside() { unicode_letters = letters; }
  } aside;
  if (auto* interrupts = dynamic_cast<types::KernelInterrupts*>(session_)) interrupts->check_interrupts();
}

}  // namespace functions
