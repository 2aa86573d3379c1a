// Shared by the fuzz targets of types.
#pragma once

#include "types/array.h"
#include "types/type_io.h"
#include "types/utf8.h"
#include "wal/check.h"

namespace fuzz {

struct Context {
  Context() {
    ctx.arena = &arena;
    ctx.format = &settings;
  }
  types::Arena arena;
  types::FormatSettings settings;
  types::EvalContext ctx;
};

inline const types::TypeSupport& pick(std::uint8_t choice) {
  using namespace types;
  static constexpr Oid kTypes[] = {
      oid::bool_,  oid::int2,        oid::int4,       oid::int8,       oid::oid_,
      oid::float4, oid::float8,      oid::numeric,    oid::text,       oid::bpchar,
      oid::name,   oid::bytea,       oid::date,       oid::time,       oid::timetz,
      oid::timestamp, oid::timestamptz, oid::interval, oid::uuid,      oid::tid,
      oid::pg_lsn, oid::xid,         oid::int4_array, oid::text_array, oid::numeric_array,
      oid::int2vector, oid::oidvector, oid::date_array, oid::json, oid::jsonb,
      oid::jsonpath, oid::money, oid::macaddr, oid::macaddr8, oid::point, oid::lseg, oid::box,
      oid::line, oid::circle, oid::path, oid::polygon, oid::tsvector, oid::tsquery,
      3904, 3906, 3910, 3912, 4451, 4532,  // int4range, numrange, tstzrange, daterange, multiranges
      5038};                                // pg_snapshot
  const TypeSupport* type = find_type(kTypes[choice % std::size(kTypes)]);
  return type != nullptr ? *type : type_support(oid::text);
}

inline void check_round_trip(Context& context, const types::TypeSupport& type,
                             const types::Datum& value) {
  using namespace types;
  std::string text;
  type.output(context.ctx, value, text);
  Datum again = type.input(context.ctx, text, -1);
  std::string second;
  type.output(context.ctx, again, second);
  CHECK(text == second);
  if (type.compare == nullptr) return;
  CHECK(type.compare(value, again) == 0);
  if (type.hash != nullptr) CHECK(type.hash(value) == type.hash(again));
  if (type.encode_key == nullptr) return;
  std::string key, other;
  type.encode_key(value, key);
  type.encode_key(again, other);
  CHECK(key == other);
}

}  // namespace fuzz
