// Names that a trigger gives to what its statement has changed.
#pragma once

#include <optional>
#include <string_view>

#include "types/oid.h"

namespace analyzer {

// What the Variables of a statement are besides in the function of a trigger with transition tables (found by
// dynamic_cast): bodies of other functions and views that are analysed meanwhile have other ones.
class TransitionNames {
 public:
  virtual ~TransitionNames() = default;
  // The table whose columns the rows have.
  virtual types::Oid relation() const = 0;
  // Whether the name means the new rows (true) or the old ones (false); nullopt: neither.
  virtual std::optional<bool> find_table(std::string_view name) const = 0;
};

}  // namespace analyzer
