#include "takeover_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pagestore/membership.h"
#include "pagestore/messages.h"
#include "quorum_tracker.h"
#include "recovery_plan.h"
#include "wal/check.h"

namespace sim {
namespace {

using pagestore::kCopies;
using pagestore::LogPart;
using pagestore::Membership;
using pagestore::NodeSet;
using pagestore::SealAck;
using pagestore::SegmentState;
using pagestore::Truncation;
using wal::Epoch;
using wal::Lsn;

constexpr wal::TimelineId kTimeline{1};
constexpr wal::GroupNo kGroup{0};
constexpr Lsn kBranch{1000};

// Writers and their epochs: A serves from the beginning.
enum Writer : unsigned { kA, kB, kC };
constexpr Epoch epoch_of(unsigned writer) { return Epoch{writer + 1}; }
// Parts by bit: A's two chunks and B's.
enum Part : unsigned { kA1, kA2, kB1, kParts };

// What one copy is, and what writers heard of it. Every message's answer is heard at once: a decision that was
// taken before it arrived is one that left it out, and decisions may leave out any.
struct Copy {
  std::uint32_t sealed : 2 = kA;      // by whom
  std::uint32_t truncated : 2 = 0;    // by B or C; 0: nobody
  std::uint32_t parts : 3 = 0;
  std::uint32_t told_a : 2 = 0;       // chunks acknowledged to A, in its chain
  // To B and C: nothing; its truncation; all through its VDL; its own chunk as well.
  std::uint32_t told_b : 2 = 0;
  std::uint32_t told_c : 2 = 0;
  // The state in the answer to a seal, until its writer has planned: parts, truncated, sealed before.
  std::uint32_t answer_b : 8 = 0;
  std::uint32_t answer_c : 8 = 0;

  std::uint32_t bits() const { return std::bit_cast<std::uint32_t>(*this) & kUsed; }
  static constexpr std::uint32_t kUsed = (std::uint32_t{1} << 29) - 1;
};
static_assert(sizeof(Copy) == sizeof(std::uint32_t));

constexpr std::uint32_t kOfFull = 0x100;  // beside an answer: who gave it

std::uint32_t as_answer(const Copy& copy) {
  return std::uint32_t{0x80} | copy.parts | (std::uint32_t{copy.truncated} << 3) |
         (std::uint32_t{copy.sealed} << 5);
}

struct State {
  std::array<Copy, kCopies> copies;
  std::uint8_t shipped_a = 0;          // chunks
  bool a2_announces = false;           // A2 says that A1 is durable
  std::array<std::uint8_t, 3> plan{};  // of B and C: number in the model's list and one; 0: none yet
  std::array<bool, 3> serves{true, false, false};
  bool shipped_b = false;

  using Key = std::array<std::uint32_t, kCopies + 1>;
  // The same for states that differ in the order of copies alone, of the first `full` and of the others.
  Key key(std::size_t full) const {
    Key key;
    for (std::size_t i = 0; i < kCopies; ++i) key[i] = copies[i].bits();
    const auto others = key.begin() + static_cast<std::ptrdiff_t>(full);
    std::sort(key.begin(), others);
    std::sort(others, key.begin() + kCopies);
    key[kCopies] = shipped_a | (a2_announces ? 4u : 0u) | (serves[kB] ? 8u : 0u) | (serves[kC] ? 16u : 0u) |
                   (shipped_b ? 32u : 0u) | (std::uint32_t{plan[kB]} << 8) | (std::uint32_t{plan[kC]} << 16);
    return key;
  }
};

// A set of keys in one table: there are many.
class Seen {
 public:
  bool insert(const State::Key& key) {
    if (2 * count_ >= table_.size()) grow();
    State::Key& slot = find(key);
    if (slot != kEmpty) return false;
    slot = key;
    ++count_;
    return true;
  }
  std::size_t size() const { return count_; }

 private:
  static constexpr State::Key kEmpty{~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u};

  State::Key& find(const State::Key& key) {
    std::uint64_t hash = 0;
    for (const std::uint32_t word : key) hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15, hash ^= hash >> 29;
    std::size_t at = hash & (table_.size() - 1);
    while (table_[at] != kEmpty && table_[at] != key) at = (at + 1) & (table_.size() - 1);
    return table_[at];
  }
  void grow() {
    auto old = std::exchange(table_, std::vector<State::Key>(table_.size() * 2, kEmpty));
    for (const State::Key& key : old) {
      if (key != kEmpty) find(key) = key;
    }
  }

