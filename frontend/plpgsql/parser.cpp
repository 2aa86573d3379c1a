#include "parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "types/sql_error.h"

namespace plpgsql {

using types::SqlError;

std::optional<Found> lookup(const Name* names, std::span<const std::string_view> parts) {
  for (const Name* n = names; n; n = n->outer.get()) {
    if (n->kind == Name::Kind::variable) {
      if (n->name == parts[0]) return Found{n->variable, 1};
      continue;
    }
    if (n->kind != Name::Kind::block || parts.size() < 2 || n->name != parts[0] || n->name.empty()) continue;
    // label.variable: of the variables declared in that very block, which come after its label in
    // the chain, before the next label.
    const Name* found = nullptr;
    std::vector<const Name*> chain;
    for (const Name* m = names; m != n; m = m->outer.get()) chain.push_back(m);
    for (auto m = chain.rbegin(); m != chain.rend(); ++m) {
      if ((*m)->kind != Name::Kind::variable) break;
      if ((*m)->name == parts[1]) found = *m;
    }
    if (found) return Found{found->variable, 2};
  }
  return std::nullopt;
}

Parser::Parser(const Source& source, Types& types)
    : source_(source), types_(types), text_(source.text), tokens_(scan(source.text)) {}

bool Parser::accept(std::string_view symbol) {
  if (!token().is(symbol)) return false;
  advance();
  return true;
}
bool Parser::accept_word(std::string_view word) {
  if (!token().is_word(word)) return false;
  advance();
  return true;
}
void Parser::expect(std::string_view symbol) {
  if (!accept(symbol)) syntax_error();
}
void Parser::expect_word(std::string_view word) {
  if (!accept_word(word)) syntax_error();
}
std::string Parser::expect_name() {
  if (!token().is_name()) syntax_error();
  std::string name = token().text;
  advance();
  return name;
}

void Parser::syntax_error(std::string_view what) const {
  const Token& t = token();
  if (t.kind == Token::Kind::end) throw SqlError("42601", fmt::format("{} at end of input", what)).at(t.begin);
  throw SqlError("42601", fmt::format("{} at or near \"{}\"", what,
                                      text_.substr(static_cast<std::size_t>(t.begin),
                                                   static_cast<std::size_t>(t.end - t.begin))))
      .at(t.begin);
}

int Parser::line_of(int position) const {
  // The line break right behind the opening quote belongs to no line.
  std::size_t start = 0;
  if (!text_.empty() && text_[0] == '\n') start = 1;
  else if (text_.starts_with("\r\n")) start = 2;
  auto end = std::max(static_cast<std::size_t>(position), start);
  return 1 + static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(start),
                                         text_.begin() + static_cast<std::ptrdiff_t>(end), '\n')) +
         (start > 0 ? 1 : 0);
}

void Parser::push(Name::Kind kind, std::string name, int variable) {
  names_ = std::make_shared<const Name>(Name{kind, std::move(name), variable, names_});
}

int Parser::add_variable(Variable variable) {
  function_->variables.push_back(std::move(variable));
  return static_cast<int>(function_->variables.size()) - 1;
}

int Parser::declare(std::string name, TypeRef type, int at_line) {
  Variable v;
  v.kind = type.oid == types::oid::record || types_.is_row(type.oid) ? Variable::Kind::record
                                                                      : Variable::Kind::scalar;
  v.name = name;
  v.type = type;
  v.line = at_line;
  int number = add_variable(std::move(v));
  push(Name::Kind::variable, std::move(name), number);
  return number;
}

void Parser::check_shadowing(const std::string& name, const Token& at) {
  if (!source_.extra_warnings.shadowed_variables && !source_.extra_errors.shadowed_variables) return;
  const std::string_view names[] = {name};
  if (!lookup(names_.get(), names)) return;
  SqlError error =
      SqlError("42712", fmt::format("variable \"{}\" shadows a previously defined variable", name)).at(at.begin);
  if (source_.extra_errors.shadowed_variables) throw error;
  function_->warnings.push_back(std::move(error));
}

const Name* Parser::find_label(std::string_view label, bool& inside_loop) const {
  inside_loop = false;
  const Name* found = nullptr;
  for (const Name* n = names_.get(); n; n = n->outer.get()) {
    if (n->kind == Name::Kind::variable) continue;
    if (label.empty() ? n->kind == Name::Kind::loop : n->name == label && !n->name.empty()) {
      found = n;
      inside_loop = n->kind == Name::Kind::loop;
      break;
    }
  }
  return found;
}

