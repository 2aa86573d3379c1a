// COPY FROM: cutting bytes into records and fields.
#include <charconv>
#include <cstring>
#include <fstream>

#include "catalog/query_privileges.h"
#include "catalog/unqualified_objects.h"
#include "catalog/row_security.h"
#include "catalog/roles.h"
#include "commands/copy.h"
#include "copy_options.h"
#include "copy_recode.h"
#include "copy_rows.h"
#include "types/type_io.h"
#include "types/user_type.h"
#include "types/utf8.h"

namespace commands {
namespace {

SqlError client_failure(std::string_view reason, std::string context) {
  return SqlError("57014", "COPY from stdin failed: " + std::string(reason)).with_context(std::move(context));
}

// What text and CSV share: records by line, fields as text, values by input functions. The bytes
// of a batch stay in `buffer_` until the batch is in the table, so that text values need no copy.
class LineCopy : public CopyIn {
 public:
  LineCopy(Host& host, RelationPtr table, std::vector<int> columns, CopyOptions options,
           const query::Expression* where)
      : options_(std::move(options)), rows_(host, table, columns, where) {
    not_null_ = columns_in(*table, columns, options_.force_not_null, "FORCE_NOT_NULL");
    null_ = columns_in(*table, columns, options_.force_null, "FORCE_NULL");
    if (options_.header) header_left_ = true;
    // A batch of usual rows: until then nothing moves.
    buffer_.reserve(std::size_t{256} << 10);
  }

  bool binary() const override { return false; }
  int column_count() const override { return static_cast<int>(rows_.input_columns()); }

  void push(std::string_view bytes) override {
    if (ended_) return;
    if (start_ > 0 && rows_.place() == 0) {
      buffer_.erase(0, start_);
      scan_ -= start_;
      start_ = 0;
    }
    // Growing moves the bytes that the batch's values point to.
    if (rows_.place() > 0 && buffer_.size() + bytes.size() > buffer_.capacity()) {
      rows_.flush();
      buffer_.erase(0, start_);
      scan_ -= start_;
      start_ = 0;
    }
    buffer_.append(bytes);
    take_records();
  }

  std::uint64_t finish() override {
    if (!ended_ && start_ < buffer_.size()) {
      if (in_quote()) throw_at_line("22P04", "unterminated CSV quoted field");
      ++line_;
      take_record(std::string_view(buffer_).substr(start_));
    }
    rows_.finish();
    return rows_.rows();
  }
  SqlError failure(std::string_view reason) const override { return client_failure(reason, rows_.context_of(line_ + 1)); }

 protected:
  // The end of the record that starts at start_, looking from scan_ on; npos: more bytes needed.
  virtual std::size_t find_end() = 0;
  virtual bool in_quote() const { return false; }
  // Cuts a record into fields_ and their nullness.
  virtual void split(std::string_view record) = 0;

  [[noreturn]] void throw_at_line(const char* sqlstate, std::string message) {
    throw SqlError(sqlstate, std::move(message)).with_context(rows_.context_of(line_ + 1));
  }

  struct Field {
    std::string_view text;
    bool is_null = false;
  };

  CopyOptions options_;
  CopyRowWriter rows_;
  std::string buffer_;
  std::size_t start_ = 0;  // of the current record
  std::size_t scan_ = 0;   // bytes before it hold no end of it
  std::uint64_t line_ = 0;
  std::vector<Field> fields_;
  std::vector<bool> not_null_, null_;

 private:
  void take_records() {
    for (;;) {
      std::size_t end = find_end();
      if (end == std::string::npos) return;
      std::string_view record = std::string_view(buffer_).substr(start_, end - start_);
      start_ = scan_ = end + 1;
      ++line_;
      if (record.ends_with('\r')) record.remove_suffix(1);
      if (record == "\\.") {
        ended_ = true;
        return;
      }
      take_record(record);
    }
  }

