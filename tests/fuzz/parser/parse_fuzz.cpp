// Any bytes: a tree whose statements lie in the text, or an SqlError; never a crash. A text that has
// a template and a tree fits the plan made of it.
#include "parser/normalize.h"
#include "parser/parse.h"
#include "types/sql_error.h"
#include "wal/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto found = parser::make_template(text);
  if (found)
    for (const parser::TextLiteral& literal : found->literals)
      CHECK(literal.location >= 0 && literal.length > 0 &&
            literal.location + literal.length <= static_cast<int>(size));
  try {
    parser::ParseTree tree = parser::parse(text);
    CHECK(tree.text() == text);
    int end = 0;
    for (const parser::Statement& statement : tree.statements()) {
      CHECK(statement.node != nullptr);
      CHECK(statement.location >= end);
      CHECK(statement.length >= 0);
      end = statement.location + statement.length;
      CHECK(end <= static_cast<int>(size));
    }
    if (found) CHECK(parser::choose_literals(tree, *found).fits(*found));
  } catch (const types::SqlError& error) {
    CHECK(error.sqlstate().size() == 5);
    CHECK(error.position() <= static_cast<int>(size));
  }
  return 0;
}
