#include "spill_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "row_store.h"
#include "transaction/usage.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

using types::PhysicalType;

namespace {

constexpr std::size_t kFlushBytes = 32768;
constexpr std::size_t kHeaderBytes = 8;
// Blocks of more rows than one are cut to be shorter.
constexpr std::size_t kBlockBytes = 262144;

[[noreturn]] void fail(std::string_view what) {
  const int error = errno;
  throw types::SqlError(error == ENOSPC ? "53100" : "58030",
                        fmt::format("could not {} temporary file: {}", what, std::strerror(error)));
}

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
T take(const char*& in) {
  T value;
  std::memcpy(&value, in, sizeof value);
  in += sizeof value;
  return value;
}

void encode(const types::Vector& values, types::Selection rows, std::string& out) {
  const bool nulls = values.may_have_nulls();
  put<std::uint8_t>(out, nulls);
  if (nulls)
    for (std::uint32_t i = 0; i < rows.count; ++i) put<std::uint8_t>(out, values.is_null(rows[i]));
  if (values.type() == PhysicalType::varlen) {
    for (std::uint32_t i = 0; i < rows.count; ++i)
      put(out, values.is_null(rows[i])
                   ? 0U
                   : static_cast<std::uint32_t>(values.get<std::string_view>(rows[i]).size()));
    for (std::uint32_t i = 0; i < rows.count; ++i)
      if (!values.is_null(rows[i])) out += values.get<std::string_view>(rows[i]);
    return;
  }
  const std::size_t width = types::width_of(values.type());
  const std::size_t start = out.size();
  out.resize(start + width * rows.count);
  char* to = out.data() + start;
  const char* from = static_cast<const char*>(static_cast<const void*>(values.data<char>()));
  for (std::uint32_t i = 0; i < rows.count; ++i, to += width)
    std::memcpy(to, from + (values.is_constant() ? 0 : rows[i]) * width, width);
}

}  // namespace

void SpillSpace::configure(std::string_view directory, std::uint64_t limit_bytes,
                           transaction::UsageRegistry* usage) {
  usage_ = usage;
  directory_ = directory;
  limit_bytes_ = limit_bytes;
}

int SpillSpace::open_file() {
  std::string path = directory_ + "/spill.XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) fail("create");
  ::unlink(path.c_str());
  if (usage_ != nullptr) usage_->add(transaction::UsageRegistry::temporary_files);
  return descriptor;
}

void SpillSpace::charge(std::uint64_t bytes) {
  if (limit_bytes_ != UINT64_MAX && used_bytes_ + bytes > limit_bytes_)
    throw types::SqlError("53400", fmt::format("temporary file size exceeds temp_file_limit ({}kB)",
                                               limit_bytes_ / 1024));
  used_bytes_ += bytes;
  if (usage_ != nullptr) usage_->add(transaction::UsageRegistry::temporary_bytes, bytes);
}

SpillFile::SpillFile(SpillSpace& space, std::span<const PhysicalType> columns)
    : space_(space), columns_(columns.begin(), columns.end()), descriptor_(space.open_file()) {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    fixed_bytes_ += types::width_of(columns_[c]);
    if (columns_[c] == PhysicalType::varlen) varlen_.push_back(c);
  }
}

SpillFile::~SpillFile() {
  ::close(descriptor_);
  space_.release(flushed_);
}

void SpillFile::append(std::span<const types::Vector> columns, types::Selection rows) {
  std::uint32_t first = 0;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    std::size_t row = fixed_bytes_;
    for (const std::size_t c : varlen_) row += columns[c].is_null(rows[i]) ? 0 : columns[c].get<std::string_view>(rows[i]).size();
    if (bytes + row > kBlockBytes && i > first) {
      append_block(columns, part_of(rows, first, i - first));
      first = i;
      bytes = 0;
    }
    bytes += row;
  }
  if (first < rows.count) append_block(columns, part_of(rows, first, rows.count - first));
}

void SpillFile::append_block(std::span<const types::Vector> columns, types::Selection rows) {
  const std::size_t start = buffer_.size();
  put<std::uint32_t>(buffer_, 0);
  put(buffer_, rows.count);
  for (std::size_t c = 0; c < columns_.size(); ++c) encode(columns[c], rows, buffer_);
  const std::size_t payload = buffer_.size() - start - kHeaderBytes;
  if (payload > UINT32_MAX) {
    buffer_.resize(start);
    throw types::SqlError("54000", "row is too large for a temporary file");
  }
  const auto size = static_cast<std::uint32_t>(payload);
  std::memcpy(buffer_.data() + start, &size, sizeof size);
  rows_ += rows.count;
  if (buffer_.size() >= kFlushBytes) flush();
}

