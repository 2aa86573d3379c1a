#include "extension_objects.h"

#include <algorithm>

#include "catalog/access_methods.h"
#include "catalog/named_objects.h"
#include "catalog/text_search_columns.h"
#include "extension.h"
#include "extensions/extension.h"
#include "initial_privileges.h"
#include "operator_class.h"
#include "operator_lookup.h"
#include "relation_rows.h"
#include "routine.h"
#include "text_commands.h"
#include "type_commands.h"
#include "type_row.h"
#include "types/type_io.h"

namespace commands {
namespace {

// Up to the first of `separators`, which goes, too.
std::string_view take(std::string_view& rest, std::string_view separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + separator.size());
  return part;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

class Maker {
 public:
  Maker(Ddl& ddl, const extensions::Extension& extension, Oid oid, const std::string& schema)
      : ddl_(ddl), e_(extension), self_(oid), schema_(schema) {
    for (const std::string_view other : e_.requirements) required_.push_back({other, schema_of_extension(other)});
  }

  void run() {
    for (const extensions::Type& t : e_.types) create_shell_type(ddl_, {{schema_, std::string(t.name)}});
    ddl_.transaction().next_command();
    each(e_.row_types, &Maker::make_row_type);
    each(e_.domains, &Maker::make_domain);
    // Those that make a type come before it, those that take arrays of it after it.
    for (const extensions::Routine& routine : e_.routines)
      if (makes_type(routine)) make_routine(routine);
    ddl_.transaction().next_command();
    for (const extensions::Type& t : e_.types) define_type(t);
    ddl_.transaction().next_command();
    for (const extensions::Routine& routine : e_.routines)
      if (!makes_type(routine)) make_routine(routine);
    ddl_.transaction().next_command();
    for (const extensions::Routine& routine : e_.routines)
      if (routine.is_private) take_from_public(routine);
    each(e_.operators, &Maker::make_operator);
    each(e_.casts, &Maker::make_cast);
    each(e_.operator_classes, &Maker::make_operator_class);
    each(e_.aggregates, &Maker::make_aggregate);
    each(e_.templates, &Maker::make_template);
    each(e_.dictionaries, &Maker::make_dictionary);
    each(e_.views, &Maker::make_view);
    each(e_.domains, &Maker::constrain_domain);
  }

 private:
  // Each is seen by the next.
  template <typename T>
  void each(std::span<const T> all, void (Maker::*make)(const T&)) {
    for (const T& one : all) {
      (this->*make)(one);
      ddl_.transaction().next_command();
    }
  }

  void add_member(const ObjectAddress& object) {
    ddl_.depend(object, {catalog::pg_extension::kOid, self_, 0}, kMember);
  }

  types::TypeRef type(std::string_view name) {
    const catalog::TypeInfo* found = ddl_.catalog().find_type(schema_, name);
    for (const Required& other : required_)
      if (found == nullptr) found = ddl_.catalog().find_type(other.schema, name);
    if (found == nullptr) found = ddl_.catalog().find_type("pg_catalog", name);
    if (found == nullptr) throw SqlError("42704", "type \"" + std::string(name) + "\" does not exist");
    return {.oid = found->oid};
  }

  std::vector<query::FunctionParameter> parameters(std::string_view text) {
    std::vector<query::FunctionParameter> result;
    while (!text.empty()) {
      std::string_view one = take(text, ", ");
      query::FunctionParameter& parameter = result.emplace_back();
      if (take_word(one, "out ")) parameter.mode = 'o';
      else if (take_word(one, "table ")) parameter.mode = 't';
      else if (take_word(one, "variadic ")) parameter.mode = 'v';
      if (one.find(' ') != std::string_view::npos) parameter.name = take(one, " ");
      parameter.type = type(one);
    }
    return result;
  }

