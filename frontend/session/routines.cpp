#include "routines.h"


#include <algorithm>

#include <fmt/format.h>

#include "catalog/standard_bodies.h"
#include "eval/compile.h"
#include "native_triggers.h"
#include "operators/kept_rows.h"
#include "plpgsql/lexer.h"
#include "plpgsql_host.h"
#include "routine_call.h"
#include "types/record.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using types::Datum;
using types::Oid;
using types::SqlError;
using types::TypeRef;

Routines::Routines(SessionState& session)
    : session_(session),
      host_(std::make_unique<PlpgsqlHost>(session)),
      interpreter_(std::make_unique<plpgsql::Interpreter>(*host_)) {}
Routines::~Routines() = default;

plpgsql::Types& Routines::types() { return *host_; }

namespace {

constexpr Oid kAnyCompatibleArray = 5078;

// The statements of RETURN or BEGIN ATOMIC, by the names of now.
std::string standard_of(SessionState& session, const catalog::FunctionInfo& info) {
  return info.sql_body.empty() ? std::string() : catalog::standard_statements(*session.catalog, info);
}

bool same_function(SessionState& session, const Routine& routine, const catalog::FunctionInfo& info) {
  return routine.source == info.source && routine.sql_body == standard_of(session, info) && routine.name == info.name &&
         routine.info.language == info.language && routine.info.returns_set == info.returns_set &&
         routine.info.strict == info.strict && routine.info.volatility == info.volatility &&
         routine.info.security_definer == info.security_definer && routine.info.owner == info.owner &&
         routine.argument_modes == info.argument_modes &&
         std::ranges::equal(routine.all_arguments, info.all_arguments) &&
         std::ranges::equal(routine.argument_names, info.argument_names) &&
         std::ranges::equal(routine.settings, info.settings, [](const auto& own, std::string_view text) {
           return text.size() == own.first.size() + 1 + own.second.size() && text.starts_with(own.first) &&
                  text.ends_with(own.second);
         });
}

// RETURN x among the statements of BEGIN ATOMIC: SELECT x, at the same place.
void selects_from_returns(std::string& body) {
  bool begins = true;
  for (const plpgsql::Token& token : plpgsql::scan(body)) {
    if (begins && token.is_word("return")) body.replace(static_cast<std::size_t>(token.begin), 6, "SELECT");
    begins = token.is(";");
  }
}

std::string key_of(std::span<const TypeRef> arguments, TypeRef result, Oid trigger) {
  std::string key;
  for (const TypeRef& t : arguments) key.append(reinterpret_cast<const char*>(&t.oid), sizeof t.oid);
  key.append(reinterpret_cast<const char*>(&result.oid), sizeof result.oid);
  if (trigger != 0) key.append(reinterpret_cast<const char*>(&trigger), sizeof trigger);
  return key;
}

}  // namespace

RoutinePtr Routines::find(Oid function, std::span<const TypeRef> arguments, TypeRef result, Oid trigger) {
  const std::uint64_t version = inner_version(session_);
  auto& slot = cache_[Key{function, key_of(arguments, result, trigger)}];
  if (slot && slot->version == version) return slot;
  const auto* info = session_.catalog->function(function);
  if (info == nullptr)
    throw SqlError("42883", fmt::format("function with OID {} does not exist", function));
  if (slot && same_function(session_, *slot, *info) && same_columns(*slot)) {
    slot->version = version;
    return slot;
  }
  if (slot && slot->plpgsql) interpreter_->forget(*slot->plpgsql);
  RoutinePtr made = make(*info, arguments, result);
  compile(*made, false);
  made->version = version;
  return cache_[Key{function, key_of(arguments, result, trigger)}] = std::move(made);
}

