// to_ascii(): letters of four European character sets without their accents. Bytes are read as being of the set that is
// named, whatever the database's is, as PostgreSQL reads them.
#include "kernel.h"
#include "small_families.h"
#include "types/character_set.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

constexpr int kUtf8 = 6;

// What stands for the bytes from 128 on; '?' for those that UTF-8 has not.
struct PlainLetters {
  string_view set, letters;
};
constexpr PlainLetters kPlainLetters[] = {
    {"LATIN1",
     "                                  cL Y  \"Ca  -R     'u .,      "
     "???AAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooo???????????"},
    {"LATIN2",
     "                                 A L LS \"SSTZ-ZZ a,l'ls ,sstz\"zz"
     "??AAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoo???????????"},
    {"LATIN9",
     "                                  cL YS sCa  -R     Zu .z   EeY"
     "???AAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooo???????????"},
    {"WIN1250",
     "  ' \"    %S<STZZ `'\"\".--  s>stzz   L A  \"CS  -RZ  ,l'u .,as L\"lz"
     "??AAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoo???????????"},
};
static_assert([] {
  for (const PlainLetters& set : kPlainLetters)
    if (set.letters.size() != 128) return false;
  return true;
}());

std::string without_accents(string_view text, const types::CharacterSet& set) {
  for (const PlainLetters& known : kPlainLetters) {
    if (known.set != set.name()) continue;
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      out += byte < 128 ? c : known.letters[byte - 128u];
    }
    return out;
  }
  throw SqlError("0A000", "encoding conversion from " + std::string(set.name()) + " to ASCII not supported");
}

std::string to_ascii(string_view text) { return without_accents(text, *types::CharacterSet::find(kUtf8)); }
std::string to_ascii_of_name(string_view text, string_view name) {
  const types::CharacterSet* set = types::CharacterSet::find(name);
  if (set == nullptr) throw SqlError("42704", std::string(name) + " is not a valid encoding name");
  return without_accents(text, *set);
}
std::string to_ascii_of_number(string_view text, std::int32_t number) {
  const types::CharacterSet* set = types::CharacterSet::find(number);
  if (set == nullptr) throw SqlError("42704", std::to_string(number) + " is not a valid encoding code");
  return without_accents(text, *set);
}

constexpr ScalarFunction kToAsciiFunctions[] = {
    {"to_ascii_default", strict<&to_ascii>},
    {"to_ascii_encname", strict<&to_ascii_of_name>},
    {"to_ascii_enc", strict<&to_ascii_of_number>},
};

}  // namespace

std::span<const ScalarFunction> ascii_functions() { return kToAsciiFunctions; }

}  // namespace functions
