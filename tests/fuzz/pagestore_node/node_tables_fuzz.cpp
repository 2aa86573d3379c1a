// Checkpoint tables, index chunks and part lists of any bytes: decoded or refused.
#include "shard_codec.h"
#include "snapshot.h"
#include "wal/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pagestore;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto snapshot = decode_snapshot(bytes)) {
    // What was understood survives being written and read again.
    const auto again = decode_snapshot(encode_snapshot(*snapshot));
    CHECK(again.has_value());
    CHECK(again->shards.size() == snapshot->shards.size());
    CHECK(again->timelines.size() == snapshot->timelines.size());
  }
  Shard shard;
  if (decode_shard(bytes, 0, shard)) {
    ChosenVersions all;
    shard.move_to_chunk(
        0, true, [](const Version&) { return true; },
        [&](std::uint32_t page, const Version& version) { all.add(page, version); });
    Shard again;
    CHECK(decode_shard(encode_versions(all), 0, again));
    CHECK(again.count() == all.versions.size());
  }
  if (const auto parts = decode_parts({TimelineId{1}, GroupNo{0}}, bytes)) {
    CHECK(decode_parts({TimelineId{1}, GroupNo{0}}, encode_parts(*parts)).has_value());
  }
  (void)decode_root(bytes);
  return 0;
}
