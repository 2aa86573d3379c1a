// Object identifiers, and the OIDs of the built-in types that code names.
#pragma once

#include <cstdint>

namespace types {

// As in PostgreSQL's catalogues; 0 is "none".
using Oid = std::uint32_t;
inline constexpr Oid kInvalidOid = 0;
// The first OID given to objects that users create.
inline constexpr Oid kFirstNormalOid = 16384;

// pg_type.oid of PostgreSQL 15.
namespace oid {
inline constexpr Oid bool_ = 16, bytea = 17, char_ = 18, name = 19, int8 = 20, int2 = 21,
                     int2vector = 22, int4 = 23, regproc = 24, text = 25, oid_ = 26, tid = 27,
                     xid = 28, cid = 29, oidvector = 30, json = 114, xml = 142,
                     pg_node_tree = 194, point = 600, lseg = 601, path = 602, box = 603,
                     polygon = 604, line = 628, cidr = 650, float4 = 700, float8 = 701,
                     unknown = 705, circle = 718, macaddr8 = 774, money = 790, macaddr = 829,
                     inet = 869, aclitem = 1033, bpchar = 1042, varchar = 1043, date = 1082,
                     time = 1083, timestamp = 1114, timestamptz = 1184, interval = 1186,
                     timetz = 1266, bit = 1560, varbit = 1562, numeric = 1700, refcursor = 1790,
                     regprocedure = 2202, regoper = 2203, regoperator = 2204, regclass = 2205,
                     regtype = 2206, record = 2249, cstring = 2275, any = 2276, anyarray = 2277,
                     void_ = 2278, trigger = 2279, internal = 2281, anyelement = 2283,
                     record_array = 2287, anynonarray = 2776, uuid = 2950, pg_lsn = 3220,
                     anyenum = 3500, tsvector = 3614, tsquery = 3615, jsonb = 3802,
                     anyrange = 3831, jsonpath = 4072, regnamespace = 4089, regrole = 4096,
                     regcollation = 4191, anymultirange = 4537, anycompatible = 5077,
                     xid8 = 5069;
inline constexpr Oid bool_array = 1000, bytea_array = 1001, char_array = 1002, name_array = 1003,
                     int2_array = 1005, int4_array = 1007, text_array = 1009, oid_array = 1028,
                     int8_array = 1016, float4_array = 1021, float8_array = 1022,
                     numeric_array = 1231, aclitem_array = 1034, varchar_array = 1015,
                     bpchar_array = 1014, timestamp_array = 1115, timestamptz_array = 1185,
                     date_array = 1182, uuid_array = 2951, jsonb_array = 3807;
}  // namespace oid

// pg_collation.oid.
namespace collation {
inline constexpr Oid default_ = 100, c = 950, posix = 951;
}  // namespace collation

// A type as a column or an expression has it.
struct TypeRef {
  Oid oid = kInvalidOid;
  std::int32_t typmod = -1;       // as pg_attribute.atttypmod; -1 = none
  Oid collation = kInvalidOid;    // 0 for types that have none
  bool operator==(const TypeRef&) const = default;
};

}  // namespace types
