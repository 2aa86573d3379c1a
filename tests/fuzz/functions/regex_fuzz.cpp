// Regular expressions and texts over few letters, or of any bytes: no crash, an end, matches within the text, groups within
// matches, and the automaton that is made as texts are read answers like the one it is made from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex.h"
#include "types/absent_session.h"
#include "types/eval_context.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "wal/check.h"

namespace {

using functions::Regex;
using functions::RegexOptions;
using functions::RegexSpan;
using Spans = std::vector<std::optional<RegexSpan>>;

// Ends what would take long: with references there are divisions without end to try.
class Impatient final : public types::AbsentSession, public types::KernelInterrupts {
 public:
  Impatient() : AbsentSession("here") {}
  void check_interrupts() override {
    if (++checks_ > 20) throw types::SqlError("57014", "canceling statement due to user request");
  }

 private:
  int checks_ = 0;
};

// All matches, one behind the other; nullopt where one of them takes too long or the pattern is none.
std::optional<std::vector<Spans>> matches(std::string_view pattern, RegexOptions options, std::string_view text) {
  Impatient session;
  types::EvalContext context{.session = &session};
  std::vector<Spans> result;
  try {
    const auto regex = Regex::get(context, pattern, options);
    const bool any = regex->matches(context, text);
    Regex::Search search(context, *regex, text);
    for (std::size_t from = 0; search.find(from);) {
      const auto whole = search.spans()[0];
      CHECK(whole.has_value());
      CHECK(from <= whole->begin && whole->begin <= whole->end && whole->end <= text.size());
      for (const auto& group : search.spans())
        CHECK(!group || (group->begin <= group->end && group->end <= text.size() && group->begin >= whole->begin &&
                         group->end <= whole->end));
      result.push_back(search.spans());
      from = whole->end;
      if (whole->begin == whole->end)
        from += from < text.size() ? types::utf8_width(static_cast<unsigned char>(text[from])) : 1;
    }
    CHECK(any == !result.empty());
  } catch (const types::SqlError& error) {
    CHECK(error.sqlstate() == "2201B" || error.sqlstate() == "57014");
    return std::nullopt;
  }
  return result;
}

bool same(const std::vector<Spans>& a, const std::vector<Spans>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].size() != b[i].size()) return false;
    for (std::size_t g = 0; g < a[i].size(); ++g)
      if (a[i][g].has_value() != b[i][g].has_value() ||
          (a[i][g] && (a[i][g]->begin != b[i][g]->begin || a[i][g]->end != b[i][g]->end)))
        return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  RegexOptions options;
  options.ignore_case = (data[0] & 1) != 0;
  options.newline_anchors = options.newline_stops = (data[0] & 2) != 0;
  options.expanded = (data[0] & 4) != 0;
  const std::size_t pattern_size = std::min<std::size_t>(data[1], size - 2);
  const std::string_view rest(reinterpret_cast<const char*>(data + 2), size - 2);
  std::string pattern(rest.substr(0, pattern_size)), text(rest.substr(pattern_size));
  if ((data[0] & 8) != 0) {
    static constexpr std::string_view kPieces[] = {"a", "a", "b", "b", "A", "ä", ".", "(", "(", ")", ")", "(?:", "|", "*", "+", "?", "*?", "{2}", "{0,2}",
                                                   "{1,}?", "^", "$", "\\m", "\\Y", "\\w", "[ab]", "[^a]", "(?=", "(?!", "(?<=", "(?<!", "\\1"};
    static constexpr std::string_view kLetters[] = {"a", "b", "a", "b", "A", "ä", " ", "\n"};
    std::string pieces, letters;
    for (const char c : pattern) pieces += kPieces[static_cast<unsigned char>(c) % std::size(kPieces)];
    for (const char c : text) letters += kLetters[static_cast<unsigned char>(c) % std::size(kLetters)];
    pattern = std::move(pieces);
    text = std::move(letters);
  }
  if (!types::is_valid_utf8(pattern) || !types::is_valid_utf8(text)) return 0;
  const auto found = matches(pattern, options, text);
  // A look keeps the second automaton out.
  if (found && !pattern.starts_with("***") && !pattern.starts_with("(?") && pattern.find('#') == std::string::npos) {
    const auto again = matches("(?:" + pattern + ")(?=)", options, text);
    CHECK(!again || same(*found, *again));
  }
  return 0;
}
