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
#include "operators/exclusions.h"
#include "table_writer.h"

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
  struct ExclusionCheck {
    catalog::RelationPtr relation;
    types::Oid index, constraint;
    bool initially_deferred;
    std::string row_key;
  };
  struct Event {
    std::variant<ForeignKeyEvent, TriggerCall, ExclusionCheck> what;
    // How many savepoints were open when it was done; it is kept while one of them may bring it back.
    std::optional<std::size_t> done_under;
  };

  static void fire(const TriggerCall& call, Triggers& triggers) {
    for (const catalog::TriggerInfo& trigger : call.relation->triggers)
      if (trigger.oid == call.trigger)
        triggers.fire_row(trigger, {.relation = call.relation.get(), .event = call.event, .updated = {}},
                          call.before, call.after);
  }

  // What no savepoint brings back; not while run() is at it.
  void forget_done() {
    if (!levels.empty() || running > 0) return;
    std::erase_if(events, [](const Event& event) { return event.done_under.has_value(); });
    if (events.empty()) arena.reset();
  }

  int running = 0;
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
  impl_->events.push_back({std::move(own), {}});
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
  impl_->events.push_back({std::move(call), {}});
}

void DeferredChecks::add(const catalog::RelationPtr& relation, const catalog::IndexDescriptor& index,
                         std::string row_key) {
  impl_->events.push_back(
      {Impl::ExclusionCheck{relation, index.oid, index.constraint, index.initially_deferred, std::move(row_key)}, {}});
}

bool DeferredChecks::empty() const {
  return std::all_of(impl_->events.begin(), impl_->events.end(),
                     [](const Impl::Event& event) { return event.done_under.has_value(); });
}

bool DeferredChecks::pending_on(types::Oid relation) const {
  return std::any_of(impl_->events.begin(), impl_->events.end(), [&](const Impl::Event& event) {
    return !event.done_under && std::visit([&](const auto& what) { return what.relation->oid == relation; }, event.what);
  });
}

void DeferredChecks::run(const ExecutionContext& context, bool at_end) {
  const planner::Plan nothing;
  ExecutionState state(nothing);
  state.context = context;
  state.context.deferred = nullptr;
  const auto due = [&](const Impl::Event& event) {
    if (event.done_under) return false;
    if (at_end) return true;
    if (const auto* call = std::get_if<Impl::TriggerCall>(&event.what))
      return !is_deferred(call->constraint, call->initially_deferred);
    if (const auto* check = std::get_if<Impl::ExclusionCheck>(&event.what))
      return !is_deferred(check->constraint, check->initially_deferred);
    const catalog::ForeignKey& key = *std::get<ForeignKeyEvent>(event.what).key;
    return !is_deferred(key.oid, key.initially_deferred);
  };
  // What fails here fails the transaction, or is undone with a savepoint, after which it is due again.
  // Triggers may add more.
  const std::size_t depth = impl_->levels.size();
  struct Running {
    int& count;
    explicit Running(int& c) : count(c) { ++count; }
    ~Running() { --count; }
  };
  std::optional<Running> running(impl_->running);
  for (std::size_t i = 0; i < impl_->events.size(); ++i) {
    if (!due(impl_->events[i])) continue;
    impl_->events[i].done_under = depth;
    if (const auto* key = std::get_if<ForeignKeyEvent>(&impl_->events[i].what)) {
      state.foreign_keys().add(*key);
    } else if (const auto* check = std::get_if<Impl::ExclusionCheck>(&impl_->events[i].what)) {
      if (state.has_foreign_key_work()) state.foreign_keys().run();
      check_exclusion(state.context, check->relation, check->index, check->row_key);
    } else {
      if (state.has_foreign_key_work()) state.foreign_keys().run();
      const Impl::TriggerCall call = std::get<Impl::TriggerCall>(impl_->events[i].what);
      Impl::fire(call, require_triggers(state));
    }
    if (i + 1 == impl_->events.size() && state.has_foreign_key_work()) state.foreign_keys().run();
  }
  if (state.has_foreign_key_work()) state.foreign_keys().run();
  for (TableWriter* writer : state.writers_to_settle) writer->settle_exclusions();
  running.reset();
  impl_->forget_done();
}

void DeferredChecks::savepoint() {
  impl_->levels.push_back({impl_->events.size(), impl_->modes});
}

void DeferredChecks::rollback_to(std::size_t savepoint) {
  if (savepoint >= impl_->levels.size()) return;
  impl_->levels.resize(savepoint + 1);
  const Impl::Level& level = impl_->levels.back();
  if (impl_->events.size() > level.events)
    impl_->events.erase(impl_->events.begin() + static_cast<std::ptrdiff_t>(level.events), impl_->events.end());
  for (Impl::Event& event : impl_->events)
    if (event.done_under && *event.done_under > savepoint) event.done_under.reset();
  impl_->modes = level.modes;
}

void DeferredChecks::release(std::size_t savepoint) {
  if (savepoint >= impl_->levels.size()) return;
  impl_->levels.resize(savepoint);
  for (Impl::Event& event : impl_->events)
    if (event.done_under && *event.done_under > savepoint) event.done_under = savepoint;
  impl_->forget_done();
}

void DeferredChecks::end() {
  impl_->events.clear();
  impl_->levels.clear();
  impl_->modes = {};
  impl_->arena.reset();
}

}  // namespace operators
