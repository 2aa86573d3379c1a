// CREATE FUNCTION and PROCEDURE, and the row of every routine.
#include <algorithm>

#include "catalog/acl.h"
#include "catalog/catalog_functions.h"
#include "language.h"
#include "catalog/internal_functions.h"
#include "default_privileges.h"
#include "extensions/extension.h"
#include "query/routine_body.h"
#include "query/serialize.h"
#include "rights.h"
#include "routine.h"
#include "stored_settings.h"
#include "type_commands.h"
#include "type_usage.h"

namespace commands {
namespace {

std::vector<Oid> input_types(const query::CreateFunction& statement) {
  std::vector<Oid> types;
  for (const query::FunctionParameter& p : statement.parameters)
    if (p.mode != 'o' && p.mode != 't') types.push_back(p.type.oid);
  return types;
}

// INSERT as it was written: what nobody named gets its default when it runs.
void forget_defaults(query::Query& query) {
  for (query::CommonTable& table : query.with)
    if (table.query) forget_defaults(*table.query);
  std::erase_if(query.targets, [](const query::TargetColumn& target) { return target.by_default; });
}

// What prosqlbody holds of RETURN .. and BEGIN ATOMIC .. END.
std::string stored_body(const query::CreateFunction& statement) {
  query::RoutineBody body;
  body.is_block = (statement.sql_body_text->front() | 32) == 'b';
  for (const auto& query : statement.sql_body) {
    if (query->command == query::CommandKind::merge) body.text = *statement.sql_body_text;
    body.statements.push_back(query::clone(*query));
    forget_defaults(*body.statements.back());
  }
  return query::serialize(body);
}

std::string signature_of(Ddl& ddl, const std::string& name, std::span<const Oid> arguments) {
  std::string text = catalog::quote_identifier(name) + "(";
  for (std::size_t i = 0; i < arguments.size(); ++i)
    text += (i > 0 ? "," : "") + ddl.catalog().format_type(arguments[i]);
  return text + ")";
}

// USAGE of a trusted language; the others are for superusers.
void require_language(Ddl& ddl, const query::CreateFunction& statement, const catalog::LanguageInfo& language) {
  require_language_usage(ddl, language);
  if (statement.leakproof && !is_superuser(ddl)) throw SqlError("42501", "only superuser can define a leakproof function");
}

// Native code is that of extensions, which make their functions themselves.
[[noreturn]] void refuse_native(const query::CreateFunction& statement) {
  if (statement.body.empty()) throw SqlError("42P13", "no function body specified");
  constexpr std::string_view kOurs = "$libdir/";
  const std::string& file = statement.body.front();
  if (!file.starts_with(kOurs) || extensions::find(std::string_view(file).substr(kOurs.size())) == nullptr)
    throw SqlError("58P01", "could not access file \"" + file + "\": No such file or directory");
  throw SqlError::not_supported("CREATE FUNCTION of LANGUAGE c");
}

void require_built_in(const std::string& source) {
  if (catalog::internal_functions(source).empty()) throw SqlError("42883", "there is no built-in function named \"" + source + "\"");
}

const char* routine_kind_words(char kind) {
  switch (kind) {
    case 'p': return "a procedure";
    case 'a': return "an aggregate function";
    case 'w': return "a window function";
    default: return "a function";
  }
}

bool is_input(char mode) { return mode == 'i' || mode == 'b' || mode == 'v'; }

std::vector<std::string> input_names(const catalog::FunctionInfo& function) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < function.argument_names.size(); ++i)
    if (function.argument_modes.empty() || is_input(function.argument_modes[i])) names.emplace_back(function.argument_names[i]);
  return names;
}

// The columns of its rows, as OUT parameters say them.
using Outputs = std::vector<std::pair<std::string, Oid>>;
bool is_output(char mode) { return mode == 'o' || mode == 'b' || mode == 't'; }
Outputs outputs_of(const catalog::FunctionInfo& function) {
  Outputs outputs;
  for (std::size_t i = 0; i < function.argument_modes.size(); ++i)
    if (is_output(function.argument_modes[i]))
      outputs.emplace_back(i < function.argument_names.size() ? function.argument_names[i] : std::string_view(),
                           function.all_arguments[i]);
  return outputs;
}
Outputs outputs_of(const query::CreateFunction& statement) {
  Outputs outputs;
  for (const query::FunctionParameter& parameter : statement.parameters)
    if (is_output(parameter.mode)) outputs.emplace_back(parameter.name, parameter.type.oid);
  return outputs;
}

