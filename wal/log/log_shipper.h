// The writer's side of the storage protocol: taking a timeline over, shipping its log to six
// copies, keeping all six whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chunk_builder.h"
#include "pagestore/kept_log.h"
#include "pagestore/messages.h"
#include "quorum_tracker.h"
#include "recovery_plan.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/volume_errc.h"

namespace wal {

struct ShipperOptions {
  // Bytes sent to one copy and not yet acknowledged; a slower copy waits its turn.
  std::size_t window_bytes = std::size_t{8} << 20;
  // Parts kept in memory for copies that lag; beyond it they are fetched from a peer.
  std::size_t retained_bytes = std::size_t{64} << 20;
  std::size_t fetch_bytes = std::size_t{1} << 20;
  // Ticks without a write quorum of answering copies until the volume gives up.
  unsigned quorum_ticks = 500;
  // Ticks that a takeover waits for answers of which any one may have lost, without knowing it, what it had
  // (Membership::is_sure_read_quorum); then any write quorum will do.
  unsigned sure_ticks = 50;
  // A copy that has been away longer, or for whose sake more log is kept, no longer holds back what
  // may be forgotten: it gets pages from its peers. (An hour; in bytes.)
  unsigned away_ticks = 180'000;
  std::uint64_t away_bytes = std::uint64_t{8} << 30;
};

// Sans-IO: owns no thread, clock, socket or randomness.
//
// Driver: carry out take_sends() after every call (in order for each copy), bring each answer to
// answered() with the Call it belongs to, exactly once; call tick() when ticks_until_due() ticks of
// about 20 ms have passed, or sooner. Not thread-safe.
//
// Phases (wal/README.md has them step by step):
//   sealing    our epoch goes to every copy; a write quorum answers, and the plan is known
//   replicating  the truncation and everything at or below the VDL go to a write quorum
//   serving    chunks may be shipped
//   failed     for good: error() says why
// In the last three, each copy is brought in by the same handshake whenever it comes back: seal,
// create if it does not know the timeline, truncate until its list equals the true one, then the
// log from where its segments end.
class LogShipper {
 public:
  using KeptLog = pagestore::KeptLog;
  enum class Phase { sealing, replicating, serving, failed };

  enum class CallKind : std::uint8_t { seal, create, truncate, append, fetch, horizon };

  // Identifies a request in its answer. The driver hands it back as it was.
  struct Call {
    CopyIndex copy = 0;
    CallKind kind = CallKind::seal;
    std::uint32_t attempt = 0;   // the copy's link, when this was sent
    GroupNo group{};             // append, fetch
    std::uint32_t bytes = 0;     // append: counts against the window
    CopyIndex target = 0;        // fetch: for whom
    Epoch epoch{};               // seal
    Lsn lsn;                     // append: the part's end; fetch: where it starts
  };
  struct Send {
    Call call;
    pagestore::Request request;
  };

  // `nonce` must differ between any two writers that may ever race for the timeline.
  LogShipper(TimelineId timeline, std::uint32_t nonce, ShipperOptions options = {},
             const Placement& placement = {});

  // --- inputs --------------------------------------------------------------------------------

  // Sends the first seals.
  void start();
  void answered(const Call& call, pagestore::Response response);
  // From now on these copies are written to, and what is acknowledged is durable by this placement.
  // It has as many sets as the one before (or a multiple: each of them so many times), and who calls
  // sees to it that each set differs from the one before by one step (pagestore/membership.h).
  void set_placement(const Placement& placement);
  void tick(unsigned elapsed);
  // Ships the next chunk. Requires may_ship(chunk.end); chunks come in chain order.
  void ship(Chunk chunk);
  // History below `horizon` may go, but for `pins` (ascending). Held back to what every copy has
  // that was not away for too long: it finds in its peers what it lacks. The others copy pages
  // from their peers instead, as long as two more full copies of each set are here and have what is
  // given up (horizon_grant.cpp). So called again and again; nothing is sent that is not news.
  void grant_horizon(Lsn horizon, std::vector<Lsn> pins);

  // --- outputs -------------------------------------------------------------------------------

  std::vector<Send> take_sends();
  // How many ticks from now there is something to do; nullopt when nothing needs time.
  std::optional<unsigned> ticks_until_due() const;

  Phase phase() const { return phase_; }
  boost::system::error_code error() const { return error_; }  // when failed
  Epoch epoch() const { return epoch_; }
  // From the phase `replicating` on.
  const RecoveryPlan& plan() const;

  // Serving, and `end` is within the reach that every later takeover annuls.
  bool may_ship(Lsn end) const;
  // Valid while serving.
  Lsn vdl() const;
  std::size_t chunks_in_flight() const { return tracker_ ? tracker_->chunks_in_flight() : 0; }

  // What a read of `group` at the VDL must find: its last part's end at or below the VDL; kNoLsn
  // when the timeline has none, and the page is its ancestors' (can_read() knows of them).
  Lsn required_scl(GroupNo group);
  // Whether a copy has pages, has been through the handshake, its segment reaches `scl` and what it has
  // of the group's ancestors is whole. One whose disk failed since takes no log and goes on reading,
  // also when the volume failed for want of a write quorum.
  bool can_read(CopyIndex copy, GroupNo group, Lsn scl) const;
  // The copies that have the group's pages, also those that cannot be read at this moment. One that never said which
  // kind it is may have them.
  NodeSet with_pages(GroupNo group) const;
  // A read that can_read() allowed is for this run of the node.
  std::uint64_t run(CopyIndex copy) const { return links_[copy].run; }
  // The node refused a read for that run: it has opened anew and is sealed again.
  void opened_anew(CopyIndex copy, std::uint64_t run);

