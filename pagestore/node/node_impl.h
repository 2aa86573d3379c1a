// The node core's parts and how they meet. One owner, no thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "collection.h"
#include "gossip.h"
#include "index_queue.h"
#include "io.h"
#include "log_scan.h"
#include "node_log.h"
#include "page_cache.h"
#include "page_codec.h"
#include "page_index.h"
#include "pagestore/node_core.h"
#include "recent_log.h"
#include "scrub.h"
#include "shard_repair.h"
#include "shortcuts.h"
#include "timeline.h"

namespace pagestore {

// One version on the way from the log to the page.
struct Link {
  TimelineId owner{};
  Version version;
  std::span<const std::byte> bytes;
  SharedBytes shared;               // keeps `bytes`
};

// Whether the page cache may stand for what is on the disk.
enum class Caching : bool { use, pass_by };

// What a page is made of at a read point: a base and the changes on it.
struct Chain {
  enum class State { found, absent, damaged, unloaded };
  State state = State::absent;
  PageCache::PagePtr base;          // null: zeros, or links[0] sets the whole page
  std::vector<Link> links;          // oldest first
  ShardId shard;                    // unloaded: needed first; damaged: where
  PageCache::Key key;               // of the version the links lead to
  std::uint32_t records_since_image = 0;
  std::size_t assembled = 0;        // links before this one verified
  Caching caching = Caching::use;
};

// An extent as a file showed it.
struct FoundExtent {
  Extent extent;
  std::uint64_t recorded_size = 0;   // 0: the extent's own header is damaged
  std::uint64_t previous_end = 0;
};

struct OpeningState {
  LogPosition from;               // where the checkpoint ends
  std::uint32_t next_number = 1;  // of the extent to come
  std::uint32_t chain = 0;
  bool chain_known = true;
  bool missing = false;           // an extent that should be there is not
  bool damaged = false;           // something of what was read
  bool fences_lost = false;       // damage that may have been a seal or a truncation
};

// What a tail says to who asks for pages.
inline constexpr const char* kNoPagesHere = "log alone is kept here";
inline constexpr const char* kHeldElsewhere = "the group is held elsewhere";

struct NodeCore::Impl {
  explicit Impl(NodeOptions node_options);

  // --- opening (node_open.cpp) ---
  void open(DiskReader& disk);
  std::optional<Snapshot> find_checkpoint(DiskReader& disk,
                                          const std::vector<FoundExtent>& extents);
  void adopt_older_extents(const Snapshot& snapshot, std::vector<FoundExtent>& extents,
                           OpeningState& state);
  void restore(const Snapshot& snapshot, DiskReader& disk,
               const std::map<std::uint32_t, FileNo>& files);
  void spread_damage();
  void replay(DiskReader& disk, std::vector<FoundExtent>& extents, OpeningState& state);

  bool is_tail() const { return options.kind == SegmentKind::tail; }

  // --- requests (requests.cpp) ---
  void request(Token token, Request request);
  void append(Token token, AppendLog request);
  void seal(Token token, const Seal& request);
  void truncate(Token token, const Truncate& request);
  void stage_truncation(Token token, Timeline& timeline, const Truncate& request);
  void create(Token token, const CreateTimeline& request);
  // Dropped, or about to be, with all that descends from it: when these entries are applied it is gone.
  bool is_going(const Timeline& timeline);
  void drop(Token token, const DropTimeline& request);
  void grant(Token token, const GrantHorizon& request);
  void fetch(Token token, const FetchLog& request);
  void fetch_parts(Token token, std::uint64_t limit, Epoch truncated,
                   const std::vector<HeldPart>& held_parts);
  void status(Token token);
  void repair_page(Token token, const RepairPage& request);  // page_repair.cpp
  // The node's own doing: nobody waits for an answer.
  static constexpr Token kNobody = ~Token{0};
  void reply(Token token, Response response) {
    if (token == kNobody) return;
    io.out().replies.push_back({token, std::move(response)});
  }
  void refuse(Token token, RefusalReason reason, std::string detail = {}, Epoch epoch = {}) {
    reply(token, Refusal{reason, epoch, std::move(detail)});
  }
  void log_change(Token token, EntryKind kind, const TimelineChange& change);

