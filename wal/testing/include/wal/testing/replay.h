// Redo applied the plain way, as a yardstick for the real one.
#pragma once

#include "wal/page.h"
#include "wal/record.h"

namespace wal::testing {

// Carries out a page-change record that came out of a RecordReader, and stamps the page.
void apply_record(const RecordView& record, Page& page);

}  // namespace wal::testing