  std::vector<State::Key> table_ = std::vector<State::Key>(std::size_t{1} << 16, kEmpty);
  std::size_t count_ = 0;
};

class Model {
 public:
  explicit Model(const ModelSize& size)
      : size_(size), last_writer_(size.third_writer ? kC : kB), full_(size.tails ? pagestore::kFullQuorumMin : kCopies),
        members_(NodeSet::first(kCopies), NodeSet::first(kCopies), NodeSet::first(full_)) {}

  ModelOutcome run() {
    visit(State{});
    outcome_.states = seen_.size();
    return outcome_;
  }

 private:
  // --- parts and what a copy makes of them -------------------------------------------------------

  LogPart part(const State& state, unsigned which) const {
    LogPart part;
    part.group = {kTimeline, kGroup};
    if (which == kB1) {
      const wal::RecoveryPlan& plan = plans_[state.plan[kB] - 1u];
      part.epoch = epoch_of(kB);
      part.begin = part.prev_part_end = part.vdl = plan.vdl;
      part.end = plan.next_lsn.advanced_by(10);
      return part;
    }
    part.epoch = epoch_of(kA);
    part.begin = part.prev_part_end = kBranch.advanced_by(10 * which);
    part.end = part.begin.advanced_by(10);
    part.vdl = which == kA2 && state.a2_announces ? part.begin : kBranch;
    return part;
  }

  SegmentState segment(const State& state, std::uint32_t parts) const {
    SegmentState segment{{kTimeline, kGroup}, kBranch, {}, kBranch};
    std::vector<LogPart> held;
    for (unsigned which = 0; which < kParts; ++which) {
      if ((parts >> which & 1) == 0) continue;
      held.push_back(part(state, which));
      if (held.back().prev_part_end == segment.scl) segment.scl = held.back().end;
      segment.vdl_seen = std::max(segment.vdl_seen, held.back().vdl);
    }
    for (LogPart& each : held) {
      if (each.end > segment.vdl_seen) segment.parts_above_vdl.push_back(std::move(each));
    }
    return segment;
  }
  Lsn scl(const State& state, const Copy& copy) const { return segment(state, copy.parts).scl; }

  const std::vector<Truncation>& truncations(const State& state, unsigned writer) const {
    static const std::vector<Truncation> kNone;
    return writer == 0 ? kNone : plans_[state.plan[writer] - 1u].truncations;
  }

  SealAck ack(const State& state, std::uint32_t answer, unsigned writer) const {
    SealAck ack;
    ack.timeline = kTimeline;
    ack.epoch = epoch_of(writer);
    ack.known = true;
    ack.branch_lsn = kBranch;
    ack.pages_per_group = 4;
    ack.previous_epoch = epoch_of(answer >> 5 & 3);
    ack.truncations = truncations(state, answer >> 3 & 3);
    if ((answer & 7) != 0) ack.segments.push_back(segment(state, answer & 7));
    return ack;
  }

  // --- what writers know and decide --------------------------------------------------------------

  // What the writer has acknowledged, having heard all that the copies told it.
  Lsn acknowledged(const State& state, unsigned writer) const {
    wal::QuorumTracker tracker(writer == kA ? kBranch : plans_[state.plan[writer] - 1u].vdl, members_);
    const wal::GroupNo groups[] = {kGroup};
    if (writer == kA) {
      for (unsigned i = 0; i < state.shipped_a; ++i) tracker.chunk_sent(part(state, i).end, groups);
    } else if (writer == kB && state.shipped_b) {
      tracker.chunk_sent(part(state, kB1).end, groups);
    }
    for (std::size_t i = 0; i < kCopies; ++i) {
      const Copy& copy = state.copies[i];
      if (writer == kA && copy.told_a > 0) tracker.acknowledged(i, kGroup, part(state, copy.told_a - 1u).end);
      if (writer == kB && copy.told_b == 3) tracker.acknowledged(i, kGroup, part(state, kB1).end);
    }
    return tracker.vdl();
  }

  void check(const State& state) const {
    for (unsigned writer = kB; writer <= kC; ++writer) {
      if (!state.serves[writer]) continue;
      const Lsn base = plans_[state.plan[writer] - 1u].vdl;
      for (unsigned before = kA; before < writer; ++before) {
        if (state.serves[before] && acknowledged(state, before) > base) {
          fail(fmt::format("writer {} serves from {}, and writer {} acknowledges {}", name(writer), base.value(),
                           name(before), acknowledged(state, before).value()));
        }
      }
    }
  }

  // --- the steps ---------------------------------------------------------------------------------

