// What Builtins keeps: rows in vectors, found by OID through small arrays and by name through
// flat hash tables.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "catalog/builtin.h"
#include "copy_rows.h"

namespace catalog {

// Built-in OIDs are below 16384: an array is the perfect hash.
class OidIndex {
 public:
  void set(Oid oid, std::size_t row) { rows_[oid] = static_cast<std::uint16_t>(row + 1); }
  // -1: none.
  int find(Oid oid) const { return oid < rows_.size() ? rows_[oid] - 1 : -1; }

 private:
  std::array<std::uint16_t, types::kFirstNormalOid> rows_{};
};

struct SchemaName {
  Oid schema;
  std::string_view name;
  bool operator==(const SchemaName&) const = default;
};
inline std::size_t hash_value(const SchemaName& key) {
  return std::hash<std::string_view>{}(key.name) * 31 + key.schema;
}
struct OidPair {
  Oid a, b;
  bool operator==(const OidPair&) const = default;
};
inline std::size_t hash_value(const OidPair& key) {
  return ((std::uint64_t{key.a} << 32) | key.b) * 0x9e3779b97f4a7c15ull >> 17;
}

template <typename K, typename V>
using FlatMap = boost::unordered_flat_map<K, V>;

// Rows that share a key, as one span.
template <typename Key, typename T>
class Groups {
 public:
  void add(const Key& key, const T* row) { building_[key].push_back(row); }
  std::span<const T* const> find(const Key& key) const {
    auto it = building_.find(key);
    if (it == building_.end()) return {};
    return it->second;
  }

 private:
  FlatMap<Key, std::vector<const T*>> building_;
};

struct FamilyKey {
  Oid family, left, right;
  int number;
  bool operator==(const FamilyKey&) const = default;
};
inline std::size_t hash_value(const FamilyKey& key) {
  std::uint64_t h = key.family;
  h = h * 0x9e3779b97f4a7c15ull + key.left;
  h = h * 0x9e3779b97f4a7c15ull + key.right;
  h = h * 0x9e3779b97f4a7c15ull + static_cast<std::uint64_t>(key.number);
  return h ^ (h >> 29);
}

struct Builtins::Tables {
  StringPool pool;
  std::deque<std::vector<Oid>> oid_lists;
  std::deque<std::vector<std::string_view>> name_lists;

  std::vector<SchemaInfo> schemas;
  std::vector<TypeInfo> types;
  std::vector<FunctionInfo> functions;
  std::vector<OperatorInfo> operators;
  std::vector<CastInfo> casts;
  std::vector<AggregateInfo> aggregates;
  std::vector<OperatorClassInfo> classes;
  std::vector<FamilyOperator> family_operators;
  std::vector<FamilyProcedure> family_procedures;
  std::vector<CollationInfo> collations;
  std::vector<RangeInfo> ranges;
  std::vector<LanguageInfo> languages;
  std::vector<SettingInfo> settings;

  OidIndex type_by_oid, function_by_oid, operator_by_oid, aggregate_by_oid, class_by_oid,
      collation_by_oid;
  FlatMap<SchemaName, const TypeInfo*> type_by_name;
  FlatMap<SchemaName, const CollationInfo*> collation_by_name;
  FlatMap<OidPair, const CastInfo*> cast_by_types;
  FlatMap<OidPair, const OperatorClassInfo*> default_class;  // (type, method)
  Groups<std::string_view, FunctionInfo> functions_by_name;
  Groups<std::string_view, OperatorInfo> operators_by_name;
  Groups<Oid, CastInfo> casts_from;
  Groups<Oid, FamilyOperator> families_of;
  FlatMap<FamilyKey, Oid> family_operator, family_procedure;
  FlatMap<Oid, std::string_view> family_names;
  FlatMap<Oid, std::string_view> views;

  Tables();

 private:
  void read_types();
  void read_functions();
  void read_operators();
  void read_classes();
  void read_rest();
  void index_names();
};

}  // namespace catalog
