// Values as JSON by the cast that a type has: to_json() and its like ask for it where a type is no built-in one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "types/oid.h"

namespace session {

class InnerQuery;
class SessionState;

// Keeps one program for each type, good for one version of the catalogue. Not thread-safe: one per session.
class JsonCasts {
 public:
  explicit JsonCasts(SessionState& session) : session_(session) {}

  // Of the value's text form; nullopt: the type has no such cast.
  std::optional<std::string> find(types::Oid type, std::string_view text);

 private:
  struct Known {
    std::shared_ptr<InnerQuery> cast;  // null: there is none
    std::uint64_t version = 0;
  };
  SessionState& session_;
  std::unordered_map<types::Oid, Known> known_;
};

}  // namespace session
