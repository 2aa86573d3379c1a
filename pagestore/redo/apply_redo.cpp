#include "pagestore/apply_redo.h"

#include <array>
#include <cstring>

#include "wal/record_codec.h"

namespace pagestore {
namespace {

using wal::kPageLsnSize;
using wal::kPageSize;

// The last packed image of a payload, unpacked. It sets the whole page: what comes before it shows nowhere.
struct Unpacked {
  std::array<std::byte, kPageSize> bytes;
  const std::byte* frame = nullptr;  // which it is; null: none
};

// Whether the whole payload can be carried out; nothing is written before this said yes. A frame
// is known to be good by unpacking it only, which is done once.
bool well_formed(std::span<const std::byte> payload, Unpacked& unpacked) {
  wal::OperationReader reader(payload);
  for (;;) {
    const auto operation = reader.next();
    if (!operation) return false;
    if (!*operation) return true;
    if ((*operation)->kind == wal::RedoOp::packed) {
      if (!wal::unpack_image(**operation, unpacked.bytes)) return false;
      unpacked.frame = (*operation)->bytes.data();
    }
  }
}

void carry_out(const wal::RedoOperation& operation, const Unpacked& unpacked, wal::Page& page) {
  std::byte* const target = page.bytes.data() + operation.offset;
  switch (operation.kind) {
    case wal::RedoOp::write:
      std::memcpy(target, operation.bytes.data(), operation.bytes.size());
      return;
    case wal::RedoOp::move:
      std::memmove(target, page.bytes.data() + operation.source, operation.length);
      return;
    case wal::RedoOp::fill:
      std::memset(target, std::to_integer<int>(operation.value), operation.length);
      return;
    case wal::RedoOp::image: {
      std::byte* const body = page.bytes.data() + kPageLsnSize;
      if (!operation.bytes.empty()) {
        std::memcpy(body, operation.bytes.data(), operation.bytes.size());
      }
      const std::size_t length = operation.bytes.size();
      std::memset(body + length, 0, kPageSize - kPageLsnSize - length);
      return;
    }
    case wal::RedoOp::packed:
      if (operation.bytes.data() != unpacked.frame) return;
      std::memcpy(target, unpacked.bytes.data(), operation.length);
      std::memset(target + operation.length, 0, kPageSize - kPageLsnSize - operation.length);
      return;
  }
}

void carry_out_all(const wal::RecordView& record, const Unpacked& unpacked, wal::Page& page) {
  wal::OperationReader reader(record.payload);
  for (;;) {
    const auto operation = reader.next();
    CHECK(operation.has_value());  // well_formed() has seen it
    if (!*operation) break;
    carry_out(**operation, unpacked, page);
  }
  page.header().lsn = record.lsn.value();
  page.header().page_no = wal::raw(record.page_no);
}

}  // namespace

wal::Result<void> apply_redo(const wal::RecordView& record, wal::Page& page) {
  if (record.kind != wal::RecordKind::page_change) return RedoErrc::not_a_page_change;
  const bool never_written = page.lsn() == wal::kNoLsn;
  if (!never_written && page.header().page_no != wal::raw(record.page_no)) {
    return RedoErrc::wrong_page;
  }
  if (record.prev_page_lsn != page.lsn()) return RedoErrc::wrong_predecessor;
  Unpacked unpacked;
  if (!well_formed(record.payload, unpacked)) return RedoErrc::malformed_payload;
  carry_out_all(record, unpacked, page);
  return {};
}

bool starts_with_image(const wal::RecordView& record) {
  return record.kind == wal::RecordKind::page_change && !record.payload.empty() &&
         wal::sets_whole_page(static_cast<wal::RedoOp>(record.payload[0]));
}

wal::Result<void> apply_redo_image(const wal::RecordView& record, wal::Page& page) {
  if (record.kind != wal::RecordKind::page_change) return RedoErrc::not_a_page_change;
  Unpacked unpacked;
  if (!starts_with_image(record) || !well_formed(record.payload, unpacked)) {
    return RedoErrc::malformed_payload;
  }
  carry_out_all(record, unpacked, page);
  return {};
}

boost::system::error_code make_error_code(RedoErrc errc) {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "redo"; }
    std::string message(int code) const override {
      switch (static_cast<RedoErrc>(code)) {
        case RedoErrc::not_a_page_change: return "record changes no page";
        case RedoErrc::wrong_page: return "record is for another page";
        case RedoErrc::wrong_predecessor: return "record does not follow the page's version";
        case RedoErrc::malformed_payload: return "malformed redo operation";
      }
      return "unknown redo error";
    }
  };
  static const Category category;
  return {static_cast<int>(errc), category};
}

}  // namespace pagestore
