#include "xml/path.h"

#include "library.h"

#include <libxml/xpathInternals.h>

#include "xml/declaration.h"
#include "xml/publish.h"

namespace xml {
namespace {

// A node with the namespaces that it stands in; an attribute's or a text's value.
std::string text_of(const Errors& errors, xmlNodePtr node) {
  if (node->type == XML_ATTRIBUTE_NODE || node->type == XML_TEXT_NODE || node->type == XML_NAMESPACE_DECL) {
    const Text text(errors.allocated(xmlXPathCastNodeToString(node)));
    return escaped(plain_chars(text.get()));
  }
  struct Copy {
    xmlNodePtr node;
    ~Copy() {
      if (node->type == XML_DOCUMENT_NODE) xmlFreeDoc(reinterpret_cast<xmlDocPtr>(node));
      else xmlFreeNode(node);
    }
  };
  const Buffer buffer(errors.allocated(xmlBufferCreate()));
  xmlNodePtr copied = xmlCopyNode(node, 1);
  if (copied == nullptr) errors.fail("53200", "could not copy node");
  const Copy copy{copied};
  if (xmlNodeDump(buffer.get(), nullptr, copy.node, 0, 0) == -1 || errors.occurred())
    errors.fail("XX000", "could not dump node");
  return {plain_chars(xmlBufferContent(buffer.get())), static_cast<std::size_t>(xmlBufferLength(buffer.get()))};
}

// A document, and where paths are evaluated in it.
struct Place {
  Document document;
  PathContext context;

  Place(const Errors& errors, std::string_view text) {
    const ParserContext parser(errors.allocated(xmlNewParserCtxt()));
    document.reset(xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, 0));
    if (document == nullptr || errors.occurred()) errors.fail("2200M", "could not parse XML document");
    context.reset(errors.allocated(xmlXPathNewContext(document.get())));
    context->node = reinterpret_cast<xmlNodePtr>(document.get());
  }
  bool add(std::string_view prefix, std::string_view uri) const {
    return xmlXPathRegisterNs(context.get(), xml_chars(std::string(prefix)), xml_chars(std::string(uri))) == 0;
  }
  CompiledPath compile(const Errors& errors, std::string_view path, std::string_view sqlstate) const {
    CompiledPath compiled(xmlXPathCtxtCompile(context.get(), xml_chars(std::string(path))));
    if (compiled == nullptr || errors.occurred()) errors.fail(sqlstate, "invalid XPath expression");
    return compiled;
  }
  PathResult run(const Errors& errors, xmlXPathCompExpr* path) const {
    PathResult result(xmlXPathCompiledEval(path, context.get()));
    if (result == nullptr || errors.occurred()) errors.fail("XX000", "could not create XPath object");
    return result;
  }
};

// `take(errors, result)` of the path's result.
template <typename F>
auto with_result(std::string_view path, std::string_view document, std::span<const Namespace> namespaces, const F& take) {
  if (path.empty()) throw Failure("22000", "empty XPath expression");
  // It might name another encoding than the one that the text has.
  const auto declaration = read_declaration(document);
  if (declaration) document.remove_prefix(declaration->length);
  const Errors errors(Errors::Heed::all);
  const Place place(errors, document);
  for (const Namespace& one : namespaces) {
    if (!one.prefix || !one.uri) throw Failure("22004", "neither namespace name nor URI may be null");
    if (!place.add(*one.prefix, *one.uri))
      throw Failure("XX000", "could not register XML namespace with name \"" + std::string(*one.prefix) + "\" and URI \"" +
                                 std::string(*one.uri) + "\"");
  }
  const CompiledPath compiled = place.compile(errors, path, "XX000");
  const PathResult result = place.run(errors, compiled.get());
  return take(errors, *result);
}

[[noreturn]] void unsupported(int type) {
  throw Failure("XX000", "xpath expression result type " + std::to_string(type) + " is unsupported");
}

}  // namespace

