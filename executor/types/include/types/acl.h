// Access control lists: who may do what with an object, as PostgreSQL's aclitem[] says it.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"
#include "types/datum.h"
#include "types/oid.h"

namespace types {

// A set of privileges: PostgreSQL's bits, and the letters that stand for them.
using Privileges = std::uint16_t;

namespace privilege {
inline constexpr Privileges insert = 1 << 0, select = 1 << 1, update = 1 << 2, delete_ = 1 << 3,
                            truncate = 1 << 4, references = 1 << 5, trigger = 1 << 6,
                            execute = 1 << 7, usage = 1 << 8, create = 1 << 9, temporary = 1 << 10,
                            connect = 1 << 11, set = 1 << 12, alter_system = 1 << 13;
inline constexpr std::string_view kLetters = "arwdDxtXUCTcsA";  // by bit, lowest first
inline constexpr Oid kPublic = 0;                               // the grantee that everybody is

// SELECT, INSERT, ...: the name of the lowest bit.
std::string_view name_of(Privileges one);
// 0: there is none of that name (upper case).
Privileges by_name(std::string_view upper);
// The letters' bits.
constexpr Privileges of_letters(std::string_view letters) {
  Privileges all = 0;
  for (char c : letters)
    for (std::size_t bit = 0; bit < kLetters.size(); ++bit)
      if (kLetters[bit] == c) all = static_cast<Privileges>(all | 1 << bit);
  return all;
}
}  // namespace privilege

// One entry of a list: what `grantor` gave to `grantee`. Its type's value is these bytes.
struct AclItem {
  Oid grantee = 0;
  Oid grantor = 0;
  Privileges privileges = 0;
  Privileges grant_options = 0;
  std::uint32_t reserved = 0;
  bool operator==(const AclItem&) const = default;
};
static_assert(sizeof(AclItem) == sizeof(Fixed16));

using Acl = std::vector<AclItem>;

inline AclItem acl_item_of(const Datum& value) { return std::bit_cast<AclItem>(value.fixed16); }

// Of an aclitem[].
Acl acl_of(const Datum& array);
Datum acl_datum(Arena& arena, const Acl& acl);

// What kinds of objects lists are kept for, by the letters of acldefault().
enum class AclKind : char {
  column = 'c', relation = 'r', sequence = 's', database = 'd', function = 'f', language = 'l',
  large_object = 'L', schema = 'n', parameter = 'p', tablespace = 't', data_wrapper = 'F',
  server = 'S', type = 'T'
};

// Everything that can be granted on such an object; 0 for a letter that is none of them.
Privileges all_privileges(AclKind kind);
// The list that an object has before anybody granted anything: the owner's and PUBLIC's.
Acl default_acl(AclKind kind, Oid owner);

// "grantee=r*w/grantor". Names come from `role_of`, which throws for one that is not there; a
// grantor that is left out is the bootstrap superuser. Throws 22P02.
AclItem parse_acl_item(std::string_view text, const std::function<Oid(std::string_view)>& role_of);
std::string format_acl_item(const AclItem& item, const std::function<std::string(Oid)>& name_of);

}  // namespace types
