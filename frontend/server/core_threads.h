// One io_context and one thread per core.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace server {

// Threads run from construction to join(). Thread-safe after construction.
class CoreThreads {
 public:
  explicit CoreThreads(unsigned count);
  ~CoreThreads();

  unsigned count() const { return static_cast<unsigned>(cores_.size()); }
  boost::asio::io_context& core(unsigned index) { return cores_[index]->context; }

  // Lets every thread end once it has no work left, and waits for that.
  void join();

 private:
  struct Core {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::thread thread;
  };
  std::vector<std::unique_ptr<Core>> cores_;
};

}  // namespace server
