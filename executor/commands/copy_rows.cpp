#include "copy_rows.h"

#include <algorithm>

#include "catalog/catalog_functions.h"
#include "operators/exclusions.h"
#include "operators/row_details.h"
#include "query/walk.h"
#include "table_parts.h"
#include "types/type_io.h"

namespace commands {

namespace {

// What a column that the input doesn't have gets: its default, or its domain's; null: nulls.
query::ExpressionPtr default_of(catalog::CatalogView& catalog, const catalog::Column& column) {
  if (column.default_) return query::clone(*column.default_);
  const auto domain = catalog.domain(column.type.oid);
  if (domain == nullptr || !domain->default_) return nullptr;
  auto coerced = std::make_unique<query::Expression>();
  coerced->type = column.type;
  coerced->node = query::CoerceToDomain{query::clone(*domain->default_), query::CallForm::implicit_cast};
  return coerced;
}

}  // namespace

CopyRowWriter::CopyRowWriter(Host& host, RelationPtr table, std::vector<int> columns,
                             const query::Expression* where, bool routed)
    : ddl_(host), table_(std::move(table)), columns_(std::move(columns)),
      execution_(host.execution_context()), lines_(types::kBatchRows),
      records_(types::kBatchRows) {
  context_ = execution_.eval;
  context_.arena = &arena_;
  for (int column : columns_)
    io_.emplace_back(host.catalog(), table_->columns[static_cast<std::size_t>(column)].type);
  rules_ = planner::write_rules(table_, host.catalog());
  if (!rules_.check_conditions.empty()) {
    checks_ = std::make_unique<eval::Evaluator>(rules_.check_conditions, types::kBatchRows);
    checks_->bind(environment_, context_);
  }
  if (!rules_.generated.empty()) {
    generated_ = std::make_unique<eval::Evaluator>(rules_.generated_values, types::kBatchRows);
    generated_->bind(environment_, context_);
  }
  for (std::size_t i = 0; i < table_->columns.size(); ++i) {
    const catalog::Column& column = table_->columns[i];
    bool given = std::find(columns_.begin(), columns_.end(), static_cast<int>(i)) != columns_.end();
    if (given || column.dropped || column.generated) continue;
    const query::ExpressionPtr value = default_of(host.catalog(), column);
    if (value == nullptr) continue;
    default_columns_.push_back(static_cast<int>(i));
    default_programs_.push_back(planner::compile_expression(*value, host.catalog()));
  }
  for (const eval::Program& program : default_programs_) {
    defaults_.emplace_back(program, types::kBatchRows);
    defaults_.back().bind(environment_, context_);
  }
  if (where != nullptr) {
    where_program_ = planner::compile_expression(*where, host.catalog());
    where_ = std::make_unique<eval::Evaluator>(where_program_, types::kBatchRows);
    where_->bind(environment_, context_);
  }
  spoken_name_ = table_->name;
  if (!routed && planner::PartitionRouting::needed(*table_)) {
    routing_ = std::make_unique<planner::PartitionRouting>(table_, host.catalog());
    router_ = std::make_unique<planner::PartitionRouter>(*routing_, types::kBatchRows);
    router_->bind(environment_, context_);
    probe_ = std::make_unique<operators::PartitionProbe>(*routing_, rules_.columns);
    probe_->bind(environment_, context_);
    leaves_.resize(routing_->leaves.size());
  }
  for (const types::PhysicalType column : rules_.columns)
    vectors_.push_back(types::Vector::allocate(memory_, column, types::kBatchRows));
  open_triggers(routed);
  view_ = ddl_.transaction().take_view();
  if (table_->storage != nullptr && !before_row_ && !after_row_ && !transition_) insert_.emplace(*table_->storage, view_, scratch_);
  start_batch();
}

void CopyRowWriter::start_batch() {
  for (types::Vector& vector : vectors_) vector.clear();
  arena_.reset();
  count_ = 0;
}

std::string shown_in_copy(std::string_view text) {
  constexpr std::size_t kLongest = 100;  // PostgreSQL's MAX_COPY_DATA_DISPLAY
  return text.size() <= kLongest ? std::string(text) : std::string(text.substr(0, kLongest)) + "...";
}

std::string CopyRowWriter::context_of(std::uint64_t line) const {
  return "COPY " + spoken_name_ + ", line " + std::to_string(line);
}

std::string CopyRowWriter::context_of(std::uint64_t line, std::string_view record) const {
  return record.data() == nullptr ? context_of(line) : context_of(line) + ": \"" + shown_in_copy(record) + "\"";
}

void CopyRowWriter::fill_defaults() {
  std::vector<bool> filled(table_->columns.size());
  for (int column : columns_) filled[static_cast<std::size_t>(column)] = true;
  types::Batch batch{vectors_, {nullptr, count_}};
  for (std::size_t i = 0; i < defaults_.size(); ++i) {
    auto column = static_cast<std::size_t>(default_columns_[i]);
    filled[column] = true;
    const types::Vector& value = defaults_[i].evaluate(0, batch);
    for (std::uint32_t row = 0; row < count_; ++row)
      if (value.is_null(row))
        vectors_[column].set_null(row);
      else
        vectors_[column].set_datum(row, value.datum(row));
  }
  for (std::size_t column = 0; column < filled.size(); ++column)
    if (!filled[column])
      for (std::uint32_t row = 0; row < count_; ++row) vectors_[column].set_null(row);
  for (const int column : rules_.generated) vectors_[static_cast<std::size_t>(column)].clear();
  generate(batch.rows);
}

void CopyRowWriter::generate(types::Selection rows) {
  if (generated_ == nullptr) return;
  for (std::size_t i = 0; i < rules_.generated.size(); ++i) {
    auto column = static_cast<std::size_t>(rules_.generated[i]);
    const types::Vector& value = generated_->evaluate(i, {vectors_, rows});
    for (std::uint32_t k = 0; k < rows.count; ++k) {
      const std::uint32_t row = rows[k];
      if (value.is_null(row)) {
        vectors_[column].set_null(row);
      } else {
        vectors_[column].set_not_null(row);
        vectors_[column].set_datum(row, value.datum(row));
      }
    }
  }
}

std::string CopyRowWriter::failing_row(std::uint32_t row) {
  if (named_ == nullptr)
    return operators::failing_row(ddl_.catalog(), context_, *table_, columns_,
                                  [&](std::size_t i) { return value_at(i, row); });
  return operators::failing_row(ddl_.catalog(), context_, named_->table(), named_->columns_, [&](std::size_t i) {
    const int own = (*named_columns_)[i];
    return own >= 0 ? value_at(static_cast<std::size_t>(own), row) : types::Datum::null();
  });
}

types::Datum CopyRowWriter::value_at(std::size_t column, std::uint32_t row) const {
  const types::Vector& vector = vectors_[column];
  return vector.is_null(row) ? types::Datum::null() : vector.datum(row);
}

void CopyRowWriter::check_not_null(types::Selection rows) {
  for (int column : rules_.not_null) {
    const types::Vector& vector = vectors_[static_cast<std::size_t>(column)];
    if (!vector.may_have_nulls()) continue;
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (!vector.is_null(rows[i])) continue;
      const std::string& name = table_->columns[static_cast<std::size_t>(column)].name;
      throw SqlError("23502", "null value in column \"" + name + "\" of relation \"" +
                                  table_->name + "\" violates not-null constraint")
          .with_detail(failing_row(rows[i]))
          .with_context(context_of_row(rows[i]))
          .on_table(table_->schema_name, table_->name)
          .on_column(name);
    }
  }
}