// A variable that the next tokens name, and how many tokens that takes.
std::optional<Found> Parser::find_variable(std::size_t& count) const {
  if (token().kind == Token::Kind::parameter) {
    count = 1;
    const std::string_view part[] = {token().text};
    return lookup(names_.get(), part);
  }
  if (!token().is_name()) return std::nullopt;
  std::vector<std::string_view> parts{token().text};
  std::size_t at = 0;
  while (parts.size() < 3 && token(at + 1).is(".") && token(at + 2).is_name()) {
    parts.push_back(token(at + 2).text);
    at += 2;
  }
  auto found = lookup(names_.get(), parts);
  if (found) count = 1 + 2 * (found->names - 1);
  return found;
}

ExpressionPtr Parser::make_expression(int begin, int end, Expression::Kind kind) {
  auto e = std::make_unique<Expression>();
  e->kind = kind;
  e->text = text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  e->shown = e->text;
  e->names = names_;
  check(*e, begin);
  return e;
}

void Parser::check(const Expression& e, int begin) {
  if (!source_.check_syntax || unchecked_) return;
  const int prefix = e.kind == Expression::Kind::query ? 0 : 7;
  try {
    types_.check_syntax(prefix == 0 ? e.text : "SELECT " + e.text);
  } catch (const SqlError& error) {
    SqlError moved = error;
    throw std::move(moved).at(error.position() < 0 ? begin : std::max(error.position() - prefix, 0) + begin);
  }
}

ExpressionPtr Parser::read_expression(const Until& until, std::string_view missing, Expression::Kind kind) {
  const int begin = token().begin;
  int end = begin;
  int depth = 0, brackets = 0, cases = 0;
  for (;; advance()) {
    const Token& t = token();
    if (depth == 0 && brackets == 0) {
      bool ends = std::ranges::any_of(until.symbols, [&](auto s) { return t.is(s); });
      if (!ends && t.kind == Token::Kind::word && cases == 0 &&
          !(at_ > 0 && tokens_[at_ - 1].is(".") && end > begin))
        ends = std::ranges::any_of(until.words, [&](auto w) { return t.text == w; });
      if (ends) break;
    }
    if (t.is("(")) ++depth;
    else if (t.is("[")) ++brackets;
    else if (t.is(")")) {
      if (--depth < 0) syntax_error("mismatched parentheses");
    } else if (t.is("]")) {
      if (--brackets < 0) syntax_error("mismatched parentheses");
    } else if (t.is_word("case")) {
      ++cases;
    } else if (t.is_word("end") && cases > 0) {
      --cases;
    }
    if (t.kind == Token::Kind::end || t.is(";")) {
      if (depth != 0 || brackets != 0) syntax_error("mismatched parentheses");
      throw SqlError("42601", t.kind == Token::Kind::end
                                  ? fmt::format("missing \"{}\" at end of SQL {}", missing,
                                                kind == Expression::Kind::query ? "statement" : "expression")
                                  : fmt::format("missing \"{}\" at end of SQL {}", missing,
                                                kind == Expression::Kind::query ? "statement" : "expression"))
          .at(t.begin);
    }
    end = t.end;
  }
  if (end == begin) {
    if (kind == Expression::Kind::query) syntax_error("missing SQL statement");
    syntax_error("missing expression");
  }
  return make_expression(begin, end, kind);
}

Target Parser::read_target(bool allow_rest) {
  const int place = token().begin;
  std::size_t count = 0;
  auto found = find_variable(count);
  if (!found) {
    if (token().is_name()) {
      std::string shown = token().text;
      for (std::size_t i = 1; token(i).is(".") && token(i + 1).is_name(); i += 2)
        shown += "." + token(i + 1).text;
      throw SqlError("42601", fmt::format("\"{}\" is not a known variable", shown)).at(token().begin);
    }
    syntax_error();
  }
  Target target;
  target.variable = found->variable;
  for (std::size_t i = 0; i < count; ++i) advance();
  const Variable& v = function_->variables[static_cast<std::size_t>(found->variable)];
  while (v.kind == Variable::Kind::record && token().is(".") && token(1).is_name()) {
    advance();
    target.fields.push_back(token().text);
    advance();
    if (!allow_rest) break;
    break;
  }
  if (allow_rest && (token().is("[") || token().is("."))) {
    const int begin = token().begin;
    int end = begin, depth = 0;
    while (depth > 0 || token().is("[") || token().is(".")) {
      if (token().kind == Token::Kind::end) syntax_error();
      if (token().is("[")) ++depth;
      if (token().is("]")) --depth;
      bool dot = token().is(".") && depth == 0;
      end = token().end;
      advance();
      if (dot) {
        end = token().end;
        advance();
      }
    }
    target.rest = text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  }
  if (v.constant)
    throw SqlError("22005", fmt::format("variable \"{}\" is declared CONSTANT", v.name)).at(place);
  return target;
}

