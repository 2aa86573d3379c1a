// Functions in SQL, DO, CALL.
#include <fmt/format.h>

#include "catalog/acl.h"
#include "catalog/query_privileges.h"
#include "catalog/system_columns.h"
#include "command_dispatch.h"
#include "eval/compile.h"
#include "plpgsql_host.h"
#include "routine_call.h"
#include "session_statements.h"
#include "types/record.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "types/user_type.h"

namespace session {

using types::Datum;
using types::Oid;
using types::SqlError;
using types::TypeRef;

namespace {

// $1, name, function.name: a column of the same name goes first.
class FunctionArguments final : public analyzer::Variables {
 public:
  explicit FunctionArguments(const Routine& routine) : FunctionArguments(routine, routine.arguments) {}
  FunctionArguments(const Routine& routine, std::span<const TypeRef> types) : routine_(routine), types_(types) {}

  std::optional<Found> find(std::span<const std::string_view> names) override {
    if (names[0].starts_with('$')) {
      const int number = std::atoi(std::string(names[0].substr(1)).c_str());
      if (number < 1 || static_cast<std::size_t>(number) > types_.size()) return std::nullopt;
      return Found{number, type(number), 1};
    }
    if (names.size() >= 2 && names[0] == routine_.name)
      if (auto found = by_name(names[1], 2)) return found;
    return by_name(names[0], 1);
  }

 private:
  TypeRef type(int number) const { return types_[static_cast<std::size_t>(number - 1)]; }
  std::optional<Found> by_name(std::string_view name, std::size_t taken) const {
    int number = 0;
    for (const auto& p : routine_.parameters) {
      if (p.mode == 'o' || p.mode == 't') continue;
      ++number;
      if (p.name == name && !name.empty()) return Found{number, type(number), taken};
    }
    return std::nullopt;
  }

  const Routine& routine_;
  std::span<const TypeRef> types_;
};

// Takes a statement's rows as the function's answer.
class FunctionAnswer final : public plpgsql::Sink {
 public:
  FunctionAnswer(SessionState& session, PlpgsqlHost& host, const Routine& routine, const InnerQuery& query,
         plpgsql::Result& result)
      : session_(session), host_(host), routine_(routine), query_(query), result_(result) {
    context_ = session.eval_context(&arena_);
    columns_ = result.rows != nullptr ? result.rows->columns : routine.columns;
    if (columns_.empty() && routine.returns_row)
      for (const auto& column : query.columns) columns_.push_back(column);
    // One column that is a row itself is the row.
    whole_row_ = routine.returns_row && query.columns.size() == 1 && is_row(query.columns[0].type.oid) &&
                 !(columns_.size() == 1 && is_row(columns_[0].type.oid));
    if (result.rows != nullptr && result.rows->columns.empty()) {
      if (whole_row_) throw SqlError("0A000", "set-valued function called in context that cannot accept a set");
      result.rows->columns = columns_;
    }
    std::size_t wanted = 0;
    for (const auto& column : columns_) wanted += column.type.oid != 0;
    if (!whole_row_ && wanted != query.columns.size())
      throw SqlError("42P13", fmt::format("return type mismatch in function declared to return {}",
                                          session.catalog->format_type(routine.result.oid)))
          .with_detail(routine.returns_row
                           ? fmt::format("Final statement returns too {} columns.",
                                         query.columns.size() < wanted ? "few" : "many")
                           : "Final statement must return exactly one column.");
  }

  bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
    ++rows;
    arena_.reset();
    auto value_at = [&](std::size_t c) { return columns[c].is_null(row) ? Datum() : columns[c].datum(row); };
    if (result_.rows == nullptr && rows > 1) return false;
    std::vector<Datum> values(columns_.size());
    if (whole_row_) {
      const Datum record = value_at(0);
      if (result_.rows == nullptr) {
        set(record, types::PhysicalType::varlen);
        return false;
      }
      if (!record.is_null) {
        types::RecordView view(record);
        for (types::RecordView::Cursor field(view); field.next() && field.index() < values.size();)
          values[field.index()] = field.value();
      }
    } else {
      std::size_t at = 0;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].type.oid == 0) continue;
        values[i] = cast(value_at(at), query_.columns[at].type, columns_[i].type);
        ++at;
      }
    }
    if (result_.rows != nullptr) {
      result_.rows->add(values);
      return true;
    }
    if (routine_.returns_row) {
      std::vector<types::RecordField> fields;
      for (const auto& column : columns_) fields.push_back({column.type.oid, column.physical});
      set(types::make_record(arena_, session_.catalog->base_type(routine_.result.oid), fields, values),
          types::PhysicalType::varlen);
    } else {
      set(values[0], columns_[0].physical);
    }
    return false;
  }

  std::uint64_t rows = 0;

 private:
  bool is_row(Oid type) const {
    const auto* info = session_.catalog->type(session_.catalog->base_type(type));
    return type == types::oid::record || (info != nullptr && info->kind == 'c');
  }
  void set(const Datum& value, types::PhysicalType physical) {
    // A domain over a row; single values are cast to theirs.
    if (routine_.returns_row && session_.catalog->base_type(routine_.result.oid) != routine_.result.oid)
      types::check_domain(context_, routine_.result.oid, value);
    result_.value = value;
    if (!value.is_null && physical == types::PhysicalType::varlen) {
      result_.bytes.assign(value.varlen.data, value.varlen.size);
      result_.value = Datum::of(std::string_view(result_.bytes));
    }
  }
  Datum cast(const Datum& value, TypeRef from, TypeRef to) {
    if (from.oid == to.oid && (to.typmod < 0 || from.typmod == to.typmod)) return value;
    if (from.oid == types::oid::record && is_row(to.oid)) return value.is_null ? value : as_row(value, to.oid);
    auto query = host_.cast(from, to);
    eval::Evaluator evaluator(query->program, 1);
    eval::Environment environment;
    environment.parameters = std::span(&value, 1);
    evaluator.bind(environment, context_);
    return types::copy_datum(arena_, eval::physical_type(*session_.catalog, to.oid), evaluator.value(0));
  }

  // An anonymous row as one of a type, field by field.
  Datum as_row(const Datum& value, Oid type) {
    const auto* info = session_.catalog->type(session_.catalog->base_type(type));
    const auto shape = session_.catalog->relation(info->relation);
    const types::RecordView record(value);
    types::RecordView::Cursor from(record);
    std::vector<types::RecordField> fields;
    std::vector<Datum> values;
    std::size_t given = 0;
    for (const auto& column : shape->columns) {
      const types::PhysicalType physical =
          column.dropped ? types::PhysicalType::varlen : eval::physical_type(*session_.catalog, column.type.oid);
      fields.push_back({column.type.oid, physical});
      values.push_back(Datum::null());
      if (column.dropped || !from.next()) continue;
      ++given;
      if (!from.value().is_null)
        values.back() = cast(from.value(), host_.of(record.field_type(from.index())), column.type);
    }
    if (given != record.size())
      throw SqlError("42804", fmt::format("cannot cast type record to {}", session_.catalog->format_type(type)))
          .with_detail(given < record.size() ? "Input has too many columns." : "Input has too few columns.");
    return types::make_record(arena_, info->oid, fields, values);
  }

  SessionState& session_;
  PlpgsqlHost& host_;
  const Routine& routine_;
  const InnerQuery& query_;
  plpgsql::Result& result_;
  types::Arena arena_;
  types::EvalContext context_;
  std::vector<plpgsql::Column> columns_;
  bool whole_row_ = false;
};

[[noreturn]] void rethrow(const Routine& routine, const SqlError& error, std::size_t step, bool running) {
  SqlError inner = error;
  if (inner.position() >= 0 && !inner.has_internal_query()) inner.set_internal_query(*routine.text);
  inner.add_context(running ? fmt::format("SQL function \"{}\" statement {}", routine.name, step + 1)
                            : fmt::format("SQL function \"{}\" during startup", routine.name));
  throw inner;
}

}  // namespace