void CopyRowWriter::check_constraints(types::Selection rows) {
  types::Batch batch{vectors_, rows};
  for (std::size_t c = 0; c < rules_.checks.size(); ++c) {
    const types::Vector& passed = checks_->evaluate(c, batch);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (passed.is_null(rows[i]) || passed.get<bool>(rows[i])) continue;
      throw SqlError("23514", "new row for relation \"" + table_->name +
                                  "\" violates check constraint \"" + rules_.checks[c].name + "\"")
          .with_detail(failing_row(rows[i]))
          .with_context(context_of_row(rows[i]))
          .on_table(table_->schema_name, table_->name)
          .on_constraint(rules_.checks[c].name);
    }
  }
}

void CopyRowWriter::raise_duplicate(int index, std::uint32_t row, std::string context) {
  for (const catalog::IndexDescriptor& i : table_->indexes) {
    if (i.storage_index != index) continue;
    if (i.is_exclusion) {
      const auto [own, other] = scratch_.excluding_keys();
      try {
        operators::raise_excluded(execution_, *table_, i, own, other);
      } catch (SqlError& error) {
        throw std::move(error).with_context(std::move(context));
      }
    }
    std::string names;
    std::vector<types::TypeRef> key_types;
    std::vector<types::Datum> values;
    types::Arena computed_arena(256);
    const table::IndexSchema& stored = table_->storage->schema().index(
        i.is_clustered_key ? table::kClusteredIndex : i.storage_index);
    std::vector<types::Datum> whole_row, computed(stored.expression_types.size());
    for (const types::Vector& vector : vectors_)
      whole_row.push_back(vector.is_null(row) ? types::Datum::null() : vector.datum(row));
    if (stored.expressions) (void)stored.expressions->evaluate(whole_row, computed, computed_arena);
    std::size_t next = 0;
    for (std::size_t k = 0; k < i.keys.size(); ++k) {
      const catalog::IndexKey& key = i.keys[k];
      if (!names.empty()) names += ", ";
      if (key.column < 0) {
        names += catalog::index_definition(ddl_.catalog(), i.oid, static_cast<int>(k) + 1, true).value_or("");
        key_types.push_back(key.type);
        values.push_back(computed.at(next++));
        continue;
      }
      auto column = static_cast<std::size_t>(key.column);
      names += table_->columns[column].name;
      key_types.push_back(table_->columns[column].type);
      values.push_back(vectors_[column].is_null(row) ? types::Datum::null()
                                                     : vectors_[column].datum(row));
    }
    std::vector<int> key_columns;
    for (const catalog::IndexKey& key : i.keys) key_columns.push_back(key.column);
    std::string detail;
    if (operators::may_show_columns(ddl_.catalog(), *table_, key_columns))
      detail = "Key (" + names + ")=(" + value_list(ddl_, key_types, values) + ") already exists.";
    throw SqlError("23505", "duplicate key value violates unique constraint \"" + i.name + "\"")
        .with_detail(std::move(detail))
        .with_context(std::move(context))
        .on_table(table_->schema_name, table_->name)
        .on_constraint(i.name);
  }
  throw SqlError("23505", "duplicate key value violates a unique constraint");
}

