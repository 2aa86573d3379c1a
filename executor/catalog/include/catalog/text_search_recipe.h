// What a text search configuration is made of, apart from the session that looked it up.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "catalog/session_catalog.h"
#include "text_search/configuration.h"

namespace catalog {

// Immutable; dictionaries are for one thread at a time, so whoever runs texts makes its own.
struct TextSearchRecipe {
  struct Part {
    std::string lexize;   // internal name of the template's function
    std::string options;  // pg_ts_dict.dictinitoption
  };
  std::array<std::vector<Part>, text_search::kTokenTypes> parts;

  // 0A000 for a dictionary that is built of another one by its name.
  text_search::Configuration make() const;
};

// XX000 where there is no such configuration.
TextSearchRecipe text_search_recipe(SessionCatalog& catalog, Oid configuration);

}  // namespace catalog
