#include "large_objects.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "catalog/acl.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "catalog/writer.h"
#include "services.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using catalog::key_oid;
using types::Oid;
using types::SqlError;
namespace privilege = types::privilege;

constexpr Oid kPages = 2613, kObjects = 2995;  // pg_largeobject, pg_largeobject_metadata
enum PageColumn : int { kLoid, kPageNumber, kData };
enum ObjectColumn : int { kOid, kOwner, kAcl };
constexpr std::int64_t kPieceBytes = 2048;
constexpr std::int64_t kMostBytes = std::int64_t{2147483647} * kPieceBytes;  // 4 TB
constexpr std::int32_t kWrite = 0x20000, kRead = 0x40000;
constexpr std::int64_t kMostRead = 0x3fffffff - 4;  // what one value can hold

template <typename T>
T number_at(const TextArguments& arguments, std::size_t i) {
  T value{};
  const std::string& text = *arguments.at(i);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// bytea's hexadecimal form, which is how bytes come and go here.
std::string bytes_of(const std::string& text) {
  std::string bytes;
  auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  if (!text.starts_with("\\x")) {  // bytea_output = escape
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        bytes += text[i];
      } else if (i + 1 < text.size() && text[i + 1] == '\\') {
        bytes += '\\';
        ++i;
      } else if (i + 3 < text.size()) {
        bytes += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
        i += 3;
      }
    }
    return bytes;
  }
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}
std::string text_of(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + bytes.size() * 2);
  for (const char c : bytes) {
    const auto b = static_cast<unsigned char>(c);
    text += kDigits[b >> 4];
    text += kDigits[b & 15];
  }
  return text;
}

types::Datum page_number(std::int64_t page) { return types::Datum::of(static_cast<std::int32_t>(page)); }

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

SqlError file_error(const char* what, const std::string& path) {
  const int error = errno;
  const char* state = error == ENOENT ? "58P01" : error == EACCES || error == EPERM ? "42501" : "58030";
  return SqlError(state, fmt::format("could not {} server file \"{}\": {}", what, path, std::strerror(error)));
}

}  // namespace

namespace {

void require_place(std::int64_t at) {
  if (at < 0 || at > kMostBytes) throw SqlError("22023", fmt::format("invalid large object seek target: {}", at));
}

}  // namespace

void LargeObjects::close_above(std::size_t depth) {
  for (auto& one : open_)
    if (one && one->depth > depth) one.reset();
}

bool LargeObjects::exists(Oid object) {
  catalog::Writer writer(*session_.catalog);
  return writer.read(kObjects, 0, {key_oid(object)}).next();
}

// 42704 where there is none, 42501 without the privilege.
void LargeObjects::require(Oid object, std::uint32_t wanted) {
  auto& catalog = *session_.catalog;
  catalog::Writer writer(catalog);
  catalog::RowReader rows = writer.read(kObjects, 0, {key_oid(object)});
  if (!rows.next()) throw SqlError("42704", fmt::format("large object {} does not exist", object));
  if (session_.services->get_setting("lo_compat_privileges", false) == "on") return;
  const auto held = catalog::held_by(catalog, catalog.user(), types::AclKind::large_object, rows.row().oid(kOwner),
                                     catalog::read_acl(rows.row(), kAcl));
  if ((held.privileges & wanted) == 0)
    throw SqlError("42501", fmt::format("permission denied for large object {}", object));
}

Oid LargeObjects::create(Oid wanted) {
  auto& catalog = *session_.catalog;
  catalog::Writer writer(catalog);
  Oid object = wanted;
  if (object != 0 && exists(object))
    throw SqlError("23505", "duplicate key value violates unique constraint \"pg_largeobject_metadata_oid_index\"")
        .with_detail(fmt::format("Key (oid)=({}) already exists.", object))
        .on_table("pg_catalog", "pg_largeobject_metadata")
        .on_constraint("pg_largeobject_metadata_oid_index");
  if (object == 0) {
    do object = writer.allocate_oid();
    while (exists(object));
  }
  catalog::RowBuilder row = writer.row(kObjects);
  row.set(kOid, object);
  row.set(kOwner, catalog.user());
  writer.insert(row);
  return object;
}

