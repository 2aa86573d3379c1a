#include <type_traits>

#include "query/statements.h"

namespace query {
namespace {

std::string_view drop_tag(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::access_method: return "DROP ACCESS METHOD";
    case ObjectKind::aggregate: return "DROP AGGREGATE";
    case ObjectKind::cast: return "DROP CAST";
    case ObjectKind::collation: return "DROP COLLATION";
    case ObjectKind::conversion: return "DROP CONVERSION";
    case ObjectKind::domain: return "DROP DOMAIN";
    case ObjectKind::event_trigger: return "DROP EVENT TRIGGER";
    case ObjectKind::extension: return "DROP EXTENSION";
    case ObjectKind::foreign_data_wrapper: return "DROP FOREIGN DATA WRAPPER";
    case ObjectKind::foreign_server: return "DROP SERVER";
    case ObjectKind::foreign_table: return "DROP FOREIGN TABLE";
    case ObjectKind::function: return "DROP FUNCTION";
    case ObjectKind::index: return "DROP INDEX";
    case ObjectKind::language: return "DROP LANGUAGE";
    case ObjectKind::materialized_view: return "DROP MATERIALIZED VIEW";
    case ObjectKind::operator_: return "DROP OPERATOR";
    case ObjectKind::operator_class: return "DROP OPERATOR CLASS";
    case ObjectKind::operator_family: return "DROP OPERATOR FAMILY";
    case ObjectKind::policy: return "DROP POLICY";
    case ObjectKind::procedure: return "DROP PROCEDURE";
    case ObjectKind::publication: return "DROP PUBLICATION";
    case ObjectKind::routine: return "DROP ROUTINE";
    case ObjectKind::rule: return "DROP RULE";
    case ObjectKind::schema: return "DROP SCHEMA";
    case ObjectKind::sequence: return "DROP SEQUENCE";
    case ObjectKind::statistics: return "DROP STATISTICS";
    case ObjectKind::table: return "DROP TABLE";
    case ObjectKind::text_search_configuration: return "DROP TEXT SEARCH CONFIGURATION";
    case ObjectKind::text_search_dictionary: return "DROP TEXT SEARCH DICTIONARY";
    case ObjectKind::text_search_parser: return "DROP TEXT SEARCH PARSER";
    case ObjectKind::text_search_template: return "DROP TEXT SEARCH TEMPLATE";
    case ObjectKind::trigger: return "DROP TRIGGER";
    case ObjectKind::tablespace: return "DROP TABLESPACE";
    case ObjectKind::transform: return "DROP TRANSFORM";
    case ObjectKind::type: return "DROP TYPE";
    case ObjectKind::view: return "DROP VIEW";
    default: return "DROP";
  }
}

std::string_view alter_tag(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::aggregate: return "ALTER AGGREGATE";
    case ObjectKind::collation: return "ALTER COLLATION";
    case ObjectKind::conversion: return "ALTER CONVERSION";
    case ObjectKind::database: return "ALTER DATABASE";
    case ObjectKind::domain:
    case ObjectKind::domain_constraint: return "ALTER DOMAIN";
    case ObjectKind::event_trigger: return "ALTER EVENT TRIGGER";
    case ObjectKind::extension: return "ALTER EXTENSION";
    case ObjectKind::foreign_data_wrapper: return "ALTER FOREIGN DATA WRAPPER";
    case ObjectKind::foreign_server: return "ALTER SERVER";
    case ObjectKind::foreign_table: return "ALTER FOREIGN TABLE";
    case ObjectKind::function: return "ALTER FUNCTION";
    case ObjectKind::index: return "ALTER INDEX";
    case ObjectKind::language: return "ALTER LANGUAGE";
    case ObjectKind::large_object: return "ALTER LARGE OBJECT";
    case ObjectKind::materialized_view: return "ALTER MATERIALIZED VIEW";
    case ObjectKind::operator_: return "ALTER OPERATOR";
    case ObjectKind::operator_class: return "ALTER OPERATOR CLASS";
    case ObjectKind::operator_family: return "ALTER OPERATOR FAMILY";
    case ObjectKind::policy: return "ALTER POLICY";
    case ObjectKind::procedure: return "ALTER PROCEDURE";
    case ObjectKind::publication: return "ALTER PUBLICATION";
    case ObjectKind::role: return "ALTER ROLE";
    case ObjectKind::routine: return "ALTER ROUTINE";
    case ObjectKind::rule: return "ALTER RULE";
    case ObjectKind::schema: return "ALTER SCHEMA";
    case ObjectKind::sequence: return "ALTER SEQUENCE";
    case ObjectKind::statistics: return "ALTER STATISTICS";
    case ObjectKind::subscription: return "ALTER SUBSCRIPTION";
    case ObjectKind::tablespace: return "ALTER TABLESPACE";
    case ObjectKind::text_search_configuration: return "ALTER TEXT SEARCH CONFIGURATION";
    case ObjectKind::text_search_dictionary: return "ALTER TEXT SEARCH DICTIONARY";
    case ObjectKind::text_search_parser: return "ALTER TEXT SEARCH PARSER";
    case ObjectKind::text_search_template: return "ALTER TEXT SEARCH TEMPLATE";
    case ObjectKind::trigger: return "ALTER TRIGGER";
    case ObjectKind::type:
    case ObjectKind::type_attribute: return "ALTER TYPE";
    case ObjectKind::view: return "ALTER VIEW";
    default: return "ALTER TABLE";
  }
}

