// Which nodes belong together: decided from what they say of themselves, without a network.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pagestore/handshake.h"

namespace pagestore {

// --- the node's side ---------------------------------------------------------------------------

enum class Adoption : std::uint8_t {
  same,           // nothing to write
  store,          // write the record
  empty_first,    // what the node has is of a founding that came to nothing: forget it, then write
  other_cluster,  // refuse
  fenced,         // refuse: a newer writer was here
  outdated,       // refuse: members were changed behind the writer's back; it is to look again
};

// `own`: what the node has; id none for a new node. `seen`: the newest record that the writer knew
// of when it chose the one that it proposes. So of two writers that take over or change members at
// once, one sees what the other has done: each needs a write quorum that had nothing newer.
Adoption judge_adoption(const ClusterRecord& own, const ClusterRecord& proposed,
                        const RecordVersion& seen);

// --- the writer's side -------------------------------------------------------------------------

struct SurveyedNode {
  std::string address;
  std::optional<Welcome> welcome;  // not yet, or not reachable: none
  // By the operator; else we have its address from a record, and it may be named by another one.
  bool is_named = true;
};

struct Wait {
  std::string why;  // for the operator
};
struct Unsuitable {
  std::string why;  // waiting will not help
};
// What every node is to adopt. Its `founded` says whether the first databases are there.
struct Decision {
  ClusterRecord record;
  RecordVersion seen;  // the newest one
};

// What a control store had, and its name for the operator.
struct AgreedRecord {
  ClusterRecord record;
  std::string by;
};

// Addresses of members that are not among the nodes surveyed: they are to be surveyed, too.
std::vector<std::string> unsurveyed(const std::vector<SurveyedNode>& nodes,
                                    const std::optional<AgreedRecord>& agreed = {});

// `writer`: where it listens. `nonce`: its own; new_id: used when a cluster is founded.
//
// A new cluster needs six nodes, two in each of three zones, or more: then protection groups are spread over them
// (group_sets.h). One that exists needs a write quorum
// of its newest record's members that know it; a member with an empty disk joins under its name.
// A cluster changes by cluster_change.h: a new node that is named is refused, one that was removed
// is not looked at. The newest record counts, the nodes' or what was agreed on elsewhere: it may have come no
// further, or it may be the nodes' that was made while that one was not in use.
std::variant<Decision, Wait, Unsuitable> decide_cluster(const std::vector<SurveyedNode>& nodes,
                                                        const std::string& writer,
                                                        std::uint32_t nonce, ClusterId new_id,
                                                        const std::optional<AgreedRecord>& agreed = {});

}  // namespace pagestore
