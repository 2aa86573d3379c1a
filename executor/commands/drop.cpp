// DROP of each kind: finding the objects and PostgreSQL's words when they are not there.
#include "drop.h"
#include "catalog/access_methods.h"
#include "extension.h"
#include "named_object.h"
#include "operator_lookup.h"
#include "rights.h"
#include "routine_lookup.h"
#include "unqualified_object.h"
#include "written_name.h"

#include <algorithm>

namespace commands {
namespace {

struct RelationKindWords {
  query::ObjectKind object;
  RelationKind kind;
  const char* article;  // `"x" is not a table`
  const char* hint;     // Use DROP VIEW to remove a view.
};
constexpr RelationKindWords kRelationKinds[] = {
    {query::ObjectKind::table, RelationKind::table, "a table",
     "Use DROP TABLE to remove a table."},
    {query::ObjectKind::view, RelationKind::view, "a view", "Use DROP VIEW to remove a view."},
    {query::ObjectKind::materialized_view, RelationKind::materialized_view, "a materialized view",
     "Use DROP MATERIALIZED VIEW to remove a materialized view."},
    {query::ObjectKind::index, RelationKind::index, "an index",
     "Use DROP INDEX to remove an index."},
    {query::ObjectKind::sequence, RelationKind::sequence, "a sequence",
     "Use DROP SEQUENCE to remove a sequence."},
    {query::ObjectKind::type, RelationKind::composite, "a type",
     "Use DROP TYPE to remove a type."},
    {query::ObjectKind::foreign_table, RelationKind::foreign_table, "a foreign table",
     "Use DROP FOREIGN TABLE to remove a foreign table."},
};

const RelationKindWords* words_of(query::ObjectKind kind) {
  for (const RelationKindWords& words : kRelationKinds)
    if (words.object == kind) return &words;
  return nullptr;
}

class Dropper {
 public:
  Dropper(Ddl& ddl, const query::Drop& statement) : ddl_(ddl), statement_(statement) {}

  void run() {
    if (statement_.concurrently) require_one_index();
    std::vector<ObjectAddress> found;
    for (std::size_t i = 0; i < statement_.objects.size(); ++i) {
      const query::ObjectReference& object = statement_.objects[i];
      words_ = i < statement_.missing.size() ? &statement_.missing[i] : nullptr;
      if (words_ != nullptr && words_->certain) {
        ddl_.notice("00000", words_->message + ", skipping");
        continue;
      }
      if (auto address = find(object)) {
        require_may_drop(ddl_, statement_.kind, object, *address);
        if (std::find(found.begin(), found.end(), *address) == found.end())
          found.push_back(*address);
      }
    }
    if (!found.empty()) perform_deletion(ddl_, found, statement_.cascade);
  }

 private:
  void require_one_index() const {
    if (statement_.objects.size() != 1)
      throw SqlError("0A000", "DROP INDEX CONCURRENTLY does not support dropping multiple objects");
    if (statement_.cascade) throw SqlError("0A000", "DROP INDEX CONCURRENTLY does not support CASCADE");
    const query::ObjectReference& index = statement_.objects.front();
    const RelationPtr relation = ddl_.catalog().relation(ddl_.catalog().find_relation(index.schema, index.name));
    // Nobody else waits for a temporary one.
    if (relation != nullptr && relation->kind == RelationKind::partitioned_index && relation->persistence != 't')
      throw SqlError("0A000", "cannot drop partitioned index \"" + index.name + "\" concurrently");
  }

