// sextant.changes() and sextant.diff(): which rows differ between two states that share a history.
//
// Both states are opened as sessions in the past do. The page store says which pages either history
// wrote to since they were one; only leaves among those are read.
#include <algorithm>
#include <chrono>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "catalog/catalog_functions.h"
#include "catalog/query_privileges.h"
#include "catalog/row_security.h"
#include "functions/json_build.h"
#include "history_side.h"
#include "moments.h"
#include "services.h"
#include "session_state.h"
#include "table/differences.h"
#include "timeline_functions.h"
#include "types/json.h"
#include "types/sql_error.h"

namespace session {
namespace {

using catalog::RelationDescriptor;
using catalog::RelationPtr;
using types::Datum;
using types::Oid;
using types::SqlError;

// The two states of one table; null where it is not there.
struct Pair {
  RelationPtr before, after;
  const RelationDescriptor& any() const { return after ? *after : *before; }
};

std::string display_name(const RelationDescriptor& relation) {
  return catalog::quote_identifier(relation.schema_name) + "." + catalog::quote_identifier(relation.name);
}

// By what a table is recognised in the other state. A table that was renamed is the same to whoever
// follows it; whoever compares databases looks at names.
enum class Identity : std::uint8_t { oid_first, name };

std::vector<Pair> pair_up(std::vector<RelationPtr> before, std::vector<RelationPtr> after,
                          Identity identity) {
  std::vector<Pair> pairs;
  auto match = [&](auto&& is_same) {
    for (auto& table : after) {
      auto found = std::ranges::find_if(before, [&](const RelationPtr& other) {
        return other && table && is_same(*other, *table);
      });
      if (found != before.end()) pairs.push_back({std::move(*found), std::move(table)});
    }
  };
  if (identity == Identity::oid_first)
    match([](const auto& a, const auto& b) { return a.oid == b.oid; });
  match([](const auto& a, const auto& b) { return a.schema_name == b.schema_name && a.name == b.name; });
  for (auto& table : before)
    if (table) pairs.push_back({std::move(table), nullptr});
  for (auto& table : after)
    if (table) pairs.push_back({nullptr, std::move(table)});
  std::ranges::sort(pairs, {}, [](const Pair& pair) { return display_name(pair.any()); });
  return pairs;
}

// Which columns (from 0) are one and the same. 42804 when their types are not.
std::vector<std::pair<table::ColumnNumber, table::ColumnNumber>> common_columns(HistorySide& before,
                                                                                HistorySide& after,
                                                                                const Pair& pair) {
  std::vector<std::pair<table::ColumnNumber, table::ColumnNumber>> common;
  const auto& old_columns = pair.before->columns;
  const auto& new_columns = pair.after->columns;
  for (std::size_t i = 0; i < old_columns.size(); ++i) {
    if (old_columns[i].dropped) continue;
    std::size_t j = i;
    if (pair.before->oid != pair.after->oid) {
      const int found = pair.after->column_index(old_columns[i].name);
      j = found < 0 ? new_columns.size() : static_cast<std::size_t>(found);
    }
    if (j >= new_columns.size() || new_columns[j].dropped) continue;
    if (old_columns[i].type.oid != new_columns[j].type.oid)
      throw SqlError("42804", fmt::format("column \"{}\" of table \"{}\" is of type {} in one state and {} in the other",
                                          new_columns[j].name, pair.after->name,
                                          before.catalog().format_type(old_columns[i].type.oid),
                                          after.catalog().format_type(new_columns[j].type.oid)));
    common.emplace_back(static_cast<table::ColumnNumber>(i), static_cast<table::ColumnNumber>(j));
  }
  return common;
}

// Rows are told from each other by the same key in both states, or 55000.
void require_same_key(const Pair& pair,
                      const std::vector<std::pair<table::ColumnNumber, table::ColumnNumber>>& common) {
  const auto& old_keys = pair.before->storage->schema().clustered.keys;
  const auto& new_keys = pair.after->storage->schema().clustered.keys;
  const bool is_same = std::ranges::equal(old_keys, new_keys, [&](const auto& a, const auto& b) {
    return a.descending == b.descending && a.nulls_first == b.nulls_first &&
           std::ranges::find(common, std::pair(a.column, b.column)) != common.end();
  });
  if (!is_same)
    throw SqlError("55000", fmt::format("the primary key of table \"{}\" is not the same in both states",
                                        pair.after->name));
}

// Rows that have no key, in a table that was written anew: none is one of the other state's.
bool has_other_rows(const Pair& pair) {
  const auto& old_key = pair.before->storage->schema().clustered;
  const auto& new_key = pair.after->storage->schema().clustered;
  return old_key.keys.empty() && new_key.keys.empty() && old_key.root != new_key.root;
}

// Column names and what their types come down to, for one state of a table.
class RowText {
 public:
  RowText(HistorySide& side, const RelationDescriptor& relation) : side_(side) {
    for (std::size_t i = 0; i < relation.columns.size(); ++i)
      if (!relation.columns[i].dropped) columns_.push_back(column(relation, i));
    if (const auto* key = relation.primary_key())
      for (const auto& part : key->keys)
        if (part.column >= 0) key_.push_back(column(relation, static_cast<std::size_t>(part.column)));
  }

