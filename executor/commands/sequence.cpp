#include "sequence.h"

#include <limits>

#include "relation_rows.h"
#include "table/sequence.h"

namespace commands {
namespace {

struct Range {
  std::int64_t lowest, highest;
  const char* name;
};
Range range_of(Oid type) {
  switch (type) {
    case types::oid::int2: return {INT16_MIN, INT16_MAX, "smallint"};
    case types::oid::int4: return {INT32_MIN, INT32_MAX, "integer"};
    case types::oid::int8: return {INT64_MIN, INT64_MAX, "bigint"};
    default: throw SqlError("22023", "sequence type must be smallint, integer, or bigint");
  }
}

// What the options make of a sequence that stood as `info` (defaults when new).
void apply_options(catalog::SequenceInfo& info, const query::SequenceOptions& options, bool is_new) {
  Range old_range = range_of(info.type);
  bool reset_max = false, reset_min = false;
  if (options.type && *options.type != info.type) {
    // A bound of the old type becomes one of the new.
    reset_max = info.maximum == old_range.highest;
    reset_min = info.minimum == old_range.lowest;
    info.type = *options.type;
  }
  Range range = range_of(info.type);
  if (options.increment) {
    if (*options.increment == 0) throw SqlError("22023", "INCREMENT must not be zero");
    info.increment = *options.increment;
  }
  bool ascending = info.increment > 0;
  if (options.cycle) info.cycle = *options.cycle;

  if (options.max_value && *options.max_value)
    info.maximum = **options.max_value;
  else if (is_new || options.max_value || reset_max)
    info.maximum = ascending || reset_max ? range.highest : -1;
  if (info.maximum < range.lowest || info.maximum > range.highest)
    throw SqlError("22023", "MAXVALUE (" + std::to_string(info.maximum) +
                                ") is out of range for sequence data type " + range.name);
  if (options.min_value && *options.min_value)
    info.minimum = **options.min_value;
  else if (is_new || options.min_value || reset_min)
    info.minimum = ascending && !reset_min ? 1 : range.lowest;
  if (info.minimum < range.lowest || info.minimum > range.highest)
    throw SqlError("22023", "MINVALUE (" + std::to_string(info.minimum) +
                                ") is out of range for sequence data type " + range.name);
  if (info.minimum >= info.maximum)
    throw SqlError("22023", "MINVALUE (" + std::to_string(info.minimum) +
                                ") must be less than MAXVALUE (" + std::to_string(info.maximum) +
                                ")");
  if (options.start)
    info.start = *options.start;
  else if (is_new)
    info.start = ascending ? info.minimum : info.maximum;
  if (info.start < info.minimum)
    throw SqlError("22023", "START value (" + std::to_string(info.start) +
                                ") cannot be less than MINVALUE (" + std::to_string(info.minimum) +
                                ")");
  if (info.start > info.maximum)
    throw SqlError("22023", "START value (" + std::to_string(info.start) +
                                ") cannot be greater than MAXVALUE (" +
                                std::to_string(info.maximum) + ")");
  if (options.cache) {
    if (*options.cache <= 0)
      throw SqlError("22023",
                     "CACHE (" + std::to_string(*options.cache) + ") must be greater than zero");
    info.cache = *options.cache;
  }
}

void set_sequence_row(RowBuilder& row, const catalog::SequenceInfo& info) {
  row.set(pg_sequence::seqtypid, info.type);
  row.set(pg_sequence::seqstart, info.start);
  row.set(pg_sequence::seqincrement, info.increment);
  row.set(pg_sequence::seqmax, info.maximum);
  row.set(pg_sequence::seqmin, info.minimum);
  row.set(pg_sequence::seqcache, info.cache);
  row.set(pg_sequence::seqcycle, info.cycle);
}

// An identity column's sequence stays that column's.
void require_not_of_identity(Ddl& ddl, Oid sequence) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                     {key_oid(pg_class::kOid), key_oid(sequence), types::Datum::of(std::int32_t{0})});
  while (rows.next()) {
    Row row = rows.row();
    if (row.letter(pg_depend::deptype) != static_cast<char>(Dependency::internal) ||
        row.oid(pg_depend::refclassid) != pg_class::kOid)
      continue;
    throw SqlError("0A000", "cannot change ownership of identity sequence")
        .with_detail("Sequence \"" + ddl.reload(sequence)->name + "\" is linked to table \"" +
                     ddl.reload(row.oid(pg_depend::refobjid))->name + "\".");
  }
}

// OWNED BY as written.
void apply_owned_by(Ddl& ddl, Oid sequence, const query::SequenceOptions& options) {
  if (!options.owned_by && !options.owned_by_none) return;
  require_not_of_identity(ddl, sequence);
  ddl.remove_dependencies(relation_address(sequence), pg_class::kOid);
  if (!options.owned_by) return;
  RelationPtr table = ddl.open(*options.owned_by, RelationLock::access_share);
  if (table->kind != RelationKind::table && table->kind != RelationKind::view &&
      table->kind != RelationKind::foreign_table && table->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "sequence cannot be owned by relation \"" + table->name + "\"");
  RelationPtr own = ddl.reload(sequence);
  if (own->schema != table->schema)
    throw SqlError("55000", "sequence must be in same schema as table it is linked to");
  int column = table->column_index(options.owned_by_column);
  if (column < 0)
    throw SqlError("42703", "column \"" + options.owned_by_column + "\" of relation \"" +
                                table->name + "\" does not exist");
  own_sequence(ddl, sequence, {table->oid, column + 1, false});
}

}  // namespace

