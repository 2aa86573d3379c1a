#include "publication.h"

#include <algorithm>

#include "catalog/acl.h"
#include "catalog/object_columns.h"
#include "catalog/unqualified_objects.h"
#include "drop.h"
#include "query/serialize.h"
#include "relation_rows.h"
#include "rights.h"
#include "types/bool.h"
#include "unqualified_object.h"

namespace commands {
namespace {

namespace publications = catalog::pg_publication;
namespace published = catalog::pg_publication_rel;
namespace schemas = catalog::pg_publication_namespace;

struct PublicationRow {
  Oid oid = 0;
  std::string name;
  bool all_tables = false, via_root = false;
};

PublicationRow publication_row(Ddl& ddl, Oid oid) {
  RowReader rows = ddl.writer().read(publications::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return {};
  return {oid, rows.row().string(publications::pubname), rows.row().flag(publications::puballtables),
          rows.row().flag(publications::pubviaroot)};
}

bool truth_of(const query::Option& option) {
  if (!option.has_value) return true;
  if (const auto value = types::parse_bool(option.value())) return *value;
  throw SqlError("42601", option.name + " requires a Boolean value");
}

std::string trimmed(std::string text) {
  const auto blank = [](unsigned char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && blank(static_cast<unsigned char>(text.back()))) text.pop_back();
  while (!text.empty() && blank(static_cast<unsigned char>(text.front()))) text.erase(0, 1);
  return text;
}

void set_publish(RowBuilder& row, const std::string& list) {
  bool insert = false, update = false, remove = false, truncate = false;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    const std::string word = trimmed(list.substr(at, comma - at));
    at = comma + 1;
    if (word.empty() && list.empty()) break;
    if (word.empty()) throw SqlError("42601", "invalid list syntax in parameter \"publish\"");
    if (word == "insert") insert = true;
    else if (word == "update") update = true;
    else if (word == "delete") remove = true;
    else if (word == "truncate") truncate = true;
    else throw SqlError("42601", "unrecognized value for publication option \"publish\": \"" + word + "\"");
  }
  row.set(publications::pubinsert, insert);
  row.set(publications::pubupdate, update);
  row.set(publications::pubdelete, remove);
  row.set(publications::pubtruncate, truncate);
}

// Columns that options say; what they say nothing of stays.
void set_publication_options(RowBuilder& row, const std::vector<query::Option>& options) {
  bool publish = false, via_root = false;
  for (const query::Option& option : options) {
    bool* seen = option.name == "publish" ? &publish : option.name == "publish_via_partition_root" ? &via_root : nullptr;
    if (seen == nullptr) throw SqlError("42601", "unrecognized publication parameter: \"" + option.name + "\"");
    if (*seen) throw SqlError("42601", "conflicting or redundant options").at(option.location);
    *seen = true;
    if (option.name == "publish") set_publish(row, option.value());
    else row.set(publications::pubviaroot, truth_of(option));
  }
}

void require_publishable(const RelationDescriptor& table) {
  const char* what = nullptr;
  switch (table.kind) {
    case RelationKind::table:
    case RelationKind::partitioned_table: break;
    case RelationKind::view: what = "views"; break;
    case RelationKind::materialized_view: what = "materialized views"; break;
    case RelationKind::foreign_table: what = "foreign tables"; break;
    case RelationKind::sequence: what = "sequences"; break;
    case RelationKind::index: what = "indexes"; break;
    case RelationKind::partitioned_index: what = "partitioned indexes"; break;
    default: what = "composite types"; break;
  }
  if (what == nullptr && table.system) what = "system tables";
  if (what == nullptr && table.persistence == 't') what = "temporary tables";
  if (what == nullptr && table.persistence == 'u') what = "unlogged tables";
  if (what != nullptr)
    throw SqlError("22023", "cannot add relation \"" + table.name + "\" to publication")
        .with_detail(std::string("This operation is not supported for ") + what + ".");
}

std::vector<std::int16_t> column_list(const RelationDescriptor& table, const std::vector<std::string>& names) {
  std::vector<std::int16_t> columns;
  for (const std::string& name : names) {
    const int place = table.column_index(name);
    if (place < 0 && is_system_column(name))
      throw SqlError("42P10", "cannot use system column \"" + name + "\" in publication column list");
    if (place < 0)
      throw SqlError("42703", "column \"" + name + "\" of relation \"" + table.name + "\" does not exist");
    if (table.columns[static_cast<std::size_t>(place)].generated)
      throw SqlError("42P10", "cannot use generated column \"" + name + "\" in publication column list");
    const auto number = static_cast<std::int16_t>(place + 1);
    if (std::ranges::find(columns, number) != columns.end())
      throw SqlError("42710", "duplicate column \"" + name + "\" in publication column list");
    columns.push_back(number);
  }
  std::ranges::sort(columns);
  return columns;
}

// What one object of a statement stands for.
struct Published {
  RelationPtr table;
  const query::PublicationObject* object = nullptr;
};

class Publisher {
 public:
  Publisher(Ddl& ddl, PublicationRow publication, const query::DefinePublication& statement)
      : ddl_(ddl), publication_(std::move(publication)), statement_(statement) {
    for (const query::PublicationObject& object : statement.objects) {
      if (object.kind == query::PublicationObject::Kind::table) add_table(object);
      else add_schema(object);
    }
  }