  Datum row(types::EvalContext context, std::span<const Datum> values) const {
    return object(context, columns_, values);
  }
  Datum key(types::EvalContext context, std::span<const Datum> values) const {
    return key_.empty() ? Datum::null() : object(context, key_, values);
  }

 private:
  struct Column {
    std::size_t place;
    std::string name;   // as a JSON string
    Oid type;
  };
  Column column(const RelationDescriptor& relation, std::size_t place) {
    Column out{place, {}, side_.catalog().base_type(relation.columns[place].type.oid)};
    types::append_json_string(out.name, relation.columns[place].name);
    return out;
  }

  Datum object(types::EvalContext& context, const std::vector<Column>& columns,
               std::span<const Datum> values) const {
    context.names = &side_;
    text_.assign(1, '{');
    for (const Column& column : columns) {
      if (text_.size() > 1) text_ += ',';
      text_ += column.name;
      text_ += ':';
      functions::append_as_json(context, column.type, values[column.place], text_);
    }
    text_ += '}';
    return Datum::of(types::to_jsonb(*context.arena, text_));
  }

  HistorySide& side_;
  std::vector<Column> columns_, key_;
  mutable std::string text_;   // reused
};

// SELECT on all columns, and no policy that hides rows: 42501.
void require_readable(catalog::SessionCatalog& catalog, const RelationDescriptor& relation) {
  std::vector<int> columns;
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    if (!relation.columns[i].dropped) columns.push_back(static_cast<int>(i));
  catalog::require_columns(catalog, relation, types::privilege::select, columns);
  if (catalog::row_security_of(catalog, relation, catalog.user()) == catalog::RowSecurity::enabled)
    throw SqlError("42501", fmt::format("query would be affected by row-level security policy for table \"{}\"",
                                        relation.name));
}

class ComparisonRows final : public types::UserRows {
 public:
  // `with_table`: the first column names the table.
  enum class Shape : std::uint8_t { one_table, with_table };

  ComparisonRows(SessionState& session, std::shared_ptr<database::PastDatabase> before,
                 std::shared_ptr<database::PastDatabase> after, std::vector<wal::PageNo> pages,
                 Shape shape)
      : session_(session), pages_(std::move(pages)), shape_(shape),
        before_(session, std::move(before)), after_(session, std::move(after)) {}

  // Every table of both. One that cannot be compared has a row of nulls behind its name, and a
  // warning says why.
  void compare_all() {
    pairs_ = pair_up(before_.tables(), after_.tables(), Identity::name);
    goes_on_ = true;
  }

