// pg_get_object_address(): the object that a kind, names and arguments mean. The names are resolved as those of COMMENT ON.
#include <algorithm>
#include <array>
#include <charconv>

#include "catalog/catalog_functions.h"
#include "catalog/object_columns.h"
#include "commands/object_identity.h"
#include "ddl.h"
#include "foreign_objects.h"
#include "large_object.h"
#include "named_object.h"
#include "object_words.h"
#include "rename.h"
#include "unqualified_object.h"

namespace commands {
namespace {

using K = query::ObjectKind;

// How an object's names are to be read.
enum class Form : std::uint8_t {
  relation,        // schema, relation
  column, part,    // schema, relation, and what it has of that name
  qualified,       // schema, name
  of_method,       // access method, schema, name
  family_member,   // access method, schema, family, number
  simple,          // one name
  type, of_type,   // one name of a type
  routine, operator_,
  large_object, user_mapping, default_acl, published_table, published_schema, transform,
  unsupported
};

struct KnownType {
  std::string_view word;
  Form form;
  K kind = K::table;
};
constexpr KnownType kTypes[] = {
    {"table", Form::relation, K::table},
    {"index", Form::relation, K::index},
    {"sequence", Form::relation, K::sequence},
    {"view", Form::relation, K::view},
    {"materialized view", Form::relation, K::materialized_view},
    {"foreign table", Form::relation, K::foreign_table},
    {"table column", Form::column, K::column},
    {"foreign table column", Form::column, K::column},
    {"default value", Form::column, K::column},
    {"table constraint", Form::part, K::table_constraint},
    {"rule", Form::part, K::rule},
    {"trigger", Form::part, K::trigger},
    {"policy", Form::part, K::policy},
    {"aggregate", Form::routine, K::aggregate},
    {"function", Form::routine, K::function},
    {"procedure", Form::routine, K::procedure},
    {"operator", Form::operator_, K::operator_},
    {"type", Form::type, K::type},
    {"cast", Form::of_type, K::cast},
    {"domain constraint", Form::of_type, K::domain_constraint},
    {"transform", Form::transform},
    {"collation", Form::qualified, K::collation},
    {"conversion", Form::qualified, K::conversion},
    {"statistics object", Form::qualified, K::statistics},
    {"text search parser", Form::qualified, K::text_search_parser},
    {"text search dictionary", Form::qualified, K::text_search_dictionary},
    {"text search template", Form::qualified, K::text_search_template},
    {"text search configuration", Form::qualified, K::text_search_configuration},
    {"operator class", Form::of_method, K::operator_class},
    {"operator family", Form::of_method, K::operator_family},
    {"operator of access method", Form::family_member},
    {"function of access method", Form::family_member},
    {"language", Form::simple, K::language},
    {"schema", Form::simple, K::schema},
    {"role", Form::simple, K::role},
    {"database", Form::simple, K::database},
    {"tablespace", Form::simple, K::tablespace},
    {"access method", Form::simple, K::access_method},
    {"foreign-data wrapper", Form::simple, K::foreign_data_wrapper},
    {"server", Form::simple, K::foreign_server},
    {"extension", Form::simple, K::extension},
    {"event trigger", Form::simple, K::event_trigger},
    {"publication", Form::simple, K::publication},
    {"subscription", Form::simple, K::subscription},
    {"parameter ACL", Form::simple, K::parameter},
    {"large object", Form::large_object},
    {"user mapping", Form::user_mapping},
    {"default acl", Form::default_acl},
    {"publication relation", Form::published_table},
    {"publication namespace", Form::published_schema},
    {"toast table", Form::unsupported},
    {"composite type", Form::unsupported},
    {"index column", Form::unsupported},
    {"sequence column", Form::unsupported},
    {"toast table column", Form::unsupported},
    {"view column", Form::unsupported},
    {"materialized view column", Form::unsupported},
    {"composite type column", Form::unsupported},
};

[[noreturn]] void wrong_length(std::string_view list, std::string_view rule, int length) {
  throw SqlError("22023", std::string(list) + " list length must be " + std::string(rule) + " " + std::to_string(length));
}

std::vector<std::string> without_nulls(const std::vector<std::optional<std::string>>& list) {
  std::vector<std::string> result;
  for (const auto& item : list) {
    if (!item) throw SqlError("22023", "name or argument lists may not contain nulls");
    result.push_back(*item);
  }
  return result;
}

std::string dotted(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ".") + name;
  return text;
}

// As the grammar reads a type's name: an alias of the standard's is the catalogue's name of it.
std::string type_as_written(Ddl& ddl, const std::string& written, Oid oid) {
  const catalog::TypeInfo* type = ddl.catalog().type(oid);
  return type != nullptr && written != type->name && ddl.catalog().format_type(oid) != type->name
             ? "pg_catalog." + std::string(type->name)
             : written;
}

class Locator {
 public:
  Locator(Ddl& ddl, const AddressRequest& request, const std::function<Oid(const std::string&)>& type_named)
      : ddl_(ddl), type_named_(type_named) {
    const auto* known = std::ranges::find(kTypes, request.type, &KnownType::word);
    if (known == std::end(kTypes)) throw SqlError("22023", "unrecognized object type \"" + request.type + "\"");
    if (known->form == Form::unsupported) throw SqlError("22023", "unsupported object type \"" + request.type + "\"");
    known_ = known;
    read_lists(request);
  }

