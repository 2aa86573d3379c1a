// A database from an object store: every page once, as an image, into a history of its own.
#include <cstring>

#include <fmt/format.h>

#include "archive/archive_reader.h"
#include "buffer/paged_volume.h"
#include "cluster_impl.h"
#include "database/transfer.h"
#include "database_rows.h"
#include "scoped_timeline.h"
#include "types/sql_error.h"
#include "wal/mini_transaction.h"

namespace database {
namespace {

// Pages of one mini-transaction.
constexpr std::size_t kTogether = 16;

// Puts pages into a volume that is empty.
class PageLoad {
 public:
  explicit PageLoad(buffer::PagedVolume& pages) : pages_(pages), mtr_(pages.volume()) {}

  // When the rest does not come: pages that were changed must be logged, whatever becomes of them.
  ~PageLoad() {
    if (!guards_.empty()) mtr_.commit();
  }
  PageLoad(const PageLoad&) = delete;
  PageLoad& operator=(const PageLoad&) = delete;

  void add(const wal::Page& page) {
    auto pinned = pages_.create(wal::PageNo{page.header().page_no});
    auto guard = pinned.exclusive();
    auto& bytes = guard.page().bytes;
    // Its LSN becomes that of its image.
    std::memcpy(bytes.data() + wal::kPageLsnSize, page.bytes.data() + wal::kPageLsnSize,
                wal::kPageSize - wal::kPageLsnSize);
    mtr_.image(guard.page());
    pinned_.push_back(std::move(pinned));
    guards_.push_back(std::move(guard));
    if (guards_.size() == kTogether) commit();
  }

  void commit() {
    if (!guards_.empty()) mtr_.commit();
    guards_.clear();
    for (const auto& pinned : pinned_) numbers_.push_back(pinned.page_no());
    pinned_.clear();
    for (const wal::PageNo page_no : numbers_) pages_.retire(page_no);
    numbers_.clear();
    if (auto room = pages_.volume().wait_for_room(); !room)
      throw StorageError("could not restore", room.error());
  }

 private:
  buffer::PagedVolume& pages_;
  wal::MiniTransaction mtr_;
  std::vector<buffer::PinnedPage> pinned_;
  std::vector<buffer::ExclusiveGuard> guards_;
  std::vector<wal::PageNo> numbers_;
};

}  // namespace

Oid Cluster::restore_archive(archive::ArchiveReader& archive, const archive::ArchivedCommit& at,
                             const CreateOptions& options, const std::string& temp_directory,
                             Transfer& transfer) {
  {
    SystemTransaction transaction(*system_);
    if (find_database(*system_, *transaction, options.name))
      throw types::SqlError("42P04", fmt::format("database \"{}\" already exists", options.name));
  }
  transfer.expect(archive.bytes_to_read(at));
  auto fail = [&](boost::system::error_code error) {
    throw StorageError(fmt::format("could not restore \"{}\"", options.name), error);
  };
  // What the pages say of LSNs is at or below the commit: here its own begin above.
  ScopedTimeline timeline(allocate_timeline(), [&](wal::TimelineId dropped) {
    drop_timelines({dropped}, options.name);
  });
  auto made = system_->volume().wait_durable(system_->volume().last_lsn());
  if (made) made = make_timeline({timeline.timeline(), wal::kNoTimeline, at.lsn});
  if (!made) fail(made.error());
  {
    auto volume = environment_.storage.open(timeline.timeline());
    if (!volume) fail(volume.error());
    buffer::PagedVolume pages(environment_.pool, **volume);
    PageLoad load(pages);
    archive.read_pages(at, temp_directory, [&](const wal::Page& page) { load.add(page); },
                       [&](std::uint64_t bytes) { transfer.advance(bytes); });
    load.commit();
    if (auto durable = (*volume)->wait_durable((*volume)->last_lsn()); !durable) fail(durable.error());
  }
  SystemTransaction transaction(*system_);
  const DatabaseRow row = new_row(*transaction, options);
  timeline.keep();   // add_database() drops it when it fails
  return add_database(transaction, row, timeline.timeline(), now_us(), options);
}

}  // namespace database
