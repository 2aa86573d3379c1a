// btree_gist: operator classes of gist for scalar types, so that one index has them beside what lies in space.
//
// Their columns are ordered ones of inverted/placement.h; what PostgreSQL's trees call has a row and no kernel.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "extension_table.h"
#include "functions/kernel.h"
#include "types/datum.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

constexpr Routine kBtreeGistRoutines[] = {
    {"gbtreekey4_in", "cstring", "gbtreekey4", "gbtreekey_in", "iss"},
    {"gbtreekey4_out", "gbtreekey4", "cstring", "gbtreekey_out", "iss"},
    {"gbtreekey8_in", "cstring", "gbtreekey8", "gbtreekey_in", "iss"},
    {"gbtreekey8_out", "gbtreekey8", "cstring", "gbtreekey_out", "iss"},
    {"gbtreekey16_in", "cstring", "gbtreekey16", "gbtreekey_in", "iss"},
    {"gbtreekey16_out", "gbtreekey16", "cstring", "gbtreekey_out", "iss"},
    {"gbtreekey32_in", "cstring", "gbtreekey32", "gbtreekey_in", "iss"},
    {"gbtreekey32_out", "gbtreekey32", "cstring", "gbtreekey_out", "iss"},
    {"gbtreekey_var_in", "cstring", "gbtreekey_var", "gbtreekey_in", "iss"},
    {"gbtreekey_var_out", "gbtreekey_var", "cstring", "gbtreekey_out", "iss"},
    {"cash_dist", "money, money", "money", "cash_dist", "iss"},
    {"date_dist", "date, date", "int4", "date_dist", "iss"},
    {"float4_dist", "float4, float4", "float4", "float4_dist", "iss"},
    {"float8_dist", "float8, float8", "float8", "float8_dist", "iss"},
    {"int2_dist", "int2, int2", "int2", "int2_dist", "iss"},
    {"int4_dist", "int4, int4", "int4", "int4_dist", "iss"},
    {"int8_dist", "int8, int8", "int8", "int8_dist", "iss"},
    {"interval_dist", "interval, interval", "interval", "interval_dist", "iss"},
    {"oid_dist", "oid, oid", "oid", "oid_dist", "iss"},
    {"time_dist", "time, time", "interval", "time_dist", "iss"},
    {"ts_dist", "timestamp, timestamp", "interval", "ts_dist", "iss"},
    {"tstz_dist", "timestamptz, timestamptz", "interval", "tstz_dist", "iss"},
    {"gbt_oid_consistent", "internal, oid, int2, oid, internal", "bool", "gbt_oid_consistent", "iss"},
    {"gbt_oid_distance", "internal, oid, int2, oid, internal", "float8", "gbt_oid_distance", "iss"},
    {"gbt_oid_fetch", "internal", "internal", "gbt_oid_fetch", "iss"},
    {"gbt_oid_compress", "internal", "internal", "gbt_oid_compress", "iss"},
    {"gbt_decompress", "internal", "internal", "gbt_decompress", "iss"},
    {"gbt_var_decompress", "internal", "internal", "gbt_var_decompress", "iss"},
    {"gbt_var_fetch", "internal", "internal", "gbt_var_fetch", "iss"},
    {"gbt_oid_penalty", "internal, internal, internal", "internal", "gbt_oid_penalty", "iss"},
    {"gbt_oid_picksplit", "internal, internal", "internal", "gbt_oid_picksplit", "iss"},
    {"gbt_oid_union", "internal, internal", "gbtreekey8", "gbt_oid_union", "iss"},
    {"gbt_oid_same", "gbtreekey8, gbtreekey8, internal", "internal", "gbt_oid_same", "iss"},
    {"gbt_int2_consistent", "internal, int2, int2, oid, internal", "bool", "gbt_int2_consistent", "iss"},
    {"gbt_int2_distance", "internal, int2, int2, oid, internal", "float8", "gbt_int2_distance", "iss"},
    {"gbt_int2_compress", "internal", "internal", "gbt_int2_compress", "iss"},
    {"gbt_int2_fetch", "internal", "internal", "gbt_int2_fetch", "iss"},
    {"gbt_int2_penalty", "internal, internal, internal", "internal", "gbt_int2_penalty", "iss"},
    {"gbt_int2_picksplit", "internal, internal", "internal", "gbt_int2_picksplit", "iss"},
    {"gbt_int2_union", "internal, internal", "gbtreekey4", "gbt_int2_union", "iss"},
    {"gbt_int2_same", "gbtreekey4, gbtreekey4, internal", "internal", "gbt_int2_same", "iss"},
    {"gbt_int4_consistent", "internal, int4, int2, oid, internal", "bool", "gbt_int4_consistent", "iss"},
    {"gbt_int4_distance", "internal, int4, int2, oid, internal", "float8", "gbt_int4_distance", "iss"},
    {"gbt_int4_compress", "internal", "internal", "gbt_int4_compress", "iss"},
    {"gbt_int4_fetch", "internal", "internal", "gbt_int4_fetch", "iss"},
    {"gbt_int4_penalty", "internal, internal, internal", "internal", "gbt_int4_penalty", "iss"},
    {"gbt_int4_picksplit", "internal, internal", "internal", "gbt_int4_picksplit", "iss"},
    {"gbt_int4_union", "internal, internal", "gbtreekey8", "gbt_int4_union", "iss"},
    {"gbt_int4_same", "gbtreekey8, gbtreekey8, internal", "internal", "gbt_int4_same", "iss"},
    {"gbt_int8_consistent", "internal, int8, int2, oid, internal", "bool", "gbt_int8_consistent", "iss"},
    {"gbt_int8_distance", "internal, int8, int2, oid, internal", "float8", "gbt_int8_distance", "iss"},
    {"gbt_int8_compress", "internal", "internal", "gbt_int8_compress", "iss"},
    {"gbt_int8_fetch", "internal", "internal", "gbt_int8_fetch", "iss"},
    {"gbt_int8_penalty", "internal, internal, internal", "internal", "gbt_int8_penalty", "iss"},
    {"gbt_int8_picksplit", "internal, internal", "internal", "gbt_int8_picksplit", "iss"},
    {"gbt_int8_union", "internal, internal", "gbtreekey16", "gbt_int8_union", "iss"},
    {"gbt_int8_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_int8_same", "iss"},
    {"gbt_float4_consistent", "internal, float4, int2, oid, internal", "bool", "gbt_float4_consistent", "iss"},
    {"gbt_float4_distance", "internal, float4, int2, oid, internal", "float8", "gbt_float4_distance", "iss"},
    {"gbt_float4_compress", "internal", "internal", "gbt_float4_compress", "iss"},
    {"gbt_float4_fetch", "internal", "internal", "gbt_float4_fetch", "iss"},
    {"gbt_float4_penalty", "internal, internal, internal", "internal", "gbt_float4_penalty", "iss"},
    {"gbt_float4_picksplit", "internal, internal", "internal", "gbt_float4_picksplit", "iss"},
    {"gbt_float4_union", "internal, internal", "gbtreekey8", "gbt_float4_union", "iss"},
    {"gbt_float4_same", "gbtreekey8, gbtreekey8, internal", "internal", "gbt_float4_same", "iss"},
    {"gbt_float8_consistent", "internal, float8, int2, oid, internal", "bool", "gbt_float8_consistent", "iss"},
    {"gbt_float8_distance", "internal, float8, int2, oid, internal", "float8", "gbt_float8_distance", "iss"},
    {"gbt_float8_compress", "internal", "internal", "gbt_float8_compress", "iss"},
    {"gbt_float8_fetch", "internal", "internal", "gbt_float8_fetch", "iss"},
    {"gbt_float8_penalty", "internal, internal, internal", "internal", "gbt_float8_penalty", "iss"},
    {"gbt_float8_picksplit", "internal, internal", "internal", "gbt_float8_picksplit", "iss"},
    {"gbt_float8_union", "internal, internal", "gbtreekey16", "gbt_float8_union", "iss"},
    {"gbt_float8_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_float8_same", "iss"},
    {"gbt_ts_consistent", "internal, timestamp, int2, oid, internal", "bool", "gbt_ts_consistent", "iss"},
    {"gbt_ts_distance", "internal, timestamp, int2, oid, internal", "float8", "gbt_ts_distance", "iss"},
    {"gbt_tstz_consistent", "internal, timestamptz, int2, oid, internal", "bool", "gbt_tstz_consistent", "iss"},
    {"gbt_tstz_distance", "internal, timestamptz, int2, oid, internal", "float8", "gbt_tstz_distance", "iss"},
    {"gbt_ts_compress", "internal", "internal", "gbt_ts_compress", "iss"},
    {"gbt_tstz_compress", "internal", "internal", "gbt_tstz_compress", "iss"},
    {"gbt_ts_fetch", "internal", "internal", "gbt_ts_fetch", "iss"},
    {"gbt_ts_penalty", "internal, internal, internal", "internal", "gbt_ts_penalty", "iss"},
    {"gbt_ts_picksplit", "internal, internal", "internal", "gbt_ts_picksplit", "iss"},
    {"gbt_ts_union", "internal, internal", "gbtreekey16", "gbt_ts_union", "iss"},
    {"gbt_ts_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_ts_same", "iss"},
    {"gbt_time_consistent", "internal, time, int2, oid, internal", "bool", "gbt_time_consistent", "iss"},
    {"gbt_time_distance", "internal, time, int2, oid, internal", "float8", "gbt_time_distance", "iss"},
    {"gbt_timetz_consistent", "internal, timetz, int2, oid, internal", "bool", "gbt_timetz_consistent", "iss"},
    {"gbt_time_compress", "internal", "internal", "gbt_time_compress", "iss"},
    {"gbt_timetz_compress", "internal", "internal", "gbt_timetz_compress", "iss"},
    {"gbt_time_fetch", "internal", "internal", "gbt_time_fetch", "iss"},
    {"gbt_time_penalty", "internal, internal, internal", "internal", "gbt_time_penalty", "iss"},
    {"gbt_time_picksplit", "internal, internal", "internal", "gbt_time_picksplit", "iss"},
    {"gbt_time_union", "internal, internal", "gbtreekey16", "gbt_time_union", "iss"},
    {"gbt_time_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_time_same", "iss"},
    {"gbt_date_consistent", "internal, date, int2, oid, internal", "bool", "gbt_date_consistent", "iss"},
    {"gbt_date_distance", "internal, date, int2, oid, internal", "float8", "gbt_date_distance", "iss"},
    {"gbt_date_compress", "internal", "internal", "gbt_date_compress", "iss"},
    {"gbt_date_fetch", "internal", "internal", "gbt_date_fetch", "iss"},
    {"gbt_date_penalty", "internal, internal, internal", "internal", "gbt_date_penalty", "iss"},
    {"gbt_date_picksplit", "internal, internal", "internal", "gbt_date_picksplit", "iss"},
    {"gbt_date_union", "internal, internal", "gbtreekey8", "gbt_date_union", "iss"},
    {"gbt_date_same", "gbtreekey8, gbtreekey8, internal", "internal", "gbt_date_same", "iss"},
    {"gbt_intv_consistent", "internal, interval, int2, oid, internal", "bool", "gbt_intv_consistent", "iss"},
    {"gbt_intv_distance", "internal, interval, int2, oid, internal", "float8", "gbt_intv_distance", "iss"},
    {"gbt_intv_compress", "internal", "internal", "gbt_intv_compress", "iss"},
    {"gbt_intv_decompress", "internal", "internal", "gbt_intv_decompress", "iss"},
    {"gbt_intv_fetch", "internal", "internal", "gbt_intv_fetch", "iss"},
    {"gbt_intv_penalty", "internal, internal, internal", "internal", "gbt_intv_penalty", "iss"},
    {"gbt_intv_picksplit", "internal, internal", "internal", "gbt_intv_picksplit", "iss"},
    {"gbt_intv_union", "internal, internal", "gbtreekey32", "gbt_intv_union", "iss"},
    {"gbt_intv_same", "gbtreekey32, gbtreekey32, internal", "internal", "gbt_intv_same", "iss"},
    {"gbt_cash_consistent", "internal, money, int2, oid, internal", "bool", "gbt_cash_consistent", "iss"},
    {"gbt_cash_distance", "internal, money, int2, oid, internal", "float8", "gbt_cash_distance", "iss"},
    {"gbt_cash_compress", "internal", "internal", "gbt_cash_compress", "iss"},
    {"gbt_cash_fetch", "internal", "internal", "gbt_cash_fetch", "iss"},
    {"gbt_cash_penalty", "internal, internal, internal", "internal", "gbt_cash_penalty", "iss"},
    {"gbt_cash_picksplit", "internal, internal", "internal", "gbt_cash_picksplit", "iss"},
    {"gbt_cash_union", "internal, internal", "gbtreekey16", "gbt_cash_union", "iss"},
    {"gbt_cash_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_cash_same", "iss"},
    {"gbt_macad_consistent", "internal, macaddr, int2, oid, internal", "bool", "gbt_macad_consistent", "iss"},
    {"gbt_macad_compress", "internal", "internal", "gbt_macad_compress", "iss"},
    {"gbt_macad_fetch", "internal", "internal", "gbt_macad_fetch", "iss"},
    {"gbt_macad_penalty", "internal, internal, internal", "internal", "gbt_macad_penalty", "iss"},
    {"gbt_macad_picksplit", "internal, internal", "internal", "gbt_macad_picksplit", "iss"},
    {"gbt_macad_union", "internal, internal", "gbtreekey16", "gbt_macad_union", "iss"},
    {"gbt_macad_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_macad_same", "iss"},
    {"gbt_text_consistent", "internal, text, int2, oid, internal", "bool", "gbt_text_consistent", "iss"},
    {"gbt_bpchar_consistent", "internal, bpchar, int2, oid, internal", "bool", "gbt_bpchar_consistent", "iss"},
    {"gbt_text_compress", "internal", "internal", "gbt_text_compress", "iss"},
    {"gbt_bpchar_compress", "internal", "internal", "gbt_bpchar_compress", "iss"},
    {"gbt_text_penalty", "internal, internal, internal", "internal", "gbt_text_penalty", "iss"},
    {"gbt_text_picksplit", "internal, internal", "internal", "gbt_text_picksplit", "iss"},
    {"gbt_text_union", "internal, internal", "gbtreekey_var", "gbt_text_union", "iss"},
    {"gbt_text_same", "gbtreekey_var, gbtreekey_var, internal", "internal", "gbt_text_same", "iss"},
    {"gbt_bytea_consistent", "internal, bytea, int2, oid, internal", "bool", "gbt_bytea_consistent", "iss"},
    {"gbt_bytea_compress", "internal", "internal", "gbt_bytea_compress", "iss"},
    {"gbt_bytea_penalty", "internal, internal, internal", "internal", "gbt_bytea_penalty", "iss"},
    {"gbt_bytea_picksplit", "internal, internal", "internal", "gbt_bytea_picksplit", "iss"},
    {"gbt_bytea_union", "internal, internal", "gbtreekey_var", "gbt_bytea_union", "iss"},
    {"gbt_bytea_same", "gbtreekey_var, gbtreekey_var, internal", "internal", "gbt_bytea_same", "iss"},
    {"gbt_numeric_consistent", "internal, numeric, int2, oid, internal", "bool", "gbt_numeric_consistent", "iss"},
    {"gbt_numeric_compress", "internal", "internal", "gbt_numeric_compress", "iss"},
    {"gbt_numeric_penalty", "internal, internal, internal", "internal", "gbt_numeric_penalty", "iss"},
    {"gbt_numeric_picksplit", "internal, internal", "internal", "gbt_numeric_picksplit", "iss"},
    {"gbt_numeric_union", "internal, internal", "gbtreekey_var", "gbt_numeric_union", "iss"},
    {"gbt_numeric_same", "gbtreekey_var, gbtreekey_var, internal", "internal", "gbt_numeric_same", "iss"},
    {"gbt_bit_consistent", "internal, bit, int2, oid, internal", "bool", "gbt_bit_consistent", "iss"},
    {"gbt_bit_compress", "internal", "internal", "gbt_bit_compress", "iss"},
    {"gbt_bit_penalty", "internal, internal, internal", "internal", "gbt_bit_penalty", "iss"},
    {"gbt_bit_picksplit", "internal, internal", "internal", "gbt_bit_picksplit", "iss"},
    {"gbt_bit_union", "internal, internal", "gbtreekey_var", "gbt_bit_union", "iss"},
    {"gbt_bit_same", "gbtreekey_var, gbtreekey_var, internal", "internal", "gbt_bit_same", "iss"},
    {"gbt_inet_consistent", "internal, inet, int2, oid, internal", "bool", "gbt_inet_consistent", "iss"},
    {"gbt_inet_compress", "internal", "internal", "gbt_inet_compress", "iss"},
    {"gbt_inet_penalty", "internal, internal, internal", "internal", "gbt_inet_penalty", "iss"},
    {"gbt_inet_picksplit", "internal, internal", "internal", "gbt_inet_picksplit", "iss"},
    {"gbt_inet_union", "internal, internal", "gbtreekey16", "gbt_inet_union", "iss"},
    {"gbt_inet_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_inet_same", "iss"},
    {"gbt_uuid_consistent", "internal, uuid, int2, oid, internal", "bool", "gbt_uuid_consistent", "iss"},
    {"gbt_uuid_fetch", "internal", "internal", "gbt_uuid_fetch", "iss"},
    {"gbt_uuid_compress", "internal", "internal", "gbt_uuid_compress", "iss"},
    {"gbt_uuid_penalty", "internal, internal, internal", "internal", "gbt_uuid_penalty", "iss"},
    {"gbt_uuid_picksplit", "internal, internal", "internal", "gbt_uuid_picksplit", "iss"},
    {"gbt_uuid_union", "internal, internal", "gbtreekey32", "gbt_uuid_union", "iss"},
    {"gbt_uuid_same", "gbtreekey32, gbtreekey32, internal", "internal", "gbt_uuid_same", "iss"},
    {"gbt_macad8_consistent", "internal, macaddr8, int2, oid, internal", "bool", "gbt_macad8_consistent", "iss"},
    {"gbt_macad8_compress", "internal", "internal", "gbt_macad8_compress", "iss"},
    {"gbt_macad8_fetch", "internal", "internal", "gbt_macad8_fetch", "iss"},
    {"gbt_macad8_penalty", "internal, internal, internal", "internal", "gbt_macad8_penalty", "iss"},
    {"gbt_macad8_picksplit", "internal, internal", "internal", "gbt_macad8_picksplit", "iss"},
    {"gbt_macad8_union", "internal, internal", "gbtreekey16", "gbt_macad8_union", "iss"},
    {"gbt_macad8_same", "gbtreekey16, gbtreekey16, internal", "internal", "gbt_macad8_same", "iss"},
    {"gbt_enum_consistent", "internal, anyenum, int2, oid, internal", "bool", "gbt_enum_consistent", "iss"},
    {"gbt_enum_compress", "internal", "internal", "gbt_enum_compress", "iss"},
    {"gbt_enum_fetch", "internal", "internal", "gbt_enum_fetch", "iss"},
    {"gbt_enum_penalty", "internal, internal, internal", "internal", "gbt_enum_penalty", "iss"},
    {"gbt_enum_picksplit", "internal, internal", "internal", "gbt_enum_picksplit", "iss"},
    {"gbt_enum_union", "internal, internal", "gbtreekey8", "gbt_enum_union", "iss"},
    {"gbt_enum_same", "gbtreekey8, gbtreekey8, internal", "internal", "gbt_enum_same", "iss"},
    {"gbtreekey2_in", "cstring", "gbtreekey2", "gbtreekey_in", "iss"},
    {"gbtreekey2_out", "gbtreekey2", "cstring", "gbtreekey_out", "iss"},
    {"gbt_bool_consistent", "internal, bool, int2, oid, internal", "bool", "gbt_bool_consistent", "isu"},
    {"gbt_bool_compress", "internal", "internal", "gbt_bool_compress", "isu"},
    {"gbt_bool_fetch", "internal", "internal", "gbt_bool_fetch", "isu"},
    {"gbt_bool_penalty", "internal, internal, internal", "internal", "gbt_bool_penalty", "isu"},
    {"gbt_bool_picksplit", "internal, internal", "internal", "gbt_bool_picksplit", "isu"},
    {"gbt_bool_union", "internal, internal", "gbtreekey2", "gbt_bool_union", "isu"},
    {"gbt_bool_same", "gbtreekey2, gbtreekey2, internal", "internal", "gbt_bool_same", "isu"},
};

