// What two ends of a connection say before the first request: who they are, and of which cluster.
//
//   caller               node
//   Hello          ->                 protocol versions, who calls
//                  <-    Welcome      the version spoken, who answers, the cluster as it knows it
//   Adopt          ->                 the cluster as the caller knows it, and its generation
//                  <-    Adopted      durable on the node; from here on requests are taken
//   Join           ->                 instead of Adopt: a node of the same cluster, which may ask for
//                  <-    Adopted      what it lacks and change nothing
//                  <-    Rejected     instead of any answer, or later: a newer writer was adopted
//   Ping           <->   Pong         while nothing else is said
//
// A Hello is readable for every version: its magic and the version numbers come first and never
// change.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "pagestore/messages.h"
#include "pagestore/wire_bytes.h"
#include "wal/result.h"

namespace pagestore {

inline constexpr std::uint32_t kProtocolVersion = 7;  // the only one there is

// Random, chosen when the cluster is founded; all zero: none.
struct ClusterId {
  std::array<std::uint64_t, 2> words{};
  bool is_none() const { return words[0] == 0 && words[1] == 0; }
  auto operator<=>(const ClusterId&) const = default;
};
std::string show(const ClusterId& id);  // 32 hexadecimal digits

// What a node of the cluster is there for (pagestore/membership.h).
enum class MemberRole : std::uint8_t {
  member,   // holds copies
  spare,    // holds none that count: it is told what changes, and keeps itself as whole as it can
  joining,  // of the set that is to be, not yet of the one that was
  leaving,  // of the set that was, not of the one that is to be
};

const char* describe(SegmentKind kind);  // what a node keeps: "log and pages", "log alone"

struct ClusterMember {
  std::string name;
  std::string zone;
  std::string address;  // HOST:PORT, as the writer was told
  MemberRole role = MemberRole::member;
  std::string replaces = {};  // the node whose place it is to take; empty: none
  SegmentKind kind = SegmentKind::full;  // the node's for good; in each zone a member is full
  auto operator<=>(const ClusterMember&) const = default;
};

// Six nodes, two in each zone, that hold the same protection groups (pagestore/placement.h).
struct GroupSet {
  std::vector<std::string> nodes;  // by name; while one is being replaced, the set that was
  std::string leaves, joins;       // which is being replaced, and by which; empty: none
  bool counts_both = false;        // there are two sets (pagestore/membership.h); else the newcomer copies yet
  auto operator<=>(const GroupSet&) const = default;
};

// What needs agreement, kept by every node: durable before it is answered.
struct ClusterRecord {
  ClusterId id;
  // Rises with every writer of the cluster: a count and, below it (32 bits), what makes it this
  // writer's own. Nodes serve no writer of a lower one.
  std::uint64_t generation = 0;
  // The first databases are durable. Before that nothing was ever acknowledged, and an interrupted
  // founding may begin anew.
  bool founded = false;
  std::string writer;  // for the operator: where it listens
  // Rises with every change of `members` and `sets` (the membership epoch).
  std::uint64_t membership = 1;
  std::vector<ClusterMember> members;
  // Where protection groups lie; empty: all on the six whose roles say so. With sets a role tells no more than
  // whether a node is in one (member, spare) or is to leave all that it is in (leaving); `replaces` says that a
  // node shall take all places of the one that leaves.
  std::vector<GroupSet> sets = {};
  auto operator<=>(const ClusterRecord&) const = default;
};

struct Hello {
  std::uint32_t version_min = kProtocolVersion;
  std::uint32_t version_max = kProtocolVersion;
  std::string name;  // of the caller, for the node's log
};

// Of two records of one cluster the one with the higher version is the newer one.
struct RecordVersion {
  std::uint64_t generation = 0, membership = 0;
  auto operator<=>(const RecordVersion&) const = default;
};
inline RecordVersion version_of(const ClusterRecord& record) {
  return {record.generation, record.membership};
}

struct Welcome {
  std::uint32_t version = kProtocolVersion;
  std::string name;
  std::string zone;
  ClusterRecord cluster;  // id none: a new node
  SegmentKind kind = SegmentKind::full;
};

struct Adopt {
  ClusterRecord cluster;
  // The newest record that the caller has seen. A node that has a newer one, of an earlier
  // generation than the caller's, refuses (outdated): the caller is to look again.
  RecordVersion seen{};
  // The record is durable on the write quorums that count, and volumes count by it: nothing before it does.
  bool is_settled = false;
};
struct Adopted {};

struct Join {
  ClusterId cluster;
};

enum class RejectReason : std::uint8_t {
  version,       // no common protocol version
  other_cluster,
  fenced,        // a newer writer has the cluster
  protocol,      // what was said does not belong there
  failed,        // the node could not make it durable
  outdated,      // the caller does not know of a change of members
};

struct Rejected {
  RejectReason reason{};
  std::string detail;  // a sentence for the operator
};

struct Ping {};
struct Pong {};

using Handshake = std::variant<Hello, Welcome, Adopt, Adopted, Rejected, Ping, Pong, Join>;

WireBytes encode(const Handshake& message);
bool is_handshake(std::uint32_t kind);
// Errors: unknown_kind, malformed, not_sextant (the first frame of a stream is no Hello of ours).
wal::Result<Handshake> decode_handshake(std::uint32_t kind, std::span<const std::byte> body);

// The record as a node keeps it on disk; the same bytes as on the wire.
std::vector<std::byte> encode_record(const ClusterRecord& record);
wal::Result<ClusterRecord> decode_record(std::span<const std::byte> bytes);

}  // namespace pagestore
