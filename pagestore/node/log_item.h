// What the node log carries, and what it means once it is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "log_entry.h"
#include "log_format.h"
#include "pagestore/messages.h"

namespace pagestore {

// One page change inside a part: where it stands and what it follows.
struct RecordRef {
  Lsn lsn;
  Lsn prev_page_lsn;
  PageNo page_no{};
  std::uint32_t offset = 0;  // of the record within the part's records
  std::uint32_t length = 0;
  bool starts_with_image = false;
};
using RecordRefs = std::shared_ptr<const std::vector<RecordRef>>;

// The effect of one entry on the node's state. The same effects, in log order, come from the
// entries just synced and from those read back at opening: that makes both states the same.
struct PartEffect {
  LogPart part;
  RecordRefs refs;
};
struct ChangeEffect {
  EntryKind kind{};
  TimelineChange change{};
  std::vector<Truncation> truncations;  // truncate: the whole list that holds from now on
  std::vector<Lsn> pins;                // horizon: the whole list, too
};
struct ImageEffect {
  TimelineId timeline;
  PageNo page_no{};
  Lsn lsn;
};
struct CopiedEffect {
  GroupId group;
  Lsn log_from;
};
struct LeftEffect {
  GroupId group;
};
// Written for the next opening; nothing changes now. `id` says which, to whoever wrote it.
struct StoredEffect {
  std::uint64_t id = 0;
};
using Effect = std::variant<std::monostate, PartEffect, ChangeEffect, ImageEffect, CopiedEffect, LeftEffect,
                            StoredEffect>;

// An entry on its way to the disk. Without an entry: only a reply that must not overtake the
// items before it.
struct LogItem {
  std::optional<OutgoingEntry> entry;
  Effect effect;
  std::optional<std::uint64_t> token;  // answered when this is durable
  LogPosition position;                // set when it is written
  // Called instead of the effect when this is durable here; an opening sees the effect only.
  std::function<void(LogPosition, std::uint32_t size)> then = nullptr;
  // Begins no batch of its own: it goes with the next one, or when somebody hurries the log.
  bool patient = false;
};

}  // namespace pagestore
