// A page-store node without its disk, clock and thread: requests in, replies and I/O out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pagestore/disk.h"
#include "pagestore/messages.h"
#include "pagestore/placement.h"

namespace pagestore {

struct NodeOptions {
  std::string name = "a1";
  std::string zone = "a";
  // The same whenever the node opens. A tail has no page index: it takes and keeps log and answers no
  // question about pages.
  SegmentKind kind = SegmentKind::full;
  // Largest extent file. A young node starts with small ones and doubles.
  std::uint64_t extent_bytes = std::uint64_t{64} << 20;
  std::uint64_t first_extent_bytes = std::uint64_t{4} << 20;
  // What the log is written in: a power of two, 64 at least. Never below the disk's own block, so that
  // nothing that was synced is written again, nor torn by what is written behind it.
  std::uint32_t block_bytes = 4096;
  // Log between two index checkpoints: what a restart reads again.
  std::uint64_t checkpoint_bytes = std::uint64_t{8} << 20;
  // Log written between two collections of what is not needed any more.
  std::uint64_t collect_bytes = std::uint64_t{64} << 20;
  // Page versions kept ready to read, and page index kept in memory: a quarter more for a moment, and as much again of
  // what is not stored yet. When that is full, a checkpoint is under way, and log waits until it is over.
  std::uint64_t page_cache_bytes = std::uint64_t{8} << 20;
  std::uint64_t index_cache_bytes = std::uint64_t{64} << 20;
  // The newest log, from which pages that were just written are read.
  std::uint64_t recent_log_bytes = std::uint64_t{8} << 20;
  // A page whose chain since its last image is longer than this gets a new image in the
  // background; a chain found long by a read gets one sooner.
  std::uint32_t chain_records_max = 512;
  std::uint64_t chain_bytes_max = std::uint64_t{128} << 10;
  std::uint32_t read_chain_records_max = 64;

  // Other nodes of the cluster, numbered from 0 as the driver likes; 0: it is alone.
  std::size_t peers = 0;
  // Of which groups it gets from its peers what it lacks. (It takes from writers whatever they send.)
  HeldSets held{};
  SetMates mates{};
  // Differs from every opening before, so that peers notice that this is a new one.
  std::uint64_t run = 0;
  // Ticks between two questions to peers (one peer each time); up to sixteen times as many while
  // nothing is new.
  unsigned gossip_ticks = 2;
  // How long a segment may be behind a peer before its log is fetched: the writer is quicker.
  unsigned behind_ticks = 10;
  // What peers are asked for at most, log and pages together, bytes per tick.
  std::uint64_t repair_bytes_per_tick = std::uint64_t{4} << 20;
  // The scrub reads so much per tick at most; 0: none. And how long it rests between two rounds.
  std::uint64_t scrub_bytes_per_tick = std::uint64_t{128} << 10;
  unsigned scrub_pause_ticks = 6'000;
};

// The node: segments, page index, node log and garbage collection behind one interface.
//
// The driver: give it requests and completions as they come, call work() when there is time, and
// after any of these carry out what take_output() returns. Replies in an Output may be sent at
// once: whatever they promise was synced before. Deterministic: the same inputs give the same
// outputs. Not thread-safe; one driver.
class NodeCore {
 public:
  // Chosen by the driver: names the request in its reply. Not interpreted.
  using Token = std::uint64_t;

  struct Reply {
    Token token = 0;
    Response response;
  };

  // A question to a peer. Its answer goes to peer_answered(), exactly once.
  struct PeerRequest {
    std::uint64_t id = 0;
    std::size_t peer = 0;  // below NodeOptions::peers
    Request request;
  };

  struct Output {
    std::vector<Reply> replies;
    std::vector<PeerRequest> peer_requests;
    std::vector<DiskWrite> writes;      // independent of each other
    std::vector<DiskRead> reads;
    std::vector<DiskPrepare> prepares;
    std::vector<DiskRemove> removes;
    // For the operator, one line each.
    std::vector<std::string> log;
    bool empty() const {
      return replies.empty() && peer_requests.empty() && writes.empty() && reads.empty() && prepares.empty() &&
             removes.empty() && log.empty();
    }
  };

  // Reads the node's state back: the last index checkpoint and the log behind it. Blocking. A
  // disk without extents is a new node. Damage does not fail the opening: what cannot be served
  // answers `corrupt`, the rest works.
  static std::unique_ptr<NodeCore> open(NodeOptions options, DiskReader& disk);
  ~NodeCore();
  NodeCore(const NodeCore&) = delete;
  NodeCore& operator=(const NodeCore&) = delete;

  // Every request is answered exactly once, by a Reply of some later Output.
  void request(Token token, Request request);

  void write_done(std::uint64_t id, bool ok);
  // `bytes` is empty when the read failed.
  void read_done(std::uint64_t id, std::span<const std::byte> bytes);
  void file_ready(FileNo file, bool ok);

  // There are so many peers now; never fewer than before. The number of one that is gone is given
  // to no other: it is answered for as lost.
  void set_peers(std::size_t count);
  void set_held(const HeldSets& held, SetMates mates);
  // The record by which set_held() was called last holds for good: what the node has of groups that are neither
  // held nor `kept` goes.
  void release(const HeldSets& kept);
  // The answer of a peer, or Refusal{stopped} when there will be none.
  void peer_answered(std::uint64_t id, Response response);

  // So many ticks, a tenth of a second or so each, have passed.
  void tick(unsigned elapsed = 1);
  // In how many ticks there is something to do; 0: nothing needs time.
  unsigned ticks_until_due() const;

  // One bounded step (some tens of microseconds) of indexing, checkpoint, materialisation or
  // collection. `idle`: no request is waiting, so what can wait may be done now, too. Returns
  // whether more is waiting that needs no completion first.
  bool work(bool idle = true);

  Output take_output();

  // Begins a checkpoint now if there is anything new.
  void start_checkpoint();
  bool checkpointing() const;

  // Ends background work but for one last checkpoint, for a quick next start; then stop() may
  // come. Requests are still served.
  void prepare_stop();
  bool ready_to_stop() const;
  // What keeps it from being ready, in words, for the log; empty: nothing.
  std::string stop_waits_for() const;

  // Answers everything that waits with Refusal{stopped}.
  void stop();

  bool disk_failed() const;
  // Memory that the page index takes now, about. Goes through all of it.
  std::uint64_t index_bytes() const;
  // Stops the process when the state contradicts itself. For tests, after every step.
  void check_invariants() const;

 private:
  struct Impl;
  explicit NodeCore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagestore
