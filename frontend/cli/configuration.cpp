#include "configuration.h"

#include <fstream>

#include <fmt/format.h>

#include "session/setting.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace cli {
namespace {

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

void assign(Configuration& out, std::string_view name, std::string_view value,
            const std::string& where) {
  const auto* definition = session::find_setting(name);
  if (definition == nullptr) {
    if (name.find('.') == name.npos)
      throw ConfigurationError(fmt::format("{}: unrecognized configuration parameter \"{}\"", where, name));
    out[std::string(name)] = value;
    return;
  }
  if (definition->context == session::SettingDefinition::Context::internal)
    throw ConfigurationError(fmt::format("{}: parameter \"{}\" cannot be changed", where, name));
  try {
    out[types::lower_ascii(definition->name)] = session::normalize_setting(*definition, value);
  } catch (const types::SqlError& error) {
    throw ConfigurationError(fmt::format("{}: {}{}{}", where, error.message(),
                                         error.hint().empty() ? "" : "\nHINT: ", error.hint()));
  }
}

// "name = value  # comment", the value perhaps in single quotes with '' for a quote.
bool split_line(std::string_view line, std::string& name, std::string& value) {
  line = trimmed(line);
  std::size_t end = line.find_first_of(" \t=");
  if (end == line.npos) return false;
  name = line.substr(0, end);
  line = trimmed(line.substr(end));
  if (line.starts_with('=')) line = trimmed(line.substr(1));
  value.clear();
  if (line.starts_with('\'')) {
    std::size_t i = 1;
    for (; i < line.size(); ++i) {
      if (line[i] == '\'') {
        if (i + 1 < line.size() && line[i + 1] == '\'') ++i;
        else break;
      }
      value += line[i];
    }
    if (i >= line.size()) return false;
    line = trimmed(line.substr(i + 1));
    return line.empty() || line.front() == '#';
  }
  std::size_t comment = line.find('#');
  value = trimmed(line.substr(0, comment));
  return !value.empty();
}

}  // namespace

Configuration read_configuration(const std::filesystem::path& file,
                                 const std::vector<std::string>& assignments) {
  Configuration out;
  std::ifstream in(file);
  std::string line, name, value;
  for (int number = 1; std::getline(in, line); ++number) {
    auto text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    auto where = fmt::format("{}:{}", file.string(), number);
    if (!split_line(text, name, value))
      throw ConfigurationError(fmt::format("{}: expected NAME = VALUE", where));
    assign(out, name, value, where);
  }
  for (const auto& assignment : assignments) {
    std::size_t equals = assignment.find('=');
    if (equals == assignment.npos || equals == 0)
      throw ConfigurationError(fmt::format("--set {}: expected NAME=VALUE", assignment));
    assign(out, trimmed(std::string_view(assignment).substr(0, equals)),
           trimmed(std::string_view(assignment).substr(equals + 1)), "--set " + assignment);
  }
  return out;
}

}  // namespace cli