  std::optional<ObjectAddress> find(const query::ObjectReference& object) {
    switch (statement_.kind) {
      case query::ObjectKind::table:
      case query::ObjectKind::view:
      case query::ObjectKind::materialized_view:
      case query::ObjectKind::index:
      case query::ObjectKind::foreign_table:
      case query::ObjectKind::sequence: return find_relation(object);
      case query::ObjectKind::schema: return find_schema(object);
      case query::ObjectKind::type:
      case query::ObjectKind::domain: return find_type(object);
      case query::ObjectKind::function:
      case query::ObjectKind::procedure:
      case query::ObjectKind::routine:
      case query::ObjectKind::aggregate: return find_function(object);
      case query::ObjectKind::operator_: return find_operator_object(object);
      case query::ObjectKind::cast: return find_cast_object(object);
      case query::ObjectKind::trigger: return find_trigger(object);
      case query::ObjectKind::policy: return find_policy(object);
      case query::ObjectKind::rule: return find_rule(object);
      case query::ObjectKind::extension: return find_extension_object(object);
      default:
        if (const catalog::NamedCatalog* named = named_catalog_of(statement_.kind)) return find_named_object(object, *named);
        if (const catalog::UnqualifiedCatalog* objects = unqualified_catalog_of(statement_.kind)) {
          const auto found = find_unqualified(ddl_, *objects, object.name);
          if (found && statement_.kind == query::ObjectKind::language) require_droppable_language(*found, object.name);
          if (found) return found;
          if (!statement_.missing_ok) throw SqlError("42704", unqualified_missing(*objects, object.name));
          missing(unqualified_missing(*objects, object.name));
          return std::nullopt;
        }
        if (statement_.kind == query::ObjectKind::transform) {
          // There is none: languages that would have some are not there.
          if (!statement_.missing_ok) require_language(object.part);
          const std::string message = "transform for type " +
                                      (object.type != 0 ? ddl_.catalog().format_type(object.type) : object.name) +
                                      " language \"" + object.part + "\" does not exist";
          if (!statement_.missing_ok) throw SqlError("42704", message);
          missing(message);
          return std::nullopt;
        }
        if (statement_.kind == query::ObjectKind::access_method && catalog::method_by_name(object.name) != 0)
          throw SqlError("2BP01", "cannot drop access method " + object.name + " because it is required by the database system");
        if (statement_.missing_ok) {
          missing(std::string(query::object_kind_name(statement_.kind)) + " \"" + written_name(object) +
                  "\" does not exist");
          return std::nullopt;
        }
        throw SqlError("42704", std::string(query::object_kind_name(statement_.kind)) + " \"" +
                                    written_name(object) + "\" does not exist");
    }
  }

