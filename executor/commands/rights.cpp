#include "rights.h"

#include "catalog/acl.h"
#include "large_object.h"
#include "named_object.h"
#include "unqualified_object.h"
#include "written_name.h"

namespace commands {
namespace {

Oid oid_at(Ddl& ddl, const ObjectAddress& object, int column) {
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  return rows.next() ? rows.row().oid(column) : Oid{0};
}

[[noreturn]] void refuse(query::ObjectKind kind, const std::string& name) {
  throw SqlError("42501", std::string("must be owner of ") + rights_words(kind) + " " + name);
}

}  // namespace

Oid schema_of(Ddl& ddl, const ObjectAddress& object) {
  switch (object.catalog) {
    case pg_class::kOid: return oid_at(ddl, object, pg_class::relnamespace);
    case pg_type::kOid: return oid_at(ddl, object, pg_type::typnamespace);
    case pg_proc::kOid: return oid_at(ddl, object, pg_proc::pronamespace);
    case catalog::pg_operator::kOid: return oid_at(ddl, object, catalog::pg_operator::oprnamespace);
    default: {
      const catalog::NamedCatalog* named = named_catalog_of(object.catalog);
      return named != nullptr ? oid_at(ddl, object, named->schema) : Oid{0};
    }
  }
}

bool is_superuser(Ddl& ddl) { return ddl.catalog().is_superuser(ddl.catalog().user()); }

void require_ownership(Ddl& ddl, query::ObjectKind kind, const query::ObjectReference& written,
                       const ObjectAddress& object, Naming naming) {
  if (is_superuser(ddl)) return;
  Oid table = 0;
  switch (object.catalog) {
    case pg_class::kOid: table = object.oid; break;
    case pg_policy::kOid: table = oid_at(ddl, object, pg_policy::polrelid); break;
    case pg_trigger::kOid: table = oid_at(ddl, object, pg_trigger::tgrelid); break;
    case pg_rewrite::kOid: table = oid_at(ddl, object, pg_rewrite::ev_class); break;
    case pg_constraint::kOid: {
      table = oid_at(ddl, object, pg_constraint::conrelid);
      if (table != 0) break;
      const catalog::TypeInfo* domain = ddl.catalog().type(oid_at(ddl, object, pg_constraint::contypid));
      if (domain != nullptr && !ddl.owns(domain->owner))
        refuse(query::ObjectKind::type, ddl.catalog().format_type(domain->oid));
      return;
    }
    case pg_type::kOid: {
      const catalog::TypeInfo* type = ddl.catalog().type(object.oid);
      if (type != nullptr && !ddl.owns(type->owner))
        refuse(query::ObjectKind::type, ddl.catalog().format_type(type->oid));
      return;
    }
    case pg_authid::kOid: return;  // not owned
    case catalog::pg_extension::kOid:
      if (!ddl.owns(oid_at(ddl, object, catalog::pg_extension::extowner))) refuse(kind, written_name(written));
      return;
    case catalog::pg_operator::kOid:
      if (!ddl.owns(oid_at(ddl, object, catalog::pg_operator::oprowner))) refuse(kind, written_name(written));
      return;
    case catalog::pg_cast::kOid: {
      const catalog::TypeInfo* source = ddl.catalog().type(oid_at(ddl, object, catalog::pg_cast::castsource));
      const catalog::TypeInfo* target = ddl.catalog().type(oid_at(ddl, object, catalog::pg_cast::casttarget));
      if (!ddl.owns(source->owner) && !ddl.owns(target->owner))
        throw SqlError("42501", "must be owner of type " + ddl.catalog().format_type(source->oid) + " or type " +
                                    ddl.catalog().format_type(target->oid));
      return;
    }
    case kLargeObjects:
      if (!ddl.owns(oid_at(ddl, {kLargeObjectMetadata, object.oid, 0}, kLargeObjectOwner))) refuse(kind, written.name);
      return;
    default: {
      if (const catalog::NamedCatalog* named = named_catalog_of(object.catalog)) {
        if (named->owner < 0) throw SqlError("42501", "must be superuser");
        if (!ddl.owns(oid_at(ddl, object, named->owner)))
          refuse(kind, naming == Naming::bare ? written.name : written_name(written));
        return;
      }
      if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(object.catalog)) {
        if (!ddl.owns(oid_at(ddl, object, objects->owner))) refuse(kind, written.name);
        return;
      }
      const catalog::AclPlace* place = catalog::find_acl_place(object.catalog);
      constexpr Oid kAccessMethods = 2601;  // pg_am: nobody owns one
      if (object.catalog == kAccessMethods) throw SqlError("42501", "must be superuser");
      if (place == nullptr || !ddl.owns(oid_at(ddl, object, place->owner))) 
        // ALTER calls every routine a function.
        refuse(naming == Naming::bare && object.catalog == pg_proc::kOid ? query::ObjectKind::function : kind,
               naming == Naming::bare ? written.name : written_name(written));
      return;
    }
  }
  RelationPtr relation = ddl.reload(table);
  if (relation == nullptr) return;
  if (relation->kind == RelationKind::composite && !ddl.owns(relation->owner))
    refuse(query::ObjectKind::type, ddl.catalog().format_type(relation->row_type));
  const bool is_part = object.catalog != pg_class::kOid || object.sub != 0;
  if (is_part && !relation->system && !ddl.owns(relation->owner))
    throw SqlError("42501", "must be owner of relation " + relation->name);
  ddl.require_owner(*relation);
}

