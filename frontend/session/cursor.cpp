#include "cursor.h"

#include <limits>

#include "planner/plan.h"
#include "session_state.h"
#include "transaction/durable_view.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using Direction = query::Fetch::Direction;

namespace {
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

struct Nowhere final : PlanRun::Sink {
  void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
};
}  // namespace

class Cursor::Keeper final : public PlanRun::Sink {
 public:
  explicit Keeper(Cursor& cursor) : cursor_(cursor) {}
  void row(types::EvalContext&, std::span<const types::Vector> columns, std::uint32_t row) override {
    if (!cursor_.rows_) {
      std::vector<types::PhysicalType> physical;
      for (std::size_t c = 0; c < cursor_.width(); ++c) physical.push_back(columns[c].type());
      SessionState& session = cursor_.session_;
      cursor_.rows_ = std::make_unique<operators::KeptRows>(physical, session.kept_rows_space(), session.settings.work_mem_bytes);
    }
    cursor_.row_.resize(cursor_.width());
    for (std::size_t c = 0; c < cursor_.width(); ++c)
      cursor_.row_[c] = columns[c].is_null(row) ? types::Datum::null() : columns[c].datum(row);
    cursor_.rows_->append(cursor_.row_);
  }

 private:
  Cursor& cursor_;
};

// Notes which rows the last one came from.
class Cursor::Follower final : public PlanRun::Sink {
 public:
  Follower(Cursor& cursor, PlanRun::Sink& sink) : cursor_(cursor), sink_(sink) {}
  void row(types::EvalContext& context, std::span<const types::Vector> columns, std::uint32_t row) override {
    std::size_t column = cursor_.plan_->columns.size();
    for (LastRow& last : cursor_.last_) {
      const types::Vector& key = columns[column];
      const bool is_there = !key.is_null(row);
      last.table = is_there ? columns[column + 1].get<types::Oid>(row) : 0;
      if (is_there) last.key.assign(key.get<std::string_view>(row));
      column += kSourceColumns;
    }
    sink_.row(context, columns, row);
  }

 private:
  Cursor& cursor_;
  PlanRun::Sink& sink_;
};

Cursor::Cursor(SessionState& session, std::shared_ptr<const planner::Plan> plan, CursorSources sources,
               std::span<const types::Datum> parameters, bool can_go_back, bool keep_rows)
    : session_(session),
      plan_(std::move(plan)),
      sources_(std::move(sources)),
      parameters_(parameters),
      can_go_back_(can_go_back),
      view_(plan_->modifies_data ? session.block->database_transaction().take_view()
                                 : transaction::durable_view(session.block->database_transaction(),
                                                             session.database().catalog().last_change())),
      last_(sources_.tables.size()),
      keeps_(keep_rows) {
  session_.block->mark_view_taken();
  run_ = new_run();
}

Cursor::~Cursor() = default;

std::unique_ptr<PlanRun> Cursor::new_run() {
  return std::make_unique<PlanRun>(session_, std::make_unique<operators::Execution>(plan_),
                                   parameters_, view_.with_command(view_.command()));
}

void Cursor::require_back() const {
  if (can_go_back_) return;
  throw types::SqlError("55000", "cursor can only scan forward")
      .with_hint("Declare it with SCROLL option to enable backward scan.");
}

void Cursor::start_keeping() {
  require_back();
  if (keeps_) return;
  keeps_ = true;
  if (position_ == 0 && !behind_) return;  // nothing was handed out yet
  run_ = new_run();
}

bool Cursor::keep_up_to(std::uint64_t position) {
  const std::uint64_t have = dropped_ + kept();
  if (have < position && run_ != nullptr) {
    Keeper keeper(*this);
    run_->fetch(position - have, keeper);
  }
  return dropped_ + kept() >= position;
}

void Cursor::keep_all() {
  if (run_ == nullptr) return;
  Keeper keeper(*this);
  run_->fetch(0, keeper);
}

void Cursor::hand_out(std::uint64_t row, PlanRun::Sink* sink) {
  if (sink == nullptr) return;
  const std::size_t columns = plan_->columns.size();
  row_.resize(columns);
  rows_->read(row - dropped_ - 1, row_);
  if (output_.empty())
    for (const auto& column : plan_->columns)
      output_.push_back(types::Vector::allocate(output_arena_, column.physical, 1));
  for (std::size_t c = 0; c < columns; ++c) {
    const types::Datum& value = row_[c];
    output_[c].clear();
    if (value.is_null)
      output_[c].set_null(0);
    else
      output_[c].set_datum(0, value);
  }
  types::Arena scratch;
  auto context = session_.eval_context(&scratch);
  sink->row(context, output_, 0);
}

