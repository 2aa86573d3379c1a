#include "sorter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "types/sql_error.h"

namespace table {
namespace {

struct ItemHeader {
  std::uint32_t key_size;
  std::uint32_t value_size;
};

[[noreturn]] void throw_spill_error(int error) {
  throw types::SqlError(error == ENOSPC ? "53100" : "58030",
                        std::string("could not write temporary file: ") + std::strerror(error));
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

}  // namespace

// One run: written once from begin to end, then read once. The file has no name, so it goes with
// its last descriptor, whatever becomes of the process.
class Sorter::RunReader {
 public:
  explicit RunReader(const std::string& directory) {
    std::string path = directory + "/sort_XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    if (descriptor < 0) throw_spill_error(errno);
    ::unlink(path.c_str());
    file_.reset(::fdopen(descriptor, "w+b"));
    if (file_ == nullptr) throw_spill_error(errno);
  }

  void write(std::string_view key, Bytes value) {
    const ItemHeader header{static_cast<std::uint32_t>(key.size()),
                            static_cast<std::uint32_t>(value.size())};
    put(&header, sizeof(header));
    put(key.data(), key.size());
    put(value.data(), value.size());
  }
  void rewind() {
    if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0) {
      throw_spill_error(errno);
    }
  }
  bool next() {
    ItemHeader header;
    if (std::fread(&header, sizeof(header), 1, file_.get()) != 1) return false;
    buffer_.resize(std::size_t{header.key_size} + header.value_size);
    if (!buffer_.empty() && std::fread(buffer_.data(), buffer_.size(), 1, file_.get()) != 1) {
      throw types::SqlError("58030", "could not read back a temporary file");
    }
    key_size_ = header.key_size;
    return true;
  }
  std::string_view key() const {
    return {reinterpret_cast<const char*>(buffer_.data()), key_size_};
  }
  Bytes value() const { return Bytes(buffer_).subspan(key_size_); }

 private:
  void put(const void* bytes, std::size_t size) {
    if (size != 0 && std::fwrite(bytes, size, 1, file_.get()) != 1) throw_spill_error(errno);
  }

  File file_;
  std::vector<std::byte> buffer_;
  std::size_t key_size_ = 0;
};

Sorter::Sorter(std::size_t memory_bytes, std::string spill_directory)
    : memory_bytes_(memory_bytes), directory_(std::move(spill_directory)) {}
Sorter::~Sorter() = default;

void Sorter::add(std::string_view key, Bytes value) {
  const std::size_t size = key.size() + value.size();
  if (!directory_.empty() && !items_.empty() &&
      bytes_.size() + size + (items_.size() + 1) * sizeof(Item) > memory_bytes_) {
    spill();
  }
  items_.push_back({bytes_.size(), static_cast<std::uint32_t>(key.size()),
                    static_cast<std::uint32_t>(value.size()), 0});
  const Bytes key_bytes = btree::bytes_of(key);
  bytes_.insert(bytes_.end(), key_bytes.begin(), key_bytes.end());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
}

void Sorter::set_leads() {
  if (items_.empty()) return;
  const std::string_view first = key_of(items_.front());
  std::size_t shared = first.size();
  for (const Item& item : items_) {
    const std::string_view key = key_of(item);
    shared = std::min(shared, key.size());
    if (std::memcmp(key.data(), first.data(), shared) != 0)
      shared = static_cast<std::size_t>(std::ranges::mismatch(key.substr(0, shared), first).in1 - key.begin());
  }
  for (Item& item : items_) {
    const std::string_view rest = key_of(item).substr(shared);
    std::uint64_t lead = 0;  // zeros where the key ends: it comes before those that go on
    std::memcpy(&lead, rest.data(), std::min(rest.size(), sizeof lead));
    item.lead = __builtin_bswap64(lead);
  }
}

void Sorter::sort() {
  set_leads();
  const auto less = [this](const Item& a, const Item& b) {
    return a.lead != b.lead ? a.lead < b.lead : key_of(a) < key_of(b);
  };
  // What comes from a scan of the clustered tree is often in order already.
  if (!std::is_sorted(items_.begin(), items_.end(), less)) {
    std::sort(items_.begin(), items_.end(), less);
  }
}

void Sorter::spill() {
  sort();
  auto run = std::make_unique<RunReader>(directory_);
  for (const Item& item : items_) {
    run->write(key_of(item),
               Bytes(bytes_).subspan(item.offset + item.key_size, item.value_size));
  }
  runs_.push_back(std::move(run));
  bytes_.clear();
  items_.clear();
}

void Sorter::start_merge() {
  if (!items_.empty()) spill();
  for (const auto& run : runs_) {
    run->rewind();
    if (run->next()) heap_.push_back(run.get());
  }
  const auto greater = [](const RunReader* a, const RunReader* b) { return a->key() > b->key(); };
  std::make_heap(heap_.begin(), heap_.end(), greater);
}

bool Sorter::next() {
  const auto greater = [](const RunReader* a, const RunReader* b) { return a->key() > b->key(); };
  if (!reading_) {
    reading_ = true;
    if (runs_.empty()) {
      sort();
    } else {
      start_merge();
    }
  } else if (!runs_.empty()) {
    // The pair given last is the heap's top still: its views had to stay good until now.
    std::pop_heap(heap_.begin(), heap_.end(), greater);
    if (heap_.back()->next()) {
      std::push_heap(heap_.begin(), heap_.end(), greater);
    } else {
      heap_.pop_back();
    }
  }
  if (!runs_.empty()) {
    if (heap_.empty()) return false;
    key_ = heap_.front()->key();
    value_ = heap_.front()->value();
    return true;
  }
  if (at_ == items_.size()) return false;
  const Item& item = items_[at_++];
  key_ = key_of(item);
  value_ = Bytes(bytes_).subspan(item.offset + item.key_size, item.value_size);
  return true;
}

}  // namespace table
