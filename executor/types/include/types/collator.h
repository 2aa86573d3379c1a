// Strings under a collation other than "C": ICU's order and letters, or (C.UTF-8) bytewise order with
// Unicode's letters. A null Collator stands for "C" everywhere, so that its users choose once, when a
// plan is made, and the bytewise paths never ask.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "types/type_io.h"

struct UCollator;

namespace types {

// Immutable, thread-safe, lives as long as the process: there is one for each locale that was asked for.
class Collator {
 public:
  // SqlError 22023 when ICU does not open it, 54000 past kMost of them.
  static const Collator& icu(const std::string& locale, bool deterministic);
  static const Collator& c_utf8();
  // By number(); `number` must be one.
  static const Collator& numbered(Oid number);
  ~Collator();
  Collator(const Collator&) = delete;
  Collator& operator=(const Collator&) = delete;

  // Stands for it where a plan has room for an OID: of the process, while pg_collation's are of a database.
  Oid number() const { return number_; }

  static constexpr Oid kMost = 4096;

  // Orders as memcmp does.
  bool bytewise() const { return handle_ == nullptr; }
  // Equal strings are equal bytes.
  bool deterministic() const { return deterministic_; }

  // Ties of a deterministic one are broken by bytes, as PostgreSQL does.
  int compare(std::string_view a, std::string_view b) const;
  bool equal(std::string_view a, std::string_view b) const {
    return a == b || (!deterministic_ && compare(a, b) == 0);
  }
  std::uint64_t hash(std::string_view text) const;
  // Appends bytes whose memcmp order is compare()'s; no key is a prefix of another.
  void append_key(std::string_view text, std::string& out) const;

  std::string lower(std::string_view text) const;
  std::string upper(std::string_view text) const;
  std::string initcap(std::string_view text) const;

  // ICU's version of the collation's rules, as pg_collation.collversion.
  std::string version() const;

  // text, varchar, char(n) or name, or an array of one, with the order, hash and keys of this; null for others.
  const TypeSupport* support(Oid type) const;

 private:
  Collator(std::string locale, UCollator* handle, bool deterministic);

  std::string locale_;
  UCollator* handle_;
  bool deterministic_;
  Oid number_ = 0;
  struct Type;
  std::vector<std::unique_ptr<Type>> types_;
};

}  // namespace types
