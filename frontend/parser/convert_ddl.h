// From PostgreSQL's nodes to ours, node by node: included by convert.cpp alone.
#pragma once

#include "converter.h"

namespace parser {

// --- tables ---

inline ast::Node* build(Converter& c, const ::ColumnDef& s) {
  auto* n = c.make<ast::ColumnDefinition>(s.location);
  n->name = c.text(s.colname);
  n->type = c.typed<ast::TypeName>(s.typeName);
  n->compression = c.text(s.compression);
  n->storage = static_cast<char>(s.storage);
  n->default_value = c.node(s.raw_default);
  n->collation = c.typed<ast::CollateClause>(s.collClause);
  n->constraints = c.list(s.constraints);
  n->foreign_options = c.list(s.fdwoptions);
  return n;
}

inline ast::Node* build(Converter& c, const ::Constraint& s) {
  auto* n = c.make<ast::Constraint>(s.location);
  n->constraint = static_cast<ast::ConstraintKind>(s.contype);
  n->name = c.text(s.conname);
  n->deferrable = s.deferrable;
  n->initially_deferred = s.initdeferred;
  n->no_inherit = s.is_no_inherit;
  n->expression = c.node(s.raw_expr);
  n->generated_when = static_cast<char>(s.generated_when);
  n->nulls_not_distinct = s.nulls_not_distinct;
  n->keys = c.names(s.keys);
  n->including = c.names(s.including);
  n->exclusions = c.list(s.exclusions);
  n->options = c.list(s.options);
  n->index_name = c.text(s.indexname);
  n->tablespace = c.text(s.indexspace);
  n->access_method = c.text(s.access_method);
  n->where = c.node(s.where_clause);
  n->referenced = c.typed<ast::RangeVariable>(s.pktable);
  n->foreign_columns = c.names(s.fk_attrs);
  n->referenced_columns = c.names(s.pk_attrs);
  n->match = static_cast<char>(s.fk_matchtype);
  n->update_action = static_cast<char>(s.fk_upd_action);
  n->delete_action = static_cast<char>(s.fk_del_action);
  n->delete_set_columns = c.names(s.fk_del_set_cols);
  n->not_valid = s.skip_validation;
  return n;
}

inline ast::Node* build(Converter& c, const ::TableLikeClause& s) {
  auto* n = c.make<ast::TableLike>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->options = s.options;
  return n;
}

inline ast::Node* build(Converter& c, const ::PartitionElem& s) {
  auto* n = c.make<ast::PartitionElement>(s.location);
  n->name = c.text(s.name);
  n->expression = c.node(s.expr);
  n->collation = c.names(s.collation);
  n->operator_class = c.names(s.opclass);
  return n;
}

inline ast::Node* build(Converter& c, const ::PartitionSpec& s) {
  auto* n = c.make<ast::PartitionSpecification>(s.location);
  n->strategy = c.text(s.strategy);
  n->elements = c.list(s.partParams);
  return n;
}

inline ast::Node* build(Converter& c, const ::PartitionBoundSpec& s) {
  auto* n = c.make<ast::PartitionBound>(s.location);
  n->strategy = static_cast<char>(s.strategy);
  n->is_default = s.is_default;
  n->modulus = static_cast<int>(s.modulus);
  n->remainder = static_cast<int>(s.remainder);
  n->list = c.list(s.listdatums);
  n->lower = c.list(s.lowerdatums);
  n->upper = c.list(s.upperdatums);
  return n;
}

inline ast::Node* build(Converter& c, const ::PartitionRangeDatum& s) {
  auto* n = c.make<ast::PartitionRangeDatum>(s.location);
  n->bound = static_cast<int>(s.kind);
  n->value = c.node(s.value);
  return n;
}

inline ast::Node* build(Converter& c, const ::PartitionCmd& s) {
  auto* n = c.make<ast::PartitionCommand>();
  n->name = c.typed<ast::RangeVariable>(s.name);
  n->bound = c.typed<ast::PartitionBound>(s.bound);
  n->concurrently = s.concurrent;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateStmt& s) {
  auto* n = c.make<ast::CreateTable>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->elements = c.list(s.tableElts);
  n->inherits = c.list(s.inhRelations);
  n->bound = c.typed<ast::PartitionBound>(s.partbound);
  n->partition_by = c.typed<ast::PartitionSpecification>(s.partspec);
  n->of_type = c.typed<ast::TypeName>(s.ofTypename);
  n->options = c.list(s.options);
  n->on_commit = static_cast<int>(s.oncommit);
  n->tablespace = c.text(s.tablespacename);
  n->access_method = c.text(s.accessMethod);
  n->if_not_exists = s.if_not_exists;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateTableAsStmt& s) {
  auto* n = c.make<ast::CreateTableAs>();
  n->query = c.node(s.query);
  n->into = c.typed<ast::IntoClause>(s.into);
  n->materialized_view = s.objtype == OBJECT_MATVIEW;
  n->is_select_into = s.is_select_into;
  n->if_not_exists = s.if_not_exists;
  return n;
}

inline ast::Node* build(Converter& c, const ::RefreshMatViewStmt& s) {
  auto* n = c.make<ast::RefreshMaterializedView>();
  n->concurrently = s.concurrent;
  n->skip_data = s.skipData;
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterTableStmt& s) {
  auto* n = c.make<ast::AlterTable>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->commands = c.list(s.cmds);
  n->object = static_cast<ast::ObjectType>(s.objtype);
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterTableCmd& s) {
  auto* n = c.make<ast::AlterTableCommand>();
  n->action = static_cast<ast::AlterTableAction>(s.subtype);
  n->name = c.text(s.name);
  n->number = static_cast<int>(s.num);
  n->new_owner = c.typed<ast::RoleSpecification>(s.newowner);
  n->definition = c.node(s.def);
  n->cascade = s.behavior == DROP_CASCADE;
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::ReplicaIdentityStmt& s) {
  auto* n = c.make<ast::ReplicaIdentity>();
  n->identity = static_cast<char>(s.identity_type);
  n->name = c.text(s.name);
  return n;
}

inline ast::Node* build(Converter& c, const ::IndexStmt& s) {
  auto* n = c.make<ast::CreateIndex>();
  n->name = c.text(s.idxname);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->access_method = c.text(s.accessMethod);
  n->tablespace = c.text(s.tableSpace);
  n->elements = c.list(s.indexParams);
  n->including = c.list(s.indexIncludingParams);
  n->options = c.list(s.options);
  n->where = c.node(s.whereClause);
  n->unique = s.unique;
  n->nulls_not_distinct = s.nulls_not_distinct;
  n->concurrently = s.concurrent;
  n->if_not_exists = s.if_not_exists;
  return n;
}

inline ast::Node* build(Converter& c, const ::ViewStmt& s) {
  auto* n = c.make<ast::CreateView>();
  n->view = c.typed<ast::RangeVariable>(s.view);
  n->aliases = c.names(s.aliases);
  n->query = c.node(s.query);
  n->replace = s.replace;
  n->options = c.list(s.options);
  n->check_option = static_cast<int>(s.withCheckOption);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateSeqStmt& s) {
  auto* n = c.make<ast::CreateSequence>();
  n->sequence = c.typed<ast::RangeVariable>(s.sequence);
  n->options = c.list(s.options);
  n->if_not_exists = s.if_not_exists;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterSeqStmt& s) {
  auto* n = c.make<ast::AlterSequence>();
  n->sequence = c.typed<ast::RangeVariable>(s.sequence);
  n->options = c.list(s.options);
  n->for_identity = s.for_identity;
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateSchemaStmt& s) {
  auto* n = c.make<ast::CreateSchema>();
  n->name = c.text(s.schemaname);
  n->authorization = c.typed<ast::RoleSpecification>(s.authrole);
  n->elements = c.list(s.schemaElts);
  n->if_not_exists = s.if_not_exists;
  return n;
}

// --- databases and other objects ---

inline ast::Node* build(Converter& c, const ::CreatedbStmt& s) {
  auto* n = c.make<ast::CreateDatabase>();
  n->name = c.text(s.dbname);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterDatabaseStmt& s) {
  auto* n = c.make<ast::AlterDatabase>();
  n->name = c.text(s.dbname);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterDatabaseRefreshCollStmt& s) {
  auto* n = c.make<ast::AlterDatabaseRefreshCollation>();
  n->name = c.text(s.dbname);
  return n;
}

inline ast::Node* build(Converter& c, const ::DropdbStmt& s) {
  auto* n = c.make<ast::DropDatabase>();
  n->name = c.text(s.dbname);
  n->missing_ok = s.missing_ok;
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::DropStmt& s) {
  auto* n = c.make<ast::Drop>();
  n->objects = c.list(s.objects);
  n->object = static_cast<ast::ObjectType>(s.removeType);
  n->cascade = s.behavior == DROP_CASCADE;
  n->missing_ok = s.missing_ok;
  n->concurrently = s.concurrent;
  return n;
}

inline ast::Node* build(Converter& c, const ::RenameStmt& s) {
  auto* n = c.make<ast::Rename>();
  n->object_type = static_cast<ast::ObjectType>(s.renameType);
  n->relation_type = static_cast<ast::ObjectType>(s.relationType);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->object = c.node(s.object);
  n->part = c.text(s.subname);
  n->new_name = c.text(s.newname);
  n->cascade = s.behavior == DROP_CASCADE;
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterObjectSchemaStmt& s) {
  auto* n = c.make<ast::SetSchema>();
  n->object_type = static_cast<ast::ObjectType>(s.objectType);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->object = c.node(s.object);
  n->new_schema = c.text(s.newschema);
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterOwnerStmt& s) {
  auto* n = c.make<ast::SetOwner>();
  n->object_type = static_cast<ast::ObjectType>(s.objectType);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->object = c.node(s.object);
  n->new_owner = c.typed<ast::RoleSpecification>(s.newowner);
  return n;
}

inline ast::Node* build(Converter& c, const ::CommentStmt& s) {
  auto* n = c.make<ast::Comment>();
  n->object_type = static_cast<ast::ObjectType>(s.objtype);
  n->object = c.node(s.object);
  n->text = c.text(s.comment);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateEnumStmt& s) {
  auto* n = c.make<ast::CreateEnum>();
  n->name = c.names(s.typeName);
  n->labels = c.names(s.vals);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterEnumStmt& s) {
  auto* n = c.make<ast::AlterEnum>();
  n->name = c.names(s.typeName);
  n->old_label = c.text(s.oldVal);
  n->new_label = c.text(s.newVal);
  n->neighbour = c.text(s.newValNeighbor);
  n->after = s.newValIsAfter;
  n->if_not_exists = s.skipIfNewValExists;
  return n;
}

inline ast::Node* build(Converter& c, const ::CompositeTypeStmt& s) {
  auto* n = c.make<ast::CreateComposite>();
  n->type = c.typed<ast::RangeVariable>(s.typevar);
  n->columns = c.list(s.coldeflist);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateDomainStmt& s) {
  auto* n = c.make<ast::CreateDomain>();
  n->name = c.names(s.domainname);
  n->type = c.typed<ast::TypeName>(s.typeName);
  n->collation = c.typed<ast::CollateClause>(s.collClause);
  n->constraints = c.list(s.constraints);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterDomainStmt& s) {
  auto* n = c.make<ast::AlterDomain>();
  n->subtype = static_cast<char>(s.subtype);
  n->name = c.names(s.typeName);
  n->constraint = c.text(s.name);
  n->definition = c.node(s.def);
  n->cascade = s.behavior == DROP_CASCADE;
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateFunctionStmt& s) {
  auto* n = c.make<ast::CreateFunction>();
  n->is_procedure = s.is_procedure;
  n->replace = s.replace;
  n->name = c.names(s.funcname);
  n->parameters = c.list(s.parameters);
  n->result = c.typed<ast::TypeName>(s.returnType);
  n->options = c.list(s.options);
  n->sql_body = c.node(s.sql_body);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterFunctionStmt& s) {
  auto* n = c.make<ast::AlterFunction>();
  n->object_type = static_cast<ast::ObjectType>(s.objtype);
  n->function = c.typed<ast::ObjectWithArguments>(s.func);
  n->options = c.list(s.actions);
  return n;
}

inline ast::Node* build(Converter& c, const ::DefineStmt& s) {
  auto* n = c.make<ast::Define>();
  n->object_type = static_cast<ast::ObjectType>(s.kind);
  n->old_style = s.oldstyle;
  n->replace = s.replace;
  n->if_not_exists = s.if_not_exists;
  n->name = c.names(s.defnames);
  if (s.kind == OBJECT_AGGREGATE && !s.oldstyle) {
    n->arguments = c.list(static_cast<const ::List*>(linitial(s.args)));
    n->direct_arguments = static_cast<int>(intVal(lsecond(s.args)));
  }
  n->definition = c.list(s.definition);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterTypeStmt& s) {
  auto* n = c.make<ast::AlterBaseType>();
  n->name = c.names(s.typeName);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateRangeStmt& s) {
  auto* n = c.make<ast::CreateRange>();
  n->name = c.names(s.typeName);
  n->options = c.list(s.params);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateCastStmt& s) {
  auto* n = c.make<ast::CreateCast>();
  n->source = c.typed<ast::TypeName>(s.sourcetype);
  n->target = c.typed<ast::TypeName>(s.targettype);
  n->function = c.typed<ast::ObjectWithArguments>(s.func);
  n->context = s.context == COERCION_IMPLICIT ? 'i' : s.context == COERCION_ASSIGNMENT ? 'a' : 'e';
  n->in_out = s.inout;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateOpClassItem& s) {
  auto* n = c.make<ast::OperatorClassItem>();
  n->item = static_cast<ast::OperatorClassItem::Kind>(s.itemtype);
  n->object = c.typed<ast::ObjectWithArguments>(s.name);
  n->number = s.number;
  n->sort_family = c.names(s.order_family);
  n->types = c.list(s.class_args);
  n->storage = c.typed<ast::TypeName>(s.storedtype);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateOpClassStmt& s) {
  auto* n = c.make<ast::CreateOperatorClass>();
  n->name = c.names(s.opclassname);
  n->family = c.names(s.opfamilyname);
  n->access_method = c.text(s.amname);
  n->type = c.typed<ast::TypeName>(s.datatype);
  n->items = c.list(s.items);
  n->is_default = s.isDefault;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateOpFamilyStmt& s) {
  auto* n = c.make<ast::CreateOperatorFamily>();
  n->name = c.names(s.opfamilyname);
  n->access_method = c.text(s.amname);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterOpFamilyStmt& s) {
  auto* n = c.make<ast::AlterOperatorFamily>();
  n->name = c.names(s.opfamilyname);
  n->access_method = c.text(s.amname);
  n->is_drop = s.isDrop;
  n->items = c.list(s.items);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateConversionStmt& s) {
  auto* n = c.make<ast::CreateConversion>();
  n->name = c.names(s.conversion_name);
  n->source = c.text(s.for_encoding_name);
  n->target = c.text(s.to_encoding_name);
  n->function = c.names(s.func_name);
  n->is_default = s.def;
  return n;
}

inline ast::Node* build(Converter& c, const ::StatsElem& s) {
  auto* n = c.make<ast::StatisticsElement>();
  n->name = c.text(s.name);
  n->expression = c.node(s.expr);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateStatsStmt& s) {
  auto* n = c.make<ast::CreateStatistics>();
  n->name = c.names(s.defnames);
  n->kinds = c.names(s.stat_types);
  n->elements = c.list(s.exprs);
  n->relations = c.list(s.relations);
  n->if_not_exists = s.if_not_exists;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterStatsStmt& s) {
  auto* n = c.make<ast::AlterStatistics>();
  n->name = c.names(s.defnames);
  n->target = s.stxstattarget;
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::SecLabelStmt& s) {
  auto* n = c.make<ast::SecurityLabel>();
  n->provider = c.text(s.provider);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterOperatorStmt& s) {
  auto* n = c.make<ast::AlterOperator>();
  n->object = c.typed<ast::ObjectWithArguments>(s.opername);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterCollationStmt& s) {
  auto* n = c.make<ast::AlterCollation>();
  n->name = c.names(s.collname);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterTSDictionaryStmt& s) {
  auto* n = c.make<ast::AlterTextSearchDictionary>();
  n->name = c.names(s.dictname);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterTSConfigurationStmt& s) {
  using Action = ast::AlterTextSearchConfiguration::Action;
  auto* n = c.make<ast::AlterTextSearchConfiguration>();
  switch (s.kind) {
    case ALTER_TSCONFIG_ADD_MAPPING: n->action = Action::add; break;
    case ALTER_TSCONFIG_ALTER_MAPPING_FOR_TOKEN: n->action = Action::alter_for_tokens; break;
    case ALTER_TSCONFIG_REPLACE_DICT: n->action = Action::replace; break;
    case ALTER_TSCONFIG_REPLACE_DICT_FOR_TOKEN: n->action = Action::replace_for_tokens; break;
    case ALTER_TSCONFIG_DROP_MAPPING: n->action = Action::drop; break;
  }
  n->name = c.names(s.cfgname);
  n->token_types = c.list(s.tokentype);
  n->dictionaries = c.list(s.dicts);
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateTrigStmt& s) {
  auto* n = c.make<ast::CreateTrigger>();
  n->replace = s.replace;
  n->is_constraint = s.isconstraint;
  n->row = s.row;
  n->deferrable = s.deferrable;
  n->initially_deferred = s.initdeferred;
  n->from = c.typed<ast::RangeVariable>(s.constrrel);
  for (int i = 0; s.transitionRels != nullptr && i < s.transitionRels->length; ++i) {
    const auto* t = static_cast<const ::TriggerTransition*>(s.transitionRels->elements[i].ptr_value);
    n->names_row = n->names_row || !t->isTable;
    (t->isNew ? n->new_table : n->old_table) = c.text(t->name);
    ++(t->isNew ? n->new_tables : n->old_tables);
  }
  n->name = c.text(s.trigname);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->function = c.names(s.funcname);
  n->arguments = c.list(s.args);
  n->type = s.timing | s.events | (s.row ? 1 : 0);
  n->columns = c.names(s.columns);
  n->when = c.node(s.whenClause);
  return n;
}

inline ast::Node* build(Converter& c, const ::RuleStmt& s) {
  auto* n = c.make<ast::Rule>();
  n->name = c.text(s.rulename);
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->event = s.event == CMD_SELECT   ? ast::Rule::Event::select
             : s.event == CMD_UPDATE ? ast::Rule::Event::update
             : s.event == CMD_INSERT ? ast::Rule::Event::insert
                                     : ast::Rule::Event::delete_;
  n->instead = s.instead;
  n->replace = s.replace;
  n->where = c.node(s.whereClause);
  n->actions = c.list(s.actions);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreatePolicyStmt& s) {
  auto* n = c.make<ast::Policy>();
  n->name = c.text(s.policy_name);
  n->relation = c.typed<ast::RangeVariable>(s.table);
  n->command = c.text(s.cmd_name);
  n->permissive = s.permissive;
  n->roles = c.list(s.roles);
  n->using_ = c.node(s.qual);
  n->with_check = c.node(s.with_check);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterPolicyStmt& s) {
  auto* n = c.make<ast::Policy>();
  n->alter = true;
  n->name = c.text(s.policy_name);
  n->relation = c.typed<ast::RangeVariable>(s.table);
  n->roles = c.list(s.roles);
  n->using_ = c.node(s.qual);
  n->with_check = c.node(s.with_check);
  return n;
}

inline ast::Node* build(Converter& c, const ::FunctionParameter& s) {
  auto* n = c.make<ast::FunctionParameter>();
  n->name = c.text(s.name);
  n->type = c.typed<ast::TypeName>(s.argType);
  n->mode = static_cast<char>(s.mode);
  n->default_value = c.node(s.defexpr);
  return n;
}

inline ast::Node* build(Converter& c, const ::ReturnStmt& s) {
  auto* n = c.make<ast::ReturnStatement>();
  n->value = c.node(s.returnval);
  return n;
}

inline ast::Node* build(Converter& c, const ::DoStmt& s) {
  auto* n = c.make<ast::DoBlock>();
  n->arguments = c.list(s.args);
  return n;
}

inline ast::Node* build(Converter& c, const ::CallStmt& s) {
  auto* n = c.make<ast::CallProcedure>();
  n->call = c.typed<ast::FunctionCall>(s.funccall);
  return n;
}

inline ast::Node* build(Converter& c, const ::CreateExtensionStmt& s) {
  auto* n = c.make<ast::CreateExtension>();
  n->name = c.text(s.extname);
  n->if_not_exists = s.if_not_exists;
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterExtensionStmt& s) {
  auto* n = c.make<ast::AlterExtension>();
  n->name = c.text(s.extname);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterExtensionContentsStmt& s) {
  auto* n = c.make<ast::AlterExtension>();
  n->name = c.text(s.extname);
  n->action = s.action;
  n->object_type = static_cast<ast::ObjectType>(s.objtype);
  n->object = c.node(s.object);
  return n;
}

// --- roles ---

inline ast::Node* build(Converter& c, const ::CreateRoleStmt& s) {
  auto* n = c.make<ast::CreateRole>();
  n->role_kind = static_cast<int>(s.stmt_type);
  n->name = c.text(s.role);
  n->options = c.list(s.options);
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterRoleStmt& s) {
  auto* n = c.make<ast::AlterRole>();
  n->role = c.typed<ast::RoleSpecification>(s.role);
  n->options = c.list(s.options);
  n->action = static_cast<int>(s.action);
  return n;
}

inline ast::Node* build(Converter& c, const ::DropRoleStmt& s) {
  auto* n = c.make<ast::DropRole>();
  n->roles = c.list(s.roles);
  n->missing_ok = s.missing_ok;
  return n;
}

inline ast::Node* build(Converter& c, const ::AccessPriv& s) {
  auto* n = c.make<ast::AccessPrivilege>();
  n->name = c.text(s.priv_name);
  n->columns = c.names(s.cols);
  return n;
}

inline ast::Node* build(Converter& c, const ::GrantStmt& s) {
  auto* n = c.make<ast::Grant>();
  n->is_grant = s.is_grant;
  n->target = static_cast<int>(s.targtype);
  n->object_type = static_cast<ast::ObjectType>(s.objtype);
  n->objects = c.list(s.objects);
  n->privileges = c.list(s.privileges);
  n->grantees = c.list(s.grantees);
  n->grant_option = s.grant_option;
  n->grantor = c.typed<ast::RoleSpecification>(s.grantor);
  n->cascade = s.behavior == DROP_CASCADE;
  return n;
}

inline ast::Node* build(Converter& c, const ::GrantRoleStmt& s) {
  auto* n = c.make<ast::GrantRole>();
  n->roles = c.list(s.granted_roles);
  n->grantees = c.list(s.grantee_roles);
  n->is_grant = s.is_grant;
  n->admin_option = s.admin_opt;
  n->grantor = c.typed<ast::RoleSpecification>(s.grantor);
  n->cascade = s.behavior == DROP_CASCADE;
  return n;
}

inline ast::Node* build(Converter& c, const ::AlterDefaultPrivilegesStmt& s) {
  auto* n = c.make<ast::AlterDefaultPrivileges>();
  n->options = c.list(s.options);
  n->action = c.typed<ast::Grant>(s.action);
  return n;
}

inline ast::Node* build(Converter& c, const ::ReassignOwnedStmt& s) {
  auto* n = c.make<ast::ReassignOwned>();
  n->roles = c.list(s.roles);
  n->new_role = c.typed<ast::RoleSpecification>(s.newrole);
  return n;
}

inline ast::Node* build(Converter& c, const ::DropOwnedStmt& s) {
  auto* n = c.make<ast::DropOwned>();
  n->roles = c.list(s.roles);
  n->cascade = s.behavior == DROP_CASCADE;
  return n;
}

}  // namespace parser
