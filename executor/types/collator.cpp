#include "types/collator.h"

#include <array>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>

#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

#include "types/array.h"
#include "types/collated_key.h"
#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "types/text.h"
#include "types/user_type.h"
#include "types/utf8.h"

namespace types {
namespace {

std::int32_t size_of(std::size_t size) {
  if (size > std::numeric_limits<std::int32_t>::max() / 4) throw SqlError("54000", "string is too long for ICU");
  return static_cast<std::int32_t>(size);
}

[[noreturn]] void fail(const char* what, UErrorCode status) {
  throw SqlError("XX000", std::string(what) + ": " + u_errorName(status));
}

std::u16string to_utf16(std::string_view text) {
  std::u16string wide(text.size(), u'\0');
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(wide.data(), size_of(wide.size()), &length, text.data(), size_of(text.size()), &status);
  if (U_FAILURE(status)) fail("could not convert to UTF-16", status);
  wide.resize(static_cast<std::size_t>(length));
  return wide;
}

std::string to_utf8(std::u16string_view wide) {
  std::string text(wide.size() * 3, '\0');
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8(text.data(), size_of(text.size()), &length, wide.data(), size_of(wide.size()), &status);
  if (U_FAILURE(status)) fail("could not convert from UTF-16", status);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// `change(out, capacity, in, size, status)` with room for what it makes.
template <typename Change>
std::string change_case(std::string_view text, Change change) {
  const std::u16string wide = to_utf16(text);
  std::u16string result(wide.size() + 8, u'\0');
  for (;;) {
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length =
        change(result.data(), size_of(result.size()), wide.data(), size_of(wide.size()), &status);
    if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR) fail("case conversion failed", status);
    const bool fits = static_cast<std::size_t>(length) <= result.size();
    result.resize(static_cast<std::size_t>(length));
    if (fits) return to_utf8(result);
  }
}

// One character for another, by Unicode's simple mappings, as a libc does.
template <typename Map>
std::string map_characters(std::string_view text, Map map) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();)
    utf8_append(result, static_cast<char32_t>(map(static_cast<UChar32>(utf8_next(text, at)))));
  return result;
}

}  // namespace

// A type of strings, or of arrays of them, whose functions are bound to a collation.
struct Collator::Type : UserType {
  Type(Oid oid, const Collator& owner) : UserType(bare(oid)), collator(owner), support(*find_type(oid)), element(nullptr) {
    if (owner.bytewise()) return;
    support.compare = {*this, [](const UserType& t, const Datum& a, const Datum& b) {
                         return of(t).collator.compare(of(t).compared(a), of(t).compared(b));
                       }};
    support.hash = {*this, [](const UserType& t, const Datum& value) {
                      return of(t).collator.hash(of(t).compared(value));
                    }};
    support.encode_key = {*this, [](const UserType& t, const Datum& value, std::string& out) {
                            of(t).collator.append_key(of(t).compared(value), out);
                          }};
  }

  Type(Oid array, const Type& of_element)
      : UserType(bare(array)), collator(of_element.collator), support(*find_type(array)), element(&of_element.support) {
    if (collator.bytewise()) return;
    support.compare = {*this, [](const UserType& t, const Datum& a, const Datum& b) { return compare_arrays(*of(t).element, a, b); }};
    support.hash = {*this, [](const UserType& t, const Datum& value) { return hash_array(*of(t).element, value); }};
    support.encode_key = {*this, [](const UserType& t, const Datum& value, std::string& out) {
                            encode_array_key(*of(t).element, value, out);
                          }};
  }

  static Definition bare(Oid oid) {
    Definition definition;
    definition.oid = oid;
    return definition;
  }
  static const Type& of(const UserType& type) { return static_cast<const Type&>(type); }
  // char(n) compares without its padding.
  std::string_view compared(const Datum& value) const {
    const auto text = value.as<std::string_view>();
    return oid() == oid::bpchar ? trim_padding(text) : text;
  }

  const Collator& collator;
  TypeSupport support;
  const TypeSupport* element;  // of an array
};

namespace {

// Read without a lock by whoever has a number; written once, before the number is handed out.
std::array<std::atomic<const Collator*>, Collator::kMost> by_number{};
std::atomic<Oid> numbers{0};

}  // namespace

Collator::Collator(std::string locale, UCollator* handle, bool deterministic)
    : locale_(std::move(locale)), handle_(handle), deterministic_(deterministic) {
  for (const Oid type : {oid::text, oid::varchar, oid::bpchar, oid::name})
    types_.push_back(std::make_unique<Type>(type, *this));
  constexpr Oid kTextArray = 1009, kVarcharArray = 1015, kBpcharArray = 1014, kNameArray = 1003;
  std::size_t element = 0;
  for (const Oid array : {kTextArray, kVarcharArray, kBpcharArray, kNameArray})
    types_.push_back(std::make_unique<Type>(array, *types_[element++]));
  number_ = numbers.fetch_add(1);
  by_number[number_].store(this, std::memory_order_release);
}

