// Unicode normalization forms: normalize(), IS NORMALIZED.
#include "unicode.h"

#include <strings.h>

#include <algorithm>
#include <limits>

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "kernel.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

bool is_ascii(string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void require(UErrorCode status) {
  if (U_FAILURE(status)) throw SqlError("XX000", std::string("normalization failed: ") + u_errorName(status));
}

std::int32_t size_of(std::size_t size) {
  if (size > std::numeric_limits<std::int32_t>::max() / 4) throw SqlError("54000", "string is too long to be normalized");
  return static_cast<std::int32_t>(size);
}

const UNormalizer2& form_named(string_view name) {
  auto is = [&](string_view known) {
    return name.size() == known.size() && strncasecmp(name.data(), known.data(), known.size()) == 0;
  };
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* form = is("NFC")    ? unorm2_getNFCInstance(&status)
                             : is("NFD")  ? unorm2_getNFDInstance(&status)
                             : is("NFKC") ? unorm2_getNFKCInstance(&status)
                             : is("NFKD") ? unorm2_getNFKDInstance(&status)
                                          : nullptr;
  require(status);
  if (form == nullptr) throw SqlError("22023", "invalid normalization form: " + std::string(name));
  return *form;
}

std::u16string to_utf16(string_view text) {
  std::u16string wide(text.size(), u'\0');
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(wide.data(), size_of(wide.size()), &length, text.data(), size_of(text.size()), &status);
  require(status);
  wide.resize(static_cast<std::size_t>(length));
  return wide;
}

std::string normalize(string_view text, string_view name) {
  const UNormalizer2& form = form_named(name);
  if (is_ascii(text)) return std::string(text);
  const std::u16string wide = to_utf16(text);
  std::u16string out(wide.size() * 2 + 8, u'\0');
  for (;;) {
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length =
        unorm2_normalize(&form, wide.data(), size_of(wide.size()), out.data(), size_of(out.size()), &status);
    if (status != U_BUFFER_OVERFLOW_ERROR) require(status);
    const bool fits = static_cast<std::size_t>(length) <= out.size();
    out.resize(static_cast<std::size_t>(length));
    if (fits) break;
  }
  std::string result(out.size() * 3, '\0');
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8(result.data(), size_of(result.size()), &length, out.data(), size_of(out.size()), &status);
  require(status);
  result.resize(static_cast<std::size_t>(length));
  return result;
}

bool is_normalized(string_view text, string_view name) {
  const UNormalizer2& form = form_named(name);
  if (is_ascii(text)) return true;
  const std::u16string wide = to_utf16(text);
  UErrorCode status = U_ZERO_ERROR;
  const bool normalized = unorm2_isNormalized(&form, wide.data(), size_of(wide.size()), &status);
  require(status);
  return normalized;
}

constexpr ScalarFunction kUnicodeFunctions[] = {
    {"unicode_normalize_func", strict<&normalize>},
    {"unicode_is_normalized", strict<&is_normalized>},
};

}  // namespace

std::span<const ScalarFunction> unicode_functions() { return kUnicodeFunctions; }

}  // namespace functions
