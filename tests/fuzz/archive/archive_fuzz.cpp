// Any bytes as an object, a manifest, and the bodies of log and pages: refused by an ArchiveError, or
// read; a manifest that is read is the same again when it is written.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/archive_error.h"
#include "archive/archive_reader.h"
#include "archive/manifest.h"
#include "archive/object_store.h"
#include "archive/sealed_object.h"
#include "wal/check.h"

namespace {

using namespace archive;
using Bytes = std::vector<std::byte>;

class MemoryStore final : public ObjectStore {
 public:
  void put(const std::string& name, std::span<const std::byte> bytes) override {
    objects_[name] = Bytes(bytes.begin(), bytes.end());
  }
  std::optional<Bytes> get(const std::string& name, std::size_t) override {
    const auto found = objects_.find(name);
    if (found == objects_.end()) return std::nullopt;
    return found->second;
  }
  void reserve() override {}
  void replace(const std::string& name, std::span<const std::byte> bytes) override { put(name, bytes); }
  void remove(const std::string& name) override { objects_.erase(name); }
  const std::string& place() const override { return place_; }

 private:
  const std::string place_ = "memory";
  std::map<std::string, Bytes> objects_;
};

template <typename Call>
void attempt(Call call) {
  try {
    call();
  } catch (const ArchiveError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  static const Key key{};
  for (const Key* with : {static_cast<const Key*>(nullptr), &key})
    attempt([&] { (void)open(ObjectKind::manifest, kManifestName, input, with); });
  attempt([&] {
    // What nothing refers to, and an older version's layout, are not written again.
    const Bytes written = encode(decode_manifest(input));
    CHECK(encode(decode_manifest(written)) == written);
  });
  const auto read_as = [&](ObjectKind kind) {
    MemoryStore store;
    Manifest manifest;
    auto& span = manifest.spans.emplace_back();
    span.base = wal::Lsn(kind == ObjectKind::log ? 0 : ~0ull);
    span.end = wal::Lsn(~0ull);
    span.pages = 2048;
    span.objects.push_back({.kind = kind, .name = "x", .bytes = 0, .first = 0, .last = 1023,
                                .first_commit_us = 1, .last_commit_us = 2});
    store.put("x", seal(kind, "x", input, &key));
    store.put(kManifestName, seal(ObjectKind::manifest, kManifestName, encode(manifest), &key));
    ArchiveReader reader(store, &key);
    const auto commit = reader.find_commit(wal::Lsn(~0ull), std::nullopt);
    CHECK(commit);
    reader.read_pages({0, wal::Lsn(~0ull)}, "/tmp", [](wal::Page&) {}, [](std::uint64_t) {});
  };
  attempt([&] { read_as(ObjectKind::pages); });
  attempt([&] { read_as(ObjectKind::log); });
  return 0;
}
