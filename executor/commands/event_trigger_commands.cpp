// What a statement has made or changed, for pg_event_trigger_ddl_commands().
#include "commands/event_triggers.h"
#include "commands/object_identity.h"
#include "create_table.h"
#include "ddl.h"
#include "named_object.h"
#include "query/statements.h"
#include "rename.h"
#include "routine_lookup.h"
#include "unqualified_object.h"

namespace commands {
namespace {

using K = query::ObjectKind;

class StatementObjects {
 public:
  StatementObjects(Ddl& ddl, std::string_view tag) : ddl_(ddl), tag_(tag) {}

  std::vector<DdlCommand> commands;

  void operator()(const query::CreateTable& s) { new_table(s.name, s.columns); }
  void operator()(const query::CreateTableAs& s) { relation(s.name, tag_ == "SELECT INTO" ? "SELECT INTO" : tag_); }
  void operator()(const query::RefreshMaterializedView& s) { relation(s.name, tag_); }
  void operator()(const query::CreateView& s) { relation(s.name, tag_); }
  void operator()(const query::CreateSequence& s) { relation(s.name, tag_); }
  void operator()(const query::AlterSequence& s) { relation(s.name, tag_); }
  void operator()(const query::CreateComposite& s) {
    if (const catalog::TypeInfo* type = ddl_.catalog().find_type(s.name.schema, s.name.name)) add({pg_type::kOid, type->oid, 0});
  }
  void operator()(const query::CreateEnum& s) { type(s.name); }
  void operator()(const query::AlterEnum& s) { type(s.name); }
  void operator()(const query::CreateRange& s) { type(s.name); }
  void operator()(const query::CreateShellType& s) { type(s.name); }
  void operator()(const query::CreateBaseType& s) { type(s.name); }
  void operator()(const query::AlterBaseType& s) { add({pg_type::kOid, s.type, 0}); }
  void operator()(const query::CreateDomain& s) { type(s.name); }
  void operator()(const query::AlterDomain& s) { type(s.name); }
  void operator()(const query::AlterTable& s) { relation(s.table, tag_); }
  void operator()(const query::CreateIndex& s) {
    if (!s.name.empty()) {
      const RelationPtr table = find(s.table);
      if (table == nullptr) return;
      for (const catalog::IndexDescriptor& index : table->indexes)
        if (index.name == s.name) add(relation_address(index.oid));
      return;
    }
    // The newest one of the table has the name that was chosen.
    const RelationPtr table = find(s.table);
    if (table == nullptr || table->indexes.empty()) return;
    const catalog::IndexDescriptor* newest = &table->indexes.front();
    for (const catalog::IndexDescriptor& index : table->indexes)
      if (index.oid > newest->oid) newest = &index;
    add(relation_address(newest->oid));
  }
  void operator()(const query::CreateSchema& s) {
    const std::string name = s.name.empty() && s.authorization ? ddl_.catalog().role_name(ddl_.role(*s.authorization)) : s.name;
    if (const Oid schema = ddl_.catalog().find_schema(name)) add({pg_namespace::kOid, schema, 0});
  }
  void operator()(const query::CreateFunction& s) {
    query::ObjectReference reference;
    reference.schema = s.name.schema;
    reference.name = s.name.name;
    reference.has_arguments = true;
    for (const query::FunctionParameter& p : s.parameters)
      if (p.mode == 'i' || p.mode == 'b' || p.mode == 'v') reference.arguments.push_back(p.type.oid);
    if (const auto* f = find_routine(ddl_, s.is_procedure ? K::procedure : K::function, reference, true))
      add({pg_proc::kOid, f->oid, 0});
  }
  void operator()(const query::CreateTrigger& s) { part(K::trigger, s.relation, s.name); }
  void operator()(const query::CreateRule& s) { part(K::rule, s.relation, s.name); }
  void operator()(const query::DefinePolicy& s) { part(K::policy, s.relation, s.name); }
  void operator()(const query::SetSchema& s) {
    query::ObjectReference moved = s.object;
    moved.schema = s.new_schema;
    object(s.kind, moved);
  }
  void operator()(const query::SetOwner& s) { object(s.kind, s.object); }
  void operator()(const query::Comment& s) { object(s.kind, s.object); }
  void operator()(const query::Rename& s) {
    query::ObjectReference renamed = s.object;
    if (s.kind == K::column || s.kind == K::table_constraint || s.kind == K::trigger || s.kind == K::rule ||
        s.kind == K::policy || s.kind == K::domain_constraint || s.kind == K::type_attribute) {
      renamed.part = s.new_name;
      // A renamed column is told as a change of its table's.
      object(s.kind == K::type_attribute ? K::type : s.kind, renamed);
    } else {
      renamed.name = s.new_name;
      renamed.type = 0;
      object(s.kind, renamed);
    }
  }
  void operator()(const query::Grant& s) {
    DdlCommand command;
    command.tag = tag_;
    command.type = query::object_kind_name(s.kind);
    for (char& c : command.type) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    commands.push_back(std::move(command));
  }
  void operator()(const query::AlterDefaultPrivileges& s) {
    (*this)(s.action);
    commands.back().type += 'S';
  }
  void operator()(const query::CreateOperator& s) {
    query::ObjectReference made;
    made.schema = s.name.schema;
    made.name = s.name.name;
    made.has_arguments = true;
    made.arguments = {s.left, s.right};
    object(K::operator_, made);
  }
  void operator()(const query::CreateCast& s) {
    RowReader rows = ddl_.writer().read(catalog::pg_cast::kOid, 0, {});
    while (rows.next())
      if (rows.row().oid(catalog::pg_cast::castsource) == s.source && rows.row().oid(catalog::pg_cast::casttarget) == s.target)
        add({catalog::pg_cast::kOid, rows.row().oid(catalog::pg_cast::oid), 0});
  }
  void operator()(const query::CreateLanguage& s) { unqualified(K::language, s.name); }
  void operator()(const query::DefineDataWrapper& s) { unqualified(K::foreign_data_wrapper, s.name); }
  void operator()(const query::DefineServer& s) { unqualified(K::foreign_server, s.name); }
  void operator()(const query::DefinePublication& s) { unqualified(K::publication, s.name); }
  void operator()(const query::DefineSubscription& s) { unqualified(K::subscription, s.name); }
  void operator()(const query::CreateCollation& s) { named(K::collation, s.name); }
  void operator()(const query::CreateConversion& s) { named(K::conversion, s.name); }
  void operator()(const query::CreateStatistics& s) { named(K::statistics, s.name); }
  void operator()(const query::CreateTextSearchParser& s) { named(K::text_search_parser, s.name); }
  void operator()(const query::CreateTextSearchTemplate& s) { named(K::text_search_template, s.name); }
  void operator()(const query::CreateTextSearchDictionary& s) { named(K::text_search_dictionary, s.name); }
  void operator()(const query::CreateTextSearchConfiguration& s) { named(K::text_search_configuration, s.name); }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  RelationPtr find(const query::RelationName& name) {
    return ddl_.catalog().relation(ddl_.catalog().find_relation(name.schema, name.name));
  }

