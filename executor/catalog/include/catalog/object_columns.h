// Columns of the catalogue tables of foreign data, event triggers, publications and subscriptions: see system_columns.h.
#pragma once

#include "types/oid.h"

namespace catalog {

namespace pg_foreign_data_wrapper {
inline constexpr types::Oid kOid = 2328, kNameIndex = 548;
enum : int { oid, fdwname, fdwowner, fdwhandler, fdwvalidator, fdwacl, fdwoptions, kColumns };
}  // namespace pg_foreign_data_wrapper

namespace pg_foreign_server {
inline constexpr types::Oid kOid = 1417, kNameIndex = 549;
enum : int { oid, srvname, srvowner, srvfdw, srvtype, srvversion, srvacl, srvoptions, kColumns };
}  // namespace pg_foreign_server

namespace pg_user_mapping {
inline constexpr types::Oid kOid = 1418, kUserServerIndex = 175;
enum : int { oid, umuser, umserver, umoptions, kColumns };
}  // namespace pg_user_mapping

namespace pg_foreign_table {
inline constexpr types::Oid kOid = 3118;
enum : int { ftrelid, ftserver, ftoptions, kColumns };
}  // namespace pg_foreign_table

namespace pg_event_trigger {
inline constexpr types::Oid kOid = 3466, kNameIndex = 3467;
enum : int { oid, evtname, evtevent, evtowner, evtfoid, evtenabled, evttags, kColumns };
}  // namespace pg_event_trigger

namespace pg_publication {
inline constexpr types::Oid kOid = 6104, kNameIndex = 6111;
enum : int {
  oid, pubname, pubowner, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, kColumns
};
}  // namespace pg_publication

namespace pg_publication_rel {
inline constexpr types::Oid kOid = 6106, kRelationIndex = 6113, kPublicationIndex = 6116;
enum : int { oid, prpubid, prrelid, prqual, prattrs, kColumns };
}  // namespace pg_publication_rel

namespace pg_publication_namespace {
inline constexpr types::Oid kOid = 6237, kSchemaIndex = 6239;
enum : int { oid, pnpubid, pnnspid, kColumns };
}  // namespace pg_publication_namespace

namespace pg_subscription {
inline constexpr types::Oid kOid = 6100, kNameIndex = 6115;
enum : int {
  oid, subdbid, subskiplsn, subname, subowner, subenabled, subbinary, substream, subtwophasestate, subdisableonerr,
  subconninfo, subslotname, subsynccommit, subpublications, kColumns
};
}  // namespace pg_subscription

namespace pg_parameter_acl {
inline constexpr types::Oid kOid = 6243, kNameIndex = 6246;
enum : int { oid, parname, paracl, kColumns };
}  // namespace pg_parameter_acl

}  // namespace catalog
