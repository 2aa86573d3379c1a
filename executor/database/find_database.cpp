#include "database/find_database.h"

#include "cluster_impl.h"
#include "database_rows.h"

namespace database {

std::optional<DatabaseRow> find_database(Cluster& cluster, const std::string& name) {
  SystemTransaction transaction(cluster.system());
  return find_database(cluster.system(), *transaction, name);
}

std::optional<DatabaseRow> find_database(Cluster& cluster, Oid oid) {
  SystemTransaction transaction(cluster.system());
  return find_database(cluster.system(), *transaction, oid);
}

}  // namespace database
