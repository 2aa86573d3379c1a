#include "transaction/wait_control.h"

#include "types/sql_error.h"
#include "wal/check.h"

namespace transaction {

void WaitControl::interrupt(Interrupt why) {
  std::lock_guard lock(mutex_);
  pending_.store(why, std::memory_order_relaxed);
  if (parker_ != nullptr) parker_->unpark();
}

void WaitControl::raise(Interrupt why) {
  switch (why) {
    case Interrupt::statement_timeout:
      throw types::SqlError("57014", "canceling statement due to statement timeout");
    case Interrupt::terminate:
      throw types::SqlError("57P01", "terminating connection due to administrator command");
    case Interrupt::idle_timeout:
      throw types::SqlError("25P03",
                            "terminating connection due to idle-in-transaction timeout");
    case Interrupt::cancel:
    case Interrupt::none:
      break;
  }
  throw types::SqlError("57014", "canceling statement due to user request");
}

WaitControl::Waiting::Waiting(WaitControl& control) : control_(control) {
  std::lock_guard lock(control_.mutex_);
  CHECK(control_.parker_ == nullptr);
  control_.parker_ = &wal::Parker::current();
}

WaitControl::Waiting::~Waiting() {
  std::lock_guard lock(control_.mutex_);
  control_.parker_ = nullptr;
}

}  // namespace transaction
