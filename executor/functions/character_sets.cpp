// Text in other character sets, as bytes.
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "types/character_set.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::CharacterSet;
using types::SqlError;

constexpr int kSqlAscii = 0, kUtf8 = 6;

const CharacterSet& named(string_view name, const char* which) {
  const CharacterSet* set = CharacterSet::find(name);
  if (set == nullptr) throw SqlError("22023", fmt::format("invalid {}encoding name \"{}\"", which, name));
  return *set;
}

// Sets between which PostgreSQL converts without a detour through UTF-8.
bool are_neighbours(int a, int b) {
  constexpr int kGroups[][4] = {{1, 35, -1, -1}, {22, 23, 20, 25}, {36, 4, -1, -1}, {5, 41, -1, -1}, {9, 29, -1, -1}};
  for (const auto& group : kGroups) {
    bool has_a = false, has_b = false;
    for (int member : group) {
      has_a = has_a || member == a;
      has_b = has_b || member == b;
    }
    if (has_a && has_b) return true;
  }
  return false;
}

std::string converted(string_view bytes, const CharacterSet& from, const CharacterSet& to) {
  const bool exists = from.number() == to.number() || from.is_plain() || to.is_plain() || are_neighbours(from.number(), to.number());
  if (!exists || !from.is_convertible() || !to.is_convertible())
    throw SqlError("42883", fmt::format("default conversion function for encoding \"{}\" to \"{}\" does not exist",
                                        from.name(), to.name()));
  // What nobody interprets is not converted either, nor checked.
  if (from.number() == kSqlAscii) return std::string(bytes);
  std::string text;
  from.to_utf8(bytes, text);
  if (from.number() == to.number() || to.number() == kSqlAscii) return std::string(bytes);
  std::string out;
  to.from_utf8(text, out);
  return out;
}

std::string convert(string_view bytes, string_view from, string_view to) {
  const CharacterSet& source = named(from, "source ");
  return converted(bytes, source, named(to, "destination "));
}
std::string convert_from(string_view bytes, string_view from) {
  const CharacterSet& source = named(from, "source ");
  std::string text = converted(bytes, source, *CharacterSet::find(kUtf8));
  types::check_utf8(text);
  return text;
}
std::string convert_to(string_view text, string_view to) {
  return converted(text, *CharacterSet::find(kUtf8), named(to, "destination "));
}
std::int32_t length_in(string_view bytes, string_view encoding) {
  std::string text;
  named(encoding, "").to_utf8(bytes, text);
  return static_cast<std::int32_t>(types::utf8_length(text));
}

constexpr ScalarFunction kCharacterSetsFunctions[] = {
    {"pg_convert_from", strict<&convert_from>},
    {"pg_convert_to", strict<&convert_to>},
    {"pg_convert", strict<&convert>},
    {"length_in_encoding", strict<&length_in>},
};

}  // namespace

std::span<const ScalarFunction> character_set_functions() { return kCharacterSetsFunctions; }

}  // namespace functions
