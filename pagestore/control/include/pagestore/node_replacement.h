// Putting one node in the place of another while everything goes on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pagestore/cluster_change.h"
#include "pagestore/coverage.h"

namespace pagestore {

// Sans-IO. The newcomer copies by itself, from its peers, from the moment it is in the record; here
// is decided when it counts:
//
//   copying   one set. The newcomer is asked again and again what it has. When it has all that the
//             six had when this began:
//   joining   two sets. What is acknowledged from now on is on a write quorum of each. When the newcomer has
//             all that the six had since there are two sets, and no older epochs than they, too:
//   done      the new set alone.
//
// Epochs, because a node that lost its promises learns them from others of its six (node/rejoin.cpp): whoever
// takes a place there knows what a write quorum of the six before had promised. So it may be with a seal that is on
// a write quorum together with those that do not answer; and a node that has lost its own says 0, and may have known.
//
// Of one set of nodes; where groups lie on several, a node that leaves is replaced in one after the other, each time
// by another of these.
//
// Whatever stops in between, the record says how far it was, and the next one goes on there; the
// answers to look at are asked for anew. To turn back is a change of the record like any other
// (cancel_replacement); then this one is given up.
//
// Driver: carry out take_output() after every call, tick() every half second or so. `adopt` is
// carried out in this order: durable on a write quorum of the members before and of those that it
// names; all volumes count by it; then adopted(). Or not_adopted(): the next tick() begins a round whose end
// proposes it again. Not thread-safe.
class NodeReplacement {
 public:
  enum class Phase : std::uint8_t { copying, joining, done };
  using IndexOf = std::function<NodeIndex(const std::string& name)>;

  struct Ask {
    std::uint64_t id = 0;
    NodeIndex node = 0;
    Request request;
  };
  struct Output {
    std::vector<Ask> asks;
    std::optional<ClusterRecord> adopt;
  };

  // Requires a replacement under way in `record`, which every volume counts by.
  NodeReplacement(ClusterRecord record, IndexOf index);

  void tick();
  // Exactly once for each Ask; a refusal when there is no answer.
  void answered(std::uint64_t id, const Response& response);
  void adopted(const ClusterRecord& record);
  void not_adopted(std::string why);
  // The record has changed meanwhile, but for this replacement: the next step is one from there.
  void follow(ClusterRecord record);

  Output take_output();

  Phase phase() const { return phase_; }
  const ReplacementPair& pair() const { return pair_; }
  const Coverage& coverage() const { return coverage_; }
  // Why nothing moves, for the operator; empty when all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  // What is asked in this round: what they have; then which epochs they know; then the newcomer takes these.
  enum class Stage : std::uint8_t { digests, epochs, seals };
  using Epochs = std::map<TimelineId, Epoch>;
  struct Survey {  // of one node, in this round
    NodeIndex node = 0;
    NodeDigests digests;
    Epochs epochs;
    bool done = false;
    bool failed = false;
  };

  void begin_round();
  void ask(Survey& survey, Request request);
  void take_answer(Survey& survey, const Response& response);
  // Returns why not; empty: enough have answered. `holders`: those that did.
  std::string missing_answers(const std::vector<const Survey*>& holders) const;
  std::vector<const Survey*> holders_heard() const;
  Membership members_before() const;
  void end_digests();
  void end_epochs();
  void propose(ClusterRecord record);
  Coverage nothing_yet() const { return Coverage(std::max<std::size_t>(1, record_.sets.size()), pair_.set); }

  ClusterRecord record_;
  const IndexOf index_;
  ReplacementPair pair_;
  Phase phase_ = Phase::copying;
  Coverage coverage_;
  std::string trouble_;

  Stage stage_ = Stage::digests;
  std::size_t seals_left_ = 0;   // on their way
  std::vector<Survey> surveys_;  // the holders, then the newcomer; empty between two rounds
  std::map<std::uint64_t, std::size_t> asked_;  // Ask to survey
  std::uint64_t last_id_ = 0;
  bool adopting_ = false;
  Output output_;
};

}  // namespace pagestore
