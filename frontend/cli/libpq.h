// PostgreSQL's client library, loaded when a subcommand speaks to a server.
//
// It brings twenty libraries with it (Kerberos, LDAP, GnuTLS and what they need), whose symbols would be bound whenever
// a process begins: a third of the time until a writer that takes over says its first word to a node, and for nothing.
#pragma once

#include <libpq-fe.h>

namespace cli {

struct LibPq {
  decltype(&PQconnectdbParams) connectdb_params;
  decltype(&PQfinish) finish;
  decltype(&PQstatus) status;
  decltype(&PQerrorMessage) error_message;
  decltype(&PQexecParams) exec_params;
  decltype(&PQresultStatus) result_status;
  decltype(&PQresultErrorMessage) result_error_message;
  decltype(&PQclear) clear;
  decltype(&PQntuples) ntuples;
  decltype(&PQnfields) nfields;
  decltype(&PQfname) fname;
  decltype(&PQftype) ftype;
  decltype(&PQgetisnull) getisnull;
  decltype(&PQgetvalue) getvalue;
};

// Loads it the first time and keeps it. Throws ClientError when it is not there.
const LibPq& libpq();

}  // namespace cli
