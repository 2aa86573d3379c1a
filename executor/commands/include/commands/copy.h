// COPY: rows between text, CSV or binary bytes and tables.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "commands/commands.h"
#include "types/sql_error.h"

namespace commands {

// Bytes come in pieces of any size; rows go to the table in batches. Errors carry PostgreSQL's
// context ("COPY t, line 3, column a: ..."). Lives within one statement.
class CopyIn {
 public:
  virtual ~CopyIn() = default;

  virtual bool binary() const = 0;
  // Of CopyInResponse.
  virtual int column_count() const = 0;

  virtual void push(std::string_view bytes) = 0;
  // At CopyDone: what is left is the last line. Returns the number of rows.
  virtual std::uint64_t finish() = 0;
  // What to throw at CopyFail: 57014, with the line that reading had come to.
  virtual types::SqlError failure(std::string_view reason) const = 0;
};

// COPY .. FROM. `statement` outlives it.
std::unique_ptr<CopyIn> start_copy_in(const query::Copy& statement, Host& host);

class CopyOut {
 public:
  virtual ~CopyOut() = default;

  virtual bool binary() const = 0;
  virtual int column_count() const = 0;

  // One piece per row (header and trailer are rows of their own), as PostgreSQL's CopyData
  // messages are. The view is valid until the next call. False at the end.
  virtual bool next(std::string_view& piece) = 0;
  // So far; after the end the count of the command tag.
  virtual std::uint64_t rows() const = 0;
};

// COPY .. TO. `statement` outlives it.
std::unique_ptr<CopyOut> start_copy_out(const query::Copy& statement, Host& host);

// COPY .. FROM or TO a file of the server, to its end; returns the number of rows.
std::uint64_t copy_file(const query::Copy& statement, Host& host);

}  // namespace commands