  bool makes_type(const extensions::Routine& routine) const {
    return std::ranges::any_of(e_.types, [&](const extensions::Type& t) {
      return routine.name == t.input || routine.name == t.output || routine.name == t.receive || routine.name == t.send ||
             routine.name == t.subscript;
    });
  }

  // What the functions of a type that is no more than its name were made for.
  void define_type(const extensions::Type& t) {
    const Oid schema = ddl_.catalog().schema_oid(schema_), self = take_shell(ddl_, schema, std::string(t.name));
    const Oid array = ddl_.writer().allocate_oid();
    RowBuilder row = type_row(ddl_, self, std::string(t.name), schema, 'b');
    row.set(pg_type::typlen, -1);
    row.set(pg_type::typbyval, false);
    row.set(pg_type::typcategory, t.category);
    row.set(pg_type::typarray, array);
    row.set(pg_type::typalign, t.alignment);
    row.set(pg_type::typstorage, t.storage);
    if (t.collatable) row.set(pg_type::typcollation, types::collation::default_);
    const ObjectAddress address{pg_type::kOid, self, 0};
    auto set_function = [&](int column, std::string_view name) {
      const Oid found = name.empty() ? 0 : only_function(name);
      row.set(column, found);
      if (found != 0) ddl_.depend(address, {pg_proc::kOid, found, 0}, Dependency::normal);
    };
    set_function(pg_type::typinput, t.input);
    set_function(pg_type::typoutput, t.output);
    set_function(pg_type::typreceive, t.receive);
    set_function(pg_type::typsend, t.send);
    set_function(pg_type::typsubscript, t.subscript);
    ddl_.writer().update_one(0, {key_oid(self)}, row);
    add_member(address);
    insert_array_type(ddl_, self, array, std::string(t.name), schema, t.alignment, t.collatable ? types::collation::default_ : Oid{0});
  }

  void make_row_type(const extensions::RowType& t) {
    query::CreateComposite made;
    made.name.schema = schema_;
    made.name.name = t.name;
    for (const query::FunctionParameter& column : parameters(t.columns)) {
      query::ColumnDefinition& definition = made.columns.emplace_back();
      definition.name = column.name;
      definition.type = column.type;
    }
    create_composite(ddl_, made);
    ddl_.transaction().next_command();
    add_member({pg_type::kOid, type(t.name).oid, 0});
  }

  void make_domain(const extensions::Domain& d) {
    ddl_.host().run_statement("CREATE DOMAIN " + catalog::quote_identifier(schema_) + "." + std::string(d.name) + " AS " +
                              in_schema(d.base));
    ddl_.transaction().next_command();
    add_member({pg_type::kOid, type(d.name).oid, 0});
  }
  void constrain_domain(const extensions::Domain& d) {
    for (const std::string_view constraint : d.constraints)
      ddl_.host().run_statement("ALTER DOMAIN " + catalog::quote_identifier(schema_) + "." + std::string(d.name) + " ADD " +
                                in_schema(constraint));
  }

  // With the schemas' names for {} and {extension}.
  std::string in_schema(std::string_view text) {
    std::string result(text);
    const auto replace = [&](std::string_view mark, const std::string& with) {
      const std::string schema = catalog::quote_identifier(with);
      for (std::size_t at = 0; (at = result.find(mark, at)) != std::string::npos; at += schema.size())
        result.replace(at, mark.size(), schema);
    };
    replace("{}", schema_);
    for (const Required& other : required_) replace("{" + std::string(other.name) + "}", other.schema);
    return result;
  }

  std::string schema_of_extension(std::string_view name) {
    RowReader rows = ddl_.writer().read(catalog::pg_extension::kOid, 0, {key_oid(find_extension(ddl_, name))});
    return rows.next() ? std::string(ddl_.catalog().schema_name(rows.row().oid(catalog::pg_extension::extnamespace))) : schema_;
  }

