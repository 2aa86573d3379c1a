// generate_series, unnest, generate_subscripts, regexp_matches, regexp_split_to_table,
// string_to_table.
#include "functions/set_function.h"

#include <fmt/format.h>

#include "acl_explode.h"
#include "functions/collated.h"
#include "json_populate.h"
#include "jsonpath_set.h"
#include "sequence_functions.h"
#include "snapshot_functions.h"
#include "status_functions.h"
#include "text_search_sets.h"
#include "xml_table.h"

#include "interval_math.h"
#include "regex.h"
#include "types/array.h"
#include "types/collator.h"
#include "types/datetime.h"
#include "types/json.h"
#include "types/numeric.h"
#include "types/range.h"
#include "types/record.h"
#include "types/session_services.h"
#include "types/sql_error.h"
#include "types/text_search.h"
#include "types/type_io.h"
#include "types/user_type.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using types::Vector;
using Arguments = std::span<const Datum>;
using Run = std::unique_ptr<SetFunctionRun>;

bool any_null(Arguments arguments) {
  for (const Datum& d : arguments)
    if (d.is_null) return true;
  return false;
}

class Nothing : public SetFunctionRun {
 public:
  std::uint32_t next(EvalContext&, std::span<Vector>, std::uint32_t) override { return 0; }
};

template <typename T>
class IntegerSeries : public SetFunctionRun {
 public:
  IntegerSeries(T first, T last, T step) : next_(first), last_(last), step_(step) {
    if (step == 0) throw SqlError("22023", "step size cannot equal zero");
  }
  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    T* values = out[0].data<T>();
    while (n < capacity && !done_ && (step_ > 0 ? next_ <= last_ : next_ >= last_)) {
      values[n++] = next_;
      done_ = __builtin_add_overflow(next_, step_, &next_);
    }
    return n;
  }

 private:
  T next_, last_, step_;
  bool done_ = false;
};

template <typename T>
Run integer_series(EvalContext&, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  return std::make_unique<IntegerSeries<T>>(a[0].as<T>(), a[1].as<T>(),
                                            a.size() > 2 ? a[2].as<T>() : T{1});
}

class NumericSeries : public SetFunctionRun {
 public:
  NumericSeries(string_view first, string_view last, string_view step)
      : next_(first), last_(last), step_(step), ascending_(types::numeric_sign(step) > 0) {}
  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    while (n < capacity) {
      int order = types::compare_numeric(next_, last_);
      if (ascending_ ? order > 0 : order < 0) break;
      out[0].set(n++, ctx.arena->copy(next_));
      scratch_.reset();
      next_ = types::numeric_add(scratch_, next_, step_);
    }
    return n;
  }

 private:
  std::string next_, last_, step_;
  types::Arena scratch_{256};
  bool ascending_;
};

Run numeric_series(EvalContext& ctx, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  static constexpr const char* kNames[] = {"start value", "stop value", "step size"};
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto v = a[i].as<string_view>();
    if (types::numeric_is_nan(v)) throw SqlError("22023", std::string(kNames[i]) + " cannot be NaN");
    if (types::numeric_is_infinite(v))
      throw SqlError("22023", std::string(kNames[i]) + " cannot be infinity");
  }
  auto step = a.size() > 2 ? a[2].as<string_view>() : types::make_numeric(*ctx.arena, 1, 0);
  if (types::numeric_sign(step) == 0) throw SqlError("22023", "step size cannot equal zero");
  return std::make_unique<NumericSeries>(a[0].as<string_view>(), a[1].as<string_view>(), step);
}

template <bool WithZone>
class TimestampSeries : public SetFunctionRun {
 public:
  TimestampSeries(std::int64_t first, std::int64_t last, types::Interval step)
      : next_(first), last_(last), step_(step) {
    int sign = types::compare_interval(step, {});
    if (sign == 0) throw SqlError("22023", "step size cannot equal zero");
    ascending_ = sign > 0;
  }
  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    while (n < capacity && (ascending_ ? next_ <= last_ : next_ >= last_)) {
      out[0].set(n++, next_);
      next_ = WithZone ? timestamptz_plus_interval(ctx, next_, step_)
                       : timestamp_plus_interval(next_, step_);
    }
    return n;
  }

 private:
  std::int64_t next_, last_;
  types::Interval step_;
  bool ascending_;
};

template <bool WithZone>
Run timestamp_series(EvalContext&, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  return std::make_unique<TimestampSeries<WithZone>>(a[0].int64, a[1].int64, a[2].as<types::Interval>());
}

