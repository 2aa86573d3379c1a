#include "types/record.h"

#include <fmt/format.h>

#include "types/eval_context.h"
#include "types/sql_error.h"
#include "types/type_io.h"

#include "wal/check.h"

namespace types {
namespace {

constexpr std::size_t kHeader = 8, kField = 6;

}  // namespace

RecordView::RecordView(std::string_view bytes) : bytes_(bytes.data()) {
  CHECK(bytes.size() >= kHeader);
  size_ = read(4);
  CHECK(bytes.size() >= kHeader + kField * size_);
  data_ = bytes_ + kHeader + kField * size_;
}

bool RecordView::Cursor::next() {
  if (index_ >= record_.size_) return false;
  const std::uint32_t i = index_++;
  if (record_.is_null(i)) {
    value_ = Datum::null();
    return true;
  }
  value_.is_null = false;
  const PhysicalType physical = record_.physical(i);
  if (physical == PhysicalType::varlen) {
    std::uint32_t size;
    std::memcpy(&size, data_, 4);
    value_.varlen = {data_ + 4, size};
    data_ += 4 + size;
  } else {
    value_ = Datum();
    value_.is_null = false;
    std::memcpy(&value_.fixed16, data_, width_of(physical));
    data_ += width_of(physical);
  }
  return true;
}

Datum RecordView::field(std::uint32_t i) const {
  if (is_null(i)) return Datum::null();
  Cursor cursor(*this);
  for (std::uint32_t at = 0; at <= i; ++at) cursor.next();
  return cursor.value();
}

Datum make_record(Arena& arena, Oid row_type, std::span<const RecordField> fields,
                  std::span<const Datum> values) {
  CHECK(fields.size() == values.size());
  std::size_t bytes = kHeader + kField * fields.size();
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!values[i].is_null)
      bytes += fields[i].physical == PhysicalType::varlen ? 4 + values[i].varlen.size
                                                          : width_of(fields[i].physical);
  auto* start = static_cast<char*>(arena.allocate(bytes, 1));
  const auto count = static_cast<std::uint32_t>(fields.size());
  std::memcpy(start, &row_type, 4);
  std::memcpy(start + 4, &count, 4);
  char* header = start + kHeader;
  char* data = header + kField * fields.size();
  for (std::size_t i = 0; i < fields.size(); ++i, header += kField) {
    std::memcpy(header, &fields[i].type, 4);
    header[4] = static_cast<char>(fields[i].physical);
    header[5] = values[i].is_null ? 1 : 0;
    if (values[i].is_null) continue;
    if (fields[i].physical == PhysicalType::varlen) {
      const auto size = static_cast<std::uint32_t>(values[i].varlen.size);
      std::memcpy(data, &size, 4);
      if (size != 0) std::memcpy(data + 4, values[i].varlen.data, size);
      data += 4 + size;
    } else {
      const std::size_t width = width_of(fields[i].physical);
      std::memcpy(data, &values[i].fixed16, width);
      data += width;
    }
  }
  return Datum::of(std::string_view(start, bytes));
}

void require_row_shape(EvalContext& context, const RecordView& record,
                       std::span<const TypeRef> columns) {
  if (columns.empty()) return;
  constexpr const char* kMessage =
      "function return row and query-specified return row do not match";
  if (record.size() != columns.size())
    throw SqlError("42804", kMessage)
        .with_detail(fmt::format("Returned row contains {} attribute{}, but query expects {}.",
                                 record.size(), record.size() == 1 ? "" : "s", columns.size()));
  for (std::uint32_t i = 0; i < record.size(); ++i) {
    const Oid is = record.field_type(i), wanted = columns[i].oid;
    if (is == wanted || is == 0 || record.is_null(i)) continue;
    const auto* have = find_type(is);
    const auto* want = find_type(wanted);
    if (have == nullptr || want == nullptr || have->physical == want->physical) {
      // Domains say their own name; what lies in memory is what counts there.
      if (have == nullptr || want == nullptr) continue;
    }
    throw SqlError("42804", kMessage)
        .with_detail(fmt::format("Returned type {} at ordinal position {}, but query expects {}.",
                                 context.names ? context.names->format_type(is, -1) : std::to_string(is), i + 1,
                                 context.names ? context.names->format_type(wanted, -1) : std::to_string(wanted)));
  }
}

}  // namespace types
