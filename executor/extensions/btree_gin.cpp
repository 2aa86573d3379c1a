// btree_gin: operator classes of gin for scalar types, so that one index has them beside arrays and documents.
//
// Their keys are the values (inverted::Source::value); what PostgreSQL's index calls has a row and no kernel.
#include "extension_table.h"

namespace extensions {
namespace {

constexpr Routine kBtreeGinRoutines[] = {
    {"gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal", "bool", "gin_btree_consistent", "isu"},
    {"gin_extract_value_int2", "int2, internal", "internal", "gin_extract_value_int2", "isu"},
    {"gin_compare_prefix_int2", "int2, int2, int2, internal", "int4", "gin_compare_prefix_int2", "isu"},
    {"gin_extract_query_int2", "int2, internal, int2, internal, internal", "internal", "gin_extract_query_int2", "isu"},
    {"gin_extract_value_int4", "int4, internal", "internal", "gin_extract_value_int4", "isu"},
    {"gin_compare_prefix_int4", "int4, int4, int2, internal", "int4", "gin_compare_prefix_int4", "isu"},
    {"gin_extract_query_int4", "int4, internal, int2, internal, internal", "internal", "gin_extract_query_int4", "isu"},
    {"gin_extract_value_int8", "int8, internal", "internal", "gin_extract_value_int8", "isu"},
    {"gin_compare_prefix_int8", "int8, int8, int2, internal", "int4", "gin_compare_prefix_int8", "isu"},
    {"gin_extract_query_int8", "int8, internal, int2, internal, internal", "internal", "gin_extract_query_int8", "isu"},
    {"gin_extract_value_float4", "float4, internal", "internal", "gin_extract_value_float4", "isu"},
    {"gin_compare_prefix_float4", "float4, float4, int2, internal", "int4", "gin_compare_prefix_float4", "isu"},
    {"gin_extract_query_float4", "float4, internal, int2, internal, internal", "internal", "gin_extract_query_float4", "isu"},
    {"gin_extract_value_float8", "float8, internal", "internal", "gin_extract_value_float8", "isu"},
    {"gin_compare_prefix_float8", "float8, float8, int2, internal", "int4", "gin_compare_prefix_float8", "isu"},
    {"gin_extract_query_float8", "float8, internal, int2, internal, internal", "internal", "gin_extract_query_float8", "isu"},
    {"gin_extract_value_money", "money, internal", "internal", "gin_extract_value_money", "isu"},
    {"gin_compare_prefix_money", "money, money, int2, internal", "int4", "gin_compare_prefix_money", "isu"},
    {"gin_extract_query_money", "money, internal, int2, internal, internal", "internal", "gin_extract_query_money", "isu"},
    {"gin_extract_value_oid", "oid, internal", "internal", "gin_extract_value_oid", "isu"},
    {"gin_compare_prefix_oid", "oid, oid, int2, internal", "int4", "gin_compare_prefix_oid", "isu"},
    {"gin_extract_query_oid", "oid, internal, int2, internal, internal", "internal", "gin_extract_query_oid", "isu"},
    {"gin_extract_value_timestamp", "timestamp, internal", "internal", "gin_extract_value_timestamp", "isu"},
    {"gin_compare_prefix_timestamp", "timestamp, timestamp, int2, internal", "int4", "gin_compare_prefix_timestamp", "isu"},
    {"gin_extract_query_timestamp", "timestamp, internal, int2, internal, internal", "internal", "gin_extract_query_timestamp", "isu"},
    {"gin_extract_value_timestamptz", "timestamptz, internal", "internal", "gin_extract_value_timestamptz", "isu"},
    {"gin_compare_prefix_timestamptz", "timestamptz, timestamptz, int2, internal", "int4", "gin_compare_prefix_timestamptz", "isu"},
    {"gin_extract_query_timestamptz", "timestamptz, internal, int2, internal, internal", "internal", "gin_extract_query_timestamptz", "isu"},
    {"gin_extract_value_time", "time, internal", "internal", "gin_extract_value_time", "isu"},
    {"gin_compare_prefix_time", "time, time, int2, internal", "int4", "gin_compare_prefix_time", "isu"},
    {"gin_extract_query_time", "time, internal, int2, internal, internal", "internal", "gin_extract_query_time", "isu"},
    {"gin_extract_value_timetz", "timetz, internal", "internal", "gin_extract_value_timetz", "isu"},
    {"gin_compare_prefix_timetz", "timetz, timetz, int2, internal", "int4", "gin_compare_prefix_timetz", "isu"},
    {"gin_extract_query_timetz", "timetz, internal, int2, internal, internal", "internal", "gin_extract_query_timetz", "isu"},
    {"gin_extract_value_date", "date, internal", "internal", "gin_extract_value_date", "isu"},
    {"gin_compare_prefix_date", "date, date, int2, internal", "int4", "gin_compare_prefix_date", "isu"},
    {"gin_extract_query_date", "date, internal, int2, internal, internal", "internal", "gin_extract_query_date", "isu"},
    {"gin_extract_value_interval", "interval, internal", "internal", "gin_extract_value_interval", "isu"},
    {"gin_compare_prefix_interval", "interval, interval, int2, internal", "int4", "gin_compare_prefix_interval", "isu"},
    {"gin_extract_query_interval", "interval, internal, int2, internal, internal", "internal", "gin_extract_query_interval", "isu"},
    {"gin_extract_value_macaddr", "macaddr, internal", "internal", "gin_extract_value_macaddr", "isu"},
    {"gin_compare_prefix_macaddr", "macaddr, macaddr, int2, internal", "int4", "gin_compare_prefix_macaddr", "isu"},
    {"gin_extract_query_macaddr", "macaddr, internal, int2, internal, internal", "internal", "gin_extract_query_macaddr", "isu"},
    {"gin_extract_value_inet", "inet, internal", "internal", "gin_extract_value_inet", "isu"},
    {"gin_compare_prefix_inet", "inet, inet, int2, internal", "int4", "gin_compare_prefix_inet", "isu"},
    {"gin_extract_query_inet", "inet, internal, int2, internal, internal", "internal", "gin_extract_query_inet", "isu"},
    {"gin_extract_value_cidr", "cidr, internal", "internal", "gin_extract_value_cidr", "isu"},
    {"gin_compare_prefix_cidr", "cidr, cidr, int2, internal", "int4", "gin_compare_prefix_cidr", "isu"},
    {"gin_extract_query_cidr", "cidr, internal, int2, internal, internal", "internal", "gin_extract_query_cidr", "isu"},
    {"gin_extract_value_text", "text, internal", "internal", "gin_extract_value_text", "isu"},
    {"gin_compare_prefix_text", "text, text, int2, internal", "int4", "gin_compare_prefix_text", "isu"},
    {"gin_extract_query_text", "text, internal, int2, internal, internal", "internal", "gin_extract_query_text", "isu"},
    {"gin_extract_value_char", "char, internal", "internal", "gin_extract_value_char", "isu"},
    {"gin_compare_prefix_char", "char, char, int2, internal", "int4", "gin_compare_prefix_char", "isu"},
    {"gin_extract_query_char", "char, internal, int2, internal, internal", "internal", "gin_extract_query_char", "isu"},
    {"gin_extract_value_bytea", "bytea, internal", "internal", "gin_extract_value_bytea", "isu"},
    {"gin_compare_prefix_bytea", "bytea, bytea, int2, internal", "int4", "gin_compare_prefix_bytea", "isu"},
    {"gin_extract_query_bytea", "bytea, internal, int2, internal, internal", "internal", "gin_extract_query_bytea", "isu"},
    {"gin_extract_value_bit", "bit, internal", "internal", "gin_extract_value_bit", "isu"},
    {"gin_compare_prefix_bit", "bit, bit, int2, internal", "int4", "gin_compare_prefix_bit", "isu"},
    {"gin_extract_query_bit", "bit, internal, int2, internal, internal", "internal", "gin_extract_query_bit", "isu"},
    {"gin_extract_value_varbit", "varbit, internal", "internal", "gin_extract_value_varbit", "isu"},
    {"gin_compare_prefix_varbit", "varbit, varbit, int2, internal", "int4", "gin_compare_prefix_varbit", "isu"},
    {"gin_extract_query_varbit", "varbit, internal, int2, internal, internal", "internal", "gin_extract_query_varbit", "isu"},
    {"gin_extract_value_numeric", "numeric, internal", "internal", "gin_extract_value_numeric", "isu"},
    {"gin_compare_prefix_numeric", "numeric, numeric, int2, internal", "int4", "gin_compare_prefix_numeric", "isu"},
    {"gin_extract_query_numeric", "numeric, internal, int2, internal, internal", "internal", "gin_extract_query_numeric", "isu"},
    {"gin_numeric_cmp", "numeric, numeric", "int4", "gin_numeric_cmp", "isu"},
    {"gin_extract_value_macaddr8", "macaddr8, internal", "internal", "gin_extract_value_macaddr8", "isu"},
    {"gin_compare_prefix_macaddr8", "macaddr8, macaddr8, int2, internal", "int4", "gin_compare_prefix_macaddr8", "isu"},
    {"gin_extract_query_macaddr8", "macaddr8, internal, int2, internal, internal", "internal", "gin_extract_query_macaddr8", "isu"},
    {"gin_extract_value_anyenum", "anyenum, internal", "internal", "gin_extract_value_anyenum", "isu"},
    {"gin_compare_prefix_anyenum", "anyenum, anyenum, int2, internal", "int4", "gin_compare_prefix_anyenum", "isu"},
    {"gin_extract_query_anyenum", "anyenum, internal, int2, internal, internal", "internal", "gin_extract_query_anyenum", "isu"},
    {"gin_enum_cmp", "anyenum, anyenum", "int4", "gin_enum_cmp", "isu"},
    {"gin_extract_value_uuid", "uuid, internal", "internal", "gin_extract_value_uuid", "isu"},
    {"gin_compare_prefix_uuid", "uuid, uuid, int2, internal", "int4", "gin_compare_prefix_uuid", "isu"},
    {"gin_extract_query_uuid", "uuid, internal, int2, internal, internal", "internal", "gin_extract_query_uuid", "isu"},
    {"gin_extract_value_name", "name, internal", "internal", "gin_extract_value_name", "isu"},
    {"gin_compare_prefix_name", "name, name, int2, internal", "int4", "gin_compare_prefix_name", "isu"},
    {"gin_extract_query_name", "name, internal, int2, internal, internal", "internal", "gin_extract_query_name", "isu"},
    {"gin_extract_value_bool", "bool, internal", "internal", "gin_extract_value_bool", "isu"},
    {"gin_compare_prefix_bool", "bool, bool, int2, internal", "int4", "gin_compare_prefix_bool", "isu"},
    {"gin_extract_query_bool", "bool, internal, int2, internal, internal", "internal", "gin_extract_query_bool", "isu"},
    {"gin_extract_value_bpchar", "bpchar, internal", "internal", "gin_extract_value_bpchar", "isu"},
    {"gin_compare_prefix_bpchar", "bpchar, bpchar, int2, internal", "int4", "gin_compare_prefix_bpchar", "isu"},
    {"gin_extract_query_bpchar", "bpchar, internal, int2, internal, internal", "internal", "gin_extract_query_bpchar", "isu"},
};

constexpr ClassOperator kCompared[] = {
    {1, "<"},
    {2, "<="},
    {3, "="},
    {4, ">="},
    {5, ">"},
};
constexpr ClassOperator kNetworks[] = {
    {1, "<", "inet", "inet"},
    {2, "<=", "inet", "inet"},
    {3, "=", "inet", "inet"},
    {4, ">=", "inet", "inet"},
    {5, ">", "inet", "inet"},
};
constexpr ClassOperator kTexts[] = {
    {1, "<", "text", "text"},
    {2, "<=", "text", "text"},
    {3, "=", "text", "text"},
    {4, ">=", "text", "text"},
    {5, ">", "text", "text"},
};
constexpr ClassFunction kInt2[] = {
    {1, "btint2cmp", "int2, int2"},
    {2, "gin_extract_value_int2", "int2, internal"},
    {3, "gin_extract_query_int2", "int2, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_int2", "int2, int2, int2, internal"},
};
constexpr ClassFunction kInt4[] = {
    {1, "btint4cmp", "int4, int4"},
    {2, "gin_extract_value_int4", "int4, internal"},
    {3, "gin_extract_query_int4", "int4, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_int4", "int4, int4, int2, internal"},
};
constexpr ClassFunction kInt8[] = {
    {1, "btint8cmp", "int8, int8"},
    {2, "gin_extract_value_int8", "int8, internal"},
    {3, "gin_extract_query_int8", "int8, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_int8", "int8, int8, int2, internal"},
};
constexpr ClassFunction kFloat4[] = {
    {1, "btfloat4cmp", "float4, float4"},
    {2, "gin_extract_value_float4", "float4, internal"},
    {3, "gin_extract_query_float4", "float4, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_float4", "float4, float4, int2, internal"},
};
constexpr ClassFunction kFloat8[] = {
    {1, "btfloat8cmp", "float8, float8"},
    {2, "gin_extract_value_float8", "float8, internal"},
    {3, "gin_extract_query_float8", "float8, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_float8", "float8, float8, int2, internal"},
};
constexpr ClassFunction kMoney[] = {
    {1, "cash_cmp", "money, money"},
    {2, "gin_extract_value_money", "money, internal"},
    {3, "gin_extract_query_money", "money, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_money", "money, money, int2, internal"},
};
constexpr ClassFunction kOid[] = {
    {1, "btoidcmp", "oid, oid"},
    {2, "gin_extract_value_oid", "oid, internal"},
    {3, "gin_extract_query_oid", "oid, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_oid", "oid, oid, int2, internal"},
};
constexpr ClassFunction kTimestamp[] = {
    {1, "timestamp_cmp", "timestamp, timestamp"},
    {2, "gin_extract_value_timestamp", "timestamp, internal"},
    {3, "gin_extract_query_timestamp", "timestamp, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_timestamp", "timestamp, timestamp, int2, internal"},
};
constexpr ClassFunction kTimestamptz[] = {
    {1, "timestamptz_cmp", "timestamptz, timestamptz"},
    {2, "gin_extract_value_timestamptz", "timestamptz, internal"},
    {3, "gin_extract_query_timestamptz", "timestamptz, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_timestamptz", "timestamptz, timestamptz, int2, internal"},
};
constexpr ClassFunction kTime[] = {
    {1, "time_cmp", "time, time"},
    {2, "gin_extract_value_time", "time, internal"},
    {3, "gin_extract_query_time", "time, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_time", "time, time, int2, internal"},
};
constexpr ClassFunction kTimetz[] = {
    {1, "timetz_cmp", "timetz, timetz"},
    {2, "gin_extract_value_timetz", "timetz, internal"},
    {3, "gin_extract_query_timetz", "timetz, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_timetz", "timetz, timetz, int2, internal"},
};
constexpr ClassFunction kDate[] = {
    {1, "date_cmp", "date, date"},
    {2, "gin_extract_value_date", "date, internal"},
    {3, "gin_extract_query_date", "date, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_date", "date, date, int2, internal"},
};
constexpr ClassFunction kInterval[] = {
    {1, "interval_cmp", "interval, interval"},
    {2, "gin_extract_value_interval", "interval, internal"},
    {3, "gin_extract_query_interval", "interval, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_interval", "interval, interval, int2, internal"},
};
constexpr ClassFunction kMacaddr[] = {
    {1, "macaddr_cmp", "macaddr, macaddr"},
    {2, "gin_extract_value_macaddr", "macaddr, internal"},
    {3, "gin_extract_query_macaddr", "macaddr, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_macaddr", "macaddr, macaddr, int2, internal"},
};
constexpr ClassFunction kInet[] = {
    {1, "network_cmp", "inet, inet"},
    {2, "gin_extract_value_inet", "inet, internal"},
    {3, "gin_extract_query_inet", "inet, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_inet", "inet, inet, int2, internal"},
};
constexpr ClassFunction kCidr[] = {
    {1, "network_cmp", "inet, inet"},
    {2, "gin_extract_value_cidr", "cidr, internal"},
    {3, "gin_extract_query_cidr", "cidr, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_cidr", "cidr, cidr, int2, internal"},
};
constexpr ClassFunction kText[] = {
    {1, "bttextcmp", "text, text"},
    {2, "gin_extract_value_text", "text, internal"},
    {3, "gin_extract_query_text", "text, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_text", "text, text, int2, internal"},
};
constexpr ClassFunction kChar[] = {
    {1, "btcharcmp", "char, char"},
    {2, "gin_extract_value_char", "char, internal"},
    {3, "gin_extract_query_char", "char, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_char", "char, char, int2, internal"},
};
constexpr ClassFunction kBytea[] = {
    {1, "byteacmp", "bytea, bytea"},
    {2, "gin_extract_value_bytea", "bytea, internal"},
    {3, "gin_extract_query_bytea", "bytea, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_bytea", "bytea, bytea, int2, internal"},
};
constexpr ClassFunction kBit[] = {
    {1, "bitcmp", "bit, bit"},
    {2, "gin_extract_value_bit", "bit, internal"},
    {3, "gin_extract_query_bit", "bit, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_bit", "bit, bit, int2, internal"},
};
constexpr ClassFunction kVarbit[] = {
    {1, "varbitcmp", "varbit, varbit"},
    {2, "gin_extract_value_varbit", "varbit, internal"},
    {3, "gin_extract_query_varbit", "varbit, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_varbit", "varbit, varbit, int2, internal"},
};
constexpr ClassFunction kNumeric[] = {
    {1, "gin_numeric_cmp", "numeric, numeric"},
    {2, "gin_extract_value_numeric", "numeric, internal"},
    {3, "gin_extract_query_numeric", "numeric, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_numeric", "numeric, numeric, int2, internal"},
};
constexpr ClassFunction kMacaddr8[] = {
    {1, "macaddr8_cmp", "macaddr8, macaddr8"},
    {2, "gin_extract_value_macaddr8", "macaddr8, internal"},
    {3, "gin_extract_query_macaddr8", "macaddr8, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_macaddr8", "macaddr8, macaddr8, int2, internal"},
};
constexpr ClassFunction kEnum[] = {
    {1, "gin_enum_cmp", "anyenum, anyenum"},
    {2, "gin_extract_value_anyenum", "anyenum, internal"},
    {3, "gin_extract_query_anyenum", "anyenum, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_anyenum", "anyenum, anyenum, int2, internal"},
};
constexpr ClassFunction kUuid[] = {
    {1, "uuid_cmp", "uuid, uuid"},
    {2, "gin_extract_value_uuid", "uuid, internal"},
    {3, "gin_extract_query_uuid", "uuid, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_uuid", "uuid, uuid, int2, internal"},
};
constexpr ClassFunction kName[] = {
    {1, "btnamecmp", "name, name"},
    {2, "gin_extract_value_name", "name, internal"},
    {3, "gin_extract_query_name", "name, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_name", "name, name, int2, internal"},
};
constexpr ClassFunction kBool[] = {
    {1, "btboolcmp", "bool, bool"},
    {2, "gin_extract_value_bool", "bool, internal"},
    {3, "gin_extract_query_bool", "bool, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_bool", "bool, bool, int2, internal"},
};
constexpr ClassFunction kBpchar[] = {
    {1, "bpcharcmp", "bpchar, bpchar"},
    {2, "gin_extract_value_bpchar", "bpchar, internal"},
    {3, "gin_extract_query_bpchar", "bpchar, internal, int2, internal, internal"},
    {4, "gin_btree_consistent", "internal, int2, anyelement, int4, internal, internal"},
    {5, "gin_compare_prefix_bpchar", "bpchar, bpchar, int2, internal"},
};
constexpr OperatorClass kBtreeGinClasses[] = {
    {.method = "gin", .name = "int2_ops", .type = "int2", .operators = kCompared, .functions = kInt2},
    {.method = "gin", .name = "int4_ops", .type = "int4", .operators = kCompared, .functions = kInt4},
    {.method = "gin", .name = "int8_ops", .type = "int8", .operators = kCompared, .functions = kInt8},
    {.method = "gin", .name = "float4_ops", .type = "float4", .operators = kCompared, .functions = kFloat4},
    {.method = "gin", .name = "float8_ops", .type = "float8", .operators = kCompared, .functions = kFloat8},
    {.method = "gin", .name = "money_ops", .type = "money", .operators = kCompared, .functions = kMoney},
    {.method = "gin", .name = "oid_ops", .type = "oid", .operators = kCompared, .functions = kOid},
    {.method = "gin", .name = "timestamp_ops", .type = "timestamp", .operators = kCompared, .functions = kTimestamp},
    {.method = "gin", .name = "timestamptz_ops", .type = "timestamptz", .operators = kCompared, .functions = kTimestamptz},
    {.method = "gin", .name = "time_ops", .type = "time", .operators = kCompared, .functions = kTime},
    {.method = "gin", .name = "timetz_ops", .type = "timetz", .operators = kCompared, .functions = kTimetz},
    {.method = "gin", .name = "date_ops", .type = "date", .operators = kCompared, .functions = kDate},
    {.method = "gin", .name = "interval_ops", .type = "interval", .operators = kCompared, .functions = kInterval},
    {.method = "gin", .name = "macaddr_ops", .type = "macaddr", .operators = kCompared, .functions = kMacaddr},
    {.method = "gin", .name = "inet_ops", .type = "inet", .operators = kCompared, .functions = kInet},
    {.method = "gin", .name = "cidr_ops", .type = "cidr", .operators = kNetworks, .functions = kCidr},
    {.method = "gin", .name = "text_ops", .type = "text", .operators = kCompared, .functions = kText},
    {.method = "gin", .name = "varchar_ops", .type = "varchar", .operators = kTexts, .functions = kText},
    {.method = "gin", .name = "char_ops", .type = "char", .operators = kCompared, .functions = kChar},
    {.method = "gin", .name = "bytea_ops", .type = "bytea", .operators = kCompared, .functions = kBytea},
    {.method = "gin", .name = "bit_ops", .type = "bit", .operators = kCompared, .functions = kBit},
    {.method = "gin", .name = "varbit_ops", .type = "varbit", .operators = kCompared, .functions = kVarbit},
    {.method = "gin", .name = "numeric_ops", .type = "numeric", .operators = kCompared, .functions = kNumeric},
    {.method = "gin", .name = "macaddr8_ops", .type = "macaddr8", .operators = kCompared, .functions = kMacaddr8},
    {.method = "gin", .name = "enum_ops", .type = "anyenum", .operators = kCompared, .functions = kEnum},
    {.method = "gin", .name = "uuid_ops", .type = "uuid", .operators = kCompared, .functions = kUuid},
    {.method = "gin", .name = "name_ops", .type = "name", .operators = kCompared, .functions = kName},
    {.method = "gin", .name = "bool_ops", .type = "bool", .operators = kCompared, .functions = kBool},
    {.method = "gin", .name = "bpchar_ops", .type = "bpchar", .operators = kCompared, .functions = kBpchar},
};

}  // namespace

const Extension& btree_gin() {
  static const Extension extension{.name = "btree_gin",
                                   .version = "1.3",
                                   .comment = "support for indexing common datatypes in GIN",
                                   .trusted = true,
                                   .routines = kBtreeGinRoutines,
                                   .operator_classes = kBtreeGinClasses};
  return extension;
}

}  // namespace extensions
