#include "like.h"

#include <cstring>
#include <optional>
#include <vector>

#include "function_table.h"
#include "kernel.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {

using std::string_view;
using types::SqlError;

namespace {

template <LikeCase How>
bool match(string_view text, string_view pattern, bool bytewise) {
  std::size_t t = 0, p = 0;
  // Where the last % stood, and where its text ends so far: only the last one needs retrying.
  std::size_t star = string_view::npos, resume = 0;
  auto width = [&](std::size_t at) {
    return bytewise ? 1 : types::utf8_width(static_cast<unsigned char>(text[at]));
  };
  for (;;) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = ++p;
      resume = t;
      if (p == pattern.size()) return true;
      // What follows is looked at before any text is, so that a broken pattern is an error where it is PostgreSQL's.
      std::size_t next = p;
      for (std::size_t at = t; next < pattern.size() && (pattern[next] == '%' || pattern[next] == '_'); ++next) {
        if (pattern[next] == '%') continue;
        if (at >= text.size()) return false;
        at += width(at);
      }
      if (next + 1 == pattern.size() && pattern[next] == '\\')
        throw SqlError("22025", "LIKE pattern must not end with escape character");
      continue;
    }
    bool advanced = false;
    if (t < text.size() && p < pattern.size()) {
      if (pattern[p] == '_') {
        t += width(t);
        ++p;
        advanced = true;
      } else {
        std::size_t q = p;
        if (pattern[q] == '\\') {
          if (++q == pattern.size())
            throw SqlError("22025", "LIKE pattern must not end with escape character");
        }
        bool same = How == LikeCase::fold ? types::lower_ascii(text[t]) == types::lower_ascii(pattern[q]) : text[t] == pattern[q];
        if (same) {
          ++t;
          p = q + 1;
          advanced = true;
        }
      }
    } else if (t >= text.size() && p >= pattern.size()) {
      return true;
    }
    if (advanced) continue;
    if (star == string_view::npos || resume >= text.size()) {
      // Nothing left to try; still a broken pattern is an error where PostgreSQL reaches it.
      return false;
    }
    resume += width(resume);
    t = resume;
    p = star;
  }
}

// A constant pattern without _ and escapes, as the texts between its %: the first one begins the value,
// the last one ends it, those between follow each other.
class Pieces {
 public:
  // Nothing for other patterns.
  static std::optional<Pieces> of(string_view pattern) {
    if (pattern.find_first_of("_\\") != string_view::npos) return std::nullopt;
    Pieces pieces;
    const auto first = pattern.find('%');
    pieces.first_ = pattern.substr(0, first);
    pieces.is_exact_ = first == string_view::npos;
    if (pieces.is_exact_) return pieces;
    for (auto begin = first + 1;;) {
      const auto end = pattern.find('%', begin);
      if (end == string_view::npos) {
        pieces.last_ = pattern.substr(begin);
        return pieces;
      }
      if (end > begin) pieces.middle_.push_back(pattern.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  bool match(string_view value) const {
    if (is_exact_) return value == first_;
    if (value.size() < first_.size() + last_.size() || !value.starts_with(first_) || !value.ends_with(last_))
      return false;
    value.remove_prefix(first_.size());
    value.remove_suffix(last_.size());
    for (const string_view piece : middle_) {
      const void* found = memmem(value.data(), value.size(), piece.data(), piece.size());
      if (found == nullptr) return false;
      value.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - value.data()) + piece.size());
    }
    return true;
  }

 private:
  string_view first_, last_;
  std::vector<string_view> middle_;
  bool is_exact_ = false;
};

template <LikeCase How, bool Negated, bool Bytewise>
void run(EvalContext&, const FunctionCall&, std::span<const Vector* const> arguments, Selection rows,
         Vector& out) {
  const Vector &text = *arguments[0], &pattern = *arguments[1];
  std::optional<Pieces> pieces;
  if (How == LikeCase::exact && pattern.is_constant() && !pattern.is_null(0))
    pieces = Pieces::of(pattern.get<string_view>(0));
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (text.is_null(row) || pattern.is_null(row)) return out.set_null(row);
    const auto value = text.get<string_view>(row);
    const bool matched =
        pieces ? pieces->match(value) : match<How>(value, pattern.get<string_view>(row), Bytewise);
    out.set<bool>(row, matched != Negated);
  });
}

