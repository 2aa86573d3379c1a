#include "jsonpath_datetime.h"

#include <fmt/format.h>

#include "datetime_template.h"
#include "types/datetime.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
namespace oid = types::oid;

class IsoReader {
 public:
  explicit IsoReader(string_view text) : text_(text) {}

  std::optional<PathValue> read(EvalContext& ctx) {
    if (read_date() && at_end()) return value(oid::date, Datum::of(days_));
    if (has_date_) {
      if (!accept(' ') && !accept('T')) return std::nullopt;
      if (!read_time()) return std::nullopt;
      const std::int64_t local = std::int64_t{days_} * types::kMicrosPerDay + micros_;
      if (at_end()) return value(oid::timestamp, Datum::of(local));
      if (!read_zone()) return std::nullopt;
      PathValue result = value(oid::timestamptz, Datum::of(local - east_ * types::kMicrosPerSecond));
      result.zone_east_seconds = static_cast<std::int32_t>(east_);
      return result;
    }
    at_ = 0;
    (void)ctx;
    if (!read_time()) return std::nullopt;
    if (at_end()) return value(oid::time, Datum::of(micros_));
    if (!read_zone()) return std::nullopt;
    return value(oid::timetz, Datum::of(types::TimeTz{micros_, static_cast<std::int32_t>(-east_), 0}));
  }

 private:
  static PathValue value(types::Oid type, const Datum& datum) {
    PathValue v;
    v.type = type;
    v.datum = datum;
    return v;
  }
  bool at_end() const { return at_ == text_.size(); }
  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::optional<int> number(std::size_t min, std::size_t max) {
    int n = 0;
    std::size_t count = 0;
    while (count < max && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      n = n * 10 + (text_[at_++] - '0');
      ++count;
    }
    if (count < min) return std::nullopt;
    return n;
  }
  bool read_date() {
    auto year = number(4, 7);
    if (!year || !accept('-')) return false;
    auto month = number(1, 2);
    if (!month || !accept('-')) return false;
    auto day = number(1, 2);
    if (!day || *month < 1 || *month > 12 || *day < 1 || *day > types::days_in_month(*year, *month))
      return false;
    if (*year > 5874897) return false;
    days_ = types::days_from_civil(*year, *month, *day);
    if (!types::is_valid_date(days_)) return false;
    has_date_ = true;
    return true;
  }
  bool read_time() {
    auto hour = number(1, 2);
    if (!hour || !accept(':')) return false;
    auto minute = number(1, 2);
    if (!minute || !accept(':')) return false;
    auto second = number(1, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 59) return false;
    int fraction = 0;
    if (accept('.')) {
      const std::size_t begin = at_;
      auto digits = number(1, 6);
      if (!digits) return false;
      fraction = *digits;
      for (std::size_t n = at_ - begin; n < 6; ++n) fraction *= 10;
    }
    micros_ = types::join_time(*hour, *minute, *second, fraction);
    return true;
  }
  bool read_zone() {
    while (accept(' ')) {}
    int sign = 1;
    if (accept('-')) sign = -1;
    else if (!accept('+')) return false;
    auto hours = number(1, 2);
    if (!hours) return false;
    std::optional<int> minutes = 0;
    if (accept(':')) minutes = number(2, 2);
    if (!minutes || !at_end() || *hours > 15 || *minutes > 59) return false;
    east_ = sign * (*hours * 3600 + *minutes * 60);
    return true;
  }

  string_view text_;
  std::size_t at_ = 0;
  bool has_date_ = false;
  std::int32_t days_ = 0;
  std::int64_t micros_ = 0, east_ = 0;
};

bool is_zone(DatePattern p) {
  return p == DatePattern::tz || p == DatePattern::tzh || p == DatePattern::tzm || p == DatePattern::of;
}
bool is_time(DatePattern p) {
  switch (p) {
    case DatePattern::am: case DatePattern::am_dots: case DatePattern::ff: case DatePattern::hh12:
    case DatePattern::hh24: case DatePattern::mi: case DatePattern::ms:
    case DatePattern::ss: case DatePattern::ssss: case DatePattern::us: return true;
    default: return false;
  }
}

// A date may lie behind all timestamps: it is compared with them all the same.
types::Int128 as_timestamp(const PathValue& v) {
  return v.type == oid::date ? types::Int128{v.datum.int32} * types::kMicrosPerDay : types::Int128{v.datum.int64};
}

}  // namespace

std::optional<PathValue> parse_path_datetime(EvalContext& ctx, string_view text,
                                             std::optional<string_view> format) {
  if (!format) return IsoReader(text).read(ctx);
  bool date = false, time = false, zone = false;
  const auto pattern = DateTemplate::get(*format, TemplateRules::standard);
  for (const TemplateNode& node : pattern->nodes) {
    if (node.kind != TemplateNode::Kind::pattern) continue;
    (is_zone(node.pattern) ? zone : is_time(node.pattern) ? time : date) = true;
  }
  const ParsedDateTime parsed = parse_by_template(text, *format, TemplateRules::standard);
  const std::int64_t east = parsed.offset_east.value_or(0);
  PathValue v;
  if (zone && !parsed.offset_east) {
    throw SqlError("22007", date ? "missing time zone in input string for type timestamptz"
                                 : "missing time zone in input string for type timetz");
  }
  if (date && time) {
    const std::int64_t local = std::int64_t{parsed.days} * types::kMicrosPerDay + parsed.micros;
    v.type = zone ? oid::timestamptz : oid::timestamp;
    v.datum = Datum::of(zone ? local - east * types::kMicrosPerSecond : local);
    v.zone_east_seconds = static_cast<std::int32_t>(east);
  } else if (date) {
    if (zone) throw SqlError("22007", "datetime format is zoned but not timed");
    v.type = oid::date;
    v.datum = Datum::of(parsed.days);
  } else if (time) {
    v.type = zone ? oid::timetz : oid::time;
    v.datum = zone ? Datum::of(types::TimeTz{parsed.micros, static_cast<std::int32_t>(-east), 0})
                   : Datum::of(parsed.micros);
  } else {
    throw SqlError("22007", "datetime format is not dated and not timed");
  }
  return v;
}

std::string path_datetime_text(EvalContext&, const PathValue& v) {
  static const types::FormatSettings kIso;
  std::string out;
  switch (v.type) {
    case oid::date: types::append_date(kIso, v.datum.int32, out); return out;
    case oid::time: types::append_time(v.datum.int64, out); return out;
    case oid::timetz: {
      const auto t = v.datum.as<types::TimeTz>();
      types::append_time(t.microseconds, out);
      const int east = -t.zone_west_seconds;
      out += fmt::format("{}{:02}:{:02}", east < 0 ? '-' : '+', std::abs(east) / 3600, std::abs(east) / 60 % 60);
      return out;
    }
    default: break;
  }
  std::int64_t local = v.datum.int64;
  if (v.type == oid::timestamptz) local += v.zone_east_seconds * types::kMicrosPerSecond;
  types::append_timestamp(kIso, local, out);
  if (const auto space = out.find(' '); space != out.npos) out[space] = 'T';
  if (v.type == oid::timestamptz) {
    const int east = v.zone_east_seconds;
    out += fmt::format("{}{:02}:{:02}", east < 0 ? '-' : '+', std::abs(east) / 3600, std::abs(east) / 60 % 60);
  }
  return out;
}

string_view path_datetime_type_name(types::Oid type) {
  switch (type) {
    case oid::date: return "date";
    case oid::time: return "time without time zone";
    case oid::timetz: return "time with time zone";
    case oid::timestamp: return "timestamp without time zone";
    default: return "timestamp with time zone";
  }
}

std::optional<int> compare_path_datetime(EvalContext& ctx, const PathValue& a, const PathValue& b,
                                         bool use_time_zone) {
  const auto sign = [](auto x, auto y) { return x < y ? -1 : int{x > y}; };
  const bool a_time = a.type == oid::time || a.type == oid::timetz;
  const bool b_time = b.type == oid::time || b.type == oid::timetz;
  if (a_time != b_time) return std::nullopt;
  auto require_zone = [&](string_view from, string_view to) {
    if (use_time_zone) return;
    throw SqlError("0A000", fmt::format("cannot convert value from {} to {} without time zone usage", from, to))
        .with_hint("Use *_tz() function for time zone support.");
  };
  if (a_time) {
    if (a.type == oid::time && b.type == oid::time) return sign(a.datum.int64, b.datum.int64);
    auto zoned = [&](const PathValue& v) {
      if (v.type == oid::timetz) return v.datum.as<types::TimeTz>();
      require_zone("time", "timetz");
      const std::int64_t now = ctx.transaction_time;
      const std::int64_t offset = types::zone_offset_at(ctx.format->time_zone, now);
      return types::TimeTz{v.datum.int64, static_cast<std::int32_t>(-offset / types::kMicrosPerSecond), 0};
    };
    return sign(types::compare_timetz(zoned(a), zoned(b)), 0);
  }
  if (a.type != oid::timestamptz && b.type != oid::timestamptz) return sign(as_timestamp(a), as_timestamp(b));
  auto utc = [&](const PathValue& v) -> types::Int128 {
    if (v.type == oid::timestamptz) return v.datum.int64;
    require_zone(v.type == oid::date ? "date" : "timestamp", "timestamptz");
    const types::Int128 local = as_timestamp(v);
    const auto narrow = static_cast<std::int64_t>(local);
    if (narrow != local || !types::is_valid_timestamp(narrow)) return local;
    return types::timestamp_to_timestamptz(ctx, narrow);
  };
  return sign(utc(a), utc(b));
}

}  // namespace functions
