// A database into an object store: its log first, which may be given up meanwhile, then its pages.
#include <algorithm>

#include <fmt/format.h>

#include "archive/archive_writer.h"
#include "btree/space.h"
#include "buffer/paged_volume.h"
#include "cluster_impl.h"
#include "database/transfer.h"
#include "scoped_timeline.h"
#include "types/sql_error.h"
#include "wal/storage_calls.h"
#include "wal/volume_errc.h"

namespace database {
namespace {

using types::SqlError;

// Pages that are asked for before they are needed: a few round trips' worth.
constexpr std::uint64_t kReadAhead = 128;

wal::PageNo to_page_no(std::uint64_t number) { return wal::PageNo{static_cast<std::uint32_t>(number)}; }

// A stretch of the history from the base to the end.
struct Stretch {
  TimelineInfo timeline;
  wal::Lsn after, through;
};

}  // namespace

archive::Manifest Cluster::export_database(const std::string& name, const Moment& base,
                                           archive::ObjectStore& store, const archive::Key* key,
                                           Transfer& transfer) {
  auto use = hold(name, "database");
  const Moment now = resolve(name, {});
  auto fail = [&](boost::system::error_code error) {
    if (error == make_error_code(wal::VolumeErrc::below_horizon))
      throw SqlError("22023", fmt::format("the log of database \"{}\" is not kept as far back as that", name));
    throw StorageError(fmt::format("could not export \"{}\"", name), error);
  };

  std::vector<Stretch> stretches;
  wal::Lsn through = now.lsn;
  for (auto info = known_timeline(now.timeline);; info = known_timeline(info->parent)) {
    if (!info)
      throw SqlError("22023", fmt::format("database \"{}\" does not descend from that moment", name));
    const bool is_base = info->timeline == base.timeline && base.lsn <= through;
    const wal::Lsn after = is_base ? base.lsn : info->branch_lsn;
    if (after < through) stretches.insert(stretches.begin(), {*info, after, through});
    if (is_base) break;
    through = std::min(through, info->branch_lsn);
  }

  // The pages of that moment, as they were: nothing is rolled back in them.
  const ScopedTimeline pin(allocate_timeline(), [&](wal::TimelineId timeline) {
    drop_timelines({timeline}, "an export");
  });
  auto made = system_->volume().wait_durable(system_->volume().last_lsn());
  if (made) made = make_timeline({pin.timeline(), base.timeline, base.lsn});
  if (!made) fail(made.error());
  auto volume = environment_.storage.open(pin.timeline());
  if (!volume) fail(volume.error());
  const auto ancestry = ancestry_of(pin.timeline());
  buffer::PagedVolume paged(environment_.pool, **volume, ancestry);
  const std::uint64_t pages = btree::Space(paged).extent_pages();

  archive::Manifest manifest;
  manifest.database = name;
  manifest.base = base.lsn;
  manifest.base_us = base.time_us;
  manifest.end = now.lsn;
  manifest.end_us = manifest.created_us = now_us();
  manifest.pages = pages;
  archive::ArchiveWriter writer(store, key, std::move(manifest));
  transfer.expect(pages * wal::kPageSize + distance(base.lsn, now.lsn));

  const std::uint64_t extent =
      std::max(pages, use->database().transactions().space().extent_pages());
  for (std::uint32_t group = 0; group * wal::kDefaultPagesPerGroup < extent; ++group)
    for (const Stretch& stretch : stretches) {
      auto read = environment_.storage.read_log(
          stretch.timeline, wal::GroupNo{group}, stretch.after, stretch.through,
          [&](const pagestore::LogPart& part) {
            writer.add_log(group, part.begin, part.end, *part.records);
            transfer.advance(distance(part.begin, part.end));
          });
      if (!read) fail(read.error());
    }
  // Many reads are under way while pages are packed; none of them stays in the pool.
  std::uint64_t asked = 0;
  for (std::uint64_t page_no = 0; page_no < pages; ++page_no) {
    for (; asked < std::min(pages, page_no + kReadAhead); ++asked) paged.prefetch(to_page_no(asked));
    if (auto loaded = paged.load(to_page_no(page_no)); !loaded) fail(loaded.error());
    {
      const auto guard = paged.shared(to_page_no(page_no));
      if (guard.page().lsn() != wal::kNoLsn) writer.add_page(guard.page());
    }
    paged.retire(to_page_no(page_no));
    transfer.advance(wal::kPageSize);
  }
  return writer.finish();
}

}  // namespace database
