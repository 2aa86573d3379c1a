#include "xml/publish.h"

#include "library.h"
#include "name_characters.h"

#include <libxml/xmlwriter.h>

namespace xml {
namespace {

using Writer = std::unique_ptr<xmlTextWriter, FreedBy<&xmlFreeTextWriter>>;

// What `write` writes into a writer of its own.
template <typename F>
std::string written(const F& write) {
  Errors errors(Errors::Heed::well_formedness);
  const Buffer buffer(errors.allocated(xmlBufferCreate()));
  Writer writer(errors.allocated(xmlNewTextWriterMemory(buffer.get(), 0)));
  write(writer.get());
  writer.reset();  // flushes
  if (errors.occurred()) errors.fail("XX000", "could not write XML");
  return {plain_chars(xmlBufferContent(buffer.get())), static_cast<std::size_t>(xmlBufferLength(buffer.get()))};
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\r': out += "&#x0d;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  return written([&](xmlTextWriterPtr writer) {
    xmlTextWriterWriteBase64(writer, bytes.data(), 0, static_cast<int>(bytes.size()));
  });
}

std::string hexadecimal(std::string_view bytes) {
  return written([&](xmlTextWriterPtr writer) {
    xmlTextWriterWriteBinHex(writer, bytes.data(), 0, static_cast<int>(bytes.size()));
  });
}

std::string element(std::string_view name, std::span<const Attribute> attributes,
                    std::span<const std::string> contents) {
  return written([&](xmlTextWriterPtr writer) {
    xmlTextWriterStartElement(writer, xml_chars(std::string(name)));
    for (const Attribute& attribute : attributes)
      xmlTextWriterWriteAttribute(writer, xml_chars(std::string(attribute.name)), xml_chars(std::string(attribute.value)));
    for (const std::string& content : contents) xmlTextWriterWriteRaw(writer, xml_chars(content));
    xmlTextWriterEndElement(writer);
  });
}

std::string comment(std::string_view text) {
  if (text.find("--") != text.npos || text.ends_with('-')) throw Failure("2200S", "invalid XML comment");
  return "<!--" + std::string(text) + "-->";
}

std::string processing_instruction(std::string_view target, std::optional<std::string_view> text) {
  if (target.size() == 3 && begins_like_xml(target))
    throw Failure("42601", "invalid XML processing instruction",
                  "XML processing instruction target name cannot be \"" + std::string(target) + "\".");
  std::string out = "<?" + std::string(target);
  if (text) {
    if (text->find("?>") != text->npos)
      throw Failure("2200T", "invalid XML processing instruction", "XML processing instruction cannot contain \"?>\".");
    const std::size_t from = text->find_first_not_of(' ');
    out += ' ';
    if (from != text->npos) out += text->substr(from);
  }
  return out + "?>";
}

}  // namespace xml