class Unnest : public SetFunctionRun {
 public:
  explicit Unnest(string_view bytes) : bytes_(bytes), array_(bytes_), cursor_(array_) {}
  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    while (n < capacity && cursor_.next())
      out[0].set_datum(n++, types::copy_datum(*ctx.arena, array_.physical(), cursor_.value()));
    return n;
  }

 private:
  std::string bytes_;
  types::ArrayView array_;
  types::ArrayView::Cursor cursor_;
};

// Elements that are rows, spread over the columns that FROM gives them.
class UnnestRows : public SetFunctionRun {
 public:
  UnnestRows(string_view bytes, std::span<const types::TypeRef> columns)
      : bytes_(bytes), array_(bytes_), cursor_(array_), columns_(columns) {}

  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity && cursor_.next(); ++n) {
      if (cursor_.value().is_null) {
        for (Vector& column : out) column.set_null(n);
        continue;
      }
      const types::RecordView record(cursor_.value());
      types::require_row_shape(ctx, record, columns_);
      types::RecordView::Cursor field(record);
      for (Vector& column : out) {
        if (!field.next() || field.value().is_null) column.set_null(n);
        else column.set_datum(n, types::copy_datum(*ctx.arena, column.type(), field.value()));
      }
    }
    return n;
  }

 private:
  std::string bytes_;
  types::ArrayView array_;
  types::ArrayView::Cursor cursor_;
  std::span<const types::TypeRef> columns_;  // of the call site, which lives as long as the plan
};

bool is_row_type(EvalContext& ctx, types::Oid type) {
  if (type == types::oid::record) return true;
  const types::UserType* user = types::type_support(ctx, type).user;
  return user != nullptr && user->definition().kind == types::UserType::Kind::composite;
}

Run unnest(EvalContext& ctx, const FunctionCall& call, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  if (!call.columns.empty() && is_row_type(ctx, call.result.oid))
    return std::make_unique<UnnestRows>(a[0].as<string_view>(), call.columns);
  return std::make_unique<Unnest>(a[0].as<string_view>());
}

class UnnestRanges : public SetFunctionRun {
 public:
  UnnestRanges(const types::UserType& range, string_view bytes)
      : range_(range), bytes_(bytes), ranges_(types::read_multirange(bytes_)) {}
  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity && at_ < ranges_.size(); ++n, ++at_)
      out[0].set_datum(n, Datum::of(types::make_range(*ctx.arena, range_, ranges_[at_])));
    return n;
  }

 private:
  const types::UserType& range_;
  std::string bytes_;
  std::vector<types::Range> ranges_;
  std::size_t at_ = 0;
};

Run unnest_ranges(EvalContext& ctx, const FunctionCall& call, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  const types::TypeSupport& type = types::type_support(ctx, call.arguments[0].oid);
  return std::make_unique<UnnestRanges>(*type.user->element().user, a[0].as<string_view>());
}

// Lexemes with their positions and weights.
class UnnestVector : public SetFunctionRun {
 public:
  explicit UnnestVector(string_view bytes) : bytes_(bytes), vector_(types::read_tsvector(bytes_)) {}

  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    constexpr string_view kWeights[] = {"D", "C", "B", "A"};
    std::uint32_t n = 0;
    for (; n < capacity && at_ < vector_.size(); ++n, ++at_) {
      const types::Lexeme& lexeme = vector_[at_];
      out[0].set_datum(n, Datum::of(ctx.arena->copy(lexeme.text)));
      if (lexeme.positions.empty()) {
        out[1].set_null(n);
        out[2].set_null(n);
        continue;
      }
      types::ArrayBuilder positions(types::oid::int2), weights(types::oid::text);
      for (const std::uint16_t p : lexeme.positions) {
        positions.add(Datum::of(static_cast<std::int16_t>(types::Lexeme::position(p))));
        weights.add(Datum::of(kWeights[types::Lexeme::weight(p)]));
      }
      out[1].set_datum(n, positions.finish(*ctx.arena));
      out[2].set_datum(n, weights.finish(*ctx.arena));
    }
    return n;
  }

 private:
  std::string bytes_;
  types::TsVector vector_;
  std::size_t at_ = 0;
};

Run unnest_vector(EvalContext&, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  return std::make_unique<UnnestVector>(a[0].as<string_view>());
}

