// A node core on a memory disk, and a writer's model of what it must answer.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include "pagestore/apply_redo.h"
#include "pagestore/node_core.h"
#include "pagestore/testing/memory_disk.h"
#include "wal/record_codec.h"

namespace pagestore {

using wal::Page;

using testing::MemoryDisk;

inline NodeOptions small_node() {
  NodeOptions options;
  options.extent_bytes = 256 << 10;
  options.first_extent_bytes = 64 << 10;
  options.checkpoint_bytes = std::uint64_t{1} << 40;  // tests say when
  return options;
}

class TestNode {
 public:
  explicit TestNode(NodeOptions options = small_node()) : options_(std::move(options)) { open(); }

  MemoryDisk& disk() { return disk_; }
  NodeCore& core() { return *core_; }
  const std::vector<std::string>& log() const { return log_; }
  // Who answers its questions; without, nobody does.
  std::function<Response(std::size_t peer, Request)> peers;
  // The invariants are those of everything it holds: with thousands of parts that is for the end.
  bool checks_each_step = true;

  NodeCore::Token send(Request request) {
    core_->request(++last_token_, std::move(request));
    drain();
    return last_token_;
  }
  // Replies and commands out of the core; nothing is carried out yet.
  void drain() {
    for (;;) {
      NodeCore::Output out = core_->take_output();
      if (checks_each_step) core_->check_invariants();
      if (out.empty()) return;
      disk_.submit(out);
      for (auto& line : out.log) log_.push_back(std::move(line));
      for (auto& question : out.peer_requests) {
        core_->peer_answered(question.id, peers ? peers(question.peer, std::move(question.request))
                                                : Refusal{RefusalReason::stopped, {}, {}});
      }
      for (auto& reply : out.replies) {
        const bool first = replies_.emplace(reply.token, std::move(reply.response)).second;
        EXPECT_TRUE(first) << "answered twice";
      }
    }
  }
  // One disk step; false when nothing was waiting.
  bool step() {
    drain();
    if (disk_.pending() == 0) return false;
    disk_.complete_one(*core_);
    if (checks_each_step) core_->check_invariants();
    drain();
    return true;
  }
  void run() {
    do {
      while (step()) {
      }
    } while (core_->work() || (drain(), disk_.pending() > 0));
  }
  // Disk steps without background work.
  void run_disk() {
    while (step()) {
    }
  }
  bool answered(NodeCore::Token token) const { return replies_.contains(token); }
  Response take(NodeCore::Token token) {
    auto node = replies_.extract(token);
    EXPECT_FALSE(node.empty()) << "not answered";
    return node.empty() ? Response(Refusal{RefusalReason::stopped, {}, "no answer"})
                        : std::move(node.mapped());
  }
  Response ask(Request request) {
    const auto token = send(std::move(request));
    run();
    return take(token);
  }
  template <typename Answer>
  Answer expect(Request request) {
    Response response = ask(std::move(request));
    if (const auto* refusal = std::get_if<Refusal>(&response)) {
      ADD_FAILURE() << "refused: " << static_cast<int>(refusal->reason) << " " << refusal->detail;
      return {};
    }
    return std::get<Answer>(std::move(response));
  }
  RefusalReason expect_refusal(Request request) {
    Response response = ask(std::move(request));
    const auto* refusal = std::get_if<Refusal>(&response);
    if (refusal == nullptr) {
      ADD_FAILURE() << "not refused";
      return RefusalReason::stopped;
    }
    return refusal->reason;
  }

  // Its record says so, which outlives it.
  void set_held(const HeldSets& held) {
    options_.held = held;
    core_->set_held(held, {});
    drain();
  }

  // The process dies: what was synced stays, what was written since may or may not.
  void crash(std::uint64_t seed = 1) {
    core_.reset();
    std::mt19937_64 random(seed);
    disk_.crash(random);
    replies_.clear();
    open();
  }
  void open() {
    core_.reset();
    log_.clear();
    disk_.reset_counters();
    core_ = NodeCore::open(options_, disk_);
    drain();
  }

 private:
  NodeOptions options_;
  MemoryDisk disk_;
  std::unique_ptr<NodeCore> core_;
  NodeCore::Token last_token_ = 0;
  std::map<NodeCore::Token, Response> replies_;
  std::vector<std::string> log_;
};

inline constexpr TimelineId kMain{1};

// A writer's view of one volume: makes parts, remembers every version of every page.
class TestVolume {
 public:
  explicit TestVolume(TimelineId timeline = kMain, Lsn start = Lsn(1000),
                      std::uint64_t pages_per_group = 1000)
      : timeline_(timeline), start_(start), last_(start), pages_per_group_(pages_per_group) {}

  // A child that leaves this volume's history at `at`.
  TestVolume branch(TimelineId child, Lsn at) const {
    TestVolume volume(child, at, pages_per_group_);
    volume.parent_ = timeline_;
    for (const auto& [page_no, versions] : history_) {
      for (const auto& [lsn, page] : versions) {
        if (lsn <= at) volume.history_[page_no].emplace(lsn, page);
      }
    }
    return volume;
  }
  CreateTimeline create() const { return {timeline_, parent_, start_, pages_per_group_}; }

