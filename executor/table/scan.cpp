#include "table/scan.h"

#include <algorithm>

#include "btree/cursor.h"
#include "table_impl.h"
#include "wal/check.h"

namespace table {
namespace {

btree::KeyRange tree_range(const KeyRange& range) {
  btree::KeyRange converted;
  if (!range.lower.empty()) converted.lower = btree::bytes_of(range.lower);
  if (!range.upper.empty()) converted.upper = btree::bytes_of(range.upper);
  return converted;
}

btree::Direction tree_direction(Direction direction) {
  return direction == Direction::forward ? btree::Direction::forward : btree::Direction::backward;
}

}  // namespace

struct Scan::Impl {
  Impl(const Table& table_given, const View& view_given, ScanRequest request_given)
      : owner(table_given),
        table(table_given.impl()),
        view(view_given),
        request(std::move(request_given)),
        index(request.index == kClusteredIndex
                  ? table.clustered
                  : table.indexes[static_cast<std::size_t>(request.index)]),
        range(request.range),
        cursor(index.tree, tree_range(range), tree_direction(request.direction)) {
    for (const std::int32_t column : request.columns) {
      CHECK(column == kRowKey ||
            (column >= 0 && static_cast<std::size_t>(column) < table.format.column_count()));
      needs_row = needs_row || column != kRowKey;
    }
  }

  void begin(KeyRange new_range) {
    range = std::move(new_range);
    cursor = btree::Cursor(index.tree, tree_range(range), tree_direction(request.direction));
    at = 0;
    count = 0;
    at_end = false;
    announced = false;
    last_key.clear();
  }

  // SERIALIZABLE: what is about to be read, there or not.
  void announce() {
    announced = true;
    // What ranges over nothing in particular reads the table; else its index does.
    by_index = &index != &table.clustered ||
               (!request.part_of_all && (!range.lower.empty() || !range.upper.empty()));
    if (counts) usage = (by_index && index.usage != nullptr ? index.usage : table.usage).get();
    if (usage != nullptr && !continues) usage->add(RelationUsage::scans);
    if (auto* reads = reads_of(view, table))
      reads->read_range(index.tree.root(), btree::bytes_of(range.lower),
                        btree::bytes_of(range.upper));
  }

  bool next_entry() {
    if (!announced) announce();
    while (at == count) {
      if (at_end || !cursor.next_leaf()) {
        at_end = true;
        return false;
      }
      view.transaction().wait_control().check();
      at = 0;
      count = cursor.count();
    }
    return true;
  }

  // The version that the view sees of the entry at `at`, without copying when it is the newest;
  // else it lasts until the next call.
  bool visible_payload(Bytes& payload) {
    const Bytes value = cursor.value(at);
    const VersionHeader header = transaction::parse_version(value);
    if (header.xid < stable) {
      if (header.deleted()) return false;
      payload = transaction::payload_of(value);
      return true;
    }
    version.assign(value);
    if (!transaction::find_visible(view, version)) return false;
    payload = version.payload;
    return true;
  }

  // Up to `limit` visible rows of one leaf; maybe none. False at the end.
  bool gather(std::uint32_t limit) {
    payloads.clear();
    slots.clear();
    older.reset();
    if (!next_entry()) return false;
    for (; at < count && payloads.size() < limit; ++at) {
      Bytes payload;
      if (!visible_payload(payload)) continue;
      if (payload.data() == version.payload.data())
        payload = btree::bytes_of(older.copy(text_of(payload)));
      payloads.push_back(payload);
      slots.push_back(static_cast<std::uint16_t>(at));
    }
    return true;
  }

  void fill(std::span<types::Vector> out, std::size_t columns, std::uint32_t first,
            types::Arena& arena, bool borrow) {
    for (std::size_t i = 0; i < columns; ++i) {
      const std::int32_t column = request.columns[i];
      if (column != kRowKey) {
        table.format.store_all(table.pages(), payloads, static_cast<ColumnNumber>(column), out[i],
                               first, arena, borrow);
        continue;
      }
      for (std::size_t row = 0; row < slots.size(); ++row) {
        cursor.key(slots[row]).assign_to(key);
        out[i].set(first + static_cast<std::uint32_t>(row), arena.copy(text_of(key)));
      }
    }
  }

  // Leaves what the chooser wants of the rows gathered.
  void choose(RowChooser& chooser) {
    if (payloads.empty()) return;
    const auto gathered = static_cast<std::uint32_t>(payloads.size());
    if (looked_at.empty()) {
      for (std::size_t i = 0; i < request.chooser_columns; ++i)
        looked_at.push_back(types::Vector::allocate(
            look_vectors,
            request.columns[i] == kRowKey
                ? types::PhysicalType::varlen
                : table.format.physical(static_cast<ColumnNumber>(request.columns[i])),
            types::kBatchRows));
    }
    for (types::Vector& vector : looked_at) vector.clear();
    look_arena.reset();
    fill(looked_at, request.chooser_columns, 0, look_arena, true);
    const types::Selection chosen = chooser.choose(looked_at, gathered);
    if (!chosen.dense()) {
      for (std::uint32_t i = 0; i < chosen.count; ++i) {
        payloads[i] = payloads[chosen[i]];
        slots[i] = slots[chosen[i]];
      }
    }
    payloads.resize(chosen.count);
    slots.resize(chosen.count);
  }

