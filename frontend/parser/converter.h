// The helpers that convert_*.h build nodes with. Includes PostgreSQL's headers: convert.cpp only.
#pragma once

#include <cstring>
#include <new>
#include <type_traits>

#include "parser/ast.h"
#include "parser/ast_ddl.h"
#include "parser/ast_utility.h"
#include "parser/ast_xml.h"
#include "types/arena.h"

extern "C" {
#include <postgres.h>

#include <nodes/parsenodes.h>
#include <nodes/value.h>
}

namespace parser {

// Copies what it needs out of libpg_query's memory, which dies right after.
class Converter {
 public:
  // Throws SqlError 54001 instead of going below `stack_limit`.
  Converter(types::Arena& arena, const char* stack_limit)
      : arena_(arena), stack_limit_(stack_limit) {}

  template <typename T>
  T* make(int location = -1) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* made = new (arena_.allocate(sizeof(T), alignof(T))) T;
    made->location = location;
    return made;
  }

  void* memory(std::size_t bytes, std::size_t alignment) { return arena_.allocate(bytes, alignment); }

  ast::Name text(const char* s) { return s ? arena_.copy({s, std::strlen(s)}) : ast::Name(); }

  const ast::Node* node(const ::Node* n);
  const ast::Node* node(const ::Expr* n) { return node(reinterpret_cast<const ::Node*>(n)); }

  // Of a pointer to a node struct of its own type.
  template <typename T, typename P>
  const T* typed(const P* n) {
    return static_cast<const T*>(node(reinterpret_cast<const ::Node*>(n)));
  }

  ast::NodeList list(const ::List* l) {
    if (!l) return {};
    auto** items = arena_.allocate_array<const ast::Node*>(static_cast<std::size_t>(l->length));
    for (int i = 0; i < l->length; ++i)
      items[i] = node(static_cast<const ::Node*>(l->elements[i].ptr_value));
    return {items, static_cast<std::size_t>(l->length)};
  }

  // Of a list of String nodes; anything else in it (a star) is left out.
  ast::Names names(const ::List* l) {
    if (!l) return {};
    auto* items = arena_.allocate_array<ast::Name>(static_cast<std::size_t>(l->length));
    std::size_t count = 0;
    for (int i = 0; i < l->length; ++i) {
      const auto* n = static_cast<const ::Node*>(l->elements[i].ptr_value);
      if (n && n->type == T_String)
        items[count++] = text(reinterpret_cast<const ::String*>(n)->sval);
    }
    return {items, count};
  }

  // SELECT DISTINCT is a list of one null, DISTINCT ON a list of expressions.
  ast::NodeList distinct_on(const ::List* l) {
    return l && l->elements[0].ptr_value ? list(l) : ast::NodeList();
  }

 private:
  void check_depth() const;

  types::Arena& arena_;
  const char* stack_limit_;
};

// libpg_query puts "no LIMIT" first in LimitOption, unlike the server's header.
inline constexpr int kLimitWithTies = 2;

inline ast::MergeCommand merge_command(::CmdType command) {
  switch (command) {
    case CMD_INSERT: return ast::MergeCommand::insert;
    case CMD_UPDATE: return ast::MergeCommand::update;
    case CMD_DELETE: return ast::MergeCommand::delete_;
    default: return ast::MergeCommand::nothing;
  }
}

}  // namespace parser
