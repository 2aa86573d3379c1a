// The state of parsing one function; its methods stand in parse_*.cpp by statement family.
#pragma once

#include <initializer_list>

#include "plpgsql/lexer.h"
#include "plpgsql/function.h"

namespace plpgsql {

class Parser {
 public:
  Parser(const Source& source, Types& types);
  std::unique_ptr<Function> run();
  // The same; errors without a position say the line in their context.
  std::unique_ptr<Function> run_told();

 private:
  // --- tokens (parser.cpp)
  const Token& token(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  void advance() { if (at_ + 1 < tokens_.size()) ++at_; }
  bool accept(std::string_view symbol);
  bool accept_word(std::string_view word);
  void expect(std::string_view symbol);
  void expect_word(std::string_view word);
  std::string expect_name();
  [[noreturn]] void syntax_error() const { syntax_error("syntax error"); }
  [[noreturn]] void syntax_error(std::string_view what) const;
  int line_of(int position) const;
  int line() const { return line_of(token().begin); }

  // --- names
  void push(Name::Kind kind, std::string name, int variable = -1);
  int add_variable(Variable variable);
  int declare(std::string name, TypeRef type, int line);
  // extra_warnings and extra_errors: the name has a meaning already.
  void check_shadowing(const std::string& name, const Token& at);
  const Name* find_label(std::string_view label, bool& inside) const;
  std::optional<Found> find_variable(std::size_t& tokens) const;

  // --- pieces
  struct Until {
    std::vector<std::string_view> symbols, words;
  };
  // The text from here to the first of those outside of parentheses, which stays the next token.
  ExpressionPtr read_expression(const Until& until, std::string_view missing,
                                Expression::Kind kind = Expression::Kind::value);
  ExpressionPtr make_expression(int begin, int end, Expression::Kind kind);
  void check(const Expression& expression, int begin);
  Target read_target(bool allow_rest);
  std::vector<Target> read_targets();
  std::vector<ExpressionPtr> read_using(const Until& until);
  int read_cursor_variable();
  // The arguments up to the closing parenthesis, which is taken.
  ExpressionPtr read_cursor_arguments(const Variable& cursor);
  std::string read_label_end();
  std::vector<std::string> read_names();

  // --- parse_block.cpp
  void read_options();
  std::unique_ptr<Block> read_block(std::string label);
  void read_declarations(Block& block);
  void read_declaration(Block& block);
  void read_cursor_declaration(std::string name, std::optional<bool> scroll, Block& block, int at_line);
  TypeRef read_type();
  void read_handlers(Block& block);
  Body read_body(std::initializer_list<std::string_view> ends);
  StatementPtr read_statement();
  bool at_assignment() const;

  // --- parse_control.cpp
  StatementPtr read_if();
  StatementPtr read_case();
  StatementPtr read_loop(std::string label);
  StatementPtr read_while(std::string label);
  StatementPtr read_for(std::string label);
  StatementPtr read_foreach(std::string label);
  StatementPtr read_exit(bool is_exit);
  StatementPtr read_return();
  void read_loop_body(Loop& loop);

  // --- parse_sql.cpp
  StatementPtr read_assignment();
  StatementPtr read_perform();
  StatementPtr read_call();
  StatementPtr read_sql();
  StatementPtr read_execute();
  StatementPtr read_open();
  StatementPtr read_fetch(bool move);
  StatementPtr read_close();

  // --- parse_raise.cpp
  StatementPtr read_raise();
  StatementPtr read_assert();
  StatementPtr read_diagnostics();

  const Source& source_;
  Types& types_;
  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::unique_ptr<Function> function_;
  Names names_;
  bool unchecked_ = false;  // what is read now is no SQL expression: arguments by name
};

}  // namespace plpgsql
