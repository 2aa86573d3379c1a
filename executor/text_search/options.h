// How templates read their options. For dictionaries alone.
#pragma once

#include <string>
#include <string_view>

#include "text_search/dictionary.h"

namespace text_search {

bool same_name(std::string_view a, std::string_view b);  // without regard to case

// 22023 where the same one was read before: "multiple StopWords parameters".
class Once {
 public:
  explicit Once(std::string_view name) : name_(name) {}
  bool matches(const Option& option);
  bool seen() const { return seen_; }

 private:
  std::string_view name_;
  bool seen_ = false;
};

// true, off, 1, ...; 42601 `... requires a Boolean value`.
bool boolean_option(const Option& option);
[[noreturn]] void refuse_option(std::string_view what, const Option& option);
[[noreturn]] void missing_option(std::string_view name);

std::shared_ptr<const Dictionary> make_simple(const Options& options);
std::shared_ptr<const Dictionary> make_snowball(const Options& options);
std::shared_ptr<const Dictionary> make_synonym(const Options& options);
std::shared_ptr<const Dictionary> make_thesaurus(const Options& options, DictionarySource& others);
std::shared_ptr<const Dictionary> make_ispell(const Options& options);

}  // namespace text_search
