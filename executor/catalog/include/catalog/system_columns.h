// Columns of the catalogue tables that the engine reads and writes, by position from 0, and the
// tables' OIDs: catalog::pg_class::relname is column 1 of table catalog::pg_class::kOid.
#pragma once

#include "types/oid.h"

namespace catalog {

namespace pg_aggregate {
inline constexpr types::Oid kOid = 2600;
enum : int {
  aggfnoid, aggkind, aggnumdirectargs, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn,
  aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn, aggfinalextra, aggmfinalextra,
  aggfinalmodify, aggmfinalmodify, aggsortop, aggtranstype, aggtransspace, aggmtranstype,
  aggmtransspace, agginitval, aggminitval, kColumns
};
}  // namespace pg_aggregate

namespace pg_am {
inline constexpr types::Oid kOid = 2601;
enum : int {
  oid, amname, amhandler, amtype, kColumns
};
}  // namespace pg_am

namespace pg_amop {
inline constexpr types::Oid kOid = 2602;
enum : int {
  oid, amopfamily, amoplefttype, amoprighttype, amopstrategy, amoppurpose, amopopr, amopmethod, amopsortfamily, kColumns
};
}  // namespace pg_amop

namespace pg_amproc {
inline constexpr types::Oid kOid = 2603;
enum : int {
  oid, amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc, kColumns
};
}  // namespace pg_amproc

namespace pg_attrdef {
inline constexpr types::Oid kOid = 2604;
enum : int {
  oid, adrelid, adnum, adbin, kColumns
};
}  // namespace pg_attrdef

namespace pg_attribute {
inline constexpr types::Oid kOid = 1249;
enum : int {
  attrelid, attname, atttypid, attstattarget, attlen, attnum, attndims, attcacheoff, atttypmod,
  attbyval, attalign, attstorage, attcompression, attnotnull, atthasdef, atthasmissing,
  attidentity, attgenerated, attisdropped, attislocal, attinhcount, attcollation, attacl,
  attoptions, attfdwoptions, attmissingval, kColumns
};
}  // namespace pg_attribute

namespace pg_auth_members {
inline constexpr types::Oid kOid = 1261;
enum : int {
  roleid, member, grantor, admin_option, kColumns
};
}  // namespace pg_auth_members

namespace pg_authid {
inline constexpr types::Oid kOid = 1260;
enum : int {
  oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
  rolbypassrls, rolconnlimit, rolpassword, rolvaliduntil, kColumns
};
}  // namespace pg_authid

namespace pg_cast {
inline constexpr types::Oid kOid = 2605;
enum : int {
  oid, castsource, casttarget, castfunc, castcontext, castmethod, kColumns
};
}  // namespace pg_cast

namespace pg_class {
inline constexpr types::Oid kOid = 1259;
enum : int {
  oid, relname, relnamespace, reltype, reloftype, relowner, relam, relfilenode, reltablespace,
  relpages, reltuples, relallvisible, reltoastrelid, relhasindex, relisshared, relpersistence,
  relkind, relnatts, relchecks, relhasrules, relhastriggers, relhassubclass, relrowsecurity,
  relforcerowsecurity, relispopulated, relreplident, relispartition, relrewrite, relfrozenxid,
  relminmxid, relacl, reloptions, relpartbound, kColumns
};
}  // namespace pg_class

namespace pg_collation {
inline constexpr types::Oid kOid = 3456;
enum : int {
  oid, collname, collnamespace, collowner, collprovider, collisdeterministic, collencoding,
  collcollate, collctype, colliculocale, collversion, kColumns
};
}  // namespace pg_collation

namespace pg_constraint {
inline constexpr types::Oid kOid = 2606;
enum : int {
  oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid,
  contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype,
  conislocal, coninhcount, connoinherit, conkey, confkey, conpfeqop, conppeqop, conffeqop,
  confdelsetcols, conexclop, conbin, kColumns
};
}  // namespace pg_constraint

namespace pg_conversion {
inline constexpr types::Oid kOid = 2607;
enum : int {
  oid, conname, connamespace, conowner, conforencoding, contoencoding, conproc, condefault, kColumns
};
}  // namespace pg_conversion

namespace pg_database {
inline constexpr types::Oid kOid = 1262;
enum : int {
  oid, datname, datdba, encoding, datlocprovider, datistemplate, datallowconn, datconnlimit,
  datfrozenxid, datminmxid, dattablespace, datcollate, datctype, daticulocale, datcollversion,
  datacl, kColumns
};
}  // namespace pg_database

namespace pg_db_role_setting {
inline constexpr types::Oid kOid = 2964;
enum : int {
  setdatabase, setrole, setconfig, kColumns
};
}  // namespace pg_db_role_setting

namespace pg_default_acl {
inline constexpr types::Oid kOid = 826;
enum : int {
  oid, defaclrole, defaclnamespace, defaclobjtype, defaclacl, kColumns
};
}  // namespace pg_default_acl

namespace pg_depend {
inline constexpr types::Oid kOid = 2608;
enum : int {
  classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype, kColumns
};
}  // namespace pg_depend

namespace pg_description {
inline constexpr types::Oid kOid = 2609;
enum : int {
  objoid, classoid, objsubid, description, kColumns
};
}  // namespace pg_description

namespace pg_enum {
inline constexpr types::Oid kOid = 3501;
enum : int {
  oid, enumtypid, enumsortorder, enumlabel, kColumns
};
}  // namespace pg_enum

namespace pg_extension {
inline constexpr types::Oid kOid = 3079;
enum : int {
  oid, extname, extowner, extnamespace, extrelocatable, extversion, extconfig, extcondition,
  kColumns
};
}  // namespace pg_extension

namespace pg_index {
inline constexpr types::Oid kOid = 2610;
enum : int {
  indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisprimary,
  indisexclusion, indimmediate, indisclustered, indisvalid, indcheckxmin, indisready, indislive,
  indisreplident, indkey, indcollation, indclass, indoption, indexprs, indpred, kColumns
};
}  // namespace pg_index

namespace pg_partitioned_table {
inline constexpr types::Oid kOid = 3350;
enum : int {
  partrelid, partstrat, partnatts, partdefid, partattrs, partclass, partcollation, partexprs,
  kColumns
};
}  // namespace pg_partitioned_table

namespace pg_inherits {
inline constexpr types::Oid kOid = 2611;
enum : int {
  inhrelid, inhparent, inhseqno, inhdetachpending, kColumns
};
}  // namespace pg_inherits

namespace pg_language {
inline constexpr types::Oid kOid = 2612;
enum : int {
  oid, lanname, lanowner, lanispl, lanpltrusted, lanplcallfoid, laninline, lanvalidator, lanacl,
  kColumns
};
}  // namespace pg_language

namespace pg_namespace {
inline constexpr types::Oid kOid = 2615;
enum : int {
  oid, nspname, nspowner, nspacl, kColumns
};
}  // namespace pg_namespace

namespace pg_opclass {
inline constexpr types::Oid kOid = 2616;
enum : int {
  oid, opcmethod, opcname, opcnamespace, opcowner, opcfamily, opcintype, opcdefault, opckeytype, kColumns
};
}  // namespace pg_opclass

namespace pg_operator {
inline constexpr types::Oid kOid = 2617;
enum : int {
  oid, oprname, oprnamespace, oprowner, oprkind, oprcanmerge, oprcanhash, oprleft, oprright,
  oprresult, oprcom, oprnegate, oprcode, oprrest, oprjoin, kColumns
};
}  // namespace pg_operator

namespace pg_opfamily {
inline constexpr types::Oid kOid = 2753;
enum : int {
  oid, opfmethod, opfname, opfnamespace, opfowner, kColumns
};
}  // namespace pg_opfamily

namespace pg_proc {
inline constexpr types::Oid kOid = 1255;
enum : int {
  oid, proname, pronamespace, proowner, prolang, procost, prorows, provariadic, prosupport,
  prokind, prosecdef, proleakproof, proisstrict, proretset, provolatile, proparallel, pronargs,
  pronargdefaults, prorettype, proargtypes, proallargtypes, proargmodes, proargnames,
  proargdefaults, protrftypes, prosrc, probin, prosqlbody, proconfig, proacl, kColumns
};
}  // namespace pg_proc

namespace pg_range {
inline constexpr types::Oid kOid = 3541;
enum : int {
  rngtypid, rngsubtype, rngmultitypid, rngcollation, rngsubopc, rngcanonical, rngsubdiff,
  kColumns
};
}  // namespace pg_range

namespace pg_rewrite {
inline constexpr types::Oid kOid = 2618;
enum : int {
  oid, rulename, ev_class, ev_type, ev_enabled, is_instead, ev_qual, ev_action, kColumns
};
}  // namespace pg_rewrite

namespace pg_sequence {
inline constexpr types::Oid kOid = 2224;
enum : int {
  seqrelid, seqtypid, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle, kColumns
};
}  // namespace pg_sequence

namespace pg_shdepend {
inline constexpr types::Oid kOid = 1214;
enum : int {
  dbid, classid, objid, objsubid, refclassid, refobjid, deptype, kColumns
};
}  // namespace pg_shdepend

namespace pg_shdescription {
inline constexpr types::Oid kOid = 2396;
enum : int {
  objoid, classoid, description, kColumns
};
}  // namespace pg_shdescription

namespace pg_statistic {
inline constexpr types::Oid kOid = 2619;
enum : int {
  starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct, stakind1, stakind2,
  stakind3, stakind4, stakind5, staop1, staop2, staop3, staop4, staop5, stacoll1, stacoll2,
  stacoll3, stacoll4, stacoll5, stanumbers1, stanumbers2, stanumbers3, stanumbers4, stanumbers5,
  stavalues1, stavalues2, stavalues3, stavalues4, stavalues5, kColumns
};
}  // namespace pg_statistic

namespace pg_statistic_ext {
inline constexpr types::Oid kOid = 3381;
enum : int {
  oid, stxrelid, stxname, stxnamespace, stxowner, stxstattarget, stxkeys, stxkind, stxexprs, kColumns
};
}  // namespace pg_statistic_ext

namespace pg_tablespace {
inline constexpr types::Oid kOid = 1213;
enum : int {
  oid, spcname, spcowner, spcacl, spcoptions, kColumns
};
}  // namespace pg_tablespace

namespace pg_policy {
inline constexpr types::Oid kOid = 3256;
enum : int {
  oid, polname, polrelid, polcmd, polpermissive, polroles, polqual, polwithcheck, kColumns
};
}  // namespace pg_policy

namespace pg_trigger {
inline constexpr types::Oid kOid = 2620;
enum : int {
  oid, tgrelid, tgparentid, tgname, tgfoid, tgtype, tgenabled, tgisinternal, tgconstrrelid,
  tgconstrindid, tgconstraint, tgdeferrable, tginitdeferred, tgnargs, tgattr, tgargs, tgqual,
  tgoldtable, tgnewtable, kColumns
};
}  // namespace pg_trigger

namespace pg_type {
inline constexpr types::Oid kOid = 1247;
enum : int {
  oid, typname, typnamespace, typowner, typlen, typbyval, typtype, typcategory, typispreferred,
  typisdefined, typdelim, typrelid, typsubscript, typelem, typarray, typinput, typoutput,
  typreceive, typsend, typmodin, typmodout, typanalyze, typalign, typstorage, typnotnull,
  typbasetype, typtypmod, typndims, typcollation, typdefaultbin, typdefault, typacl, kColumns
};
}  // namespace pg_type

// Indexes that lookups name.
namespace index {
inline constexpr types::Oid pg_attrdef_adrelid_adnum_index = 2656;
inline constexpr types::Oid pg_attribute_relid_attnam_index = 2658;
inline constexpr types::Oid pg_attribute_relid_attnum_index = 2659;
inline constexpr types::Oid pg_auth_members_member_role_index = 2695;
inline constexpr types::Oid pg_auth_members_role_member_index = 2694;
inline constexpr types::Oid pg_authid_rolname_index = 2676;
inline constexpr types::Oid pg_class_oid_index = 2662;
inline constexpr types::Oid pg_class_relname_nsp_index = 2663;
inline constexpr types::Oid pg_constraint_conname_nsp_index = 2664;
inline constexpr types::Oid pg_constraint_conparentid_index = 2579;
inline constexpr types::Oid pg_constraint_conrelid_contypid_conname_index = 2665;
inline constexpr types::Oid pg_constraint_contypid_index = 2666;
inline constexpr types::Oid pg_constraint_oid_index = 2667;
inline constexpr types::Oid pg_database_datname_index = 2671;
inline constexpr types::Oid pg_db_role_setting_databaseid_rol_index = 2965;
inline constexpr types::Oid pg_depend_depender_index = 2673;
inline constexpr types::Oid pg_depend_reference_index = 2674;
inline constexpr types::Oid pg_description_o_c_o_index = 2675;
inline constexpr types::Oid pg_enum_oid_index = 3502;
inline constexpr types::Oid pg_enum_typid_label_index = 3503;
inline constexpr types::Oid pg_enum_typid_sortorder_index = 3534;
inline constexpr types::Oid pg_index_indexrelid_index = 2679;
inline constexpr types::Oid pg_index_indrelid_index = 2678;
inline constexpr types::Oid pg_inherits_parent_index = 2187;
inline constexpr types::Oid pg_inherits_relid_seqno_index = 2680;
inline constexpr types::Oid pg_namespace_nspname_index = 2684;
inline constexpr types::Oid pg_namespace_oid_index = 2685;
inline constexpr types::Oid pg_policy_polrelid_polname_index = 3258;
inline constexpr types::Oid pg_proc_oid_index = 2690;
inline constexpr types::Oid pg_proc_proname_args_nsp_index = 2691;
inline constexpr types::Oid pg_rewrite_rel_rulename_index = 2693;
inline constexpr types::Oid pg_sequence_seqrelid_index = 5002;
inline constexpr types::Oid pg_shdescription_o_c_index = 2397;
inline constexpr types::Oid pg_statistic_relid_att_inh_index = 2696;
inline constexpr types::Oid pg_trigger_tgconstraint_index = 2699;
inline constexpr types::Oid pg_trigger_tgrelid_tgname_index = 2701;
inline constexpr types::Oid pg_type_oid_index = 2703;
inline constexpr types::Oid pg_type_typname_nsp_index = 2704;
}  // namespace index

}  // namespace catalog
