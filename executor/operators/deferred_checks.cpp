#include "operators/deferred_checks.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "eval/compile.h"
#include "after_triggers.h"
#include "foreign_keys.h"

namespace operators {

struct DeferredChecks::Impl {
  struct Modes {
    std::optional<bool> all;
    std::unordered_map<types::Oid, bool> one;  // said after `all`
  };
  struct Level {
    std::size_t events;
    Modes modes;
  };

  struct TriggerCall {
    catalog::RelationPtr relation;
    types::Oid trigger, constraint;
    bool initially_deferred;
    std::int16_t event;
    std::vector<types::Datum> before, after;
  };
  using Event = std::variant<ForeignKeyEvent, TriggerCall>;

  static void fire(const TriggerCall& call, Triggers& triggers) {
    for (const catalog::TriggerInfo& trigger : call.relation->triggers)
      if (trigger.oid == call.trigger)
        triggers.fire_row(trigger, {.relation = call.relation.get(), .event = call.event, .updated = {}},
                          call.before, call.after);
  }

  Modes modes;
  std::deque<Event> events;
  std::vector<Level> levels;
  types::Arena arena{1024};
};

DeferredChecks::DeferredChecks() : impl_(std::make_unique<Impl>()) {}
DeferredChecks::~DeferredChecks() = default;

void DeferredChecks::set_all(bool deferred) {
  impl_->modes.all = deferred;
  impl_->modes.one.clear();
}

void DeferredChecks::set(types::Oid constraint, bool deferred) {
  impl_->modes.one[constraint] = deferred;
}

bool DeferredChecks::is_deferred(types::Oid constraint, bool initially_deferred) const {
  const auto one = impl_->modes.one.find(constraint);
  if (one != impl_->modes.one.end()) return one->second;
  return impl_->modes.all.value_or(initially_deferred);
}

void DeferredChecks::add(const ForeignKeyEvent& event, catalog::CatalogView& catalog) {
  ForeignKeyEvent own = event;
  const std::vector<int>& columns = event.check ? event.key->columns : event.key->referenced_columns;
  const auto copy = [&](std::vector<types::Datum>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& column = event.relation->columns[static_cast<std::size_t>(columns[i])];
      values[i] = types::copy_datum(impl_->arena, eval::physical_type(catalog, column.type.oid),
                                    values[i]);
    }
  };
  copy(own.before);
  copy(own.after);
  impl_->events.push_back(std::move(own));
}

void DeferredChecks::add(const catalog::TriggerInfo& trigger, const catalog::RelationPtr& relation,
                         std::int16_t event, std::span<const types::Datum> before,
                         std::span<const types::Datum> after, catalog::CatalogView& catalog) {
  Impl::TriggerCall call{relation, trigger.oid, trigger.constraint, trigger.initially_deferred, event, {}, {}};
  const auto copy = [&](std::span<const types::Datum> row, std::vector<types::Datum>& to) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const catalog::Column& column = relation->columns[i];
      to.push_back(row[i].is_null || column.dropped
                       ? types::Datum::null()
                       : types::copy_datum(impl_->arena, eval::physical_type(catalog, column.type.oid), row[i]));
    }
  };
  copy(before, call.before);
  copy(after, call.after);
  impl_->events.push_back(std::move(call));
}

bool DeferredChecks::empty() const { return impl_->events.empty(); }

void DeferredChecks::run(const ExecutionContext& context, bool at_end) {
  const planner::Plan nothing;
  ExecutionState state(nothing);
  state.context = context;
  state.context.deferred = nullptr;
  const auto due = [&](const Impl::Event& event) {
    if (at_end) return true;
    if (const auto* call = std::get_if<Impl::TriggerCall>(&event))
      return !is_deferred(call->constraint, call->initially_deferred);
    const catalog::ForeignKey& key = *std::get<ForeignKeyEvent>(event).key;
    return !is_deferred(key.oid, key.initially_deferred);
  };
  // What triggers do may add more.
  while (std::any_of(impl_->events.begin(), impl_->events.end(), due)) {
    std::deque<Impl::Event> waiting, now;
    for (Impl::Event& event : std::exchange(impl_->events, {})) (due(event) ? now : waiting).push_back(std::move(event));
    // What fails here fails the transaction, or is rolled back with a savepoint that knows how many
    // there were: nothing is due twice.
    impl_->events = std::move(waiting);
    for (Impl::Level& level : impl_->levels) level.events = std::min(level.events, impl_->events.size());
    for (Impl::Event& event : now) {
      if (auto* key = std::get_if<ForeignKeyEvent>(&event)) {
        state.foreign_keys().add(std::move(*key));
        continue;
      }
      if (state.has_foreign_key_work()) state.foreign_keys().run();
      Impl::fire(std::get<Impl::TriggerCall>(event), require_triggers(state));
    }
    if (state.has_foreign_key_work()) state.foreign_keys().run();
  }
  if (impl_->events.empty()) impl_->arena.reset();
}

void DeferredChecks::savepoint() {
  impl_->levels.push_back({impl_->events.size(), impl_->modes});
}

void DeferredChecks::rollback_to(std::size_t savepoint) {
  if (savepoint >= impl_->levels.size()) return;
  impl_->levels.resize(savepoint + 1);
  const Impl::Level& level = impl_->levels.back();
  if (impl_->events.size() > level.events) impl_->events.resize(level.events);
  impl_->modes = level.modes;
}

void DeferredChecks::release(std::size_t savepoint) {
  if (savepoint < impl_->levels.size()) impl_->levels.resize(savepoint);
}

void DeferredChecks::end() {
  impl_->events.clear();
  impl_->levels.clear();
  impl_->modes = {};
  impl_->arena.reset();
}

}  // namespace operators