void LargeObjects::unlink(Oid object) {
  auto& catalog = *session_.catalog;
  catalog::Writer writer(catalog);
  {
    catalog::RowReader rows = writer.read(kObjects, 0, {key_oid(object)});
    if (!rows.next()) throw SqlError("42704", fmt::format("large object {} does not exist", object));
    if (!catalog.has_privileges_of(catalog.user(), rows.row().oid(kOwner)))
      throw SqlError("42501", fmt::format("must be owner of large object {}", object));
  }
  writer.remove_all(kPages, 0, {key_oid(object)});
  writer.remove_all(kObjects, 0, {key_oid(object)});
  writer.remove_all(catalog::pg_description::kOid, 0, {key_oid(object), key_oid(kPages)});
  for (auto& one : open_)
    if (one && one->object == object) one.reset();
}

std::int64_t LargeObjects::size(Oid object) {
  catalog::Writer writer(*session_.catalog);
  std::int64_t end = 0;
  for (catalog::RowReader rows = writer.read(kPages, 0, {key_oid(object)}); rows.next();)
    end = std::int64_t{rows.row().int4(kPageNumber)} * kPieceBytes + static_cast<std::int64_t>(rows.row().text(kData).size());
  return end;
}

std::string LargeObjects::read(Oid object, std::int64_t from, std::int64_t length) {
  std::string bytes;
  if (length <= 0) return bytes;
  catalog::Writer writer(*session_.catalog);
  const std::int64_t first = from / kPieceBytes, last = (from + length - 1) / kPieceBytes;
  for (std::int64_t page = first; page <= last;) {
    // The next page that is there, this one or a later one.
    bool any = false;
    catalog::RowReader rows = writer.read(kPages, 0, {key_oid(object), page_number(page)});
    if (rows.next()) {
      any = true;
      const std::string_view data = rows.row().text(kData);
      const std::int64_t start = page * kPieceBytes;
      const std::int64_t skip = std::max<std::int64_t>(0, from - start);
      if (skip < static_cast<std::int64_t>(data.size())) {
        // A hole before it reads as zeros.
        const std::int64_t at = start + skip - from;
        bytes.resize(static_cast<std::size_t>(at), '\0');
        const std::int64_t take = std::min<std::int64_t>(static_cast<std::int64_t>(data.size()) - skip, length - at);
        bytes.append(data.substr(static_cast<std::size_t>(skip), static_cast<std::size_t>(take)));
      }
    }
    if (!any) {
      std::optional<std::int64_t> next;
      for (catalog::RowReader later = writer.read(kPages, 0, {key_oid(object)}); later.next();)
        if (later.row().int4(kPageNumber) > page) {
          next = later.row().int4(kPageNumber);
          break;
        }
      if (!next) break;
      page = *next;
      if (page <= last) continue;
      bytes.resize(static_cast<std::size_t>(length), '\0');  // the hole goes on past what was asked for
      break;
    }
    ++page;
  }
  return bytes;
}

void LargeObjects::write(Oid object, std::int64_t at, std::string_view bytes) {
  if (at < 0 || at > kMostBytes - static_cast<std::int64_t>(bytes.size()))
    throw SqlError("22023", fmt::format("invalid large object write request size: {}", bytes.size()));
  catalog::Writer writer(*session_.catalog);
  while (!bytes.empty()) {
    const std::int64_t page = at / kPieceBytes;
    const auto within = static_cast<std::size_t>(at % kPieceBytes);
    const std::size_t take = std::min(bytes.size(), static_cast<std::size_t>(kPieceBytes) - within);
    catalog::RowBuilder row = writer.row(kPages);
    catalog::RowReader rows = writer.read(kPages, 0, {key_oid(object), page_number(page)});
    std::string data;
    const bool is_there = rows.next();
    if (is_there) data = rows.row().string(kData);
    if (data.size() < within + take) data.resize(within + take, '\0');
    data.replace(within, take, bytes.substr(0, take));
    row.set(kData, data);
    if (is_there) {
      writer.update(rows.row(), row);
    } else {
      row.set(kLoid, object);
      row.set(kPageNumber, page);
      writer.insert(row);
    }
    bytes.remove_prefix(take);
    at += static_cast<std::int64_t>(take);
  }
}

