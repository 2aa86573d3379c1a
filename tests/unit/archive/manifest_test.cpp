// What SQL cannot show: manifests of older versions, and spans that share objects.
#include "archive/manifest.h"

#include <cstring>

#include <gtest/gtest.h>

#include "archive/archive_error.h"

namespace archive {
namespace {

ManifestObject object(ObjectKind kind, const char* name, std::uint64_t first, std::uint64_t last) {
  return {.kind = kind, .name = name, .bytes = 100, .first = first, .last = last};
}

class Bytes {
 public:
  template <typename T>
  Bytes& add(T value) {
    const auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
    all.insert(all.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Bytes& text(std::string_view value) {
    add(static_cast<std::uint32_t>(value.size()));
    for (const char c : value) add(c);
    return *this;
  }
  std::vector<std::byte> all;
};

TEST(Manifest, OfVersionOneIsOneSpan) {
  Bytes old;
  old.add<std::uint32_t>(1).add(std::array<unsigned char, 16>{7}).text("app");
  old.add<std::uint64_t>(1000).add<std::uint64_t>(2000).add<std::int64_t>(10).add<std::int64_t>(20).add<std::int64_t>(21);
  old.add<std::uint64_t>(64).add<std::uint32_t>(1);
  old.add<std::uint32_t>(3).text("07-log-00000000").add<std::uint64_t>(55).add<std::uint64_t>(990).add<std::uint64_t>(2010);
  old.add<std::uint32_t>(0).add<std::int64_t>(11).add<std::int64_t>(19);
  const Manifest manifest = decode_manifest(old.all);
  ASSERT_EQ(manifest.spans.size(), 1u);
  const Span& span = manifest.spans[0];
  EXPECT_EQ(manifest.database, "app");
  EXPECT_EQ(manifest.system, 0u);   // nothing is added to it
  EXPECT_EQ(span.base, wal::Lsn(1000));
  EXPECT_EQ(span.end, wal::Lsn(2000));
  EXPECT_EQ(span.since_us, 10);
  ASSERT_EQ(span.objects.size(), 1u);
  EXPECT_EQ(span.objects[0].name, "07-log-00000000");
  EXPECT_EQ(span.objects[0].last, 2010u);
}

TEST(Manifest, SpansShareObjectsAndCountTheirOwnPartOfThem) {
  Manifest manifest;
  manifest.system = 5;
  manifest.database_oid = 16384;
  manifest.database = "app";
  Span first;
  first.base = wal::Lsn(1000);
  first.end = wal::Lsn(2000);
  first.pages = 10;
  first.stretches = {{3, wal::Lsn(2000)}};
  first.objects = {object(ObjectKind::pages, "p", 0, 9), object(ObjectKind::log, "l", 1000, 2000)};
  Span second = first;
  second.end = wal::Lsn(1800);
  second.stretches = {{3, wal::Lsn(1500)}, {4, wal::Lsn(1800)}};
  second.objects[1].last = 1500;
  second.objects.push_back(object(ObjectKind::log, "m", 1500, 1800));
  manifest.spans = {first, second};

  const auto bytes = encode(manifest);
  const Manifest again = decode_manifest(bytes);
  EXPECT_EQ(encode(again), bytes);
  ASSERT_EQ(again.spans.size(), 2u);
  EXPECT_EQ(again.spans[0].objects[1].last, 2000u);
  EXPECT_EQ(again.spans[1].objects[1].last, 1500u);
  EXPECT_EQ(again.spans[1].stretches, second.stretches);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW((void)decode_manifest(std::span(bytes).first(size)), ArchiveError) << size;
}

}  // namespace
}  // namespace archive
