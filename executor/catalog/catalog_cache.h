// What lookups found, by name and by OID: one copy shared by all sessions of a volume for the
// committed state, one in each session for its own use.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/catalog_view.h"
#include "user_objects.h"

namespace catalog {

// A name within a schema; owns it, and is looked up by view.
struct ObjectKey {
  Oid schema;
  std::string name;
};
struct ObjectKeyHash {
  using is_transparent = void;
  static std::size_t of(Oid schema, std::string_view name) {
    return std::hash<std::string_view>{}(name) * 31 + schema;
  }
  std::size_t operator()(const ObjectKey& key) const { return of(key.schema, key.name); }
  std::size_t operator()(const SchemaName& key) const { return of(key.schema, key.name); }
};
struct ObjectKeyEqual {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a.schema == b.schema && a.name == b.name;
  }
};
using NameMap = std::unordered_map<ObjectKey, Oid, ObjectKeyHash, ObjectKeyEqual>;

// A null pointer or OID 0 is an answer, too: there is no such thing.
struct ObjectMaps {
  std::unordered_map<Oid, RelationPtr> relations;
  NameMap relation_names;
  std::unordered_map<Oid, std::shared_ptr<const UserTypeRow>> types;
  NameMap type_names;
  std::unordered_map<Oid, std::shared_ptr<const std::vector<EnumLabel>>> enums;
  std::unordered_map<Oid, std::shared_ptr<const DomainInfo>> domains;
  std::shared_ptr<const UserFunctions> functions;
  std::shared_ptr<const Schemas> schemas;
  std::shared_ptr<const Roles> roles;
};

// Filled by whoever missed, from durable rows, unless a commit became known between its read and its insert:
// `generation` tells.
struct CatalogCache {
  std::shared_mutex mutex;
  std::uint64_t generation = 0;
  ObjectMaps maps;
};

// What a transaction changed in one volume's catalogue.
struct VolumeChanges {
  bool any = false;
  bool types = false;
  bool functions = false;
  bool schemas = false;
  bool roles = false;
  std::vector<Oid> relations;

  void forget_in(ObjectMaps& maps) const;
};

struct CatalogChanges {
  VolumeChanges database;
  VolumeChanges system;
  std::uint64_t counter = 0;  // of all changes by this session, for its caches
};

}  // namespace catalog
