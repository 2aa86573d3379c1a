#include "pagestore/node_core.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checkpoint.h"
#include "collection.h"
#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {
namespace {

constexpr std::size_t kPartsPerStep = 16;
constexpr std::uint64_t kIndexQueueMax = std::uint64_t{1} << 20;

}  // namespace

NodeCore::Impl::Impl(NodeOptions node_options)
    : options(std::move(node_options)),
      log(
          options, io, [this](std::vector<LogItem> items) { on_durable(std::move(items)); },
          [this](const char* what, std::vector<LogItem> items) {
            on_failed(what, std::move(items));
          }),
      cache(options.page_cache_bytes),
      recent(options.recent_log_bytes),
      scrub_due(options.scrub_pause_ticks) {}

NodeCore::NodeCore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeCore::~NodeCore() = default;

std::unique_ptr<NodeCore> NodeCore::open(NodeOptions options, DiskReader& disk) {
  auto impl = std::make_unique<Impl>(std::move(options));
  impl->open(disk);
  impl->begin_gossip();
  return std::unique_ptr<NodeCore>(new NodeCore(std::move(impl)));
}

void NodeCore::request(Token token, Request request) {
  impl_->request(token, std::move(request));
}

void NodeCore::write_done(std::uint64_t id, bool ok) { impl_->io.write_done(id, ok); }

void NodeCore::read_done(std::uint64_t id, std::span<const std::byte> bytes) {
  impl_->io.read_done(id, bytes);
}

void NodeCore::file_ready(FileNo file, bool ok) { impl_->log.file_ready(file, ok); }

void NodeCore::set_peers(std::size_t count) {
  if (count <= impl_->gossip.peers.size()) return;
  impl_->options.peers = count;
  impl_->gossip.peers.resize(count);
  impl_->gossip.due = 0;
}

void NodeCore::set_held(const HeldSets& held, SetMates mates) {
  impl_->options.mates = std::move(mates);
  if (held == impl_->options.held) return;
  impl_->options.held = held;
  impl_->released.reset();
  impl_->stop_catching_up();
  // What peers have of groups that are new here they may have told long ago.
  for (Gossip::Peer& peer : impl_->gossip.peers) peer.from_beginning = true;
  impl_->gossip.due = 0;
}

void NodeCore::release(const HeldSets& kept) {
  impl_->releasing = kept;
  impl_->released.reset();
  impl_->step_release();
}

void NodeCore::peer_answered(std::uint64_t id, Response response) {
  auto waiting = impl_->gossip.waiting.extract(id);
  CHECK(!waiting.empty());
  if (impl_->stopped || impl_->log.failed()) return;
  waiting.mapped()(response);
}

void NodeCore::tick(unsigned elapsed) {
  if (impl_->log.is_waiting()) impl_->log.hurry();
  impl_->expire_waiting_reads();  // every tick while there are any
  impl_->tick_peers(elapsed);
}

unsigned NodeCore::ticks_until_due() const {
  const Impl& node = *impl_;
  if (node.stopped) return 0;
  if (!node.waiting_reads.empty() || node.log.is_waiting()) return 1;
  return node.peer_ticks_until_due();
}

bool NodeCore::work(bool idle) {
  Impl& node = *impl_;
  // What comes faster than it is taken step by step is taken at once: it must not pile up.
  if (node.to_index.bytes() > kIndexQueueMax) node.index_pending();
  for (std::size_t i = 0; i < kPartsPerStep && !node.to_index.empty(); ++i) node.index_part(node.to_index.pop());
  node.bound_index();
  node.take_held_back();
  if (!node.to_index.empty() && node.checkpoint == nullptr && !node.checkpoint_due()) return true;
  if (node.log.failed()) return !node.to_index.empty();
  node.step_release();
  if (node.checkpoint == nullptr && node.checkpoint_due()) node.begin_checkpoint();
  if (node.checkpoint != nullptr && node.step_checkpoint()) return true;
  if (!node.to_index.empty()) return true;
  if (node.closing) {
    // A collection ends between two moves; what it did not finish is found again.
    if (node.collection != nullptr && node.collection->moves == 0 && !node.collection->loading) {
      node.collection.reset();
      start_checkpoint();
      return node.checkpoint != nullptr;
    }
    return false;
  }
  if (node.collection == nullptr && node.collection_due()) node.begin_collection();
  if (node.collection != nullptr && node.step_collection()) return true;
  return node.step_images(idle);
}

