#include "socket.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace server {
namespace {

constexpr std::size_t kSocketStack = std::size_t{256} << 10;

std::array<int, 2> make_pair_of_sockets() {
  std::array<int, 2> fds{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
  return fds;
}

std::string read_to_the_end(Socket& socket, Coroutine& self, std::size_t at_once) {
  std::string all;
  std::string buffer(at_once, '\0');
  for (;;) {
    const auto count = socket.read_some(self, std::as_writable_bytes(std::span(buffer)));
    if (count == Socket::kEndOfStream) return all;
    EXPECT_GT(count, 0);
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

// Much more than a socket's buffer holds, in the sizes that make reads full, short and empty.
TEST(Socket, CarriesMoreThanFits) {
  for (const std::size_t at_once : {std::size_t{1000}, std::size_t{4096}, std::size_t{1} << 20}) {
    EventLoop loop;
    const auto fds = make_pair_of_sockets();
    std::string sent;
    for (int i = 0; i < 400'000; ++i) sent += std::to_string(i);
    std::string got;
    Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
      Socket socket(self.loop(), fds[0]);
      EXPECT_TRUE(socket.write_all(self, sent));
    });
    Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
      Socket socket(self.loop(), fds[1]);
      got = read_to_the_end(socket, self, at_once);
      loop.stop();
    });
    loop.run();
    EXPECT_EQ(got.size(), sent.size());
    EXPECT_EQ(got, sent);
  }
}

TEST(Socket, AnAnswerMayBeWrittenToWhoWritesNoMore) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  const std::string question = "question", answer(1 << 20, 'a');
  std::string heard, got;
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[0]);
    heard = read_to_the_end(socket, self, 3);
    EXPECT_TRUE(socket.write_all(self, answer));
  });
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[1]);
    EXPECT_TRUE(socket.write_all(self, question));
    ::shutdown(socket.fd(), SHUT_WR);
    got = read_to_the_end(socket, self, 4096);
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(heard, question);
  EXPECT_EQ(got, answer);
}

// Whether the page that holds the address is in memory.
bool is_resident(std::uintptr_t address) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  unsigned char resident = 0;
  EXPECT_EQ(::mincore(reinterpret_cast<void*>(address & ~(page - 1)), 1, &resident), 0);
  return (resident & 1) != 0;
}

// Uses a good deal of the stack; where that was.
[[gnu::noinline]] std::uintptr_t go_deep(unsigned levels) {
  std::array<volatile char, 4096> frame;
  for (auto& byte : frame) byte = static_cast<char>(levels);
  const auto here = reinterpret_cast<std::uintptr_t>(&frame[0]);
  const std::uintptr_t deepest = levels == 0 ? here : go_deep(levels - 1);
  return frame[7] == static_cast<char>(levels) ? deepest : 0;
}

TEST(Socket, WhoWaitsForLongGivesBackTheStackBelow) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  std::uintptr_t deep = 0;
  std::string got;
  std::string kept = "a text on the stack that is in use";
  bool same = false;
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[1]);
    std::array<char, 3000> own;
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = static_cast<char>(i);
    deep = go_deep(20);
    EXPECT_TRUE(is_resident(deep));
    got = read_to_the_end(socket, self, 100);
    same = true;
    for (std::size_t i = 0; i < own.size(); ++i) same = same && own[i] == static_cast<char>(i);
    (void)go_deep(20);
    loop.stop();
  });
  const std::function<void()> look = [&] {
    if (is_resident(deep)) {
      loop.call_after(std::chrono::milliseconds(20), look);
      return;
    }
    EXPECT_EQ(::write(fds[0], kept.data(), kept.size()), static_cast<ssize_t>(kept.size()));
    ::close(fds[0]);
  };
  loop.call_after(EventLoop::kRest, look);
  loop.run();
  EXPECT_EQ(got, kept);
  EXPECT_TRUE(same);
}

TEST(Socket, AnInterruptedReadMayGoOn) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  std::array<std::ptrdiff_t, 3> results{};
  std::byte byte{};
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[0]);
    socket.interrupt();  // nobody waits: no effect
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i < 2)
        loop.post([&] { socket.interrupt(); });
      else
        loop.post([&] { EXPECT_EQ(::send(fds[1], "x", 1, 0), 1); });
      results[i] = socket.read_some(self, std::span(&byte, 1));
    }
    loop.stop();
  });
  loop.run();
  ::close(fds[1]);
  EXPECT_EQ(results[0], Socket::kInterrupted);
  EXPECT_EQ(results[1], Socket::kInterrupted);
  EXPECT_EQ(results[2], 1);
  EXPECT_EQ(byte, std::byte{'x'});
}

TEST(Socket, WritesNowWhatFits) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  const std::string much(std::size_t{8} << 20, 'm');
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[0]);
    const auto sent = socket.write_now(much);
    ASSERT_TRUE(sent);
    EXPECT_GT(*sent, 0U);
    EXPECT_LT(*sent, much.size());
    ::close(fds[1]);
    EXPECT_EQ(socket.write_now(much), std::nullopt);
    loop.stop();
  });
  loop.run();
}

TEST(Socket, WaitsForNoRefusedPeerToRead) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  const std::string much(std::size_t{8} << 20, 'm');
  bool sent = true, again = true, little = false;
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[0]);
    loop.post([&] { socket.refuse(); });
    sent = socket.write_all(self, much);   // was waiting
    again = socket.write_all(self, much);  // does not begin to
    std::string rest(much.size(), '\0');
    while (::recv(fds[1], rest.data(), rest.size(), 0) > 0) continue;
    little = socket.write_all(self, "what fits goes all the same");
    loop.stop();
  });
  loop.run();
  ::close(fds[1]);
  EXPECT_FALSE(sent);
  EXPECT_FALSE(again);
  EXPECT_TRUE(little);
}

// Whether a wait is under way then, has just ended or comes later.
TEST(Socket, ReadsNothingOfARefusedPeer) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  std::array<std::byte, 16> bytes;
  std::ptrdiff_t waiting = 1, heard = 1, later = 1;
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    {
      Socket socket(self.loop(), fds[0]);
      ASSERT_EQ(::send(fds[1], "x", 1, 0), 1);
      ASSERT_TRUE(socket.wait_readable(self));  // the byte is left there
      loop.post([&] { socket.refuse(); });
      waiting = socket.wait_readable(self);
      EXPECT_TRUE(socket.is_refused());
      heard = socket.read_some(self, bytes);
      later = socket.read_some(self, bytes);
    }
    loop.stop();
  });
  loop.run();
  ::close(fds[1]);
  EXPECT_EQ(waiting, 0);
  EXPECT_EQ(heard, Socket::kInterrupted);
  EXPECT_EQ(later, Socket::kInterrupted);
}

// A busy loop looks at its sockets all the same.
TEST(Socket, IsHeardWhileOthersRun) {
  EventLoop loop;
  const auto fds = make_pair_of_sockets();
  bool heard = false;
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    while (!heard) self.yield();
    loop.stop();
  });
  Coroutine::start(loop, kSocketStack, [&](Coroutine& self) {
    Socket socket(self.loop(), fds[0]);
    std::byte byte{};
    heard = socket.read_some(self, std::span(&byte, 1)) == 1;
  });
  EXPECT_EQ(::send(fds[1], "x", 1, 0), 1);
  loop.run();
  ::close(fds[1]);
  EXPECT_TRUE(heard);
}

}  // namespace
}  // namespace server
