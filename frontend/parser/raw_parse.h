// What convert.cpp offers to the rest of the unit.
#pragma once

#include <cstddef>
#include <vector>

#include "parser/ast.h"
#include "types/arena.h"

namespace parser {

struct RawStatement {
  const ast::Node* node;
  int location;  // byte offset of the statement, leading white space included
  int length;
};

// `text` ends with a NUL at `length`. Throws SqlError. Needs a big stack; `stack_limit` is the
// address below which it gives up with 54001.
void raw_parse(const char* text, std::size_t length, types::Arena& arena, const char* stack_limit,
               std::vector<RawStatement>& out);

}  // namespace parser