constexpr Type kBtreeGistTypes[] = {
    {.name = "gbtreekey4", .input = "gbtreekey4_in", .output = "gbtreekey4_out", .storage = 'p'},
    {.name = "gbtreekey8", .input = "gbtreekey8_in", .output = "gbtreekey8_out", .storage = 'p'},
    {.name = "gbtreekey16", .input = "gbtreekey16_in", .output = "gbtreekey16_out", .storage = 'p'},
    {.name = "gbtreekey32", .input = "gbtreekey32_in", .output = "gbtreekey32_out", .storage = 'p'},
    {.name = "gbtreekey_var", .input = "gbtreekey_var_in", .output = "gbtreekey_var_out", .storage = 'x'},
    {.name = "gbtreekey2", .input = "gbtreekey2_in", .output = "gbtreekey2_out", .storage = 'p'},
};

constexpr Operator kBtreeGistOperators[] = {
    {.name = "<->", .left = "money", .right = "money", .function = "cash_dist", .commutator = "<->"},
    {.name = "<->", .left = "date", .right = "date", .function = "date_dist", .commutator = "<->"},
    {.name = "<->", .left = "float4", .right = "float4", .function = "float4_dist", .commutator = "<->"},
    {.name = "<->", .left = "float8", .right = "float8", .function = "float8_dist", .commutator = "<->"},
    {.name = "<->", .left = "int2", .right = "int2", .function = "int2_dist", .commutator = "<->"},
    {.name = "<->", .left = "int4", .right = "int4", .function = "int4_dist", .commutator = "<->"},
    {.name = "<->", .left = "int8", .right = "int8", .function = "int8_dist", .commutator = "<->"},
    {.name = "<->", .left = "interval", .right = "interval", .function = "interval_dist", .commutator = "<->"},
    {.name = "<->", .left = "oid", .right = "oid", .function = "oid_dist", .commutator = "<->"},
    {.name = "<->", .left = "time", .right = "time", .function = "time_dist", .commutator = "<->"},
    {.name = "<->", .left = "timestamp", .right = "timestamp", .function = "ts_dist", .commutator = "<->"},
    {.name = "<->", .left = "timestamptz", .right = "timestamptz", .function = "tstz_dist", .commutator = "<->"},
};

