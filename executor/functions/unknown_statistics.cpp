// Statistics about what is not there, or is not counted: null, as what is not known.
#include "function_table.h"
#include "kernel.h"

namespace functions {
namespace {

void unknown(EvalContext&, const FunctionCall&, std::span<const Vector* const>, Selection rows, Vector& out) {
  detail::for_each_row(rows, [&](std::uint32_t row) { out.set_null(row); });
}

constexpr ScalarFunction kUnknownStatisticsFunctions[] = {
    // Dirty pages are never written back, since the log is the database: no checkpoints, no background writer.
    {"pg_stat_get_bgwriter_timed_checkpoints", &unknown},
    {"pg_stat_get_bgwriter_requested_checkpoints", &unknown},
    {"pg_stat_get_checkpoint_write_time", &unknown},
    {"pg_stat_get_checkpoint_sync_time", &unknown},
    {"pg_stat_get_bgwriter_buf_written_checkpoints", &unknown},
    {"pg_stat_get_bgwriter_buf_written_clean", &unknown},
    {"pg_stat_get_bgwriter_maxwritten_clean", &unknown},
    {"pg_stat_get_buf_written_backend", &unknown},
    {"pg_stat_get_buf_fsync_backend", &unknown},
    {"pg_stat_get_buf_alloc", &unknown},
    {"pg_stat_get_bgwriter_stat_reset_time", &unknown},
    // The buffer pool counts by database, not by relation (pg_stat_database).
    {"pg_stat_get_blocks_fetched", &unknown},
    {"pg_stat_get_blocks_hit", &unknown},
    // What a transaction did is counted when it has ended.
    {"pg_stat_get_xact_numscans", &unknown},
    {"pg_stat_get_xact_tuples_returned", &unknown},
    {"pg_stat_get_xact_tuples_fetched", &unknown},
    {"pg_stat_get_xact_tuples_inserted", &unknown},
    {"pg_stat_get_xact_tuples_updated", &unknown},
    {"pg_stat_get_xact_tuples_deleted", &unknown},
    {"pg_stat_get_xact_tuples_hot_updated", &unknown},
    {"pg_stat_get_xact_blocks_fetched", &unknown},
    {"pg_stat_get_xact_blocks_hit", &unknown},
    {"pg_stat_get_xact_function_calls", &unknown},
    {"pg_stat_get_xact_function_total_time", &unknown},
    {"pg_stat_get_xact_function_self_time", &unknown},
    {"pg_stat_get_snapshot_timestamp", &unknown},
    // Segments of WAL, archiving, replay, subscriptions and slots: exports and page-store nodes take their place.
    {"pg_stat_get_wal", &unknown},
    {"pg_stat_get_archiver", &unknown},
    {"pg_stat_get_wal_receiver", &unknown},
    {"pg_stat_get_recovery_prefetch", &unknown},
    {"pg_stat_get_subscription_stats", &unknown},
    {"pg_stat_get_replication_slot", &unknown},
};

}  // namespace

std::span<const ScalarFunction> unknown_statistics_functions() { return kUnknownStatisticsFunctions; }

}  // namespace functions
