// aclitem: entries of access control lists.
#include "types/acl.h"

#include <bit>
#include <cctype>
#include <cstring>

#include "type_table.h"
#include "types/array.h"
#include "types/integer.h"
#include "types/session_services.h"
#include "types/sql_error.h"
#include "types/wire.h"

namespace types {
namespace {

constexpr Oid kBootstrapSuperuser = 10;

constexpr std::string_view kNames[] = {"INSERT",  "SELECT", "UPDATE", "DELETE", "TRUNCATE",
                                       "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE",
                                       "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 128;
}

// A role's name at the front, in double quotes or not; moves past it.
std::string take_name(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  std::string name;
  bool quoted = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '"') {
      if (quoted && text.size() > 1 && text[1] == '"') {
        name += '"';
        text.remove_prefix(1);
      } else {
        quoted = !quoted;
      }
    } else if (quoted || is_word(c)) {
      name += c;
    } else {
      break;
    }
  }
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return name;
}

std::string quoted_name(const std::string& name) {
  bool plain = !name.empty();
  for (char c : name) plain = plain && (std::isalnum(static_cast<unsigned char>(c)) || c == '_');
  if (plain) return name;
  std::string text = "\"";
  for (char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::function<Oid(std::string_view)> roles_of(EvalContext& ctx) {
  return [&ctx](std::string_view name) {
    if (ctx.session == nullptr) throw SqlError::not_supported("aclitem without a session");
    // As regrole reads it, but for a name that is quoted already taken as it is.
    const auto found = ctx.session->catalog_text("get_role_oid", {std::string(name)});
    return parse_oid(*found);
  };
}

Datum input(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(parse_acl_item(text, roles_of(ctx)));
}
void output(EvalContext& ctx, const Datum& d, std::string& out) {
  out += format_acl_item(acl_item_of(d), [&](Oid role) {
    if (ctx.session == nullptr) return std::to_string(role);
    return ctx.session->catalog_text("get_role_name", {std::to_string(role)})
        .value_or(std::to_string(role));
  });
}
[[noreturn]] Datum receive(EvalContext&, std::span<const std::byte>, std::int32_t) {
  throw SqlError("42883", "no binary input function available for type aclitem");
}
void send(EvalContext&, const Datum&, std::string&) {
  throw SqlError("42883", "no binary output function available for type aclitem");
}
// For equality, of arrays too: the type has no order that SQL could ask for.
int compare(const Datum& a, const Datum& b) {
  return std::memcmp(a.fixed16.bytes, b.fixed16.bytes, sizeof a.fixed16.bytes);
}
std::uint64_t hash(const Datum& d) {
  return hash_bytes({reinterpret_cast<const char*>(d.fixed16.bytes), sizeof d.fixed16.bytes});
}

constexpr TypeSupport kAclTypes[] = {{.oid = oid::aclitem,
                                   .name = "aclitem",
                                   .physical = PhysicalType::fixed16,
                                   .input = input,
                                   .output = output,
                                   .receive = receive,
                                   .send = send,
                                   .compare = compare,
                                   .hash = hash,
                                   .encode_key = nullptr}};

}  // namespace

std::span<const TypeSupport> acl_types() { return kAclTypes; }

std::string_view privilege::name_of(Privileges one) {
  return kNames[static_cast<std::size_t>(std::countr_zero(one))];
}

Privileges privilege::by_name(std::string_view upper) {
  if (upper == "TEMP") return temporary;
  for (std::size_t bit = 0; bit < std::size(kNames); ++bit)
    if (kNames[bit] == upper) return static_cast<Privileges>(1 << bit);
  return 0;
}

Acl acl_of(const Datum& array) {
  Acl acl;
  if (array.is_null) return acl;
  const ArrayView view(array);
  for (ArrayView::Cursor c(view); c.next();)
    if (!c.value().is_null) acl.push_back(acl_item_of(c.value()));
  return acl;
}

Datum acl_datum(Arena& arena, const Acl& acl) {
  ArrayBuilder builder(oid::aclitem, PhysicalType::fixed16);
  for (const AclItem& item : acl) builder.add(Datum::of(item));
  return builder.finish(arena);
}

Privileges all_privileges(AclKind kind) {
  switch (kind) {
    case AclKind::column: return 0;
    case AclKind::relation: return privilege::of_letters("arwdDxt");
    case AclKind::sequence: return privilege::of_letters("rwU");
    case AclKind::database: return privilege::of_letters("CTc");
    case AclKind::function: return privilege::execute;
    case AclKind::large_object: return privilege::of_letters("rw");
    case AclKind::schema: return privilege::of_letters("UC");
    case AclKind::parameter: return privilege::of_letters("sA");
    case AclKind::tablespace: return privilege::create;
    case AclKind::language:
    case AclKind::data_wrapper:
    case AclKind::server:
    case AclKind::type: return privilege::usage;
  }
  return 0;
}

Acl default_acl(AclKind kind, Oid owner) {
  Privileges everybody = 0;
  if (kind == AclKind::database) everybody = privilege::temporary | privilege::connect;
  if (kind == AclKind::function) everybody = privilege::execute;
  if (kind == AclKind::language || kind == AclKind::type) everybody = privilege::usage;
  Acl acl;
  if (everybody != 0) acl.push_back({privilege::kPublic, owner, everybody});
  const Privileges own = all_privileges(kind);
  if (own != 0) acl.push_back({owner, owner, own});
  return acl;
}

AclItem parse_acl_item(std::string_view text, const std::function<Oid(std::string_view)>& role_of) {
  AclItem item;
  std::string name = take_name(text);
  if (text.empty() || text.front() != '=') {
    if (name != "group" && name != "user")
      throw SqlError("22P02", "unrecognized key word: \"" + name + "\"")
          .with_hint("ACL key word must be \"group\" or \"user\".");
    name = take_name(text);
    if (name.empty())
      throw SqlError("22P02", "missing name")
          .with_hint("A name must follow the \"group\" or \"user\" key word.");
  }
  if (text.empty() || text.front() != '=') throw SqlError("22P02", "missing \"=\" sign");
  text.remove_prefix(1);
  Privileges last = 0;
  for (; !text.empty() && (std::isalpha(static_cast<unsigned char>(text.front())) || text.front() == '*');
       text.remove_prefix(1)) {
    if (text.front() == '*') {
      item.grant_options |= last;
      continue;
    }
    last = privilege::of_letters(text.substr(0, 1));
    if (last == 0)
      throw SqlError("22P02", "invalid mode character: must be one of \"arwdDxtXUCTcsA\"");
    item.privileges |= last;
  }
  item.grantee = name.empty() ? privilege::kPublic : role_of(name);
  if (!text.empty() && text.front() == '/') {
    text.remove_prefix(1);
    const std::string grantor = take_name(text);
    if (grantor.empty()) throw SqlError("22P02", "a name must follow the \"/\" sign");
    item.grantor = role_of(grantor);
  } else {
    item.grantor = kBootstrapSuperuser;
  }
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  if (!text.empty()) throw SqlError("22P02", "extra garbage at the end of the ACL specification");
  return item;
}

std::string format_acl_item(const AclItem& item, const std::function<std::string(Oid)>& name_of) {
  std::string text = item.grantee == privilege::kPublic ? "" : quoted_name(name_of(item.grantee));
  text += '=';
  for (std::size_t bit = 0; bit < privilege::kLetters.size(); ++bit) {
    if ((item.privileges >> bit & 1) != 0) text += privilege::kLetters[bit];
    if ((item.grant_options >> bit & 1) != 0) text += '*';
  }
  return text + "/" + quoted_name(name_of(item.grantor));
}

}  // namespace types
