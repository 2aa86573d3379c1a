// Copying a segment's pages from a peer when the log that is missing here is gone there.
//
// The peer names a point at which it can read every page and keeps it readable (a lease). Its
// horizon is taken over first, so that nothing below is read here; the pages follow as images, and
// one entry (segment_copied) says that they are all there: from then on the segment reaches the
// part at or below that point, and the log above follows as for any node that lags. Until that
// entry is durable the SCL is what it was. Images of a copy that was interrupted stay, and do no
// harm: each is a true version of its page.
//
// A tail asks for no pages: that point, below which no log is needed any more, is all that it wants.
#include <algorithm>

#include <fmt/format.h>

#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr std::size_t kCopiesMax = 2;
constexpr std::uint64_t kCopyBytes = std::uint64_t{512} << 10;

PageNo first_page(const Timeline& timeline, GroupNo group) {
  return PageNo{static_cast<std::uint32_t>(raw(group) * timeline.pages_per_group)};
}

// What the peer has at the point is in the answer.
bool covers(const SegmentPages& answer, Lsn point) {
  return point >= answer.at || std::ranges::binary_search(answer.pins, point);
}

}  // namespace

void NodeCore::Impl::begin_copy(GroupId group, std::size_t peer) {
  if (gossip.copies.size() >= kCopiesMax) return;
  const Timeline& timeline = *find(group.timeline);
  gossip.lags.at(group).fetching = true;
  SegmentCopy& copy = gossip.copies[group];
  copy.id = ++gossip.last_copy;
  copy.peer = peer;
  copy.truncated = newest_truncation(timeline.staged_truncations);
  copy.next = is_tail() ? wal::kNoPage : first_page(timeline, group.group);
  log_line(fmt::format("group {} of timeline {} is {}: the log after {} is gone",
                       raw(group.group), raw(group.timeline),
                       is_tail() ? "begun anew" : "copied page by page",
                       timeline.scl(group.group).value()));
}

// Null: it was abandoned.
SegmentCopy* NodeCore::Impl::find_copy(GroupId group, std::uint64_t id) {
  const auto found = gossip.copies.find(group);
  return found != gossip.copies.end() && found->second.id == id ? &found->second : nullptr;
}

void NodeCore::Impl::step_copies() {
  for (auto& [group, copy] : gossip.copies) {
    if (copy.asked || copy.read_all || copy.storing > 0 || gossip.budget <= 0) continue;
    const std::uint64_t bytes = std::min(kCopyBytes, options.repair_bytes_per_tick);
    copy.asked = true;
    gossip.budget -= static_cast<std::int64_t>(bytes);
    ask(copy.peer,
        ReadSegment{group, copy.truncated, copy.at, copy.next, wal::kNoPage, bytes},
        [this, group = group, id = copy.id, bytes](Response& response) {
          const auto* const pages = std::get_if<SegmentPages>(&response);
          if (pages == nullptr) gossip.budget += static_cast<std::int64_t>(bytes);
          SegmentCopy* const asking = find_copy(group, id);
          if (asking == nullptr) return;
          asking->asked = false;
          if (pages != nullptr) return on_segment_pages(group, *pages);
          abandon_copy(group);
        });
  }
}

void NodeCore::Impl::on_segment_pages(GroupId group, const SegmentPages& answer) {
  SegmentCopy& copy = gossip.copies.at(group);
  Timeline* const timeline = find(group.timeline);
  if (timeline == nullptr || !timeline->takes_from_peers() || answer.truncated != copy.truncated ||
      newest_truncation(timeline->staged_truncations) != copy.truncated ||
      (copy.at != wal::kNoLsn && answer.at != copy.at) || answer.at == wal::kNoLsn ||
      answer.log_from > answer.at || !std::ranges::is_sorted(answer.pins) ||
      !covers_children(*timeline, answer)) {
    return abandon_copy(group);
  }
  if (copy.at == wal::kNoLsn) {
    copy.at = answer.at;
    copy.log_from = answer.log_from;
    adopt_horizon(*timeline, answer.at, answer.pins);
  }
  give_up_pins(*timeline, answer);
  for (const auto& page : answer.pages) {
    if (page == nullptr || page->lsn() == wal::kNoLsn || page->lsn() > copy.at ||
        timeline->group_of(PageNo{page->header().page_no}) != group.group) {
      return abandon_copy(group);
    }
  }
  copy.next = answer.next;
  copy.read_all = answer.last;
  copy.storing += answer.pages.size();
  gossip.counters.pages_copied += answer.pages.size();
  for (const auto& page : answer.pages) {
    const ImageEffect effect{group.timeline, PageNo{page->header().page_no}, page->lsn()};
    append_image(group.timeline, *page, [this, group, id = copy.id, effect](LogPosition at, std::uint32_t size) {
      apply(effect, at, size);
      SegmentCopy* const storing = find_copy(group, id);
      if (storing != nullptr && --storing->storing == 0 && storing->read_all) finish_copy(group);
    });
  }
  if (copy.read_all && copy.storing == 0) finish_copy(group);
}

