// Calling libxml2: its errors gathered per call, its objects owned.
#pragma once

#include <memory>
#include <string>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xpath.h>

#include "xml/failure.h"

namespace xml {

// While it lives, what libxml2 says on this thread is gathered here. No call may suspend meanwhile: a coroutine that ran
// on the same thread would find these handlers as its own.
class Errors {
 public:
  // What is told beside syntax errors: nothing but those matters for whether a text is well-formed.
  enum class Heed { well_formedness, all };

  explicit Errors(Heed heed);
  ~Errors();
  Errors(const Errors&) = delete;
  Errors& operator=(const Errors&) = delete;

  bool occurred() const { return occurred_; }
  [[noreturn]] void fail(std::string_view sqlstate, std::string message) const {
    throw Failure(sqlstate, std::move(message), text_);
  }
  // 53200 for a null pointer.
  template <typename T>
  T* allocated(T* pointer) const {
    if (pointer == nullptr) out_of_memory();
    return pointer;
  }
  [[noreturn]] static void out_of_memory();

 private:
  static void take(void* self, xmlError* error);

  Heed heed_;
  bool occurred_ = false;
  std::string text_;
  xmlStructuredErrorFunc previous_;
  void* previous_context_;
};

template <auto Free>
struct FreedBy {
  template <typename T>
  void operator()(T* pointer) const { Free(pointer); }
};
inline void free_text(xmlChar* text) { xmlFree(text); }
using ParserContext = std::unique_ptr<xmlParserCtxt, FreedBy<&xmlFreeParserCtxt>>;
using Document = std::unique_ptr<xmlDoc, FreedBy<&xmlFreeDoc>>;
using PathContext = std::unique_ptr<xmlXPathContext, FreedBy<&xmlXPathFreeContext>>;
using CompiledPath = std::unique_ptr<xmlXPathCompExpr, FreedBy<&xmlXPathFreeCompExpr>>;
using PathResult = std::unique_ptr<xmlXPathObject, FreedBy<&xmlXPathFreeObject>>;
using Text = std::unique_ptr<xmlChar, FreedBy<&free_text>>;
using Buffer = std::unique_ptr<xmlBuffer, FreedBy<&xmlBufferFree>>;

inline const xmlChar* xml_chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }
inline const xmlChar* xml_chars(const std::string& text) { return xml_chars(text.c_str()); }
inline const char* plain_chars(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

// Once for the process: threads, and no entity from outside.
void prepare_library();

}  // namespace xml
