// Plans of simple-protocol texts, found without parsing: texts that differ only in their literals
// share one (parser/normalize.h).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiled_statement.h"
#include "operators/execution.h"
#include "parser/normalize.h"
#include "recently_used.h"
#include "row_writer.h"
#include "types/arena.h"

namespace session {

class SessionState;
struct PreparedStatement;

// A plan whose literals are parameters, with everything that running it again needs.
struct KeptPlan {
  KeptPlan(CompiledPtr compiled, parser::LiftPlan lift);

  parser::LiftPlan lift;
  CompiledPtr compiled;
  std::uint64_t literal_epoch = 0;  // of the constants that stayed in the plan
  std::int64_t made_at = 0;
  bool depends_on_sizes = false;  // another plan may be better when tables have grown
  RowWriter writer;
  std::string description;          // the RowDescription message, once it was sent
  std::unique_ptr<operators::Execution> idle_execution;
  types::Arena arena;               // the literals of the run
  std::vector<types::Datum> parameters;
};

// One session's. A text's plan is kept when its template comes the second time: most never do.
// Nothing is kept for long that another size of its tables could make a bad plan.
//
// Not thread-safe. A KeptPlan is valid until the next call.
class PlanCache {
 public:
  static constexpr std::size_t kMaximumText = 8192;  // bytes; longer texts are not looked at
  static constexpr std::size_t kMaximumTemplates = 64;
  static constexpr std::size_t kMaximumVariants = 4;  // of one template: by constants that stay

  // The plan that this text can run, with the text's literals as its parameters; null when the
  // text must be parsed. Begins an implicit transaction where none is, and locks the plan's relations.
  KeptPlan* find(SessionState& session, std::string_view text);

  // The statement that find() knew no plan for, parsed: makes one if it is worth it. Null: run the
  // statement as it stands.
  KeptPlan* keep(SessionState& session, const parser::ParseTree& tree,
                 const std::shared_ptr<const std::string>& text);

  // The same for Parse: a query that was parsed from this very text, its parameters declared like
  // this, ready to be bound again. Null when there is none.
  std::shared_ptr<PreparedStatement> find_parsed(SessionState& session, std::string_view text,
                                                 std::span<const types::Oid> types);
  // What find_parsed() did not find.
  void keep_parsed(SessionState& session, std::shared_ptr<PreparedStatement> statement);

  void clear();

 private:
  struct Template {
    std::vector<std::unique_ptr<KeptPlan>> variants;
    bool refused = false;  // lifting its literals does not work, or makes a worse plan
  };
  struct Parsed {
    std::shared_ptr<PreparedStatement> statement;
    std::uint64_t literal_epoch = 0;
    std::int64_t made_at = 0;
    bool depends_on_sizes = false;
  };

  std::unique_ptr<KeptPlan> make(SessionState& session, const parser::ParseTree& tree,
                                 const std::shared_ptr<const std::string>& text);
  // Whether it came before; from now on it has.
  bool came_before(std::uint64_t hash) {
    return std::exchange(seen_[hash % seen_.size()], hash) == hash;
  }

  RecentlyUsed<Template> templates_{kMaximumTemplates};
  RecentlyUsed<Parsed> parsed_{kMaximumTemplates};
  std::array<std::uint64_t, 32> seen_{};  // hashes of keys that came once
  // Of the text that find() was asked for last.
  parser::TextTemplate text_;
  bool liftable_ = false;
  // And find_parsed(): the declared types, then the text.
  std::string parse_key_;
};

}  // namespace session
