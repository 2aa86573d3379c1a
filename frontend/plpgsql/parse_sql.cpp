// Assignments, SQL statements, dynamic ones, cursors.
#include <fmt/format.h>

#include "parser.h"
#include "types/sql_error.h"

namespace plpgsql {

using types::SqlError;

StatementPtr Parser::read_assignment() {
  auto s = std::make_unique<Assign>();
  s->line = line();
  const int begin = token().begin;
  s->target = read_target(true);
  if (!accept(":=")) expect("=");
  const int value = token().begin;
  s->value = read_expression({{";"}, {}}, ";");
  s->value->kind = Expression::Kind::assignment;
  if (!s->target.rest.empty()) {
    s->value->kind = Expression::Kind::part;
    const auto& written = text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(value - begin));
    std::string base(written.substr(0, written.find(s->target.rest)));
    s->value->text = "(" + s->value->text + "), (" + base + ")" + s->target.rest;
    s->value->shown_offset = -1;
    s->value->shown = std::string(written) + s->value->text;
  }
  s->value->shown = text_.substr(static_cast<std::size_t>(begin),
                                 static_cast<std::size_t>(token().begin - begin));
  s->value->shown_offset = value - begin;
  expect(";");
  return s;
}

StatementPtr Parser::read_perform() {
  auto s = std::make_unique<Sql>(Statement::Kind::perform);
  advance();
  const int begin = token().begin;
  auto e = read_expression({{";"}, {}}, ";");
  e->kind = Expression::Kind::query;
  e->text = "SELECT " + e->text;
  e->shown = e->text;
  (void)begin;
  s->query = std::move(e);
  expect(";");
  return s;
}

StatementPtr Parser::read_call() {
  auto s = std::make_unique<Sql>(Statement::Kind::call);
  s->query = read_expression({{";"}, {}}, ";", Expression::Kind::query);
  expect(";");
  return s;
}

// Any SQL command; INTO (but INSERT's and such) names where the first row goes.
StatementPtr Parser::read_sql() {
  auto s = std::make_unique<Sql>(Statement::Kind::sql);
  const int begin = token().begin;
  const bool import = token().is_word("import");
  int end = begin, cut_begin = -1, cut_end = -1, depth = 0, first = true;
  std::string previous, current;
  if (token(1).is(":=") || token(1).is("=") || (token(1).is(".") && token(3).is(":="))) {
    // A word that is no variable.
    if (token(1).is(":=") || token(1).is("="))
      throw SqlError("42601", fmt::format("\"{}\" is not a known variable", token().text)).at(token().begin);
  }
  bool atomic = false;
  int begins = 0;
  const bool creates = token().is_word("create");
  for (;;) {
    const Token& t = token();
    if (t.kind == Token::Kind::end) syntax_error(first ? "syntax error" : "unexpected end of function definition");
    if (creates && t.is_word("begin") && token(1).is_word("atomic")) atomic = true;
    if (atomic && (t.is_word("begin") || t.is_word("case"))) ++begins;
    if (atomic && t.is_word("end") && begins > 0) --begins;
    if (t.is("(") || t.is("[")) ++depth;
    if (t.is(")") || t.is("]")) --depth;
    if (t.is(";") && depth <= 0 && begins == 0) break;
    if (t.is_word("into") && previous != "insert" && previous != "merge" && !import && depth == 0) {
      if (s->into) syntax_error("INTO specified more than once");
      s->into = true;
      cut_begin = t.begin;
      advance();
      s->strict = accept_word("strict");
      s->targets = read_targets();
      cut_end = token().begin;
      previous = "into";
      first = false;
      continue;
    }
    previous = t.kind == Token::Kind::word ? t.text : std::string();
    end = t.end;
    first = false;
    advance();
  }
  auto e = std::make_unique<Expression>();
  e->kind = Expression::Kind::query;
  e->names = names_;
  if (cut_begin < 0) {
    e->text = text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  } else {
    // Blanks in its place, so that positions stay what they are.
    e->text = text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(std::max(end, cut_begin) - begin));
    for (int i = cut_begin; i < cut_end && i - begin < static_cast<int>(e->text.size()); ++i)
      e->text[static_cast<std::size_t>(i - begin)] = ' ';
    while (!e->text.empty() && (e->text.back() == ' ' || e->text.back() == '\n')) e->text.pop_back();
  }
  e->shown = e->text;
  check(*e, begin);
  s->query = std::move(e);
  expect(";");
  return s;
}

