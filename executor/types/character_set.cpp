#include "types/character_set.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace types {
namespace {

std::string shown_bytes(std::string_view bytes) {
  std::string out;
  for (char c : bytes) out += fmt::format("{}0x{:02x}", out.empty() ? "" : " ", static_cast<unsigned char>(c));
  return out;
}

// How many bytes a character has, by its first ones.
enum class Shape : std::uint8_t { single, euc, euc_tw, sjis, two, gb18030 };

// iconv knows the sets; it is asked for one character at a time, so that errors name the character and no
// state is carried along. Not thread-safe.
class Iconv {
 public:
  Iconv(const char* to, const char* from) : handle_(iconv_open(to, from)) {
    if (handle_ == reinterpret_cast<iconv_t>(-1))
      throw SqlError("XX000", fmt::format("the system cannot convert from {} to {}", from, to));
  }
  ~Iconv() { iconv_close(handle_); }
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;

  // False when there is no such character.
  bool convert(std::string_view character, std::string& out) {
    std::array<char, 32> buffer;
    char* in = const_cast<char*>(character.data());
    std::size_t in_left = character.size();
    char* to = buffer.data();
    std::size_t to_left = buffer.size();
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    if (iconv(handle_, &in, &in_left, &to, &to_left) != 0 || in_left != 0) return false;
    if (iconv(handle_, nullptr, nullptr, &to, &to_left) != 0) return false;  // what it held back
    out.append(buffer.data(), to);
    return true;
  }

 private:
  iconv_t handle_;
};

struct Definition {
  int number;
  const char* name;
  const char* iconv_name;  // null: bytes are taken as they are, or nothing can be converted
  Shape shape;
  const char* aliases;  // space-separated, folded
};

constexpr Definition kDefinitions[] = {
    {0, "SQL_ASCII", nullptr, Shape::single, "sqlascii"},
    {1, "EUC_JP", "EUC-JP-MS", Shape::euc, "eucjp"},
    {2, "EUC_CN", "EUC-CN", Shape::euc, "euccn"},
    {3, "EUC_KR", "EUC-KR", Shape::euc, "euckr"},
    {4, "EUC_TW", "EUC-TW", Shape::euc_tw, "euctw"},
    {5, "EUC_JIS_2004", "EUC-JISX0213", Shape::euc, "eucjis2004"},
    {6, "UTF8", nullptr, Shape::single, "utf8 unicode"},
    {7, "MULE_INTERNAL", nullptr, Shape::single, "muleinternal"},
    {8, "LATIN1", "ISO-8859-1", Shape::single, "latin1 iso88591"},
    {9, "LATIN2", "ISO-8859-2", Shape::single, "latin2 iso88592"},
    {10, "LATIN3", "ISO-8859-3", Shape::single, "latin3 iso88593"},
    {11, "LATIN4", "ISO-8859-4", Shape::single, "latin4 iso88594"},
    {12, "LATIN5", "ISO-8859-9", Shape::single, "latin5 iso88599"},
    {13, "LATIN6", "ISO-8859-10", Shape::single, "latin6 iso885910"},
    {14, "LATIN7", "ISO-8859-13", Shape::single, "latin7 iso885913"},
    {15, "LATIN8", "ISO-8859-14", Shape::single, "latin8 iso885914"},
    {16, "LATIN9", "ISO-8859-15", Shape::single, "latin9 iso885915"},
    {17, "LATIN10", "ISO-8859-16", Shape::single, "latin10 iso885916"},
    {18, "WIN1256", "CP1256", Shape::single, "win1256 windows1256"},
    {19, "WIN1258", "CP1258", Shape::single, "win1258 windows1258 abc tcvn tcvn5712 vscii"},
    {20, "WIN866", "CP866", Shape::single, "win866 windows866 alt"},
    {21, "WIN874", "CP874", Shape::single, "win874 windows874"},
    {22, "KOI8R", "KOI8-R", Shape::single, "koi8r koi8"},
    {23, "WIN1251", "CP1251", Shape::single, "win1251 windows1251 win"},
    {24, "WIN1252", "CP1252", Shape::single, "win1252 windows1252"},
    {25, "ISO_8859_5", "ISO-8859-5", Shape::single, "iso88595"},
    {26, "ISO_8859_6", "ISO-8859-6", Shape::single, "iso88596"},
    {27, "ISO_8859_7", "ISO-8859-7", Shape::single, "iso88597"},
    {28, "ISO_8859_8", "ISO-8859-8", Shape::single, "iso88598"},
    {29, "WIN1250", "CP1250", Shape::single, "win1250 windows1250"},
    {30, "WIN1253", "CP1253", Shape::single, "win1253 windows1253"},
    {31, "WIN1254", "CP1254", Shape::single, "win1254 windows1254"},
    {32, "WIN1255", "CP1255", Shape::single, "win1255 windows1255"},
    {33, "WIN1257", "CP1257", Shape::single, "win1257 windows1257"},
    {34, "KOI8U", "KOI8-U", Shape::single, "koi8u"},
    {35, "SJIS", "CP932", Shape::sjis, "sjis mskanji shiftjis win932 windows932"},
    {36, "BIG5", "CP950", Shape::two, "big5 win950 windows950"},
    {37, "GBK", "CP936", Shape::two, "gbk win936 windows936"},
    {38, "UHC", "UHC", Shape::two, "uhc win949 windows949"},
    {39, "GB18030", "GB18030", Shape::gb18030, "gb18030"},
    {40, "JOHAB", "JOHAB", Shape::two, "johab"},
    {41, "SHIFT_JIS_2004", "SHIFT_JISX0213", Shape::sjis, "shiftjis2004"},
};

std::string folded(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (is_letter(c) || is_digit(c)) out += lower_ascii(c);
  }
  return out;
}

