#include "text_search/token.h"

#include <strings.h>

#include "characters.h"
#include "scanners.h"

namespace text_search {
namespace {

using enum TokenType;

constexpr TokenTypeName kNames[] = {
    {asciiword, "asciiword", "Word, all ASCII"},
    {word, "word", "Word, all letters"},
    {numword, "numword", "Word, letters and digits"},
    {email, "email", "Email address"},
    {url, "url", "URL"},
    {host, "host", "Host"},
    {sfloat, "sfloat", "Scientific notation"},
    {version, "version", "Version number"},
    {hword_numpart, "hword_numpart", "Hyphenated word part, letters and digits"},
    {hword_part, "hword_part", "Hyphenated word part, all letters"},
    {hword_asciipart, "hword_asciipart", "Hyphenated word part, all ASCII"},
    {blank, "blank", "Space symbols"},
    {tag, "tag", "XML tag"},
    {protocol, "protocol", "Protocol head"},
    {numhword, "numhword", "Hyphenated word, letters and digits"},
    {asciihword, "asciihword", "Hyphenated word, all ASCII"},
    {hword, "hword", "Hyphenated word, all letters"},
    {url_path, "url_path", "URL path"},
    {file, "file", "File or path name"},
    {float_, "float", "Decimal notation"},
    {int_, "int", "Signed integer"},
    {uint, "uint", "Unsigned integer"},
    {entity, "entity", "XML entity"},
};
static_assert(std::size(kNames) == kTokenTypes - 1);

}  // namespace

std::span<const TokenTypeName> token_type_names() { return kNames; }

std::optional<TokenType> find_token_type(std::string_view alias) {
  for (const TokenTypeName& name : kNames)
    if (name.alias == alias) return name.type;
  return std::nullopt;
}

std::optional<Token> TokenReader::emit(TokenType type, std::size_t end) {
  const Token token{type, text_.substr(at_, end - at_)};
  at_ = end;
  return token;
}

std::optional<Token> TokenReader::next() {
  if (at_ >= text_.size()) return std::nullopt;
  if (mode_ == Mode::url_path) {
    mode_ = Mode::plain;
    return emit(url_path, scan_url_path(text_, at_ + 1).value_or(at_ + 1));
  }
  if (mode_ == Mode::compound_parts)
    if (auto part = next_part()) return part;
  mode_ = Mode::plain;
  return next_plain();
}

// Parts of a compound word, with the hyphens between them as blanks; a number that is a part by
// itself ends it.
std::optional<Token> TokenReader::next_part() {
  const char c = at(text_, at_);
  if (c == '-' && is_alnum(at(text_, at_ + 1))) return emit(blank, at_ + 1);
  std::size_t end = skip_digits(text_, at_);
  TokenType type = end > at_ ? hword_numpart : hword_asciipart;
  if (!is_alpha(at(text_, end))) return std::nullopt;
  for (; is_alnum(at(text_, end)); ++end) {
    if (is_digit(text_[end])) type = hword_numpart;
    else if (is_wide(text_[end]) && type == hword_asciipart) type = hword_part;
  }
  return emit(type, end);
}

std::optional<Token> TokenReader::next_plain() {
  const std::size_t start = at_;
  const char c = text_[start];
  if (c == '<')
    if (const std::size_t end = match_tag(start)) return emit(tag, end);
  if (markup_ignored_) return emit(blank, end_of_blank(start + 1));

  Match match;
  auto take = [&](TokenType type, std::optional<std::size_t> end) {
    if (end) match = {type, *end};
  };
  if (is_alpha(c)) match = match_word(start, want_host_);
  else if (is_digit(c)) match = match_number(start, want_host_);
  else if (c == '-' || c == '+') match = match_signed(start);
  else if (c == '&') take(entity, scan_entity(text_, start + 1));
  else if (c == '~') take(file, scan_path(text_, start + 1, PathState::after_tilde));
  else if (c == '/') take(file, scan_path(text_, start + 1, PathState::after_slash));
  else if (c == '.') take(file, scan_path(text_, start + 1, PathState::only_dot));

  if (!match) return emit(blank, end_of_blank(start + 1));
  switch (match.type) {
    case url:  // then its host and its path
      want_host_ = true;
      emit(url, match.end);
      at_ = start;
      return Token{url, text_.substr(start, match.end - start)};
    case host:
      if (want_host_) mode_ = Mode::url_path;
      want_host_ = false;
      break;
    case asciihword: case hword: case numhword:
      mode_ = Mode::compound_parts;
      return Token{match.type, text_.substr(start, match.end - start)};
    default: break;
  }
  return emit(match.type, match.end);
}

std::size_t TokenReader::end_of_blank(std::size_t i) const {
  for (; i < text_.size(); ++i) {
    const char c = text_[i];
    if (c == '<') break;
    if (markup_ignored_) continue;
    if (c == '-' || c == '+' || c == '&' || c == '/' || is_alnum(c)) break;
  }
  return i;
}

namespace {

// What follows a name that may be a host.
template <typename Match, typename Email>
Match end_host(std::string_view text, const HostScan& scan, bool host_only, const Email& match_email) {
  auto stands_alone = [&](std::size_t end) -> Match {
    if (!host_only && at(text, end) == '/')
      if (auto path = scan_url_path(text, end + 1)) return {url, *path};
    return {host, end};
  };
  if (at(text, scan.stop) == '@' && scan.may_be_user)
    if (Match found = match_email(scan.stop + 1)) return found;
  if (!scan.has_domain) return {};
  if (!scan.whole) return {host, scan.domain_end};
  if (at(text, scan.stop) == ':' && is_digit(at(text, scan.stop + 1)))
    return stands_alone(skip_digits(text, scan.stop + 1));
  return stands_alone(scan.stop);
}

}  // namespace

TokenReader::Match TokenReader::match_email(std::size_t i, bool host_only) {
  // The host of an email is no email.
  if (host_only) return {};
  const char c = at(text_, i);
  const Match found = is_letter(c)  ? match_word(i, true)
                      : is_digit(c) ? match_number(i, true)
                                    : Match{};
  if (found.type != host) return {};
  return {email, found.end};
}

TokenReader::Match TokenReader::match_word(std::size_t start, bool host_only) {
  auto host_from = [&](std::size_t i, HostState state) {
    return end_host<Match>(text_, scan_host(text_, i, state), host_only,
                           [&](std::size_t behind) { return match_email(behind, host_only); });
  };
  auto compound_from = [&](std::size_t i, WordKind kind) -> Match {
    if (auto found = scan_compound(text_, i, kind)) return {found->type, found->end};
    return {};
  };
  std::size_t i = start;
  while (is_letter(at(text_, i))) ++i;
  const char c = at(text_, i);
  if (i > start) {
    switch (c) {
      case '.':
        if (Match found = host_from(i + 1, HostState::after_dot)) return found;
        if (auto path = scan_path(text_, i + 1, PathState::name_dot)) return {file, *path};
        return {asciiword, i};
      case '-':
        if (Match found = host_from(i + 1, HostState::after_hyphen)) return found;
        if (Match found = compound_from(i + 1, WordKind::ascii)) return found;
        return {asciiword, i};
      case '_':
        if (Match found = host_from(i + 1, HostState::after_hyphen)) return found;
        return {asciiword, i};
      case '@':
        if (Match found = match_email(i + 1, host_only)) return found;
        return {asciiword, i};
      case ':':
        if (at(text_, i + 1) == '/' && at(text_, i + 2) == '/') return {protocol, i + 3};
        return {asciiword, i};
      case '/':
        if (auto path = scan_path(text_, i + 1, PathState::after_slash)) return {file, *path};
        return {asciiword, i};
      default: break;
    }
    if (is_digit(c)) {
      if (Match found = host_from(i + 1, HostState::label)) return found;
      return match_numword(i, host_only);
    }
    if (!is_wide(c)) return {asciiword, i};
  }
  while (is_alpha(at(text_, i))) ++i;
  if (is_digit(at(text_, i))) return match_numword(i, host_only);
  if (at(text_, i) == '-')
    if (Match found = compound_from(i + 1, WordKind::letters)) return found;
  return {word, i};
}

TokenReader::Match TokenReader::match_numword(std::size_t i, bool host_only) {
  while (is_alnum(at(text_, i))) ++i;
  switch (at(text_, i)) {
    case '@':
      if (Match found = match_email(i + 1, host_only)) return found;
      break;
    case '/':
      if (auto path = scan_path(text_, i + 1, PathState::after_slash)) return {file, *path};
      break;
    case '.':
      if (auto path = scan_path(text_, i + 1, PathState::name_dot)) return {file, *path};
      break;
    case '-':
      if (auto found = scan_compound(text_, i + 1, WordKind::mixed)) return {found->type, found->end};
      break;
    default: break;
  }
  return {numword, i};
}

TokenReader::Match TokenReader::match_number(std::size_t start, bool host_only) {
  auto host_from = [&](std::size_t i, HostState state) {
    return end_host<Match>(text_, scan_host(text_, i, state), host_only,
                           [&](std::size_t behind) { return match_email(behind, host_only); });
  };
  auto is_exponent = [&](std::size_t i) { return at(text_, i) == 'e' || at(text_, i) == 'E'; };
  const std::size_t i = skip_digits(text_, start);
  const char c = at(text_, i);
  if (c == '.') {
    if (Match found = host_from(i + 1, HostState::after_dot)) return found;
    std::size_t end = skip_digits(text_, i + 1);
    if (end == i + 1) return {uint, i};
    if (at(text_, end) == '.' && is_digit(at(text_, end + 1))) {
      while (at(text_, end) == '.' && is_digit(at(text_, end + 1))) end = skip_digits(text_, end + 1);
      return {version, end};
    }
    if (is_exponent(end))
      if (auto exponent = scan_exponent(text_, end + 1)) return {sfloat, *exponent};
    return {float_, end};
  }
  if (is_exponent(i))
    if (auto exponent = scan_exponent(text_, i + 1)) return {sfloat, *exponent};
  if (c == '-' || c == '_') {
    if (Match found = host_from(i + 1, HostState::after_hyphen)) return found;
  } else if (c == '@') {
    if (Match found = match_email(i + 1, host_only)) return found;
  } else if (is_letter(c)) {
    if (Match found = host_from(i + 1, HostState::label)) return found;
    return match_numword(i, host_only);
  } else if (is_wide(c)) {
    return match_numword(i, host_only);
  } else if (c == '/') {
    if (auto path = scan_path(text_, i + 1, PathState::after_slash)) return {file, *path};
  }
  return {uint, i};
}

TokenReader::Match TokenReader::match_signed(std::size_t sign) {
  auto is_exponent = [&](std::size_t i) { return at(text_, i) == 'e' || at(text_, i) == 'E'; };
  std::size_t end = skip_digits(text_, sign + 1);
  if (end == sign + 1) return {};
  TokenType type = int_;
  if (at(text_, end) == '.' && is_digit(at(text_, end + 1))) {
    type = float_;
    end = skip_digits(text_, end + 1);
    // A version has no sign.
    if (at(text_, end) == '.' && is_digit(at(text_, end + 1))) return {blank, sign + 1};
  }
  if (is_exponent(end))
    if (auto exponent = scan_exponent(text_, end + 1)) return {sfloat, *exponent};
  return {type, end};
}

// Scripts and styles are no text.
void TokenReader::note_tag(std::size_t start, std::size_t end) {
  const std::string_view head = text_.substr(start, end - start);
  auto is = [&](std::string_view name) {
    return head.size() == name.size() && strncasecmp(head.data(), name.data(), name.size()) == 0;
  };
  if (is("</script") || is("</style")) markup_ignored_ = false;
  else if (is("<script") || is("<style")) markup_ignored_ = true;
}

// 0: none. `start` is at the <.
std::size_t TokenReader::match_tag(std::size_t start) {
  enum { name, body, single, twice } state;
  std::size_t i = start + 1;
  const char first = at(text_, i);
  if (first == '!') {
    ++i;
    if (at(text_, i) == '-') {
      if (at(text_, i + 1) != '-') return 0;
      const std::size_t end = text_.find("-->", i + 2);
      return end == std::string_view::npos ? 0 : end + 3;
    }
    if (at(text_, i) != 'D' && at(text_, i) != 'd') return 0;
    state = body;
  } else if (first == '?') {
    if (at(text_, ++i) != 'x') return 0;
    state = body;
  } else if (first == '/') {
    if (!is_letter(at(text_, ++i))) return 0;
    state = name;
  } else if (is_letter(first) || first == ':' || first == '_') {
    state = name;
  } else {
    return 0;
  }
  bool escapes = true;  // the character behind an escaped one escapes nothing
  for (++i; i < text_.size(); ++i) {
    const char c = text_[i];
    switch (state) {
      case name:
        if (c == '/') return at(text_, i + 1) == '>' ? i + 2 : 0;
        if (c == '>' || is_space(c)) {
          note_tag(start, i);
          if (c == '>') return i + 1;
          state = body;
        } else if (!is_alnum(c) && c != ':' && c != '_' && c != '.' && c != '-') {
          return 0;
        }
        break;
      case body:
        if (c == '>' || is_space(c)) {
          note_tag(start, i);
          if (c == '>') return i + 1;
        } else if (c == '\'' || c == '"') {
          state = c == '"' ? twice : single;
          escapes = true;
        } else if (!is_letter(c) && !is_digit(c) && std::string_view("=-_#/:.&?%~").find(c) == std::string_view::npos) {
          return 0;
        }
        break;
      case single: case twice:
        if (c == '\\' && escapes) {
          ++i;
          escapes = false;
          continue;
        }
        escapes = true;
        if (c == (state == twice ? '"' : '\'')) state = body;
        break;
    }
  }
  return 0;
}

}  // namespace text_search
