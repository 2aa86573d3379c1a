// What reading a pattern may cost.
#include "regex.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "types/absent_session.h"
#include "types/eval_context.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

class CountingSession final : public types::AbsentSession, public types::KernelInterrupts {
 public:
  CountingSession() : AbsentSession("here") {}
  void check_interrupts() override {
    if (++checks == ends_at) throw types::SqlError("57014", "canceling statement due to user request");
  }
  int checks = 0, ends_at = -1;
};

std::string sqlstate_of(CountingSession& session, const std::string& pattern, RegexOptions options = {}) {
  types::EvalContext context{.session = &session};
  const RegexLettersScope letters(RegexLetters::icu());
  try {
    Regex::get(context, pattern, options);
    return "00000";
  } catch (const types::SqlError& error) {
    return std::string(error.sqlstate());
  }
}

std::string many_sets(int count) {
  std::string pattern;
  for (int i = 0; i < count; ++i) {
    pattern += "|[\\w";
    types::utf8_append(pattern, static_cast<char32_t>(0xe000 + i));
    pattern += ']';
  }
  return pattern;
}

TEST(RegexCost, ThousandsOfWideRangesWithoutRegardToCaseAreReadAtOnce) {
  std::string pattern;
  for (int i = 0; i < 3000; ++i) pattern += fmt::format("|[\\u{:04x}-\\uffff]", 0x100 + i);
  CountingSession session;
  EXPECT_EQ(sqlstate_of(session, pattern, {.ignore_case = true}), "00000");
  EXPECT_LT(session.checks, 100);
}

TEST(RegexCost, SetsThatAreEqualAreOne) {
  std::string pattern;
  for (int i = 0; i < 50'000; ++i) pattern += i % 2 == 0 ? "[\\w%]" : "\\W";
  CountingSession session;
  EXPECT_EQ(sqlstate_of(session, pattern), "00000");
  EXPECT_LT(session.checks, 100);
}

TEST(RegexCost, ManySetsOfManyRangesAreTooComplex) {
  CountingSession session;
  EXPECT_EQ(sqlstate_of(session, many_sets(300)), "00000");
  EXPECT_EQ(sqlstate_of(session, many_sets(5000)), "2201B");
}

TEST(RegexCost, ReadingALargePatternCanBeEnded) {
  CountingSession session;
  session.ends_at = 1;
  EXPECT_EQ(sqlstate_of(session, many_sets(1000)), "57014");
}

}  // namespace
}  // namespace functions
