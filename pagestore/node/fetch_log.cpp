// Handing log to a peer or a writer that misses some.
#include "node_impl.h"

namespace pagestore {
namespace {

constexpr std::uint64_t kFetchBytesMax = std::uint64_t{8} << 20;

struct Fetch {
  std::uint64_t token = 0;
  LogParts parts;
  std::size_t pending = 0;
  bool failed = false;
  std::shared_ptr<void> hold;
};

}  // namespace

void NodeCore::Impl::fetch(Token token, const FetchLog& request) {
  // Of a dropped one, too: peers need what its children read.
  const Timeline* timeline = find(request.group.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of it lost");
  const Segment* segment = timeline->find_segment(request.group.group);
  if (segment == nullptr) return reply(token, LogParts{});

  if (request.from < segment->log_floor()) {
    return refuse(token, RefusalReason::below_horizon, "log below the horizon is gone");
  }
  const std::uint64_t limit =
      std::min(request.max_bytes == 0 ? kFetchBytesMax : request.max_bytes, kFetchBytesMax);
  const Epoch truncated = newest_truncation(timeline->truncations);
  // What memory does not go back to is in a list.
  if (segment->linked().empty() || request.from < segment->linked().front().part.begin) {
    for (const StoredParts& list : segment->lists()) {
      if (list.last_begin < request.from) continue;
      const Extent* const extent = log.extent(list.at.extent);
      if (extent == nullptr) return refuse(token, RefusalReason::corrupt, "log damaged on disk");
      return io.read(extent->file, list.at.offset, list.length,
                     [this, token, request, limit, truncated, at = list.at,
                      hold = hold_extents()](std::span<const std::byte> read) {
                       const auto entry = read_entry(read, at);
                       if (!entry || !entry->fixed<PartListHeader>()) {
                         return refuse(token, RefusalReason::corrupt, "log damaged on disk");
                       }
                       auto parts = decode_parts(request.group, entry->body<PartListHeader>());
                       if (!parts) {
                         return refuse(token, RefusalReason::corrupt, "log damaged on disk");
                       }
                       std::erase_if(*parts, [&](const HeldPart& held) {
                         return held.part.begin < request.from;
                       });
                       fetch_parts(token, limit, truncated, *parts);
                     });
    }
  }
  std::vector<HeldPart> parts;
  for (const HeldPart* held : segment->parts_from(request.from)) parts.push_back(*held);
  fetch_parts(token, limit, truncated, parts);
}

// Answers with the first of `held` up to `limit` bytes, at least one.
void NodeCore::Impl::fetch_parts(Token token, std::uint64_t limit, Epoch truncated,
                                 const std::vector<HeldPart>& held_parts) {
  auto fetch = std::make_shared<Fetch>();
  fetch->token = token;
  fetch->parts.truncated = truncated;
  fetch->hold = hold_extents();
  std::vector<const HeldPart*> wanted;
  std::uint64_t bytes = 0;
  for (const HeldPart& held : held_parts) {
    if (!wanted.empty() && bytes + held.length > limit) break;
    bytes += held.length;
    wanted.push_back(&held);
  }
  fetch->parts.parts.resize(wanted.size());
  const auto finish = [this](Fetch& done) {
    if (done.failed) return refuse(done.token, RefusalReason::corrupt, "log damaged on disk");
    reply(done.token, std::move(done.parts));
  };
  ++fetch->pending;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Extent* extent = log.extent(wanted[i]->at.extent);
    if (extent == nullptr) {
      fetch->failed = true;
      continue;
    }
    ++fetch->pending;
    io.read(extent->file, wanted[i]->at.offset, wanted[i]->length,
            [fetch, finish, i, at = wanted[i]->at,
             part = wanted[i]->part](std::span<const std::byte> read) mutable {
              const auto entry = read_entry(read, at);
              if (!entry || entry->kind() != EntryKind::part || !entry->fixed<PartHeader>()) {
                fetch->failed = true;
              } else {
                const auto body = entry->body<PartHeader>();
                part.records =
                    std::make_shared<const std::vector<std::byte>>(body.begin(), body.end());
                fetch->parts.parts[i] = std::move(part);
              }
              if (--fetch->pending == 0) finish(*fetch);
            });
  }
  if (--fetch->pending == 0) finish(*fetch);
}

}  // namespace pagestore
