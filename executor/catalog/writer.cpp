#include "catalog/writer.h"

#include "catalog/system_columns.h"
#include "catalog_cache.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace catalog {
namespace {

Oid oid_at(std::span<const types::Datum> row, int column) {
  const types::Datum& value = row[static_cast<std::size_t>(column)];
  return value.is_null ? 0 : value.as<Oid>();
}

// Which descriptors a row is part of.
void note_row(Oid catalog, std::span<const types::Datum> row, VolumeChanges& changes) {
  auto relation = [&](int column) {
    if (Oid oid = oid_at(row, column)) changes.relations.push_back(oid);
  };
  switch (catalog) {
    case pg_class::kOid: relation(pg_class::oid); break;
    case pg_attribute::kOid: relation(pg_attribute::attrelid); break;
    case pg_attrdef::kOid: relation(pg_attrdef::adrelid); break;
    case pg_index::kOid:
      relation(pg_index::indrelid);
      relation(pg_index::indexrelid);
      break;
    case pg_constraint::kOid:
      relation(pg_constraint::conrelid);
      relation(pg_constraint::confrelid);
      if (oid_at(row, pg_constraint::contypid) != 0) changes.types = true;
      break;
    case pg_policy::kOid: relation(pg_policy::polrelid); break;
    case pg_trigger::kOid: relation(pg_trigger::tgrelid); break;
    case pg_rewrite::kOid: relation(pg_rewrite::ev_class); break;
    case pg_sequence::kOid: relation(pg_sequence::seqrelid); break;
    case pg_statistic::kOid: relation(pg_statistic::starelid); break;
    case pg_inherits::kOid:
      relation(pg_inherits::inhrelid);
      relation(pg_inherits::inhparent);
      break;
    case pg_partitioned_table::kOid: relation(pg_partitioned_table::partrelid); break;
    case pg_depend::kOid:
      // OWNED BY of a sequence.
      if (oid_at(row, pg_depend::classid) == pg_class::kOid) relation(pg_depend::objid);
      break;
    case pg_type::kOid:
    case pg_enum::kOid: changes.types = true; break;
    case pg_range::kOid: changes.types = changes.functions = true; break;
    case pg_proc::kOid:
    case pg_operator::kOid:
    case pg_collation::kOid:
    case pg_opclass::kOid:
    case pg_amproc::kOid:
    case pg_cast::kOid:
    case pg_aggregate::kOid: changes.functions = true; break;
    case pg_namespace::kOid: changes.schemas = true; break;
    case pg_authid::kOid:
    case pg_auth_members::kOid: changes.roles = true; break;
    default: break;
  }
}

// "(dictname, dictnamespace)=(d, 2200)": keys of catalogues are names and numbers.
std::string describe_key(const RelationDescriptor& table, const IndexDescriptor& index, std::span<const types::Datum> row) {
  std::string names, values;
  for (const IndexKey& key : index.keys) {
    const auto place = static_cast<std::size_t>(key.column);
    if (key.column < 0 || place >= row.size()) return {};
    if (!names.empty()) {
      names += ", ";
      values += ", ";
    }
    names += table.columns[place].name;
    const types::Datum& value = row[place];
    switch (physical_type_of(table.columns[place].type.oid)) {
      case types::PhysicalType::varlen: values += value.as<std::string_view>(); break;
      case types::PhysicalType::int16: values += std::to_string(value.int16); break;
      case types::PhysicalType::int32:
        values += table.columns[place].type.oid == types::oid::int4 ? std::to_string(value.int32) : std::to_string(value.as<Oid>());
        break;
      default: return {};
    }
  }
  return "(" + names + ")=(" + values + ")";
}

[[noreturn]] void raise_duplicate(const RelationDescriptor& table, int index, std::span<const types::Datum> row) {
  std::string name, key;
  for (const IndexDescriptor& i : table.indexes)
    if (i.storage_index == index) {
      name = i.name;
      key = describe_key(table, i, row);
    }
  if (!key.empty())
    throw types::SqlError("23505", "duplicate key value violates unique constraint \"" + name + "\"")
        .with_detail("Key " + key + " already exists.")
        .on_table(table.schema_name, table.name)
        .on_constraint(name);
  throw types::SqlError("23505",
                        "duplicate key value violates unique constraint \"" + name + "\"")
      .on_table(table.schema_name, table.name)
      .on_constraint(name);
}

// The row as it stands, to note what it is part of.
std::vector<types::Datum> values_of(const Row& row, std::size_t columns) {
  std::vector<types::Datum> values;
  for (std::size_t i = 0; i < columns; ++i) values.push_back(row.datum(static_cast<int>(i)));
  return values;
}

transaction::Transaction& transaction_of(SessionCatalog& session, bool shared) {
  return shared ? session.transactions().system_transaction()
                : session.transactions().database_transaction();
}

}  // namespace

const RelationDescriptor& Writer::table(Oid catalog) const {
  auto found = session_.relation(catalog);
  CHECK(found != nullptr);
  // System descriptors live as long as the catalogue.
  return *found;
}

