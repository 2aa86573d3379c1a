#include "services.h"

#include <charconv>

#include <fmt/format.h>

#include "catalog/catalog_functions.h"
#include "catalog/query_privileges.h"
#include "catalog/text_search_cache.h"
#include "command_dispatch.h"
#include "inner_query.h"
#include "routines.h"
#include "session_functions.h"
#include "session_statements.h"
#include "session_state.h"
#include "table/sequence.h"
#include "node_functions.h"
#include "operator_names.h"
#include "procedure_names.h"
#include "timeline_functions.h"
#include "types/integer.h"
#include "types/sql_error.h"
#include "wal/parker.h"
#include "xml_mapping.h"

namespace session {

using types::SqlError;

Services::Services(SessionState& session) : session_(session) {}
Services::~Services() = default;

catalog::TextSearchCache& Services::text_search() {
  if (text_search_ == nullptr) text_search_ = std::make_unique<catalog::TextSearchCache>(*session_.catalog);
  return *text_search_;
}
void Services::check_domain(types::EvalContext& context, types::Oid domain, const types::Datum& value) {
  domains_.check(context, domain, value);
}
bool Services::is_uncommitted_label(types::Oid label) {
  const std::vector<types::Oid>& labels = session_.new_labels;
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}
void Services::notice(const SqlError& message) { session_.notice(protocol::Severity::notice, message); }
const text_search::Configuration& Services::ts_configuration(types::Oid configuration) {
  return text_search().configuration(configuration);
}
const text_search::Dictionary& Services::ts_dictionary(types::Oid dictionary) {
  return text_search().dictionary(dictionary);
}
types::Oid Services::default_ts_configuration() {
  return text_search().default_configuration(session_.settings.value("default_text_search_config"));
}

void Services::each_query_row(std::string_view sql, const QueryRow& take) {
  struct Rows final : plpgsql::Sink {
    Rows(const plpgsql::Query& query, const QueryRow& take) : take(take) {
      for (const auto& column : query.columns) types.push_back(column.type);
    }
    bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
      values.clear();
      for (const types::Vector& column : columns) values.push_back(column.datum(row));
      take(types, values);
      return true;
    }
    const QueryRow& take;
    std::vector<types::TypeRef> types;
    std::vector<types::Datum> values;
  };
  try {
    auto query = prepare_inner(session_, std::string(sql), {}, false);
    if (!query->is_select) throw SqlError("42601", "query is not a SELECT");
    lock_inner(session_, *query);
    Rows rows(*query, take);
    run_inner(session_, *query, {}, true, &rows, 0);
  } catch (const SqlError& error) {
    // Where it stands is a place in that query, not in the client's.
    SqlError inner = error;
    if (inner.position() >= 0 && !inner.has_internal_query()) inner.set_internal_query(sql);
    throw inner;
  }
}

std::string Services::current_database() { return session_.use->name(); }
std::string Services::current_user() { return session_.catalog->user_name(); }
std::string Services::session_user() { return session_.settings.value("session_authorization"); }

std::optional<std::string> Services::current_schema() {
  auto names = session_.catalog->schema_names(false);
  if (names.empty()) return std::nullopt;
  return names.front();
}

std::vector<std::string> Services::current_schemas(bool include_implicit) {
  return session_.catalog->schema_names(include_implicit);
}

std::int32_t Services::backend_pid() { return session_.identity.process_id; }

std::string Services::get_setting(std::string_view name, bool missing_ok) {
  return session_.settings.show(name, missing_ok).value_or("");
}

std::string Services::set_setting(std::string_view name, std::string_view value, bool is_local) {
  session_.settings.set(name, value, SettingSource::session, is_local);
  session_.follow_as_of();
  session_.apply_settings();
  return *session_.settings.show(name);
}

void Services::end_statement() {
  if (session_.routines->depth() == 0) system_view_ = {};
}

void Services::call_function(types::EvalContext& context, const types::UserCall& call,
                             std::span<const types::Vector* const> arguments, types::Selection rows,
                             types::Vector& out) {
  session_.routines->call(context, call, arguments, rows, out);
}

std::unique_ptr<types::UserRows> Services::start_function(types::EvalContext& context,
                                                          const types::UserCall& call,
                                                          std::span<const types::Datum> arguments) {
  return session_.routines->start(context, call, arguments);
}

std::unique_ptr<types::UserRows> Services::start_transition_rows(bool new_rows, std::span<const types::TypeRef> columns) {
  const TransitionScope* scope = session_.routines->transitions();
  auto rows = scope == nullptr ? nullptr : operators::TransitionTables::read(scope->tables, new_rows);
  if (rows == nullptr) throw SqlError("55000", "no trigger with such a transition table is running");
  if (!std::ranges::equal(columns, scope->tables->types(), {}, &types::TypeRef::oid, &types::TypeRef::oid))
    throw SqlError("42804", "function return row and query-specified return row do not match");
  return rows;
}