// cidr has inet's.
constexpr ClassOperator kNetworks[] = {
    {1, "<", "inet", "inet"},  {2, "<=", "inet", "inet"}, {3, "=", "inet", "inet"},
    {4, ">=", "inet", "inet"}, {5, ">", "inet", "inet"},  {6, "<>", "inet", "inet"},
};
constexpr ClassOperator kNear[] = {
    {1, "<"}, {2, "<="}, {3, "="}, {4, ">="}, {5, ">"}, {6, "<>"}, {15, "<->", {}, {}, true},
};
constexpr ClassOperator kCompared[] = {
    {1, "<"}, {2, "<="}, {3, "="}, {4, ">="}, {5, ">"}, {6, "<>"},
};

constexpr ClassFunction kOid[] = {
    {1, "gbt_oid_consistent", "internal, oid, int2, oid, internal"},
    {2, "gbt_oid_union", "internal, internal"},
    {3, "gbt_oid_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_oid_penalty", "internal, internal, internal"},
    {6, "gbt_oid_picksplit", "internal, internal"},
    {7, "gbt_oid_same", "gbtreekey8, gbtreekey8, internal"},
    {8, "gbt_oid_distance", "internal, oid, int2, oid, internal"},
    {9, "gbt_oid_fetch", "internal"},
};
constexpr ClassFunction kInt2[] = {
    {1, "gbt_int2_consistent", "internal, int2, int2, oid, internal"},
    {2, "gbt_int2_union", "internal, internal"},
    {3, "gbt_int2_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_int2_penalty", "internal, internal, internal"},
    {6, "gbt_int2_picksplit", "internal, internal"},
    {7, "gbt_int2_same", "gbtreekey4, gbtreekey4, internal"},
    {8, "gbt_int2_distance", "internal, int2, int2, oid, internal"},
    {9, "gbt_int2_fetch", "internal"},
};
constexpr ClassFunction kInt4[] = {
    {1, "gbt_int4_consistent", "internal, int4, int2, oid, internal"},
    {2, "gbt_int4_union", "internal, internal"},
    {3, "gbt_int4_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_int4_penalty", "internal, internal, internal"},
    {6, "gbt_int4_picksplit", "internal, internal"},
    {7, "gbt_int4_same", "gbtreekey8, gbtreekey8, internal"},
    {8, "gbt_int4_distance", "internal, int4, int2, oid, internal"},
    {9, "gbt_int4_fetch", "internal"},
};
constexpr ClassFunction kInt8[] = {
    {1, "gbt_int8_consistent", "internal, int8, int2, oid, internal"},
    {2, "gbt_int8_union", "internal, internal"},
    {3, "gbt_int8_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_int8_penalty", "internal, internal, internal"},
    {6, "gbt_int8_picksplit", "internal, internal"},
    {7, "gbt_int8_same", "gbtreekey16, gbtreekey16, internal"},
    {8, "gbt_int8_distance", "internal, int8, int2, oid, internal"},
    {9, "gbt_int8_fetch", "internal"},
};
constexpr ClassFunction kFloat4[] = {
    {1, "gbt_float4_consistent", "internal, float4, int2, oid, internal"},
    {2, "gbt_float4_union", "internal, internal"},
    {3, "gbt_float4_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_float4_penalty", "internal, internal, internal"},
    {6, "gbt_float4_picksplit", "internal, internal"},
    {7, "gbt_float4_same", "gbtreekey8, gbtreekey8, internal"},
    {8, "gbt_float4_distance", "internal, float4, int2, oid, internal"},
    {9, "gbt_float4_fetch", "internal"},
};
constexpr ClassFunction kFloat8[] = {
    {1, "gbt_float8_consistent", "internal, float8, int2, oid, internal"},
    {2, "gbt_float8_union", "internal, internal"},
    {3, "gbt_float8_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_float8_penalty", "internal, internal, internal"},
    {6, "gbt_float8_picksplit", "internal, internal"},
    {7, "gbt_float8_same", "gbtreekey16, gbtreekey16, internal"},
    {8, "gbt_float8_distance", "internal, float8, int2, oid, internal"},
    {9, "gbt_float8_fetch", "internal"},
};
constexpr ClassFunction kTimestamp[] = {
    {1, "gbt_ts_consistent", "internal, timestamp, int2, oid, internal"},
    {2, "gbt_ts_union", "internal, internal"},
    {3, "gbt_ts_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_ts_penalty", "internal, internal, internal"},
    {6, "gbt_ts_picksplit", "internal, internal"},
    {7, "gbt_ts_same", "gbtreekey16, gbtreekey16, internal"},
    {8, "gbt_ts_distance", "internal, timestamp, int2, oid, internal"},
    {9, "gbt_ts_fetch", "internal"},
};
constexpr ClassFunction kTimestamptz[] = {
    {1, "gbt_tstz_consistent", "internal, timestamptz, int2, oid, internal"},
    {2, "gbt_ts_union", "internal, internal"},
    {3, "gbt_tstz_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_ts_penalty", "internal, internal, internal"},
    {6, "gbt_ts_picksplit", "internal, internal"},
    {7, "gbt_ts_same", "gbtreekey16, gbtreekey16, internal"},
    {8, "gbt_tstz_distance", "internal, timestamptz, int2, oid, internal"},
    {9, "gbt_ts_fetch", "internal"},
};
constexpr ClassFunction kTime[] = {
    {1, "gbt_time_consistent", "internal, time, int2, oid, internal"},
    {2, "gbt_time_union", "internal, internal"},
    {3, "gbt_time_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_time_penalty", "internal, internal, internal"},
    {6, "gbt_time_picksplit", "internal, internal"},
    {7, "gbt_time_same", "gbtreekey16, gbtreekey16, internal"},
    {8, "gbt_time_distance", "internal, time, int2, oid, internal"},
    {9, "gbt_time_fetch", "internal"},
};
constexpr ClassFunction kTimetz[] = {
    {1, "gbt_timetz_consistent", "internal, timetz, int2, oid, internal"},
    {2, "gbt_time_union", "internal, internal"},
    {3, "gbt_timetz_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_time_penalty", "internal, internal, internal"},
    {6, "gbt_time_picksplit", "internal, internal"},
    {7, "gbt_time_same", "gbtreekey16, gbtreekey16, internal"},
};
constexpr ClassFunction kDate[] = {
    {1, "gbt_date_consistent", "internal, date, int2, oid, internal"},
    {2, "gbt_date_union", "internal, internal"},
    {3, "gbt_date_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_date_penalty", "internal, internal, internal"},
    {6, "gbt_date_picksplit", "internal, internal"},
    {7, "gbt_date_same", "gbtreekey8, gbtreekey8, internal"},
    {8, "gbt_date_distance", "internal, date, int2, oid, internal"},
    {9, "gbt_date_fetch", "internal"},
};
constexpr ClassFunction kInterval[] = {
    {1, "gbt_intv_consistent", "internal, interval, int2, oid, internal"},
    {2, "gbt_intv_union", "internal, internal"},
    {3, "gbt_intv_compress", "internal"},
    {4, "gbt_intv_decompress", "internal"},
    {5, "gbt_intv_penalty", "internal, internal, internal"},
    {6, "gbt_intv_picksplit", "internal, internal"},
    {7, "gbt_intv_same", "gbtreekey32, gbtreekey32, internal"},
    {8, "gbt_intv_distance", "internal, interval, int2, oid, internal"},
    {9, "gbt_intv_fetch", "internal"},
};
constexpr ClassFunction kCash[] = {
    {1, "gbt_cash_consistent", "internal, money, int2, oid, internal"},
    {2, "gbt_cash_union", "internal, internal"},
    {3, "gbt_cash_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_cash_penalty", "internal, internal, internal"},
    {6, "gbt_cash_picksplit", "internal, internal"},
    {7, "gbt_cash_same", "gbtreekey16, gbtreekey16, internal"},
    {8, "gbt_cash_distance", "internal, money, int2, oid, internal"},
    {9, "gbt_cash_fetch", "internal"},
};
constexpr ClassFunction kMacaddr[] = {
    {1, "gbt_macad_consistent", "internal, macaddr, int2, oid, internal"},
    {2, "gbt_macad_union", "internal, internal"},
    {3, "gbt_macad_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_macad_penalty", "internal, internal, internal"},
    {6, "gbt_macad_picksplit", "internal, internal"},
    {7, "gbt_macad_same", "gbtreekey16, gbtreekey16, internal"},
    {9, "gbt_macad_fetch", "internal"},
};
constexpr ClassFunction kText[] = {
    {1, "gbt_text_consistent", "internal, text, int2, oid, internal"},
    {2, "gbt_text_union", "internal, internal"},
    {3, "gbt_text_compress", "internal"},
    {4, "gbt_var_decompress", "internal"},
    {5, "gbt_text_penalty", "internal, internal, internal"},
    {6, "gbt_text_picksplit", "internal, internal"},
    {7, "gbt_text_same", "gbtreekey_var, gbtreekey_var, internal"},
    {9, "gbt_var_fetch", "internal"},
};
constexpr ClassFunction kBpchar[] = {
    {1, "gbt_bpchar_consistent", "internal, bpchar, int2, oid, internal"},
    {2, "gbt_text_union", "internal, internal"},
    {3, "gbt_bpchar_compress", "internal"},
    {4, "gbt_var_decompress", "internal"},
    {5, "gbt_text_penalty", "internal, internal, internal"},
    {6, "gbt_text_picksplit", "internal, internal"},
    {7, "gbt_text_same", "gbtreekey_var, gbtreekey_var, internal"},
    {9, "gbt_var_fetch", "internal"},
};
constexpr ClassFunction kBytea[] = {
    {1, "gbt_bytea_consistent", "internal, bytea, int2, oid, internal"},
    {2, "gbt_bytea_union", "internal, internal"},
    {3, "gbt_bytea_compress", "internal"},
    {4, "gbt_var_decompress", "internal"},
    {5, "gbt_bytea_penalty", "internal, internal, internal"},
    {6, "gbt_bytea_picksplit", "internal, internal"},
    {7, "gbt_bytea_same", "gbtreekey_var, gbtreekey_var, internal"},
    {9, "gbt_var_fetch", "internal"},
};
constexpr ClassFunction kNumeric[] = {
    {1, "gbt_numeric_consistent", "internal, numeric, int2, oid, internal"},
    {2, "gbt_numeric_union", "internal, internal"},
    {3, "gbt_numeric_compress", "internal"},
    {4, "gbt_var_decompress", "internal"},
    {5, "gbt_numeric_penalty", "internal, internal, internal"},
    {6, "gbt_numeric_picksplit", "internal, internal"},
    {7, "gbt_numeric_same", "gbtreekey_var, gbtreekey_var, internal"},
    {9, "gbt_var_fetch", "internal"},
};
constexpr ClassFunction kBit[] = {
    {1, "gbt_bit_consistent", "internal, bit, int2, oid, internal"},
    {2, "gbt_bit_union", "internal, internal"},
    {3, "gbt_bit_compress", "internal"},
    {4, "gbt_var_decompress", "internal"},
    {5, "gbt_bit_penalty", "internal, internal, internal"},
    {6, "gbt_bit_picksplit", "internal, internal"},
    {7, "gbt_bit_same", "gbtreekey_var, gbtreekey_var, internal"},
    {9, "gbt_var_fetch", "internal"},
};
constexpr ClassFunction kInet[] = {
    {1, "gbt_inet_consistent", "internal, inet, int2, oid, internal"},
    {2, "gbt_inet_union", "internal, internal"},
    {3, "gbt_inet_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_inet_penalty", "internal, internal, internal"},
    {6, "gbt_inet_picksplit", "internal, internal"},
    {7, "gbt_inet_same", "gbtreekey16, gbtreekey16, internal"},
};
constexpr ClassFunction kCidr[] = {
    {1, "gbt_inet_consistent", "internal, inet, int2, oid, internal"},
    {2, "gbt_inet_union", "internal, internal"},
    {3, "gbt_inet_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_inet_penalty", "internal, internal, internal"},
    {6, "gbt_inet_picksplit", "internal, internal"},
    {7, "gbt_inet_same", "gbtreekey16, gbtreekey16, internal"},
};
constexpr ClassFunction kUuid[] = {
    {1, "gbt_uuid_consistent", "internal, uuid, int2, oid, internal"},
    {2, "gbt_uuid_union", "internal, internal"},
    {3, "gbt_uuid_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_uuid_penalty", "internal, internal, internal"},
    {6, "gbt_uuid_picksplit", "internal, internal"},
    {7, "gbt_uuid_same", "gbtreekey32, gbtreekey32, internal"},
    {9, "gbt_uuid_fetch", "internal"},
};
constexpr ClassFunction kMacaddr8[] = {
    {1, "gbt_macad8_consistent", "internal, macaddr8, int2, oid, internal"},
    {2, "gbt_macad8_union", "internal, internal"},
    {3, "gbt_macad8_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_macad8_penalty", "internal, internal, internal"},
    {6, "gbt_macad8_picksplit", "internal, internal"},
    {7, "gbt_macad8_same", "gbtreekey16, gbtreekey16, internal"},
    {9, "gbt_macad8_fetch", "internal"},
};
constexpr ClassFunction kEnum[] = {
    {1, "gbt_enum_consistent", "internal, anyenum, int2, oid, internal"},
    {2, "gbt_enum_union", "internal, internal"},
    {3, "gbt_enum_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_enum_penalty", "internal, internal, internal"},
    {6, "gbt_enum_picksplit", "internal, internal"},
    {7, "gbt_enum_same", "gbtreekey8, gbtreekey8, internal"},
    {9, "gbt_enum_fetch", "internal"},
};
constexpr ClassFunction kBool[] = {
    {1, "gbt_bool_consistent", "internal, bool, int2, oid, internal"},
    {2, "gbt_bool_union", "internal, internal"},
    {3, "gbt_bool_compress", "internal"},
    {4, "gbt_decompress", "internal"},
    {5, "gbt_bool_penalty", "internal, internal, internal"},
    {6, "gbt_bool_picksplit", "internal, internal"},
    {7, "gbt_bool_same", "gbtreekey2, gbtreekey2, internal"},
    {9, "gbt_bool_fetch", "internal"},
};