void LargeObjects::truncate(Oid object, std::int64_t length) {
  if (length < 0 || length > kMostBytes)
    throw SqlError("22023", fmt::format("invalid large object truncation target: {}", length));
  catalog::Writer writer(*session_.catalog);
  const std::int64_t last = length / kPieceBytes;
  const auto kept = static_cast<std::size_t>(length % kPieceBytes);
  bool is_there = false;
  for (catalog::RowReader rows = writer.read(kPages, 0, {key_oid(object)}); rows.next();) {
    const std::int64_t page = rows.row().int4(kPageNumber);
    if (page < last) continue;
    if (page > last || kept == 0) {
      writer.remove(kPages, rows.row());
      continue;
    }
    std::string data = rows.row().string(kData);
    data.resize(kept, '\0');
    catalog::RowBuilder row = writer.row(kPages);
    row.set(kData, data);
    writer.update(rows.row(), row);
    is_there = true;
  }
  // Longer than before: the last page marks the end.
  if (is_there || length == 0 || size(object) >= length) return;
  const char zero = '\0';
  write(object, length - 1, {&zero, 1});
}

// ---- descriptors

int LargeObjects::open(Oid object, std::int32_t mode) {
  Descriptor made;
  made.object = object;
  made.writes = (mode & kWrite) != 0;
  made.reads = (mode & (kWrite | kRead)) != 0;  // writing includes reading
  made.depth = session_.block->depth();
  if (!made.reads) throw SqlError("22023", fmt::format("invalid flags for opening a large object: {}", mode));
  require(object, privilege::select);
  if (made.writes) require(object, privilege::update);
  for (std::size_t i = 0; i < open_.size(); ++i)
    if (!open_[i]) {
      open_[i] = made;
      return static_cast<int>(i);
    }
  open_.emplace_back(made);
  return static_cast<int>(open_.size()) - 1;
}

LargeObjects::Descriptor& LargeObjects::descriptor(std::int32_t number) {
  if (number < 0 || static_cast<std::size_t>(number) >= open_.size() || !open_[static_cast<std::size_t>(number)])
    throw SqlError("42704", fmt::format("invalid large-object descriptor: {}", number));
  return *open_[static_cast<std::size_t>(number)];
}
LargeObjects::Descriptor& LargeObjects::readable(std::int32_t number) {
  Descriptor& d = descriptor(number);
  if (!d.reads) throw SqlError("55000", fmt::format("large object descriptor {} was not opened for reading", number));
  return d;
}
LargeObjects::Descriptor& LargeObjects::writable(std::int32_t number) {
  Descriptor& d = descriptor(number);
  if (!d.writes) throw SqlError("55000", fmt::format("large object descriptor {} was not opened for writing", number));
  return d;
}

std::string LargeObjects::loread(std::int32_t number, std::int32_t length) {
  Descriptor& d = readable(number);
  std::string bytes = read(d.object, d.position, std::max(length, 0));
  d.position += static_cast<std::int64_t>(bytes.size());
  return bytes;
}

std::int64_t LargeObjects::lowrite(std::int32_t number, std::string_view bytes) {
  Descriptor& d = writable(number);
  write(d.object, d.position, bytes);
  d.position += static_cast<std::int64_t>(bytes.size());
  return static_cast<std::int64_t>(bytes.size());
}

std::int64_t LargeObjects::seek(std::int32_t number, std::int64_t offset, std::int32_t whence) {
  Descriptor& d = descriptor(number);
  std::int64_t base = 0;
  switch (whence) {
    case SEEK_SET: break;
    case SEEK_CUR: base = d.position; break;
    case SEEK_END: base = size(d.object); break;
    default: throw SqlError("22023", fmt::format("invalid whence setting: {}", whence));
  }
  std::int64_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0 || target > kMostBytes)
    throw SqlError("22023", fmt::format("invalid large object seek target: {}", target));
  return d.position = target;
}

// ---- files of the server

Oid LargeObjects::import(const std::string& path, Oid wanted) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw file_error("open", path);
  const Oid object = create(wanted);
  std::string buffer(64 * 1024, '\0');
  std::int64_t at = 0;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    write(object, at, std::string_view(buffer).substr(0, count));
    at += static_cast<std::int64_t>(count);
  }
  if (std::ferror(file.get())) throw file_error("read", path);
  return object;
}

