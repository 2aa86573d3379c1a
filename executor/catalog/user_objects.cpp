#include "user_objects.h"

#include <algorithm>

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "query/serialize.h"
#include "read_ahead.h"

namespace catalog {
namespace {

constexpr Oid kArraySubscript = 6179;

}  // namespace

Oid load_relation_name(const Catalog& catalog, const transaction::View& view, Oid schema,
                       std::string_view name) {
  auto table = catalog.system_relation(pg_class::kOid);
  RowReader reader(view, *table, index::pg_class_relname_nsp_index,
                   {key_text(name), key_oid(schema)});
  return reader.next() ? reader.row().oid(pg_class::oid) : 0;
}

Oid load_type_name(const Catalog& catalog, const transaction::View& view, Oid schema,
                   std::string_view name) {
  auto table = catalog.system_relation(pg_type::kOid);
  RowReader reader(view, *table, index::pg_type_typname_nsp_index,
                   {key_text(name), key_oid(schema)});
  return reader.next() ? reader.row().oid(pg_type::oid) : 0;
}

std::shared_ptr<const UserTypeRow> load_type(const Catalog& catalog, const transaction::View& view,
                                          Oid oid) {
  auto table = catalog.system_relation(pg_type::kOid);
  RowReader reader(view, *table, 0, {key_oid(oid)});
  if (!reader.next()) return nullptr;
  Row row = reader.row();
  auto type = std::make_shared<UserTypeRow>();
  type->name = row.string(pg_type::typname);
  TypeInfo& t = type->info;
  t = TypeInfo{};
  t.oid = oid;
  t.name = type->name;
  t.schema = row.oid(pg_type::typnamespace);
  t.owner = row.oid(pg_type::typowner);
  t.length = row.int2(pg_type::typlen);
  t.by_value = row.flag(pg_type::typbyval);
  t.kind = row.letter(pg_type::typtype);
  t.category = row.letter(pg_type::typcategory);
  t.preferred = row.flag(pg_type::typispreferred);
  t.defined = row.flag(pg_type::typisdefined);
  t.delimiter = row.letter(pg_type::typdelim);
  t.alignment = row.letter(pg_type::typalign);
  t.storage = row.letter(pg_type::typstorage);
  t.relation = row.oid(pg_type::typrelid);
  t.element = row.oid(pg_type::typelem);
  t.is_true_array = row.oid(pg_type::typsubscript) == kArraySubscript;
  t.array = row.oid(pg_type::typarray);
  t.input = row.oid(pg_type::typinput);
  t.output = row.oid(pg_type::typoutput);
  t.receive = row.oid(pg_type::typreceive);
  t.send = row.oid(pg_type::typsend);
  t.typmod_in = row.oid(pg_type::typmodin);
  t.typmod_out = row.oid(pg_type::typmodout);
  t.not_null = row.flag(pg_type::typnotnull);
  t.base_type = row.oid(pg_type::typbasetype);
  t.typmod = row.int4(pg_type::typtypmod);
  t.collation = row.oid(pg_type::typcollation);
  return type;
}

std::shared_ptr<const UserFunctions> load_functions(const Catalog& catalog,
                                                    const transaction::View& view) {
  auto all = std::make_shared<UserFunctions>();
  ReadAhead ahead(catalog);
  for (Oid table : {pg_proc::kOid, pg_operator::kOid, pg_cast::kOid, pg_aggregate::kOid, pg_range::kOid,
                    pg_collation::kOid, pg_opclass::kOid, pg_amproc::kOid, pg_amop::kOid})
    ahead.add_from_oid(table, types::kFirstNormalOid);
  ahead.read();
  auto procs = catalog.system_relation(pg_proc::kOid);
  for (RowReader reader = RowReader::from_oid(view, *procs, types::kFirstNormalOid);
       reader.next();) {
    Row row = reader.row();
    FunctionInfo& f = all->functions.emplace_back();
    f.oid = row.oid(pg_proc::oid);
    f.name = all->strings.emplace_back(row.text(pg_proc::proname));
    f.schema = row.oid(pg_proc::pronamespace);
    f.owner = row.oid(pg_proc::proowner);
    f.language = row.oid(pg_proc::prolang);
    f.kind = row.letter(pg_proc::prokind);
    f.strict = row.flag(pg_proc::proisstrict);
    f.returns_set = row.flag(pg_proc::proretset);
    f.security_definer = row.flag(pg_proc::prosecdef);
    f.leakproof = row.flag(pg_proc::proleakproof);
    f.has_acl = !row.is_null(pg_proc::proacl);
    f.volatility = row.letter(pg_proc::provolatile);
    f.parallel = row.letter(pg_proc::proparallel);
    f.variadic = row.oid(pg_proc::provariadic);
    f.result = row.oid(pg_proc::prorettype);
    f.default_count = row.int2(pg_proc::pronargdefaults);
    f.arguments = all->oid_lists.emplace_back(row.oids(pg_proc::proargtypes));
    if (!row.is_null(pg_proc::proallargtypes))
      f.all_arguments = all->oid_lists.emplace_back(row.oids(pg_proc::proallargtypes));
    if (!row.is_null(pg_proc::proargmodes)) {
      std::string& modes = all->strings.emplace_back();
      types::ArrayView array(row.text(pg_proc::proargmodes));
      for (types::ArrayView::Cursor c(array); c.next();)
        modes += static_cast<char>(c.value().as<std::int8_t>());
      f.argument_modes = modes;
    }
    if (!row.is_null(pg_proc::proargnames)) {
      auto& names = all->name_lists.emplace_back();
      for (std::string& name : row.strings(pg_proc::proargnames))
        names.push_back(all->strings.emplace_back(std::move(name)));
      f.argument_names = names;
    }
    f.source = all->strings.emplace_back(row.text(pg_proc::prosrc));
    f.sql_body = all->strings.emplace_back(row.text(pg_proc::prosqlbody));
    f.defaults = all->strings.emplace_back(row.text(pg_proc::proargdefaults));
    if (!row.is_null(pg_proc::proconfig)) {
      auto& settings = all->name_lists.emplace_back();
      for (std::string& setting : row.strings(pg_proc::proconfig))
        settings.push_back(all->strings.emplace_back(std::move(setting)));
      f.settings = settings;
    }
    f.cost = row.float4(pg_proc::procost);
    f.rows = row.float4(pg_proc::prorows);
  }
  auto operators = catalog.system_relation(pg_operator::kOid);
  for (RowReader reader = RowReader::from_oid(view, *operators, types::kFirstNormalOid);
       reader.next();) {
    Row row = reader.row();
    OperatorInfo& o = all->operators.emplace_back();
    o.oid = row.oid(pg_operator::oid);
    o.name = all->strings.emplace_back(row.text(pg_operator::oprname));
    o.schema = row.oid(pg_operator::oprnamespace);
    o.kind = row.letter(pg_operator::oprkind);
    o.can_merge = row.flag(pg_operator::oprcanmerge);
    o.can_hash = row.flag(pg_operator::oprcanhash);
    o.left = row.oid(pg_operator::oprleft);
    o.right = row.oid(pg_operator::oprright);
    o.result = row.oid(pg_operator::oprresult);
    o.commutator = row.oid(pg_operator::oprcom);
    o.negator = row.oid(pg_operator::oprnegate);
    o.function = row.oid(pg_operator::oprcode);
    o.restrict_selectivity = row.oid(pg_operator::oprrest);
    o.join_selectivity = row.oid(pg_operator::oprjoin);
  }
  auto casts = catalog.system_relation(pg_cast::kOid);
  for (RowReader reader = RowReader::from_oid(view, *casts, types::kFirstNormalOid);
       reader.next();) {
    Row row = reader.row();
    all->casts.push_back({row.oid(pg_cast::oid), row.oid(pg_cast::castsource),
                          row.oid(pg_cast::casttarget), row.oid(pg_cast::castfunc),
                          row.letter(pg_cast::castcontext), row.letter(pg_cast::castmethod)});
  }
  auto aggregates = catalog.system_relation(pg_aggregate::kOid);
  for (RowReader reader = RowReader::from_oid(view, *aggregates, types::kFirstNormalOid); reader.next();) {
    Row row = reader.row();
    AggregateInfo& a = all->aggregates.emplace_back();
    a.function = row.oid(pg_aggregate::aggfnoid);
    a.kind = row.letter(pg_aggregate::aggkind);
    a.direct_arguments = row.int2(pg_aggregate::aggnumdirectargs);
    a.transition = row.oid(pg_aggregate::aggtransfn);
    a.final = row.oid(pg_aggregate::aggfinalfn);
    a.combine = row.oid(pg_aggregate::aggcombinefn);
    a.transition_type = row.oid(pg_aggregate::aggtranstype);
    a.sort_operator = row.oid(pg_aggregate::aggsortop);
    if (!row.is_null(pg_aggregate::agginitval))
      a.initial_value = all->strings.emplace_back(row.text(pg_aggregate::agginitval));
  }
  auto ranges = catalog.system_relation(pg_range::kOid);
  for (RowReader reader = RowReader::from_oid(view, *ranges, types::kFirstNormalOid); reader.next();) {
    Row row = reader.row();
    all->ranges.push_back({row.oid(pg_range::rngtypid), row.oid(pg_range::rngsubtype), row.oid(pg_range::rngmultitypid),
                           row.oid(pg_range::rngcollation), row.oid(pg_range::rngsubopc),
                           row.oid(pg_range::rngcanonical), row.oid(pg_range::rngsubdiff)});
  }
  auto collations = catalog.system_relation(pg_collation::kOid);
  for (RowReader reader = RowReader::from_oid(view, *collations, types::kFirstNormalOid); reader.next();) {
    Row row = reader.row();
    auto text = [&](int column) {
      return row.is_null(column) ? std::string_view() : all->strings.emplace_back(row.text(column));
    };
    CollationInfo& c = all->collations.emplace_back();
    c.oid = row.oid(pg_collation::oid);
    c.name = text(pg_collation::collname);
    c.schema = row.oid(pg_collation::collnamespace);
    c.provider = row.letter(pg_collation::collprovider);
    c.deterministic = row.flag(pg_collation::collisdeterministic);
    c.encoding = row.int4(pg_collation::collencoding);
    c.collate = text(pg_collation::collcollate);
    c.ctype = text(pg_collation::collctype);
    c.icu_locale = text(pg_collation::colliculocale);
    c.version = text(pg_collation::collversion);
  }
  auto classes = catalog.system_relation(pg_opclass::kOid);
  for (RowReader reader = RowReader::from_oid(view, *classes, types::kFirstNormalOid); reader.next();) {
    Row row = reader.row();
    all->operator_classes.push_back({row.oid(pg_opclass::oid), row.oid(pg_opclass::opcmethod),
                                     all->strings.emplace_back(row.text(pg_opclass::opcname)),
                                     row.oid(pg_opclass::opcnamespace), row.oid(pg_opclass::opcfamily),
                                     row.oid(pg_opclass::opcintype), row.flag(pg_opclass::opcdefault),
                                     row.oid(pg_opclass::opckeytype)});
  }
  auto procedures = catalog.system_relation(pg_amproc::kOid);
  for (RowReader reader = RowReader::from_oid(view, *procedures, types::kFirstNormalOid); reader.next();) {
    Row row = reader.row();
    all->family_procedures.push_back({row.oid(pg_amproc::amprocfamily), row.oid(pg_amproc::amproclefttype),
                                      row.oid(pg_amproc::amprocrighttype), row.int2(pg_amproc::amprocnum),
                                      row.oid(pg_amproc::amproc)});
  }
  auto members = catalog.system_relation(pg_amop::kOid);
  for (RowReader reader = RowReader::from_oid(view, *members, types::kFirstNormalOid); reader.next();) {
    Row row = reader.row();
    const FamilyOperator& member = all->family_operators.emplace_back(
        FamilyOperator{row.oid(pg_amop::amopfamily), row.oid(pg_amop::amoplefttype), row.oid(pg_amop::amoprighttype),
                       row.int2(pg_amop::amopstrategy), row.letter(pg_amop::amoppurpose), row.oid(pg_amop::amopopr),
                       row.oid(pg_amop::amopmethod)});
    all->families_of[member.operator_].push_back(&member);
  }
  return all;
}

std::shared_ptr<const Schemas> load_schemas(const Catalog& catalog,
                                            const transaction::View& view) {
  auto schemas = std::make_shared<Schemas>();
  auto table = catalog.system_relation(pg_namespace::kOid);
  for (RowReader reader(view, *table, 0, Key{}); reader.next();) {
    Row row = reader.row();
    schemas->all.push_back({row.oid(pg_namespace::oid), row.string(pg_namespace::nspname),
                            row.oid(pg_namespace::nspowner)});
  }
  return schemas;
}

std::shared_ptr<const Roles> load_roles(const Catalog& catalog, const transaction::View& view) {
  auto roles = std::make_shared<Roles>();
  auto table = catalog.system_relation(pg_authid::kOid);
  for (RowReader reader(view, *table, 0, Key{}); reader.next();) {
    Row row = reader.row();
    RoleInfo& r = roles->all.emplace_back();
    r.oid = row.oid(pg_authid::oid);
    r.name = row.string(pg_authid::rolname);
    r.superuser = row.flag(pg_authid::rolsuper);
    r.inherit = row.flag(pg_authid::rolinherit);
    r.create_role = row.flag(pg_authid::rolcreaterole);
    r.create_database = row.flag(pg_authid::rolcreatedb);
    r.can_login = row.flag(pg_authid::rolcanlogin);
    r.replication = row.flag(pg_authid::rolreplication);
    r.bypass_row_security = row.flag(pg_authid::rolbypassrls);
    r.connection_limit = row.int4(pg_authid::rolconnlimit);
    if (!row.is_null(pg_authid::rolpassword)) r.password = row.string(pg_authid::rolpassword);
    if (!row.is_null(pg_authid::rolvaliduntil)) r.valid_until = row.int8(pg_authid::rolvaliduntil);
  }
  auto members = catalog.system_relation(pg_auth_members::kOid);
  for (RowReader reader(view, *members, 0, Key{}); reader.next();)
    for (RoleInfo& role : roles->all)
      if (role.oid == reader.row().oid(pg_auth_members::member))
        role.member_of.push_back(reader.row().oid(pg_auth_members::roleid));
  return roles;
}

std::shared_ptr<const std::vector<EnumLabel>> load_enum(const Catalog& catalog,
                                                        const transaction::View& view, Oid type) {
  auto labels = std::make_shared<std::vector<EnumLabel>>();
  auto table = catalog.system_relation(pg_enum::kOid);
  RowReader reader(view, *table, index::pg_enum_typid_sortorder_index, {key_oid(type)});
  while (reader.next()) {
    Row row = reader.row();
    labels->push_back({row.oid(pg_enum::oid), row.float4(pg_enum::enumsortorder),
                       row.string(pg_enum::enumlabel)});
  }
  return labels;
}

std::shared_ptr<const DomainInfo> load_domain(const Catalog& catalog,
                                              const transaction::View& view, CatalogView& names,
                                              Oid oid) {
  auto domain = std::make_shared<DomainInfo>();
  auto constraints = catalog.system_relation(pg_constraint::kOid);
  auto types_table = catalog.system_relation(pg_type::kOid);
  // From the outermost inwards; checks of inner ones go before.
  domain->base.typmod = -1;
  while (const TypeInfo* info = names.type(oid)) {
    if (info->kind != 'd') break;
    domain->not_null.push_back(info->not_null);
    if (domain->base.collation == 0) domain->base.collation = info->collation;
    if (domain->base.typmod < 0) domain->base.typmod = info->typmod;
    std::vector<DomainCheck> checks;
    RowReader reader(view, *constraints, index::pg_constraint_contypid_index, {key_oid(oid)});
    while (reader.next()) {
      Row row = reader.row();
      if (row.is_null(pg_constraint::conbin)) continue;
      checks.push_back({row.oid(pg_constraint::oid), row.string(pg_constraint::conname),
                        query::deserialize_expression(row.text(pg_constraint::conbin))});
    }
    std::sort(checks.begin(), checks.end(), [](auto& a, auto& b) { return a.name < b.name; });
    domain->checks.insert(domain->checks.begin(), std::make_move_iterator(checks.begin()),
                          std::make_move_iterator(checks.end()));
    // The default is the domain's own alone: it took that of the one below when it was made.
    if (domain->not_null.size() == 1) {
      RowReader row(view, *types_table, 0, {key_oid(oid)});
      if (row.next() && !row.row().is_null(pg_type::typdefaultbin))
        domain->default_ = query::deserialize_expression(row.row().text(pg_type::typdefaultbin));
    }
    oid = info->base_type;
  }
  domain->base.oid = oid;
  // A base type's default is a text for its input function.
  if (domain->default_ == nullptr && oid >= types::kFirstNormalOid)
    if (RowReader row(view, *types_table, 0, {key_oid(oid)}); row.next() && !row.row().is_null(pg_type::typdefault)) {
      auto text = std::make_unique<query::Expression>();
      text->type = {types::oid::cstring, -1, 0};
      text->node = query::Constant::varlen(row.row().string(pg_type::typdefault));
      auto value = std::make_shared<query::Expression>();
      value->type = {oid, -1, 0};
      value->node = query::CoerceViaIo{std::move(text), query::CallForm::explicit_cast};
      domain->default_ = std::move(value);
    }
  return domain;
}

}  // namespace catalog
