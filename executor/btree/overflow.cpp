#include "btree/overflow.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "btree/errc.h"
#include "buffer/page_kind.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"

namespace btree {
namespace {

struct OverflowHeader {
  wal::PageHeader page;
  std::uint32_t next;  // kNoPage ends the chain
  std::uint32_t size;  // bytes of the value in this page
};
static_assert(sizeof(OverflowHeader) == 24);

constexpr std::size_t kPayload = wal::kPageSize - sizeof(OverflowHeader);
// Pages written by one mini-transaction.
constexpr std::size_t kWrittenBatch = 16;
constexpr int kCompressionLevel = 1;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// The compressed value, or nothing when that saves too little to pay for decompression.
std::vector<std::byte> compress(Bytes value) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  std::vector<std::byte> result(ZSTD_compressBound(value.size()));
  const std::size_t size = ZSTD_compressCCtx(context.get(), result.data(), result.size(),
                                             value.data(), value.size(), kCompressionLevel);
  if (ZSTD_isError(size) || size > value.size() - value.size() / 8) return {};
  result.resize(size);
  return result;
}

[[noreturn]] void throw_corrupt_value(buffer::PagedVolume& volume, wal::PageNo page_no) {
  throw buffer::PageError(volume.timeline(), page_no, Errc::corrupt_value);
}

// Checked, since the chain's links come from storage.
OverflowHeader header_of(buffer::PagedVolume& volume, const wal::Page& page, wal::PageNo page_no) {
  OverflowHeader header;
  std::memcpy(&header, page.bytes.data(), sizeof(header));
  if (header.page.kind != static_cast<std::uint8_t>(buffer::PageKind::overflow) ||
      header.page.page_no != wal::raw(page_no) || header.size == 0 || header.size > kPayload) {
    throw_corrupt_value(volume, page_no);
  }
  return header;
}

}  // namespace

OverflowRef write_overflow(Space& space, Bytes value) {
  CHECK(!value.empty() && value.size() <= (std::size_t{1} << 30));
  const std::vector<std::byte> compressed = compress(value);
  const Bytes stored = compressed.empty() ? value : Bytes(compressed);

  // From the end, so that every page knows its successor.
  wal::PageNo next = wal::kNoPage;
  wal::MiniTransaction mtr(space.volume().volume());
  const std::size_t pages = (stored.size() + kPayload - 1) / kPayload;
  for (std::size_t left = pages; left != 0;) {
    const std::size_t batch = std::min(kWrittenBatch, left);
    Reservation reservation = space.reserve(batch);
    std::vector<buffer::ExclusiveGuard> guards;
    for (std::size_t i = 0; i < batch; ++i) guards.push_back(reservation.take(mtr));
    for (std::size_t i = batch; i-- > 0; --left) {
      const buffer::ExclusiveGuard& guard = guards[i];
      const Bytes part = stored.subspan((left - 1) * kPayload)
                             .first(std::min(kPayload, stored.size() - (left - 1) * kPayload));
      wal::Page& page = guard.page();
      const wal::PageNo page_no = guard.page_no();
      std::memset(page.bytes.data() + wal::kPageLsnSize, 0, wal::kPageSize - wal::kPageLsnSize);
      OverflowHeader header{};
      header.page = page.header();  // keeps the LSN
      header.page.kind = static_cast<std::uint8_t>(buffer::PageKind::overflow);
      header.page.page_no = wal::raw(page_no);
      header.next = wal::raw(next);
      header.size = static_cast<std::uint32_t>(part.size());
      std::memcpy(page.bytes.data(), &header, sizeof(header));
      std::memcpy(page.bytes.data() + sizeof(header), part.data(), part.size());
      mtr.image(page);
      next = page_no;
    }
    mtr.commit();
    reservation.settle();
  }
  return {wal::raw(next), 0, static_cast<std::uint32_t>(value.size()),
          static_cast<std::uint32_t>(stored.size())};
}

void read_overflow(buffer::PagedVolume& volume, const OverflowRef& ref,
                   std::vector<std::byte>& into) {
  std::vector<std::byte> stored;
  stored.reserve(ref.stored_size);
  wal::PageNo page_no{ref.first_page};
  while (stored.size() < ref.stored_size) {
    if (page_no == wal::kNoPage) throw_corrupt_value(volume, wal::PageNo{ref.first_page});
    wal::PageNo next;
    {
      const buffer::SharedGuard guard = volume.shared(page_no);
      const OverflowHeader header = header_of(volume, guard.page(), page_no);
      if (header.size > ref.stored_size - stored.size()) throw_corrupt_value(volume, page_no);
      const std::byte* const data = guard.page().bytes.data() + sizeof(OverflowHeader);
      stored.insert(stored.end(), data, data + header.size);
      next = wal::PageNo{header.next};
    }
    page_no = next;
  }
  if (page_no != wal::kNoPage) throw_corrupt_value(volume, page_no);
  if (ref.stored_size == ref.size) {
    into = std::move(stored);
    return;
  }
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  into.resize(ref.size);
  const std::size_t size =
      ZSTD_decompressDCtx(context.get(), into.data(), into.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) || size != ref.size) {
    throw_corrupt_value(volume, wal::PageNo{ref.first_page});
  }
}

void free_overflow(Space& space, const OverflowRef& ref) {
  buffer::PagedVolume& volume = space.volume();
  std::vector<wal::PageNo> pages;
  for (wal::PageNo page_no{ref.first_page}; page_no != wal::kNoPage;) {
    pages.push_back(page_no);
    if (pages.size() * kPayload >= ref.stored_size + kPayload) throw_corrupt_value(volume, page_no);
    page_no = wal::PageNo{header_of(volume, volume.shared(page_no).page(), page_no).next};
  }
  wal::MiniTransaction mtr(volume.volume());
  for (std::size_t i = 0; i < pages.size(); i += 64) {
    const auto batch = std::span(pages).subspan(i, std::min<std::size_t>(64, pages.size() - i));
    Release release = space.prepare_free(batch);
    for (const wal::PageNo page_no : batch) release.free(mtr, page_no);
    mtr.commit();
    release.settle();
  }
}

}  // namespace btree
