#include "memo_cache.h"

#include <cstring>
#include <new>

namespace operators {

namespace {

std::vector<types::PhysicalType> physical_types(std::span<const planner::KeyColumn> keys) {
  std::vector<types::PhysicalType> types;
  for (const planner::KeyColumn& key : keys) types.push_back(key.physical);
  return types;
}

// Sets a record's columns; varlen bytes go to `bytes`, which moves on behind them.
void write_record(const RowLayout& layout, std::byte* record, std::size_t column, types::Datum value, char*& bytes) {
  if (!value.is_null && layout.type(column) == types::PhysicalType::varlen) {
    const auto text = value.as<std::string_view>();
    if (!text.empty()) std::memcpy(bytes, text.data(), text.size());
    value = types::Datum::of(std::string_view(bytes, text.size()));
    bytes += text.size();
  }
  layout.set_borrowed(record, column, value);
}

}  // namespace

MemoCache::MemoCache(std::span<const planner::KeyColumn> keys, std::span<const types::PhysicalType> columns)
    : keys_(make_keys(keys)), key_layout_(physical_types(keys), 0), layout_(columns, 0) {}

void MemoCache::clear() {
  while (oldest_ != nullptr) remove(oldest_);
  buckets_ = {};
}

MemoCache::Entry* MemoCache::find(std::span<const types::Vector* const> keys) {
  hash_ = kHashSeed;
  for (std::size_t k = 0; k < keys_.size(); ++k) keys_[k].hash(*keys[k], {nullptr, 1}, &hash_);
  if (buckets_.empty()) return nullptr;
  for (Entry* entry = buckets_[hash_ & (buckets_.size() - 1)]; entry != nullptr; entry = entry->chain) {
    if (entry->hash != hash_) continue;
    bool same = true;
    for (std::size_t k = 0; same && k < keys_.size(); ++k) same = keys_[k].equals(*keys[k], 0, key_layout_, key_of(entry), k);
    if (!same) continue;
    if (entry != newest_) {
      unlink(entry);
      link_newest(entry);
    }
    return entry;
  }
  return nullptr;
}

MemoCache::Entry* MemoCache::insert(std::span<const types::Vector* const> keys) {
  std::size_t bytes = sizeof(Entry) + key_layout_.size();
  for (std::size_t k = 0; k < keys_.size(); ++k)
    if (key_layout_.type(k) == types::PhysicalType::varlen && !keys[k]->is_null(0)) bytes += keys[k]->get<std::string_view>(0).size();
  if (!make_room(bytes, nullptr)) return nullptr;
  if (count_ >= buckets_.size()) grow();
  auto* entry = new (::operator new(bytes)) Entry{};
  entry->hash = hash_;
  entry->bytes = bytes;
  char* varlen = reinterpret_cast<char*>(key_of(entry)) + key_layout_.size();
  for (std::size_t k = 0; k < keys_.size(); ++k) write_record(key_layout_, key_of(entry), k, keys[k]->datum(0), varlen);
  Entry*& bucket = buckets_[hash_ & (buckets_.size() - 1)];
  entry->chain = bucket;
  bucket = entry;
  link_newest(entry);
  ++count_;
  bytes_ += bytes;
  return entry;
}

std::size_t MemoCache::room_for(const types::Batch& batch) const {
  std::size_t bytes = sizeof(Rows) + layout_.size() * batch.rows.count;
  for (const types::Vector& column : batch.columns) {
    if (column.type() != types::PhysicalType::varlen) continue;
    for (std::uint32_t i = 0; i < batch.rows.count; ++i)
      if (!column.is_null(batch.rows[i])) bytes += column.get<std::string_view>(batch.rows[i]).size();
  }
  return bytes;
}

bool MemoCache::append(Entry* entry, const types::Batch& batch) {
  const std::size_t bytes = room_for(batch);
  if (!make_room(bytes, entry)) {
    remove(entry);
    return false;
  }
  auto* rows = new (::operator new(bytes)) Rows{nullptr, batch.rows.count, bytes};
  std::byte* record = reinterpret_cast<std::byte*>(rows + 1);
  char* varlen = reinterpret_cast<char*>(record + layout_.size() * rows->count);
  for (std::uint32_t i = 0; i < rows->count; ++i, record += layout_.size())
    for (std::size_t c = 0; c < batch.columns.size(); ++c) write_record(layout_, record, c, batch.columns[c].datum(batch.rows[i]), varlen);
  (entry->last != nullptr ? entry->last->next : entry->first) = rows;
  entry->last = rows;
  bytes_ += bytes;
  return true;
}

void MemoCache::records(const Rows& rows, std::vector<const std::byte*>& out) const {
  const std::byte* record = reinterpret_cast<const std::byte*>(&rows + 1);
  for (std::uint32_t i = 0; i < rows.count; ++i, record += layout_.size()) out.push_back(record);
}

void MemoCache::drop_rows(Entry* entry) {
  for (Rows *rows = entry->first, *next = nullptr; rows != nullptr; rows = next) {
    next = rows->next;
    bytes_ -= rows->bytes;
    ::operator delete(rows);
  }
  entry->first = entry->last = nullptr;
}

bool MemoCache::make_room(std::size_t bytes, const Entry* kept) {
  while (bytes_ + bytes > limit_) {
    Entry* victim = oldest_ == kept && oldest_ != nullptr ? oldest_->newer : oldest_;
    if (victim == nullptr) return false;
    remove(victim);
    ++evictions_;
  }
  return true;
}

void MemoCache::remove(Entry* entry) {
  drop_rows(entry);
  Entry** place = &buckets_[entry->hash & (buckets_.size() - 1)];
  while (*place != entry) place = &(*place)->chain;
  *place = entry->chain;
  unlink(entry);
  --count_;
  bytes_ -= entry->bytes;
  ::operator delete(entry);
}

void MemoCache::unlink(Entry* entry) {
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
}

void MemoCache::link_newest(Entry* entry) {
  entry->older = newest_;
  entry->newer = nullptr;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
}

void MemoCache::grow() {
  buckets_.assign(buckets_.empty() ? 256 : buckets_.size() * 2, nullptr);
  for (Entry* entry = oldest_; entry != nullptr; entry = entry->newer) {
    Entry*& bucket = buckets_[entry->hash & (buckets_.size() - 1)];
    entry->chain = bucket;
    bucket = entry;
  }
}

}  // namespace operators