StatementPtr Parser::read_execute() {
  auto s = std::make_unique<Sql>(Statement::Kind::execute);
  advance();
  s->query = read_expression({{";"}, {"into", "using"}}, ";");
  for (;;) {
    if (token().is_word("into")) {
      if (s->into) syntax_error();
      advance();
      s->into = true;
      s->strict = accept_word("strict");
      s->targets = read_targets();
    } else if (token().is_word("using")) {
      if (!s->arguments.empty()) syntax_error();
      advance();
      s->arguments = read_using({{";"}, {"into"}});
    } else if (accept(";")) {
      return s;
    } else {
      syntax_error();
    }
  }
}

StatementPtr Parser::read_open() {
  auto s = std::make_unique<Open>();
  advance();
  s->cursor = read_cursor_variable();
  const auto& cursor = function_->variables[static_cast<std::size_t>(s->cursor)];
  if (!cursor.cursor_query) {
    if (token().is_word("no")) {
      advance();
      expect_word("scroll");
      s->scroll = false;
    } else if (accept_word("scroll")) {
      s->scroll = true;
    }
    if (!token().is_word("for")) syntax_error();
    advance();
    if (accept_word("execute")) {
      s->dynamic = read_expression({{";"}, {"using"}}, ";");
      if (accept_word("using")) s->arguments = read_using({{";"}, {}});
    } else {
      s->query = read_expression({{";"}, {}}, ";", Expression::Kind::query);
    }
  } else if (token().is("(")) {
    if (cursor.cursor_arguments.empty())
      throw SqlError("42601", fmt::format("cursor \"{}\" has no arguments", cursor.name)).at(token().begin);
    advance();
    s->bound_arguments = read_cursor_arguments(cursor);
  } else if (!cursor.cursor_arguments.empty()) {
    throw SqlError("42601", fmt::format("cursor \"{}\" has arguments", cursor.name)).at(token().begin);
  }
  expect(";");
  return s;
}

StatementPtr Parser::read_fetch(bool move) {
  auto s = std::make_unique<Fetch>();
  s->move = move;
  advance();
  using Direction = Fetch::Direction;
  bool direction = true, check_from = true;
  auto is_from = [&] { return token().is_word("from") || token().is_word("in"); };
  if (accept_word("next")) {
  } else if (accept_word("prior")) {
    s->direction = Direction::backward;
  } else if (accept_word("first")) {
    s->direction = Direction::absolute;
  } else if (accept_word("last")) {
    s->direction = Direction::absolute;
    s->count = -1;
  } else if (token().is_word("absolute") || token().is_word("relative")) {
    s->direction = token().is_word("absolute") ? Direction::absolute : Direction::relative;
    advance();
    s->count_expression = read_expression({{}, {"from", "in"}}, "FROM");
  } else if (accept_word("all")) {
    s->all = true;
  } else if (token().is_word("forward") || token().is_word("backward")) {
    s->direction = token().is_word("forward") ? Direction::forward : Direction::backward;
    advance();
    std::size_t count = 0;
    if (accept_word("all")) {
      s->all = true;
    } else if (!is_from() && !(find_variable(count) && (token(count).is_word("into") || token(count).is(";")))) {
      s->count_expression = read_expression({{}, {"from", "in"}}, "FROM");
    }
  } else if (!is_from()) {
    std::size_t count = 0;
    if (find_variable(count) && (token(count).is_word("into") || token(count).is(";"))) {
      direction = check_from = false;
    } else if (token().is(";") || token().kind == Token::Kind::end) {
      syntax_error();
    } else {
      s->count_expression = read_expression({{}, {"from", "in"}}, "FROM");
      s->all = false;
    }
  }
  (void)direction;
  if (check_from && is_from()) advance();
  s->cursor = read_cursor_variable();
  if (!move) {
    if (s->all || (s->count_expression && (s->direction == Direction::forward || s->direction == Direction::backward)))
      throw SqlError("0A000", "FETCH statement cannot return multiple rows");
    expect_word("into");
    s->targets = read_targets();
  }
  expect(";");
  return s;
}

StatementPtr Parser::read_close() {
  auto s = std::make_unique<Close>();
  advance();
  s->cursor = read_cursor_variable();
  expect(";");
  return s;
}

}  // namespace plpgsql