  void take_record(std::string_view record) {
    if (record.ends_with('\r') && start_ >= buffer_.size()) record.remove_suffix(1);
    if (record == "\\.") {
      ended_ = true;
      return;
    }
    if (header_left_) {
      header_left_ = false;
      if (options_.header_must_match) match_header(record);
      return;
    }
    // A table without columns takes empty lines.
    if (record.empty() && rows_.input_columns() == 0) {
      if (rows_.end_row(line_)) rows_.flush();
      return;
    }
    require_utf8(record);
    fields_.clear();
    split(record);
    if (fields_.size() > rows_.input_columns())
      throw SqlError("22P04", "extra data after last expected column")
          .with_context(rows_.context_of(line_) + ": \"" + shown_in_copy(record) + "\"");
    // A field that is wrong is told before one that is not there.
    for (std::size_t i = 0; i < fields_.size(); ++i) take_value(i, fields_[i]);
    if (fields_.size() < rows_.input_columns())
      throw SqlError("22P04", "missing data for column \"" + rows_.column(fields_.size()).name + "\"")
          .with_context(rows_.context_of(line_) + ": \"" + shown_in_copy(record) + "\"");
    if (rows_.end_row(line_, record)) rows_.flush();
  }

  void require_utf8(std::string_view text) const {
    try {
      types::check_utf8(text);
    } catch (SqlError& error) {
      throw std::move(error).with_context(rows_.context_of(line_));
    }
  }

  void take_value(std::size_t i, const Field& field) {
    std::uint32_t row = rows_.place();
    types::Vector& vector = rows_.vector(i);
    const ColumnIo& io = rows_.io(i);
    if (field.is_null) {
      vector.set_null(row);
      if (io.domain() != 0) check_null(i, io.domain());
      return;
    }
    // The commonest types without a call.
    if (io.base() == types::oid::int4 && io.domain() == 0) {
      std::int32_t value = 0;
      auto [end, error] =
          std::from_chars(field.text.data(), field.text.data() + field.text.size(), value);
      if (error == std::errc() && end == field.text.data() + field.text.size()) {
        vector.set(row, value);
        vector.set_not_null(row);
        return;
      }
    }
    try {
      const types::Datum value = io.input(rows_.context(), field.text);
      if (io.domain() != 0) types::check_domain(rows_.context(), io.domain(), value);
      vector.set_datum(row, value);
      vector.set_not_null(row);
    } catch (SqlError& error) {
      throw std::move(error).with_context(rows_.context_of(line_) + ", column " +
                                          rows_.column(i).name + ": \"" + shown_in_copy(field.text) + "\"");
    }
  }

  void check_null(std::size_t i, Oid domain) {
    try {
      types::check_domain(rows_.context(), domain, types::Datum::null());
    } catch (SqlError& error) {
      throw std::move(error).with_context(rows_.context_of(line_) + ", column " + rows_.column(i).name + ": null input");
    }
  }

  void match_header(std::string_view record) {
    fields_.clear();
    split(record);
    if (fields_.size() != rows_.input_columns())
      throw SqlError("22P04", "wrong number of fields in header line: got " +
                                  std::to_string(fields_.size()) + ", expected " +
                                  std::to_string(rows_.input_columns()))
          .with_context(rows_.context_of(line_) + ": \"" + shown_in_copy(record) + "\"");
    for (std::size_t i = 0; i < fields_.size(); ++i)
      if (fields_[i].is_null || fields_[i].text != rows_.column(i).name)
        throw SqlError("22P04", "column name mismatch in header line field " +
                                    std::to_string(i + 1) + ": got " +
                                    (fields_[i].is_null ? std::string("null value (\"") + options_.null_marker + "\")"
                                                        : "\"" + std::string(fields_[i].text) + "\"") +
                                    ", expected \"" + rows_.column(i).name + "\"")
            .with_context(rows_.context_of(line_) + ": \"" + shown_in_copy(record) + "\"");
  }

  bool header_left_ = false;
  bool ended_ = false;
};

class TextCopy final : public LineCopy {
 public:
  using LineCopy::LineCopy;

 private:
  // A newline that is not escaped: an even number of backslashes stands before it.
  std::size_t find_end() override {
    for (;;) {
      const void* found = std::memchr(buffer_.data() + scan_, '\n', buffer_.size() - scan_);
      if (found == nullptr) {
        scan_ = buffer_.size();
        return std::string::npos;
      }
      auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      std::size_t slashes = 0;
      while (at > start_ + slashes && buffer_[at - 1 - slashes] == '\\') ++slashes;
      if (slashes % 2 == 0) return at;
      // "\." ends the data even where a newline follows at once; its dot is no backslash.
      scan_ = at + 1;
    }
  }

