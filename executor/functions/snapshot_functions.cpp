#include "snapshot_functions.h"

#include "kernel.h"
#include "types/snapshot.h"

namespace functions {
namespace {

using std::string_view;

std::uint64_t xmin_of(string_view snapshot) { return types::read_snapshot(snapshot).xmin; }
std::uint64_t xmax_of(string_view snapshot) { return types::read_snapshot(snapshot).xmax; }
bool is_visible(std::uint64_t xid, string_view snapshot) { return types::read_snapshot(snapshot).sees(xid); }
// The lower half: it comes again after four thousand million transactions.
std::uint32_t short_xid(std::uint64_t xid) { return static_cast<std::uint32_t>(xid); }

constexpr ScalarFunction kSnapshotFunctions[] = {
    {"pg_snapshot_xmin", strict<&xmin_of>},
    {"pg_snapshot_xmax", strict<&xmax_of>},
    {"pg_visible_in_snapshot", strict<&is_visible>},
    {"xid8toxid", strict<&short_xid>},
};

class Running final : public SetFunctionRun {
 public:
  explicit Running(string_view snapshot) : xids_(types::read_snapshot(snapshot).running) {}
  std::uint32_t next(types::EvalContext&, std::span<types::Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    while (n < capacity && at_ < xids_.size()) out[0].set<std::uint64_t>(n++, xids_[at_++]);
    return n;
  }

 private:
  std::vector<std::uint64_t> xids_;
  std::size_t at_ = 0;
};

}  // namespace

std::span<const ScalarFunction> snapshot_functions() { return kSnapshotFunctions; }

std::unique_ptr<SetFunctionRun> snapshot_running(types::EvalContext&, const FunctionCall&,
                                                 std::span<const types::Datum> arguments) {
  if (arguments[0].is_null) return nullptr;
  return std::make_unique<Running>(arguments[0].as<string_view>());
}

}  // namespace functions
