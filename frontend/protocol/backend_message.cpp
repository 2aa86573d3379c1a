#include "protocol/backend_message.h"

#include <algorithm>

#include <fmt/format.h>

#include "wal/check.h"

namespace protocol {
namespace {

void store32(std::string& out, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(value >> (24 - 8 * i));
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error: return "ERROR";
    case Severity::fatal: return "FATAL";
    case Severity::panic: return "PANIC";
    case Severity::warning: return "WARNING";
    case Severity::notice: return "NOTICE";
    case Severity::debug: return "DEBUG";
    case Severity::info: return "INFO";
    case Severity::log: return "LOG";
  }
  return "ERROR";
}

// Characters, not bytes: UTF-8 continuation bytes do not count.
std::size_t characters_before(std::string_view text, std::size_t byte_offset) {
  auto prefix = text.substr(0, byte_offset);
  return static_cast<std::size_t>(
      std::count_if(prefix.begin(), prefix.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// PostgreSQL's function that raises the error, for those that drivers tell from others by it alone: asyncpg, Rails and
// pgjdbc prepare a statement anew when its result has changed.
std::string_view routine_of(const types::SqlError& error) {
  if (error.sqlstate() == "0A000" && error.message() == "cached plan must not change result type") return "RevalidateCachedQuery";
  return {};
}

}  // namespace

void BackendMessages::begin(char type) {
  out_ += type;
  message_start_ = out_.size();
  out_.append(4, '\0');
}

void BackendMessages::end() {
  store32(out_, message_start_, static_cast<std::uint32_t>(out_.size() - message_start_));
}

void BackendMessages::put16(std::int32_t value) {
  out_ += static_cast<char>(value >> 8);
  out_ += static_cast<char>(value);
}

void BackendMessages::put32(std::int64_t value) {
  std::size_t at = out_.size();
  out_.append(4, '\0');
  store32(out_, at, static_cast<std::uint32_t>(value));
}

void BackendMessages::put_string(std::string_view text) {
  if (encode_) encode_(text, out_, true);
  else out_ += text;
  out_ += '\0';
}

void BackendMessages::authentication_ok() {
  begin('R');
  put32(0);
  end();
}

void BackendMessages::authentication_cleartext_password() {
  begin('R');
  put32(3);
  end();
}

void BackendMessages::authentication_md5_password(std::span<const std::byte, 4> salt) {
  begin('R');
  put32(5);
  for (const std::byte byte : salt) out_ += static_cast<char>(byte);
  end();
}

void BackendMessages::authentication_sasl(std::span<const std::string_view> mechanisms) {
  begin('R');
  put32(10);
  for (auto name : mechanisms) put_string(name);
  out_ += '\0';
  end();
}

void BackendMessages::authentication_sasl_continue(std::string_view data) {
  begin('R');
  put32(11);
  out_ += data;
  end();
}

void BackendMessages::authentication_sasl_final(std::string_view data) {
  begin('R');
  put32(12);
  out_ += data;
  end();
}

void BackendMessages::parameter_status(std::string_view name, std::string_view value) {
  begin('S');
  put_string(name);
  put_string(value);
  end();
}

void BackendMessages::backend_key_data(std::int32_t process_id, std::int32_t secret_key) {
  begin('K');
  put32(process_id);
  put32(secret_key);
  end();
}

void BackendMessages::negotiate_protocol_version(std::int32_t newest_minor,
                                                 std::span<const std::string> unknown_options) {
  begin('v');
  put32(newest_minor);
  put32(static_cast<std::int64_t>(unknown_options.size()));
  for (const auto& option : unknown_options) put_string(option);
  end();
}

void BackendMessages::ready_for_query(TransactionStatus status) {
  begin('Z');
  out_ += static_cast<char>(status);
  end();
}

void BackendMessages::row_description(std::span<const FieldDescription> fields) {
  begin('T');
  put16(static_cast<std::int32_t>(fields.size()));
  for (const auto& field : fields) {
    put_string(field.name);
    put32(field.table);
    put16(field.column);
    put32(field.type);
    put16(field.type_size);
    put32(field.type_modifier);
    put16(field.format);
  }
  end();
}

void BackendMessages::no_data() {
  begin('n');
  end();
}

void BackendMessages::parameter_description(std::span<const std::uint32_t> types) {
  begin('t');
  put16(static_cast<std::int32_t>(types.size()));
  for (auto type : types) put32(type);
  end();
}

void BackendMessages::parse_complete() {
  begin('1');
  end();
}

void BackendMessages::bind_complete() {
  begin('2');
  end();
}

void BackendMessages::close_complete() {
  begin('3');
  end();
}

void BackendMessages::portal_suspended() {
  begin('s');
  end();
}

void BackendMessages::empty_query_response() {
  begin('I');
  end();
}

void BackendMessages::command_complete(std::string_view tag) {
  begin('C');
  put_string(tag);
  end();
}

void BackendMessages::begin_data_row(std::int16_t columns) {
  begin('D');
  put16(columns);
}

void BackendMessages::null_value() { put32(-1); }

void BackendMessages::value(std::string_view bytes) {
  put32(static_cast<std::int64_t>(bytes.size()));
  out_ += bytes;
}

void BackendMessages::begin_value() {
  value_start_ = out_.size();
  out_.append(4, '\0');
}

void BackendMessages::end_value() {
  store32(out_, value_start_, static_cast<std::uint32_t>(out_.size() - value_start_ - 4));
}

void BackendMessages::text_value(std::string_view text) {
  if (!encode_) return value(text);
  begin_value();
  encode_(text, out_, false);
  end_value();
}

void BackendMessages::end_text_value() {
  if (encode_) {
    const std::string_view text = std::string_view(out_).substr(value_start_ + 4);
    recoded_.clear();
    encode_(text, recoded_, false);
    out_.replace(value_start_ + 4, text.size(), recoded_);
  }
  end_value();
}

void BackendMessages::end_data_row() { end(); }

void BackendMessages::begin_function_call_response() { begin('V'); }
void BackendMessages::end_function_call_response() { end(); }

void BackendMessages::copy_in_response(bool binary, std::int16_t columns) {
  begin('G');
  out_ += static_cast<char>(binary);
  put16(columns);
  for (int i = 0; i < columns; ++i) put16(binary);
  end();
}

void BackendMessages::copy_out_response(bool binary, std::int16_t columns) {
  begin('H');
  out_ += static_cast<char>(binary);
  put16(columns);
  for (int i = 0; i < columns; ++i) put16(binary);
  end();
}

void BackendMessages::copy_data(std::string_view bytes) {
  begin('d');
  out_ += bytes;
  end();
}

void BackendMessages::copy_done() {
  begin('c');
  end();
}

void BackendMessages::diagnostic(char type, Severity severity, const types::SqlError& error,
                                 std::string_view statement) {
  begin(type);
  auto field = [this](char code, std::string_view text) {
    if (text.empty()) return;
    out_ += code;
    put_string(text);
  };
  field('S', severity_name(severity));
  field('V', severity_name(severity));
  field('C', error.sqlstate());
  // The protocol requires a message, if an empty one.
  out_ += 'M';
  put_string(error.message());
  field('D', error.detail());
  field('H', error.hint());
  if (error.has_internal_query()) {
    const auto& inner = error.internal_query();
    if (error.position() >= 0 && static_cast<std::size_t>(error.position()) <= inner.size())
      field('p', fmt::format("{}", characters_before(inner, static_cast<std::size_t>(error.position())) + 1));
    field('q', inner);
  } else if (error.position() >= 0 && static_cast<std::size_t>(error.position()) <= statement.size())
    field('P', fmt::format("{}", characters_before(statement,
                                                   static_cast<std::size_t>(error.position())) + 1));
  field('W', error.context());
  field('s', error.schema());
  field('t', error.table());
  field('c', error.column());
  field('d', error.type());
  field('n', error.constraint());
  field('R', routine_of(error));
  out_ += '\0';
  end();
}

void BackendMessages::error_response(Severity severity, const types::SqlError& error,
                                     std::string_view statement) {
  diagnostic('E', severity, error, statement);
}

void BackendMessages::notice_response(Severity severity, const types::SqlError& notice,
                                      std::string_view statement) {
  diagnostic('N', severity, notice, statement);
}

void BackendMessages::notification_response(std::int32_t process_id, std::string_view channel,
                                            std::string_view payload) {
  begin('A');
  put32(process_id);
  put_string(channel);
  put_string(payload);
  end();
}

}  // namespace protocol
