#include "core_threads.h"

#include <pthread.h>

#include <fmt/format.h>

#include "short_slices.h"

namespace server {

CoreThreads::CoreThreads(unsigned count) {
  for (unsigned i = 0; i < count; ++i) cores_.push_back(std::make_unique<Core>());
}

CoreThreads::~CoreThreads() { join(); }

void CoreThreads::start() {
  for (unsigned i = 0; i < count(); ++i) {
    Core& core = *cores_[i];
    core.thread = std::thread([&loop = core.loop] {
      ask_for_short_slices();
      loop.run();
    });
    pthread_setname_np(core.thread.native_handle(), fmt::format("core {}", i).c_str());
  }
}

void CoreThreads::join() {
  for (auto& core : cores_)
    if (core->thread.joinable()) core->loop.stop();
  for (auto& core : cores_)
    if (core->thread.joinable()) core->thread.join();
}

}  // namespace server