void SpillFile::flush() {
  space_.charge(buffer_.size());
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::pwrite(descriptor_, buffer_.data() + done, buffer_.size() - done,
                               static_cast<off_t>(flushed_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      space_.release(buffer_.size());
      fail("write to");
    }
    done += static_cast<std::size_t>(n);
  }
  flushed_ += buffer_.size();
  buffer_.clear();
}

SpillReader::SpillReader(SpillFile& file, std::uint64_t begin, std::uint64_t end,
                         std::size_t window_bytes)
    : file_(file),
      at_(begin),
      end_(end),
      window_bytes_(window_bytes),
      arena_(4096),
      vectors_(make_vectors(arena_, file.columns_, types::kBatchRows)) {}

bool SpillReader::load(std::uint64_t bytes) {
  if (at_ >= window_begin_ && at_ + bytes <= window_begin_ + window_.size()) return true;
  const std::uint64_t end = std::min(end_, file_.flushed_);
  const std::size_t want =
      static_cast<std::size_t>(std::min<std::uint64_t>(std::max<std::uint64_t>(bytes, window_bytes_), end - at_));
  CHECK(want >= bytes);  // blocks are whole
  window_.resize(want);
  window_begin_ = at_;
  std::size_t done = 0;
  while (done < want) {
    const ssize_t n = ::pread(file_.descriptor_, window_.data() + done, want - done,
                              static_cast<off_t>(at_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;
    if (n <= 0) fail("read from");
    done += static_cast<std::size_t>(n);
  }
  return true;
}

std::uint32_t SpillReader::decode(const char* in, std::uint32_t rows, std::uint32_t first) {
  for (types::Vector& out : vectors_) {
    const char* nulls = nullptr;
    if (take<std::uint8_t>(in) != 0) {
      nulls = in;
      in += rows;
    }
    if (out.type() == PhysicalType::varlen) {
      const char* bytes = in + std::size_t{4} * rows;
      for (std::uint32_t i = 0; i < rows; ++i) {
        const auto size = take<std::uint32_t>(in);
        out.set<std::string_view>(first + i, {bytes, size});
        bytes += size;
      }
      in = bytes;
    } else {
      const std::size_t width = types::width_of(out.type());
      std::memcpy(out.data<char>() + first * width, in, width * rows);
      in += width * rows;
    }
    if (nulls != nullptr) {
      for (std::uint32_t i = 0; i < rows; ++i)
        if (nulls[i] != 0) out.set_null(first + i);
    }
  }
  return rows;
}

bool SpillReader::next(types::Batch& out) {
  std::uint32_t count = 0;
  for (;;) {
    if (at_ >= std::min(end_, file_.end())) break;
    if (at_ + kHeaderBytes > file_.flushed_) file_.flush();
    // Several blocks make a batch while they lie in the window together: the values point there.
    const bool in_window = at_ >= window_begin_ && at_ + kHeaderBytes <= window_begin_ + window_.size();
    if (count > 0 && !in_window) break;
    load(kHeaderBytes);
    const char* header = window_.data() + (at_ - window_begin_);
    const auto payload = take<std::uint32_t>(header);
    const auto rows = take<std::uint32_t>(header);
    if (count + rows > types::kBatchRows) break;
    const std::uint64_t whole = kHeaderBytes + payload;
    if (count > 0 && at_ + whole > window_begin_ + window_.size()) break;
    load(whole);
    if (count == 0)
      for (types::Vector& v : vectors_) v.clear();
    decode(window_.data() + (at_ - window_begin_) + kHeaderBytes, rows, count);
    at_ += whole;
    count += rows;
  }
  out = {vectors_, {nullptr, count}};
  return count > 0;
}

SpillPartitions::SpillPartitions(SpillSpace& space, std::span<const PhysicalType> columns, int level)
    : space_(space), columns_(columns.begin(), columns.end()), level_(level) {}

void SpillPartitions::append(std::span<const types::Vector> columns, types::Selection rows,
                             const std::uint64_t* hashes) {
  for (std::uint32_t i = 0; i < rows.count; ++i)
    selected_[partition_of(hashes[i])].push_back(static_cast<std::uint16_t>(rows[i]));
  for (std::size_t p = 0; p < kCount; ++p) {
    std::vector<std::uint16_t>& selected = selected_[p];
    if (selected.empty()) continue;
    if (!files_[p]) files_[p] = std::make_unique<SpillFile>(space_, columns_);
    files_[p]->append(columns, {selected.data(), static_cast<std::uint32_t>(selected.size())});
    selected.clear();
  }
}

}  // namespace operators
