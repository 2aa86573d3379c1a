#include "row_set.h"

#include <algorithm>
#include <cstring>

namespace operators {

RowSet::RowSet(std::span<const types::PhysicalType> columns, std::span<const planner::KeyColumn> keys,
               std::size_t owner_bytes)
    : layout_(columns, sizeof(RowHeader) + owner_bytes),
      keys_(make_keys(keys)),
      owner_bytes_(owner_bytes) {}

void RowSet::prepare(std::span<const types::Vector* const> columns, types::Selection selection) {
  if (hashes_.size() < selection.count) hashes_.resize(selection.count);
  std::fill_n(hashes_.begin(), selection.count, kHashSeed);
  for (std::size_t k = 0; k < keys_.size(); ++k)
    keys_[k].hash(*columns[k], selection, hashes_.data());
  if ((records_.size() + selection.count) * 2 > buckets_.size())
    grow(std::max<std::size_t>(1024, buckets_.size() * 2));
}

void RowSet::fetch_ahead(std::uint32_t count) const {
  // What is small is in the cache.
  constexpr std::size_t kCachedRecords = 4096;
  if (records_.size() < kCachedRecords) return;
  const std::size_t mask = buckets_.size() - 1;
  for (std::uint32_t i = 0; i < count; ++i) __builtin_prefetch(&buckets_[hashes_[i] & mask]);
  for (std::uint32_t i = 0; i < count; ++i) __builtin_prefetch(buckets_[hashes_[i] & mask]);
}

void RowSet::grow(std::size_t buckets) {
  while (buckets < records_.size() * 2) buckets *= 2;
  buckets_.assign(buckets, nullptr);
  for (std::byte* record : records_) {
    auto* header = reinterpret_cast<RowHeader*>(record);
    std::byte*& bucket = buckets_[header->hash & (buckets_.size() - 1)];
    header->next = bucket;
    bucket = record;
  }
}

std::byte* RowSet::find(std::span<const types::Vector* const> columns, std::uint32_t row,
                        std::uint64_t hash) const {
  std::byte* record = buckets_[hash & (buckets_.size() - 1)];
  for (; record != nullptr; record = reinterpret_cast<RowHeader*>(record)->next) {
    if (reinterpret_cast<RowHeader*>(record)->hash != hash) continue;
    bool same = true;
    for (std::size_t k = 0; same && k < keys_.size(); ++k)
      same = keys_[k].equals(*columns[k], row, layout_, record, k);
    if (same) return record;
  }
  return nullptr;
}

void RowSet::find(std::span<const types::Vector* const> columns, types::Selection selection,
                  std::byte** records) {
  prepare(columns, selection);
  fetch_ahead(selection.count);
  for (std::uint32_t i = 0; i < selection.count; ++i)
    records[i] = find(columns, selection[i], hashes_[i]);
}

std::byte* RowSet::insert(std::span<const types::Vector* const> columns, std::uint32_t row,
                          std::uint64_t hash) {
  auto* record = static_cast<std::byte*>(arena_.allocate(layout_.size(), 8));
  std::memset(record + sizeof(RowHeader), 0, owner_bytes_);
  for (std::size_t c = 0; c < layout_.columns(); ++c)
    layout_.set(record, c, columns[c]->datum(row), arena_);
  auto* header = reinterpret_cast<RowHeader*>(record);
  std::byte*& bucket = buckets_[hash & (buckets_.size() - 1)];
  header->hash = hash;
  header->next = bucket;
  bucket = record;
  records_.push_back(record);
  return record;
}

void RowSet::clear() {
  // Many buckets for few records: who is filled again and again would pay for them every time.
  constexpr std::size_t kSmall = 4096;
  if (buckets_.size() > kSmall && records_.size() * 16 < buckets_.size())
    buckets_.clear();
  else
    std::fill(buckets_.begin(), buckets_.end(), nullptr);
  records_.clear();
  arena_.reset();
}

void RowSet::release() {
  clear();
  buckets_ = {};
  records_ = {};
}

}  // namespace operators
