// The session as PL/pgSQL's interpreter sees it.
#pragma once

#include <map>

#include "plpgsql/host.h"
#include "session_state.h"

namespace session {

class PlpgsqlHost final : public plpgsql::Host, public plpgsql::Types {
 public:
  explicit PlpgsqlHost(SessionState& session) : session_(session) {}

  // plpgsql::Host
  catalog::CatalogView& catalog() override { return *session_.catalog; }
  types::EvalContext context(types::Arena* arena) override { return session_.eval_context(arena); }
  std::uint64_t version() override;
  void check() override;
  std::shared_ptr<plpgsql::Query> prepare(const std::string& text, analyzer::Variables* variables,
                                          std::span<const types::Oid> parameters, types::TypeRef result,
                                          bool may_be_simple, Use use) override;
  std::shared_ptr<plpgsql::Query> cast(types::TypeRef from, types::TypeRef to) override;
  bool lock(plpgsql::Query& query) override;
  std::uint64_t run(plpgsql::Query& query, std::span<const types::Datum> parameters, bool read_only,
                    plpgsql::Sink* sink, std::uint64_t limit) override;
  std::string open(std::string name, std::shared_ptr<plpgsql::Query> query,
                   std::span<const types::Datum> parameters, std::optional<bool> scroll, bool read_only) override;
  std::span<const plpgsql::Column> cursor_columns(const std::string& name) override;
  std::uint64_t fetch(const std::string& name, plpgsql::Fetch::Direction direction, std::int64_t count, bool all,
                      plpgsql::Sink* sink) override;
  void close(const std::string& name) override;
  std::string savepoint() override;
  void release(const std::string& savepoint) override { session_.release(savepoint); }
  void rollback_to(const std::string& savepoint) override { session_.rollback_to(savepoint); }
  bool may_end_transaction() override;
  void end_transaction(bool commit, bool chain) override;
  void message(plpgsql::RaiseLevel level, types::SqlError error) override;
  std::string setting(std::string_view name) override;
  plpgsql::Types& types() override { return *this; }

  // plpgsql::Types
  types::TypeRef by_text(std::string_view text) override;
  types::TypeRef of_column(const std::vector<std::string>& names) override;
  types::TypeRef of_row(const std::vector<std::string>& names) override;
  bool is_row(types::Oid type) override;
  types::TypeRef of(types::Oid type) override;
  void check_collation(std::string_view name, types::TypeRef& type) override;
  void check_syntax(std::string_view text) override;
  void check_stack() override;
  std::vector<std::pair<std::string, std::string>> split_arguments(std::string_view text) override;

 private:
  Portal& portal(const std::string& name);

  struct CastKey {
    types::TypeRef from, to;
    bool operator<(const CastKey& other) const {
      auto tie = [](const types::TypeRef& t) { return std::tuple(t.oid, t.typmod, t.collation); };
      return std::pair(tie(from), tie(to)) < std::pair(tie(other.from), tie(other.to));
    }
  };
  SessionState& session_;
  std::map<CastKey, std::shared_ptr<plpgsql::Query>> casts_;
  std::unordered_map<std::string, std::vector<plpgsql::Column>> cursor_columns_;
  std::uint64_t savepoints_ = 0, portals_ = 0;
};

}  // namespace session