  std::uint32_t next_clustered(std::span<types::Vector> out, std::uint32_t max_rows,
                               types::Arena& arena, RowChooser* chooser) {
    std::uint32_t rows = 0;
    while (rows < max_rows && gather(std::min(max_rows - rows, types::kBatchRows))) {
      count_rows(payloads.size());
      if (chooser != nullptr) choose(*chooser);
      if (payloads.empty()) continue;
      fill(out, request.columns.size(), rows, arena, false);
      rows += static_cast<std::uint32_t>(payloads.size());
      cursor.key(slots.back()).assign_to(key);
      last_key.assign(text_of(key));
    }
    return rows;
  }

  const Table& owner;
  const Table::Impl& table;
  const View& view;
  ScanRequest request;
  const IndexImpl& index;
  KeyRange range;
  btree::Cursor cursor;
  unsigned at = 0;
  unsigned count = 0;
  bool at_end = false;
  bool announced = false;
  bool needs_row = false;
  // Whose use this pass is; null: nobody counts.
  RelationUsage* usage = nullptr;
  bool by_index = false;
  bool counts = true;
  bool continues = false;

  void count_rows(std::uint64_t rows) {
    if (usage == nullptr || rows == 0) return;
    usage->add(RelationUsage::rows_returned, rows);
    if (by_index) usage->add(RelationUsage::rows_fetched, rows);
  }
  transaction::Xid stable{transaction::kNoXid};
  std::vector<std::byte> key;
  std::string last_key;  // of the entry last returned
  VersionCopy version;
  Scratch scratch;
  // Of the current leaf: what the view sees, and where it stands there.
  std::vector<Bytes> payloads;
  std::vector<std::uint16_t> slots;
  types::Arena older{512};  // versions that are not the newest
  // What the chooser looks at.
  types::Arena look_vectors, look_arena{512};
  std::vector<types::Vector> looked_at;
};

PageSample::PageSample(const Table& table, std::size_t wanted, std::uint32_t seed)
    : leaves_(std::make_unique<btree::LeafSample>(
          table.impl().clustered.tree.sample_leaves(wanted, seed))) {}
PageSample::~PageSample() = default;
PageSample::PageSample(PageSample&&) noexcept = default;

double PageSample::chosen() const { return static_cast<double>(leaves_->leaves.size()); }
double PageSample::pages() const { return leaves_->leaf_pages; }

Scan::Scan(const Table& table, const View& view, ScanRequest request)
    : impl_(std::make_unique<Impl>(table, view, std::move(request))) {}
Scan::~Scan() = default;
Scan::Scan(Scan&&) noexcept = default;
Scan& Scan::operator=(Scan&&) noexcept = default;

std::uint32_t Scan::next(std::span<types::Vector> out, std::uint32_t max_rows,
                         types::Arena& arena, RowChooser* chooser) {
  Impl& scan = *impl_;
  CHECK(out.size() == scan.request.columns.size());
  scan.stable = scan.view.manager().stable_xid();
  if (scan.request.index == kClusteredIndex)
    return scan.next_clustered(out, max_rows, arena, chooser);
  CHECK(chooser == nullptr);
  std::uint32_t rows = 0;
  bool returned = false;
  for (; rows < max_rows && scan.next_entry(); ++scan.at) {
    Bytes payload;
    if (!scan.visible_payload(payload)) continue;
    scan.cursor.key(scan.at).assign_to(scan.key);
    const std::string_view row_key = row_key_of(text_of(scan.key), payload);
    if (!scan.needs_row) {
      project(scan.table, row_key, {}, scan.request.columns, out, rows, arena);
    } else if (!scan.owner.fetch(scan.view, row_key, scan.request.columns, out, rows, arena,
                                 scan.scratch)) {
      continue;
    }
    returned = true;
    ++rows;
  }
  if (returned) scan.last_key.assign(text_of(scan.key));
  scan.count_rows(rows);
  return rows;
}

void Scan::visit(const PageSample& sample) {
  CHECK(impl_->request.index == kClusteredIndex);
  impl_->cursor.reset(*sample.leaves_);
  impl_->counts = false;  // as PostgreSQL's ANALYZE
}

void Scan::restart() { restart(impl_->request.range); }

void Scan::restart(KeyRange range, bool continues) {
  impl_->continues = continues;
  impl_->request.range = range;
  impl_->begin(std::move(range));
}

void Scan::set_direction(Direction direction) {
  Impl& scan = *impl_;
  if (direction == scan.request.direction) return;
  scan.request.direction = direction;
  KeyRange rest = scan.request.range;
  const std::string last = scan.last_key;
  if (!last.empty()) {
    if (direction == Direction::forward) {
      rest.lower = last;
      rest.lower.push_back('\0');  // the next possible key
    } else {
      rest.upper = last;
    }
  }
  scan.begin(std::move(rest));
  scan.last_key = last;
}

std::vector<KeyRange> split_range(const Table& table, int index, const KeyRange& range,
                                  std::size_t parts) {
  const btree::Tree& tree =
      index == kClusteredIndex ? table.impl().clustered.tree
                               : table.impl().indexes[static_cast<std::size_t>(index)].tree;
  std::vector<KeyRange> ranges{range};
  for (const std::vector<std::byte>& cut : tree.cut_keys(tree_range(range), parts)) {
    KeyRange upper{std::string(text_of(cut)), ranges.back().upper};
    ranges.back().upper = upper.lower;
    ranges.push_back(std::move(upper));
  }
  return ranges;
}

}  // namespace table