class Base : public CharacterSet {
 public:
  explicit Base(const Definition& definition) : definition_(definition) {}
  int number() const override { return definition_.number; }
  std::string_view name() const override { return definition_.name; }
  bool is_plain() const override { return definition_.number == 0 || definition_.number == 6; }
  bool is_convertible() const override { return is_plain() || definition_.iconv_name != nullptr; }

  void from_utf8(std::string_view text, std::string& out) const override {
    each_character(text, out, [&](std::string_view character) {
      throw SqlError("22P05", fmt::format("character with byte sequence {} in encoding \"UTF8\" has no equivalent in "
                                          "encoding \"{}\"", shown_bytes(character), name()));
    });
  }
  void from_utf8_lossy(std::string_view text, std::string& out, char replacement) const override {
    each_character(text, out, [&](std::string_view) { out += replacement; });
  }

 protected:
  // Appends one character that is not ASCII; false when this set does not have it.
  virtual bool append(std::string_view character, std::string& out) const = 0;

  [[noreturn]] void no_equivalent_of(std::string_view bytes) const {
    throw SqlError("22P05", fmt::format("character with byte sequence {} in encoding \"{}\" has no equivalent in "
                                        "encoding \"UTF8\"", shown_bytes(bytes), name()));
  }
  [[noreturn]] void invalid(std::string_view bytes) const {
    throw SqlError("22021", fmt::format("invalid byte sequence for encoding \"{}\": {}", name(), shown_bytes(bytes)));
  }

  const Definition& definition_;

 private:
  template <typename Missing>
  void each_character(std::string_view text, std::string& out, Missing&& missing) const {
    for (std::size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      if (lead < 0x80) {
        out += text[i++];
        continue;
      }
      const std::string_view character = text.substr(i, utf8_width(lead));
      if (!append(character, out)) missing(character);
      i += character.size();
    }
  }
};

// Bytes as they are.
class Plain final : public Base {
 public:
  using Base::Base;
  void to_utf8(std::string_view bytes, std::string& out) const override {
    check_utf8(bytes);
    out += bytes;
  }
  void from_utf8(std::string_view text, std::string& out) const override { out += text; }
  void from_utf8_lossy(std::string_view text, std::string& out, char) const override { out += text; }
  std::size_t whole_characters(std::string_view bytes) const override { return bytes.size(); }

 protected:
  bool append(std::string_view, std::string&) const override { return false; }
};

// One byte a character: a table each way, made when it is first needed.
class SingleByte final : public Base {
 public:
  using Base::Base;

  void to_utf8(std::string_view bytes, std::string& out) const override {
    const Table& known = table();
    for (char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == 0) invalid({&c, 1});
      if (byte < 0x80) {
        out += c;
        continue;
      }
      const char32_t code_point = known.characters[byte - 0x80];
      if (code_point == 0) no_equivalent_of({&c, 1});
      utf8_append(out, code_point);
    }
  }
  std::size_t whole_characters(std::string_view bytes) const override { return bytes.size(); }

 protected:
  bool append(std::string_view character, std::string& out) const override {
    std::size_t at = 0;
    const char32_t code_point = utf8_next(character, at);
    const auto& bytes = table().bytes;
    auto found = std::lower_bound(bytes.begin(), bytes.end(), std::pair(code_point, static_cast<unsigned char>(0)));
    if (found == bytes.end() || found->first != code_point) return false;
    out += static_cast<char>(found->second);
    return true;
  }

 private:
  struct Table {
    std::array<char32_t, 128> characters{};  // of the bytes from 0x80 on; 0: none
    std::vector<std::pair<char32_t, unsigned char>> bytes;  // ascending
  };

  const Table& table() const {
    std::call_once(made_, [this] {
      Iconv to_utf8("UTF-8", definition_.iconv_name);
      for (unsigned byte = 0x80; byte < 0x100; ++byte) {
        const char c = static_cast<char>(byte);
        std::string character;
        if (!to_utf8.convert({&c, 1}, character)) continue;
        std::size_t at = 0;
        const char32_t code_point = utf8_next(character, at);
        table_.characters[byte - 0x80] = code_point;
        table_.bytes.emplace_back(code_point, static_cast<unsigned char>(byte));
      }
      std::sort(table_.bytes.begin(), table_.bytes.end());
    });
    return table_;
  }

  mutable std::once_flag made_;
  mutable Table table_;
};