  void visit(const State& state) {
    if (!seen_.insert(state.key(full_))) return;
    check(state);
    for (std::size_t i = 0; i < kCopies; ++i) {
      // One of those that are alike stands for all.
      const auto same = [&](const Copy& copy) { return copy.bits() == state.copies[i].bits(); };
      const auto at = [&](std::size_t copy) { return state.copies.begin() + static_cast<std::ptrdiff_t>(copy); };
      if (std::any_of(at(i < full_ ? 0 : full_), at(i), same)) continue;
      visit_copy(state, i);
    }
    if (state.shipped_a < size_.chunks) {
      step(state, "A sends a chunk", [](State& next) { ++next.shipped_a; });
      if (state.shipped_a == 1 && acknowledged(state, kA) > kBranch) {
        step(state, "A sends a chunk that announces the one before", [](State& next) {
          ++next.shipped_a;
          next.a2_announces = true;
        });
      }
    }
    for (unsigned writer = kB; writer <= kC; ++writer) {
      plan(state, writer);
      serve(state, writer);
    }
    if (state.serves[kB] && !state.shipped_b) {
      step(state, "B sends a chunk", [](State& next) { next.shipped_b = true; });
    }
  }

  void visit_copy(const State& state, std::size_t i) {
    const Copy& copy = state.copies[i];
    for (unsigned which = 0; which < state.shipped_a && copy.sealed == kA; ++which) {
      deliver(state, i, kA, which);
    }
    for (unsigned writer = kB; writer <= last_writer_; ++writer) {
      if (copy.sealed < writer) {
        step(state, fmt::format("copy {} is sealed by {}", i, name(writer)), [&](State& next) {
          Copy& sealed = next.copies[i];
          if (state.plan[writer] == 0) {
            if (writer == kB) sealed.answer_b = as_answer(copy) & 0xff;
            if (writer == kC) sealed.answer_c = as_answer(copy) & 0xff;
          }
          sealed.sealed = writer & 3;
        });
      }
      if (copy.sealed != writer || state.plan[writer] == 0) continue;
      if (copy.truncated != writer) {
        truncate(state, i, writer);
        continue;
      }
      const Lsn vdl = plans_[state.plan[writer] - 1u].vdl;
      for (unsigned which = 0; which < kParts; ++which) {
        if (which == kB1 && state.plan[kB] == 0) continue;
        const bool own = which == kB1 && writer == kB && state.shipped_b;
        const bool again = part(state, which).end <= vdl && is_history(state, writer, which);
        if (own || again) deliver(state, i, writer, which);
      }
    }
    for (unsigned which = 0; which < kParts && size_.gossip; ++which) gossip(state, i, which);
  }

  // Of what B and C took over.
  bool is_history(const State& state, unsigned writer, unsigned which) const {
    return (which != kB1 || state.shipped_b) && (which == kB1 || which < state.shipped_a) &&
           !wal::is_annulled(part(state, which).end, truncations(state, writer));
  }

  void deliver(const State& state, std::size_t i, unsigned writer, unsigned which) {
    step(state, fmt::format("copy {} gets part {} of {}", i, which, name(writer)), [&](State& next) {
      Copy& copy = next.copies[i];
      copy.parts = copy.parts | (1u << which);
      tell(next, copy, writer);
    });
  }

  // The acknowledgement that follows.
  void tell(const State& state, Copy& copy, unsigned writer) const {
    const Lsn reached = scl(state, copy);
    if (writer == kA) {
      const std::uint32_t chunks = reached >= part(state, kA2).end ? 2 : reached >= part(state, kA1).end ? 1 : 0;
      copy.told_a = std::max<std::uint32_t>(copy.told_a, chunks) & 3;
      return;
    }
    const wal::RecoveryPlan& plan = plans_[state.plan[writer] - 1u];
    const auto tail = plan.tails.find(kGroup);
    std::uint32_t told = tail == plan.tails.end() || reached >= tail->second ? 2 : 1;
    if (writer == kB && state.shipped_b && reached >= part(state, kB1).end) told = 3;
    if (writer == kB) copy.told_b = std::max<std::uint32_t>(copy.told_b, told) & 3;
    if (writer == kC) copy.told_c = std::max<std::uint32_t>(copy.told_c, told) & 3;
  }

  void truncate(const State& state, std::size_t i, unsigned writer) {
    step(state, fmt::format("copy {} is truncated by {}", i, name(writer)), [&](State& next) {
      Copy& copy = next.copies[i];
      const Lsn durable = segment(state, copy.parts).vdl_seen;
      for (unsigned which = 0; which < kParts; ++which) {
        if ((copy.parts >> which & 1) == 0) continue;
        const Lsn end = part(state, which).end;
        if (!wal::is_annulled(end, truncations(state, writer))) continue;
        if (end <= durable) fail(fmt::format("{} annuls {}, which is durable", name(writer), end.value()));
        copy.parts = copy.parts & ~(1u << which) & 7;
      }
      copy.truncated = writer & 3;
      tell(next, copy, writer);
    });
  }

