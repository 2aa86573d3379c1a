#include "pagestore/local_node.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include "test_node.h"
#include "unix_disk.h"

namespace pagestore {
namespace {

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/pagestore_node_test.XXXXXX";
    CHECK(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct LocalNodeTest : ::testing::Test {
  Directory directory;
  StorageThread thread;

  LocalNodeOptions options(const std::string& name = "a1") {
    LocalNodeOptions result;
    result.directory = directory.path() + "/" + name;
    result.node = small_node();
    result.node.name = name;
    return result;
  }
  std::unique_ptr<LocalNode> open(const std::string& name = "a1") {
    std::string detail;
    auto node = LocalNode::open(options(name), thread, &detail);
    EXPECT_TRUE(node) << detail;
    return node ? std::move(*node) : nullptr;
  }
  static Response ask(LocalNode& node, Request request) {
    std::promise<Response> answer;
    node.send(std::move(request), [&](Response response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }
};

void expect_pages(LocalNode& node, const TestVolume& volume) {
  for (const auto& [page_no, versions] : volume.history()) {
    for (const auto& [lsn, page] : versions) {
      const auto response = LocalNodeTest::ask(node, volume.read(raw(page_no), lsn));
      ASSERT_TRUE(std::holds_alternative<PageContents>(response));
      const auto& contents = std::get<PageContents>(response);
      ASSERT_NE(contents.page, nullptr);
      EXPECT_EQ(0, std::memcmp(contents.page->bytes.data(), page.bytes.data(), wal::kPageSize));
    }
  }
}

TEST_F(LocalNodeTest, KeepsWhatItAcknowledged) {
  TestVolume volume;
  for (int round = 0; round < 3; ++round) {
    auto node = open();
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->name(), "a1");
    ASSERT_TRUE(std::holds_alternative<Done>(ask(*node, volume.create())));
    for (std::uint32_t i = 0; i < 100; ++i) {
      const LogPart part = volume.write({i % 10, 11}, i % 7 == 0);
      const auto response = ask(*node, AppendLog{part});
      ASSERT_TRUE(std::holds_alternative<AppendAck>(response));
      EXPECT_EQ(std::get<AppendAck>(response).scl, part.end);
    }
    expect_pages(*node, volume);
  }
  expect_pages(*open(), volume);
}

TEST_F(LocalNodeTest, ADirectoryStaysOfTheKindThatItWasMadeFor) {
  for (const auto made : {SegmentKind::full, SegmentKind::tail}) {
    LocalNodeOptions wanted = options(made == SegmentKind::full ? "full" : "tail");
    for (const auto asked : {made, SegmentKind::full, SegmentKind::tail}) {
      wanted.node.kind = asked;
      auto node = LocalNode::open(wanted, thread);
      ASSERT_TRUE(node);
      EXPECT_EQ(std::get<NodeStatus>(ask(**node, GetStatus{})).kind, made);
    }
  }
}

TEST_F(LocalNodeTest, SixNodesShareAThread) {
  std::vector<std::unique_ptr<LocalNode>> nodes;
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) nodes.push_back(open(name));
  TestVolume volume;
  std::mutex mutex;
  std::condition_variable changed;
  int answers = 0;
  const auto count = [&](const Response& response) {
    EXPECT_FALSE(std::holds_alternative<Refusal>(response));
    const std::lock_guard lock(mutex);
    ++answers;
    changed.notify_one();
  };
  int expected = 0;
  const auto send_all = [&](const Request& request) {
    for (auto& node : nodes) {
      node->send(request, count);
      ++expected;
    }
  };
  send_all(volume.create());
  for (std::uint32_t i = 0; i < 200; ++i) send_all(AppendLog{volume.write({i % 20, 21})});
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return answers == expected; });
  lock.unlock();
  for (auto& node : nodes) expect_pages(*node, volume);
}

TEST_F(LocalNodeTest, RefusesADirectoryInUse) {
  const auto node = open();
  std::string detail;
  const auto second = LocalNode::open(options(), thread, &detail);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), NodeErrc::directory_in_use);
  EXPECT_EQ(detail, "data directory " + options().directory + " is in use by another server");
}

// A flush of the disk is not enough for blocks that are not there yet, as in a file that was copied.
TEST_F(LocalNodeTest, SharesNoFlushForAFileWithHoles) {
  std::string detail;
  auto opened = UnixDisk::open(directory.path() + "/disk", &detail);
  ASSERT_TRUE(opened) << detail;
  UnixDisk& disk = **opened;
  const DiskFile whole = disk.prepare({FileNo{1}, 64 << 10});
  disk.add(FileNo{1}, whole);
  struct statfs system {};
  ASSERT_EQ(::fstatfs(whole.descriptor, &system), 0);
  EXPECT_EQ(whole.disk.has_value(), system.f_type == EXT4_SUPER_MAGIC);
  opened->reset();
  const auto extent = directory.path() + "/disk/extent.000001";
  std::filesystem::resize_file(extent, 16 << 10);
  std::filesystem::resize_file(extent, 64 << 10);  // the rest is a hole now
  const auto again = UnixDisk::open(directory.path() + "/disk", &detail);
  ASSERT_TRUE(again) << detail;
  EXPECT_GE((*again)->find(FileNo{1}).descriptor, 0);
  EXPECT_FALSE((*again)->find(FileNo{1}).disk);
}

TEST_F(LocalNodeTest, RefusesAnotherFormat) {
  open().reset();
  std::ofstream(options().directory + "/format") << "sextant page-store format 99\n";
  std::string detail;
  const auto node = LocalNode::open(options(), thread, &detail);
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error(), NodeErrc::wrong_format);
  EXPECT_EQ(detail, "data directory " + options().directory +
                        " was made by format version 99, this server reads 3");
}

TEST_F(LocalNodeTest, RefusesADirectoryOfSomethingElse) {
  std::filesystem::create_directory(options().directory);
  std::ofstream(options().directory + "/thesis.tex") << "precious";
  std::string detail;
  const auto node = LocalNode::open(options(), thread, &detail);
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error(), NodeErrc::wrong_format);
  EXPECT_NE(detail.find("thesis.tex"), std::string::npos);
}

TEST_F(LocalNodeTest, AWaitingReadEndsByTimeOrByClosing) {
  TestVolume volume;
  auto node = open();
  ask(*node, volume.create());
  const ReadPage read = volume.read(1, Lsn(5000), Lsn(5000));
  const auto timed_out = ask(*node, read);
  EXPECT_EQ(std::get<Refusal>(timed_out).reason, RefusalReason::not_yet);
  std::promise<Response> answer;
  node->send(read, [&](Response response) { answer.set_value(std::move(response)); });
  node.reset();
  const auto reason = std::get<Refusal>(answer.get_future().get()).reason;
  EXPECT_TRUE(reason == RefusalReason::stopped || reason == RefusalReason::not_yet);
}

}  // namespace
}  // namespace pagestore
