// What a pattern asks of an index over trigrams: whatever text it matches has what is asked for, so that an index loses no
// row; and no crash.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <iterator>
#include <string_view>

#include "functions/function.h"
#include "inverted/extract.h"
#include "inverted/search.h"
#include "types/absent_session.h"
#include "types/arena.h"
#include "types/eval_context.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "types/vector.h"
#include "wal/check.h"

using namespace inverted;

namespace {

bool finds(const Search& search, const KeySet& keys) {
  const auto any = [&](const auto& f) {
    for (const Search& part : search.parts)
      if (f(part)) return true;
    return false;
  };
  switch (search.kind) {
    case Search::Kind::everything: return true;
    case Search::Kind::nothing:
    case Search::Kind::ranges: return false;
    case Search::Kind::key:
    case Search::Kind::prefix:
      for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i] == search.key) return true;
      return false;
    case Search::Kind::all_of: return !any([&](const Search& part) { return !finds(part, keys); });
    case Search::Kind::any_of: return any([&](const Search& part) { return finds(part, keys); });
  }
  return false;
}

// Ends what would take long.
class Impatient final : public types::AbsentSession, public types::KernelInterrupts {
 public:
  Impatient() : AbsentSession("here") {}
  void check_interrupts() override {
    if (++checks_ > 20) throw types::SqlError("57014", "canceling statement due to user request");
  }

 private:
  int checks_ = 0;
};

// What the operator itself says; of a pattern that is none, no.
bool matches(std::string_view function, std::string_view text, std::string_view pattern) {
  Impatient session;
  types::Arena arena;
  types::EvalContext context{.arena = &arena, .session = &session};
  const auto varlen = types::PhysicalType::varlen;
  const types::Vector left = types::Vector::constant(arena, varlen, types::Datum::of(text));
  const types::Vector right = types::Vector::constant(arena, varlen, types::Datum::of(pattern));
  types::Vector out = types::Vector::allocate(arena, types::PhysicalType::boolean, 1);
  const std::array<const types::Vector*, 2> arguments{&left, &right};
  try {
    functions::find_scalar(function)(context, {}, arguments, {nullptr, 1}, out);
  } catch (const types::SqlError&) {
    return false;
  }
  return !out.is_null(0) && out.get<bool>(0);
}

void check(std::string_view text, std::string_view pattern) {
  types::Arena arena;
  KeySet keys;
  extract(Source::trigrams, nullptr, 0, types::Datum::of(text), arena, keys);
  keys.sort();
  static constexpr struct {
    int strategy;
    std::string_view function;
  } kOperators[] = {{3, "textlike"}, {4, "texticlike"}, {5, "textregexeq"}, {6, "texticregexeq"}, {11, "texteq"}};
  for (const auto& [strategy, function] : kOperators) {
    const bool found = finds(search_for(Source::trigrams, nullptr, 0, strategy, types::Datum::of(pattern)), keys);
    CHECK(found || !matches(function, text, pattern));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::size_t pattern_size = std::min<std::size_t>(data[1], all.size());
  std::string pattern(all.substr(0, pattern_size)), text(all.substr(pattern_size));
  if (data[0] % 4 != 0) {
    // Words of few letters, and patterns that find some of them.
    static constexpr std::string_view kLetters[] = {"a", "b", "a", "b", "ab", "Ba", "ä", "Ä", "1", " ", "-", "_", "\n", "abab", "b", "a"};
    static constexpr std::string_view kPieces[] = {
        "a", "b", "ab", "Ba", "ä", "Ä", "1", " ", "-", "\\-", "_", "%", "%", "\\%", "\\", "abab", "aba", "bab", ".", ".*", "(", ")", "(?:", "|", "*", "+", "?",
        "{2}", "{0,2}", "{0}", "[ab]", "[^a]", "^", "$", "\\m", "\\M", "\\y", "\\w", "\\d", "\\s", "\\b", "\\1", "[[:alpha:]]", "[[:<:]]", "[b", "]", "a*", "b?", "(ab|ba)", "(a", "b)",
        "^a", "b$", "(?i)", "***=", "\\x61", "\\u0062", "\\A", "\\Z", "*?", "{1,}", "{1,2}?", "\n"};
    std::string pieces, letters;
    for (const char c : std::string_view(pattern).substr(0, 12)) pieces += kPieces[static_cast<unsigned char>(c) % std::size(kPieces)];
    for (const char c : std::string_view(text).substr(0, 30)) letters += kLetters[static_cast<unsigned char>(c) % std::size(kLetters)];
    pattern = std::move(pieces);
    text = std::move(letters);
  }
  if (!types::is_valid_utf8(pattern) || !types::is_valid_utf8(text)) return 0;
  check(text, pattern);
  // A text is a pattern of its own, mostly.
  check(text, text);
  return 0;
}
