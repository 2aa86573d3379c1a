// CREATE OPERATOR CLASS, CREATE and ALTER OPERATOR FAMILY: rows about which operators and functions work
// together, with PostgreSQL's checks of each member.
#include "operator_class.h"

#include <algorithm>
#include <limits>

#include "catalog/named_objects.h"
#include "drop.h"
#include "operator_lookup.h"
#include "rights.h"
#include "routine_lookup.h"
#include "written_name.h"

namespace commands {
namespace {

namespace pg_opclass = catalog::pg_opclass;
namespace pg_opfamily = catalog::pg_opfamily;
namespace pg_amop = catalog::pg_amop;
namespace pg_amproc = catalog::pg_amproc;
using catalog::NamedKind;
using ItemKind = query::OperatorClassItem::Kind;

constexpr Oid kFamilyOperatorIndex = 2653, kFamilyProcedureIndex = 2655, kClassNameIndex = 2686;

// What PostgreSQL's access methods say about their classes.
struct Method {
  Oid oid;
  int operators, functions;
  int options_function;
  bool orders_by_operator, stores_other_type;
};
constexpr int kUnlimited = std::numeric_limits<std::int16_t>::max();
constexpr Method kMethods[] = {
    {catalog::kBtree, 5, 5, 5, false, false}, {catalog::kHash, 1, 3, 3, false, false},
    {783, kUnlimited, 11, 10, true, true},    {2742, kUnlimited, 7, 7, false, true},
    {3580, kUnlimited, 15, 5, false, true},   {4000, kUnlimited, 7, 6, true, true},
};

const Method& method_of(Ddl& ddl, const std::string& name) {
  const Oid oid = catalog::find_access_method(ddl.catalog(), name);
  if (oid == 0) throw SqlError("42704", "access method \"" + name + "\" does not exist");
  for (const Method& method : kMethods)
    if (method.oid == oid) return method;
  throw SqlError("42809", "access method \"" + name + "\" is not of type INDEX");
}

[[noreturn]] void refuse(std::string message) { throw SqlError("42P17", std::move(message)); }

Oid family_of(Ddl& ddl, const query::ObjectName& name, Oid method) {
  if (!name.schema.empty()) require_usage_of(ddl, ddl.catalog().schema_oid(name.schema));
  const Oid family = catalog::find_named(ddl.catalog(), NamedKind::operator_family, name.schema, name.name, method);
  if (family == 0)
    throw SqlError("42704", "operator family \"" + written_name(name) + "\" does not exist for access method \"" +
                                catalog::access_method_name(ddl.catalog(), method) + "\"");
  return family;
}

struct Member {
  bool is_function = false;
  int number = 0;
  Oid left = 0, right = 0;
  Oid object = 0;
  Oid sort_family = 0;
};

std::string types_of(Ddl& ddl, const Member& m) {
  return "(" + ddl.catalog().format_type(m.left) + "," + ddl.catalog().format_type(m.right) + ")";
}

void require_number(const query::OperatorClassItem& item, const Method& method) {
  const bool is_function = item.kind == ItemKind::function;
  const int most = is_function ? method.functions : method.operators;
  if (item.number < 1 || item.number > most)
    refuse(std::string("invalid ") + (is_function ? "function" : "operator") + " number " + std::to_string(item.number) +
           ", must be between 1 and " + std::to_string(most));
}

void set_types(Member& m, const std::vector<Oid>& types) {
  if (types.empty()) return;
  if (types.size() > 2) throw SqlError("42601", "one or two argument types must be specified");
  m.left = types.front();
  m.right = types.back();
}

class Members {
 public:
  // `type`: the class's; 0: of a family.
  Members(Ddl& ddl, const Method& method, Oid type) : ddl_(ddl), method_(method), type_(type) {}

