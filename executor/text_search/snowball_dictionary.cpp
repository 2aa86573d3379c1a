// Template snowball: the word's stem by the language's Snowball algorithm.
#include <fmt/format.h>
#include <libstemmer.h>

#include "files.h"
#include "options.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace text_search {
namespace {

// Longer words are no words: they stay as they are.
constexpr std::size_t kMaxStemmedSize = 1000;

class Snowball final : public Dictionary {
 public:
  explicit Snowball(const Options& options) {
    Once stop("StopWords"), language("Language");
    for (const Option& option : options) {
      if (stop.matches(option)) {
        stop_ = stop_words(option.value);
      } else if (language.matches(option)) {
        stemmer_.reset(sb_stemmer_new(types::lower_ascii(option.value).c_str(), "UTF_8"));
        if (stemmer_ == nullptr)
          throw types::SqlError("42704", fmt::format("no Snowball stemmer available for language \"{}\" and "
                                                     "encoding \"UTF8\"", option.value));
      } else {
        refuse_option("Snowball", option);
      }
    }
    if (stemmer_ == nullptr) missing_option("Language");
  }

  bool look_up(std::string_view word, Lookup& lookup) const override {
    const std::string folded = types::lower_ascii(word);
    if (folded.size() > kMaxStemmedSize) {
      lookup.out.push_back({.text = lookup.arena.copy(folded)});
      return true;
    }
    if (folded.empty() || (stop_ != nullptr && stop_->contains(folded))) return true;
    const sb_symbol* stem = sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(folded.data()),
                                            static_cast<int>(folded.size()));
    if (stem == nullptr) throw std::bad_alloc();
    lookup.out.push_back({.text = lookup.arena.copy(std::string_view(
                              reinterpret_cast<const char*>(stem),
                              static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))))});
    return true;
  }

 private:
  struct Delete {
    void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
  };
  std::unique_ptr<sb_stemmer, Delete> stemmer_;
  std::shared_ptr<const StopWords> stop_;
};

}  // namespace

std::shared_ptr<const Dictionary> make_snowball(const Options& options) { return std::make_shared<Snowball>(options); }

}  // namespace text_search
