// Result rows onto the wire, in text or binary format.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "catalog/catalog_view.h"
#include "planner/plan.h"
#include "protocol/backend_message.h"
#include "types/eval_context.h"
#include "types/type_io.h"
#include "types/vector.h"

namespace session {

// Knows each column's type and format; made once per portal (or cached statement), used for every
// row. The columns outlive it. Not thread-safe.
class RowWriter {
 public:
  // `formats`: none (all text), one for all, or one per column; 0 text, 1 binary. Throws SqlError
  // 08P01 for a wrong count, 0A000 for a type without output.
  RowWriter(std::span<const planner::ResultColumn> columns, std::span<const std::int16_t> formats);

  void describe(protocol::BackendMessages& messages, catalog::CatalogView& catalog) const;

  // One DataRow for row `row` of the batch's columns.
  void write(types::EvalContext& context, std::span<const types::Vector> columns,
             std::uint32_t row, protocol::BackendMessages& messages) const;

 private:
  struct Column {
    const planner::ResultColumn* source;
    const types::TypeSupport* support;
    std::int16_t format;
  };
  std::vector<Column> columns_;
};

}  // namespace session
