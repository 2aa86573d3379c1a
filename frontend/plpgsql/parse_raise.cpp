// RAISE, ASSERT, GET DIAGNOSTICS.
#include <fmt/format.h>

#include "parser.h"
#include "types/sql_error.h"

namespace plpgsql {

using types::SqlError;

StatementPtr Parser::read_raise() {
  auto s = std::make_unique<Raise>();
  advance();
  if (accept(";")) {
    s->reraise = true;
    return s;
  }
  constexpr std::pair<std::string_view, RaiseLevel> kLevels[] = {
      {"exception", RaiseLevel::exception}, {"warning", RaiseLevel::warning}, {"notice", RaiseLevel::notice},
      {"info", RaiseLevel::info},           {"log", RaiseLevel::log},         {"debug", RaiseLevel::debug}};
  for (auto& [name, level] : kLevels)
    if (accept_word(name)) {
      s->level = level;
      break;
    }
  if (token().kind == Token::Kind::string) {
    s->has_message = true;
    s->message = token().text;
    advance();
    while (accept(",")) s->parameters.push_back(read_expression({{",", ";"}, {"using"}}, ";"));
    std::size_t expected = 0;
    for (std::size_t i = 0; i < s->message.size(); ++i) {
      if (s->message[i] != '%') continue;
      if (i + 1 < s->message.size() && s->message[i + 1] == '%') ++i;
      else ++expected;
    }
    if (expected < s->parameters.size()) throw SqlError("42601", "too many parameters specified for RAISE");
    if (expected > s->parameters.size()) throw SqlError("42601", "too few parameters specified for RAISE");
  } else if (!token().is_word("using")) {
    if (accept_word("sqlstate")) {
      if (token().kind != Token::Kind::string) syntax_error();
      s->condition = token().text;
      if (s->condition.size() != 5 ||
          s->condition.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
        syntax_error("invalid SQLSTATE code");
      advance();
    } else {
      s->condition = expect_name();
      if (sqlstates_of(s->condition).empty())
        throw SqlError("42704", fmt::format("unrecognized exception condition \"{}\"", s->condition));
    }
  }
  if (accept_word("using")) {
    using Option = Raise::Option;
    constexpr std::pair<std::string_view, Option> kOptions[] = {
        {"errcode", Option::errcode}, {"message", Option::message},       {"detail", Option::detail},
        {"hint", Option::hint},       {"column", Option::column},         {"constraint", Option::constraint},
        {"datatype", Option::datatype}, {"table", Option::table},         {"schema", Option::schema}};
    do {
      std::optional<Option> option;
      for (auto& [name, value] : kOptions)
        if (accept_word(name)) {
          option = value;
          break;
        }
      if (!option) syntax_error("unrecognized RAISE statement option");
      if (!accept("=") && !accept(":=")) syntax_error();
      s->options.emplace_back(*option, read_expression({{",", ";"}, {}}, ";"));
    } while (accept(","));
  }
  expect(";");
  return s;
}

StatementPtr Parser::read_assert() {
  auto s = std::make_unique<Assert>();
  advance();
  s->condition = read_expression({{",", ";"}, {}}, ";");
  if (accept(",")) s->message = read_expression({{";"}, {}}, ";");
  expect(";");
  return s;
}

StatementPtr Parser::read_diagnostics() {
  auto s = std::make_unique<Diagnostics>();
  const int begin = token().begin;
  advance();
  if (accept_word("stacked")) s->stacked = true;
  else accept_word("current");
  expect_word("diagnostics");
  using Item = Diagnostics::Item;
  struct Named {
    std::string_view name;
    Item item;
    bool stacked;
  };
  constexpr Named kItems[] = {{"row_count", Item::row_count, false},
                              {"pg_routine_oid", Item::routine_oid, false},
                              {"pg_context", Item::context, false},
                              {"pg_exception_context", Item::error_context, true},
                              {"pg_exception_detail", Item::error_detail, true},
                              {"pg_exception_hint", Item::error_hint, true},
                              {"returned_sqlstate", Item::returned_sqlstate, true},
                              {"column_name", Item::column_name, true},
                              {"constraint_name", Item::constraint_name, true},
                              {"pg_datatype_name", Item::datatype_name, true},
                              {"message_text", Item::message_text, true},
                              {"table_name", Item::table_name, true},
                              {"schema_name", Item::schema_name, true}};
  do {
    Target target = read_target(true);
    if (!accept("=")) expect(":=");
    const Named* found = nullptr;
    for (const Named& item : kItems)
      if (token().is_word(item.name)) found = &item;
    if (!found) syntax_error("unrecognized GET DIAGNOSTICS item");
    if (found->stacked != s->stacked) {
      std::string upper;
      for (char c : found->name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      throw SqlError("42601", fmt::format("diagnostics item {} is not allowed in GET {} DIAGNOSTICS", upper,
                                          s->stacked ? "STACKED" : "CURRENT"))
          .at(begin);
    }
    advance();
    s->items.emplace_back(std::move(target), found->item);
  } while (accept(","));
  expect(";");
  return s;
}

}  // namespace plpgsql