constexpr OperatorClass kBtreeGistClasses[] = {
    {.method = "gist", .name = "gist_oid_ops", .type = "oid", .storage = "gbtreekey8", .operators = kNear, .functions = kOid},
    {.method = "gist", .name = "gist_int2_ops", .type = "int2", .storage = "gbtreekey4", .operators = kNear, .functions = kInt2},
    {.method = "gist", .name = "gist_int4_ops", .type = "int4", .storage = "gbtreekey8", .operators = kNear, .functions = kInt4},
    {.method = "gist", .name = "gist_int8_ops", .type = "int8", .storage = "gbtreekey16", .operators = kNear, .functions = kInt8},
    {.method = "gist", .name = "gist_float4_ops", .type = "float4", .storage = "gbtreekey8", .operators = kNear, .functions = kFloat4},
    {.method = "gist", .name = "gist_float8_ops", .type = "float8", .storage = "gbtreekey16", .operators = kNear, .functions = kFloat8},
    {.method = "gist", .name = "gist_timestamp_ops", .type = "timestamp", .storage = "gbtreekey16", .operators = kNear, .functions = kTimestamp},
    {.method = "gist", .name = "gist_timestamptz_ops", .type = "timestamptz", .storage = "gbtreekey16", .operators = kNear, .functions = kTimestamptz},
    {.method = "gist", .name = "gist_time_ops", .type = "time", .storage = "gbtreekey16", .operators = kNear, .functions = kTime},
    {.method = "gist", .name = "gist_timetz_ops", .type = "timetz", .storage = "gbtreekey16", .operators = kCompared, .functions = kTimetz},
    {.method = "gist", .name = "gist_date_ops", .type = "date", .storage = "gbtreekey8", .operators = kNear, .functions = kDate},
    {.method = "gist", .name = "gist_interval_ops", .type = "interval", .storage = "gbtreekey32", .operators = kNear, .functions = kInterval},
    {.method = "gist", .name = "gist_cash_ops", .type = "money", .storage = "gbtreekey16", .operators = kNear, .functions = kCash},
    {.method = "gist", .name = "gist_macaddr_ops", .type = "macaddr", .storage = "gbtreekey16", .operators = kCompared, .functions = kMacaddr},
    {.method = "gist", .name = "gist_text_ops", .type = "text", .storage = "gbtreekey_var", .operators = kCompared, .functions = kText},
    {.method = "gist", .name = "gist_bpchar_ops", .type = "bpchar", .storage = "gbtreekey_var", .operators = kCompared, .functions = kBpchar},
    {.method = "gist", .name = "gist_bytea_ops", .type = "bytea", .storage = "gbtreekey_var", .operators = kCompared, .functions = kBytea},
    {.method = "gist", .name = "gist_numeric_ops", .type = "numeric", .storage = "gbtreekey_var", .operators = kCompared, .functions = kNumeric},
    {.method = "gist", .name = "gist_bit_ops", .type = "bit", .storage = "gbtreekey_var", .operators = kCompared, .functions = kBit},
    {.method = "gist", .name = "gist_vbit_ops", .type = "varbit", .storage = "gbtreekey_var", .operators = kCompared, .functions = kBit},
    {.method = "gist", .name = "gist_inet_ops", .type = "inet", .storage = "gbtreekey16", .operators = kCompared, .functions = kInet},
    {.method = "gist", .name = "gist_cidr_ops", .type = "cidr", .storage = "gbtreekey16", .operators = kNetworks, .functions = kCidr},
    {.method = "gist", .name = "gist_uuid_ops", .type = "uuid", .storage = "gbtreekey32", .operators = kCompared, .functions = kUuid},
    {.method = "gist", .name = "gist_macaddr8_ops", .type = "macaddr8", .storage = "gbtreekey16", .operators = kCompared, .functions = kMacaddr8},
    {.method = "gist", .name = "gist_enum_ops", .type = "anyenum", .storage = "gbtreekey8", .operators = kCompared, .functions = kEnum},
    {.method = "gist", .name = "gist_bool_ops", .type = "bool", .storage = "gbtreekey2", .operators = kCompared, .functions = kBool},
};