  void add(const ObjectAddress& address, std::string_view tag = {}) {
    const auto identity = identify_object(ddl_.host(), address.catalog, address.oid, address.sub);
    if (!identity) return;
    DdlCommand command{address.catalog, address.oid, address.sub, std::string(tag.empty() ? tag_ : tag), identity->type,
                       identity->schema, identity->identity};
    commands.push_back(std::move(command));
  }

  void relation(const query::RelationName& name, std::string_view tag) {
    if (const RelationPtr found = find(name)) add(relation_address(found->oid), tag);
  }

  // With the sequences of its columns and the indexes of its keys.
  void new_table(const query::RelationName& name, const std::vector<query::ColumnDefinition>& columns) {
    const RelationPtr table = find(name);
    if (table == nullptr) return;
    std::vector<Oid> sequences;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].sequence) continue;
      RowReader rows = ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                          {key_oid(pg_class::kOid), key_oid(table->oid),
                                           types::Datum::of(static_cast<std::int32_t>(i + 1))});
      while (rows.next()) {
        const RelationPtr sequence = ddl_.reload(rows.row().oid(pg_depend::objid));
        if (sequence != nullptr && sequence->kind == RelationKind::sequence) sequences.push_back(sequence->oid);
      }
    }
    for (const Oid sequence : sequences) add(relation_address(sequence), "CREATE SEQUENCE");
    add(relation_address(table->oid));
    for (const catalog::IndexDescriptor& index : table->indexes) add(relation_address(index.oid), "CREATE INDEX");
    for (const Oid sequence : sequences) add(relation_address(sequence), "ALTER SEQUENCE");
    if (!table->foreign_keys.empty()) add(relation_address(table->oid), "ALTER TABLE");
  }

  void type(const query::ObjectName& name) {
    if (const catalog::TypeInfo* found = ddl_.catalog().find_type(name.schema, name.name)) add({pg_type::kOid, found->oid, 0});
  }
  void named(K kind, const query::ObjectName& name) {
    if (const auto found = find_named(ddl_, *named_catalog_of(kind), name.schema, name.name)) add(*found);
  }
  void unqualified(K kind, const std::string& name) {
    if (const auto found = find_unqualified(ddl_, *unqualified_catalog_of(kind), name)) add(*found);
  }
  void part(K kind, const query::RelationName& of, const std::string& name) {
    query::ObjectReference reference;
    reference.schema = of.schema;
    reference.name = of.name;
    reference.part = name;
    object(kind, reference);
  }
  void object(K kind, const query::ObjectReference& reference) {
    try {
      if (const auto found = find_object(ddl_, kind, reference, false, RelationLock::access_share)) add(*found);
    } catch (const SqlError&) {
      // It is there under another name, or not at all: nothing to tell.
    }
  }

  Ddl& ddl_;
  std::string tag_;
};

}  // namespace

std::vector<DdlCommand> commands_of(const query::Statement& statement, std::string_view tag, Host& host) {
  Ddl ddl(host);
  StatementObjects collector(ddl, tag);
  std::visit(collector, statement.node);
  return std::move(collector.commands);
}

}  // namespace commands
