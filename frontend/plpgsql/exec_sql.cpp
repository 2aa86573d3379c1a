// SQL statements, EXECUTE, CALL, cursors, COMMIT and ROLLBACK.
#include <algorithm>

#include <fmt/format.h>

#include "frame.h"
#include "prepared_expression.h"
#include "types/record.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::SqlError;

void refuse_as_cursor(const Query& query) {
  const std::string command = query.command();
  throw SqlError("42P11", command.empty() ? std::string("cannot open multi-query plan as cursor")
                                          : fmt::format("cannot open {} query as cursor", command));
}

namespace {

// The first rows, as many as INTO looks at.
class FirstRows final : public Sink {
 public:
  FirstRows(types::Arena& arena, std::uint64_t limit) : arena_(arena), limit_(limit) {}
  bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
    if (rows++ == 0)
      for (const types::Vector& column : columns)
        values.push_back(column.is_null(row) ? Datum() : types::copy_datum(arena_, column.type(), column.datum(row)));
    return limit_ == 0 || rows < limit_;
  }
  std::vector<Datum> values;
  std::uint64_t rows = 0;

 private:
  types::Arena& arena_;
  std::uint64_t limit_;
};

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += c;
    result += c;
  }
  return result + "'";
}

}  // namespace

void Frame::fetch_into(const Sql& s, PreparedExpression* p, Query& query, std::span<const Datum> parameters,
                       const std::string& text) {
  struct Busy {
    PreparedExpression* p;
    explicit Busy(PreparedExpression* q) : p(q) { if (p) ++p->busy; }
    ~Busy() { if (p) --p->busy; }
  } busy(p);
  const bool dynamic_statement = s.kind == Statement::Kind::execute;
  if (s.into && !query.returns_rows)
    throw SqlError("42601", dynamic_statement ? "INTO used with a command that cannot return data"
                                              : "INTO used with a command that cannot return data");
  // More than one row is an error for STRICT and for changes; a change runs to its end.
  const bool counts = s.into && !s.strict && !dynamic_statement &&
                      (extra_errors().too_many_rows || extra_warnings().too_many_rows);
  const std::uint64_t limit = !s.into ? 0 : s.strict || counts || !query.is_select ? 2 : 1;
  FirstRows rows(arena_, query.is_select ? limit : 0);
  std::uint64_t processed = 0;
  statement_text_ = dynamic_statement ? &text : nullptr;
  try {
    processed = host_.run(query, parameters, function_->read_only, query.returns_rows ? &rows : nullptr,
                          query.is_select ? limit : 0);
  } catch (const SqlError& error) {
    statement_text_ = nullptr;
    if (dynamic_statement) {
      SqlError inner = error;
      if (inner.position() >= 0 && !inner.has_internal_query()) inner.set_internal_query(text);
      else inner.add_context(fmt::format("SQL statement \"{}\"", text));
      throw inner;
    }
    rethrow(*s.query, error);
  }
  statement_text_ = nullptr;
  if (!s.into) {
    if (query.returns_rows && !dynamic_statement && s.kind == Statement::Kind::sql) {
      throw query.is_select
          ? SqlError("42601", "query has no destination for result data")
                .with_hint("If you want to discard the results of a SELECT, use PERFORM instead.")
          : SqlError("42601", "query has no destination for result data");
    }
    processed_ = processed;
    if (!dynamic_statement && (query.is_query || s.kind == Statement::Kind::perform)) set_found(processed_ != 0);
    return;
  }
  processed_ = query.is_select ? rows.rows : processed;
  auto parameters_detail = [&]() -> std::string {
    if (!function_->print_strict_params) return {};
    std::string shown;
    if (p != nullptr) {
      for (const auto& [v, place] : p->uses) {
        if (variable(v).kind != Variable::Kind::scalar && variable(v).kind != Variable::Kind::field) continue;
        Value value = read(v);
        shown += fmt::format("{}{} = {}", shown.empty() ? "" : ", ", variable(v).name,
                             value.datum.is_null ? "NULL" : quoted(output(value)));
      }
    } else {
      for (std::size_t i = 0; i < s.arguments.size(); ++i) {
        Value value = evaluate(*s.arguments[i]);
        shown += fmt::format("{}${} = {}", shown.empty() ? "" : ", ", i + 1,
                             value.datum.is_null ? "NULL" : quoted(output(value)));
      }
    }
    return shown.empty() ? shown : "parameters: " + shown;
  };
  if (p != nullptr && !p->row) p->row = shape_of(query.columns);
  const ShapePtr shape = p != nullptr ? p->row : shape_of(query.columns);
  if (rows.rows == 0) {
    if (s.strict) throw SqlError("P0002", "query returned no rows").with_detail(parameters_detail());
    assign_row(s.targets, shape, nullptr);
  } else {
    if (rows.rows > 1 && (s.strict || (!query.is_select && !dynamic_statement)))
      throw SqlError("P0003", "query returned more than one row")
          .with_detail(parameters_detail())
          .with_hint(dynamic_statement ? "" : "Make sure the query returns a single row, or use LIMIT 1.");
    if (rows.rows > 1 && counts) {
      SqlError error = SqlError("P0003", "query returned more than one row")
                           .with_detail(parameters_detail())
                           .with_hint("Make sure the query returns a single row, or use LIMIT 1.");
      if (extra_errors().too_many_rows) throw error;
      host_.message(RaiseLevel::warning, std::move(error));
    }
    assign_row(s.targets, shape, rows.values.data());
  }
  if (!dynamic_statement) set_found(rows.rows != 0);
}