  // From a peer that has the same list of truncations.
  void gossip(const State& state, std::size_t i, unsigned which) {
    const Copy& copy = state.copies[i];
    if ((copy.parts >> which & 1) != 0 || (which == kB1 && copy.sealed < kB)) return;
    const bool offered = std::ranges::any_of(state.copies, [&](const Copy& peer) {
      return (peer.parts >> which & 1) != 0 && peer.truncated == copy.truncated;
    });
    if (!offered || wal::is_annulled(part(state, which).end, truncations(state, copy.truncated))) return;
    step(state, fmt::format("copy {} gets part {} of a peer", i, which), [&](State& next) {
      next.copies[i].parts = (copy.parts | (1u << which)) & 7;
    });
  }

  // From the answers of any write quorum.
  void plan(const State& state, unsigned writer) {
    if (state.plan[writer] != 0) return;
    std::map<std::vector<std::uint32_t>, bool> tried;  // the same answers of other copies
    for (unsigned chosen = 0; chosen < 1u << kCopies; ++chosen) {
      NodeSet copies;
      std::vector<std::uint32_t> answers;
      for (std::size_t i = 0; i < kCopies; ++i) {
        const Copy& copy = state.copies[i];
        const std::uint32_t answer = writer == kB ? copy.answer_b : copy.answer_c;
        if ((chosen >> i & 1) == 0 || answer == 0) continue;
        copies.add(i);
        answers.push_back(answer | (i < full_ ? kOfFull : 0u));
      }
      if (copies.size() != static_cast<std::size_t>(std::popcount(chosen)) ||
          !members_.is_write_quorum(copies)) {
        continue;
      }
      std::ranges::sort(answers);
      if (!tried.emplace(answers, true).second) continue;
      std::vector<SealAck> acks;
      for (const std::uint32_t answer : answers) acks.push_back(ack(state, answer & ~kOfFull, writer));
      const auto made = wal::plan_recovery(acks, epoch_of(writer));
      if (!made) fail(fmt::format("{} finds the answers impossible", name(writer)));
      step(state, fmt::format("{} plans to serve from {}", name(writer), made->vdl.value()), [&](State& next) {
        next.plan[writer] = number_of(*made);
        for (Copy& copy : next.copies) (writer == kB ? void(copy.answer_b = 0) : void(copy.answer_c = 0));
      });
    }
  }

  std::uint8_t number_of(const wal::RecoveryPlan& plan) {
    const auto same = [&](const wal::RecoveryPlan& other) {
      return other.vdl == plan.vdl && other.next_lsn == plan.next_lsn && other.truncations == plan.truncations &&
             other.tails == plan.tails;
    };
    auto found = std::ranges::find_if(plans_, same);
    if (found == plans_.end()) found = plans_.insert(plans_.end(), plan);
    const auto number = found - plans_.begin() + 1;
    CHECK(number < 256);
    return static_cast<std::uint8_t>(number);
  }

  void serve(const State& state, unsigned writer) {
    if (state.plan[writer] == 0 || state.serves[writer]) return;
    NodeSet whole;
    for (std::size_t i = 0; i < kCopies; ++i) {
      if ((writer == kB ? state.copies[i].told_b : state.copies[i].told_c) >= 2) whole.add(i);
    }
    if (!members_.is_write_quorum(whole)) return;
    ++outcome_.serving;
    step(state, fmt::format("{} serves", name(writer)), [&](State& next) { next.serves[writer] = true; });
  }

  template <typename Change>
  void step(const State& state, std::string what, Change change) {
    State next = state;
    path_.push_back(std::move(what));
    change(next);
    ++outcome_.steps;
    if (next.key(full_) != state.key(full_)) visit(next);
    path_.pop_back();
  }

  static char name(unsigned writer) { return static_cast<char>('A' + writer); }

  [[noreturn]] void fail(const std::string& why) const {
    for (const std::string& each : path_) fmt::print(stderr, "{}\n", each);
    fmt::print(stderr, "{}\n", why);
    std::abort();
  }

  const ModelSize size_;
  const unsigned last_writer_;
  const std::size_t full_;  // of the copies, the first
  const Membership members_;
  Seen seen_;
  std::vector<wal::RecoveryPlan> plans_;
  std::vector<std::string> path_;
  ModelOutcome outcome_;
};

}  // namespace

ModelOutcome check_takeovers(const ModelSize& size) { return Model(size).run(); }

}  // namespace sim