Run generate_subscripts(EvalContext&, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  types::ArrayView array(a[0]);
  std::int32_t dimension = a[1].int32;
  if (dimension < 1 || dimension > array.dimensions()) return std::make_unique<Nothing>();
  std::int32_t low = array.lower_bound(dimension - 1), high = low + array.length(dimension - 1) - 1;
  bool reverse = a.size() > 2 && a[2].boolean;
  return reverse ? std::make_unique<IntegerSeries<std::int32_t>>(high, low, -1)
                 : std::make_unique<IntegerSeries<std::int32_t>>(low, high, 1);
}

// Rows known from the start; the text they point into is kept.
class Rows : public SetFunctionRun {
 public:
  explicit Rows(string_view text) : text_(text) {}
  string_view text() const { return text_; }
  types::Arena& arena() { return arena_; }
  void add(const Datum& value) { rows_.push_back(value); }

  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    while (n < capacity && at_ < rows_.size())
      out[0].set_datum(n++, types::copy_datum(*ctx.arena, types::PhysicalType::varlen, rows_[at_++]));
    return n;
  }

 private:
  std::string text_;
  types::Arena arena_;
  std::vector<Datum> rows_;
  std::size_t at_ = 0;
};

Run split_to_table(EvalContext& ctx, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  auto run = std::make_unique<Rows>(a[0].as<string_view>());
  auto flags = a.size() > 2 ? a[2].as<string_view>() : string_view();
  for (auto part : regexp_split(ctx, run->text(), a[1].as<string_view>(), flags, "regexp_split_to_table()"))
    run->add(Datum::of(part));
  return run;
}

Run matches(EvalContext& ctx, const FunctionCall&, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  auto run = std::make_unique<Rows>(a[0].as<string_view>());
  auto flags = a.size() > 2 ? a[2].as<string_view>() : string_view();
  EvalContext own = ctx;
  own.arena = &run->arena();
  for (const Datum& row : regexp_matches(own, run->text(), a[1].as<string_view>(), flags)) run->add(row);
  return run;
}

Run string_to_table(EvalContext&, const FunctionCall&, Arguments a) {
  if (a[0].is_null) return std::make_unique<Nothing>();
  auto run = std::make_unique<Rows>(a[0].as<string_view>());
  string_view rest = run->text();
  auto add = [&](string_view part) {
    bool is_null = a.size() > 2 && !a[2].is_null && part == a[2].as<string_view>();
    run->add(is_null ? Datum::null() : Datum::of(part));
  };
  if (rest.empty()) return run;
  if (a[1].is_null) {
    while (!rest.empty()) {
      std::size_t width = types::utf8_width(static_cast<unsigned char>(rest[0]));
      add(rest.substr(0, width));
      rest.remove_prefix(std::min(width, rest.size()));
    }
    return run;
  }
  auto separator = a[1].as<string_view>();
  if (separator.empty()) {
    add(rest);
    return run;
  }
  for (;;) {
    auto at = rest.find(separator);
    add(rest.substr(0, at));
    if (at == string_view::npos) return run;
    rest.remove_prefix(at + separator.size());
  }
}

// Columns of one or two varlen values known from the start: json_each and kin.
class Pairs : public SetFunctionRun {
 public:
  explicit Pairs(string_view text) : text_(text), root_(types::parse_json(arena_, text_)) {}
  const types::JsonNode& root() const { return root_; }
  void add(Datum first, Datum second = {}) { rows_.emplace_back(first, second); }

  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity && at_ < rows_.size(); ++n, ++at_) {
      const auto& [first, second] = rows_[at_];
      out[0].set_datum(n, types::copy_datum(*ctx.arena, types::PhysicalType::varlen, first));
      if (out.size() > 1)
        out[1].set_datum(n, types::copy_datum(*ctx.arena, types::PhysicalType::varlen, second));
    }
    return n;
  }

 private:
  std::string text_;
  types::Arena arena_;
  const types::JsonNode& root_;
  std::vector<std::pair<Datum, Datum>> rows_;
  std::size_t at_ = 0;
};

// The name and the value of each option of an array of name=value.
class Options : public SetFunctionRun {
 public:
  explicit Options(string_view bytes) : bytes_(bytes), array_(bytes_), cursor_(array_) {}
  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity && cursor_.next(); ++n) {
      if (cursor_.value().is_null) throw SqlError("22004", "null array element not allowed in this context");
      const auto option = cursor_.value().as<string_view>();
      const auto equals = option.find('=');
      out[0].set(n, option.substr(0, equals));
      if (equals == string_view::npos)
        out[1].set_null(n);
      else
        out[1].set(n, option.substr(equals + 1));
    }
    return n;
  }

 private:
  std::string bytes_;
  types::ArrayView array_;
  types::ArrayView::Cursor cursor_;
};

