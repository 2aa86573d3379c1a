#include "conflict_graph.h"

#include <algorithm>

#include <fmt/format.h>

#include "types/sql_error.h"

namespace transaction {
namespace {

[[noreturn]] void fail(std::string reason) {
  throw types::SqlError("40001", "could not serialize access due to read/write dependencies among "
                                 "transactions")
      .with_detail("Reason code: " + std::move(reason))
      .with_hint("The transaction might succeed if retried.");
}

void erase_one(std::vector<Sxact*>& list, const Sxact* sxact) {
  const auto at = std::find(list.begin(), list.end(), sxact);
  if (at == list.end()) return;
  *at = list.back();
  list.pop_back();
}

bool contains(const std::vector<Sxact*>& list, const Sxact* sxact) {
  return std::find(list.begin(), list.end(), sxact) != list.end();
}

}  // namespace

void ConflictGraph::check_doomed(const Sxact& own, const char* while_doing) {
  if (own.doomed.load(std::memory_order_relaxed)) [[unlikely]]
    fail(fmt::format("Canceled on identification as a pivot, {}.", while_doing));
}

// --- begin --------------------------------------------------------------------------------------

SxactPtr ConflictGraph::begin(std::int32_t pid, bool read_only,
                              const std::function<wal::Lsn()>& take_snapshot) {
  auto sxact = std::make_shared<Sxact>();
  sxact->pid = pid;
  std::lock_guard lock(mutex_);
  sxact->before_snapshot = last_commit_;
  sxact->snapshot = take_snapshot();
  // Without writers around, what it reads is what a serial execution shows.
  if (read_only && writable_ == 0) return nullptr;
  sxact->read_only = sxact->declared_read_only = read_only;
  if (read_only) {
    for (const SxactPtr& other : active_) {
      if (other->read_only || other->doomed) continue;
      sxact->possibly_unsafe.push_back(other.get());
      other->possibly_unsafe.push_back(sxact.get());
    }
    if (sxact->possibly_unsafe.empty()) return nullptr;
  } else {
    ++writable_;
  }
  active_.push_back(sxact);
  return sxact;
}

bool ConflictGraph::wait_until_safe(const SxactPtr& own, WaitControl& control) {
  WaitControl::Waiting waiting(control);
  {
    std::lock_guard lock(mutex_);
    own->waiter = &wal::Parker::current();
  }
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (own->safe || own->unsafe) {
        own->waiter = nullptr;
        break;
      }
    }
    if (control.pending() != Interrupt::none) {
      {
        std::lock_guard lock(mutex_);
        own->waiter = nullptr;
      }
      WaitControl::raise(control.pending());
    }
    wal::Parker::current().park();
  }
  const bool safe = own->safe;
  leave(own);
  return safe;
}

void ConflictGraph::set_xid(Sxact& own, Xid xid) {
  std::lock_guard lock(mutex_);
  own.xid = xid;
  by_xid_.emplace(wal::raw(xid), &own);
}

SxactPtr ConflictGraph::restore(Xid xid) {
  auto sxact = std::make_shared<Sxact>();
  sxact->xid = xid;
  sxact->prepared = sxact->wrote = true;
  sxact->summary_in = sxact->summary_out = true;
  locks_.add_everything(sxact, sxact->held);
  std::lock_guard lock(mutex_);
  sxact->before_snapshot = last_commit_;
  sxact->prepared_at = ++last_commit_;
  ++writable_;
  by_xid_.emplace(wal::raw(xid), sxact.get());
  active_.push_back(sxact);
  return sxact;
}

// --- conflicts ----------------------------------------------------------------------------------

void ConflictGraph::check_for_failure(Sxact& own, Sxact& reader, Sxact& writer) {
  // reader -> writer -> T2, the writer committed and T2 before it: the reader is the last resort.
  bool failure = writer.committed && (writer.conflict_out || writer.summary_out);

  // reader -> writer -> T2, T2 the first to commit.
  if (!failure && writer.summary_out) failure = true;
  if (!failure) {
    for (const Sxact* t2 : writer.out) {
      if (t2->prepared && (!reader.committed || t2->prepared_at <= reader.committed_at) &&
          (!writer.committed || t2->prepared_at <= writer.committed_at) &&
          (!reader.read_only || t2->prepared_at <= reader.before_snapshot)) {
        failure = true;
        break;
      }
    }
  }

  // T0 -> reader -> writer, the writer the first to commit.
  if (!failure && writer.prepared && !reader.read_only) {
    failure = reader.summary_in;
    for (const Sxact* t0 : reader.in) {
      if (failure) break;
      failure = !t0->doomed && (!t0->committed || t0->committed_at >= writer.prepared_at) &&
                (!t0->read_only || t0->before_snapshot >= writer.prepared_at);
    }
  }

  if (!failure) return;
  if (&own == &writer) fail("Canceled on identification as a pivot, during write.");
  if (writer.prepared)
    fail(fmt::format("Canceled on conflict out to pivot {}, during read.", wal::raw(writer.xid)));
  writer.doomed = true;
}