Oid create_sequence_relation(Ddl& ddl, const std::string& name, Oid schema, char persistence,
                             const query::SequenceOptions& options) {
  catalog::SequenceInfo info;
  info.type = options.type.value_or(types::oid::int8);
  apply_options(info, options, true);

  NewRelation relation;
  relation.oid = ddl.writer().allocate_oid();
  relation.name = name;
  relation.schema = schema;
  relation.kind = 'S';
  relation.persistence = persistence;
  relation.root = table::create_sequence(ddl.transaction(), info.start);
  for (auto [column, type] : {std::pair{"last_value", types::oid::int8},
                              std::pair{"log_cnt", types::oid::int8},
                              std::pair{"is_called", types::oid::bool_}}) {
    NewColumn c;
    c.name = column;
    c.type.oid = type;
    c.not_null = true;
    relation.columns.push_back(c);
  }
  insert_relation(ddl, relation, false);
  RowBuilder row = ddl.writer().row(pg_sequence::kOid);
  row.set(pg_sequence::seqrelid, relation.oid);
  set_sequence_row(row, info);
  ddl.writer().insert(row);
  return relation.oid;
}

void own_sequence(Ddl& ddl, Oid sequence, const SequenceOwner& owner) {
  ddl.depend(relation_address(sequence), relation_address(owner.table, owner.column),
             owner.identity ? Dependency::internal : Dependency::automatic);
}

void create_sequence(Ddl& ddl, const query::CreateSequence& statement) {
  Oid schema = ddl.target_schema(statement.name.schema, statement.persistence,
                                 statement.name.location);
  if (statement.if_not_exists &&
      ddl.catalog().find_relation(ddl.catalog().schema_name(schema), statement.name.name) != 0) {
    ddl.notice("42P07", "relation \"" + statement.name.name + "\" already exists, skipping");
    return;
  }
  ddl.require_free_relation_name(schema, statement.name.name);
  char persistence = schema == ddl.catalog().temporary_schema()
                         ? 't'
                         : persistence_letter(statement.persistence);
  Oid sequence = create_sequence_relation(ddl, statement.name.name, schema, persistence,
                                          statement.options);
  apply_owned_by(ddl, sequence, statement.options);
}

void alter_sequence_options(Ddl& ddl, const RelationDescriptor& sequence,
                            const query::SequenceOptions& options) {
  catalog::SequenceInfo info = *sequence.sequence;
  apply_options(info, options, false);
  table::SequenceState state = table::read_sequence(ddl.manager(), info.page);
  std::int64_t last = state.last_value;
  bool called = state.is_called;
  if (options.restart) {
    last = options.restart_with.value_or(info.start);
    called = false;
  }
  if (last < info.minimum)
    throw SqlError("22023", "RESTART value (" + std::to_string(last) +
                                ") cannot be less than MINVALUE (" + std::to_string(info.minimum) +
                                ")");
  if (last > info.maximum)
    throw SqlError("22023", "RESTART value (" + std::to_string(last) +
                                ") cannot be greater than MAXVALUE (" +
                                std::to_string(info.maximum) + ")");
  RowBuilder row = ddl.writer().row(pg_sequence::kOid);
  set_sequence_row(row, info);
  ddl.writer().update_one(0, {key_oid(sequence.oid)}, row);
  if (options.restart) {
    // A page of its own, so that a rollback brings the old numbers back.
    wal::PageNo page = table::create_sequence(ddl.transaction(), last);
    if (called) table::set_value(ddl.manager(), page, last, true);
    table::drop_sequence(ddl.transaction(), info.page);
    RowBuilder moved = ddl.writer().row(pg_class::kOid);
    moved.set(pg_class::relfilenode, wal::raw(page));
    ddl.writer().update_one(0, {key_oid(sequence.oid)}, moved);
  }
  apply_owned_by(ddl, sequence.oid, options);
}

void alter_sequence(Ddl& ddl, const query::AlterSequence& statement) {
  RelationPtr sequence =
      statement.missing_ok
          ? ddl.open_if_exists(statement.name, RelationLock::share_row_exclusive)
          : ddl.open(statement.name, RelationLock::share_row_exclusive);
  if (sequence == nullptr) {
    ddl.notice("42P01", "relation \"" + statement.name.name + "\" does not exist, skipping");
    return;
  }
  if (sequence->kind != RelationKind::sequence)
    throw SqlError("42809", "\"" + sequence->name + "\" is not a sequence");
  ddl.require_owner(*sequence);
  alter_sequence_options(ddl, *sequence, statement.options);
}

}  // namespace commands