  void add_operator(const query::OperatorClassItem& item) {
    require_number(item, method_);
    query::ObjectReference object = item.object;
    if (!object.has_arguments || object.arguments.empty()) {
      if (type_ == 0) throw SqlError("42601", "operator argument types must be specified in ALTER OPERATOR FAMILY");
      object.arguments = {type_, type_};
    }
    const catalog::OperatorInfo& op = *find_operator(ddl_, object, false);
    Member m{.is_function = false, .number = item.number, .object = op.oid};
    set_types(m, item.types);
    if (item.sort_family) m.sort_family = family_of(ddl_, *item.sort_family, catalog::kBtree);
    if (op.kind != 'b') refuse("index operators must be binary");
    if (m.sort_family != 0) {
      if (!method_.orders_by_operator)
        refuse("access method \"" + catalog::access_method_name(ddl_.catalog(), method_.oid) +
               "\" does not support ordering operators");
    } else if (op.result != types::oid::bool_) {
      refuse("index search operators must return boolean");
    }
    if (m.left == 0) m.left = op.left;
    if (m.right == 0) m.right = op.right;
    add(m);
  }

  void add_function(const query::OperatorClassItem& item) {
    require_number(item, method_);
    const catalog::FunctionInfo& f = *find_routine(ddl_, query::ObjectKind::function, item.object, false);
    Member m{.is_function = true, .number = item.number, .object = f.oid};
    set_types(m, item.types);
    check_function(m, f);
    if (m.left == 0) m.left = type_;
    if (m.right == 0) m.right = type_;
    if (m.left == 0 || m.right == 0) refuse("associated data types must be specified for index support function");
    add(m);
  }

  void add_dropped(const query::OperatorClassItem& item) {
    require_number(item, method_);
    Member m{.is_function = item.kind == ItemKind::function, .number = item.number};
    set_types(m, item.types);
    add(m);
  }

  const std::vector<Member>& all() const { return members_; }

 private:
  void add(const Member& m) {
    for (const Member& other : members_)
      if (other.is_function == m.is_function && other.number == m.number && other.left == m.left && other.right == m.right)
        refuse(std::string(m.is_function ? "function" : "operator") + " number " + std::to_string(m.number) + " for " +
               types_of(ddl_, m) + " appears more than once");
    members_.push_back(m);
  }

  void check_function(Member& m, const catalog::FunctionInfo& f) const {
    if (m.number == method_.options_function) {
      check_options_function(m, f);
    } else if (method_.oid == catalog::kBtree) {
      check_btree(m, f);
    } else if (method_.oid == catalog::kHash) {
      check_hash(m, f);
    }
  }

  void check_options_function(const Member& m, const catalog::FunctionInfo& f) const {
    if (type_ != 0) {
      if ((m.left != 0 && m.left != type_) || (m.right != 0 && m.right != type_))
        refuse("associated data types for operator class options parsing functions must match opclass input type");
    } else if (m.left != m.right) {
      refuse("left and right associated data types for operator class options parsing functions must match");
    }
    if (f.result != types::oid::void_ || f.arguments.size() != 1 || f.arguments[0] != types::oid::internal)
      throw SqlError("42P17", "invalid operator class options parsing function")
          .with_hint("Valid signature of operator class options parsing function is (internal) RETURNS void.");
  }

  // Of no types of its own, a function is for those that it takes.
  void check_btree(Member& m, const catalog::FunctionInfo& f) const {
    const std::size_t count = f.arguments.size();
    auto default_types = [&](std::size_t left, std::size_t right) {
      if (m.left == 0) m.left = f.arguments[left];
      if (m.right == 0) m.right = f.arguments[right];
    };
    switch (m.number) {
      case 1:
        if (count != 2) refuse("btree comparison functions must have two arguments");
        if (f.result != types::oid::int4) refuse("btree comparison functions must return integer");
        default_types(0, 1);
        break;
      case 2:
        if (count != 1 || f.arguments[0] != types::oid::internal)
          refuse("btree sort support functions must accept type \"internal\"");
        if (f.result != types::oid::void_) refuse("btree sort support functions must return void");
        break;
      case 3:
        if (count != 5) refuse("btree in_range functions must have five arguments");
        if (f.result != types::oid::bool_) refuse("btree in_range functions must return boolean");
        default_types(0, 2);
        break;
      default:
        if (count != 1) refuse("btree equal image functions must have one argument");
        if (f.result != types::oid::bool_) refuse("btree equal image functions must return boolean");
        if (m.left != m.right) refuse("btree equal image functions must not be cross-type");
    }
  }

