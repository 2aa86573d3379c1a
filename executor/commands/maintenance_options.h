// Options of VACUUM, ANALYZE, REINDEX and CLUSTER in parentheses.
#pragma once

#include <string_view>
#include <vector>

#include "query/names.h"
#include "query/utility.h"

namespace commands {

// Whether the option is there and on; 42601 for a value that is neither.
bool is_on(const std::vector<query::Option>& options, std::string_view name);

// What the statement cannot do together, or does not know: 42601, 0A000 as PostgreSQL.
void require_vacuum_options(const query::Vacuum& statement);
void require_reindex_options(const query::Reindex& statement);
void require_cluster_options(const query::Cluster& statement);

}  // namespace commands
