#include "core_threads.h"

#include <pthread.h>

#include <fmt/format.h>

namespace server {

CoreThreads::CoreThreads(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    auto core = std::make_unique<Core>();
    core->thread = std::thread([context = &core->context] { context->run(); });
    pthread_setname_np(core->thread.native_handle(), fmt::format("core {}", i).c_str());
    cores_.push_back(std::move(core));
  }
}

CoreThreads::~CoreThreads() { join(); }

void CoreThreads::join() {
  for (auto& core : cores_) core->work.reset();
  for (auto& core : cores_)
    if (core->thread.joinable()) core->thread.join();
}

}  // namespace server