RoutinePtr Routines::make(const catalog::FunctionInfo& info, std::span<const TypeRef> arguments, TypeRef result) {
  auto r = std::make_shared<Routine>();
  r->info = info;
  r->name = info.name;
  r->source = info.source;
  r->sql_body = standard_of(session_, info);
  r->all_arguments.assign(info.all_arguments.begin(), info.all_arguments.end());
  r->argument_modes = info.argument_modes;
  for (auto name : info.argument_names) r->argument_names.emplace_back(name);
  for (auto setting : info.settings) {
    auto equals = setting.find('=');
    r->settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  r->info.name = r->name;
  r->info.source = r->source;
  r->info.sql_body = r->sql_body;
  r->info.argument_names = {};
  r->info.all_arguments = {};
  r->info.arguments = {};
  r->info.argument_modes = r->argument_modes;
  r->info.settings = {};
  r->arguments.assign(arguments.begin(), arguments.end());
  r->result = result;
  // The signature shows the declared types.
  r->signature = session_.catalog->function_is_visible(info.oid)
                     ? catalog::quote_identifier(r->name)
                     : catalog::quote_identifier(session_.catalog->schema_name(info.schema)) + "." +
                           catalog::quote_identifier(r->name);
  r->signature += "(";
  for (std::size_t i = 0; i < info.arguments.size(); ++i)
    r->signature += (i > 0 ? "," : "") + session_.catalog->format_type(info.arguments[i]);
  r->signature += ")";

  // Parameters with the types of this call; polymorphic OUT ones follow from the inputs.
  std::vector<Oid> declared(info.arguments.begin(), info.arguments.end());
  auto resolve = [&](Oid type) -> TypeRef {
    const auto* t = session_.catalog->type(type);
    const bool polymorphic = t != nullptr && t->kind == 'p' && t->name.starts_with("any");
    if (!polymorphic) return types().of(type);
    const bool wants_array = type == types::oid::anyarray || type == kAnyCompatibleArray;
    const bool compatible = t->name.starts_with("anycompatible");
    for (std::size_t i = 0; i < declared.size() && i < arguments.size(); ++i) {
      const auto* d = session_.catalog->type(declared[i]);
      if (d == nullptr || d->kind != 'p' || d->name.starts_with("anycompatible") != compatible) continue;
      if (declared[i] == type) return arguments[i];
      const bool is_array = declared[i] == types::oid::anyarray || declared[i] == kAnyCompatibleArray;
      const bool is_range = d->name.ends_with("range") && !d->name.ends_with("multirange");
      if (is_array && !wants_array && !t->name.ends_with("range"))
        return types().of(session_.catalog->element_type(arguments[i].oid));
      if (!is_array && !is_range && wants_array) return types().of(session_.catalog->array_type(arguments[i].oid));
      if (is_range) {
        const auto* range = session_.catalog->range(session_.catalog->base_type(arguments[i].oid));
        if (range != nullptr)
          return types().of(wants_array ? session_.catalog->array_type(range->subtype)
                            : t->name.ends_with("multirange") ? range->multirange : range->subtype);
      }
    }
    return types().of(type);
  };
  if (r->argument_modes.empty()) {
    for (std::size_t i = 0; i < declared.size(); ++i)
      r->parameters.push_back({i < r->argument_names.size() ? r->argument_names[i] : std::string(),
                               i < arguments.size() ? arguments[i] : types().of(declared[i]), 'i'});
  } else {
    std::size_t input = 0;
    for (std::size_t i = 0; i < r->argument_modes.size(); ++i) {
      const char mode = r->argument_modes[i];
      plpgsql::Parameter p;
      p.mode = mode;
      if (i < r->argument_names.size()) p.name = r->argument_names[i];
      const bool in = mode == 'i' || mode == 'b' || mode == 'v';
      p.type = in && input < arguments.size() ? arguments[input] : resolve(r->all_arguments[i]);
      if (in) ++input;
      r->parameters.push_back(std::move(p));
    }
  }
  for (auto& p : r->parameters) p.type.typmod = -1;
  find_columns(*r);
  return r;
}

void Routines::find_columns(Routine& routine) {
  Routine* r = &routine;
  r->columns.clear();
  const TypeRef result = r->result;
  const Oid base = session_.catalog->base_type(result.oid);
  const auto* type = session_.catalog->type(base);
  r->returns_row = base == types::oid::record || (type != nullptr && type->kind == 'c');
  auto column = [&](std::string name, TypeRef t) {
    // Dropped, or (while a definition is only looked at) polymorphic: no values come.
    const auto* info = session_.catalog->type(t.oid);
    const bool none = t.oid == 0 || (info != nullptr && info->kind == 'p' && t.oid != types::oid::record &&
                                     t.oid != types::oid::cstring && t.oid != types::oid::unknown);
    r->columns.push_back({std::move(name), t, none ? types::PhysicalType::int32
                                                   : eval::physical_type(*session_.catalog, t.oid)});
  };
  if (base == types::oid::record) {
    int number = 0;
    for (const auto& p : r->parameters)
      if (p.mode == 'o' || p.mode == 'b' || p.mode == 't') {
        ++number;
        column(p.name.empty() ? fmt::format("column{}", number) : p.name, p.type);
      }
  } else if (r->returns_row) {
    if (auto relation = session_.catalog->relation(type->relation))
      for (const auto& c : relation->columns) column(c.dropped ? "" : c.name, c.dropped ? TypeRef{} : c.type);
  } else if (result.oid != types::oid::void_) {
    column(r->name, result);
  }
}

// Whether the row type that it returns has the columns that it had.
bool Routines::same_columns(const Routine& routine) {
  Routine now;
  now.name = routine.name;
  now.result = routine.result;
  now.parameters = routine.parameters;
  find_columns(now);
  return std::ranges::equal(routine.columns, now.columns, [](const plpgsql::Column& a, const plpgsql::Column& b) {
    return a.name == b.name && a.type == b.type;
  });
}

void Routines::compile(Routine& r, bool check) {
  if (r.info.language == catalog::kPlpgsqlLanguage) {
    plpgsql::Source source;
    source.name = r.name;
    source.signature = r.signature;
    source.text = r.source;
    source.parameters = r.parameters;
    source.result = r.result;
    source.returns_set = r.info.returns_set;
    source.is_procedure = r.info.kind == 'p';
    source.is_trigger = r.result.oid == types::oid::trigger;
    source.is_event_trigger = r.result.oid == kEventTriggerType;
    if (source.is_event_trigger) source.result = {types::oid::void_, -1, 0};
    source.check_syntax = check;
    source.print_strict_params = session_.settings.show("plpgsql.print_strict_params") == "on";
    if (check) {
      source.extra_warnings =
          plpgsql::ExtraChecks::of(session_.settings.show("plpgsql.extra_warnings", true).value_or(""));
      source.extra_errors = plpgsql::ExtraChecks::of(session_.settings.show("plpgsql.extra_errors", true).value_or(""));
    }
    const std::string conflict = session_.settings.show("plpgsql.variable_conflict", true).value_or("");
    source.conflict = conflict == "use_variable" ? plpgsql::VariableConflict::variable
                      : conflict == "use_column" ? plpgsql::VariableConflict::column
                                                 : plpgsql::VariableConflict::error;
    std::unique_ptr<plpgsql::Function> function = parse_plpgsql(session_, source);
    function->read_only = r.info.volatility != 'v';
    r.plpgsql = std::move(function);
    return;
  }
  std::string body = r.sql_body.empty() ? r.source : r.sql_body;
  if (!r.sql_body.empty()) selects_from_returns(body);
  r.text = std::make_shared<const std::string>(std::move(body));
  r.tree = std::make_unique<parser::ParseTree>(parse_text(session_, *r.text));
  for (const auto& statement : r.tree->statements()) r.steps.push_back({&statement, nullptr});
}

void Routines::run(Routine& routine, std::span<const Datum> arguments, plpgsql::Result& result) {
  RoutineCall call(*this, routine);
  if (routine.plpgsql) {
    auto function = routine.plpgsql;  // replaced while it runs, it goes on
    interpreter_->call(*function, routine.info.oid, arguments, result);
  } else {
    run_sql(routine, arguments, result);
  }
}

void Routines::call(types::EvalContext& context, const types::UserCall& call,
                    std::span<const types::Vector* const> arguments, types::Selection rows, types::Vector& out) {
  RoutinePtr routine = find(call.function, call.arguments, call.result);
  if (routine->result.oid == types::oid::trigger || routine->result.oid == kEventTriggerType)
    throw SqlError("0A000", "trigger functions can only be called as triggers")
        .with_context(fmt::format("compilation of PL/pgSQL function \"{}\" near line 1", routine->info.name));
  std::vector<Datum> values(arguments.size());
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    bool null = false;
    for (std::size_t a = 0; a < arguments.size(); ++a) {
      values[a] = arguments[a]->is_null(row) ? Datum() : arguments[a]->datum(row);
      null = null || values[a].is_null;
    }
    if (null && routine->info.strict) {
      out.set_null(row);
      continue;
    }
    plpgsql::Result result;
    run(*routine, values, result);
    if (result.value.is_null) out.set_null(row);
    else out.set_datum(row, types::copy_datum(*context.arena, out.type(), result.value));
  }
}