class MultiByte final : public Base {
 public:
  using Base::Base;

  void to_utf8(std::string_view bytes, std::string& out) const override {
    for (std::size_t i = 0; i < bytes.size();) {
      const auto lead = static_cast<unsigned char>(bytes[i]);
      if (lead == 0) invalid(bytes.substr(i, 1));
      if (lead < 0x80) {
        out += bytes[i++];
        continue;
      }
      const std::size_t size = size_of(bytes.substr(i));
      const std::string_view character = bytes.substr(i, size);
      if (character.size() < size || !is_well_formed(character)) invalid(character);
      if (!decoder().convert(character, out)) no_equivalent_of(character);
      i += size;
    }
  }

  std::size_t whole_characters(std::string_view bytes) const override {
    std::size_t i = 0;
    while (i < bytes.size()) {
      // Two bytes decide about four.
      if (definition_.shape == Shape::gb18030 && static_cast<unsigned char>(bytes[i]) >= 0x80 && i + 1 == bytes.size())
        return i;
      const std::size_t size = size_of(bytes.substr(i));
      if (i + size > bytes.size()) return i;
      i += size;
    }
    return i;
  }

 protected:
  bool append(std::string_view character, std::string& out) const override {
    return encoder().convert(character, out);
  }

 private:
  std::size_t size_of(std::string_view rest) const {
    const auto lead = static_cast<unsigned char>(rest[0]);
    if (lead < 0x80) return 1;
    switch (definition_.shape) {
      case Shape::single: return 1;
      case Shape::euc: return lead == 0x8f ? 3 : 2;
      case Shape::euc_tw: return lead == 0x8e ? 4 : lead == 0x8f ? 3 : 2;
      case Shape::sjis: return lead >= 0xa1 && lead <= 0xdf ? 1 : 2;
      case Shape::two: return 2;
      case Shape::gb18030:
        return rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9' ? 4 : 2;
    }
    return 1;
  }
  bool is_well_formed(std::string_view character) const {
    const bool high_only = definition_.shape == Shape::euc || definition_.shape == Shape::euc_tw;
    for (std::size_t i = 1; i < character.size(); ++i) {
      const auto byte = static_cast<unsigned char>(character[i]);
      if (byte == 0 || (high_only && (byte < 0xa1 || byte == 0xff))) return false;
      if (definition_.shape == Shape::sjis && (byte < 0x40 || byte == 0x7f || byte > 0xfc)) return false;
    }
    return true;
  }

  // One each per thread: they are not to be shared, and nothing suspends while one is used.
  Iconv& decoder() const { return of_this_thread(0, "UTF-8", definition_.iconv_name); }
  Iconv& encoder() const { return of_this_thread(1, definition_.iconv_name, "UTF-8"); }
  Iconv& of_this_thread(std::size_t direction, const char* to, const char* from) const {
    thread_local std::array<std::array<std::unique_ptr<Iconv>, 2>, std::size(kDefinitions)> open;
    auto& slot = open[static_cast<std::size_t>(definition_.number)][direction];
    if (!slot) slot = std::make_unique<Iconv>(to, from);
    return *slot;
  }
};

const std::vector<std::unique_ptr<CharacterSet>>& all() {
  static const auto& sets = *[] {
    auto* made = new std::vector<std::unique_ptr<CharacterSet>>;
    for (const Definition& definition : kDefinitions) {
      if (definition.iconv_name == nullptr) made->push_back(std::make_unique<Plain>(definition));
      else if (definition.shape == Shape::single) made->push_back(std::make_unique<SingleByte>(definition));
      else made->push_back(std::make_unique<MultiByte>(definition));
    }
    return made;
  }();
  return sets;
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    if (end == words.npos) return false;
    words.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

const CharacterSet* CharacterSet::find(std::string_view name) {
  const std::string key = folded(name);
  if (key.empty()) return nullptr;
  for (const Definition& definition : kDefinitions)
    if (has_word(definition.aliases, key)) return find(definition.number);
  return nullptr;
}

const CharacterSet* CharacterSet::find(int number) {
  return number >= 0 && static_cast<std::size_t>(number) < all().size() ? all()[static_cast<std::size_t>(number)].get()
                                                                        : nullptr;
}

}  // namespace types
