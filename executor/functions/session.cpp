// Functions that ask the session: names, settings, sequences, and what only the catalogue knows.
#include <cstdlib>

#include "function_table.h"
#include "kernel.h"
#include "types/array.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

types::SessionServices& session(EvalContext& ctx) {
  if (ctx.session == nullptr) throw SqlError::not_supported("this function without a session");
  return *ctx.session;
}

std::string current_database(EvalContext& ctx) { return session(ctx).current_database(); }
std::string current_user(EvalContext& ctx) { return session(ctx).current_user(); }
std::string session_user(EvalContext& ctx) { return session(ctx).session_user(); }
std::optional<std::string> current_schema(EvalContext& ctx) { return session(ctx).current_schema(); }
Datum current_schemas(EvalContext& ctx, bool include_implicit) {
  types::ArrayBuilder builder(types::oid::name, types::PhysicalType::varlen);
  for (const auto& name : session(ctx).current_schemas(include_implicit))
    builder.add(Datum::of(string_view(name)));
  return builder.finish(*ctx.arena);
}
std::int32_t backend_pid(EvalContext& ctx) { return session(ctx).backend_pid(); }

std::string current_setting(EvalContext& ctx, string_view name) {
  return session(ctx).get_setting(name, false);
}
std::optional<std::string> current_setting_missing_ok(EvalContext& ctx, string_view name, bool missing_ok) {
  if (!missing_ok) return session(ctx).get_setting(name, false);
  // An unknown setting is null; a known one may well be empty.
  try {
    return session(ctx).get_setting(name, false);
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42704") return std::nullopt;
    throw;
  }
}
std::string set_config(EvalContext& ctx, std::optional<string_view> name,
                       std::optional<string_view> value, std::optional<bool> is_local) {
  if (!name) throw SqlError("22004", "SET requires parameter name");
  return session(ctx).set_setting(*name, value.value_or(""), is_local.value_or(false));
}

std::int64_t nextval(EvalContext& ctx, types::Oid sequence) { return session(ctx).nextval(sequence); }
std::int64_t currval(EvalContext& ctx, types::Oid sequence) { return session(ctx).currval(sequence); }
std::int64_t lastval(EvalContext& ctx) { return session(ctx).lastval(); }
std::int64_t setval(EvalContext& ctx, types::Oid sequence, std::int64_t value) {
  return session(ctx).setval(sequence, value, true);
}
std::int64_t setval_called(EvalContext& ctx, types::Oid sequence, std::int64_t value, bool is_called) {
  return session(ctx).setval(sequence, value, is_called);
}

// Clients read the number behind "PostgreSQL".
std::string version(EvalContext& ctx) {
  return "PostgreSQL " + session(ctx).get_setting("server_version", false) + " on " +
#if defined(__x86_64__)
         "x86_64" +
#elif defined(__aarch64__)
         "aarch64" +
#else
         "unknown" +
#endif
         "-pc-linux-gnu, compiled by gcc " + __VERSION__ + ", 64-bit";
}

std::optional<std::string> format_type(EvalContext& ctx, std::optional<types::Oid> type,
                                       std::optional<std::int32_t> typmod);

// A function name as a template argument.
template <std::size_t N>
struct Name {
  char text[N];
  constexpr Name(const char (&s)[N]) { std::copy_n(s, N, text); }
  constexpr string_view view() const { return {text, N - 1}; }
};

// Null arguments: a strict function answers null; the others see them.
enum class Nulls { strict, seen };