const catalog::RelationDescriptor& Services::sequence_or_throw(types::Oid oid, catalog::RelationLock lock) {
  auto relation = session_.catalog->open_relation(oid, lock);
  if (!relation) throw SqlError("42P01", fmt::format("relation with OID {} does not exist", oid));
  if (!relation->sequence)
    throw SqlError("42809", fmt::format("\"{}\" is not a sequence", relation->name));
  return *relation;  // the session's catalogue keeps it while the transaction holds its lock
}

namespace {

// Whether a sequence makes the values of an identity column that the user may fill: the rights on
// the table are enough.
bool serves_insert(SessionState& session, const catalog::RelationDescriptor& sequence) {
  const auto& info = *sequence.sequence;
  auto table = info.owner_table != 0 ? session.catalog->relation(info.owner_table) : nullptr;
  if (table == nullptr) return false;
  const auto column = static_cast<std::size_t>(info.owner_column - 1);
  if (column >= table->columns.size() || table->columns[column].identity_sequence != sequence.oid) return false;
  return (catalog::privileges_on(*session.catalog, session.catalog->user(), *table) & types::privilege::insert) != 0 ||
         catalog::may_use_columns(*session.catalog, session.catalog->user(), *table, types::privilege::insert, {});
}

// Any of them will do.
void require_any(SessionState& session, const catalog::RelationDescriptor& sequence, types::Privileges privileges) {
  const types::Oid user = session.catalog->user();
  if (user == sequence.owner && !sequence.acl) [[likely]] return;
  if ((catalog::privileges_on(*session.catalog, user, sequence) & privileges) == 0)
    throw catalog::permission_denied(sequence);
}

constexpr types::Privileges kMayAdvance = types::privilege::usage | types::privilege::update,
                            kMayRead = types::privilege::select | types::privilege::usage;

}  // namespace

std::int64_t Services::nextval(types::Oid oid) {
  const auto& relation = sequence_or_throw(oid);
  if ((relation.owner != session_.catalog->user() || relation.acl) && !serves_insert(session_, relation))
    require_any(session_, relation, kMayAdvance);
  if (relation.persistence != 't') require_writable(session_, "nextval()");
  auto& cached = sequences_[oid];
  if (cached.left == 0) {
    const auto& info = *relation.sequence;
    table::SequenceOptions options{info.start, info.increment, info.minimum, info.maximum, info.cycle};
    cached.next = table::next_value(session_.database().transactions(), info.page, options,
                                    info.cache, &cached.left, relation.name.c_str());
    cached.increment = info.increment;
  }
  std::int64_t value = cached.next;
  --cached.left;
  if (cached.left > 0) cached.next += cached.increment;
  cached.last = value;
  cached.has_last = true;
  last_sequence_ = oid;
  return value;
}

void Services::forget_sequences() {
  sequences_.clear();
  last_sequence_ = 0;
}

std::int64_t Services::currval(types::Oid oid) {
  const auto& relation = sequence_or_throw(oid);
  require_any(session_, relation, kMayRead);
  auto found = sequences_.find(oid);
  if (found == sequences_.end() || !found->second.has_last)
    throw SqlError("55000", fmt::format("currval of sequence \"{}\" is not yet defined in this session",
                                        relation.name));
  return found->second.last;
}

std::int64_t Services::lastval() {
  // A sequence that has been dropped since is none.
  if (last_sequence_ == 0 || session_.catalog->relation(last_sequence_) == nullptr)
    throw SqlError("55000", "lastval is not yet defined in this session");
  require_any(session_, sequence_or_throw(last_sequence_), kMayRead);
  return sequences_[last_sequence_].last;
}

std::int64_t Services::setval(types::Oid oid, std::int64_t value, bool is_called) {
  const auto& relation = sequence_or_throw(oid);
  require_any(session_, relation, types::privilege::update);
  if (relation.persistence != 't') require_writable(session_, "setval()");
  const auto& info = *relation.sequence;
  if (value < info.minimum || value > info.maximum)
    throw SqlError("22003", fmt::format("setval: value {} is out of bounds for sequence \"{}\" ({}..{})",
                                        value, relation.name, info.minimum, info.maximum));
  table::set_value(session_.database().transactions(), info.page, value, is_called);
  auto& cached = sequences_[oid];
  cached.left = 0;
  if (is_called) {
    cached.last = value;
    cached.has_last = true;
  }
  return value;
}

types::SequenceFacts Services::sequence_facts(types::Oid oid) {
  const catalog::SequenceInfo& info = *sequence_or_throw(oid, catalog::RelationLock::access_share).sequence;
  const table::SequenceState state = table::read_sequence(session_.database().transactions(), info.page);
  return {info.start, info.minimum, info.maximum,     info.increment,  info.cache,
          info.cycle, info.type,    state.last_value, state.log_count, state.is_called};
}

