// Errors that point nowhere into the statement's text.
#pragma once

#include <utility>

#include "types/sql_error.h"

namespace analyzer {

// What PostgreSQL analyses away from its text (constraints, defaults and types of ALTER TABLE, domains, row types, casts,
// operators): its errors have no position, and clients see none.
template <typename Analysis>
auto without_position(Analysis&& analysis) {
  try {
    return analysis();
  } catch (types::SqlError& error) {
    throw std::move(error).at(-1);
  }
}

}  // namespace analyzer
