// CREATE COLLATION, ALTER COLLATION .. REFRESH VERSION.
#include <clocale>
#include <cstring>
#include <optional>

#include "catalog/collators.h"
#include "named_object.h"
#include "rights.h"
#include "text_commands.h"
#include "types/collator.h"

namespace commands {
namespace {

namespace pg_collation = catalog::pg_collation;

constexpr std::int32_t kAnyEncoding = -1, kUtf8 = 6;

// What a row says of how strings compare.
struct Definition {
  char provider = 'c';
  bool deterministic = true;
  std::int32_t encoding = kUtf8;
  std::optional<std::string> collate, ctype, icu_locale, version;
};

[[noreturn]] void missing_parameter(const char* name) {
  throw SqlError("42P17", std::string("parameter \"") + name + "\" must be specified");
}

std::optional<std::string> version_of(const Definition& definition) {
  if (definition.provider != 'i') return std::nullopt;  // of C, POSIX and C.utf8
  return types::Collator::icu(*definition.icu_locale, definition.deterministic).version();
}

// Only those of libc whose order is that of bytes are there.
void require_libc_locale(const std::string& name) {
  if (name == "C" || name == "POSIX" || catalog::is_c_utf8(name)) return;
  const locale_t known = newlocale(LC_ALL_MASK, name.c_str(), nullptr);
  if (known == nullptr)
    throw SqlError("22023", "could not create locale \"" + name + "\": " + std::strerror(ENOENT))
        .with_detail("The operating system could not find any locale data for the locale name \"" + name + "\".");
  freelocale(known);
  throw SqlError::not_supported("locale " + name + " of libc");
}

Definition copied(Ddl& ddl, const query::ObjectName& from) {
  const ObjectAddress source = require_named(ddl, query::ObjectKind::collation, from);
  const catalog::CollationInfo& info = *ddl.catalog().collation(source.oid);
  if (info.provider == 'd') throw SqlError("42P17", "collation \"default\" cannot be copied");
  Definition definition{info.provider, info.deterministic, info.encoding, {}, {}, {}, {}};
  if (info.provider == 'i') {
    definition.icu_locale = info.icu_locale;
  } else {
    definition.collate = info.collate;
    definition.ctype = info.ctype;
  }
  return definition;
}

Definition written(const query::CreateCollation& s) {
  Definition definition;
  definition.deterministic = s.deterministic;
  definition.version = s.version;
  auto is = [&](std::string_view provider) {
    return s.provider->size() == provider.size() && strncasecmp(s.provider->data(), provider.data(), provider.size()) == 0;
  };
  if (s.provider) {
    if (is("icu")) definition.provider = 'i';
    else if (!is("libc")) throw SqlError("42P17", "unrecognized collation provider: " + *s.provider);
  }
  if (definition.provider == 'i') definition.icu_locale = s.locale;
  else definition.collate = definition.ctype = s.locale;
  if (s.collate) definition.collate = s.collate;
  if (s.ctype) definition.ctype = s.ctype;
  if (definition.provider == 'i') {
    if (!definition.icu_locale) missing_parameter("locale");
    definition.encoding = kAnyEncoding;
  } else {
    if (!definition.collate) missing_parameter("lc_collate");
    if (!definition.ctype) missing_parameter("lc_ctype");
    if (!definition.deterministic)
      throw SqlError("0A000", "nondeterministic collations not supported with this provider");
  }
  return definition;
}

// Whether there is one of the name already, of which it was only said so.
bool is_taken(Ddl& ddl, const query::CreateCollation& s, Oid schema, const Definition& definition) {
  const catalog::CollationInfo* other = ddl.catalog().find_collation(ddl.catalog().schema_name(schema), s.name.name);
  if (other == nullptr) return false;
  std::string text = "collation \"" + s.name.name + "\"";
  if (other->encoding == definition.encoding && other->encoding != kAnyEncoding) text += " for encoding \"UTF8\"";
  text += " already exists";
  if (!s.if_not_exists) throw SqlError("42710", text);
  ddl.notice("42710", text + ", skipping");
  return true;
}

}  // namespace

void create_collation(Ddl& ddl, const query::CreateCollation& statement) {
  const Oid schema = ddl.target_schema(statement.name.schema);
  Definition definition = statement.from ? copied(ddl, *statement.from) : written(statement);
  if (is_taken(ddl, statement, schema, definition)) return;
  if (definition.provider == 'c')
    for (const auto& name : {*definition.collate, *definition.ctype}) require_libc_locale(name);
  const std::optional<std::string> actual = version_of(definition);
  if (!definition.version) definition.version = actual;

  const ObjectAddress self{pg_collation::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(pg_collation::kOid);
  row.set(pg_collation::oid, self.oid);
  row.set(pg_collation::collname, statement.name.name);
  row.set(pg_collation::collnamespace, schema);
  row.set(pg_collation::collowner, ddl.catalog().user());
  row.set(pg_collation::collprovider, definition.provider);
  row.set(pg_collation::collisdeterministic, definition.deterministic);
  row.set(pg_collation::collencoding, definition.encoding);
  auto text = [&](int column, const std::optional<std::string>& value) {
    if (value) row.set(column, *value);
  };
  text(pg_collation::collcollate, definition.collate);
  text(pg_collation::collctype, definition.ctype);
  text(pg_collation::colliculocale, definition.icu_locale);
  text(pg_collation::collversion, definition.version);
  ddl.writer().insert(row);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
}

void alter_collation(Ddl& ddl, const query::AlterCollation& statement) {
  const ObjectAddress self = require_named(ddl, query::ObjectKind::collation, statement.name);
  require_ownership(ddl, query::ObjectKind::collation, reference_to(statement.name), self);
  const catalog::CollationInfo& info = *ddl.catalog().collation(self.oid);
  if (info.provider == 'd') throw SqlError("XX000", "unexpected null in pg_collation");
  const std::string old(info.version);
  const types::Collator* collator = catalog::collator(ddl.catalog(), self.oid);
  const std::string now = info.provider == 'i' ? collator->version() : std::string();
  if (old.empty() != now.empty()) throw SqlError("XX000", "invalid collation version change");
  if (old == now) return ddl.notice("00000", "version has not changed");
  ddl.notice("00000", "changing version from " + old + " to " + now);
  RowBuilder row = ddl.writer().row(pg_collation::kOid);
  row.set(pg_collation::collversion, now);
  ddl.writer().update_one(0, {key_oid(self.oid)}, row);
}

}  // namespace commands
