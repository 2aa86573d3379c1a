// What the files about non-query statements share.
#pragma once

#include <functional>

#include "analysis.h"
#include "parser/ast_ddl.h"
#include "parser/ast_utility.h"
#include "query/statements.h"

namespace analyzer {

// --- names and options ---
query::RelationName relation_name(State& state, const ast::RangeVariable& name);
query::ObjectName object_name(State& state, ast::Names names);
query::RoleName role_name(const ast::RoleSpecification& role);
std::vector<query::RoleName> role_names(ast::NodeList roles);
query::Option make_option(const ast::DefinitionElement& element);
std::vector<query::Option> make_options(ast::NodeList elements);
// An option's argument as text; nullopt: none was written.
std::optional<std::string> argument_text(const ast::Node* argument);
// A flag; true when it stands alone.
bool boolean_argument(const ast::DefinitionElement& element);
// Attributes of a routine, each at most once (42601). What is not known is `command ... NAME`, 0A000.
query::AlterFunction analyze_routine_attributes(State& state, std::span<const ast::Node* const> options,
                                                std::string_view command);
query::ObjectKind object_kind(ast::ObjectType type);
query::Persistence persistence_of(const ast::RangeVariable& name);
query::OnCommit on_commit_of(int value);

// Sets the schema's place in front of a relation that the statement is about, opened for its columns.
struct TableScope {
  query::Query query;
  Scope scope;
  catalog::RelationPtr relation;
  TableScope(State& state) : scope(state, nullptr, &query) {}
};
// The relation's row as range table entry 0.
void enter_table(TableScope& table, const catalog::RelationPtr& relation);

// --- by group; null when the node is of another ---
std::optional<query::Statement> analyze_utility(State& state, const parser::Statement& statement);
std::optional<query::Statement> analyze_definition(State& state, const parser::Statement& statement);
std::optional<query::Statement> analyze_object_command(State& state, const parser::Statement& statement);

std::optional<query::Statement> analyze_setting(State& state, const ast::Node& node);
query::SetVariable analyze_set_variable(State& state, const ast::SetVariable& node);
query::CreateTable analyze_create_table(State& state, const ast::CreateTable& node);
query::AlterTable analyze_alter_table(State& state, const ast::AlterTable& node);
query::CreateTableAs analyze_create_table_as(State& state, const ast::Node* query, const ast::IntoClause& into);
query::CreateIndex analyze_create_index(State& state, const ast::CreateIndex& node);
// A key of an index or an EXCLUDE constraint over the scope's only relation, whose columns `name_of` names.
query::IndexElement analyze_index_element(Scope& scope, const ast::IndexElement& source, std::string_view access_method,
                                          const std::function<std::string(int column)>& name_of);
query::SequenceOptions analyze_sequence_options(State& state, ast::NodeList options);
query::CreateRule analyze_rule(State& state, const ast::Rule& node);
query::CreateFunction analyze_create_function(State& state, const ast::CreateFunction& node, const parser::Statement& statement);
query::CreateTrigger analyze_create_trigger(State& state, const ast::CreateTrigger& node);
query::Statement analyze_statement_node(State& state, const ast::Node& node, const parser::Statement& statement);

}  // namespace analyzer
