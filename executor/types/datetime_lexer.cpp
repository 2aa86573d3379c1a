#include "datetime_lexer.h"

#include <algorithm>

#include "types/ascii.h"

namespace types {
namespace {

bool begins_word(char c) { return is_letter(c) || (static_cast<unsigned char>(c) & 0x80) != 0; }
bool is_alnum(char c) { return begins_word(c) || is_digit(c); }
bool is_punctuation(char c) { return c > ' ' && c < 0x7f && !is_alnum(c); }

// Words that mean something by themselves, sorted: digits right behind one are a field of their own. Behind any other
// word they belong to it, as in EST5EDT.
constexpr std::string_view kWords[] = {
    "ad",       "allballs", "am",       "apr",      "april",     "at",       "aug",     "august",    "bc",
    "d",        "dec",      "december", "dow",      "doy",       "dst",      "epoch",   "feb",       "february",
    "fri",      "friday",   "h",        "infinity", "isodow",    "isoyear",  "j",       "jan",       "january",
    "jd",       "jul",      "julian",   "july",     "jun",       "june",     "m",       "mar",       "march",
    "may",      "mm",       "mon",      "monday",   "nov",       "november", "now",     "oct",       "october",
    "on",       "pm",       "s",        "sat",      "saturday",  "sep",      "sept",    "september", "sun",
    "sunday",   "t",        "thu",      "thur",     "thurs",     "thursday", "today",   "tomorrow",  "tue",
    "tues",     "tuesday",  "wed",      "wednesday", "weds",     "y",        "yesterday",
};
static_assert(std::ranges::is_sorted(kWords));

}  // namespace

bool lex_datetime(std::string_view text, std::vector<DateField>& fields) {
  std::size_t i = 0;
  auto at = [&](std::size_t k) { return k < text.size() ? text[k] : '\0'; };
  while (i < text.size()) {
    if (is_space(text[i])) {
      ++i;
      continue;
    }
    DateField field{FieldKind::number, {}};
    auto take = [&] { field.text += lower_ascii(text[i++]); };
    auto take_digits = [&] {
      while (is_digit(at(i))) take();
    };
    if (is_digit(at(i))) {
      take_digits();
      if (at(i) == ':') {
        field.kind = FieldKind::time;
        while (is_digit(at(i)) || at(i) == ':' || at(i) == '.') take();
      } else if (at(i) == '-' || at(i) == '/' || at(i) == '.') {
        char separator = at(i);
        take();
        if (is_digit(at(i))) {
          field.kind = separator == '.' ? FieldKind::number : FieldKind::date;
          take_digits();
          // A second separator of the same kind makes it a date in any case.
          if (at(i) == separator) {
            field.kind = FieldKind::date;
            while (is_digit(at(i)) || at(i) == separator) take();
          }
        } else {
          field.kind = FieldKind::date;
          while (is_alnum(at(i)) || at(i) == separator) take();
        }
      }
    } else if (text[i] == '.') {
      take();
      take_digits();
    } else if (begins_word(text[i])) {
      field.kind = FieldKind::word;
      take();
      while (begins_word(at(i))) take();
      // Perhaps a date that starts with a month, or a zone such as america/new_york or gmt+3.
      bool is_date = false;
      char separator = at(i);
      if (separator == '-' || separator == '/' || separator == '.') {
        is_date = true;
      } else if (separator == '+' || is_digit(separator)) {
        is_date = !std::ranges::binary_search(kWords, std::string_view(field.text));
      }
      if (is_date) {
        field.kind = FieldKind::date;
        do {
          take();
        } while (at(i) == '+' || at(i) == '-' || at(i) == '/' || at(i) == '_' || at(i) == '.' ||
                 at(i) == ':' || is_alnum(at(i)));
      }
    } else if (text[i] == '+' || text[i] == '-') {
      take();
      while (is_space(at(i))) ++i;
      if (is_digit(at(i))) {
        field.kind = FieldKind::zone;
        take();
        while (is_digit(at(i)) || at(i) == ':' || at(i) == '.' || at(i) == '-') take();
      } else if (begins_word(at(i))) {
        field.kind = FieldKind::special;
        take();
        while (begins_word(at(i))) take();
      } else {
        return false;
      }
    } else if (is_punctuation(text[i])) {
      ++i;
      continue;
    } else {
      return false;
    }
    fields.push_back(std::move(field));
    if (fields.size() > 25) return false;
  }
  return true;
}

}  // namespace types
