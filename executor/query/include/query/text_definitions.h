// Collations and text search objects that users define.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/names.h"

namespace query {

// What is not given is for the provider to ask for or to choose.
struct CreateCollation {
  ObjectName name;
  bool if_not_exists = false;
  std::optional<ObjectName> from;  // a copy: then nothing else
  std::optional<std::string> locale, collate, ctype, provider, version;
  bool deterministic = true;
};
// REFRESH VERSION.
struct AlterCollation {
  ObjectName name;
};

struct CreateTextSearchParser {
  ObjectName name;
  Oid start = 0, token = 0, end = 0, headline = 0, types = 0;  // pg_proc
};
struct CreateTextSearchTemplate {
  ObjectName name;
  Oid init = 0, lexize = 0;  // pg_proc
};
struct CreateTextSearchDictionary {
  ObjectName name;
  std::optional<ObjectName> template_;
  std::vector<Option> options;
};
// Options with a value are set, those without one taken away.
struct AlterTextSearchDictionary {
  ObjectName name;
  std::vector<Option> options;
};
struct CreateTextSearchConfiguration {
  ObjectName name;
  std::optional<ObjectName> parser, copy;
};
struct AlterTextSearchConfiguration {
  enum class Action : std::uint8_t { add, alter, replace, drop } action = Action::add;
  ObjectName name;
  std::vector<std::string> token_types;   // of replace: none means all
  std::vector<ObjectName> dictionaries;   // of replace: the old one and the new one
  bool missing_ok = false;
};

}  // namespace query
