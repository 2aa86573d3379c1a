#include "storage_parameters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>

#include <fmt/format.h>

#include "catalog/access_methods.h"
#include "types/bool.h"
#include "types/sql_error.h"

namespace commands {
namespace {

using types::SqlError;

struct Parameter {
  enum class Kind : std::uint8_t { boolean, integer, real, on_off_auto, check_option };
  std::string_view name;
  Kind kind;
  std::uint32_t owners;
  double minimum = 0, maximum = 0;
};

constexpr std::uint32_t set_of(std::initializer_list<ParameterOwner> owners) {
  std::uint32_t set = 0;
  for (const ParameterOwner owner : owners) set |= 1u << static_cast<unsigned>(owner);
  return set;
}

using Kind = Parameter::Kind;
using Owner = ParameterOwner;
constexpr std::uint32_t kTable = set_of({Owner::table});
constexpr std::uint32_t kVacuumed = set_of({Owner::table, Owner::toast});
constexpr double kMaxInteger = std::numeric_limits<std::int32_t>::max();
constexpr double kMaxFreezeAge = 2000000000, kMaxMultixactAge = 2000000000;

constexpr std::array kParameters = {
    Parameter{"fillfactor", Kind::integer, set_of({Owner::table, Owner::btree, Owner::hash, Owner::gist, Owner::spgist}), 10, 100},
    Parameter{"toast_tuple_target", Kind::integer, kTable, 128, 8160},
    Parameter{"parallel_workers", Kind::integer, kTable, 0, 1024},
    Parameter{"user_catalog_table", Kind::boolean, kTable},
    Parameter{"vacuum_index_cleanup", Kind::on_off_auto, kVacuumed},
    Parameter{"vacuum_truncate", Kind::boolean, kVacuumed},
    Parameter{"autovacuum_enabled", Kind::boolean, kVacuumed},
    Parameter{"autovacuum_vacuum_threshold", Kind::integer, kVacuumed, 0, kMaxInteger},
    Parameter{"autovacuum_vacuum_insert_threshold", Kind::integer, kVacuumed, -1, kMaxInteger},
    Parameter{"autovacuum_analyze_threshold", Kind::integer, kTable, 0, kMaxInteger},
    Parameter{"autovacuum_vacuum_cost_limit", Kind::integer, kVacuumed, 1, 10000},
    Parameter{"autovacuum_freeze_min_age", Kind::integer, kVacuumed, 0, 1000000000},
    Parameter{"autovacuum_freeze_max_age", Kind::integer, kVacuumed, 100000, kMaxFreezeAge},
    Parameter{"autovacuum_freeze_table_age", Kind::integer, kVacuumed, 0, kMaxFreezeAge},
    Parameter{"autovacuum_multixact_freeze_min_age", Kind::integer, kVacuumed, 0, 1000000000},
    Parameter{"autovacuum_multixact_freeze_max_age", Kind::integer, kVacuumed, 10000, kMaxMultixactAge},
    Parameter{"autovacuum_multixact_freeze_table_age", Kind::integer, kVacuumed, 0, kMaxMultixactAge},
    Parameter{"log_autovacuum_min_duration", Kind::integer, kVacuumed, -1, kMaxInteger},
    Parameter{"autovacuum_vacuum_cost_delay", Kind::real, kVacuumed, 0, 100},
    Parameter{"autovacuum_vacuum_scale_factor", Kind::real, kVacuumed, 0, 100},
    Parameter{"autovacuum_vacuum_insert_scale_factor", Kind::real, kVacuumed, 0, 100},
    Parameter{"autovacuum_analyze_scale_factor", Kind::real, kTable, 0, 100},
    Parameter{"security_barrier", Kind::boolean, set_of({Owner::view})},
    Parameter{"security_invoker", Kind::boolean, set_of({Owner::view})},
    Parameter{"check_option", Kind::check_option, set_of({Owner::view})},
    Parameter{"deduplicate_items", Kind::boolean, set_of({Owner::btree})},
    Parameter{"vacuum_cleanup_index_scale_factor", Kind::real, set_of({Owner::btree}), 0, 1e10},
    Parameter{"buffering", Kind::on_off_auto, set_of({Owner::gist})},
    Parameter{"fastupdate", Kind::boolean, set_of({Owner::gin})},
    Parameter{"gin_pending_list_limit", Kind::integer, set_of({Owner::gin}), 64, kMaxInteger},
    Parameter{"pages_per_range", Kind::integer, set_of({Owner::brin}), 1, 131072},
    Parameter{"autosummarize", Kind::boolean, set_of({Owner::brin})},
};

[[noreturn]] void refuse_value(const Parameter& parameter, const char* kind, const std::string& value) {
  throw SqlError("22023", fmt::format("invalid value for {} option \"{}\": {}", kind, parameter.name, value));
}

[[noreturn]] void refuse_choice(const Parameter& parameter, const std::string& value, const char* valid) {
  throw SqlError("22023", fmt::format("invalid value for enum option \"{}\": {}", parameter.name, value))
      .with_detail(fmt::format("Valid values are {}.", valid));
}

// As PostgreSQL's settings do, an integer may be written with a fraction, which is rounded.
void require_number(const Parameter& parameter, const std::string& value) {
  const bool whole = parameter.kind == Kind::integer;
  double number = 0;
  const char* const last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, number);
  if (error != std::errc() || end != last || !std::isfinite(number)) refuse_value(parameter, whole ? "integer" : "floating point", value);
  if (whole) number = std::nearbyint(number);
  if (number >= parameter.minimum && number <= parameter.maximum) return;
  const auto bound = [whole](double limit) { return whole ? fmt::format("{:.0f}", limit) : fmt::format("{:.6f}", limit); };
  throw SqlError("22023", fmt::format("value {} out of bounds for option \"{}\"", value, parameter.name))
      .with_detail(fmt::format("Valid values are between \"{}\" and \"{}\".", bound(parameter.minimum), bound(parameter.maximum)));
}

void require_value(const Parameter& parameter, const std::string& value) {
  switch (parameter.kind) {
    case Kind::boolean:
      if (!types::parse_bool(value)) refuse_value(parameter, "boolean", value);
      return;
    case Kind::on_off_auto:
      // Every word for a truth value, in full.
      for (const std::string_view word : {"auto", "on", "off", "true", "false", "yes", "no", "1", "0"})
        if (types::equals_ignoring_case(value, word)) return;
      refuse_choice(parameter, value, "\"on\", \"off\", and \"auto\"");
    case Kind::check_option:
      if (types::equals_ignoring_case(value, "local") || types::equals_ignoring_case(value, "cascaded")) return;
      refuse_choice(parameter, value, "\"local\" and \"cascaded\"");
    case Kind::integer:
    case Kind::real: require_number(parameter, value);
  }
}

const Parameter& require_parameter(ParameterOwner owner, std::string_view name) {
  const auto found = std::ranges::find_if(kParameters, [&](const Parameter& p) {
    return p.name == name && (p.owners & set_of({owner})) != 0;
  });
  if (found == kParameters.end()) throw SqlError("22023", fmt::format("unrecognized parameter \"{}\"", name));
  return *found;
}

// What stands before the first dot of a name; empty: nothing.
std::string_view namespace_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

}  // namespace

