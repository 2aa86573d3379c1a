// The function as a whole, blocks, declarations, exception handlers.
#include <algorithm>

#include <fmt/format.h>

#include "parser.h"
#include "types/sql_error.h"

namespace plpgsql {

using types::SqlError;

std::unique_ptr<Function> Parser::run() {
  function_ = std::make_unique<Function>();
  Function& f = *function_;
  f.name = source_.name;
  f.signature = source_.signature;
  f.result = source_.result;
  f.returns_set = source_.returns_set;
  f.is_procedure = source_.is_procedure;
  f.is_trigger = source_.is_trigger;
  f.is_event_trigger = source_.is_event_trigger;
  f.is_do = source_.is_do;
  f.conflict = source_.conflict;
  f.print_strict_params = source_.print_strict_params;
  f.returns_row = f.result.oid == types::oid::record || types_.is_row(f.result.oid);
  push(Name::Kind::block, f.name);
  int number = 0;
  for (const Parameter& p : source_.parameters) {
    ++number;
    const std::string dollar = fmt::format("${}", number);
    int v = declare(dollar, p.type, 0);
    if (!p.name.empty()) {
      f.variables[static_cast<std::size_t>(v)].name = p.name;
      const std::string_view name[] = {p.name};
      if (auto before = lookup(names_.get(), name); before && before->names == 1)
        throw SqlError("42P13", fmt::format("parameter name \"{}\" used more than once", p.name));
      push(Name::Kind::variable, p.name, v);
    }
    if (p.mode == 'i' || p.mode == 'b' || p.mode == 'v') f.inputs.push_back(v);
    if (p.mode == 'o' || p.mode == 'b' || p.mode == 't') f.outputs.push_back(v);
  }
  f.has_outputs = !f.outputs.empty();
  if (f.is_trigger) {
    TypeRef text{types::oid::text, -1, types::collation::default_}, name{types::oid::name, -1, 950},
        int4{types::oid::int4, -1, 0};
    auto add = [&](const char* n, TypeRef type) { f.trigger_variables.emplace_back(n, declare(n, type, 0)); };
    add("new", {types::oid::record, -1, 0});
    add("old", {types::oid::record, -1, 0});
    add("tg_name", name);
    add("tg_when", text);
    add("tg_level", text);
    add("tg_op", text);
    add("tg_relid", {types::oid::oid_, -1, 0});
    add("tg_relname", name);
    add("tg_table_name", name);
    add("tg_table_schema", name);
    add("tg_nargs", int4);
    add("tg_argv", {types::oid::text_array, -1, types::collation::default_});
  }
  if (f.is_event_trigger)
    for (const char* variable : {"tg_event", "tg_tag"})
      f.trigger_variables.emplace_back(variable, declare(variable, {types::oid::text, -1, types::collation::default_}, 0));
  f.found = declare("found", {types::oid::bool_, -1, 0}, 0);
  read_options();
  std::string label;
  if (accept("<<")) {
    label = expect_name();
    expect(">>");
  }
  if (!token().is_word("declare") && !token().is_word("begin")) syntax_error();
  f.body = read_block(std::move(label));
  accept(";");
  if (token().kind != Token::Kind::end) syntax_error();
  return std::move(function_);
}

void Parser::read_options() {
  while (token().is("#")) {
    advance();
    if (accept_word("option")) {
      expect_word("dump");
    } else if (accept_word("print_strict_params")) {
      if (accept_word("on")) function_->print_strict_params = true;
      else if (accept_word("off")) function_->print_strict_params = false;
      else throw SqlError("42601", "unrecognized print_strict_params option " + token().text);
    } else if (accept_word("variable_conflict")) {
      if (accept_word("error")) function_->conflict = VariableConflict::error;
      else if (accept_word("use_variable")) function_->conflict = VariableConflict::variable;
      else if (accept_word("use_column")) function_->conflict = VariableConflict::column;
      else syntax_error();
    } else {
      syntax_error();
    }
  }
}

std::unique_ptr<Block> Parser::read_block(std::string label) {
  auto block = std::make_unique<Block>();
  Names outside = names_;
  block->line = line();
  block->label = label;
  push(Name::Kind::block, label);
  if (token().is_word("declare")) {
    advance();
    read_declarations(*block);
  }
  block->line = line();
  expect_word("begin");
  block->body = read_body({"exception", "end"});
  if (accept_word("exception")) {
    block->catches = true;
    read_handlers(*block);
  }
  expect_word("end");
  const Token at = token();
  std::string end_label = read_label_end();
  if (!end_label.empty() && end_label != label) {
    if (label.empty())
      throw SqlError("42601", fmt::format("end label \"{}\" specified for unlabeled block", end_label)).at(at.begin);
    throw SqlError("42601", fmt::format("end label \"{}\" differs from block's label \"{}\"", end_label, label))
        .at(at.begin);
  }
  names_ = outside;
  return block;
}

void Parser::read_declarations(Block& block) {
  while (!token().is_word("begin")) {
    if (token().kind == Token::Kind::end) syntax_error();
    if (accept_word("declare")) continue;
    if (token().is("<<"))
      throw SqlError("42601", "block label must be placed before DECLARE, not after").at(token().begin);
    read_declaration(block);
  }
}

void Parser::read_declaration(Block& block) {
  const int at_line = line();
  const Token at = token();
  std::string name = expect_name();
  for (const Name* n = names_.get(); n && n->kind == Name::Kind::variable; n = n->outer.get())
    if (n->name == name) throw SqlError("42601", fmt::format("duplicate declaration at or near \"{}\"", at.text)).at(at.begin);
  check_shadowing(name, at);
  if (accept_word("alias")) {
    expect_word("for");
    std::size_t count = 0;
    auto found = find_variable(count);
    if (!found)
      throw SqlError("42704", fmt::format("variable \"{}\" does not exist", token().text)).at(token().begin);
    for (std::size_t i = 0; i < count; ++i) advance();
    expect(";");
    push(Name::Kind::variable, std::move(name), found->variable);
    return;
  }
  std::optional<bool> scroll;
  if (token().is_word("no") && token(1).is_word("scroll") && token(2).is_word("cursor")) {
    advance();
    advance();
    scroll = false;
  } else if (token().is_word("scroll") && token(1).is_word("cursor")) {
    advance();
    scroll = true;
  }
  if (token().is_word("cursor")) {
    advance();
    read_cursor_declaration(std::move(name), scroll, block, at_line);
    return;
  }
  const bool constant = accept_word("constant");
  TypeRef type = read_type();
  if (accept_word("collate")) {
    auto names = read_names();
    types_.check_collation(names.back(), type);
  }
  bool not_null = false;
  const Token not_null_at = token();
  if (accept_word("not")) {
    expect_word("null");
    not_null = true;
  }
  ExpressionPtr initial;
  if (accept(":=") || accept("=") || accept_word("default")) {
    initial = read_expression({{";"}, {}}, ";");
  } else if (!token().is(";")) {
    syntax_error();
  }
  if (not_null && !initial)
    throw SqlError("22004", fmt::format("variable \"{}\" must have a default value, since it's declared NOT NULL", name))
        .at(not_null_at.begin);
  expect(";");
  int v = declare(std::move(name), type, at_line);
  Variable& variable = function_->variables[static_cast<std::size_t>(v)];
  variable.constant = constant;
  variable.not_null = not_null;
  variable.initial = std::move(initial);
  block.variables.push_back(v);
}

void Parser::read_cursor_declaration(std::string name, std::optional<bool> scroll, Block& block, int at_line) {
  Names outside = names_;
  std::vector<int> arguments;
  if (accept("(")) {
    do {
      const int argument_line = line();
      const Token argument_at = token();
      std::string argument = expect_name();
      check_shadowing(argument, argument_at);
      TypeRef type = read_type();
      arguments.push_back(declare(std::move(argument), type, argument_line));
    } while (accept(","));
    expect(")");
  }
  if (!accept_word("is")) expect_word("for");
  auto query = read_expression({{";"}, {}}, ";", Expression::Kind::query);
  expect(";");
  names_ = outside;
  int v = declare(name, {types::oid::refcursor, -1, types::collation::default_}, at_line);
  Variable& variable = function_->variables[static_cast<std::size_t>(v)];
  variable.is_cursor = true;
  variable.cursor_query = std::move(query);
  variable.cursor_arguments = std::move(arguments);
  variable.scroll = scroll;
  block.variables.push_back(v);
}

// A type's name, or %TYPE and %ROWTYPE of something.
TypeRef Parser::read_type() {
  if (!token().is_name()) {
    if (token().is(";")) throw SqlError("42601", "missing data type declaration at or near \";\"").at(token().begin);
    syntax_error();
  }
  std::size_t ahead = 1;
  while (token(ahead).is(".") && token(ahead + 1).is_name()) ahead += 2;
  if (token(ahead).is("%") && (token(ahead + 1).is_word("type") || token(ahead + 1).is_word("rowtype"))) {
    const bool row = token(ahead + 1).is_word("rowtype");
    const Token at = token();
    std::size_t count = 0;
    auto found = find_variable(count);
    std::vector<std::string> names = read_names();
    advance();
    advance();
    if (!row && found) {
      const Variable& v = function_->variables[static_cast<std::size_t>(found->variable)];
      if (found->names == names.size()) return v.type;
      if (v.kind == Variable::Kind::record && found->names + 1 == names.size() && v.type.oid != types::oid::record) {
        // A field of a row variable.
        names.erase(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(found->names));
      }
    }
    try {
      return row ? types_.of_row(names) : types_.of_column(names);
    } catch (const SqlError& error) {
      SqlError moved = error;
      throw std::move(moved).at(-1);
    }
  }
  const int begin = token().begin;
  int end = begin, depth = 0;
  for (;; advance()) {
    const Token& t = token();
    if (depth == 0 && (t.is(";") || t.is(",") || t.is(")") || t.is(":=") || t.is("=") || t.is_word("default") ||
                       t.is_word("collate") || t.is_word("not")))
      break;
    if (t.kind == Token::Kind::end) {
      if (depth > 0) syntax_error("mismatched parentheses");
      throw SqlError("42601", "incomplete data type declaration at end of input").at(t.begin);
    }
    if (t.is("(") || t.is("[")) ++depth;
    if (t.is(")") || t.is("]")) --depth;
    end = t.end;
  }
  std::string text(text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  if (text.size() == 6 && std::ranges::equal(text, std::string_view("record"), [](char a, char b) { return (a | 32) == b; }))
    return {types::oid::record, -1, 0};
  try {
    return types_.by_text(text);
  } catch (const SqlError& error) {
    SqlError moved = error;
    throw std::move(moved).at(begin);
  }
}

void Parser::read_handlers(Block& block) {
  Names outside = names_;
  const TypeRef text{types::oid::text, -1, types::collation::default_};
  block.sqlstate = declare("sqlstate", text, line());
  function_->variables[static_cast<std::size_t>(block.sqlstate)].constant = true;
  block.sqlerrm = declare("sqlerrm", text, line());
  function_->variables[static_cast<std::size_t>(block.sqlerrm)].constant = true;
  while (token().is_word("when")) {
    Handler handler;
    handler.line = line();
    advance();
    do {
      const Token at = token();
      if (at.is_word("sqlstate") && token(1).kind == Token::Kind::string) {
        advance();
        if (token().text.size() != 5 ||
            token().text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
          throw SqlError("42601", fmt::format("invalid SQLSTATE code at or near \"{}\"",
                                              text_.substr(static_cast<std::size_t>(token().begin),
                                                           static_cast<std::size_t>(token().end - token().begin))))
              .at(token().begin);
        handler.conditions.push_back({token().text});
        advance();
      } else {
        std::string name = expect_name();
        if (name == "others") {
          handler.conditions.push_back({});
        } else {
          auto states = sqlstates_of(name);
          if (states.empty())
            throw SqlError("42704", fmt::format("unrecognized exception condition \"{}\"", name));
          for (auto state : states) handler.conditions.push_back({std::string(state)});
        }
      }
    } while (accept_word("or"));
    expect_word("then");
    handler.body = read_body({"when", "end"});
    block.handlers.push_back(std::move(handler));
  }
  if (block.handlers.empty()) syntax_error();
  names_ = outside;
}

Body Parser::read_body(std::initializer_list<std::string_view> ends) {
  types_.check_stack();
  Body body;
  for (;;) {
    const Token& t = token();
    if (t.kind == Token::Kind::end) syntax_error();
    if (t.kind == Token::Kind::word && !at_assignment() &&
        std::ranges::any_of(ends, [&](auto e) { return t.text == e; }))
      return body;
    if (auto statement = read_statement()) body.push_back(std::move(statement));
  }
}

// A statement that starts with a variable's name, even when that is a keyword, too.
bool Parser::at_assignment() const {
  std::size_t count = 0;
  if (!find_variable(count)) return false;
  const Token& t = token(count);
  if (token().kind == Token::Kind::parameter) return true;
  return t.is(":=") || t.is("=") || t.is("[") || t.is(".");
}

StatementPtr Parser::read_statement() {
  const int at_line = line();
  std::string label;
  if (accept("<<")) {
    label = expect_name();
    expect(">>");
    if (token().is_word("declare") || token().is_word("begin")) {
      auto block = read_block(std::move(label));
      expect(";");
      return block;
    }
    StatementPtr loop;
    if (token().is_word("loop")) loop = read_loop(std::move(label));
    else if (token().is_word("while")) loop = read_while(std::move(label));
    else if (token().is_word("for")) loop = read_for(std::move(label));
    else if (token().is_word("foreach")) loop = read_foreach(std::move(label));
    else syntax_error();
    return loop;
  }
  StatementPtr s;
  auto word = [&](std::string_view w) { return token().is_word(w); };
  if (at_assignment()) s = read_assignment();
  else if (word("declare") || word("begin")) {
    s = read_block({});
    expect(";");
    return s;
  } else if (word("if")) s = read_if();
  else if (word("case")) s = read_case();
  else if (word("loop")) s = read_loop({});
  else if (word("while")) s = read_while({});
  else if (word("for")) s = read_for({});
  else if (word("foreach")) s = read_foreach({});
  else if (word("exit")) s = read_exit(true);
  else if (word("continue")) s = read_exit(false);
  else if (word("return")) s = read_return();
  else if (word("raise")) s = read_raise();
  else if (word("assert")) s = read_assert();
  else if (word("execute")) s = read_execute();
  else if (word("perform")) s = read_perform();
  else if (word("call") || word("do")) s = read_call();
  else if (word("get")) s = read_diagnostics();
  else if (word("open")) s = read_open();
  else if (word("fetch")) s = read_fetch(false);
  else if (word("move")) s = read_fetch(true);
  else if (word("close")) s = read_close();
  else if (word("null") && token(1).is(";")) {
    advance();
    advance();
    return nullptr;
  } else if (word("commit") || word("rollback")) {
    auto end = std::make_unique<EndTransaction>(word("commit") ? Statement::Kind::commit : Statement::Kind::rollback);
    advance();
    if (accept_word("and")) {
      end->chain = !accept_word("no");
      expect_word("chain");
    }
    expect(";");
    s = std::move(end);
  } else if (token().is_name()) {
    s = read_sql();
  } else {
    syntax_error();
  }
  s->line = at_line;
  return s;
}

}  // namespace plpgsql
