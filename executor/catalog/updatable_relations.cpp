// By the rules of PostgreSQL's relation_is_updatable().
#include "updatable_relations.h"

#include <vector>

#include "query/updatable.h"

namespace catalog {
namespace {

constexpr int kUpdate = 4, kInsert = 8, kDelete = 16, kAll = kUpdate | kInsert | kDelete;
constexpr int kDeepest = 64;

using Columns = std::optional<std::vector<int>>;  // nullopt: all

int events_of(SessionCatalog& catalog, Oid oid, bool with_triggers, const Columns& columns, int depth) {
  RelationPtr relation = depth < kDeepest ? catalog.relation(oid) : nullptr;
  if (relation == nullptr) return 0;
  if (relation->kind == RelationKind::table || relation->kind == RelationKind::partitioned_table) return kAll;
  int events = 0;
  for (const RuleInfo& rule : relation->rules) {
    if (!rule.instead || rule.condition != nullptr) continue;
    events |= rule.event == query::CommandKind::insert   ? kInsert
              : rule.event == query::CommandKind::update ? kUpdate
                                                         : kDelete;
  }
  if (with_triggers)
    for (const TriggerInfo& t : relation->triggers) {
      if ((t.type & TriggerInfo::kInstead) == 0) continue;
      if ((t.type & TriggerInfo::kInsert) != 0) events |= kInsert;
      if ((t.type & TriggerInfo::kUpdate) != 0) events |= kUpdate;
      if ((t.type & TriggerInfo::kDelete) != 0) events |= kDelete;
    }
  if (relation->view_query == nullptr || relation->kind != RelationKind::view ||
      query::why_not_updatable(*relation->view_query) != nullptr)
    return events;
  const query::Query& view = *relation->view_query;
  std::vector<int> below;
  auto add = [&](int column) {
    const query::OutputColumn* output = query::visible_output(view, column);
    if (output != nullptr && query::why_not_updatable_column(view, *output) == nullptr)
      below.push_back(std::get<query::ColumnReference>(output->expression->node).column);
  };
  if (columns)
    for (const int column : *columns) add(column);
  else
    for (std::size_t i = 0; i < relation->columns.size(); ++i) add(static_cast<int>(i));
  const int automatic = below.empty() ? kDelete : kAll;
  return events | (automatic & events_of(catalog, query::updatable_relation(view), with_triggers, below, depth + 1));
}

}  // namespace

int updatable_events(SessionCatalog& catalog, Oid relation, bool with_triggers, std::optional<int> column) {
  return events_of(catalog, relation, with_triggers, column ? Columns(std::vector<int>{*column}) : std::nullopt, 0);
}

}  // namespace catalog
