#include "scanners.h"

#include "characters.h"

namespace text_search {

HostScan scan_host(std::string_view text, std::size_t i, HostState state) {
  using enum HostState;
  HostScan scan;
  for (;; ++i) {
    const char c = at(text, i);
    const bool in_label = state == one_letter || state == domain || state == label;
    if (is_letter(c)) {
      state = state == after_dot ? one_letter : state == one_letter || state == domain ? domain : label;
    } else if (is_digit(c)) {
      state = label;
    } else if (in_label && (c == '-' || c == '_' || c == '.')) {
      if (state == domain) {
        scan.has_domain = true;
        scan.domain_end = i;
      }
      state = c == '.' ? after_dot : after_hyphen;
    } else {
      scan.stop = i;
      scan.may_be_user = in_label;
      if (state == domain) {
        scan.has_domain = scan.whole = true;
        scan.domain_end = i;
      }
      return scan;
    }
  }
}

std::optional<std::size_t> scan_path(std::string_view text, std::size_t i, PathState state) {
  using enum PathState;
  std::optional<std::size_t> shorter;
  for (;; ++i) {
    const char c = at(text, i);
    const bool names = is_letter(c) || is_digit(c) || c == '_';
    switch (state) {
      case after_slash:
        if (names) state = name;
        else if (c == '.') state = after_dot;
        else if (c == '~') state = after_tilde;
        else return shorter;
        break;
      case after_tilde:
        if (names) state = name;
        else if (c == '/') state = after_slash;
        else return shorter;
        break;
      case after_dot:
      case only_dot:
        if (names && state == after_dot) state = name;
        else if (c == '.') state = after_dots;
        else if (c == '/') state = after_slash;
        else return shorter;
        break;
      case after_dots:
        if (i >= text.size() || is_space(c)) return i;
        if (c != '/') return shorter;
        shorter = i;
        state = after_slash;
        break;
      case name:
        if (names || c == '-') break;
        shorter = i;
        if (c == '.') state = name_dot;
        else if (c == '/') state = after_slash;
        else return i;
        break;
      case name_dot:
        if (!names) return shorter;
        state = name;
        break;
    }
  }
}

bool is_url_character(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

std::optional<std::size_t> scan_url_path(std::string_view text, std::size_t i) {
  if (!is_url_character(at(text, i))) return std::nullopt;
  while (is_url_character(at(text, i))) ++i;
  return i;
}

std::optional<CompoundScan> scan_compound(std::string_view text, std::size_t i, WordKind kind) {
  enum { part_begin, digits, part } state = part_begin;
  std::optional<CompoundScan> shorter;
  auto type = [&] {
    return kind == WordKind::ascii     ? TokenType::asciihword
           : kind == WordKind::letters ? TokenType::hword
                                       : TokenType::numhword;
  };
  for (;; ++i) {
    const char c = at(text, i);
    if (is_alpha(c)) {
      // A part that begins with digits must have a letter, else it is a number by itself.
      if (state == digits) kind = WordKind::mixed;
      else if (is_wide(c) && kind == WordKind::ascii) kind = WordKind::letters;
      state = part;
    } else if (is_digit(c)) {
      if (state == part) kind = WordKind::mixed;
      else state = digits;
    } else if (state == part) {
      shorter = CompoundScan{type(), i};
      if (c != '-') return shorter;
      state = part_begin;
    } else {
      return shorter;
    }
  }
}

std::optional<std::size_t> scan_exponent(std::string_view text, std::size_t i) {
  if (at(text, i) == '+' || at(text, i) == '-') ++i;
  const std::size_t end = skip_digits(text, i);
  if (end == i) return std::nullopt;
  return end;
}

std::optional<std::size_t> scan_entity(std::string_view text, std::size_t i) {
  auto closed = [&](std::size_t end, std::size_t least) -> std::optional<std::size_t> {
    if (end < least || at(text, end) != ';') return std::nullopt;
    return end + 1;
  };
  if (at(text, i) == '#') {
    ++i;
    if (at(text, i) == 'x' || at(text, i) == 'X') {
      const std::size_t begin = ++i;
      while (is_hex_digit(at(text, i))) ++i;
      return closed(i, begin + 1);
    }
    return closed(skip_digits(text, i), i + 1);
  }
  const char first = at(text, i);
  if (!is_letter(first) && first != ':' && first != '_') return std::nullopt;
  auto continues = [](char c) { return is_alnum(c) || c == ':' || c == '_' || c == '.' || c == '-'; };
  while (continues(at(text, i))) ++i;
  return closed(i, i);
}

}  // namespace text_search
