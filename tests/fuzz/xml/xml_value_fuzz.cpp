// Any bytes are XML, or a Failure; so is any path over them. The path stands behind a line "--".
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "xml/declaration.h"
#include "xml/failure.h"
#include "xml/names.h"
#include "xml/parse.h"
#include "xml/path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.find('\0') != std::string_view::npos) return 0;  // no value of SQL has one
  const std::size_t cut = input.find("\n--\n");
  const std::string_view text = input.substr(0, cut);
  const std::string_view path = cut == std::string_view::npos ? "//*" : input.substr(cut + 4);
  xml::is_well_formed(text, xml::Option::content);
  xml::is_well_formed(text, xml::Option::document);
  xml::output(text);
  xml::Concatenation both;
  both.add(text);
  both.add(text);
  std::move(both).finish();
  xml::with_root(text, "1.1", std::nullopt);
  xml::identifier_of_name(xml::name_of_identifier(text.substr(0, 64), xml::Escaping::fully));
  try {
    xml::evaluate(path, text, {});
  } catch (const xml::Failure&) {
  }
  try {
    const std::optional<std::string> columns[] = {std::string("."), std::nullopt, std::string("@*")};
    xml::Rows rows(text, {}, path, columns);
    for (int i = 0; i < 8 && rows.next(); ++i) {
      rows.value(0, xml::Rows::Target::xml);
      rows.value(2, xml::Rows::Target::text);
    }
  } catch (const xml::Failure&) {
  }
  return 0;
}