void Frame::run_sql(const Sql& s) {
  PreparedExpression& p = prepared(*s.query, {}, true);
  load(p);
  const std::shared_ptr<Query> query = p.query;
  if (s.kind == Statement::Kind::sql && !s.into && query->returns_rows)
    throw query->is_select
        ? SqlError("42601", "query has no destination for result data")
              .with_hint("If you want to discard the results of a SELECT, use PERFORM instead.")
        : SqlError("42601", "query has no destination for result data");
  fetch_into(s, &p, *query, values_, s.query->shown);
  arena_.reset();
}

std::shared_ptr<Query> Frame::dynamic(const Expression& e, const std::vector<ExpressionPtr>& arguments,
                                      std::vector<Datum>& values, std::string& text, Host::Use use,
                                      bool may_be_simple) {
  bool null = false;
  text = this->text(e, null);
  if (null) throw SqlError("22004", "query string argument of EXECUTE is null");
  std::vector<Oid> types;
  for (const auto& argument : arguments) {
    Value v = evaluate(*argument);
    if (v.type.oid == types::oid::unknown) v.type.oid = types::oid::text;
    values.push_back(v.datum.is_null ? Datum() : types::copy_datum(arena_, physical(v.type.oid), v.datum));
    types.push_back(v.type.oid);
  }
  try {
    return host_.prepare(text, nullptr, types, {}, may_be_simple, use);
  } catch (const SqlError& error) {
    SqlError inner = error;
    if (inner.position() >= 0 && !inner.has_internal_query()) inner.set_internal_query(text);
    else inner.add_context(fmt::format("SQL statement \"{}\"", text));
    throw inner;
  }
}

void Frame::run_execute(const Sql& s) {
  std::vector<Datum> values;
  std::string text;
  auto query = dynamic(*s.query, s.arguments, values, text, Host::Use::once, true);
  fetch_into(s, nullptr, *query, values, text);
  arena_.reset();
}

// CALL: OUT and INOUT arguments that are variables get the procedure's answer.
void Frame::run_call(const Sql& s) {
  PreparedExpression& p = prepared(*s.query, {});
  load(p);
  const std::shared_ptr<Query> query = p.query;
  FirstRows rows(arena_, 0);
  try {
    host_.run(*query, values_, function_->read_only, query->returns_rows ? &rows : nullptr, 0);
  } catch (const SqlError& error) {
    rethrow(*s.query, error);
  }
  if (rows.rows > 0) {
    // The arguments that are plain variables, in order of their OUT parameters.
    const auto& outputs = p.query->call_outputs;
    for (std::size_t i = 0; i < outputs.size() && i < rows.values.size(); ++i) {
      if (outputs[i] <= 0)
        throw SqlError("42601", fmt::format("procedure parameter \"{}\" is an output parameter but corresponding "
                                            "argument is not writable",
                                            query->columns[i].name));
      assign(outputs[i] - 1, {rows.values[i], query->columns[i].type});
    }
  }
  arena_.reset();
}