Datum json_value(const types::JsonNode& node, bool as_text) {
  if (!as_text) return Datum::of(node.raw);
  if (node.kind == types::JsonKind::null) return Datum::null();
  return Datum::of(node.kind == types::JsonKind::string ? node.string : node.raw);
}

Run options_to_table(EvalContext&, const FunctionCall&, Arguments a) {
  return std::make_unique<Options>(a[0].as<string_view>());
}

bool is_json(const FunctionCall& call) {
  return !call.arguments.empty() && call.arguments[0].oid == types::oid::json;
}

template <bool AsText>
Run json_elements(EvalContext&, const FunctionCall& call, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  auto run = std::make_unique<Pairs>(a[0].as<string_view>());
  if (run->root().kind != types::JsonKind::array && is_json(call))
    throw SqlError("22023", std::string("cannot call json_array_elements") + (AsText ? "_text" : "") +
                                (run->root().kind == types::JsonKind::object ? " on a non-array" : " on a scalar"));
  if (run->root().kind != types::JsonKind::array)
    throw SqlError("22023", run->root().kind == types::JsonKind::object ? "cannot extract elements from an object"
                                                                        : "cannot extract elements from a scalar");
  for (const auto& child : run->root().children) run->add(json_value(child, AsText));
  return run;
}

template <bool AsText>
Run json_each(EvalContext&, const FunctionCall& call, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  auto run = std::make_unique<Pairs>(a[0].as<string_view>());
  if (run->root().kind != types::JsonKind::object && is_json(call))
    throw SqlError("22023", run->root().kind == types::JsonKind::array ? "cannot deconstruct an array as an object"
                                                                       : "cannot deconstruct a scalar");
  if (run->root().kind != types::JsonKind::object)
    throw SqlError("22023", std::string("cannot call ") +
                                (call.arguments.empty() || call.arguments[0].oid == types::oid::jsonb ? "jsonb" : "json") +
                                (AsText ? "_each_text" : "_each") + " on a non-object");
  const auto& root = run->root();
  for (std::size_t i = 0; i < root.keys.size(); ++i)
    run->add(Datum::of(root.keys[i]), json_value(root.children[i], AsText));
  return run;
}

Run json_keys(EvalContext&, const FunctionCall& call, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  auto run = std::make_unique<Pairs>(a[0].as<string_view>());
  if (run->root().kind != types::JsonKind::object)
    throw SqlError("22023", std::string("cannot call ") +
                                (call.arguments.empty() || call.arguments[0].oid == types::oid::jsonb ? "jsonb" : "json") +
                                "_object_keys on " +
                                (run->root().kind == types::JsonKind::array ? "an array" : "a scalar"));
  for (auto key : run->root().keys) run->add(Datum::of(key));
  return run;
}

// Partition trees, of which the catalogue tells as arrays of numbers.
Run partition_ancestors(EvalContext& ctx, const FunctionCall&, Arguments a) {
  const auto list = ctx.session->catalog_text("pg_partition_ancestors", {std::to_string(a[0].as<types::Oid>())});
  const Datum array = types::type_support(types::oid::oid_array).input(ctx, list.value_or("{}"), -1);
  return std::make_unique<Unnest>(array.as<string_view>());
}

class PartitionTree : public SetFunctionRun {
 public:
  explicit PartitionTree(string_view bytes) : bytes_(bytes), array_(bytes_), cursor_(array_) {}
  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity && cursor_.next(); ++n) {
      out[0].set<types::Oid>(n, cursor_.value().as<types::Oid>());
      const types::Oid parent = number();
      if (parent == 0)
        out[1].set_null(n);
      else
        out[1].set<types::Oid>(n, parent);
      out[2].set<bool>(n, number() != 0);
      out[3].set<std::int32_t>(n, static_cast<std::int32_t>(number()));
    }
    return n;
  }

 private:
  types::Oid number() {
    cursor_.next();
    return cursor_.value().as<types::Oid>();
  }

  std::string bytes_;
  types::ArrayView array_;
  types::ArrayView::Cursor cursor_;
};

Run partition_tree(EvalContext& ctx, const FunctionCall&, Arguments a) {
  const auto list = ctx.session->catalog_text("pg_partition_tree", {std::to_string(a[0].as<types::Oid>())});
  const Datum array = types::type_support(types::oid::oid_array).input(ctx, list.value_or("{}"), -1);
  return std::make_unique<PartitionTree>(array.as<string_view>());
}