void Routines::run_sql(Routine& routine, std::span<const Datum> arguments, plpgsql::Result& result) {
  const bool read_only = routine.info.volatility != 'v';
  const bool wants_rows = routine.result.oid != types::oid::void_ && routine.info.kind != 'p';
  FunctionArguments variables(routine);
  // A recursive call runs its own queries: those of the steps are in use.
  for (std::size_t i = 0; i < routine.steps.size(); ++i) {
    auto& step = routine.steps[i];
    std::shared_ptr<InnerQuery> query = step.query;
    try {
      if (!query || query->version != inner_version(session_) || !lock_inner(session_, *query)) {
        query = prepare_inner(session_, *step.statement, routine.text, {.variables = &variables},
                              i + 1 == routine.steps.size());
        step.query = query;
      }
    } catch (const SqlError& error) {
      rethrow(routine, error, i, false);
    }
    const bool last = i + 1 == routine.steps.size();
    try {
      if (last && (wants_rows || (routine.info.kind == 'p' && routine.returns_row)) && query->returns_rows) {
        FunctionAnswer answer(session_, *host_, routine, *query, result);
        run_inner(session_, *query, arguments, read_only, &answer,
                  result.rows == nullptr && query->is_select ? 1 : 0);
      } else {
        run_inner(session_, *query, arguments, read_only, nullptr, 0);
      }
    } catch (const SqlError& error) {
      rethrow(routine, error, i, true);
    }
    if (last && wants_rows && !query->returns_rows)
      throw SqlError("42P13", fmt::format("return type mismatch in function declared to return {}",
                                          session_.catalog->format_type(routine.result.oid)))
          .with_detail("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.");
  }
}

std::shared_ptr<const query::Query> Routines::body(Oid function, std::span<const TypeRef> arguments, TypeRef result) {
  // Values come as the types say, whatever length or collation those of this call have.
  std::vector<TypeRef> types;
  for (const TypeRef& argument : arguments) types.push_back(host_->of(argument.oid));
  try {
    const RoutinePtr routine = find(function, types, host_->of(result.oid));
    const std::uint64_t version = inner_version(session_);
    if (routine->body_version == version) return routine->body;
    std::shared_ptr<const query::Query> body;
    if (routine->steps.size() == 1 && result.oid != types::oid::void_) {
      FunctionArguments variables(*routine, types);
      InnerCompile options{.variables = &variables};
      if (!routine->info.returns_set && !routine->returns_row) options.result = host_->of(result.oid);
      body = analyze_inner(session_, *routine->steps[0].statement, *routine->text, options);
      if (body != nullptr && session_.catalog->find_denial(*body)) body = nullptr;
    }
    routine->body = body;
    routine->body_version = inner_version(session_);
    return body;
  } catch (const SqlError& error) {
    // What is wrong with it the call will say, if it comes to it.
    const std::string_view state = error.sqlstate();
    for (const char* of_the_session : {"57", "53", "58", "40", "XX"})
      if (state.starts_with(of_the_session)) throw;
    return nullptr;
  }
}

namespace {

// A trusted language's; the others are for superusers.
void require_usage(catalog::SessionCatalog& catalog, const catalog::LanguageInfo& language) {
  if (catalog.is_superuser(catalog.user())) return;
  const bool trusted = language.oid == catalog::kSqlLanguage || language.oid == catalog::kPlpgsqlLanguage;
  const auto held = catalog::held_on(catalog, catalog.user(), catalog::pg_language::kOid, language.oid);
  if (!trusted || (held && (held->privileges & types::privilege::usage) == 0))
    throw SqlError("42501", fmt::format("permission denied for language {}", language.name));
}

}  // namespace

