#include "database_locale.h"

#include <charconv>
#include <locale.h>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "types/ascii.h"
#include "types/character_set.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

// Greater numbers are those of sets that clients alone may speak.
constexpr int kLastOfDatabases = 34;

const types::CharacterSet& encoding_of(const query::Option& option) {
  const std::string& value = option.value();
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_code = !option.value_is_string && error == std::errc() && end == value.data() + value.size();
  const types::CharacterSet* const found =
      is_code ? types::CharacterSet::find(number) : types::CharacterSet::find(value);
  if (found == nullptr || found->number() > kLastOfDatabases)
    throw SqlError("42704", fmt::format("{} is not a valid encoding {}", value, is_code ? "code" : "name"))
        .at(option.location);
  return *found;
}

// As setlocale() would call it; 42809 when the system has none of that name.
std::string canonical_locale(const std::string& name, int category_mask) {
  const locale_t found = ::newlocale(category_mask, name.c_str(), locale_t{});
  if (found == locale_t{}) throw SqlError("42809", fmt::format("invalid locale name: \"{}\"", name));
  ::freelocale(found);
  return name.empty() || name == "POSIX" ? "C" : name;
}

bool is_icu(const query::Option* provider) {
  return provider != nullptr && types::lower_ascii(provider->value()) == "icu";
}

// One that template0 could be copied with in PostgreSQL.
void differ(bool is_template0, const std::string& message, std::string_view what, std::string_view option,
            const std::string& value) {
  if (is_template0) throw SqlError::not_supported(fmt::format("database option {} = {}", option, value));
  throw SqlError("22023", message)
      .with_hint(fmt::format("Use the same {} as in the template database, or use template0 as template.", what));
}

}  // namespace

void DatabaseLocale::check_names() const {
  if (encoding != nullptr) encoding_of(*encoding);
  if (provider == nullptr) return;
  if (const auto name = types::lower_ascii(provider->value()); name != "icu" && name != "libc")
    throw SqlError("42P17", fmt::format("unrecognized locale provider: {}", provider->value()));
}

void DatabaseLocale::check_template(bool is_template0) const {
  const auto locale_of = [&](const query::Option* own, int mask) {
    const query::Option* const given = own != nullptr ? own : locale;
    return given == nullptr ? std::string("C") : canonical_locale(given->value(), mask);
  };
  const std::string name(encoding == nullptr ? "UTF8" : encoding_of(*encoding).name());
  const std::string collation = locale_of(collate, LC_COLLATE_MASK);
  const std::string types = locale_of(ctype, LC_CTYPE_MASK);
  if (is_icu(provider)) {
    if (icu_locale == nullptr) throw SqlError("22023", "ICU locale must be specified");
  } else if (icu_locale != nullptr) {
    throw SqlError("42P17", "ICU locale cannot be specified unless locale provider is ICU");
  }

  if (name != "UTF8")
    differ(is_template0,
           fmt::format("new encoding ({}) is incompatible with the encoding of the template database (UTF8)", name),
           "encoding", "encoding", name);
  if (collation != "C")
    differ(is_template0,
           fmt::format("new collation ({}) is incompatible with the collation of the template database (C)", collation),
           "collation", "lc_collate", collation);
  if (types != "C")
    differ(is_template0,
           fmt::format("new LC_CTYPE ({}) is incompatible with the LC_CTYPE of the template database (C)", types),
           "LC_CTYPE", "lc_ctype", types);
  if (is_icu(provider))
    differ(is_template0,
           "new locale provider (icu) does not match locale provider of the template database (libc)",
           "locale provider", "locale_provider", "icu");
}

}  // namespace session
