// Which timelines there are, what pins their history and what each pin holds back: why space is not
// freed.
#include <algorithm>
#include <map>
#include <span>

#include <fmt/format.h>

#include "cluster_impl.h"
#include "database_rows.h"
#include "transaction/manager.h"

namespace database {
namespace {

constexpr wal::Lsn kNever = wal::Lsn(UINT64_MAX);

// Of a live timeline a pin keeps what the log between it and the next one would have superseded;
// of a dropped one, where nothing above the last pin is kept, what was written since the one before.
void share_out(std::vector<Pin>& pins, const TimelineInfo& info) {
  std::ranges::stable_sort(pins, {}, &Pin::lsn);
  const wal::Lsn end = std::max(info.end, info.branch_lsn);
  wal::Lsn window = kNever;
  for (const Pin& pin : pins)
    if (pin.kind == Pin::Kind::window) window = pin.lsn;
  for (Pin& pin : pins) {
    const wal::Lsn at = std::clamp(pin.lsn, info.branch_lsn, end);
    const auto [same, above] = std::ranges::equal_range(pins, pin.lsn, {}, &Pin::lsn);
    wal::Lsn low = at, high = at;
    if (info.dropped)
      low = same == pins.begin() ? info.branch_lsn : std::clamp(std::prev(same)->lsn, info.branch_lsn, at);
    else if (pin.kind == Pin::Kind::window)
      high = end;
    else if (pin.lsn < window)   // above it all is kept anyway
      high = above == pins.end() ? end : std::clamp(above->lsn, at, end);
    pin.held_back_bytes = distance(low, high);
  }
}

// Who uses a timeline, and for what.
struct Role {
  std::string_view role;
  std::string name;
  Oid database = 0;
};

Pin pin_of(const TimelineInfo& child, const Role* role, std::int64_t time_us) {
  Pin pin{.kind = Pin::Kind::child, .lsn = child.branch_lsn, .time_us = time_us};
  if (role == nullptr || child.dropped) {
    pin.name = fmt::format("timeline {}", wal::raw(child.timeline));
    return pin;
  }
  pin.name = role->name;
  if (role->role == "snapshot") pin.kind = Pin::Kind::snapshot;
  if (role->role == "reader") pin.kind = Pin::Kind::reader;
  return pin;
}

}  // namespace

std::string_view to_string(Pin::Kind kind) {
  switch (kind) {
    case Pin::Kind::window: return "window";
    case Pin::Kind::session: return "session";
    case Pin::Kind::child: return "child";
    case Pin::Kind::snapshot: return "snapshot";
    case Pin::Kind::reader: return "reader";
  }
  return "";
}

std::vector<Cluster::TimelineStatus> Cluster::timelines() {
  auto known = environment_.storage.timelines(std::chrono::milliseconds(0));
  if (!known) throw StorageError("could not read the list of timelines", known.error());
  std::unordered_map<std::uint64_t, Role> roles;
  std::unordered_map<std::uint64_t, std::int64_t> branch_times;
  {
    SystemTransaction transaction(*system_);
    std::unordered_map<Oid, std::string> names;
    for (const auto& row : list_databases(*system_, *transaction)) names[row.oid] = row.name;
    roles[wal::raw(wal::kSystemTimeline)] = {"system", "(system)"};
    for (const auto& head : records_->heads.list(*transaction))
      roles[wal::raw(head.timeline)] = {"past", names[head.database], head.database};
    for (const auto& [oid, timeline] : records_->volumes.list(*transaction))
      roles[wal::raw(timeline)] = {"database", names[oid], oid};
    for (const auto& snapshot : records_->snapshots.list(*transaction)) {
      roles[wal::raw(snapshot.pin)] = {"snapshot", snapshot.name};
      branch_times[wal::raw(snapshot.pin)] = snapshot.moment.time_us;
    }
    for (const auto& [timeline, time_us] : records_->branch_times.list(*transaction))
      branch_times[wal::raw(timeline)] = time_us;
  }
  // The oldest view of each open database and where its window begins, by timeline.
  struct Kept {
    wal::Lsn window, view;
  };
  std::unordered_map<std::uint64_t, Kept> kept;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, past] : pasts_)
      if (auto database = past.database.lock()) {
        roles[wal::raw(past.timeline)] = {"reader", ""};
        branch_times[wal::raw(past.timeline)] = database->moment().time_us;
      }
    for (const auto& [oid, entry] : entries_)
      if (entry->state == Entry::State::open)
        kept[wal::raw(entry->timeline)] = {entry->horizon, entry->database->transactions().oldest_view()};
  }

  std::unordered_map<std::uint64_t, std::vector<const TimelineInfo*>> children;
  for (const auto& info : *known) children[wal::raw(info.parent)].push_back(&info);
  auto role_of = [&](wal::TimelineId timeline) -> const Role* {
    const auto found = roles.find(wal::raw(timeline));
    return found == roles.end() ? nullptr : &found->second;
  };
  auto branch_us = [&](wal::TimelineId timeline) {
    const auto found = branch_times.find(wal::raw(timeline));
    return found == branch_times.end() ? 0 : found->second;
  };
  std::unordered_map<Oid, Retention> retentions;
  auto retention = [&](Oid database) -> const Retention& {
    auto found = retentions.find(database);
    if (found == retentions.end()) found = retentions.emplace(database, retention_of(database)).first;
    return found->second;
  };

  std::vector<TimelineStatus> out;
  for (const auto& info : *known) {
    TimelineStatus status;
    status.info = info;
    status.role = "ancestor";
    const Role* role = info.dropped ? nullptr : role_of(info.timeline);
    if (role != nullptr) std::tie(status.role, status.name) = std::pair(role->role, role->name);
    if (const Role* parent = role_of(info.parent)) status.parent_name = parent->name;
    status.branch_us = branch_us(info.timeline);
    status.horizon = info.horizon;
    if (info.has_log()) status.own_bytes = distance(info.branch_lsn, info.end);
    const auto& below = children[wal::raw(info.timeline)];
    status.children = below.size();
    for (const TimelineInfo* child : below)
      status.pins.push_back(pin_of(*child, role_of(child->timeline), branch_us(child->timeline)));

    const bool has_window = role != nullptr && (role->role == "database" || role->role == "past" || role->role == "system");
    if (has_window && info.has_log()) {
      Pin window{.kind = Pin::Kind::window, .lsn = std::max(info.horizon, info.branch_lsn)};
      const Retention& chosen = retention(role->database);
      window.name = chosen.backup_retention_period > chosen.backtrack_window ? "backup_retention_period" : "backtrack_window";
      if (const auto found = kept.find(wal::raw(info.timeline)); found != kept.end()) {
        const auto& [from, view] = found->second;
        if (view < from) {
          window.lsn = from;
          status.pins.push_back({.kind = Pin::Kind::session, .lsn = std::max(view, info.branch_lsn)});
        }
      }
      status.pins.push_back(std::move(window));
    }
    share_out(status.pins, info);
    wal::Lsn counted = kNever;
    for (const Pin& pin : status.pins) {
      if (pin.kind == Pin::Kind::window || pin.held_back_bytes == 0) continue;
      status.held_by.push_back(pin.name.empty() ? std::string(to_string(pin.kind)) : pin.name);
      if (pin.lsn != counted) status.held_back_bytes += pin.held_back_bytes;
      counted = pin.lsn;
    }
    out.push_back(std::move(status));
  }
  std::ranges::sort(out, {}, [](const auto& each) { return wal::raw(each.info.timeline); });
  return out;
}

}  // namespace database
