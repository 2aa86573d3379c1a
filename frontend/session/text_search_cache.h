// The text search configurations and dictionaries that a session has used, ready to run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "catalog/session_catalog.h"
#include "text_search/configuration.h"

namespace session {

// What it hands out lives until the next call after a change of the catalogue.
class TextSearchCache final : public text_search::DictionarySource {
 public:
  explicit TextSearchCache(catalog::SessionCatalog& catalog) : catalog_(catalog) {}

  // XX000 where there is no such object.
  const text_search::Configuration& configuration(types::Oid oid);
  const text_search::Dictionary& dictionary(types::Oid oid) { return *shared_dictionary(oid); }
  // What the setting default_text_search_config names.
  types::Oid default_configuration(const std::string& setting);

  std::shared_ptr<const text_search::Dictionary> dictionary_named(std::string_view name) override;

 private:
  void follow_catalog();
  std::shared_ptr<const text_search::Dictionary> shared_dictionary(types::Oid oid);

  catalog::SessionCatalog& catalog_;
  std::uint64_t version_ = 0;
  std::unordered_map<types::Oid, std::unique_ptr<text_search::Configuration>> configurations_;
  std::unordered_map<types::Oid, std::shared_ptr<const text_search::Dictionary>> dictionaries_;
  // Those made so far by template and options: most changes of the catalogue leave them alone.
  std::unordered_map<std::string, std::shared_ptr<const text_search::Dictionary>> made_;
  std::string default_setting_;
  types::Oid default_ = 0;
};

}  // namespace session
