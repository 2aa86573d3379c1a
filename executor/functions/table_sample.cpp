#include "table_sample.h"

#include <bit>

#include "kernel.h"
#include "types/hash.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

// Whether a row belongs to a sample: a coin whose throw depends on the row's key and the seed alone. SYSTEM
// throws it for runs of neighbours, keys that differ in their last byte.
bool sampled(std::optional<string_view> key, std::optional<float> percent, std::optional<double> seed, bool repeatable,
             bool by_runs) {
  if (!percent) throw SqlError("2202H", "TABLESAMPLE parameter cannot be null");
  if (!(*percent >= 0 && *percent <= 100)) throw SqlError("2202H", "sample percentage must be between 0 and 100");
  if (!seed && repeatable) throw SqlError("2202G", "TABLESAMPLE REPEATABLE parameter cannot be null");
  if (!key || !seed) return false;
  string_view thrown = *key;
  if (by_runs && thrown.size() > 1) thrown.remove_suffix(1);
  const double value = *seed == 0 ? 0 : *seed;  // -0 = 0
  const std::uint64_t mixed =
      types::hash_bytes(thrown) ^ (std::bit_cast<std::uint64_t>(value) * 0x9E3779B97F4A7C15ull);
  const string_view bytes(reinterpret_cast<const char*>(&mixed), sizeof mixed);
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>(types::hash_bytes(bytes) >> 11) * kUnit * 100 < static_cast<double>(*percent);
}

constexpr ScalarFunction kTableSampleFunctions[] = {
    {"sextant_sampled", strict<&sampled>},
};

}  // namespace

std::span<const ScalarFunction> table_sample_functions() { return kTableSampleFunctions; }

}  // namespace functions
