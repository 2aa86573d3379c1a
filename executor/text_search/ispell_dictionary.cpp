#include "options.h"
#include "types/sql_error.h"

namespace text_search {

std::shared_ptr<const Dictionary> make_ispell(const Options&) {
  throw types::SqlError::not_supported("the text search template ispell");
}

}  // namespace text_search
