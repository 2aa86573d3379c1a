#include "row_key_stream.h"

#include <algorithm>
#include <string>
#include <utility>

namespace operators {
namespace {

class Postings final : public RowKeyStream {
 public:
  explicit Postings(table::PostingScan scan) : scan_(std::move(scan)) {}
  bool seek(std::string_view row_key) override { return scan_.seek(row_key); }
  std::string_view row_key() const override { return scan_.row_key(); }

 private:
  table::PostingScan scan_;
};

class List final : public RowKeyStream {
 public:
  explicit List(inverted::KeySet keys) : keys_(std::move(keys)) {}
  bool seek(std::string_view row_key) override {
    std::size_t low = at_, high = keys_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (keys_[middle] < row_key)
        low = middle + 1;
      else
        high = middle;
    }
    at_ = low;
    return at_ < keys_.size();
  }
  std::string_view row_key() const override { return keys_[at_]; }

 private:
  inverted::KeySet keys_;
  std::size_t at_ = 0;
};

// What did not fit into memory.
class Sorted final : public RowKeyStream {
 public:
  explicit Sorted(std::unique_ptr<RowSorter> sorter) : sorter_(std::move(sorter)) {}
  bool seek(std::string_view row_key) override {
    for (;;) {
      std::uint32_t low = at_, high = batch_.rows.count;
      while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (key_at(middle) < row_key)
          low = middle + 1;
        else
          high = middle;
      }
      at_ = low;
      if (at_ < batch_.rows.count) return true;
      at_ = 0;
      if (!sorter_->next(batch_)) {
        batch_ = {};
        return false;
      }
    }
  }
  std::string_view row_key() const override { return key_at(at_); }

 private:
  std::string_view key_at(std::uint32_t i) const {
    return batch_.columns[0].datum(batch_.rows[i]).as<std::string_view>();
  }

  std::unique_ptr<RowSorter> sorter_;
  types::Batch batch_;
  std::uint32_t at_ = 0;
};

class Counted final : public RowKeyStream {
 public:
  Counted(RowKeyStreamPtr rows, std::uint64_t& count) : rows_(std::move(rows)), count_(count) {}
  bool seek(std::string_view row_key) override {
    if (!rows_->seek(row_key)) return false;
    // Asked again for what it has come to, it stays there.
    if (started_ && last_ == rows_->row_key()) return true;
    started_ = true;
    last_ = rows_->row_key();
    ++count_;
    return true;
  }
  std::string_view row_key() const override { return rows_->row_key(); }

 private:
  RowKeyStreamPtr rows_;
  std::uint64_t& count_;
  std::string last_;
  bool started_ = false;
};

// Leapfrog: whoever is behind the others seeks what they have come to.
class All final : public RowKeyStream {
 public:
  explicit All(std::vector<RowKeyStreamPtr> parts) : parts_(std::move(parts)) {}
  bool seek(std::string_view row_key) override {
    if (!parts_[0]->seek(row_key)) return false;
    current_ = parts_[0]->row_key();
    for (std::size_t agreed = 1, at = 1; agreed < parts_.size(); at = (at + 1) % parts_.size()) {
      if (!parts_[at]->seek(current_)) return false;
      if (parts_[at]->row_key() == current_) {
        ++agreed;
        continue;
      }
      current_ = parts_[at]->row_key();
      agreed = 1;
    }
    return true;
  }
  std::string_view row_key() const override { return current_; }

 private:
  std::vector<RowKeyStreamPtr> parts_;
  std::string current_;
};

// The one that is least far lies on top of a heap.
class Any final : public RowKeyStream {
 public:
  explicit Any(std::vector<RowKeyStreamPtr> parts) : parts_(std::move(parts)) {}
  bool seek(std::string_view row_key) override {
    if (!started_) {
      started_ = true;
      std::erase_if(parts_, [&](const RowKeyStreamPtr& part) { return !part->seek(row_key); });
      std::make_heap(parts_.begin(), parts_.end(), is_behind);
    }
    while (!parts_.empty() && parts_.front()->row_key() < row_key) {
      std::pop_heap(parts_.begin(), parts_.end(), is_behind);
      if (parts_.back()->seek(row_key))
        std::push_heap(parts_.begin(), parts_.end(), is_behind);
      else
        parts_.pop_back();
    }
    return !parts_.empty();
  }
  std::string_view row_key() const override { return parts_.front()->row_key(); }

 private:
  static bool is_behind(const RowKeyStreamPtr& a, const RowKeyStreamPtr& b) { return a->row_key() > b->row_key(); }

  std::vector<RowKeyStreamPtr> parts_;
  bool started_ = false;
};

template <typename Stream>
FoundRows joined(std::vector<RowKeyStreamPtr> streams) {
  if (streams.empty()) return {};
  if (streams.size() == 1) return {false, std::move(streams.front())};
  return {false, std::make_unique<Stream>(std::move(streams))};
}

}  // namespace

FoundRows rows_of(table::PostingScan postings) { return {false, std::make_unique<Postings>(std::move(postings))}; }

FoundRows rows_of(inverted::KeySet sorted) {
  if (sorted.empty()) return {};
  return {false, std::make_unique<List>(std::move(sorted))};
}

FoundRows rows_of(std::unique_ptr<RowSorter> sorter) { return {false, std::make_unique<Sorted>(std::move(sorter))}; }

FoundRows counted(FoundRows rows, std::uint64_t& count) {
  if (rows.stream != nullptr) rows.stream = std::make_unique<Counted>(std::move(rows.stream), count);
  return rows;
}

FoundRows rows_of_all(std::vector<FoundRows> parts) {
  std::vector<RowKeyStreamPtr> streams;
  for (FoundRows& part : parts) {
    if (part.everything) continue;
    if (part.stream == nullptr) return {};
    streams.push_back(std::move(part.stream));
  }
  if (streams.empty()) return {true, nullptr};
  return joined<All>(std::move(streams));
}

FoundRows rows_of_any(std::vector<FoundRows> parts) {
  std::vector<RowKeyStreamPtr> streams;
  for (FoundRows& part : parts) {
    if (part.everything) return {true, nullptr};
    if (part.stream != nullptr) streams.push_back(std::move(part.stream));
  }
  return joined<Any>(std::move(streams));
}

}  // namespace operators
