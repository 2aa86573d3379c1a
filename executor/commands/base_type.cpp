// CREATE TYPE of a base type, whose values are those of a built-in one, and ALTER TYPE ... SET.
#include <algorithm>

#include "catalog/internal_functions.h"
#include "relation_rows.h"
#include "rights.h"
#include "type_commands.h"
#include "type_row.h"

namespace commands {
namespace {

using Role = query::TypeFunction::Role;

constexpr Oid kCstringArray = 1263, kRawArraySubscript = 6180, kArraySubscriptHandler = 6179;

std::string written(const query::ObjectName& name) { return name.schema.empty() ? name.name : name.schema + "." + name.name; }

// The functions of a type, found by the signatures that PostgreSQL asks for.
class TypeFunctionFinder {
 public:
  TypeFunctionFinder(Ddl& ddl, Oid type) : ddl_(ddl), type_(type) {}

  // 42883: there is none; 42P17: it returns something else.
  Oid find(Role role, const query::ObjectName& name) {
    switch (role) {
      case Role::input: return input(name);
      case Role::output: return checked(only(name, {type_}), name, "output", types::oid::cstring, true);
      case Role::receive: return receive(name);
      case Role::send: return checked(only(name, {type_}), name, "send", types::oid::bytea, true);
      case Role::typmod_in: return checked(only(name, {kCstringArray}), name, "modifier input", types::oid::int4, true);
      case Role::typmod_out: return checked(only(name, {types::oid::int4}), name, "modifier output", types::oid::cstring, true);
      case Role::analyze: return checked(only(name, {types::oid::internal}), name, "analyze", types::oid::bool_, false);
      case Role::subscript: return subscript(name);
    }
    return 0;
  }

 private:
  Oid input(const query::ObjectName& name) {
    const Oid found = one_of(name, {types::oid::cstring}, {types::oid::cstring, types::oid::oid_, types::oid::int4}, "input");
    return checked(found, name, "input", type_, true);
  }
  Oid receive(const query::ObjectName& name) {
    const Oid found = one_of(name, {types::oid::internal}, {types::oid::internal, types::oid::oid_, types::oid::int4}, "receive");
    return checked(found, name, "receive", type_, true);
  }
  Oid subscript(const query::ObjectName& name) {
    const Oid found = checked(only(name, {types::oid::internal}), name, "subscripting", types::oid::internal, false);
    if (found == kArraySubscriptHandler)
      throw SqlError("42P17", "user-defined types cannot use subscripting function " + written(name));
    return found;
  }
  Oid find_exact(const query::ObjectName& name, std::span<const Oid> arguments) {
    if (!name.schema.empty()) ddl_.catalog().schema_oid(name.schema);
    for (const catalog::FunctionInfo* f : ddl_.catalog().find_functions(name.schema, name.name))
      if (std::ranges::equal(f->arguments, arguments)) return f->oid;
    return 0;
  }
  [[noreturn]] void missing(const query::ObjectName& name, Oid argument) {
    throw SqlError("42883", "function " + written(name) + "(" + ddl_.catalog().format_type(argument) + ") does not exist");
  }
  Oid only(const query::ObjectName& name, std::initializer_list<Oid> arguments) {
    const Oid found = find_exact(name, arguments);
    if (found == 0) missing(name, *arguments.begin());
    return found;
  }
  // With the type and its modifier, or without.
  Oid one_of(const query::ObjectName& name, std::initializer_list<Oid> small, std::initializer_list<Oid> large, const char* what) {
    const Oid found = find_exact(name, small), with_type = find_exact(name, large);
    if (found != 0 && with_type != 0)
      throw SqlError("42725", std::string("type ") + what + " function " + written(name) + " has multiple matches");
    if (found == 0 && with_type == 0) missing(name, *small.begin());
    return found != 0 ? found : with_type;
  }
  Oid checked(Oid found, const query::ObjectName& name, const std::string& what, Oid result, bool warns) {
    const catalog::FunctionInfo* f = ddl_.catalog().function(found);
    if (f->result != result)
      throw SqlError("42P17", "type " + what + " function " + written(name) + " must return type " + ddl_.catalog().format_type(result));
    if (warns && f->volatility == 'v')
      ddl_.warning("42P17", "type " + what + " function " + written(name) + " should not be volatile");
    return found;
  }