  void require_droppable_language(const ObjectAddress& language, const std::string& name) const {
    if (language.oid == catalog::kPlpgsqlLanguage)
      throw SqlError("2BP01", "cannot drop language plpgsql because extension plpgsql requires it")
          .with_hint("You can drop extension plpgsql instead.");
    if (language.oid < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop language " + name + " because it is required by the database system");
  }

  void require_language(const std::string& name) const {
    RowReader rows = ddl_.writer().read(catalog::pg_language::kOid, 0, catalog::Key{});
    while (rows.next())
      if (rows.row().text(catalog::pg_language::lanname) == name) return;
    throw SqlError("42704", "language \"" + name + "\" does not exist");
  }

  std::optional<ObjectAddress> find_named_object(const query::ObjectReference& object, const catalog::NamedCatalog& named) {
    auto found = find_named(ddl_, named, object);
    if (!found && !statement_.missing_ok) {
      if (!object.schema.empty()) ddl_.catalog().schema_oid(object.schema);  // 3F000
      throw named_missing_error(named, object);
    }
    if (!found) {
      const bool no_schema = !object.schema.empty() && ddl_.catalog().find_schema(object.schema) == 0;
      missing(no_schema ? "schema \"" + object.schema + "\" does not exist" : named_missing(named, object));
      return std::nullopt;
    }
    if (found->oid < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop " + describe(ddl_, *found) + " because it is required by the database system");
    return found;
  }

  void missing(const std::string& message) {
    const bool written = words_ != nullptr && !words_->message.empty();
    ddl_.notice("00000", (written ? words_->message : message) + ", skipping");
  }

  std::optional<ObjectAddress> find_trigger(const query::ObjectReference& object) {
    return find_on_relation(object, "trigger", pg_trigger::kOid, &catalog::RelationDescriptor::triggers);
  }
  std::optional<ObjectAddress> find_policy(const query::ObjectReference& object) {
    return find_on_relation(object, "policy", pg_policy::kOid, &catalog::RelationDescriptor::policies);
  }

  std::optional<ObjectAddress> find_rule(const query::ObjectReference& object) {
    // A view's own one can be named, too.
    RelationPtr relation = ddl_.catalog().open_relation(object.schema, object.name, RelationLock::access_exclusive,
                                                        statement_.missing_ok);
    if (relation != nullptr && object.part == "_RETURN") {
      RowReader rows = ddl_.writer().read(pg_rewrite::kOid, catalog::index::pg_rewrite_rel_rulename_index,
                                          {key_oid(relation->oid), key_text("_RETURN")});
      if (rows.next()) return ObjectAddress{pg_rewrite::kOid, rows.row().oid(pg_rewrite::oid), 0};
    }
    return find_on_relation(object, "rule", pg_rewrite::kOid, &catalog::RelationDescriptor::rules);
  }

  // What has a name of its own on a relation only.
  template <typename Part>
  std::optional<ObjectAddress> find_on_relation(const query::ObjectReference& object, const std::string& kind, Oid catalog_oid,
                                                std::vector<Part> catalog::RelationDescriptor::* parts) {
    RelationPtr relation = ddl_.catalog().open_relation(object.schema, object.name, RelationLock::access_exclusive,
                                                        statement_.missing_ok);
    if (relation == nullptr) {
      const bool no_schema = !object.schema.empty() && ddl_.catalog().find_schema(object.schema) == 0;
      missing(no_schema ? "schema \"" + object.schema + "\" does not exist"
                        : "relation \"" + written_name(object) + "\" does not exist");
      return std::nullopt;
    }
    for (const Part& part : (*relation).*parts)
      if (part.name == object.part) return ObjectAddress{catalog_oid, part.oid, 0};
    const std::string message = kind + " \"" + object.part + "\" for " +
                                (statement_.missing_ok || kind == "rule" ? "relation" : "table") + " \"" + relation->name +
                                "\" does not exist";
    if (!statement_.missing_ok) throw SqlError("42704", message);
    missing(message);
    return std::nullopt;
  }

  std::optional<ObjectAddress> find_relation(const query::ObjectReference& object) {
    const RelationKindWords& words = *words_of(statement_.kind);
    if (!object.schema.empty() && ddl_.catalog().find_schema(object.schema) == 0 &&
        statement_.missing_ok) {
      missing("schema \"" + object.schema + "\" does not exist");
      return std::nullopt;
    }
    if (!object.schema.empty()) (void)ddl_.catalog().schema_oid(object.schema);
    RelationPtr relation = ddl_.catalog().open_relation(object.schema, object.name,
                                                        RelationLock::access_exclusive, true);
    if (relation == nullptr) {
      const std::string message = std::string(query::object_kind_name(statement_.kind)) + " \"" + object.name + "\" does not exist";
      if (!statement_.missing_ok)
        throw SqlError(statement_.kind == query::ObjectKind::index ? "42704" : "42P01", message);
      missing(message);
      return std::nullopt;
    }
    RelationKind kind = relation->kind;
    if (kind == RelationKind::partitioned_table) kind = RelationKind::table;
    if (kind == RelationKind::partitioned_index) kind = RelationKind::index;
    if (kind != words.kind) {
      SqlError error("42809", "\"" + relation->name + "\" is not " + words.article);
      for (const RelationKindWords& right : kRelationKinds)
        if (right.kind == kind) throw std::move(error).with_hint(right.hint);
      throw error;
    }
    if (relation->system) ddl_.require_owner(*relation);
    return relation_address(relation->oid);
  }

  std::optional<ObjectAddress> find_schema(const query::ObjectReference& object) {
    Oid schema = ddl_.catalog().find_schema(object.name);
    if (schema == 0) {
      std::string message = "schema \"" + object.name + "\" does not exist";
      if (!statement_.missing_ok) throw SqlError("3F000", message);
      missing(message);
      return std::nullopt;
    }
    if (schema < types::kFirstNormalOid && schema != catalog::kPublicSchema)
      throw SqlError("2BP01", "cannot drop schema " + object.name +
                                  " because it is required by the database system");
    return ObjectAddress{pg_namespace::kOid, schema, 0};
  }

  std::optional<ObjectAddress> find_type(const query::ObjectReference& object) {
    const catalog::TypeInfo* type = object.type != 0
                                        ? ddl_.catalog().type(object.type)
                                        : ddl_.catalog().find_type(object.schema, object.name);
    if (type == nullptr) {
      std::string message = "type \"" + written_name(object) + "\" does not exist";
      if (!statement_.missing_ok) throw SqlError("42704", message);
      missing(message);
      return std::nullopt;
    }
    if (statement_.kind == query::ObjectKind::domain && type->kind != 'd')
      throw SqlError("42809", "\"" + written_name(object) + "\" is not a domain");
    if (type->oid < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop type " + ddl_.catalog().format_type(type->oid) +
                                  " because it is required by the database system");
    // A composite type made by itself is dropped with its relation.
    if (type->kind == 'c')
      if (RelationPtr relation = ddl_.catalog().relation(type->relation);
          relation != nullptr && relation->kind == RelationKind::composite)
        return relation_address(relation->oid);
    return ObjectAddress{pg_type::kOid, type->oid, 0};
  }

  std::optional<ObjectAddress> find_function(const query::ObjectReference& object) {
    std::string what(query::object_kind_name(statement_.kind));
    std::string signature = written_name(object) + "(";
    for (std::size_t i = 0; i < object.arguments.size(); ++i)
      signature += (i > 0 ? "," : "") + ddl_.catalog().format_type(object.arguments[i]);
    signature += ")";
    const catalog::FunctionInfo* f = find_routine(ddl_, statement_.kind, object, statement_.missing_ok);
    if (f == nullptr) {
      missing(what + " " + signature + " does not exist");
      return std::nullopt;
    }
    if (statement_.kind == query::ObjectKind::function && f->kind == 'a')
      throw SqlError("42809", "\"" + written_name(object) + "\" is an aggregate function")
          .with_hint("Use DROP AGGREGATE to drop aggregate functions.");
    if (f->oid < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop function " + signature +
                                  " because it is required by the database system");
    return ObjectAddress{pg_proc::kOid, f->oid, 0};
  }

  // A type of the arguments that is not there makes the object missing, too.
  bool types_exist(const query::ObjectReference& object) const {
    return object.arguments.size() < 2 || (object.arguments[0] != 0 && object.arguments[1] != 0) ||
           statement_.kind == query::ObjectKind::operator_;
  }

  std::optional<ObjectAddress> find_operator_object(const query::ObjectReference& object) {
    const catalog::OperatorInfo* op = find_operator(ddl_, object, statement_.missing_ok);
    if (op == nullptr) {
      missing("operator " + written_name(object) + " does not exist");
      return std::nullopt;
    }
    if (op->oid < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop operator " + operator_signature(ddl_, *op) +
                                  " because it is required by the database system");
    return ObjectAddress{catalog::pg_operator::kOid, op->oid, 0};
  }

  std::optional<ObjectAddress> find_extension_object(const query::ObjectReference& object) {
    const Oid extension = find_extension(ddl_, object.name);
    if (extension == 0) {
      const std::string message = "extension \"" + object.name + "\" does not exist";
      if (!statement_.missing_ok) throw SqlError("42704", message);
      missing(message);
      return std::nullopt;
    }
    const ObjectAddress address{catalog::pg_extension::kOid, extension, 0};
    require_may_drop(ddl_, statement_.kind, object, address);
    if (extension < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop extension " + object.name + " because it is required by the database system");
    return address;
  }

  std::optional<ObjectAddress> find_cast_object(const query::ObjectReference& object) {
    const Oid source = object.arguments[0], target = object.arguments[1];
    const Oid cast = types_exist(object) ? find_cast(ddl_, source, target, statement_.missing_ok) : 0;
    if (cast == 0) {
      auto name = [&](Oid type) { return type != 0 ? ddl_.catalog().format_type(type) : std::string("-"); };
      missing("cast from type " + name(source) + " to type " + name(target) + " does not exist");
      return std::nullopt;
    }
    if (cast < types::kFirstNormalOid)
      throw SqlError("2BP01", "cannot drop cast from " + ddl_.catalog().format_type(source) + " to " +
                                  ddl_.catalog().format_type(target) + " because it is required by the database system");
    return ObjectAddress{catalog::pg_cast::kOid, cast, 0};
  }

  Ddl& ddl_;
  const query::Drop& statement_;
  const query::Drop::Missing* words_ = nullptr;  // of the object at hand
};

}  // namespace

void drop(Ddl& ddl, const query::Drop& statement) { Dropper(ddl, statement).run(); }

}  // namespace commands
