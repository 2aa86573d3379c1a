// A database into an object store: its log first, which may be given up meanwhile, then its pages; the log
// alone where what came before it is there already.
#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "archive/archive_writer.h"
#include "btree/space.h"
#include "btree/volume_header.h"
#include "buffer/paged_volume.h"
#include "cluster_impl.h"
#include "database/transfer.h"
#include "scoped_timeline.h"
#include "show_lsn.h"
#include "system_table.h"
#include "types/sql_error.h"
#include "wal/mini_transaction.h"
#include "wal/storage_calls.h"
#include "wal/volume_errc.h"

namespace database {
namespace {

using types::SqlError;

// Pages that are asked for before they are needed: a few round trips' worth.
constexpr std::uint64_t kReadAhead = 128;

wal::PageNo to_page_no(std::uint64_t number) { return wal::PageNo{static_cast<std::uint32_t>(number)}; }

// A part of the history that is exported.
struct Part {
  TimelineInfo timeline;
  wal::Lsn after, through;
};

// Takes a place for an export; who else wants it is refused.
class Reservation {
 public:
  Reservation(std::mutex& mutex, std::set<std::string>& places, const std::string& place)
      : mutex_(mutex), places_(places), place_(place) {
    const std::lock_guard lock(mutex_);
    if (!places_.insert(place_).second)
      throw SqlError("55006", fmt::format("another export to \"{}\" is in progress", place_));
  }
  ~Reservation() {
    const std::lock_guard lock(mutex_);
    places_.erase(place_);
  }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

 private:
  std::mutex& mutex_;
  std::set<std::string>& places_;
  const std::string place_;
};

bool is_given_up(boost::system::error_code error) {
  return error == make_error_code(wal::VolumeErrc::below_horizon);
}

}  // namespace

// Random, made when it is first asked for.
std::uint64_t Cluster::system_identifier() {
  constexpr auto kIndex = static_cast<std::size_t>(SystemSlot::system_identifier);
  std::uint64_t identifier;
  wal::Lsn lsn;
  {
    auto header = system_->pages().exclusive(btree::kVolumeHeaderPage);
    identifier = btree::slot_value(header.page(), btree::VolumeSlot::other_first, kIndex);
    if (identifier != 0) return identifier;
    std::random_device random;
    while (identifier == 0) identifier = std::uint64_t{random()} << 32 | random();
    wal::MiniTransaction mtr(system_->volume());
    btree::write_slot(mtr, header, btree::VolumeSlot::other_first, kIndex, identifier);
    lsn = mtr.commit();
  }
  if (auto durable = system_->volume().wait_durable(lsn); !durable)
    throw StorageError("could not name the system", durable.error());
  return identifier;
}

// One export while it is made.
class Cluster::Export {
 public:
  Export(Cluster& cluster, DatabaseUse& use, archive::ObjectStore& store, const archive::Key* key,
         Transfer& transfer)
      : cluster_(cluster), use_(use), transfer_(transfer), now_(cluster.resolve(use.name(), {})), now_us_(now_us()),
        writer_(store, key, {cluster.system_identifier(), use.oid()}) {
    wal::Lsn through = now_.lsn;
    for (auto info = cluster_.known_timeline(now_.timeline); info; info = cluster_.known_timeline(info->parent)) {
      line_.push_back({*info, info->branch_lsn, through});
      through = std::min(through, info->branch_lsn);
    }
  }

  // What is new since the place was added to. False, and nothing is added, when that is not known any more.
  bool add_log(const std::optional<Moment>& since) {
    std::vector<archive::Stretch> line;
    for (const Part& part : line_) line.push_back({wal::raw(part.timeline.timeline), part.through});
    const auto junction = writer_.find_junction(line);
    if (!junction) return false;
    if (since && since->lsn < writer_.span(*junction).base) {
      throw SqlError("22023", fmt::format("what is there of database \"{}\" begins at LSN {}, after that moment",
                                          use_.name(), show_lsn(writer_.span(*junction).base)))
          .with_hint("An earlier beginning needs a place of its own.");
    }
    const wal::TimelineId timeline{junction->timeline};
    if (!check_commit(*junction)) return false;
    const auto parts = parts_since(timeline, junction->lsn);
    writer_.begin_log(*junction);
    transfer_.expect(distance(junction->lsn, now_.lsn));
    if (auto copied = copy_log(parts, use_.database().transactions().space().extent_pages()); !copied) {
      if (is_given_up(copied.error())) return false;
      fail(copied.error());
    }
    return true;
  }

  // The pages of the base, and the log since.
  void add_all(Moment base) {
    // The pages of that moment, as they were: nothing is rolled back in them.
    const ScopedTimeline pin(cluster_.allocate_timeline(), [&](wal::TimelineId timeline) {
      cluster_.drop_timelines({timeline}, "an export");
    });
    const auto parts = parts_since(base.timeline, base.lsn);
    auto& system = cluster_.system_->volume();
    auto made = system.wait_durable(system.last_lsn());
    if (made) made = cluster_.make_timeline({pin.timeline(), base.timeline, base.lsn});
    if (!made) fail(made.error());
    auto volume = cluster_.environment_.storage.open(pin.timeline());
    if (!volume) fail(volume.error());
    const auto ancestry = cluster_.ancestry_of(pin.timeline());
    buffer::PagedVolume paged(cluster_.environment_.pool, **volume, ancestry);
    const std::uint64_t pages = btree::Space(paged).extent_pages();

    writer_.begin_pages(base.lsn, base.time_us == 0 ? now_us_ : base.time_us, pages);
    transfer_.expect(pages * wal::kPageSize + distance(base.lsn, now_.lsn));
    const std::uint64_t extent = std::max(pages, use_.database().transactions().space().extent_pages());
    if (auto copied = copy_log(parts, extent); !copied) fail(copied.error());
    stretches_.insert(stretches_.begin(), {wal::raw(base.timeline), base.lsn});
    // Many reads are under way while pages are packed; none of them stays in the pool.
    std::uint64_t asked = 0;
    for (std::uint64_t page_no = 0; page_no < pages; ++page_no) {
      for (; asked < std::min(pages, page_no + kReadAhead); ++asked) paged.prefetch(to_page_no(asked));
      if (auto loaded = paged.load(to_page_no(page_no)); !loaded) fail(loaded.error());
      {
        const auto guard = paged.shared(to_page_no(page_no));
        if (guard.page().lsn() != wal::kNoLsn) writer_.add_page(guard.page());
      }
      paged.retire(to_page_no(page_no));
      transfer_.advance(wal::kPageSize);
    }
  }

