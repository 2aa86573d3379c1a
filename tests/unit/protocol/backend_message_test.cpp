#include "protocol/backend_message.h"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;
using protocol::BackendMessages;
using protocol::Severity;

TEST(BackendMessages, FramesARow) {
  BackendMessages out;
  out.begin_data_row(3);
  out.value("ab");
  out.null_value();
  out.begin_value();
  out.bytes() += "xyz";
  out.end_value();
  out.end_data_row();
  EXPECT_EQ(out.bytes(), "D\0\0\0\x17\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\3xyz"sv);
}

TEST(BackendMessages, ReadyForQueryTellsTheTransactionStatus) {
  BackendMessages out;
  out.ready_for_query(protocol::TransactionStatus::failed);
  EXPECT_EQ(out.bytes(), "Z\0\0\0\5E"sv);
}

TEST(BackendMessages, ErrorPositionCountsCharacters) {
  BackendMessages out;
  // The offending byte is behind a two-byte character.
  out.error_response(Severity::error, types::SqlError("42703", "no such column").at(9),
                     "SELECT \xc3\xa4 x");
  EXPECT_NE(out.bytes().find("P9\0"sv), std::string::npos);
  EXPECT_NE(out.bytes().find("C42703\0"sv), std::string::npos);
  EXPECT_EQ(out.bytes().back(), '\0');
}

TEST(BackendMessages, ErrorCarriesConstraintFields) {
  BackendMessages out;
  out.error_response(Severity::error,
                     types::SqlError("23505", "duplicate key")
                         .with_detail("Key (a)=(1) already exists.")
                         .on_table("public", "t")
                         .on_constraint("t_pkey"),
                     "");
  for (auto field : {"spublic\0"sv, "tt\0"sv, "nt_pkey\0"sv, "DKey (a)=(1) already exists.\0"sv})
    EXPECT_NE(out.bytes().find(field), std::string::npos) << field;
}

}  // namespace
