// Dictionaries of the templates that PostgreSQL has, and of those that extensions add.
#pragma once

#include "extensions/extension.h"
#include "text_search/dictionary.h"

namespace catalog {

// By the symbol of the template's lexize function; errors as text_search::make_dictionary()'s.
inline std::shared_ptr<const text_search::Dictionary> dictionary_of_template(std::string_view lexize,
                                                                             const text_search::Options& options,
                                                                             text_search::DictionarySource& others) {
  if (auto made = extensions::make_dictionary(lexize, options)) return made;
  return text_search::make_dictionary(lexize, options, others);
}

}  // namespace catalog