void CopyRowWriter::flush() {
  if (count_ == 0) return;
  if (execution_.interrupts != nullptr) execution_.interrupts->check();
  fill_defaults();
  types::Selection rows{nullptr, count_};
  if (where_ != nullptr) rows = where_->filter({vectors_, rows});
  if (rows.count > 0 && routing_ != nullptr) {
    route(rows);
  } else if (rows.count > 0 && (before_row_ || after_row_ || transition_)) {
    if (auto room = ddl_.manager().volume().wait_for_room(); !room)
      throw SqlError("58030", "could not write: " + room.error().message());
    insert_with_triggers(rows);
  } else if (rows.count > 0) {
    check_not_null(rows);
    if (checks_ != nullptr) check_constraints(rows);
    if (auto room = ddl_.manager().volume().wait_for_room(); !room)
      throw SqlError("58030", "could not write: " + room.error().message());
    std::uint32_t failed = 0;
    table::Outcome outcome = insert_->add(vectors_, rows, &failed);
    if (!outcome.ok()) raise_duplicate(outcome.index, failed, context_of(lines_[failed]));
    if (!table_->foreign_keys.empty()) check_foreign_keys(rows);
    rows_ += rows.count;
  }
  start_batch();
}

// To the leaves' own writers, which are flushed before this batch's bytes go.
void CopyRowWriter::route(types::Selection rows) {
  router_->start({vectors_, rows});
  std::vector<std::size_t> touched;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    const planner::PartitionRouter::Place place = router_->find(row);
    if (place.leaf < 0) {
      const auto& level = routing_->levels[static_cast<std::size_t>(place.level)];
      const RelationDescriptor& at = level.table->table();
      if (place.elsewhere || operators::is_above(ddl_.catalog(), at, *table_))
        throw SqlError("23514", "new row for relation \"" + table_->name +
                                    "\" violates partition constraint")
            .with_detail(failing_row(row))
            .with_context(context_of_row(row))
            .on_table(table_->schema_name, table_->name);
      const std::vector<types::Datum> key = operators::partition_key_values(
          at, *table_, router_->key(), [&](std::size_t column) { return value_at(column, row); });
      throw SqlError("23514", "no partition of relation \"" + at.name + "\" found for row")
          .with_detail(operators::failing_partition_key(ddl_.catalog(), context_, at, key))
          .with_context(context_of_row(row))
          .on_table(at.schema_name, at.name);
    }
    const auto leaf = static_cast<std::size_t>(place.leaf);
    std::unique_ptr<CopyRowWriter>& writer = leaves_[leaf];
    const std::vector<int>& map = routing_->columns[leaf];
    if (!writer) {
      std::vector<int> columns;
      for (int column : map)
        if (column >= 0 && !routing_->leaves[leaf]->columns[static_cast<std::size_t>(column)].generated)
          columns.push_back(column);
      writer = std::make_unique<CopyRowWriter>(ddl_.host(), routing_->leaves[leaf],
                                               std::move(columns), nullptr, true);
      writer->speak_for(table_->name);
      writer->placement_ = probe_.get();
      writer->transition_ = transition_;
      writer->named_columns_ = &map;
      writer->named_ = this;
    }
    if (std::find(touched.begin(), touched.end(), leaf) == touched.end()) touched.push_back(leaf);
    std::size_t input = 0;
    for (std::size_t i2 = 0; i2 < map.size(); ++i2)
      if (map[i2] >= 0 &&
          !routing_->leaves[leaf]->columns[static_cast<std::size_t>(map[i2])].generated)
        writer->set(input++, vectors_[i2].datum(row));
    if (writer->end_row(lines_[row], records_[row])) writer->flush();
  }
  for (std::size_t leaf : touched) leaves_[leaf]->flush();
  rows_ += rows.count;
}

