// Sets: RETURN NEXT, RETURN QUERY, and loops over rows.
#include <fmt/format.h>

#include "frame.h"
#include "prepared_expression.h"
#include "types/record.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::SqlError;

namespace {

// Keeps the rows that came, up to the first ones.
class Keeper final : public Sink {
 public:
  explicit Keeper(types::Arena& arena) : arena_(arena) {}
  bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
    for (const types::Vector& column : columns)
      values.push_back(column.is_null(row) ? Datum() : types::copy_datum(arena_, column.type(), column.datum(row)));
    ++rows;
    return true;
  }
  std::vector<Datum> values;
  std::uint64_t rows = 0;

 private:
  types::Arena& arena_;
};

}  // namespace

// Columns without a value are null.
void Frame::add_row(std::span<const Datum> values) {
  if (values.size() == rows_->columns.size()) return rows_->add(values);
  std::vector<Datum> all(values.begin(), values.end());
  all.resize(rows_->columns.size());
  rows_->add(all);
}

void Frame::run_return_next(const Return& s) {
  if (rows_ == nullptr) throw SqlError("0A000", "set-valued function called in context that cannot accept a set");
  const plpgsql::Function& f = *function_;
  std::vector<Datum> values;
  if (f.has_outputs) {
    for (std::size_t i = 0; i < f.outputs.size(); ++i) {
      Value v = read(f.outputs[i]);
      if (f.outputs.size() == 1 && variable(f.outputs[0]).kind == Variable::Kind::record && rows_->columns.size() > 1) {
        if (v.datum.is_null) break;
        types::RecordView record(v.datum);
        for (types::RecordView::Cursor field(record); field.next();) values.push_back(field.value());
        break;
      }
      values.push_back(cast(v, i < rows_->columns.size() ? rows_->columns[i].type : v.type));
    }
    add_row(values);
    arena_.reset();
    return;
  }
  Value v;
  std::size_t count = 0;
  (void)count;
  v = evaluate(*s.value, f.returns_row ? TypeRef{} : f.result);
  if (!f.returns_row) {
    const Datum value = cast(v, f.result);
    add_row({&value, 1});
    arena_.reset();
    return;
  }
  if (v.datum.is_null) {
    add_row({});
    arena_.reset();
    return;
  }
  const auto* info = host_.catalog().type(host_.catalog().base_type(v.type.oid));
  if (v.type.oid != types::oid::record && (info == nullptr || info->kind != 'c'))
    throw SqlError("42804", "cannot return non-composite value from function returning composite type");
  types::RecordView record(v.datum);
  std::size_t wanted = 0;
  for (const Column& c : rows_->columns) wanted += c.type.oid != 0;
  std::size_t have = 0;
  for (std::uint32_t i = 0; i < record.size(); ++i) have += record.field_type(i) != 0;
  if (have != wanted)
    throw SqlError("42804", "wrong record type supplied in RETURN NEXT")
        .with_detail(fmt::format("Number of returned columns ({}) does not match expected column count ({}).", have, wanted));
  std::size_t at = 0;
  values.resize(rows_->columns.size());
  for (types::RecordView::Cursor field(record); field.next();) {
    if (record.field_type(field.index()) == 0) continue;
    while (at < rows_->columns.size() && rows_->columns[at].type.oid == 0) ++at;
    values[at] = cast({field.value(), host_.types().of(record.field_type(field.index()))}, rows_->columns[at].type);
    ++at;
  }
  add_row(values);
  arena_.reset();
}

void Frame::run_return_query(const Return& s) {
  if (rows_ == nullptr) throw SqlError("0A000", "set-valued function called in context that cannot accept a set");
  std::vector<Datum> parameters;
  std::shared_ptr<Query> query;
  std::string text;
  PreparedExpression* p = nullptr;
  std::span<const Datum> values = values_;
  if (s.dynamic) {
    query = dynamic(*s.dynamic, s.arguments, parameters, text, Host::Use::run);
    values = parameters;
  } else {
    p = &prepared(*s.value, {});
    load(*p);
    query = p->query;
    text = s.value->shown;
    values = values_;
  }
  if (!query->returns_rows) throw SqlError("42601", "query does not return tuples");
  std::vector<Column> wanted;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < rows_->columns.size(); ++i)
    if (rows_->columns[i].type.oid != 0) {
      wanted.push_back(rows_->columns[i]);
      place.push_back(i);
    }
  struct ToRows final : Sink {
    Frame& frame;
    std::vector<std::size_t>& place;
    std::vector<Datum> values;
    ToRows(Frame& f, std::vector<std::size_t>& p) : frame(f), place(p), values(f.rows_->columns.size()) {}
    bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
      for (std::size_t i = 0; i < place.size(); ++i)
        values[place[i]] = columns[i].is_null(row) ? Datum() : columns[i].datum(row);
      frame.add_row(values);
      return true;
    }
  } sink(*this, place);
  const std::uint64_t before = rows_->rows;
  statement_text_ = &text;
  try {
    constexpr const char* kMismatch = "structure of query does not match function result type";
    if (query->columns.size() != wanted.size())
      throw SqlError("42804", kMismatch)
          .with_detail(fmt::format("Number of returned columns ({}) does not match expected column count ({}).",
                                   query->columns.size(), wanted.size()));
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (query->columns[i].type.oid != wanted[i].type.oid &&
          !(query->columns[i].type.oid == types::oid::unknown) &&
          host_.catalog().base_type(wanted[i].type.oid) != query->columns[i].type.oid)
        throw SqlError("42804", kMismatch)
            .with_detail(fmt::format("Returned type {} does not match expected type {} in column {}.",
                                     host_.catalog().format_type(query->columns[i].type.oid),
                                     host_.catalog().format_type(wanted[i].type.oid), i + 1));
    host_.run(*query, values, function_->read_only, &sink, 0);
  } catch (const SqlError& error) {
    statement_text_ = nullptr;  // `text` ends here
    if (!s.dynamic) rethrow(*s.value, error);
    SqlError inner = error;
    if (inner.position() >= 0 && !inner.has_internal_query()) inner.set_internal_query(text);
    else inner.add_context(fmt::format("SQL statement \"{}\"", text));
    throw inner;
  }
  statement_text_ = nullptr;
  processed_ = rows_->rows - before;
  set_found(processed_ != 0);
  arena_.reset();
}

