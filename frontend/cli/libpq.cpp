#include "libpq.h"

#include <dlfcn.h>

#include <type_traits>

#include <fmt/format.h>

#include "client.h"

namespace cli {
namespace {

constexpr const char* kLibPqName = "libpq.so.5";  // its interface since PostgreSQL 8.0

LibPq load_libpq() {
  void* const library = dlopen(kLibPqName, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw ClientError(fmt::format("PostgreSQL's client library cannot be loaded: {}", dlerror()));
  LibPq out{};
  const auto find = [library](auto& function, const char* name) {
    void* const symbol = dlsym(library, name);
    if (symbol == nullptr) throw ClientError(fmt::format("{} has no {}", kLibPqName, name));
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  find(out.connectdb_params, "PQconnectdbParams");
  find(out.finish, "PQfinish");
  find(out.status, "PQstatus");
  find(out.error_message, "PQerrorMessage");
  find(out.exec_params, "PQexecParams");
  find(out.result_status, "PQresultStatus");
  find(out.result_error_message, "PQresultErrorMessage");
  find(out.clear, "PQclear");
  find(out.ntuples, "PQntuples");
  find(out.nfields, "PQnfields");
  find(out.fname, "PQfname");
  find(out.ftype, "PQftype");
  find(out.getisnull, "PQgetisnull");
  find(out.getvalue, "PQgetvalue");
  return out;
}

}  // namespace

const LibPq& libpq() {
  static const LibPq functions = load_libpq();
  return functions;
}

}  // namespace cli
