// Plans of simple-protocol texts, found without parsing: texts that differ only in their literals
// share one (parser/normalize.h).
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiled_statement.h"
#include "operators/execution.h"
#include "parser/normalize.h"
#include "row_writer.h"
#include "types/arena.h"

namespace session {

class SessionState;

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

  // The statement that find() knew no plan for, parsed: makes one if it is worth it. Null: compile
  // the statement as it stands, then tell seen().
  KeptPlan* keep(SessionState& session, const parser::ParseTree& tree,
                 const std::shared_ptr<const std::string>& text);
  void seen(const CompiledStatement& compiled);

  void clear();

 private:
  struct Template {
    std::vector<std::unique_ptr<KeptPlan>> variants;
    bool refused = false;  // lifting its literals does not work, or makes a worse plan
    std::list<std::string_view>::iterator used;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  using Templates = std::unordered_map<std::string, Template, Hash, std::equal_to<>>;
  std::unique_ptr<KeptPlan> make(SessionState& session, const parser::ParseTree& tree,
                                 const std::shared_ptr<const std::string>& text);
  Template& enter();
  std::uint64_t& seen_slot() { return seen_[text_hash_ % seen_.size()]; }

  Templates templates_;
  std::list<std::string_view> by_use_;  // keys of templates_, the last used first
  std::array<std::uint64_t, 32> seen_{};  // hashes of templates that came once
  // Of the text that find() was asked for last.
  parser::TextTemplate text_;
  std::uint64_t text_hash_ = 0;
  bool liftable_ = false;
};

}  // namespace session
