// Which command runs which statement.
#include "commands/commands.h"

#include "alter_table.h"
#include "create_table.h"
#include "database.h"
#include "default_privileges.h"
#include "drop.h"
#include "event_trigger.h"
#include "extension.h"
#include "extensions/extension.h"
#include "foreign_objects.h"
#include "language.h"
#include "maintenance.h"
#include "operator_class.h"
#include "publication.h"
#include "query/statements.h"
#include "rename.h"
#include "rights.h"
#include "role.h"
#include "role_uses.h"
#include "sequence.h"
#include "statistics_object.h"
#include "table_parts.h"
#include "text_commands.h"
#include "type_commands.h"
#include "view.h"

namespace commands {
namespace {

// One overload per statement; false from the last: not a command.
class Runner {
 public:
  explicit Runner(Ddl& ddl) : ddl_(ddl) {}

  std::string tag;  // when it is not command_tag()'s

  bool run(const query::CreateTable& s) { create_table(ddl_, s); return true; }
  bool run(const query::CreateTableAs& s) { tag = create_table_as(ddl_, s); return true; }
  bool run(const query::RefreshMaterializedView& s) { refresh_materialized_view(ddl_, s); return true; }
  bool run(const query::CreateView& s) { create_view(ddl_, s); return true; }
  bool run(const query::CreateIndex& s) { create_index(ddl_, s); return true; }
  bool run(const query::CreateSequence& s) { create_sequence(ddl_, s); return true; }
  bool run(const query::AlterSequence& s) { alter_sequence(ddl_, s); return true; }
  bool run(const query::CreateSchema& s) { create_schema(ddl_, s); return true; }
  bool run(const query::Drop& s) { drop(ddl_, s); return true; }
  bool run(const query::Rename& s) { rename(ddl_, s); return true; }
  bool run(const query::SetSchema& s) { set_schema(ddl_, s); return true; }
  bool run(const query::SetOwner& s) { set_owner(ddl_, s); return true; }
  bool run(const query::Comment& s) { comment(ddl_, s); return true; }
  bool run(const query::AlterTable& s) { alter_table(ddl_, s); return true; }
  bool run(const query::CreateEnum& s) { create_enum(ddl_, s); return true; }
  bool run(const query::AlterEnum& s) { alter_enum(ddl_, s); return true; }
  bool run(const query::CreateComposite& s) { create_composite(ddl_, s); return true; }
  bool run(const query::CreateDomain& s) { create_domain(ddl_, s); return true; }
  bool run(const query::AlterDomain& s) { alter_domain(ddl_, s); return true; }
  bool run(const query::DefinePolicy& s) { define_policy(ddl_, s); return true; }
  bool run(const query::CreateRule& s) { create_rule(ddl_, s); return true; }
  bool run(const query::CreateTrigger& s) { create_trigger(ddl_, s); return true; }
  bool run(const query::CreateFunction& s) { create_function(ddl_, s); return true; }
  bool run(const query::AlterFunction& s) { alter_function(ddl_, s); return true; }
  bool run(const query::CreateAggregate& s) { create_aggregate(ddl_, s); return true; }
  bool run(const query::CreateOperator& s) { create_operator(ddl_, s); return true; }
  bool run(const query::AlterOperator& s) { alter_operator(ddl_, s); return true; }
  bool run(const query::CreateCast& s) { create_cast(ddl_, s); return true; }
  bool run(const query::CreateRange& s) { create_range(ddl_, s); return true; }
  bool run(const query::CreateShellType& s) { create_shell_type(ddl_, s); return true; }
  bool run(const query::CreateBaseType& s) { create_base_type(ddl_, s); return true; }
  bool run(const query::AlterBaseType& s) { alter_base_type(ddl_, s); return true; }
  bool run(const query::CreateOperatorClass& s) { create_operator_class(ddl_, s); return true; }
  bool run(const query::CreateOperatorFamily& s) { create_operator_family(ddl_, s); return true; }
  bool run(const query::AlterOperatorFamily& s) { alter_operator_family(ddl_, s); return true; }
  bool run(const query::CreateConversion& s) { create_conversion(ddl_, s); return true; }
  bool run(const query::CreateStatistics& s) { create_statistics(ddl_, s); return true; }
  bool run(const query::AlterStatistics& s) { alter_statistics(ddl_, s); return true; }
  bool run(const query::CreateCollation& s) { create_collation(ddl_, s); return true; }
  bool run(const query::AlterCollation& s) { alter_collation(ddl_, s); return true; }
  bool run(const query::CreateTextSearchParser& s) { create_text_search_parser(ddl_, s); return true; }
  bool run(const query::CreateTextSearchTemplate& s) { create_text_search_template(ddl_, s); return true; }
  bool run(const query::CreateTextSearchDictionary& s) { create_text_search_dictionary(ddl_, s); return true; }
  bool run(const query::AlterTextSearchDictionary& s) { alter_text_search_dictionary(ddl_, s); return true; }
  bool run(const query::CreateTextSearchConfiguration& s) { create_text_search_configuration(ddl_, s); return true; }
  bool run(const query::AlterTextSearchConfiguration& s) { alter_text_search_configuration(ddl_, s); return true; }
  bool run(const query::CreateExtension& s) { create_extension(ddl_, s); return true; }
  bool run(const query::AlterExtension& s) { alter_extension(ddl_, s); return true; }
  bool run(const query::CreateRole& s) { create_role(ddl_, s); return true; }
  bool run(const query::AlterRole& s) { alter_role(ddl_, s); return true; }
  bool run(const query::DropRole& s) { drop_role(ddl_, s); return true; }
  bool run(const query::Grant& s) { grant(ddl_, s); return true; }
  bool run(const query::GrantRole& s) { grant_role(ddl_, s); return true; }
  bool run(const query::ReassignOwned& s) { reassign_owned(ddl_, s); return true; }
  bool run(const query::AlterDatabase& s) { alter_database(ddl_, s); return true; }
  bool run(const query::AlterSetting& s) { alter_setting(ddl_, s); return true; }
  bool run(const query::Vacuum& s) { vacuum(ddl_, s); return true; }
  bool run(const query::Truncate& s) { truncate(ddl_, s); return true; }
  bool run(const query::Reindex& s) { reindex(ddl_, s); return true; }
  bool run(const query::Cluster& s) { cluster(ddl_, s); return true; }
  bool run(const query::LockTable& s) { lock_tables(ddl_, s); return true; }
  // The log is durable at every commit: there is nothing to write back.
  bool run(const query::Checkpoint&) { return true; }
  bool run(const query::AlterDefaultPrivileges& s) { alter_default_privileges(ddl_, s); return true; }
  bool run(const query::DropOwned& s) { drop_owned(ddl_, s); return true; }
  bool run(const query::CreateLanguage& s) { create_language(ddl_, s); return true; }
  bool run(const query::DefineDataWrapper& s) { define_data_wrapper(ddl_, s); return true; }
  bool run(const query::DefineServer& s) { define_server(ddl_, s); return true; }
  bool run(const query::DefineUserMapping& s) { define_user_mapping(ddl_, s); return true; }
  bool run(const query::ImportForeignSchema& s) { import_foreign_schema(ddl_, s); }
  bool run(const query::CreateEventTrigger& s) { create_event_trigger(ddl_, s); return true; }
  bool run(const query::AlterEventTrigger& s) { alter_event_trigger(ddl_, s); return true; }
  bool run(const query::DefinePublication& s) { define_publication(ddl_, s); return true; }
  bool run(const query::DefineSubscription& s) { define_subscription(ddl_, s); return true; }
  bool run(const query::DependsOnExtension& s) { depend_on_extension(ddl_, s); return true; }
  bool run(const query::DoBlock&) { throw SqlError::not_supported("DO"); }
  // What is there is part of the server.
  bool run(const query::Load& s) {
    std::string_view library = s.file;
    if (library.starts_with("$libdir/")) library.remove_prefix(8);
    if (!is_superuser(ddl_)) throw SqlError("42501", "access to library \"" + s.file + "\" is not allowed");
    if (library != "plpgsql" && extensions::find(library) == nullptr)
      throw SqlError("58P01", "could not access file \"" + s.file + "\": No such file or directory");
    return true;
  }
  bool run(const query::CallProcedure&) { throw SqlError::not_supported("CALL"); }
  template <typename Other>
  bool run(const Other&) {
    return false;
  }