void ConflictGraph::flag_conflict(Sxact& own, Sxact& reader, Sxact& writer) {
  check_for_failure(own, reader, writer);
  reader.out.push_back(&writer);
  writer.in.push_back(&reader);
}

void ConflictGraph::missed(Sxact& own, Xid writer_xid) {
  check_doomed(own, "during conflict out checking");
  std::lock_guard lock(mutex_);
  const auto found = by_xid_.find(wal::raw(writer_xid));
  if (found == by_xid_.end()) {
    const auto old = old_writers_.find(wal::raw(writer_xid));
    if (old == old_writers_.end()) return;  // not serializable
    const std::uint64_t earliest = old->second.earliest_out;
    if (earliest != 0 && (!own.read_only || earliest <= own.before_snapshot))
      fail(fmt::format("Canceled on conflict out to old pivot {}.", wal::raw(writer_xid)));
    if (own.summary_in || !own.in.empty())
      fail(fmt::format("Canceled on identification as a pivot, with conflict out to old committed "
                       "transaction {}.", wal::raw(writer_xid)));
    own.summary_out = true;
    return;
  }
  Sxact& writer = *found->second;
  if (&writer == &own || writer.doomed) return;
  if (writer.summary_out) {
    if (!writer.prepared) {
      writer.doomed = true;
      return;
    }
    fail("Canceled on conflict out to old pivot.");
  }
  // Who only reads comes before a committed writer, unless that one has to come before an earlier.
  if (own.read_only && writer.committed &&
      (!writer.conflict_out || own.before_snapshot < writer.earliest_out))
    return;
  if (contains(own.out, &writer)) return;
  flag_conflict(own, own, writer);
}

void ConflictGraph::write(Sxact& own, wal::PageNo root, btree::Bytes key, wal::Lsn replaced) {
  check_doomed(own, "during conflict in checking");
  own.wrote.store(true, std::memory_order_relaxed);
  std::vector<SxactPtr> readers;
  const std::uint64_t summarised = locks_.readers_of(root, key, readers);
  if (readers.empty() && summarised == 0) return;
  std::lock_guard lock(mutex_);
  for (const SxactPtr& reader : readers) {
    if (reader.get() == &own || reader->doomed || reader->rolled_back) continue;
    if (reader->committed && reader->committed_at <= own.before_snapshot) continue;
    // It read a version before: then it conflicts with whoever made the one that is changed now.
    if (replaced > reader->snapshot && reader->snapshot != wal::kNoLsn) continue;
    if (contains(own.in, reader.get())) continue;
    flag_conflict(own, *reader, own);
  }
  if (summarised > own.before_snapshot && !own.summary_in) {
    // The reader has committed: as check_for_failure(), with what is known of it.
    for (const Sxact* t2 : own.out)
      if (t2->prepared && t2->prepared_at <= summarised)
        fail("Canceled on identification as a pivot, during write.");
    if (own.summary_out) fail("Canceled on identification as a pivot, during write.");
    own.summary_in = true;
  }
}

// --- end ----------------------------------------------------------------------------------------

void ConflictGraph::prepare(Sxact& own) {
  std::lock_guard lock(mutex_);
  if (own.rolled_back) return;  // it has left: its snapshot is safe
  check_doomed(own, "during commit attempt");
  for (Sxact* near : own.in) {
    if (near->committed || near->doomed) continue;
    for (const Sxact* far : near->in) {
      if (far != &own && (far->committed || far->read_only || far->doomed)) continue;
      // The pivot fails, so that a retry makes progress; unless it is past failing.
      if (near->prepared)
        fail("Canceled on commit attempt with conflict in from prepared pivot.");
      near->doomed = true;
      break;
    }
  }
  own.prepared_at = ++last_commit_;
  own.prepared = true;
}