  ObjectAddress run() {
    switch (known_->form) {
      case Form::relation: return relation();
      case Form::column: return column();
      case Form::part: return part();
      case Form::qualified: return qualified(names_);
      case Form::of_method: return of_method(names_);
      case Form::family_member: return family_member();
      case Form::simple: return simple();
      case Form::type: return {pg_type::kOid, type_named_(names_[0]), 0};
      case Form::of_type: return known_->kind == K::cast ? cast() : domain_constraint();
      case Form::routine: return routine();
      case Form::operator_: return operator_of();
      case Form::large_object: return large_object();
      case Form::user_mapping: return user_mapping();
      case Form::default_acl: return default_acl();
      case Form::published_table: return published_table();
      case Form::published_schema: return published_schema();
      case Form::transform: return transform();
      case Form::unsupported: break;
    }
    throw SqlError::not_supported("addresses of objects of this kind");
  }

 private:
  void read_lists(const AddressRequest& request) {
    const Form form = known_->form;
    const bool typed = form == Form::type || form == Form::of_type || form == Form::transform;
    if ((typed || form == Form::large_object) && request.names.size() != 1) wrong_length("name", "exactly", 1);
    if (form == Form::large_object && !request.names[0]) throw SqlError("22023", "large object OID may not be null");
    names_ = without_nulls(request.names);
    if (names_.empty()) wrong_length("name", "at least", 1);
    arguments_ = without_nulls(request.arguments);
    switch (form) {
      case Form::user_mapping:
      case Form::published_schema:
        if (names_.size() != 1) wrong_length("name", "exactly", 1);
        [[fallthrough]];
      case Form::of_type:
      case Form::transform:
      case Form::published_table:
      case Form::default_acl:
        if (arguments_.size() != 1) wrong_length("argument", "exactly", 1);
        break;
      case Form::of_method:
        if (names_.size() < 2) wrong_length("name", "at least", 2);
        break;
      case Form::family_member:
        if (names_.size() < 3) wrong_length("name", "at least", 3);
        [[fallthrough]];
      case Form::operator_:
        if (arguments_.size() != 2) wrong_length("argument", "exactly", 2);
        break;
      case Form::simple:
        if (names_.size() != 1) wrong_length("name", "exactly", 1);
        break;
      default: break;
    }
  }