// A child that the peer does not have any more was dropped, and this node has not heard of it: until it has, it answers
// for the child, which the peer's pages may no longer show as of its branch.
bool NodeCore::Impl::covers_children(const Timeline& timeline, const SegmentPages& answer) {
  return std::ranges::all_of(timeline.children, [&](const auto& child) { return covers(answer, child.second); });
}

// A pin below its point that the peer does not keep was given up by a grant that this node has not
// heard of: below what was granted none begins. Its writer may be gone; nobody else would tell.
void NodeCore::Impl::give_up_pins(Timeline& timeline, const SegmentPages& answer) {
  const auto given_up = std::erase_if(timeline.staged_pins, [&](Lsn pin) { return !covers(answer, pin); });
  if (given_up > 0) log_horizon(timeline);
}

void NodeCore::Impl::adopt_horizon(Timeline& timeline, Lsn at, const std::vector<Lsn>& pins) {
  if (at <= timeline.staged_horizon) return;
  timeline.staged_horizon = at;
  timeline.staged_pins = pins;
  log_horizon(timeline);
}

// As staged.
void NodeCore::Impl::log_horizon(const Timeline& timeline) {
  const TimelineChange change{.timeline = raw(timeline.id), .lsn = timeline.staged_horizon.value()};
  log.append({OutgoingEntry(EntryKind::horizon, change, encode_pins(timeline.staged_pins)),
              ChangeEffect{EntryKind::horizon, change, {}, timeline.staged_pins}, {}, {}});
}

void NodeCore::Impl::append_image(TimelineId timeline, const wal::Page& page,
                                  std::function<void(LogPosition, std::uint32_t)> done) {
  const PageNo page_no{page.header().page_no};
  const ImageHeader header{raw(timeline), page.lsn().value(), raw(page_no), 0};
  LogItem item{OutgoingEntry(EntryKind::page_image, header,
                             std::make_shared<const std::vector<std::byte>>(codec.compress(page))),
               ImageEffect{timeline, page_no, page.lsn()}, {}, {}};
  item.then = std::move(done);
  log.append(std::move(item));
}

void NodeCore::Impl::finish_copy(GroupId group) {
  const SegmentCopy copy = gossip.copies.at(group);
  const Timeline* const timeline = find(group.timeline);
  if (timeline == nullptr ||
      newest_truncation(timeline->staged_truncations) != copy.truncated) {
    return abandon_copy(group);
  }
  const SegmentCopied copied{raw(group.timeline), copy.log_from.value(), raw(group.group), 0};
  LogItem item{OutgoingEntry(EntryKind::segment_copied, copied),
               CopiedEffect{group, copy.log_from}, {}, {}};
  item.then = [this, group, id = copy.id, effect = item.effect](LogPosition at, std::uint32_t size) {
    apply(effect, at, size);
    log_line(fmt::format("group {} of timeline {} was copied", raw(group.group),
                         raw(group.timeline)));
    if (find_copy(group, id) == nullptr) return;
    gossip.copies.erase(group);
    const auto lag = gossip.lags.find(group);
    if (lag != gossip.lags.end()) lag->second.fetching = false;
    ask_again(group.timeline);  // where the log goes on
  };
  log.append(std::move(item));
}

void NodeCore::Impl::abandon_copy(GroupId group) {
  const std::size_t peer = gossip.copies.at(group).peer;
  gossip.copies.erase(group);
  const auto lag = gossip.lags.find(group);
  if (lag == gossip.lags.end()) return;
  lag->second.fetching = false;
  give_up_source(group, peer);
}

}  // namespace pagestore
