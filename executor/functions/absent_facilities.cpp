// What a server answers that keeps no commit times, collects no log and is no standby, as this one.
#include <array>
#include <optional>

#include "kernel.h"
#include "small_families.h"
#include "types/record.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

[[noreturn]] void no_commit_times() {
  throw SqlError("55000", "could not get commit timestamp data")
      .with_hint("Make sure the configuration parameter \"track_commit_timestamp\" is set.");
}

// Of the permanent transactions nobody knows one, wherever.
void require_permanent(std::uint32_t xid) {
  constexpr std::uint32_t kFirstNormal = 3;
  if (xid == 0) throw SqlError("22023", "cannot retrieve commit timestamp for transaction 0");
  if (xid >= kFirstNormal) no_commit_times();
}
std::optional<std::int64_t> commit_timestamp(std::uint32_t xid) {
  require_permanent(xid);
  return std::nullopt;
}
Datum commit_timestamp_origin(EvalContext& ctx, std::uint32_t xid) {
  require_permanent(xid);
  static constexpr std::array kFields{types::RecordField{types::oid::timestamptz, types::PhysicalType::int64},
                                      types::RecordField{types::oid::oid_, types::PhysicalType::int32}};
  return types::make_record(*ctx.arena, types::oid::record, kFields, std::array{Datum(), Datum()});
}
std::optional<string_view> last_committed() { no_commit_times(); }

std::optional<string_view> current_log() { return std::nullopt; }
std::optional<string_view> current_log_of(string_view format) {
  if (format != "stderr" && format != "csvlog" && format != "jsonlog")
    throw SqlError("22023", "log format \"" + std::string(format) + "\" is not supported")
        .with_hint("The supported log formats are \"stderr\", \"csvlog\", and \"jsonlog\".");
  return std::nullopt;
}

bool promote(bool, std::int32_t) {
  throw SqlError("55000", "recovery is not in progress")
      .with_hint("Recovery control functions can only be executed during recovery.");
}

constexpr ScalarFunction kAbsentFacilitiesFunctions[] = {
    {"pg_xact_commit_timestamp", strict<&commit_timestamp>},
    {"pg_xact_commit_timestamp_origin", strict<&commit_timestamp_origin>},
    {"pg_last_committed_xact", strict<&last_committed>},
    {"pg_current_logfile", strict<&current_log>},
    {"pg_current_logfile_1arg", strict<&current_log_of>},
    {"pg_promote", strict<&promote>},
};

}  // namespace

std::span<const ScalarFunction> absent_facility_functions() { return kAbsentFacilitiesFunctions; }

}  // namespace functions
