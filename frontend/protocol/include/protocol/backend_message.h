// What the server sends, written into a buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/sql_error.h"

namespace protocol {

enum class TransactionStatus : char { idle = 'I', in_block = 'T', failed = 'E' };
enum class Severity : std::uint8_t { error, fatal, panic, warning, notice, debug, info, log };

struct FieldDescription {
  std::string_view name;
  std::uint32_t table = 0;
  std::int16_t column = 0;
  std::uint32_t type = 0;
  std::int16_t type_size = -1;  // pg_type.typlen
  std::int32_t type_modifier = -1;
  std::int16_t format = 0;
};

// Builds messages back to back. Not thread-safe; reused for a connection's whole life.
class BackendMessages {
 public:
  void authentication_ok();
  void authentication_sasl(std::span<const std::string_view> mechanisms);
  void authentication_sasl_continue(std::string_view data);
  void authentication_sasl_final(std::string_view data);
  void authentication_cleartext_password();
  void authentication_md5_password(std::span<const std::byte, 4> salt);
  void parameter_status(std::string_view name, std::string_view value);
  void backend_key_data(std::int32_t process_id, std::int32_t secret_key);
  void negotiate_protocol_version(std::int32_t newest_minor,
                                  std::span<const std::string> unknown_options);
  void ready_for_query(TransactionStatus status);

  void row_description(std::span<const FieldDescription> fields);
  void no_data();
  void parameter_description(std::span<const std::uint32_t> types);
  void parse_complete();
  void bind_complete();
  void close_complete();
  void portal_suspended();
  void empty_query_response();
  void command_complete(std::string_view tag);

  // A DataRow: begin, one value() or null_value() per column, end. A value may be appended in
  // place: begin_value(), append to bytes(), end_value().
  void begin_data_row(std::int16_t columns);
  void null_value();
  void value(std::string_view bytes);
  void begin_value();
  void end_value();
  // The same for what is text: it leaves in the client's character set.
  void text_value(std::string_view text);
  void end_text_value();
  void end_data_row();

  // A FunctionCallResponse: begin, one value or null_value(), end.
  void begin_function_call_response();
  void end_function_call_response();

  void copy_in_response(bool binary, std::int16_t columns);
  void copy_out_response(bool binary, std::int16_t columns);
  void copy_data(std::string_view bytes);
  void copy_done();

  // `position` counts characters from 1; 0: none. `statement` is searched for it when the error
  // has a byte offset.
  void error_response(Severity severity, const types::SqlError& error, std::string_view statement);
  void notice_response(Severity severity, const types::SqlError& notice,
                       std::string_view statement);
  void notification_response(std::int32_t process_id, std::string_view channel,
                             std::string_view payload);

  // How texts leave; empty: as they are. `lossy`: for messages, which must not fail.
  using TextEncoder = std::function<void(std::string_view text, std::string& out, bool lossy)>;
  void encode_texts(TextEncoder encoder) { encode_ = std::move(encoder); }
  bool encodes_texts() const { return static_cast<bool>(encode_); }

  // The bytes built so far. Appending outside begin_value/end_value breaks the framing.
  std::string& bytes() { return out_; }
  std::size_t size() const { return out_.size(); }
  void clear() { out_.clear(); }
  // Takes back what came after `size`: a row whose output function failed half-way.
  void truncate(std::size_t size) { out_.resize(size); }

 private:
  void begin(char type);
  void end();
  void put16(std::int32_t value);
  void put32(std::int64_t value);
  void put_string(std::string_view text);
  void diagnostic(char type, Severity severity, const types::SqlError& error,
                  std::string_view statement);

  std::string out_;
  std::size_t message_start_ = 0;
  std::size_t value_start_ = 0;
  TextEncoder encode_;
  std::string recoded_;
};

}  // namespace protocol
