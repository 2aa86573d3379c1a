// Stands for the session where there is none to ask: index expressions, workers of a parallel plan.
#pragma once

#include "types/session_services.h"

namespace types {

// Every question is answered by 0A000; what runs in such a place has none.
class AbsentSession : public SessionServices {
 public:
  // `where`: "in an index expression".
  explicit AbsentSession(std::string_view where) : where_(where) {}

  std::string current_database() override { refuse(); }
  std::string current_user() override { refuse(); }
  std::string session_user() override { refuse(); }
  std::optional<std::string> current_schema() override { refuse(); }
  std::vector<std::string> current_schemas(bool) override { refuse(); }
  std::int32_t backend_pid() override { refuse(); }
  std::string get_setting(std::string_view, bool) override { refuse(); }
  std::string set_setting(std::string_view, std::string_view, bool) override { refuse(); }
  std::int64_t nextval(Oid) override { refuse(); }
  std::int64_t currval(Oid) override { refuse(); }
  std::int64_t lastval() override { refuse(); }
  std::int64_t setval(Oid, std::int64_t, bool) override { refuse(); }
  std::optional<std::string> catalog_text(std::string_view, const std::vector<std::optional<std::string>>&) override {
    refuse();
  }

 protected:
  [[noreturn]] void refuse() const;

 private:
  std::string_view where_;
};

}  // namespace types