  void require_lists_alone() const {
    if (schemas_.empty() && !has_schemas()) return;
    for (const Published& p : tables_)
      if (p.object->columns)
        throw SqlError("22023", "cannot use column list for relation \"" + p.table->schema_name + "." + p.table->name +
                                    "\" in publication \"" + publication_.name + "\"")
            .with_detail("Column lists cannot be specified in publications containing FOR TABLES IN SCHEMA elements.");
  }

  // Nor may a schema come to tables that have lists.
  void require_no_lists() const {
    if (schemas_.empty() || statement_.action == query::DefinePublication::Action::set) return;
    RowReader rows = ddl_.writer().read(published::kOid, published::kPublicationIndex, {key_oid(publication_.oid)});
    while (rows.next())
      if (!rows.row().is_null(published::prattrs))
        throw SqlError("22023", "cannot add schema to publication \"" + publication_.name + "\"")
            .with_detail("Schemas cannot be added if any tables that specify a column list are already part of the publication.");
  }

  void add() {
    require_lists_alone();
    require_no_lists();
    for (const Published& p : tables_) insert_table(p);
    for (const Oid schema : schemas_) insert_schema(schema);
  }

  void drop() {
    std::vector<ObjectAddress> gone;
    for (const Published& p : tables_) {
      if (p.object->columns)
        throw SqlError("42601", "column list must not be specified in ALTER PUBLICATION ... DROP");
      const Oid row = find_table(p.table->oid);
      if (row == 0)
        throw SqlError("42704", "relation \"" + p.table->name + "\" is not part of the publication");
      if (p.object->where) throw SqlError("42601", "cannot use a WHERE clause when removing a table from a publication");
      gone.push_back({published::kOid, row, 0});
    }
    for (const Oid schema : schemas_) {
      const Oid row = find_schema(schema);
      if (row == 0)
        throw SqlError("42704", "tables from schema \"" + ddl_.catalog().schema_name(schema) +
                                    "\" are not part of the publication");
      gone.push_back({schemas::kOid, row, 0});
    }
    if (!gone.empty()) perform_deletion(ddl_, gone, false);
  }

  void set() {
    std::vector<ObjectAddress> gone;
    {
      RowReader rows = ddl_.writer().read(published::kOid, published::kPublicationIndex, {key_oid(publication_.oid)});
      while (rows.next()) gone.push_back({published::kOid, rows.row().oid(published::oid), 0});
      RowReader others = ddl_.writer().read(schemas::kOid, 0, catalog::Key{});
      while (others.next())
        if (others.row().oid(schemas::pnpubid) == publication_.oid) gone.push_back({schemas::kOid, others.row().oid(0), 0});
    }
    if (!gone.empty()) perform_deletion(ddl_, gone, false);
    add();
  }

  bool names_schemas() const { return !schemas_.empty(); }
  bool names_tables() const { return !tables_.empty(); }

 private:
  void add_table(const query::PublicationObject& object) {
    RelationPtr table = ddl_.open(object.relation, RelationLock::share_update_exclusive);
    add_one(table, object, false);
    if (!object.relation.include_children || table->kind == RelationKind::partitioned_table) return;
    for (std::size_t i = 0; i < table->children.size(); ++i)
      if (RelationPtr child = ddl_.reload(table->children[i])) add_descendants(child, object);
  }
  void add_descendants(const RelationPtr& table, const query::PublicationObject& object) {
    add_one(table, object, true);
    for (const Oid child : table->children)
      if (RelationPtr below = ddl_.reload(child)) add_descendants(below, object);
  }
  void add_one(const RelationPtr& table, const query::PublicationObject& object, bool inherited) {
    for (const Published& other : tables_) {
      if (other.table->oid != table->oid) continue;
      if (inherited) return;
      if (object.where || other.object->where)
        throw SqlError("42710", "conflicting or redundant WHERE clauses for table \"" + table->name + "\"");
      if (object.columns || other.object->columns)
        throw SqlError("42710", "conflicting or redundant column lists for table \"" + table->name + "\"");
      return;
    }
    tables_.push_back({table, &object});
  }