  TimelineId timeline() const { return timeline_; }
  Epoch epoch{1};
  Lsn vdl;
  Lsn last() const { return last_; }
  GroupId group(PageNo page_no = PageNo{0}) const {
    return {timeline_, GroupNo{static_cast<std::uint32_t>(raw(page_no) / pages_per_group_)}};
  }
  Lsn tail(GroupNo group = GroupNo{0}) const {
    const auto found = tails_.find(group);
    return found == tails_.end() ? start_ : found->second;
  }

  // A chunk that changes each of the pages once, all of one group.
  LogPart write(const std::vector<std::uint32_t>& pages, bool image = false,
                std::size_t length = 20) {
    LogPart part;
    part.group = group(PageNo{pages.front()});
    part.epoch = epoch;
    part.prev_part_end = tail(part.group.group);
    part.begin = last_;
    part.vdl = vdl;
    auto records = std::make_shared<std::vector<std::byte>>();
    for (std::size_t i = 0; i < pages.size(); ++i) {
      const PageNo page_no{pages[i]};
      Page page = newest(page_no);
      std::vector<std::byte> record;
      wal::begin_record(record, wal::RecordKind::page_change, page_no);
      if (image) {
        Page fresh{};
        for (std::size_t at = 16; at < wal::kPageSize; ++at) fresh.bytes[at] = random_byte();
        wal::append_image(record, fresh);
      } else {
        std::vector<std::byte> bytes(length);
        for (auto& byte : bytes) byte = random_byte();
        wal::append_write(record, 16 + random_() % (wal::kPageSize - 16 - length), bytes);
      }
      last_ = last_.advanced_by(record.size());
      wal::seal_record(record, last_, page.lsn(), i + 1 == pages.size());
      wal::RecordReader reader(record);
      EXPECT_TRUE(apply_redo(**reader.next(), page));
      history_[page_no][last_] = page;
      records->insert(records->end(), record.begin(), record.end());
    }
    part.end = last_;
    part.records = std::move(records);
    tails_[part.group.group] = part.end;
    return part;
  }

  // Everything above `after` never happened; the log goes on above `to`.
  void truncate(Lsn after, Lsn to, Lsn tail) {
    for (auto& [page_no, versions] : history_) {
      versions.erase(versions.upper_bound(after), versions.end());
    }
    last_ = to;
    for (auto& [group, end] : tails_) end = std::min(end, tail);
    vdl = std::max(vdl, after);
  }

  const Page* version(PageNo page_no, Lsn at) const {
    const auto found = history_.find(page_no);
    if (found == history_.end()) return nullptr;
    auto next = found->second.upper_bound(at);
    return next == found->second.begin() ? nullptr : &std::prev(next)->second;
  }
  Page newest(PageNo page_no) const {
    const Page* page = version(page_no, wal::kMaxLsn);
    return page == nullptr ? Page{} : *page;
  }
  const std::map<PageNo, std::map<Lsn, Page>>& history() const { return history_; }

  ReadPage read(std::uint32_t page, Lsn at, Lsn required = wal::kNoLsn) const {
    return {group(PageNo{page}), PageNo{page}, at, required};
  }

 private:
  std::byte random_byte() { return static_cast<std::byte>(random_()); }

  TimelineId timeline_;
  TimelineId parent_ = wal::kNoTimeline;
  Lsn start_;
  Lsn last_;
  std::uint64_t pages_per_group_;
  std::map<GroupNo, Lsn> tails_;
  std::map<PageNo, std::map<Lsn, Page>> history_;
  std::mt19937_64 random_{42};
};

inline void expect_page(TestNode& node, const TestVolume& volume, std::uint32_t page, Lsn at) {
  const auto contents = node.expect<PageContents>(volume.read(page, at));
  const Page* expected = volume.version(PageNo{page}, at);
  ASSERT_EQ(contents.page == nullptr, expected == nullptr)
      << "page " << page << " at " << at.value();
  if (expected == nullptr) return;
  EXPECT_EQ(contents.page->lsn(), expected->lsn());
  EXPECT_EQ(0, std::memcmp(contents.page->bytes.data(), expected->bytes.data(), wal::kPageSize))
      << "page " << page << " at " << at.value();
}

// Every version of every page, and each page just below its first.
inline void expect_all_pages(TestNode& node, const TestVolume& volume, Lsn from = wal::kNoLsn) {
  for (const auto& [page_no, versions] : volume.history()) {
    for (const auto& [lsn, page] : versions) {
      if (lsn >= from) expect_page(node, volume, raw(page_no), lsn);
    }
    expect_page(node, volume, raw(page_no), std::max(volume.last(), from));
  }
}

inline Lsn append(TestNode& node, const LogPart& part) {
  return node.expect<AppendAck>(AppendLog{part}).scl;
}

}  // namespace pagestore
