#include "extension_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extensions/extension.h"

namespace session {
namespace {

// Those that every database has from the start.
constexpr const char *kPlpgsql = "PL/pgSQL procedural language", *kSextant = "what Sextant adds to PostgreSQL";

const char* flag(bool value) { return value ? "t" : "f"; }

}  // namespace

TextRows available_extensions() {
  TextRows rows{{"plpgsql", "1.0", kPlpgsql}, {"sextant", "1.0", kSextant}};
  for (const extensions::Extension* e : extensions::all())
    rows.push_back({std::string(e->name), std::string(e->version), std::string(e->comment)});
  return rows;
}

TextRows available_extension_versions() {
  TextRows rows{{"plpgsql", "1.0", "t", "t", "f", "pg_catalog", std::nullopt, kPlpgsql},
                {"sextant", "1.0", "t", "f", "f", "sextant", std::nullopt, kSextant}};
  for (const extensions::Extension* e : extensions::all()) {
    std::optional<std::string> requirements;
    if (!e->requirements.empty()) requirements = fmt::format("{{{}}}", fmt::join(e->requirements, ","));
    rows.push_back({std::string(e->name), std::string(e->version), "t", flag(e->trusted), flag(e->relocatable),
                    std::nullopt, std::move(requirements), std::string(e->comment)});
  }
  return rows;
}

}  // namespace session
