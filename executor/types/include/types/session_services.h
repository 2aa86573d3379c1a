// What system functions ask of the session that runs them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/eval_context.h"
#include "types/oid.h"
#include "types/vector.h"

namespace text_search {
struct Configuration;  // text_search/configuration.h
class Dictionary;      // text_search/dictionary.h
}  // namespace text_search

namespace types {

class SqlError;

// A function that users wrote, as one place calls it.
struct UserCall {
  Oid function = 0;
  TypeRef result;
  std::span<const TypeRef> arguments;
  // In FROM: what its rows are spread over. Empty: a row is one value.
  std::span<const TypeRef> columns;
  Oid collation = 0;
};

// What a set-returning one yields.
class UserRows {
 public:
  virtual ~UserRows() = default;
  // Fills up to `capacity` rows of every column; returns how many, 0 at the end. Varlen values
  // live until the next call.
  virtual std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) = 0;
};

// What a sequence is defined as, and where it stands.
struct SequenceFacts {
  std::int64_t start, minimum, maximum, increment, cache;
  bool cycle;
  Oid type;
  std::int64_t last_value;
  std::int64_t log_count;  // values that are logged ahead
  bool is_called;
};

// Implemented by the executor's session; every call may throw SqlError.
class SessionServices {
 public:
  virtual ~SessionServices() = default;

  virtual std::string current_database() = 0;
  virtual std::string current_user() = 0;
  virtual std::string session_user() = 0;
  virtual std::optional<std::string> current_schema() = 0;
  virtual std::vector<std::string> current_schemas(bool include_implicit) = 0;
  virtual std::int32_t backend_pid() = 0;

  virtual std::string get_setting(std::string_view name, bool missing_ok) = 0;
  virtual std::string set_setting(std::string_view name, std::string_view value,
                                  bool is_local) = 0;

  virtual std::int64_t nextval(Oid sequence) = 0;
  virtual std::int64_t currval(Oid sequence) = 0;
  virtual std::int64_t lastval() = 0;
  virtual std::int64_t setval(Oid sequence, std::int64_t value, bool is_called) = 0;
  virtual SequenceFacts sequence_facts(Oid sequence);

  // A catalogue function that needs the catalogue: pg_get_indexdef, pg_table_is_visible, ...
  // `arguments` as text; null is nullopt. Returns text or null. Names are pg_proc.prosrc.
  virtual std::optional<std::string> catalog_text(
      std::string_view function, const std::vector<std::optional<std::string>>& arguments) = 0;

  // Throws 23502 or 23514 when the domain refuses the value, which is one of its base type.
  virtual void check_domain(EvalContext& context, Oid domain, const Datum& value);

  // Whether the transaction that is running has added this label (pg_enum.oid) to an enum: were it undone, values
  // that have it would be left in indexes.
  virtual bool is_uncommitted_label(Oid) { return false; }

  // NOTICE to the client.
  virtual void notice(const SqlError&) {}

  // Text search, by pg_ts_config and pg_ts_dict; 42704 where there is none. Valid while the
  // statement runs.
  virtual const text_search::Configuration& ts_configuration(Oid configuration);
  virtual const text_search::Dictionary& ts_dictionary(Oid dictionary);
  virtual Oid default_ts_configuration();

  // Runs a query of the user's and hands over its rows, whose values live until the next one.
  using QueryRow = std::function<void(std::span<const TypeRef> columns, std::span<const Datum> row)>;
  virtual void each_query_row(std::string_view sql, const QueryRow& take);

  // Functions that users wrote, in SQL or PL/pgSQL. Strict ones are not called with nulls.
  virtual void call_function(EvalContext& context, const UserCall& call,
                             std::span<const Vector* const> arguments, Selection rows, Vector& out);
  virtual std::unique_ptr<UserRows> start_function(EvalContext& context, const UserCall& call,
                                                   std::span<const Datum> arguments);

  // One that compares two states of the database (changes, diff), by name.
  virtual std::unique_ptr<UserRows> start_comparison(EvalContext& context, std::string_view function,
                                                     std::span<const Datum> arguments);

  // The old or new rows of the statement that fired the trigger whose function is running.
  // 42804 when these are not its columns.
  virtual std::unique_ptr<UserRows> start_transition_rows(bool new_rows, std::span<const TypeRef> columns);

  // Rows of a function in schema sextant (nodes, volumes, segments), every value as text.
  virtual std::vector<std::vector<std::optional<std::string>>> status_rows(
      std::string_view /*function*/) {
    return {};
  }
};

// 55P04 where that label of an enum must not be used yet; a null session: the current one (current_session.h).
void require_committed_label(SessionServices* session, Oid label, std::string_view text, std::string_view type);

}  // namespace types