  // --- peers (gossip.cpp) ---
  void begin_gossip();
  // The timeline, or its name, shall be told to peers.
  void note_change(TimelineId id);
  void changes(Token token, const GetChanges& request);
  void fetch_truncations(Token token, const FetchTruncations& request);
  void ask(std::size_t peer, Request request, std::function<void(Response&)> then);
  void tick_peers(unsigned elapsed);
  unsigned peer_ticks_until_due() const;
  void ask_for_changes(std::size_t peer);
  void on_changes(std::size_t peer, const Changes& changes);
  void on_digest(std::size_t peer, const TimelineDigest& digest);
  void ask_again(TimelineId id, std::optional<std::size_t> not_of = {});
  void keep_parent(TimelineId parent);
  void learn_truncations(std::size_t peer, TimelineId id);

  // --- coming back after damage (rejoin.cpp) ---
  void begin_rejoining();
  void note_told(std::size_t peer, const TimelineDigest& digest);
  void step_rejoin();
  std::optional<Epoch> promised_epoch(const Timeline& timeline, const Rejoin::Told& told) const;
  void write_rejoined(const Timeline& timeline, Epoch epoch);

  // --- catching up by log (catch_up.cpp) ---
  void step_catch_up();
  void fetch_from_peer(GroupId group, std::size_t peer, Lsn from);
  // Staged as any part; returns whether it was taken. `then`: durable and in its segment.
  bool take_from_peer(LogPart part, Epoch truncated, std::function<void()> then);
  void give_up_source(GroupId group, std::size_t peer);

  // --- copying pages (page_copy.cpp, segment_read.cpp) ---
  void read_segment(Token token, const ReadSegment& request);
  struct SegmentRead;
  void continue_segment_read(const std::shared_ptr<SegmentRead>& read);
  bool read_page_versions(const std::shared_ptr<SegmentRead>& read, PageNo page_no);
  void begin_copy(GroupId group, std::size_t peer);
  SegmentCopy* find_copy(GroupId group, std::uint64_t id);
  void step_copies();
  void on_segment_pages(GroupId group, const SegmentPages& answer);
  void finish_copy(GroupId group);
  void abandon_copy(GroupId group);
  void expire_leases(unsigned elapsed);
  // A peer's horizon becomes this node's.
  void adopt_horizon(Timeline& timeline, Lsn at, const std::vector<Lsn>& pins);
  static bool covers_children(const Timeline& timeline, const SegmentPages& answer);
  void give_up_pins(Timeline& timeline, const SegmentPages& answer);
  void log_horizon(const Timeline& timeline);
  // `done` when it is durable; it is for the caller to put it into the index.
  void append_image(TimelineId timeline, const wal::Page& page,
                    std::function<void(LogPosition, std::uint32_t size)> done);

  // --- damaged shards and log (shard_repair.cpp) ---
  // Something in it is damaged: it shall come from a peer.
  void want_shard_repair(ShardId id);
  bool holds_any_of(const Timeline& timeline, std::uint32_t shard) const;
  // Its pages are other ones than on those peers, which agree; they are copied from them.
  void want_pages_of(ShardId id, std::vector<std::size_t> peers);
  void step_shard_repair(unsigned elapsed);
  void restart_shard_repair(ShardRepair& repair);
  void advance_shard_repair();
  void end_shard_repair(bool done);
  void ask_for_stretch(const std::shared_ptr<ShardRepair>& repair);
  void on_stretch(const std::shared_ptr<ShardRepair>& repair, Response& response);
  void begin_log_of_repair(ShardRepair& repair);
  void read_log_of_repair(const std::shared_ptr<ShardRepair>& repair);
  void open_list(const std::shared_ptr<ShardRepair>& repair);
  void read_part_of_repair(const std::shared_ptr<ShardRepair>& repair, std::size_t place);
  void take_versions(ShardRepair& repair, const HeldPart& held, const std::vector<RecordRef>& refs);
  void go_on_with_list(const std::shared_ptr<ShardRepair>& repair);
  void close_list(const std::shared_ptr<ShardRepair>& repair);
  void fetch_lost_part(const std::shared_ptr<ShardRepair>& repair, std::size_t place);
  void fetch_lost_list(const std::shared_ptr<ShardRepair>& repair);
  void write_lost_part(const std::shared_ptr<ShardRepair>& repair, std::size_t place, LogPart part,
                       LogPosition old);
  void install_shards(ShardRepair& repair);

  // --- what pages are, in few words (page_sums.cpp) ---
  struct PageSumming;
  void page_sums(Token token, GetPageSums request);
  bool is_kept(const Timeline& timeline, Lsn point) const;
  void sum_pages(GroupId group, std::vector<PagePoint> points,
                 std::function<void(PageSums, std::uint64_t bytes)> done);
  void continue_summing(const std::shared_ptr<PageSumming>& summing);
  bool begin_sum(const std::shared_ptr<PageSumming>& summing, const Timeline& timeline, std::size_t place);
  void finish_sum(const std::shared_ptr<PageSumming>& summing);