  void check_hash(Member& m, const catalog::FunctionInfo& f) const {
    const bool extended = m.number == 2;
    if (f.arguments.size() != (extended ? 2u : 1u))
      refuse(extended ? "hash function 2 must have two arguments" : "hash function 1 must have one argument");
    if (f.result != (extended ? types::oid::int8 : types::oid::int4))
      refuse(extended ? "hash function 2 must return bigint" : "hash function 1 must return integer");
    if (m.left == 0) m.left = f.arguments[0];
    if (m.right == 0) m.right = f.arguments[0];
  }

  Ddl& ddl_;
  const Method& method_;
  Oid type_;
  std::vector<Member> members_;
};

catalog::Key member_key(Oid family, const Member& m) {
  return {key_oid(family), key_oid(m.left), key_oid(m.right), key_int2(static_cast<std::int16_t>(m.number))};
}

// The row's OID; 0: the family has no such member.
Oid find_member(Ddl& ddl, Oid family, const Member& m) {
  RowReader rows = m.is_function ? ddl.writer().read(pg_amproc::kOid, kFamilyProcedureIndex, member_key(family, m))
                                 : ddl.writer().read(pg_amop::kOid, kFamilyOperatorIndex, member_key(family, m));
  return rows.next() ? rows.row().oid(0) : 0;
}

std::string family_name(Ddl& ddl, Oid family) {
  const auto object = catalog::named_object(ddl.catalog(), NamedKind::operator_family, family);
  return object ? object->name : std::to_string(family);
}

std::string member_words(Ddl& ddl, const Member& m) {
  return std::string(m.is_function ? "function " : "operator ") + std::to_string(m.number) + types_of(ddl, m);
}

// A family's class for the type.
Oid class_in_family(Ddl& ddl, Oid family, Oid type) {
  RowReader rows = ddl.writer().read(pg_opclass::kOid, 0, catalog::Key{});
  while (rows.next())
    if (rows.row().oid(pg_opclass::opcfamily) == family && rows.row().oid(pg_opclass::opcintype) == type)
      return rows.row().oid(pg_opclass::oid);
  return 0;
}

void store(Ddl& ddl, const Method& method, Oid family, Oid class_oid, Oid class_type, const std::vector<Member>& members) {
  for (const Member& m : members) {
    if (find_member(ddl, family, m) != 0)
      throw SqlError("42710", member_words(ddl, m) + " already exists in operator family \"" + family_name(ddl, family) + "\"");
    const ObjectAddress self{m.is_function ? pg_amproc::kOid : pg_amop::kOid, ddl.writer().allocate_oid(), 0};
    RowBuilder row = ddl.writer().row(self.catalog);
    if (m.is_function) {
      row.set(pg_amproc::oid, self.oid);
      row.set(pg_amproc::amprocfamily, family);
      row.set(pg_amproc::amproclefttype, m.left);
      row.set(pg_amproc::amprocrighttype, m.right);
      row.set(pg_amproc::amprocnum, m.number);
      row.set(pg_amproc::amproc, m.object);
    } else {
      row.set(pg_amop::oid, self.oid);
      row.set(pg_amop::amopfamily, family);
      row.set(pg_amop::amoplefttype, m.left);
      row.set(pg_amop::amoprighttype, m.right);
      row.set(pg_amop::amopstrategy, m.number);
      row.set(pg_amop::amoppurpose, m.sort_family != 0 ? 'o' : 's');
      row.set(pg_amop::amopopr, m.object);
      row.set(pg_amop::amopmethod, method.oid);
      row.set(pg_amop::amopsortfamily, m.sort_family);
    }
    ddl.writer().insert(row);
    // A class cannot do without what it has for its own type; everything else is the family's and can go alone.
    Oid hard = 0;
    if (m.left == m.right) hard = class_oid != 0 && m.left == class_type ? class_oid : class_in_family(ddl, family, m.left);
    const ObjectAddress object{m.is_function ? pg_proc::kOid : catalog::pg_operator::kOid, m.object, 0};
    ddl.depend(self, object, hard != 0 ? Dependency::normal : Dependency::automatic);
    if (hard != 0) ddl.depend(self, {pg_opclass::kOid, hard, 0}, Dependency::internal);
    else ddl.depend(self, {pg_opfamily::kOid, family, 0}, Dependency::automatic);
    if (m.sort_family != 0) ddl.depend(self, {pg_opfamily::kOid, m.sort_family, 0}, Dependency::normal);
  }
}

Oid insert_family(Ddl& ddl, const Method& method, Oid schema, const std::string& name) {
  if (catalog::find_named(ddl.catalog(), NamedKind::operator_family, ddl.catalog().schema_name(schema), name, method.oid))
    throw SqlError("42710", "operator family \"" + name + "\" for access method \"" +
                                catalog::access_method_name(ddl.catalog(), method.oid) + "\" already exists");
  const ObjectAddress self{pg_opfamily::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(self.catalog);
  row.set(pg_opfamily::oid, self.oid);
  row.set(pg_opfamily::opfmethod, method.oid);
  row.set(pg_opfamily::opfname, name);
  row.set(pg_opfamily::opfnamespace, schema);
  row.set(pg_opfamily::opfowner, ddl.catalog().user());
  ddl.writer().insert(row);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  return self.oid;
}

void require_no_other_default(Ddl& ddl, const Method& method, const query::CreateOperatorClass& s) {
  RowReader rows = ddl.writer().read(pg_opclass::kOid, kClassNameIndex, {key_oid(method.oid)});
  while (rows.next()) {
    if (!rows.row().flag(pg_opclass::opcdefault) || rows.row().oid(pg_opclass::opcintype) != s.type) continue;
    throw SqlError("42710", "could not make operator class \"" + s.name.name + "\" be default for type " +
                                std::string(ddl.catalog().type(s.type)->name))
        .with_detail("Operator class \"" + rows.row().string(pg_opclass::opcname) + "\" already is the default.");
  }
}

Oid storage_of(Ddl& ddl, const Method& method, const query::CreateOperatorClass& s) {
  Oid storage = 0;
  for (const query::OperatorClassItem& item : s.items) {
    if (item.kind != ItemKind::storage) continue;
    if (storage != 0) refuse("storage type specified more than once");
    storage = item.storage;
  }
  if (storage == s.type) return 0;
  if (storage != 0 && !method.stores_other_type)
    refuse("storage type cannot be different from data type for access method \"" +
           catalog::access_method_name(ddl.catalog(), method.oid) + "\"");
  return storage;
}

}  // namespace

void create_operator_class(Ddl& ddl, const query::CreateOperatorClass& s) {
  const Oid schema = ddl.target_schema(s.name.schema);
  const Method& method = method_of(ddl, s.access_method);
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create an operator class");
  Oid family = 0;
  if (s.family) {
    family = family_of(ddl, *s.family, method.oid);
  } else {
    const std::string& in = ddl.catalog().schema_name(schema);
    family = catalog::find_named(ddl.catalog(), NamedKind::operator_family, in, s.name.name, method.oid);
    if (family == 0) family = insert_family(ddl, method, schema, s.name.name);
  }
  Members members(ddl, method, s.type);
  for (const query::OperatorClassItem& item : s.items) {
    if (item.kind == ItemKind::operator_) members.add_operator(item);
    if (item.kind == ItemKind::function) members.add_function(item);
  }
  const Oid storage = storage_of(ddl, method, s);
  if (catalog::find_named(ddl.catalog(), NamedKind::operator_class, ddl.catalog().schema_name(schema), s.name.name, method.oid))
    throw SqlError("42710", "operator class \"" + s.name.name + "\" for access method \"" + s.access_method +
                                "\" already exists");
  if (s.is_default) require_no_other_default(ddl, method, s);

  const ObjectAddress self{pg_opclass::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(self.catalog);
  row.set(pg_opclass::oid, self.oid);
  row.set(pg_opclass::opcmethod, method.oid);
  row.set(pg_opclass::opcname, s.name.name);
  row.set(pg_opclass::opcnamespace, schema);
  row.set(pg_opclass::opcowner, ddl.catalog().user());
  row.set(pg_opclass::opcfamily, family);
  row.set(pg_opclass::opcintype, s.type);
  row.set(pg_opclass::opcdefault, s.is_default);
  row.set(pg_opclass::opckeytype, storage);
  ddl.writer().insert(row);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  ddl.depend(self, {pg_opfamily::kOid, family, 0}, Dependency::automatic);
  ddl.depend(self, {pg_type::kOid, s.type, 0}, Dependency::normal);
  if (storage != 0) ddl.depend(self, {pg_type::kOid, storage, 0}, Dependency::normal);
  store(ddl, method, family, self.oid, s.type, members.all());
}

void create_operator_family(Ddl& ddl, const query::CreateOperatorFamily& s) {
  const Oid schema = ddl.target_schema(s.name.schema);
  const Method& method = method_of(ddl, s.access_method);
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to create an operator family");
  insert_family(ddl, method, schema, s.name.name);
}

void alter_operator_family(Ddl& ddl, const query::AlterOperatorFamily& s) {
  const Method& method = method_of(ddl, s.access_method);
  const Oid family = family_of(ddl, s.name, method.oid);
  if (!is_superuser(ddl)) throw SqlError("42501", "must be superuser to alter an operator family");
  Members members(ddl, method, 0);
  for (const query::OperatorClassItem& item : s.items) {
    if (item.kind == ItemKind::storage) throw SqlError("42601", "STORAGE cannot be specified in ALTER OPERATOR FAMILY");
    if (s.drop) members.add_dropped(item);
    else if (item.kind == ItemKind::operator_) members.add_operator(item);
    else members.add_function(item);
  }
  if (!s.drop) {
    store(ddl, method, family, 0, 0, members.all());
    return;
  }
  for (const Member& m : members.all()) {
    const Oid row = find_member(ddl, family, m);
    if (row == 0)
      throw SqlError("42704", member_words(ddl, m) + " does not exist in operator family \"" + family_name(ddl, family) + "\"");
    perform_deletion(ddl, {{m.is_function ? pg_amproc::kOid : pg_amop::kOid, row, 0}}, false);
  }
}

std::optional<std::string> describe_family_member(Ddl& ddl, const ObjectAddress& object) {
  const bool is_function = object.catalog == pg_amproc::kOid;
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  if (!rows.next()) return std::nullopt;
  // Both begin with oid, family, left type, right type, number.
  const Row& row = rows.row();
  const Oid family = row.oid(pg_amop::amopfamily), left = row.oid(pg_amop::amoplefttype),
            right = row.oid(pg_amop::amoprighttype);
  const int number = row.int2(pg_amop::amopstrategy);
  std::string member;
  if (is_function) {
    member = describe(ddl, {pg_proc::kOid, row.oid(pg_amproc::amproc), 0}).substr(std::string_view("function ").size());
  } else if (const catalog::OperatorInfo* op = ddl.catalog().operator_(row.oid(pg_amop::amopopr))) {
    member = operator_signature(ddl, *op);
  }
  return std::string(is_function ? "function " : "operator ") + std::to_string(number) + " (" +
         ddl.catalog().format_type(left) + ", " + ddl.catalog().format_type(right) + ") of " +
         describe(ddl, {pg_opfamily::kOid, family, 0}) + ": " + member;
}

void require_own_order(Ddl& ddl, Oid operator_class, Oid type) {
  if (operator_class < types::kFirstNormalOid) return;
  constexpr int kCompare = 1;
  const Oid own = ddl.catalog().ordering_operators(type).compare_function;
  if (own != 0 && ddl.catalog().operator_class_procedure(operator_class, kCompare) == own) return;
  throw SqlError::not_supported("operator class " + std::string(ddl.catalog().operator_class(operator_class)->name) +
                                " with an order of its own");
}

}  // namespace commands