// `width` tells a character's bytes by its first.
template <typename Width>
std::string escape_by(string_view pattern, string_view escape, Width width_of) {
  std::string result;
  if (escape.empty()) {
    // No escape at all: backslashes are themselves.
    for (char c : pattern) {
      if (c == '\\') result += '\\';
      result += c;
    }
    return result;
  }
  if (width_of(static_cast<unsigned char>(escape[0])) != escape.size())
    throw SqlError("22025", "invalid escape string")
        .with_hint("Escape string must be empty or one character.");
  if (escape == "\\") return std::string(pattern);
  bool after_escape = false;
  for (std::size_t i = 0; i < pattern.size();) {
    if (!after_escape && pattern.substr(i).starts_with(escape)) {
      result += '\\';
      after_escape = true;
      i += escape.size();
    } else if (pattern[i] == '\\') {
      result += '\\';
      if (!after_escape) result += '\\';
      after_escape = false;
      ++i;
    } else {
      const std::size_t width = width_of(static_cast<unsigned char>(pattern[i]));
      result += pattern.substr(i, width);
      after_escape = false;
      i += width;
    }
  }
  return result;
}

std::string escape_kernel(string_view pattern, string_view escape) { return like_escape(pattern, escape); }
std::string escape_bytes(string_view pattern, string_view escape) {
  return escape_by(pattern, escape, [](unsigned char) { return std::size_t{1}; });
}

std::optional<std::string> similar_escape(std::optional<string_view> pattern,
                                          std::optional<string_view> escape) {
  if (!pattern) return std::nullopt;
  return similar_to_regex(*pattern, escape.value_or("\\"));
}
std::string similar_2(string_view pattern, string_view escape) { return similar_to_regex(pattern, escape); }
std::string similar_1(string_view pattern) { return similar_to_regex(pattern, "\\"); }

constexpr auto kExact = LikeCase::exact;
constexpr auto kFold = LikeCase::fold;

constexpr ScalarFunction kLikeFunctions[] = {
    {"textlike", &run<kExact, false, false>},
    {"textnlike", &run<kExact, true, false>},
    {"namelike", &run<kExact, false, false>},
    {"namenlike", &run<kExact, true, false>},
    {"bytealike", &run<kExact, false, true>},
    {"byteanlike", &run<kExact, true, true>},
    {"texticlike", &run<kFold, false, false>},
    {"texticnlike", &run<kFold, true, false>},
    {"nameiclike", &run<kFold, false, false>},
    {"nameicnlike", &run<kFold, true, false>},
    {"like_escape", strict<&escape_kernel>},
    {"like_escape_bytea", strict<&escape_bytes>},
    {"similar_escape", strict<&similar_escape>},
    {"similar_to_escape_2", strict<&similar_2>},
    {"similar_to_escape_1", strict<&similar_1>},
};

}  // namespace

bool like(string_view text, string_view pattern, LikeCase how, bool bytewise) {
  return how == LikeCase::fold ? match<LikeCase::fold>(text, pattern, bytewise)
                               : match<LikeCase::exact>(text, pattern, bytewise);
}

std::string like_escape(string_view pattern, string_view escape) { return escape_by(pattern, escape, types::utf8_width); }

std::string similar_to_regex(string_view pattern, string_view escape) {
  if (!escape.empty() && types::utf8_length(escape) != 1)
    throw SqlError("22025", "invalid escape string")
        .with_hint("Escape string must be empty or one character.");
  std::string result = "^(?:";
  bool after_escape = false;
  // Brackets that are open: of an expression, and of a class in it ([:alpha:]).
  int brackets = 0;
  // Right behind the first one, and behind a caret there, a closing bracket is a character like others.
  enum class Place : std::uint8_t { first, after_caret, past } place = Place::past;
  int separators = 0;
  for (std::size_t i = 0; i < pattern.size();) {
    char c = pattern[i];
    std::size_t width = types::utf8_width(static_cast<unsigned char>(c));
    if (after_escape) {
      if (c == '"' && brackets == 0) {
        // SUBSTRING's separators: the middle part is what counts.
        if (separators == 0)
          result += "){1,1}?(";
        else if (separators == 1)
          result += "){1,1}(?:";
        else
          throw SqlError("2200C", "SQL regular expression may not contain more than two escape-double-quote separators");
        ++separators;
      } else {
        result += '\\';
        result += pattern.substr(i, width);
      }
      after_escape = false;
      place = Place::past;
      i += width;
      continue;
    }
    if (!escape.empty() && pattern.substr(i).starts_with(escape)) {
      after_escape = true;
      i += escape.size();
      continue;
    }
    if (brackets > 0) {
      if (c == '\\') result += '\\';
      result += pattern.substr(i, width);
      if (c == ']' && place == Place::past)
        --brackets;
      else if (c == '[')
        ++brackets;
      place = c == '^' && place == Place::first ? Place::after_caret : Place::past;
    } else if (c == '[') {
      result += c;
      brackets = 1;
      place = Place::first;
    } else if (c == '%') {
      result += ".*";
    } else if (c == '_') {
      result += '.';
    } else if (c == '(') {
      result += "(?:";
    } else if (c == '\\' || c == '.' || c == '^' || c == '$') {
      result += '\\';
      result += c;
    } else {
      result += pattern.substr(i, width);
    }
    i += width;
  }
  result += ")$";
  return result;
}

std::span<const ScalarFunction> like_functions() { return kLikeFunctions; }

}  // namespace functions
