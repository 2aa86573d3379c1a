#include "protocol/startup.h"

#include <gtest/gtest.h>

#include "types/sql_error.h"

namespace {

using namespace std::string_view_literals;
using Settings = std::vector<std::pair<std::string, std::string>>;

protocol::FirstPacket decode(std::string_view body) {
  return protocol::decode_startup(std::as_bytes(std::span(body.data(), body.size())));
}

TEST(Startup, ReadsParameters) {
  auto packet = decode("\0\3\0\0user\0ann\0database\0app\0\0"sv);
  const auto& startup = std::get<protocol::StartupMessage>(packet);
  EXPECT_EQ(startup.parameter("user"), "ann");
  EXPECT_EQ(startup.parameter("database"), "app");
  EXPECT_EQ(startup.parameter("options"), "");
}

TEST(Startup, KnowsTheOtherFirstPackets) {
  EXPECT_TRUE(std::holds_alternative<protocol::SslRequest>(decode("\x04\xd2\x16\x2f"sv)));
  EXPECT_TRUE(std::holds_alternative<protocol::GssEncryptionRequest>(decode("\x04\xd2\x16\x30"sv)));
  auto cancel = std::get<protocol::CancelRequest>(decode("\x04\xd2\x16\x2e\0\0\0\7\0\0\0\x09"sv));
  EXPECT_EQ(cancel.process_id, 7);
  EXPECT_EQ(cancel.secret_key, 9);
}

TEST(Startup, RefusesWhatItCannotRead) {
  for (auto body : {"\0\3\0\0user\0ann"sv, "\0\3\0\0user\0\0x"sv, "\0\3"sv, "\0\3\0\0"sv,
                    "\x04\xd2\x16\x2e\0\0\0\7"sv})
    EXPECT_THROW(decode(body), types::SqlError) << body.size();
}

TEST(Startup, RefusesProtocolTwo) {
  try {
    decode("\0\2\0\0\0"sv);
    FAIL();
  } catch (const types::SqlError& error) {
    EXPECT_EQ(error.sqlstate(), "0A000");
  }
}

TEST(Startup, OptionsAsLibpqSendsThem) {
  EXPECT_EQ(protocol::parse_options("-c geqo=off  -cwork_mem=1MB --search-path=a\\ b"),
            (Settings{{"geqo", "off"}, {"work_mem", "1MB"}, {"search_path", "a b"}}));
  EXPECT_THROW(protocol::parse_options("-x"), types::SqlError);
  EXPECT_THROW(protocol::parse_options("-c geqo"), types::SqlError);
}

}  // namespace
