// Filling a fresh volume with the catalogue that PostgreSQL 15 is born with.
#include <algorithm>
#include <charconv>

#include "btree/space.h"
#include "btree/volume_header.h"
#include "catalog/builtin.h"
#include "catalog/catalog.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "copy_rows.h"
#include "system_relations.h"
#include "table/storage.h"
#include "table/table.h"
#include "types/acl.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"
#include "wal/mini_transaction.h"

namespace catalog {
namespace {

struct Made {
  const SystemRelationFacts* facts;
  std::unique_ptr<table::Table> table;
};

wal::PageNo root_of(const std::vector<Made>& made, Oid table_oid, Oid index_oid) {
  for (const Made& m : made) {
    if (m.facts->descriptor.oid == table_oid && index_oid == 0) return m.table->schema().clustered.root;
    if (index_oid == 0) continue;
    if (m.table->schema().clustered.id == index_oid) return m.table->schema().clustered.root;
    for (const table::IndexSchema& index : m.table->schema().indexes)
      if (index.id == index_oid) return index.root;
  }
  return wal::PageNo{0};
}

Oid born_role(std::string_view name) {
  const CatalogData* data = catalog_data("pg_authid");
  CHECK(data != nullptr);
  CopyRows rows(data->rows);
  while (rows.next()) {
    if (rows.fields()[pg_authid::rolname] != name) continue;
    Oid oid = 0;
    const std::string_view text = rows.fields()[pg_authid::oid];
    std::from_chars(text.data(), text.data() + text.size(), oid);
    return oid;
  }
  CHECK(false && "a list of the data names a role that is not there");
  return 0;
}

// "{postgres=UC/postgres,=U/postgres}": there is no session yet that could look roles up.
types::Datum parse_acl(types::Arena& arena, std::string_view text) {
  types::Acl acl;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    acl.push_back(types::parse_acl_item(text.substr(0, comma), born_role));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return types::acl_datum(arena, acl);
}

// One value of the data file as the column's type has it.
types::Datum parse(types::EvalContext& context, const table::ColumnStorage& column,
                   std::string_view text) {
  switch (column.physical) {
    case types::PhysicalType::boolean: return types::Datum::of(text == "t");
    case types::PhysicalType::varlen:
      if (column.type == types::oid::name || column.type == types::oid::text ||
          column.type == types::oid::pg_node_tree || column.type == types::oid::varchar)
        return types::Datum::of(context.arena->copy(text));
      if (column.type == types::oid::aclitem_array) return parse_acl(*context.arena, text);
      break;
    case types::PhysicalType::int32: {
      // oid, regproc, integer: the data has numbers only.
      std::int64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return types::Datum::of(static_cast<std::int32_t>(value));
    }
    default: break;
  }
  const types::TypeSupport* support = types::find_type(column.type);
  if (support == nullptr) return types::Datum::null();
  return support->input(context, text, -1);
}

class BootstrapLoader {
 public:
  BootstrapLoader(const table::Table& table, const transaction::View& view) : table_(table), view_(view) {
    context_.arena = &arena_;
    context_.format = &format_;
    start_batch();
  }

  // Values by column; nullopt is null.
  template <typename Values>
  void add(const Values& value_of) {
    const auto& columns = table_.schema().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::optional<std::string_view> text = value_of(i);
      types::Datum datum = text ? parse(context_, columns[i], *text) : types::Datum::null();
      if (datum.is_null)
        vectors_[i].set_null(count_);
      else
        vectors_[i].set_datum(count_, datum);
    }
    if (++count_ == types::kBatchRows) flush();
  }

  void flush() {
    if (count_ == 0) return;
    std::uint32_t failed = 0;
    table::Outcome outcome =
        table_.insert_batch(view_, vectors_, types::Selection{nullptr, count_}, scratch_, &failed);
    CHECK(outcome.ok());
    start_batch();
  }