 private:
  Ddl& ddl_;
};

template <typename Statement>
constexpr bool kIsCommand =
    std::is_same_v<Statement, query::CreateTable> ||
    std::is_same_v<Statement, query::CreateTableAs> ||
    std::is_same_v<Statement, query::RefreshMaterializedView> ||
    std::is_same_v<Statement, query::CreateView> || std::is_same_v<Statement, query::CreateIndex> ||
    std::is_same_v<Statement, query::CreateSequence> ||
    std::is_same_v<Statement, query::AlterSequence> ||
    std::is_same_v<Statement, query::CreateSchema> || std::is_same_v<Statement, query::Drop> ||
    std::is_same_v<Statement, query::Rename> || std::is_same_v<Statement, query::SetSchema> ||
    std::is_same_v<Statement, query::SetOwner> || std::is_same_v<Statement, query::Comment> ||
    std::is_same_v<Statement, query::AlterTable> || std::is_same_v<Statement, query::CreateEnum> ||
    std::is_same_v<Statement, query::AlterEnum> ||
    std::is_same_v<Statement, query::CreateComposite> ||
    std::is_same_v<Statement, query::CreateDomain> ||
    std::is_same_v<Statement, query::AlterDomain> ||
    std::is_same_v<Statement, query::CreateFunction> ||
    std::is_same_v<Statement, query::AlterDatabase> ||
    std::is_same_v<Statement, query::AlterFunction> ||
    std::is_same_v<Statement, query::CreateTrigger> ||
    std::is_same_v<Statement, query::CreateAggregate> ||
    std::is_same_v<Statement, query::CreateOperator> ||
    std::is_same_v<Statement, query::AlterOperator> ||
    std::is_same_v<Statement, query::CreateCast> ||
    std::is_same_v<Statement, query::CreateRange> ||
    std::is_same_v<Statement, query::CreateShellType> ||
    std::is_same_v<Statement, query::CreateBaseType> ||
    std::is_same_v<Statement, query::AlterBaseType> ||
    std::is_same_v<Statement, query::CreateOperatorClass> ||
    std::is_same_v<Statement, query::CreateOperatorFamily> ||
    std::is_same_v<Statement, query::AlterOperatorFamily> ||
    std::is_same_v<Statement, query::CreateConversion> ||
    std::is_same_v<Statement, query::CreateStatistics> ||
    std::is_same_v<Statement, query::AlterStatistics> ||
    std::is_same_v<Statement, query::CreateCollation> ||
    std::is_same_v<Statement, query::AlterCollation> ||
    std::is_same_v<Statement, query::CreateTextSearchParser> ||
    std::is_same_v<Statement, query::CreateTextSearchTemplate> ||
    std::is_same_v<Statement, query::CreateTextSearchDictionary> ||
    std::is_same_v<Statement, query::AlterTextSearchDictionary> ||
    std::is_same_v<Statement, query::CreateTextSearchConfiguration> ||
    std::is_same_v<Statement, query::AlterTextSearchConfiguration> ||
    std::is_same_v<Statement, query::CreateRule> ||
    std::is_same_v<Statement, query::DefinePolicy> ||
    std::is_same_v<Statement, query::CreateLanguage> ||
    std::is_same_v<Statement, query::DefineDataWrapper> || std::is_same_v<Statement, query::DefineServer> ||
    std::is_same_v<Statement, query::DefineUserMapping> ||
    std::is_same_v<Statement, query::ImportForeignSchema> ||
    std::is_same_v<Statement, query::CreateEventTrigger> || std::is_same_v<Statement, query::AlterEventTrigger> ||
    std::is_same_v<Statement, query::DefinePublication> || std::is_same_v<Statement, query::DefineSubscription> ||
    std::is_same_v<Statement, query::DependsOnExtension> ||
    std::is_same_v<Statement, query::DoBlock> ||
    std::is_same_v<Statement, query::CreateExtension> || std::is_same_v<Statement, query::AlterExtension> ||
    std::is_same_v<Statement, query::CreateRole> || std::is_same_v<Statement, query::AlterRole> ||
    std::is_same_v<Statement, query::DropRole> || std::is_same_v<Statement, query::Grant> ||
    std::is_same_v<Statement, query::GrantRole> ||
    std::is_same_v<Statement, query::AlterDefaultPrivileges> ||
    std::is_same_v<Statement, query::ReassignOwned> ||
    std::is_same_v<Statement, query::DropOwned> ||
    std::is_same_v<Statement, query::AlterSetting> || std::is_same_v<Statement, query::Vacuum> ||
    std::is_same_v<Statement, query::Truncate> || std::is_same_v<Statement, query::Reindex> ||
    std::is_same_v<Statement, query::Cluster> || std::is_same_v<Statement, query::LockTable> ||
    std::is_same_v<Statement, query::Checkpoint> || std::is_same_v<Statement, query::Load> ||
    std::is_same_v<Statement, query::CallProcedure>;

}  // namespace

std::string execute(const query::Statement& statement, Host& host) {
  Ddl ddl(host);
  Runner runner(ddl);
  bool known = std::visit([&](const auto& node) { return runner.run(node); }, statement.node);
  if (!known)
    throw SqlError::not_supported(std::string(query::command_tag(statement)) + " here");
  return runner.tag.empty() ? std::string(query::command_tag(statement)) : runner.tag;
}

bool is_command(const query::Statement& statement) {
  return std::visit(
      [](const auto& node) { return kIsCommand<std::remove_cvref_t<decltype(node)>>; },
      statement.node);
}

}  // namespace commands
