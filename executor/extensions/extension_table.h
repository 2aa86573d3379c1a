// Where each extension's file hands itself to the registry.
#pragma once

#include "extensions/extension.h"

namespace extensions {

const Extension& fuzzystrmatch();
const Extension& pg_trgm();
const Extension& pgcrypto();
const Extension& unaccent();
const Extension& uuid_ossp();

}  // namespace extensions
