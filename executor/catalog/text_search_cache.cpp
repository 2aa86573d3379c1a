#include "catalog/text_search_cache.h"

#include <fmt/format.h>

#include "catalog/named_objects.h"
#include "catalog/rows.h"
#include "catalog/text_search_columns.h"
#include "text_search_dictionary.h"
#include "types/sql_error.h"

namespace catalog {

using types::SqlError;

void TextSearchCache::follow_catalog() {
  const std::uint64_t version = catalog_.version();
  if (version == version_) return;
  configurations_.clear();
  dictionaries_.clear();
  default_ = 0;
  version_ = version;
}

Oid TextSearchCache::default_configuration(const std::string& setting) {
  follow_catalog();
  if (default_ == 0 || default_setting_ != setting) {
    default_ = named_by_text(catalog_, NamedKind::ts_configuration, setting);
    default_setting_ = setting;
  }
  return default_;
}

const text_search::Configuration& TextSearchCache::configuration(Oid oid) {
  follow_catalog();
  if (auto it = configurations_.find(oid); it != configurations_.end()) return *it->second;
  if (!named_object(catalog_, NamedKind::ts_configuration, oid))
    throw SqlError("XX000", fmt::format("cache lookup failed for text search configuration {}", oid));
  auto made = std::make_unique<text_search::Configuration>();
  RelationPtr table = catalog_.relation(pg_ts_config_map::kOid);
  const transaction::View view = catalog_.take_view(false);
  RowReader rows(view, *table, 0, {key_oid(oid)});
  while (rows.next()) {
    const auto type = static_cast<std::size_t>(rows.row().int4(pg_ts_config_map::maptokentype));
    if (type < text_search::kTokenTypes)
      made->dictionaries[type].push_back(shared_dictionary(rows.row().oid(pg_ts_config_map::mapdict)));
  }
  // Reading may have met a change of the catalogue and emptied what is kept: the place is found only now.
  return *(configurations_[oid] = std::move(made));
}

std::shared_ptr<const text_search::Dictionary> TextSearchCache::shared_dictionary(Oid oid) {
  follow_catalog();
  if (auto it = dictionaries_.find(oid); it != dictionaries_.end()) return it->second;
  RelationPtr table = catalog_.relation(pg_ts_dict::kOid);
  Oid template_oid = 0;
  std::string options;
  {
    const transaction::View view = catalog_.take_view(false);
    RowReader rows(view, *table, 0, {key_oid(oid)});
    if (!rows.next()) throw SqlError("XX000", fmt::format("cache lookup failed for text search dictionary {}", oid));
    template_oid = rows.row().oid(pg_ts_dict::dicttemplate);
    if (!rows.row().is_null(pg_ts_dict::dictinitoption)) options = rows.row().string(pg_ts_dict::dictinitoption);
  }
  const std::string lexize = lexize_function(template_oid);
  // A thesaurus depends on another dictionary, which may have changed.
  const bool stands_alone = lexize != "thesaurus_lexize";
  const std::string key = lexize + '\n' + options;
  if (stands_alone)
    if (auto it = made_.find(key); it != made_.end()) return dictionaries_[oid] = it->second;
  auto made = dictionary_of_template(lexize, text_search::parse_options(options), *this);
  if (stands_alone) made_[key] = made;
  return dictionaries_[oid] = made;
}

std::string TextSearchCache::lexize_function(Oid template_oid) {
  RelationPtr templates = catalog_.relation(pg_ts_template::kOid);
  const transaction::View view = catalog_.take_view(false);
  RowReader rows(view, *templates, 0, {key_oid(template_oid)});
  if (rows.next())
    if (const auto* function = catalog_.function(rows.row().oid(pg_ts_template::tmpllexize)))
      return std::string(function->source);
  return {};
}

void TextSearchCache::check(Oid template_oid, const text_search::Options& options) {
  dictionary_of_template(lexize_function(template_oid), options, *this);
}

std::shared_ptr<const text_search::Dictionary> TextSearchCache::dictionary_named(std::string_view name) {
  return shared_dictionary(named_by_text(catalog_, NamedKind::ts_dictionary, name));
}

}  // namespace catalog
