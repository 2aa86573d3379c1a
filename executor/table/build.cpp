// Filling new trees from existing rows: sorted, then bottom-up.
//
// What is built carries kFrozenXid: every view that can find the new tree through the catalogue
// is one that sees all of it, and until then nobody else looks.
#include <cstring>

#include "btree/bulk_load.h"
#include "btree/cursor.h"
#include "sorter.h"
#include "table/scan.h"
#include "table/storage.h"
#include "table_impl.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace table {
namespace {

using transaction::kFrozenXid;
using transaction::kVersionHeaderSize;

// Between pages: a cancelled statement ends here, and the log does not run away from the disks.
void pause(const View& view) {
  view.transaction().wait_control().check();
  if (const auto room = view.manager().volume().wait_for_room(); room.has_error()) {
    throw types::SqlError("58030", "could not write to the log: " + room.error().message());
  }
}

// Whether the table's pages are needed again.
enum class Afterwards : std::uint8_t { stays, goes };

// Every row that a view sees: its key, its version, its values.
template <typename Use>
void for_each_row(const View& view, const Table::Impl& table, Afterwards afterwards, Use use) {
  VersionCopy version;
  std::vector<std::byte> key;
  std::vector<Datum> row(table.format.column_count());
  types::Arena arena;
  btree::Cursor cursor(table.clustered.tree, {});
  // Else what is to be read next, and what was just built, would make room for what was read.
  if (afterwards == Afterwards::goes) cursor.retire_leaves();
  while (cursor.next_leaf()) {
    pause(view);
    for (unsigned i = 0; i < cursor.count(); ++i) {
      version.assign(cursor.value(i));
      if (!transaction::find_visible(view, version)) continue;
      cursor.key(i).assign_to(key);
      arena.reset();
      table.format.decode(table.pages(), version.payload, row, arena);
      use(text_of(key), version, std::span<const Datum>(row), arena);
    }
  }
}

void compose(std::uint8_t flags, Bytes payload, std::vector<std::byte>& out) {
  out.resize(kVersionHeaderSize + payload.size());
  transaction::put_version(out.data(), {kFrozenXid, transaction::kNoUndo, flags});
  if (!payload.empty()) std::memcpy(out.data() + kVersionHeaderSize, payload.data(), payload.size());
}

void free_overflow(const Table::Impl& table, Bytes value) {
  if ((transaction::parse_version(value).flags & transaction::kOverflow) == 0) return;
  const Bytes references = transaction::overflow_references(transaction::payload_of(value));
  for (std::size_t at = 0; at < references.size(); at += sizeof(btree::OverflowRef)) {
    btree::OverflowRef reference;
    std::memcpy(&reference, references.data() + at, sizeof(reference));
    btree::free_overflow(table.space(), reference);
  }
}

// What the sorter holds of an index entry: a byte that is 1 where it may be there more than once, then its payload.
constexpr std::size_t kRepeats = 1;

// Used again for every row.
struct EntryBuffers {
  inverted::KeySet keys;
  std::string key;
  EntryPayload::Buffers payload;
  std::vector<std::byte> noted;
};

void add_entry(const Table::Impl& table, const IndexImpl& index, std::span<const Datum> row,
               std::string_view row_key, types::Arena& arena, EntryBuffers& buffers, Sorter& sorter) {
  bool has_null = false;
  table.entry_keys(index, row, arena, buffers.keys, &has_null);
  if (buffers.keys.size() == 0) return;
  const bool may_repeat = !index.schema.unique || (has_null && !index.schema.nulls_not_distinct);
  index.payload.compose(row, buffers.keys[0].size() + row_key.size(), row_key.size(), buffers.payload);
  buffers.noted.assign(kRepeats, std::byte{may_repeat});
  buffers.noted.insert(buffers.noted.end(), buffers.payload.bytes.begin(), buffers.payload.bytes.end());
  for (std::size_t i = 0; i < buffers.keys.size(); ++i) {
    buffers.key.assign(buffers.keys[i]).append(row_key);
    check_key_size(buffers.key.size());
    sorter.add(buffers.key, buffers.noted);
  }
}

DuplicateKey describe(const std::vector<Datum>& values) {
  DuplicateKey duplicate;
  duplicate.key = values;
  return duplicate;
}

// Copies varlen values so that they outlive their row.
DuplicateKey duplicate_of(const Table::Impl& table, const IndexImpl& index,
                          std::span<const Datum> row, types::Arena& arena) {
  std::vector<Datum> expressions(index.schema.expression_types.size());
  if (index.schema.expressions) (void)index.schema.expressions->evaluate(row, expressions, arena);
  DuplicateKey duplicate = describe({});
  duplicate.bytes.reserve(index.codec.size());
  for (std::size_t i = 0; i < index.codec.size(); ++i) {
    const ColumnNumber column = index.codec.column(i);
    const bool is_expression = column >= kFirstExpression;
    Datum value = is_expression ? expressions[column - kFirstExpression] : row[column];
    bool is_varlen = false;
    if (is_expression) {
      const std::size_t number = column - kFirstExpression;
      const types::TypeSupport* support =
          number < index.schema.expression_supports.size() ? index.schema.expression_supports[number] : nullptr;
      if (support == nullptr) support = types::find_type(index.schema.expression_types[number]);
      is_varlen = support != nullptr && support->physical == types::PhysicalType::varlen;
    } else {
      is_varlen = table.format.physical(column) == types::PhysicalType::varlen;
    }
    if (is_varlen && !value.is_null) {
      duplicate.bytes.emplace_back(value.as<std::string_view>());
      value = Datum::of(std::string_view(duplicate.bytes.back()));
    }
    duplicate.key.push_back(value);
  }
  return duplicate;
}

// The first key that is there twice: its row key.
std::optional<std::string> load_entries(const View& view, const btree::Tree& tree, Sorter& sorter) {
  btree::BulkLoad load(tree);
  std::vector<std::byte> value;
  std::string previous;
  bool previous_may_repeat = true;
  std::uint32_t count = 0;
  while (sorter.next()) {
    if ((++count & 0xfff) == 0) pause(view);
    const bool may_repeat = sorter.value()[0] != std::byte{0};
    const Bytes payload = sorter.value().subspan(kRepeats);
    const std::string_view key = sorter.key();
    const std::string_view index_key = key.substr(0, key.size() - row_key_of(key, payload).size());
    if (!previous_may_repeat && !may_repeat && index_key == previous) {
      return std::string(key.substr(index_key.size()));
    }
    previous = index_key;
    previous_may_repeat = may_repeat;
    compose(0, payload, value);
    load.add(btree::bytes_of(key), value);
  }
  load.finish();
  return std::nullopt;
}

// Rows on their way into a clustered tree by key. As long as they come in order, which rows
// loaded from a dump or a generator do, they go straight into the tree. The first one out of order
// sends what is there back through a sorter, with all that follows.
class ClusteredLoad {
 public:
  ClusteredLoad(const View& view, const Table::Impl& target, std::size_t memory,
                const std::string& spill_directory)
      : view_(view),
        target_(target),
        sorter_(memory, spill_directory),
        load_(std::make_unique<btree::BulkLoad>(target.clustered.tree)) {}