  // At most database, schema and name, and the database this one.
  query::ObjectReference reference(std::span<const std::string> names) {
    return named(names, catalog::NameOf::other);
  }
  query::ObjectReference relation_reference(std::span<const std::string> names) {
    return named(names, catalog::NameOf::relation);
  }
  query::ObjectReference named(std::span<const std::string> names, catalog::NameOf what) {
    auto [schema, name] = catalog::qualified_name(ddl_.catalog(), {names.begin(), names.end()}, what);
    query::ObjectReference object;
    object.schema = std::move(schema);
    object.name = std::move(name);
    return object;
  }
  ObjectAddress find(const query::ObjectReference& object) {
    return *find_object(ddl_, known_->kind, object, false, RelationLock::access_share);
  }
  std::span<const std::string> all_but_last() const { return std::span(names_).first(names_.size() - 1); }

  ObjectAddress relation() {
    const query::ObjectReference object = relation_reference(names_);
    const RelationPtr found = ddl_.open({object.schema, object.name, 0, true, -1}, RelationLock::access_share);
    const auto require = [&](bool holds, const char* what) {
      if (!holds) throw SqlError("42809", "\"" + found->name + "\" is not " + what);
    };
    const RelationKind kind = found->kind;
    switch (known_->kind) {
      case K::index: require(kind == RelationKind::index || kind == RelationKind::partitioned_index, "an index"); break;
      case K::sequence: require(kind == RelationKind::sequence, "a sequence"); break;
      case K::view: require(kind == RelationKind::view, "a view"); break;
      case K::materialized_view: require(kind == RelationKind::materialized_view, "a materialized view"); break;
      case K::foreign_table: require(kind == RelationKind::foreign_table, "a foreign table"); break;
      default: require(kind == RelationKind::table || kind == RelationKind::partitioned_table, "a table"); break;
    }
    return relation_address(found->oid);
  }

  ObjectAddress column() {
    if (names_.size() < 2) throw SqlError("42601", "column name must be qualified");
    query::ObjectReference object = relation_reference(all_but_last());
    object.part = names_.back();
    if (known_->word != "default value") return find(object);
    const RelationPtr relation = ddl_.open({object.schema, object.name, 0, true, -1}, RelationLock::access_share);
    const int place = relation->column_index(object.part);
    if (place >= 0) {
      RowReader rows = ddl_.writer().read(pg_attrdef::kOid, catalog::index::pg_attrdef_adrelid_adnum_index,
                                          {key_oid(relation->oid), key_int2(static_cast<std::int16_t>(place + 1))});
      if (rows.next()) return {pg_attrdef::kOid, rows.row().oid(pg_attrdef::oid), 0};
    }
    throw SqlError("42703", "default value for column \"" + object.part + "\" of relation \"" + dotted(all_but_last()) +
                                "\" does not exist");
  }

  ObjectAddress part() {
    if (names_.size() < 2) throw SqlError("42601", "must specify relation and object name");
    query::ObjectReference object = relation_reference(all_but_last());
    object.part = names_.back();
    return find(object);
  }

  ObjectAddress qualified(std::span<const std::string> names) { return find(reference(names)); }

  // A schema that is not there has nothing of the name.
  ObjectAddress of_method(std::span<const std::string> names, K kind = K::operator_family) {
    if (known_->form == Form::of_method) kind = known_->kind;
    if (catalog::find_access_method(ddl_.catalog(), names[0]) == 0)
      throw SqlError("42704", "access method \"" + names[0] + "\" does not exist");
    query::ObjectReference object = reference(names.subspan(1));
    object.part = names[0];
    return *find_object(ddl_, kind, object, false, RelationLock::access_share);
  }

  ObjectAddress family_member() {
    const bool is_function = known_->word == "function of access method";
    const ObjectAddress family = of_method(all_but_last());
    const std::array types{type_named_(arguments_[0]), type_named_(arguments_[1])};
    int number = 0;
    std::from_chars(names_.back().data(), names_.back().data() + names_.back().size(), number);
    const Oid catalog = is_function ? catalog::pg_amproc::kOid : catalog::pg_amop::kOid;
    RowReader rows = ddl_.writer().read(catalog, 0, catalog::Key{});
    while (rows.next()) {
      const Row& row = rows.row();
      if (row.oid(catalog::pg_amop::amopfamily) == family.oid && row.oid(catalog::pg_amop::amoplefttype) == types[0] &&
          row.oid(catalog::pg_amop::amoprighttype) == types[1] && row.int2(catalog::pg_amop::amopstrategy) == number)
        return {catalog, row.oid(0), 0};
    }
    throw SqlError("42704", std::string(is_function ? "function " : "operator ") + std::to_string(number) + " (" +
                                type_as_written(ddl_, arguments_[0], types[0]) + ", " +
                                type_as_written(ddl_, arguments_[1], types[1]) + ") of " + describe(ddl_, family) +
                                " does not exist");
  }

