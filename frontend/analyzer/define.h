// Arguments of CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and TEXT SEARCH, `name = value` pairs; operator classes and
// statistics objects.
#pragma once

#include "query/definitions.h"
#include "statements.h"

namespace analyzer {

// A name, perhaps qualified. 42601 when there is no argument or it is none.
std::vector<ast::Name> name_argument(const ast::DefinitionElement& element);
// A type, as a name or a string.
const TypeRef type_argument(Scope& scope, const ast::DefinitionElement& element);
std::string string_argument(const ast::DefinitionElement& element);
std::int32_t int4_argument(const ast::DefinitionElement& element);
// Throws 42P13.
[[noreturn]] void refuse_definition(std::string message);

query::CreateAggregate define_aggregate(State& state, const ast::Define& node);
query::CreateOperator define_operator(State& state, const ast::Define& node);
query::AlterOperator alter_operator(State& state, const ast::AlterOperator& node, query::ObjectReference object);
query::CreateBaseType create_base_type(State& state, const ast::Define& node);
query::AlterBaseType alter_base_type(State& state, const ast::AlterBaseType& node);
query::CreateCast create_cast(State& state, const ast::CreateCast& node);
query::CreateRange create_range(State& state, const ast::CreateRange& node);
query::CreateOperatorClass create_operator_class(State& state, const ast::CreateOperatorClass& node);
query::CreateOperatorFamily create_operator_family(State& state, const ast::CreateOperatorFamily& node);
query::AlterOperatorFamily alter_operator_family(State& state, const ast::AlterOperatorFamily& node);
query::CreateStatistics create_statistics(State& state, const ast::CreateStatistics& node);

// text_definitions.cpp
query::CreateCollation create_collation(State& state, const ast::Define& node);
query::AlterCollation alter_collation(State& state, const ast::AlterCollation& node);
query::CreateTextSearchParser create_text_search_parser(State& state, const ast::Define& node);
query::CreateTextSearchTemplate create_text_search_template(State& state, const ast::Define& node);
query::CreateTextSearchDictionary create_text_search_dictionary(State& state, const ast::Define& node);
query::AlterTextSearchDictionary alter_text_search_dictionary(State& state, const ast::AlterTextSearchDictionary& node);
query::CreateTextSearchConfiguration create_text_search_configuration(State& state, const ast::Define& node);
query::AlterTextSearchConfiguration alter_text_search_configuration(State& state,
                                                                    const ast::AlterTextSearchConfiguration& node);

}  // namespace analyzer
