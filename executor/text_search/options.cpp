#include "options.h"

#include "files.h"

#include <fmt/format.h>
#include <strings.h>

#include "types/ascii.h"
#include "types/sql_error.h"

namespace text_search {

using types::SqlError;

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool Once::matches(const Option& option) {
  if (option.name != types::lower_ascii(name_)) return false;
  if (seen_) throw SqlError("22023", fmt::format("multiple {} parameters", name_));
  seen_ = true;
  return true;
}

bool boolean_option(const Option& option) {
  for (std::string_view yes : {"true", "on", "1"})
    if (same_name(option.value, yes)) return true;
  for (std::string_view no : {"false", "off", "0"})
    if (same_name(option.value, no)) return false;
  throw SqlError("42601", fmt::format("{} requires a Boolean value", option.name));
}

void refuse_option(std::string_view what, const Option& option) {
  throw SqlError("22023", fmt::format("unrecognized {} parameter: \"{}\"", what, option.name));
}
void missing_option(std::string_view name) {
  throw SqlError("22023", fmt::format("missing {} parameter", name));
}

std::shared_ptr<const Dictionary> make_dictionary(std::string_view lexize, const Options& options,
                                                  DictionarySource& others) {
  if (lexize == "dsimple_lexize") return make_simple(options);
  if (lexize == "dsnowball_lexize") return make_snowball(options);
  if (lexize == "dsynonym_lexize") return make_synonym(options);
  if (lexize == "thesaurus_lexize") return make_thesaurus(options, others);
  if (lexize == "dispell_lexize") return make_ispell(options);
  throw SqlError::not_supported(fmt::format("the text search template of function {}", lexize));
}

Options parse_options(std::string_view text) {
  Options options;
  std::size_t i = 0;
  auto skip = [&] {
    while (i < text.size() && (text[i] == ' ' || text[i] == ',')) ++i;
  };
  auto quoted = [&](char quote, bool escapes) {
    std::string out;
    for (++i; i < text.size(); ++i) {
      if (text[i] == quote) {
        if (i + 1 >= text.size() || text[i + 1] != quote) break;
        ++i;
      } else if (escapes && text[i] == '\\' && i + 1 < text.size()) {
        ++i;
      }
      out += text[i];
    }
    ++i;
    return out;
  };
  for (skip(); i < text.size(); skip()) {
    Option option;
    if (text[i] == '"') {
      option.name = quoted('"', false);
    } else {
      while (i < text.size() && text[i] != ' ' && text[i] != '=') option.name += text[i++];
    }
    const auto require = [&](bool condition) {
      if (!condition) throw SqlError("42601", fmt::format("invalid parameter list format: \"{}\"", text));
    };
    const auto skip_blanks = [&] {
      while (i < text.size() && text[i] == ' ') ++i;
    };
    skip_blanks();
    require(i < text.size() && text[i] == '=');
    ++i;
    skip_blanks();
    require(i < text.size());
    if (text[i] == '\'') {
      option.value = quoted('\'', false);
    } else if (text[i] == 'E' && i + 1 < text.size() && text[i + 1] == '\'') {
      ++i;
      option.value = quoted('\'', true);
    } else if (text[i] == '"') {
      option.value = quoted('"', false);
    } else {
      while (i < text.size() && text[i] != ' ' && text[i] != ',') option.value += text[i++];
      option.is_number = true;
    }
    options.push_back(std::move(option));
  }
  return options;
}

std::string format_options(const Options& options) {
  std::string out;
  for (const Option& option : options) {
    if (!out.empty()) out += ", ";
    const bool plain = !option.name.empty() &&
                       option.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
                       (option.name[0] < '0' || option.name[0] > '9');
    if (plain) {
      out += option.name;
    } else {
      out += '"';
      for (char c : option.name) out.append(c == '"' ? 2 : 1, c);
      out += '"';
    }
    out += " = ";
    if (option.is_number) {
      out += option.value;
      continue;
    }
    if (option.value.find('\\') != std::string::npos) out += 'E';
    out += '\'';
    for (char c : option.value) out.append(c == '\'' || c == '\\' ? 2 : 1, c);
    out += '\'';
  }
  return out;
}

}  // namespace text_search
