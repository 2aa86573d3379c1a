#include "parameter_value.h"

#include <fmt/format.h>

#include "eval/compile.h"
#include "session_state.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "types/utf8.h"

namespace session {

using types::SqlError;

bool sends_text(types::Oid type) {
  using namespace types::oid;
  switch (type) {
    case text: case varchar: case bpchar: case name: case json: case jsonb: case unknown: return true;
    default: return false;
  }
}

types::Datum read_parameter(SessionState& session, types::Arena& arena, types::Oid type,
                            std::int16_t format, std::span<const std::byte> bytes) {
  const auto& support = eval::type_support(*session.catalog, type);
  auto context = session.eval_context(&arena);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto* set = session.settings.client_character_set; set != nullptr && (format == 0 || sends_text(type))) {
    std::string decoded;
    set->to_utf8(text, decoded);
    text = arena.copy(decoded);
    bytes = std::as_bytes(std::span(text));
  }
  if (format == 0) {
    types::check_utf8(text);
    return types::copy_datum(arena, support.physical, support.input(context, text, -1));
  }
  if (format != 1) throw SqlError("22023", fmt::format("unsupported format code: {}", format));
  return types::copy_datum(arena, support.physical, support.receive(context, bytes, -1));
}

}  // namespace session
