"""Deliberate bugs, each of which the simulator must find: (name, file, text, its replacement), and where two things
keep each other's place, further files, texts and replacements."""

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
    ("gossip brings back what a takeover annulled", "pagestore/node/catch_up.cpp",
     "if (truncated != newest_truncation(timeline->staged_truncations)) return false;\n"
     "  if (timeline->staged_log && part.epoch > timeline->staged_epoch) return false;\n"
     "  if (part.end <= part.begin || part.prev_part_end > part.begin ||\n"
     "      part.prev_part_end < timeline->branch_lsn || part.parts == 0 ||\n"
     "      is_annulled(part.end, timeline->staged_truncations)) {",
     "if (timeline->staged_log && part.epoch > timeline->staged_epoch) return false;\n"
     "  if (part.end <= part.begin || part.prev_part_end > part.begin ||\n"
     "      part.prev_part_end < timeline->branch_lsn || part.parts == 0) {",
     "pagestore/node/gossip.cpp", "if (digest.truncated < newest) return;", ""),
    ("a member's place is taken by a node that is not whole", "pagestore/control/node_replacement.cpp",
     "if (!coverage_.is_complete()) return surveys_.clear();", ""),
    ("a member's place is taken without what was acknowledged before there were two sets",
     "pagestore/control/node_replacement.cpp", "pair_.is_joining = true;\n  coverage_ = nothing_yet();",
     "pair_.is_joining = true;"),
    ("a member's place: the second set is forgotten where the record is read", "pagestore/control/group_sets.cpp",
     "if (possible) sets.emplace_back(before, after);", "if (possible) sets.emplace_back(after, after);"),
    ("a member's place: with two sets the new one alone is asked", "wal/log/quorum_tracker.cpp",
     "return members.is_changing() ? std::min(pgcl, fourth_highest(members.after())) : pgcl;",
     "return fourth_highest(members.after());"),
    ("groups on sets: a takeover trusts what one set says", "wal/log/log_shipper.cpp",
     "if (!placement_.is_write_quorum(answering())) return;",
     "if (!placement_.sets().front().is_write_quorum(answering())) return;"),
    ("groups on sets: a group's quorum is counted over another set", "wal/log/quorum_tracker.cpp",
     "const Membership& members = placement_.of(group_no);",
     "const Membership& members = placement_.sets().back();"),
    ("groups on sets: a newcomer is asked for another set's groups", "pagestore/control/coverage.cpp",
     "if (!of_.holds(segment.group)) continue;", "if (of_.holds(segment.group)) continue;"),
    ("tails forget log that full nodes lack", "wal/log/horizon_grant.cpp",
     "return !is_overdue(copy, group_no, group) || !has_pages_elsewhere(copy, group_no, group);",
     "return !is_overdue(copy, group_no, group);"),
    ("tails forget log that one full node alone has", "wal/log/horizon_grant.cpp",
     "kFullCopiesElsewhere = 2;", "kFullCopiesElsewhere = 1;"),
    ("what a snapshot pins is collected", "pagestore/node/collector.cpp",
     "if (above && pin < *above) points.push_back(pin);", ""),
    ("pages are copied from whoever has log", "pagestore/node/catch_up.cpp",
     "std::tuple(source.log_floor <= scl, source.kind == SegmentKind::full, source.scl)",
     "std::tuple(source.log_floor <= scl, source.kind != SegmentKind::full, source.scl)"),
    ("a node folds pages wrong", "pagestore/node/images.cpp",
     "std::make_shared<const std::vector<std::byte>>(codec.compress(*page));",
     "[&] { wal::Page other = *page; if (options.name == \"b1\") other.bytes[4000] ^= std::byte{1}; "
     "return std::make_shared<const std::vector<std::byte>>(codec.compress(other)); }();"),
    ("the scrub compares nothing", "pagestore/node/scrub_compare.cpp",
     "if (comparison->differs) decide(*comparison);", ""),
    ("the scrub takes any other page for the right one", "pagestore/node/scrub_compare.cpp",
     "if (peers.size() < 2 || peers.size() <= with_us) {", "if (false) {"),
]

# Those that `sim --takeovers` must find, which leaves nothing to chance.
MODEL_MUTATIONS = [
    ("takeovers: a quorum of three", "wal/log/quorum_tracker.cpp",
     "return scl[kWriteQuorum - 1];", "return *std::max_element(scl.begin() + 2, scl.end());"),
    ("takeovers: what was not announced is not taken up", "wal/log/recovery_plan.cpp",
     "plan.vdl = follow_chunks(plan.announced_vdl, chunks);", "(void)follow_chunks;"),
    ("takeovers: nothing is annulled", "wal/log/recovery_plan.cpp",
     "plan.truncations.push_back({epoch, plan.vdl, plan.next_lsn});",
     "plan.truncations.push_back({epoch, plan.next_lsn, plan.next_lsn});"),
    ("takeovers: what one copy lacks is not taken up", "wal/log/recovery_plan.cpp",
     "plan.vdl = follow_chunks(plan.announced_vdl, chunks);",
     "plan.vdl = acks[0].segments.empty() ? plan.vdl : follow_chunks(plan.announced_vdl, chunks);"),
    ("takeovers: an announced VDL is forgotten", "wal/log/recovery_plan.cpp",
     "plan.vdl = std::max(plan.vdl, segment.vdl_seen);", ""),
]
