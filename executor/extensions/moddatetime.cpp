// moddatetime: a trigger that notes when a row was changed.
#include "extension_table.h"

namespace extensions {
namespace {

// What the trigger does is the session's (session/native_triggers.h).
constexpr Routine kModdatetimeRoutines[] = {{"moddatetime", "", "trigger", "moddatetime", "v-u"}};

}  // namespace

const Extension& moddatetime() {
  static const Extension extension{.name = "moddatetime",
                                   .version = "1.0",
                                   .comment = "functions for tracking last modification time",
                                   .routines = kModdatetimeRoutines};
  return extension;
}

}  // namespace extensions