[[noreturn]] void out_of_range(const char* type) { throw types::SqlError("22003", std::string(type) + " out of range"); }

// The least value has no opposite.
template <typename T>
T scalar_distance(T a, T b, const char* type) {
  T difference = 0;
  if (__builtin_sub_overflow(a, b, &difference) || difference == std::numeric_limits<T>::min()) out_of_range(type);
  return static_cast<T>(difference < 0 ? -difference : difference);
}

std::int16_t int2_dist(std::int16_t a, std::int16_t b) { return scalar_distance(a, b, "smallint"); }
std::int32_t int4_dist(std::int32_t a, std::int32_t b) { return scalar_distance(a, b, "integer"); }
std::int64_t int8_dist(std::int64_t a, std::int64_t b) { return scalar_distance(a, b, "bigint"); }
std::int64_t cash_dist(std::int64_t a, std::int64_t b) { return scalar_distance(a, b, "money"); }
std::uint32_t oid_dist(std::uint32_t a, std::uint32_t b) { return a < b ? b - a : a - b; }
// Infinite days are numbers, too, as they are to PostgreSQL.
std::int32_t date_dist(std::int32_t a, std::int32_t b) {
  const auto difference = static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  return difference < 0 ? static_cast<std::int32_t>(-static_cast<std::uint32_t>(difference)) : difference;
}

