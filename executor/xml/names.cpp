#include "xml/names.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <libxml/parserInternals.h>
#include <libxml/xmlstring.h>

#include "name_characters.h"

namespace xml {
namespace {

void append_escape(std::string& out, unsigned int c) {
  char text[16];
  std::snprintf(text, sizeof text, "_x%04X_", c);
  out += text;
}

}  // namespace

std::string name_of_identifier(std::string_view identifier, Escaping escaping) {
  const bool fully = escaping != Escaping::partly;
  std::string out;
  for (std::size_t at = 0; at < identifier.size();) {
    const char byte = identifier[at];
    int length = static_cast<int>(std::min<std::size_t>(identifier.size() - at, 4));
    const int decoded = xmlGetUTF8Char(reinterpret_cast<const unsigned char*>(identifier.data() + at), &length);
    if (decoded < 0) length = 1;
    const auto c = decoded < 0 ? static_cast<unsigned char>(byte) : static_cast<unsigned int>(decoded);
    const bool first = at == 0;
    if (byte == ':' && (first || fully)) append_escape(out, ':');
    else if (byte == '_' && identifier.substr(at + 1).starts_with('x')) append_escape(out, '_');
    else if (fully && first && begins_like_xml(identifier)) append_escape(out, c);
    else if (escaping == Escaping::fully_with_periods && byte == '.') append_escape(out, '.');
    else if (first ? !may_begin_name(c) : !may_stand_in_name(c)) append_escape(out, c);
    else out += identifier.substr(at, static_cast<std::size_t>(length));
    at += static_cast<std::size_t>(length);
  }
  return out;
}

std::string identifier_of_name(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const std::string_view rest = name.substr(at);
    const auto is_escape = [&] {
      if (rest.size() < 7 || rest[0] != '_' || rest[1] != 'x' || rest[6] != '_') return false;
      for (std::size_t i = 2; i < 6; ++i)
        if (std::isxdigit(static_cast<unsigned char>(rest[i])) == 0) return false;
      return true;
    };
    if (!is_escape()) {
      out += rest[0];
      ++at;
      continue;
    }
    const auto c = static_cast<unsigned int>(std::strtoul(std::string(rest.substr(2, 4)).c_str(), nullptr, 16));
    xmlChar encoded[4];
    out.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(xmlCopyChar(0, encoded, static_cast<int>(c))));
    at += 7;
  }
  return out;
}

}  // namespace xml
