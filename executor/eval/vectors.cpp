#include "eval/node.h"

namespace eval {
namespace {

template <typename T>
void copy_typed(const types::Vector& values, types::Selection rows, types::Vector& out) {
  T* to = out.data<T>();
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    to[row] = values.get<T>(row);
  }
}

}  // namespace

types::Selection select_true(const types::Vector& values, types::Selection rows,
                             std::uint16_t* buffer) {
  if (values.is_constant()) {
    const bool keep = rows.count > 0 && !values.is_null(0) && values.get<bool>(0);
    return keep ? rows : types::Selection{buffer, 0};
  }
  std::uint32_t count = 0;
  const bool* value = values.data<bool>();
  if (!values.may_have_nulls()) {
    if (rows.dense()) {
      for (std::uint32_t row = 0; row < rows.count; ++row) {
        buffer[count] = static_cast<std::uint16_t>(row);
        count += value[row];
      }
      // All of them: stay dense, which is quicker for everyone downstream.
      if (count == rows.count) return rows;
    } else {
      for (std::uint32_t i = 0; i < rows.count; ++i) {
        buffer[count] = rows.rows[i];
        count += value[rows.rows[i]];
      }
    }
  } else {
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      buffer[count] = static_cast<std::uint16_t>(row);
      count += !values.is_null(row) && value[row];
    }
    if (rows.dense() && count == rows.count) return rows;
  }
  return {buffer, count};
}

void copy_rows(const types::Vector& values, types::Selection rows, types::Vector& out) {
  switch (types::width_of(out.type())) {
    case 1: copy_typed<std::uint8_t>(values, rows, out); break;
    case 2: copy_typed<std::uint16_t>(values, rows, out); break;
    case 4: copy_typed<std::uint32_t>(values, rows, out); break;
    case 8: copy_typed<std::uint64_t>(values, rows, out); break;
    default: copy_typed<types::Fixed16>(values, rows, out); break;
  }
  if (values.may_have_nulls()) {
    for (std::uint32_t i = 0; i < rows.count; ++i)
      if (values.is_null(rows[i])) out.set_null(rows[i]);
  }
}

}  // namespace eval