std::vector<Target> Parser::read_targets() {
  std::vector<Target> targets;
  do {
    const Token& at = token();
    Target t = read_target(false);
    if (token().is("[")) syntax_error();
    const Variable& v = function_->variables[static_cast<std::size_t>(t.variable)];
    const bool row = v.kind == Variable::Kind::record && t.fields.empty();
    if (row && (!targets.empty() || token().is(",")) && !(targets.empty() && !token().is(",")))
      throw SqlError("42601", targets.empty()
                                  ? "record variable cannot be part of multiple-item INTO list"
                                  : fmt::format("\"{}\" is not a scalar variable", v.name))
          .at(targets.empty() ? token().begin : at.begin);
    targets.push_back(std::move(t));
  } while (accept(","));
  return targets;
}

std::vector<ExpressionPtr> Parser::read_using(const Until& until) {
  std::vector<ExpressionPtr> list;
  Until one = until;
  one.symbols.push_back(",");
  do list.push_back(read_expression(one, ";"));
  while (accept(","));
  return list;
}

int Parser::read_cursor_variable() {
  std::size_t count = 0;
  auto found = find_variable(count);
  if (!found) {
    if (token().is_name())
      throw SqlError("42601", fmt::format("\"{}\" is not a known variable", token().text)).at(token().begin);
    syntax_error();
  }
  const Variable& v = function_->variables[static_cast<std::size_t>(found->variable)];
  if (v.kind != Variable::Kind::scalar)
    throw SqlError("42804", "cursor variable must be a simple variable").at(token().begin);
  if (v.type.oid != types::oid::refcursor)
    throw SqlError("42804", fmt::format("variable \"{}\" must be of type cursor or refcursor", v.name))
        .at(token().begin);
  for (std::size_t i = 0; i < count; ++i) advance();
  return found->variable;
}

ExpressionPtr Parser::read_cursor_arguments(const Variable& cursor) {
  const int begin = token().begin;
  unchecked_ = true;
  ExpressionPtr expression = read_expression({{")"}, {}}, ")");
  unchecked_ = false;
  std::vector<bool> given(cursor.cursor_arguments.size());
  const auto name_of = [&](std::size_t i) -> const std::string& {
    return function_->variables[static_cast<std::size_t>(cursor.cursor_arguments[i])].name;
  };
  std::size_t position = 0, from = 0;
  for (const auto& [name, text] : types_.split_arguments(expression->text)) {
    // Where it starts: at its name, or at its first character.
    const std::size_t value = expression->text.find(text, from);
    std::size_t start = name.empty() ? value : from;
    while (start < expression->text.size() && std::string_view(" \t\r\n,").find(expression->text[start]) != std::string_view::npos)
      ++start;
    const std::size_t comma = std::min(expression->text.find(',', from), start);
    const int at = begin + static_cast<int>(start);
    from = value + text.size();
    std::size_t place = position++;
    if (!name.empty()) {
      for (place = 0; place < given.size() && name_of(place) != name;) ++place;
      if (place == given.size())
        throw SqlError("42601", fmt::format("cursor \"{}\" has no argument named \"{}\"", cursor.name, name)).at(at);
    }
    if (place >= given.size())
      throw SqlError("42601", fmt::format("too many arguments for cursor \"{}\"", cursor.name))
          .at(begin + static_cast<int>(comma));
    if (given[place])
      throw SqlError("42601", fmt::format("value for parameter \"{}\" of cursor \"{}\" specified more than once",
                                          name_of(place), cursor.name))
          .at(at);
    given[place] = true;
  }
  if (std::ranges::find(given, false) != given.end())
    throw SqlError("42601", fmt::format("not enough arguments for cursor \"{}\"", cursor.name)).at(token().begin);
  advance();
  return expression;
}

std::string Parser::read_label_end() {
  std::string label;
  if (token().is_name()) label = expect_name();
  return label;
}

std::vector<std::string> Parser::read_names() {
  std::vector<std::string> names{expect_name()};
  while (token().is(".") && token(1).is_name()) {
    advance();
    names.push_back(expect_name());
  }
  return names;
}

std::unique_ptr<Function> Parser::run_told() {
  try {
    return run();
  } catch (const SqlError& error) {
    if (error.position() >= 0) throw;
    SqlError told = error;
    told.add_context(fmt::format("compilation of PL/pgSQL function \"{}\" near line {}", source_.name,
                                 line_of(tokens_[at_ > 0 ? at_ - 1 : 0].begin)));
    throw told;
  }
}

std::unique_ptr<Function> parse(const Source& source, Types& types) { return Parser(source, types).run_told(); }

}  // namespace plpgsql