std::string Frame::open_bound(int cursor, const Expression* arguments) {
  const Variable& bound = variable(cursor);
  Value current = read(cursor);
  std::string name = current.datum.is_null ? std::string() : std::string(current.datum.as<std::string_view>());
  if (arguments != nullptr) {
    // "SELECT a, b": each to its variable, in order; names are put in order first.
    auto list = host_.types().split_arguments(arguments->text);
    std::vector<bool> given(bound.cursor_arguments.size());
    if (list.size() < given.size())
      throw SqlError("42601", fmt::format("not enough arguments for cursor \"{}\"", bound.name));
    if (list.size() > given.size())
      throw SqlError("42601", fmt::format("too many arguments for cursor \"{}\"", bound.name));
    std::size_t position = 0;
    std::vector<std::pair<int, std::pair<TypeRef, std::string>>> none;
    for (auto& [argument_name, text] : list) {
      std::size_t at = position++;
      if (!argument_name.empty()) {
        at = given.size();
        for (std::size_t i = 0; i < given.size(); ++i)
          if (variable(bound.cursor_arguments[i]).name == argument_name) at = i;
        if (at == given.size())
          throw SqlError("42601", fmt::format("cursor \"{}\" has no argument named \"{}\"", bound.name, argument_name));
        if (given[at])
          throw SqlError("42601", fmt::format("value for parameter \"{}\" of cursor \"{}\" specified more than once",
                                              argument_name, bound.name));
      }
      given[at] = true;
      Expression one;
      one.text = one.shown = text;
      one.names = arguments->names;
      const int to = bound.cursor_arguments[at];
      assign(to, evaluate(one, variable(to).type));
    }
  }
  PreparedExpression& p = prepared(*bound.cursor_query, {}, false, true);
  load(p);
  if (!p.query->returns_rows) refuse_as_cursor(*p.query);
  try {
    name = host_.open(std::move(name), p.query, values_, bound.scroll, function_->read_only);
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42P03") throw;
    rethrow(*bound.cursor_query, error);
  }
  if (current.datum.is_null) set_text(cursor, name);
  return name;
}

void Frame::run_open(const Open& s) {
  const Variable& cursor = variable(s.cursor);
  if (cursor.cursor_query) {
    open_bound(s.cursor, s.bound_arguments.get());
    arena_.reset();
    return;
  }
  Value current = read(s.cursor);
  std::string name = current.datum.is_null ? std::string() : std::string(current.datum.as<std::string_view>());
  std::vector<Datum> values;
  std::string text;
  std::shared_ptr<Query> query;
  if (s.dynamic) {
    query = dynamic(*s.dynamic, s.arguments, values, text, Host::Use::cursor);
  } else {
    PreparedExpression& p = prepared(*s.query, {}, false, true);
    load(p);
    query = p.query;
    values = values_;
    text = s.query->shown;
  }
  if (!query->returns_rows) refuse_as_cursor(*query);
  name = host_.open(std::move(name), query, values, s.scroll, function_->read_only);
  if (current.datum.is_null) set_text(s.cursor, name);
  arena_.reset();
}

void Frame::run_fetch(const Fetch& s) {
  Value cursor = read(s.cursor);
  if (cursor.datum.is_null)
    throw SqlError("22004", fmt::format("cursor variable \"{}\" is null", variable(s.cursor).name));
  const std::string name(cursor.datum.as<std::string_view>());
  std::int64_t count = s.count;
  if (s.count_expression) {
    bool null = false;
    count = integer(*s.count_expression, "relative or absolute cursor position is null", null);
  }
  FirstRows rows(arena_, 0);
  std::uint64_t got = host_.fetch(name, s.direction, count, s.all, s.move ? nullptr : &rows);
  processed_ = got;
  if (!s.move)
    assign_row(s.targets, shape_of(host_.cursor_columns(name)), rows.rows == 0 ? nullptr : rows.values.data());
  set_found(got != 0);
  arena_.reset();
}

void Frame::run_end_transaction(const EndTransaction& s) {
  if (!host_.may_end_transaction() || handler_depth_ > 0) {
    if (handler_depth_ > 0 && host_.may_end_transaction())
      throw SqlError("2D000", s.kind == Statement::Kind::commit
                                  ? "cannot commit while a subtransaction is active"
                                  : "cannot roll back while a subtransaction is active");
    throw SqlError("2D000", "invalid transaction termination");
  }
  host_.end_transaction(s.kind == Statement::Kind::commit, s.chain);
  context_ = host_.context(&arena_);
}

}  // namespace plpgsql
