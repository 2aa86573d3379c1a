// The children of a query's raw syntax nodes.
#pragma once

#include "parser/ast_xml.h"
#include "scope.h"

namespace analyzer {

// f(const ast::Node&) for each child in the order of PostgreSQL's raw_expression_tree_walker(). A WITH clause is
// handed over as a whole, before anything else; types and names are no children.
template <typename F>
void for_each_child(const ast::Node& node, const F& f) {
  using Kind = ast::NodeKind;
  auto one = [&](const ast::Node* child) {
    if (child) f(*child);
  };
  auto list = [&](ast::NodeList children) {
    for (const ast::Node* child : children) one(child);
  };
  switch (node.kind) {
    case Kind::list_node: list(ast::as<ast::ListNode>(node).items); break;
    case Kind::operation: {
      const auto& n = ast::as<ast::Operation>(node);
      one(n.left);
      one(n.right);
      break;
    }
    case Kind::boolean_operation: list(ast::as<ast::BooleanOperation>(node).arguments); break;
    case Kind::sublink: {
      const auto& n = ast::as<ast::Sublink>(node);
      one(n.test);
      one(n.query);
      break;
    }
    case Kind::function_call: {
      const auto& n = ast::as<ast::FunctionCall>(node);
      list(n.arguments);
      list(n.order_by);
      one(n.filter);
      one(n.over);
      break;
    }
    case Kind::named_argument: one(ast::as<ast::NamedArgument>(node).argument); break;
    case Kind::indices: {
      const auto& n = ast::as<ast::Indices>(node);
      one(n.lower);
      one(n.upper);
      break;
    }
    case Kind::indirection: {
      const auto& n = ast::as<ast::Indirection>(node);
      one(n.argument);
      list(n.steps);
      break;
    }
    case Kind::array_expression: list(ast::as<ast::ArrayExpression>(node).elements); break;
    case Kind::type_cast: one(ast::as<ast::TypeCast>(node).argument); break;
    case Kind::collate_clause: one(ast::as<ast::CollateClause>(node).argument); break;
    case Kind::case_expression: {
      const auto& n = ast::as<ast::CaseExpression>(node);
      one(n.argument);
      list(n.whens);
      one(n.otherwise);
      break;
    }
    case Kind::case_branch: {
      const auto& n = ast::as<ast::CaseBranch>(node);
      one(n.condition);
      one(n.result);
      break;
    }
    case Kind::coalesce_expression: list(ast::as<ast::CoalesceExpression>(node).arguments); break;
    case Kind::min_max_expression: list(ast::as<ast::MinMaxExpression>(node).arguments); break;
    case Kind::row_expression: list(ast::as<ast::RowExpression>(node).fields); break;
    case Kind::null_test: one(ast::as<ast::NullTest>(node).argument); break;
    case Kind::boolean_test: one(ast::as<ast::BooleanTest>(node).argument); break;
    case Kind::xml_expression: {
      const auto& n = static_cast<const ast::XmlCall&>(node);
      list(n.named_arguments);
      list(n.arguments);
      break;
    }
    case Kind::xml_serialize: one(static_cast<const ast::XmlSerializeCall&>(node).argument); break;
    case Kind::range_table_function: {
      const auto& n = static_cast<const ast::XmlTable&>(node);
      one(n.document);
      one(n.rows);
      list(n.namespaces);
      for (const ast::XmlTableColumn& column : n.columns) {
        one(column.path);
        one(column.otherwise);
      }
      break;
    }
    case Kind::grouping_call: list(ast::as<ast::GroupingCall>(node).arguments); break;
    case Kind::range_subquery: one(ast::as<ast::RangeSubquery>(node).query); break;
    case Kind::range_function: list(ast::as<ast::RangeFunction>(node).functions); break;
    case Kind::range_table_sample: {
      const auto& n = ast::as<ast::RangeTableSample>(node);
      one(n.relation);
      list(n.arguments);
      one(n.repeatable);
      break;
    }
    case Kind::join: {
      const auto& n = ast::as<ast::Join>(node);
      one(n.left);
      one(n.right);
      one(n.condition);
      break;
    }
    case Kind::result_target: {
      const auto& n = ast::as<ast::ResultTarget>(node);
      list(n.indirection);
      one(n.value);
      break;
    }
    case Kind::multi_assignment: one(ast::as<ast::MultiAssignment>(node).source); break;
    case Kind::sort_by: one(ast::as<ast::SortBy>(node).expression); break;
    case Kind::window_definition: {
      const auto& n = ast::as<ast::WindowDefinition>(node);
      list(n.partition_by);
      list(n.order_by);
      one(n.start_offset);
      one(n.end_offset);
      break;
    }
    case Kind::grouping_set: list(ast::as<ast::GroupingSet>(node).content); break;
    case Kind::common_table: one(ast::as<ast::CommonTable>(node).query); break;
    case Kind::with_clause: list(ast::as<ast::WithClause>(node).tables); break;
    case Kind::conflict_target: {
      const auto& n = ast::as<ast::ConflictTarget>(node);
      list(n.elements);
      one(n.where);
      break;
    }
    case Kind::on_conflict: {
      const auto& n = ast::as<ast::OnConflict>(node);
      one(n.target);
      list(n.set);
      one(n.where);
      break;
    }
    case Kind::merge_when: {
      const auto& n = ast::as<ast::MergeWhen>(node);
      one(n.condition);
      list(n.targets);
      list(n.values);
      break;
    }
    case Kind::index_element: one(ast::as<ast::IndexElement>(node).expression); break;
    case Kind::select: {
      const auto& n = ast::as<ast::Select>(node);
      one(n.with);
      list(n.distinct_on);
      list(n.targets);
      list(n.from);
      one(n.where);
      list(n.group_by);
      one(n.having);
      list(n.windows);
      list(n.values_lists);
      list(n.order_by);
      one(n.offset);
      one(n.limit);
      one(n.left);
      one(n.right);
      break;
    }
    case Kind::insert: {
      const auto& n = ast::as<ast::Insert>(node);
      one(n.with);
      one(n.relation);
      list(n.columns);
      one(n.source);
      one(n.on_conflict);
      list(n.returning);
      break;
    }
    case Kind::update: {
      const auto& n = ast::as<ast::Update>(node);
      one(n.with);
      one(n.relation);
      list(n.targets);
      one(n.where);
      list(n.from);
      list(n.returning);
      break;
    }
    case Kind::delete_: {
      const auto& n = ast::as<ast::Delete>(node);
      one(n.with);
      one(n.relation);
      list(n.using_);
      one(n.where);
      list(n.returning);
      break;
    }
    case Kind::merge: {
      const auto& n = ast::as<ast::Merge>(node);
      one(n.with);
      one(n.relation);
      one(n.source);
      one(n.condition);
      list(n.whens);
      break;
    }
    default: break;
  }
}

}  // namespace analyzer
