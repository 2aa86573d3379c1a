#include "regex_work.h"

#include "regex_tree.h"

namespace functions {

void RegexWork::check() {
  if (steps_ > kMostSteps) RegexTree::too_complex();
  next_check_ = steps_ + kStepsBetweenChecks;
  if (interrupts_ != nullptr) interrupts_->check();
}

}  // namespace functions