void CopyRowWriter::check_key(const catalog::ForeignKey& key, const RelationPtr& referenced,
                              std::span<const types::Datum> values, std::uint64_t line) {
  bool any_null = std::any_of(values.begin(), values.end(), [](auto& v) { return v.is_null; });
  bool all_null = std::all_of(values.begin(), values.end(), [](auto& v) { return v.is_null; });
  if (any_null && (key.match != 'f' || all_null)) return;
  bool found = false;
  if (!any_null) {
    std::unique_ptr<operators::KeyPlace>& place = places_[key.oid];
    if (!place || place->table() != referenced)
      place = std::make_unique<operators::KeyPlace>(referenced, key.referenced_index, key.referenced_columns,
                                                    ddl_.catalog(), execution_.eval,
                                                    operators::key_conversions(ddl_.catalog(), key, *referenced, *table_,
                                                                               key.columns, execution_.eval));
    if (const operators::KeyPlace::Place* at = place->find(values)) {
      const table::Table& keys = *at->relation->storage;
      if (auto row_key = keys.find_newest(view_, at->storage_index, at->key, scratch_)) {
        table::LockStatus status = keys.lock_row(view_, *row_key, table::RowLockMode::key_share,
                                                 table::LockWait::block, scratch_);
        found = status != table::LockStatus::deleted;
      }
    }
  }
  if (found) return;
  std::string names;
  std::vector<types::TypeRef> key_types;
  for (int column : key.columns) {
    if (!names.empty()) names += ", ";
    names += table_->columns[static_cast<std::size_t>(column)].name;
    key_types.push_back(table_->columns[static_cast<std::size_t>(column)].type);
  }
  std::string detail =
      any_null ? "MATCH FULL does not allow mixing of null and nonnull key values."
               : "Key (" + names + ")=(" + value_list(ddl_, key_types, values) +
                     ") is not present in table \"" + referenced->name + "\".";
  throw SqlError("23503", "insert or update on table \"" + table_->name +
                              "\" violates foreign key constraint \"" + key.name + "\"")
      .with_detail(std::move(detail))
      .with_context(context_of(line))
      .on_table(table_->schema_name, table_->name)
      .on_constraint(key.name);
}

void CopyRowWriter::check_foreign_keys(types::Selection rows) {
  for (std::size_t k = 0; k < table_->foreign_keys.size(); ++k) {
    const catalog::ForeignKey& key = table_->foreign_keys[k];
    if (!table_->acts(key.enabled)) continue;
    RelationPtr referenced = ddl_.catalog().open_relation(key.referenced, RelationLock::row_share);
    // Rows of a partitioned table may come with those that refer to them.
    const bool to_itself = key.referenced == table_->oid || referenced->partition_key != nullptr;
    std::vector<types::Datum> values(key.columns.size());
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      std::uint32_t row = rows[i];
      for (std::size_t c = 0; c < values.size(); ++c) {
        const types::Vector& vector = vectors_[static_cast<std::size_t>(key.columns[c])];
        values[c] = vector.is_null(row) ? types::Datum::null() : vector.datum(row);
        if (to_itself)
          values[c] = types::copy_datum(pending_arena_, vector.type(), values[c]);
      }
      if (to_itself)
        pending_.push_back({k, lines_[row], values});
      else
        check_key(key, referenced, values, lines_[row]);
    }
  }
}

void CopyRowWriter::finish() {
  finish_rows();
  finish_keys();
  end_statement();
}

void CopyRowWriter::finish_rows() {
  flush();
  for (std::unique_ptr<CopyRowWriter>& leaf : leaves_)
    if (leaf) leaf->finish_rows();
  if (insert_) insert_->finish();
}

void CopyRowWriter::finish_keys() {
  for (std::unique_ptr<CopyRowWriter>& leaf : leaves_)
    if (leaf) leaf->finish_keys();
  for (const PendingKey& pending : pending_)
    check_key(table_->foreign_keys[pending.key],
              ddl_.catalog().relation(table_->foreign_keys[pending.key].referenced), pending.values,
              pending.line);
  if (!operators::has_deferrable_exclusion(*table_)) return;
  execution_.view = &view_;
  operators::settle_exclusions(execution_, table_, scratch_);
}

void CopyRowWriter::end_statement() {
  for (std::unique_ptr<CopyRowWriter>& leaf : leaves_)
    if (leaf) leaf->end_statement();
  view_ = {};
  ddl_.transaction().next_command();
  run_after_triggers();
}

}  // namespace commands