void Writer::note(const RelationDescriptor& table, std::span<const types::Datum> row) {
  // Large objects are data: nothing is made from their rows.
  constexpr Oid kLargeObjects = 2613, kLargeObjectMetadata = 2995;
  if (table.oid == kLargeObjects || table.oid == kLargeObjectMetadata) return;
  VolumeChanges& changes = table.shared ? session_.changes().system : session_.changes().database;
  changes.any = true;
  note_row(table.oid, row, changes);
  session_.changed();
}

void Writer::insert(const RowBuilder& row) {
  const RelationDescriptor& table = row.table();
  transaction::Transaction& t = transaction_of(session_, table.shared);
  {
    transaction::View view = t.take_view();
    table::Scratch scratch;
    table::Outcome outcome = table.storage->insert(view, row.values(), scratch);
    if (outcome.status == table::DmlStatus::unique_violation)
      raise_duplicate(table, outcome.index, row.values());
    CHECK(outcome.ok());
  }
  t.next_command();
  note(table, row.values());
}

void Writer::update(const Row& at, const RowBuilder& changes) {
  const RelationDescriptor& table = changes.table();
  transaction::Transaction& t = transaction_of(session_, table.shared);
  std::vector<table::ColumnValue> values;
  for (std::size_t i = 0; i < changes.values().size(); ++i)
    if (changes.changed()[i])
      values.push_back({static_cast<table::ColumnNumber>(i), changes.values()[i]});
  std::string key(at.key());
  std::vector<types::Datum> before = values_of(at, table.columns.size());
  note(table, before);
  std::vector<types::Datum> after = before;
  for (const table::ColumnValue& value : values) after[value.column] = value.value;
  {
    transaction::View view = t.take_view();
    table::Scratch scratch;
    table::Outcome outcome = table.storage->update(view, key, values, scratch);
    if (outcome.status == table::DmlStatus::version_conflict) {
      table::LockStatus locked = table.storage->lock_row(view, key, table::RowLockMode::update,
                                                         table::LockWait::block, scratch);
      if (locked != table::LockStatus::locked_same && locked != table::LockStatus::locked_newer)
        throw types::SqlError("XX000", "tuple concurrently deleted");
      outcome = table.storage->update(view, key, values, scratch, true);
    }
    if (outcome.status == table::DmlStatus::unique_violation)
      raise_duplicate(table, outcome.index, after);
    if (!outcome.ok()) throw types::SqlError("XX000", "tuple concurrently updated");
  }
  t.next_command();
  note(table, after);
  // Descriptors hold the names of their schemas.
  if (table.oid == pg_namespace::kOid && changes.changed()[pg_namespace::nspname]) {
    const Oid schema = after[pg_namespace::oid].as<Oid>();
    for (RowReader rows = read(pg_class::kOid, 0, Key{}); rows.next();)
      if (rows.row().oid(pg_class::relnamespace) == schema)
        session_.changes().database.relations.push_back(rows.row().oid(pg_class::oid));
    session_.changed();
  }
}

void Writer::remove(Oid catalog, const Row& at) {
  const RelationDescriptor& table = this->table(catalog);
  transaction::Transaction& t = transaction_of(session_, table.shared);
  note(table, values_of(at, table.columns.size()));
  std::string key(at.key());
  {
    transaction::View view = t.take_view();
    table::Scratch scratch;
    table::Outcome outcome = table.storage->remove(view, key, scratch);
    if (outcome.status == table::DmlStatus::version_conflict) {
      table::LockStatus locked = table.storage->lock_row(view, key, table::RowLockMode::update,
                                                         table::LockWait::block, scratch);
      if (locked != table::LockStatus::locked_same && locked != table::LockStatus::locked_newer)
        throw types::SqlError("XX000", "tuple concurrently deleted");
      outcome = table.storage->remove(view, key, scratch, true);
    }
    if (!outcome.ok()) throw types::SqlError("XX000", "tuple concurrently deleted");
  }
  t.next_command();
}

RowReader Writer::read(Oid catalog, Oid index, Key key) const {
  const RelationDescriptor& table = this->table(catalog);
  transaction::View view = session_.take_view(table.shared);
  return RowReader(std::move(view), table, index, std::move(key));
}

bool Writer::update_one(Oid index, Key key, const RowBuilder& changes) {
  RowReader reader = read(changes.table().oid, index, std::move(key));
  if (!reader.next()) return false;
  update(reader.row(), changes);
  return true;
}

int Writer::remove_all(Oid catalog, Oid index, Key key) {
  int count = 0;
  RowReader reader = read(catalog, index, std::move(key));
  while (reader.next()) {
    remove(catalog, reader.row());
    ++count;
  }
  return count;
}

Oid Writer::allocate_oid(bool shared) const {
  return shared ? session_.system().allocate_oid() : session_.database().allocate_oid();
}

}  // namespace catalog