// Over what EXPLAIN, SHOW and their like answer: it is there as a whole before the first round.
Flow Frame::run_for_answer(const ForRows& s, Query& query, std::span<const Datum> parameters) {
  types::Arena arena(4096);
  Keeper answer(arena);
  host_.run(query, parameters, function_->read_only, &answer, 0);
  const ShapePtr shape = shape_of(query.columns);
  Flow flow = Flow::next;
  for (std::uint64_t r = 0; r < answer.rows; ++r) {
    assign_row(s.targets, shape, answer.values.data() + r * shape->fields.size());
    arena_.reset();
    tick();
    flow = run(s.body);
    if (loop_ends(s, flow)) break;
    flow = Flow::next;
  }
  if (answer.rows == 0) assign_row(s.targets, shape, nullptr);
  set_found(answer.rows != 0);
  return flow;
}

Flow Frame::run_for_rows(const ForRows& s) {
  std::string name;
  std::vector<Datum> parameters;
  std::string text;
  bool was_null = false;
  if (s.kind == Statement::Kind::for_cursor) {
    was_null = read(s.cursor).datum.is_null;
    name = open_bound(s.cursor, s.cursor_arguments.get());
  } else if (s.kind == Statement::Kind::for_execute) {
    auto query = dynamic(*s.query, s.arguments, parameters, text, Host::Use::run);
    if (!query->returns_rows) refuse_as_cursor(*query);
    if (!query->is_query) return run_for_answer(s, *query, parameters);
    name = host_.open({}, query, parameters, false, function_->read_only);
  } else {
    PreparedExpression& p = prepared(*s.query, {});
    load(p);
    text = s.query->shown;
    if (p.query->returns_rows && !p.query->is_query) return run_for_answer(s, *p.query, values_);
    try {
      if (!p.query->returns_rows)
        throw SqlError("42601", "query does not return tuples").with_context("query: " + s.query->text);
      name = host_.open({}, p.query, values_, false, function_->read_only);
    } catch (const SqlError& error) {
      rethrow(*s.query, error);
    }
  }
  struct Closer {
    Host& host;
    const std::string& name;
    bool on_exception = true;
    ~Closer() {
      if (on_exception) {
        try {
          host.close(name);
        } catch (const SqlError&) {
        }
      }
    }
  } closer{host_, name};
  const ShapePtr shape = shape_of(host_.cursor_columns(name));
  types::Arena arena(4096);
  bool found = false, more = true;
  Flow flow = Flow::next;
  // WHERE CURRENT OF may ask where a cursor with a name stands: it goes row by row.
  const bool goes_ahead = s.kind != Statement::Kind::for_cursor;
  std::int64_t batch = goes_ahead ? 10 : 1;
  while (more && flow == Flow::next) {
    arena.reset();
    Keeper keeper(arena);
    std::uint64_t count = 0;
    if (s.kind != Statement::Kind::for_cursor) statement_text_ = &text;
    count = host_.fetch(name, Fetch::Direction::forward, batch, false, &keeper);
    statement_text_ = nullptr;
    more = count == static_cast<std::uint64_t>(batch);
    if (goes_ahead) batch = 50;
    for (std::uint64_t r = 0; r < keeper.rows; ++r) {
      found = true;
      assign_row(s.targets, shape, keeper.values.data() + r * shape->fields.size());
      arena_.reset();
      tick();
      flow = run(s.body);
      if (loop_ends(s, flow)) {
        more = false;
        break;
      }
      flow = Flow::next;
    }
    if (!more) break;
  }
  if (!found) assign_row(s.targets, shape, nullptr);
  closer.on_exception = false;
  host_.close(name);
  if (was_null) store(s.cursor, {});
  set_found(found);
  return flow;
}

}  // namespace plpgsql