ParameterOwner parameter_owner(catalog::RelationKind kind) {
  switch (kind) {
    case catalog::RelationKind::view: return Owner::view;
    case catalog::RelationKind::partitioned_table: return Owner::partitioned_table;
    default: return Owner::table;
  }
}

ParameterOwner parameter_owner(Oid method) {
  switch (method) {
    case catalog::kHash: return Owner::hash;
    case catalog::kGist: return Owner::gist;
    case catalog::kSpgist: return Owner::spgist;
    case catalog::kGin: return Owner::gin;
    case catalog::kBrin: return Owner::brin;
    default: return Owner::btree;
  }
}

std::vector<std::string> storage_parameters(ParameterOwner owner, const std::vector<query::Option>& options) {
  std::vector<std::string> texts;
  const bool is_table = owner == Owner::table || owner == Owner::partitioned_table;
  for (auto option = options.begin(); option != options.end(); ++option) {
    const std::string value = option->has_value ? option->value() : "true";
    std::string_view name = option->name;
    if (is_table && name == "oids") {
      if (types::parse_bool(value).value_or(true)) throw SqlError("0A000", "tables declared WITH OIDS are not supported");
      continue;
    }
    ParameterOwner of = owner;
    if (const std::string_view space = namespace_of(name); !space.empty()) {
      if (!is_table || space != "toast")
        throw SqlError("22023", fmt::format("unrecognized parameter namespace \"{}\"", space));
      name.remove_prefix(space.size() + 1);
      of = Owner::toast;
    }
    const Parameter& parameter = require_parameter(of, name);
    if (std::any_of(options.begin(), option, [&](const query::Option& before) { return before.name == option->name; }))
      throw SqlError("22023", fmt::format("parameter \"{}\" specified more than once", name));
    require_value(parameter, value);
    if (of == owner) texts.push_back(fmt::format("{}={}", name, value));
  }
  return texts;
}

void require_no_values(const std::vector<query::Option>& options) {
  for (const query::Option& option : options)
    if (option.has_value) throw SqlError("42601", "RESET must not include values for parameters");
}

}  // namespace commands
