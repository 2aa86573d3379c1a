#include "table/later_change.h"

#include "table_impl.h"

namespace table {

bool changed_by_later_command(const Table& table, const View& view, std::string_view row_key) {
  transaction::VersionHeader version;
  {
    btree::SharedLeaf leaf = table.impl().clustered.tree.seek_shared(btree::bytes_of(row_key));
    if (!leaf.found()) return false;
    version = transaction::parse_version(leaf.value());
  }
  if (version.xid != view.transaction().xid()) return false;
  const View own = view.with_command(transaction::Command{static_cast<std::uint32_t>(view.command()) + 1});
  return transaction::standing(own, version) == transaction::Standing::own_later;
}

}  // namespace table
