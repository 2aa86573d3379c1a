#include "archive/manifest.h"

#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <type_traits>

#include <fmt/format.h>

#include "archive/archive_error.h"

namespace archive {
namespace {

// Version 1: one span, and nothing of where it lies.
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kNameMax = 255;
// What each takes at least.
constexpr std::size_t kObjectBytes = 2 * 4 + 4 + 5 * 8, kStretchBytes = 2 * 8, kReferenceBytes = 4 + 8,
                      kSpanBytes = 6 * 8 + 2 * 4;

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
  // Of things that take at least so many bytes each.
  std::uint32_t count(std::size_t bytes_each) {
    const auto count = get<std::uint32_t>();
    if (count > rest_.size() / bytes_each) damaged("cut short");
    return count;
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

void write(Writer& out, const ManifestObject& object) {
  out(static_cast<std::uint32_t>(object.kind));
  out(object.name);
  out(object.bytes);
  out(object.first);
  out(object.last);
  out(object.group);
  out(object.first_commit_us);
  out(object.last_commit_us);
}

ManifestObject read_object(Reader& in) {
  ManifestObject object;
  object.kind = static_cast<ObjectKind>(in.get<std::uint32_t>());
  object.name = in.text();
  object.bytes = in.get<std::uint64_t>();
  object.first = in.get<std::uint64_t>();
  object.last = in.get<std::uint64_t>();
  object.group = in.get<std::uint32_t>();
  object.first_commit_us = in.get<std::int64_t>();
  object.last_commit_us = in.get<std::int64_t>();
  if (object.kind != ObjectKind::pages && object.kind != ObjectKind::log) damaged("an object of no kind");
  if (!is_plain(object.name) || object.bytes > kObjectBytesMax || object.last < object.first)
    damaged("an impossible object");
  return object;
}

void check_bounds(const Span& span) {
  if (span.end < span.base || span.pages > std::numeric_limits<std::uint32_t>::max())
    damaged("impossible bounds");
}

void add_object(Span& span, ManifestObject object) {
  const ManifestObject* before = span.objects.empty() ? nullptr : &span.objects.back();
  if (object.kind == ObjectKind::pages) {
    if (object.last >= span.pages ||
        (before != nullptr && (before->kind != ObjectKind::pages || before->last >= object.first)))
      damaged("its pages are not in order");
  } else if (before != nullptr && before->kind == ObjectKind::log &&
             (object.group < before->group || (object.group == before->group && object.first < before->last))) {
    damaged("its log is not in order");
  }
  span.objects.push_back(std::move(object));
}

Manifest decode_version_1(Reader& in) {
  Manifest manifest;
  Span span;
  manifest.id = in.get<std::array<unsigned char, 16>>();
  manifest.database = in.text();
  span.base = wal::Lsn(in.get<std::uint64_t>());
  span.end = wal::Lsn(in.get<std::uint64_t>());
  span.base_us = span.since_us = in.get<std::int64_t>();
  span.end_us = in.get<std::int64_t>();
  manifest.created_us = in.get<std::int64_t>();
  span.pages = in.get<std::uint64_t>();
  check_bounds(span);
  for (auto count = in.count(kObjectBytes); count > 0; --count) add_object(span, read_object(in));
  manifest.spans.push_back(std::move(span));
  return manifest;
}

Span read_span(Reader& in, const std::vector<ManifestObject>& objects) {
  Span span;
  span.since_us = in.get<std::int64_t>();
  span.base = wal::Lsn(in.get<std::uint64_t>());
  span.end = wal::Lsn(in.get<std::uint64_t>());
  span.base_us = in.get<std::int64_t>();
  span.end_us = in.get<std::int64_t>();
  span.pages = in.get<std::uint64_t>();
  check_bounds(span);
  for (auto count = in.count(kStretchBytes); count > 0; --count) {
    const auto timeline = in.get<std::uint64_t>();
    const wal::Lsn through(in.get<std::uint64_t>());
    if (through < (span.stretches.empty() ? span.base : span.stretches.back().through) || through > span.end)
      damaged("its stretches are not in order");
    span.stretches.push_back({timeline, through});
  }
  for (auto count = in.count(kReferenceBytes); count > 0; --count) {
    const auto number = in.get<std::uint32_t>();
    if (number >= objects.size()) damaged("it names an object that is not there");
    ManifestObject object = objects[number];
    object.last = in.get<std::uint64_t>();
    if (object.last < object.first || object.last > objects[number].last) damaged("an impossible object");
    add_object(span, std::move(object));
  }
  return span;
}

}  // namespace

std::vector<std::byte> encode(const Manifest& manifest) {
  Writer out;
  out(kVersion);
  out(manifest.id);
  out(manifest.system);
  out(manifest.database_oid);
  out(manifest.database);
  out(manifest.created_us);
  // Each object once: with the longest reach that any span has of it.
  std::vector<const ManifestObject*> objects;
  std::map<std::string_view, std::uint32_t> numbers;
  for (const auto& span : manifest.spans)
    for (const auto& object : span.objects) {
      const auto [at, is_new] = numbers.emplace(object.name, static_cast<std::uint32_t>(objects.size()));
      if (is_new) objects.push_back(&object);
      else if (objects[at->second]->last < object.last) objects[at->second] = &object;
    }
  out(static_cast<std::uint32_t>(objects.size()));
  for (const auto* object : objects) write(out, *object);
  out(static_cast<std::uint32_t>(manifest.spans.size()));
  for (const auto& span : manifest.spans) {
    out(span.since_us);
    out(span.base.value());
    out(span.end.value());
    out(span.base_us);
    out(span.end_us);
    out(span.pages);
    out(static_cast<std::uint32_t>(span.stretches.size()));
    for (const Stretch& stretch : span.stretches) {
      out(stretch.timeline);
      out(stretch.through.value());
    }
    out(static_cast<std::uint32_t>(span.objects.size()));
    for (const auto& object : span.objects) {
      out(numbers.at(object.name));
      out(object.last);
    }
  }
  return out.take();
}

Manifest decode_manifest(std::span<const std::byte> body) {
  Reader in(body);
  const auto version = in.get<std::uint32_t>();
  Manifest manifest;
  if (version == 1) {
    manifest = decode_version_1(in);
  } else if (version == kVersion) {
    manifest.id = in.get<std::array<unsigned char, 16>>();
    manifest.system = in.get<std::uint64_t>();
    manifest.database_oid = in.get<std::uint32_t>();
    manifest.database = in.text();
    manifest.created_us = in.get<std::int64_t>();
    std::vector<ManifestObject> objects;
    std::set<std::string> names;
    for (auto count = in.count(kObjectBytes); count > 0; --count) {
      objects.push_back(read_object(in));
      if (!names.insert(objects.back().name).second) damaged("an object stands there twice");
    }
    for (auto count = in.count(kSpanBytes); count > 0; --count)
      manifest.spans.push_back(read_span(in, objects));
    if (manifest.spans.empty()) damaged("it holds nothing");
  } else {
    damaged("it is of another version");
  }
  if (!in.at_end()) damaged("something stands behind it");
  return manifest;
}

}  // namespace archive
