// COPY TO: rows as text, CSV or binary, one piece each.
#include "commands/copy.h"
#include "catalog/query_privileges.h"
#include "catalog/row_security.h"
#include "copy_options.h"
#include "copy_recode.h"
#include "table/scan.h"
#include "types/type_io.h"

namespace commands {
namespace {

// Rows of a table or of a query, a batch at a time.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Valid until the next call.
  virtual bool next(types::Batch& batch) = 0;
};

class TableSource final : public RowSource {
 public:
  TableSource(Host& host, RelationPtr table, const std::vector<int>& columns)
      : table_(std::move(table)), view_(host.catalog().take_view(table_->shared)),
        execution_(host.execution_context()) {
    table::ScanRequest request;
    for (int column : columns) {
      request.columns.push_back(column);
      vectors_.push_back(types::Vector::allocate(
          memory_, table_->storage->schema().columns[static_cast<std::size_t>(column)].physical,
          types::kBatchRows));
    }
    scan_ = std::make_unique<table::Scan>(*table_->storage, view_, std::move(request));
  }
  bool next(types::Batch& batch) override {
    if (execution_.interrupts != nullptr) execution_.interrupts->check();
    for (types::Vector& vector : vectors_) vector.clear();
    arena_.reset();
    std::uint32_t count = scan_->next(vectors_, types::kBatchRows, arena_);
    batch = {vectors_, {nullptr, count}};
    return count > 0;
  }

 private:
  RelationPtr table_;
  transaction::View view_;
  operators::ExecutionContext execution_;
  types::Arena memory_, arena_;
  std::vector<types::Vector> vectors_;
  std::unique_ptr<table::Scan> scan_;
};

class QuerySource final : public RowSource {
 public:
  QuerySource(Host& host, std::shared_ptr<const planner::Plan> plan)
      : context_(host.execution_context()), execution_(std::move(plan)) {
    view_ = host.catalog().transactions().database_transaction().take_view();
    context_.view = &view_;
    execution_.start(context_);
  }
  bool next(types::Batch& batch) override { return execution_.next(batch); }

 private:
  transaction::View view_;
  operators::ExecutionContext context_;
  operators::Execution execution_;
};

// Text that must be quoted or escaped, and values of everything else.
class Encoder {
 public:
  Encoder(Host& host, const CopyOptions& options, std::vector<ColumnIo> io,
          std::vector<bool> force_quote)
      : options_(options), io_(std::move(io)), force_quote_(std::move(force_quote)) {
    execution_ = host.execution_context();
    context_ = execution_.eval;
    context_.arena = &arena_;
  }

  void row(const types::Batch& batch, std::uint32_t row, std::string& out) {
    if (options_.format == CopyFormat::binary)
      put<std::int16_t>(static_cast<std::int16_t>(io_.size()), out);
    for (std::size_t i = 0; i < io_.size(); ++i) {
      const types::Vector& vector = batch.columns[i];
      bool is_null = vector.is_null(row);
      if (options_.format == CopyFormat::binary) {
        binary_value(i, is_null, vector, row, out);
        continue;
      }
      if (i > 0) out += options_.delimiter;
      if (is_null) {
        out += options_.null_marker;
        continue;
      }
      scratch_.clear();
      io_[i].output(context_, vector.datum(row), scratch_);
      if (options_.format == CopyFormat::csv)
        csv_value(scratch_, force_quote_[i], out);
      else
        text_value(scratch_, out);
    }
    if (options_.format != CopyFormat::binary) out += '\n';
    if (arena_.footprint() > (1 << 20)) arena_.reset();
  }

