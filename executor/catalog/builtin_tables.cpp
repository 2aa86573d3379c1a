#include "builtin_tables.h"

#include <charconv>

#include "data/embedded.h"
#include "wal/check.h"

namespace catalog {
namespace {

std::vector<CatalogData> read_sections() {
  std::vector<CatalogData> sections;
  std::string_view data = embedded_catalog();
  std::size_t at = data.find("\n@");
  while (at != std::string_view::npos) {
    std::size_t header_end = data.find('\n', at + 1);
    std::string_view header = data.substr(at + 2, header_end - at - 2);
    std::size_t next = data.find("\n@", header_end);
    CatalogData section;
    std::size_t space = header.find(' ');
    section.name = header.substr(0, space);
    while (space != std::string_view::npos) {
      header.remove_prefix(space + 1);
      space = header.find(' ');
      section.columns.push_back(header.substr(0, space));
    }
    if (next == header_end) {
      section.rows = {};
    } else {
      std::size_t end = next == std::string_view::npos ? data.size() : next + 1;
      section.rows = data.substr(header_end + 1, end - header_end - 1);
    }
    sections.push_back(std::move(section));
    at = next;
  }
  return sections;
}

const std::vector<CatalogData>& sections() {
  static const std::vector<CatalogData> all = read_sections();
  return all;
}

// One table's rows with fields found by column name.
class Reader {
 public:
  Reader(std::string_view table, StringPool& pool, std::initializer_list<std::string_view> columns)
      : data_(catalog_data(table)), rows_(data_ ? data_->rows : std::string_view()), pool_(pool) {
    CHECK(data_ != nullptr);
    for (std::string_view column : columns) {
      auto it = std::find(data_->columns.begin(), data_->columns.end(), column);
      CHECK(it != data_->columns.end());
      places_.push_back(static_cast<std::size_t>(it - data_->columns.begin()));
    }
  }

  bool next() {
    field_ = 0;
    return rows_.next();
  }
  // Each call takes the next of the columns named.
  std::optional<std::string_view> nullable() {
    return unescape(rows_.fields()[places_[field_++]], pool_);
  }
  std::string_view text() { return nullable().value_or(std::string_view()); }
  Oid oid() { return number<Oid>(); }
  template <typename T>
  T number() {
    std::string_view field = rows_.fields()[places_[field_++]];
    T value{};
    std::from_chars(field.data(), field.data() + field.size(), value);
    return value;
  }
  bool flag() { return rows_.fields()[places_[field_++]] == "t"; }
  char letter() {
    std::string_view field = rows_.fields()[places_[field_++]];
    return field.empty() ? '\0' : field[0];
  }
  float real() { return number<float>(); }

