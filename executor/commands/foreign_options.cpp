#include "foreign_options.h"

#include <algorithm>

#include "catalog/object_columns.h"

namespace commands {
namespace {

constexpr Oid kPostgresqlValidator = 2316;  // postgresql_fdw_validator()

struct KnownOption {
  std::string_view name;
  Oid catalog;
};
constexpr Oid kOfServer = catalog::pg_foreign_server::kOid, kOfUser = catalog::pg_user_mapping::kOid;
constexpr KnownOption kKnown[] = {
    {"authtype", kOfServer}, {"service", kOfServer},  {"user", kOfUser},       {"password", kOfUser},
    {"connect_timeout", kOfServer}, {"dbname", kOfServer}, {"host", kOfServer}, {"hostaddr", kOfServer},
    {"port", kOfServer},     {"tty", kOfServer},      {"options", kOfServer},  {"requiressl", kOfServer},
    {"sslmode", kOfServer},  {"gsslib", kOfServer},
};

auto find_option(std::vector<std::string>& options, const std::string& name) {
  return std::ranges::find_if(options, [&](const std::string& text) { return text.starts_with(name + "="); });
}

}  // namespace

std::vector<std::string> changed_options(std::vector<std::string> options, std::span<const query::ForeignOption> changes) {
  using Action = query::ForeignOption::Action;
  for (const query::ForeignOption& change : changes) {
    const auto found = find_option(options, change.name);
    if (change.action == Action::set || change.action == Action::drop) {
      if (found == options.end()) throw SqlError("42704", "option \"" + change.name + "\" not found");
      if (change.action == Action::drop) options.erase(found);
      else *found = change.name + "=" + change.value;
      continue;
    }
    if (found != options.end()) throw SqlError("42710", "option \"" + change.name + "\" provided more than once");
    if (change.name.find('=') != std::string::npos)
      throw SqlError("22023", "invalid option name \"" + change.name + "\": must not contain \"=\"");
    options.push_back(change.name + "=" + change.value);
  }
  return options;
}

void validate_options(Ddl& ddl, Oid validator, Oid catalog, std::span<const std::string> options) {
  if (validator == 0) return;
  if (validator != kPostgresqlValidator) {
    const catalog::FunctionInfo* function = ddl.catalog().function(validator);
    throw SqlError::not_supported("validator function " + std::string(function != nullptr ? function->name : ""));
  }
  for (const std::string& option : options) {
    const std::string name = option.substr(0, option.find('='));
    if (std::ranges::any_of(kKnown, [&](const KnownOption& o) { return o.name == name && o.catalog == catalog; })) continue;
    std::string known;
    for (const KnownOption& o : kKnown)
      if (o.catalog == catalog) known += (known.empty() ? "" : ", ") + std::string(o.name);
    throw SqlError("42601", "invalid option \"" + name + "\"")
        .with_hint(known.empty() ? "There are no valid options in this context."
                                 : "Valid options in this context are: " + known);
  }
}

void set_options(RowBuilder& row, int column, std::span<const std::string> options) {
  if (options.empty()) row.set_null(column);
  else row.set(column, options);
}

}  // namespace commands