  void split(std::string_view record) override {
    if (rows_.input_columns() == 0) return;
    const char delimiter = options_.delimiter;
    if (std::memchr(record.data(), '\\', record.size()) == nullptr) {
      for (;;) {
        const void* found = std::memchr(record.data(), delimiter, record.size());
        std::size_t size = found == nullptr ? record.size()
                                            : static_cast<std::size_t>(
                                                  static_cast<const char*>(found) - record.data());
        add(record.substr(0, size), record.substr(0, size));
        if (found == nullptr) return;
        record.remove_prefix(size + 1);
      }
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= record.size(); ++i) {
      if (i < record.size() && record[i] == '\\') {
        ++i;
        continue;
      }
      if (i < record.size() && record[i] != delimiter) continue;
      std::string_view raw = record.substr(begin, std::min(i, record.size()) - begin);
      add(raw, raw.find('\\') == std::string_view::npos ? raw : unescaped(raw));
      begin = i + 1;
      if (i >= record.size()) return;
    }
    // The record ended with an escaped character.
    std::string_view raw = record.substr(std::min(begin, record.size()));
    add(raw, raw.find('\\') == std::string_view::npos ? raw : unescaped(raw));
  }

  void add(std::string_view raw, std::string_view text) {
    fields_.push_back({text, raw == options_.null_marker});
  }

  std::string_view unescaped(std::string_view raw) {
    char* out = static_cast<char*>(rows_.arena().allocate(raw.size(), 1));
    std::size_t size = 0;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\\' || i + 1 == raw.size()) {
        out[size++] = raw[i];
        continue;
      }
      char c = raw[++i];
      switch (c) {
        case 'b': c = '\b'; break;
        case 'f': c = '\f'; break;
        case 'n': c = '\n'; break;
        case 'r': c = '\r'; break;
        case 't': c = '\t'; break;
        case 'v': c = '\v'; break;
        case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': {
          unsigned value = 0;
          int digits = 0;
          for (; digits < 3 && i < raw.size() && raw[i] >= '0' && raw[i] <= '7'; ++digits, ++i)
            value = value * 8 + static_cast<unsigned>(raw[i] - '0');
          --i;
          c = static_cast<char>(value & 0xff);
          break;
        }
        case 'x': {
          unsigned value = 0;
          auto [end, error] = std::from_chars(raw.data() + i + 1,
                                              raw.data() + std::min(i + 3, raw.size()), value, 16);
          if (error == std::errc()) {
            i = static_cast<std::size_t>(end - raw.data()) - 1;
            c = static_cast<char>(value);
          }
          break;
        }
        default: break;
      }
      out[size++] = c;
    }
    // Escapes make any byte.
    types::check_utf8({out, size});
    return {out, size};
  }
};

class CsvCopy final : public LineCopy {
 public:
  using LineCopy::LineCopy;

 private:
  std::size_t find_end() override {
    for (; scan_ < buffer_.size(); ++scan_) {
      char c = buffer_[scan_];
      if (escaped_) {
        escaped_ = false;
        continue;
      }
      if (in_quote_ && options_.escape != options_.quote && c == options_.escape)
        escaped_ = true;
      else if (c == options_.quote)
        in_quote_ = !in_quote_;
      else if (c == '\n' && !in_quote_)
        return scan_;
    }
    return std::string::npos;
  }
  bool in_quote() const override { return in_quote_; }

  void split(std::string_view record) override {
    if (rows_.input_columns() == 0) return;
    std::size_t i = 0;
    for (;;) {
      bool quoted = false;
      std::size_t begin = i;
      bool plain = true;
      for (std::size_t j = i; j < record.size() && record[j] != options_.delimiter; ++j)
        if (record[j] == options_.quote) {
          plain = false;
          break;
        }
      std::string_view text;
      if (plain) {
        std::size_t end = std::min(record.find(options_.delimiter, i), record.size());
        text = record.substr(begin, end - begin);
        i = end;
      } else {
        char* out = static_cast<char*>(rows_.arena().allocate(record.size() - i + 1, 1));
        std::size_t size = 0;
        bool inside = false;
        for (; i < record.size(); ++i) {
          char c = record[i];
          if (!inside) {
            if (c == options_.delimiter) break;
            if (c == options_.quote) {
              inside = quoted = true;
              continue;
            }
            out[size++] = c;
          } else if (c == options_.escape && i + 1 < record.size() &&
                     (record[i + 1] == options_.quote || record[i + 1] == options_.escape)) {
            out[size++] = record[++i];
          } else if (c == options_.quote) {
            inside = false;
          } else {
            out[size++] = c;
          }
        }
        if (inside) throw_at_line("22P04", "unterminated CSV quoted field");
        text = {out, size};
      }
      std::size_t field = fields_.size();
      bool is_marker = text == options_.null_marker;
      bool is_null = !quoted && is_marker;
      if (field < not_null_.size() && not_null_[field]) is_null = false;
      if (field < null_.size() && null_[field] && quoted && is_marker) is_null = true;
      fields_.push_back({text, is_null});
      if (i >= record.size()) return;
      ++i;  // the delimiter
    }
  }