  void make_routine(const extensions::Routine& routine) {
    query::CreateFunction f;
    f.name = {schema_, std::string(routine.name)};
    f.parameters = parameters(routine.parameters);
    std::string_view result = routine.result;
    f.returns_set = take_word(result, "setof ");
    f.result = type(result);
    const char language = routine.attributes.size() > 3 ? routine.attributes[3] : 'c';
    f.language = language == 'i' ? "internal" : language == 'q' ? "sql" : "c";
    f.body = {std::string(routine.symbol)};
    if (language == 'c') f.body.insert(f.body.begin(), "$libdir/" + std::string(e_.name));
    set_defaults(f, routine.defaults);
    f.volatility = routine.attributes[0];
    f.strict = routine.attributes[1] == 's';
    f.parallel = routine.attributes[2];
    add_member(define_routine(ddl_, f, 'f',
                              language == 'i'   ? kInternalLanguage
                              : language == 'q' ? catalog::kSqlLanguage
                                                : extensions::kLanguage));
  }

  void take_from_public(const extensions::Routine& routine) {
    std::string signature;
    for (const query::FunctionParameter& parameter : parameters(routine.parameters))
      if (parameter.mode == 'i')
        signature += (signature.empty() ? "" : ", ") + ddl_.catalog().format_type(parameter.type.oid);
    ddl_.host().run_statement("REVOKE ALL ON FUNCTION " + catalog::quote_identifier(schema_) + "." + std::string(routine.name) +
                              "(" + signature + ") FROM PUBLIC");
    keep_initial_privileges(ddl_, {pg_proc::kOid, only_function(routine.name), 0});
  }

  void set_defaults(query::CreateFunction& f, std::string_view texts) {
    std::vector<std::string_view> values;
    while (!texts.empty()) values.push_back(take(texts, ", "));
    for (std::size_t i = 0; i < values.size(); ++i) {
      query::FunctionParameter& parameter = f.parameters[f.parameters.size() - values.size() + i];
      types::Arena arena(256);
      types::EvalContext context;
      context.arena = &arena;
      auto value = std::make_unique<query::Expression>();
      value->type = parameter.type;
      value->node = query::Constant(types::type_support(parameter.type.oid).input(context, values[i], -1));
      parameter.default_value = std::move(value);
    }
  }

  // The one of that name.
  Oid only_function(std::string_view name) {
    for (const catalog::FunctionInfo* f : ddl_.catalog().find_functions(schema_, name)) return f->oid;
    throw SqlError("42883", "function " + std::string(name) + " does not exist");
  }

  // The extension's own, or PostgreSQL's.
  Oid any_function(std::string_view name, std::span<const Oid> inputs) {
    for (const std::string& schema : {schema_, std::string("pg_catalog")})
      for (const catalog::FunctionInfo* f : ddl_.catalog().find_functions(schema, name))
        if (std::ranges::equal(f->arguments, inputs)) return f->oid;
    throw SqlError("42883", "function " + std::string(name) + " does not exist");
  }

  std::vector<Oid> types_in(std::string_view list) {
    std::vector<Oid> found;
    while (!list.empty()) found.push_back(type(take(list, ", ")).oid);
    return found;
  }

  Oid function(const std::string& schema, std::string_view name, std::span<const Oid> inputs) {
    for (const catalog::FunctionInfo* f : ddl_.catalog().find_functions(schema, name))
      if (std::ranges::equal(f->arguments, inputs)) return f->oid;
    throw SqlError("42883", "function " + std::string(name) + " does not exist");
  }

  Oid estimator(std::string_view name, bool of_join) {
    using namespace types::oid;
    static constexpr Oid kRestriction[] = {internal, oid_, internal, int4}, kJoin[] = {internal, oid_, internal, int2, internal};
    if (name.empty()) return 0;
    const std::span<const Oid> inputs = of_join ? std::span<const Oid>(kJoin) : std::span<const Oid>(kRestriction);
    return any_function(name, inputs);
  }