void LargeObjects::export_to(Oid object, const std::string& path) {
  require(object, privilege::select);
  const File file(std::fopen(path.c_str(), "wb"));
  if (!file) throw file_error("create", path);
  constexpr std::int64_t kPiece = 64 * 1024;
  for (std::int64_t at = 0;;) {
    const std::string bytes = read(object, at, kPiece);
    if (bytes.empty()) break;
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) throw file_error("write", path);
    at += static_cast<std::int64_t>(bytes.size());
  }
  if (std::fflush(file.get()) != 0) throw file_error("write", path);
}

// ---- functions

bool LargeObjects::call(std::string_view function, const TextArguments& a, std::optional<std::string>& answer) {
  auto int4_at = [&](std::size_t i) { return number_at<std::int32_t>(a, i); };
  auto int8_at = [&](std::size_t i) { return number_at<std::int64_t>(a, i); };
  auto oid_at = [&](std::size_t i) { return number_at<Oid>(a, i); };
  auto as_text = [](auto value) { return fmt::format("{}", value); };
  auto narrow = [&](std::int64_t value, const char* name) {
    if (value > 2147483647)
      throw SqlError("22003", fmt::format("{} result out of range for large-object descriptor {}", name, int4_at(0)));
    return as_text(value);
  };
  if (function == "be_lo_creat") answer = as_text(create(0));
  else if (function == "be_lo_create") answer = as_text(create(oid_at(0)));
  else if (function == "be_lo_open") answer = as_text(open(oid_at(0), int4_at(1)));
  else if (function == "be_lo_close") {
    descriptor(int4_at(0));
    open_[static_cast<std::size_t>(int4_at(0))].reset();
    answer = "0";
  }
  else if (function == "be_loread") answer = text_of(loread(int4_at(0), int4_at(1)));
  else if (function == "be_lowrite") answer = as_text(lowrite(int4_at(0), bytes_of(*a.at(1))));
  else if (function == "be_lo_lseek") answer = narrow(seek(int4_at(0), int4_at(1), int4_at(2)), "lo_lseek");
  else if (function == "be_lo_lseek64") answer = as_text(seek(int4_at(0), int8_at(1), int4_at(2)));
  else if (function == "be_lo_tell") answer = narrow(descriptor(int4_at(0)).position, "lo_tell");
  else if (function == "be_lo_tell64") answer = as_text(descriptor(int4_at(0)).position);
  else if (function == "be_lo_truncate" || function == "be_lo_truncate64") {
    truncate(writable(int4_at(0)).object, int8_at(1));
    answer = "0";
  }
  else if (function == "be_lo_unlink") {
    unlink(oid_at(0));
    answer = "1";
  }
  else if (function == "be_lo_get") {
    require(oid_at(0), privilege::select);
    const std::int64_t all = size(oid_at(0));
    if (all > kMostRead) throw SqlError("54000", "large object read request is too large");
    answer = text_of(read(oid_at(0), 0, all));
  }
  else if (function == "be_lo_get_fragment") {
    if (int4_at(2) < 0) throw SqlError("22023", "requested length cannot be negative");
    require(oid_at(0), privilege::select);
    require_place(int8_at(1));
    answer = text_of(read(oid_at(0), int8_at(1), int4_at(2)));
  }
  else if (function == "be_lo_put") {
    require(oid_at(0), privilege::update);
    require_place(int8_at(1));
    write(oid_at(0), int8_at(1), bytes_of(*a.at(2)));
    answer = "";
  }
  else if (function == "be_lo_from_bytea") {
    const Oid object = create(oid_at(0));
    write(object, 0, bytes_of(*a.at(1)));
    answer = as_text(object);
  }
  else if (function == "be_lo_import") answer = as_text(import(*a.at(0), 0));
  else if (function == "be_lo_import_with_oid") answer = as_text(import(*a.at(0), oid_at(1)));
  else if (function == "be_lo_export") {
    export_to(oid_at(0), *a.at(1));
    answer = "1";
  }
  else return false;
  return true;
}

}  // namespace session
