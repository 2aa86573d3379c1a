#include "transaction/serializable.h"

#include "conflict_graph.h"

namespace transaction {

SerializableReads::SerializableReads(ConflictGraph& graph, std::shared_ptr<Sxact> sxact)
    : graph_(graph), sxact_(std::move(sxact)) {}
SerializableReads::~SerializableReads() = default;

bool SerializableReads::is_safe() {
  if (safe_) return true;
  if (!sxact_->safe.load(std::memory_order_relaxed)) return false;
  graph_.leave(sxact_);
  safe_ = true;
  return true;
}

void SerializableReads::read_key(wal::PageNo root, btree::Bytes key) {
  if (is_safe()) return;
  ConflictGraph::check_doomed(*sxact_, "during conflict out checking");
  graph_.locks().add_key(sxact_, sxact_->held, root, key);
}

void SerializableReads::read_range(wal::PageNo root, btree::Bytes lower, btree::Bytes upper) {
  if (is_safe()) return;
  ConflictGraph::check_doomed(*sxact_, "during conflict out checking");
  graph_.locks().add_range(sxact_, sxact_->held, root, lower, upper);
}

void SerializableReads::missed(Xid writer) {
  if (!is_safe()) graph_.missed(*sxact_, writer);
}

void SerializableReads::write(wal::PageNo root, btree::Bytes key, wal::Lsn replaced) {
  graph_.write(*sxact_, root, key, replaced);
}

}  // namespace transaction