  // One table and what inherits from it; 42P01 when neither state has it.
  void compare(const std::string& name, Identity identity) {
    const Oid new_oid = find(after_, name);
    Oid old_oid = 0;
    if (identity == Identity::oid_first && new_oid != 0 && before_.catalog().relation(new_oid) != nullptr)
      old_oid = new_oid;
    if (old_oid == 0) old_oid = find(before_, name);
    Oid also_new = new_oid;
    if (also_new == 0 && identity == Identity::oid_first && old_oid != 0 &&
        after_.catalog().relation(old_oid) != nullptr)
      also_new = old_oid;
    if (old_oid == 0 && also_new == 0)
      throw SqlError("42P01", fmt::format("relation \"{}\" does not exist", name));
    auto before = family(before_, old_oid, name), after = family(after_, also_new, name);
    // As when they are queried: whoever may read the one named may read what inherits from it.
    if (old_oid != 0) require_readable(before_.catalog(), *before_.catalog().relation(old_oid));
    if (also_new != 0) require_readable(after_.catalog(), *after_.catalog().relation(also_new));
    // What was taken away since is not given back by asking for the past alone.
    if (const auto now = identity == Identity::oid_first ? session_.catalog->relation(also_new != 0 ? also_new : old_oid) : nullptr)
      require_readable(*session_.catalog, *now);
    pairs_ = pair_up(std::move(before), std::move(after), identity);
  }

  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out,
                     std::uint32_t capacity) override {
    std::uint32_t count = 0;
    table::Difference difference;
    while (count < capacity) {
      if (!differences_ && !begin_table()) break;
      if (!differences_) {
        out[0].set_datum(count, Datum::of(context.arena->copy(table_name_)));
        for (std::size_t column = 1; column < out.size(); ++column) out[column].set_null(count);
        ++count;
        continue;
      }
      if (!differences_->next(difference)) {
        differences_.reset();
        continue;
      }
      std::size_t column = 0;
      if (shape_ == Shape::with_table)
        out[column++].set_datum(count, Datum::of(context.arena->copy(table_name_)));
      const bool has_after = !difference.after.empty();
      const RowText& any = has_after ? *after_text_ : *before_text_;
      out[column++].set_datum(count, any.key(context, has_after ? difference.after : difference.before));
      out[column++].set_datum(count, difference.before.empty() ? Datum::null()
                                                               : before_text_->row(context, difference.before));
      out[column++].set_datum(count, has_after ? after_text_->row(context, difference.after) : Datum::null());
      ++count;
    }
    return count;
  }

 private:
  static Oid find(HistorySide& side, const std::string& name) {
    const auto parts = catalog::split_identifiers(name);
    if (parts.empty() || parts.size() > 2) throw SqlError("42602", "invalid name syntax");
    return parts.size() == 1 ? side.catalog().find_relation("", parts[0])
                             : side.catalog().find_relation(parts[0], parts[1]);
  }

  static std::vector<RelationPtr> family(HistorySide& side, Oid root, const std::string& name) {
    std::vector<RelationPtr> tables;
    std::vector<Oid> waiting{root};
    std::set<Oid> seen;
    while (!waiting.empty()) {
      const Oid oid = waiting.back();
      waiting.pop_back();
      auto relation = oid == 0 || !seen.insert(oid).second ? nullptr : side.catalog().relation(oid);
      if (!relation) continue;
      if (relation->kind != catalog::RelationKind::table &&
          relation->kind != catalog::RelationKind::partitioned_table)
        throw SqlError("42809", fmt::format("\"{}\" is not a table", name));
      if (relation->shared || relation->persistence == 't')
        throw SqlError::not_supported(fmt::format("history of {} tables", relation->shared ? "shared" : "temporary"));
      waiting.insert(waiting.end(), relation->children.begin(), relation->children.end());
      if (relation->storage) tables.push_back(std::move(relation));
    }
    return tables;
  }

  // False: there is none left. No differences_: it cannot be compared.
  bool begin_table() {
    if (next_pair_ == pairs_.size()) return false;
    if (Pair& both = pairs_[next_pair_]; both.before && both.after && has_other_rows(both)) {
      Pair added{nullptr, std::move(both.after)};
      pairs_.insert(pairs_.begin() + static_cast<std::ptrdiff_t>(next_pair_) + 1, std::move(added));
    }
    const Pair& pair = pairs_[next_pair_++];
    before_text_.reset();
    after_text_.reset();
    if (pair.before) before_text_.emplace(before_, *pair.before);
    if (pair.after) after_text_.emplace(after_, *pair.after);
    table_name_ = display_name(pair.any());
    std::vector<std::pair<table::ColumnNumber, table::ColumnNumber>> common;
    try {
      if (goes_on_ && pair.before) require_readable(before_.catalog(), *pair.before);
      if (goes_on_ && pair.after) require_readable(after_.catalog(), *pair.after);
      if (pair.before && pair.after) {
        common = common_columns(before_, after_, pair);
        require_same_key(pair, common);
      }
    } catch (SqlError& error) {
      if (!goes_on_) throw;
      session_.notice(protocol::Severity::warning, std::move(error));
      return true;
    }
    const auto before = before_.state(pair.before.get()), after = after_.state(pair.after.get());
    auto ranges = table::differing_ranges(before, after, [this](wal::PageNo page_no) {
      return std::ranges::binary_search(pages_, page_no);
    });
    ranges_ = ranges.size();
    began_ = Clock::now();
    differences_.emplace(before, after, std::move(ranges), std::move(common), [this] {
      session_.check();
      tell_progress();
    });
    return true;
  }