  // --- the scrub (scrub.cpp) ---
  void step_scrub(unsigned elapsed);
  void begin_scrub();
  void advance_scrub();
  void end_scrub();
  void scrub_read(LogPosition at, std::uint32_t length,
                  std::function<void(std::span<const std::byte>)> check);
  void note_damage(const std::string& what);
  bool scrub_next_shard();
  void leave_scrubbed_shard();
  void scrub_chunk();
  void scrub_version();
  void scrub_next_group();
  void want_log_repair(GroupId group);
  void scrub_list();
  void scrub_part();
  void scrub_log();           // scrub_log.cpp
  void scrub_entries(LogPosition at, std::uint32_t end, std::span<const std::byte> bytes);
  // Pages beside their copies on peers (scrub_compare.cpp).
  void compare_pages();
  bool list_points(Comparison& comparison, const Timeline& timeline, const Segment& segment, PageNo page_no) const;
  void ask_for_sums(const std::shared_ptr<Comparison>& comparison);
  void learn_granted(const Comparison& comparison, const PageSums& theirs);
  bool note_sums(Comparison& comparison, std::size_t peer, const PageSums& theirs) const;
  void decide(const Comparison& comparison);

  // --- effects (effects.cpp): the same when running and when opening ---
  void on_durable(std::vector<LogItem> items);
  void on_failed(const char* what, std::vector<LogItem> items);
  void apply(const Effect& effect, LogPosition at, std::uint32_t size);
  void apply_part(const PartEffect& effect, LogPosition at, std::uint32_t size);
  void apply_change(const ChangeEffect& effect);
  void join_parent(Timeline& child);
  void apply_truncation(Timeline& timeline, Epoch epoch,
                        const std::vector<Truncation>& truncations);
  void purge_dropped(TimelineId id);
  Response response_to(const Effect& effect);
  SealAck seal_ack(TimelineId id) const;
  void apply_copied(const CopiedEffect& effect);
  void apply_left(const LeftEffect& effect);
  void apply_image(const ImageEffect& effect, LogPosition at, std::uint32_t size);
  void note_version(const Timeline& timeline, const Shard& shard, PageNo page_no, std::uint64_t lsn);
  void index_part(const HeldPart& part);
  void index_pending();

  // --- groups that it holds no more (left_groups.cpp) ---
  void stop_catching_up();
  void step_release();
  bool goes(const Timeline& timeline, GroupNo group, const HeldSets& kept) const;
  void check_left() const;
  // Who does not hold a group says nothing of its pages: they may be gone, and nothing would tell.
  bool answers_for(GroupNo group) const { return options.held.holds(group); }
  // What is here of it is as good as gone: a group that comes back meanwhile begins with nothing.
  bool is_leaving(TimelineId timeline, GroupNo group) const { return leaving.contains({timeline, group}); }

  // --- images (images.cpp) ---
  // The newest version at or below `at_most` shall get an image some time.
  void want_image(TimelineId timeline, PageNo page_no, Lsn at_most);
  // Starts the next image if that is in the budget. Returns whether more could be done at once.
  bool step_images(bool idle);
  void make_image(TimelineId timeline, PageNo page_no, Lsn at_most);
  // A VDL was seen: what was above it may get its image now.
  void retry_images(TimelineId timeline);

  // --- collection (collector.cpp) ---
  bool collection_due() const;
  void begin_collection();
  // Returns whether there is more to do at once.
  bool step_collection();
  bool mark_shard(ShardId id);
  void mark_parts();
  void choose_victims();
  bool move_shard(ShardId id);
  void move_version(ShardId id, PageNo page_no, const Version& version);
  void move_parts();
  void move_list(GroupId group, const StoredParts& list);
  // Writes a list of parts again, in the place of the one at `old`.
  void append_list(GroupId group, LogPosition old, std::vector<HeldPart> parts,
                   std::function<void()> done);
  // One of the two is called.
  void move_part(const HeldPart& part, std::function<void(LogPosition, std::uint32_t)> moved,
                 std::function<void()> damaged = nullptr);
  bool moving() const {
    return collection != nullptr && collection->phase == Collection::Phase::move;
  }
  void finish_collection();
  void free_extents();
  // What the extents hold, as far as the last collection has seen.
  LogSpace log_space() const;
  // While the result lives, no extent in use now is given away.
  std::shared_ptr<void> hold_extents();
  // What must stay readable of a timeline; nullopt: nothing but its pins.
  std::optional<Lsn> cut_off(const Timeline& timeline) const;