template <typename F>
F float_distance(F a, F b) {
  const F difference = a - b;
  if (std::isinf(difference) && !std::isinf(a) && !std::isinf(b))
    throw types::SqlError("22003", "value out of range: overflow");
  return std::fabs(difference);
}
float float4_dist(float a, float b) { return float_distance(a, b); }
double float8_dist(double a, double b) { return float_distance(a, b); }

constexpr std::int64_t kDayMicroseconds = 86'400'000'000;

types::Interval positive(types::Interval value) {
  constexpr int kDaysPerMonth = 30;
  const __int128 span = (static_cast<__int128>(value.months) * kDaysPerMonth + value.days) * kDayMicroseconds +
                        value.microseconds;
  if (span >= 0) return value;
  return {-value.microseconds, -value.days, -value.months};
}

types::Interval ts_dist(std::int64_t a, std::int64_t b) {
  using Limits = std::numeric_limits<std::int64_t>;
  const auto is_infinite = [](std::int64_t t) { return t == Limits::min() || t == Limits::max(); };
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  if (is_infinite(a) || is_infinite(b)) return {Limits::max(), kMost, kMost};
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) throw types::SqlError("22008", "interval out of range");
  return positive({difference % kDayMicroseconds, static_cast<std::int32_t>(difference / kDayMicroseconds), 0});
}
types::Interval time_dist(std::int64_t a, std::int64_t b) { return positive({a - b, 0, 0}); }
types::Interval interval_dist(types::Interval a, types::Interval b) {
  types::Interval difference{};
  if (__builtin_sub_overflow(a.microseconds, b.microseconds, &difference.microseconds) ||
      __builtin_sub_overflow(a.days, b.days, &difference.days) ||
      __builtin_sub_overflow(a.months, b.months, &difference.months))
    throw types::SqlError("22008", "interval out of range");
  return positive(difference);
}