  void add_schema(const query::PublicationObject& object) {
    Oid schema = 0;
    if (object.kind == query::PublicationObject::Kind::current_schema) {
      for (const Oid candidate : ddl_.catalog().search_schemas())
        if (candidate != catalog::kPgCatalogSchema && candidate != ddl_.catalog().temporary_schema()) {
          schema = candidate;
          break;
        }
      if (schema == 0) throw SqlError("3F000", "no schema has been selected for CURRENT_SCHEMA");
    } else {
      schema = ddl_.catalog().schema_oid(object.schema);
    }
    if (std::ranges::find(schemas_, schema) == schemas_.end()) schemas_.push_back(schema);
  }

  bool has_schemas() const {
    RowReader rows = ddl_.writer().read(schemas::kOid, 0, catalog::Key{});
    while (rows.next())
      if (rows.row().oid(schemas::pnpubid) == publication_.oid && statement_.action != query::DefinePublication::Action::set)
        return true;
    return false;
  }

  Oid find_table(Oid table) const {
    RowReader rows = ddl_.writer().read(published::kOid, published::kRelationIndex,
                                        {key_oid(table), key_oid(publication_.oid)});
    return rows.next() ? rows.row().oid(published::oid) : Oid{0};
  }
  Oid find_schema(Oid schema) const {
    RowReader rows = ddl_.writer().read(schemas::kOid, schemas::kSchemaIndex, {key_oid(schema), key_oid(publication_.oid)});
    return rows.next() ? rows.row().oid(schemas::oid) : Oid{0};
  }

  void insert_table(const Published& p) {
    const RelationDescriptor& table = *p.table;
    if (!table.system && !ddl_.owns(table.owner))
      throw SqlError("42501", "must be owner of " + std::string(kind_name(table.kind)) + " " + table.name);
    if (find_table(table.oid) != 0)
      throw SqlError("42710", "relation \"" + table.name + "\" is already member of publication \"" + publication_.name + "\"");
    require_publishable(table);
    if (table.kind == RelationKind::partitioned_table && !publication_.via_root && (p.object->where || p.object->columns)) {
      const bool filter = p.object->where != nullptr;
      throw SqlError("22023", std::string("cannot use ") + (filter ? "publication WHERE clause" : "column list") +
                                  " for relation \"" + (filter ? table.name : table.schema_name + "." + table.name) + "\"" +
                                  (filter ? "" : " in publication \"" + publication_.name + "\""))
          .with_detail(filter ? "WHERE clause cannot be used for a partitioned table when publish_via_partition_root is false."
                              : "Column lists cannot be specified for partitioned tables when publish_via_partition_root is "
                                "false.");
    }
    const ObjectAddress self{published::kOid, ddl_.writer().allocate_oid(), 0};
    RowBuilder row = ddl_.writer().row(self.catalog);
    row.set(published::oid, self.oid);
    row.set(published::prpubid, publication_.oid);
    row.set(published::prrelid, table.oid);
    std::vector<std::int16_t> columns;
    if (p.object->columns) {
      columns = column_list(table, *p.object->columns);
      row.set(published::prattrs, std::span<const std::int16_t>(columns));
    }
    if (p.object->where) {
      require_row_filter(ddl_, *p.object->where);
      row.set(published::prqual, query::serialize(*p.object->where));
    }
    ddl_.writer().insert(row);
    ddl_.depend(self, {publications::kOid, publication_.oid, 0}, Dependency::automatic);
    ddl_.depend(self, relation_address(table.oid), Dependency::automatic);
    for (const std::int16_t column : columns) ddl_.depend(self, relation_address(table.oid, column), Dependency::normal);
    if (p.object->where) ddl_.depend_on_expression(self, *p.object->where, table.oid, Dependency::normal);
  }

