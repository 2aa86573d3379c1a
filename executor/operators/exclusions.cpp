#include "operators/exclusions.h"

#include <algorithm>

#include "catalog/catalog_functions.h"
#include "catalog/session_catalog.h"
#include "eval/compile.h"
#include "operators/deferred_checks.h"
#include "operators/row_details.h"
#include "types/sql_error.h"

namespace operators {
namespace {

// "(room, during)=(1, [1,5))"
std::string excluded_key_text(const ExecutionContext& context, const catalog::RelationDescriptor& relation,
                     const catalog::IndexDescriptor& index, std::span<const types::Datum> values) {
  auto* names = dynamic_cast<catalog::SessionCatalog*>(context.catalog);
  types::Arena arena(256);
  types::EvalContext eval = context.eval;
  eval.arena = &arena;
  std::string keys, texts;
  for (std::size_t i = 0; i < index.keys.size(); ++i) {
    const catalog::IndexKey& key = index.keys[i];
    if (i > 0) {
      keys += ", ";
      texts += ", ";
    }
    if (key.column >= 0)
      keys += catalog::quote_identifier(relation.columns[static_cast<std::size_t>(key.column)].name);
    else if (names != nullptr)
      keys += catalog::index_definition(*names, index.oid, static_cast<int>(i) + 1, true).value_or("");
    if (values[i].is_null)
      texts += "null";
    else
      eval::type_support(*context.catalog, key.type.oid).output(eval, values[i], texts);
  }
  return "(" + keys + ")=(" + texts + ")";
}

}  // namespace

bool has_deferrable_exclusion(const catalog::RelationDescriptor& relation) {
  return std::ranges::any_of(relation.indexes, [](const catalog::IndexDescriptor& index) {
    return !index.immediate;
  });
}

void settle_exclusions(const ExecutionContext& context, const catalog::RelationPtr& relation, table::Scratch& scratch) {
  for (const auto& [number, row_key] : scratch.take_unchecked()) {
    const auto index = std::ranges::find(relation->indexes, number, &catalog::IndexDescriptor::storage_index);
    if (index == relation->indexes.end()) continue;
    if (context.deferred != nullptr && context.deferred->is_deferred(index->constraint, index->initially_deferred))
      context.deferred->add(relation, *index, row_key);
    else
      check_exclusion(context, relation, index->oid, row_key);
  }
}

void check_exclusion(const ExecutionContext& context, const catalog::RelationPtr& relation, types::Oid index,
                     const std::string& row_key) {
  // As it is now: it may have been built anew since the row was written.
  const catalog::RelationPtr now = context.catalog->relation(relation->oid);
  const catalog::IndexDescriptor* const own = now != nullptr ? now->index(index) : nullptr;
  if (own == nullptr) return;
  const TableAccess access = context.tables->open(*now);
  table::Scratch scratch;
  const transaction::View& view = access.view != nullptr ? *access.view : *context.view;
  if (!access.table->find_excluding(view, own->storage_index, row_key, scratch)) return;
  const auto [key, other] = scratch.excluding_keys();
  raise_excluded(context, *now, *own, key, other);
}

void raise_excluded(const ExecutionContext& context, const catalog::RelationDescriptor& relation,
                    const catalog::IndexDescriptor& index, std::span<const types::Datum> own,
                    std::span<const types::Datum> other) {
  if (!index.is_exclusion) {
    std::vector<int> keys;
    for (const catalog::IndexKey& key : index.keys) keys.push_back(key.column);
    std::string detail;
    if (!relation.row_security && may_show_columns(*context.catalog, relation, keys))
      detail = "Key " + excluded_key_text(context, relation, index, own) + " already exists.";
    throw types::SqlError("23505", "duplicate key value violates unique constraint \"" + index.name + "\"")
        .with_detail(std::move(detail))
        .on_table(relation.schema_name, relation.name)
        .on_constraint(index.name);
  }
  throw types::SqlError("23P01", "conflicting key value violates exclusion constraint \"" + index.name + "\"")
      .with_detail("Key " + excluded_key_text(context, relation, index, own) + " conflicts with existing key " +
                   excluded_key_text(context, relation, index, other) + ".")
      .on_table(relation.schema_name, relation.name)
      .on_constraint(index.name);
}

}  // namespace operators
