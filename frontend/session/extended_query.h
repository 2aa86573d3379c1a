// The extended query protocol: Parse, Bind, Describe, Execute, Close, Sync.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "protocol/frontend_message.h"

namespace planner {
struct Plan;
}

namespace session {

class CopyTransfer;
class SessionState;
struct Portal;
struct PreparedStatement;

// Each call handles one message and appends its answer; throws what the caller answers with an
// error, skipping to the next Sync.
class ExtendedQuery {
 public:
  explicit ExtendedQuery(SessionState& session) : session_(session) {}

  // `sql`: the message's text in UTF-8.
  void parse(const protocol::ParseMessage& message, std::string_view sql);
  void bind(const protocol::BindMessage& message);
  void describe(const protocol::DescribeMessage& message);
  void execute(const protocol::ExecuteMessage& message, std::unique_ptr<CopyTransfer>& copy);
  void close(const protocol::CloseMessage& message);
  void sync();

 private:
  void begin();
  const std::shared_ptr<PreparedStatement>& statement(std::string_view name);
  Portal& portal(std::string_view name);
  void execute_plan(Portal& portal, std::int32_t row_limit);
  void describe_plan(PreparedStatement& prepared, const planner::Plan& plan,
                     std::span<const std::int16_t> formats);

  SessionState& session_;
};

}  // namespace session
