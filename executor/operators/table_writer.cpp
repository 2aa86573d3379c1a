#include "table_writer.h"

#include <algorithm>

#include "catalog/catalog_functions.h"
#include "catalog/session_catalog.h"
#include "eval/compile.h"
#include "operators/exclusions.h"
#include "operators/row_details.h"
#include "transaction/transaction.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

using types::SqlError;

TableWriter::TableWriter(const planner::WriteRules& rules, ExecutionState& state,
                         std::uint32_t batch_rows)
    : rules_(rules),
      state_(state),
      checks_(rules.check_conditions, batch_rows),
      generated_(rules.generated_values, batch_rows),
      view_conditions_(rules.view_conditions, batch_rows) {
  if (!rules.row_security) return;
  for (const Fate fate : {Fate::inserted, Fate::updated, Fate::changing, Fate::deleting})
    policies_.emplace_back(policies(fate).conditions, batch_rows);
}

const planner::WriteRules::Policies& TableWriter::policies(Fate fate) const {
  switch (fate) {
    case Fate::inserted: return rules_.inserted;
    case Fate::updated: return rules_.updated;
    case Fate::changing: return rules_.changing;
    case Fate::deleting: break;
  }
  return rules_.deleting;
}

void TableWriter::check_policies(std::span<types::Vector> columns, types::Selection rows, Fate fate) {
  if (policies_.empty()) return;
  eval::Evaluator& conditions = policies_[static_cast<std::size_t>(fate)];
  for (std::size_t c = 0; c < conditions.size(); ++c) {
    const types::Vector& passed = conditions.evaluate(c, {columns, rows});
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (!passed.is_null(rows[i]) && passed.get<bool>(rows[i])) continue;
      const bool existing = fate == Fate::changing || fate == Fate::deleting;
      const bool merge = existing && state_.plan.command == query::CommandKind::merge;
      const std::string& policy = policies(fate).names[c];
      throw SqlError("42501", std::string(merge ? "target" : "new") + " row violates row-level security policy " +
                                  (policy.empty() ? "" : "\"" + policy + "\" ") +
                                  (existing ? "(USING expression) " : "") + "for table \"" +
                                  rules_.policies_of + "\"");
    }
  }
}

void TableWriter::open(types::EvalContext& context) {
  context_ = &context;
  access_ = state_.open_table(*rules_.relation);
  if (has_deferrable_exclusion(*rules_.relation) && std::ranges::find(state_.writers_to_settle, this) == state_.writers_to_settle.end())
    state_.writers_to_settle.push_back(this);
  checks_.bind(state_.environment, context);
  generated_.bind(state_.environment, context);
  view_conditions_.bind(state_.environment, context);
  for (eval::Evaluator& e : policies_) e.bind(state_.environment, context);
}

std::string text_of(ExecutionState& state, types::Oid type, const types::Datum& value) {
  if (value.is_null) return "null";
  types::Arena arena(256);
  types::EvalContext context = state.eval_context();
  context.arena = &arena;
  std::string text;
  eval::type_support(*state.context.catalog, type).output(context, value, text);
  return text;
}

std::string describe_key(ExecutionState& state, const catalog::RelationDescriptor& relation,
                         std::span<const int> columns, std::span<const types::Datum> values) {
  std::string names, texts;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const catalog::Column& column = relation.columns[static_cast<std::size_t>(columns[i])];
    if (i > 0) {
      names += ", ";
      texts += ", ";
    }
    names += catalog::quote_identifier(column.name);
    texts += text_of(state, column.type.oid, values[i]);
  }
  return "(" + names + ")=(" + texts + ")";
}

std::string TableWriter::describe_row(const std::function<types::Datum(std::size_t)>& value) {
  if (rules_.row_security) return {};
  const std::span<const int> written = written_ != nullptr ? std::span<const int>(*written_) : std::span<const int>();
  if (named_ == nullptr) return failing_row(*state_.context.catalog, state_.eval_context(), *rules_.relation, written, value);
  return failing_row(*state_.context.catalog, state_.eval_context(), *named_, written, [&](std::size_t i) {
    const int own = (*named_columns_)[i];
    return own >= 0 ? value(static_cast<std::size_t>(own)) : types::Datum::null();
  });
}

std::string TableWriter::describe_row(std::span<const types::Vector> columns, std::uint32_t row) {
  types::Arena arena(1024);
  std::vector<types::Vector> old;
  if (row_keys_ != nullptr && !unread_.empty()) {
    for (const std::int32_t column : unread_)
      old.push_back(types::Vector::allocate(arena, rules_.columns[static_cast<std::size_t>(column)], 1));
    if (!table().fetch(view(), row_keys_->get<std::string_view>(row), unread_, old, 0, arena, scratch_)) old.clear();
  }
  return describe_row([&](std::size_t i) {
    const auto unread = std::ranges::find(unread_, static_cast<std::int32_t>(i));
    if (old.empty() || unread == unread_.end()) return columns[i].datum(row);
    return old[static_cast<std::size_t>(unread - unread_.begin())].datum(0);
  });
}

