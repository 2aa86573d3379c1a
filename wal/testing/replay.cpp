#include "wal/testing/replay.h"

#include <cstring>

#include "wal/check.h"
#include "wal/record_codec.h"

namespace wal::testing {

void apply_record(const RecordView& record, Page& page) {
  OperationReader operations(record.payload);
  for (;;) {
    auto next = operations.next();
    CHECK(next.has_value());
    if (!*next) break;
    const RedoOperation& operation = **next;
    std::byte* const at = page.bytes.data() + operation.offset;
    switch (operation.kind) {
      case RedoOp::write:
        std::memcpy(at, operation.bytes.data(), operation.length);
        break;
      case RedoOp::move:
        std::memmove(at, page.bytes.data() + operation.source, operation.length);
        break;
      case RedoOp::fill:
        std::memset(at, std::to_integer<int>(operation.value), operation.length);
        break;
      case RedoOp::image:
        std::memcpy(at, operation.bytes.data(), operation.length);
        std::memset(at + operation.length, 0, kPageSize - kPageLsnSize - operation.length);
        break;
      case RedoOp::packed:
        CHECK(unpack_image(operation, std::span(page.bytes).subspan(operation.offset)));
        std::memset(at + operation.length, 0, kPageSize - kPageLsnSize - operation.length);
        break;
    }
  }
  page.header().lsn = record.lsn.value();
}

}  // namespace wal::testing