std::string_view transaction_tag(Transaction::Kind kind) {
  switch (kind) {
    case Transaction::Kind::begin: return "BEGIN";
    case Transaction::Kind::start: return "START TRANSACTION";
    case Transaction::Kind::commit: return "COMMIT";
    case Transaction::Kind::rollback:
    case Transaction::Kind::rollback_to: return "ROLLBACK";
    case Transaction::Kind::savepoint: return "SAVEPOINT";
    case Transaction::Kind::release: return "RELEASE";
    case Transaction::Kind::prepare: return "PREPARE TRANSACTION";
    case Transaction::Kind::commit_prepared: return "COMMIT PREPARED";
    case Transaction::Kind::rollback_prepared: return "ROLLBACK PREPARED";
  }
  return "";
}

struct TagOf {
  std::string_view operator()(const CreateTable& s) const { return s.foreign ? "CREATE FOREIGN TABLE" : "CREATE TABLE"; }
  std::string_view operator()(const CreateTableAs& s) const {
    return s.materialized_view ? "CREATE MATERIALIZED VIEW"
           : s.is_select_into  ? "SELECT INTO"
                               : "CREATE TABLE AS";
  }
  std::string_view operator()(const RefreshMaterializedView&) const {
    return "REFRESH MATERIALIZED VIEW";
  }
  std::string_view operator()(const CreateView&) const { return "CREATE VIEW"; }
  std::string_view operator()(const CreateIndex&) const { return "CREATE INDEX"; }
  std::string_view operator()(const CreateSequence&) const { return "CREATE SEQUENCE"; }
  std::string_view operator()(const AlterSequence&) const { return "ALTER SEQUENCE"; }
  std::string_view operator()(const CreateSchema&) const { return "CREATE SCHEMA"; }
  std::string_view operator()(const CreateDatabase&) const { return "CREATE DATABASE"; }
  std::string_view operator()(const AlterDatabase&) const { return "ALTER DATABASE"; }
  std::string_view operator()(const DropDatabase&) const { return "DROP DATABASE"; }
  std::string_view operator()(const Drop& s) const { return drop_tag(s.kind); }
  std::string_view operator()(const Rename& s) const {
    bool within = s.kind == ObjectKind::column || s.kind == ObjectKind::table_constraint;
    return alter_tag(within ? s.relation_kind : s.kind);
  }
  std::string_view operator()(const SetSchema& s) const { return alter_tag(s.kind); }
  std::string_view operator()(const SetOwner& s) const { return alter_tag(s.kind); }
  std::string_view operator()(const Comment&) const { return "COMMENT"; }
  std::string_view operator()(const AlterTable& s) const { return alter_tag(s.kind); }
  std::string_view operator()(const CreateEnum&) const { return "CREATE TYPE"; }
  std::string_view operator()(const AlterEnum&) const { return "ALTER TYPE"; }
  std::string_view operator()(const CreateComposite&) const { return "CREATE TYPE"; }
  std::string_view operator()(const CreateDomain&) const { return "CREATE DOMAIN"; }
  std::string_view operator()(const AlterDomain&) const { return "ALTER DOMAIN"; }
  std::string_view operator()(const DefinePolicy& s) const { return s.alter ? "ALTER POLICY" : "CREATE POLICY"; }
  std::string_view operator()(const CreateRule&) const { return "CREATE RULE"; }
  std::string_view operator()(const CreateTrigger&) const { return "CREATE TRIGGER"; }
  std::string_view operator()(const CreateFunction& s) const {
    return s.is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
  }
  std::string_view operator()(const DoBlock&) const { return "DO"; }
  std::string_view operator()(const CreateExtension&) const { return "CREATE EXTENSION"; }
  std::string_view operator()(const AlterExtension&) const { return "ALTER EXTENSION"; }
  std::string_view operator()(const CreateRole&) const { return "CREATE ROLE"; }
  std::string_view operator()(const AlterRole&) const { return "ALTER ROLE"; }
  std::string_view operator()(const DropRole&) const { return "DROP ROLE"; }
  std::string_view operator()(const Grant& s) const { return s.is_grant ? "GRANT" : "REVOKE"; }
  std::string_view operator()(const GrantRole& s) const {
    return s.is_grant ? "GRANT ROLE" : "REVOKE ROLE";
  }
  std::string_view operator()(const AlterDefaultPrivileges&) const {
    return "ALTER DEFAULT PRIVILEGES";
  }
  std::string_view operator()(const ReassignOwned&) const { return "REASSIGN OWNED"; }
  std::string_view operator()(const DropOwned&) const { return "DROP OWNED"; }
  std::string_view operator()(const Transaction& s) const { return transaction_tag(s.kind); }
  std::string_view operator()(const SetTransaction&) const { return "SET"; }
  std::string_view operator()(const SetConstraints&) const { return "SET CONSTRAINTS"; }
  std::string_view operator()(const SetVariable& s) const {
    bool reset = s.action == SetVariable::Action::reset ||
                 s.action == SetVariable::Action::reset_all;
    return reset ? "RESET" : "SET";
  }
  std::string_view operator()(const Show&) const { return "SHOW"; }
  std::string_view operator()(const AlterSetting& s) const {
    switch (s.scope) {
      case AlterSetting::Scope::database: return "ALTER DATABASE";
      case AlterSetting::Scope::system: return "ALTER SYSTEM";
      default: return "ALTER ROLE";
    }
  }
  std::string_view operator()(const CreateAggregate&) const { return "CREATE AGGREGATE"; }
  std::string_view operator()(const CreateOperator&) const { return "CREATE OPERATOR"; }
  std::string_view operator()(const AlterOperator&) const { return "ALTER OPERATOR"; }
  std::string_view operator()(const CreateOperatorClass&) const { return "CREATE OPERATOR CLASS"; }
  std::string_view operator()(const CreateOperatorFamily&) const { return "CREATE OPERATOR FAMILY"; }
  std::string_view operator()(const AlterOperatorFamily&) const { return "ALTER OPERATOR FAMILY"; }
  std::string_view operator()(const CreateConversion&) const { return "CREATE CONVERSION"; }
  std::string_view operator()(const CreateStatistics&) const { return "CREATE STATISTICS"; }
  std::string_view operator()(const AlterStatistics&) const { return "ALTER STATISTICS"; }
  std::string_view operator()(const CreateCast&) const { return "CREATE CAST"; }
  std::string_view operator()(const CreateRange&) const { return "CREATE TYPE"; }
  std::string_view operator()(const CreateShellType&) const { return "CREATE TYPE"; }
  std::string_view operator()(const CreateBaseType&) const { return "CREATE TYPE"; }
  std::string_view operator()(const AlterBaseType&) const { return "ALTER TYPE"; }
  std::string_view operator()(const CreateCollation&) const { return "CREATE COLLATION"; }
  std::string_view operator()(const AlterCollation&) const { return "ALTER COLLATION"; }
  std::string_view operator()(const CreateTextSearchParser&) const { return "CREATE TEXT SEARCH PARSER"; }
  std::string_view operator()(const CreateTextSearchTemplate&) const { return "CREATE TEXT SEARCH TEMPLATE"; }
  std::string_view operator()(const CreateTextSearchDictionary&) const { return "CREATE TEXT SEARCH DICTIONARY"; }
  std::string_view operator()(const AlterTextSearchDictionary&) const { return "ALTER TEXT SEARCH DICTIONARY"; }
  std::string_view operator()(const CreateTextSearchConfiguration&) const { return "CREATE TEXT SEARCH CONFIGURATION"; }
  std::string_view operator()(const AlterTextSearchConfiguration&) const { return "ALTER TEXT SEARCH CONFIGURATION"; }
  std::string_view operator()(const AlterFunction& s) const { return alter_tag(s.kind); }
  std::string_view operator()(const CreateLanguage&) const { return "CREATE LANGUAGE"; }
  std::string_view operator()(const DefineDataWrapper& s) const {
    return s.alter ? "ALTER FOREIGN DATA WRAPPER" : "CREATE FOREIGN DATA WRAPPER";
  }
  std::string_view operator()(const DefineServer& s) const { return s.alter ? "ALTER SERVER" : "CREATE SERVER"; }
  std::string_view operator()(const DefineUserMapping& s) const {
    return s.action == DefineUserMapping::Action::create  ? "CREATE USER MAPPING"
           : s.action == DefineUserMapping::Action::alter ? "ALTER USER MAPPING"
                                                          : "DROP USER MAPPING";
  }
  std::string_view operator()(const ImportForeignSchema&) const { return "IMPORT FOREIGN SCHEMA"; }
  std::string_view operator()(const CreateEventTrigger&) const { return "CREATE EVENT TRIGGER"; }
  std::string_view operator()(const AlterEventTrigger&) const { return "ALTER EVENT TRIGGER"; }
  std::string_view operator()(const DefinePublication& s) const {
    return s.action == DefinePublication::Action::create ? "CREATE PUBLICATION" : "ALTER PUBLICATION";
  }
  std::string_view operator()(const DefineSubscription& s) const {
    return s.action == DefineSubscription::Action::create ? "CREATE SUBSCRIPTION"
           : s.action == DefineSubscription::Action::drop ? "DROP SUBSCRIPTION"
                                                          : "ALTER SUBSCRIPTION";
  }
  std::string_view operator()(const DependsOnExtension& s) const { return alter_tag(s.kind); }
  std::string_view operator()(const Discard& s) const {
    switch (s.what) {
      case Discard::What::all: return "DISCARD ALL";
      case Discard::What::plans: return "DISCARD PLANS";
      case Discard::What::sequences: return "DISCARD SEQUENCES";
      case Discard::What::temp: return "DISCARD TEMP";
    }
    return "";
  }
  std::string_view operator()(const Prepare&) const { return "PREPARE"; }
  std::string_view operator()(const Execute&) const { return "EXECUTE"; }
  std::string_view operator()(const Deallocate& s) const {
    return s.name.empty() ? "DEALLOCATE ALL" : "DEALLOCATE";
  }
  std::string_view operator()(const DeclareCursor&) const { return "DECLARE CURSOR"; }
  std::string_view operator()(const Fetch& s) const { return s.move ? "MOVE" : "FETCH"; }
  std::string_view operator()(const CloseCursor& s) const {
    return s.name.empty() ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
  }
  std::string_view operator()(const Copy&) const { return "COPY"; }
  std::string_view operator()(const Vacuum& s) const { return s.vacuum ? "VACUUM" : "ANALYZE"; }
  std::string_view operator()(const Truncate&) const { return "TRUNCATE TABLE"; }
  std::string_view operator()(const Reindex&) const { return "REINDEX"; }
  std::string_view operator()(const Cluster&) const { return "CLUSTER"; }
  std::string_view operator()(const LockTable&) const { return "LOCK TABLE"; }
  std::string_view operator()(const Checkpoint&) const { return "CHECKPOINT"; }
  std::string_view operator()(const Load&) const { return "LOAD"; }
  std::string_view operator()(const Explain&) const { return "EXPLAIN"; }
  std::string_view operator()(const CallProcedure&) const { return "CALL"; }
  std::string_view operator()(const Listen&) const { return "LISTEN"; }
  std::string_view operator()(const Unlisten&) const { return "UNLISTEN"; }
  std::string_view operator()(const Notify&) const { return "NOTIFY"; }
};

}  // namespace

std::string_view command_tag(const Statement& statement) {
  return std::visit(TagOf{}, statement.node);
}

}  // namespace query