  // About once a second, of the table that is being compared.
  void tell_progress() {
    const auto now = Clock::now();
    if (now < next_told_ || !differences_) return;
    next_told_ = now + kTold;
    const double done = static_cast<double>(differences_->ranges_done()), all = static_cast<double>(ranges_);
    const double rate = done / std::chrono::duration<double>(now - began_).count();
    if (rate <= 0) return;
    session_.notice(protocol::Severity::notice,
                    SqlError("00000", fmt::format("{}: {:.0f} % of {} key ranges, {:.0f} ranges/s, {:.0f} s left",
                                                  table_name_, 100 * done / all, ranges_, rate, (all - done) / rate)));
    session_.output.flush();
  }

  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kTold{1};

  SessionState& session_;
  Clock::time_point next_told_ = Clock::now() + kTold;
  Clock::time_point began_{};   // this table
  std::size_t ranges_ = 0;      // of this table
  const std::vector<wal::PageNo> pages_;   // that may differ, ascending
  const Shape shape_;
  HistorySide before_, after_;
  std::vector<Pair> pairs_;
  std::size_t next_pair_ = 0;
  bool goes_on_ = false;   // past a table that cannot be compared
  std::string table_name_;
  std::optional<RowText> before_text_, after_text_;
  std::optional<table::Differences> differences_;
};

std::string text_argument(std::span<const Datum> arguments, std::size_t i, const char* name) {
  if (arguments[i].is_null) throw SqlError("22004", fmt::format("{} must not be null", name));
  return std::string(arguments[i].as<std::string_view>());
}

std::unique_ptr<types::UserRows> changes(SessionState& session, std::span<const Datum> arguments) {
  const std::string table = text_argument(arguments, 0, "table");
  const std::string& database = session.use->name();
  const auto from = parse_moment(session, text_argument(arguments, 1, "from"));
  const auto to = arguments[2].is_null ? database::AsOf{}
                                       : parse_moment(session, text_argument(arguments, 2, "to"));
  auto before = session.cluster.open_past(database, from);
  auto after = session.cluster.open_past(database, to);
  auto pages = session.cluster.differing_pages(*before, *after);
  if (!pages)
    throw SqlError("22023", fmt::format("database \"{}\" has no history that joins the two moments", database));
  auto rows = std::make_unique<ComparisonRows>(session, std::move(before), std::move(after),
                                               *std::move(pages), ComparisonRows::Shape::one_table);
  rows->compare(table, Identity::oid_first);
  return rows;
}

std::unique_ptr<types::UserRows> diff(SessionState& session, std::span<const Datum> arguments) {
  const std::string one = text_argument(arguments, 0, "database");
  const std::string other = text_argument(arguments, 1, "other");
  require_owner(session, one);
  require_owner(session, other);
  auto before = session.cluster.open_past(one, database::AsOf{});
  auto after = session.cluster.open_past(other, database::AsOf{});
  auto pages = session.cluster.differing_pages(*before, *after);
  if (!pages)
    throw SqlError("22023", fmt::format("databases \"{}\" and \"{}\" do not share any history", one, other));
  auto rows = std::make_unique<ComparisonRows>(session, std::move(before), std::move(after),
                                               *std::move(pages), ComparisonRows::Shape::with_table);
  if (arguments[2].is_null)
    rows->compare_all();
  else
    rows->compare(text_argument(arguments, 2, "only"), Identity::name);
  return rows;
}

}  // namespace

std::unique_ptr<types::UserRows> Services::start_comparison(types::EvalContext&,
                                                            std::string_view function,
                                                            std::span<const Datum> arguments) {
  return function == "changes" ? changes(session_, arguments) : diff(session_, arguments);
}

}  // namespace session