  ObjectAddress simple() {
    const std::string& name = names_[0];
    const auto missing = [&]() -> SqlError {
      return SqlError("42704", std::string(known_->word) + " \"" + name + "\" does not exist");
    };
    const auto by_name = [&](Oid catalog, int column) -> ObjectAddress {
      // Few: read them all.
      RowReader rows = ddl_.writer().read(catalog, 0, catalog::Key{});
      while (rows.next())
        if (rows.row().text(column) == name) return {catalog, rows.row().oid(0), 0};
      throw missing();
    };
    switch (known_->kind) {
      case K::access_method: return by_name(catalog::pg_am::kOid, catalog::pg_am::amname);
      case K::tablespace: return by_name(catalog::pg_tablespace::kOid, catalog::pg_tablespace::spcname);
      case K::parameter: return by_name(catalog::pg_parameter_acl::kOid, catalog::pg_parameter_acl::parname);
      default: break;
    }
    query::ObjectReference object;
    object.name = name;
    return find(object);
  }

  ObjectAddress cast() {
    query::ObjectReference object;
    object.arguments = {type_named_(names_[0]), type_named_(arguments_[0])};
    return find(object);
  }

  ObjectAddress domain_constraint() {
    query::ObjectReference object;
    object.type = type_named_(names_[0]);
    object.part = arguments_[0];
    if (const catalog::TypeInfo* type = ddl_.catalog().type(object.type); type != nullptr && type->kind != 'd')
      throw SqlError("42809", "\"" + type_as_written(ddl_, names_[0], object.type) + "\" is not a domain");
    return find(object);
  }

  ObjectAddress routine() {
    query::ObjectReference object = reference(names_);
    object.has_arguments = true;
    for (const std::string& argument : arguments_) object.arguments.push_back(type_named_(argument));
    return find(object);
  }

  ObjectAddress operator_of() {
    query::ObjectReference object = reference(names_);
    object.has_arguments = true;
    for (const std::string& argument : arguments_) object.arguments.push_back(type_named_(argument));
    return find(object);
  }

