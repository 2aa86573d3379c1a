#include "moments.h"

#include <fmt/format.h>

#include "session_rows.h"
#include "session_state.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {
namespace {

using types::Datum;
using types::SqlError;

// 2000-01-01, where timestamptz counts from, in microseconds since the Unix epoch.
constexpr std::int64_t kEpoch = std::int64_t{946'684'800} * 1'000'000;

Datum read(SessionState& session, types::Oid type, std::string_view text, types::Arena& arena) {
  auto context = session.eval_context(&arena);
  return types::type_support(type).input(context, text, -1);
}

std::int64_t read_time(SessionState& session, std::string_view text) {
  types::Arena arena;
  auto value = read(session, types::oid::timestamptz, text, arena).as<std::int64_t>();
  if (value == std::numeric_limits<std::int64_t>::min() ||
      value == std::numeric_limits<std::int64_t>::max())
    throw SqlError("22008", fmt::format("\"{}\" is no moment", text));
  return value + kEpoch;
}

// Microseconds, with months of 30 days: good enough for "how long ago".
std::int64_t read_interval(SessionState& session, std::string_view text) {
  types::Arena arena;
  auto interval = read(session, types::oid::interval, text, arena).as<types::Interval>();
  constexpr std::int64_t kDay = std::int64_t{86'400} * 1'000'000;
  return interval.microseconds + (interval.days + std::int64_t{30} * interval.months) * kDay;
}

bool is_lsn(std::string_view text) {
  auto slash = text.find('/');
  if (slash == text.npos || slash == 0 || slash > 8) return false;
  auto hex = [](std::string_view digits) {
    return !digits.empty() && digits.size() <= 8 &&
           digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos;
  };
  return hex(text.substr(0, slash)) && hex(text.substr(slash + 1));
}

bool is_relative(std::string_view text) { return text.ends_with("ago") || text.starts_with('-'); }

std::int64_t now() { return current_timestamp() + kEpoch; }

}  // namespace

database::AsOf parse_moment(SessionState& session, std::string_view text) {
  database::AsOf at;
  if (is_lsn(text)) {
    types::Arena arena;
    auto value = read(session, types::oid::pg_lsn, text, arena).as<std::int64_t>();
    at.lsn = wal::Lsn(static_cast<std::uint64_t>(value));
  } else {
    try {
      at.time_us = is_relative(text) ? now() + read_interval(session, text) : read_time(session, text);
    } catch (SqlError& error) {
      throw std::move(error).with_hint(
          "A moment is a timestamp, an LSN such as '0/16B3748', or how long ago it was, such as '5 minutes ago'.");
    }
  }
  return at;
}

std::string fixed_moment(SessionState& session, std::string_view text) {
  if (!is_relative(text)) return std::string(text);
  return show_time(session, *parse_moment(session, text).time_us);
}

std::int64_t parse_expiry(SessionState& session, std::string_view text) {
  if (text == "last session") return database::kAfterLastSession;
  constexpr auto kHint = "EXPIRES takes an interval from now, such as '1 hour', a timestamp, or 'last session'.";
  std::int64_t at = 0;
  try {
    at = now() + read_interval(session, text);
  } catch (SqlError& no_interval) {
    try {
      at = read_time(session, text);
    } catch (const SqlError&) {
      throw std::move(no_interval).with_hint(kHint);
    }
  }
  if (at <= now()) throw SqlError("22023", fmt::format("\"{}\" has passed already", text)).with_hint(kHint);
  return at;
}

std::string show_lsn(wal::Lsn lsn) {
  return fmt::format("{:X}/{:X}", lsn.value() >> 32, lsn.value() & 0xffff'ffff);
}

std::string show_time(SessionState& session, std::int64_t unix_time_us) {
  return timestamp_text(session, unix_time_us - kEpoch);
}

}  // namespace session
