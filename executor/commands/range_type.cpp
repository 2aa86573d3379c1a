// CREATE TYPE ... AS RANGE: the range type, its multirange type, their arrays and constructors.
#include "catalog/catalog_functions.h"
#include "relation_rows.h"
#include "routine.h"
#include "type_commands.h"
#include "type_row.h"
#include "type_usage.h"

namespace commands {
namespace {

namespace pg_range = catalog::pg_range;
namespace pg_cast = catalog::pg_cast;

constexpr Oid kNumRange = 3906, kNumMultirange = 4532, kRangeAnalyze = 3916, kMultirangeAnalyze = 4242;
constexpr Oid kBootstrapUser = 10;

// PostgreSQL's makeMultirangeTypeName.
std::string multirange_name(Ddl& ddl, const std::string& range, Oid schema) {
  std::string name = range;
  if (const auto at = range.find("range"); at != std::string::npos)
    name.insert(at, "multi");
  else
    name = make_object_name(range, {}, "multirange");
  if (ddl.catalog().find_type(ddl.catalog().schema_name(schema), name) != nullptr)
    throw SqlError("42710", "type \"" + name + "\" already exists")
        .with_detail("Failed while creating a multirange type for type \"" + range + "\".")
        .with_hint("You can manually specify a multirange type name using the \"multirange_type_name\" attribute.");
  return name;
}

class RangeCreation {
 public:
  RangeCreation(Ddl& ddl, const query::CreateRange& statement) : ddl_(ddl), s_(statement) {}

  void run() {
    schema_ = ddl_.target_schema(s_.name.schema);
    multi_schema_ = schema_;
    require_type_usage(ddl_, s_.subtype);
    const Oid shell = take_shell(ddl_, schema_, s_.name.name);
    range_ = shell != 0 ? shell : ddl_.writer().allocate_oid();
    const Oid range_array = ddl_.writer().allocate_oid();
    multirange_ = ddl_.writer().allocate_oid();
    const Oid multirange_array = ddl_.writer().allocate_oid();
    const char alignment = ddl_.catalog().type(s_.subtype)->alignment == 'd' ? 'd' : 'i';
    insert_type(range_, s_.name.name, schema_, 'r', kNumRange, kRangeAnalyze, range_array, alignment, shell != 0);
    insert_range_row();
    const std::string multi = name_multirange();
    insert_type(multirange_, multi, multi_schema_, 'm', kNumMultirange, kMultirangeAnalyze, multirange_array, alignment, false);
    insert_array_type(ddl_, range_, range_array, s_.name.name, schema_, alignment);
    insert_array_type(ddl_, multirange_, multirange_array, multi, multi_schema_, alignment);
    depend();
    make_constructors(range_array, multi);
  }

 private:
  std::string name_multirange() {
    if (!s_.multirange) return multirange_name(ddl_, s_.name.name, schema_);
    if (!s_.multirange->schema.empty()) multi_schema_ = ddl_.target_schema(s_.multirange->schema);
    require_free_type_name(ddl_, multi_schema_, s_.multirange->name);
    return s_.multirange->name;
  }

  // With the functions that `model`, a built-in type of the kind, has.
  void insert_type(Oid oid, const std::string& name, Oid schema, char kind, Oid model, Oid analyze, Oid array,
                   char alignment, bool was_shell) {
    const catalog::TypeInfo& like = *Builtins::get().type(model);
    RowBuilder row = type_row(ddl_, oid, name, schema, kind);
    row.set(pg_type::typlen, -1);
    row.set(pg_type::typbyval, false);
    row.set(pg_type::typcategory, 'R');
    row.set(pg_type::typarray, array);
    row.set(pg_type::typinput, like.input);
    row.set(pg_type::typoutput, like.output);
    row.set(pg_type::typreceive, like.receive);
    row.set(pg_type::typsend, like.send);
    row.set(pg_type::typanalyze, analyze);
    row.set(pg_type::typalign, alignment);
    row.set(pg_type::typstorage, 'x');
    if (was_shell)
      ddl_.writer().update_one(0, {key_oid(oid)}, row);
    else
      ddl_.writer().insert(row);
  }