 private:
  const CatalogData* data_;
  CopyRows rows_;
  StringPool& pool_;
  std::vector<std::size_t> places_;
  std::size_t field_ = 0;
};

// "1 2 3" or "{1,2,3}".
std::vector<Oid> parse_oids(std::string_view text) {
  std::vector<Oid> oids;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    Oid oid = 0;
    auto [stop, error] = std::from_chars(at, end, oid);
    if (error == std::errc()) oids.push_back(oid);
    at = error == std::errc() ? stop : at + 1;
  }
  return oids;
}

// "{a,b,\"\"}": names, of which only the empty one is quoted here.
std::vector<std::string_view> parse_names(std::string_view text) {
  std::vector<std::string_view> names;
  if (text.size() < 2) return names;
  text = text.substr(1, text.size() - 2);
  for (;;) {
    std::size_t comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    if (name.size() >= 2 && name.front() == '"') name = name.substr(1, name.size() - 2);
    names.push_back(name);
    if (comma == std::string_view::npos) return names;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

const CatalogData* catalog_data(std::string_view name) {
  for (const CatalogData& section : sections())
    if (section.name == name) return &section;
  return nullptr;
}

Builtins::Tables::Tables() {
  read_types();
  read_functions();
  read_operators();
  read_classes();
  read_rest();
  index_names();
}

void Builtins::Tables::read_types() {
  // pg_proc 6179 array_subscript_handler: a true array, not a fixed-length one like point.
  constexpr Oid kArraySubscript = 6179;
  Reader r("pg_type", pool,
           {"oid", "typname", "typnamespace", "typowner", "typlen", "typbyval", "typtype",
            "typcategory", "typispreferred", "typisdefined", "typdelim", "typalign", "typstorage",
            "typrelid", "typsubscript", "typelem", "typarray", "typinput", "typoutput",
            "typreceive", "typsend", "typmodin", "typmodout", "typnotnull", "typbasetype",
            "typtypmod", "typcollation"});
  while (r.next()) {
    TypeInfo t{};
    t.oid = r.oid();
    t.name = r.text();
    t.schema = r.oid();
    t.owner = r.oid();
    t.length = r.number<std::int16_t>();
    t.by_value = r.flag();
    t.kind = r.letter();
    t.category = r.letter();
    t.preferred = r.flag();
    t.defined = r.flag();
    t.delimiter = r.letter();
    t.alignment = r.letter();
    t.storage = r.letter();
    t.relation = r.oid();
    t.is_true_array = r.oid() == kArraySubscript;
    t.element = r.oid();
    t.array = r.oid();
    t.input = r.oid();
    t.output = r.oid();
    t.receive = r.oid();
    t.send = r.oid();
    t.typmod_in = r.oid();
    t.typmod_out = r.oid();
    t.not_null = r.flag();
    t.base_type = r.oid();
    t.typmod = r.number<std::int32_t>();
    t.collation = r.oid();
    types.push_back(t);
  }
}

void Builtins::Tables::read_functions() {
  Reader r("pg_proc", pool,
           {"oid", "proname", "pronamespace", "proowner", "prolang", "prokind", "proisstrict",
            "proretset", "prosecdef", "proleakproof", "provolatile", "proparallel", "provariadic",
            "prorettype", "pronargdefaults", "proargtypes", "proallargtypes", "proargmodes",
            "proargnames", "prosrc", "prosqlbody", "proargdefaults", "procost", "prorows",
            "proacl"});
  while (r.next()) {
    FunctionInfo f{};
    f.oid = r.oid();
    f.name = r.text();
    f.schema = r.oid();
    f.owner = r.oid();
    f.language = r.oid();
    f.kind = r.letter();
    f.strict = r.flag();
    f.returns_set = r.flag();
    f.security_definer = r.flag();
    f.leakproof = r.flag();
    f.volatility = r.letter();
    f.parallel = r.letter();
    f.variadic = r.oid();
    f.result = r.oid();
    f.default_count = r.number<std::int16_t>();
    f.arguments = oid_lists.emplace_back(parse_oids(r.text()));
    if (auto all = r.nullable()) f.all_arguments = oid_lists.emplace_back(parse_oids(*all));
    if (auto modes = r.nullable()) {
      std::string& letters = pool.emplace_back();
      for (std::string_view mode : parse_names(*modes)) letters += mode;
      f.argument_modes = letters;
    }
    if (auto names = r.nullable()) f.argument_names = name_lists.emplace_back(parse_names(*names));
    f.source = r.text();
    f.sql_body = r.text();
    // SQL functions have no kernel's name; those we run natively are found by OID.
    if (f.source.empty() && !f.sql_body.empty())
      f.source = pool.emplace_back("sql:" + std::to_string(f.oid));
    f.defaults = r.text();
    f.cost = r.real();
    f.rows = r.real();
    f.has_acl = r.nullable().has_value();
    functions.push_back(f);
  }

  Reader a("pg_aggregate", pool,
           {"aggfnoid", "aggkind", "aggnumdirectargs", "aggtransfn", "aggfinalfn", "aggcombinefn",
            "aggtranstype", "aggsortop", "agginitval"});
  while (a.next()) {
    AggregateInfo info{};
    info.function = a.oid();
    info.kind = a.letter();
    info.direct_arguments = a.number<std::int16_t>();
    info.transition = a.oid();
    info.final = a.oid();
    info.combine = a.oid();
    info.transition_type = a.oid();
    info.sort_operator = a.oid();
    info.initial_value = a.nullable();
    aggregates.push_back(info);
  }
}

void Builtins::Tables::read_operators() {
  Reader r("pg_operator", pool,
           {"oid", "oprname", "oprnamespace", "oprkind", "oprcanmerge", "oprcanhash", "oprleft",
            "oprright", "oprresult", "oprcom", "oprnegate", "oprcode", "oprrest", "oprjoin"});
  while (r.next()) {
    OperatorInfo o{};
    o.oid = r.oid();
    o.name = r.text();
    o.schema = r.oid();
    o.kind = r.letter();
    o.can_merge = r.flag();
    o.can_hash = r.flag();
    o.left = r.oid();
    o.right = r.oid();
    o.result = r.oid();
    o.commutator = r.oid();
    o.negator = r.oid();
    o.function = r.oid();
    o.restrict_selectivity = r.oid();
    o.join_selectivity = r.oid();
    operators.push_back(o);
  }
  Reader c("pg_cast", pool,
           {"oid", "castsource", "casttarget", "castfunc", "castcontext", "castmethod"});
  while (c.next()) {
    CastInfo info{};
    info.oid = c.oid();
    info.source = c.oid();
    info.target = c.oid();
    info.function = c.oid();
    info.context = c.letter();
    info.method = c.letter();
    casts.push_back(info);
  }
}

void Builtins::Tables::read_classes() {
  Reader r("pg_opclass", pool,
           {"oid", "opcmethod", "opcname", "opcnamespace", "opcfamily", "opcintype", "opcdefault",
            "opckeytype"});
  while (r.next()) {
    OperatorClassInfo c{};
    c.oid = r.oid();
    c.method = r.oid();
    c.name = r.text();
    c.schema = r.oid();
    c.family = r.oid();
    c.input_type = r.oid();
    c.is_default = r.flag();
    c.key_type = r.oid();
    classes.push_back(c);
  }
  Reader o("pg_amop", pool,
           {"amopfamily", "amoplefttype", "amoprighttype", "amopstrategy", "amoppurpose",
            "amopopr", "amopmethod"});
  while (o.next()) {
    FamilyOperator f{};
    f.family = o.oid();
    f.left = o.oid();
    f.right = o.oid();
    f.strategy = o.number<std::int16_t>();
    f.purpose = o.letter();
    f.operator_ = o.oid();
    f.method = o.oid();
    family_operators.push_back(f);
  }
  Reader p("pg_amproc", pool,
           {"amprocfamily", "amproclefttype", "amprocrighttype", "amprocnum", "amproc"});
  while (p.next()) {
    FamilyProcedure f{};
    f.family = p.oid();
    f.left = p.oid();
    f.right = p.oid();
    f.number = p.number<std::int16_t>();
    f.function = p.oid();
    family_procedures.push_back(f);
  }
  Reader n("pg_opfamily", pool, {"oid", "opfname"});
  while (n.next()) {
    Oid oid = n.oid();
    family_names[oid] = n.text();
  }
}

void Builtins::Tables::read_rest() {
  Reader s("pg_namespace", pool, {"oid", "nspname", "nspowner"});
  while (s.next()) {
    SchemaInfo info{};
    info.oid = s.oid();
    info.name = s.text();
    info.owner = s.oid();
    schemas.push_back(info);
  }
  Reader c("pg_collation", pool,
           {"oid", "collname", "collnamespace", "collprovider", "collisdeterministic",
            "collencoding", "collcollate", "collctype", "colliculocale", "collversion"});
  while (c.next()) {
    CollationInfo info{};
    info.oid = c.oid();
    info.name = c.text();
    info.schema = c.oid();
    info.provider = c.letter();
    info.deterministic = c.flag();
    info.encoding = c.number<std::int32_t>();
    info.collate = c.text();
    info.ctype = c.text();
    info.icu_locale = c.text();
    info.version = c.text();
    collations.push_back(info);
  }
  Reader g("pg_range", pool,
           {"rngtypid", "rngsubtype", "rngmultitypid", "rngcollation", "rngsubopc",
            "rngcanonical", "rngsubdiff"});
  while (g.next()) {
    RangeInfo info{};
    info.type = g.oid();
    info.subtype = g.oid();
    info.multirange = g.oid();
    info.collation = g.oid();
    info.operator_class = g.oid();
    info.canonical = g.oid();
    info.difference = g.oid();
    ranges.push_back(info);
  }
  Reader l("pg_language", pool, {"oid", "lanname"});
  while (l.next()) {
    LanguageInfo info{};
    info.oid = l.oid();
    info.name = l.text();
    languages.push_back(info);
  }
  Reader v("view", pool, {"oid", "definition"});
  while (v.next()) {
    Oid oid = v.oid();
    views[oid] = v.text();
  }
  Reader t("setting", pool,
           {"name", "unit", "category", "short_desc", "extra_desc", "context", "vartype",
            "min_val", "max_val", "enumvals", "boot_val"});
  while (t.next()) {
    SettingInfo info{};
    info.name = t.text();
    info.unit = t.text();
    info.category = t.text();
    info.short_description = t.text();
    info.extra_description = t.text();
    info.context = t.text();
    info.type = t.text();
    info.minimum = t.text();
    info.maximum = t.text();
    info.enum_values = t.text();
    auto boot = t.nullable();
    info.boot_value = boot.value_or(std::string_view());
    info.boot_value_is_null = !boot;
    settings.push_back(info);
  }
}

void Builtins::Tables::index_names() {
  for (std::size_t i = 0; i < types.size(); ++i) {
    type_by_oid.set(types[i].oid, i);
    type_by_name[{types[i].schema, types[i].name}] = &types[i];
  }
  for (std::size_t i = 0; i < functions.size(); ++i) {
    function_by_oid.set(functions[i].oid, i);
    functions_by_name.add(functions[i].name, &functions[i]);
  }
  for (std::size_t i = 0; i < operators.size(); ++i) {
    operator_by_oid.set(operators[i].oid, i);
    operators_by_name.add(operators[i].name, &operators[i]);
  }
  for (std::size_t i = 0; i < aggregates.size(); ++i)
    aggregate_by_oid.set(aggregates[i].function, i);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    class_by_oid.set(classes[i].oid, i);
    if (classes[i].is_default)
      default_class[{classes[i].input_type, classes[i].method}] = &classes[i];
  }
  for (std::size_t i = 0; i < collations.size(); ++i) {
    collation_by_oid.set(collations[i].oid, i);
    collation_by_name[{collations[i].schema, collations[i].name}] = &collations[i];
  }
  for (const CastInfo& cast : casts) {
    cast_by_types[{cast.source, cast.target}] = &cast;
    casts_from.add(cast.source, &cast);
  }
  for (const FamilyOperator& op : family_operators) {
    families_of.add(op.operator_, &op);
    if (op.purpose == 's') family_operator[{op.family, op.left, op.right, op.strategy}] = op.operator_;
  }
  for (const FamilyProcedure& p : family_procedures)
    family_procedure[{p.family, p.left, p.right, p.number}] = p.function;
}

}  // namespace catalog