  // --- checkpoints (checkpoint.cpp) ---
  bool checkpoint_due() const;
  void begin_checkpoint();
  bool step_checkpoint();
  TimelineSnapshot take_snapshot(const Timeline& timeline) const;
  void list_parts(Timeline& timeline, std::size_t row);
  void store(OutgoingEntry entry, Checkpoint::Storing storing);
  void store_shard(ShardId id);
  void store_snapshot();
  void on_stored(const StoredEffect& effect, LogPosition at, std::uint32_t size);
  void write_root(LogPosition at, std::uint32_t size);
  void finish_checkpoint();
  // Takes what is stored and not used lately out of memory; returns how much the index takes then.
  std::uint64_t evict_shards();
  // The same between checkpoints, when what was read or written has made the index larger than it may be.
  void bound_index();
  // A checkpoint is under way, and what came since would take more memory than the index may: log waits for it.
  bool is_index_full() const;
  void take_held_back();
  void load_shard(ShardId id, std::function<void(bool)> then);
  // The shard, which is not in memory, and as many of the ancestors' that may have something of the page.
  void load_levels(ShardId first, PageNo page_no, std::size_t most, std::function<void(bool)> then);

  // --- what differs from the past (changed_pages.cpp) ---
  void find_changes(Token token, const FindChanges& request);

  // --- pages (page_read.cpp) ---
  struct PageRead {
    Token token = 0;
    ReadPage request;
    int ticks_left = 0;
    unsigned loads = 0;   // of the index, so far
  };
  struct PageBuild {
    Chain chain;
    std::size_t pending = 0;
    bool failed = false;
    std::function<void(PageCache::PagePtr)> done;
    std::shared_ptr<void> hold;
  };
  // Links that lie near each other in one file are read at one go: a page that was changed often at
  // one time has hundreds of them.
  struct FetchRun {
    static constexpr std::uint64_t kFetchGapMax = 4 << 10, kFetchRunMax = 64 << 10;
    FileNo file{};
    std::uint64_t offset = 0, end = 0;
    std::vector<Link*> links;
    // False: the link does not follow closely enough.
    bool take(Link& link, FileNo in);
  };
  void fetch(FetchRun run, std::shared_ptr<PageBuild> build, std::function<void()> finish);
  void start_read(std::shared_ptr<PageRead> read);
  void retry_waiting_reads();
  void expire_waiting_reads();
  bool scl_reached(const Timeline& timeline, GroupNo group, Lsn required) const;
  // Levels in a row that have nothing of a page.
  struct PassedLevels {
    const Timeline* from = nullptr;    // the one before them; null: none
    const Timeline* second = nullptr;  // the first of them
    Lsn limit;                         // what a read from above sees of the next one
    unsigned levels = 0;               // looked at one by one
  };
  static bool has_any(const Shard* shard, PageNo page_no, Lsn limit);
  void learn_shortcut(const PassedLevels& passed, const Timeline& to, PageNo page_no);
  Chain find_chain(const Timeline& timeline, PageNo page_no, Lsn read_point, Caching caching = Caching::use);
  // Fetches what the links stand for and puts the page together; null when something in it does
  // not verify.
  void build_page(Chain chain, std::function<void(PageCache::PagePtr)> done);
  void finish_read(const PageRead& read, PageCache::PagePtr page);
  // The page the chain leads to; null when something in it does not verify.
  PageCache::PagePtr assemble(Chain& chain);

  Timeline* find(TimelineId id) {
    const auto found = timelines.find(id);
    return found == timelines.end() ? nullptr : found->second.get();
  }
  const Timeline* find(TimelineId id) const {
    const auto found = timelines.find(id);
    return found == timelines.end() ? nullptr : found->second.get();
  }
  // As a client sees it: there, and not dropped.
  Timeline* find_open(TimelineId id) {
    Timeline* timeline = find(id);
    return timeline == nullptr || timeline->staged_drop ? nullptr : timeline;
  }
  void log_line(std::string line) { io.out().log.push_back(options.name + ": " + line); }

