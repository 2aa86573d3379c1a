#include "table/scan.h"

#include <algorithm>
#include <utility>

#include "btree/cursor.h"
#include "entry_values.h"
#include "table_impl.h"
#include "types/type_io.h"
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
      CHECK(column == kRowKey || column == kXmin || column == kXmax ||
            (column >= 0 && static_cast<std::size_t>(column) < table.format.column_count()));
      tells_versions = tells_versions || column == kXmin || column == kXmax;
      lends = lends || (request.lends && column >= 0 &&
                        table.format.physical(static_cast<ColumnNumber>(column)) == types::PhysicalType::varlen);
    }
    entry_values = EntryValues::of(table, index, request.columns);
  }

  void begin(KeyRange new_range) {
    range = std::move(new_range);
    if (cursor_direction == request.direction) {
      cursor.reset(tree_range(range));
    } else {
      cursor_direction = request.direction;
      cursor = btree::Cursor(index.tree, tree_range(range), tree_direction(request.direction));
    }
    is_lent = false;
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
      if (is_lent) lend_leaf();
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
      if (tells_versions) seen = {header.xid, transaction::kNoXid};
      payload = transaction::payload_of(value);
      return true;
    }
    version.assign(value);
    if (!transaction::find_visible(view, version)) return false;
    if (tells_versions) seen = {version.header.xid, version.successor};
    payload = version.payload;
    return true;
  }

  // Keeps the leaf that values were lent of, and gives the cursor another to read into.
  void lend_leaf() {
    is_lent = false;
    std::unique_ptr<wal::Page> empty;
    if (spare.empty()) {
      empty = std::make_unique<wal::Page>();
    } else {
      empty = std::move(spare.back());
      spare.pop_back();
    }
    lent.push_back(cursor.take_leaf(std::move(empty)));
  }

  // What was lent is no longer looked at.
  void take_back() {
    for (std::unique_ptr<wal::Page>& page : lent) spare.push_back(std::move(page));
    lent.clear();
  }

  // Up to `limit` visible rows of one leaf; maybe none. False at the end.
  bool gather(std::uint32_t limit) {
    payloads.clear();
    slots.clear();
    made_by.clear();
    older.reset();
    has_older = false;
    if (!next_entry()) return false;
    for (; at < count && payloads.size() < limit; ++at) take_row();
    return true;
  }

  // To the next of the request's keys; false at the end.
  bool next_wanted() {
    has_wanted = request.keys->seek(wanted);
    if (!has_wanted) return false;
    wanted.assign(request.keys->row_key());
    if (auto* reads = reads_of(view, table)) reads->read_key(index.tree.root(), btree::bytes_of(wanted));
    return true;
  }

  // The same of the rows that the request's keys name.
  bool gather_wanted(std::uint32_t limit) {
    payloads.clear();
    slots.clear();
    made_by.clear();
    older.reset();
    has_older = false;
    if (!announced) {
      announced = true;
      if (!next_wanted()) return false;
    }
    if (!has_wanted) return false;
    if (at == count || wanted > leaf_last) {
      if (is_lent) lend_leaf();
      // Where a leaf has one or two of the rows, each is looked up: copying leaves would cost more.
      constexpr std::uint64_t kEnoughLeaves = 16, kWorthCopying = 4;
      if (wanted_leaves >= kEnoughLeaves && wanted_rows < wanted_leaves * kWorthCopying) {
        looks_up = true;
        return true;
      }
      ++wanted_leaves;
      cursor.skip_to(btree::bytes_of(wanted));
      at = count = 0;
      if (!cursor.next_leaf()) {
        has_wanted = false;
        return false;
      }
      view.transaction().wait_control().check();
      count = cursor.count();
      leaf_last.assign(key_at(count - 1));
    }
    while (payloads.size() < limit && has_wanted && wanted <= leaf_last) {
      // Keys that are wanted are seldom far apart.
      unsigned low = at, step = 1;
      while (low + step < count && key_at(low + step) < wanted) {
        low += step;
        step *= 2;
      }
      unsigned high = std::min(count, low + step);
      while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (key_at(middle) < wanted)
          low = middle + 1;
        else
          high = middle;
      }
      at = low;
      if (at < count && key_at(at) == wanted) take_row();
      ++wanted_rows;
      wanted.push_back('\0');  // the least key above
      next_wanted();
    }
    return true;
  }

  std::string_view key_at(unsigned i) {
    cursor.key(i).assign_to(key);
    return text_of(key);
  }

  // The row at `at`, if the view sees it.
  void take_row() {
    Bytes payload;
    if (!visible_payload(payload)) return;
    if (payload.data() == version.payload.data()) {
      payload = btree::bytes_of(older.copy(text_of(payload)));
      has_older = true;
    }
    payloads.push_back(payload);
    slots.push_back(static_cast<std::uint16_t>(at));
    if (tells_versions) made_by.push_back(seen);
  }

  // One of the requested columns of the rows gathered.
  void fill(types::Vector& out, std::size_t number, std::uint32_t first, types::Arena& arena, bool borrow) {
    const std::int32_t column = request.columns[number];
    if (column >= 0) {
      table.format.store_all(table.pages(), payloads, static_cast<ColumnNumber>(column), out, first, arena,
                             borrow);
      return;
    }
    if (column != kRowKey) {
      for (std::size_t row = 0; row < made_by.size(); ++row)
        out.set(first + static_cast<std::uint32_t>(row),
                shown_xid(column == kXmin ? made_by[row].version : made_by[row].successor));
      return;
    }
    for (std::size_t row = 0; row < slots.size(); ++row) {
      cursor.key(slots[row]).assign_to(key);
      out.set(first + static_cast<std::uint32_t>(row), arena.copy(text_of(key)));
    }
  }

  // Leaves what the chooser wants of the rows gathered.
  void choose(RowChooser& chooser) {
    if (looked_at.size() < request.choices.size()) looked_at.resize(request.choices.size());
    for (std::size_t choice = 0; choice < request.choices.size() && !payloads.empty(); ++choice)
      if (chooser.is_wanted(choice)) choose(chooser, choice);
  }

  void choose(RowChooser& chooser, std::size_t choice) {
    const std::vector<std::size_t>& columns = request.choices[choice];
    std::vector<types::Vector>& vectors = looked_at[choice];
    if (vectors.empty())
      for (const std::size_t number : columns)
        vectors.push_back(types::Vector::allocate(
            look_vectors,
            request.columns[number] < 0
                ? (request.columns[number] == kRowKey ? types::PhysicalType::varlen : types::PhysicalType::int32)
                : table.format.physical(static_cast<ColumnNumber>(request.columns[number])),
            types::kBatchRows));
    look_arena.reset();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      vectors[i].clear();
      fill(vectors[i], columns[i], 0, look_arena, true);
    }
    const types::Selection chosen =
        chooser.choose(choice, vectors, static_cast<std::uint32_t>(payloads.size()));
    if (!chosen.dense()) {
      for (std::uint32_t i = 0; i < chosen.count; ++i) {
        payloads[i] = payloads[chosen[i]];
        slots[i] = slots[chosen[i]];
        if (tells_versions) made_by[i] = made_by[chosen[i]];
      }
    }
    payloads.resize(chosen.count);
    slots.resize(chosen.count);
    if (tells_versions) made_by.resize(chosen.count);
  }

  // The next of the request's keys, one by one.
  std::uint32_t look_up(std::span<types::Vector> out, std::uint32_t max_rows, types::Arena& arena) {
    std::uint32_t rows = 0;
    while (rows < max_rows && has_wanted) {
      view.transaction().wait_control().check();
      if (owner.fetch(view, wanted, request.columns, out, rows, arena, scratch)) ++rows;
      wanted.push_back('\0');
      next_wanted();
    }
    return rows;
  }

  std::uint32_t next_clustered(std::span<types::Vector> out, std::uint32_t max_rows,
                               types::Arena& arena, RowChooser* chooser) {
    std::uint32_t rows = 0;
    is_lent = false;
    take_back();
    const auto gathered = [&](std::uint32_t limit) { return request.keys != nullptr ? gather_wanted(limit) : gather(limit); };
    while (!looks_up && rows < max_rows && gathered(std::min(max_rows - rows, types::kBatchRows))) {
      count_rows(payloads.size());
      if (chooser != nullptr) choose(*chooser);
      if (payloads.empty()) continue;
      // A page for a few values would cost the cache more than copying them.
      const bool lend = lends && !has_older && payloads.size() >= kWorthLending && lent.size() < kMostLent;
      is_lent = is_lent || lend;
      for (std::size_t i = 0; i < out.size(); ++i) fill(out[i], i, rows, arena, lend);
      rows += static_cast<std::uint32_t>(payloads.size());
      cursor.key(slots.back()).assign_to(key);
      last_key.assign(text_of(key));
    }
    if (looks_up && rows == 0) return look_up(out, max_rows, arena);
    return rows;
  }

  const Table& owner;
  const Table::Impl& table;
  std::optional<EntryValues> entry_values;  // of an index whose entries hold all that is asked for
  const View& view;
  ScanRequest request;
  const IndexImpl& index;
  KeyRange range;
  btree::Cursor cursor;
  Direction cursor_direction = request.direction;
  unsigned at = 0;
  unsigned count = 0;
  bool at_end = false;
  bool announced = false;
  std::uint64_t fetched = 0;    // rows that entries led to
  bool tells_versions = false;  // xmin or xmax is asked for
  // Leaves whose values the caller looks at, and those to read into.
  static constexpr std::size_t kWorthLending = 16;
  static constexpr std::size_t kMostLent = 64;
  bool lends = false;
  bool is_lent = false;    // the current leaf
  bool has_older = false;  // of the rows gathered
  std::vector<std::unique_ptr<wal::Page>> lent, spare;
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
  // Where the request has keys: the one to be found next, and how far the leaf goes.
  std::string wanted, leaf_last;
  bool has_wanted = false, looks_up = false;
  std::uint64_t wanted_leaves = 0, wanted_rows = 0;
  VersionCopy version;
  Scratch scratch;
  // Of the current leaf: what the view sees, and where it stands there.
  std::vector<Bytes> payloads;
  std::vector<std::uint16_t> slots;
  // Where tells_versions: who made them, and who a newer one.
  struct MadeBy {
    transaction::Xid version{transaction::kNoXid}, successor{transaction::kNoXid};
  };
  std::vector<MadeBy> made_by;
  MadeBy seen;  // of visible_payload()'s last
  types::Arena older{512};  // versions that are not the newest
  // What the chooser looks at, per choice.
  types::Arena look_vectors, look_arena{512};
  std::vector<std::vector<types::Vector>> looked_at;
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
    if (!scan.entry_values || !scan.entry_values->read(text_of(scan.key), payload, out, rows, arena)) {
      ++scan.fetched;
      if (!scan.owner.fetch(scan.view, row_key, scan.request.columns, out, rows, arena, scan.scratch)) continue;
    }
    returned = true;
    ++rows;
  }
  if (returned) scan.last_key.assign(text_of(scan.key));
  scan.count_rows(rows);
  return rows;
}

