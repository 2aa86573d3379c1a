// IF, CASE, loops, EXIT, RETURN.
#include <fmt/format.h>

#include "parser.h"
#include "types/sql_error.h"

namespace plpgsql {

using types::SqlError;

StatementPtr Parser::read_if() {
  auto s = std::make_unique<If>();
  advance();
  for (;;) {
    If::Arm arm;
    arm.condition = read_expression({{}, {"then"}}, "THEN");
    advance();
    arm.body = read_body({"elsif", "elseif", "else", "end"});
    s->arms.push_back(std::move(arm));
    if (!accept_word("elsif") && !accept_word("elseif")) break;
  }
  if (accept_word("else")) s->otherwise = read_body({"end"});
  expect_word("end");
  expect_word("if");
  expect(";");
  return s;
}

StatementPtr Parser::read_case() {
  auto s = std::make_unique<Case>();
  advance();
  if (!token().is_word("when")) {
    s->value = read_expression({{}, {"when"}}, "WHEN");
    // Its type is known when it has run.
    Variable v;
    v.name = "__Case__Variable__";
    v.type = {types::oid::int4, -1, 0};
    s->variable = add_variable(std::move(v));
  }
  while (accept_word("when")) {
    If::Arm arm;
    const int begin = token().begin;
    Names outside = names_;
    if (s->value) push(Name::Kind::variable, "__Case__Variable__", s->variable);
    arm.condition = read_expression({{}, {"then"}}, "THEN");
    if (s->value) {
      arm.condition->text = "\"__Case__Variable__\" IN (" + arm.condition->text + ")";
      arm.condition->shown = arm.condition->text;
    }
    (void)begin;
    names_ = outside;
    advance();
    arm.body = read_body({"when", "else", "end"});
    s->arms.push_back(std::move(arm));
  }
  if (s->arms.empty()) syntax_error();
  if (accept_word("else")) {
    s->has_else = true;
    s->otherwise = read_body({"end"});
  }
  expect_word("end");
  expect_word("case");
  expect(";");
  return s;
}

void Parser::read_loop_body(Loop& loop) {
  expect_word("loop");
  loop.body = read_body({"end"});
  expect_word("end");
  expect_word("loop");
  const Token at = token();
  std::string end_label = read_label_end();
  if (!end_label.empty() && end_label != loop.label) {
    if (loop.label.empty())
      throw SqlError("42601", fmt::format("end label \"{}\" specified for unlabeled block", end_label)).at(at.begin);
    throw SqlError("42601",
                   fmt::format("end label \"{}\" differs from block's label \"{}\"", end_label, loop.label))
        .at(at.begin);
  }
  expect(";");
}

StatementPtr Parser::read_loop(std::string label) {
  auto s = std::make_unique<Loop>(Statement::Kind::loop);
  s->line = line();
  s->label = label;
  Names outside = names_;
  push(Name::Kind::loop, std::move(label));
  read_loop_body(*s);
  names_ = outside;
  return s;
}

StatementPtr Parser::read_while(std::string label) {
  auto s = std::make_unique<While>();
  s->line = line();
  s->label = label;
  Names outside = names_;
  push(Name::Kind::loop, std::move(label));
  advance();
  s->condition = read_expression({{}, {"loop"}}, "LOOP");
  read_loop_body(*s);
  names_ = outside;
  return s;
}

StatementPtr Parser::read_for(std::string label) {
  const int at_line = line();
  Names outside = names_;
  push(Name::Kind::loop, label);
  advance();
  // The loop variable: declared already (rows), or an integer of the loop's own.
  const std::size_t variable_at = at_;
  const std::string first_name = token().text;
  std::size_t count = 0;
  auto known = find_variable(count);
  std::size_t in_at = at_;
  while (!tokens_[in_at].is_word("in") && tokens_[in_at].kind != Token::Kind::end && !tokens_[in_at].is(";"))
    ++in_at;
  if (!tokens_[in_at].is_word("in")) {
    if (!token().is_name()) syntax_error();
    advance();
    syntax_error();
  }
  at_ = in_at + 1;
  auto targets = [&] {
    std::size_t after = at_;
    at_ = variable_at;
    if (!known) {
      if (!token().is_name()) syntax_error();
      throw SqlError("42601", "loop variable of loop over rows must be a record variable or list of scalar variables")
          .at(token().begin);
    }
    auto list = read_targets();
    if (!token().is_word("in")) syntax_error();
    at_ = after;
    return list;
  };
  if (token().is_word("execute")) {
    advance();
    auto s = std::make_unique<ForRows>(Statement::Kind::for_execute);
    s->line = at_line;
    s->label = label;
    s->targets = targets();
    s->query = read_expression({{}, {"loop", "using"}}, "LOOP");
    if (accept_word("using")) s->arguments = read_using({{}, {"loop"}});
    read_loop_body(*s);
    names_ = outside;
    return s;
  }
  // FOR r IN cursor [(arguments)] LOOP
  {
    std::size_t tokens = 0;
    auto cursor = find_variable(tokens);
    if (cursor && (token(tokens).is_word("loop") || token(tokens).is("("))) {
      const Variable& v = function_->variables[static_cast<std::size_t>(cursor->variable)];
      if (v.kind == Variable::Kind::scalar && v.type.oid == types::oid::refcursor) {
        auto s = std::make_unique<ForRows>(Statement::Kind::for_cursor);
        s->line = at_line;
        s->label = label;
        s->cursor = cursor->variable;
        const auto& bound = function_->variables[static_cast<std::size_t>(cursor->variable)];
        if (tokens_[variable_at + 1].is(",") || tokens_[variable_at + 1].is("."))
          throw SqlError("42601", "cursor FOR loop must have only one target variable").at(tokens_[variable_at].begin);
        if (!bound.cursor_query)
          throw SqlError("42601", "cursor FOR loop must use a bound cursor variable").at(token().begin);
        for (std::size_t i = 0; i < tokens; ++i) advance();
        if (accept("(")) {
          if (bound.cursor_arguments.empty())
            throw SqlError("42601", fmt::format("cursor \"{}\" has no arguments", bound.name)).at(token().begin);
          s->cursor_arguments = read_cursor_arguments(bound);
        } else if (!bound.cursor_arguments.empty()) {
          throw SqlError("42601", fmt::format("cursor \"{}\" has arguments", bound.name)).at(token().begin);
        }
        // The loop's own record.
        Target t;
        t.variable = declare(first_name, {types::oid::record, -1, 0}, at_line);
        s->targets.push_back(std::move(t));
        read_loop_body(*s);
        names_ = outside;
        return s;
      }
    }
  }
  const bool reverse = token().is_word("reverse");
  if (reverse) advance();
  // An integer range has ".." before LOOP.
  bool range = false;
  int depth = 0;
  for (std::size_t i = at_; i < tokens_.size() && !(depth == 0 && tokens_[i].is_word("loop")) && !tokens_[i].is(";"); ++i) {
    if (tokens_[i].is("(") || tokens_[i].is("[")) ++depth;
    if (tokens_[i].is(")") || tokens_[i].is("]")) --depth;
    if (depth == 0 && tokens_[i].is("..")) range = true;
  }
  if (range) {
    auto s = std::make_unique<ForInteger>();
    s->line = at_line;
    s->label = label;
    s->reverse = reverse;
    if (in_at != variable_at + 1)
      throw SqlError("42601", "integer FOR loop must have only one target variable")
          .at(tokens_[variable_at].begin);
    s->from = read_expression({{".."}, {}}, "..");
    advance();
    s->to = read_expression({{}, {"loop", "by"}}, "LOOP");
    if (accept_word("by")) s->by = read_expression({{}, {"loop"}}, "LOOP");
    s->variable = declare(first_name, {types::oid::int4, -1, 0}, at_line);
    read_loop_body(*s);
    names_ = outside;
    return s;
  }
  if (reverse) throw SqlError("42601", "cannot specify REVERSE in query FOR loop").at(token().begin);
  auto s = std::make_unique<ForRows>(Statement::Kind::for_query);
  s->line = at_line;
  s->label = label;
  s->targets = targets();
  s->query = read_expression({{}, {"loop"}}, "LOOP", Expression::Kind::query);
  read_loop_body(*s);
  names_ = outside;
  return s;
}

StatementPtr Parser::read_foreach(std::string label) {
  auto s = std::make_unique<Foreach>();
  s->line = line();
  s->label = label;
  Names outside = names_;
  push(Name::Kind::loop, std::move(label));
  advance();
  std::size_t count = 0;
  if (!find_variable(count)) {
    if (!token().is_name()) syntax_error();
    throw SqlError("42601", "loop variable of FOREACH must be a known variable or list of variables").at(token().begin);
  }
  s->targets = read_targets();
  if (accept_word("slice")) {
    if (token().kind != Token::Kind::number) syntax_error();
    s->slice = std::stoi(token().text);
    advance();
  }
  expect_word("in");
  expect_word("array");
  s->array = read_expression({{}, {"loop"}}, "LOOP");
  read_loop_body(*s);
  names_ = outside;
  return s;
}

StatementPtr Parser::read_exit(bool is_exit) {
  auto s = std::make_unique<Exit>();
  s->is_exit = is_exit;
  const Token at = token();
  advance();
  const Token label_at = token();
  if (token().is_name() && !token().is_word("when")) s->label = expect_name();
  if (accept_word("when")) s->condition = read_expression({{";"}, {}}, ";");
  expect(";");
  bool loop = false;
  const Name* found = find_label(s->label, loop);
  if (!s->label.empty()) {
    if (!found)
      throw SqlError("42601", fmt::format("there is no label \"{}\" attached to any block or loop enclosing this statement",
                                          s->label))
          .at(label_at.begin);
    if (!loop && !is_exit)
      throw SqlError("42601", fmt::format("block label \"{}\" cannot be used in CONTINUE", s->label)).at(label_at.begin);
  } else if (!found) {
    throw SqlError("42601", is_exit ? "EXIT cannot be used outside a loop, unless it has a label"
                                    : "CONTINUE cannot be used outside a loop")
        .at(at.begin);
  }
  return s;
}

StatementPtr Parser::read_return() {
  const int begin = token().begin;
  advance();
  const Function& f = *function_;
  if (token().is_word("next")) {
    advance();
    auto s = std::make_unique<Return>(Statement::Kind::return_next);
    if (!f.returns_set) throw SqlError("42804", "cannot use RETURN NEXT in a non-SETOF function").at(begin);
    if (f.has_outputs) {
      if (!token().is(";"))
        throw SqlError("42804", "RETURN NEXT cannot have a parameter in function with OUT parameters").at(token().begin);
    } else {
      s->value = read_expression({{";"}, {}}, ";");
    }
    expect(";");
    return s;
  }
  if (token().is_word("query")) {
    advance();
    auto s = std::make_unique<Return>(Statement::Kind::return_query);
    if (!f.returns_set) throw SqlError("42804", "cannot use RETURN QUERY in a non-SETOF function").at(begin);
    if (accept_word("execute")) {
      s->dynamic = read_expression({{";"}, {"using"}}, ";");
      if (accept_word("using")) s->arguments = read_using({{";"}, {}});
    } else {
      s->value = read_expression({{";"}, {}}, ";", Expression::Kind::query);
    }
    expect(";");
    return s;
  }
  auto s = std::make_unique<Return>(Statement::Kind::return_);
  if (token().is(";")) {
    if (!f.returns_set && !f.is_procedure && !f.is_do && !f.has_outputs && f.result.oid != types::oid::void_)
      syntax_error("missing expression");
    advance();
    return s;
  }
  if (f.returns_set)
    throw SqlError("42804", "RETURN cannot have a parameter in function returning set")
        .with_hint("Use RETURN NEXT or RETURN QUERY.")
        .at(token().begin);
  if (f.has_outputs)
    throw SqlError("42804", "RETURN cannot have a parameter in function with OUT parameters").at(token().begin);
  if (f.is_procedure)
    throw SqlError("42601", "RETURN cannot have a parameter in a procedure").at(token().begin);
  if (f.result.oid == types::oid::void_)
    throw SqlError("42804", f.is_do ? "RETURN cannot have a parameter in function returning void"
                                    : "RETURN cannot have a parameter in function returning void")
        .at(token().begin);
  std::size_t count = 0;
  auto found = find_variable(count);
  if (found && token(count).is(";")) s->variable = found->variable;
  s->value = read_expression({{";"}, {}}, ";");
  expect(";");
  return s;
}

}  // namespace plpgsql
