// SQL text to syntax trees.
#pragma once

#include <string_view>
#include <vector>

#include "parser/ast.h"
#include "types/arena.h"

namespace parser {

// One statement of a text. Offsets count bytes of the whole text; white space and comments around
// the statement do not belong to it, nor does the semicolon.
struct Statement {
  const ast::Node* node;
  int location;
  int length;
};

// Owns the nodes and a copy of the text. Movable; pointers into it stay valid.
class ParseTree {
 public:
  explicit ParseTree(std::string_view text);

  std::string_view text() const { return text_; }
  const std::vector<Statement>& statements() const { return statements_; }

 private:
  types::Arena arena_;
  std::string_view text_;
  std::vector<Statement> statements_;
};

// PostgreSQL 15's grammar. Throws SqlError: 42601 mostly, with PostgreSQL's message and position;
// 54001 when the text nests too deep; 22021 when it holds a NUL byte. No statements when the text
// is empty. May be called on a small stack (a coroutine's): the work is done on a stack of the
// thread's own, and never suspends.
ParseTree parse(std::string_view text);

}  // namespace parser
