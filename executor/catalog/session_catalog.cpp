#include "catalog/session_catalog.h"

#include <algorithm>
#include <unordered_map>

#include "catalog/acl.h"
#include "catalog/system_columns.h"
#include "catalog_cache.h"
#include "relation_loader.h"
#include "system_relations.h"
#include "table/table.h"
#include "transaction/durable_view.h"
#include "types/sql_error.h"

namespace catalog {
namespace {

constexpr std::string_view kTemporaryAlias = "pg_temp";

std::string qualified(std::string_view schema, std::string_view name) {
  std::string text(schema);
  if (!text.empty()) text += '.';
  return text += name;
}

}  // namespace

// One of the two volumes as this session knows it.
struct SessionCatalog::Volume {
  Catalog* catalog = nullptr;
  std::uint64_t version = 0;  // of the catalogue when `maps` were filled
  ObjectMaps maps;
};

struct SessionCatalog::Local {
  Volume database, system;
  std::uint64_t counter = 0;  // of own changes when the maps were filled
  bool path_known = false;
  std::vector<Oid> path;
  std::vector<Oid> creation_candidates;  // the path without what is searched implicitly
  // Maps that became old while somebody may still point into them: until the transaction ends.
  std::vector<ObjectMaps> retired;
  // Relations as a replica sees them, by the stored ones, which are kept, so that no other gets the address of one.
  std::unordered_map<const RelationDescriptor*, std::pair<RelationPtr, RelationPtr>> replicas;
};

SessionCatalog::SessionCatalog(Catalog& database, Catalog& system, TransactionSource& transactions)
    : database_(database), system_(system), transactions_(transactions),
      path_names_{"$user", "public"}, changes_(std::make_unique<CatalogChanges>()),
      local_(std::make_unique<Local>()) {
  local_->database.catalog = &database;
  local_->system.catalog = &system;
}
SessionCatalog::~SessionCatalog() = default;

SessionCatalog::Local& SessionCatalog::local() {
  Local& l = *local_;
  for (Volume* v : {&l.database, &l.system}) {
    std::uint64_t now = v->catalog->version();
    if (v->version == now && l.counter == changes_->counter) [[likely]]
      continue;
    l.retired.push_back(std::move(v->maps));
    v->maps = {};
    v->version = now;
    l.path_known = false;
  }
  l.counter = changes_->counter;
  return l;
}

SessionCatalog::Volume& SessionCatalog::volume(bool system) {
  Local& l = local();
  return system ? l.system : l.database;
}

transaction::View SessionCatalog::take_view(bool system) {
  transaction::Transaction& t =
      system ? transactions_.system_transaction() : transactions_.database_transaction();
  return t.take_view();
}

template <typename Load>
auto SessionCatalog::load_newest(bool system, Load&& load) {
  Catalog& catalog = system ? system_ : database_;
  transaction::Transaction& own =
      system ? transactions_.system_transaction() : transactions_.database_transaction();
  own.note_seen(catalog.last_change());
  bool changed = system ? changes_->system.any : changes_->database.any;
  if (changed) {
    transaction::View view = own.take_view();
    return load(catalog, view);
  }
  // The newest catalogue that is durable, whatever the transaction's own snapshot has, or has to wait for.
  transaction::BeginOptions options;
  options.read_only = true;
  options.pid = own.pid();
  transaction::TransactionPtr reader = catalog.manager().begin(options, own.wait_control());
  transaction::View view = transaction::durable_view(*reader, wal::kNoLsn);
  auto result = load(catalog, view);
  view = {};
  reader->abort();
  return result;
}

// find(maps) -> pointer to the answer or null; store(maps, answer).
template <typename Find, typename Store, typename Load>
auto SessionCatalog::lookup(bool system, Find&& find, Store&& store, Load&& load) {
  Volume& v = volume(system);
  if (auto* known = find(v.maps)) return *known;
  bool own_changes = system ? changes_->system.any : changes_->database.any;
  CatalogCache& cache = v.catalog->cache();
  for (;;) {
    std::uint64_t generation = 0;
    if (!own_changes) {
      std::shared_lock lock(cache.mutex);
      generation = cache.generation;
      if (auto* known = find(cache.maps)) {
        auto answer = *known;
        lock.unlock();
        store(v.maps, answer);
        return answer;
      }
    }
    auto answer = load_newest(system, load);
    if (!own_changes) {
      std::unique_lock lock(cache.mutex);
      if (cache.generation != generation) continue;  // it may be of before a commit that is known by now
      store(cache.maps, answer);
    }
    // The load may have looked other things up and renewed the maps.
    store(volume(system).maps, answer);
    return answer;
  }
}

namespace {

template <typename Map, typename Key>
auto* find_in(Map& map, const Key& key) {
  auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

template <typename T>
T* if_set(T& pointer) {
  return pointer ? &pointer : nullptr;
}

}  // namespace

// ---- session state

void SessionCatalog::set_search_path(std::vector<std::string> names) {
  if (names == path_names_) return;
  path_names_ = std::move(names);
  ++changes_->counter;
}
void SessionCatalog::set_user(Oid role, std::string name) {
  if (role == user_ && name == user_name_) return;
  user_ = role;
  user_name_ = std::move(name);
  ++changes_->counter;
}
void SessionCatalog::set_temporary_schema(Oid schema) {
  if (schema == temporary_schema_) return;
  temporary_schema_ = schema;
  ++changes_->counter;
}

void SessionCatalog::restore_temporary_schema(Oid schema) {
  committed_temporary_schema_ = schema;
  set_temporary_schema(schema);
}
bool SessionCatalog::creates_in_temporary_schema() const {
  return !path_names_.empty() && path_names_.front() == kTemporaryAlias;
}

void SessionCatalog::transaction_ended() {
  used_temporary_ = false;
  if (temporary_schema_ != committed_temporary_schema_)
    set_temporary_schema(committed_temporary_schema_);
  if (changes_->database.any || changes_->system.any) ++changes_->counter;
  changes_->database = {};
  changes_->system = {};
  local();
  local_->retired.clear();
  constexpr std::size_t kMostKept = 1000;
  if (local_->replicas.size() > kMostKept) local_->replicas.clear();
}
void SessionCatalog::rolled_back_to() {
  // What a savepoint undid that was no change of the catalogue leaves plans and caches as good as they were.
  if (changes_->database.any || changes_->system.any) ++changes_->counter;
}
void SessionCatalog::changed() { ++changes_->counter; }
bool SessionCatalog::has_changes() const { return changes_->database.any; }
bool SessionCatalog::has_system_changes() const { return changes_->system.any; }
std::uint64_t SessionCatalog::version() const {
  return database_.version() + system_.version() + changes_->counter;
}

// ---- schemas

namespace {

bool may_use_schema(SessionCatalog& catalog, Oid schema) {
  if (schema == catalog.temporary_schema() || catalog.is_superuser(catalog.user())) return true;
  const std::optional<Held> held = held_on(catalog, catalog.user(), pg_namespace::kOid, schema);
  return held && (held->privileges & types::privilege::usage) != 0;
}

// One that a statement names; 0 when there is none.
Oid written_schema(SessionCatalog& catalog, std::string_view name) {
  const Oid schema = catalog.find_schema(name);
  if (schema != 0 && !may_use_schema(catalog, schema))
    throw types::SqlError("42501", "permission denied for schema " + std::string(name));
  return schema;
}

}  // namespace

const Schemas& SessionCatalog::schemas() {
  return *lookup(
      false, [](ObjectMaps& maps) { return if_set(maps.schemas); },
      [](ObjectMaps& maps, const auto& found) { maps.schemas = found; },
      [](const Catalog& catalog, const transaction::View& view) {
        return load_schemas(catalog, view);
      });
}

std::span<const Oid> SessionCatalog::search_schemas() const {
  auto& self = const_cast<SessionCatalog&>(*this);  // only its caches change
  if (Local& l = self.local(); l.path_known) return l.path;
  std::vector<Oid> candidates;
  for (const std::string& name : path_names_) {
    Oid schema = name == "$user" ? self.find_schema(user_name_) : self.find_schema(name);
    if (schema != 0 && may_use_schema(self, schema) && std::find(candidates.begin(), candidates.end(), schema) == candidates.end())
      candidates.push_back(schema);
  }
  std::vector<Oid> path = candidates;
  if (std::find(path.begin(), path.end(), kPgCatalogSchema) == path.end())
    path.insert(path.begin(), kPgCatalogSchema);
  if (temporary_schema_ != 0 &&
      std::find(path.begin(), path.end(), temporary_schema_) == path.end())
    path.insert(path.begin(), temporary_schema_);
  Local& l = self.local();
  l.path = std::move(path);
  l.creation_candidates = std::move(candidates);
  l.path_known = true;
  return l.path;
}

Oid SessionCatalog::creation_schema() {
  search_schemas();
  if (local_->creation_candidates.empty())
    throw types::SqlError("3F000", "no schema has been selected to create in");
  return local_->creation_candidates.front();
}

Oid SessionCatalog::find_schema(std::string_view name) {
  if (name == kTemporaryAlias) return temporary_schema_;
  for (const Schemas::Schema& schema : schemas().all)
    if (schema.name == name) return schema.oid;
  return 0;
}

std::string SessionCatalog::schema_name(Oid oid) {
  if (const SchemaInfo* schema = Builtins::get().schema(oid)) return std::string(schema->name);
  for (const Schemas::Schema& schema : schemas().all)
    if (schema.oid == oid) return schema.name;
  return {};
}

std::vector<std::string> SessionCatalog::schema_names(bool include_implicit) {
  std::vector<std::string> names;
  search_schemas();
  std::vector<Oid> listed = include_implicit ? local_->path : local_->creation_candidates;
  for (Oid schema : listed) names.push_back(schema_name(schema));
  return names;
}

// ---- relations

Oid SessionCatalog::find_relation(std::string_view schema, std::string_view name) {
  auto in_schema = [&](Oid oid) -> Oid {
    if (Oid system = find_system_relation(oid, name)) return system;
    if (oid == kPgCatalogSchema) return 0;
    SchemaName key{oid, name};
    return lookup(
        false, [&](ObjectMaps& maps) { return find_in(maps.relation_names, key); },
        [&](ObjectMaps& maps, Oid found) {
          maps.relation_names.insert_or_assign({oid, std::string(name)}, found);
        },
        [&](const Catalog& catalog, const transaction::View& view) {
          return load_relation_name(catalog, view, oid, name);
        });
  };
  if (!schema.empty()) {
    Oid oid = written_schema(*this, schema);
    return oid == 0 ? 0 : in_schema(oid);
  }
  // By index: looking a name up may renew the path's vector.
  for (std::size_t i = 0; i < search_schemas().size(); ++i)
    if (Oid found = in_schema(search_schemas()[i])) return found;
  return 0;
}

RelationPtr SessionCatalog::relation(Oid oid) {
  RelationPtr found = relation_as_stored(oid);
  if (!is_replica_ || found == nullptr || oid < types::kFirstNormalOid) return found;
  auto& [stored, replica] = local_->replicas[found.get()];
  if (replica == nullptr) {
    auto copy = std::make_shared<RelationDescriptor>(*found);
    copy->is_replica = true;
    stored = std::move(found);
    replica = std::move(copy);
  }
  return replica;
}

RelationPtr SessionCatalog::relation_as_stored(Oid oid) {
  if (oid < types::kFirstNormalOid) {
    if (RelationPtr found = database_.system_relation(oid)) return found;
    return system_.system_relation(oid);
  }
  return lookup(
      false, [&](ObjectMaps& maps) { return find_in(maps.relations, oid); },
      [&](ObjectMaps& maps, const RelationPtr& found) { maps.relations[oid] = found; },
      [&](const Catalog& catalog, const transaction::View& view) {
        return load_relation(catalog, view, *this, oid);
      });
}

void SessionCatalog::lock(Oid relation, RelationLock mode, bool nowait, std::string_view name) {
  // Catalogues and system views never change their shape.
  if (mode == RelationLock::none || relation < types::kFirstNormalOid) return;
  transaction::Transaction& t = transactions_.database_transaction();
  bool locked = database_.manager().locks().lock_table(
      t, relation, static_cast<transaction::TableLockMode>(mode),
      nowait ? transaction::LockWait::nowait : transaction::LockWait::block);
  if (!locked)
    throw types::SqlError("55P03",
                          "could not obtain lock on relation \"" + std::string(name) + "\"");
}

void SessionCatalog::note_use(const RelationDescriptor& relation, RelationLock mode) {
  if (relation.persistence != 't') [[likely]]
    return;
  used_temporary_ = true;
  // Whoever defines or drops takes more.
  if (relation.schema != temporary_schema_ && relation.kind == RelationKind::table &&
      mode != RelationLock::none && mode <= RelationLock::row_exclusive)
    throw types::SqlError("0A000", "cannot access temporary tables of other sessions");
}

RelationPtr SessionCatalog::open_relation(std::string_view schema, std::string_view name,
                                          RelationLock mode, bool missing_ok, bool nowait) {
  Oid locked = 0;
  for (;;) {
    std::uint64_t version = database_.version();
    Oid oid = find_relation(schema, name);
    if (oid == 0) {
      if (missing_ok) return nullptr;
      if (!schema.empty() && find_schema(schema) == 0 && schema != kTemporaryAlias)
        throw types::SqlError("3F000", "schema \"" + std::string(schema) + "\" does not exist");
      throw types::SqlError("42P01",
                            "relation \"" + qualified(schema, name) + "\" does not exist");
    }
    if (oid == locked) {
      if (RelationPtr found = relation(oid)) {
        note_use(*found, mode);
        return found;
      }
      // Unless somebody dropped it just now, it is none that can be opened: a catalogue's index.
      if (database_.version() == version)
        throw types::SqlError::not_supported("opening the system relation \"" + std::string(name) + "\"");
      locked = 0;
      continue;
    }
    lock(oid, mode, nowait, name);
    locked = oid;
    // Nothing was committed while waiting: the name means what it did.
    if (database_.version() == version)
      if (RelationPtr found = relation(oid)) {
        note_use(*found, mode);
        return found;
      }
  }
}

RelationPtr SessionCatalog::open_relation(Oid oid, RelationLock mode, bool nowait) {
  RelationPtr found = relation(oid);
  if (found == nullptr) return nullptr;
  note_use(*found, mode);
  lock(oid, mode, nowait, found->name);
  return relation(oid);
}

// ---- types

const TypeInfo* SessionCatalog::type(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().type(oid);
  auto found = lookup(
      false, [&](ObjectMaps& maps) { return find_in(maps.types, oid); },
      [&](ObjectMaps& maps, const auto& type) { maps.types[oid] = type; },
      [&](const Catalog& catalog, const transaction::View& view) {
        return load_type(catalog, view, oid);
      });
  return found ? &found->info : nullptr;
}

const TypeInfo* SessionCatalog::find_type(std::string_view schema, std::string_view name) {
  auto in_schema = [&](Oid oid) -> const TypeInfo* {
    if (const TypeInfo* built_in = Builtins::get().type_by_name(oid, name)) return built_in;
    if (oid == kPgCatalogSchema) return nullptr;
    SchemaName key{oid, name};
    Oid found = lookup(
        false, [&](ObjectMaps& maps) { return find_in(maps.type_names, key); },
        [&](ObjectMaps& maps, Oid type) {
          maps.type_names.insert_or_assign({oid, std::string(name)}, type);
        },
        [&](const Catalog& catalog, const transaction::View& view) {
          return load_type_name(catalog, view, oid, name);
        });
    return found ? type(found) : nullptr;
  };
  if (!schema.empty()) {
    Oid oid = written_schema(*this, schema);
    return oid == 0 ? nullptr : in_schema(oid);
  }
  for (std::size_t i = 0; i < search_schemas().size(); ++i)
    if (const TypeInfo* found = in_schema(search_schemas()[i])) return found;
  return nullptr;
}

std::vector<EnumLabel> SessionCatalog::enum_labels(Oid type_oid) {
  if (type_oid < types::kFirstNormalOid) return {};
  return *lookup(
      false, [&](ObjectMaps& maps) { return find_in(maps.enums, type_oid); },
      [&](ObjectMaps& maps, const auto& labels) { maps.enums[type_oid] = labels; },
      [&](const Catalog& catalog, const transaction::View& view) {
        return load_enum(catalog, view, type_oid);
      });
}

std::shared_ptr<const DomainInfo> SessionCatalog::domain(Oid type_oid) {
  const TypeInfo* info = type(type_oid);
  const bool is_base = info != nullptr && info->kind == 'b' && !info->is_true_array && info->oid >= types::kFirstNormalOid;
  if (info == nullptr || (info->kind != 'd' && !is_base)) return nullptr;
  return lookup(
      false, [&](ObjectMaps& maps) { return find_in(maps.domains, type_oid); },
      [&](ObjectMaps& maps, const auto& domain) { maps.domains[type_oid] = domain; },
      [&](const Catalog& catalog, const transaction::View& view) {
        return load_domain(catalog, view, *this, type_oid);
      });
}

const RangeInfo* SessionCatalog::range(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().range(oid);
  for (const RangeInfo& r : user_functions().ranges)
    if (r.type == oid) return &r;
  return nullptr;
}
const RangeInfo* SessionCatalog::range_of_multirange(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().range_of_multirange(oid);
  for (const RangeInfo& r : user_functions().ranges)
    if (r.multirange == oid) return &r;
  return nullptr;
}

// ---- functions, operators, casts

const UserFunctions& SessionCatalog::user_functions() {
  return *lookup(
      false, [](ObjectMaps& maps) { return if_set(maps.functions); },
      [](ObjectMaps& maps, const auto& found) { maps.functions = found; },
      [](const Catalog& catalog, const transaction::View& view) {
        return load_functions(catalog, view);
      });
}

const FunctionInfo* SessionCatalog::function(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().function(oid);
  for (const FunctionInfo& f : user_functions().functions)
    if (f.oid == oid) return &f;
  return nullptr;
}

const OperatorInfo* SessionCatalog::operator_(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().operator_(oid);
  for (const OperatorInfo& o : user_functions().operators)
    if (o.oid == oid) return &o;
  return nullptr;
}

std::vector<const FunctionInfo*> SessionCatalog::find_functions(std::string_view schema,
                                                                std::string_view name) {
  std::vector<const FunctionInfo*> found;
  std::size_t earlier = 0;  // of them, those of the schemas before: in one schema no two have the same arguments
  auto add = [&](const FunctionInfo* f) {
    for (const FunctionInfo* other : std::span(found).first(earlier))
      if (std::ranges::equal(other->arguments, f->arguments)) return;
    found.push_back(f);
  };
  const UserFunctions& users = user_functions();
  auto in_schema = [&](Oid oid) {
    earlier = found.size();
    for (const FunctionInfo* f : Builtins::get().functions_by_name(name))
      if (f->schema == oid) add(f);
    for (const FunctionInfo& f : users.functions)
      if (f.schema == oid && f.name == name) add(&f);
  };
  if (!schema.empty()) {
    in_schema(written_schema(*this, schema));
  } else {
    // Never in temporary schemas, as PostgreSQL: nobody shall shadow a function by a session's own.
    for (Oid oid : search_schemas())
      if (oid != temporary_schema_) in_schema(oid);
  }
  return found;
}

std::vector<const OperatorInfo*> SessionCatalog::find_operators(std::string_view schema,
                                                                std::string_view name) {
  std::vector<const OperatorInfo*> found;
  std::size_t earlier = 0;  // of them, those of the schemas before: in one schema no two have the same arguments
  auto add = [&](const OperatorInfo* o) {
    for (const OperatorInfo* other : std::span(found).first(earlier))
      if (other->left == o->left && other->right == o->right) return;
    found.push_back(o);
  };
  const UserFunctions& users = user_functions();
  auto in_schema = [&](Oid oid) {
    earlier = found.size();
    for (const OperatorInfo* o : Builtins::get().operators_by_name(name))
      if (o->schema == oid) add(o);
    for (const OperatorInfo& o : users.operators)
      if (o.schema == oid && o.name == name) add(&o);
  };
  if (!schema.empty()) {
    in_schema(written_schema(*this, schema));
  } else {
    // Never in temporary schemas, as PostgreSQL: nobody shall shadow a function by a session's own.
    for (Oid oid : search_schemas())
      if (oid != temporary_schema_) in_schema(oid);
  }
  return found;
}

const CastInfo* SessionCatalog::cast(Oid source, Oid target) {
  if (const CastInfo* built_in = Builtins::get().cast(source, target)) return built_in;
  for (const CastInfo& c : user_functions().casts)
    if (c.source == source && c.target == target) return &c;
  return nullptr;
}

const AggregateInfo* SessionCatalog::aggregate(Oid function) {
  if (function >= types::kFirstNormalOid) {
    for (const AggregateInfo& a : user_functions().aggregates)
      if (a.function == function) return &a;
    return nullptr;
  }
  return Builtins::get().aggregate(function);
}
const OperatorClassInfo* SessionCatalog::operator_class(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().operator_class(oid);
  for (const OperatorClassInfo& c : user_functions().operator_classes)
    if (c.oid == oid) return &c;
  return nullptr;
}
const OperatorClassInfo* SessionCatalog::find_operator_class(std::string_view schema, Oid method,
                                                             std::string_view name) {
  const OperatorClassInfo* built_in = Builtins::get().operator_class_by_name(method, name);
  const UserFunctions& users = user_functions();
  auto in_schema = [&](Oid oid) -> const OperatorClassInfo* {
    if (built_in != nullptr && built_in->schema == oid) return built_in;
    for (const OperatorClassInfo& c : users.operator_classes)
      if (c.method == method && c.schema == oid && c.name == name) return &c;
    return nullptr;
  };
  if (!schema.empty()) return in_schema(written_schema(*this, schema));
  for (Oid oid : search_schemas())
    if (oid != temporary_schema_)
      if (const OperatorClassInfo* found = in_schema(oid)) return found;
  return nullptr;
}
Oid SessionCatalog::operator_class_procedure(Oid oid, int number) {
  if (oid < types::kFirstNormalOid) return CatalogView::operator_class_procedure(oid, number);
  const OperatorClassInfo* info = operator_class(oid);
  return info != nullptr ? family_procedure(info->family, info->input_type, info->input_type, number) : 0;
}
const OperatorClassInfo* SessionCatalog::default_class_of_user_type(Oid type, Oid method) {
  for (const OperatorClassInfo& c : user_functions().operator_classes)
    if (c.is_default && c.method == method && c.input_type == type) return &c;
  return nullptr;
}
// Built-in families may have members that users added, of types that users made.
Oid SessionCatalog::family_operator(Oid family, Oid left, Oid right, int strategy) {
  if (family < types::kFirstNormalOid && left < types::kFirstNormalOid && right < types::kFirstNormalOid)
    return CatalogView::family_operator(family, left, right, strategy);
  for (const FamilyOperator& m : user_functions().family_operators)
    if (m.family == family && m.left == left && m.right == right && m.strategy == strategy) return m.operator_;
  return 0;
}
Oid SessionCatalog::family_procedure(Oid family, Oid left, Oid right, int number) {
  if (const Oid found = CatalogView::family_procedure(family, left, right, number)) return found;
  if (family < types::kFirstNormalOid && left < types::kFirstNormalOid && right < types::kFirstNormalOid) return 0;
  for (const FamilyProcedure& p : user_functions().family_procedures)
    if (p.family == family && p.left == left && p.right == right && p.number == number) return p.function;
  return 0;
}
// A built-in operator may be a member of users' families; what asks for it there knows the family.
std::span<const FamilyOperator* const> SessionCatalog::families_of(Oid op) {
  if (op < types::kFirstNormalOid) return CatalogView::families_of(op);
  const auto& by_operator = user_functions().families_of;
  const auto found = by_operator.find(op);
  return found == by_operator.end() ? std::span<const FamilyOperator* const>() : found->second;
}
int SessionCatalog::search_strategy(Oid family, Oid op) {
  if (family < types::kFirstNormalOid && op < types::kFirstNormalOid) return CatalogView::search_strategy(family, op);
  for (const FamilyOperator& m : user_functions().family_operators)
    if (m.family == family && m.operator_ == op && m.purpose == 's') return m.strategy;
  return 0;
}
const CollationInfo* SessionCatalog::collation(Oid oid) {
  if (oid < types::kFirstNormalOid) return Builtins::get().collation(oid);
  for (const CollationInfo& c : user_functions().collations)
    if (c.oid == oid) return &c;
  return nullptr;
}
const CollationInfo* SessionCatalog::find_collation(std::string_view schema,
                                                    std::string_view name) {
  const UserFunctions& users = user_functions();
  auto in_schema = [&](Oid oid) -> const CollationInfo* {
    if (const CollationInfo* found = Builtins::get().collation_by_name(oid, name)) return found;
    for (const CollationInfo& c : users.collations)
      if (c.schema == oid && c.name == name) return &c;
    return nullptr;
  };
  if (!schema.empty()) return in_schema(written_schema(*this, schema));
  for (Oid oid : search_schemas())
    if (oid != temporary_schema_)
      if (const CollationInfo* found = in_schema(oid)) return found;
  return nullptr;
}

// ---- roles

const Roles& SessionCatalog::roles() {
  return *lookup(
      true, [](ObjectMaps& maps) { return if_set(maps.roles); },
      [](ObjectMaps& maps, const auto& found) { maps.roles = found; },
      [](const Catalog& catalog, const transaction::View& view) {
        return load_roles(catalog, view);
      });
}

Oid SessionCatalog::find_role(std::string_view name) {
  for (const RoleInfo& role : roles().all)
    if (role.name == name) return role.oid;
  return 0;
}
const RoleInfo* SessionCatalog::role(Oid oid) {
  for (const RoleInfo& role : roles().all)
    if (role.oid == oid) return &role;
  return nullptr;
}
std::string SessionCatalog::role_name(Oid oid) {
  const RoleInfo* found = role(oid);
  return found ? found->name : std::string();
}
bool SessionCatalog::is_superuser(Oid oid) {
  const RoleInfo* found = role(oid);
  return found != nullptr && found->superuser;
}

namespace {

Oid database_owner(SessionCatalog& catalog) {
  if (catalog.database_oid() == 0) return 0;
  RelationPtr table = catalog.relation(pg_database::kOid);
  transaction::View view = catalog.take_view(true);
  RowReader rows(view, *table, 0, {key_oid(catalog.database_oid())});
  return rows.next() ? rows.row().oid(pg_database::datdba) : Oid{0};
}

}  // namespace

bool SessionCatalog::has_privileges_of(Oid member, Oid wanted) {
  if (member == wanted || is_superuser(member)) return true;
  if (wanted == kPgDatabaseOwner) {
    const Oid owner = database_owner(*this);
    return owner != 0 && has_privileges_of(member, owner);
  }
  std::vector<Oid> reached{member};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const RoleInfo* info = role(reached[i]);
    if (info == nullptr || !info->inherit) continue;
    for (Oid next : info->member_of) {
      if (next == wanted) return true;
      if (std::find(reached.begin(), reached.end(), next) == reached.end())
        reached.push_back(next);
    }
  }
  return false;
}

std::shared_ptr<const RoleInfo> read_role(Catalog& system, std::string_view name) {
  transaction::WaitControl waits;
  transaction::BeginOptions options;
  options.read_only = true;
  transaction::TransactionPtr reader = system.manager().begin(options, waits);
  transaction::View view = transaction::durable_view(*reader, wal::kNoLsn);
  auto all = load_roles(system, view);
  view = {};
  reader->abort();
  for (const RoleInfo& role : all->all)
    if (role.name == name) return std::make_shared<RoleInfo>(role);
  return nullptr;
}

// ---- commit

namespace {

void renew(CatalogCache& cache, const VolumeChanges& changes, std::atomic<std::uint64_t>& version) {
  std::unique_lock lock(cache.mutex);
  ++cache.generation;
  changes.forget_in(cache.maps);
  version.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace

CommitInvalidation::CommitInvalidation(SessionCatalog& session)
    : session_(session), database_(session.changes_->database.any),
      system_(session.changes_->system.any) {}

void CommitInvalidation::committed(wal::Lsn database, wal::Lsn system) {
  session_.committed_temporary_schema_ = session_.temporary_schema_;
  database_lsn_ = database;
  system_lsn_ = system;
}

CommitInvalidation::~CommitInvalidation() {
  if (database_) {
    session_.database_.note_change(database_lsn_);
    renew(session_.database_.cache(), session_.changes_->database, session_.database_.version_);
  }
  if (system_) {
    session_.system_.note_change(system_lsn_);
    renew(session_.system_.cache(), session_.changes_->system, session_.system_.version_);
  }
}

}  // namespace catalog