  Ddl& ddl_;
  const Oid type_;
};

[[noreturn]] void refuse_layout(std::string message) { throw SqlError("42P17", std::move(message)); }

void require_possible_layout(int length, bool by_value, char alignment, char storage) {
  if (length <= 0 && length != -1 && length != -2) refuse_layout("invalid type internal size " + std::to_string(length));
  if (by_value) {
    const char wanted = length == 1 ? 'c' : length == 2 ? 's' : length == 4 ? 'i' : length == 8 ? 'd' : '\0';
    if (wanted == '\0') refuse_layout("internal size " + std::to_string(length) + " is invalid for passed-by-value type");
    if (alignment != wanted)
      refuse_layout(std::string("alignment \"") + alignment + "\" is invalid for passed-by-value type of size " + std::to_string(length));
  } else if ((length == -1 && alignment != 'i' && alignment != 'd') || (length == -2 && alignment != 'c')) {
    refuse_layout(std::string("alignment \"") + alignment + "\" is invalid for variable-length type");
  }
  if (storage != 'p' && length != -1) refuse_layout("fixed-size types must have storage PLAIN");
}

// Columns of pg_type that name functions of the type, by Role.
constexpr int kFunctionColumns[] = {pg_type::typinput,    pg_type::typoutput,  pg_type::typreceive, pg_type::typsend,
                                    pg_type::typmodin,    pg_type::typmodout,  pg_type::typanalyze, pg_type::typsubscript};

// Values are those of a built-in type: what makes and writes them must be functions of one.
void require_built_in_values(Ddl& ddl, Oid input, Oid output) {
  using catalog::TypeRole;
  const catalog::FunctionInfo *in = ddl.catalog().function(input), *out = ddl.catalog().function(output);
  auto of = [](TypeRole role, const catalog::FunctionInfo& f) -> const catalog::TypeInfo* {
    return f.language == catalog::kInternalLanguage ? catalog::type_of_io_function(role, f.source) : nullptr;
  };
  const catalog::TypeInfo *made = of(TypeRole::input, *in), *written_as = of(TypeRole::output, *out);
  if (made == nullptr || written_as == nullptr || !catalog::is_same_representation(ddl.catalog(), made->oid, written_as->oid))
    throw SqlError::not_supported("CREATE TYPE with the input function " + std::string(in->name) + " and the output function " +
                                  std::string(out->name));
}

}  // namespace

void create_base_type(Ddl& ddl, const query::CreateBaseType& statement) {
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create a base type");
  const Oid schema = ddl.target_schema(statement.name.schema);
  const std::string& name = statement.name.name;
  const catalog::TypeInfo* there = ddl.catalog().find_type(ddl.catalog().schema_name(schema), name);
  if (there != nullptr && there->defined) require_free_type_name(ddl, schema, name);
  if (there == nullptr)
    throw SqlError("42710", "type \"" + name + "\" does not exist")
        .with_hint("Create the type as a shell type, then create its I/O functions, then do a full CREATE TYPE.");
  const Oid self = there->oid;
  for (const query::UnknownAttribute& unknown : statement.unknown)
    ddl.host().notice({.severity = "WARNING", .sqlstate = "42601",
                       .message = "type attribute \"" + unknown.name + "\" not recognized", .detail = {}, .hint = {},
                       .position = unknown.location});
  int length = -1;
  bool by_value = false;
  char alignment = 'i', storage = 'p';
  if (statement.like != 0) {
    const catalog::TypeInfo* like = ddl.catalog().type(statement.like);
    length = like->length;
    by_value = like->by_value;
    alignment = like->alignment;
    storage = like->storage;
  }
  length = statement.length.value_or(length);
  by_value = statement.by_value.value_or(by_value);
  alignment = statement.alignment.value_or(alignment);
  storage = statement.storage.value_or(storage);

  const query::ObjectName* names[std::size(kFunctionColumns)] = {};
  for (const query::TypeFunction& f : statement.functions) names[static_cast<std::size_t>(f.role)] = &f.name;
  auto name_of = [&](Role role) { return names[static_cast<std::size_t>(role)]; };
  if (name_of(Role::input) == nullptr) refuse_layout("type input function must be specified");
  if (name_of(Role::output) == nullptr) refuse_layout("type output function must be specified");
  if (name_of(Role::typmod_out) != nullptr && name_of(Role::typmod_in) == nullptr)
    refuse_layout("type modifier output function is useless without a type modifier input function");
  TypeFunctionFinder finder(ddl, self);
  Oid functions[std::size(kFunctionColumns)] = {};
  for (std::size_t i = 0; i < std::size(functions); ++i)
    if (names[i] != nullptr) functions[i] = finder.find(static_cast<Role>(i), *names[i]);
  if (name_of(Role::subscript) == nullptr && statement.element != 0) {
    if (length <= 0 || by_value || ddl.catalog().type(statement.element)->length <= 0)
      throw SqlError("22023", "element type cannot be specified without a subscripting function");
    functions[static_cast<std::size_t>(Role::subscript)] = kRawArraySubscript;
  }
  require_possible_layout(length, by_value, alignment, storage);
  require_built_in_values(ddl, functions[0], functions[1]);

  const Oid array = ddl.writer().allocate_oid();
  const Oid collation = statement.collatable ? types::collation::default_ : Oid{0};
  RowBuilder row = type_row(ddl, self, name, schema, 'b');
  row.set(pg_type::typlen, length);
  row.set(pg_type::typbyval, by_value);
  row.set(pg_type::typcategory, statement.category);
  row.set(pg_type::typispreferred, statement.preferred);
  row.set(pg_type::typdelim, statement.delimiter);
  row.set(pg_type::typelem, statement.element);
  row.set(pg_type::typarray, array);
  row.set(pg_type::typalign, alignment);
  row.set(pg_type::typstorage, storage);
  row.set(pg_type::typcollation, collation);
  if (statement.default_value) row.set(pg_type::typdefault, *statement.default_value);
  const ObjectAddress address{pg_type::kOid, self, 0};
  for (std::size_t i = 0; i < std::size(functions); ++i) {
    row.set(kFunctionColumns[i], functions[i]);
    if (functions[i] != 0) ddl.depend(address, {pg_proc::kOid, functions[i], 0}, Dependency::normal);
  }
  if (statement.element != 0) ddl.depend(address, {pg_type::kOid, statement.element, 0}, Dependency::normal);
  ddl.writer().update_one(0, {key_oid(self)}, row);
  insert_array_type(ddl, self, array, name, schema, alignment, collation);
  RowBuilder array_row = ddl.writer().row(pg_type::kOid);
  const Oid typmod_in = functions[static_cast<std::size_t>(Role::typmod_in)];
  const Oid typmod_out = functions[static_cast<std::size_t>(Role::typmod_out)];
  array_row.set(pg_type::typdelim, statement.delimiter);
  array_row.set(pg_type::typmodin, typmod_in);
  array_row.set(pg_type::typmodout, typmod_out);
  ddl.transaction().next_command();
  ddl.writer().update_one(0, {key_oid(array)}, array_row);
  for (const Oid typmod : {typmod_in, typmod_out})
    if (typmod != 0) ddl.depend({pg_type::kOid, array, 0}, {pg_proc::kOid, typmod, 0}, Dependency::normal);
}

namespace {

// What ALTER TYPE ... SET changes of a row, by column.
struct TypeAttributeChanges {
  std::vector<std::pair<int, Oid>> functions;
  std::optional<char> storage;
};

void change_type(Ddl& ddl, const catalog::TypeInfo& type, const TypeAttributeChanges& changes) {
  const ObjectAddress self{pg_type::kOid, type.oid, 0};
  std::vector<Oid> before, after;
  {
    RowReader rows = ddl.writer().read(pg_type::kOid, 0, {key_oid(type.oid)});
    if (!rows.next()) return;
    for (const int column : kFunctionColumns) before.push_back(rows.row().oid(column));
  }
  after = before;
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  if (changes.storage) row.set(pg_type::typstorage, *changes.storage);
  for (const auto& [column, function] : changes.functions) {
    row.set(column, function);
    after[static_cast<std::size_t>(std::ranges::find(kFunctionColumns, column) - std::begin(kFunctionColumns))] = function;
  }
  ddl.writer().update_one(0, {key_oid(type.oid)}, row);
  if (before == after) return;
  ddl.remove_dependencies(self, pg_proc::kOid);
  for (const Oid function : after)
    if (function != 0) ddl.depend(self, {pg_proc::kOid, function, 0}, Dependency::normal);
}

// The type, its array type, domains over it and theirs.
void change_with_users(Ddl& ddl, Oid type, const TypeAttributeChanges& changes) {
  const catalog::TypeInfo info = *ddl.catalog().type(type);
  change_type(ddl, info, changes);
  TypeAttributeChanges of_array, of_domain = changes;
  auto take = [](TypeAttributeChanges& from, int column) {
    std::erase_if(from.functions, [column](const auto& change) { return change.first == column; });
  };
  for (const auto& change : changes.functions)
    if (change.first == pg_type::typmodin || change.first == pg_type::typmodout) of_array.functions.push_back(change);
  if (info.array != 0 && info.kind == 'b' && !of_array.functions.empty()) change_type(ddl, *ddl.catalog().type(info.array), of_array);
  // A domain has input functions of its own, no modifiers and no subscripts.
  for (const int column : {pg_type::typreceive, pg_type::typmodin, pg_type::typmodout, pg_type::typsubscript}) take(of_domain, column);
  if (of_domain.functions.empty() && !of_domain.storage) return;
  std::vector<Oid> domains;
  {
    RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                       {key_oid(pg_type::kOid), key_oid(type)});
    while (rows.next())
      if (rows.row().oid(pg_depend::classid) == pg_type::kOid) domains.push_back(rows.row().oid(pg_depend::objid));
  }
  for (const Oid domain : domains)
    if (const catalog::TypeInfo* over = ddl.catalog().type(domain); over != nullptr && over->kind == 'd' && over->base_type == type)
      change_with_users(ddl, domain, of_domain);
}

}  // namespace

