// The control store in etcd, by itself.
#include "pagestore/etcd_control.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>

#include "etcd_client.h"
#include "etcd_messages.h"
#include "etcd_process.h"

namespace pagestore {
namespace {

ClusterRecord record(std::uint64_t generation, std::uint64_t id = 1) {
  return {.id = {{id, id}}, .generation = generation, .founded = true, .writer = "w" + std::to_string(generation),
          .membership = 1, .members = {}};
}

class EtcdControlTest : public testing::Test {
 protected:
  EtcdProcess etcd;
  std::stop_source stop;
  std::string detail;
};

TEST_F(EtcdControlTest, OfManyThatSawTheSameOneIsTheWriter) {
  ASSERT_TRUE(make_etcd_control(etcd.options("a"))->swap(record(1), {}, stop.get_token(), &detail)) << detail;
  constexpr std::uint64_t kWriters = 8;
  std::atomic<unsigned> won{0};
  {
    std::vector<std::jthread> writers;
    for (std::uint64_t i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        std::string why;
        const auto control = make_etcd_control(etcd.options("a"));
        if (control->swap(record(10 + i), version_of(record(1)), stop.get_token(), &why)) ++won;
      });
    }
  }
  EXPECT_EQ(won, 1u);
}

TEST_F(EtcdControlTest, AClusterHasAPrefixOfItsOwn) {
  const auto control = make_etcd_control(etcd.options("a"));
  ASSERT_TRUE(control->swap(record(1, 1), {}, stop.get_token(), &detail)) << detail;
  EXPECT_EQ(control->swap(record(2, 2), {}, stop.get_token(), &detail).error(), ClusterErrc::unsuitable);
  EXPECT_NE(detail.find("prefix"), std::string::npos) << detail;
  EXPECT_TRUE(make_etcd_control(etcd.options("b"))->swap(record(2, 2), {}, stop.get_token(), &detail)) << detail;
}

TEST_F(EtcdControlTest, AFoundingThatWasPassedByEndsNothing) {
  const auto control = make_etcd_control(etcd.options("a"));
  ClusterRecord first = record(1, 1), second = record(2, 2);
  first.founded = second.founded = false;
  ASSERT_TRUE(control->swap(first, {}, stop.get_token(), &detail)) << detail;
  ASSERT_TRUE(control->swap(second, {}, stop.get_token(), &detail)) << detail;
  first.founded = true;
  EXPECT_EQ(control->swap(first, version_of(first), stop.get_token(), &detail).error(), ClusterErrc::fenced);
  second.founded = true;
  EXPECT_TRUE(control->swap(second, version_of(second), stop.get_token(), &detail)) << detail;
}

TEST_F(EtcdControlTest, WhatWasAgreedOnOutlivesEtcdsCrash) {
  ASSERT_TRUE(make_etcd_control(etcd.options("a"))->swap(record(1), {}, stop.get_token(), &detail)) << detail;
  etcd.kill();
  const auto control = make_etcd_control(etcd.options("a"));
  auto read = std::async(std::launch::async, [&] {
    std::string why;
    return control->read(stop.get_token(), &why);
  });
  etcd.start();
  const auto stored = read.get();
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ(**stored, record(1));
}

TEST_F(EtcdControlTest, WhoeverWaitsForEtcdCanBeStopped) {
  etcd.kill();
  const auto control = make_etcd_control(etcd.options("a"));
  auto read = std::async(std::launch::async, [&] {
    std::string why;
    return control->read(stop.get_token(), &why);
  });
  stop.request_stop();
  EXPECT_EQ(read.get().error(), ClusterErrc::stopped);
}

TEST_F(EtcdControlTest, AnotherMemberAnswersForOneThatIsAway) {
  EtcdOptions options = etcd.options("a");
  options.endpoints.insert(options.endpoints.begin(), {"127.0.0.1", "1"});
  EXPECT_TRUE(make_etcd_control(options)->swap(record(1), {}, stop.get_token(), &detail)) << detail;
}

TEST_F(EtcdControlTest, WhatIsNoRecordIsNamed) {
  const auto control = make_etcd_control(etcd.options("a"));
  ASSERT_TRUE(control->read(stop.get_token(), &detail)) << detail;  // waits until etcd is up
  EtcdClient client(etcd.options("a"));
  ASSERT_TRUE(client.post("/v3/kv/txn", make_swap_request("a/cluster", 0, {std::byte{1}}), stop.get_token(), &detail));
  EXPECT_EQ(control->read(stop.get_token(), &detail).error(), ClusterErrc::unsuitable);
  EXPECT_NE(detail.find("\"a/cluster\""), std::string::npos) << detail;
}

TEST(EtcdTls, BothEndsShowACertificate) {
  std::string made = (std::filesystem::temp_directory_path() / "sextant-etcd-tls-XXXXXX").string();
  const std::filesystem::path directory = ::mkdtemp(made.data());
  const auto run = [&](const std::string& arguments) {
    ASSERT_EQ(std::system(("cd " + made + " && openssl " + arguments + " 2>/dev/null").c_str()), 0);
  };
  run("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem");
  run("req -newkey rsa:2048 -nodes -subj /CN=host -keyout host.key -out host.csr");
  ASSERT_EQ(std::system(("echo subjectAltName=IP:127.0.0.1 > " + made + "/host.ext").c_str()), 0);
  run("x509 -req -days 2 -CAcreateserial -extfile host.ext -in host.csr -CA ca.pem -CAkey ca.key -out host.pem");
  const std::string certificate = made + "/host.pem", key = made + "/host.key", authority = made + "/ca.pem";
  {
    EtcdProcess etcd({certificate, key, authority});
    EtcdOptions options = etcd.options("a");
    options.ca_file = authority;
    options.certificate_file = certificate;
    options.private_key_file = key;
    std::string detail;
    EXPECT_TRUE(make_etcd_control(options)->swap(record(1), {}, {}, &detail)) << detail;
    options.certificate_file = options.private_key_file = "";
    EtcdClient stranger(options);
    EXPECT_FALSE(stranger.post("/v3/kv/range", make_range_request("a/cluster"), {}, &detail));
    options.ca_file = made + "/no.pem";
    EXPECT_THROW(make_etcd_control(options), std::runtime_error);
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace pagestore
