// What a user did wrong, or what went wrong for them, with PostgreSQL's SQLSTATE and wording.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace types {

// Thrown only in executor and frontend, caught once per session, which turns it into an
// ErrorResponse. Fluent: throw SqlError("22012", "division by zero");
//   throw SqlError("42703", fmt::format(...)).with_hint("...").at(position);
class SqlError : public std::exception {
 public:
  SqlError(std::string_view sqlstate, std::string message)
      : sqlstate_(sqlstate), message_(std::move(message)) {}

  // "0A000: <feature> is not supported yet", for what is not built.
  static SqlError not_supported(std::string_view feature);

  SqlError&& with_detail(std::string text) && { detail_ = std::move(text); return std::move(*this); }
  SqlError&& with_hint(std::string text) && { hint_ = std::move(text); return std::move(*this); }
  SqlError&& with_context(std::string text) && { context_ = std::move(text); return std::move(*this); }
  // Byte offset into the statement's text, from 0; -1 = none. The session turns it into
  // characters from 1.
  SqlError&& at(int byte_offset) && { position_ = byte_offset; return std::move(*this); }
  SqlError&& on_table(std::string schema, std::string table) && {
    schema_ = std::move(schema);
    table_ = std::move(table);
    return std::move(*this);
  }
  SqlError&& on_column(std::string column) && { column_ = std::move(column); return std::move(*this); }
  SqlError&& on_type(std::string type) && { type_ = std::move(type); return std::move(*this); }
  SqlError&& on_constraint(std::string name) && { constraint_ = std::move(name); return std::move(*this); }

  // The text that a function ran, when the error lies in that and not in the client's statement:
  // position() counts in it from then on.
  void set_internal_query(std::string_view text) { internal_query_ = text; }
  bool has_internal_query() const { return !internal_query_.empty(); }
  const std::string& internal_query() const { return internal_query_; }
  // One more line of where it happened, from the inside out.
  void add_context(std::string_view line) {
    if (!context_.empty()) context_ += '\n';
    context_ += line;
  }

  void set_position_if_none(int byte_offset) { if (position_ < 0) position_ = byte_offset; }

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& sqlstate() const { return sqlstate_; }
  const std::string& message() const { return message_; }
  const std::string& detail() const { return detail_; }
  const std::string& hint() const { return hint_; }
  const std::string& context() const { return context_; }
  int position() const { return position_; }
  const std::string& schema() const { return schema_; }
  const std::string& table() const { return table_; }
  const std::string& column() const { return column_; }
  const std::string& type() const { return type_; }
  const std::string& constraint() const { return constraint_; }

 private:
  std::string sqlstate_;
  std::string message_;
  std::string internal_query_;
  std::string detail_, hint_, context_, schema_, table_, column_, type_, constraint_;
  int position_ = -1;
};

}  // namespace types
