// Private to the unit: what Network is made of, with Asio in sight.
#pragma once

#include <future>
#include <thread>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>

#include "pagestore/network.h"

namespace pagestore {

struct Network::Impl {
  boost::asio::io_context io{1};
  std::unique_ptr<boost::asio::ssl::context> tls;  // null: plain TCP
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::thread thread;

  // Runs `task` on the thread and waits until it is done.
  template <typename Task>
  void run(Task task) {
    if (io.get_executor().running_in_this_thread()) return task();
    std::promise<void> done;
    boost::asio::post(io, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
};

}  // namespace pagestore