void Routines::run_do(const query::DoBlock& statement, const RunOptions& options) {
  const catalog::LanguageInfo* language = catalog::Builtins::get().language_by_name(statement.language);
  if (language == nullptr) throw SqlError("42704", fmt::format("language \"{}\" does not exist", statement.language));
  require_usage(*session_.catalog, *language);
  if (statement.language != "plpgsql") {
    throw SqlError("0A000", fmt::format("language \"{}\" does not support inline code execution", statement.language));
  }
  Routine routine;
  routine.info = {};
  routine.info.kind = 'p';
  plpgsql::Source source;
  source.name = "inline_code_block";
  source.signature = "inline_code_block";
  source.text = statement.body;
  source.result = {types::oid::void_, -1, 0};
  source.is_do = true;
  source.check_syntax = true;
  auto function = parse_plpgsql(session_, source);
  const bool before = may_end_transaction_;
  may_end_transaction_ = (depth_ == 0 || before) && !session_.block->in_block() &&
                         options.surroundings != Surroundings::several;
  if (depth_ > 0) may_end_transaction_ = before;
  struct Restore {
    bool& flag;
    bool value;
    ~Restore() { flag = value; }
  } restore{may_end_transaction_, before};
  RoutineCall call(*this, routine);
  plpgsql::Result result;
  struct Forget {
    plpgsql::Interpreter& interpreter;
    const plpgsql::Function& function;
    ~Forget() { interpreter.forget(function); }
  } forget{*interpreter_, *function};
  interpreter_->call(*function, 0, {}, result);
}

namespace {

const query::Call& call_of(const query::CallProcedure& statement) { return std::get<query::Call>(statement.call->node); }

// Its parameters' modes; all in when they are not written.
std::string modes_of(const catalog::FunctionInfo& info) {
  return info.argument_modes.empty() ? std::string(info.arguments.size(), 'i') : std::string(info.argument_modes);
}

}  // namespace

