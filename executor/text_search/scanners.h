// The longer shapes of tokens: hosts, paths, numbers, compound words, entities. Each looks at the
// text from a place on and says where the token ends; nothing is remembered. Private to the unit.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "text_search/token.h"

namespace text_search {

// Where in a host the text stands: behind a dot, at the second letter of a label, behind two
// letters (a domain may end here), inside of a label that cannot be the last, behind - or _.
enum class HostState { after_dot, one_letter, domain, label, after_hyphen };

// How far a host goes, where it stopped being one.
struct HostScan {
  std::size_t domain_end = 0;  // of the longest one that may stand alone, if any
  bool has_domain = false;
  std::size_t stop = 0;        // the first character that continues no host
  bool may_be_user = false;    // what was read may be the name before an @
  bool whole = false;          // domain_end is at `stop`
};
HostScan scan_host(std::string_view text, std::size_t i, HostState state);

// The end of a path whose characters so far led to `state`.
enum class PathState { after_slash, after_tilde, after_dot, only_dot, after_dots, name, name_dot };
std::optional<std::size_t> scan_path(std::string_view text, std::size_t i, PathState state);

bool is_url_character(char c);
// Behind the slash after a host; at least one character.
std::optional<std::size_t> scan_url_path(std::string_view text, std::size_t i);

enum class WordKind { ascii, letters, mixed };
struct CompoundScan {
  TokenType type;
  std::size_t end;
};
// A word with hyphens, from behind its first one.
std::optional<CompoundScan> scan_compound(std::string_view text, std::size_t i, WordKind kind);

// Behind the e of 1e5: the end of the exponent.
std::optional<std::size_t> scan_exponent(std::string_view text, std::size_t i);
// Behind the &.
std::optional<std::size_t> scan_entity(std::string_view text, std::size_t i);

}  // namespace text_search
