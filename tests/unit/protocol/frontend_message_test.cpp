#include "protocol/frontend_message.h"

#include <gtest/gtest.h>

#include "types/sql_error.h"

namespace {

using protocol::FrontendMessage;
using types::SqlError;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string sqlstate_of(char type, std::string_view body) {
  FrontendMessage message;
  try {
    protocol::decode(type, bytes_of(body), message);
  } catch (const SqlError& error) {
    return error.sqlstate();
  }
  return "00000";
}

std::size_t size_in(std::string_view header) {
  return protocol::body_size(bytes_of(header).first<protocol::kMessageHeaderSize>());
}

TEST(FrontendMessage, QueryCarriesItsText) {
  FrontendMessage message;
  protocol::decode('Q', bytes_of(std::string_view("SELECT 1\0", 9)), message);
  EXPECT_EQ(std::get<protocol::QueryMessage>(message).text, "SELECT 1");
}

TEST(FrontendMessage, BindCarriesNullsAndFormats) {
  using namespace std::string_view_literals;
  FrontendMessage message;
  protocol::decode('B',
                   bytes_of("p\0s\0"
                            "\0\1\0\1"                                // one format: binary
                            "\0\2\0\0\0\3abc\xff\xff\xff\xff"          // two values, one null
                            "\0\1\0\0"sv),
                   message);
  const auto& bind = std::get<protocol::BindMessage>(message);
  EXPECT_EQ(bind.portal, "p");
  EXPECT_EQ(bind.statement, "s");
  EXPECT_EQ(bind.parameter_formats, std::vector<std::int16_t>{1});
  ASSERT_EQ(bind.parameters.size(), 2u);
  EXPECT_EQ(bind.parameters[0]->size(), 3u);
  EXPECT_FALSE(bind.parameters[1].has_value());
  EXPECT_EQ(bind.result_formats, std::vector<std::int16_t>{0});
}

TEST(FrontendMessage, FunctionCallCarriesItsArguments) {
  using namespace std::string_view_literals;
  FrontendMessage message;
  protocol::decode('F',
                   bytes_of("\0\0\0\xb1"
                            "\0\2\0\1\0\0"
                            "\0\2\0\0\0\4\0\0\0\5\xff\xff\xff\xff"
                            "\0\1"sv),
                   message);
  const auto& call = std::get<protocol::FunctionCallMessage>(message);
  EXPECT_EQ(call.function, 177u);
  EXPECT_EQ(protocol::format_of(call.argument_formats, 0), 1);
  EXPECT_EQ(protocol::format_of(call.argument_formats, 1), 0);
  ASSERT_EQ(call.arguments.size(), 2u);
  EXPECT_EQ(call.arguments[0]->size(), 4u);
  EXPECT_FALSE(call.arguments[1].has_value());
  EXPECT_EQ(call.result_format, 1);
}

TEST(FrontendMessage, WhatCannotBeReadIsStillOfItsKind) {
  using namespace std::string_view_literals;
  FrontendMessage message;
  for (const auto& [type, body] : {std::pair('F', "\0\0\0\xb1\0\5"sv), std::pair('B', "p\0"sv), std::pair('D', "X"sv)})
    EXPECT_THROW(protocol::decode(type, bytes_of(body), message), SqlError);
  EXPECT_TRUE(std::holds_alternative<protocol::DescribeMessage>(message));
}

TEST(FrontendMessage, DecodingAgainForgetsTheLastMessage) {
  using namespace std::string_view_literals;
  FrontendMessage message;
  protocol::decode('P', bytes_of("s\0SELECT $1\0\0\1\0\0\0\x17"sv), message);
  protocol::decode('P', bytes_of("\0SELECT 1\0\0\0"sv), message);
  EXPECT_TRUE(std::get<protocol::ParseMessage>(message).parameter_types.empty());
}

TEST(FrontendMessage, WhatDoesNotFitItsTypeIsAProtocolViolation) {
  using namespace std::string_view_literals;
  EXPECT_EQ(sqlstate_of('Q', "no terminator"), "08P01");
  EXPECT_EQ(sqlstate_of('Q', "text\0trailing"sv), "08P01");
  EXPECT_EQ(sqlstate_of('B', "p\0s\0\0\0\0\1\0\0\0\5abc\0\0"sv), "08P01");  // value too short
  EXPECT_EQ(sqlstate_of('B', "p\0s\0\0\0\0\1\xff\xff\xff\xfe\0\0"sv), "08P01");
  EXPECT_EQ(sqlstate_of('D', "Xname\0"sv), "08P01");
  EXPECT_EQ(sqlstate_of('E', "p\0\0\0"sv), "08P01");
  EXPECT_EQ(sqlstate_of('S', "x"), "08P01");
  EXPECT_EQ(sqlstate_of('z', ""), "08P01");
}

TEST(FrontendMessage, LengthsAreBoundedByType) {
  using namespace std::string_view_literals;
  EXPECT_EQ(size_in("Q\0\0\0\x0d"sv), 9u);
  EXPECT_THROW(size_in("Q\0\0\0\3"sv), SqlError);             // shorter than itself
  EXPECT_THROW(size_in("S\0\1\0\0"sv), SqlError);             // a Sync of 64 KiB
  EXPECT_THROW(size_in("Q\x7f\xff\xff\xff"sv), SqlError);     // 2 GiB
  EXPECT_THROW(size_in("!\0\0\0\4"sv), SqlError);
}

}  // namespace
