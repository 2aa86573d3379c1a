#include "chunk_builder.h"

#include <utility>

#include "wal/check.h"
#include "wal/record_codec.h"

namespace wal {
namespace {

// An open chunk that has grown this large takes no further mini-transaction: what is sent, synced
// and repaired at once stays bounded.
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
// A commit of TPC-B's size without growing.
constexpr std::size_t kFirstReserve = 1024;

}  // namespace

ChunkBuilder::ChunkBuilder(Lsn chain_end, Lsn next_lsn, Lsn branch_lsn,
                           std::uint64_t pages_per_group, std::map<GroupNo, Lsn> tails)
    : pages_per_group_(pages_per_group),
      branch_lsn_(branch_lsn),
      chain_end_(chain_end),
      position_(next_lsn),
      tails_(std::move(tails)) {
  CHECK(pages_per_group > 0);
  CHECK(chain_end <= next_lsn);
}

GroupNo ChunkBuilder::group_of(const MiniTransaction::PendingRecord& record) const {
  if (record.page == nullptr) return GroupNo{0};
  return GroupNo{static_cast<std::uint32_t>(record.page->header().page_no / pages_per_group_)};
}

std::vector<std::byte>& ChunkBuilder::records_of(GroupNo group) {
  for (OpenPart& part : open_) {
    if (part.group == group) return part.records;
  }
  open_.push_back({group, {}});
  open_.back().records.reserve(kFirstReserve);
  return open_.back().records;
}

Lsn ChunkBuilder::append(std::span<MiniTransaction::PendingRecord> records) {
  CHECK(!records.empty());
  if (open_bytes_ >= kChunkBytes) {
    full_.push_back({position_, std::exchange(open_, {})});
    open_bytes_ = 0;
  }
  for (auto& record : records) {
    position_ = position_.advanced_by(record.encoded.size());
    const Lsn prev = record.page == nullptr ? kNoLsn : record.page->lsn();
    seal_record(record.encoded, position_, prev, &record == &records.back());
    auto& into = records_of(group_of(record));
    into.insert(into.end(), record.encoded.begin(), record.encoded.end());
    open_bytes_ += record.encoded.size();
    if (record.page != nullptr) record.page->header().lsn = position_.value();
  }
  return position_;
}

Lsn ChunkBuilder::next_end() const {
  CHECK(!empty());
  return full_.empty() ? position_ : full_.front().end;
}

Chunk ChunkBuilder::take() {
  Chunk chunk;
  chunk.begin = chain_end_;
  chunk.end = next_end();
  std::vector<OpenPart> parts;
  if (full_.empty()) {
    parts = std::exchange(open_, {});
    open_bytes_ = 0;
  } else {
    parts = std::move(full_.front().parts);
    full_.pop_front();
  }
  for (OpenPart& part : parts) {
    Lsn& tail = tails_.try_emplace(part.group, branch_lsn_).first->second;
    chunk.parts.push_back(
        {part.group, tail,
         std::make_shared<const std::vector<std::byte>>(std::move(part.records))});
    tail = chunk.end;
  }
  chain_end_ = chunk.end;
  return chunk;
}

}  // namespace wal
