#include "parser/string_syntax.h"

// libpg_query's own, one for each thread; its scanner reads it when it starts on a text.
extern "C" {
extern __thread bool standard_conforming_strings;
}

namespace parser {

StringSyntax::StringSyntax(bool standard_conforming) {
  standard_conforming_strings = standard_conforming;
}
StringSyntax::~StringSyntax() { standard_conforming_strings = true; }

}  // namespace parser
