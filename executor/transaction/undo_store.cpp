#include "undo_store.h"

#include "btree/volume_header.h"
#include "buffer/page_kind.h"
#include "wal/check.h"

namespace transaction {
namespace {

DirectoryPage& directory(wal::Page& page) { return reinterpret_cast<DirectoryPage&>(page); }
const DirectoryPage& directory(const wal::Page& page) {
  return reinterpret_cast<const DirectoryPage&>(page);
}
const UndoPageHeader& undo_header(const wal::Page& page) {
  return reinterpret_cast<const UndoPageHeader&>(page);
}

void format_page(wal::Page& page, wal::PageNo page_no, buffer::PageKind kind) {
  const std::uint64_t lsn = page.header().lsn;
  page.bytes.fill(std::byte{0});
  page.header().lsn = lsn;
  page.header().page_no = wal::raw(page_no);
  page.header().kind = static_cast<std::uint8_t>(kind);
}

void format_undo_page(wal::MiniTransaction& mtr, const buffer::ExclusiveGuard& guard,
                      std::uint32_t log) {
  format_page(guard.page(), guard.page_no(), buffer::PageKind::undo);
  auto& header = reinterpret_cast<UndoPageHeader&>(guard.page());
  header.log = log;
  header.used = sizeof(UndoPageHeader);
  header.purged = sizeof(UndoPageHeader);
  mtr.image(guard.page());
}

std::size_t entry_offset(std::uint32_t log) {
  return offsetof(DirectoryPage, entries) + (log % kLogsPerDirectoryPage) * sizeof(DirectoryEntry);
}

}  // namespace

UndoStore::UndoStore(btree::Space& space) : space_(space), pages_(space.volume()) {}
UndoStore::~UndoStore() = default;

void UndoStore::format(btree::Space& space) {
  btree::Reservation reservation = space.reserve(1);
  buffer::ExclusiveGuard header = space.volume().exclusive(btree::kVolumeHeaderPage);
  wal::MiniTransaction mtr(space.volume().volume());
  buffer::ExclusiveGuard page = reservation.take(mtr);
  format_page(page.page(), page.page_no(), buffer::PageKind::undo_header);
  mtr.image(page.page());
  btree::write_slot(mtr, header, btree::VolumeSlot::undo_head, 0, wal::raw(page.page_no()));
  btree::write_slot(mtr, header, btree::VolumeSlot::xid_limit, 0, wal::raw(kFirstXid));
  mtr.commit();
  reservation.settle();
}

std::vector<Unfinished> UndoStore::open(wal::Lsn start) {
  std::vector<Unfinished> unfinished;
  std::uint64_t next = btree::read_slot(pages_, btree::VolumeSlot::undo_head);
  CHECK(next != 0);
  std::uint32_t number = 0;
  while (next != 0) {
    buffer::PinnedPage pin = pages_.pin(wal::PageNo{static_cast<std::uint32_t>(next)});
    std::vector<DirectoryEntry> entries;
    {
      const buffer::SharedGuard guard = pin.shared();
      const DirectoryPage& page = directory(guard.page());
      CHECK(page.count <= kLogsPerDirectoryPage);
      entries.assign(page.entries, page.entries + page.count);
      next = page.next_page;
    }
    directory_.push_back(std::move(pin));
    std::vector<wal::PageNo> ends;
    for (const DirectoryEntry& entry : entries) {
      ends.push_back(wal::PageNo{entry.last_page});
      if (entry.first_page != entry.last_page) ends.push_back(wal::PageNo{entry.first_page});
    }
    pages_.load_together(ends);
    for (const DirectoryEntry& entry : entries) {
      auto& log = *logs_.emplace_back(std::make_unique<UndoLog>());
      log.number = number++;
      log.last_page = wal::PageNo{entry.last_page};
      log.purge_page = wal::PageNo{entry.first_page};
      {
        const buffer::SharedGuard first = pages_.shared(log.purge_page);
        log.purge_offset = log.purged_on_disk = undo_header(first.page()).purged;
      }
      const buffer::SharedGuard last = pages_.shared(log.last_page);
      const UndoPageHeader& header = undo_header(last.page());
      CHECK(header.log == log.number);
      log.used = header.used;
      std::int64_t ended_ms = 0;
      std::memcpy(&ended_ms, header.ended_ms, sizeof(header.ended_ms));
      newest_end_us_ = std::max(newest_end_us_, ended_ms * 1000);
      const auto log_state = static_cast<LogState>(header.state);
      if (log_state == LogState::active || log_state == LogState::prepared) {
        unfinished.push_back({.log = &log,
                              .xid = Xid{header.xid},
                              .last_record = UndoPointer{header.last_record},
                              .prepared = log_state == LogState::prepared});
      } else {
        free_logs_.push_back(&log);
        if (log.purge_page != log.last_page || log.purge_offset < log.used) {
          log.ended.push_back({log.last_page, log.used, start, start});
        }
      }
    }
  }
  return unfinished;
}

const buffer::PinnedPage& UndoStore::directory_of(std::uint32_t log) {
  std::lock_guard lock(mutex_);
  return directory_[log / kLogsPerDirectoryPage];
}

std::vector<UndoLog*> UndoStore::logs() {
  std::vector<UndoLog*> all;
  std::lock_guard lock(mutex_);
  all.reserve(logs_.size());
  for (const auto& log : logs_) all.push_back(log.get());
  return all;
}

UndoLog& UndoStore::borrow() {
  UndoLog* log = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (!free_logs_.empty()) {
      log = free_logs_.back();
      free_logs_.pop_back();
    }
  }
  if (log == nullptr) log = &create_log();
  log->pin = pages_.pin(log->last_page);
  return *log;
}

