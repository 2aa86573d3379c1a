#include "long_names.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

constexpr std::size_t kLongestName = 63;

bool begins_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool goes_on_name(char c) { return begins_name(c) || is_digit(c) || c == '$'; }

// Finds the names among strings, comments and the rest. What is not closed goes to the end: the parser says so.
class Names {
 public:
  Names(SessionState& session, std::string_view text) : session_(session), text_(text) {}

  void run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (begins_name(c)) name();
      else if (c == '"') quoted_name();
      else if (c == '\'') string(false);
      else if (text_.substr(at_, 2) == "--") at_ = std::min(text_.find('\n', at_), text_.size());
      else if (text_.substr(at_, 2) == "/*") comment();
      else if (c == '$') dollar();
      else if (is_digit(c)) while (at_ < text_.size() && goes_on_name(text_[at_])) ++at_;
      else ++at_;
    }
  }

 private:
  void name() {
    const std::size_t from = at_;
    while (at_ < text_.size() && goes_on_name(text_[at_])) ++at_;
    const std::string_view found = text_.substr(from, at_ - from);
    if (at_ < text_.size() && text_[at_] == '\'' && found.size() == 1) return string(found == "e" || found == "E");
    if (found.size() <= kLongestName) return;
    std::string lower(found);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    tell(lower);
  }

  void quoted_name() {
    std::string found;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (text_.substr(at_, 2) != "\"\"") break;
        ++at_;
      }
      found += text_[at_];
    }
    ++at_;
    if (found.size() > kLongestName) tell(found);
  }

  void string(bool escapes) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && text_[at_] == '\\') ++at_;
      else if (text_[at_] == '\'') break;  // a doubled one begins the string anew
    }
    ++at_;
  }

  void comment() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_.substr(at_, 2) == "/*") ++depth, ++at_;
      else if (text_.substr(at_, 2) == "*/" && (++at_, --depth == 0)) break;
    }
    ++at_;
  }

  void dollar() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && goes_on_name(text_[end]) && text_[end] != '$') ++end;
    const bool is_tag = end < text_.size() && text_[end] == '$' && (end == at_ + 1 || !is_digit(text_[at_ + 1]));
    if (!is_tag) {
      ++at_;
      return;
    }
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = text_.find(tag, end + 1);
    at_ = close == text_.npos ? text_.size() : close + tag.size();
  }

  void tell(const std::string& name) {
    std::size_t size = kLongestName;
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;  // whole characters
    session_.notice(protocol::Severity::notice,
                    types::SqlError("42622", fmt::format("identifier \"{}\" will be truncated to \"{}\"", name, name.substr(0, size))));
  }

  SessionState& session_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

void tell_of_long_names(SessionState& session, std::string_view text) {
  if (text.size() > kLongestName) Names(session, text).run();
}

}  // namespace session
