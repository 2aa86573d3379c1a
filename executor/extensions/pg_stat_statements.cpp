// pg_stat_statements: what ran, how often and for how long. The session counts (frontend/session/statement_tracker.h).
#include "extension_table.h"
#include "functions/kernel.h"
#include "typed_rows.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::FunctionCall;
using types::Datum;
using types::EvalContext;
using types::TypeRef;

types::SessionServices& session_of(EvalContext& context) {
  if (context.session == nullptr) throw types::SqlError::not_supported("pg_stat_statements here");
  return *context.session;
}

std::vector<TypeRef> statement_columns() {
  using namespace types::oid;
  std::vector<types::Oid> columns{oid_, oid_, bool_, int8, text, int8, float8, float8, float8, float8, float8,
                                  int8, float8, float8, float8, float8, float8, int8};
  columns.insert(columns.end(), 10, int8);                          // pages
  columns.insert(columns.end(), 4, float8);                         // time of pages
  columns.insert(columns.end(), {int8, int8, numeric});             // log
  for (int i = 0; i < 4; ++i) columns.insert(columns.end(), {int8, float8});  // JIT
  std::vector<TypeRef> types;
  for (const types::Oid column : columns) types.push_back({column, -1, 0});
  return types;
}

std::unique_ptr<functions::SetFunctionRun> statements(EvalContext& context, const FunctionCall&,
                                                      std::span<const Datum> arguments) {
  auto rows = std::make_unique<TypedRows>(context, statement_columns());
  const bool with_text = !arguments[0].is_null && arguments[0].as<bool>();
  if (!arguments[0].is_null)
    for (auto& row : session_of(context).status_rows(with_text ? "pg_stat_statements" : "pg_stat_statements without texts"))
      rows->add(std::move(row));
  return rows;
}

std::optional<std::int32_t> reset(EvalContext& context, std::uint32_t user, std::uint32_t database, std::int64_t query) {
  (void)session_of(context).catalog_text("pg_stat_statements_reset",
                                         {std::to_string(user), std::to_string(database), std::to_string(query)});
  return 0;
}

// A row, not a set of them.
Datum info(EvalContext& context) {
  const TypeRef columns[] = {{types::oid::int8, -1, 0}, {types::oid::timestamptz, -1, 0}};
  TypedRows rows(context, {std::begin(columns), std::end(columns)});
  for (auto& row : session_of(context).status_rows("pg_stat_statements_info")) rows.add(std::move(row));
  return rows.row(context, 0);
}

constexpr functions::ScalarFunction kPgStatStatementsFunctions[] = {
    {"pg_stat_statements_reset_1_7", functions::strict<&reset>},
    {"pg_stat_statements_info", functions::strict<&info>},
};
constexpr SetFunction kSetFunctions[] = {{"pg_stat_statements_1_10", statements}};

constexpr Routine kPgStatStatementsRoutines[] = {
    {"pg_stat_statements_reset", "userid oid, dbid oid, queryid int8", "void", "pg_stat_statements_reset_1_7", "vss", "0, 0, 0",
     true},
    {"pg_stat_statements_info", "out dealloc int8, out stats_reset timestamptz", "record", "pg_stat_statements_info", "vss"},
    {"pg_stat_statements",
     "showtext bool, out userid oid, out dbid oid, out toplevel bool, out queryid int8, out query text, out plans int8, "
     "out total_plan_time float8, out min_plan_time float8, out max_plan_time float8, out mean_plan_time float8, "
     "out stddev_plan_time float8, out calls int8, out total_exec_time float8, out min_exec_time float8, "
     "out max_exec_time float8, out mean_exec_time float8, out stddev_exec_time float8, out rows int8, "
     "out shared_blks_hit int8, out shared_blks_read int8, out shared_blks_dirtied int8, out shared_blks_written int8, "
     "out local_blks_hit int8, out local_blks_read int8, out local_blks_dirtied int8, out local_blks_written int8, "
     "out temp_blks_read int8, out temp_blks_written int8, out blk_read_time float8, out blk_write_time float8, "
     "out temp_blk_read_time float8, out temp_blk_write_time float8, out wal_records int8, out wal_fpi int8, "
     "out wal_bytes numeric, out jit_functions int8, out jit_generation_time float8, out jit_inlining_count int8, "
     "out jit_inlining_time float8, out jit_optimization_count int8, out jit_optimization_time float8, "
     "out jit_emission_count int8, out jit_emission_time float8",
     "setof record", "pg_stat_statements_1_10", "vss"},
};

constexpr View kViews[] = {
    {"pg_stat_statements_info", "SELECT * FROM {}.pg_stat_statements_info()"},
    {"pg_stat_statements", "SELECT * FROM {}.pg_stat_statements(true)"},
};

constexpr std::string_view kTracked[] = {"none", "top", "all"};
constexpr Setting kSettings[] = {
    {"pg_stat_statements.max", 'i', "5000", "Sets the maximum number of statements tracked by pg_stat_statements.", 100,
     1073741823, {}, true},
    {"pg_stat_statements.track", 'e', "top", "Selects which statements are tracked by pg_stat_statements.", 0, 0, kTracked},
    {"pg_stat_statements.track_utility", 'b', "on", "Selects whether utility commands are tracked by pg_stat_statements."},
    {"pg_stat_statements.track_planning", 'b', "off", "Selects whether planning duration is tracked by pg_stat_statements."},
    {"pg_stat_statements.save", 'b', "off", "Save pg_stat_statements statistics across server shutdowns.", 0, 0, {}, true},
};

}  // namespace

const Extension& pg_stat_statements() {
  static const Extension extension{
      .name = "pg_stat_statements",
      .version = "1.10",
      .comment = "track planning and execution statistics of all SQL statements executed",
      .routines = kPgStatStatementsRoutines,
      .functions = kPgStatStatementsFunctions,
      .set_functions = kSetFunctions,
      .views = kViews,
      .settings = kSettings};
  return extension;
}

}  // namespace extensions
