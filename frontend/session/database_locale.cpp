#include "database_locale.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <locale.h>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

constexpr int kUtf8 = 6;

// Of encodings that a database can have; the place is PostgreSQL's number.
constexpr std::array<std::string_view, 35> kEncodings = {
    "SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "UTF8", "MULE_INTERNAL",
    "LATIN1", "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9",
    "LATIN10", "WIN1256", "WIN1258", "WIN866", "WIN874", "KOI8R", "WIN1251", "WIN1252", "ISO_8859_5",
    "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250", "WIN1253", "WIN1254", "WIN1255", "WIN1257",
    "KOI8U"};

struct Alias {
  std::string_view name;
  int encoding;
};
// Other names of theirs. Letters and digits alone count.
constexpr Alias kAliases[] = {
    {"abc", 19}, {"alt", 20}, {"iso88591", 8}, {"iso885910", 13}, {"iso885913", 14}, {"iso885914", 15},
    {"iso885915", 16}, {"iso885916", 17}, {"iso88592", 9}, {"iso88593", 10}, {"iso88594", 11},
    {"iso88599", 12}, {"koi8", 22}, {"tcvn", 19}, {"tcvn5712", 19}, {"unicode", kUtf8}, {"vscii", 19},
    {"win", 23}, {"windows1250", 29}, {"windows1251", 23}, {"windows1252", 24}, {"windows1253", 30},
    {"windows1254", 31}, {"windows1255", 32}, {"windows1256", 18}, {"windows1257", 33},
    {"windows1258", 19}, {"windows866", 20}, {"windows874", 21}};

std::string letters_and_digits(std::string_view name) {
  std::string kept;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) kept += c;
  }
  return kept;
}

std::optional<int> find_encoding(std::string_view name) {
  const std::string wanted = letters_and_digits(name);
  if (wanted.empty()) return std::nullopt;
  for (std::size_t i = 0; i < kEncodings.size(); ++i)
    if (letters_and_digits(kEncodings[i]) == wanted) return static_cast<int>(i);
  const auto* alias = std::ranges::find(kAliases, wanted, &Alias::name);
  if (alias == std::end(kAliases)) return std::nullopt;
  return alias->encoding;
}

int encoding_of(const query::Option& option) {
  const std::string& value = option.value();
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (!option.value_is_string && error == std::errc() && end == value.data() + value.size()) {
    if (number < 0 || static_cast<std::size_t>(number) >= kEncodings.size())
      throw SqlError("42704", fmt::format("{} is not a valid encoding code", number)).at(option.location);
    return number;
  }
  const auto found = find_encoding(value);
  if (!found) throw SqlError("42704", fmt::format("{} is not a valid encoding name", value)).at(option.location);
  return *found;
}

// As setlocale() would call it; 42809 when the system has none of that name.
std::string canonical_locale(const std::string& name, int category_mask) {
  const locale_t found = ::newlocale(category_mask, name.c_str(), locale_t{});
  if (found == locale_t{}) throw SqlError("42809", fmt::format("invalid locale name: \"{}\"", name));
  ::freelocale(found);
  return name.empty() || name == "POSIX" ? "C" : name;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool is_icu(const query::Option* provider) {
  return provider != nullptr && lower(provider->value()) == "icu";
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
  if (const auto name = lower(provider->value()); name != "icu" && name != "libc")
    throw SqlError("42P17", fmt::format("unrecognized locale provider: {}", provider->value()));
}

void DatabaseLocale::check_template(bool is_template0) const {
  const auto locale_of = [&](const query::Option* own, int mask) {
    const query::Option* const given = own != nullptr ? own : locale;
    return given == nullptr ? std::string("C") : canonical_locale(given->value(), mask);
  };
  const int number = encoding == nullptr ? kUtf8 : encoding_of(*encoding);
  const std::string collation = locale_of(collate, LC_COLLATE_MASK);
  const std::string types = locale_of(ctype, LC_CTYPE_MASK);
  if (is_icu(provider)) {
    if (icu_locale == nullptr) throw SqlError("22023", "ICU locale must be specified");
  } else if (icu_locale != nullptr) {
    throw SqlError("42P17", "ICU locale cannot be specified unless locale provider is ICU");
  }

  const auto name = std::string(kEncodings[static_cast<std::size_t>(number)]);
  if (number != kUtf8)
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
