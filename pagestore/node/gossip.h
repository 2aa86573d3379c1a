// What a node knows of its peers, and what it wants from them.
//
// Every few ticks one peer is asked what has changed there (GetChanges). What the answer shows to
// be missing here is remembered as a lag, and fetched when nobody else has brought it in the
// meantime. Nothing is kept per timeline that is whole; nothing is sent while nothing changes but
// that question, more and more seldom.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "pagestore/messages.h"

namespace pagestore {

// A segment that peers have more of.
struct SegmentLag {
  struct Source {
    std::size_t peer = 0;
    Lsn scl;
    Lsn log_floor;
    SegmentKind kind = SegmentKind::full;
  };
  std::vector<Source> sources;
  unsigned age = 0;      // ticks since a peer told
  bool fetching = false;
};

// A segment whose pages are copied, because the log for it is gone everywhere.
struct SegmentCopy {
  std::uint64_t id = 0;      // what comes for an earlier one of the same segment is not this one's
  std::size_t peer = 0;
  Epoch truncated{};
  Lsn at;                    // kNoLsn: the peer has not chosen yet
  Lsn log_from;
  PageNo next{};
  bool asked = false;
  bool read_all = false;
  std::size_t storing = 0;   // images on their way to the disk
};

// Timelines that are damaged here, and what peers have told of them since this opening (rejoin.cpp).
struct Rejoin {
  using Told = std::map<std::size_t, TimelineDigest>;  // by peer
  std::map<TimelineId, Told> timelines;
  std::map<std::size_t, std::map<TimelineId, Epoch>> epochs;  // by peer
  std::set<std::size_t> asked;       // for their epochs
  std::set<TimelineId> writing;      // the entry that ends it
  std::uint64_t after_checkpoint = 0;
};

struct Gossip {
  // --- what peers are told ---
  // Timelines, and names of dropped ones, in the order of their last change.
  struct Change {
    std::uint64_t sequence = 0;
    TimelineId timeline{};
  };
  std::list<Change> changes;
  boost::unordered_flat_map<TimelineId, std::list<Change>::iterator> places;
  std::uint64_t last_sequence = 0;

  // --- what peers told ---
  struct Peer {
    std::uint64_t run = 0;
    std::uint64_t since = 0;
    bool asked = false;           // and has not answered yet
    bool news = true;             // the last answer was no empty one
    bool from_beginning = false;  // what it told before is to be told again
    std::set<TimelineId> again;   // looked at too early
  };
  std::vector<Peer> peers;
  std::size_t next_peer = 0;       // to be asked for changes
  std::size_t next_source = 0;     // of repairs and comparisons: apart, so that neither keeps the other from a peer
  unsigned due = 0;               // ticks until the next one is asked
  unsigned pause = 0;             // between two questions; grows while nothing is new
  std::set<TimelineId> learning;  // lists of truncations under way
  std::map<GroupId, SegmentLag> lags;
  std::map<GroupId, SegmentCopy> copies;
  std::uint64_t last_copy = 0;
  std::size_t fetches = 0;        // under way
  std::int64_t budget = 0;        // bytes that may be asked for

  std::map<std::uint64_t, std::function<void(Response&)>> waiting;  // by id of the request
  std::uint64_t last_id = 0;
  RepairStatus counters;
};

}  // namespace pagestore