std::vector<planner::ResultColumn> call_columns(SessionState& session, const query::CallProcedure& statement) {
  const auto& call = call_of(statement);
  const auto* info = session.catalog->function(call.function);
  std::vector<planner::ResultColumn> columns;
  if (info == nullptr) return columns;
  const std::string modes = modes_of(*info);
  int number = 0;
  for (std::size_t i = 0; i < modes.size() && i < call.arguments.size(); ++i) {
    if (modes[i] != 'o' && modes[i] != 'b') continue;
    ++number;
    planner::ResultColumn column;
    column.name = i < info->argument_names.size() && !info->argument_names[i].empty()
                      ? std::string(info->argument_names[i])
                      : fmt::format("column{}", number);
    column.type = call.arguments[i]->type;
    if (column.type.oid == types::oid::unknown) column.type = session.routines->host().of(info->all_arguments[i]);
    column.type.typmod = -1;
    column.physical = eval::physical_type(*session.catalog, column.type.oid);
    column.support = session.catalog->find_support(column.type.oid);
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<int> call_outputs(SessionState& session, const query::CallProcedure& statement) {
  const auto& call = call_of(statement);
  const auto* info = session.catalog->function(call.function);
  std::vector<int> outputs;
  if (info == nullptr) return outputs;
  const std::string modes = modes_of(*info);
  for (std::size_t i = 0; i < modes.size() && i < call.arguments.size(); ++i) {
    if (modes[i] != 'o' && modes[i] != 'b') continue;
    const query::Expression* e = call.arguments[i].get();
    // Through casts that the parameter's type asked for.
    for (;;) {
      if (const auto* relabel = std::get_if<query::Relabel>(&e->node)) e = relabel->argument.get();
      else if (const auto* io = std::get_if<query::CoerceViaIo>(&e->node)) e = io->argument.get();
      else if (const auto* cast = std::get_if<query::Call>(&e->node);
               cast != nullptr && cast->form == query::CallForm::implicit_cast && !cast->arguments.empty())
        e = cast->arguments[0].get();
      else
        break;
    }
    const auto* parameter = std::get_if<query::Parameter>(&e->node);
    outputs.push_back(parameter != nullptr ? parameter->number : 0);
  }
  return outputs;
}

void Routines::run_call(const query::CallProcedure& statement, const RunOptions& options) {
  const auto& call = call_of(statement);
  const auto* info = session_.catalog->function(call.function);
  if (info == nullptr) throw SqlError("42883", fmt::format("procedure with OID {} does not exist", call.function));
  catalog::require_execute(*session_.catalog, call.function);
  const std::string modes = modes_of(*info);
  types::Arena arena;
  std::vector<Datum> values;
  std::vector<TypeRef> types;
  for (std::size_t i = 0; i < modes.size() && i < call.arguments.size(); ++i) {
    if (modes[i] == 'o') continue;
    values.push_back(evaluate_constant(session_, *call.arguments[i], arena, options.parameters));
    types.push_back(call.arguments[i]->type);
  }
  const auto columns = call_columns(session_, statement);
  RoutinePtr routine = find(call.function, types,
                            {info->result, -1, 0});
  const bool before = may_end_transaction_;
  if (depth_ == 0)
    may_end_transaction_ = !session_.block->in_block() && options.surroundings != Surroundings::several;
  struct Restore {
    bool& flag;
    bool value;
    ~Restore() { flag = value; }
  } restore{may_end_transaction_, before};
  plpgsql::Result result;
  run(*routine, values, result);
  if (columns.empty()) return;
  auto& messages = session_.messages();
  RowWriter writer(columns, options.result_formats);
  if (options.send_description) writer.describe(messages, *session_.catalog);
  std::vector<types::Vector> row;
  types::Arena rows;
  std::vector<Datum> fields;
  if (!result.value.is_null && routine->returns_row)
    for (types::RecordView::Cursor field{types::RecordView(result.value)}; field.next();) fields.push_back(field.value());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto vector = types::Vector::allocate(rows, columns[i].physical, 1);
    if (i >= fields.size() || fields[i].is_null) vector.set_null(0);
    else vector.set_datum(0, fields[i]);
    row.push_back(vector);
  }
  auto context = session_.eval_context(&rows);
  writer.write(context, row, 0, messages);
}

void Routines::validate(Oid function) {
  const auto* info = session_.catalog->function(function);
  if (info == nullptr || !catalog::is_user_written(*info)) return;
  if (session_.settings.show("check_function_bodies", true).value_or("on") == "off") return;
  std::vector<TypeRef> arguments;
  bool polymorphic = false;
  for (Oid type : info->arguments) {
    arguments.push_back(host_->of(type));
    const auto* t = session_.catalog->type(type);
    polymorphic = polymorphic || (t != nullptr && t->kind == 'p' && t->name.starts_with("any"));
  }
  const bool is_trigger = info->result == types::oid::trigger, is_event_trigger = info->result == kEventTriggerType;
  if ((is_trigger || is_event_trigger) && info->language != catalog::kPlpgsqlLanguage)
    throw SqlError("42P13", fmt::format("SQL functions cannot return type {}", session_.catalog->format_type(info->result)));
  const auto where = [&] { return fmt::format("compilation of PL/pgSQL function \"{}\" near line 1", info->name); };
  if (is_trigger && !arguments.empty())
    throw SqlError("42P13", "trigger functions cannot have declared arguments")
        .with_hint("The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.")
        .with_context(where());
  if (is_event_trigger && !arguments.empty())
    throw SqlError("42P13", "event trigger functions cannot have declared arguments").with_context(where());
  RoutinePtr routine = make(*info, arguments, host_->of(info->result));
  if (polymorphic && info->language == catalog::kPlpgsqlLanguage)
    for (auto& p : routine->parameters) {
      const auto* t = session_.catalog->type(p.type.oid);
      if (t == nullptr || t->kind != 'p' || !t->name.starts_with("any")) continue;
      p.type = t->name.ends_with("array") ? host_->of(types::oid::int4_array)
               : t->name.ends_with("range") ? host_->of(t->name.ends_with("multirange") ? 4451 : 3904)
                                            : host_->of(types::oid::int4);
    }
  if (info->language == catalog::kPlpgsqlLanguage) return compile(*routine, true);
  // Each statement, and what the last one answers.
  FunctionArguments variables(*routine);
  const bool wants_rows = routine->result.oid != types::oid::void_ && info->kind != 'p';
  try {
    compile(*routine, true);
    if (polymorphic) return;
    for (std::size_t i = 0; i < routine->steps.size(); ++i) {
      auto query = prepare_inner(session_, *routine->steps[i].statement, routine->text, {.variables = &variables}, true);
      if (i + 1 < routine->steps.size() || !wants_rows) continue;
      if (!query->returns_rows || !query->is_query)
        throw SqlError("42P13", fmt::format("return type mismatch in function declared to return {}",
                                            session_.catalog->format_type(routine->result.oid)))
            .with_detail("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.");
      check_result(*routine, *query);
    }
    if (routine->steps.empty() && wants_rows)
      throw SqlError("42P13", fmt::format("return type mismatch in function declared to return {}",
                                          session_.catalog->format_type(routine->result.oid)))
          .with_detail("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.");
  } catch (const SqlError& error) {
    SqlError moved = error;
    const std::string_view body = routine->text ? std::string_view(*routine->text) : std::string_view(routine->source);
    if (moved.position() >= 0 && !moved.has_internal_query()) {
      const std::string_view text = session_.current_text ? std::string_view(*session_.current_text) : "";
      const auto at = text.find(body);
      if (at != std::string_view::npos && text.find(body, at + 1) == std::string_view::npos)
        throw std::move(moved).at(static_cast<int>(at) + error.position());
      moved.set_internal_query(std::string(body));
    }
    moved.add_context(fmt::format("SQL function \"{}\"", routine->name));
    throw moved;
  }
}

// What the last statement answers against what was declared.
void Routines::check_result(const Routine& routine, const InnerQuery& query) {
  const std::string message = fmt::format("return type mismatch in function declared to return {}",
                                          session_.catalog->format_type(routine.result.oid));
  auto can = [&](TypeRef from, TypeRef to) {
    if (from.oid == to.oid) return true;
    if (session_.catalog->base_type(from.oid) == session_.catalog->base_type(to.oid)) return true;
    return from.oid == types::oid::unknown || can_assign(session_, from, to);
  };
  if (!routine.returns_row) {
    if (query.columns.size() != 1)
      throw SqlError("42P13", message).with_detail("Final statement must return exactly one column.");
    if (!can(query.columns[0].type, routine.result))
      throw SqlError("42P13", message)
          .with_detail(fmt::format("Actual return type is {}.", session_.catalog->format_type(query.columns[0].type.oid)));
    return;
  }
  if (routine.columns.empty()) return;
  if (query.columns.size() == 1) {
    const auto* info = session_.catalog->type(session_.catalog->base_type(query.columns[0].type.oid));
    if (query.columns[0].type.oid == types::oid::record || (info != nullptr && info->kind == 'c')) return;
  }
  std::size_t at = 0;
  for (const auto& column : routine.columns) {
    if (column.type.oid == 0) continue;
    if (at >= query.columns.size())
      throw SqlError("42P13", message).with_detail("Final statement returns too few columns.");
    if (!can(query.columns[at].type, column.type))
      throw SqlError("42P13", message)
          .with_detail(fmt::format("Final statement returns {} instead of {} at column {}.",
                                   session_.catalog->format_type(query.columns[at].type.oid),
                                   session_.catalog->format_type(column.type.oid), at + 1));
    ++at;
  }
  if (at < query.columns.size())
    throw SqlError("42P13", message).with_detail("Final statement returns too many columns.");
}

}  // namespace session
