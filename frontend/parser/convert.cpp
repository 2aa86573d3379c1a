// The one place that knows libpg_query: text to PostgreSQL's raw nodes to our syntax tree.
#include "raw_parse.h"

#include <cstdlib>

#include "converter.h"

#include "convert_ddl.h"
#include "convert_objects.h"
#include "convert_query.h"
#include "convert_utility.h"
#include "types/sql_error.h"

extern "C" {
#include <pg_query.h>

#include <pg_query/pg_query_internal.h>
}

namespace parser {
namespace {

// --- nodes whose shape differs from ours ---

ast::Node* build(Converter& c, const ::List& s) {
  auto* n = c.make<ast::ListNode>();
  n->items = c.list(&s);
  return n;
}

ast::Node* build(Converter& c, const ::A_Const& s) {
  auto* n = c.make<ast::Literal>(s.location);
  if (s.isnull) {
    n->kind_of = ast::LiteralKind::null;
    return n;
  }
  switch (nodeTag(&s.val)) {
    case T_Integer:
      n->kind_of = ast::LiteralKind::integer;
      n->integer = s.val.ival.ival;
      break;
    case T_Float:
      n->kind_of = ast::LiteralKind::number;
      n->text = c.text(s.val.fval.fval);
      break;
    case T_Boolean:
      n->kind_of = ast::LiteralKind::boolean;
      n->boolean = s.val.boolval.boolval;
      break;
    case T_BitString:
      n->kind_of = ast::LiteralKind::bit_string;
      n->text = c.text(s.val.bsval.bsval);
      break;
    default:
      n->kind_of = ast::LiteralKind::string;
      n->text = c.text(s.val.sval.sval);
  }
  return n;
}

ast::Node* build(Converter& c, const ::ColumnRef& s) {
  auto* n = c.make<ast::ColumnRef>(s.location);
  n->names = c.names(s.fields);
  const auto* last = static_cast<const ::Node*>(llast(s.fields));
  n->star = last->type == T_A_Star;
  return n;
}

// Statements that are parsed but not built: 0A000 names them.
const char* unsupported_command(::NodeTag tag) {
  switch (tag) {
    case T_CreateTableSpaceStmt: return "CREATE TABLESPACE";
    case T_AlterTableSpaceOptionsStmt: return "ALTER TABLESPACE";
    case T_AlterTableMoveAllStmt: return "ALTER TABLE ALL IN TABLESPACE";
    case T_CreateAmStmt: return "CREATE ACCESS METHOD";
    case T_PLAssignStmt: return "assignment";
    default: return "this statement";
  }
}

// What stands behind a number is told to the end of its word; the scanner looked at the word's first byte alone. `rest`
// begins with the number.
std::string with_whole_word(std::string_view message, std::string_view rest) {
  const auto is_of_word = [](char c) {
    return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  const auto quote = message.find('"');
  if (quote == message.npos || message.back() != '"') return std::string(message);
  const std::string_view told = message.substr(quote + 1, message.size() - quote - 2);
  if (told.empty() || !rest.starts_with(told) || !is_of_word(told.back())) return std::string(message);
  std::size_t end = told.size();
  while (end < rest.size() && is_of_word(rest[end])) ++end;
  std::string whole(message.substr(0, quote + 1));
  whole += rest.substr(0, end);
  whole += '"';
  return whole;
}

// What libpg_query does not hand out: the SQLSTATE and the hint behind a message.
void raise(const ::PgQueryError& error, std::string_view text) {
  std::string message = error.message ? error.message : "syntax error";
  std::string_view state = "42601";
  std::string hint;
  auto has = [&](std::string_view part) { return message.find(part) != std::string::npos; };
  if (has("not yet implemented") || has("not supported") || has("is not implemented") ||
      has("no longer supported") || has("cannot be changed"))
    state = "0A000";
  else if (has("invalid byte sequence"))
    state = "22021";
  else if (has("Unicode escape")) {
    // U&'' is decoded by the parser, E'' by the scanner.
    bool ampersand = error.filename && std::strstr(error.filename, "parser.c");
    if (message == "invalid Unicode escape") {
      hint = ampersand ? "Unicode escapes must be \\XXXX or \\+XXXXXX."
                       : "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.";
      if (!ampersand) state = "22025";
    }
  }
  else if (has("unsafe use of"))
    state = "22P06";
  else if (has("is reserved") || has("cannot be used as a role name here"))
    state = "42939";
  else if (has("frame start") || has("frame starting") || has("frame end cannot"))
    state = "42P20";
  else if (has("precision for type float"))
    state = "22023";
  else if (has("stack depth limit"))
    state = "54001";
  else if (has("memory exhausted"))
    state = "53200";
  if (message == "subquery in FROM must have an alias") hint = "For example, FROM (SELECT ...) [AS] foo.";
  if (message.starts_with("unrecognized row security option"))
    hint = "Only PERMISSIVE or RESTRICTIVE policies are supported currently.";
  if (message == "VALUES in FROM must have an alias") hint = "For example, FROM (VALUES ...) [AS] foo.";

  std::string detail;
  if (message == "unsafe use of string constant with Unicode escapes") {
    state = "0A000";
    detail = "String constants with Unicode escapes cannot be used when standard_conforming_strings is off.";
  }

  // cursorpos counts characters from 1; we count bytes from 0.
  int offset = -1;
  if (error.cursorpos > 0) {
    std::size_t byte = 0;
    for (int character = 1; character < error.cursorpos && byte < text.size(); ++character) {
      ++byte;
      while (byte < text.size() && (static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80) ++byte;
    }
    offset = static_cast<int>(byte);
  }
  if (offset >= 0 && message.starts_with("trailing junk after "))
    message = with_whole_word(message, text.substr(static_cast<std::size_t>(offset)));
  throw types::SqlError(state, std::move(message))
      .with_detail(std::move(detail))
      .at(offset)
      .with_hint(std::move(hint));
}

// libpg_query's memory of one parse.
class MemoryScope {
 public:
  MemoryScope() : context_(pg_query_enter_memory_context()) {}
  ~MemoryScope() { pg_query_exit_memory_context(context_); }
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

 private:
  ::MemoryContext context_;
};

class ErrorScope {
 public:
  explicit ErrorScope(::PgQueryError* error) : error_(error) {}
  ~ErrorScope() { pg_query_free_error(error_); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;

 private:
  ::PgQueryError* error_;
};

}  // namespace

#define SEXTANT_NODE(Type) \
  case T_##Type:           \
    return build(*this, *reinterpret_cast<const ::Type*>(n));

const ast::Node* Converter::node(const ::Node* n) {
  if (!n) return nullptr;
  check_depth();
  switch (n->type) {
#include "node_kinds.inc"
    default: {
      auto* unsupported = make<ast::Unsupported>();
      unsupported->command = unsupported_command(n->type);
      return unsupported;
    }
  }
}

#undef SEXTANT_NODE

void Converter::check_depth() const {
  if (static_cast<const char*>(__builtin_frame_address(0)) < stack_limit_)
    throw types::SqlError("54001", "stack depth limit exceeded")
        .with_hint(
            "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after "
            "ensuring the platform's stack depth limit is adequate.");
}

void raw_parse(const char* text, std::size_t length, types::Arena& arena, const char* stack_limit,
               std::vector<RawStatement>& out) {
  MemoryScope memory;
  ::PgQueryInternalParsetreeAndError result = pg_query_raw_parse(text);
  std::free(result.stderr_buffer);
  if (result.error) {
    ErrorScope error(result.error);
    raise(*result.error, {text, length});
  }
  Converter converter(arena, stack_limit);
  const ::List* tree = result.tree;
  if (!tree) return;
  out.reserve(static_cast<std::size_t>(tree->length));
  for (int i = 0; i < tree->length; ++i) {
    const auto* raw = static_cast<const ::RawStmt*>(tree->elements[i].ptr_value);
    int start = raw->stmt_location;
    int size = raw->stmt_len > 0 ? raw->stmt_len : static_cast<int>(length) - start;
    out.push_back({converter.node(raw->stmt), start, size});
  }
}

}  // namespace parser