  bool in_quote_ = false, escaped_ = false;
};

class BinaryCopy final : public CopyIn {
 public:
  BinaryCopy(Host& host, RelationPtr table, std::vector<int> columns,
             const query::Expression* where)
      : rows_(host, std::move(table), std::move(columns), where) {}

  bool binary() const override { return true; }
  int column_count() const override { return static_cast<int>(rows_.input_columns()); }

  void push(std::string_view bytes) override {
    buffer_.append(bytes);
    std::size_t at = 0;
    if (!header_read_) {
      if (!read_header(at)) return;
      header_read_ = true;
    }
    while (!ended_ && read_row(at)) {
    }
    buffer_.erase(0, at);
  }

  std::uint64_t finish() override {
    if (!header_read_) throw SqlError("22P04", "COPY file signature not recognized");
    if (!ended_ && !buffer_.empty())
      throw SqlError("22P04", "unexpected EOF in COPY data").with_context(rows_.context_of(line_ + 1));
    rows_.finish();
    return rows_.rows();
  }
  SqlError failure(std::string_view reason) const override { return client_failure(reason, rows_.context_of(line_ + 1)); }

 private:
  template <typename T>
  T number(std::size_t at) const {
    std::make_unsigned_t<T> value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<std::make_unsigned_t<T>>((value << 8) |
                                                   static_cast<unsigned char>(buffer_[at + i]));
    return static_cast<T>(value);
  }

  bool read_header(std::size_t& at) {
    static constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
    if (buffer_.size() < 19) return false;
    if (!std::string_view(buffer_).starts_with(kSignature))
      throw SqlError("22P04", "COPY file signature not recognized");
    auto flags = number<std::int32_t>(11);
    if ((flags & 0x10000) != 0)
      throw SqlError("22P04", "invalid COPY file header (WITH OIDS)");
    auto extension = number<std::int32_t>(15);
    if (extension < 0) throw SqlError("22P04", "invalid COPY file header (missing length)");
    if (buffer_.size() < 19 + static_cast<std::size_t>(extension)) return false;
    at = 19 + static_cast<std::size_t>(extension);
    return true;
  }

  bool read_row(std::size_t& at) {
    if (buffer_.size() - at < 2) return false;
    auto fields = number<std::int16_t>(at);
    if (fields == -1) {
      ended_ = true;
      at += 2;
      return false;
    }
    if (fields != column_count())
      throw SqlError("22P04", "row field count is " + std::to_string(fields) + ", expected " +
                                  std::to_string(column_count()))
          .with_context(rows_.context_of(line_ + 1));
    // Complete or not at all.
    std::size_t end = at + 2;
    for (int i = 0; i < fields; ++i) {
      if (buffer_.size() - end < 4) return false;
      auto size = number<std::int32_t>(end);
      end += 4;
      if (size < -1) throw SqlError("22P04", "invalid field size");
      if (size > 0) {
        if (buffer_.size() - end < static_cast<std::size_t>(size)) return false;
        end += static_cast<std::size_t>(size);
      }
    }
    ++line_;
    at += 2;
    for (std::size_t i = 0; i < rows_.input_columns(); ++i) {
      auto size = number<std::int32_t>(at);
      at += 4;
      if (size < 0) {
        rows_.set(i, types::Datum::null());
        if (rows_.io(i).domain() != 0) check_domain(i, types::Datum::null());
        continue;
      }
      // The buffer moves: values go to the batch's arena.
      std::string_view bytes =
          rows_.arena().copy(std::string_view(buffer_).substr(at, static_cast<std::size_t>(size)));
      at += static_cast<std::size_t>(size);
      try {
        rows_.vector(i).set_datum(rows_.place(),
                                  rows_.io(i).receive(rows_.context(),
                                                      std::as_bytes(std::span(bytes))));
        rows_.vector(i).set_not_null(rows_.place());
        if (rows_.io(i).domain() != 0)
          types::check_domain(rows_.context(), rows_.io(i).domain(), rows_.vector(i).datum(rows_.place()));
      } catch (SqlError& error) {
        throw std::move(error).with_context(rows_.context_of(line_) + ", column " +
                                            rows_.column(i).name);
      }
    }
    if (rows_.end_row(line_)) rows_.flush();
    return true;
  }

