#include "types/sql_error.h"

namespace types {

SqlError SqlError::not_supported(std::string_view feature) {
  return SqlError("0A000", std::string(feature) + " is not supported yet");
}

}  // namespace types
