// What running functions and operators ask of the session.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "domain_checks.h"
#include "json_casts.h"
#include "operators/execution.h"
#include "statement_tracker.h"
#include "transaction/view.h"
#include "types/eval_context.h"
#include "types/kernel_interrupts.h"
#include "types/session_services.h"

namespace catalog {
class TextSearchCache;
}

namespace session {

class SessionState;

class Services final : public types::SessionServices,
                              public types::NameResolver,
                              public operators::TableProvider,
                              public operators::Interruptible,
                              public types::KernelInterrupts {
 public:
  explicit Services(SessionState& session);
  ~Services() override;

  // Views on the system volume end with the transaction.
  void end_transaction() { system_view_ = {}; }
  // Not that of one inside of a function: what is around it goes on.
  void end_statement();

  // types::SessionServices
  std::string current_database() override;
  std::string current_user() override;
  std::string session_user() override;
  std::optional<std::string> current_schema() override;
  std::vector<std::string> current_schemas(bool include_implicit) override;
  std::int32_t backend_pid() override;
  std::string get_setting(std::string_view name, bool missing_ok) override;
  std::string set_setting(std::string_view name, std::string_view value, bool is_local) override;
  std::int64_t nextval(types::Oid sequence) override;
  std::int64_t currval(types::Oid sequence) override;
  std::int64_t lastval() override;
  void forget_sequences();  // DISCARD SEQUENCES
  std::int64_t setval(types::Oid sequence, std::int64_t value, bool is_called) override;
  types::SequenceFacts sequence_facts(types::Oid sequence) override;
  std::optional<std::string> catalog_text(
      std::string_view function,
      const std::vector<std::optional<std::string>>& arguments) override;

  void check_domain(types::EvalContext& context, types::Oid domain, const types::Datum& value) override;
  bool is_uncommitted_label(types::Oid label) override;
  void notice(const types::SqlError& message) override;
  const text_search::Configuration& ts_configuration(types::Oid configuration) override;
  const text_search::Dictionary& ts_dictionary(types::Oid dictionary) override;
  types::Oid default_ts_configuration() override;
  void each_query_row(std::string_view sql, const QueryRow& take) override;
  catalog::TextSearchCache& text_search();
  StatementTracker& statements() { return statements_; }

  std::unique_ptr<types::UserRows> start_comparison(types::EvalContext& context, std::string_view function,
                                                    std::span<const types::Datum> arguments) override;

  std::unique_ptr<types::UserRows> start_transition_rows(bool new_rows, std::span<const types::TypeRef> columns) override;

  std::vector<std::vector<std::optional<std::string>>> status_rows(
      std::string_view function) override;

  void call_function(types::EvalContext& context, const types::UserCall& call,
                     std::span<const types::Vector* const> arguments, types::Selection rows,
                     types::Vector& out) override;
  std::unique_ptr<types::UserRows> start_function(types::EvalContext& context, const types::UserCall& call,
                                                  std::span<const types::Datum> arguments) override;

  // types::NameResolver
  std::string regtype_out(types::Oid type) override;
  std::string regclass_out(types::Oid relation) override;
  std::string regproc_out(types::Oid function) override;
  std::string format_type(types::Oid type, std::int32_t typmod) override;
  types::Oid regtype_in(std::string_view text) override;
  types::Oid regclass_in(std::string_view text) override;
  types::Oid regproc_in(std::string_view text) override;
  const types::TypeSupport* find_support(types::Oid type) override;

  // operators::TableProvider
  operators::TableAccess open(const catalog::RelationDescriptor& relation) override;

  // operators::Interruptible
  void check() override;
  void wait() override;

  // types::KernelInterrupts
  void check_interrupts() override { check(); }

 private:
  const catalog::RelationDescriptor& sequence_or_throw(
      types::Oid oid, catalog::RelationLock lock = catalog::RelationLock::row_exclusive);

  struct SequenceUse {
    std::int64_t last = 0;
    std::int64_t next = 0, left = 0;  // numbers cached for this session (CACHE n)
    std::int64_t increment = 1;
    bool has_last = false;
  };

  SessionState& session_;
  transaction::View system_view_;
  DomainChecks domains_{session_};
  JsonCasts json_casts_{session_};
  StatementTracker statements_{session_};
  std::unique_ptr<catalog::TextSearchCache> text_search_;  // made when first asked for
  std::unordered_map<types::Oid, SequenceUse> sequences_;
  types::Oid last_sequence_ = 0;
};

}  // namespace session