  const Moment& now() const { return now_; }
  ExportSummary finish() {
    const auto& manifest = writer_.finish(use_.name(), stretches_, now_.lsn, now_us_);
    ExportSummary summary;
    const auto& first = manifest.spans.front();
    summary.from = {wal::kNoTimeline, first.base, first.base_us};
    summary.to = {now_.timeline, now_.lsn, now_us_};
    std::unordered_set<std::string_view> names;
    for (const auto& span : manifest.spans)
      for (const auto& object : span.objects)
        if (names.insert(object.name).second) summary.bytes += object.bytes;
    summary.objects = names.size();
    summary.added_objects = writer_.added_objects();
    summary.added_bytes = writer_.added_bytes();
    return summary;
  }

 private:
  [[noreturn]] void fail(boost::system::error_code error) const {
    if (is_given_up(error))
      throw SqlError("22023", fmt::format("the log of database \"{}\" is not kept as far back as that", use_.name()));
    throw StorageError(fmt::format("could not export \"{}\"", use_.name()), error);
  }

  // From a moment of the history to now, the oldest first.
  std::vector<Part> parts_since(wal::TimelineId timeline, wal::Lsn lsn) const {
    std::vector<Part> parts;
    for (Part part : line_) {
      const bool is_first = part.timeline.timeline == timeline && lsn <= part.through;
      if (is_first) part.after = lsn;
      if (part.after < part.through) parts.insert(parts.begin(), part);
      if (is_first) return parts;
    }
    throw SqlError("22023", fmt::format("database \"{}\" does not descend from that moment", use_.name()));
  }

  // A copy of the data directory that has gone its own way since has the same names for another history.
  // False: it cannot be told, since the log is gone.
  bool check_commit(const archive::ArchiveWriter::Junction& junction) const {
    const auto held = writer_.commit_before(junction);
    if (!held) return true;
    auto& storage = cluster_.environment_.storage;
    for (const Part& part : line_) {
      if (part.timeline.branch_lsn >= held->lsn) continue;
      const auto through = std::min(part.through, junction.lsn);
      auto commit = storage.find_commit(part.timeline.timeline, part.timeline.branch_lsn, through, wal::kAnyTime);
      if (!commit && !is_given_up(commit.error())) fail(commit.error());
      if (!commit || !*commit) return false;
      if ((*commit)->lsn == held->lsn && (*commit)->time_us == held->time_us) return true;
      break;
    }
    throw SqlError("22023", fmt::format("what is there of database \"{}\" is of another history than its own",
                                        use_.name()));
  }

  wal::Result<void> copy_log(const std::vector<Part>& parts, std::uint64_t extent) {
    stretches_.clear();
    for (const Part& part : parts) stretches_.push_back({wal::raw(part.timeline.timeline), part.through});
    const std::uint64_t per_group = parts.empty() ? 0 : pages_per_group(parts.front().timeline.timeline);
    for (std::uint32_t group = 0; !parts.empty() && group * per_group < extent; ++group)
      for (const Part& part : parts) {
        wal::Lsn reached = part.after;   // gaps that takeovers left count as done, too
        auto read = cluster_.environment_.storage.read_log(
            part.timeline, wal::GroupNo{group}, part.after, part.through, [&](const pagestore::LogPart& log) {
              const wal::Lsn begin = std::max(log.begin, part.after), end = std::min(log.end, part.through);
              writer_.add_log(group, begin, end, *log.records);
              transfer_.advance(distance(std::min(reached, end), end));
              reached = end;
            });
        if (!read) return read.error();
      }
    return {};
  }

  // Of a database's timelines the same. Nodes know: with a wrong one log would be left out.
  std::uint64_t pages_per_group(wal::TimelineId timeline) const {
    const auto members = cluster_.environment_.storage.digests();
    if (members.empty()) return wal::kDefaultPagesPerGroup;  // there are no nodes
    for (const auto& member : members) {
      for (const auto& digest : member.timelines) {
        if (digest.timeline == timeline && digest.pages_per_group != 0) return digest.pages_per_group;
      }
    }
    fail(make_error_code(wal::VolumeErrc::quorum_lost));
  }

  Cluster& cluster_;
  DatabaseUse& use_;
  Transfer& transfer_;
  const Moment now_;
  const std::int64_t now_us_;
  archive::ArchiveWriter writer_;
  std::vector<Part> line_;   // the youngest first
  std::vector<archive::Stretch> stretches_;
};

ExportSummary Cluster::export_database(const std::string& name, const std::optional<Moment>& since,
                                       archive::ObjectStore& store, const archive::Key* key,
                                       Transfer& transfer) {
  const Reservation reservation(mutex_, exporting_, store.place());
  auto use = hold(name, "database");
  Export run(*this, *use, store, key, transfer);
  if (!run.add_log(since)) run.add_all(since.value_or(run.now()));
  return run.finish();
}

}  // namespace database
