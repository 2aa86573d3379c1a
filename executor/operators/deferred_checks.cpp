#include "operators/deferred_checks.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "eval/compile.h"
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

  Modes modes;
  std::deque<ForeignKeyEvent> events;
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

bool DeferredChecks::empty() const { return impl_->events.empty(); }

void DeferredChecks::run(const ExecutionContext& context, bool at_end) {
  const planner::Plan nothing;
  ExecutionState state(nothing);
  state.context = context;
  state.context.deferred = nullptr;
  std::deque<ForeignKeyEvent> waiting;
  for (ForeignKeyEvent& event : std::exchange(impl_->events, {})) {
    if (!at_end && is_deferred(event.key->oid, event.key->initially_deferred))
      waiting.push_back(std::move(event));
    else
      state.foreign_keys().add(std::move(event));
  }
  // What fails here fails the transaction, or is rolled back with a savepoint that knows how many
  // there were: nothing is due twice.
  impl_->events = std::move(waiting);
  for (Impl::Level& level : impl_->levels) level.events = std::min(level.events, impl_->events.size());
  state.foreign_keys().run();
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