  void check_domain(std::size_t i, const types::Datum& value) {
    try {
      types::check_domain(rows_.context(), rows_.io(i).domain(), value);
    } catch (SqlError& error) {
      throw std::move(error).with_context(rows_.context_of(line_) + ", column " + rows_.column(i).name);
    }
  }

  CopyRowWriter rows_;
  std::string buffer_;
  std::uint64_t line_ = 0;
  bool header_read_ = false, ended_ = false;
};

}  // namespace

std::unique_ptr<CopyIn> start_copy_in(const query::Copy& statement, Host& host) {
  Ddl ddl(host);
  CopyOptions options = parse_copy_options(statement.options, true);
  RelationPtr table = ddl.open(statement.relation, RelationLock::row_exclusive);
  if (table->kind == RelationKind::foreign_table) catalog::refuse_foreign_table(ddl.catalog(), *table);
  if (table->kind != RelationKind::table && table->kind != RelationKind::partitioned_table) {
    std::string kind(kind_name(table->kind));
    SqlError error("42809", "cannot copy to " + kind + " \"" + table->name + "\"");
    if (table->kind == RelationKind::view)
      throw std::move(error).with_hint("To enable copying to a view, provide an INSTEAD OF INSERT trigger.");
    throw error;
  }
  if (table->system) throw SqlError("42501", "permission denied: \"" + table->name +
                                                 "\" is a system catalog");
  std::vector<int> columns = copy_columns(*table, statement.columns);
  catalog::require_columns(host.catalog(), *table, types::privilege::insert, columns);
  if (catalog::row_security_applies(host.catalog(), *table, host.catalog().user()))
    throw SqlError("0A000", "COPY FROM not supported with row-level security")
        .with_hint("Use INSERT statements instead.");
  switch (options.format) {
    case CopyFormat::text:
      return recoded(std::make_unique<TextCopy>(host, table, columns, options, statement.where.get()), options, host);
    case CopyFormat::csv:
      return recoded(std::make_unique<CsvCopy>(host, table, columns, options, statement.where.get()), options, host);
    default:
      return recoded(std::make_unique<BinaryCopy>(host, table, columns, statement.where.get()), options, host);
  }
}

std::uint64_t copy_file(const query::Copy& statement, Host& host) {
  const std::string& path = *statement.file;
  const Oid user = host.catalog().user();
  if (!host.catalog().has_privileges_of(user, statement.from ? catalog::kPgReadServerFiles
                                                             : catalog::kPgWriteServerFiles))
    throw SqlError("42501", statement.from ? "must be superuser or have privileges of the pg_read_server_files role to "
                                             "COPY from a file"
                                           : "must be superuser or have privileges of the pg_write_server_files role "
                                             "to COPY to a file")
        .with_hint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
  if (!path.starts_with('/'))
    throw SqlError("42602", "relative path not allowed for COPY to file");
  if (statement.from) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
      throw SqlError("58P01", "could not open file \"" + path + "\" for reading: " +
                                  std::strerror(errno))
          .with_hint("COPY FROM instructs the PostgreSQL server process to read a file. You may "
                     "want a client-side facility such as psql's \\copy.");
    auto copy = start_copy_in(statement, host);
    std::string chunk(1 << 16, '\0');
    while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0)
      copy->push(std::string_view(chunk).substr(0, static_cast<std::size_t>(file.gcount())));
    return copy->finish();
  }
  auto copy = start_copy_out(statement, host);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file)
    throw SqlError("58P01",
                   "could not open file \"" + path + "\" for writing: " + std::strerror(errno));
  std::string_view piece;
  while (copy->next(piece)) file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  file.flush();
  if (!file) throw SqlError("58030", "could not write to COPY file: " + std::string(std::strerror(errno)));
  return copy->rows();
}

}  // namespace commands
