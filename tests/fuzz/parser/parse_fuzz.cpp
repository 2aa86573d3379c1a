// Any bytes: a tree whose statements lie in the text, or an SqlError; never a crash.
#include "parser/parse.h"
#include "types/sql_error.h"
#include "wal/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
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
  } catch (const types::SqlError& error) {
    CHECK(error.sqlstate().size() == 5);
    CHECK(error.position() <= static_cast<int>(size));
  }
  return 0;
}
