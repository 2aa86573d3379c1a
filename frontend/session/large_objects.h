// Large objects: lo_open() and its like over pg_largeobject.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session_functions.h"
#include "types/oid.h"

namespace session {

class SessionState;

// The descriptors that a session's transaction has open. Pages of 2 KiB are rows of pg_largeobject, so that large
// objects are read, changed and rolled back as rows are; what was never written reads as zeros.
class LargeObjects {
 public:
  explicit LargeObjects(SessionState& session) : session_(session) {}

  // By its internal name, with arguments and answers as text; false: none of these.
  bool call(std::string_view function, const TextArguments& arguments, std::optional<std::string>& answer);
  // Descriptors end with the transaction, and with the savepoint that they were made in.
  void close_all() { open_.clear(); }
  void close_above(std::size_t depth);

 private:
  struct Descriptor {
    types::Oid object = 0;
    bool reads = false, writes = false;
    std::int64_t position = 0;
    std::size_t depth = 0;  // savepoints open when it was made
  };

  types::Oid create(types::Oid wanted);
  int open(types::Oid object, std::int32_t mode);
  Descriptor& descriptor(std::int32_t number);
  Descriptor& readable(std::int32_t number);
  Descriptor& writable(std::int32_t number);
  std::string loread(std::int32_t number, std::int32_t length);
  std::int64_t lowrite(std::int32_t number, std::string_view bytes);
  std::int64_t seek(std::int32_t number, std::int64_t offset, std::int32_t whence);
  void unlink(types::Oid object);

  // --- pages
  bool exists(types::Oid object);
  void require(types::Oid object, std::uint32_t privilege);
  std::int64_t size(types::Oid object);
  std::string read(types::Oid object, std::int64_t from, std::int64_t length);
  void write(types::Oid object, std::int64_t at, std::string_view bytes);
  void truncate(types::Oid object, std::int64_t length);

  types::Oid import(const std::string& path, types::Oid wanted);
  void export_to(types::Oid object, const std::string& path);

  SessionState& session_;
  std::vector<std::optional<Descriptor>> open_;
};

}  // namespace session