 private:
  void start_batch() {
    arena_.reset();
    vectors_.clear();
    for (const table::ColumnStorage& column : table_.schema().columns)
      vectors_.push_back(types::Vector::allocate(arena_, column.physical, types::kBatchRows));
    count_ = 0;
  }

  const table::Table& table_;
  const transaction::View& view_;
  types::Arena arena_{1 << 20};
  types::FormatSettings format_;
  types::EvalContext context_;
  std::vector<types::Vector> vectors_;
  std::uint32_t count_ = 0;
  table::Scratch scratch_;
};

// Lines of a section in the order of the table's clustered key would be best; the data file is
// written in that order.
void fill(const Made& made, const std::vector<Made>& all, const transaction::View& view,
          VolumeKind kind) {
  const RelationDescriptor& d = made.facts->descriptor;
  const CatalogData* data = catalog_data(d.name);
  if (data == nullptr || data->rows.empty()) return;
  BootstrapLoader loader(*made.table, view);
  CopyRows rows(data->rows);
  StringPool pool;
  std::string root_text;
  while (rows.next()) {
    const auto& fields = rows.fields();
    std::optional<wal::PageNo> root;
    if (d.oid == pg_class::kOid && kind == VolumeKind::database) {
      Oid oid = 0;
      std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), oid);
      bool is_index = fields[pg_class::relkind] == "i";
      root = root_of(all, oid, is_index ? oid : 0);
    }
    if (root) root_text = std::to_string(wal::raw(*root));
    loader.add([&](std::size_t column) -> std::optional<std::string_view> {
      if (root && column == static_cast<std::size_t>(pg_class::relfilenode)) return root_text;
      return unescape(fields[column], pool);
    });
  }
  loader.flush();
}

class NoWaitLimit : public transaction::WaitControl {};

}  // namespace

void Catalog::bootstrap(transaction::TransactionManager& manager, VolumeKind kind) {
  NoWaitLimit waits;
  transaction::TransactionPtr transaction = manager.begin({}, waits);

  std::vector<Made> made;
  for (const auto& [oid, facts] : system_relation_facts())
    if (facts.has_storage() && lives_in(kind, facts.descriptor.shared))
      made.push_back({&facts, nullptr});
  std::sort(made.begin(), made.end(), [](const Made& a, const Made& b) {
    return a.facts->descriptor.oid < b.facts->descriptor.oid;
  });
  for (Made& m : made) {
    table::TableSchema schema = system_table_schema(*m.facts);
    table::create_storage(*transaction, schema);
    m.table = std::make_unique<table::Table>(manager, std::move(schema));
  }
  transaction->next_command();

  transaction::View view = transaction->take_view();
  for (const Made& m : made) fill(m, made, view, kind);

  // Nothing reads the volume before the roots are known, so their order to the rows is free.
  buffer::ExclusiveGuard header = manager.pages().exclusive(btree::kVolumeHeaderPage);
  {
    wal::MiniTransaction mtr(manager.volume());
    auto put = [&](std::uint16_t slot, wal::PageNo root) {
      btree::write_slot(mtr, header, static_cast<btree::VolumeSlot>(slot), 0, wal::raw(root));
    };
    for (const Made& m : made) {
      put(m.facts->slots[0], m.table->schema().clustered.root);
      for (std::size_t i = 0; i < m.table->schema().indexes.size(); ++i)
        put(m.facts->slots[i + 1], m.table->schema().indexes[i].root);
    }
    btree::write_slot(mtr, header, btree::VolumeSlot::oid_limit, 0, types::kFirstNormalOid);
    mtr.commit();
  }
  header.release();
  view = {};
  wal::Lsn lsn = transaction->commit();
  auto durable = manager.volume().wait_durable(lsn);
  if (!durable)
    throw types::SqlError("58030",
                          "could not write the catalogue: " + durable.error().message());
}

}  // namespace catalog
