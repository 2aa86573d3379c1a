// What ANALYZE finds out about several columns together, as values of pg_statistic_ext_data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "types/datum.h"
#include "types/oid.h"

namespace types {

// Columns go by pg_attribute.attnum; expressions of the statistics object are -1, -2, ..

// pg_ndistinct: how many combinations of values there are.
struct CombinedDistinct {
  std::vector<std::int16_t> columns;  // ascending, two or more
  double count = 0;
};
// pg_dependencies: in what part of the rows the last column follows from the others.
struct ColumnDependency {
  std::vector<std::int16_t> columns;
  double degree = 0;
};
// pg_mcv_list: combinations that are common, the most common first.
struct CommonRows {
  std::vector<Oid> types;
  std::vector<PhysicalType> physical;
  struct Row {
    std::vector<Datum> values;
    double frequency = 0;
    double base_frequency = 0;  // were the columns independent
  };
  std::vector<Row> rows;
  std::shared_ptr<const std::string> bytes;  // what varlen values point into; null: somebody else has them
};

// Layout (native byte order): u32 count; per item u32 columns, i16 each, f64.
std::string encode_distinct(const std::vector<CombinedDistinct>& list);
std::vector<CombinedDistinct> decode_distinct(std::string_view bytes);
std::string encode_dependencies(const std::vector<ColumnDependency>& list);
std::vector<ColumnDependency> decode_dependencies(std::string_view bytes);

// u32 columns, u32 rows; per column u32 type, u8 PhysicalType; per row f64 frequency, f64 base frequency, then
// per column u8 is_null and the value: fixed-width ones raw, varlen as u32 size, bytes.
std::string encode_common_rows(const CommonRows& common);
CommonRows decode_common_rows(std::string_view bytes);

}  // namespace types
