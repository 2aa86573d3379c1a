// Access control lists as SQL sees them: acldefault, aclexplode, makeaclitem, ...
#include "types/acl.h"

#include <algorithm>

#include "acl_explode.h"
#include "function_table.h"
#include "kernel.h"
#include "functions/set_function.h"
#include "types/integer.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::AclItem;
using types::Oid;
using types::Privileges;
using types::SqlError;
namespace privilege = types::privilege;

Datum acl_default(EvalContext& ctx, std::int8_t letter, Oid owner) {
  const auto kind = static_cast<types::AclKind>(letter);
  if (string_view("crsdflLnptFST").find(static_cast<char>(letter)) == string_view::npos)
    throw SqlError("XX000", std::string("unrecognized objtype abbreviation: ") + static_cast<char>(letter));
  return types::acl_datum(*ctx.arena, types::default_acl(kind, owner));
}

Privileges parse_privilege(string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const Privileges found = privilege::by_name(upper);
  if (found == 0)
    throw SqlError("22023", "unrecognized privilege type: \"" + std::string(text) + "\"");
  return found;
}

Datum make_acl_item(Oid grantee, Oid grantor, string_view name, bool grantable) {
  const Privileges all = parse_privilege(name);
  return Datum::of(AclItem{grantee, grantor, all, grantable ? all : Privileges{0}});
}

bool acl_contains(Datum list, Datum wanted) {
  const AclItem item = types::acl_item_of(wanted);
  for (const AclItem& i : types::acl_of(list))
    if (i.grantee == item.grantee && i.grantor == item.grantor &&
        (item.privileges & ~i.privileges) == 0 && (item.grant_options & ~i.grant_options) == 0)
      return true;
  return false;
}

bool acl_item_eq(Datum a, Datum b) { return types::acl_item_of(a) == types::acl_item_of(b); }

Datum no_longer(string_view name) {
  throw SqlError("0A000", std::string(name) + " is no longer supported");
}
Datum acl_insert(Datum, Datum) { return no_longer("aclinsert"); }
Datum acl_remove(Datum, Datum) { return no_longer("aclremove"); }

constexpr ScalarFunction kAclFunctions[] = {
    {"acldefault_sql", strict<&acl_default>},
    {"makeaclitem", strict<&make_acl_item>},
    {"aclcontains", strict<&acl_contains>},
    {"aclitem_eq", strict<&acl_item_eq>},
    {"aclinsert", strict<&acl_insert>},
    {"aclremove", strict<&acl_remove>},
};

// One row for each privilege of each entry: grantor, grantee, privilege_type, is_grantable.
class Explode final : public SetFunctionRun {
 public:
  explicit Explode(types::Acl acl) : acl_(std::move(acl)) {}

  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t count = 0;
    for (; count < capacity && at_ < acl_.size(); advance()) {
      const AclItem& item = acl_[at_];
      if ((item.privileges >> bit_ & 1) == 0) continue;
      out[0].set<Oid>(count, item.grantor);
      out[1].set<Oid>(count, item.grantee);
      out[2].set<string_view>(count, privilege::name_of(static_cast<Privileges>(1 << bit_)));
      out[3].set<bool>(count, (item.grant_options >> bit_ & 1) != 0);
      ++count;
    }
    return count;
  }

 private:
  void advance() {
    if (++bit_ < privilege::kLetters.size()) return;
    bit_ = 0;
    ++at_;
  }

  types::Acl acl_;
  std::size_t at_ = 0, bit_ = 0;
};

}  // namespace

std::span<const ScalarFunction> acl_functions() { return kAclFunctions; }

std::unique_ptr<SetFunctionRun> acl_explode(EvalContext&, const FunctionCall&,
                                            std::span<const Datum> arguments) {
  // Strict: no list, no rows.
  return std::make_unique<Explode>(types::acl_of(arguments[0]));
}

}  // namespace functions