void UndoStore::give_back(UndoLog& log) {
  log.pin.release();
  std::lock_guard lock(mutex_);
  free_logs_.push_back(&log);
}

void UndoStore::add_directory_page(std::size_t after, wal::PageNo page_no) {
  buffer::PinnedPage pin = pages_.pin(page_no);
  std::lock_guard lock(mutex_);
  if (directory_.size() == after + 1) directory_.push_back(std::move(pin));
}

UndoLog& UndoStore::create_log() {
  btree::Reservation reservation = space_.reserve(2);
  while (true) {
    std::size_t index = 0;
    const buffer::PinnedPage* last = nullptr;
    {
      std::lock_guard lock(mutex_);
      index = directory_.size() - 1;
      last = &directory_.back();
    }
    buffer::ExclusiveGuard guard = last->exclusive();
    const std::uint32_t count = directory(guard.page()).count;
    if (count == kLogsPerDirectoryPage) {
      wal::PageNo next{directory(guard.page()).next_page};
      if (wal::raw(next) == 0) {
        wal::MiniTransaction mtr(pages_.volume());
        buffer::ExclusiveGuard added = reservation.take(mtr);
        format_page(added.page(), added.page_no(), buffer::PageKind::undo_header);
        mtr.image(added.page());
        next = added.page_no();
        mtr.put(guard.page(), offsetof(DirectoryPage, next_page), wal::raw(next));
        mtr.commit();
        reservation.settle();
      }
      guard.release();
      add_directory_page(index, next);
      continue;
    }
    const auto number = static_cast<std::uint32_t>(index * kLogsPerDirectoryPage + count);
    wal::MiniTransaction mtr(pages_.volume());
    buffer::ExclusiveGuard page = reservation.take(mtr);
    format_undo_page(mtr, page, number);
    const std::uint32_t page_no = wal::raw(page.page_no());
    mtr.put(guard.page(), entry_offset(number), DirectoryEntry{page_no, page_no});
    mtr.put(guard.page(), offsetof(DirectoryPage, count), count + 1);
    mtr.commit();
    reservation.settle();

    auto log = std::make_unique<UndoLog>();
    log->number = number;
    log->last_page = log->purge_page = wal::PageNo{page_no};
    log->used = log->purge_offset = log->purged_on_disk = sizeof(UndoPageHeader);
    UndoLog& created = *log;
    std::lock_guard lock(mutex_);
    logs_.push_back(std::move(log));
    return created;
  }
}

void UndoStore::extend(UndoLog& log, bool begun) {
  const buffer::PinnedPage& directory_page = directory_of(log.number);
  btree::Reservation reservation = space_.reserve(1);
  wal::MiniTransaction mtr(pages_.volume());
  buffer::ExclusiveGuard old = log.pin.exclusive();
  buffer::ExclusiveGuard entry = directory_page.exclusive();
  buffer::ExclusiveGuard page = reservation.take(mtr);
  const UndoPageHeader& before = undo_header(old.page());
  format_page(page.page(), page.page_no(), buffer::PageKind::undo);
  auto& header = reinterpret_cast<UndoPageHeader&>(page.page());
  header.log = log.number;
  header.used = header.purged = sizeof(UndoPageHeader);
  std::memcpy(header.ended_ms, before.ended_ms, sizeof(header.ended_ms));
  if (begun) {
    header.state = before.state;
    header.last_record = before.last_record;
    header.xid = before.xid;
  }
  mtr.image(page.page());
  const wal::PageNo page_no = page.page_no();
  mtr.put(old.page(), offsetof(UndoPageHeader, next_page), wal::raw(page_no));
  mtr.put(entry.page(), entry_offset(log.number) + offsetof(DirectoryEntry, last_page),
          wal::raw(page_no));
  mtr.commit();
  reservation.settle();
  log.last_page = page_no;
  log.used = sizeof(UndoPageHeader);
  page.release();
  entry.release();
  old.release();
  log.pin = pages_.pin(page_no);
}

void UndoStore::free_first(UndoLog& log) {
  const buffer::PinnedPage& directory_page = directory_of(log.number);
  const wal::PageNo freed = log.purge_page;
  btree::Release release = space_.prepare_free(std::span(&freed, 1));
  wal::PageNo next = wal::kNoPage;
  {
    const buffer::SharedGuard page = pages_.shared(freed);
    next = wal::PageNo{undo_header(page.page()).next_page};
  }
  CHECK(wal::raw(next) != 0);
  wal::MiniTransaction mtr(pages_.volume());
  const buffer::ExclusiveGuard entry = directory_page.exclusive();
  mtr.put(entry.page(), entry_offset(log.number) + offsetof(DirectoryEntry, first_page),
          wal::raw(next));
  release.free(mtr, freed);
  mtr.commit();
  release.settle();
  log.purge_page = next;
  log.purge_offset = log.purged_on_disk = sizeof(UndoPageHeader);
}

UndoRecord UndoStore::read(UndoPointer pointer, std::vector<std::byte>& buffer) {
  const buffer::SharedGuard guard = pages_.shared(page_of(pointer));
  UndoRecord record = parse_undo_record(guard.page(), offset_of(pointer));
  const Bytes bytes = Bytes(guard.page().bytes).subspan(offset_of(pointer), record.header.size);
  buffer.assign(bytes.begin(), bytes.end());
  record.move_views(bytes.data(), buffer.data());
  return record;
}

}  // namespace transaction