  void add(std::string_view key, Bytes value) {
    if (load_ != nullptr && !is_empty_ && key <= previous_) sort_from_now_on();
    if (load_ == nullptr) return sorter_.add(key, value);
    load_->add(btree::bytes_of(key), value);
    ++rows_;
    previous_ = key;
    is_empty_ = false;
  }

  // All rows are in the tree, or the value of the first whose key is there twice.
  std::optional<std::vector<std::byte>> finish() {
    if (load_ == nullptr) {
      load_ = std::make_unique<btree::BulkLoad>(target_.clustered.tree);
      bool is_first = true;
      for (std::uint32_t count = 1; sorter_.next(); ++count) {
        if ((count & 0xfff) == 0) pause(view_);
        if (!is_first && sorter_.key() == previous_) return give_up();
        is_first = false;
        previous_ = sorter_.key();
        load_->add(btree::bytes_of(sorter_.key()), sorter_.value());
        ++rows_;
      }
    }
    load_->finish();
    target_.count_rows(rows_);
    return std::nullopt;
  }

 private:
  void sort_from_now_on() {
    load_->finish();
    load_.reset();
    std::vector<std::byte> key;
    btree::Cursor cursor(target_.clustered.tree, {});
    while (cursor.next_leaf()) {
      for (unsigned i = 0; i < cursor.count(); ++i) {
        cursor.key(i).assign_to(key);
        sorter_.add(text_of(key), cursor.value(i));
      }
    }
    target_.clustered.tree.clear();
    rows_ = 0;
  }

  std::vector<std::byte> give_up() {
    std::vector<std::byte> duplicate(sorter_.value().begin(), sorter_.value().end());
    // What is in the tree goes with it; what never got there is freed here.
    load_->finish();
    do {
      free_overflow(target_, sorter_.value());
    } while (sorter_.next());
    return duplicate;
  }

