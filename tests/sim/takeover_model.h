// Takeovers of one volume in every order that can happen, by the rules of pagestore/messages.h and with the
// writers' own decisions (wal::plan_recovery, wal::QuorumTracker, pagestore::Membership).
#pragma once

#include <cstdint>

namespace sim {

struct ModelOutcome {
  std::uint64_t states = 0;   // different ones, copies not told apart
  std::uint64_t steps = 0;    // between them
  std::uint64_t serving = 0;  // takeovers that came to serve
};

// Small enough that every state is seen.
struct ModelSize {
  unsigned chunks = 1;      // that A sends: 1 or 2
  bool third_writer = true;  // C takes over, too
  bool gossip = false;      // peers give each other log
  bool tails = false;       // the last three copies are tails: the first three are a write quorum, too
};

// Writer A serves six copies and sends its chunks; B and C take over, at any moment, beside each other, and B
// sends a chunk when it serves. A message arrives at any later moment or never, in any order, also after its
// sender died; a writer's crash is that it decides nothing any more. Stops the process, with the steps that led
// there on stderr, when
//  - a writer comes to serve without something that an earlier one acknowledged or ever will;
//  - a truncation would annul what a copy knows to be durable;
//  - the answers to a seal contradict each other.
ModelOutcome check_takeovers(const ModelSize& size);

}  // namespace sim
