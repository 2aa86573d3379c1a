#include "sequences.h"

#include <algorithm>

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "table/sequence.h"
#include "transaction/manager.h"
#include "transaction/wait_control.h"

namespace database {

wal::Lsn settle_sequences(Database& database, const transaction::View& view) {
  wal::Lsn settled = wal::kNoLsn;
  using catalog::RowReader;
  const auto sequences = database.catalog().system_relation(catalog::pg_sequence::kOid);
  const auto classes = database.catalog().system_relation(catalog::pg_class::kOid);
  for (RowReader each = RowReader::from_oid(view, *sequences, 0); each.next();) {
    const types::Oid sequence = each.row().oid(catalog::pg_sequence::seqrelid);
    RowReader relation(view, *classes, 0, {catalog::key_oid(sequence)});
    if (relation.next())
      settled = std::max(settled,
                         table::settle_sequence(database.transactions(),
                                                wal::PageNo{relation.row().oid(catalog::pg_class::relfilenode)}));
  }
  return settled;
}

void settle_sequences(Database& database) {
  transaction::WaitControl control;
  const auto transaction = database.transactions().begin({.read_only = true}, control);
  const auto view = transaction->take_view();
  settle_sequences(database, view);
}

}  // namespace database