std::uint64_t Scan::take_fetched() { return std::exchange(impl_->fetched, 0); }

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

void Scan::restart(RowKeys& keys) {
  impl_->request.keys = &keys;
  impl_->wanted.clear();
  impl_->has_wanted = impl_->looks_up = false;
  impl_->wanted_leaves = impl_->wanted_rows = 0;
  impl_->begin(KeyRange::all());
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

namespace {

// Of a key column's value; 0: it depends on the value.
std::size_t fixed_width(const TableSchema& table, const KeyColumn& key) {
  if (key.column >= kFirstExpression || key.hashed) return 0;
  const ColumnStorage& column = table.columns.at(key.column);
  const types::TypeSupport* support =
      key.support != nullptr ? key.support : column.support != nullptr ? column.support : types::find_type(column.type);
  if (support == nullptr || support->encode_key == nullptr) return 0;
  switch (support->physical) {
    case types::PhysicalType::int16:
    case types::PhysicalType::int32:
    case types::PhysicalType::int64: break;
    default: return 0;
  }
  std::string bytes;
  types::Datum zero;
  zero.is_null = false;
  support->encode_key(zero, bytes);
  return bytes.size();
}

}  // namespace

bool has_fixed_width(const TableSchema& table, const KeyColumn& key) { return fixed_width(table, key) != 0; }

std::vector<KeyRange> split_range(const Table& table, int index, const KeyRange& range,
                                  std::size_t parts, Cut cut) {
  const btree::Tree& tree =
      index == kClusteredIndex ? table.impl().clustered.tree
                               : table.impl().indexes[static_cast<std::size_t>(index)].tree;
  std::size_t longest = SIZE_MAX;
  if (cut == Cut::between_values) {
    const std::size_t width = fixed_width(table.schema(), table.schema().index(index).keys.at(0));
    CHECK(width > 0);
    longest = 1 + width;  // the null marker comes first
  }
  std::vector<KeyRange> ranges{range};
  for (const std::vector<std::byte>& key : tree.cut_keys(tree_range(range), parts)) {
    // Of keys that begin alike all are at or above their beginning.
    const std::string at(text_of(key).substr(0, longest));
    if (at <= ranges.back().lower) continue;
    KeyRange upper{at, ranges.back().upper};
    ranges.back().upper = at;
    ranges.push_back(std::move(upper));
  }
  return ranges;
}

}  // namespace table
