// What XMLTABLE's call says of a column, in one number: analysis writes it, deparsing and the rows read it.
#pragma once

#include <cstdint>

namespace xml {

enum ColumnFlag : std::int32_t {
  kOrdinality = 1, kNotNull = 2, kHasPath = 4, kHasDefault = 8,
  kIsNumber = 16  // of a numeric type
};

}  // namespace xml
