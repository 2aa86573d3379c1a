// The text search configurations and dictionaries that a session has used, ready to run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "catalog/session_catalog.h"
#include "text_search/configuration.h"

namespace catalog {

// What it hands out lives until the next call after a change of the catalogue.
class TextSearchCache final : public text_search::DictionarySource {
 public:
  explicit TextSearchCache(SessionCatalog& catalog) : catalog_(catalog) {}

  // XX000 where there is no such object.
  const text_search::Configuration& configuration(Oid oid);
  const text_search::Dictionary& dictionary(Oid oid) { return *shared_dictionary(oid); }
  // Whether a dictionary can be made of a template (pg_ts_template) so: errors as make_dictionary()'s.
  void check(Oid template_oid, const text_search::Options& options);
  // What the setting default_text_search_config names.
  Oid default_configuration(const std::string& setting);

  std::shared_ptr<const text_search::Dictionary> dictionary_named(std::string_view name) override;

 private:
  void follow_catalog();
  std::shared_ptr<const text_search::Dictionary> shared_dictionary(Oid oid);
  std::string lexize_function(Oid template_oid);  // its internal name

  SessionCatalog& catalog_;
  std::uint64_t version_ = 0;
  std::unordered_map<Oid, std::unique_ptr<text_search::Configuration>> configurations_;
  std::unordered_map<Oid, std::shared_ptr<const text_search::Dictionary>> dictionaries_;
  // Those made so far by template and options: most changes of the catalogue leave them alone.
  std::unordered_map<std::string, std::shared_ptr<const text_search::Dictionary>> made_;
  std::string default_setting_;
  Oid default_ = 0;
};

}  // namespace catalog
