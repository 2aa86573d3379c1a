// The one row of a join's left side that meets many of its right side.
#pragma once

#include <cstdint>
#include <span>

#include "types/vector.h"

namespace operators {

// Sets `constants`, one for each of `columns`, to a row's values, which are borrowed; `combined` begins with the same.
inline void set_left_row(std::span<const types::Vector> columns, std::uint32_t row, std::span<types::Vector> constants,
                         std::span<types::Vector> combined) {
  for (std::size_t c = 0; c < constants.size(); ++c) {
    const types::Datum value = columns[c].datum(row);
    if (value.is_null) {
      constants[c].set_null(0);
    } else {
      constants[c].clear();
      constants[c].set_datum(0, value);
    }
    combined[c] = constants[c];
  }
}

}  // namespace operators
