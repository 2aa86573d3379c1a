#include "library.h"

#include <cstdarg>
#include <cstdio>
#include <mutex>

#include <libxml/parserInternals.h>

namespace xml {
namespace {

// Every external entity is empty: no file and no address is ever opened.
xmlParserInputPtr empty_entity(const char*, const char*, xmlParserCtxtPtr context) {
  return xmlNewStringInputStream(context, xml_chars(""));
}

void append_formatted(void* out, const char* format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (size > 0) {
    auto& text = *static_cast<std::string*>(out);
    const std::size_t before = text.size();
    text.resize(before + static_cast<std::size_t>(size) + 1);
    std::vsnprintf(text.data() + before, static_cast<std::size_t>(size) + 1, format, arguments);
    text.pop_back();
  }
  va_end(arguments);
}

thread_local std::vector<std::string> warnings_of_thread;

void chop_line_feeds(std::string& text) {
  while (text.ends_with('\n')) text.pop_back();
}
void begin_line(std::string& text) {
  chop_line_feeds(text);
  if (!text.empty()) text += '\n';
}

}  // namespace

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    xmlInitParser();
    xmlSetExternalEntityLoader(&empty_entity);
  });
}

Errors::Errors(Heed heed) : heed_(heed) {
  prepare_library();
  previous_ = xmlStructuredError;
  previous_context_ = xmlStructuredErrorContext;
  xmlSetStructuredErrorFunc(this, &Errors::take);
}

Errors::~Errors() { xmlSetStructuredErrorFunc(previous_context_, previous_); }

void Errors::out_of_memory() { throw Failure("53200", "out of memory"); }

void Errors::take(void* self, xmlError* error) {
  auto& errors = *static_cast<Errors*>(self);
  int domain = error->domain;
  int level = error->level;
  // Some of what is about namespaces is called a parser's error or a warning by some versions.
  switch (error->code) {
    case XML_WAR_NS_URI:
      level = XML_ERR_ERROR;
      domain = XML_FROM_NAMESPACE;
      break;
    case XML_ERR_NS_DECL_ERROR:
    case XML_WAR_NS_URI_RELATIVE:
    case XML_WAR_NS_COLUMN:
    case XML_NS_ERR_XML_NAMESPACE:
    case XML_NS_ERR_UNDEFINED_NAMESPACE:
    case XML_NS_ERR_QNAME:
    case XML_NS_ERR_ATTRIBUTE_REDEFINED:
    case XML_NS_ERR_EMPTY:
      domain = XML_FROM_NAMESPACE;
      break;
    default: break;
  }
  switch (domain) {
    case XML_FROM_PARSER:
      // It follows what is wrong in truth, or not, by version.
      if (error->code == XML_ERR_NOT_WELL_BALANCED && errors.occurred_) return;
      [[fallthrough]];
    case XML_FROM_NONE:
    case XML_FROM_MEMORY:
    case XML_FROM_IO:
      // No DTD is loaded that might declare it.
      if (error->code == XML_WAR_UNDECLARED_ENTITY) return;
      break;
    default:
      if (errors.heed_ == Heed::well_formedness) return;
  }
  if (level < XML_ERR_WARNING) return;
  try {
    std::string text;
    if (error->line > 0) text += "line " + std::to_string(error->line) + ": ";
    const auto* node = static_cast<const xmlNode*>(error->node);
    if (node != nullptr && node->type == XML_ELEMENT_NODE)
      text += std::string("element ") + plain_chars(node->name) + ": ";
    text += error->message != nullptr ? error->message : "(no message provided)";
    const auto* parser = static_cast<const xmlParserCtxt*>(error->ctxt);
    if (parser != nullptr && parser->input != nullptr) {
      const xmlGenericErrorFunc function = xmlGenericError;
      void* const context = xmlGenericErrorContext;
      xmlSetGenericErrorFunc(&text, &append_formatted);
      begin_line(text);
      xmlParserPrintFileContext(parser->input);
      xmlSetGenericErrorFunc(context, function);
    }
    chop_line_feeds(text);
    if (level < XML_ERR_ERROR) {
      warnings_of_thread.push_back(std::move(text));
      return;
    }
    begin_line(errors.text_);
    errors.text_ += text;
  } catch (const std::bad_alloc&) {
    // No exception may pass through C; what is missing is the text alone.
  }
  if (level >= XML_ERR_ERROR) errors.occurred_ = true;
}

std::vector<std::string> take_warnings() { return std::exchange(warnings_of_thread, {}); }

}  // namespace xml
