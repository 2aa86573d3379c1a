// How a table is stored: what the catalogue knows, without names.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inverted/source.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/oid.h"
#include "types/type_io.h"
#include "wal/ids.h"

namespace table {

// Position in TableSchema::columns, from 0 (attnum - 1).
using ColumnNumber = std::uint16_t;

// As a ColumnNumber of an index: the index's own expression number (value - kFirstExpression).
inline constexpr ColumnNumber kFirstExpression = 0x8000;

struct ColumnStorage {
  types::Oid type = types::kInvalidOid;
  // For keys. Null: types::find_type(type); enums, domains and arrays come with the generic
  // support that the catalogue found for them.
  const types::TypeSupport* support = nullptr;
  types::PhysicalType physical = types::PhysicalType::int32;
  // Values stay in old rows, new rows hold null. The physical type must stay what it was.
  bool dropped = false;
  // What rows written before ALTER TABLE .. ADD COLUMN .. DEFAULT show (pg_attribute.
  // attmissingval): no rewrite. Null when not set. Varlen bytes in missing_bytes.
  types::Datum missing;
  std::string missing_bytes;
};

struct KeyColumn {
  ColumnNumber column = 0;
  bool descending = false;
  bool nulls_first = false;
  // Where the key's order is not that of its column's type (a collation's): what encodes it. Of an
  // inverted array: what encodes its elements.
  const types::TypeSupport* support = nullptr;
  // Entries hold a hash of the key: of bounded size, in no order, and other values may have the same.
  bool hashed = false;
  // Other than none: there is an entry for each of the value's keys.
  inverted::Source source = inverted::Source::none;
};

// Expression keys and predicates are evaluated above this unit.
class IndexExpressions {
 public:
  virtual ~IndexExpressions() = default;

  // Of one row (every column of the table; dropped ones null): false when the index's predicate
  // leaves it out; else fills one value per expression, varlen bytes in `arena`. Thread-safe.
  virtual bool evaluate(std::span<const types::Datum> row, std::span<types::Datum> values,
                        types::Arena& arena) const = 0;
};

// EXCLUDE: rows may not stand beside each other whose keys conflict; nulls conflict with nothing.
struct Exclusion {
  std::vector<types::Oid> operators;  // pg_operator.oid, of each key
  std::vector<int> strategies;  // of each key's operator, as inverted::PlacedCondition has it; of equality elsewhere
  // evaluate() of the key values of one row and then those of another: whether they conflict.
  std::shared_ptr<const IndexExpressions> conflict;
  // Others look for conflicts, by Table::find_excluding(), when it is time.
  bool deferrable = false;
};

struct IndexSchema {
  types::Oid id = types::kInvalidOid;  // pg_class.oid, reported with violations
  wal::PageNo root = wal::kNoPage;
  std::vector<KeyColumn> keys;
  std::vector<ColumnNumber> included;  // INCLUDE: stored, not compared
  bool unique = false;
  bool nulls_not_distinct = false;
  // pg_index.indisready: false while CREATE INDEX builds it; then nothing maintains it.
  bool ready = true;

  std::vector<types::Oid> expression_types;  // of expression kFirstExpression + i
  // A row has as many entries as its columns' values have keys: read by PostingScan alone, never
  // unique. All columns are of that kind, or none.
  bool is_inverted() const { return !keys.empty() && keys.front().source != inverted::Source::none; }
  // Of those: the columns make keys together (inverted/placement.h).
  bool is_placed() const { return !keys.empty() && inverted::is_placed(keys.front().source); }

  // As ColumnStorage::support; may be shorter.
  std::vector<const types::TypeSupport*> expression_supports;
  std::shared_ptr<const IndexExpressions> expressions;  // also with a predicate alone
};

// The clustered index's number where an index is asked for; secondary ones count from 0.
inline constexpr int kClusteredIndex = -1;

struct TableSchema {
  types::Oid id = types::kInvalidOid;  // pg_class.oid, for locks and lists
  std::vector<ColumnStorage> columns;
  // Columns the table was created with: rows hold at least these. 0 means all of them.
  std::uint16_t created_columns = 0;

  // The tree that holds the rows. `clustered.keys` empty: by a hidden row id.
  IndexSchema clustered;
  std::vector<IndexSchema> indexes;

  bool has_row_id() const { return clustered.keys.empty(); }
  const IndexSchema& index(int number) const {
    return number == kClusteredIndex ? clustered : indexes[static_cast<std::size_t>(number)];
  }
};

}  // namespace table