  void insert_range_row() {
    RowBuilder row = ddl_.writer().row(pg_range::kOid);
    row.set(pg_range::rngtypid, range_);
    row.set(pg_range::rngsubtype, s_.subtype);
    row.set(pg_range::rngmultitypid, multirange_);
    row.set(pg_range::rngcollation, s_.collation);
    row.set(pg_range::rngsubopc, s_.operator_class);
    row.set(pg_range::rngcanonical, s_.canonical);
    row.set(pg_range::rngsubdiff, s_.difference);
    ddl_.writer().insert(row);
  }

  void depend() {
    const ObjectAddress range{pg_type::kOid, range_, 0}, multi{pg_type::kOid, multirange_, 0};
    ddl_.depend(range, {pg_namespace::kOid, schema_, 0}, Dependency::normal);
    ddl_.depend(range, {pg_type::kOid, s_.subtype, 0}, Dependency::normal);
    if (s_.difference != 0) ddl_.depend(range, {pg_proc::kOid, s_.difference, 0}, Dependency::normal);
    ddl_.depend(multi, range, Dependency::internal);
  }

  ObjectAddress constructor(const std::string& name, Oid schema, Oid result, std::vector<Oid> arguments,
                            const char* kernel, bool strict, Oid variadic = 0) {
    query::CreateFunction f;
    f.name = {ddl_.catalog().schema_name(schema), name};
    f.language = "internal";
    f.body = {kernel};
    f.result.oid = result;
    f.volatility = 'i';
    f.parallel = 's';
    f.strict = strict;
    for (const Oid type : arguments) {
      query::FunctionParameter parameter;
      parameter.type.oid = type;
      parameter.mode = variadic != 0 ? 'v' : 'i';
      f.parameters.push_back(std::move(parameter));
    }
    const ObjectAddress self = define_routine(ddl_, f, 'f', kInternalLanguage);
    RowBuilder row = ddl_.writer().row(pg_proc::kOid);
    row.set(pg_proc::proowner, kBootstrapUser);
    ddl_.writer().update_one(0, {key_oid(self.oid)}, row);
    ddl_.depend(self, {pg_type::kOid, result, 0}, Dependency::internal);
    return self;
  }

  void make_constructors(Oid range_array, const std::string& multi) {
    constructor(s_.name.name, schema_, range_, {s_.subtype, s_.subtype}, "range_constructor2", false);
    constructor(s_.name.name, schema_, range_, {s_.subtype, s_.subtype, types::oid::text}, "range_constructor3", false);
    constructor(multi, multi_schema_, multirange_, {}, "multirange_constructor0", true);
    const ObjectAddress one = constructor(multi, multi_schema_, multirange_, {range_}, "multirange_constructor1", true);
    constructor(multi, multi_schema_, multirange_, {range_array}, "multirange_constructor2", true, range_);
    RowBuilder cast = ddl_.writer().row(pg_cast::kOid);
    const ObjectAddress self{pg_cast::kOid, ddl_.writer().allocate_oid(), 0};
    cast.set(pg_cast::oid, self.oid);
    cast.set(pg_cast::castsource, range_);
    cast.set(pg_cast::casttarget, multirange_);
    cast.set(pg_cast::castfunc, one.oid);
    cast.set(pg_cast::castcontext, 'e');
    cast.set(pg_cast::castmethod, 'f');
    ddl_.writer().insert(cast);
    for (Oid type : {range_, multirange_}) ddl_.depend(self, {pg_type::kOid, type, 0}, Dependency::internal);
    ddl_.depend(self, one, Dependency::internal);
  }

  Ddl& ddl_;
  const query::CreateRange& s_;
  Oid schema_ = 0, multi_schema_ = 0, range_ = 0, multirange_ = 0;
};

}  // namespace

void create_range(Ddl& ddl, const query::CreateRange& statement) { RangeCreation(ddl, statement).run(); }

}  // namespace commands
