#include "transaction/view.h"

#include "manager_state.h"
#include "running.h"

namespace transaction {

View::View(Transaction& transaction, ViewSlot* slot, wal::Lsn lsn, Command command)
    : transaction_(&transaction),
      manager_(&transaction.manager()),
      slot_(slot),
      lsn_(lsn),
      command_(command) {}

View::View(View&& other) noexcept
    : transaction_(std::exchange(other.transaction_, nullptr)),
      manager_(other.manager_),
      slot_(std::exchange(other.slot_, nullptr)),
      lsn_(other.lsn_),
      command_(other.command_) {}

View& View::operator=(View&& other) noexcept {
  if (this != &other) {
    release();
    transaction_ = std::exchange(other.transaction_, nullptr);
    manager_ = other.manager_;
    slot_ = std::exchange(other.slot_, nullptr);
    lsn_ = other.lsn_;
    command_ = other.command_;
  }
  return *this;
}

View::~View() { release(); }

void View::release() {
  if (ViewSlot* slot = std::exchange(slot_, nullptr)) {
    Running& owner = running(*transaction_);
    if (owner.spare_slot_ == nullptr) {
      ViewRegistry::close(*slot);
      owner.spare_slot_ = slot;
    } else {
      owner.state().views.give_slot(*slot);
    }
  }
}

View View::with_command(Command command) const {
  ViewSlot* slot = nullptr;
  if (slot_ != nullptr) {
    ViewRegistry& views = manager_->state().views;
    slot = &views.take_slot();
    views.open_like(*slot, lsn_);
  }
  return View(*transaction_, slot, lsn_, command);
}

bool View::sees(Xid xid) const {
  const XidTable& xids = *manager_->state().xids;
  if (xid < xids.stable()) return true;
  const XidFate fate = xids.lookup(xid);
  if (fate.state != XidFate::State::committed || fate.commit_lsn > lsn_) return false;
  transaction_->note_seen(fate.commit_lsn);
  return true;
}

}  // namespace transaction