std::uint64_t Cursor::go_forward(std::uint64_t count, PlanRun::Sink* sink) {
  if (behind_ || count == 0) return 0;
  std::uint64_t done = 0;
  if (!keeps_) {
    Nowhere nowhere;
    PlanRun::Sink& takes = sink != nullptr ? *sink : nowhere;
    Follower follower(*this, takes);
    done = run_->fetch(count == kNoLimit ? 0 : count, last_.empty() ? takes : follower);
    position_ += done;
  } else {
    while (done < count && keep_up_to(position_ + 1)) {
      hand_out(++position_, sink);
      ++done;
    }
  }
  behind_ = done < count;
  return done;
}

std::uint64_t Cursor::go_back(std::uint64_t count, PlanRun::Sink* sink) {
  if (count == 0) return 0;
  start_keeping();
  if (behind_) {
    keep_up_to(position_);
    behind_ = false;
    ++position_;  // the place behind the last row
  }
  std::uint64_t done = 0;
  while (done < count && position_ > 1) {
    --position_;
    keep_up_to(position_);
    hand_out(position_, sink);
    ++done;
  }
  if (done < count) position_ = 0;
  return done;
}

std::uint64_t Cursor::go_to(std::uint64_t position, PlanRun::Sink* sink) {
  const std::uint64_t now = behind_ ? position_ + 1 : position_;
  if (position > now) {
    const std::uint64_t skip = position - now - 1;
    if (skip > 0 && go_forward(skip, nullptr) < skip) return 0;
    return go_forward(1, sink);
  }
  start_keeping();
  behind_ = false;
  position_ = position;
  if (position == 0) return 0;
  keep_up_to(position);
  hand_out(position, sink);
  return 1;
}

std::uint64_t Cursor::fetch_current(PlanRun::Sink* sink) {
  if (behind_ || position_ == 0) return 0;
  if (sink == nullptr) return 1;
  start_keeping();
  keep_up_to(position_);
  hand_out(position_, sink);
  return 1;
}

Cursor::SourceRow Cursor::source_row(std::size_t source) {
  if (!stands_on_row()) return {};
  if (!keeps_) return {last_[source].table, last_[source].key};
  keep_up_to(position_);
  const std::size_t at = plan_->columns.size() + kSourceColumns * source;
  row_.resize(width());
  rows_->read(position_ - dropped_ - 1, row_);
  if (row_[at].is_null) return {};
  return {row_[at + 1].as<types::Oid>(), row_[at].as<std::string_view>()};
}

std::uint64_t Cursor::fetch(const query::Fetch& fetch, PlanRun::Sink* sink) {
  std::int64_t count = fetch.count;
  const auto magnitude = [](std::int64_t n) {
    return n == query::kFetchAll ? kNoLimit
                                 : n < 0 ? ~static_cast<std::uint64_t>(n) + 1
                                         : static_cast<std::uint64_t>(n);
  };
  switch (fetch.direction) {
    case Direction::forward:
    case Direction::backward: {
      if (count == 0) return fetch_current(sink);
      const bool forward = (fetch.direction == Direction::forward) == (count > 0);
      return forward ? go_forward(magnitude(count), sink) : go_back(magnitude(count), sink);
    }
    case Direction::absolute: {
      if (count >= 0) return go_to(magnitude(count), sink);
      start_keeping();
      keep_all();
      const std::uint64_t rows = dropped_ + kept();
      const std::uint64_t back = magnitude(count);
      if (back > rows) return go_to(0, nullptr);
      behind_ = false;
      position_ = rows - back + 1;
      hand_out(position_, sink);
      return 1;
    }
    case Direction::relative: {
      if (count == 0) return fetch_current(sink);
      const std::uint64_t steps = magnitude(count);
      if (count > 0) {
        if (steps > 1 && go_forward(steps - 1, nullptr) < steps - 1) return 0;
        return go_forward(1, sink);
      }
      if (steps > 1 && go_back(steps - 1, nullptr) < steps - 1) return 0;
      return go_back(1, sink);
    }
  }
  return 0;
}

void Cursor::hold() {
  if (held_) return;
  if (can_go_back_) {
    const bool was_behind = behind_;
    start_keeping();
    keep_all();
    behind_ = was_behind;
  } else {
    keeps_ = true;
    dropped_ = position_;
    keep_all();
  }
  held_ = true;
  run_.reset();
  view_ = {};
}

}  // namespace session
