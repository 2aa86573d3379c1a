"""Deliberate bugs, each of which the simulator must find: (name, file, text, its replacement)."""

MUTATIONS = [
    ("a part is acknowledged before it is synced", "pagestore/node/requests.cpp",
     "log.append({std::move(entry), PartEffect{std::move(part), std::move(refs)}, token, {}});",
     "reply(token, AppendAck{part.group, part.epoch, part.end});"
     "log.append({std::move(entry), PartEffect{std::move(part), std::move(refs)}, {}, {}});"),
    ("a quorum of three", "wal/log/quorum_tracker.cpp",
     "return scl[kWriteQuorum - 1];", "return *std::max_element(scl.begin() + 2, scl.end());"),
    ("a chunk is durable with one of its groups", "wal/log/quorum_tracker.cpp",
     "return std::ranges::all_of(chunk.groups", "return std::ranges::any_of(chunk.groups"),
    ("SCLs are read before old writers are shut out", "pagestore/node/requests.cpp",
     "if (part.epoch < timeline->staged_epoch) {", "if (false) {"),
    ("LSNs are given again after a takeover", "wal/log/recovery_plan.cpp",
     "plan.next_lsn = std::max(plan.vdl, highest).advanced_by(kLsnReach);",
     "plan.next_lsn = plan.vdl.advanced_by(1);"),
    ("half a chunk is taken up", "wal/log/recovery_plan.cpp",
     "if (begin == vdl && at->second.groups.size() == at->second.parts) {",
     "if (begin == vdl) {"),
    ("a segment counts as copied with half of its pages", "pagestore/node/page_copy.cpp",
     "copy.read_all = answer.last;", "copy.read_all = true;"),
    ("a copied segment begins above its pages", "pagestore/node/page_copy.cpp",
     "copy.log_from = answer.log_from;", "copy.log_from = answer.scl;"),
    ("truncation forgets the page index", "pagestore/node/effects.cpp",
     "index.shard(shard_of(timeline.id, ref.page_no)).remove(ref.page_no, ref.lsn);", ""),
]