  void make_operator(const extensions::Operator& op) {
    query::CreateOperator o;
    o.name = {schema_, std::string(op.name)};
    std::vector<Oid> inputs;
    if (!op.left.empty()) inputs.push_back(o.left = type(op.left).oid);
    inputs.push_back(o.right = type(op.right).oid);
    o.function = function(schema_, op.function, inputs);
    o.result = ddl_.catalog().function(o.function)->result;
    o.restrict = estimator(op.restrict, false);
    o.join = estimator(op.join, true);
    o.hashes = op.hashes;
    o.merges = op.merges;
    if (!op.commutator.empty()) o.commutator = query::ObjectName{schema_, std::string(op.commutator)};
    if (!op.negator.empty()) o.negator = query::ObjectName{schema_, std::string(op.negator)};
    create_operator(ddl_, o);
    // A shell that another one asked for before is a member from now on.
    const catalog::OperatorInfo* made = find_operator(ddl_, ddl_.catalog().schema_oid(schema_), op.name, o.left, o.right);
    add_member({catalog::pg_operator::kOid, made->oid, 0});
  }

  void make_cast(const extensions::Cast& c) {
    query::CreateCast cast;
    cast.source = type(c.source).oid;
    cast.target = type(c.target).oid;
    cast.context = c.context;
    if (c.function.empty()) {
      cast.method = query::CreateCast::Method::binary;
    } else {
      const Oid inputs[] = {cast.source};
      cast.function = function(schema_, c.function, inputs);
    }
    create_cast(ddl_, cast);
    ddl_.transaction().next_command();
    add_member({catalog::pg_cast::kOid, ddl_.catalog().cast(cast.source, cast.target)->oid, 0});
  }

  std::string schema_of_operator(std::string_view name, Oid left, Oid right) {
    for (const std::string& schema : {schema_, std::string("pg_catalog")})
      if (find_operator(ddl_, ddl_.catalog().schema_oid(schema), name, left, right) != nullptr) return schema;
    throw SqlError("42883", "operator " + std::string(name) + " does not exist");
  }

  // The family that orders what the operator gives.
  query::ObjectName order_of_result(std::string_view name, Oid left, Oid right) {
    const Oid schema = ddl_.catalog().schema_oid(schema_of_operator(name, left, right));
    const catalog::OperatorClassInfo* own =
        ddl_.catalog().default_operator_class(find_operator(ddl_, schema, name, left, right)->result, catalog::kBtree);
    return {"pg_catalog", std::string(catalog::Builtins::get().family_name(own->family))};
  }

  void make_operator_class(const extensions::OperatorClass& c) {
    using Item = query::OperatorClassItem;
    query::CreateOperatorClass made;
    made.name = {schema_, std::string(c.name)};
    made.access_method = c.method;
    made.type = type(c.type).oid;
    made.is_default = c.is_default;
    for (const extensions::ClassOperator& op : c.operators) {
      Item& item = made.items.emplace_back();
      item.number = op.strategy;
      const Oid left = op.left.empty() ? made.type : type(op.left).oid;
      const Oid right = op.right.empty() ? made.type : type(op.right).oid;
      item.object.schema = schema_of_operator(op.name, left, right);
      item.object.name = op.name;
      item.object.has_arguments = true;
      item.object.arguments = {left, right};
      if (op.orders) item.sort_family = order_of_result(op.name, left, right);
    }
    for (const extensions::ClassFunction& f : c.functions) {
      Item& item = made.items.emplace_back();
      item.kind = Item::Kind::function;
      item.number = f.number;
      item.object.arguments = types_in(f.arguments);
      item.object.has_arguments = true;
      item.object.name = f.name;
      item.object.schema = ddl_.catalog().schema_name(
          ddl_.catalog().function(any_function(f.name, item.object.arguments))->schema);
      item.types = {made.type, made.type};
    }
    if (!c.storage.empty()) {
      Item& item = made.items.emplace_back();
      item.kind = Item::Kind::storage;
      item.storage = type(c.storage).oid;
    }
    create_operator_class(ddl_, made);
    ddl_.transaction().next_command();
    const catalog::OperatorClassInfo* info =
        ddl_.catalog().find_operator_class(schema_, catalog::method_by_name(c.method), c.name);
    add_member({catalog::pg_opclass::kOid, info->oid, 0});
    if (extension_of(ddl_, {catalog::pg_opfamily::kOid, info->family, 0}) == 0)
      add_member({catalog::pg_opfamily::kOid, info->family, 0});
  }

