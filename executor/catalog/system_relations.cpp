#include "system_relations.h"

#include <algorithm>
#include <charconv>

#include "btree/volume_header.h"
#include "builtin_tables.h"
#include "catalog/builtin.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "copy_rows.h"
#include "table/schema.h"
#include "table/table.h"

namespace catalog {
namespace {

using Facts = boost::unordered_flat_map<Oid, SystemRelationFacts>;

template <typename T = Oid>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <typename T>
std::vector<T> numbers(std::string_view text) {
  std::vector<T> values;
  while (!text.empty()) {
    std::size_t space = text.find(' ');
    values.push_back(number<T>(text.substr(0, space)));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return values;
}

void read_classes(Facts& facts, boost::unordered_flat_map<Oid, std::string>& index_names) {
  CopyRows rows(catalog_data("pg_class")->rows);
  while (rows.next()) {
    const auto& f = rows.fields();
    Oid oid = number(f[pg_class::oid]);
    auto kind = static_cast<RelationKind>(f[pg_class::relkind][0]);
    if (kind == RelationKind::index) {
      index_names[oid] = std::string(f[pg_class::relname]);
      continue;
    }
    RelationDescriptor d;
    d.oid = oid;
    d.name = std::string(f[pg_class::relname]);
    d.schema = number(f[pg_class::relnamespace]);
    d.schema_name = std::string(Builtins::get().schema(d.schema)->name);
    d.kind = kind;
    d.owner = number(f[pg_class::relowner]);
    d.row_type = number(f[pg_class::reltype]);
    d.shared = f[pg_class::relisshared] == "t";
    d.system = true;
    if (kind == RelationKind::view) d.view_sql = Builtins::get().view_sql(oid);
    facts[oid].descriptor = std::move(d);
  }
}

void read_attributes(Facts& facts) {
  CopyRows rows(catalog_data("pg_attribute")->rows);
  while (rows.next()) {
    const auto& f = rows.fields();
    auto it = facts.find(number(f[pg_attribute::attrelid]));
    auto attnum = number<std::int16_t>(f[pg_attribute::attnum]);
    if (it == facts.end() || attnum < 1) continue;
    Column column;
    column.name = std::string(f[pg_attribute::attname]);
    column.type = {number(f[pg_attribute::atttypid]), number<std::int32_t>(f[pg_attribute::atttypmod]),
                   number(f[pg_attribute::attcollation])};
    column.number = attnum;
    column.not_null = f[pg_attribute::attnotnull] == "t";
    it->second.descriptor.columns.push_back(std::move(column));
  }
}

void read_indexes(Facts& facts, boost::unordered_flat_map<Oid, std::string>& index_names) {
  CopyRows rows(catalog_data("pg_index")->rows);
  while (rows.next()) {
    const auto& f = rows.fields();
    auto it = facts.find(number(f[pg_index::indrelid]));
    if (it == facts.end()) continue;
    RelationDescriptor& table = it->second.descriptor;
    IndexDescriptor index;
    index.oid = number(f[pg_index::indexrelid]);
    index.name = index_names[index.oid];
    index.schema = table.schema;
    index.table = table.oid;
    index.unique = f[pg_index::indisunique] == "t";
    index.primary = f[pg_index::indisprimary] == "t";
    auto columns = numbers<int>(f[pg_index::indkey]);
    auto classes = numbers<Oid>(f[pg_index::indclass]);
    auto collations = numbers<Oid>(f[pg_index::indcollation]);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      IndexKey key;
      key.column = columns[i] - 1;
      key.type = table.columns[static_cast<std::size_t>(key.column)].type;
      key.operator_class = classes[i];
      key.collation = collations[i];
      index.keys.push_back(std::move(key));
    }
    table.indexes.push_back(std::move(index));
  }
}

Facts read_facts() {
  Facts facts;
  boost::unordered_flat_map<Oid, std::string> index_names;
  read_classes(facts, index_names);
  read_attributes(facts);
  read_indexes(facts, index_names);

  std::vector<SystemRelationFacts*> ordered;
  for (auto& [oid, relation] : facts) ordered.push_back(&relation);
  std::sort(ordered.begin(), ordered.end(),
            [](auto* a, auto* b) { return a->descriptor.oid < b->descriptor.oid; });
  std::uint16_t slot = kFirstRootSlot;
  for (SystemRelationFacts* relation : ordered) {
    if (!relation->has_storage()) continue;
    relation->slots.push_back(slot++);
    int storage_index = 0;
    for (IndexDescriptor& index : relation->descriptor.indexes) {
      if (index.primary) {
        index.is_clustered_key = true;
        index.storage_index = table::kClusteredIndex;
      } else {
        index.storage_index = storage_index++;
        relation->slots.push_back(slot++);
      }
    }
  }
  CHECK(slot <= btree::kVolumeSlots);
  return facts;
}

}  // namespace

const Facts& system_relation_facts() {
  static const Facts facts = read_facts();
  return facts;
}

Oid find_system_relation(Oid schema, std::string_view name) {
  static const auto names = [] {
    FlatMap<SchemaName, Oid> map;
    for (const auto& [oid, relation] : system_relation_facts()) {
      const RelationDescriptor& d = relation.descriptor;
      map[{d.schema, d.name}] = oid;
      for (const IndexDescriptor& index : d.indexes) map[{index.schema, index.name}] = index.oid;
    }
    return map;
  }();
  auto it = names.find(SchemaName{schema, name});
  return it == names.end() ? 0 : it->second;
}

table::TableSchema system_table_schema(const SystemRelationFacts& facts) {
  const RelationDescriptor& d = facts.descriptor;
  table::TableSchema schema;
  schema.id = d.oid;
  for (const Column& column : d.columns) {
    table::ColumnStorage storage;
    const TypeInfo* type = Builtins::get().type(column.type.oid);
    storage.type = type->kind == 'd' ? type->base_type : type->oid;
    storage.physical = physical_type_of(column.type.oid);
    schema.columns.push_back(std::move(storage));
  }
  for (const IndexDescriptor& index : d.indexes) {
    table::IndexSchema stored;
    stored.id = index.oid;
    stored.unique = index.unique;
    for (const IndexKey& key : index.keys)
      stored.keys.push_back({static_cast<table::ColumnNumber>(key.column), false, false});
    if (index.is_clustered_key)
      schema.clustered = std::move(stored);
    else
      schema.indexes.push_back(std::move(stored));
  }
  return schema;
}

SystemRelations::SystemRelations(transaction::TransactionManager& manager, VolumeKind kind)
    : manager_(manager), kind_(kind), roots_(btree::kVolumeSlots) {
  auto slot = static_cast<btree::VolumeSlot>(kFirstRootSlot);
  for (std::size_t i = kFirstRootSlot; i < roots_.size(); ++i)
    roots_[i] = btree::read_slot(manager.pages(), slot, i - kFirstRootSlot);
}

std::shared_ptr<const RelationDescriptor> SystemRelations::find(Oid oid) const {
  const Facts& facts = system_relation_facts();
  auto it = facts.find(oid);
  if (it == facts.end()) return nullptr;
  const SystemRelationFacts& relation = it->second;
  // Views are found in every volume: what they read decides.
  if (relation.has_storage() && !lives_in(kind_, relation.descriptor.shared)) return nullptr;
  std::lock_guard lock(mutex_);
  auto& made = made_[oid];
  if (made != nullptr) return made;
  auto descriptor = std::make_shared<RelationDescriptor>(relation.descriptor);
  if (relation.has_storage()) {
    table::TableSchema schema = system_table_schema(relation);
    auto root = [&](std::size_t i) {
      return wal::PageNo{static_cast<std::uint32_t>(roots_[relation.slots[i]])};
    };
    schema.clustered.root = root(0);
    for (std::size_t i = 0; i < schema.indexes.size(); ++i) schema.indexes[i].root = root(i + 1);
    descriptor->storage = std::make_shared<const table::Table>(manager_, std::move(schema));
  }
  made = std::move(descriptor);
  return made;
}

}  // namespace catalog
