// Analysed statements that are not queries.
//
// Made by the analyser, run by executor/commands and (transactions, settings, prepared
// statements, cursors, notifications) by the session.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "query/ddl.h"
#include "query/definitions.h"
#include "query/text_definitions.h"
#include "query/utility.h"

namespace query {

struct Statement {
  std::variant<
      // ddl.h
      CreateTable, CreateTableAs, RefreshMaterializedView, CreateView, CreateIndex, CreateSequence,
      AlterSequence, CreateSchema, CreateDatabase, AlterDatabase, DropDatabase, Drop, Rename,
      SetSchema, SetOwner, Comment, AlterTable, CreateEnum, AlterEnum, CreateComposite,
      CreateDomain, AlterDomain, CreateTrigger, CreateRule, DefinePolicy, DoBlock, CreateExtension, AlterExtension, CreateRole, AlterRole,
      DropRole, Grant, GrantRole, AlterDefaultPrivileges, ReassignOwned, DropOwned,
      // definitions.h
      CreateFunction, AlterFunction, CreateAggregate, CreateOperator, AlterOperator, CreateCast, CreateRange, CreateShellType,
      CreateOperatorClass, CreateOperatorFamily, AlterOperatorFamily, CreateConversion, CreateStatistics, AlterStatistics,
      // text_definitions.h
      CreateCollation, AlterCollation, CreateTextSearchParser, CreateTextSearchTemplate, CreateTextSearchDictionary,
      AlterTextSearchDictionary, CreateTextSearchConfiguration, AlterTextSearchConfiguration,
      // foreign.h
      DefineDataWrapper, DefineServer, DefineUserMapping, ImportForeignSchema, CreateEventTrigger, AlterEventTrigger,
      DefinePublication, DefineSubscription, DependsOnExtension,
      // utility.h
      Transaction, SetTransaction, SetConstraints, SetVariable, Show, AlterSetting, Discard,
      Prepare, Execute, Deallocate, DeclareCursor, Fetch, CloseCursor, Copy, Vacuum, Truncate,
      Reindex, Cluster, LockTable, Checkpoint, Load, Explain, CallProcedure, Listen, Unlisten, Notify,
      // definitions.h: base types
      CreateBaseType, AlterBaseType, CreateLanguage>
      node;

  // From any of the nodes above. What moves and destroys the variant is in statement.cpp: ninety
  // alternatives, expanded once and not in every file that passes a statement on.
  template <typename Node>
    requires(!std::is_same_v<Node, Statement> && std::is_nothrow_move_constructible_v<Node>)
  Statement(Node&& from) noexcept : node(std::move(from)) {}  // NOLINT(google-explicit-constructor)
  Statement(Statement&& from) noexcept;
  Statement& operator=(Statement&& from) noexcept;
  ~Statement();
};

// CommandComplete's tag, "CREATE TABLE"; without the counts that some commands append.
std::string_view command_tag(const Statement& statement);

}  // namespace query
