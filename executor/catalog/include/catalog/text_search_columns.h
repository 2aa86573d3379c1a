// Columns of the text search catalogues, as catalog/system_columns.h has those of the others.
#pragma once

#include "types/oid.h"

namespace catalog {

namespace pg_ts_config {
inline constexpr types::Oid kOid = 3602;
enum : int { oid, cfgname, cfgnamespace, cfgowner, cfgparser, kColumns };
}  // namespace pg_ts_config

namespace pg_ts_config_map {
inline constexpr types::Oid kOid = 3603;  // clustered by (mapcfg, maptokentype, mapseqno)
enum : int { mapcfg, maptokentype, mapseqno, mapdict, kColumns };
}  // namespace pg_ts_config_map

namespace pg_ts_dict {
inline constexpr types::Oid kOid = 3600;
enum : int { oid, dictname, dictnamespace, dictowner, dicttemplate, dictinitoption, kColumns };
}  // namespace pg_ts_dict

namespace pg_ts_parser {
inline constexpr types::Oid kOid = 3601;
enum : int { oid, prsname, prsnamespace, prsstart, prstoken, prsend, prsheadline, prslextype, kColumns };
}  // namespace pg_ts_parser

namespace pg_ts_template {
inline constexpr types::Oid kOid = 3764;
enum : int { oid, tmplname, tmplnamespace, tmplinit, tmpllexize, kColumns };
}  // namespace pg_ts_template

}  // namespace catalog
