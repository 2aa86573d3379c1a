// Character sets other than UTF-8, which all text inside is: what clients and COPY may speak instead.
#pragma once

#include <string>
#include <string_view>

namespace types {

// One of PostgreSQL's encodings. They live for ever; every method may be called from any thread.
class CharacterSet {
 public:
  // By PostgreSQL's names and aliases ("latin1", "ISO-8859-1", "Unicode"), in any case, whatever stands between
  // letters and digits. Null when there is none of that name or number (pg_char_to_encoding's).
  static const CharacterSet* find(std::string_view name);
  static const CharacterSet* find(int number);

  virtual ~CharacterSet() = default;
  virtual int number() const = 0;
  virtual std::string_view name() const = 0;

  // UTF-8, and SQL_ASCII, whose bytes nobody interprets: text is taken and given as it is.
  virtual bool is_plain() const = 0;
  // False for what cannot be converted: MULE_INTERNAL.
  virtual bool is_convertible() const = 0;

  // Appends the text. Throws SqlError 22021 where the bytes are not of this set, 22P05 for a character that
  // UTF-8 (or this set) does not have.
  virtual void to_utf8(std::string_view bytes, std::string& out) const = 0;
  virtual void from_utf8(std::string_view text, std::string& out) const = 0;
  // The same with `replacement` for characters that this set does not have.
  virtual void from_utf8_lossy(std::string_view text, std::string& out, char replacement) const = 0;

  // Of the prefix that ends with a whole character: what a piece of a stream can be converted up to.
  virtual std::size_t whole_characters(std::string_view bytes) const = 0;
};

}  // namespace types