// What stands in the way of making it, or of putting it in the place of one that exists.
void require_may_define(Ddl& ddl, const query::CreateFunction& statement, char kind, std::span<const Oid> arguments,
                        const catalog::FunctionInfo& existing) {
  const std::string what = kind == 'p' ? "procedure" : kind == 'a' ? "aggregate" : "function";
  if (!statement.or_replace)
    throw SqlError("42723", (kind == 'p' ? "procedure \"" : "function \"") + statement.name.name +
                                "\" already exists with same argument types");
  if (!ddl.owns(existing.owner)) throw SqlError("42501", "must be owner of " + what + " " + statement.name.name);
  if (existing.kind != kind)
    throw SqlError("42809", "cannot change routine kind")
        .with_detail("\"" + statement.name.name + "\" is " + routine_kind_words(existing.kind) + ".");
  const std::string drop_it = std::string("Use DROP ") +
                              (kind == 'p' ? "PROCEDURE " : kind == 'a' ? "AGGREGATE " : "FUNCTION ") +
                              signature_of(ddl, statement.name.name, arguments) + " first.";
  if (existing.result != statement.result.oid || existing.returns_set != statement.returns_set)
    throw SqlError("42P13", "cannot change return type of existing function").with_hint(drop_it);
  if (statement.result.oid == types::oid::record && outputs_of(existing) != outputs_of(statement))
    throw SqlError("42P13", "cannot change return type of existing function")
        .with_detail("Row type defined by OUT parameters is different.")
        .with_hint(drop_it);
  // Calls that stand name parameters, and leave out those with defaults.
  const std::vector<std::string> before = input_names(existing);
  std::size_t at = 0, defaults = 0;
  for (const query::FunctionParameter& parameter : statement.parameters) {
    defaults += parameter.default_value != nullptr;
    if (!is_input(parameter.mode)) continue;
    if (at < before.size() && !before[at].empty() && before[at] != parameter.name)
      throw SqlError("42P13", "cannot change name of input parameter \"" + before[at] + "\"").with_hint(drop_it);
    ++at;
  }
  if (defaults < static_cast<std::size_t>(existing.default_count))
    throw SqlError("42P13", "cannot remove parameter defaults from existing function").with_hint(drop_it);
}

}  // namespace

namespace {

// One whose name is the built-in function's, or whose result type is made with it.
void define_internal(Ddl& ddl, const query::CreateFunction& statement, char kind) {
  if (statement.body.empty()) throw SqlError("42P13", "no function body specified");
  if (statement.body.size() > 1) throw SqlError("42P13", "only one AS item needed for language \"internal\"");
  RoutineDetails details;
  details.source = statement.body[0].empty() ? statement.name.name : statement.body[0];
  require_built_in(*details.source);
  if (statement.result_shell) {
    create_shell_type(ddl, {*statement.result_shell});
    ddl.transaction().next_command();
    details.result =
        ddl.catalog().find_type(ddl.catalog().schema_name(ddl.target_schema(statement.result_shell->schema)), statement.result_shell->name)->oid;
  }
  define_routine(ddl, statement, kind, kInternalLanguage, details);
}

}  // namespace

void create_function(Ddl& ddl, const query::CreateFunction& statement) {
  const catalog::LanguageInfo* language = Builtins::get().language_by_name(statement.language);
  if (language == nullptr) refuse_language(ddl, statement.language);
  require_language(ddl, statement, *language);
  require_valid_estimates(statement.cost, statement.rows, statement.returns_set);
  for (const query::ShellNotice& notice : statement.shells)
    ddl.host().notice({.severity = "NOTICE", .sqlstate = notice.sqlstate, .message = notice.message, .detail = notice.detail, .hint = {}});
  if (language->oid == extensions::kLanguage) refuse_native(statement);
  if (statement.body.empty() && !statement.sql_body_text) throw SqlError("42P13", "no function body specified");
  const char kind = statement.is_procedure ? 'p' : statement.is_window ? 'w' : 'f';
  if (language->oid == kInternalLanguage && (statement.result_shell || statement.body.empty() || statement.body[0].empty() || statement.body.size() > 1))
    return define_internal(ddl, statement, kind);
  if (language->oid == kInternalLanguage) require_built_in(statement.body[0]);
  define_routine(ddl, statement, kind, language->oid);
}

namespace {

// pg_proc.provariadic of a VARIADIC parameter.
Oid variadic_element(Ddl& ddl, Oid type) {
  constexpr Oid kAnyCompatible = 5077, kAnyCompatibleArray = 5078;
  switch (type) {
    case types::oid::any: return types::oid::any;
    case types::oid::anyarray: return types::oid::anyelement;
    case kAnyCompatibleArray: return kAnyCompatible;
    default: return ddl.catalog().element_type(type);
  }
}

}  // namespace

