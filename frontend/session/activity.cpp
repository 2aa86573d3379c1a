#include "activity.h"

#include <cstring>
#include <thread>

namespace session {

namespace {
constexpr auto kRelaxed = std::memory_order_relaxed;
}

void Activity::open() {
  sequence_.store(sequence_.load(kRelaxed) + 1, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
}
void Activity::close() {
  sequence_.store(sequence_.load(kRelaxed) + 1, std::memory_order_release);
}

void Activity::store_text(std::string_view text) {
  if (text.size() > kTextBytes) {
    std::size_t size = kTextBytes;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    text = text.substr(0, size);
  }
  size_.store(static_cast<std::uint32_t>(text.size()), kRelaxed);
  std::size_t word = 0, at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text.data() + at, 8);
    text_[word++].store(bytes, kRelaxed);
  }
  if (at == text.size()) return;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data() + at, text.size() - at);
  text_[word].store(bytes, kRelaxed);
}

void Activity::begin(std::string_view text, std::int64_t now, std::int64_t transaction_start) {
  open();
  state_.store(ActivityState::active, kRelaxed);
  transaction_start_.store(transaction_start != 0 ? transaction_start : now, kRelaxed);
  query_start_.store(now, kRelaxed);
  state_change_.store(now, kRelaxed);
  store_text(text);
  close();
}

void Activity::end(ActivityState state, std::int64_t now) {
  open();
  state_.store(state, kRelaxed);
  if (state == ActivityState::idle) transaction_start_.store(0, kRelaxed);
  state_change_.store(now, kRelaxed);
  close();
}

Activity::Snapshot Activity::read() const {
  for (;;) {
    const std::uint64_t before = sequence_.load(std::memory_order_acquire);
    if (before % 2 == 1) {
      std::this_thread::yield();
      continue;
    }
    Snapshot s;
    s.state = state_.load(kRelaxed);
    s.transaction_start = transaction_start_.load(kRelaxed);
    s.query_start = query_start_.load(kRelaxed);
    s.state_change = state_change_.load(kRelaxed);
    const std::size_t size = size_.load(kRelaxed);
    std::array<std::uint64_t, kWords> words;
    for (std::size_t i = 0; i < (size + 7) / 8; ++i) words[i] = text_[i].load(kRelaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (sequence_.load(kRelaxed) != before) continue;
    s.query.assign(reinterpret_cast<const char*>(words.data()), size);
    return s;
  }
}

}  // namespace session