struct Entry {
  string_view name;
  SetFunctionStart start;
};


constexpr Entry kEntries[] = {
    {"generate_series_int4", &integer_series<std::int32_t>},
    {"generate_series_step_int4", &integer_series<std::int32_t>},
    {"generate_series_int8", &integer_series<std::int64_t>},
    {"generate_series_step_int8", &integer_series<std::int64_t>},
    {"generate_series_numeric", &numeric_series},
    {"generate_series_step_numeric", &numeric_series},
    {"generate_series_timestamp", &timestamp_series<false>},
    {"generate_series_timestamptz", &timestamp_series<true>},
    {"array_unnest", &unnest},
    {"multirange_unnest", &unnest_ranges},
    {"tsvector_unnest", &unnest_vector},
    {"pg_snapshot_xip", &snapshot_running},
    {"generate_subscripts", &generate_subscripts},
    {"generate_subscripts_nodir", &generate_subscripts},
    {"regexp_split_to_table", &split_to_table},
    {"regexp_split_to_table_no_flags", &split_to_table},
    {"regexp_matches", &matches},
    {"regexp_matches_no_flags", &matches},
    {"text_to_table", &string_to_table},
    {"text_to_table_null", &string_to_table},
    {"json_array_elements", &json_elements<false>},
    {"jsonb_array_elements", &json_elements<false>},
    {"json_array_elements_text", &json_elements<true>},
    {"jsonb_array_elements_text", &json_elements<true>},
    {"json_each", &json_each<false>},
    {"jsonb_each", &json_each<false>},
    {"json_each_text", &json_each<true>},
    {"jsonb_each_text", &json_each<true>},
    {"json_object_keys", &json_keys},
    {"jsonb_object_keys", &json_keys},
    {"json_populate_recordset", &json_populate_recordset},
    {"json_to_recordset", &json_to_recordset},
    {"jsonb_to_recordset", &jsonb_to_recordset},
    {"jsonb_populate_recordset", &jsonb_populate_recordset},
    {"jsonb_path_query", &jsonb_path_query},
    {"jsonb_path_query_tz", &jsonb_path_query_tz},
    {"aclexplode", &acl_explode},
    {"ts_parse_byid", &ts_parse},
    {"ts_parse_byname", &ts_parse},
    {"ts_token_type_byid", &ts_token_type},
    {"ts_token_type_byname", &ts_token_type},
    {"ts_stat1", &ts_stat},
    {"ts_stat2", &ts_stat},
    {"pg_options_to_table", &options_to_table},
    {"sextant_sequence_row", &read_sequence_row},
    {"pg_partition_ancestors", &partition_ancestors},
    {"pg_partition_tree", &partition_tree},
    {"sextant_xml_table", &xml_table},
};

// Under a collation other than "C".
void refuse_nondeterministic(const types::Collator& collator, string_view what) {
  if (!collator.deterministic())
    throw SqlError("0A000", fmt::format("nondeterministic collations are not supported for {}", what));
}
template <SetFunctionStart Start>
Run with_letters(EvalContext& ctx, const FunctionCall& call, Arguments a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  const types::Collator& collator = types::Collator::numbered(call.collation);
  refuse_nondeterministic(collator, "regular expressions");
  const RegexLettersScope letters(collator.bytewise() ? RegexLetters::c_utf8() : RegexLetters::icu());
  return Start(ctx, call, a);
}
Run collated_string_to_table(EvalContext& ctx, const FunctionCall& call, Arguments a) {
  if (!a[0].is_null && !a[1].is_null)
    refuse_nondeterministic(types::Collator::numbered(call.collation), "substring searches");
  return string_to_table(ctx, call, a);
}
constexpr Entry kCollatedEntries[] = {
    {"regexp_split_to_table", &with_letters<&split_to_table>},
    {"regexp_split_to_table_no_flags", &with_letters<&split_to_table>},
    {"regexp_matches", &with_letters<&matches>},
    {"regexp_matches_no_flags", &with_letters<&matches>},
    {"text_to_table", &collated_string_to_table},
    {"text_to_table_null", &collated_string_to_table},
};

}  // namespace

SetFunctionStart find_set_function(string_view internal_name) {
  for (const auto& entry : kEntries)
    if (entry.name == internal_name) return entry.start;
  return find_status_function(internal_name);
}

SetFunctionStart find_collated_set_function(string_view internal_name) {
  for (const auto& entry : kCollatedEntries)
    if (entry.name == internal_name) return entry.start;
  return nullptr;
}

}  // namespace functions
