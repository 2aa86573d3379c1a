#include "big_stack.h"

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <exception>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace parser {
namespace {

namespace context = boost::context;

// The tail of the stack that stays free: library calls below the last check, the guard page.
constexpr std::size_t kReserve = 256 << 10;

// Tells AddressSanitizer which stack is current; nothing otherwise.
struct Switch {
#if defined(__SANITIZE_ADDRESS__)
  void* fake = nullptr;
  const void* bottom = nullptr;
  std::size_t size = 0;
  void leave_for(const void* to_bottom, std::size_t to_size) {
    __sanitizer_start_switch_fiber(&fake, to_bottom, to_size);
  }
  void back() { __sanitizer_finish_switch_fiber(fake, nullptr, nullptr); }
  void arrived_first() { __sanitizer_finish_switch_fiber(nullptr, &bottom, &size); }
  void arrived_again() { __sanitizer_finish_switch_fiber(fake, &bottom, &size); }
#else
  void leave_for(const void*, std::size_t) {}
  void back() {}
  void arrived_first() {}
  void arrived_again() {}
#endif
};

class BigStack {
 public:
  BigStack() {
    context::protected_fixedsize_stack allocator(kBigStackBytes);
    context::stack_context stack = allocator.allocate();
    bottom_ = static_cast<const char*>(stack.sp) - stack.size;
    size_ = stack.size;
    fiber_ = context::fiber(std::allocator_arg,
                            context::preallocated(stack.sp, stack.size, stack), allocator,
                            [this](context::fiber&& caller) { return loop(std::move(caller)); });
  }
  ~BigStack() {
    work_ = nullptr;
    enter();
  }

  void run(const std::function<void(const char*)>& work) {
    work_ = &work;
    error_ = nullptr;
    enter();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  void enter() {
    Switch here;
    here.leave_for(bottom_, size_);
    fiber_ = std::move(fiber_).resume();
    here.back();
  }

  context::fiber loop(context::fiber&& caller) {
    Switch here;
    here.arrived_first();
    while (work_) {
      try {
        (*work_)(bottom_ + kReserve);
      } catch (...) {
        error_ = std::current_exception();
      }
      leave(here);
      caller = std::move(caller).resume();
      here.arrived_again();
    }
    leave(here);
    return std::move(caller);
  }

  static void leave([[maybe_unused]] Switch& here) {
#if defined(__SANITIZE_ADDRESS__)
    here.leave_for(here.bottom, here.size);
#endif
  }

  context::fiber fiber_;
  const char* bottom_ = nullptr;
  std::size_t size_ = 0;
  const std::function<void(const char*)>* work_ = nullptr;
  std::exception_ptr error_;
};

}  // namespace

void run_on_big_stack(const std::function<void(const char* limit)>& work) {
  thread_local BigStack stack;
  stack.run(work);
}

}  // namespace parser
