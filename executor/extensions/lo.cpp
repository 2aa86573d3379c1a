// lo: large objects that go when the last column that names them does.
#include "extension_table.h"

namespace extensions {
namespace {

constexpr Domain kDomains[] = {{"lo", "pg_catalog.oid"}};
// What the trigger does is the session's (session/native_triggers.h).
constexpr Routine kLoRoutines[] = {
    {"lo_oid", "lo", "oid", "SELECT $1::pg_catalog.oid", "issq"},
    {"lo_manage", "", "trigger", "lo_manage", "v-u"},
};

}  // namespace

const Extension& lo() {
  static const Extension extension{.name = "lo",
                                   .version = "1.1",
                                   .comment = "Large Object maintenance",
                                   .trusted = true,
                                   .routines = kLoRoutines,
                                   .domains = kDomains};
  return extension;
}

}  // namespace extensions