// Hands the arguments as text to the catalogue and reads the answer as the result type.
void forward_to(string_view function, Nulls how, EvalContext& ctx, const FunctionCall& call,
                std::span<const Vector* const> arguments, Selection rows, Vector& out) {
  const types::TypeSupport& result = types::type_support(ctx, call.result.oid);
  std::vector<std::optional<std::string>> texts(arguments.size());
  detail::for_each_row(rows, [&](std::uint32_t row) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i]->is_null(row)) {
        if (how == Nulls::strict) return out.set_null(row);
        texts[i].reset();
        continue;
      }
      texts[i].emplace();
      types::Oid type = call.arguments[i].oid;
      Datum value = arguments[i]->datum(row);
      // The catalogue wants numbers for objects, not their names.
      if (type == types::oid::regclass || type == types::oid::regtype || type == types::oid::regproc ||
          type == types::oid::regprocedure || type == types::oid::regrole || type == types::oid::regnamespace)
        type = types::oid::oid_;
      types::type_support(ctx, type).output(ctx, value, *texts[i]);
    }
    auto answer = session(ctx).catalog_text(function, texts);
    if (answer)
      out.set_datum(row, result.input(ctx, *answer, -1));
    else
      out.set_null(row);
  });
}

template <Name Function, Nulls How = Nulls::strict>
void forward(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows,
             Vector& out) {
  forward_to(Function.view(), How, ctx, call, arguments, rows, out);
}

// COLLATION FOR (x).
void collation_for(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const>, Selection rows, Vector& out) {
  const auto name = session(ctx).catalog_text(
      "pg_collation_for", {std::to_string(call.arguments[0].oid), std::to_string(call.collation)});
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (name) out.set(row, ctx.arena->copy(*name));
    else out.set_null(row);
  });
}

#define SEXTANT_FORWARD(name) {name, &forward<name>}
#define SEXTANT_PRIVILEGES(kind)                                                              \
  SEXTANT_FORWARD("has_" kind "_privilege_id"), SEXTANT_FORWARD("has_" kind "_privilege_id_id"), \
      SEXTANT_FORWARD("has_" kind "_privilege_id_name"),                                      \
      SEXTANT_FORWARD("has_" kind "_privilege_name"),                                         \
      SEXTANT_FORWARD("has_" kind "_privilege_name_id"),                                      \
      SEXTANT_FORWARD("has_" kind "_privilege_name_name")

