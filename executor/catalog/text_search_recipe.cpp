#include "catalog/text_search_recipe.h"

#include "catalog/rows.h"
#include "catalog/text_search_columns.h"
#include "text_search_dictionary.h"
#include "types/sql_error.h"

namespace catalog {

namespace {

class NoOthers final : public text_search::DictionarySource {
 public:
  std::shared_ptr<const text_search::Dictionary> dictionary_named(std::string_view) override {
    throw types::SqlError::not_supported("a dictionary that is built of another one in an index expression");
  }
};

}  // namespace

text_search::Configuration TextSearchRecipe::make() const {
  text_search::Configuration made;
  NoOthers others;
  for (std::size_t type = 0; type < parts.size(); ++type)
    for (const Part& part : parts[type]) {
      std::shared_ptr<const text_search::Dictionary> dictionary;
      // Most types of tokens ask the same ones.
      for (std::size_t t = 0; t < type && dictionary == nullptr; ++t)
        for (std::size_t i = 0; i < parts[t].size(); ++i)
          if (parts[t][i].lexize == part.lexize && parts[t][i].options == part.options)
            dictionary = made.dictionaries[t][i];
      if (dictionary == nullptr)
        dictionary = dictionary_of_template(part.lexize, text_search::parse_options(part.options), others);
      made.dictionaries[type].push_back(std::move(dictionary));
    }
  return made;
}

TextSearchRecipe text_search_recipe(SessionCatalog& catalog, Oid configuration) {
  TextSearchRecipe recipe;
  std::vector<std::pair<std::size_t, Oid>> maps;
  const RelationPtr table = catalog.relation(pg_ts_config_map::kOid);
  const RelationPtr dictionaries = catalog.relation(pg_ts_dict::kOid);
  const RelationPtr templates = catalog.relation(pg_ts_template::kOid);
  const transaction::View view = catalog.take_view(false);
  RowReader rows(view, *table, 0, {key_oid(configuration)});
  while (rows.next()) {
    const auto type = static_cast<std::size_t>(rows.row().int4(pg_ts_config_map::maptokentype));
    if (type < text_search::kTokenTypes) maps.emplace_back(type, rows.row().oid(pg_ts_config_map::mapdict));
  }
  for (const auto& [type, oid] : maps) {
    TextSearchRecipe::Part part;
    RowReader dictionary(view, *dictionaries, 0, {key_oid(oid)});
    if (!dictionary.next())
      throw types::SqlError("XX000", "cache lookup failed for text search dictionary " + std::to_string(oid));
    if (!dictionary.row().is_null(pg_ts_dict::dictinitoption))
      part.options = dictionary.row().string(pg_ts_dict::dictinitoption);
    RowReader made_by(view, *templates, 0, {key_oid(dictionary.row().oid(pg_ts_dict::dicttemplate))});
    if (made_by.next())
      if (const auto* function = catalog.function(made_by.row().oid(pg_ts_template::tmpllexize)))
        part.lexize = function->source;
    recipe.parts[type].push_back(std::move(part));
  }
  return recipe;
}

}  // namespace catalog
