// What an index expression may ask of a session, though it is made without one. Private to the unit.
#pragma once

#include <map>
#include <memory>

#include "catalog/catalog_view.h"
#include "catalog/text_search_recipe.h"
#include "query/expression.h"
#include "types/session_services.h"

namespace eval {

// A resolver whose programs are kept beyond ALTER DOMAIN: they ask the session what the domains demand.
class KeepsPrograms {
 public:
  virtual ~KeepsPrograms() = default;
};


// The text search configurations that an expression names, looked up when it is compiled.
using TextSearchRecipes = std::map<types::Oid, catalog::TextSearchRecipe>;
void collect_configurations(catalog::CatalogView& catalog, const query::Expression& expression,
                            TextSearchRecipes& recipes);

// For one evaluation at a time. `recipes` outlives it. Users' functions and domains go to the session that
// the evaluation runs for (types::current_session()). Everything else but text search by a configuration
// that is named in the expression answers 0A000: what is immutable asks for nothing else.
std::unique_ptr<types::SessionServices> make_index_services(const TextSearchRecipes& recipes);

}  // namespace eval