  void header(const std::vector<std::string>& names, std::string& out) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i > 0) out += options_.delimiter;
      if (options_.format == CopyFormat::csv)
        csv_value(names[i], false, out);
      else
        text_value(names[i], out);
    }
    out += '\n';
  }

  template <typename T>
  static void put(T value, std::string& out) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
      out += static_cast<char>(static_cast<std::make_unsigned_t<T>>(value) >> shift);
  }

 private:
  void binary_value(std::size_t i, bool is_null, const types::Vector& vector, std::uint32_t row,
                    std::string& out) {
    if (is_null) return put<std::int32_t>(-1, out);
    scratch_.clear();
    io_[i].send(context_, vector.datum(row), scratch_);
    put(static_cast<std::int32_t>(scratch_.size()), out);
    out += scratch_;
  }

  void text_value(std::string_view text, std::string& out) const {
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i], escape = 0;
      switch (c) {
        case '\b': escape = 'b'; break;
        case '\f': escape = 'f'; break;
        case '\n': escape = 'n'; break;
        case '\r': escape = 'r'; break;
        case '\t': escape = 't'; break;
        case '\v': escape = 'v'; break;
        case '\\': escape = '\\'; break;
        default:
          if (c != options_.delimiter) continue;
          escape = c;
      }
      if (c == '\t' && options_.delimiter != '\t') escape = 't';
      out.append(text.substr(plain, i - plain));
      out += '\\';
      out += escape;
      plain = i + 1;
    }
    out.append(text.substr(plain));
  }

  void csv_value(std::string_view text, bool force, std::string& out) const {
    bool quote = force || text == options_.null_marker ||
                 (io_.size() == 1 && text == "\\.");
    if (!quote)
      for (char c : text)
        if (c == options_.delimiter || c == options_.quote || c == '\n' || c == '\r') quote = true;
    if (!quote) {
      out.append(text);
      return;
    }
    out += options_.quote;
    for (char c : text) {
      if (c == options_.quote || c == options_.escape) out += options_.escape;
      out += c;
    }
    out += options_.quote;
  }

  CopyOptions options_;
  std::vector<ColumnIo> io_;
  std::vector<bool> force_quote_;
  operators::ExecutionContext execution_;
  types::EvalContext context_;
  types::Arena arena_;
  std::string scratch_;
};

class RowCopy final : public CopyOut {
 public:
  RowCopy(CopyOptions options, std::unique_ptr<RowSource> source, std::unique_ptr<Encoder> encoder,
          std::vector<std::string> names)
      : options_(std::move(options)), source_(std::move(source)), encoder_(std::move(encoder)),
        names_(std::move(names)) {}

  bool binary() const override { return options_.format == CopyFormat::binary; }
  int column_count() const override { return static_cast<int>(names_.size()); }
  std::uint64_t rows() const override { return rows_; }

  bool next(std::string_view& piece) override {
    piece_.clear();
    if (!started_) {
      started_ = true;
      if (binary()) {
        // Before the first row, or the end, in one piece: so PostgreSQL sends it, and psycopg takes it apart.
        piece_.append("PGCOPY\n\377\r\n\0", 11);
        Encoder::put<std::int32_t>(0, piece_);
        Encoder::put<std::int32_t>(0, piece_);
      } else if (options_.header) {
        encoder_->header(names_, piece_);
        piece = piece_;
        return true;
      }
    }
    if (ended_) return false;
    while (at_ >= batch_.rows.count) {
      at_ = 0;
      if (source_->next(batch_)) continue;
      ended_ = true;
      batch_ = {};
      if (!binary()) return false;
      Encoder::put<std::int16_t>(-1, piece_);
      piece = piece_;
      return true;
    }
    encoder_->row(batch_, batch_.rows[at_++], piece_);
    ++rows_;
    piece = piece_;
    return true;
  }

 private:
  CopyOptions options_;
  std::unique_ptr<RowSource> source_;
  std::unique_ptr<Encoder> encoder_;
  std::vector<std::string> names_;
  types::Batch batch_;
  std::uint32_t at_ = 0;
  std::uint64_t rows_ = 0;
  std::string piece_;
  bool started_ = false, ended_ = false;
};