void TableWriter::complete(std::span<types::Vector> columns, types::Selection rows, Fate fate) {
  const catalog::RelationDescriptor& relation = *rules_.relation;
  for (std::size_t i = 0; i < rules_.generated.size(); ++i)
    columns[static_cast<std::size_t>(rules_.generated[i])] =
        generated_.evaluate(i, {columns, rows});
  check_policies(columns, rows, fate);
  for (const int column : rules_.not_null) {
    const types::Vector& values = columns[static_cast<std::size_t>(column)];
    if (!values.may_have_nulls()) continue;
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (!values.is_null(rows[i])) continue;
      const std::string& name = relation.columns[static_cast<std::size_t>(column)].name;
      throw SqlError("23502", "null value in column \"" + name + "\" of relation \"" +
                                  relation.name + "\" violates not-null constraint")
          .with_detail(describe_row(columns, rows[i]))
          .on_table(relation.schema_name, relation.name)
          .on_column(name);
    }
  }
  for (std::size_t c = 0; c < checks_.size(); ++c) {
    const types::Vector& passed = checks_.evaluate(c, {columns, rows});
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (passed.is_null(rows[i]) || passed.get<bool>(rows[i])) continue;
      const std::string& name = rules_.checks[c].name;
      throw SqlError("23514", "new row for relation \"" + relation.name +
                                  "\" violates check constraint \"" + name + "\"")
          .with_detail(describe_row(columns, rows[i]))
          .on_table(relation.schema_name, relation.name)
          .on_constraint(name);
    }
  }
}

void TableWriter::check_views(std::span<types::Vector> columns, types::Selection rows) {
  for (std::size_t c = 0; c < view_conditions_.size(); ++c) {
    const types::Vector& passed = view_conditions_.evaluate(c, {columns, rows});
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      if (!passed.is_null(rows[i]) && passed.get<bool>(rows[i])) continue;
      throw SqlError("44000", "new row violates check option for view \"" + rules_.checking_views[c] + "\"")
          .with_detail(describe_row(columns, rows[i]));
    }
  }
}

const catalog::IndexDescriptor* TableWriter::index_of(int storage_index) const {
  for (const catalog::IndexDescriptor& index : rules_.relation->indexes)
    if (storage_index == table::kClusteredIndex ? index.is_clustered_key
                                                : index.storage_index == storage_index)
      return &index;
  return nullptr;
}

// "(lower(name), id)=(a, 1)"
std::string TableWriter::describe_index_key(const catalog::IndexDescriptor& index, int storage_index,
                                            std::span<const types::Vector> columns,
                                            std::uint32_t row) {
  std::vector<types::Datum> whole_row;
  for (const types::Vector& column : columns.first(rules_.relation->columns.size()))
    whole_row.push_back(column.datum(row));
  types::Arena arena(256);
  const table::IndexSchema& stored = table().schema().index(storage_index);
  std::vector<types::Datum> computed(stored.expression_types.size());
  if (stored.expressions) (void)stored.expressions->evaluate(whole_row, computed, arena);
  auto* names = dynamic_cast<catalog::SessionCatalog*>(state_.context.catalog);
  std::string keys, values;
  std::size_t next = 0;
  for (std::size_t i = 0; i < index.keys.size(); ++i) {
    const catalog::IndexKey& key = index.keys[i];
    if (i > 0) {
      keys += ", ";
      values += ", ";
    }
    if (key.column >= 0) {
      const auto column = static_cast<std::size_t>(key.column);
      keys += catalog::quote_identifier(rules_.relation->columns[column].name);
      values += text_of(state_, key.type.oid, whole_row[column]);
      continue;
    }
    if (names != nullptr)
      keys += catalog::index_definition(*names, index.oid, static_cast<int>(i) + 1, true).value_or("");
    values += text_of(state_, key.type.oid, computed.at(next++));
  }
  return "(" + keys + ")=(" + values + ")";
}

void TableWriter::raise_duplicate(const table::Outcome& outcome,
                                  std::span<const types::Vector> columns, std::uint32_t row) {
  const catalog::RelationDescriptor& relation = *rules_.relation;
  const catalog::IndexDescriptor* index = index_of(outcome.index);
  CHECK(index != nullptr);
  if (index->is_exclusion) {
    const auto [own, other] = scratch_.excluding_keys();
    raise_excluded(state_.context, relation, *index, own, other);
  }
  std::string detail;
  std::vector<int> keys;
  for (const catalog::IndexKey& key : index->keys) keys.push_back(key.column);
  if (!rules_.row_security && may_show_columns(*state_.context.catalog, relation, keys))
    detail = "Key " + describe_index_key(*index, outcome.index, columns, row) + " already exists.";
  throw SqlError("23505", "duplicate key value violates unique constraint \"" + index->name + "\"")
      .with_detail(std::move(detail))
      .on_table(relation.schema_name, relation.name)
      .on_constraint(index->name);
}

void TableWriter::settle_exclusions() { operators::settle_exclusions(state_.context, rules_.relation, scratch_); }

void TableWriter::raise_serialization(bool deleted) {
  throw SqlError("40001", deleted ? "could not serialize access due to concurrent delete"
                                  : "could not serialize access due to concurrent update");
}

bool TableWriter::repeatable_read() const {
  return access_.view->transaction().isolation() != transaction::Isolation::read_committed;
}

}  // namespace operators
