// What a function may know about the session that calls it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "types/arena.h"
#include "types/oid.h"

namespace types {

enum class DateOrder : std::uint8_t { mdy, dmy, ymd };
enum class DateStyle : std::uint8_t { iso, postgres, sql, german };
enum class IntervalStyle : std::uint8_t { postgres, postgres_verbose, sql_standard, iso_8601 };
enum class ByteaOutput : std::uint8_t { hex, escape };

class TimeZone;      // types/timezone.h
struct TypeSupport;  // types/type_io.h

// The settings that change how values are read and written. A session keeps one and changes it
// on SET; plans never store any of it.
struct FormatSettings {
  DateStyle date_style = DateStyle::iso;
  DateOrder date_order = DateOrder::mdy;
  IntervalStyle interval_style = IntervalStyle::postgres;
  ByteaOutput bytea_output = ByteaOutput::hex;
  int extra_float_digits = 1;
  const TimeZone* time_zone = nullptr;  // null: UTC
};

// Names behind OIDs, for reg* types, enums and domains; the catalogue implements it.
class NameResolver {
 public:
  virtual ~NameResolver() = default;
  // Each returns the output of the type named, "-" or the number when there is none.
  virtual std::string regtype_out(Oid type) = 0;
  virtual std::string regclass_out(Oid relation) = 0;
  virtual std::string regproc_out(Oid function) = 0;
  virtual std::string format_type(Oid type, std::int32_t typmod) = 0;
  // Each throws SqlError (42P01, 42704, 42883) when there is no such thing.
  virtual Oid regtype_in(std::string_view text) = 0;
  virtual Oid regclass_in(std::string_view text) = 0;
  virtual Oid regproc_in(std::string_view text) = 0;
  // How values of a type that a user made are handled; null when there is no such type. Valid
  // while the statement runs.
  virtual const TypeSupport* find_support(Oid /*type*/) { return nullptr; }
};

// Services that system functions need (nextval, pg_backend_pid, current_schema, ...): the
// session implements it; declared in types/session_services.h.
class SessionServices;

// Handed to every kernel. Varlen results are allocated in `arena`, which lives as long as the
// batch that holds them. Not thread-safe: one per running plan (or per worker of it).
struct EvalContext {
  Arena* arena = nullptr;
  const FormatSettings* format = nullptr;
  NameResolver* names = nullptr;
  SessionServices* session = nullptr;
  std::int64_t transaction_time = 0;  // timestamptz of now(): microseconds since 2000-01-01 UTC
  std::int64_t statement_time = 0;
  // Where the literal begins that a type's input reads, for what it has to tell beside errors; -1: no literal.
  int literal_location = -1;
};

}  // namespace types
