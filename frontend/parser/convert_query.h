// From PostgreSQL's nodes to ours, node by node: included by convert.cpp alone.
#pragma once

#include "converter.h"

namespace parser {

// --- leaves that lists and options hold ---

inline ast::Node* build(Converter& c, const ::String& s) {
  auto* n = c.make<ast::StringNode>();
  n->value = c.text(s.sval);
  return n;
}

inline ast::Node* build(Converter& c, const ::A_Star&) { return c.make<ast::Star>(); }

inline ast::Node* build(Converter& c, const ::ParamRef& s) {
  auto* n = c.make<ast::ParameterRef>(s.location);
  n->number = static_cast<int>(s.number);
  return n;
}

inline ast::Node* build(Converter& c, const ::SetToDefault& s) {
  return c.make<ast::SetToDefault>(s.location);
}

inline ast::Node* build(Converter& c, const ::CurrentOfExpr& s) {
  auto* n = c.make<ast::CurrentOf>();
  n->cursor = c.text(s.cursor_name);
  n->parameter = static_cast<int>(s.cursor_param);
  return n;
}

// --- expressions ---

inline ast::Node* build(Converter& c, const ::A_Expr& s) {
  auto* n = c.make<ast::Operation>(s.location);
  n->operation = static_cast<ast::OperationKind>(s.kind);
  n->name = c.names(s.name);
  n->left = c.node(s.lexpr);
  n->right = c.node(s.rexpr);
  return n;
}

inline ast::Node* build(Converter& c, const ::BoolExpr& s) {
  auto* n = c.make<ast::BooleanOperation>(s.location);
  n->op = static_cast<ast::BooleanOperator>(s.boolop);
  n->arguments = c.list(s.args);
  return n;
}

inline ast::Node* build(Converter& c, const ::SubLink& s) {
  auto* n = c.make<ast::Sublink>(s.location);
  n->sublink = static_cast<ast::SublinkKind>(s.subLinkType);
  n->test = c.node(s.testexpr);
  n->operator_name = c.names(s.operName);
  n->query = c.node(s.subselect);
  return n;
}

inline ast::Node* build(Converter& c, const ::FuncCall& s) {
  auto* n = c.make<ast::FunctionCall>(s.location);
  n->name = c.names(s.funcname);
  n->arguments = c.list(s.args);
  n->order_by = c.list(s.agg_order);
  n->filter = c.node(s.agg_filter);
  n->over = c.typed<ast::WindowDefinition>(s.over);
  n->within_group = s.agg_within_group;
  n->star = s.agg_star;
  n->distinct = s.agg_distinct;
  n->variadic = s.func_variadic;
  n->form = static_cast<ast::FunctionForm>(s.funcformat);
  return n;
}

inline ast::Node* build(Converter& c, const ::NamedArgExpr& s) {
  auto* n = c.make<ast::NamedArgument>(s.location);
  n->name = c.text(s.name);
  n->argument = c.node(s.arg);
  return n;
}

inline ast::Node* build(Converter& c, const ::A_Indices& s) {
  auto* n = c.make<ast::Indices>();
  n->is_slice = s.is_slice;
  n->lower = c.node(s.lidx);
  n->upper = c.node(s.uidx);
  return n;
}

inline ast::Node* build(Converter& c, const ::A_Indirection& s) {
  auto* n = c.make<ast::Indirection>();
  n->argument = c.node(s.arg);
  n->steps = c.list(s.indirection);
  return n;
}

inline ast::Node* build(Converter& c, const ::A_ArrayExpr& s) {
  auto* n = c.make<ast::ArrayExpression>(s.location);
  n->elements = c.list(s.elements);
  return n;
}

inline ast::Node* build(Converter& c, const ::TypeCast& s) {
  auto* n = c.make<ast::TypeCast>(s.location);
  n->argument = c.node(s.arg);
  n->type = c.typed<ast::TypeName>(s.typeName);
  return n;
}

inline ast::Node* build(Converter& c, const ::CollateClause& s) {
  auto* n = c.make<ast::CollateClause>(s.location);
  n->argument = c.node(s.arg);
  n->collation = c.names(s.collname);
  return n;
}

inline ast::Node* build(Converter& c, const ::CaseExpr& s) {
  auto* n = c.make<ast::CaseExpression>(s.location);
  n->argument = c.node(s.arg);
  n->whens = c.list(s.args);
  n->otherwise = c.node(s.defresult);
  return n;
}

inline ast::Node* build(Converter& c, const ::CaseWhen& s) {
  auto* n = c.make<ast::CaseBranch>(s.location);
  n->condition = c.node(s.expr);
  n->result = c.node(s.result);
  return n;
}

inline ast::Node* build(Converter& c, const ::CoalesceExpr& s) {
  auto* n = c.make<ast::CoalesceExpression>(s.location);
  n->arguments = c.list(s.args);
  return n;
}

inline ast::Node* build(Converter& c, const ::MinMaxExpr& s) {
  auto* n = c.make<ast::MinMaxExpression>(s.location);
  n->least = s.op != 0;
  n->arguments = c.list(s.args);
  return n;
}

inline ast::Node* build(Converter& c, const ::RowExpr& s) {
  auto* n = c.make<ast::RowExpression>(s.location);
  n->fields = c.list(s.args);
  n->explicit_row = s.row_format == COERCE_EXPLICIT_CALL;
  return n;
}

inline ast::Node* build(Converter& c, const ::NullTest& s) {
  auto* n = c.make<ast::NullTest>(s.location);
  n->argument = c.node(s.arg);
  n->is_not_null = s.nulltesttype != 0;
  return n;
}

inline ast::Node* build(Converter& c, const ::BooleanTest& s) {
  auto* n = c.make<ast::BooleanTest>(s.location);
  n->argument = c.node(s.arg);
  n->test = static_cast<ast::BooleanTestKind>(s.booltesttype);
  return n;
}

inline ast::Node* build(Converter& c, const ::SQLValueFunction& s) {
  auto* n = c.make<ast::SqlValueCall>(s.location);
  n->value = static_cast<ast::SqlValueKind>(s.op);
  n->typmod = static_cast<int>(s.typmod);
  return n;
}

inline ast::Node* build(Converter& c, const ::GroupingFunc& s) {
  auto* n = c.make<ast::GroupingCall>(s.location);
  n->arguments = c.list(s.args);
  return n;
}

inline ast::Node* build(Converter& c, const ::XmlExpr& s) {
  auto* n = c.make<ast::XmlCall>(s.location);
  n->operation = static_cast<ast::XmlOperation>(s.op);
  n->name = c.text(s.name);
  n->named_arguments = c.list(s.named_args);
  n->arguments = c.list(s.args);
  n->document = s.xmloption == XMLOPTION_DOCUMENT;
  return n;
}

inline ast::Node* build(Converter& c, const ::XmlSerialize& s) {
  auto* n = c.make<ast::XmlSerializeCall>(s.location);
  n->document = s.xmloption == XMLOPTION_DOCUMENT;
  n->argument = c.node(s.expr);
  n->type = c.typed<ast::TypeName>(s.typeName);
  return n;
}

// --- names and types ---

inline ast::Node* build(Converter& c, const ::TypeName& s) {
  auto* n = c.make<ast::TypeName>(s.location);
  n->names = c.names(s.names);
  n->setof = s.setof;
  n->percent_type = s.pct_type;
  n->modifiers = c.list(s.typmods);
  n->array_bounds = c.list(s.arrayBounds);
  return n;
}

inline ast::Node* build(Converter& c, const ::Alias& s) {
  auto* n = c.make<ast::Alias>();
  n->name = c.text(s.aliasname);
  n->columns = c.names(s.colnames);
  return n;
}

inline ast::Node* build(Converter& c, const ::RangeVar& s) {
  auto* n = c.make<ast::RangeVariable>(s.location);
  n->catalog = c.text(s.catalogname);
  n->schema = c.text(s.schemaname);
  n->name = c.text(s.relname);
  n->include_children = s.inh;
  n->persistence = static_cast<char>(s.relpersistence);
  n->alias = c.typed<ast::Alias>(s.alias);
  return n;
}

inline ast::Node* build(Converter& c, const ::RoleSpec& s) {
  auto* n = c.make<ast::RoleSpecification>(s.location);
  n->role = static_cast<ast::RoleSpecificationKind>(s.roletype);
  n->name = c.text(s.rolename);
  return n;
}

inline ast::Node* build(Converter& c, const ::DefElem& s) {
  auto* n = c.make<ast::DefinitionElement>(s.location);
  n->space = c.text(s.defnamespace);
  n->name = c.text(s.defname);
  n->argument = c.node(s.arg);
  n->action = static_cast<ast::DefinitionAction>(s.defaction);
  return n;
}

inline ast::Node* build(Converter& c, const ::Integer& s) {
  auto* n = c.make<ast::IntegerNode>();
  n->value = static_cast<int>(s.ival);
  return n;
}

inline ast::Node* build(Converter& c, const ::Float& s) {
  auto* n = c.make<ast::FloatNode>();
  n->text = c.text(s.fval);
  return n;
}

inline ast::Node* build(Converter& c, const ::Boolean& s) {
  auto* n = c.make<ast::BooleanNode>();
  n->value = s.boolval;
  return n;
}

inline ast::Node* build(Converter& c, const ::ObjectWithArgs& s) {
  auto* n = c.make<ast::ObjectWithArguments>();
  n->name = c.names(s.objname);
  n->arguments = c.list(s.objargs);
  n->parameters = c.list(s.objfuncargs);
  n->arguments_unspecified = s.args_unspecified;
  return n;
}

// --- FROM ---

inline ast::Node* build(Converter& c, const ::RangeSubselect& s) {
  auto* n = c.make<ast::RangeSubquery>();
  n->lateral = s.lateral;
  n->query = c.node(s.subquery);
  n->alias = c.typed<ast::Alias>(s.alias);
  return n;
}

inline ast::Node* build(Converter& c, const ::RangeFunction& s) {
  auto* n = c.make<ast::RangeFunction>();
  n->lateral = s.lateral;
  n->ordinality = s.ordinality;
  n->is_rows_from = s.is_rowsfrom;
  n->functions = c.list(s.functions);
  n->alias = c.typed<ast::Alias>(s.alias);
  n->column_definitions = c.list(s.coldeflist);
  return n;
}

inline ast::Node* build(Converter& c, const ::RangeTableFunc& s) {
  auto* n = c.make<ast::XmlTable>(s.location);
  n->lateral = s.lateral;
  n->document = c.node(s.docexpr);
  n->rows = c.node(s.rowexpr);
  n->namespaces = c.list(s.namespaces);
  n->alias = c.typed<ast::Alias>(s.alias);
  const std::size_t count = s.columns ? static_cast<std::size_t>(s.columns->length) : 0;
  auto* columns = static_cast<ast::XmlTableColumn*>(
      c.memory(count * sizeof(ast::XmlTableColumn), alignof(ast::XmlTableColumn)));
  for (std::size_t i = 0; i < count; ++i) {
    const auto& column = *static_cast<const ::RangeTableFuncCol*>(s.columns->elements[i].ptr_value);
    columns[i] = {c.text(column.colname), c.typed<ast::TypeName>(column.typeName), column.for_ordinality,
                  column.is_not_null, c.node(column.colexpr), c.node(column.coldefexpr), column.location};
  }
  n->columns = {columns, count};
  return n;
}

inline ast::Node* build(Converter& c, const ::RangeTableSample& s) {
  auto* n = c.make<ast::RangeTableSample>(s.location);
  n->relation = c.node(s.relation);
  n->method = c.names(s.method);
  n->arguments = c.list(s.args);
  n->repeatable = c.node(s.repeatable);
  return n;
}

inline ast::Node* build(Converter& c, const ::JoinExpr& s) {
  auto* n = c.make<ast::Join>();
  n->join = static_cast<ast::JoinType>(s.jointype);
  n->natural = s.isNatural;
  n->left = c.node(s.larg);
  n->right = c.node(s.rarg);
  n->using_columns = c.names(s.usingClause);
  n->using_alias = c.typed<ast::Alias>(s.join_using_alias);
  n->condition = c.node(s.quals);
  n->alias = c.typed<ast::Alias>(s.alias);
  return n;
}

// --- clauses ---

inline ast::Node* build(Converter& c, const ::ResTarget& s) {
  auto* n = c.make<ast::ResultTarget>(s.location);
  n->name = c.text(s.name);
  n->indirection = c.list(s.indirection);
  n->value = c.node(s.val);
  return n;
}

inline ast::Node* build(Converter& c, const ::MultiAssignRef& s) {
  auto* n = c.make<ast::MultiAssignment>();
  n->source = c.node(s.source);
  n->column = static_cast<int>(s.colno);
  n->column_count = static_cast<int>(s.ncolumns);
  return n;
}

inline ast::Node* build(Converter& c, const ::SortBy& s) {
  auto* n = c.make<ast::SortBy>(s.location);
  n->expression = c.node(s.node);
  n->direction = static_cast<ast::SortDirection>(s.sortby_dir);
  n->nulls = static_cast<ast::NullsOrder>(s.sortby_nulls);
  n->operator_name = c.names(s.useOp);
  return n;
}

inline ast::Node* build(Converter& c, const ::WindowDef& s) {
  auto* n = c.make<ast::WindowDefinition>(s.location);
  n->name = c.text(s.name);
  n->base_name = c.text(s.refname);
  n->partition_by = c.list(s.partitionClause);
  n->order_by = c.list(s.orderClause);
  n->frame_options = static_cast<int>(s.frameOptions);
  n->start_offset = c.node(s.startOffset);
  n->end_offset = c.node(s.endOffset);
  return n;
}

inline ast::Node* build(Converter& c, const ::GroupingSet& s) {
  auto* n = c.make<ast::GroupingSet>(s.location);
  n->set = static_cast<ast::GroupingSetKind>(s.kind);
  n->content = c.list(s.content);
  return n;
}

inline ast::Node* build(Converter& c, const ::LockingClause& s) {
  auto* n = c.make<ast::LockingClause>();
  n->relations = c.list(s.lockedRels);
  n->strength = static_cast<int>(s.strength);
  n->wait = static_cast<int>(s.waitPolicy);
  return n;
}

inline ast::Node* build(Converter& c, const ::CommonTableExpr& s) {
  auto* n = c.make<ast::CommonTable>(s.location);
  n->name = c.text(s.ctename);
  n->columns = c.names(s.aliascolnames);
  n->materialized = static_cast<int>(s.ctematerialized);
  n->query = c.node(s.ctequery);
  n->search = c.node(reinterpret_cast<const ::Node*>(s.search_clause));
  n->cycle = c.node(reinterpret_cast<const ::Node*>(s.cycle_clause));
  return n;
}

inline ast::Node* build(Converter& c, const ::CTESearchClause& s) {
  auto* n = c.make<ast::SearchClause>(s.location);
  n->columns = c.names(s.search_col_list);
  n->breadth_first = s.search_breadth_first;
  n->sequence_column = c.text(s.search_seq_column);
  return n;
}

inline ast::Node* build(Converter& c, const ::CTECycleClause& s) {
  auto* n = c.make<ast::CycleClause>(s.location);
  n->columns = c.names(s.cycle_col_list);
  n->mark_column = c.text(s.cycle_mark_column);
  n->mark_value = c.node(s.cycle_mark_value);
  n->mark_default = c.node(s.cycle_mark_default);
  n->path_column = c.text(s.cycle_path_column);
  return n;
}

inline ast::Node* build(Converter& c, const ::WithClause& s) {
  auto* n = c.make<ast::WithClause>(s.location);
  n->tables = c.list(s.ctes);
  n->recursive = s.recursive;
  return n;
}

inline ast::Node* build(Converter& c, const ::IntoClause& s) {
  auto* n = c.make<ast::IntoClause>();
  n->relation = c.typed<ast::RangeVariable>(s.rel);
  n->columns = c.names(s.colNames);
  n->access_method = c.text(s.accessMethod);
  n->options = c.list(s.options);
  n->on_commit = static_cast<int>(s.onCommit);
  n->tablespace = c.text(s.tableSpaceName);
  n->skip_data = s.skipData;
  return n;
}

inline ast::Node* build(Converter& c, const ::InferClause& s) {
  auto* n = c.make<ast::ConflictTarget>(s.location);
  n->elements = c.list(s.indexElems);
  n->where = c.node(s.whereClause);
  n->constraint = c.text(s.conname);
  return n;
}

inline ast::Node* build(Converter& c, const ::OnConflictClause& s) {
  auto* n = c.make<ast::OnConflict>(s.location);
  n->do_update = s.action == ONCONFLICT_UPDATE;
  n->target = c.typed<ast::ConflictTarget>(s.infer);
  n->set = c.list(s.targetList);
  n->where = c.node(s.whereClause);
  return n;
}

inline ast::Node* build(Converter& c, const ::MergeWhenClause& s) {
  auto* n = c.make<ast::MergeWhen>();
  n->matched = s.matched;
  n->command = merge_command(s.commandType);
  n->overriding = static_cast<int>(s.override);
  n->condition = c.node(s.condition);
  n->targets = c.list(s.targetList);
  n->values = c.list(s.values);
  return n;
}

inline ast::Node* build(Converter& c, const ::IndexElem& s) {
  auto* n = c.make<ast::IndexElement>();
  n->name = c.text(s.name);
  n->expression = c.node(s.expr);
  n->index_column_name = c.text(s.indexcolname);
  n->collation = c.names(s.collation);
  n->operator_class = c.names(s.opclass);
  n->operator_class_options = c.list(s.opclassopts);
  n->direction = static_cast<ast::SortDirection>(s.ordering);
  n->nulls = static_cast<ast::NullsOrder>(s.nulls_ordering);
  return n;
}

// --- queries ---

inline ast::Node* build(Converter& c, const ::SelectStmt& s) {
  auto* n = c.make<ast::Select>();
  n->distinct = s.distinctClause != nullptr;
  n->distinct_on = c.distinct_on(s.distinctClause);
  n->into = c.typed<ast::IntoClause>(s.intoClause);
  n->targets = c.list(s.targetList);
  n->from = c.list(s.fromClause);
  n->where = c.node(s.whereClause);
  n->group_by = c.list(s.groupClause);
  n->group_distinct = s.groupDistinct;
  n->having = c.node(s.havingClause);
  n->windows = c.list(s.windowClause);
  n->values_lists = c.list(s.valuesLists);
  n->order_by = c.list(s.sortClause);
  n->offset = c.node(s.limitOffset);
  n->limit = c.node(s.limitCount);
  n->with_ties = static_cast<int>(s.limitOption) == kLimitWithTies;
  n->locking = c.list(s.lockingClause);
  n->with = c.typed<ast::WithClause>(s.withClause);
  n->operation = static_cast<ast::SetOperationKind>(s.op);
  n->all = s.all;
  n->left = c.typed<ast::Select>(s.larg);
  n->right = c.typed<ast::Select>(s.rarg);
  return n;
}

inline ast::Node* build(Converter& c, const ::InsertStmt& s) {
  auto* n = c.make<ast::Insert>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->columns = c.list(s.cols);
  n->source = c.typed<ast::Select>(s.selectStmt);
  n->on_conflict = c.typed<ast::OnConflict>(s.onConflictClause);
  n->returning = c.list(s.returningList);
  n->with = c.typed<ast::WithClause>(s.withClause);
  n->overriding = static_cast<int>(s.override);
  return n;
}

inline ast::Node* build(Converter& c, const ::UpdateStmt& s) {
  auto* n = c.make<ast::Update>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->targets = c.list(s.targetList);
  n->where = c.node(s.whereClause);
  n->from = c.list(s.fromClause);
  n->returning = c.list(s.returningList);
  n->with = c.typed<ast::WithClause>(s.withClause);
  return n;
}

inline ast::Node* build(Converter& c, const ::DeleteStmt& s) {
  auto* n = c.make<ast::Delete>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->using_ = c.list(s.usingClause);
  n->where = c.node(s.whereClause);
  n->returning = c.list(s.returningList);
  n->with = c.typed<ast::WithClause>(s.withClause);
  return n;
}

inline ast::Node* build(Converter& c, const ::MergeStmt& s) {
  auto* n = c.make<ast::Merge>();
  n->relation = c.typed<ast::RangeVariable>(s.relation);
  n->source = c.node(s.sourceRelation);
  n->condition = c.node(s.joinCondition);
  n->whens = c.list(s.mergeWhenClauses);
  n->with = c.typed<ast::WithClause>(s.withClause);
  return n;
}

}  // namespace parser