void require_may_drop(Ddl& ddl, query::ObjectKind kind, const query::ObjectReference& written,
                      const ObjectAddress& object) {
  if (is_superuser(ddl)) return;
  if (Oid schema = schema_of(ddl, object))
    if (ddl.owns(oid_at(ddl, {pg_namespace::kOid, schema, 0}, pg_namespace::nspowner))) return;
  require_ownership(ddl, kind, written, object, Naming::as_written);
}

namespace {

void require_on_schema(Ddl& ddl, Oid schema, types::Privileges privilege) {
  if (is_superuser(ddl)) return;
  const auto held = catalog::held_on(ddl.catalog(), ddl.catalog().user(), pg_namespace::kOid, schema);
  if (held && (held->privileges & privilege) == 0)
    throw SqlError("42501", "permission denied for schema " + ddl.catalog().schema_name(schema));
}

}  // namespace

void require_create_in(Ddl& ddl, Oid schema) { require_on_schema(ddl, schema, types::privilege::create); }
void require_usage_of(Ddl& ddl, Oid schema) { require_on_schema(ddl, schema, types::privilege::usage); }

void require_no_array_type(Ddl& ddl, const catalog::TypeInfo& type) {
  if (!type.is_true_array) return;
  throw SqlError("42809", "cannot alter array type " + ddl.catalog().format_type(type.oid))
      .with_hint("You can alter type " + ddl.catalog().format_type(type.element) + ", which will alter the array type as well.");
}

Oid grantee(Ddl& ddl, const query::RoleName& name) {
  return name.kind == query::RoleKind::public_ ? Oid{0} : ddl.role(name);
}

bool is_predefined_role(Oid role) { return role < types::kFirstNormalOid; }

void require_member_of(Ddl& ddl, Oid role) {
  if (!catalog::is_member_of(ddl.catalog(), ddl.catalog().user(), role))
    throw SqlError("42501", "must be member of role \"" + ddl.catalog().role_name(role) + "\"");
}

void require_may_give_to(Ddl& ddl, const ObjectAddress& object, Oid owner) {
  if (is_superuser(ddl)) return;
  require_member_of(ddl, owner);
  const Oid schema = schema_of(ddl, object);
  if (schema == 0) return;
  const auto held = catalog::held_on(ddl.catalog(), owner, pg_namespace::kOid, schema);
  if (held && (held->privileges & types::privilege::create) == 0)
    throw SqlError("42501", "permission denied for schema " + ddl.catalog().schema_name(schema));
}

}  // namespace commands