constexpr functions::ScalarFunction kBtreeGistFunctions[] = {
    {"ts_dist", functions::strict<&ts_dist>},         {"tstz_dist", functions::strict<&ts_dist>},
    {"time_dist", functions::strict<&time_dist>},     {"interval_dist", functions::strict<&interval_dist>},
    {"int2_dist", functions::strict<&int2_dist>},     {"int4_dist", functions::strict<&int4_dist>},
    {"int8_dist", functions::strict<&int8_dist>},     {"cash_dist", functions::strict<&cash_dist>},
    {"oid_dist", functions::strict<&oid_dist>},       {"date_dist", functions::strict<&date_dist>},
    {"float4_dist", functions::strict<&float4_dist>}, {"float8_dist", functions::strict<&float8_dist>},
};

}  // namespace

const Extension& btree_gist() {
  static const Extension extension{.name = "btree_gist",
                                   .version = "1.7",
                                   .comment = "support for indexing common datatypes in GiST",
                                   .trusted = true,
                                   .routines = kBtreeGistRoutines,
                                   .operators = kBtreeGistOperators,
                                   .types = kBtreeGistTypes,
                                   .operator_classes = kBtreeGistClasses,
                                   .functions = kBtreeGistFunctions};
  return extension;
}

}  // namespace extensions
