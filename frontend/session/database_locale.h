// Encoding and locale of CREATE DATABASE, judged by PostgreSQL's rules. What is fixed here is UTF-8, the
// "C" locale and the provider libc; every template has these.
#pragma once

#include "query/names.h"

namespace session {

// The options that were given; null: not. They live as long as the statement.
struct DatabaseLocale {
  const query::Option* encoding = nullptr;
  const query::Option* locale = nullptr;
  const query::Option* collate = nullptr;
  const query::Option* ctype = nullptr;
  const query::Option* provider = nullptr;
  const query::Option* icu_locale = nullptr;

  // What is wrong whatever the template is: 42704, 42P17.
  void check_names() const;
  // What is no locale, or differs from the template's (22023). From template0, which may be copied with
  // others, it is refused as not supported (0A000).
  void check_template(bool is_template0) const;
};

}  // namespace session