void Routines::call_event_trigger(Oid function, const std::string& event, const std::string& tag) {
  RoutinePtr routine = find(function, {}, {kEventTriggerType, -1, 0});
  if (!routine->plpgsql) throw SqlError::not_supported("an event trigger function in another language than PL/pgSQL");
  RoutineCall entered(*this, *routine);
  auto body = routine->plpgsql;
  plpgsql::TriggerCall call;
  call.event = event;
  call.tag = tag;
  plpgsql::Result result;
  interpreter_->call_trigger(*body, function, call, result);
}

bool Routines::call_trigger(Oid function, const plpgsql::TriggerCall& call, plpgsql::Result& result,
                            const TransitionScope* transitions) {
  if (const catalog::FunctionInfo* info = session_.catalog->function(function); info != nullptr && !catalog::is_user_written(*info))
    if (const NativeTrigger native = find_native_trigger(info->source)) return native(session_, call, result);
  RoutinePtr routine = find(function, {}, {types::oid::trigger, -1, 0}, transitions != nullptr ? transitions->trigger : 0);
  if (!routine->plpgsql) throw SqlError::not_supported("a trigger function in another language than PL/pgSQL");
  RoutineCall entered(*this, *routine, transitions);
  auto body = routine->plpgsql;
  struct Depth {
    int& depth;
    explicit Depth(int& d) : depth(d) { ++depth; }
    ~Depth() { --depth; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
  } depth(session_.trigger_depth);
  return interpreter_->call_trigger(*body, function, call, result);
}

namespace {

// The rows of a call, spread over columns or as values.
class RoutineRows final : public types::UserRows, public plpgsql::RowTarget {
 public:
  explicit RoutineRows(SessionState& session) : session_(session) {}
  bool spread = false;      // columns as they are
  Oid row_type = 0;

  void add(std::span<const Datum> values) override {
    if (!kept_) {
      std::vector<types::PhysicalType> physical;
      for (const plpgsql::Column& column : columns) physical.push_back(column.physical);
      kept_ = std::make_unique<operators::KeptRows>(physical, session_.kept_rows_space(), session_.settings.work_mem_bytes);
    }
    kept_->append(values);
    ++rows;
  }

  std::uint32_t next(types::EvalContext&, std::span<types::Vector> out, std::uint32_t capacity) override {
    if (!kept_) return 0;
    if (spread) {
      const std::size_t width = std::min(out.size(), columns.size());
      const std::uint32_t count = kept_->read(at_, out.first(width), capacity);
      for (types::Vector& column : out.subspan(width))
        for (std::uint32_t i = 0; i < count; ++i) column.set_null(i);
      at_ += count;
      return count;
    }
    arena_.reset();
    std::vector<types::RecordField> fields;
    for (const auto& column : columns) fields.push_back({column.type.oid, column.physical});
    std::vector<Datum> values(columns.size());
    std::uint32_t count = 0;
    for (; count < capacity && at_ < rows; ++at_, ++count) {
      kept_->read(at_, values);
      out[0].set_datum(count, types::make_record(arena_, row_type, fields, values));
    }
    return count;
  }

 private:
  SessionState& session_;
  std::unique_ptr<operators::KeptRows> kept_;
  types::Arena arena_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<types::UserRows> Routines::start(types::EvalContext&, const types::UserCall& call,
                                                 std::span<const Datum> arguments) {
  RoutinePtr routine = find(call.function, call.arguments, call.result);
  auto rows = std::make_unique<RoutineRows>(session_);
  rows->row_type = session_.catalog->base_type(call.result.oid);
  rows->columns = routine->columns;
  rows->spread = !routine->returns_row || !call.columns.empty();
  if (routine->returns_row && routine->columns.empty()) {
    // In the select list: what a function in SQL answers says what the rows are.
    if (call.columns.empty() && routine->plpgsql)
      throw SqlError("0A000", "set-valued function called in context that cannot accept a set");
    for (const TypeRef& type : call.columns)
      rows->columns.push_back({"", type, eval::physical_type(*session_.catalog, type.oid)});
  }
  plpgsql::Result result;
  result.rows = rows.get();
  std::vector<Datum> values(arguments.begin(), arguments.end());
  run(*routine, values, result);
  return rows;
}

}  // namespace session
