// Where each extension's file hands itself to the registry.
#pragma once

#include "extensions/extension.h"

namespace extensions {

const Extension& btree_gin();
const Extension& btree_gist();
const Extension& citext();
const Extension& cube();
const Extension& dict_int();
const Extension& dict_xsyn();
const Extension& earthdistance();
const Extension& fuzzystrmatch();
const Extension& hstore();
const Extension& intarray();
const Extension& lo();
const Extension& ltree();
const Extension& moddatetime();
const Extension& pg_stat_statements();
const Extension& pg_trgm();
const Extension& pgcrypto();
const Extension& tablefunc();
const Extension& unaccent();
const Extension& uuid_ossp();

}  // namespace extensions
