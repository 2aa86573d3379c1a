// One of a cluster's databases, without listing them all.
#pragma once

#include <optional>
#include <string>

#include "database/cluster.h"

namespace database {

// By name or OID; nullopt when there is none. As of now; parks.
std::optional<DatabaseRow> find_database(Cluster& cluster, const std::string& name);
std::optional<DatabaseRow> find_database(Cluster& cluster, Oid oid);

}  // namespace database
