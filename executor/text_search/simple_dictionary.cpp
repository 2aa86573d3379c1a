// Template simple: the word in lower case, unless it is a stop word.
#include "files.h"
#include "options.h"
#include "types/ascii.h"

namespace text_search {
namespace {

class Simple final : public Dictionary {
 public:
  explicit Simple(const Options& options) {
    Once stop("StopWords"), accept("Accept");
    for (const Option& option : options) {
      if (stop.matches(option)) stop_ = stop_words(option.value);
      else if (accept.matches(option)) accept_ = boolean_option(option);
      else refuse_option("simple dictionary", option);
    }
  }

  bool look_up(std::string_view word, Lookup& lookup) const override {
    const std::string folded = types::lower_ascii(word);
    if (folded.empty() || (stop_ != nullptr && stop_->contains(folded))) return true;
    if (!accept_) return false;
    lookup.out.push_back({.text = lookup.arena.copy(folded)});
    return true;
  }

 private:
  std::shared_ptr<const StopWords> stop_;
  bool accept_ = true;
};

}  // namespace

std::shared_ptr<const Dictionary> make_simple(const Options& options) { return std::make_shared<Simple>(options); }

}  // namespace text_search