Found evaluate(std::string_view path, std::string_view document, std::span<const Namespace> namespaces) {
  return with_result(path, document, namespaces, [](const Errors& errors, const xmlXPathObject& result) -> Found {
    switch (result.type) {
      case XPATH_NODESET: {
        std::vector<std::string> nodes;
        if (result.nodesetval != nullptr)
          for (int i = 0; i < result.nodesetval->nodeNr; ++i)
            nodes.push_back(text_of(errors, result.nodesetval->nodeTab[i]));
        return nodes;
      }
      case XPATH_BOOLEAN: return result.boolval != 0;
      case XPATH_NUMBER: return result.floatval;
      case XPATH_STRING: return std::string(plain_chars(result.stringval));
      default: unsupported(result.type);
    }
  });
}

std::size_t count(std::string_view path, std::string_view document, std::span<const Namespace> namespaces) {
  return with_result(path, document, namespaces, [](const Errors&, const xmlXPathObject& result) -> std::size_t {
    switch (result.type) {
      case XPATH_NODESET: return result.nodesetval == nullptr ? 0 : static_cast<std::size_t>(result.nodesetval->nodeNr);
      case XPATH_BOOLEAN:
      case XPATH_NUMBER:
      case XPATH_STRING: return 1;
      default: unsupported(result.type);
    }
  });
}

struct Rows::State {
  std::optional<Place> place;
  std::vector<CompiledPath> columns;
  PathResult rows;
  int row = -1;
};

Rows::Rows(std::string_view document, std::span<const Namespace> namespaces, std::string_view row_path,
           std::span<const std::optional<std::string>> columns)
    : state_(std::make_unique<State>()) {
  const Errors errors(Errors::Heed::all);
  state_->place.emplace(errors, document);
  for (const Namespace& one : namespaces) {
    if (!one.prefix) throw Failure("0A000", "DEFAULT namespace is not supported");
    if (!state_->place->add(*one.prefix, one.uri.value_or("")))
      errors.fail("22000", "could not set XML namespace");
  }
  if (row_path.empty()) throw Failure("22000", "row path filter must not be empty string");
  const CompiledPath compiled = state_->place->compile(errors, row_path, "42601");
  for (const auto& path : columns) {
    if (path && path->empty()) throw Failure("22000", "column path filter must not be empty string");
    state_->columns.push_back(path ? state_->place->compile(errors, *path, "22000") : nullptr);
  }
  state_->rows = state_->place->run(errors, compiled.get());
}

Rows::~Rows() = default;

bool Rows::next() {
  const xmlXPathObject& rows = *state_->rows;
  if (rows.type != XPATH_NODESET || rows.nodesetval == nullptr || state_->row + 1 >= rows.nodesetval->nodeNr) return false;
  ++state_->row;
  return true;
}

std::optional<std::string> Rows::value(std::size_t column, Target target) {
  const Errors errors(Errors::Heed::all);
  State& s = *state_;
  s.place->context->node = s.rows->nodesetval->nodeTab[s.row];
  const PathResult result = s.place->run(errors, s.columns[column].get());
  const auto as_text = [&](xmlChar* made) {
    const Text text(errors.allocated(made));
    return std::string(plain_chars(text.get()));
  };
  switch (result->type) {
    case XPATH_NODESET: {
      const int nodes = result->nodesetval == nullptr ? 0 : result->nodesetval->nodeNr;
      if (nodes == 0) return std::nullopt;
      if (target == Target::xml) {
        std::string all;
        for (int i = 0; i < nodes; ++i) all += text_of(errors, result->nodesetval->nodeTab[i]);
        return all;
      }
      if (nodes > 1) throw Failure("21000", "more than one value returned by column XPath expression");
      return as_text(xmlXPathCastNodeSetToString(result->nodesetval));
    }
    case XPATH_STRING: {
      const std::string text(plain_chars(result->stringval));
      return target == Target::xml ? escaped(text) : text;
    }
    case XPATH_BOOLEAN:
      return as_text(target == Target::number ? xmlXPathCastNumberToString(result->boolval)
                                              : xmlXPathCastBooleanToString(result->boolval));
    case XPATH_NUMBER: return as_text(xmlXPathCastNumberToString(result->floatval));
    default: throw Failure("XX000", "unexpected XPath object type " + std::to_string(result->type));
  }
}

}  // namespace xml
