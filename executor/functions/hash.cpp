// The hash functions that SQL can call (hashtext and kin): PostgreSQL's values, which people use
// for advisory lock keys and sharding.
#include "hash.h"

#include "function_table.h"
#include "kernel.h"

namespace functions {
namespace {

using types::Datum;
namespace oid = types::oid;

// Of one type, or with `Type` 0 of whatever the argument's is.
template <types::Oid Type>
std::uint64_t hash(EvalContext& ctx, const FunctionCall& call, const Datum& value, std::uint64_t seed) {
  return hash_value(ctx, Type != 0 ? Type : call.arguments[0].oid, value, seed);
}
template <types::Oid Type>
std::int32_t plain(EvalContext& ctx, const FunctionCall& call, Datum value) {
  return static_cast<std::int32_t>(hash<Type>(ctx, call, value, 0));
}
template <types::Oid Type>
std::int64_t extended(EvalContext& ctx, const FunctionCall& call, Datum value, std::int64_t seed) {
  return static_cast<std::int64_t>(hash<Type>(ctx, call, value, static_cast<std::uint64_t>(seed)));
}

#define SEXTANT_HASH(name, extended_name, type) \
  {name, strict<&plain<type>>}, {extended_name, strict<&extended<type>>}

constexpr ScalarFunction kHashFunctions[] = {
    SEXTANT_HASH("hashint2", "hashint2extended", oid::int2),
    SEXTANT_HASH("hashint4", "hashint4extended", oid::int4),
    SEXTANT_HASH("hashint8", "hashint8extended", oid::int8),
    SEXTANT_HASH("hashoid", "hashoidextended", oid::oid_),
    SEXTANT_HASH("hashchar", "hashcharextended", oid::char_),
    SEXTANT_HASH("hashfloat4", "hashfloat4extended", oid::float4),
    SEXTANT_HASH("hashfloat8", "hashfloat8extended", oid::float8),
    SEXTANT_HASH("hashtext", "hashtextextended", oid::text),
    SEXTANT_HASH("hashname", "hashnameextended", oid::name),
    SEXTANT_HASH("hashvarlena", "hashvarlenaextended", oid::bytea),
    SEXTANT_HASH("hashbpchar", "hashbpcharextended", oid::bpchar),
    SEXTANT_HASH("hashinet", "hashinetextended", oid::inet),
    SEXTANT_HASH("hashmacaddr", "hashmacaddrextended", oid::macaddr),
    SEXTANT_HASH("hashmacaddr8", "hashmacaddr8extended", oid::macaddr8),
    SEXTANT_HASH("hashenum", "hashenumextended", 0),
    SEXTANT_HASH("uuid_hash", "uuid_hash_extended", oid::uuid),
    SEXTANT_HASH("timestamp_hash", "timestamp_hash_extended", oid::timestamp),
    SEXTANT_HASH("time_hash", "time_hash_extended", oid::time),
    SEXTANT_HASH("timetz_hash", "timetz_hash_extended", oid::timetz),
    SEXTANT_HASH("interval_hash", "interval_hash_extended", oid::interval),
    SEXTANT_HASH("hash_numeric", "hash_numeric_extended", oid::numeric),
    SEXTANT_HASH("pg_lsn_hash", "pg_lsn_hash_extended", oid::pg_lsn),
    SEXTANT_HASH("hashtid", "hashtidextended", oid::tid),
    SEXTANT_HASH("jsonb_hash", "jsonb_hash_extended", oid::jsonb),
    SEXTANT_HASH("hash_array", "hash_array_extended", 0),
    SEXTANT_HASH("hash_record", "hash_record_extended", 0),
    SEXTANT_HASH("hash_range", "hash_range_extended", 0),
    SEXTANT_HASH("hash_multirange", "hash_multirange_extended", 0),
};

}  // namespace

std::span<const ScalarFunction> hash_functions() { return kHashFunctions; }

}  // namespace functions
