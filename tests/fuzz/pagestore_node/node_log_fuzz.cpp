// A node opened on any bytes: it may find them damaged, and must then still open and answer.
//
// The input is a script that makes a small valid log, and then damages it: what random bytes
// alone would never get past are the checksums.
#include <cstring>

#include "log_entry.h"
#include "pagestore/disk.h"
#include "pagestore/node_core.h"
#include "wal/check.h"
#include "wal/record_codec.h"

namespace {

using namespace pagestore;

class OneExtent : public DiskReader {
 public:
  std::vector<std::byte> bytes = std::vector<std::byte>(16384);
  std::vector<std::byte> root = std::vector<std::byte>(kRootFileBytes);
  std::vector<File> extent_files() override { return {{FileNo{0}, bytes.size()}}; }
  bool read(FileNo file, std::uint64_t offset, std::span<std::byte> into) override {
    const auto& from = file == kRootFile ? root : bytes;
    if (offset + into.size() > from.size()) return false;
    if (!into.empty()) std::memcpy(into.data(), from.data() + offset, into.size());
    return true;
  }
};

class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  std::vector<std::byte> bytes(std::size_t count) {
    std::vector<std::byte> out(count);
    for (auto& each : out) each = std::byte{byte()};
    return out;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  OneExtent disk;
  Script script(data, size);
  std::uint32_t offset = 0;
  std::uint32_t previous = 0;
  const auto add = [&](OutgoingEntry entry, bool synced) {
    if (offset + entry.size() > disk.bytes.size()) return;
    const LogPosition at{1, offset};
    previous = entry.seal(at, synced ? at : LogPosition{}, previous);
    std::vector<std::span<const std::byte>> slices;
    entry.append_slices(slices);
    for (const auto& slice : slices) {
      std::memcpy(disk.bytes.data() + offset, slice.data(), slice.size());
      offset += static_cast<std::uint32_t>(slice.size());
    }
  };
  add(OutgoingEntry(EntryKind::extent_begin,
                    ExtentBegin{kLogFormatVersion, 1, disk.bytes.size(), 0}),
      true);
  // Entries whose checksums hold and whose payload is the script's.
  while (!script.empty() && offset + 200 < disk.bytes.size()) {
    const std::uint8_t action = script.byte();
    if (action < 200) {
      const auto kind = static_cast<EntryKind>(1 + action % kLastEntryKind);
      const auto fixed = script.bytes(action % 57);
      std::array<std::byte, 56> padded{};
      std::copy(fixed.begin(), fixed.end(), padded.begin());
      const auto body =
          std::make_shared<const std::vector<std::byte>>(script.bytes(script.byte() % 64));
      switch (kind) {
        case EntryKind::part: add(OutgoingEntry(kind, padded, body), action & 1); break;
        case EntryKind::checkpoint: {
          CheckpointHeader header{};
          std::memcpy(&header, padded.data(), sizeof header);
          add(OutgoingEntry(kind, header, body), true);
          break;
        }
        default: {
          TimelineChange change;
          change.timeline = std::to_integer<std::uint64_t>(padded[0]) % 4 + 1;
          change.parent = std::to_integer<std::uint64_t>(padded[1]) % 4;
          change.epoch = std::to_integer<std::uint64_t>(padded[2]);
          change.lsn = std::to_integer<std::uint64_t>(padded[3]);
          change.pages_per_group = std::to_integer<std::uint64_t>(padded[4]);
          add(OutgoingEntry(kind, change, body), action & 1);
        }
      }
    } else if (action < 230 && offset > 0) {
      disk.bytes[(std::size_t{script.byte()} * 64 + script.byte()) % offset] ^=
          std::byte{script.byte()};
    } else {
      disk.root[script.byte()] = std::byte{script.byte()};
    }
  }
  NodeOptions options;
  options.first_extent_bytes = options.extent_bytes = 16384;
  const auto core = NodeCore::open(options, disk);
  core->check_invariants();
  core->request(1, GetStatus{});
  core->request(2, Seal{TimelineId{1}, Epoch{300}});
  core->request(3, ReadPage{{TimelineId{1}, GroupNo{0}}, PageNo{0}, wal::kMaxLsn, Lsn(0)});
  while (core->work()) {
  }
  core->check_invariants();
  return 0;
}