constexpr ScalarFunction kFunctions[] = {
    {"pg_collation_for", &collation_for},
    {"current_database", strict<&current_database>},
    {"current_user", strict<&current_user>},
    {"session_user", strict<&session_user>},
    {"current_schema", strict<&current_schema>},
    {"current_schemas", strict<&current_schemas>},
    {"pg_backend_pid", strict<&backend_pid>},
    {"show_config_by_name", strict<&current_setting>},
    {"show_config_by_name_missing_ok", strict<&current_setting_missing_ok>},
    {"set_config_by_name", strict<&set_config>},
    {"nextval_oid", strict<&nextval>},
    {"currval_oid", strict<&currval>},
    {"lastval", strict<&lastval>},
    {"setval_oid", strict<&setval>},
    {"setval3_oid", strict<&setval_called>},
    {"pgsql_version", strict<&version>},
    {"format_type", strict<&format_type>},
    {"current_query", &forward<"current_query", Nulls::seen>},
    // obj_description(oid, name) and (oid), col_description, shobj_description: SQL functions in
    // PostgreSQL, known by their OIDs.
    SEXTANT_FORWARD("sql:1215"),
    SEXTANT_FORWARD("sql:1348"),
    SEXTANT_FORWARD("sql:1216"),
    SEXTANT_FORWARD("sql:1993"),
    SEXTANT_FORWARD("pg_get_userbyid"),
    SEXTANT_FORWARD("pg_get_indexdef"),
    SEXTANT_FORWARD("pg_get_indexdef_ext"),
    SEXTANT_FORWARD("pg_get_constraintdef"),
    SEXTANT_FORWARD("pg_get_constraintdef_ext"),
    SEXTANT_FORWARD("pg_get_expr"),
    SEXTANT_FORWARD("pg_get_expr_ext"),
    SEXTANT_FORWARD("pg_get_viewdef"),
    SEXTANT_FORWARD("pg_get_viewdef_ext"),
    SEXTANT_FORWARD("pg_get_viewdef_name"),
    SEXTANT_FORWARD("pg_get_viewdef_name_ext"),
    SEXTANT_FORWARD("pg_get_viewdef_wrap"),
    SEXTANT_FORWARD("pg_get_ruledef"),
    SEXTANT_FORWARD("pg_get_ruledef_ext"),
    SEXTANT_FORWARD("pg_get_triggerdef"),
    SEXTANT_FORWARD("pg_get_triggerdef_ext"),
    SEXTANT_FORWARD("pg_get_functiondef"),
    SEXTANT_FORWARD("pg_get_function_arguments"),
    SEXTANT_FORWARD("pg_get_function_identity_arguments"),
    SEXTANT_FORWARD("pg_get_function_result"),
    SEXTANT_FORWARD("pg_get_function_arg_default"),
    SEXTANT_FORWARD("pg_get_function_sqlbody"),
    SEXTANT_FORWARD("pg_get_serial_sequence"),
    SEXTANT_FORWARD("pg_get_partkeydef"),
    SEXTANT_FORWARD("pg_get_partition_constraintdef"),
    SEXTANT_FORWARD("pg_get_replica_identity_index"),
    SEXTANT_FORWARD("pg_get_statisticsobjdef"),
    SEXTANT_FORWARD("pg_get_statisticsobjdef_columns"),
    SEXTANT_FORWARD("pg_get_statisticsobjdef_expressions"),
    SEXTANT_FORWARD("pg_describe_object"),
    SEXTANT_FORWARD("pg_event_trigger_table_rewrite_oid"),
    SEXTANT_FORWARD("pg_event_trigger_table_rewrite_reason"),
    SEXTANT_FORWARD("sextant_cursor_row"),
    SEXTANT_FORWARD("pg_encoding_max_length_sql"),
    SEXTANT_FORWARD("getdatabaseencoding"),
    SEXTANT_FORWARD("pg_client_encoding"),
    SEXTANT_FORWARD("pg_collation_actual_version"),
    SEXTANT_FORWARD("pg_column_is_updatable"),
    SEXTANT_FORWARD("pg_relation_is_updatable"),
    SEXTANT_FORWARD("pg_relation_is_publishable"),
    SEXTANT_FORWARD("pg_relation_filenode"),
    SEXTANT_FORWARD("pg_relation_filepath"),
    SEXTANT_FORWARD("pg_relation_size"),
    SEXTANT_FORWARD("pg_table_size"),
    SEXTANT_FORWARD("pg_indexes_size"),
    SEXTANT_FORWARD("pg_total_relation_size"),
    SEXTANT_FORWARD("pg_database_size_oid"),
    SEXTANT_FORWARD("pg_database_size_name"),
    SEXTANT_FORWARD("pg_tablespace_size_oid"),
    SEXTANT_FORWARD("pg_tablespace_size_name"),
    SEXTANT_FORWARD("pg_tablespace_location"),
    SEXTANT_FORWARD("pg_indexam_has_property"),
    SEXTANT_FORWARD("pg_index_has_property"),
    SEXTANT_FORWARD("pg_index_column_has_property"),
    SEXTANT_FORWARD("pg_is_in_recovery"),
    SEXTANT_FORWARD("pg_is_other_temp_schema"),
    SEXTANT_FORWARD("pg_my_temp_schema"),
    SEXTANT_FORWARD("pg_postmaster_start_time"),
    SEXTANT_FORWARD("pg_conf_load_time"),
    SEXTANT_FORWARD("pg_partition_root"),
    SEXTANT_FORWARD("pg_trigger_depth"),
    SEXTANT_FORWARD("pg_cancel_backend"),
    SEXTANT_FORWARD("pg_terminate_backend"),
    SEXTANT_FORWARD("pg_reload_conf"),
    SEXTANT_FORWARD("pg_rotate_logfile_v2"),
    SEXTANT_FORWARD("pg_walfile_name"),
    SEXTANT_FORWARD("pg_switch_wal"),
    SEXTANT_FORWARD("pg_drop_replication_slot"),
    SEXTANT_FORWARD("pg_indexam_progress_phasename"),
    {"pg_notify", &forward<"pg_notify", Nulls::seen>},
    SEXTANT_FORWARD("pg_notification_queue_usage"),
    SEXTANT_FORWARD("pg_isolation_test_session_is_blocked"),
    SEXTANT_FORWARD("pg_safe_snapshot_blocking_pids"),
    SEXTANT_FORWARD("pg_sleep"),
    SEXTANT_FORWARD("pg_stat_clear_snapshot"),
    SEXTANT_FORWARD("pg_stat_get_numscans"),
    SEXTANT_FORWARD("pg_stat_get_tuples_returned"),
    SEXTANT_FORWARD("pg_stat_get_tuples_fetched"),
    SEXTANT_FORWARD("pg_stat_get_tuples_inserted"),
    SEXTANT_FORWARD("pg_stat_get_tuples_updated"),
    SEXTANT_FORWARD("pg_stat_get_tuples_deleted"),
    SEXTANT_FORWARD("pg_stat_get_tuples_hot_updated"),
    SEXTANT_FORWARD("pg_stat_get_live_tuples"),
    SEXTANT_FORWARD("pg_stat_get_dead_tuples"),
    SEXTANT_FORWARD("pg_stat_get_mod_since_analyze"),
    SEXTANT_FORWARD("pg_stat_get_ins_since_vacuum"),
    SEXTANT_FORWARD("pg_stat_get_last_vacuum_time"),
    SEXTANT_FORWARD("pg_stat_get_last_autovacuum_time"),
    SEXTANT_FORWARD("pg_stat_get_last_analyze_time"),
    SEXTANT_FORWARD("pg_stat_get_last_autoanalyze_time"),
    SEXTANT_FORWARD("pg_stat_get_vacuum_count"),
    SEXTANT_FORWARD("pg_stat_get_autovacuum_count"),
    SEXTANT_FORWARD("pg_stat_get_analyze_count"),
    SEXTANT_FORWARD("pg_stat_get_autoanalyze_count"),
    SEXTANT_FORWARD("pg_stat_get_function_calls"),
    SEXTANT_FORWARD("pg_stat_get_function_total_time"),
    SEXTANT_FORWARD("pg_stat_get_function_self_time"),
    SEXTANT_FORWARD("pg_stat_get_db_numbackends"),
    SEXTANT_FORWARD("pg_stat_get_db_xact_commit"),
    SEXTANT_FORWARD("pg_stat_get_db_xact_rollback"),
    SEXTANT_FORWARD("pg_stat_get_db_blocks_fetched"),
    SEXTANT_FORWARD("pg_stat_get_db_blocks_hit"),
    SEXTANT_FORWARD("pg_stat_get_db_tuples_returned"),
    SEXTANT_FORWARD("pg_stat_get_db_tuples_fetched"),
    SEXTANT_FORWARD("pg_stat_get_db_tuples_inserted"),
    SEXTANT_FORWARD("pg_stat_get_db_tuples_updated"),
    SEXTANT_FORWARD("pg_stat_get_db_tuples_deleted"),
    SEXTANT_FORWARD("pg_stat_get_db_conflict_all"),
    SEXTANT_FORWARD("pg_stat_get_db_conflict_tablespace"),
    SEXTANT_FORWARD("pg_stat_get_db_conflict_lock"),
    SEXTANT_FORWARD("pg_stat_get_db_conflict_snapshot"),
    SEXTANT_FORWARD("pg_stat_get_db_conflict_bufferpin"),
    SEXTANT_FORWARD("pg_stat_get_db_conflict_startup_deadlock"),
    SEXTANT_FORWARD("pg_stat_get_db_temp_files"),
    SEXTANT_FORWARD("pg_stat_get_db_temp_bytes"),
    SEXTANT_FORWARD("pg_stat_get_db_deadlocks"),
    SEXTANT_FORWARD("pg_stat_get_db_checksum_failures"),
    SEXTANT_FORWARD("pg_stat_get_db_checksum_last_failure"),
    SEXTANT_FORWARD("pg_stat_get_db_blk_read_time"),
    SEXTANT_FORWARD("pg_stat_get_db_blk_write_time"),
    SEXTANT_FORWARD("pg_stat_get_db_session_time"),
    SEXTANT_FORWARD("pg_stat_get_db_active_time"),
    SEXTANT_FORWARD("pg_stat_get_db_idle_in_transaction_time"),
    SEXTANT_FORWARD("pg_stat_get_db_sessions"),
    SEXTANT_FORWARD("pg_stat_get_db_sessions_abandoned"),
    SEXTANT_FORWARD("pg_stat_get_db_sessions_fatal"),
    SEXTANT_FORWARD("pg_stat_get_db_sessions_killed"),
    SEXTANT_FORWARD("pg_stat_get_db_stat_reset_time"),
    SEXTANT_FORWARD("pg_stat_force_next_flush"),
    SEXTANT_FORWARD("pg_stat_reset"),
    SEXTANT_FORWARD("pg_stat_reset_shared"),
    SEXTANT_FORWARD("pg_stat_reset_single_table_counters"),
    SEXTANT_FORWARD("pg_stat_reset_single_function_counters"),
    {"pg_stat_reset_slru", &forward<"pg_stat_reset_slru", Nulls::seen>},
    {"pg_stat_reset_replication_slot", &forward<"pg_stat_reset_replication_slot", Nulls::seen>},
    {"pg_stat_reset_subscription_stats", &forward<"pg_stat_reset_subscription_stats", Nulls::seen>},
    SEXTANT_FORWARD("pg_stat_have_stats"),
    SEXTANT_FORWARD("pg_blocking_pids"),
    SEXTANT_FORWARD("pg_export_snapshot"),
    SEXTANT_FORWARD("pg_current_xact_id"),
    SEXTANT_FORWARD("pg_current_xact_id_if_assigned"),
    SEXTANT_FORWARD("pg_current_snapshot"),
    SEXTANT_FORWARD("pg_xact_status"),
    SEXTANT_FORWARD("pg_advisory_lock_int8"),
    SEXTANT_FORWARD("pg_advisory_lock_int4"),
    SEXTANT_FORWARD("pg_advisory_lock_shared_int8"),
    SEXTANT_FORWARD("pg_advisory_lock_shared_int4"),
    SEXTANT_FORWARD("pg_advisory_unlock_int8"),
    SEXTANT_FORWARD("pg_advisory_unlock_int4"),
    SEXTANT_FORWARD("pg_advisory_unlock_shared_int8"),
    SEXTANT_FORWARD("pg_advisory_unlock_shared_int4"),
    SEXTANT_FORWARD("pg_advisory_unlock_all"),
    SEXTANT_FORWARD("pg_advisory_xact_lock_int8"),
    SEXTANT_FORWARD("pg_advisory_xact_lock_int4"),
    SEXTANT_FORWARD("pg_advisory_xact_lock_shared_int8"),
    SEXTANT_FORWARD("pg_advisory_xact_lock_shared_int4"),
    SEXTANT_FORWARD("pg_try_advisory_lock_int8"),
    SEXTANT_FORWARD("pg_try_advisory_lock_int4"),
    SEXTANT_FORWARD("pg_try_advisory_lock_shared_int8"),
    SEXTANT_FORWARD("pg_try_advisory_lock_shared_int4"),
    SEXTANT_FORWARD("pg_try_advisory_xact_lock_int8"),
    SEXTANT_FORWARD("pg_try_advisory_xact_lock_int4"),
    SEXTANT_FORWARD("pg_try_advisory_xact_lock_shared_int8"),
    SEXTANT_FORWARD("pg_try_advisory_xact_lock_shared_int4"),
    SEXTANT_FORWARD("pg_table_is_visible"),
    SEXTANT_FORWARD("pg_type_is_visible"),
    SEXTANT_FORWARD("pg_function_is_visible"),
    SEXTANT_FORWARD("pg_operator_is_visible"),
    SEXTANT_FORWARD("pg_opclass_is_visible"),
    SEXTANT_FORWARD("pg_opfamily_is_visible"),
    SEXTANT_FORWARD("pg_collation_is_visible"),
    SEXTANT_FORWARD("pg_conversion_is_visible"),
    SEXTANT_FORWARD("pg_statistics_obj_is_visible"),
    SEXTANT_FORWARD("pg_ts_config_is_visible"),
    SEXTANT_FORWARD("pg_ts_dict_is_visible"),
    SEXTANT_FORWARD("pg_ts_parser_is_visible"),
    SEXTANT_FORWARD("pg_ts_template_is_visible"),
    SEXTANT_FORWARD("PG_encoding_to_char"),
    SEXTANT_FORWARD("PG_char_to_encoding"),
    SEXTANT_FORWARD("row_security_active"),
    SEXTANT_FORWARD("row_security_active_name"),
    SEXTANT_FORWARD("to_regclass"),
    SEXTANT_FORWARD("to_regtype"),
    SEXTANT_FORWARD("to_regproc"),
    SEXTANT_FORWARD("to_regprocedure"),
    SEXTANT_FORWARD("to_regoper"),
    SEXTANT_FORWARD("to_regoperator"),
    SEXTANT_FORWARD("to_regnamespace"),
    SEXTANT_FORWARD("to_regrole"),
    SEXTANT_FORWARD("to_regcollation"),
    SEXTANT_FORWARD("text_regclass"),
    SEXTANT_FORWARD("inet_client_addr"),
    SEXTANT_FORWARD("inet_client_port"),
    SEXTANT_FORWARD("inet_server_addr"),
    SEXTANT_FORWARD("inet_server_port"),
    SEXTANT_PRIVILEGES("table"),
    SEXTANT_PRIVILEGES("schema"),
    SEXTANT_PRIVILEGES("database"),
    SEXTANT_PRIVILEGES("function"),
    SEXTANT_PRIVILEGES("language"),
    SEXTANT_PRIVILEGES("sequence"),
    SEXTANT_PRIVILEGES("type"),
    SEXTANT_PRIVILEGES("tablespace"),
    SEXTANT_PRIVILEGES("any_column"),
    SEXTANT_PRIVILEGES("foreign_data_wrapper"),
    SEXTANT_PRIVILEGES("server"),
    SEXTANT_FORWARD("has_column_privilege_id_attnum"),
    SEXTANT_FORWARD("has_column_privilege_id_id_attnum"),
    SEXTANT_FORWARD("has_column_privilege_id_id_name"),
    SEXTANT_FORWARD("has_column_privilege_id_name"),
    SEXTANT_FORWARD("has_column_privilege_id_name_attnum"),
    SEXTANT_FORWARD("has_column_privilege_id_name_name"),
    SEXTANT_FORWARD("has_column_privilege_name_attnum"),
    SEXTANT_FORWARD("has_column_privilege_name_id_attnum"),
    SEXTANT_FORWARD("has_column_privilege_name_id_name"),
    SEXTANT_FORWARD("has_column_privilege_name_name"),
    SEXTANT_FORWARD("has_column_privilege_name_name_attnum"),
    SEXTANT_FORWARD("has_column_privilege_name_name_name"),
    {"sextant_clone", &forward<"sextant_clone", Nulls::seen>},
    SEXTANT_FORWARD("sextant_backtrack"),
    {"sextant_export", &forward<"sextant_export", Nulls::seen>},
    {"sextant_restore", &forward<"sextant_restore", Nulls::seen>},
    SEXTANT_FORWARD("sextant_preview_backtrack"),
    SEXTANT_FORWARD("sextant_reset"),
    {"sextant_create_snapshot", &forward<"sextant_create_snapshot", Nulls::seen>},
    SEXTANT_FORWARD("sextant_drop_snapshot"),
    SEXTANT_FORWARD("sextant_restore_snapshot"),
    SEXTANT_FORWARD("sextant_add_node"),
    {"sextant_drain_node", &forward<"sextant_drain_node", Nulls::seen>},
    SEXTANT_FORWARD("sextant_keep_node"),
    SEXTANT_FORWARD("sextant_remove_node"),
    SEXTANT_FORWARD("sextant_spread_nodes"),
    SEXTANT_FORWARD("be_lo_creat"),
    SEXTANT_FORWARD("be_lo_create"),
    SEXTANT_FORWARD("be_lo_open"),
    SEXTANT_FORWARD("be_lo_close"),
    SEXTANT_FORWARD("be_loread"),
    SEXTANT_FORWARD("be_lowrite"),
    SEXTANT_FORWARD("be_lo_lseek"),
    SEXTANT_FORWARD("be_lo_lseek64"),
    SEXTANT_FORWARD("be_lo_tell"),
    SEXTANT_FORWARD("be_lo_tell64"),
    SEXTANT_FORWARD("be_lo_truncate"),
    SEXTANT_FORWARD("be_lo_truncate64"),
    SEXTANT_FORWARD("be_lo_unlink"),
    SEXTANT_FORWARD("be_lo_get"),
    SEXTANT_FORWARD("be_lo_get_fragment"),
    SEXTANT_FORWARD("be_lo_put"),
    SEXTANT_FORWARD("be_lo_from_bytea"),
    SEXTANT_FORWARD("be_lo_import"),
    SEXTANT_FORWARD("be_lo_import_with_oid"),
    SEXTANT_FORWARD("be_lo_export"),
    SEXTANT_FORWARD("pg_current_wal_lsn"),
    SEXTANT_FORWARD("pg_current_wal_insert_lsn"),
    SEXTANT_FORWARD("pg_current_wal_flush_lsn"),
    SEXTANT_FORWARD("pg_last_wal_receive_lsn"),
    SEXTANT_FORWARD("pg_last_wal_replay_lsn"),
    SEXTANT_FORWARD("pg_last_xact_replay_timestamp"),
    SEXTANT_FORWARD("pg_is_wal_replay_paused"),
    SEXTANT_FORWARD("pg_get_wal_replay_pause_state"),
    SEXTANT_FORWARD("pg_wal_replay_pause"),
    SEXTANT_FORWARD("pg_wal_replay_resume"),
    SEXTANT_FORWARD("pg_jit_available"),
    SEXTANT_FORWARD("xid_age"),
    SEXTANT_FORWARD("has_parameter_privilege_name_name"),
    SEXTANT_FORWARD("has_parameter_privilege_id_name"),
    SEXTANT_FORWARD("has_parameter_privilege_name"),
    SEXTANT_FORWARD("pg_has_role_id"),
    SEXTANT_FORWARD("pg_has_role_id_id"),
    SEXTANT_FORWARD("pg_has_role_id_name"),
    SEXTANT_FORWARD("pg_has_role_name"),
    SEXTANT_FORWARD("pg_has_role_name_id"),
    SEXTANT_FORWARD("pg_has_role_name_name"),
};

std::optional<std::string> format_type(EvalContext& ctx, std::optional<types::Oid> type,
                                       std::optional<std::int32_t> typmod) {
  if (!type) return std::nullopt;
  if (ctx.names == nullptr) throw SqlError::not_supported("format_type without a catalogue");
  // No typmod at all asks for the SQL type of that name, -1 for the one without a length.
  constexpr types::Oid kBitArray = 1561;
  const bool has_two_names = *type == types::oid::bit || *type == kBitArray || *type == types::oid::bpchar ||
                             *type == types::oid::bpchar_array;
  return has_two_names && !typmod ? ctx.names->regtype_out(*type)
                                  : ctx.names->format_type(*type, typmod.value_or(-1));
}

}  // namespace

std::span<const ScalarFunction> session_functions() { return kFunctions; }

}  // namespace functions