NodeCore::Output NodeCore::take_output() {
  impl_->log.pump();
  return std::exchange(impl_->io.out(), {});
}

void NodeCore::start_checkpoint() {
  Impl& node = *impl_;
  if (node.checkpoint != nullptr || node.log.failed() || node.unsaved_bytes == 0 || node.moving() || !node.leaving.empty()) {
    return;
  }
  node.begin_checkpoint();
}

bool NodeCore::checkpointing() const {
  return impl_->checkpoint != nullptr && !impl_->log.failed();
}

void NodeCore::prepare_stop() {
  impl_->closing = true;
  impl_->log.hurry();
  start_checkpoint();
}

bool NodeCore::ready_to_stop() const {
  return impl_->log.failed() ||
         (impl_->closing && impl_->collection == nullptr && impl_->checkpoint == nullptr &&
          impl_->images_running == 0);
}

std::string NodeCore::stop_waits_for() const {
  const Impl& node = *impl_;
  if (ready_to_stop()) return {};
  std::vector<std::string> reasons;
  if (const Checkpoint* checkpoint = node.checkpoint.get(); checkpoint != nullptr) {
    reasons.push_back(fmt::format("a checkpoint (shard {} of {}, {} entries on their way)", checkpoint->next_shard,
                                  checkpoint->shards.size(), checkpoint->storing.size()));
  }
  if (const Collection* collection = node.collection.get(); collection != nullptr) {
    reasons.push_back(fmt::format("a collection (phase {}, {} moves on their way{})", static_cast<int>(collection->phase),
                                  collection->moves, collection->loading ? ", loading a shard" : ""));
  }
  if (node.images_running > 0) reasons.push_back(fmt::format("{} page images", node.images_running));
  return fmt::format("{}", fmt::join(reasons, ", "));
}

void NodeCore::stop() {
  impl_->stopped = true;
  impl_->gossip.lags.clear();
  impl_->gossip.copies.clear();
  impl_->shard_repair.reset();
  impl_->scrub.reset();
  for (auto& read : std::exchange(impl_->waiting_reads, {})) {
    impl_->refuse(read->token, RefusalReason::stopped);
  }
}

bool NodeCore::disk_failed() const { return impl_->log.failed(); }

std::uint64_t NodeCore::index_bytes() const {
  std::uint64_t bytes = 0;
  std::as_const(impl_->index).for_each([&](const ShardId&, const Shard& shard) { bytes += shard.memory(); });
  return bytes;
}

void NodeCore::check_invariants() const {
  const Impl& node = *impl_;
  node.log.check_invariants();
  for (const auto& [id, timeline] : node.timelines) {
    CHECK(timeline->id == id);
    timeline->check_invariants();
    if (timeline->parent != wal::kNoTimeline) {
      const Timeline* parent = node.find(timeline->parent);
      CHECK(parent != nullptr || timeline->damaged);
      // A parent that is made anew takes them back when that is durable.
      CHECK(timeline->up == parent || (timeline->damaged && timeline->up == nullptr));
      CHECK(parent != nullptr || node.orphans.contains({timeline->parent, id}));
      // The pin is there as long as the child is.
      if (!timeline->damaged) CHECK(parent->children.at(id) == timeline->branch_lsn);
    }
    CHECK(!node.tombstones.contains(id));
  }
  node.check_left();
}

}  // namespace pagestore
