// date, time, timetz, timestamp, timestamptz, interval: the type entries.
#include "type_table.h"
#include "types/datetime.h"
#include "types/wire.h"

namespace types {
namespace {

const FormatSettings& settings(const EvalContext& ctx) {
  static const FormatSettings kDefault;
  return ctx.format != nullptr ? *ctx.format : kDefault;
}

template <typename T>
int compare_numbers(const Datum& a, const Datum& b) {
  T x = a.as<T>(), y = b.as<T>();
  return x < y ? -1 : int{x > y};
}

std::int64_t receive_timestamp(std::span<const std::byte> bytes, std::int32_t typmod) {
  WireReader reader(bytes);
  auto value = reader.read<std::int64_t>();
  reader.finish();
  if (is_timestamp_finite(value) && !is_valid_timestamp(value))
    throw SqlError("22008", "timestamp out of range");
  return round_micros(value, typmod);
}

constexpr TypeSupport timestamp_type(Oid oid, std::string_view name,
                                     decltype(TypeSupport::input) input,
                                     decltype(TypeSupport::output) output) {
  return {.oid = oid,
          .name = name,
          .physical = PhysicalType::int64,
          .input = input,
          .output = output,
          .receive = [](EvalContext&, std::span<const std::byte> bytes,
                        std::int32_t typmod) { return Datum::of(receive_timestamp(bytes, typmod)); },
          .send = [](EvalContext&, const Datum& d, std::string& out) { append_wire(out, d.int64); },
          .compare = compare_numbers<std::int64_t>,
          .hash = [](const Datum& d) { return hash_u64(static_cast<std::uint64_t>(d.int64)); },
          .encode_key = [](const Datum& d, std::string& out) { append_key_i64(out, d.int64); }};
}

constexpr TypeSupport kDatetimeTypes[] = {
    {.oid = oid::date,
     .name = "date",
     .physical = PhysicalType::int32,
     .input = [](EvalContext& ctx, std::string_view text,
                 std::int32_t) { return Datum::of(parse_date(ctx, text)); },
     .output = [](EvalContext& ctx, const Datum& d,
                  std::string& out) { append_date(settings(ctx), d.int32, out); },
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           auto value = reader.read<std::int32_t>();
           reader.finish();
           if (is_date_finite(value) && !is_valid_date(value))
             throw SqlError("22008", "date out of range");
           return Datum::of(value);
         },
     .send = [](EvalContext&, const Datum& d, std::string& out) { append_wire(out, d.int32); },
     .compare = compare_numbers<std::int32_t>,
     .hash = [](const Datum& d) { return hash_u64(static_cast<std::uint64_t>(d.int32)); },
     .encode_key = [](const Datum& d, std::string& out) { append_key_i32(out, d.int32); }},
    {.oid = oid::time,
     .name = "time",
     .physical = PhysicalType::int64,
     .input = [](EvalContext& ctx, std::string_view text,
                 std::int32_t typmod) { return Datum::of(parse_time(ctx, text, typmod)); },
     .output = [](EvalContext&, const Datum& d, std::string& out) { append_time(d.int64, out); },
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t typmod) {
           WireReader reader(bytes);
           auto value = reader.read<std::int64_t>();
           reader.finish();
           if (value < 0 || value > kMicrosPerDay) throw SqlError("22008", "time out of range");
           return Datum::of(round_micros(value, typmod));
         },
     .send = [](EvalContext&, const Datum& d, std::string& out) { append_wire(out, d.int64); },
     .compare = compare_numbers<std::int64_t>,
     .hash = [](const Datum& d) { return hash_u64(static_cast<std::uint64_t>(d.int64)); },
     .encode_key = [](const Datum& d, std::string& out) { append_key_i64(out, d.int64); }},
    timestamp_type(
        oid::timestamp, "timestamp",
        [](EvalContext& ctx, std::string_view text, std::int32_t typmod) {
          return Datum::of(parse_timestamp(ctx, text, typmod));
        },
        [](EvalContext& ctx, const Datum& d, std::string& out) {
          append_timestamp(settings(ctx), d.int64, out);
        }),
    timestamp_type(
        oid::timestamptz, "timestamptz",
        [](EvalContext& ctx, std::string_view text, std::int32_t typmod) {
          return Datum::of(parse_timestamptz(ctx, text, typmod));
        },
        [](EvalContext& ctx, const Datum& d, std::string& out) {
          append_timestamptz(settings(ctx), d.int64, out);
        }),
    {.oid = oid::timetz,
     .name = "timetz",
     .physical = PhysicalType::fixed16,
     .input = [](EvalContext& ctx, std::string_view text,
                 std::int32_t typmod) { return Datum::of(parse_timetz(ctx, text, typmod)); },
     .output = [](EvalContext&, const Datum& d,
                  std::string& out) { append_timetz(d.as<TimeTz>(), out); },
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t typmod) {
           WireReader reader(bytes);
           TimeTz value{};
           value.microseconds = reader.read<std::int64_t>();
           value.zone_west_seconds = reader.read<std::int32_t>();
           reader.finish();
           if (value.microseconds < 0 || value.microseconds > kMicrosPerDay)
             throw SqlError("22008", "time out of range");
           if (value.zone_west_seconds <= -57600 || value.zone_west_seconds >= 57600)
             throw SqlError("22009", "time zone displacement out of range");
           value.microseconds = round_micros(value.microseconds, typmod);
           return Datum::of(value);
         },
     .send =
         [](EvalContext&, const Datum& d, std::string& out) {
           append_wire(out, d.as<TimeTz>().microseconds);
           append_wire(out, d.as<TimeTz>().zone_west_seconds);
         },
     .compare = [](const Datum& a,
                   const Datum& b) { return compare_timetz(a.as<TimeTz>(), b.as<TimeTz>()); },
     .hash =
         [](const Datum& d) {
           auto value = d.as<TimeTz>();
           return hash_combine(hash_u64(static_cast<std::uint64_t>(value.microseconds)),
                               static_cast<std::uint64_t>(value.zone_west_seconds));
         },
     .encode_key =
         [](const Datum& d, std::string& out) {
           auto value = d.as<TimeTz>();
           append_key_i64(out, value.microseconds + value.zone_west_seconds * kMicrosPerSecond);
           append_key_i32(out, value.zone_west_seconds);
         }},
    {.oid = oid::interval,
     .name = "interval",
     .physical = PhysicalType::fixed16,
     .input = [](EvalContext& ctx, std::string_view text,
                 std::int32_t typmod) { return Datum::of(parse_interval(ctx, text, typmod)); },
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           append_interval(settings(ctx).interval_style, d.as<Interval>(), out);
         },
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t typmod) {
           WireReader reader(bytes);
           Interval value{};
           value.microseconds = reader.read<std::int64_t>();
           value.days = reader.read<std::int32_t>();
           value.months = reader.read<std::int32_t>();
           reader.finish();
           return Datum::of(apply_interval_typmod(value, typmod));
         },
     .send =
         [](EvalContext&, const Datum& d, std::string& out) {
           auto value = d.as<Interval>();
           append_wire(out, value.microseconds);
           append_wire(out, value.days);
           append_wire(out, value.months);
         },
     .compare =
         [](const Datum& a, const Datum& b) {
           return compare_interval(a.as<Interval>(), b.as<Interval>());
         },
     .hash =
         [](const Datum& d) {
           IntervalSpan span = interval_span(d.as<Interval>());
           return hash_combine(hash_u64(static_cast<std::uint64_t>(span)),
                               static_cast<std::uint64_t>(span >> 64));
         },
     .encode_key =
         [](const Datum& d, std::string& out) {
           IntervalSpan span = interval_span(d.as<Interval>());
           append_key_i64(out, static_cast<std::int64_t>(span >> 64));
           append_key_u64(out, static_cast<std::uint64_t>(span));
         }},
};

}  // namespace

std::span<const TypeSupport> datetime_types() { return kDatetimeTypes; }

}  // namespace types
