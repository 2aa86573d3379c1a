// Letters of names (Extensible Markup Language 1.0, Appendix B), and the name that is kept for XML itself.
#pragma once

#include <string_view>

#include <libxml/chvalid.h>

namespace xml {

inline bool may_begin_name(unsigned int c) { return xmlIsBaseCharQ(c) || xmlIsIdeographicQ(c) || c == '_' || c == ':'; }
inline bool may_stand_in_name(unsigned int c) {
  return may_begin_name(c) || xmlIsDigitQ(c) || c == '.' || c == '-' || xmlIsCombiningQ(c) || xmlIsExtenderQ(c);
}
inline bool begins_like_xml(std::string_view text) {
  return text.size() >= 3 && (text[0] | 0x20) == 'x' && (text[1] | 0x20) == 'm' && (text[2] | 0x20) == 'l';
}

}  // namespace xml