void ConflictGraph::end_possibly_unsafe(Sxact& own, bool committed) {
  if (own.declared_read_only) {
    for (Sxact* writer : own.possibly_unsafe) erase_one(writer->possibly_unsafe, &own);
    own.possibly_unsafe.clear();
    return;
  }
  for (Sxact* reader : own.possibly_unsafe) {
    erase_one(reader->possibly_unsafe, &own);
    if (committed && own.wrote && own.conflict_out && own.earliest_out <= reader->before_snapshot)
      reader->unsafe = true;
    else if (reader->possibly_unsafe.empty() && !reader->unsafe)
      reader->safe = true;
    if (reader->waiter != nullptr && (reader->safe || reader->unsafe)) reader->waiter->unpark();
  }
  own.possibly_unsafe.clear();
}

void ConflictGraph::forget_conflicts(Sxact& sxact, bool as_summary) {
  for (Sxact* writer : sxact.out) {
    erase_one(writer->in, &sxact);
    if (as_summary) writer->summary_in = true;
  }
  for (Sxact* reader : sxact.in) {
    erase_one(reader->out, &sxact);
    if (as_summary) reader->summary_out = true;
  }
  sxact.out.clear();
  sxact.in.clear();
}

void ConflictGraph::committed(const SxactPtr& own_pointer) {
  Sxact& own = *own_pointer;
  std::lock_guard lock(mutex_);
  if (own.rolled_back) return;
  own.committed = true;
  own.committed_at = ++last_commit_;
  if (!own.wrote) own.read_only = true;
  if (!own.declared_read_only) --writable_;
  if (!own.read_only && own.summary_out) {
    own.earliest_out = 1;
    own.conflict_out = true;
  }
  std::erase_if(own.out, [&](Sxact* writer) {
    if (!own.read_only && writer->committed) {
      if (!own.conflict_out || writer->prepared_at < own.earliest_out)
        own.earliest_out = writer->prepared_at;
      own.conflict_out = true;
    }
    if (!writer->committed && writer->before_snapshot < last_commit_) return false;
    erase_one(writer->in, &own);
    return true;
  });
  std::erase_if(own.in, [&](Sxact* reader) {
    if (!reader->committed && !reader->read_only) return false;
    erase_one(reader->out, &own);
    return true;
  });
  end_possibly_unsafe(own, true);
  std::erase(active_, own_pointer);
  finished_.push_back(own_pointer);
  clean_up();
}

void ConflictGraph::rolled_back(const SxactPtr& own_pointer) {
  Sxact& own = *own_pointer;
  std::lock_guard lock(mutex_);
  if (own.rolled_back) return;
  own.rolled_back = true;
  own.doomed = true;
  own.prepared = false;
  if (!own.declared_read_only) --writable_;
  forget_conflicts(own, false);
  end_possibly_unsafe(own, false);
  if (own.xid != kNoXid) by_xid_.erase(wal::raw(own.xid));
  locks_.release(own, own.held);
  std::erase(active_, own_pointer);
  clean_up();
}

void ConflictGraph::clean_up() {
  std::uint64_t oldest = last_commit_;
  for (const SxactPtr& one : active_) oldest = std::min(oldest, one->before_snapshot);
  while (!finished_.empty() && finished_.front()->committed_at <= oldest) {
    Sxact& done = *finished_.front();
    forget_conflicts(done, false);
    if (done.xid != kNoXid) by_xid_.erase(wal::raw(done.xid));
    locks_.release(done, done.held);
    done.rolled_back = true;  // for whoever still holds a pointer
    finished_.pop_front();
  }
  while (finished_.size() > kMaxFinished) summarise_oldest();
  if (newest_summarised_ != 0 && newest_summarised_ <= oldest) {
    locks_.forget_summaries(oldest);
    old_writers_.clear();
    newest_summarised_ = 0;
  }
}

void ConflictGraph::summarise_oldest() {
  Sxact& done = *finished_.front();
  if (done.xid != kNoXid) {
    by_xid_.erase(wal::raw(done.xid));
    old_writers_[wal::raw(done.xid)] = {done.conflict_out ? done.earliest_out : 0,
                                        done.committed_at};
  }
  forget_conflicts(done, true);
  locks_.summarise(done, done.held, done.committed_at);
  newest_summarised_ = std::max(newest_summarised_, done.committed_at);
  done.rolled_back = true;
  finished_.pop_front();
}

std::vector<std::int32_t> ConflictGraph::safe_snapshot_blockers(std::int32_t pid) {
  std::vector<std::int32_t> found;
  std::lock_guard lock(mutex_);
  for (const SxactPtr& one : active_) {
    if (one->pid != pid || one->waiter == nullptr) continue;
    for (const Sxact* writer : one->possibly_unsafe) found.push_back(writer->pid);
  }
  return found;
}

}  // namespace transaction