  NodeOptions options;
  Io io;
  NodeLog log;
  std::map<TimelineId, std::unique_ptr<Timeline>> timelines;
  // (parent, child): children whose parent's creation was lost, until it is known again.
  std::set<std::pair<TimelineId, TimelineId>> orphans;
  std::set<TimelineId> tombstones;  // dropped and gone; never made again
  PageIndex index;
  Shortcuts shortcuts;
  PageCache cache;
  RecentLog recent;
  PageCodec codec;

  IndexQueue to_index;
  // Appends that came while the page index was full, in their order.
  std::deque<std::pair<Token, AppendLog>> held_back;
  Gossip gossip;
  Rejoin rejoin;
  std::vector<std::shared_ptr<PageRead>> waiting_reads;

  std::unique_ptr<Checkpoint> checkpoint;  // under way
  Root root;                               // the newest that counts
  // What the next opening would have to read again, checkpoints' own entries apart.
  std::uint64_t unsaved_bytes = 0;
  std::uint64_t unsaved_at_begin = 0;      // of the checkpoint under way
  std::uint64_t last_snapshot_bytes = 0;
  std::uint64_t last_stored_id = 0;
  LogPosition replay_from;                 // of the root's two checkpoints
  LogPosition previous_replay_from;

  // What peers copy stays readable until they have not asked for a while.
  struct Lease {
    Lsn at;
    unsigned ticks = 0;
  };
  std::map<GroupId, Lease> leases;

  std::map<TimelineId, std::set<std::uint32_t>> shards_wanted;  // found damaged
  std::map<ShardId, std::vector<std::size_t>> right_copies;     // of some of them: where pages are right
  std::shared_ptr<ShardRepair> shard_repair;                    // under way
  TimelineId last_repaired{};                                   // each timeline in its turn
  unsigned shard_repair_pause = 0;                              // ticks
  std::shared_ptr<Scrub> scrub;                                 // a round under way
  unsigned scrub_due = 0;                                       // ticks until the next one
  bool checkpoint_wanted = false;                               // soon, whatever is unsaved

  struct ImageJob {
    TimelineId timeline{};
    PageNo page_no{};
    Lsn at_most;
  };
  std::deque<ImageJob> image_jobs;
  std::set<std::pair<TimelineId, PageNo>> images_wanted;
  std::map<TimelineId, std::set<PageNo>> images_above_vdl;  // wanted of pages of which all here is above the VDL seen
  std::size_t images_running = 0;
  std::set<std::pair<TimelineId, PageNo>> images_under_way;  // of which these are
  std::int64_t image_budget = 0;           // bytes; grows with what clients append

  std::optional<HeldSets> releasing;  // all but these may go
  std::optional<HeldSets> released;   // all but these went; nothing new is held since
  std::set<GroupId> leaving;          // of these, entries that say so are on their way

  std::unique_ptr<Collection> collection;  // under way
  bool may_forget = false;                 // a horizon moved, or a timeline went
  std::uint64_t purged_bytes = 0;
  std::uint64_t collected_at_bytes = 0;    // log.bytes_written() at the last collection
  // What the last one that looked everything through found: up to where, and what is needed, by extent.
  LogPosition looked_through;
  std::map<std::uint32_t, std::uint64_t> needed_bytes;
  std::map<std::uint32_t, std::uint64_t> extents_to_free;  // and with which root sequence
  // By root sequence at their start. Shared: what waits for a read may outlive the rest.
  using Holds = std::map<std::uint64_t, std::size_t>;
  std::shared_ptr<Holds> holds = std::make_shared<Holds>();
  std::map<ShardId, std::vector<std::function<void(bool)>>> shard_loads;
  std::uint32_t use_clock = 0;  // rises with every read
  std::uint64_t index_growth = 0;  // memory that the index has taken since evict_shards()
  std::uint64_t unsaved_index_bytes = 0;  // and for new versions since a checkpoint began
  std::uint64_t storing_index_bytes = 0;  // those before, which the checkpoint under way stores
  std::string failure;  // why no acknowledgement comes from here any more
  bool closing = false;
  bool stopped = false;
};

// What the page index keeps of a record of a part whose entry stands at `part`.
Version version_of(const RecordRef& ref, LogPosition part);
// The page changes of a part, every record verified; null when the part is malformed.
RecordRefs parse_records(const LogPart& part, const Timeline& timeline);
// What is wrong with a truncation; empty if nothing.
std::string contradiction(const Truncate& request, const Timeline& timeline);

inline Epoch newest_truncation(const std::vector<Truncation>& truncations) {
  return truncations.empty() ? Epoch{} : truncations.back().epoch;
}

}  // namespace pagestore
