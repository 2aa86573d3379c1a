#include "archive/archive_writer.h"

#include <cstring>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "archive/archive_error.h"
#include "log_body.h"
#include "wal/check.h"
#include "wal/record_codec.h"

namespace archive {
namespace {

// An object is put when it has so much.
constexpr std::size_t kBodyBytes = std::size_t{8} << 20;

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

ArchiveWriter::ArchiveWriter(ObjectStore& store, const Key* key, Manifest manifest)
    : store_(store), key_(key), manifest_(std::move(manifest)) {
  if (store_.get(kManifestName, kObjectBytesMax))
    throw ArchiveError(Problem::usage, "there is an export already");
  CHECK(RAND_bytes(manifest_.id.data(), static_cast<int>(manifest_.id.size())) == 1);
}

void ArchiveWriter::add_log(std::uint32_t group, wal::Lsn begin, wal::Lsn end,
                            std::span<const std::byte> records) {
  if (!body_.empty() && (object_.kind != ObjectKind::log || object_.group != group ||
                         body_.size() + records.size() > kBodyBytes))
    put();
  if (body_.empty())
    object_ = {.kind = ObjectKind::log, .name = {}, .first = begin.value(), .group = group};
  object_.last = end.value();
  wal::RecordReader reader(records);
  for (;;) {
    const auto record = reader.next();
    if (!record) throw ArchiveError(Problem::damaged, "the log that is to be exported is damaged");
    if (!*record) break;
    if ((*record)->kind != wal::RecordKind::commit ||
        (*record)->payload.size() < kCommitPayloadBytes) continue;
    std::memcpy(&object_.last_commit_us, (*record)->payload.data() + 8, sizeof(std::int64_t));
    if (object_.first_commit_us == 0) object_.first_commit_us = object_.last_commit_us;
  }
  const LogPartHeader header{begin.value(), end.value(), records.size()};
  append(body_, std::as_bytes(std::span(&header, 1)));
  append(body_, records);
}

void ArchiveWriter::add_page(const wal::Page& page) {
  const std::uint32_t page_no = page.header().page_no;
  if (!body_.empty() && (object_.kind != ObjectKind::pages ||
                         object_.first / kPagesPerObject != page_no / kPagesPerObject))
    put();
  if (body_.empty()) object_ = {.kind = ObjectKind::pages, .name = {}, .first = page_no};
  object_.last = page_no;
  append(body_, page.bytes);
}

void ArchiveWriter::put() {
  std::string id;
  for (const unsigned char byte : manifest_.id) id += fmt::format("{:02x}", byte);
  object_.name = fmt::format("{}-{}-{:08}", id, object_.kind == ObjectKind::log ? "log" : "pages",
                             next_number_++);
  const auto sealed = seal(object_.kind, object_.name, body_, key_);
  store_.put(object_.name, sealed);
  object_.bytes = sealed.size();
  stored_bytes_ += sealed.size();
  (object_.kind == ObjectKind::log ? log_ : manifest_.objects).push_back(std::move(object_));
  object_ = {};
  body_.clear();
}

const Manifest& ArchiveWriter::finish() {
  if (!body_.empty()) put();
  manifest_.objects.insert(manifest_.objects.end(), log_.begin(), log_.end());
  const auto sealed = seal(ObjectKind::manifest, kManifestName, encode(manifest_), key_);
  store_.put(kManifestName, sealed);
  stored_bytes_ += sealed.size();
  return manifest_;
}

}  // namespace archive
