#include "xml/parse.h"

#include <optional>
#include <string>

#include "library.h"
#include "xml/declaration.h"

namespace xml {
namespace {

// Whether a document type stands in front of the first element: then the text can be nothing but a document.
bool has_document_type(std::string_view text) {
  std::size_t at = 0;
  for (;;) {
    at = text.find_first_not_of(" \t\n\r", at);
    if (at == text.npos || text[at] != '<') return false;
    ++at;
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("!DOCTYPE")) return true;
    if (rest.starts_with("!--")) {
      const std::size_t end = text.find("--", at + 3);
      if (end == text.npos || !text.substr(end + 2).starts_with('>')) return false;
      at = end + 3;
    } else if (rest.starts_with('?')) {
      const std::size_t end = text.find("?>", at + 1);
      if (end == text.npos) return false;
      at = end + 2;
    } else {
      return false;
    }
  }
}

}  // namespace

void require_well_formed(std::string_view text, Option option, bool preserve_white_space) {
  const std::string copy(text);  // with a zero behind it
  std::optional<Declaration> declaration;
  bool as_document = option == Option::document;
  if (!as_document) {
    std::string_view trouble;
    declaration = read_declaration(copy, &trouble);
    if (!declaration)
      throw Failure("2200N", "invalid XML content: invalid XML declaration", std::string(trouble));
    as_document = has_document_type(std::string_view(copy).substr(declaration->length));
  }
  Errors errors(Errors::Heed::well_formedness);
  const auto refuse = [&] {
    if (option == Option::document) errors.fail("2200M", "invalid XML document");
    errors.fail("2200N", "invalid XML content");
  };
  if (as_document) {
    const ParserContext context(errors.allocated(xmlNewParserCtxt()));
    const Document document(xmlCtxtReadDoc(context.get(), xml_chars(copy), nullptr, "UTF-8",
                                           XML_PARSE_NOENT | XML_PARSE_DTDATTR |
                                               (preserve_white_space ? 0 : XML_PARSE_NOBLANKS)));
    if (document == nullptr || errors.occurred()) refuse();
    return;
  }
  const Document document(errors.allocated(
      xmlNewDoc(declaration->version ? xml_chars(*declaration->version) : nullptr)));
  document->encoding = errors.allocated(xmlStrdup(xml_chars("UTF-8")));
  document->standalone = static_cast<int>(declaration->standalone);
  const char* body = copy.c_str() + declaration->length;
  if (*body == '\0') return;
  const int code = xmlParseBalancedChunkMemory(document.get(), nullptr, nullptr, 0, xml_chars(body), nullptr);
  if (code != 0 || errors.occurred()) refuse();
}

bool is_well_formed(std::string_view text, Option option) {
  try {
    require_well_formed(text, option);
    return true;
  } catch (const Failure&) {
    return false;
  }
}

}  // namespace xml
