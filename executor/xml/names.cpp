#include "xml/names.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <libxml/chvalid.h>
#include <libxml/xmlstring.h>

namespace xml {
namespace {

bool may_begin(unsigned int c) { return xmlIsBaseCharQ(c) || xmlIsIdeographicQ(c) || c == '_' || c == ':'; }
bool may_follow(unsigned int c) {
  return xmlIsBaseCharQ(c) || xmlIsIdeographicQ(c) || xmlIsDigitQ(c) || c == '.' || c == '-' || c == '_' || c == ':' ||
         xmlIsCombiningQ(c) || xmlIsExtenderQ(c);
}

void append_escape(std::string& out, unsigned int c) {
  char text[16];
  std::snprintf(text, sizeof text, "_x%04X_", c);
  out += text;
}

bool begins_like_xml(std::string_view text) {
  return text.size() >= 3 && (text[0] | 0x20) == 'x' && (text[1] | 0x20) == 'm' && (text[2] | 0x20) == 'l';
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
    else if (first ? !may_begin(c) : !may_follow(c)) append_escape(out, c);
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
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
      out += static_cast<char>(0xe0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
      out += static_cast<char>(0x80 | (c & 0x3f));
    }
    at += 7;
  }
  return out;
}

}  // namespace xml
