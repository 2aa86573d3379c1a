// Foreign data, event triggers, publications and subscriptions: PostgreSQL's nodes to ours.
#pragma once

#include "converter.h"
#include "parser/ast_objects.h"

namespace parser {

// --- foreign data ---

template <typename Statement>
ast::Node* build_data_wrapper(Converter& c, const Statement& s, bool alter) {
  auto* n = c.make<ast::DataWrapper>();
  n->alter = alter;
  n->name = c.text(s.fdwname);
  n->functions = c.list(s.func_options);
  n->options = c.list(s.options);
  return n;
}
inline ast::Node* build(Converter& c, const ::CreateFdwStmt& s) { return build_data_wrapper(c, s, false); }
inline ast::Node* build(Converter& c, const ::AlterFdwStmt& s) { return build_data_wrapper(c, s, true); }

inline ast::Node* build(Converter& c, const ::CreateForeignServerStmt& s) {
  auto* n = c.make<ast::ForeignServer>();
  n->name = c.text(s.servername);
  n->type = c.text(s.servertype);
  n->version = c.text(s.version);
  n->has_version = s.version != nullptr;
  n->wrapper = c.text(s.fdwname);
  n->if_not_exists = s.if_not_exists;
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterForeignServerStmt& s) {
  auto* n = c.make<ast::ForeignServer>();
  n->alter = true;
  n->name = c.text(s.servername);
  n->version = c.text(s.version);
  n->has_version = s.has_version;
  n->options = c.list(s.options);
  return n;
}

template <typename Statement>
ast::UserMapping* build_user_mapping(Converter& c, const Statement& s, ast::UserMapping::Action action) {
  auto* n = c.make<ast::UserMapping>();
  n->action = action;
  n->user = c.typed<ast::RoleSpecification>(s.user);
  n->server = c.text(s.servername);
  return n;
}
inline ast::Node* build(Converter& c, const ::CreateUserMappingStmt& s) {
  auto* n = build_user_mapping(c, s, ast::UserMapping::Action::create);
  n->lenient = s.if_not_exists;
  n->options = c.list(s.options);
  return n;
}
inline ast::Node* build(Converter& c, const ::AlterUserMappingStmt& s) {
  auto* n = build_user_mapping(c, s, ast::UserMapping::Action::alter);
  n->options = c.list(s.options);
  return n;
}
inline ast::Node* build(Converter& c, const ::DropUserMappingStmt& s) {
  auto* n = build_user_mapping(c, s, ast::UserMapping::Action::drop);
  n->lenient = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateForeignTableStmt& s) {
  auto* n = c.make<ast::CreateForeignTable>();
  n->table = static_cast<const ast::CreateTable*>(build(c, s.base));
  n->server = c.text(s.servername);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::ImportForeignSchemaStmt& s) {
  auto* n = c.make<ast::ImportForeignSchema>();
  n->server = c.text(s.server_name);
  n->remote_schema = c.text(s.remote_schema);
  n->local_schema = c.text(s.local_schema);
  return n;
}

// --- event triggers ---

inline ast::Node* build(Converter& c, const ::CreateEventTrigStmt& s) {
  auto* n = c.make<ast::CreateEventTrigger>();
  n->name = c.text(s.trigname);
  n->event = c.text(s.eventname);
  n->filters = c.list(s.whenclause);
  n->function = c.names(s.funcname);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterEventTrigStmt& s) {
  auto* n = c.make<ast::AlterEventTrigger>();
  n->name = c.text(s.trigname);
  n->state = s.tgenabled;
  return n;
}

// --- publications and subscriptions ---

inline ast::Node* build(Converter& c, const ::PublicationObjSpec& s) {
  using Kind = ast::PublicationObject::Kind;
  auto* n = c.make<ast::PublicationObject>(s.location);
  n->what = s.pubobjtype == PUBLICATIONOBJ_TABLES_IN_SCHEMA       ? Kind::schema
            : s.pubobjtype == PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA ? Kind::current_schema
                                                                  : Kind::table;
  n->schema = c.text(s.name);
  if (s.pubtable != nullptr) {
    n->relation = c.typed<ast::RangeVariable>(s.pubtable->relation);
    n->where = c.node(s.pubtable->whereClause);
    n->columns = c.names(s.pubtable->columns);
    n->has_columns = s.pubtable->columns != nullptr;
  }
  return n;
}

inline ast::Node* build(Converter& c, const ::CreatePublicationStmt& s) {
  auto* n = c.make<ast::Publication>();
  n->name = c.text(s.pubname);
  n->options = c.list(s.options);
  n->objects = c.list(s.pubobjects);
  n->all_tables = s.for_all_tables;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterPublicationStmt& s) {
  using Action = ast::Publication::Action;
  auto* n = c.make<ast::Publication>();
  n->name = c.text(s.pubname);
  n->options = c.list(s.options);
  n->objects = c.list(s.pubobjects);
  n->action = s.options != nullptr          ? Action::options
              : s.action == AP_AddObjects   ? Action::add
              : s.action == AP_DropObjects  ? Action::drop
                                            : Action::set;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateSubscriptionStmt& s) {
  auto* n = c.make<ast::Subscription>();
  n->name = c.text(s.subname);
  n->connection = c.text(s.conninfo);
  n->publications = c.names(s.publication);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterSubscriptionStmt& s) {
  using Action = ast::Subscription::Action;
  auto* n = c.make<ast::Subscription>();
  switch (s.kind) {
    case ALTER_SUBSCRIPTION_OPTIONS: n->action = Action::options; break;
    case ALTER_SUBSCRIPTION_CONNECTION: n->action = Action::connection; break;
    case ALTER_SUBSCRIPTION_SET_PUBLICATION: n->action = Action::set_publications; break;
    case ALTER_SUBSCRIPTION_ADD_PUBLICATION: n->action = Action::add_publications; break;
    case ALTER_SUBSCRIPTION_DROP_PUBLICATION: n->action = Action::drop_publications; break;
    case ALTER_SUBSCRIPTION_REFRESH: n->action = Action::refresh; break;
    case ALTER_SUBSCRIPTION_ENABLED: n->action = Action::enable; break;
    case ALTER_SUBSCRIPTION_SKIP: n->action = Action::skip; break;
  }
  n->name = c.text(s.subname);
  n->connection = c.text(s.conninfo);
  n->publications = c.names(s.publication);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::DropSubscriptionStmt& s) {
  auto* n = c.make<ast::Subscription>();
  n->action = ast::Subscription::Action::drop;
  n->name = c.text(s.subname);
  n->missing_ok = s.missing_ok;
  return n;
}

// --- others ---

inline ast::Node* build(Converter& c, const ::AlterObjectDependsStmt& s) {
  auto* n = c.make<ast::DependsOnExtension>();
  n->object_type = static_cast<ast::ObjectType>(s.objectType);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->object = c.node(s.object);
  n->extension = c.text(s.extname->sval);
  n->remove = s.remove;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreatePLangStmt& s) {
  auto* n = c.make<ast::CreateLanguage>();
  n->name = c.text(s.plname);
  n->replace = s.replace;
  n->trusted = s.pltrusted;
  n->handler = c.names(s.plhandler);
  n->inline_handler = c.names(s.plinline);
  n->validator = c.names(s.plvalidator);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateTransformStmt& s) {
  auto* n = c.make<ast::CreateTransform>();
  n->replace = s.replace;
  n->type = c.typed<ast::TypeName>(s.type_name);
  n->language = c.text(s.lang);
  n->from_sql = c.typed<ast::ObjectWithArguments>(s.fromsql);
  n->to_sql = c.typed<ast::ObjectWithArguments>(s.tosql);
  return n;
}

inline ast::Node* build(Converter& c, const ::DropTableSpaceStmt& s) {
  auto* n = c.make<ast::DropTablespace>();
  n->name = c.text(s.tablespacename);
  n->missing_ok = s.missing_ok;
  return n;
}

}  // namespace parser
