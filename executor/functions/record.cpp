// Comparisons of rows.
#include <cstring>

#include "function_table.h"
#include "kernel.h"
#include "types/live_fields.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace functions {
namespace {

using std::string_view;

std::int32_t order(EvalContext& ctx, string_view a, string_view b) {
  const types::UserType* shape = types::shape_of(ctx, types::RecordView(a));
  const types::TypeSupport& support = shape != nullptr ? shape->support() : types::type_support(ctx, types::oid::record);
  return support.compare(Datum::of(a), Datum::of(b));
}
bool eq(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) == 0; }
bool ne(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) != 0; }
bool lt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) < 0; }
bool le(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) <= 0; }
bool gt(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) > 0; }
bool ge(EvalContext& ctx, string_view a, string_view b) { return order(ctx, a, b) >= 0; }

// Order by the fields' bytes: equal only when nothing at all tells them apart.
std::int32_t image_order(EvalContext& ctx, string_view a, string_view b) {
  const types::RecordView x(a), y(b);
  types::LiveFields i(x, types::shape_of(ctx, x)), j(y, types::shape_of(ctx, y));
  for (;;) {
    const bool more = i.next();
    if (more != j.next())
      throw types::SqlError("42804", "cannot compare record types with different numbers of columns");
    if (!more) return 0;
    const types::Oid left = i.type(), right = j.type();
    if (left != right) {
      auto name = [&](types::Oid type) {
        return ctx.names != nullptr ? ctx.names->format_type(type, -1) : std::to_string(type);
      };
      throw types::SqlError("42804", "cannot compare dissimilar column types " + name(left) + " and " +
                                         name(right) + " at record column " + std::to_string(i.index() + 1));
    }
    const Datum &v = i.value(), &w = j.value();
    if (v.is_null || w.is_null) {
      if (v.is_null && w.is_null) continue;
      return v.is_null ? 1 : -1;
    }
    int order = 0;
    const types::PhysicalType physical = i.physical();
    auto unsigned_order = [&](std::uint64_t left, std::uint64_t right) { order = left < right ? -1 : int{left > right}; };
    switch (physical) {
      case types::PhysicalType::varlen: order = v.as<string_view>().compare(w.as<string_view>()); break;
      case types::PhysicalType::int8:
        unsigned_order(static_cast<std::uint64_t>(std::int64_t{v.int8}), static_cast<std::uint64_t>(std::int64_t{w.int8}));
        break;
      case types::PhysicalType::int16:
        unsigned_order(static_cast<std::uint64_t>(std::int64_t{v.int16}), static_cast<std::uint64_t>(std::int64_t{w.int16}));
        break;
      case types::PhysicalType::int32:
      case types::PhysicalType::float32:
        unsigned_order(static_cast<std::uint64_t>(std::int64_t{v.int32}), static_cast<std::uint64_t>(std::int64_t{w.int32}));
        break;
      case types::PhysicalType::boolean: unsigned_order(v.boolean, w.boolean); break;
      case types::PhysicalType::fixed16: order = std::memcmp(&v.fixed16, &w.fixed16, 16); break;
      default: unsigned_order(v.as<std::uint64_t>(), w.as<std::uint64_t>());
    }
    if (order != 0) return order < 0 ? -1 : 1;
  }
}
bool image_eq(EvalContext& ctx, string_view a, string_view b) { return image_order(ctx, a, b) == 0; }
bool image_ne(EvalContext& ctx, string_view a, string_view b) { return image_order(ctx, a, b) != 0; }
bool image_lt(EvalContext& ctx, string_view a, string_view b) { return image_order(ctx, a, b) < 0; }
bool image_le(EvalContext& ctx, string_view a, string_view b) { return image_order(ctx, a, b) <= 0; }
bool image_gt(EvalContext& ctx, string_view a, string_view b) { return image_order(ctx, a, b) > 0; }
bool image_ge(EvalContext& ctx, string_view a, string_view b) { return image_order(ctx, a, b) >= 0; }

constexpr ScalarFunction kRecordFunctions[] = {
    {"record_eq", strict<&eq>}, {"record_ne", strict<&ne>}, {"record_lt", strict<&lt>},
    {"record_le", strict<&le>}, {"record_gt", strict<&gt>}, {"record_ge", strict<&ge>},
    {"btrecordcmp", strict<&order>},
    {"record_image_eq", strict<&image_eq>}, {"record_image_ne", strict<&image_ne>},
    {"record_image_lt", strict<&image_lt>}, {"record_image_le", strict<&image_le>},
    {"record_image_gt", strict<&image_gt>}, {"record_image_ge", strict<&image_ge>},
    {"btrecordimagecmp", strict<&image_order>},
};

}  // namespace

std::span<const ScalarFunction> record_functions() { return kRecordFunctions; }

}  // namespace functions