  const View& view_;
  const Table::Impl& target_;
  Sorter sorter_;
  std::unique_ptr<btree::BulkLoad> load_;  // null: sorting
  std::string previous_;
  std::int64_t rows_ = 0;
  bool is_empty_ = true;
};

// The values of the row under a row key, for the message about a duplicate.
std::optional<DuplicateKey> find_duplicate(const View& view, const Table::Impl& table,
                                           const IndexImpl& index, std::string_view row_key) {
  VersionCopy version;
  const bool found = table.clustered.tree.lookup(
      btree::bytes_of(row_key), [&version](Bytes value) {
        if (value.size() >= kVersionHeaderSize) version.assign(value);
      });
  CHECK(found && transaction::find_visible(view, version));
  types::Arena arena;
  std::vector<Datum> row(table.format.column_count());
  table.format.decode(table.pages(), version.payload, row, arena);
  return duplicate_of(table, index, row, arena);
}

}  // namespace

std::optional<DuplicateKey> build_index(const View& view, const Table& owner, int number,
                                        const BuildOptions& options) {
  const Table::Impl& table = owner.impl();
  CHECK(number >= 0 && static_cast<std::size_t>(number) < table.indexes.size());
  const IndexImpl& index = table.indexes[static_cast<std::size_t>(number)];
  Sorter sorter(options.memory_bytes, options.spill_directory);
  EntryBuffers buffers;
  for_each_row(view, table, Afterwards::stays,
               [&](std::string_view row_key, const VersionCopy&, std::span<const Datum> row,
                   types::Arena& arena) {
                 add_entry(table, index, row, row_key, arena, buffers, sorter);
               });
  if (const auto row_key = load_entries(view, index.tree, sorter)) {
    return find_duplicate(view, table, index, *row_key);
  }
  return std::nullopt;
}

std::optional<DuplicateKey> rebuild_table(const View& view, const Table& source_table,
                                          const Table& target_table, RowConverter* convert,
                                          const BuildOptions& options, int* violated_index) {
  const Table::Impl& source = source_table.impl();
  const Table::Impl& target = target_table.impl();
  const std::size_t sorts = target.indexes.size() + (target.schema.has_row_id() ? 0 : 1);
  const std::size_t memory = options.memory_bytes / std::max<std::size_t>(sorts, 1);
  std::vector<std::unique_ptr<Sorter>> entries;
  for (std::size_t i = 0; i < target.indexes.size(); ++i) {
    entries.push_back(std::make_unique<Sorter>(memory, options.spill_directory));
  }

  ClusteredLoad load(view, target, memory, options.spill_directory);
  std::uint64_t row_id = 0;
  std::string row_key;
  EntryBuffers buffers;
  std::vector<std::byte> value;
  std::vector<Datum> converted(target.format.column_count());
  RowFormat::Encoded encoded;
  for_each_row(view, source, Afterwards::goes,
               [&](std::string_view, const VersionCopy& version, std::span<const Datum> row,
                   types::Arena& arena) {
    std::span<const Datum> now = row;
    if (convert != nullptr) {
      convert->convert(row, converted, arena);
      now = converted;
    }
    row_key.clear();
    if (target.schema.has_row_id()) {
      append_row_id(row_key, ++row_id);
    } else {
      target.clustered_key(now, row_key);
    }
    const std::size_t limit = target.row_limit(row_key.size());
    if (convert == nullptr && version.header.flags == 0 &&
        target.format.is_current(version.payload) && version.payload.size() <= limit) {
      compose(0, version.payload, value);
    } else {
      CHECK(target.encode(now, {}, limit, encoded));
      compose(encoded.flags, encoded.payload, value);
    }
    load.add(row_key, value);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!target.indexes[i].schema.ready) continue;
      add_entry(target, target.indexes[i], now, row_key, arena, buffers, *entries[i]);
    }
  });
  if (const auto twice = load.finish()) {
    if (violated_index != nullptr) *violated_index = kClusteredIndex;
    types::Arena arena;
    std::vector<Datum> row(target.format.column_count());
    target.format.decode(target.pages(), transaction::payload_of(*twice), row, arena);
    return duplicate_of(target, target.clustered, row, arena);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!target.indexes[i].schema.ready) continue;
    if (const auto duplicate = load_entries(view, target.indexes[i].tree, *entries[i])) {
      if (violated_index != nullptr) *violated_index = static_cast<int>(i);
      return find_duplicate(view, target, target.indexes[i], *duplicate);
    }
  }
  return std::nullopt;
}

}  // namespace table
