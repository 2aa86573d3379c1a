#include "catalog/encodings.h"

#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace catalog {
namespace {

constexpr std::array<std::string_view, 42> kNames = {
    "SQL_ASCII",  "EUC_JP",     "EUC_CN",     "EUC_KR",     "EUC_TW",  "EUC_JIS_2004", "UTF8",
    "MULE_INTERNAL", "LATIN1",  "LATIN2",     "LATIN3",     "LATIN4",  "LATIN5",       "LATIN6",
    "LATIN7",     "LATIN8",     "LATIN9",     "LATIN10",    "WIN1256", "WIN1258",      "WIN866",
    "WIN874",     "KOI8R",      "WIN1251",    "WIN1252",    "ISO_8859_5", "ISO_8859_6", "ISO_8859_7",
    "ISO_8859_8", "WIN1250",    "WIN1253",    "WIN1254",    "WIN1255", "WIN1257",      "KOI8U",
    "SJIS",       "BIG5",       "GBK",        "UHC",        "GB18030", "JOHAB",        "SHIFT_JIS_2004"};

// Names beside the first one, without punctuation.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"abc", "WIN1258"},       {"alt", "WIN866"},        {"iso88591", "LATIN1"},   {"iso885910", "LATIN6"},
    {"iso885913", "LATIN7"},  {"iso885914", "LATIN8"},  {"iso885915", "LATIN9"},  {"iso885916", "LATIN10"},
    {"iso88592", "LATIN2"},   {"iso88593", "LATIN3"},   {"iso88594", "LATIN4"},   {"iso88599", "LATIN5"},
    {"koi8", "KOI8R"},        {"mskanji", "SJIS"},      {"shiftjis", "SJIS"},     {"tcvn", "WIN1258"},
    {"tcvn5712", "WIN1258"},  {"unicode", "UTF8"},      {"vscii", "WIN1258"},     {"win", "WIN1251"},
    {"win932", "SJIS"},       {"win936", "GBK"},        {"win949", "UHC"},        {"win950", "BIG5"},
    {"windows1250", "WIN1250"}, {"windows1251", "WIN1251"}, {"windows1252", "WIN1252"}, {"windows1253", "WIN1253"},
    {"windows1254", "WIN1254"}, {"windows1255", "WIN1255"}, {"windows1256", "WIN1256"}, {"windows1257", "WIN1257"},
    {"windows1258", "WIN1258"}, {"windows866", "WIN866"}, {"windows874", "WIN874"}, {"windows932", "SJIS"},
    {"windows936", "GBK"},    {"windows949", "UHC"},    {"windows950", "BIG5"}};

std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c))) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::string_view encoding_name(int encoding) {
  if (encoding < 0 || static_cast<std::size_t>(encoding) >= kNames.size()) return {};
  return kNames[static_cast<std::size_t>(encoding)];
}

int find_encoding(std::string_view name) {
  std::string wanted = plain(name);
  for (const auto& [alias, of] : kAliases)
    if (alias == wanted) wanted = plain(of);
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (plain(kNames[i]) == wanted) return static_cast<int>(i);
  return -1;
}

}  // namespace catalog
