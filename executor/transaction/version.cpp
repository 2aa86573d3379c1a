#include "transaction/version.h"

#include "manager_state.h"
#include "running.h"
#include "transaction/serializable.h"
#include "wal/check.h"

namespace transaction {
namespace {

// What becomes of a newer version that a statement meets. Whoever acts by it has seen it; who passes it over, to
// the one that its view has, tells nothing of it.
enum class Newer : std::uint8_t { is_seen, is_passed_over };

Standing standing_of_other(const View& view, Xid xid, Newer newer) {
  const XidTable& xids = *view.manager().state().xids;
  if (xid < xids.stable()) return Standing::seen;
  const XidFate fate = xids.lookup(xid);
  // Aborted: the row was copied before its change was undone; whoever waits finds nobody to wait
  // for and looks again.
  if (fate.state != XidFate::State::committed) return Standing::in_flight;
  const bool is_newer = fate.commit_lsn > view.lsn();
  if (!is_newer || newer == Newer::is_seen) view.transaction().note_seen(fate.commit_lsn);
  return is_newer ? Standing::newer : Standing::seen;
}

Standing by_command(const View& view, Command command) {
  return command < view.command() ? Standing::seen : Standing::own_later;
}

// For versions that the view's own transaction made; nullopt: their undo record knows.
std::optional<Standing> standing_of_own(const View& view, const VersionHeader& version) {
  const Running& own = running(view.transaction());
  if (version.undo == kNoUndo || own.last_write_command() < view.command()) return Standing::seen;
  if (is_loaded(version.undo)) return by_command(view, loading_command(version.undo));
  return std::nullopt;
}

Standing by_record(const View& view, const wal::Page& undo_page, UndoPointer pointer) {
  return by_command(view,
                    Command{parse_undo_record(undo_page, offset_of(pointer)).header.command});
}

Standing standing_of(const View& view, const VersionHeader& version, Newer newer) {
  if (version.xid != view.transaction().xid()) return standing_of_other(view, version.xid, newer);
  if (const auto known = standing_of_own(view, version)) return *known;
  const buffer::SharedGuard page = view.manager().state().pages.shared(page_of(version.undo));
  return by_record(view, page.page(), version.undo);
}

}  // namespace

std::optional<Standing> try_standing(const View& view, const VersionHeader& version) {
  if (version.xid != view.transaction().xid()) return standing_of_other(view, version.xid, Newer::is_seen);
  if (const auto known = standing_of_own(view, version)) return known;
  const buffer::SharedGuard page =
      view.manager().state().pages.try_shared(page_of(version.undo));
  if (!page) return std::nullopt;
  return by_record(view, page.page(), version.undo);
}

Standing standing(const View& view, const VersionHeader& version) {
  return standing_of(view, version, Newer::is_seen);
}

bool in_flight_elsewhere(const View& view, const VersionHeader& version) {
  return version.xid != view.transaction().xid() &&
         standing_of_other(view, version.xid, Newer::is_seen) == Standing::in_flight;
}

void load_undo(const View& view, UndoPointer pointer) {
  (void)view.manager().state().pages.pin(page_of(pointer));
}

bool previous_version(const View& view, VersionCopy& version) {
  if (!has_record(version.header.undo)) return false;
  const UndoRecord record =
      view.manager().state().undo_logs.read(version.header.undo, version.undo_buffer);
  CHECK(record.header.xid == wal::raw(version.header.xid));
  if (record.header.kind != UndoKind::modify) return false;
  apply_before(record, version.payload);
  version.successor = version.header.xid;
  version.header = {.xid = Xid{record.header.before_xid},
                    .undo = UndoPointer{record.header.before_undo},
                    .flags = record.header.before_flags};
  return true;
}

bool find_visible(const View& view, VersionCopy& version) {
  SerializableReads* const reads = view.transaction().serializable();
  while (true) {
    const Standing found = standing_of(view, version.header, Newer::is_passed_over);
    if (found == Standing::seen) break;
    if (reads != nullptr && found != Standing::own_later) reads->missed(version.header.xid);
    if (!previous_version(view, version)) return false;
  }
  return !version.header.deleted();
}

}  // namespace transaction