namespace {

// Null where there is no such type, or no such schema; what is no type's name at all is an error.
std::optional<std::string> type_or_nothing(SessionState& session, std::string_view text) {
  try {
    return fmt::format("{}", type_by_text(session, text));
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42704" || error.sqlstate() == "3F000") return std::nullopt;
    throw;
  }
}

// has_type_privilege() and has_function_privilege(), which may name the object as SQL does.
std::optional<std::string> has_privilege_on_named(SessionState& session, std::string_view function,
                                                  std::vector<std::optional<std::string>> arguments) {
  if (function.ends_with("_name")) {
    auto& object = arguments.at(arguments.size() - 2);
    if (function.starts_with("has_type_")) {
      object = fmt::format("{}", type_by_text(session, *object));
    } else {
      std::optional<std::string> oid;
      call_procedure_name_function(session, "regprocedurein", {object}, oid);
      object = std::move(oid);
    }
  }
  std::optional<std::string> answer;
  catalog::call_catalog_function(*session.catalog, function, arguments, answer);
  return answer;
}

}  // namespace

std::optional<std::string> Services::catalog_text(
    std::string_view function, const std::vector<std::optional<std::string>>& arguments) {
  std::optional<std::string> answer;
  if (function == "sextant_cast_to_json") return json_casts_.find(types::parse_oid(*arguments.at(0)), *arguments.at(1));
  if (function == "sextant_xml_warning") {
    session_.notice(protocol::Severity::warning, SqlError("01000", *arguments.at(0)));
    return answer;
  }
  if (function.starts_with("has_type_privilege_") || function.starts_with("has_function_privilege_"))
    return has_privilege_on_named(session_, function, arguments);
  if (function == "to_regtype") return type_or_nothing(session_, *arguments.at(0));
  if (catalog::call_catalog_function(*session_.catalog, function, arguments, answer)) return answer;
  if (call_timeline_function(session_, function, arguments, answer)) return answer;
  if (call_procedure_name_function(session_, function, arguments, answer)) return answer;
  if (call_operator_name_function(session_, function, arguments, answer)) return answer;
  if (call_node_function(session_, function, arguments, answer)) return answer;
  if (call_session_function(session_, function, arguments, answer)) return answer;
  if (call_xml_mapping(session_, function, arguments, answer)) return answer;
  throw SqlError::not_supported(fmt::format("function {}", function));
}

std::string Services::format_type(types::Oid type, std::int32_t typmod) {
  return session_.catalog->format_type(type, typmod);
}
std::string Services::regtype_out(types::Oid type) {
  if (type == 0) return "-";
  if (session_.catalog->type(type) == nullptr) return fmt::format("{}", type);
  return session_.catalog->format_type(type);
}
const types::TypeSupport* Services::find_support(types::Oid type) {
  return session_.catalog->find_support(type);
}
std::string Services::regclass_out(types::Oid relation) {
  if (relation == 0) return "-";
  return session_.catalog->relation_display_name(relation);
}
std::string Services::regproc_out(types::Oid function) {
  if (function == 0) return "-";
  const auto* info = session_.catalog->function(function);
  if (info == nullptr) return fmt::format("{}", function);
  std::string name = catalog::quote_identifier(info->name);
  // Alone by its name.
  const auto found = session_.catalog->find_functions({}, info->name);
  if (found.size() == 1 && found[0]->oid == function) return name;
  return catalog::quote_identifier(session_.catalog->schema_name(info->schema)) + "." + name;
}

namespace {

std::optional<types::Oid> as_number(std::string_view text) {
  if (text == "-") return 0;
  types::Oid oid = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), oid);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return oid;
}

}  // namespace

types::Oid Services::regclass_in(std::string_view text) {
  if (auto oid = as_number(text)) return *oid;
  return catalog::relation_of_text(*session_.catalog, text);
}

types::Oid Services::regtype_in(std::string_view text) {
  if (auto oid = as_number(text)) return *oid;
  // The grammar knows the aliases ("integer", "character varying(10)").
  return type_by_text(session_, text);
}

types::Oid Services::regproc_in(std::string_view text) {
  if (auto oid = as_number(text)) return *oid;
  const auto [schema, name] =
      catalog::qualified_name(*session_.catalog, catalog::split_identifiers(text), catalog::NameOf::other);
  if (!schema.empty()) (void)session_.catalog->schema_oid(schema);
  auto found = session_.catalog->find_functions(schema, name);
  if (found.empty()) throw SqlError("42883", fmt::format("function \"{}\" does not exist", text));
  if (found.size() > 1)
    throw SqlError("42725", fmt::format("more than one function named \"{}\"", text));
  return found.front()->oid;
}

operators::TableAccess Services::open(const catalog::RelationDescriptor& relation) {
  operators::TableAccess access{.table = relation.storage.get()};
  if (relation.shared) {
    if (!system_view_) system_view_ = session_.block->system_transaction().take_view();
    access.view = &system_view_;
  }
  return access;
}

void Services::check() { session_.check(); }

void Services::wait() {
  {
    transaction::WaitControl::Waiting waiting(session_.wait_control);
    session_.wait_control.check();  // an interrupt from now on ends the wait
    wal::Parker::current().park();
  }
  session_.check();
}

}  // namespace session
