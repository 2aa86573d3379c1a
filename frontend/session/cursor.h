// A cursor's rows and where it stands among them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cursor_sources.h"
#include "operators/kept_rows.h"
#include "plan_run.h"
#include "query/utility.h"
#include "types/arena.h"
#include "types/datum.h"

namespace session {

class SessionState;

// Rows are handed on as the plan yields them. From the first move backwards on they are kept, too:
// the plan runs again in the same view then. Positions: 0 before the first row, n on the n-th.
class Cursor {
 public:
  // `parameters` outlive it. The view is taken now. The plan's rows have the columns of `sources`, too.
  Cursor(SessionState& session, std::shared_ptr<const planner::Plan> plan, CursorSources sources,
         std::span<const types::Datum> parameters, bool can_go_back, bool keep_rows);
  ~Cursor();

  // FETCH and MOVE: hands the rows to `sink` (null: MOVE) and returns how many. 55000 when the
  // cursor can only go forward.
  std::uint64_t fetch(const query::Fetch& fetch, PlanRun::Sink* sink);

  // WITH HOLD, before its transaction commits: fetches what is left and lets the plan go.
  void hold();
  bool held() const { return held_; }

  const planner::Plan& plan() const { return *plan_; }
  const CursorSources& sources() const { return sources_; }
  bool stands_on_row() const { return position_ > 0 && !behind_; }
  // Of the row it stands on: the key in a source's table, and which member of it has the row (0: none, of an outer
  // join). Valid until the cursor moves.
  struct SourceRow {
    types::Oid table = 0;
    std::string_view key;
  };
  SourceRow source_row(std::size_t source);

 private:
  std::uint64_t go_forward(std::uint64_t count, PlanRun::Sink* sink);
  std::uint64_t go_back(std::uint64_t count, PlanRun::Sink* sink);
  // Puts the cursor on row `position`, or behind the last, and hands that row out.
  std::uint64_t go_to(std::uint64_t position, PlanRun::Sink* sink);
  std::uint64_t fetch_current(PlanRun::Sink* sink);
  void require_back() const;
  void start_keeping();
  // Keeps rows up to `position`; false when there are fewer.
  bool keep_up_to(std::uint64_t position);
  void keep_all();
  void hand_out(std::uint64_t row, PlanRun::Sink* sink);
  std::uint64_t kept() const { return rows_ ? rows_->rows() : 0; }
  std::unique_ptr<PlanRun> new_run();

  class Keeper;
  class Follower;
  // Columns of the plan's rows, those of the sources among them.
  std::size_t width() const { return plan_->columns.size() + kSourceColumns * sources_.tables.size(); }

  SessionState& session_;
  const std::shared_ptr<const planner::Plan> plan_;
  const CursorSources sources_;
  const std::span<const types::Datum> parameters_;
  const bool can_go_back_;
  transaction::View view_;
  std::unique_ptr<PlanRun> run_;      // null once all rows are kept
  std::uint64_t position_ = 0;
  bool behind_ = false;               // after the last row: position_ counts the rows

  // Of the last row that was handed on without being kept, by source.
  struct LastRow {
    types::Oid table = 0;
    std::string key;
  };
  std::vector<LastRow> last_;

  bool keeps_ = false, held_ = false;
  std::unique_ptr<operators::KeptRows> rows_;  // null: none yet
  std::vector<types::Datum> row_;     // the values of one
  std::uint64_t dropped_ = 0;         // rows before the first kept (a held one that cannot go back)
  types::Arena output_arena_;
  std::vector<types::Vector> output_;
};

}  // namespace session
