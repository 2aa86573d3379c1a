// The send functions of types, called from SQL: a value's binary form as bytea.
#include "function_table.h"
#include "kernel.h"
#include "types/type_io.h"

namespace functions {
namespace {

std::string send(EvalContext& ctx, const FunctionCall& call, Datum value) {
  std::string out;
  types::type_support(ctx, call.arguments[0].oid).send(ctx, value, out);
  return out;
}

constexpr ScalarFunction kSendFunctions[] = {
    {"anyarray_send", strict<&send>},
    {"anycompatiblearray_send", strict<&send>},
    {"pg_snapshot_send", strict<&send>},
    {"regclasssend", strict<&send>},
    {"regcollationsend", strict<&send>},
    {"regconfigsend", strict<&send>},
    {"regdictionarysend", strict<&send>},
    {"regnamespacesend", strict<&send>},
    {"regopersend", strict<&send>},
    {"regoperatorsend", strict<&send>},
    {"regprocsend", strict<&send>},
    {"regproceduresend", strict<&send>},
    {"regrolesend", strict<&send>},
    {"regtypesend", strict<&send>},
    {"bit_send", strict<&send>},
    {"boolsend", strict<&send>},
    {"box_send", strict<&send>},
    {"bpcharsend", strict<&send>},
    {"byteasend", strict<&send>},
    {"cash_send", strict<&send>},
    {"charsend", strict<&send>},
    {"cidr_send", strict<&send>},
    {"cidsend", strict<&send>},
    {"circle_send", strict<&send>},
    {"date_send", strict<&send>},
    {"enum_send", strict<&send>},
    {"float4send", strict<&send>},
    {"float8send", strict<&send>},
    {"inet_send", strict<&send>},
    {"int2send", strict<&send>},
    {"int2vectorsend", strict<&send>},
    {"int4send", strict<&send>},
    {"int8send", strict<&send>},
    {"interval_send", strict<&send>},
    {"json_send", strict<&send>},
    {"jsonb_send", strict<&send>},
    {"jsonpath_send", strict<&send>},
    {"line_send", strict<&send>},
    {"lseg_send", strict<&send>},
    {"macaddr8_send", strict<&send>},
    {"macaddr_send", strict<&send>},
    {"multirange_send", strict<&send>},
    {"namesend", strict<&send>},
    {"numeric_send", strict<&send>},
    {"oidsend", strict<&send>},
    {"xml_send", strict<&send>},
    {"oidvectorsend", strict<&send>},
    {"path_send", strict<&send>},
    {"pg_lsn_send", strict<&send>},
    {"point_send", strict<&send>},
    {"poly_send", strict<&send>},
    {"range_send", strict<&send>},
    {"record_send", strict<&send>},
    {"array_send", strict<&send>},
    {"textsend", strict<&send>},
    {"tidsend", strict<&send>},
    {"time_send", strict<&send>},
    {"timestamp_send", strict<&send>},
    {"timestamptz_send", strict<&send>},
    {"timetz_send", strict<&send>},
    {"tsquerysend", strict<&send>},
    {"tsvectorsend", strict<&send>},
    {"uuid_send", strict<&send>},
    {"varbit_send", strict<&send>},
    {"varcharsend", strict<&send>},
    {"xid8send", strict<&send>},
    {"xidsend", strict<&send>},
};

}  // namespace

std::span<const ScalarFunction> send_functions() { return kSendFunctions; }

}  // namespace functions
