#include "archive/manifest.h"

#include <cstring>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "archive/archive_error.h"

namespace archive {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kNameMax = 255;

class Writer {
 public:
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void operator()(const T& value) {
    const auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    const auto bytes = std::as_bytes(std::span(text));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  std::vector<std::byte> take() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

[[noreturn]] void damaged(const char* why) {
  throw ArchiveError(Problem::damaged, fmt::format("the manifest is damaged: {}", why));
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> rest) : rest_(rest) {}

  template <typename T>
    requires std::is_trivially_copyable_v<T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string text() {
    const auto size = get<std::uint32_t>();
    if (size > kNameMax) damaged("a name is too long");
    const auto bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> take(std::size_t size) {
    if (rest_.size() < size) damaged("cut short");
    const auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  std::span<const std::byte> rest_;
};

// It becomes part of a path.
bool is_plain(const std::string& name) {
  return !name.empty() && name[0] != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
}

}  // namespace

std::vector<std::byte> encode(const Manifest& manifest) {
  Writer out;
  out(kVersion);
  out(manifest.id);
  out(manifest.database);
  out(manifest.base.value());
  out(manifest.end.value());
  out(manifest.base_us);
  out(manifest.end_us);
  out(manifest.created_us);
  out(manifest.pages);
  out(static_cast<std::uint32_t>(manifest.objects.size()));
  for (const auto& object : manifest.objects) {
    out(static_cast<std::uint32_t>(object.kind));
    out(object.name);
    out(object.bytes);
    out(object.first);
    out(object.last);
    out(object.group);
    out(object.first_commit_us);
    out(object.last_commit_us);
  }
  return out.take();
}

Manifest decode_manifest(std::span<const std::byte> body) {
  Reader in(body);
  if (in.get<std::uint32_t>() != kVersion) damaged("it is of another version");
  Manifest manifest;
  manifest.id = in.get<std::array<unsigned char, 16>>();
  manifest.database = in.text();
  manifest.base = wal::Lsn(in.get<std::uint64_t>());
  manifest.end = wal::Lsn(in.get<std::uint64_t>());
  manifest.base_us = in.get<std::int64_t>();
  manifest.end_us = in.get<std::int64_t>();
  manifest.created_us = in.get<std::int64_t>();
  manifest.pages = in.get<std::uint64_t>();
  if (manifest.end < manifest.base || manifest.pages > std::numeric_limits<std::uint32_t>::max())
    damaged("impossible bounds");
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    ManifestObject object;
    object.kind = static_cast<ObjectKind>(in.get<std::uint32_t>());
    object.name = in.text();
    object.bytes = in.get<std::uint64_t>();
    object.first = in.get<std::uint64_t>();
    object.last = in.get<std::uint64_t>();
    object.group = in.get<std::uint32_t>();
    object.first_commit_us = in.get<std::int64_t>();
    object.last_commit_us = in.get<std::int64_t>();
    const ManifestObject* before = manifest.objects.empty() ? nullptr : &manifest.objects.back();
    const bool is_pages = object.kind == ObjectKind::pages;
    if (!is_pages && object.kind != ObjectKind::log) damaged("an object of no kind");
    if (!is_plain(object.name) || object.bytes > kObjectBytesMax || object.last < object.first)
      damaged("an impossible object");
    if (is_pages && (object.last >= manifest.pages ||
                     (before != nullptr && (before->kind != ObjectKind::pages || before->last >= object.first))))
      damaged("its pages are not in order");
    if (!is_pages && before != nullptr && before->kind == ObjectKind::log &&
        (object.group < before->group || (object.group == before->group && object.first < before->last)))
      damaged("its log is not in order");
    manifest.objects.push_back(std::move(object));
  }
  if (!in.at_end()) damaged("something stands behind it");
  return manifest;
}

}  // namespace archive