void alter_base_type(Ddl& ddl, const query::AlterBaseType& statement) {
  const catalog::TypeInfo type = *ddl.catalog().type(statement.type);
  if (!ddl.owns(type.owner)) throw SqlError("42501", "must be owner of type " + ddl.catalog().format_type(type.oid));
  TypeAttributeChanges changes;
  bool needs_superuser = false;
  if (statement.storage) {
    if (*statement.storage == 'p' && type.storage != 'p') refuse_layout("cannot change type's storage to PLAIN");
    if (*statement.storage != 'p' && type.storage == 'p') {
      if (type.length != -1) refuse_layout("fixed-size types must have storage PLAIN");
      needs_superuser = true;
    }
    changes.storage = statement.storage;
  }
  TypeFunctionFinder finder(ddl, type.oid);
  for (const query::TypeFunction& f : statement.functions) {
    needs_superuser = true;
    changes.functions.emplace_back(kFunctionColumns[static_cast<std::size_t>(f.role)],
                                   f.name.name.empty() ? Oid{0} : finder.find(f.role, f.name));
  }
  if (needs_superuser && !is_superuser(ddl)) throw SqlError("42501", "must be superuser to alter a type");
  if (type.kind != 'b' || type.is_true_array) throw SqlError("42809", ddl.catalog().format_type(type.oid) + " is not a base type");
  if (type.oid < types::kFirstNormalOid) throw SqlError::not_supported("ALTER TYPE of a built-in type");
  change_with_users(ddl, type.oid, changes);
}

}  // namespace commands