const Collator& Collator::numbered(Oid number) { return *by_number[number].load(std::memory_order_acquire); }

Collator::~Collator() {
  if (handle_ != nullptr) ucol_close(handle_);
}

const Collator& Collator::icu(const std::string& locale, bool deterministic) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, bool>, std::unique_ptr<const Collator>> known;
  const std::scoped_lock lock(mutex);
  auto& found = known[{locale, deterministic}];
  if (found == nullptr) {
    // Room for c_utf8() is kept.
    if (known.size() + 1 >= kMost) throw SqlError("54000", "too many collations");
    UErrorCode status = U_ZERO_ERROR;
    UCollator* handle = ucol_open(locale.c_str(), &status);
    if (U_FAILURE(status))
      throw SqlError("22023", "could not open collator for locale \"" + locale + "\": " + u_errorName(status));
    found.reset(new Collator(locale, handle, deterministic));
  }
  return *found;
}

const Collator& Collator::c_utf8() {
  static const Collator only("", nullptr, true);
  return only;
}

int Collator::compare(std::string_view a, std::string_view b) const {
  if (handle_ == nullptr) return compare_bytes(a, b);
  if (a == b) return 0;
  UErrorCode status = U_ZERO_ERROR;
  const UCollationResult order = ucol_strcollUTF8(handle_, a.data(), size_of(a.size()), b.data(), size_of(b.size()), &status);
  if (U_FAILURE(status)) fail("collation failed", status);
  if (order != UCOL_EQUAL) return order == UCOL_LESS ? -1 : 1;
  return deterministic_ ? compare_bytes(a, b) : 0;
}

std::uint64_t Collator::hash(std::string_view text) const {
  if (deterministic_) return hash_bytes(text);
  std::string key;
  append_key(text, key);
  return hash_bytes(key);
}

void Collator::append_key(std::string_view text, std::string& out) const {
  if (handle_ != nullptr) {
    const std::u16string wide = to_utf16(text);
    const std::size_t start = out.size();
    std::size_t room = wide.size() * 4 + 16;
    for (;;) {
      out.resize(start + room);
      const std::int32_t length =
          ucol_getSortKey(handle_, wide.data(), size_of(wide.size()),
                          reinterpret_cast<std::uint8_t*>(out.data() + start), size_of(room));
      if (length <= 0) throw SqlError("XX000", "sort key generation failed");
      // Its end is a zero that nothing before it holds.
      const bool fits = static_cast<std::size_t>(length) <= room;
      room = static_cast<std::size_t>(length);
      if (fits) break;
    }
    out.resize(start + room);
  }
  if (deterministic_) append_key_text(out, text);
}

std::string Collator::lower(std::string_view text) const {
  if (handle_ == nullptr) return map_characters(text, [](UChar32 c) { return u_tolower(c); });
  return change_case(text, [&](auto* out, auto room, const auto* in, auto size, UErrorCode* status) {
    return u_strToLower(out, room, in, size, locale_.c_str(), status);
  });
}

std::string Collator::upper(std::string_view text) const {
  if (handle_ == nullptr) return map_characters(text, [](UChar32 c) { return u_toupper(c); });
  return change_case(text, [&](auto* out, auto room, const auto* in, auto size, UErrorCode* status) {
    return u_strToUpper(out, room, in, size, locale_.c_str(), status);
  });
}

std::string Collator::initcap(std::string_view text) const {
  if (handle_ == nullptr) {
    bool in_word = false;
    return map_characters(text, [&](UChar32 c) {
      const UChar32 result = in_word ? u_tolower(c) : u_toupper(c);
      in_word = u_isalnum(c);
      return result;
    });
  }
  return change_case(text, [&](auto* out, auto room, const auto* in, auto size, UErrorCode* status) {
    return u_strToTitle(out, room, in, size, nullptr, locale_.c_str(), status);
  });
}

std::string Collator::version() const {
  if (handle_ == nullptr) return {};
  UVersionInfo info;
  ucol_getVersion(handle_, info);
  char text[U_MAX_VERSION_STRING_LENGTH];
  u_versionToString(info, text);
  return text;
}

const TypeSupport* Collator::support(Oid type) const {
  for (const auto& one : types_)
    if (one->oid() == type) return &one->support;
  return nullptr;
}

CollatedKey collated_key_form(const TypeSupport& support) {
  if (support.oid != oid::text && support.oid != oid::varchar && support.oid != oid::name) return CollatedKey::other;
  const Oid count = std::min(numbers.load(), Collator::kMost);
  for (Oid number = 0; number < count; ++number) {
    const Collator* const collator = by_number[number].load(std::memory_order_acquire);
    if (collator == nullptr || collator->support(support.oid) != &support) continue;
    if (collator->bytewise()) return CollatedKey::text;
    return collator->deterministic() ? CollatedKey::sort_key_and_text : CollatedKey::other;
  }
  return CollatedKey::other;
}

}  // namespace types