  void make_aggregate(const extensions::Aggregate& a) {
    query::CreateAggregate made;
    const types::TypeRef of = type(a.type);
    const Oid inputs[] = {of.oid, of.oid};
    made.routine.name = {schema_, std::string(a.name)};
    made.routine.parameters.emplace_back().type = of;
    made.routine.result = of;
    made.routine.language = "internal";
    made.routine.body = {"aggregate_dummy"};
    made.routine.volatility = 'i';
    made.routine.parallel = 's';
    made.plain.transition = made.combine = function(schema_, a.transition, inputs);
    made.plain.state = of.oid;
    made.sort_operator = find_operator(ddl_, ddl_.catalog().schema_oid(schema_), a.sort_operator, of.oid, of.oid)->oid;
    create_aggregate(ddl_, made);
    ddl_.transaction().next_command();
    const Oid argument[] = {of.oid};
    add_member({pg_proc::kOid, function(schema_, a.name, argument), 0});
  }

  void make_template(const extensions::TextSearchTemplate& t) {
    query::CreateTextSearchTemplate made;
    made.name = {schema_, std::string(t.name)};
    made.init = only_function(t.init);
    made.lexize = only_function(t.lexize);
    create_text_search_template(ddl_, made);
    ddl_.transaction().next_command();
    add_named(catalog::NamedKind::ts_template, catalog::pg_ts_template::kOid, t.name);
  }

  void make_dictionary(const extensions::TextSearchDictionary& d) {
    query::CreateTextSearchDictionary made;
    made.name = {schema_, std::string(d.name)};
    made.template_ = query::ObjectName{schema_, std::string(d.made_of)};
    if (!d.option.name.empty()) {
      query::Option& option = made.options.emplace_back();
      option.name = d.option.name;
      option.values = {d.option.value};
      option.value_is_string = option.has_value = true;
    }
    create_text_search_dictionary(ddl_, made);
    ddl_.transaction().next_command();
    add_named(catalog::NamedKind::ts_dictionary, catalog::pg_ts_dict::kOid, d.name);
  }

  void make_view(const extensions::View& v) {
    const std::string name = catalog::quote_identifier(schema_) + "." + std::string(v.name);
    ddl_.host().run_statement("CREATE VIEW " + name + " AS " + in_schema(v.query));
    ddl_.transaction().next_command();
    add_member({pg_class::kOid, ddl_.catalog().find_relation(schema_, v.name), 0});
    ddl_.host().run_statement("GRANT SELECT ON " + name + " TO PUBLIC");
    keep_initial_privileges(ddl_, {pg_class::kOid, ddl_.catalog().find_relation(schema_, v.name), 0});
  }

  void add_named(catalog::NamedKind kind, Oid table, std::string_view name) {
    add_member({table, catalog::find_named(ddl_.catalog(), kind, schema_, std::string(name)), 0});
  }

  struct Required {
    std::string_view name;
    std::string schema;
  };

  Ddl& ddl_;
  const extensions::Extension& e_;
  const Oid self_;
  const std::string& schema_;
  std::vector<Required> required_;
};

}  // namespace

void make_extension_objects(Ddl& ddl, const extensions::Extension& extension, Oid oid, const std::string& schema) {
  Maker(ddl, extension, oid, schema).run();
}

}  // namespace commands
