// CREATE, ALTER and DROP SUBSCRIPTION, as far as nobody connects: there is nothing that would receive changes.
#include <algorithm>
#include <map>

#include "catalog/object_columns.h"
#include "catalog/unqualified_objects.h"
#include "drop.h"
#include "publication.h"
#include "rights.h"
#include "types/bool.h"
#include "unqualified_object.h"

namespace commands {
namespace {

namespace subscriptions = catalog::pg_subscription;
using SubscriptionAction = query::DefineSubscription::Action;

// What was written; the rest have their defaults.
struct SubscriptionOptions {
  std::optional<bool> connect, enabled, create_slot, copy_data, refresh, binary, streaming, two_phase, disable_on_error;
  std::optional<std::string> slot_name, synchronous_commit;
  bool no_slot = false;  // slot_name = NONE
};

bool subscription_truth(const query::Option& option) {
  if (!option.has_value) return true;
  if (const auto value = types::parse_bool(option.value())) return *value;
  throw SqlError("42601", option.name + " requires a Boolean value");
}

SubscriptionOptions read_options(const query::DefineSubscription& s, std::span<const std::string_view> allowed) {
  SubscriptionOptions result;
  std::vector<std::string> seen;
  for (const query::Option& option : s.options) {
    if (std::ranges::find(allowed, std::string_view(option.name)) == allowed.end())
      throw SqlError("42601", "unrecognized subscription parameter: \"" + option.name + "\"");
    if (std::ranges::find(seen, option.name) != seen.end())
      throw SqlError("42601", "conflicting or redundant options").at(option.location);
    seen.push_back(option.name);
    if (option.name == "connect") result.connect = subscription_truth(option);
    else if (option.name == "enabled") result.enabled = subscription_truth(option);
    else if (option.name == "create_slot") result.create_slot = subscription_truth(option);
    else if (option.name == "copy_data") result.copy_data = subscription_truth(option);
    else if (option.name == "refresh") result.refresh = subscription_truth(option);
    else if (option.name == "binary") result.binary = subscription_truth(option);
    else if (option.name == "streaming") result.streaming = subscription_truth(option);
    else if (option.name == "two_phase") result.two_phase = subscription_truth(option);
    else if (option.name == "disable_on_error") result.disable_on_error = subscription_truth(option);
    else if (option.name == "slot_name") {
      result.no_slot = option.value() == "none";
      if (!result.no_slot) result.slot_name = option.value();
    } else if (option.name == "synchronous_commit") {
      result.synchronous_commit = option.value();
    }
  }
  return result;
}

void refuse_pair(const char* one, const char* other) {
  throw SqlError("42601", std::string(one) + " and " + other + " are mutually exclusive options");
}

void require_apart(const SubscriptionOptions& o) {
  if (o.connect == false) {
    if (o.enabled == true) refuse_pair("connect = false", "enabled = true");
    if (o.create_slot == true) refuse_pair("connect = false", "create_slot = true");
    if (o.copy_data == true) refuse_pair("connect = false", "copy_data = true");
  }
  if (!o.no_slot) return;
  if (o.enabled == true) refuse_pair("slot_name = NONE", "enabled = true");
  if (o.create_slot == true) refuse_pair("slot_name = NONE", "create_slot = true");
  if (o.connect == false) return;
  if (!o.enabled) throw SqlError("42601", "subscription with slot_name = NONE must also set enabled = false");
  if (!o.create_slot) throw SqlError("42601", "subscription with slot_name = NONE must also set create_slot = false");
}

// keyword = value pairs, or an URI.
void require_connection_syntax(const std::string& text) {
  if (text.starts_with("postgres://") || text.starts_with("postgresql://")) return;
  std::size_t at = 0;
  const auto skip = [&] { while (at < text.size() && text[at] == ' ') ++at; };
  for (skip(); at < text.size(); skip()) {
    const std::size_t start = at;
    while (at < text.size() && text[at] != '=' && text[at] != ' ') ++at;
    const std::string word = text.substr(start, at - start);
    skip();
    if (at >= text.size() || text[at] != '=')
      throw SqlError("42601", "invalid connection string syntax: missing \"=\" after \"" + word +
                                  "\" in connection info string\n");
    ++at;
    skip();
    const bool quoted = at < text.size() && text[at] == '\'';
    if (quoted) ++at;
    while (at < text.size() && (quoted ? text[at] != '\'' : text[at] != ' ')) at += text[at] == '\\' ? 2 : 1;
    if (quoted && at >= text.size())
      throw SqlError("42601", "invalid connection string syntax: unterminated quoted string in connection info string\n");
    if (quoted) ++at;
  }
}

void require_distinct(const std::vector<std::string>& publications) {
  for (std::size_t i = 0; i < publications.size(); ++i)
    if (std::find(publications.begin(), publications.begin() + static_cast<std::ptrdiff_t>(i), publications[i]) !=
        publications.begin() + static_cast<std::ptrdiff_t>(i))
      throw SqlError("42710", "publication name \"" + publications[i] + "\" used more than once");
}

void set_common(RowBuilder& row, const SubscriptionOptions& o) {
  if (o.binary) row.set(subscriptions::subbinary, *o.binary);
  if (o.streaming) row.set(subscriptions::substream, *o.streaming);
  if (o.disable_on_error) row.set(subscriptions::subdisableonerr, *o.disable_on_error);
  if (o.synchronous_commit) row.set(subscriptions::subsynccommit, *o.synchronous_commit);
  if (o.no_slot) row.set_null(subscriptions::subslotname);
  else if (o.slot_name) row.set(subscriptions::subslotname, *o.slot_name);
}

void create_subscription(Ddl& ddl, const query::DefineSubscription& s) {
  constexpr std::string_view kAllowed[] = {"connect", "enabled", "create_slot", "slot_name", "copy_data",
                                           "synchronous_commit", "binary", "streaming", "two_phase", "disable_on_error"};
  const SubscriptionOptions options = read_options(s, kAllowed);
  require_apart(options);
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create subscriptions");
  if (find_unqualified(ddl, *catalog::unqualified_catalog(subscriptions::kOid), s.name))
    throw SqlError("42710", "subscription \"" + s.name + "\" already exists");
  require_connection_syntax(s.connection);
  require_distinct(s.publications);
  if (options.connect.value_or(true)) throw SqlError::not_supported("CREATE SUBSCRIPTION with connect = true");
  RowBuilder row = ddl.writer().row(subscriptions::kOid);
  row.set(subscriptions::oid, ddl.writer().allocate_oid(true));
  row.set(subscriptions::subdbid, ddl.catalog().database_oid());
  row.set(subscriptions::subskiplsn, std::int64_t{0});
  row.set(subscriptions::subname, s.name);
  row.set(subscriptions::subowner, ddl.catalog().user());
  row.set(subscriptions::subenabled, false);
  row.set(subscriptions::subbinary, false);
  row.set(subscriptions::substream, false);
  row.set(subscriptions::subtwophasestate, options.two_phase.value_or(false) ? 'p' : 'd');
  row.set(subscriptions::subdisableonerr, false);
  row.set(subscriptions::subconninfo, s.connection);
  row.set(subscriptions::subslotname, s.name);
  row.set(subscriptions::subsynccommit, "off");
  row.set(subscriptions::subpublications, std::span<const std::string>(s.publications));
  set_common(row, options);
  ddl.writer().insert(row);
  ddl.warning("01000", "tables were not subscribed, you will have to run ALTER SUBSCRIPTION ... REFRESH PUBLICATION to "
                       "subscribe the tables");
}

void alter_publications(const query::DefineSubscription& s, const Row& old, RowBuilder& row) {
  const bool drops = s.action == SubscriptionAction::drop_publications;
  constexpr std::string_view kAllowed[] = {"copy_data", "refresh"};
  const SubscriptionOptions options = read_options(s, drops ? std::span(kAllowed).subspan(1) : std::span(kAllowed));
  require_distinct(s.publications);
  std::vector<std::string> list = s.action == SubscriptionAction::set_publications ? s.publications
                                                                       : old.strings(subscriptions::subpublications);
  if (s.action == SubscriptionAction::add_publications)
    for (const std::string& name : s.publications) {
      if (std::ranges::find(list, name) != list.end())
        throw SqlError("42710", "publication \"" + name + "\" is already in subscription \"" + s.name + "\"");
      list.push_back(name);
    }
  if (drops)
    for (const std::string& name : s.publications)
      if (std::erase(list, name) == 0)
        throw SqlError("42P17", "publication \"" + name + "\" is not in subscription \"" + s.name + "\"");
  if (list.empty()) throw SqlError("42P17", "cannot drop all the publications from a subscription");
  if (options.refresh.value_or(true)) {
    if (!old.flag(subscriptions::subenabled))
      throw SqlError("55000", "ALTER SUBSCRIPTION with refresh is not allowed for disabled subscriptions")
          .with_hint(s.action == SubscriptionAction::set_publications
                         ? "Use ALTER SUBSCRIPTION ... SET PUBLICATION ... WITH (refresh = false)."
                     : s.action == SubscriptionAction::add_publications
                         ? "Use ALTER SUBSCRIPTION ... ADD PUBLICATION ... WITH (refresh = false) instead."
                         : "Use ALTER SUBSCRIPTION ... DROP PUBLICATION ... WITH (refresh = false) instead.");
    throw SqlError::not_supported("ALTER SUBSCRIPTION with refresh");
  }
  row.set(subscriptions::subpublications, std::span<const std::string>(list));
}

}  // namespace

void define_subscription(Ddl& ddl, const query::DefineSubscription& s) {
  if (s.action == SubscriptionAction::create) return create_subscription(ddl, s);
  const catalog::UnqualifiedCatalog& objects = *catalog::unqualified_catalog(subscriptions::kOid);
  if (s.action == SubscriptionAction::drop && s.missing_ok && !find_unqualified(ddl, objects, s.name))
    return ddl.notice("00000", unqualified_missing(objects, s.name) + ", skipping");
  const ObjectAddress self = owned_unqualified(ddl, query::ObjectKind::subscription, s.name);
  RowReader rows = ddl.writer().read(subscriptions::kOid, 0, {key_oid(self.oid)});
  if (!rows.next()) return;
  const Row old = rows.row();
  if (s.action == SubscriptionAction::drop) {
    if (!old.is_null(subscriptions::subslotname))
      throw SqlError::not_supported("DROP SUBSCRIPTION with a slot")
          .with_hint("Use ALTER SUBSCRIPTION ... SET (slot_name = NONE) to disassociate the subscription from the slot.");
    perform_deletion(ddl, {self}, false);
    return;
  }
  RowBuilder row = ddl.writer().row(subscriptions::kOid);
  switch (s.action) {
    case SubscriptionAction::options: {
      constexpr std::string_view kAllowed[] = {"slot_name", "synchronous_commit", "binary", "streaming", "disable_on_error"};
      const SubscriptionOptions options = read_options(s, kAllowed);
      if (options.no_slot && old.flag(subscriptions::subenabled))
        throw SqlError("55000", "cannot set slot_name = NONE for enabled subscription");
      set_common(row, options);
      break;
    }
    case SubscriptionAction::connection:
      require_connection_syntax(s.connection);
      row.set(subscriptions::subconninfo, s.connection);
      break;
    case SubscriptionAction::enable: {
      constexpr std::string_view kAllowed[] = {"enabled"};
      const bool enabled = read_options(s, kAllowed).enabled.value_or(true);
      if (enabled && old.is_null(subscriptions::subslotname))
        throw SqlError("55000", "cannot enable subscription that does not have a slot name");
      if (enabled) throw SqlError::not_supported("ALTER SUBSCRIPTION ... ENABLE");
      row.set(subscriptions::subenabled, false);
      break;
    }
    case SubscriptionAction::refresh:
      if (!old.flag(subscriptions::subenabled))
        throw SqlError("55000", "ALTER SUBSCRIPTION ... REFRESH is not allowed for disabled subscriptions");
      throw SqlError::not_supported("ALTER SUBSCRIPTION ... REFRESH PUBLICATION");
    case SubscriptionAction::skip: {
      if (!ddl.catalog().is_superuser(ddl.catalog().user())) throw SqlError("42501", "must be superuser to skip transaction");
      for (const query::Option& option : s.options) {
        if (option.name != "lsn") throw SqlError("42601", "unrecognized subscription parameter: \"" + option.name + "\"");
        types::Datum lsn = types::Datum::of(std::int64_t{0});
        if (option.value() != "none") {
          operators::ExecutionContext execution = ddl.host().execution_context();
          types::Arena arena;
          execution.eval.arena = &arena;
          lsn = types::type_support(types::oid::pg_lsn).input(execution.eval, option.value(), -1);
          if (lsn.int64 == 0) throw SqlError("22023", "invalid WAL location (LSN): " + option.value());
        }
        row.set_datum(subscriptions::subskiplsn, lsn);
      }
      break;
    }
    default: alter_publications(s, old, row); break;
  }
  ddl.writer().update(old, row);
}

}  // namespace commands