  ObjectAddress large_object() {
    const std::string& text = names_[0];
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
      throw SqlError("22P02", "invalid input syntax for type oid: \"" + text + "\"");
    if (error != std::errc() || number > 0xffff'ffff)
      throw SqlError("22003", "value \"" + text + "\" is out of range for type oid");
    query::ObjectReference object;
    object.name = text;
    return find_large_object(ddl_, object);
  }

  // Of one without a schema; 42704 where there is none.
  Oid unqualified(K kind, const std::string& name) {
    const catalog::UnqualifiedCatalog& objects = *unqualified_catalog_of(kind);
    if (const auto found = find_unqualified(ddl_, objects, name)) return found->oid;
    throw SqlError("42704", unqualified_missing(objects, name));
  }

  ObjectAddress user_mapping() {
    namespace mappings = catalog::pg_user_mapping;
    const std::string &user = names_[0], &server = arguments_[0];
    const auto missing = [&] {
      return SqlError("42704", "user mapping for user \"" + user + "\" on server \"" + server + "\" does not exist");
    };
    const Oid role = user == "public" ? 0 : ddl_.catalog().find_role(user);
    if (role == 0 && user != "public") throw missing();
    const Oid of = unqualified(K::foreign_server, server);
    RowReader rows = ddl_.writer().read(mappings::kOid, 0, catalog::Key{});
    while (rows.next())
      if (rows.row().oid(mappings::umuser) == role && rows.row().oid(mappings::umserver) == of)
        return {mappings::kOid, rows.row().oid(mappings::oid), 0};
    throw missing();
  }

  ObjectAddress default_acl() {
    namespace columns = catalog::pg_default_acl;
    const char letter = arguments_[0].empty() ? '\0' : arguments_[0][0];
    const std::string_view objects = default_acl_objects(letter);
    if (objects.empty())
      throw SqlError("22023", "unrecognized default ACL object type \"" + std::string(arguments_[0], 0, 1) + "\"")
          .with_hint("Valid object types are \"r\", \"S\", \"f\", \"T\", \"n\".");
    const std::string& user = names_[0];
    const std::string schema = names_.size() > 1 ? names_[1] : std::string();
    const Oid role = ddl_.catalog().find_role(user);
    const Oid in = schema.empty() ? 0 : ddl_.catalog().find_schema(schema);
    if (role != 0 && (schema.empty() || in != 0)) {
      RowReader rows = ddl_.writer().read(columns::kOid, 0, catalog::Key{});
      while (rows.next())
        if (rows.row().oid(columns::defaclrole) == role && rows.row().oid(columns::defaclnamespace) == in &&
            rows.row().letter(columns::defaclobjtype) == letter)
          return {columns::kOid, rows.row().oid(columns::oid), 0};
    }
    throw SqlError("42704", "default ACL for user \"" + user + "\"" +
                                (schema.empty() ? std::string() : " in schema \"" + schema + "\"") + " on " +
                                std::string(objects) + " does not exist");
  }

  ObjectAddress published_table() {
    namespace columns = catalog::pg_publication_rel;
    const query::ObjectReference object = relation_reference(names_);
    const RelationPtr table = ddl_.open({object.schema, object.name, 0, true, -1}, RelationLock::access_share);
    const Oid publication = unqualified(K::publication, arguments_[0]);
    RowReader rows = ddl_.writer().read(columns::kOid, 0, catalog::Key{});
    while (rows.next())
      if (rows.row().oid(columns::prrelid) == table->oid && rows.row().oid(columns::prpubid) == publication)
        return {columns::kOid, rows.row().oid(columns::oid), 0};
    throw SqlError("42704", "publication relation \"" + table->name + "\" in publication \"" + arguments_[0] +
                                "\" does not exist");
  }

  ObjectAddress published_schema() {
    namespace columns = catalog::pg_publication_namespace;
    const Oid schema = ddl_.catalog().find_schema(names_[0]);
    if (schema == 0) throw SqlError("3F000", "schema \"" + names_[0] + "\" does not exist");
    const Oid publication = unqualified(K::publication, arguments_[0]);
    RowReader rows = ddl_.writer().read(columns::kOid, 0, catalog::Key{});
    while (rows.next())
      if (rows.row().oid(columns::pnnspid) == schema && rows.row().oid(columns::pnpubid) == publication)
        return {columns::kOid, rows.row().oid(columns::oid), 0};
    throw SqlError("42704", "publication schema \"" + names_[0] + "\" in publication \"" + arguments_[0] + "\" does not exist");
  }

  // There cannot be any.
  ObjectAddress transform() {
    const Oid type = type_named_(names_[0]);
    query::ObjectReference language;
    language.name = arguments_[0];
    find_object(ddl_, K::language, language, false, RelationLock::access_share);
    throw SqlError("42704", "transform for type " + ddl_.catalog().format_type(type) + " language \"" +
                                arguments_[0] + "\" does not exist");
  }

  Ddl& ddl_;
  const std::function<Oid(const std::string&)>& type_named_;
  const KnownType* known_ = nullptr;
  std::vector<std::string> names_, arguments_;
};

}  // namespace

FoundAddress object_address(Host& host, const AddressRequest& request,
                            const std::function<Oid(const std::string&)>& type_named) {
  Ddl ddl(host);
  const ObjectAddress found = Locator(ddl, request, type_named).run();
  return {found.catalog, found.oid, found.sub};
}

}  // namespace commands