  const Placement& placement() const { return placement_; }
  // Of each copy for whose sake log is kept that the last grant would have let go, or was given up.
  std::vector<KeptLog> kept_log() const;
  // For the operator: "streaming", "catching up", "down: ...".
  std::string link_state(CopyIndex copy) const;

  void check_invariants() const;

 private:
  enum class LinkState : std::uint8_t { down, sealing, creating, truncating, streaming };

  struct Link {
    LinkState state = LinkState::down;
    std::uint32_t attempt = 0;      // answers to earlier attempts are not listened to
    unsigned idle_ticks = 1;        // down: until the next attempt; streaming: until a refresh
    unsigned backoff = 1;
    std::size_t window_used = 0;
    bool window_blocked = false;    // something waits for the window
    unsigned retry_ticks = 0;       // no peer could help; until it is tried again
    unsigned retry_pause = 0;       // grows while none can
    bool truncate_sent = false;     // in this attempt
    bool disk_failed = false;
    bool served = false;            // was streaming in this epoch: what it has is the true log
    bool overtaken = false;         // refused us for a newer epoch's sake
    bool unknown = false;           // says it does not know the timeline
    std::uint64_t run = 0;          // of the node, as its last answer to a seal said
    // As its last answer to a seal said. Of one that was never heard nothing is taken for granted.
    std::optional<pagestore::SegmentKind> kind;
    // The ancestors as this copy has them: unreadable until judged, or with annulled parts in it;
    // else without certain groups.
    bool ancestors_readable = false;
    std::set<GroupNo> ancestors_lack;
    unsigned away_ticks = 0;        // since it was streaming
    unsigned refresh_after = 0;     // ticks; grows while nothing changes
    std::optional<pagestore::SealAck> ack;  // of this attempt
    // The latest news of its copies of the ancestors, kept when it goes away.
    std::optional<std::vector<pagestore::AncestorState>> ancestors;
    std::string trouble;
  };
  struct CopyOfGroup {
    Lsn sent;                       // the chain was sent through here
    std::uint32_t outstanding = 0;  // appends of the current attempt
    bool fetching = false;
    bool log_gone = false;          // peers have only pages for it any more
  };
  struct Group {
    Lsn tail;                       // end of the last part shipped or recovered
    Lsn durable_tail;               // end of the last part known to be at or below the VDL
    std::deque<Lsn> ends;           // of the parts above durable_tail
    std::deque<pagestore::LogPart> retained;  // a suffix of the chain that ends at tail
    std::vector<CopyOfGroup> copies;  // by copy
  };

  void send(Call call, pagestore::Request request);
  void fail(boost::system::error_code error);

  // Handshake (log_shipper.cpp).
  void seal(CopyIndex copy);
  void seal_all();
  void raise_epoch(Epoch seen);
  void on_seal_ack(CopyIndex copy, pagestore::SealAck ack);
  void on_refusal(const Call& call, const pagestore::Refusal& refusal);
  void overtaken(CopyIndex copy, Epoch by);
  void try_plan();
  void continue_handshake(CopyIndex copy);
  void start_streaming(CopyIndex copy);
  void link_lost(CopyIndex copy, std::string why);
  void judge_ancestors();
  void try_serve();
  NodeSet answering() const;
  NodeSet having(bool Link::* flag) const;
  // Of the sets on which this timeline has log; while it is taken over, of all.
  bool any_needed_set(const std::function<bool(const Membership&)>& is_so) const;

  // Streaming (log_streaming.cpp).
  Group& make_group(GroupNo group, Lsn tail);
  Group& group_of(GroupNo group);
  void on_append_ack(const Call& call, const pagestore::AppendAck& ack);
  void on_log_parts(const Call& call, const pagestore::LogParts& parts);
  void append(CopyIndex copy, GroupNo group_no, Group& group, const pagestore::LogPart& part);
  void pump(CopyIndex copy);
  void pump(CopyIndex copy, GroupNo group_no, Group& group);
  void fetch(CopyIndex target, GroupNo group_no, Group& group);
  void retry_later(CopyIndex target);
  void adopt_scls(CopyIndex copy, const pagestore::SealAck& ack);
  // What may be forgotten (horizon_grant.cpp).
  std::uint64_t log_between(Lsn from, Lsn to) const;
  bool is_overdue(CopyIndex copy, GroupNo group_no, const Group& group) const;
  bool has_pages_elsewhere(CopyIndex copy, GroupNo group_no, const Group& group) const;
  bool is_waited_for(CopyIndex copy, GroupNo group_no, const Group& group) const;
  void settle(Group& group) const;
  void trim(GroupNo group_no, Group& group);
  void trim_to_limit();
  Lsn whole_through() const;

  const TimelineId timeline_;
  const std::uint32_t nonce_;
  const ShipperOptions options_;
  Phase phase_ = Phase::sealing;
  boost::system::error_code error_;
  Epoch epoch_{};
  Placement placement_;
  bool started_ = false;
  // By copy; of those that are no members any more, what they said of ancestors still counts.
  std::vector<Link> links_;
  std::optional<RecoveryPlan> plan_;
  std::optional<QuorumTracker> tracker_;
  std::map<GroupNo, Group> groups_;
  Lsn chain_end_;               // end of the last chunk shipped
  Lsn horizon_;                 // granted
  Lsn asked_horizon_;           // what would have been, were every copy whole
  std::vector<Lsn> pins_;
  std::size_t retained_bytes_ = 0;
  std::size_t fetches_ = 0;     // rotates the peers asked
  unsigned ticks_without_quorum_ = 0;
  unsigned ticks_sealing_ = 0;  // in all, however often it began anew
  unsigned restarts_ = 0;
  std::vector<Send> sends_;
};

}  // namespace wal