  void insert_schema(Oid schema) {
    const std::string name = ddl_.catalog().schema_name(schema);
    if (find_schema(schema) != 0)
      throw SqlError("42710", "schema \"" + name + "\" is already member of publication \"" + publication_.name + "\"");
    const bool is_system = schema == catalog::kPgCatalogSchema || name == "pg_toast";
    if (is_system || name.starts_with(kTemporarySchemaPrefix))
      throw SqlError("22023", "cannot add schema \"" + name + "\" to publication")
          .with_detail(is_system ? "This operation is not supported for system schemas."
                                 : "Temporary schemas cannot be replicated.");
    const ObjectAddress self{schemas::kOid, ddl_.writer().allocate_oid(), 0};
    RowBuilder row = ddl_.writer().row(self.catalog);
    row.set(schemas::oid, self.oid);
    row.set(schemas::pnpubid, publication_.oid);
    row.set(schemas::pnnspid, schema);
    ddl_.writer().insert(row);
    ddl_.depend(self, {publications::kOid, publication_.oid, 0}, Dependency::automatic);
    ddl_.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::automatic);
  }

  Ddl& ddl_;
  PublicationRow publication_;
  const query::DefinePublication& statement_;
  std::vector<Published> tables_;
  std::vector<Oid> schemas_;
};

void create_publication(Ddl& ddl, const query::DefinePublication& s) {
  const auto held = catalog::held_on(ddl.catalog(), ddl.catalog().user(), pg_database::kOid, ddl.catalog().database_oid());
  if (held && (held->privileges & types::privilege::create) == 0) {
    RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(ddl.catalog().database_oid())});
    throw SqlError("42501", "permission denied for database " + (rows.next() ? rows.row().string(pg_database::datname) : ""));
  }
  if (s.all_tables && !is_superuser(ddl))
    throw SqlError("42501", "must be superuser to create FOR ALL TABLES publication");
  if (find_unqualified(ddl, *catalog::unqualified_catalog(publications::kOid), s.name))
    throw SqlError("42710", "publication \"" + s.name + "\" already exists");
  const Oid oid = ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(publications::kOid);
  row.set(publications::oid, oid);
  row.set(publications::pubname, s.name);
  row.set(publications::pubowner, ddl.catalog().user());
  row.set(publications::puballtables, s.all_tables);
  for (const int column : {int{publications::pubinsert}, int{publications::pubupdate}, int{publications::pubdelete},
                           int{publications::pubtruncate}})
    row.set(column, true);
  row.set(publications::pubviaroot, false);
  set_publication_options(row, s.options);
  ddl.writer().insert(row);
  Publisher publisher(ddl, publication_row(ddl, oid), s);
  if (publisher.names_schemas() && !is_superuser(ddl))
    throw SqlError("42501", "must be superuser to create FOR TABLES IN SCHEMA publication");
  publisher.add();
  ddl.host().notice({"WARNING", "55000", "wal_level is insufficient to publish logical changes", {},
                     "Set wal_level to \"logical\" before creating subscriptions."});
}

}  // namespace

void define_publication(Ddl& ddl, const query::DefinePublication& s) {
  using Action = query::DefinePublication::Action;
  if (s.action == Action::create) return create_publication(ddl, s);
  const ObjectAddress self = owned_unqualified(ddl, query::ObjectKind::publication, s.name);
  const PublicationRow publication = publication_row(ddl, self.oid);
  if (s.action == Action::options) {
    RowBuilder row = ddl.writer().row(publications::kOid);
    set_publication_options(row, s.options);
    ddl.writer().update_one(0, {key_oid(self.oid)}, row);
    return;
  }
  Publisher publisher(ddl, publication, s);
  if (publisher.names_schemas() && s.action != Action::drop && !is_superuser(ddl))
    throw SqlError("42501", "must be superuser to add or set schemas");
  if (publication.all_tables && (publisher.names_schemas()))
    throw SqlError("55000", "publication \"" + publication.name + "\" is defined as FOR ALL TABLES")
        .with_detail("Schemas cannot be added to or dropped from FOR ALL TABLES publications.");
  if (publication.all_tables && publisher.names_tables())
    throw SqlError("55000", "publication \"" + publication.name + "\" is defined as FOR ALL TABLES")
        .with_detail("Tables cannot be added to or dropped from FOR ALL TABLES publications.");
  switch (s.action) {
    case Action::add: publisher.add(); break;
    case Action::drop: publisher.drop(); break;
    default: publisher.set(); break;
  }
}

std::string describe_published(Ddl& ddl, const ObjectAddress& object) {
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  if (!rows.next()) return "publication";
  if (object.catalog == schemas::kOid)
    return "publication of schema " + ddl.catalog().schema_name(rows.row().oid(schemas::pnnspid)) + " in publication " +
           publication_row(ddl, rows.row().oid(schemas::pnpubid)).name;
  return "publication of " + describe(ddl, relation_address(rows.row().oid(published::prrelid))) + " in publication " +
         publication_row(ddl, rows.row().oid(published::prpubid)).name;
}

}  // namespace commands