// SELECT columns FROM ONLY table, for a table whose policies count.
std::shared_ptr<const planner::Plan> plan_table(Host& host, const RelationDescriptor& table,
                                                const std::vector<int>& columns) {
  query::Query query;
  query::RangeTableEntry& entry = query.range_table.emplace_back();
  entry.kind = query::RangeTableEntry::Kind::relation;
  entry.relation = table.oid;
  entry.alias = table.name;
  entry.include_children = false;
  for (const catalog::Column& c : table.columns) entry.columns.push_back({c.dropped ? std::string() : c.name, c.type});
  query.from.push_back(std::make_unique<query::JoinTree>(query::JoinTree{query::JoinLeaf{0}}));
  for (int column : columns) {
    const catalog::Column& c = table.columns[static_cast<std::size_t>(column)];
    query::OutputColumn& output = query.output.emplace_back();
    output.expression = std::make_unique<query::Expression>();
    output.expression->type = c.type;
    output.expression->node = query::ColumnReference{0, column, 0};
    output.name = c.name;
  }
  return planner::plan(query, host.catalog(), host.planner_options());
}

}  // namespace

std::unique_ptr<CopyOut> start_copy_out(const query::Copy& statement, Host& host) {
  Ddl ddl(host);
  CopyOptions options = parse_copy_options(statement.options, false);
  std::vector<ColumnIo> io;
  std::vector<std::string> names;
  std::vector<bool> force;
  std::unique_ptr<RowSource> source;
  if (statement.query != nullptr) {
    planner::Options how = host.planner_options();
    how.for_copy = true;
    auto plan = planner::plan(*statement.query, host.catalog(), how);
    if (statement.query->command == query::CommandKind::merge) throw SqlError("0A000", "MERGE not supported in COPY");
    if (!plan->returns_rows)
      throw SqlError("0A000", "COPY query must have a RETURNING clause");
    for (const planner::ResultColumn& column : plan->columns) {
      names.push_back(column.name);
      io.emplace_back(host.catalog(), column.type);
      bool quote = options.force_quote_all;
      for (const std::string& name : options.force_quote) quote |= name == column.name;
      force.push_back(quote);
    }
    source = std::make_unique<QuerySource>(host, std::move(plan));
  } else {
    RelationPtr table = ddl.open(statement.relation, RelationLock::access_share);
    // A partitioned table that policies narrow is read by a query, which is the table's alone.
    const auto refuse = [&] {
      std::string kind(table->kind == RelationKind::partitioned_table ? "partitioned table" : kind_name(table->kind));
      SqlError error("42809", "cannot copy from " + kind + " \"" + table->name + "\"");
      if (table->kind == RelationKind::view || table->kind == RelationKind::materialized_view ||
          table->kind == RelationKind::foreign_table || table->kind == RelationKind::partitioned_table)
        throw std::move(error).with_hint("Try the COPY (SELECT ...) TO variant.");
      throw error;
    };
    const bool partitioned = table->kind == RelationKind::partitioned_table;
    if (table->kind != RelationKind::table && !partitioned) refuse();
    std::vector<int> columns = copy_columns(*table, statement.columns);
    catalog::require_columns(host.catalog(), *table, types::privilege::select, columns);
    const bool narrowed = catalog::row_security_applies(host.catalog(), *table, host.catalog().user());
    if (partitioned && !narrowed) refuse();
    force = columns_in(*table, columns, options.force_quote, "FORCE_QUOTE");
    if (options.force_quote_all) force.assign(columns.size(), true);
    for (int column : columns) {
      const catalog::Column& c = table->columns[static_cast<std::size_t>(column)];
      names.push_back(c.name);
      io.emplace_back(host.catalog(), c.type);
    }
    if (narrowed)
      source = std::make_unique<QuerySource>(host, plan_table(host, *table, columns));
    else
      source = std::make_unique<TableSource>(host, table, columns);
  }
  auto encoder = std::make_unique<Encoder>(host, options, std::move(io), std::move(force));
  return recoded(std::make_unique<RowCopy>(options, std::move(source), std::move(encoder), std::move(names)), options,
                 host);
}

}  // namespace commands