ObjectAddress define_routine(Ddl& ddl, const query::CreateFunction& statement, char kind, Oid language, RoutineDetails details) {
  const Oid result = details.result != 0 ? details.result : statement.result.oid;
  Oid schema = ddl.target_schema(statement.name.schema);
  for (const query::FunctionParameter& parameter : statement.parameters) require_type_usage(ddl, parameter.type.oid);
  require_type_usage(ddl, statement.result.oid);
  std::vector<Oid> arguments = input_types(statement);
  const catalog::FunctionInfo* existing = nullptr;
  for (const catalog::FunctionInfo* f : ddl.catalog().find_functions(
           ddl.catalog().schema_name(schema), statement.name.name))
    if (std::ranges::equal(f->arguments, arguments)) existing = f;
  if (existing != nullptr) require_may_define(ddl, statement, kind, arguments, *existing);

  std::string modes;
  std::vector<Oid> all;
  std::vector<std::string> names;
  bool plain = true, named = false;
  Oid variadic = 0;
  int defaults = 0;
  std::string default_text;
  for (const query::FunctionParameter& p : statement.parameters) {
    modes += p.mode;
    all.push_back(p.type.oid);
    names.push_back(p.name);
    plain = plain && p.mode == 'i';
    named = named || !p.name.empty();
    if (p.mode == 'v') variadic = variadic_element(ddl, p.type.oid);
    if (p.default_value) {
      ++defaults;
      // SQL text, which a call analyses where it stands.
      if (!default_text.empty()) default_text += ", ";
      default_text += catalog::expression_text(ddl.catalog(), query::serialize(*p.default_value), 0, false)
                          .value_or("NULL");
    }
  }
  Oid oid = existing != nullptr ? existing->oid : ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_proc::kOid);
  row.set(pg_proc::oid, oid);
  row.set(pg_proc::proname, statement.name.name);
  row.set(pg_proc::pronamespace, schema);
  row.set(pg_proc::proowner, existing != nullptr ? existing->owner : ddl.catalog().user());
  row.set(pg_proc::prolang, language);
  row.set(pg_proc::procost, static_cast<float>(statement.cost.value_or(
                                statement.language == "internal" || statement.language == "c" ? 1
                                                                                              : 100)));
  row.set(pg_proc::prorows,
          static_cast<float>(statement.rows.value_or(statement.returns_set ? 1000 : 0)));
  row.set(pg_proc::provariadic, variadic);
  row.set(pg_proc::prosupport, Oid{0});
  row.set(pg_proc::prokind, kind);
  row.set(pg_proc::prosecdef, statement.security_definer);
  row.set(pg_proc::proleakproof, statement.leakproof);
  row.set(pg_proc::proisstrict, statement.strict);
  row.set(pg_proc::proretset, statement.returns_set);
  row.set(pg_proc::provolatile, statement.volatility);
  row.set(pg_proc::proparallel, statement.parallel);
  row.set(pg_proc::pronargs, static_cast<int>(arguments.size()));
  row.set(pg_proc::pronargdefaults, defaults);
  row.set(pg_proc::prorettype, result);
  row.set(pg_proc::proargtypes, std::span<const Oid>(arguments));
  if (!plain) {
    row.set(pg_proc::proallargtypes, std::span<const Oid>(all));
    row.set_letters(pg_proc::proargmodes, modes);
  }
  if (named) row.set(pg_proc::proargnames, std::span<const std::string>(names));
  if (defaults > 0) row.set(pg_proc::proargdefaults, default_text);

  std::vector<std::string> settings;
  for (const query::SetVariable& change : statement.settings)
    change_stored_settings(ddl, settings, change, Host::SettingOf::others);
  if (!settings.empty()) row.set(pg_proc::proconfig, std::span<const std::string>(settings));
  row.set(pg_proc::prosrc, details.source ? *details.source : statement.body.empty() ? std::string() : statement.body.back());
  if (statement.body.size() > 1) row.set(pg_proc::probin, statement.body.front());
  if (statement.sql_body_text) row.set(pg_proc::prosqlbody, stored_body(statement));

  ObjectAddress self{pg_proc::kOid, oid, 0};
  if (existing != nullptr) {
    ddl.remove_dependencies(self);
    ddl.writer().update_one(0, {key_oid(oid)}, row);
  } else {
    set_default_privileges(ddl, row, pg_proc::proacl, types::AclKind::function, ddl.catalog().user(), schema);
    ddl.writer().insert(row);
  }
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  // Each type once: a second row would be one of the body.
  all.push_back(result);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (Oid type : all) ddl.depend(self, {pg_type::kOid, type, 0}, Dependency::normal);
  for (const auto& query : statement.sql_body) ddl.depend_on_query(self, *query);
  return self;
}

}  // namespace commands
